"""Work in the background: Job rows are the truth, and the queue only says "run this one".

A job is queued in the transaction of what it follows from; after the commit the queue rings for it. The worker claims
the row, calls the handler of its kind, and keeps its sign of life and progress in the row. A job whose worker died is
queued again; after three deaths it fails. A job that no ring reached is rung for again by the worker's sweep.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.event import Job, JobState
from assessment.queue import Queue
from assessment.settings import Settings

log = logging.getLogger("klei.jobs")

SILENCE = timedelta(minutes=2)
"""A running job that gave no sign of life for this long was lost."""
MOST_ATTEMPTS = 3


class Cancelled(Exception):
    """Somebody cancelled the job; its handler stops here."""


class Interrupted(Exception):
    """The worker is stopping; the job is done by the next one."""


@dataclass(frozen=True)
class Task:
    """A job as its handler sees it."""

    id: UUID
    payload: dict[str, Any]
    owner_id: UUID | None
    database: Database
    settings: Settings
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        """Where the handler puts a file; its name is what the handler returns."""
        folder = self.settings.data_folder / "jobs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def progress(self, done: int, total: int) -> None:
        """Tell how far it is.

        :raises Cancelled: when somebody cancelled it. :raises Interrupted: when the worker is stopping.
        """
        if self.stopping.is_set():
            raise Interrupted
        with self.database.writing() as session:
            job = session.get_one(Job, self.id)
            if job.state is not JobState.RUNNING:
                raise Cancelled
            job.done, job.total, job.seen_at = done, total, clock.now()


Handler = Callable[[Task], str]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job: it returns the name of the file it made, or an empty text."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


# Queueing.


def queue(
    session: Session, kind: str, payload: dict[str, Any], *, by: Actor | None, centre_id: UUID | None = None
) -> Job:
    """Queue a job: it runs after the commit."""
    job = Job(
        kind=kind,
        payload=payload,
        owner_id=by.person_id if by else None,
        centre_id=centre_id,
        created_at=clock.now(),
    )
    session.add(job)
    session.flush()  # the page goes on to the job's own page and needs its id
    _ring_after_commit(session, job.id)
    return job


def again(session: Session, job: Job) -> None:
    """Queue a finished job once more, as if it were new."""
    job.state, job.finished_at, job.attempts, job.done = JobState.QUEUED, None, 0, 0
    _ring_after_commit(session, job.id)


def _ring_after_commit(session: Session, job_id: UUID) -> None:
    session.info.setdefault("rings", []).append(job_id)


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint: others cannot see the row yet
    rings, bell = session.info.pop("rings", ()), session.info.get("queue")
    if rings and bell is not None:
        bell.ring(rings)


@event.listens_for(Session, "after_rollback")
def _ring_for_nothing(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("rings", None)


def get(session: Session, job_id: UUID, *, by: Actor) -> Job:
    """
    :raises NotFound: when it is not this person's job.
    """
    job = session.get(Job, job_id)
    if job is None or job.owner_id != by.person_id:
        raise errors.NotFound
    return job


def cancel(session: Session, job_id: UUID, *, by: Actor) -> Job:
    """Cancel a job that has not finished; a finished one stays as it is."""
    job = get(session, job_id, by=by)
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        job.state = JobState.CANCELLED
        job.finished_at = clock.now()
    return job


# The worker's side.


def requeue_lost(session: Session) -> int:
    """Queue again what a dead worker left running, and ring for every job that no ring reached."""
    lost = session.scalars(
        sa.select(Job)
        .where(Job.state == JobState.RUNNING, Job.seen_at < clock.now() - SILENCE)
        .with_for_update(skip_locked=True)
    ).all()
    for job in lost:
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.error, job.finished_at = JobState.FAILED, "lost", clock.now()
        else:
            job.state = JobState.QUEUED
    session.flush()  # what was lost waits as well
    bell: Queue | None = session.info.get("queue")
    if bell is not None:
        told = bell.waiting()
        waiting = session.scalars(
            sa.select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.created_at)
        )
        for job_id in waiting:
            if job_id not in told:
                _ring_after_commit(session, job_id)
    return len(lost)


def run(
    database: Database, settings: Settings, job_id: UUID, *, stopping: threading.Event | None = None
) -> bool:
    """Run one job, if it still waits; False when it does not (cancelled, done, or another worker has it)."""
    with database.writing() as session:
        job = session.scalar(
            sa.select(Job)
            .where(Job.id == job_id, Job.state == JobState.QUEUED)
            .with_for_update(skip_locked=True)
        )
        if job is None:
            return False
        job.state, job.started_at, job.seen_at = JobState.RUNNING, clock.now(), clock.now()
        job.attempts += 1
        kind = job.kind
        task = Task(job.id, job.payload, job.owner_id, database, settings, stopping or threading.Event())
    try:
        result, state, error = _handlers[kind](task), JobState.DONE, ""
    except Cancelled:
        return True
    except Interrupted:
        with database.writing() as session:
            job = session.get_one(Job, task.id)
            if job.state is JobState.RUNNING:
                # No death: the next worker does it as if this attempt had not been.
                job.state, job.attempts = JobState.QUEUED, job.attempts - 1
                _ring_after_commit(session, job.id)
        return True
    except Exception as failure:
        # A job must not take the worker with it; the row says what happened and the owner sees it.
        log.exception("job %s (%s) failed", task.id, kind)
        result, state, error = "", JobState.FAILED, f"{type(failure).__name__}: {failure}"[:500]
    with database.writing() as session:
        job = session.get_one(Job, task.id)
        if job.state is JobState.RUNNING:
            job.state, job.result, job.error, job.finished_at = state, result, error, clock.now()
    return True
