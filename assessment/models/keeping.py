"""Keeping: how long what is kept for which purpose, what a participant adds to a file, and what erasure leaves."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, Identified, choice


class KeptFor(StrEnum):
    """The purposes that have a period of their own (G5)."""

    FILE = "file"
    """Answers, ratings and report: from the day of the report."""
    FOLLOW_UP = "follow_up"
    """Plan, check-ins, feedback and diary: from the end of the plan."""
    UNREPORTED = "unreported"
    """What was begun and never reported: from the end of the centre."""


class Keeping(Base):
    """How many months of one centre's data are kept for one purpose, and why."""

    __tablename__ = "keeping"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    purpose: Mapped[KeptFor] = mapped_column(choice(KeptFor, "purpose"), primary_key=True)
    months: Mapped[int]
    reason: Mapped[str]

    __table_args__ = (
        sa.CheckConstraint("months BETWEEN 1 AND 240", name="months_in_range"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
    )


class Statement(Identified, Base):
    """What a participant adds to their file because something in it is not right (G2). Only added to."""

    __tablename__ = "statement"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class Erasure(Base):
    """That an enrolment was erased, when and why: the stub that stays, without personal data (G9)."""

    __tablename__ = "erasure"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    is_asked: Mapped[bool]
    """The participant asked for it; otherwise its time was over."""
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
