"""Ratings: one assessor's judgement of one sitting, its observations, and what follows from differences."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.person import Person
from assessment.models.sitting import Sitting


class Round(StrEnum):
    FIRST = "first"
    ADJUDICATION = "adjudication"


class AssignmentState(StrEnum):
    OPEN = "open"
    RETURNED = "returned"
    """The assessor recognised the person."""


class RatingState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class IntegrationState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"


class Assignment(Identified, Base):
    """An assessor is to rate a sitting in a round."""

    __tablename__ = "assignment"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    round: Mapped[Round] = mapped_column(choice(Round, "round"), default=Round.FIRST)
    state: Mapped[AssignmentState] = mapped_column(
        choice(AssignmentState, "state"), default=AssignmentState.OPEN
    )
    place: Mapped[int] = mapped_column(default=0)
    """The place in this assessor's own shuffled order within the exercise."""
    assigned_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()
    assessor: Mapped[Person] = relationship()

    __table_args__ = (sa.UniqueConstraint("sitting_id", "assessor_id"),)


class Rating(Identified, Base):
    """One assessor's judgement of one sitting. Submitted ratings never change."""

    __tablename__ = "rating"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    round: Mapped[Round] = mapped_column(choice(Round, "round"), default=Round.FIRST)
    state: Mapped[RatingState] = mapped_column(choice(RatingState, "state"), default=RatingState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every saved draft: an assessor's own second tab cannot write over the first."""
    rubric_hash: Mapped[str] = mapped_column(ForeignKey("rubric_version.hash"))
    note: Mapped[str] = mapped_column(default="")
    contradicts: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Tasks whose text and chosen tag contradict each other."""
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()
    assessor: Mapped[Person] = relationship()
    dimensions: Mapped[list["DimensionRating"]] = relationship(
        back_populates="rating", cascade="all, delete-orphan", order_by="DimensionRating.dimension"
    )
    observations: Mapped[list["Observation"]] = relationship(
        back_populates="rating", cascade="all, delete-orphan", order_by="Observation.created_at"
    )
    ticks: Mapped[list["Tick"]] = relationship(cascade="all, delete-orphan", order_by="Tick.line")

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "assessor_id", "round"),
        sa.CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_with_time"),
    )


class DimensionRating(Base):
    """The anchored score of one dimension, or an explicit "no evidence" (M7)."""

    __tablename__ = "dimension_rating"

    rating_id: Mapped[UUID] = mapped_column(ForeignKey("rating.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int | None]
    has_no_evidence: Mapped[bool] = mapped_column(default=False)

    rating: Mapped[Rating] = relationship(back_populates="dimensions")

    __table_args__ = (
        sa.CheckConstraint("score IS NULL OR (score >= 1 AND score <= 5)", name="score_on_the_scale"),
        sa.CheckConstraint("score IS NULL OR NOT has_no_evidence", name="score_or_no_evidence"),
    )


class Observation(Identified, Base):
    """A passage or act of the participant, tied to a dimension and behaviour, with a sign."""

    __tablename__ = "observation"

    rating_id: Mapped[UUID] = mapped_column(ForeignKey("rating.id"), index=True)
    block: Mapped[str]
    """The id of the block of the reading view."""
    start: Mapped[int]
    end: Mapped[int]
    """Offsets in the block's text, in characters; both 0 for an act that is not text."""
    quote: Mapped[str]
    dimension: Mapped[str]
    behaviour: Mapped[str]
    sign: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    rating: Mapped[Rating] = relationship(back_populates="observations")

    __table_args__ = (
        sa.CheckConstraint("sign IN ('+', '-')", name="sign_is_plus_or_minus"),
        sa.CheckConstraint('start >= 0 AND "end" >= start', name="passage_has_an_order"),
    )


class Tick(Base):
    """A line of the checklist that the assessor saw."""

    __tablename__ = "tick"

    rating_id: Mapped[UUID] = mapped_column(ForeignKey("rating.id"), primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)


class Adjudication(Identified, Base):
    """A third, separate rating where two differ beyond the threshold."""

    __tablename__ = "adjudication"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), unique=True)
    dimensions: Mapped[list[str]] = mapped_column(sa.JSON)
    """The dimensions on which the two differ by 2 or more."""
    asked_at: Mapped[datetime]
    assignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("assignment.id"))
    rating_id: Mapped[UUID | None] = mapped_column(ForeignKey("rating.id"))
    resolved_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()


class AutomaticScore(Base):
    """What a key gave for one sealed sitting: the canonical JSON of the result, repeatable to the byte."""

    __tablename__ = "automatic_score"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(ForeignKey("key_version.hash"), primary_key=True)
    result: Mapped[str]
    computed_at: Mapped[datetime]


class Integration(Identified, Base):
    """The wash-up of one enrolment: the mechanical result first; a change is made to a rating, on evidence."""

    __tablename__ = "integration"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    state: Mapped[IntegrationState] = mapped_column(
        choice(IntegrationState, "state"), default=IntegrationState.OPEN
    )
    opened_at: Mapped[datetime]
    responsible_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    """The assessor who answers for the result and writes the report (N7)."""
    signed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """The canonical JSON of the dimension scores as signed."""
    result_hash: Mapped[str | None]

    changes: Mapped[list["IntegrationChange"]] = relationship(order_by="IntegrationChange.at")

    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL AND signed_by_id IS NOT NULL AND result IS NOT NULL)",
            name="signed_with_name_and_result",
        ),
    )


class IntegrationChange(Identified, Base):
    """A change made in the wash-up to an exercise rating, never to a total. The original stays (M8, M9)."""

    __tablename__ = "integration_change"

    integration_id: Mapped[UUID] = mapped_column(ForeignKey("integration.id"), index=True)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    dimension: Mapped[str]
    before: Mapped[float | None]
    after: Mapped[float]
    reason: Mapped[str]
    observation_id: Mapped[UUID | None] = mapped_column(ForeignKey("observation.id"))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("after >= 1 AND after <= 5", name="after_on_the_scale"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="has_a_reason"),
    )
