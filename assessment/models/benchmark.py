"""Benchmarks made here, what is shown of any benchmark to whom, and the standards that a calibration test asks.

A benchmark is read and rated in the unchanged workbench: each use is a sealed sitting of a synthetic person in a copy
of the centre, with a fresh code. A showing ties that sitting to the live centre and says what it is for.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.calibration import Calibration
from assessment.models.rating import Assignment


class Use(StrEnum):
    """What a benchmark is shown for."""

    TRAINING = "training"
    TEST = "test"
    PANEL = "panel"
    """A panel rates what is to become a benchmark."""
    RECHECK = "recheck"
    """Unannounced, among live work."""


class BenchmarkSet(StrEnum):
    TRAINING = "training"
    TEST = "test"
    RECHECK = "recheck"


class BenchmarkState(StrEnum):
    PANEL = "panel"
    AGREED = "agreed"
    RETIRED = "retired"


class Benchmark(Identified, Base):
    """A benchmark that was made from a sealed sitting: its text without names, and what a panel agreed on."""

    __tablename__ = "benchmark"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    version_hash: Mapped[str] = mapped_column(ForeignKey("exercise_version.hash"))
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    """The sitting that it was made from; nobody reads it by way of the benchmark."""
    language: Mapped[str]
    title: Mapped[str]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    """What is read: minute, task and value of each answer, masked and looked over."""
    basis: Mapped[str]
    """Why the text may be used for this (purpose, consent), in words of who made it."""
    state: Mapped[BenchmarkState] = mapped_column(
        choice(BenchmarkState, "state"), default=BenchmarkState.PANEL
    )
    set: Mapped[BenchmarkSet | None] = mapped_column(choice(BenchmarkSet, "set"))
    references: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """Per dimension level, accepted range, reason and passages, as the panel agreed."""
    errors: Mapped[str] = mapped_column(default="")
    """Rating errors that this answer invites."""
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    agreed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime | None]
    retired_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None]
    retired_reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.CheckConstraint(
            '(agreed_at IS NULL) = (agreed_by_id IS NULL) AND (agreed_at IS NULL) = ("set" IS NULL)',
            name="agreed_with_name_and_set",
        ),
        sa.CheckConstraint("state <> 'agreed' OR agreed_at IS NOT NULL", name="agreed_with_time"),
        sa.CheckConstraint(
            "(state = 'retired') = (retired_at IS NOT NULL AND length(trim(retired_reason)) > 0)",
            name="retired_with_reason",
        ),
    )


class Showing(Identified, Base):
    """A benchmark in front of one assessor: for which live centre and exercise, and what for. Only added to."""

    __tablename__ = "showing"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    """The live centre; the sitting belongs to its copy."""
    slug: Mapped[str]
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    use: Mapped[Use] = mapped_column(choice(Use, "use"))
    name: Mapped[str]
    """The name of a benchmark that ships with its exercise, or the id of one made here."""
    benchmark_id: Mapped[UUID | None] = mapped_column(ForeignKey("benchmark.id"), index=True)
    """The benchmark made here."""
    language: Mapped[str]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), unique=True)
    calibration_id: Mapped[UUID | None] = mapped_column(ForeignKey("calibration.id"), index=True)
    """The test that it is part of."""
    ready_after: Mapped[int] = mapped_column(default=0)
    """A re-check waits until so many live sittings beside it are sealed, as if its participant were working."""
    shown_at: Mapped[datetime]

    assignment: Mapped[Assignment] = relationship()
    calibration: Mapped[Calibration | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(use = 'test') = (calibration_id IS NOT NULL)", name="test_with_calibration"),
        sa.CheckConstraint("use <> 'panel' OR benchmark_id IS NOT NULL", name="panel_on_one_made_here"),
        sa.CheckConstraint("ready_after >= 0", name="ready_after_a_count"),
        sa.UniqueConstraint("calibration_id", "name"),
    )


class Standard(Identified, Base):
    """What a calibration test of a centre asks, and how often re-checks come. Only added to; the newest holds."""

    __tablename__ = "standard"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    exact: Mapped[float]
    """The least share of ratings on a level that the panel accepts."""
    within_one: Mapped[float]
    """The least share at most one level from it."""
    bias: Mapped[float]
    """The largest mean difference over all ratings, in levels, either way."""
    dimension_bias: Mapped[float]
    """The same for a single dimension."""
    benchmarks: Mapped[int]
    """How many benchmarks a test shows, as far as there are any."""
    valid_days: Mapped[int]
    recheck_every: Mapped[int]
    """One re-check among so many live sittings; 0 for none."""
    reason: Mapped[str]
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint(
            "exact >= 0 AND exact <= 1 AND within_one >= exact AND within_one <= 1", name="shares"
        ),
        sa.CheckConstraint(
            "bias > 0 AND bias <= 4 AND dimension_bias > 0 AND dimension_bias <= 4", name="biases"
        ),
        sa.CheckConstraint("benchmarks >= 1 AND benchmarks <= 12", name="benchmarks_in_range"),
        sa.CheckConstraint("valid_days >= 1 AND valid_days <= 1096", name="valid_for_a_while"),
        sa.CheckConstraint(
            "recheck_every = 0 OR (recheck_every >= 4 AND recheck_every <= 100)", name="rechecks_are_rare"
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name="has_a_reason"),
    )
