"""Sittings: one timed exercise of one participant, its clock, and every revision of what was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.centre import CentreExercise
from assessment.models.enrolment import Enrolment


class SittingState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    SEALED = "sealed"
    VOID = "void"


def _one_open(table: str, column: str) -> sa.Index:
    """At most one pause that has not ended."""
    return sa.Index(
        f"uq_{table}_one_open",
        column,
        unique=True,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )


class RevisionKind(StrEnum):
    MAIN = "main"
    """Counts."""
    SIDE = "side"
    """Written on a base that was no longer the newest, or on a device that work had moved away from."""
    LATE = "late"
    """Arrived after the deadline and grace: kept as evidence, not counted."""
    ACCEPTED = "accepted"
    """Late evidence that an administrator accepted, with a reason: counts."""


class AdjustmentKind(StrEnum):
    EXTENSION = "extension"
    """More time: moves the end and nothing else."""
    CREDIT = "credit"
    """Working time that an administrator gave back, for an interruption."""
    OUTAGE = "outage"
    """Working time that the service took by being away, given back by itself."""
    PAUSE = "pause"
    """A pause that ended."""
    REOPENING = "reopening"
    """The time in which a re-opened sitting was sealed, and its new end."""


class Sitting(Identified, Base):
    """One timed exercise by one participant: the clock and the answers."""

    __tablename__ = "sitting"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    centre_exercise_id: Mapped[UUID] = mapped_column(ForeignKey("centre_exercise.id"), index=True)
    version_hash: Mapped[str] = mapped_column(ForeignKey("exercise_version.hash"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    """What assessors see instead of a name: one per sitting, so that nothing carries over between exercises."""
    state: Mapped[SittingState] = mapped_column(choice(SittingState, "state"), default=SittingState.READY)
    language: Mapped[str | None]
    """Fixed at the start."""
    time_factor: Mapped[float | None]
    """The enrolment's factor as it was at the start."""
    is_untimed: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    """Fixed in the transaction that starts the sitting; moved only with an entry in the ledger."""
    credited_seconds: Mapped[float] = mapped_column(default=0.0)
    """The length of all intervals that the ledger gave back: how much later phases end that go by exercise minutes."""
    paused_at: Mapped[datetime | None]
    """Since when it is paused; the pause itself has a row of its own."""
    submitted_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    """When it ended: the hand-in, or the deadline; never the time of the sweep."""
    final_hash: Mapped[str | None]
    """The hash over the counting revisions at sealing."""
    writer_epoch: Mapped[int] = mapped_column(default=0)
    """Raised by each take-over: only the page that knows it may write."""
    taken_over_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")
    continues_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"))
    """The sealed sitting that this one was re-opened from; that one is void."""
    is_excluded: Mapped[bool] = mapped_column(default=False)
    """Left out of the scores by an administrator, for uncredited interruption above 10 % (U6)."""
    exclusion_reason: Mapped[str] = mapped_column(default="")

    enrolment: Mapped[Enrolment] = relationship()
    centre_exercise: Mapped[CentreExercise] = relationship()
    adjustments: Mapped[list["Adjustment"]] = relationship(order_by="Adjustment.at, Adjustment.ends_at")

    __table_args__ = (
        sa.Index(
            "uq_sitting_one_that_counts",
            "enrolment_id",
            "centre_exercise_id",
            unique=True,
            sqlite_where=sa.text("state != 'void'"),
            postgresql_where=sa.text("state != 'void'"),
        ),
        sa.Index("ix_sitting_state_deadline_at", "state", "deadline_at"),
        # What revisions point to, so that a revision's task is one of its sitting's own exercise.
        sa.Index("uq_sitting_id_version_hash", "id", "version_hash", unique=True),
        sa.CheckConstraint(
            "state IN ('ready', 'void') OR (started_at IS NOT NULL AND deadline_at IS NOT NULL "
            "AND language IS NOT NULL AND time_factor IS NOT NULL)",
            name="started_with_clock",
        ),
        sa.CheckConstraint("state != 'sealed' OR sealed_at IS NOT NULL", name="sealed_with_time"),
        sa.CheckConstraint("(state = 'paused') = (paused_at IS NOT NULL)", name="paused_with_time"),
        sa.CheckConstraint("credited_seconds >= 0", name="credited_forwards"),
    )

    @property
    def factor(self) -> float:
        """The divisor of exercise minutes: 1 where there is no limit, so that arrivals come as for everybody."""
        return factor_of(self)

    def minute_at(self, moment: datetime) -> float:
        """The exercise minute at this moment, now or in the past: working time without pauses and credits ÷ factor.

        Reads the ledger only where something was given back.
        """
        return minute_of(self, self.adjustments if self.credited_seconds else (), moment)

    def minute_reached(self, moment: datetime) -> float:
        """The highest exercise minute so far: what had been shown before a credit set the minute back stays shown."""
        return minute_reached_of(self, self.adjustments if self.credited_seconds else (), moment)

    def minute_known(self, moment: datetime) -> float | None:
        """The highest exercise minute as it stood at a moment in the past; None where no later entry changed it."""
        return minute_known_of(self, self.adjustments if self.credited_seconds else (), moment)


class Adjustment(Identified, Base):
    """An entry in a sitting's time ledger. Only added to.

    An entry that gives working time back carries its interval, which is taken out of the exercise minutes; intervals
    of one sitting never overlap.
    """

    __tablename__ = "adjustment"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    seconds: Mapped[float]
    """How much later the sitting ends by this entry, before the centre's latest end caps it."""
    kind: Mapped[AdjustmentKind] = mapped_column(choice(AdjustmentKind, "kind"))
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]
    """The deadline after this entry."""
    reason: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    """Nobody for an automatic credit."""
    outage_id: Mapped[UUID | None] = mapped_column(ForeignKey("outage.id"), index=True)
    at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("(from_at IS NULL) = (until_at IS NULL)", name="interval_has_two_ends"),
        sa.CheckConstraint("from_at IS NULL OR from_at <= until_at", name="interval_has_an_order"),
        sa.CheckConstraint("(kind = 'extension') = (from_at IS NULL)", name="interval_unless_extended"),
        sa.CheckConstraint("seconds >= 0 OR kind = 'reopening'", name="gives_time"),
    )

    def overlap(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between two moments this entry gave back."""
        return _overlap(self, since, until)


def minute_of(sitting: Any, entries: Sequence[Any], moment: datetime) -> float:
    """The exercise minute of a sitting, or of a row with its clock, at a moment; ``entries`` are those of its ledger."""
    if sitting.paused_at is not None:
        moment = min(moment, sitting.paused_at)
    working = moment - sitting.started_at
    for entry in entries:
        working -= _overlap(entry, sitting.started_at, moment)
    return float(working / timedelta(minutes=1) / factor_of(sitting))


def minute_reached_of(sitting: Any, entries: Sequence[Any], moment: datetime) -> float:
    """The highest exercise minute so far, of a sitting or of a row with its clock; ``entries`` are all of its ledger.

    Only a credit sets the minute back. In a pause and an outage nothing was shown.
    """
    reached = minute_of(sitting, entries, moment)
    for place, credit in enumerate(entries):
        if credit.kind is AdjustmentKind.CREDIT and credit.at <= moment:
            before = [
                entry
                for other, entry in enumerate(entries)
                if other < place or entry.kind is not AdjustmentKind.CREDIT
            ]
            reached = max(reached, minute_of(sitting, before, credit.at))
    return reached


def minute_known_of(sitting: Any, entries: Sequence[Any], moment: datetime) -> float | None:
    """The highest exercise minute as it stood at a moment in the past; None where no later entry changed it."""
    known = [entry for entry in entries if entry.at <= moment]
    return None if len(known) == len(entries) else minute_reached_of(sitting, known, moment)


def factor_of(sitting: Any) -> float:
    """The divisor of exercise minutes of a sitting, or of a row with its clock."""
    return 1.0 if sitting.is_untimed or sitting.time_factor is None else float(sitting.time_factor)


def _overlap(entry: Any, since: datetime, until: datetime) -> timedelta:
    if entry.from_at is None or entry.until_at is None:
        return timedelta()
    left: timedelta = min(until, entry.until_at) - max(since, entry.from_at)
    return max(timedelta(), left)


class CentrePause(Identified, Base):
    """A pause of a whole centre: what runs is paused, and nothing may start while it lasts. One at a time."""

    __tablename__ = "centre_pause"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    reason: Mapped[str]
    paused_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    paused_at: Mapped[datetime]
    resumed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    resumed_at: Mapped[datetime | None]

    __table_args__ = (_one_open("centre_pause", "centre_id"),)


class Pause(Identified, Base):
    """A sitting that is paused can be neither read nor written. One open pause per sitting."""

    __tablename__ = "pause"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    centre_pause_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre_pause.id"), index=True)
    """The pause of the whole centre that this one is part of."""
    reason: Mapped[str]
    paused_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    paused_at: Mapped[datetime]
    resumed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    """Nobody when the centre's latest end ended it."""
    resumed_at: Mapped[datetime | None]

    __table_args__ = (_one_open("pause", "sitting_id"),)


class Revision(Base):
    """One saved state of a task's answer. Only added to; ``models.answer`` says which one of a series counts.

    The two foreign keys share ``version_hash``: the database itself refuses an answer to another exercise's task.
    """

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    sitting_id: Mapped[UUID]
    version_hash: Mapped[str]
    task: Mapped[str]
    number: Mapped[int]
    kind: Mapped[RevisionKind] = mapped_column(choice(RevisionKind, "kind"))
    body: Mapped[str]
    """The value that the kind parsed, as JSON."""
    base_number: Mapped[int]
    client_id: Mapped[str]
    client_seq: Mapped[int]
    epoch: Mapped[int]
    arrived_at: Mapped[datetime]
    is_in_grace: Mapped[bool] = mapped_column(default=False)
    accepted_from: Mapped[int | None]
    """The number of the late revision that this one accepts."""
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "task", "number"),
        sa.UniqueConstraint("sitting_id", "client_id", "client_seq"),
        sa.ForeignKeyConstraint(["sitting_id", "version_hash"], ["sitting.id", "sitting.version_hash"]),
        sa.ForeignKeyConstraint(["version_hash", "task"], ["task.version_hash", "task.name"]),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
    )
