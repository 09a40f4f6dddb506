"""Health tells what a node needs from what the service needs, and says what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from assessment import clock, jobs, mail, worker
from assessment.database import Database
from assessment.redis import RedisServer
from assessment.services import health, outages
from assessment.services.health import Finding
from assessment.settings import Settings
from tests import factories
from tests.redis import OwnRedis


def found(database: Database, settings: Settings) -> dict[str, Finding]:
    findings = health.of_service(database, settings)
    assert health.is_well(findings) == all(finding.is_ok for finding in findings)
    return {finding.name: finding for finding in findings}


def troubles(database: Database, settings: Settings) -> set[str]:
    return {name for name, finding in found(database, settings).items() if not finding.is_ok}


def test_an_installation_with_a_worker_is_well(database: Database, settings: Settings) -> None:
    assert troubles(database, settings) == {"Sealing"}  # nobody has swept yet
    worker.perform(worker.DUTIES[0], database, settings)
    assert troubles(database, settings) == set()
    assert health.is_well(health.of_node(database, settings))


def test_a_worker_that_is_gone_is_missed_by_the_service_and_not_by_the_node(
    database: Database, settings: Settings, now: time_machine.Traveller
) -> None:
    worker.perform(worker.DUTIES[0], database, settings)
    now.shift(timedelta(seconds=90))
    assert troubles(database, settings) == {"Sealing"}
    assert health.is_well(health.of_node(database, settings))
    by_cron = replace(settings, sweeps_itself=False)
    assert troubles(database, by_cron) == set()
    now.shift(timedelta(minutes=15))
    assert troubles(database, by_cron) == {"Sealing"}


def test_web_processes_that_went_silent_are_missed(
    database: Database, settings: Settings, now: time_machine.Traveller
) -> None:
    worker.perform(worker.DUTIES[0], database, settings)
    with database.writing() as session:
        outages.beat(session)
    assert found(database, settings)["Heartbeat"].is_ok
    now.shift(timedelta(seconds=20))
    assert troubles(database, settings) == {"Heartbeat"}


def test_a_duty_that_fails_is_named(database: Database, settings: Settings) -> None:
    def fails(*_: object) -> None:
        raise OSError("no room")

    worker.perform(worker.DUTIES[0], database, settings)
    worker.perform(worker.Duty("clear", timedelta(hours=1), fails), database, settings)
    assert found(database, settings)["Worker"].values == {"duty": "clear", "error": "OSError: no room"}


def test_jobs_and_mails_that_wait_too_long_are_told(
    database: Database, settings: Settings, now: time_machine.Traveller
) -> None:
    posting = replace(settings, smtp_host="mail.example.org")
    with database.writing() as session:
        jobs.queue(session, "test", {}, by=factories.actor(session, factories.person(session)))
        mail.queue(session, recipient="ada@example.org", subject="x", text="x")
    worker.perform(worker.DUTIES[0], database, settings)
    assert troubles(database, posting) == set()
    assert found(database, posting)["Jobs"].values == {"waiting": 1, "running": 0}
    now.shift(timedelta(hours=2))
    worker.perform(worker.DUTIES[0], database, settings)
    assert troubles(database, posting) == {"Jobs", "Mail"}
    assert troubles(database, settings) == {"Jobs"}  # without a mail server mails stay in the outbox


def test_a_full_disk_is_told(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=150 * health.MEGABYTE))
    (disk,) = (finding for finding in health.of_node(database, settings) if not finding.is_ok)
    assert (disk.name, disk.values) == ("Disk", {"n": 150})


def test_a_database_that_is_away_or_of_another_release_is_told(settings: Settings) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/klei?connect_timeout=1")
    assert troubles(away, settings) == {"Database"}
    away.dispose()
    empty = Database(f"sqlite:///{settings.data_folder / 'empty.sqlite3'}")
    assert "db upgrade" in found(empty, settings)["Database"].sentence
    empty.dispose()


def test_redis_is_told_when_it_is_used(
    sqlite_database: Database, settings: Settings, own_redis: OwnRedis
) -> None:
    assert "Redis" not in found(sqlite_database, settings)
    redis = RedisServer(own_redis.url)
    sqlite_database.beside["redis"] = redis
    assert found(sqlite_database, settings)["Redis"].is_ok
    own_redis.stop()
    assert not found(sqlite_database, settings)["Redis"].is_ok
    assert health.is_well(health.of_node(sqlite_database, settings))
    redis.close()


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller
