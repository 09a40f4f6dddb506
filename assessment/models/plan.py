"""Plans: what a participant does with their report in ninety days, and who is asked and told about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice
from assessment.models.enrolment import Enrolment

MOST_ACTIONS = 3


class Plan(Identified, Base):
    """The ninety days of one participant. Nobody else reads it but for what they share."""

    __tablename__ = "plan"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    begun_at: Mapped[datetime]
    begun_on: Mapped[date]
    """Day 0, in the participant's own time zone."""
    canvas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The participant's notes on the programme's strategic question, by field (content R9)."""
    support: Mapped[str] = mapped_column(default="")
    """What is needed from the own manager."""
    is_support_shared: Mapped[bool] = mapped_column(default=False)
    conditions: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    """What is needed from the organisation, as codes; told of many together, and of nobody alone (content R11)."""

    enrolment: Mapped[Enrolment] = relationship()
    actions: Mapped[list["PlanAction"]] = relationship(order_by="PlanAction.chosen_at, PlanAction.id")
    check_ins: Mapped[list["CheckIn"]] = relationship(order_by="CheckIn.day")


class ActionState(StrEnum):
    CHOSEN = "chosen"
    DONE = "done"
    DROPPED = "dropped"


class PlanAction(Identified, Base):
    """One of at most three actions: from the library or the participant's own, with its if-then plan."""

    __tablename__ = "plan_action"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    place: Mapped[int | None]
    """Which of the three it is; a dropped one has none, so that another can be chosen."""
    library_id: Mapped[str] = mapped_column(default="")
    """Its id in the library; empty for an own one."""
    text: Mapped[str]
    sign: Mapped[str] = mapped_column(default="")
    """How progress is noticed."""
    if_text: Mapped[str] = mapped_column(default="")
    then_text: Mapped[str] = mapped_column(default="")
    state: Mapped[ActionState] = mapped_column(choice(ActionState, "state"), default=ActionState.CHOSEN)
    is_shared: Mapped[bool] = mapped_column(default=False)
    chosen_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("plan_id", "place"),
        sa.CheckConstraint(f"place BETWEEN 1 AND {MOST_ACTIONS}", name="at_most_three"),
        sa.CheckConstraint("(place IS NULL) = (state = 'dropped')", name="dropped_has_no_place"),
    )


class CheckIn(Identified, Base):
    """A look back after 30, 60 or 90 days: five minutes, no score."""

    __tablename__ = "check_in"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    day: Mapped[int]
    due_on: Mapped[date]
    reminded_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    kept: Mapped[str] = mapped_column(default="")
    """What became a habit."""
    next_step: Mapped[str] = mapped_column(default="")
    for_organisation: Mapped[str] = mapped_column(default="")
    """One line about conditions; private like the rest."""

    looks: Mapped[list["CheckInLook"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        sa.UniqueConstraint("plan_id", "day"),
        sa.CheckConstraint("day IN (30, 60, 90)", name="day_is_one_of_three"),
    )


class Verdict(StrEnum):
    KEEP = "keep"
    CHANGE = "change"
    DROP = "drop"
    DONE = "done"


class CheckInLook(Base):
    """What became of one action at one check-in."""

    __tablename__ = "check_in_look"

    check_in_id: Mapped[UUID] = mapped_column(ForeignKey("check_in.id"), primary_key=True)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("plan_action.id"), primary_key=True, index=True)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict, "verdict"))
    happened: Mapped[str] = mapped_column(default="")


class FeedbackRound(Identified, Base):
    """Four to eight colleagues asked three questions about one behaviour."""

    __tablename__ = "feedback_round"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    behaviour: Mapped[str]
    """What they are asked about, in the participant's words."""
    language: Mapped[str]
    asked_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    n_asked: Mapped[int]
    is_closed: Mapped[bool] = mapped_column(default=False)
    """All have answered, or its time is over and nobody's address is kept any more."""


class FeedbackLink(Identified, Base):
    """A colleague's link, which works once. Nothing ties it to the answer that was given with it."""

    __tablename__ = "feedback_link"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_round.id"), index=True)
    email: Mapped[str]
    """Blanked when the round closes."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    is_used: Mapped[bool] = mapped_column(default=False)
    """Not when: a time would tell whose answer is whose."""


class FeedbackAnswer(Identified, Base):
    """What a colleague answered: no name, no time, and in no order but that of its portion."""

    __tablename__ = "feedback_answer"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_round.id"), index=True)
    portion: Mapped[int]
    """Answers are shown by the portion, so that nobody sees one of them arrive."""
    seen: Mapped[str] = mapped_column(default="")
    keep: Mapped[str] = mapped_column(default="")
    try_out: Mapped[str] = mapped_column(default="")


class ManagerLink(Identified, Base):
    """The way of a participant's own manager to what is shared: opened once, in one browser, until it ends."""

    __tablename__ = "manager_link"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    email: Mapped[str]
    language: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
