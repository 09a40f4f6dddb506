"""Debriefs: what is talked about after the centre, when, and what came of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person


class DebriefKind(StrEnum):
    REPORT = "report"
    """The conversation about the report."""
    ANSWERS = "answers"
    """The guided session: one's own answers, the exercise texts and the assessors' notes, with somebody beside (N5)."""


class DebriefState(StrEnum):
    ASKED = "asked"
    BOOKED = "booked"
    HELD = "held"
    ENDED = "ended"
    """It will not be held: the participant no longer wants it."""


class DebriefForm(StrEnum):
    VIDEO = "video"
    TELEPHONE = "telephone"
    ROOM = "room"


class Debrief(Identified, Base):
    """A conversation that a participant asks for after the centre; notes only as far as they agree."""

    __tablename__ = "debrief"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    kind: Mapped[DebriefKind] = mapped_column(choice(DebriefKind, "kind"))
    state: Mapped[DebriefState] = mapped_column(choice(DebriefState, "state"), default=DebriefState.ASKED)
    asked_at: Mapped[datetime]
    edition: Mapped[int] = mapped_column(default=0)
    """Raised by each change, so that a calendar knows which of two files is the newer."""
    held_at: Mapped[datetime | None]
    held_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    held_form: Mapped[DebriefForm | None] = mapped_column(choice(DebriefForm, "held_form"))
    notes: Mapped[str] = mapped_column(default="")
    agreed_at: Mapped[datetime | None]
    """When the participant agreed to these very notes; until then only they and their writer read them."""
    ended_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship()
    held_by: Mapped[Person | None] = relationship()
    time: Mapped["DebriefTime | None"] = relationship(back_populates="debrief")

    __table_args__ = (
        sa.Index(
            "uq_debrief_one_at_once",
            "enrolment_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'booked')"),
            postgresql_where=sa.text("state IN ('asked', 'booked')"),
        ),
        sa.CheckConstraint(
            "state <> 'held' OR (held_at IS NOT NULL AND held_by_id IS NOT NULL AND held_form IS NOT NULL)",
            name="held_by_somebody",
        ),
    )


class DebriefTime(Identified, Base):
    """A time that an assessor or administrator offers for debriefs of a centre; one debrief can have it."""

    __tablename__ = "debrief_time"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    host_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    form: Mapped[DebriefForm] = mapped_column(choice(DebriefForm, "form"))
    place: Mapped[str] = mapped_column(default="")
    """The room, the number or the address of the call."""
    debrief_id: Mapped[UUID | None] = mapped_column(ForeignKey("debrief.id"), unique=True)
    cancelled_at: Mapped[datetime | None]

    centre: Mapped[Centre] = relationship()
    host: Mapped[Person] = relationship()
    debrief: Mapped[Debrief | None] = relationship(back_populates="time")

    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="begins_before_its_end"),
        sa.CheckConstraint("cancelled_at IS NULL OR debrief_id IS NULL", name="cancelled_is_nobodys"),
    )
