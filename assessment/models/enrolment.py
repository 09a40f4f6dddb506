"""Enrolments: one participant's way through one centre."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.centre import Centre
from assessment.models.person import Person


class EnrolmentState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class Enrolment(Identified, Base):
    """One participant's way through one centre."""

    __tablename__ = "enrolment"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[EnrolmentState] = mapped_column(
        choice(EnrolmentState, "state"), default=EnrolmentState.INVITED
    )
    department: Mapped[str] = mapped_column(default="")
    discipline: Mapped[str] = mapped_column(default="")
    site: Mapped[str] = mapped_column(default="")
    manager_email: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="")
    time_factor: Mapped[float] = mapped_column(default=1.0)
    """1.0 to 10; assessors never see it."""
    is_untimed: Mapped[bool] = mapped_column(default=False)
    """No time limit but the centre's latest end (W1)."""
    adjustment_request: Mapped[str] = mapped_column(default="")
    """What the participant asked for before the start, without a diagnosis."""
    adjustment_requested_at: Mapped[datetime | None]
    adjustment_decided_at: Mapped[datetime | None]
    invited_at: Mapped[datetime | None]
    policy_read_at: Mapped[datetime | None]
    notice_accepted_at: Mapped[datetime | None]
    notice_hash: Mapped[str | None]
    """The hash of the notice's text as it was accepted (N1)."""
    notice_language: Mapped[str | None]
    device_checked_at: Mapped[datetime | None]
    device_report: Mapped[str] = mapped_column(default="")
    practised_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    centre: Mapped[Centre] = relationship()
    person: Mapped[Person] = relationship()
    exclusions: Mapped[list["Exclusion"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        sa.UniqueConstraint("centre_id", "person_id"),
        sa.CheckConstraint("time_factor >= 1 AND time_factor <= 10", name="time_factor_in_range"),
    )


class Exclusion(Base):
    """An assessor who may not rate this participant: the own manager, or somebody the participant named."""

    __tablename__ = "exclusion"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
