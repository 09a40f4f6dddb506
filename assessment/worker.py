"""The worker: a huey consumer that runs jobs, and does again and again what has to be done.

Several workers share the work. A duty is claimed in the database, so that in each period one of them does it; what a
worker does is safe to do twice all the same. A duty that the queue did not bring in time (Redis is away, or every
thread has a long job) is done by the worker's own clockwork: sealing waits for nobody.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from huey import Huey
from huey.consumer import Consumer, Scheduler

from assessment import clock, jobs, mail
from assessment.database import Database
from assessment.models.event import Duty as Record
from assessment.queue import Queue
from assessment.services import (
    calibration_tests,
    evidence,  # noqa: F401 -- the handler of its jobs
    exports,
    feedback,
    keepings,
    plans,
    repeats,
    reports,
    sittings,
)
from assessment.settings import Settings

log = logging.getLogger("klei.worker")

THREADS = 4
LATE = timedelta(seconds=15)
"""A duty that is later than this is done without the queue."""
FAREWELL = 10
"""Seconds that a stopping worker waits for what it has in hand; a job is let go at its next sign of life."""
BEFORE_JOBS = 10
"""The priority of duties: sealing comes before archives."""


# What is done.


def sweep(database: Database, settings: Settings) -> int:
    """Seal every sitting that is past its end and grace, going on past those that cannot be. Returns how many."""
    grace, total, failed = timedelta(seconds=settings.grace_seconds), 0, set[UUID]()
    while True:
        with database.writing() as session:
            sealed = sittings.seal_due(session, grace, leaving_out=failed)
            failures = session.info.pop("could_not_seal", {})
        for sitting_id, failure in failures.items():
            log.error("sitting %s could not be sealed", sitting_id, exc_info=failure)
        failed |= set(failures)
        total += sealed
        if not sealed and not failures:
            return total


def _ring(database: Database, _settings: Settings) -> None:
    with database.writing() as session:
        jobs.requeue_lost(session)


def _remind(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        reports.remind(session, base_url=settings.base_url)
        plans.remind(session, base_url=settings.base_url)
    with database.writing() as session:
        calibration_tests.lapse(session, base_url=settings.base_url)


def _clear(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        exports.clear(session, settings.data_folder)
        repeats.clear(session)
        feedback.close_due(session)


def _keep(database: Database, _settings: Settings) -> None:
    with database.writing() as session:
        keepings.run(session)


@dataclass(frozen=True)
class Duty:
    """Something to be done once in each period, by one of the workers."""

    name: str
    every: timedelta
    work: Callable[[Database, Settings], object]


SWEEP = "sweep"
DUTIES: tuple[Duty, ...] = (
    Duty(SWEEP, timedelta(seconds=5), sweep),
    Duty("mail", timedelta(seconds=5), mail.send_due),
    Duty("ring", timedelta(seconds=15), _ring),
    Duty("remind", timedelta(hours=1), _remind),
    Duty("clear", timedelta(hours=1), _clear),
    Duty("keep", timedelta(days=1), _keep),
)


# Who does it, and when.


def claim(database: Database, name: str, every: timedelta) -> bool:
    """Whether this duty is due and now this worker's."""
    now = clock.now()
    # Clocks of several machines differ a little; a period that is nearly over is over.
    border = now - every * 0.8
    with database.reading() as session:
        begun_at = session.scalar(sa.select(Record.begun_at).where(Record.name == name))
    if begun_at is not None and begun_at > border:
        return False
    with database.writing() as session:
        if begun_at is None:
            if session.get(Record, name) is not None:
                return False
            session.add(Record(name=name, begun_at=now))
            try:
                session.flush()
            except sa.exc.IntegrityError:
                session.rollback()  # another worker wrote the first line of this duty
                return False
            return True
        mine = session.execute(
            sa.update(Record).where(Record.name == name, Record.begun_at <= border).values(begun_at=now)
        )
        return bool(mine.rowcount)  # type: ignore[attr-defined]


def perform(duty: Duty, database: Database, settings: Settings) -> bool:
    """Do a duty if it is due and nobody else's; False when it was not. A failure is written down and tried again."""
    try:
        if not claim(database, duty.name, duty.every):
            return False
        duty.work(database, settings)
        ended: dict[str, Any] = {"ended_at": clock.now(), "error": ""}
    except Exception as failure:
        log.exception("%s failed; it is tried again", duty.name)
        ended = {"error": f"{type(failure).__name__}: {failure}"[:500]}
    try:
        with database.writing() as session:
            session.execute(sa.update(Record).where(Record.name == duty.name).values(**ended))
    except Exception:
        log.exception("that %s ended could not be written down", duty.name)
    return True


def note(database: Database, name: str) -> None:
    """Write down that a duty was done now by somebody else than a worker, such as cron."""
    now = clock.now()
    with database.writing() as session:
        session.merge(Record(name=name, begun_at=now, ended_at=now, error=""))


def _late(database: Database, duties: tuple[Duty, ...]) -> Iterator[Duty]:
    """The duties that nobody began, although they were due for a while."""
    with database.reading() as session:
        begun = {record.name: record.begun_at for record in session.scalars(sa.select(Record))}
    now = clock.now()
    for duty in duties:
        if duty.name not in begun or begun[duty.name] + duty.every + LATE < now:
            yield duty


class _Clockwork(Scheduler):  # type: ignore[misc]
    """Huey's scheduler, by the second instead of the minute, that does itself what the queue did not bring."""

    periodic_task_seconds = 1
    catch_up: Callable[[], object]

    def enqueue_periodic_tasks(self, now: datetime | None) -> None:
        super().enqueue_periodic_tasks(now)
        try:
            self.catch_up()
        except Exception:
            self._logger.exception("late duties could not be done; they are tried again")


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer with our clockwork. Signals are ours: both of the usual ones end it gracefully."""

    def __init__(self, huey: Huey, catch_up: Callable[[], object], **options: Any) -> None:
        self.scheduler_class = type("Clockwork", (_Clockwork,), {"catch_up": staticmethod(catch_up)})
        super().__init__(huey, **options)

    def _set_signal_handlers(self) -> None:
        pass


def _each(every: timedelta) -> Callable[[datetime], bool]:
    """Huey's question whether a periodic task is due, answered with this process's own clockwork."""
    due = 0.0

    def is_due(_now: datetime) -> bool:
        nonlocal due
        if time.monotonic() < due:
            return False
        due = time.monotonic() + every.total_seconds()
        return True

    return is_due


def _enlist(huey: Huey, duty: Duty, database: Database, settings: Settings) -> None:
    """Let huey bring a duty once in each period; a message that waited for longer is dropped."""
    huey.periodic_task(
        _each(duty.every),
        name=duty.name,
        priority=BEFORE_JOBS,
        expires=max(30, int(duty.every.total_seconds())),
    )(lambda: perform(duty, database, settings))


def run(
    database: Database,
    settings: Settings,
    queue: Queue,
    stop: threading.Event | None = None,
    duties: tuple[Duty, ...] | None = None,
) -> None:
    """Work until a signal comes, or the event is set."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    if duties is None:
        duties = tuple(duty for duty in DUTIES if settings.sweeps_itself or duty.name != SWEEP)
    queue.run = partial(jobs.run, database, settings, stopping=stop)
    for duty in duties:
        _enlist(queue.huey, duty, database, settings)

    def catch_up() -> None:
        for duty in _late(database, duties):
            perform(duty, database, settings)

    consumer = _Consumer(
        queue.huey,
        catch_up,
        workers=THREADS,
        max_delay=1.0 if queue.redis is None else 5.0,
        check_worker_health=False,
        shutdown_timeout=FAREWELL,
    )
    consumer.start()
    checked = time.monotonic()
    while not stop.wait(0.2):
        if time.monotonic() > checked + 10:
            consumer.check_worker_health()
            checked = time.monotonic()
    consumer.stop(graceful=True)
    queue.close()
