"""Health: what a node needs to serve, and whether the service as a whole does its work.

A load balancer asks about the node: Redis or a worker that is away is no reason to send nobody here. A monitor, and
the administrator of the installation, ask about the service.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, mail, migrations
from assessment.database import Database
from assessment.language import marked as _
from assessment.models.event import Duty, Job, JobState, Mail
from assessment.services import outages
from assessment.settings import Settings

MEGABYTE = 1024 * 1024
LEAST_FREE = 200 * MEGABYTE
"""With less room than this somebody has to make some before a save fails."""
SWEPT_WITHIN = timedelta(minutes=1)
SWEPT_BY_CRON_WITHIN = timedelta(minutes=15)
JOBS_BEGIN_WITHIN = timedelta(minutes=10)
MAILS_LEAVE_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``sentence`` is a message id with ``values``; ``at`` is when it was so last."""

    name: str
    sentence: str
    is_ok: bool = True
    values: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def is_well(findings: tuple[Finding, ...]) -> bool:
    return all(finding.is_ok for finding in findings)


def of_node(database: Database, settings: Settings) -> tuple[Finding, ...]:
    """What this process needs to serve: the database with the tables of this release, and room on the disk."""
    return (_tables(database), *_disk(settings))


def of_service(database: Database, settings: Settings) -> tuple[Finding, ...]:
    """Everything: what a node needs, and the workers, what waits for them, and Redis."""
    node = of_node(database, settings)
    redis = _redis(database)
    if not node[0].is_ok:
        return (*node, *redis)
    with database.reading() as session:
        return (
            *node,
            *_beat(session),
            _sweep(session, settings),
            *_duties(session),
            _jobs(session),
            *_mails(session, settings),
            *redis,
        )


def _tables(database: Database) -> Finding:
    name = _("Database")
    try:
        is_current = migrations.is_current(database)
    except sa.exc.SQLAlchemyError:
        return Finding(name, _("The database does not answer."), is_ok=False)
    if not is_current:
        return Finding(
            name,
            _("The tables belong to another release. Run: flask --app wsgi db upgrade"),
            is_ok=False,
        )
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    return Finding(
        name, _("%(kind)s answers, and its tables are those of this release."), values={"kind": kind}
    )


def _disk(settings: Settings) -> Iterator[Finding]:
    name = _("Disk")
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_folder).free
    except OSError:
        yield Finding(name, _("The folder for data cannot be used."), is_ok=False)
        return
    yield Finding(
        name,
        _("%(n)s MB are free where Klei keeps its data."),
        is_ok=free >= LEAST_FREE,
        values={"n": free // MEGABYTE},
    )


def _beat(session: Session) -> Iterator[Finding]:
    beat_at = outages.last_beat(session)
    if beat_at is None:
        return  # no web process has been up for long enough to show a sign
    if outages.is_stale(beat_at, clock.now()):
        sentence = _(
            "No web process has shown a sign of life for a while; until one does, nothing is sealed."
        )
        yield Finding(_("Heartbeat"), sentence, False, {}, beat_at)
    else:
        yield Finding(_("Heartbeat"), _("The web processes show that they are there."), at=beat_at)


def _sweep(session: Session, settings: Settings) -> Finding:
    name = _("Sealing")
    ended_at = session.scalar(sa.select(Duty.ended_at).where(Duty.name == "sweep"))
    within = SWEPT_WITHIN if settings.sweeps_itself else SWEPT_BY_CRON_WITHIN
    if ended_at is None:
        return Finding(
            name, _("No worker has looked yet for sittings that are over. Is one running?"), is_ok=False
        )
    if ended_at < clock.now() - within:
        return Finding(
            name,
            _("Sittings that are over have not been sealed for a while. Is a worker running?"),
            False,
            {},
            ended_at,
        )
    return Finding(name, _("Sittings that are over are sealed."), at=ended_at)


def _duties(session: Session) -> Iterator[Finding]:
    for duty in session.scalars(sa.select(Duty).where(Duty.error != "").order_by(Duty.name)):
        yield Finding(
            _("Worker"),
            _("“%(duty)s” failed and is tried again: %(error)s"),
            False,
            {"duty": duty.name, "error": duty.error},
            duty.begun_at,
        )


def _jobs(session: Session) -> Finding:
    waiting, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(Job.created_at)).where(Job.state == JobState.QUEUED)
    ).one()
    running = session.scalar(sa.select(sa.func.count()).where(Job.state == JobState.RUNNING))
    return Finding(
        _("Jobs"),
        _("%(waiting)s wait, %(running)s are being done."),
        oldest is None or oldest > clock.now() - JOBS_BEGIN_WITHIN,
        {"waiting": waiting, "running": running},
        oldest,
    )


def _mails(session: Session, settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        yield Finding(_("Mail"), _("No mail server is set up, so mails stay in the outbox."))
        return
    is_on_its_way = sa.and_(Mail.sent_at.is_(None), Mail.attempts < mail.MOST_ATTEMPTS)
    waiting, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(Mail.created_at)).where(is_on_its_way)
    ).one()
    given_up = session.scalar(
        sa.select(sa.func.count()).where(Mail.sent_at.is_(None), Mail.attempts >= mail.MOST_ATTEMPTS)
    )
    yield Finding(
        _("Mail"),
        _("%(waiting)s wait, %(failed)s could not be sent (see the outbox)."),
        oldest is None or oldest > clock.now() - MAILS_LEAVE_WITHIN,
        {"waiting": waiting, "failed": given_up},
        oldest,
    )


def _redis(database: Database) -> tuple[Finding, ...]:
    redis = database.beside.get("redis")
    if redis is None:
        return ()
    if redis.answers():
        return (Finding(_("Redis"), _("Redis answers.")),)
    return (
        Finding(
            _("Redis"),
            _("Redis does not answer. Work goes on, saves as well; jobs wait until it is back."),
            is_ok=False,
        ),
    )
