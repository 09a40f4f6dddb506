"""The own view: what participants keep for themselves, and how they see themselves before and after. Never scored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, choice

LONGEST_LINE = 500


class PrivateLines(Base):
    """Two lines after an exercise, for nobody but their writer. They belong to the exercise, so a re-opening keeps them."""

    __tablename__ = "private_lines"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    centre_exercise_id: Mapped[UUID] = mapped_column(ForeignKey("centre_exercise.id"), primary_key=True)
    stays: Mapped[str]
    """What stays with the participant."""
    next_time: Mapped[str]
    """What they would do differently."""
    changed_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("stays <> '' OR next_time <> ''", name="says_something"),
        sa.CheckConstraint(
            f"length(stays) <= {LONGEST_LINE} AND length(next_time) <= {LONGEST_LINE}", name="are_lines"
        ),
    )


class Moment(StrEnum):
    """When participants look at themselves."""

    BEFORE = "before"
    """Before the first exercise starts."""
    AFTER = "after"
    """After the last exercise, until the report can be read."""
    LATER = "later"
    """Ninety days after the report, beside the first."""


class SelfRating(Base):
    """How a participant sees themselves on one dimension at one moment, from 1 to 5."""

    __tablename__ = "self_rating"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    moment: Mapped[Moment] = mapped_column(choice(Moment, "moment"), primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
    changed_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("value BETWEEN 1 AND 5", name="value_on_the_scale"),)
