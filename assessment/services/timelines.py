"""The timeline of one sitting: everything that happened to it, from the journal and the rows beside it, in one order.

The journal says what, who and when; reasons, words and spells live in rows of their own and are put beside it. Saves
have no entry in the journal, because each is a revision. Administrators only: assessors never see any of it (T2).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import errors, journal
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise
from assessment.models.concern import Concern, ConcernReply
from assessment.models.enrolment import Enrolment
from assessment.models.event import ChainHead, Event
from assessment.models.person import Person
from assessment.models.presence import Interruption, InterruptionKind
from assessment.models.sitting import (
    Adjustment,
    AdjustmentKind,
    Pause,
    Revision,
    RevisionKind,
    Sitting,
)
from assessment.services import ledger
from assessment.services.emergencies import FROM_FILE
from assessment.services.reopenings import COPIED

ACTIONS = {
    "sitting.started": _("Started"),
    "sitting.taken_over": _("Continued in another window or on another device"),
    "sitting.sealed": _("Ended"),
    "sitting.interrupted": _("The page reported that it had been cut off"),
    "sitting.extended": _("More time was given"),
    "sitting.credited": _("An interruption was given back"),
    "sitting.outage_credited": _("Klei was away; the time was given back"),
    "sitting.paused": _("Paused"),
    "sitting.resumed": _("Went on after a pause"),
    "sitting.reopened": _("Re-opened, with a copy of the texts that were sealed"),
    "sitting.voided": _("Re-opened as another, and counts no longer"),
    "sitting.late_text_accepted": _("A text that arrived late was accepted"),
    "sitting.excluded": _("Left out of the scores"),
    "sitting.included_again": _("Counts in the scores again"),
    "concern.raised": _("The participant said that something is wrong"),
    "concern.replied": _("The concern was answered"),
    "concern.done": _("The concern was marked as done"),
    "emergency.taken_in": _("Texts were put in from an emergency file"),
}
"""What the journal calls it, in words. An action without words here is shown by its name."""
LEDGER = {**ledger.ACTIONS, AdjustmentKind.REOPENING: "sitting.reopened"}
SPELLS = {
    InterruptionKind.OFFLINE: _("Without connection; work went on"),
    InterruptionKind.ASLEEP: _("The device slept"),
    InterruptionKind.AWAY: _("No contact with any page"),
}
REVISIONS = {
    RevisionKind.MAIN: _("Saved"),
    RevisionKind.SIDE: _("A text was kept beside the one that counts"),
    RevisionKind.LATE: _("A text arrived after the end and was kept as evidence"),
    RevisionKind.ACCEPTED: _("A text that arrived late was accepted"),
}

BEFORE = _("Saved before it was re-opened")
"""Of the copies with which a re-opened sitting begins; each has the moment at which the text arrived."""


@dataclass(frozen=True)
class Proof:
    """The entry of the journal behind a line: its number, its hash, and the very text that the hash is taken of."""

    sequence: int
    hash: str
    previous_hash: str
    spelled: str


@dataclass(frozen=True)
class Saved:
    """One revision: what can be shown later without showing the text."""

    task: str
    number: int
    kind: RevisionKind
    characters: int
    text_hash: str
    is_in_grace: bool


@dataclass(frozen=True)
class Entry:
    """One line. ``what`` is a message id; ``deadline_at`` is the end as it was from then on."""

    at: datetime
    what: str
    until: datetime | None = None
    by: str | None = None
    """A person's name; None where Klei acted by itself."""
    words: str = ""
    """A reason, or what somebody wrote."""
    deadline_at: datetime | None = None
    seconds: float | None = None
    proof: Proof | None = None
    saves: tuple[Saved, ...] = ()

    @property
    def tasks(self) -> int:
        return len({saved.task for saved in self.saves})


@dataclass(frozen=True)
class Timeline:
    """Everything about one sitting, oldest first."""

    sitting: Sitting
    exercise: str
    person: Person
    entries: tuple[Entry, ...]
    continued_in: UUID | None
    """The sitting that goes on where this one was re-opened."""
    chain: str
    chain_sequence: int
    """The end of the centre's journal at the moment of reading: nothing before it can be changed unnoticed."""
    chain_hash: str

    @property
    def brief(self) -> tuple[Entry, ...]:
        """With saves that follow each other in one line."""
        return tuple(_gathered(self.entries))


@dataclass
class _Words:
    """What stands beside the journal, found by what its entries name."""

    by_id: dict[str, str] = field(default_factory=dict)
    by_order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read(session: Session, centre: Centre, sitting_id: UUID) -> Timeline:
    """The timeline of a sitting of this centre, void ones included.

    :raises NotFound: when it is not of this centre.
    """
    row = session.execute(
        sa.select(Sitting, CentreExercise.exercise, Person)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Sitting.id == sitting_id, Enrolment.centre_id == centre.id)
    ).one_or_none()
    if row is None:
        raise errors.NotFound
    sitting, exercise, person = row
    head = session.get(ChainHead, str(centre.id))
    noted = _noted(session, sitting)
    entries = [
        *_from_journal(session, sitting, noted),
        *_from_revisions(session, sitting, noted),
        *_from_interruptions(session, sitting),
    ]
    # At the same moment: the start, what came from the page, and the rest as the journal has it.
    start = ACTIONS["sitting.started"]
    entries.sort(
        key=lambda entry: (entry.at, entry.what != start, entry.proof.sequence if entry.proof else 0)
    )
    return Timeline(
        sitting,
        exercise,
        person,
        tuple(entries),
        session.scalar(sa.select(Sitting.id).where(Sitting.continues_id == sitting.id)),
        str(centre.id),
        head.sequence if head else 0,
        head.hash if head else journal.START,
    )


def _noted(session: Session, sitting: Sitting) -> Sequence[sa.Row[Event, str | None]]:
    """What the journal has of the sitting, with the names of those who did it."""
    return session.execute(
        sa.select(Event, Person.name)
        .outerjoin(Person, Person.id == Event.actor_id)
        .where(Event.subject_id == str(sitting.id), Event.subject == "sitting")
        .order_by(Event.sequence)
    ).all()


def _from_journal(
    session: Session, sitting: Sitting, noted: Sequence[sa.Row[Event, str | None]]
) -> Iterator[Entry]:
    words = _words(session, sitting)
    for event, name in noted:
        told = next(
            (
                words.by_id[value]
                for value in event.details.values()
                if isinstance(value, str) and value in words.by_id
            ),
            "",
        )
        if not told and words.by_order[event.action]:
            told = words.by_order[event.action].pop(0)
        yield Entry(
            at=_moment(event.details.get("sealed_at")) or event.at,
            what=ACTIONS.get(event.action, event.action),
            by=name,
            words=told,
            deadline_at=_moment(event.details.get("deadline_at")),
            seconds=event.details.get("seconds"),
            proof=Proof(event.sequence, event.hash, event.previous_hash, journal.spelled(event)),
        )


def _words(session: Session, sitting: Sitting) -> _Words:
    found = _Words()
    for concern in session.scalars(sa.select(Concern).where(Concern.sitting_id == sitting.id)):
        found.by_id[str(concern.id)] = concern.text
    for one_id, text in session.execute(
        sa.select(ConcernReply.id, ConcernReply.text).join(Concern).where(Concern.sitting_id == sitting.id)
    ):
        found.by_id[str(one_id)] = text
    _ledger_words(session, sitting, found)
    if sitting.void_reason:
        found.by_order["sitting.voided"].append(sitting.void_reason)
    if sitting.exclusion_reason:
        found.by_order["sitting.excluded"].append(sitting.exclusion_reason)
    return found


def _ledger_words(session: Session, sitting: Sitting, found: _Words) -> None:
    """The reasons of the ledger in the order in which the journal has its entries.

    A re-opened sitting begins with copies of the old one's entries, which the journal has under the old one.
    """
    entries = session.scalars(
        sa.select(Adjustment)
        .where(Adjustment.sitting_id == sitting.id)
        .order_by(Adjustment.at, Adjustment.ends_at)
    ).all()
    reopened = [entry.at for entry in entries if entry.kind is AdjustmentKind.REOPENING]
    since = max(reopened) if sitting.continues_id and reopened else None
    for entry in entries:
        if (since is None or entry.at >= since) and entry.kind is not AdjustmentKind.PAUSE:
            found.by_order[LEDGER[entry.kind]].append(entry.reason)
    for reason in session.scalars(
        sa.select(Pause.reason).where(Pause.sitting_id == sitting.id).order_by(Pause.paused_at)
    ):
        found.by_order["sitting.paused"].append(reason)


def _from_revisions(
    session: Session, sitting: Sitting, noted: Sequence[sa.Row[Event, str | None]]
) -> Iterator[Entry]:
    """What was stored. What no page sent is told as the act of whoever put it in or accepted it."""
    put_in = {one.details["file"]: name for one, name in noted if one.action == "emergency.taken_in"}
    accepted = {
        (one.details["task"], one.details["number"]): (one.at, name)
        for one, name in noted
        if one.action == "sitting.late_text_accepted"
    }
    rows = session.execute(
        sa.select(
            Revision.task,
            Revision.number,
            Revision.kind,
            Revision.body,
            Revision.arrived_at,
            Revision.is_in_grace,
            Revision.reason,
            Revision.client_id,
        )
        .where(Revision.sitting_id == sitting.id)
        .order_by(Revision.id)
    )
    for row in rows:
        at, by = row.arrived_at, None
        if row.kind is RevisionKind.ACCEPTED:
            at, by = accepted.get((row.task, row.number), (at, by))
        elif row.reason:  # a page gives none
            by = put_in.get(row.client_id.removeprefix(FROM_FILE))
        yield Entry(
            at=at,
            what=BEFORE if row.client_id.startswith(COPIED) else REVISIONS[row.kind],
            by=by,
            words=row.reason,
            saves=(
                Saved(
                    row.task,
                    row.number,
                    row.kind,
                    len(row.body),
                    sha256(row.body.encode("utf-8", "surrogatepass")).hexdigest(),
                    row.is_in_grace,
                ),
            ),
        )


def _from_interruptions(session: Session, sitting: Sitting) -> Iterator[Entry]:
    for spell in session.scalars(sa.select(Interruption).where(Interruption.sitting_id == sitting.id)):
        yield Entry(at=spell.began_at, until=spell.ended_at, what=SPELLS[spell.kind], seconds=spell.seconds)


def _gathered(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Saves of one kind that follow each other as one line, from the first to the last."""
    waiting: list[Entry] = []
    for entry in entries:
        if waiting and not (entry.saves and entry.what == waiting[0].what and not entry.words):
            yield _together(waiting)
            waiting = []
        if entry.saves and not entry.words:
            waiting.append(entry)
        else:
            yield entry
    if waiting:
        yield _together(waiting)


def _together(saves: Sequence[Entry]) -> Entry:
    first, last = saves[0], saves[-1]
    return Entry(
        at=first.at,
        until=last.at if len(saves) > 1 else None,
        what=first.what,
        saves=tuple(saved for entry in saves for saved in entry.saves),
    )


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
