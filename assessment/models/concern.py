"""Concerns: what a participant says is wrong during a sitting, and what an administrator replies."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice


class ConcernKind(StrEnum):
    TECHNICAL = "technical"
    MATERIAL = "material"
    """Something in the texts or figures of the exercise."""
    DISTURBANCE = "disturbance"
    """Noise, a telephone, somebody at the door."""
    OTHER = "other"


class Concern(Identified, Base):
    """Something that a participant says is wrong. It stays as it was said; an administrator replies and closes it."""

    __tablename__ = "concern"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    client_id: Mapped[str]
    """Made by the page: said twice because an answer was lost, it is one concern."""
    kind: Mapped[ConcernKind] = mapped_column(choice(ConcernKind, "kind"))
    text: Mapped[str] = mapped_column(default="")
    raised_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    replies: Mapped[list["ConcernReply"]] = relationship(order_by="ConcernReply.at")

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "client_id"),
        sa.CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done_by_somebody"),
    )


class ConcernReply(Identified, Base):
    """What an administrator replied; the participant's page shows it."""

    __tablename__ = "concern_reply"

    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id"), index=True)
    text: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
