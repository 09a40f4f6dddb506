"""Calibrations: an assessor's right to rate, for a while."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
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
    """The right to rate: who, for which centre and exercise, until when (M6). Passed by a test in Klei, or recorded by
    an administrator, with the reason.
    """

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
    is_test: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether it is a test in Klei, begun by the assessor; otherwise an administrator recorded it."""
    ended_at: Mapped[datetime | None]
    """When the last rating of the test came in."""
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """The figures of the test and what was asked, as they were when it ended."""
    warned_at: Mapped[datetime | None]
    """When the assessor was told that it is about to lapse."""

    assessor: Mapped[Person] = relationship(foreign_keys=[assessor_id])
