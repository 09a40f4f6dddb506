"""Meetings: the appointments of a live exercise, who is engaged when, and what was said and done in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.centre import CentreExercise
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person


class Meeting(Identified, Base):
    """A time at which a live exercise can be had, or will be: offered, then booked by one participant, or cancelled."""

    __tablename__ = "meeting"

    centre_exercise_id: Mapped[UUID] = mapped_column(ForeignKey("centre_exercise.id"), index=True)
    role_player_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    """Who has booked it."""
    booked_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(default=0)
    """Raised by each change, so that a calendar knows which of two files is the newer."""
    cancelled_at: Mapped[datetime | None]

    centre_exercise: Mapped[CentreExercise] = relationship()
    role_player: Mapped[Person] = relationship()
    enrolment: Mapped[Enrolment | None] = relationship()
    observers: Mapped[list["Observer"]] = relationship(cascade="all, delete-orphan")
    changes: Mapped[list["MeetingChange"]] = relationship(order_by="MeetingChange.at")

    __table_args__ = (
        sa.Index(
            "uq_meeting_one_per_enrolment",
            "centre_exercise_id",
            "enrolment_id",
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name="begins_before_its_end"),
        sa.CheckConstraint("(enrolment_id IS NULL) = (booked_at IS NULL)", name="booked_with_time"),
    )


class Observer(Base):
    """An assessor who watches a meeting and may write nothing in it."""

    __tablename__ = "observer"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)

    person: Mapped[Person] = relationship()


class Engagement(Base):
    """Five minutes of somebody's time that a meeting or a debrief takes.

    The primary key is the rule: nobody is at two places at once, on either database and however many book at once.
    """

    __tablename__ = "engagement"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    debrief_time_id: Mapped[UUID | None] = mapped_column(ForeignKey("debrief_time.id"), index=True)

    __table_args__ = (
        sa.CheckConstraint(
            "(meeting_id IS NULL) <> (debrief_time_id IS NULL)", name="takes_it_for_one_thing"
        ),
    )


class ChangeKind(StrEnum):
    OFFERED = "offered"
    BOOKED = "booked"
    FREED = "freed"
    """The participant will not come; the time is offered again."""
    MOVED = "moved"
    """To another time, with everybody in it."""
    CANCELLED = "cancelled"


class MeetingChange(Identified, Base):
    """What became of a meeting, by whom, and why in their own words. Only added to."""

    __tablename__ = "meeting_change"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind, "kind"))
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    """Whose booking it was."""
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Part(StrEnum):
    """As what somebody takes part in a meeting."""

    PARTICIPANT = "participant"
    ROLE_PLAYER = "role-player"


class EntryKind(StrEnum):
    SAID = "said"
    """A message of the conversation."""
    BEAT = "beat"
    """The role-player gave this beat."""
    FACT = "fact"
    """The role-player told this hidden fact."""
    UNDONE = "undone"
    """A mark that was a mistake."""


class MeetingEntry(Base):
    """A line of a meeting's log: what was said, or what the role-player marked. Only added to."""

    __tablename__ = "meeting_entry"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    part: Mapped[Part] = mapped_column(choice(Part, "part"))
    kind: Mapped[EntryKind] = mapped_column(choice(EntryKind, "kind"))
    name: Mapped[str] = mapped_column(default="")
    """The id of a beat, fact or line of the exercise."""
    text: Mapped[str] = mapped_column(default="")
    client_id: Mapped[str]
    """Made by the page: sent twice because an answer was lost, it is one entry."""
    minute: Mapped[float]
    """The exercise minute in which it arrived."""
    at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "client_id"),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
    )


class Attendance(Base):
    """The last sign of life of a person's page in a meeting, and when they last typed. No part of any record."""

    __tablename__ = "attendance"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]
