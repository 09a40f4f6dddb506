"""Centres: one designed and scheduled assessment centre, frozen when it opens; and the versions it points to."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.programme import Programme, Purpose


class CentreState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class ExerciseVersion(Base):
    """One immutable version of an exercise, found by the hash of its content."""

    __tablename__ = "exercise_version"

    hash: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    document: Mapped[dict[str, Any]]
    """What ``exercises.content.Exercise.document`` gives; ``from_document`` reads it."""
    rubric_hash: Mapped[str | None] = mapped_column(ForeignKey("rubric_version.hash"))
    key_hash: Mapped[str | None] = mapped_column(ForeignKey("key_version.hash"))
    stored_at: Mapped[datetime]


class Task(Base):
    """A part of an exercise version that is answered: what a revision may belong to (robustness 18).

    Written with the version, from what its kind says, and as immutable.
    """

    __tablename__ = "task"

    version_hash: Mapped[str] = mapped_column(ForeignKey("exercise_version.hash"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    is_final: Mapped[bool]
    """A final task takes one answer: what was sent stays sent."""


class RubricVersion(Base):
    """One immutable version of a rubric; ratings point to it."""

    __tablename__ = "rubric_version"

    hash: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    document: Mapped[dict[str, Any]]
    stored_at: Mapped[datetime]


class KeyVersion(Base):
    """One immutable version of an automatic key: the content it scores by and the release of the code (T6)."""

    __tablename__ = "key_version"

    hash: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    document: Mapped[dict[str, Any]]
    is_provisional: Mapped[bool]
    stored_at: Mapped[datetime]


class Centre(Identified, Base):
    """One designed and scheduled assessment centre."""

    __tablename__ = "centre"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), index=True)
    name: Mapped[str]
    state: Mapped[CentreState] = mapped_column(choice(CentreState, "state"), default=CentreState.DRAFT)
    purpose: Mapped[Purpose | None] = mapped_column(choice(Purpose, "purpose"))
    """Copied from the programme at opening; data collected for development stay so (M11)."""
    time_zone: Mapped[str] = mapped_column(default="Europe/Amsterdam")
    first_start_at: Mapped[datetime | None]
    latest_start_at: Mapped[datetime | None]
    latest_end_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    """Since when the whole centre is paused; the pause itself has a row of its own."""
    job_analysis_who: Mapped[str] = mapped_column(default="")
    job_analysis_when: Mapped[str] = mapped_column(default="")
    job_analysis_how: Mapped[str] = mapped_column(default="")
    may_be_blocked: Mapped[bool] = mapped_column(default=True)
    """Whether participants can block their report; excluded only here, beforehand, and told in the notice (N4)."""
    report_valid_months: Mapped[int] = mapped_column(default=24)
    aftercare_name: Mapped[str] = mapped_column(default="", server_default="")
    """Whom participants can turn to after the centre, when the report weighs on them."""
    aftercare_reach: Mapped[str] = mapped_column(default="", server_default="")
    """How that person is reached."""
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rehearsal_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    """The centre that this one is a copy of; only a copy has it, and keeps it."""
    is_for_benchmarks: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether this copy holds the sittings in which benchmarks are read and rated, instead of being a rehearsal."""

    programme: Mapped[Programme] = relationship(back_populates="centres")
    exercises: Mapped[list["CentreExercise"]] = relationship(
        back_populates="centre", order_by="CentreExercise.position", cascade="all, delete-orphan"
    )
    weights: Mapped[list["Weight"]] = relationship(cascade="all, delete-orphan", order_by="Weight.dimension")
    policies: Mapped[list["Policy"]] = relationship(cascade="all, delete-orphan", order_by="Policy.language")

    __table_args__ = (
        sa.CheckConstraint(
            "latest_start_at IS NULL OR latest_end_at IS NULL OR latest_start_at < latest_end_at",
            name="window_has_an_order",
        ),
        sa.CheckConstraint(
            "state = 'draft' OR (purpose IS NOT NULL AND opened_at IS NOT NULL)", name="opened_with_purpose"
        ),
    )

    @property
    def is_copy(self) -> bool:
        """Whether this is a marked copy in which only synthetic people take part. It counts nowhere."""
        return self.rehearsal_of_id is not None

    @property
    def is_rehearsal(self) -> bool:
        """Whether this copy is there to go through the centre once."""
        return self.is_copy and not self.is_for_benchmarks


class CentreExercise(Identified, Base):
    """An exercise at its place in a centre's fixed order, bound to one version when the centre opens."""

    __tablename__ = "centre_exercise"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    position: Mapped[int]
    slug: Mapped[str]
    exercise: Mapped[str]
    """Its catalogue id: E1, E3 and so on."""
    version_hash: Mapped[str] = mapped_column(ForeignKey("exercise_version.hash"))

    centre: Mapped[Centre] = relationship(back_populates="exercises")
    version: Mapped[ExerciseVersion] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("centre_id", "slug"),
        sa.UniqueConstraint("centre_id", "position"),
    )


class Weight(Base):
    """How much an exercise counts in a dimension that the centre claims; each dimension's weights add to 1.

    A dimension without a row is not claimed: it may be rated and reported, but under rule U1.
    """

    __tablename__ = "weight"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]

    __table_args__ = (sa.CheckConstraint("value > 0 AND value <= 1", name="is_a_share"),)


class ScoringPlan(Base):
    """The time that assessors have to rate, and how much each may have at once (M16)."""

    __tablename__ = "scoring_plan"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    hours: Mapped[float]
    """That each assessor has for rating in this centre."""
    most_open: Mapped[int]
    """The most sittings that one assessor has at once and has not submitted."""

    __table_args__ = (
        sa.CheckConstraint("hours > 0", name="hours_are_positive"),
        sa.CheckConstraint("most_open > 0", name="most_open_is_positive"),
    )


class ScoringMinutes(Base):
    """The time that is planned to rate one sitting of an exercise; without a row, what is usual for its kind."""

    __tablename__ = "scoring_minutes"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    minutes: Mapped[int]

    __table_args__ = (sa.CheckConstraint("minutes > 0", name="minutes_are_positive"),)


class Policy(Base):
    """What participants can read before anything else: purpose, readers, keeping, deciding, re-assessment (M10)."""

    __tablename__ = "policy"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(default="")
    readers: Mapped[str] = mapped_column(default="")
    keeping: Mapped[str] = mapped_column(default="")
    deciding: Mapped[str] = mapped_column(default="")
    reassessment: Mapped[str] = mapped_column(default="")

    @property
    def is_complete(self) -> bool:
        return all(
            part.strip()
            for part in (self.purpose, self.readers, self.keeping, self.deciding, self.reassessment)
        )
