"""Wash-ups: the assessors of a centre gather and integrate its participants, one after the other."""

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


class WashUpState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    ENDED = "ended"


class DiscussionState(StrEnum):
    TO_COME = "to_come"
    NOW = "now"
    DONE = "done"
    LEFT = "left"
    """The wash-up ended without it; it can go on another agenda."""


class WashUp(Identified, Base):
    """A gathering with a time, a chair, members and an agenda of participants."""

    __tablename__ = "wash_up"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    chair_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    """The assessor who opens it and moves it on; that is all a chair can do more than the others."""
    starts_at: Mapped[datetime]
    state: Mapped[WashUpState] = mapped_column(choice(WashUpState, "state"), default=WashUpState.PLANNED)
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    centre: Mapped[Centre] = relationship()
    chair: Mapped[Person] = relationship()
    members: Mapped[list["WashUpMember"]] = relationship()
    discussions: Mapped[list["Discussion"]] = relationship(
        back_populates="wash_up", order_by="Discussion.position"
    )

    __table_args__ = (
        sa.CheckConstraint(
            "(state <> 'planned' OR opened_at IS NULL) AND (state <> 'open' OR opened_at IS NOT NULL)",
            name="opened_with_time",
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_with_time"),
    )


class WashUpMember(Base):
    """An assessor who is asked to come, and when their page was last there."""

    __tablename__ = "wash_up_member"

    wash_up_id: Mapped[UUID] = mapped_column(ForeignKey("wash_up.id"), primary_key=True)
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    seen_at: Mapped[datetime | None]
    """A sign of life, in no journal."""

    assessor: Mapped[Person] = relationship()


class Discussion(Identified, Base):
    """One participant on the agenda: the mechanical result is shown first, then it is decided, then it is done."""

    __tablename__ = "discussion"

    wash_up_id: Mapped[UUID] = mapped_column(ForeignKey("wash_up.id"))
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    position: Mapped[int]
    state: Mapped[DiscussionState] = mapped_column(
        choice(DiscussionState, "state"), default=DiscussionState.TO_COME
    )
    begun_at: Mapped[datetime | None]
    """The mechanical result is in front of everybody."""
    deciding_at: Mapped[datetime | None]
    """From here on ratings can be changed."""
    done_at: Mapped[datetime | None]

    wash_up: Mapped[WashUp] = relationship(back_populates="discussions")
    enrolment: Mapped[Enrolment] = relationship()
    minutes: Mapped[list["Minute"]] = relationship(order_by="Minute.at")

    __table_args__ = (
        sa.UniqueConstraint("wash_up_id", "enrolment_id"),
        sa.UniqueConstraint("wash_up_id", "position"),
        sa.Index(
            "uq_discussion_one_now",
            "wash_up_id",
            unique=True,
            sqlite_where=sa.text("state = 'now'"),
            postgresql_where=sa.text("state = 'now'"),
        ),
        sa.Index(
            "uq_discussion_on_one_agenda",
            "enrolment_id",
            unique=True,
            sqlite_where=sa.text("state IN ('to_come', 'now')"),
            postgresql_where=sa.text("state IN ('to_come', 'now')"),
        ),
        sa.CheckConstraint("state <> 'now' OR begun_at IS NOT NULL", name="begun_with_time"),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_with_time"),
        sa.CheckConstraint("deciding_at IS NULL OR begun_at IS NOT NULL", name="result_before_decision"),
    )


class Minute(Identified, Base):
    """What somebody wrote down about a discussion. Only added to, so nobody writes over anybody."""

    __tablename__ = "minute"

    discussion_id: Mapped[UUID] = mapped_column(ForeignKey("discussion.id"), index=True)
    text: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    by: Mapped[Person] = relationship()


class Handover(Identified, Base):
    """An administrator gave the chair of a wash-up, or the responsibility for a result, to another assessor."""

    __tablename__ = "handover"

    wash_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("wash_up.id"), index=True)
    integration_id: Mapped[UUID | None] = mapped_column(ForeignKey("integration.id"), index=True)
    from_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("(wash_up_id IS NULL) <> (integration_id IS NULL)", name="of_one_thing"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="has_a_reason"),
    )
