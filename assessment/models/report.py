"""Reports: a frozen account of one enrolment for one kind of reader, and who read it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.enrolment import Enrolment


class ReportState(StrEnum):
    DRAFT = "draft"
    WITH_PARTICIPANT = "with_participant"
    RELEASED = "released"
    BLOCKED = "blocked"
    SUPERSEDED = "superseded"


class CommentKind(StrEnum):
    COMMENT = "comment"
    CORRECTION = "correction"


class Line(StrEnum):
    """The lines of the half page: each speaks of behaviour, so each rests on observations."""

    PATTERN = "pattern"
    STRENGTH_1 = "strength_1"
    STRENGTH_2 = "strength_2"
    STEP_1 = "step_1"
    STEP_2 = "step_2"


STRENGTHS, STEPS = (Line.STRENGTH_1, Line.STRENGTH_2), (Line.STEP_1, Line.STEP_2)


class Report(Identified, Base):
    """A report of one enrolment. Signed text never changes; a correction makes a new one that supersedes it."""

    __tablename__ = "report"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[ReportState] = mapped_column(choice(ReportState, "state"), default=ReportState.DRAFT)
    language: Mapped[str]
    responsible_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    strengths: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    steps: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    summary: Mapped[str] = mapped_column(default="")
    """The half page that the responsible assessor writes."""
    accounts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """By exercise: what the participant did there, and what came of it."""
    helped: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """By dimension: what helped."""
    wording_reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why words that are better avoided stand in it all the same, from whoever signed it."""
    version: Mapped[int] = mapped_column(default=1)
    document: Mapped[dict[str, Any] | None]
    """The facts as frozen at signing; sections render from these alone."""
    document_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    valid_until_on: Mapped[date | None]
    reminded_at: Mapped[list[str]] = mapped_column(sa.JSON, default=list)

    enrolment: Mapped[Enrolment] = relationship()
    frames: Mapped[list["ChosenFrame"]] = relationship(
        cascade="all, delete-orphan", order_by="ChosenFrame.place"
    )
    evidence: Mapped[list["LineEvidence"]] = relationship(cascade="all, delete-orphan")
    comments: Mapped[list["ReportComment"]] = relationship(order_by="ReportComment.at")

    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "number"),
        sa.CheckConstraint(
            "state = 'draft' OR (document IS NOT NULL AND signed_at IS NOT NULL)", name="signed_with_document"
        ),
    )


class ChosenFrame(Identified, Base):
    """A wording frame that the responsible assessor chose, with the observations that it rests on."""

    __tablename__ = "chosen_frame"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), index=True)
    place: Mapped[int] = mapped_column(default=0)
    dimension: Mapped[str]
    frame: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    observations: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Ids of observations."""


class LineEvidence(Base):
    """An observation that a line of the half page rests on. Those of a signed report stay as they are."""

    __tablename__ = "line_evidence"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    line: Mapped[Line] = mapped_column(choice(Line, "line"), primary_key=True)
    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"), primary_key=True, index=True)


class ReportComment(Identified, Base):
    """What the participant said about a report, and what was answered."""

    __tablename__ = "report_comment"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), index=True)
    kind: Mapped[CommentKind] = mapped_column(choice(CommentKind, "kind"))
    text: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]


class Download(Identified, Base):
    """Who took a report out, when, and in which form; kept also when the report is blocked afterwards."""

    __tablename__ = "download"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    form: Mapped[str]
    at: Mapped[datetime]
