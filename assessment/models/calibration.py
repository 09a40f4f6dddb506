"""Calibrations: an assessor's right to rate, for a while."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.person import Person


class CalibrationState(StrEnum):
    BEGUN = "begun"
    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"


class Calibration(Identified, Base):
    """A calibration as recorded: who, for which centre and exercise, until when, by whom and why (M6)."""

    __tablename__ = "calibration"

    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    exercise: Mapped[str | None]
    """The catalogue id; all exercises of the centre when empty."""
    state: Mapped[CalibrationState] = mapped_column(choice(CalibrationState, "state"))
    valid_until_on: Mapped[date]
    reason: Mapped[str]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    assessor: Mapped[Person] = relationship(foreign_keys=[assessor_id])
