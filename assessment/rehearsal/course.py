"""The course of a rehearsal: who does what when, how far it is, and how it ends, also when somebody stops it."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from assessment.database import Database
from assessment.models.rating import AssignmentState
from assessment.rehearsal.assessor import Assessor
from assessment.rehearsal.comparison import Compared, compare
from assessment.rehearsal.figures import Figures, without_pauses
from assessment.rehearsal.participant import Pace, Participant
from assessment.rehearsal.sent import Sent
from assessment.rehearsal.visitor import Unexpected
from assessment.services import rehearsals, versions
from assessment.services.rehearsals import Rehearsal
from exercises.content import Exercise

One = TypeVar("One")

ROUNDS = 4
"""How often assessors look for more to rate: adjudications come up while others submit."""
BEAT = 0.05


@dataclass(frozen=True)
class Plan:
    """How a rehearsal goes. Every time is in real seconds as people would take it; ``speed`` divides them all."""

    url: str
    speed: float = 1.0
    minutes: float = 5.0
    """How long everybody works on each exercise before handing it in."""
    interval: float = 5.0
    """Between two saves of one participant."""
    arrival: float | None = None
    """Within how many seconds everybody arrives; a quarter of a second for each, unless it is said."""
    starts: float = 10.0
    """Within how many seconds everybody starts the first exercise."""
    rated: int = 20
    """How many participants are rated up to their report."""


@dataclass
class Outcome:
    """What a rehearsal showed."""

    plan: Plan
    made: Rehearsal
    figures: Figures
    compared: Compared
    started: int
    finished: int
    slowest_start: float | None
    """Seconds from the button to the page, of the first exercise."""
    reports: int
    adjudicated: int
    gave_up: Mapping[str, int]
    """What people could not go on with, and how many of them."""
    was_stopped: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether nothing was lost, nothing failed and nobody gave up."""
        return not (self.compared.differences or self.gave_up or self.figures.errors)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "is_right": self.is_right,
            "was_stopped": self.was_stopped,
            "centre": str(self.made.centre_id),
            "url": self.plan.url,
            "participants": len(self.made.participants),
            "assessors": len(self.made.assessors),
            "speed": self.plan.speed,
            "minutes_per_exercise": self.plan.minutes,
            "interval_s": self.plan.interval,
            "seconds": round(self.seconds, 1),
            "started": self.started,
            "finished": self.finished,
            "slowest_start_s": self.slowest_start,
            "reports_decided": self.reports,
            "adjudicated": self.adjudicated,
            "saves_acknowledged": self.compared.saves,
            "revisions_stored": self.compared.stored,
            "ratings_submitted": self.compared.ratings,
            "differences": list(self.compared.differences),
            "gave_up": dict(self.gave_up),
            **self.figures.document(),
        }

    def lines(self) -> list[str]:
        """As lines for a terminal."""
        compared = self.compared
        people = len(self.made.participants)
        lines = [
            *self.figures.table(),
            "",
            f"{people} participants, {len(self.made.assessors)} assessors, {self.seconds:.0f} s at speed {self.plan.speed:g}; "
            f"a save every {self.plan.interval / self.plan.speed:g} s by each.",
            f"{self.started} started the first exercise"
            + (f", the slowest in {self.slowest_start:.2f} s" if self.slowest_start is not None else "")
            + f"; {self.finished} finished all; {self.reports} decided about a report; {self.adjudicated} adjudications.",
            f"{compared.saves:,} saves acknowledged, {compared.stored:,} revisions stored, {compared.ratings:,} ratings submitted: "
            + (f"{len(compared.differences)} differences." if compared.differences else "no difference."),
        ]
        lines += [f"  {line}" for line in compared.differences[:50]]
        lines += [f"{count} gave up: {why}" for why, count in self.gave_up.items()]
        if self.was_stopped:
            lines.append("Stopped before the end: what was sent until then was compared.")
        return lines


@dataclass
class Course:
    """A rehearsal on its way."""

    database: Database
    made: Rehearsal
    plan: Plan
    tell: Callable[[str], None]
    figures: Figures = field(default_factory=Figures)
    sent: Sent = field(default_factory=Sent)
    phase: str = ""
    gave_up: Counter[str] = field(default_factory=Counter)
    start_times: list[float] = field(default_factory=list)
    finished: int = 0

    def __post_init__(self) -> None:
        self.works = _works(self.database, self.made)
        pace = Pace(
            self.plan.speed,
            self.plan.minutes * 60 / self.plan.speed,
            self.plan.interval / self.plan.speed,
        )
        self.participants = [
            Participant(self.plan.url, guest, turn, self.works, pace, self.figures, self.sent)
            for turn, guest in enumerate(self.made.participants)
        ]
        self.assessors = [
            Assessor(
                self.plan.url, guest, turn, len(self.made.assessors), pace.speed, self.figures, self.sent
            )
            for turn, guest in enumerate(self.made.assessors)
        ]
        self.rated = [one.guest for one in self.participants[: self.plan.rated]]
        self.adjudicated = 0

    async def run(self, stop: asyncio.Event) -> Outcome:
        """All of it, or as far as it comes before ``stop`` is set."""
        with without_pauses():
            was_stopped, seconds = await self._play(stop)
        self.tell("comparing what was sent with what is stored")
        return self._outcome(was_stopped, seconds)

    async def _play(self, stop: asyncio.Event) -> tuple[bool, float]:
        """Whether it was stopped, and the seconds that it took."""
        begun = time.monotonic()
        beside = [
            asyncio.ensure_future(self._report_progress(begun)),
            asyncio.ensure_future(self._feel_delay()),
        ]
        work = asyncio.ensure_future(self._phases())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        was_stopped = not work.done()
        for task in (work, stopped, *beside):
            task.cancel()
        done = await asyncio.gather(work, stopped, *beside, return_exceptions=True)
        for visitor in [one.visitor for one in self.participants] + [one.visitor for one in self.assessors]:
            visitor.wire.close()
        if not was_stopped and isinstance(done[0], BaseException):
            raise done[0]
        return was_stopped, time.monotonic() - begun

    async def _phases(self) -> None:
        plan, speed = self.plan, self.plan.speed
        arrival = plan.arrival if plan.arrival is not None else len(self.participants) / 4
        self.phase = "arriving"
        here = await self._all(self.participants, lambda one: one.arrive(), within=arrival / speed)
        rating = await self._all(self.assessors, lambda one: one.arrive(), within=1 / speed)
        here = [one for one in here if one.guest.sittings]
        await self._all(here, lambda one: one.open_start(one.guest.sittings[0]), within=plan.starts / speed)
        self.phase = "at work"
        # The first start is a moment that all of them share; afterwards everybody goes on at their own pace.
        await self._all(here, self._work, within=plan.starts / speed)
        if self.rated and rating:
            await self._rate(rating)

    async def _work(self, one: Participant) -> None:
        for place, sitting in enumerate(one.guest.sittings):
            if place:
                await one.visitor.think(10)
                await one.open_start(sitting)
                await one.visitor.think(5)
            seconds = await one.start(sitting)
            if not place:
                self.start_times.append(seconds)
            await one.sit(sitting)
        self.finished += 1

    async def _rate(self, assessors: Sequence[Assessor]) -> None:
        self.phase = "rating"
        for _ in range(ROUNDS):
            todo = await asyncio.to_thread(self._assignments)
            busy = [one for one in assessors if todo.get(one.guest.person_id)]
            if not busy:
                break
            await self._all(busy, partial(_rates, todo))
        self.phase = "integrating"
        await self._all(assessors, lambda one: one.consult())
        to_sign = await asyncio.to_thread(self._integrations)
        await self._all(assessors, lambda one: _each(one.integrate, to_sign.get(one.guest.person_id, ())))
        self.phase = "deciding"
        ready = {guest.enrolment_id for guest in self.rated} & await asyncio.to_thread(self._signed)
        await self._all(
            [one for one in self.participants if one.guest.enrolment_id in ready], lambda one: one.decide()
        )

    def _assignments(self) -> dict[UUID, list[UUID]]:
        """What each assessor still has to rate of those who are rated to the end."""
        todo: dict[UUID, list[UUID]] = {}
        with self.database.reading() as session:
            for one in rehearsals.work(session, self._enrolments()):
                if one.state is AssignmentState.OPEN and one.id not in self.sent.ratings:
                    todo.setdefault(one.assessor_id, []).append(one.id)
                    self.adjudicated += one.round == "adjudication"
        return todo

    def _integrations(self) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        with self.database.reading() as session:
            for one in rehearsals.integrations_of(session, self._enrolments()):
                if one.responsible_id:
                    found.setdefault(one.responsible_id, []).append(one.id)
        return found

    def _signed(self) -> set[UUID]:
        with self.database.reading() as session:
            return {
                one.enrolment_id
                for one in rehearsals.integrations_of(session, self._enrolments())
                if one.id in self.sent.signed
            }

    def _enrolments(self) -> list[UUID]:
        return [guest.enrolment_id for guest in self.rated if guest.enrolment_id]

    async def _all(
        self, people: Sequence[One], act: Callable[[One], Awaitable[object]], within: float = 0.0
    ) -> list[One]:
        """Let all of them act, each beginning at a moment within so many seconds; those who could go on."""
        chance = random.Random(len(people))  # noqa: S311 -- moments, not secrets

        async def one_acts(one: One) -> bool:
            await asyncio.sleep(chance.uniform(0, within))
            try:
                await act(one)
            except Unexpected as why:
                self.gave_up[str(why)] += 1
                return False
            return True

        went_on = await asyncio.gather(*(one_acts(one) for one in people))
        return [one for one, can in zip(people, went_on, strict=True) if can]

    async def _report_progress(self, begun: float) -> None:
        while True:
            await asyncio.sleep(2)
            p99 = self.figures.lately("save", 0.99)
            self.tell(
                f"{time.monotonic() - begun:5.0f} s  {self.phase:12} {self.figures.requests:,} requests, "
                f"{self.sent.acknowledged:,} saves"
                + (f" (lately p99 {p99:.0f} ms)" if p99 is not None else "")
                + f", {self.figures.errors} errors, {self.finished} finished"
            )

    async def _feel_delay(self) -> None:
        """How late this process is itself."""
        while True:
            due = time.perf_counter() + BEAT
            await asyncio.sleep(BEAT)
            self.figures.delays.append(max(0.0, time.perf_counter() - due))

    def _outcome(self, was_stopped: bool, seconds: float) -> Outcome:
        with self.database.reading() as session:
            compared = compare(session, self.made, self.sent, self.works, self._enrolments())
        return Outcome(
            self.plan,
            self.made,
            self.figures,
            compared,
            started=len(self.start_times),
            finished=self.finished,
            slowest_start=max(self.start_times, default=None),
            reports=len(self.sent.decided),
            adjudicated=self.adjudicated,
            gave_up=dict(self.gave_up),
            was_stopped=was_stopped,
            seconds=seconds,
        )


async def _rates(todo: Mapping[UUID, Sequence[UUID]], one: Assessor) -> None:
    await one.rate(todo[one.guest.person_id])


async def _each(act: Callable[[UUID], Awaitable[object]], ids: Sequence[UUID]) -> None:
    for one in ids:
        await act(one)


def _works(database: Database, made: Rehearsal) -> dict[UUID, Exercise]:
    """The exercise of each sitting."""
    with database.reading() as session:
        return {
            one.id: versions.get(session, one.version_hash)
            for one in rehearsals.sittings(session, made.centre_id)
        }
