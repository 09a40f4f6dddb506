"""Readiness: what a named person thinks somebody is ready for, with the reason and a day. Never a score (G4)."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person


class Readiness(Identified, Base):
    """A text about one enrolment that its participant reads too. Only added to: a later one stands beside it."""

    __tablename__ = "readiness"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), index=True)
    """The released report that it was written after."""
    words: Mapped[str]
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship()
    by: Mapped[Person] = relationship()

    __table_args__ = (
        # Erasure blanks both; half a text is none.
        sa.CheckConstraint("(length(trim(words)) > 0) = (length(trim(reason)) > 0)", name="has_its_reason"),
    )
