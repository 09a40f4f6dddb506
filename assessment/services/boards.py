"""The live board of a centre: who works, for how long still, when the last text arrived and the last contact was.

Two readings. The whole board, for the page; and what changed, for the page that asks again: a stamp of one row first,
and only where it differs the figures of all sittings that began, as plain values. Both take the same number of queries
for two sittings as for two thousand. Nothing here is ever shown to an assessor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from assessment.models.answer import COUNTING
from assessment.models.centre import Centre, CentreExercise
from assessment.models.concern import Concern, ConcernKind, ConcernReply
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import ChainHead
from assessment.models.outage import Outage
from assessment.models.person import Person
from assessment.models.presence import Interruption, InterruptionKind, Presence
from assessment.models.sitting import CentrePause, Revision, Sitting, SittingState

QUIET_AFTER = timedelta(minutes=2)
"""Without a contact for so long, a running sitting is pointed out. The page asks for the clock four times a minute."""
OVERLAP = 1000
"""Revisions looked at again: where several write at once, a lower number can become visible after a higher one."""
LONGEST_EXCERPT = 160
LATELY = timedelta(hours=12)


class Where(StrEnum):
    """Where a participant is, as a whole."""

    NOT_BEGUN = "not begun"
    RUNNING = "running"
    PAUSED = "paused"
    BETWEEN = "between"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Place:
    """One sitting on the board."""

    sitting_id: UUID
    code: str
    exercise: str
    state: SittingState
    deadline_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    seen_at: datetime | None
    saved_at: datetime | None
    interruptions: int
    interrupted: timedelta

    def is_over(self, now: datetime) -> bool:
        """Sealed, or will be by the sweep."""
        return self.state is SittingState.SEALED or (
            self.state is SittingState.RUNNING and self.deadline_at is not None and now > self.deadline_at
        )

    def is_quiet(self, now: datetime) -> bool:
        """Whether it runs and no page has been in contact for a while."""
        return (
            self.state is SittingState.RUNNING
            and not self.is_over(now)
            and (self.seen_at is None or now - self.seen_at > QUIET_AFTER)
        )


@dataclass(frozen=True)
class Line:
    """One participant: each exercise, and the one that is at work now, or was last."""

    enrolment_id: UUID
    name: str
    email: str
    where: Where
    places: tuple[Place, ...]
    current: Place | None


@dataclass(frozen=True)
class OpenConcern:
    """Something that a participant said is wrong and that nobody marked as done."""

    concern_id: UUID
    sitting_id: UUID
    code: str
    name: str
    exercise: str
    kind: ConcernKind
    text: str
    raised_at: datetime
    is_replied: bool


@dataclass(frozen=True)
class Stamp:
    """What tells whether anything on a board can have changed: the journal's end, the newest text, the last contact."""

    events: int
    revision: int
    seen_at: datetime | None

    def __str__(self) -> str:
        return f"{self.events}-{self.revision}-{self.seen_at.timestamp() if self.seen_at else 0}"


@dataclass(frozen=True)
class Figures:
    """A sitting that has begun, as plain values for the page that asks again."""

    code: str
    state: SittingState
    deadline_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    seen_at: datetime | None
    saved_at: datetime | None
    interruptions: int
    interrupted_seconds: float


def stamp(session: Session, centre: Centre) -> Stamp:
    """One query on the ends of three indexes. It may change without a change on this board, never the other way round."""
    row = session.execute(
        sa.select(
            sa.select(ChainHead.sequence).where(ChainHead.chain == str(centre.id)).scalar_subquery(),
            sa.select(sa.func.max(Revision.id)).scalar_subquery(),
            sa.select(sa.func.max(Presence.seen_at)).scalar_subquery(),
        )
    ).one()
    return Stamp(row[0] or 0, row[1] or 0, row[2])


def _sittings(centre: Centre) -> sa.Select[UUID]:
    return (
        sa.select(Sitting.id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(Enrolment.centre_id == centre.id, Sitting.state != SittingState.VOID)
    )


def lines(session: Session, centre: Centre, now: datetime) -> list[Line]:
    """Everybody of a centre, by name."""
    newest = _saved(Revision.sitting_id.in_(_sittings(centre)))
    cut_off = _interrupted(centre)
    rows = session.execute(
        sa.select(
            Enrolment.id.label("enrolment_id"),
            Enrolment.state.label("enrolment_state"),
            Person.name,
            Person.email,
            Sitting.id.label("sitting_id"),
            Sitting.code,
            CentreExercise.exercise,
            Sitting.state,
            Sitting.deadline_at,
            Sitting.paused_at,
            Sitting.sealed_at,
            Presence.seen_at,
            newest.c.saved_at,
            cut_off.c.n,
            cut_off.c.seconds,
        )
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Sitting, sa.and_(Sitting.enrolment_id == Enrolment.id, Sitting.state != SittingState.VOID))
        .outerjoin(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .outerjoin(Presence, Presence.sitting_id == Sitting.id)
        .outerjoin(newest, newest.c.sitting_id == Sitting.id)
        .outerjoin(cut_off, cut_off.c.sitting_id == Sitting.id)
        .where(Enrolment.centre_id == centre.id)
        .order_by(sa.func.lower(Person.name), Person.email, Sitting.position)
    ).all()
    gathered: dict[UUID, tuple[Any, list[Place]]] = {}
    for row in rows:
        places = gathered.setdefault(row.enrolment_id, (row, []))[1]
        if row.sitting_id is not None:
            places.append(
                Place(
                    row.sitting_id,
                    row.code,
                    row.exercise,
                    row.state,
                    row.deadline_at,
                    row.paused_at,
                    row.sealed_at,
                    row.seen_at,
                    row.saved_at,
                    row.n or 0,
                    timedelta(seconds=row.seconds or 0.0),
                )
            )
    return [_line(row, tuple(places), now) for row, places in gathered.values()]


def _line(row: Any, places: tuple[Place, ...], now: datetime) -> Line:
    return Line(
        row.enrolment_id,
        row.name,
        row.email,
        _where(row.enrolment_state, places, now),
        places,
        current(places, now),
    )


def current(places: Sequence[Place], now: datetime) -> Place | None:
    """The sitting that is at work; otherwise the last one that began."""
    begun = [place for place in places if place.state is not SittingState.READY]
    working = [place for place in begun if not place.is_over(now)]
    return next(iter(working), begun[-1] if begun else None)


def _where(state: EnrolmentState, places: tuple[Place, ...], now: datetime) -> Where:
    if state is EnrolmentState.WITHDRAWN:
        return Where.WITHDRAWN
    if any(place.state is SittingState.PAUSED for place in places):
        return Where.PAUSED
    if any(place.state is SittingState.RUNNING and not place.is_over(now) for place in places):
        return Where.RUNNING
    over = sum(place.is_over(now) for place in places)
    if not over:
        return Where.NOT_BEGUN
    return Where.DONE if over == len(places) else Where.BETWEEN


def figures(session: Session, centre: Centre, after: int, until: int) -> list[Figures]:
    """The sittings that have begun, in one query. ``saved_at`` is known where a text was saved after that revision and
    not after this one, else None.
    """
    # A range with two ends, which SQLite finds by number; for one end alone it reads all there are, in order of sittings.
    newest = _saved(Revision.id.between(max(0, after - OVERLAP) + 1, until))
    cut_off = _interrupted(centre)
    rows = session.execute(
        sa.select(
            # By code: making two thousand ids of their spelling costs as much as reading them.
            Sitting.code,
            Sitting.state,
            Sitting.deadline_at,
            Sitting.paused_at,
            Sitting.sealed_at,
            Presence.seen_at,
            newest.c.saved_at,
            sa.func.coalesce(cut_off.c.n, 0),
            sa.func.coalesce(cut_off.c.seconds, 0.0),
        )
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .outerjoin(Presence, Presence.sitting_id == Sitting.id)
        .outerjoin(newest, newest.c.sitting_id == Sitting.id)
        .outerjoin(cut_off, cut_off.c.sitting_id == Sitting.id)
        .where(
            Enrolment.centre_id == centre.id,
            Sitting.state != SittingState.VOID,  # spelled as its index is, which SQLite uses only then
            Sitting.state != SittingState.READY,
        )
    )
    return [Figures(*row) for row in rows]


def _saved(*of: sa.ColumnElement[bool]) -> sa.Subquery:
    """When the last counting text of each sitting arrived."""
    return (
        sa.select(Revision.sitting_id, sa.func.max(Revision.arrived_at).label("saved_at"))
        .where(Revision.kind.in_(COUNTING), *of)
        .group_by(Revision.sitting_id)
        .subquery("saved")
    )


def _interrupted(centre: Centre) -> sa.Subquery:
    """How often and how long each sitting's page was cut off; spells of two pages may overlap.

    A silence that Klei noticed by itself is left out where the page told of the same on its return.
    """
    told = aliased(Interruption)
    is_told = sa.exists().where(
        told.sitting_id == Interruption.sitting_id,
        told.kind != InterruptionKind.AWAY,
        told.began_at < Interruption.ended_at,
        told.ended_at > Interruption.began_at,
    )
    return (
        sa.select(
            Interruption.sitting_id,
            sa.func.count().label("n"),
            sa.func.sum(Interruption.seconds).label("seconds"),
        )
        .where(
            Interruption.sitting_id.in_(_sittings(centre)),
            sa.or_(Interruption.kind != InterruptionKind.AWAY, ~is_told),
        )
        .group_by(Interruption.sitting_id)
        .subquery("interrupted")
    )


def open_concerns(session: Session, centre: Centre) -> list[OpenConcern]:
    """What nobody marked as done, the oldest first."""
    replied = sa.exists().where(ConcernReply.concern_id == Concern.id)
    rows = session.execute(
        sa.select(
            Concern.id,
            Concern.sitting_id,
            Sitting.code,
            Person.name,
            CentreExercise.exercise,
            Concern.kind,
            Concern.text,
            Concern.raised_at,
            replied.label("is_replied"),
        )
        .join(Sitting, Sitting.id == Concern.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.centre_id == centre.id, Concern.done_at.is_(None))
        .order_by(Concern.raised_at, Concern.id)
    )
    return [
        OpenConcern(
            row.id,
            row.sitting_id,
            row.code,
            row.name,
            row.exercise,
            row.kind,
            row.text if len(row.text) <= LONGEST_EXCERPT else row.text[: LONGEST_EXCERPT - 1] + "…",
            row.raised_at,
            bool(row.is_replied),
        )
        for row in rows
    ]


def working(session: Session, centre: Centre, enrolment_ids: Sequence[UUID]) -> set[UUID]:
    """The sittings that these participants are at work on now, paused ones included."""
    return set(session.scalars(_working(centre).where(Enrolment.id.in_(enrolment_ids))))


def running_count(session: Session, centre: Centre) -> int:
    """How many are at work in this centre."""
    return session.scalar(sa.select(sa.func.count()).select_from(_working(centre).subquery())) or 0


def _working(centre: Centre) -> sa.Select[UUID]:
    return (
        sa.select(Sitting.id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(
            Enrolment.centre_id == centre.id,
            Sitting.state.in_((SittingState.RUNNING, SittingState.PAUSED)),
        )
    )


def open_pause(session: Session, centre: Centre) -> CentrePause | None:
    """The pause of the whole centre that lasts, if any."""
    return session.scalar(
        sa.select(CentrePause).where(CentrePause.centre_id == centre.id, CentrePause.resumed_at.is_(None))
    )


def lately_away(session: Session, now: datetime) -> Sequence[Outage]:
    """When the service was away within the last half day; what it took was given back."""
    return session.scalars(
        sa.select(Outage).where(Outage.until_at > now - LATELY).order_by(Outage.from_at.desc()).limit(5)
    ).all()
