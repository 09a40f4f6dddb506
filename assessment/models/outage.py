"""Outages: the service's heartbeat, the times it was away, and what an administrator still has to decide about them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified

ONLY = 1
"""The id of the one heartbeat."""


class Heartbeat(Base):
    """The last sign of life of any web process: one row, however many processes and machines there are."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=ONLY)
    beat_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)


class Outage(Identified, Base):
    """A time in which no web process could reach the database: what ran then was given it back. Only added to."""

    __tablename__ = "outage"

    from_at: Mapped[datetime]
    until_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("from_at < until_at", name="has_an_order"),)


class OutageQuestion(Base):
    """An outage that took more from sittings of a centre than is given back by itself: an administrator decides."""

    __tablename__ = "outage_question"

    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outage.id"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")

    outage: Mapped[Outage] = relationship()
