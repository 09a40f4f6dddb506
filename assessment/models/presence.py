"""Presence: when a sitting's page was last in contact, and the spells in which it was not."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, Identified, choice


class Presence(Base):
    """The last contact of a sitting's page. A sign of life, no part of the answer and of no journal."""

    __tablename__ = "presence"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    """Indexed for the board, which asks for the newest."""


class InterruptionKind(StrEnum):
    OFFLINE = "offline"
    """The page ran but could not reach Klei; it reports this on its return."""
    ASLEEP = "asleep"
    """The device slept, as its page found when it woke."""
    AWAY = "away"
    """Klei heard nothing of any page: closed, killed, or cut off."""


class Interruption(Identified, Base):
    """A spell in which a sitting's page was cut off. Gives no time by itself (T2): administrators see it, assessors never."""

    __tablename__ = "interruption"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    client_id: Mapped[str]
    """The page that reported it; empty where Klei noticed by itself."""
    client_seq: Mapped[int] = mapped_column(sa.BigInteger())
    kind: Mapped[InterruptionKind] = mapped_column(choice(InterruptionKind, "kind"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    seconds: Mapped[float]
    """Its length, kept so that the board can add up."""
    reported_at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "client_id", "client_seq"),
        sa.CheckConstraint("began_at <= ended_at", name="begins_before_its_end"),
    )
