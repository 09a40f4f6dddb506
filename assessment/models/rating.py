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
    """The assessor no longer has it; ``because`` says why. A draft stays for the record, and nobody goes on with it."""


class Because(StrEnum):
    """Why an assessor no longer has a sitting. None of it says that the sitting was rated."""

    RECOGNISED = "recognised"
    REPLACED = "replaced"
    """An administrator gave it to somebody else: illness, a calibration that lapsed."""
    RAN_OUT = "ran-out"
    """A reservation that was not kept up, and somebody else took the sitting."""
    RELEASED = "released"
    """An administrator ended a reservation."""


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
    slot: Mapped[int | None]
    """Which of the two ratings of the first round it is: two people never have the same one at once."""
    state: Mapped[AssignmentState] = mapped_column(
        choice(AssignmentState, "state"), default=AssignmentState.OPEN
    )
    place: Mapped[int] = mapped_column(default=0)
    """The place in this assessor's own shuffled order within the exercise."""
    assigned_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    because: Mapped[Because | None] = mapped_column(choice(Because, "because"))
    """Why it was returned; None is how earlier releases wrote "recognised"."""
    reason: Mapped[str] = mapped_column(default="")
    """What the administrator said who replaced, released, or gave more than the plan holds (M16)."""
    reserved_until_at: Mapped[datetime | None]
    """Only for a sitting from the pool that was taken and not begun: until when it is kept for this assessor."""

    sitting: Mapped[Sitting] = relationship()
    assessor: Mapped[Person] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "assessor_id"),
        sa.CheckConstraint("slot IN (1, 2)", name="slot_is_one_of_two"),
        sa.Index(
            "uq_assignment_slot",
            "sitting_id",
            "slot",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    @classmethod
    def is_kept(cls, now: datetime) -> sa.ColumnElement[bool]:
        """That it is this assessor's: begun or assigned, or a reservation that has not run out."""
        return sa.and_(
            cls.state == AssignmentState.OPEN,
            sa.or_(cls.reserved_until_at.is_(None), cls.reserved_until_at > now),
        )

    @classmethod
    def was_recognised(cls) -> sa.ColumnElement[bool]:
        """That the assessor knows the participant; whoever does knows them in every exercise."""
        return sa.and_(
            cls.state == AssignmentState.RETURNED,
            sa.or_(cls.because.is_(None), cls.because == Because.RECOGNISED),
        )


class Vacancy(Base):
    """A first-round rating of a sitting that is left to whoever is free. It goes when somebody begins to rate; until
    then whoever took it has a reservation that runs out by itself.
    """

    __tablename__ = "vacancy"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]

    sitting: Mapped[Sitting] = relationship()

    __table_args__ = (sa.CheckConstraint("slot IN (1, 2)", name="slot_is_one_of_two"),)


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
    worked_seconds: Mapped[float] = mapped_column(default=0.0)
    """Time at work on it, without the gaps in which nothing happened. Shown to this assessor and to nobody else."""
    seen_at: Mapped[datetime | None]
    """When the open workbench last told that somebody is at work."""

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

    @classmethod
    def is_of_assignment(cls) -> sa.ColumnElement[bool]:
        """That it is the rating for which the assignment beside it was made: its sitting, its assessor, its round."""
        return sa.and_(
            cls.sitting_id == Assignment.sitting_id,
            cls.assessor_id == Assignment.assessor_id,
            cls.round == Assignment.round,
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

    changes: Mapped[list["IntegrationChange"]] = relationship(
        order_by="(IntegrationChange.at, IntegrationChange.number)"
    )
    agreements: Mapped[list["IntegrationAgreement"]] = relationship(order_by="IntegrationAgreement.at")

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
    number: Mapped[int] = mapped_column(server_default=sa.text("1"))
    """Counts the changes of one exercise on one dimension: of two at once the database takes one."""
    before: Mapped[float | None]
    after: Mapped[float]
    reason: Mapped[str]
    observation_id: Mapped[UUID | None] = mapped_column(ForeignKey("observation.id"))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    undo: Mapped["IntegrationUndo | None"] = relationship(lazy="joined")

    __table_args__ = (
        sa.CheckConstraint("after >= 1 AND after <= 5", name="after_on_the_scale"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="has_a_reason"),
        sa.Index(
            "uq_integration_change_number",
            "integration_id",
            "sitting_id",
            "dimension",
            "number",
            unique=True,
        ),
    )


class IntegrationUndo(Base):
    """A change that was taken back before the signature, once. The change stays, and so does who took it back."""

    __tablename__ = "integration_undo"

    change_id: Mapped[UUID] = mapped_column(ForeignKey("integration_change.id"), primary_key=True)
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("length(trim(reason)) > 0", name="has_a_reason"),)


class IntegrationAgreement(Identified, Base):
    """The assessors looked at what was asked and let it stand. Changes no number."""

    __tablename__ = "integration_agreement"

    integration_id: Mapped[UUID] = mapped_column(ForeignKey("integration.id"))
    dimension: Mapped[str]
    sitting_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"))
    """The exercise that was asked about; none where the question is about the dimension over its exercises."""
    codes: Mapped[str] = mapped_column(default="", server_default="")
    """What was asked about the dimension then, apart by blanks: a rule that comes later asks anew. Empty: all of it."""
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("integration_id", "dimension", "sitting_id"),
        sa.Index(
            "uq_integration_agreement_dimension",
            "integration_id",
            "dimension",
            "codes",
            unique=True,
            sqlite_where=sa.text("sitting_id IS NULL"),
            postgresql_where=sa.text("sitting_id IS NULL"),
        ),
    )


class Consultation(Identified, Base):
    """After an adjudication the three see each other's reasons, and each may revise in a row of its own."""

    __tablename__ = "consultation"

    adjudication_id: Mapped[UUID] = mapped_column(ForeignKey("adjudication.id"), unique=True)
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]

    adjudication: Mapped[Adjudication] = relationship()
    replies: Mapped[list["ConsultationReply"]] = relationship(order_by="ConsultationReply.at")

    __table_args__ = (sa.CheckConstraint("opened_at < closes_at", name="opens_before_its_end"),)


class ConsultationReply(Identified, Base):
    """One assessor's answer in a consultation, given once: stays, or revised. Their rating stays as it is (M8)."""

    __tablename__ = "consultation_reply"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultation.id"))
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    """Empty for those who stay and say no more."""
    at: Mapped[datetime]

    revised: Mapped[list["RevisedLevel"]] = relationship(order_by="RevisedLevel.dimension")

    __table_args__ = (sa.UniqueConstraint("consultation_id", "assessor_id"),)


class RevisedLevel(Base):
    """The level that takes the place of an original in the score, and the passage it rests on."""

    __tablename__ = "revised_level"

    reply_id: Mapped[UUID] = mapped_column(ForeignKey("consultation_reply.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int]
    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"))

    __table_args__ = (sa.CheckConstraint("score >= 1 AND score <= 5", name="score_on_the_scale"),)
