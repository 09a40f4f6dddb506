"""What the evidence page of a centre rests on beside the ratings: backgrounds, reactions, and results once computed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, choice

LONGEST_REMARK = 1000


class Gender(StrEnum):
    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"


class Age(StrEnum):
    YOUNGER = "under 35"
    MIDDLE = "35 to 49"
    OLDER = "50 or older"


class FirstLanguage(StrEnum):
    SAME = "same"
    """The exercises were in the participant's first language."""
    ANOTHER = "another"


class Background(Base):
    """What a participant says about themselves, so that fairness can be checked. Voluntary, and apart from all else (F5)."""

    __tablename__ = "background"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    gender: Mapped[Gender | None] = mapped_column(choice(Gender, "gender"))
    age: Mapped[Age | None] = mapped_column(choice(Age, "age"))
    first_language: Mapped[FirstLanguage | None] = mapped_column(choice(FirstLanguage, "first_language"))
    is_skipped: Mapped[bool] = mapped_column(default=False)
    """The participant was asked and would rather say nothing: they are not asked again."""
    changed_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint(
            "is_skipped = (gender IS NULL AND age IS NULL AND first_language IS NULL)",
            name="skipped_or_something_said",
        ),
    )


class Reaction(Base):
    """What a participant thinks of the centre, after the last exercise. Shown without a name, from several on."""

    __tablename__ = "reaction"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    remark: Mapped[str] = mapped_column(default="")
    """The one open question."""
    changed_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint(f"length(remark) <= {LONGEST_REMARK}", name="remark_is_short"),)


class ReactionAnswer(Base):
    """How far a participant agrees with one statement, from 1 to 5."""

    __tablename__ = "reaction_answer"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    statement: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]

    __table_args__ = (sa.CheckConstraint("value BETWEEN 1 AND 5", name="value_on_the_scale"),)


class EvidenceResult(Base):
    """The evidence of a centre as it was last computed, and the state of the data that it was computed from."""

    __tablename__ = "evidence_result"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    fingerprint: Mapped[str]
    document: Mapped[str]
    computed_at: Mapped[datetime]
