"""The heartbeat of a web process: nothing is served before a beat, nor after a silence until one has given time back."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from assessment import clock, errors
from assessment.database import Database
from assessment.heartbeat import Heart
from assessment.models.outage import Outage
from assessment.models.person import Person
from assessment.services import outages
from assessment.settings import ROOT
from tests.assessment.hall import Hall
from tests.conftest import SECRET, log_in
from tests.factories import NOON


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Outage)) or 0


def test_a_save_after_a_silence_is_judged_by_the_deadline_that_the_silence_moved(
    app: Flask, sqlite_database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.1, robustness 14
    hall = Hall(sqlite_database)
    app.extensions["klei_heart"] = Heart(sqlite_database)
    with sqlite_database.reading() as session:
        person = session.get_one(Person, hall.people[0])
    client = log_in(app.test_client(), person)
    address = f"/api/sittings/{hall.ids[0]}/tasks/memo"
    save = {"value": "first", "base": 0, "client": "c", "seq": 1, "epoch": 1}
    assert client.put(address, json=save).get_json()["code"] == "saved"
    noon.move_to(NOON + timedelta(minutes=70))  # stopped, suspended, or without its database
    answer = client.put(address, json={**save, "value": "second", "base": 1, "seq": 2})
    assert answer.get_json()["code"] == "saved"
    assert answer.get_json()["remaining_ms"] == 55 * 60_000
    assert hall.minutes() == 125


def test_nothing_is_served_while_no_beat_is_possible(
    app: Flask, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["klei_heart"] = Heart(sqlite_database)

    def away(_session: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(outages, "last_beat", away)
    answer = app.test_client().get("/login")
    assert answer.status_code == 503
    assert b"Nothing was lost" in answer.data
    monkeypatch.undo()
    assert app.test_client().get("/login").status_code == 200


def test_many_requests_after_a_silence_beat_once(database: Database, noon: time_machine.Traveller) -> None:
    hall = Hall(database)
    Heart(database).ensure()
    noon.shift(timedelta(minutes=5))
    hearts = [Heart(database), Heart(database)]  # two nodes
    threads = [threading.Thread(target=hearts[n % 2].ensure) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(database), hall.minutes()) == (1, 60)


def test_a_heart_beats_by_itself_and_goes_on_after_a_failure(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "EVERY", timedelta(milliseconds=20))
    failures = iter([True, True])
    real = outages.last_beat

    def sometimes(session: sa.orm.Session) -> object:
        if next(failures, False):
            raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))
        return real(session)

    monkeypatch.setattr(outages, "last_beat", sometimes)
    heart = Heart(database)
    heart.start()
    try:
        first = wait_for_beat(database, None)
        assert wait_for_beat(database, first) > first
    finally:
        heart.stop()


def wait_for_beat(database: Database, after: object) -> object:
    for _ in range(500):
        with database.reading() as session:
            found = session.scalar(sa.text("SELECT max(beat_at) FROM heartbeat"))
        if found is not None and found != after:
            return found
        threading.Event().wait(0.01)
    raise AssertionError("no beat")


def test_a_busy_database_is_told_and_not_waited_for_for_ever(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = Heart(sqlite_database)
    monkeypatch.setattr("assessment.heartbeat.PATIENCE", 0.05)
    with heart._turn, pytest.raises(errors.Busy):
        heart.ensure()


@pytest.mark.parametrize(("as_command", "beats"), [("", True), ("true", False)])
def test_the_door_of_the_server_beats_and_has_read_the_shelf_and_a_command_does_neither(
    sqlite_database: Database, tmp_path: Path, as_command: str, beats: bool
) -> None:
    (tmp_path / "content").mkdir()
    script = (
        "import gc, time, wsgi\n"
        "from exercises import packs\n"
        "heart = wsgi.app.extensions.get('klei_heart')\n"
        "for _ in range(200):\n"
        "    if heart is None or heart._seen_at: break\n"
        "    time.sleep(0.02)\n"
        "print(heart is not None and heart._seen_at is not None)\n"
        "print(packs.own.cache_info().currsize > 0)\n"
        "print(gc.isenabled())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **os.environ,
            "KLEI_SECRET_KEY": SECRET,
            "KLEI_DATABASE_URL": str(sqlite_database.url),
            "KLEI_DATA": str(tmp_path),
            "FLASK_RUN_FROM_CLI": as_command,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(beats), str(beats), "True"]
    with sqlite_database.reading() as session:
        last = outages.last_beat(session)
    assert (last is not None) is beats
    assert last is None or clock.now() - last < timedelta(minutes=1)
