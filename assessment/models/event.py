"""Events: what happened, who did it, when, chained per centre; jobs in the background; mail on its way."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, Identified, choice

INSTALLATION = "installation"
"""The chain of what happens outside any centre."""


class Event(Base):
    """What happened. Holds ids and hashes only; words and names live in rows that can be erased."""

    __tablename__ = "event"

    chain: Mapped[str] = mapped_column(primary_key=True)
    """The centre's id, or INSTALLATION."""
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str]
    """The kind of thing it happened to, such as "sitting"."""
    subject_id: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class ChainHead(Base):
    """The end of one chain; locked last in every transaction that adds to it."""

    __tablename__ = "chain_head"

    chain: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str]


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Identified, Base):
    """Work in the background. This row is the truth; the queue only says "run this one"."""

    __tablename__ = "job"

    kind: Mapped[str]
    state: Mapped[JobState] = mapped_column(choice(JobState, "state"), default=JobState.QUEUED)
    payload: Mapped[dict[str, Any]]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(default="")
    """The name of the file that it made, in the data folder."""
    error: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """The job's own sign of life; a running job without one is queued again."""
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class Duty(Base):
    """Something the workers do again and again. The row says when it was begun last, so that one of them does it."""

    __tablename__ = "duty"

    name: Mapped[str] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was last done to its end; earlier than ``begun_at`` while it goes on or after it failed."""
    error: Mapped[str] = mapped_column(default="")


class Mail(Identified, Base):
    """A mail on its way out. In the demo it stays here and the administrator reads it on the outbox page."""

    __tablename__ = "mail"

    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    """When a worker took it to send it; it has it for a while, so that nobody else sends it too."""
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.Index("ix_mail_sent_at", "sent_at"),)
