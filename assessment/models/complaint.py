"""Complaints: what a participant complains about, what was answered, and by when it has to be (N6)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.enrolment import Enrolment


class ComplaintState(StrEnum):
    FILED = "filed"
    TAKEN_UP = "taken_up"
    ANSWERED = "answered"
    CLOSED = "closed"


class Complaint(Identified, Base):
    """A complaint of one participant. While it runs nothing of their file is erased."""

    __tablename__ = "complaint"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    state: Mapped[ComplaintState] = mapped_column(
        choice(ComplaintState, "state"), default=ComplaintState.FILED
    )
    filed_at: Mapped[datetime]
    due_on: Mapped[date | None]
    """By when the next step has to be taken by the organisation; none once it is the participant's turn."""
    closed_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship()
    entries: Mapped[list["ComplaintEntry"]] = relationship(order_by="ComplaintEntry.at")

    __table_args__ = (
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_with_time"),
        sa.Index(
            "uq_complaint_one_at_once",
            "enrolment_id",
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        ),
    )


class ComplaintEntry(Identified, Base):
    """What the participant or the organisation said in a complaint. Only added to."""

    __tablename__ = "complaint_entry"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    is_of_participant: Mapped[bool]
    text: Mapped[str]
    at: Mapped[datetime]
