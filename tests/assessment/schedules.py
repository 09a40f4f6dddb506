"""Random schedules of everything that can happen to a sitting, run beside a small plain model of what must hold.

No lost acknowledged save, no wrong deadline, no sealed sitting changed. The suite runs some hundred schedules; the
benchmark ``faults`` runs ten thousand. Pages send the clock that they were told last, which may be old, or none.

Some acts crash in the middle. Then all of it is there or nothing; whoever had no answer does it again, at once or after
something else has happened, or not at all. The minute of the schedule says which statement is met and what follows, so
that a schedule always runs alike.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import time_machine

from assessment import errors
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.outage import Outage
from assessment.models.rating import Rating
from assessment.models.sitting import Adjustment, Revision, RevisionKind, Sitting, SittingState
from assessment.services import adjustments, clocks, late_texts, outages, pauses, reopenings
from assessment.services.answers import IN_PAUSE, Code, Outcome
from assessment.writers import UNAVAILABLE
from tests.assessment.crashes import MOMENTS, Crash
from tests.assessment.hall import GRACE, Hall
from tests.assessment.query_count import counting
from tests.factories import NOON

CALM = (
    "save",
    "save",
    "save",
    "save",
    "save",
    "save without clock",
    "save on an old text",
    "save from an old page",
    "save again",
    "save again",
    "ask",
    "submit",
    "extend",
    "credit",
    "pause",
    "resume",
    "take over",
    "outage",
    "sweep",
    "reopen",
    "accept",
)
LOST = ", lost "
CRASHES = tuple(
    f"{act}{LOST}{moment}"
    for act in (
        "save",
        "save",
        "save without clock",
        "save on an old text",
        "save again",
        "submit",
        "extend",
        "credit",
        "pause",
        "resume",
        "take over",
        "outage",
        "sweep",
        "reopen",
        "accept",
    )
    for moment in MOMENTS
)
ACTS = CALM * 3 + CRASHES
"""About every second one crashes."""
STATEMENTS = 8
"""So many of an act's first statements can be met by a crash."""
MOST = 240
Step = tuple[str, int]
"""What happens, and after how many minutes."""


@dataclass
class Model:
    """What must hold of one sitting, in plain numbers: seconds since noon."""

    deadline: float = 55 * 60
    state: str = "running"
    paused: float = 0.0
    given_until: float = 0.0
    epoch: int = 1
    sealed: float | None = None
    head: str | None = None
    acknowledged: list[str] = field(default_factory=list)
    evidence: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Sent:
    """What became of a save, and as which revision."""

    code: Code
    number: int


CHANGED = (Adjustment, Event, Outage, Revision)
"""What acts add to, beside the sittings."""


class Broken(AssertionError):
    """Something that must hold did not."""


class _NotDone(Exception):
    """An act crashed, nothing of it is there, and nobody does it again."""


class Run:
    """One schedule on one database."""

    latest_end = 10 * 24 * 3600.0

    def __init__(self, database: Database, traveller: Any) -> None:
        self.ways: Counter[str] = Counter()
        """Of the saves that counted: how many came with a fresh clock, an old one and none, and took one statement; and
        how many were kept beside what counts. And how many acts crashed, of which nothing was there or all."""
        self.traveller = traveller
        self.now = 0.0
        traveller.move_to(NOON)
        with database.writing() as session:  # what an earlier schedule left running is no part of this one
            going = Sitting.state.in_((SittingState.RUNNING, SittingState.PAUSED))
            session.execute(sa.update(Sitting).where(going).values(state=SittingState.VOID, paused_at=None))
        self.hall = Hall(database)
        self.database = database
        self.ask()
        self.model = Model()
        self.beat_at = 0.0
        self.texts = 0
        self.last: tuple[str, dict[str, Any], Sent | None] | None = None
        self.is_owed = False
        """The page has had no answer to its last save: it sends that again before anything newer."""
        self.crash: Crash | None = None
        self.base = 0
        self.frozen: dict[UUID, tuple[Any, ...]] = {}
        self.beat()

    @property
    def moment(self) -> datetime:
        return NOON + timedelta(seconds=self.now)

    def beat(self) -> None:
        self._beat()
        self.beat_at = self.now

    def _beat(self) -> None:
        with self.database.writing() as session:
            outages.beat(session)

    def pass_time(self, minutes: int) -> None:
        """The service is there all the while: the last beat is fresh at the end."""
        self.now += minutes * 60
        self.traveller.move_to(self.moment)
        with self.database.writing() as session:
            session.execute(sa.update(outages.Heartbeat).values(beat_at=self.moment))
        self.beat_at = self.now

    def step(self, act: str, minutes: int) -> None:
        self.pass_time(minutes)
        verb, _, moment = act.partition(LOST)
        if verb.startswith("save") and self.is_owed:
            self.save_again()
        if moment:
            place, stays = self._minute % STATEMENTS + 1, bool(self._minute // STATEMENTS % 2)
            self.crash = Crash(self.database, moment, place, stays=stays)
        with suppress(_NotDone):
            getattr(self, verb.replace(" ", "_"))()
        self.crash = None
        self.check()

    @property
    def _minute(self) -> int:
        return int(self.now // 60)

    @property
    def _goes_on_at_once(self) -> bool:
        return self._minute % 3 > 0

    # What happens.

    def _expect(self, values: dict[str, Any]) -> Code:
        model = self.model
        if model.state == "sealed":
            return Code.LATE
        if model.state == "paused":
            return Code.PAUSED
        if self.now > model.deadline + GRACE.total_seconds():
            return Code.LATE
        if values["writer_epoch"] != model.epoch:
            return Code.ELSEWHERE
        return Code.SAVED if values["base_number"] == self.base else Code.STALE

    def save(self, **values: Any) -> None:
        self.texts += 1
        page = {"base_number": self.base, "writer_epoch": self.model.epoch, "client_id": "page"}
        self._save(f"text {self.texts}", {**page, "client_seq": self.texts, **values})

    def _save(self, text: str, values: dict[str, Any]) -> None:
        if self.crash:
            self._save_in_a_crash(text, values, self.crash)
            return
        expected = self._expect(values)
        known, told = self.hall.clocks.get(0), clocks.of(self.hall.get())
        outcome = self._send(text, values)
        self._equal(outcome.code, expected, "what became of a save")
        self.last = (text, values, Sent(outcome.code, outcome.number))
        if outcome.code is Code.SAVED:
            age = "none" if known is None else "fresh" if known == told else "old"
            is_at_once = age == "fresh" and not outcome.is_in_grace
            self._equal(outcome.clock, None if is_at_once else told, f"what a page with {age} clock is told")
            self.ways.update([age, *(["at once"] if is_at_once else [])])
        else:
            self.ways["beside"] += 1
        self._is_stored(text, expected, outcome.number)

    def _is_stored(self, text: str, code: Code, number: int) -> None:
        if code is Code.SAVED:
            self.model.head, self.base = text, number
            self.model.acknowledged.append(text)
        else:
            self.model.evidence.add(text)

    def _save_in_a_crash(self, text: str, values: dict[str, Any], crash: Crash) -> None:
        """What the page is told, if anything, is stored; and what is stored is whole, and the page can ask what it is."""
        expected, outcome = self._expect(values), None
        with suppress(errors.Busy), crash.coming():
            outcome = self.hall.save(text, **values)
        self.crash = None
        stored = self._stored_as(text, expected)
        if outcome:
            self._equal(outcome.code, expected, "what became of a save in a crash")
            self._equal(stored, [outcome.number], "what is stored of an acknowledged save")
        else:
            self._equal(crash.happened, True, "that a page was told busy in a crash")
            self._equal(len(stored), int(crash.is_stored), "how often a save is stored whose answer was lost")
        self._note(crash, is_there=bool(stored))
        sent = Sent(expected, stored[0]) if stored else None
        if sent:
            self._is_stored(text, sent.code, sent.number)
        self.last, self.is_owed = (text, values, sent), outcome is None
        if self._goes_on_at_once:
            self.save_again()

    def _stored_as(self, text: str, code: Code) -> list[int]:
        client = IN_PAUSE + "page" if code is Code.PAUSED else "page"
        return [
            one.number for one in self.hall.revisions() if (one.client_id, one.body) == (client, f'"{text}"')
        ]

    def _note(self, crash: Crash, *, is_there: bool) -> None:
        if crash.happened:
            self.ways.update(["crash", "all there" if is_there else "nothing there"])

    def _send(self, text: str, values: dict[str, Any]) -> Outcome:
        with counting(self.database) as sent:
            outcome = self.hall.save(text, **values)
        self._equal(sent.n <= 3, True, f"three statements at most, and it took {sent.n}")
        is_shown = outcome.code in (Code.STALE, Code.ELSEWHERE, Code.LATE)
        self._equal(outcome.server_value, self.model.head if is_shown else None, "what a page is shown")
        return outcome

    def save_without_clock(self) -> None:
        self.hall.clocks.clear()
        self.save()

    def save_on_an_old_text(self) -> None:
        """Something that this page has not seen counts by now; at the beginning it claims to have seen what is not."""
        self.save(base_number=self.base - 1 if self.base else 1)

    def save_from_an_old_page(self) -> None:
        self.save(writer_epoch=self.model.epoch - 1)

    def save_again(self) -> None:
        """The answer was lost. During a pause nothing counts; what came in one counts after it like any other."""
        if self.last is None:
            return
        text, values, first = self.last
        if first is None or (first.code is Code.PAUSED and self.model.state != "paused"):
            self.is_owed = False
            self._save(text, values)
        elif self.model.state == "paused":
            self._equal(self._send(text, values).code, Code.PAUSED, "a save again during a pause")
            self.model.evidence.add(text)
        else:
            known = self._send(text, values)
            self.is_owed = False
            if first.code is Code.SAVED and self.model.state == "running":
                self._equal(known.head, self.base, "what counts, to the same save again")
            self._equal(known.number, first.number, "the number of the same save again")
            code = first.code
            if code in (Code.STALE, Code.ELSEWHERE):
                code = Code.STALE if values["writer_epoch"] == self.model.epoch else Code.ELSEWHERE
            self._equal(known.code, code, "the same save again")

    def ask(self) -> None:
        """The page is told the clock, as it is when it opens and every quarter of a minute."""
        if (told := clocks.of(self.hall.get())) is not None:
            self.hall.clocks[0] = told

    def submit(self) -> None:
        model = self.model
        open_now = model.state == "running" and self.now <= model.deadline
        self._try(self.hall.submit, raises=model.state == "paused")
        if open_now:
            model.state, model.sealed = "sealed", self.now

    def take_over(self) -> None:
        may = self.model.state == "running" and self.now <= self.model.deadline
        self._try(self.hall.take_over, raises=not may)
        self.model.epoch += may

    def extend(self) -> None:
        may = self._is_open()
        self._try(lambda: self.hall.act(adjustments.extend, None, 7, "Noise."), raises=not may)
        if may:
            self.model.deadline = min(self.model.deadline + 420, self.latest_end)

    def credit(self) -> None:
        model = self.model
        last = model.paused if model.state == "paused" else self.now
        may = self._is_open() and last - 120 >= max(model.given_until, self.started)
        self._try(
            lambda: self.hall.act(adjustments.credit, self.hall.ids[0], "An alarm.", minutes=2),
            raises=not may,
        )
        if may:
            model.deadline, model.given_until = model.deadline + 120, last

    started = 0.0

    def _is_open(self) -> bool:
        return self.model.state == "paused" or (
            self.model.state == "running" and self.now <= self.model.deadline
        )

    def pause(self) -> None:
        may = self.model.state == "running" and self.now <= self.model.deadline
        self._try(lambda: self.hall.act(pauses.pause, self.hall.ids[0], "A call."), raises=not may)
        if may:
            self.model.state, self.model.paused = "paused", self.now

    def resume(self) -> None:
        may = self.model.state == "paused"
        self._try(lambda: self.hall.act(pauses.resume, self.hall.ids[0]), raises=not may)
        if may:
            self.model.state = "running"
            self.model.deadline += self.now - self.model.paused
            self.model.given_until = self.now

    def outage(self) -> None:
        """Every process is killed; the worker returns first, and two nodes after it. Where a beat crashes, one follows."""
        self.database.dispose()
        gap = 11 * 60
        self.now += gap
        self.traveller.move_to(self.moment)
        self._equal(self.hall.sweep(), 0, "sealed while the service was away")
        with suppress(_NotDone):
            self._try(self._beat, raises=False)
        model = self.model
        if model.state == "running" and model.deadline >= self.beat_at:
            model.deadline += self.now - max(self.beat_at, model.given_until)
            model.given_until = self.now
        self.beat()
        self.beat()

    def sweep(self) -> None:
        model = self.model
        due = model.state == "running" and model.deadline + GRACE.total_seconds() < self.now
        sealed = self._try(self.hall.sweep, raises=False)
        if due and sealed == 0 and self.crash and self.crash.happened:
            sealed = self.hall.sweep()  # what could not be read was left for the next one
        if sealed is not None:
            self._equal(sealed, int(due), "how many the sweep sealed")
        if due:
            model.state, model.sealed = "sealed", model.deadline

    def reopen(self) -> None:
        may = self.model.state == "sealed"
        end = self.moment + timedelta(minutes=20)
        made = self._try(
            lambda: self.hall.act(reopenings.reopen, self.hall.ids[0], end, "By mistake."), raises=not may
        )
        if may:
            self.hall.ids[0] = made.id if made else self._newest()
            self.model.state, self.model.sealed = "running", None
            self.model.deadline, self.model.given_until = self.now + 1200, self.now
            self.model.epoch += 1
            self.base, self.last, self.is_owed = (1 if self.model.head else 0), None, False

    def _newest(self) -> UUID:
        """The sitting that goes on, where nobody was told which it is."""
        with self.database.reading() as session:
            mine = Sitting.enrolment_id == self.hall.enrolments[0].id
            return session.scalars(sa.select(Sitting.id).where(mine, Sitting.state == "running")).one()

    def accept(self) -> None:
        late = [one for one in self.hall.revisions() if one.kind is RevisionKind.LATE]
        if not late:
            return
        accepted = {one.accepted_from for one in self.hall.revisions()}
        fresh = late[-1].number not in accepted
        may = self.model.state == "sealed" or not fresh
        self._try(
            lambda: self.hall.act(
                late_texts.accept, self.hall.ids[0], "memo", late[-1].number, "The network."
            ),
            raises=not may,
        )
        if may and fresh:
            self.model.head = late[-1].body.strip('"')

    def _try(self, act: Any, *, raises: bool) -> Any:
        try:
            found = self._in_a_crash(act) if self.crash else act()
        except errors.KleiError as error:
            if not raises:
                raise Broken(f"{type(error).__name__} was not expected") from error
            return None
        if raises:
            raise Broken("something was done that must not be possible")
        return found

    def _in_a_crash(self, act: Any) -> Any:
        """What it gave; None where that was lost.

        :raises _NotDone: when nothing of it is there, and nobody does it again.
        """
        crash, before = self.crash, self._rows()
        assert crash
        try:
            with crash.coming():
                return act()
        except UNAVAILABLE:
            self._equal(crash.happened, True, "that the database was gone")
            self._note(crash, is_there=crash.is_stored)
            if crash.is_stored:
                return None
            self._equal(self._rows(), before, "what is there of an act that crashed")
            if self._goes_on_at_once:
                return act()
            raise _NotDone from None

    def _rows(self) -> list[Any]:
        """All that an act can change."""
        with self.database.reading() as session:
            return [
                set(session.execute(sa.select(Sitting.__table__)).all()),
                *(session.scalar(sa.select(sa.func.count()).select_from(one)) for one in CHANGED),
            ]

    # What must hold.

    def check(self) -> None:
        model = self.model
        with self.database.reading() as session:
            sittings = session.scalars(
                sa.select(Sitting).where(Sitting.enrolment_id == self.hall.enrolments[0].id)
            ).all()
            mine = next(one for one in sittings if one.id == self.hall.ids[0])
            entries = session.scalars(
                sa.select(Adjustment).where(Adjustment.sitting_id == mine.id).order_by(Adjustment.at)
            ).all()
            rows = session.execute(
                sa.select(Revision.client_id, Revision.body).where(
                    Revision.sitting_id.in_([one.id for one in sittings])
                )
            ).all()
            bodies = {body.strip('"') for _, body in rows}
            sent = Counter((client, body) for client, body in rows if client.endswith("page"))
            assert not session.scalars(sa.select(Rating)).all()
        self._equal(mine.state.value, model.state, "state")
        assert mine.deadline_at
        self._equal((mine.deadline_at - NOON).total_seconds(), model.deadline, "deadline")
        if model.sealed is not None and mine.sealed_at:
            self._equal((mine.sealed_at - NOON).total_seconds(), model.sealed, "the recorded end")
        lost = (set(model.acknowledged) | model.evidence) - bodies
        self._equal(lost, set(), "texts that were lost")
        self._equal([one for one in sent if sent[one] > 1], [], "saves that are stored twice")
        self._equal(self.hall.counting(mine.id), {"memo": model.head} if model.head else {}, "what counts")
        spans = sorted((one.from_at, one.until_at) for one in entries if one.from_at and one.until_at)
        for (_, until), (since, _later) in pairwise(spans):
            self._equal(until <= since, True, "intervals that were given back twice")
        given = sum(((until - since).total_seconds() for since, until in spans), 0.0)
        self._equal(round(given, 6), round(mine.credited_seconds, 6), "the sum of what was given back")
        for one in sittings:
            if one.state in (SittingState.SEALED, SittingState.VOID):
                facts = (
                    one.deadline_at,
                    one.sealed_at,
                    one.final_hash,
                    one.writer_epoch,
                    one.credited_seconds,
                )
                self._equal(self.frozen.setdefault(one.id, facts), facts, "a sealed sitting")

    def _equal(self, found: Any, expected: Any, what: str) -> None:
        if found != expected:
            raise Broken(f"{what}: {found!r}, and it must be {expected!r}")


def run(database: Database, steps: Sequence[Step]) -> Counter[str]:
    """Run one schedule, and say which ways its saves took.

    :raises Broken: when something that must hold does not.
    """
    with time_machine.travel(NOON, tick=False) as traveller:
        one = Run(database, traveller)
        for act, minutes in steps:
            if one.now + minutes * 60 > MOST * 60:
                break
            one.step(act, minutes)
        return one.ways
