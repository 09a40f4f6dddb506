"""The worker seals by itself and outlives its own failures; the supervisor keeps both processes alive."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from assessment import clock, worker
from assessment.database import Database
from assessment.models.event import Duty as Record
from assessment.models.sitting import Sitting, SittingState
from assessment.queue import Queue
from assessment.services import sittings
from assessment.settings import ROOT, Settings
from tests import factories


def overdue(database: Database) -> Sitting:
    with database.writing() as session:
        enrolment = factories.enrolment(session, factories.centre(session, "stavoord-judgement"))
        sitting = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)).one()
        return factories.running(session, sitting, at=clock.now() - timedelta(hours=2), minutes=20)


def test_the_worker_seals_what_is_due_and_goes_on_after_a_failure(
    sqlite_database: Database,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sitting = overdue(sqlite_database)
    stop = threading.Event()

    def fails(_database: Database, _settings: Settings) -> None:
        raise RuntimeError("this duty fails")

    second = timedelta(seconds=1)
    duties = (worker.Duty("fails", second, fails), worker.Duty("sweep", second, worker.sweep))
    queue = Queue(settings, print)
    thread = threading.Thread(target=worker.run, args=(sqlite_database, settings, queue, stop, duties))
    thread.start()
    for _ in range(200):
        with sqlite_database.reading() as session:
            if session.get_one(Sitting, sitting.id).state is SittingState.SEALED:
                break
        time.sleep(0.05)
    stop.set()
    thread.join()
    with sqlite_database.reading() as session:
        found = session.get_one(Sitting, sitting.id)
        told = {duty.name: duty for duty in session.scalars(sa.select(Record))}
    assert (found.state, found.sealed_at) == (SittingState.SEALED, sitting.deadline_at)
    assert "fails failed" in caplog.text
    assert (told["fails"].ended_at, told["fails"].error) == (None, "RuntimeError: this duty fails")
    assert told["sweep"].ended_at
    assert not told["sweep"].error


def test_however_many_cannot_be_sealed_the_others_are_sealed_in_the_same_sweep(
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # robustness 12
    """More fail than are sealed in one transaction, and they are the first."""
    broken = [overdue(database).id for _ in range(5)]
    whole = [overdue(database).id for _ in range(3)]
    real = sittings.what_counts

    def fails(session: Session, sitting: Sitting) -> Any:
        if sitting.id in broken:
            raise ValueError("this one")
        return real(session, sitting)

    monkeypatch.setattr(sittings, "what_counts", fails)
    monkeypatch.setattr(sittings, "SEALED_AT_ONCE", 2)
    assert worker.sweep(database, settings) == 3
    with database.reading() as session:
        states = {one.id: one.state for one in session.scalars(sa.select(Sitting))}
    assert {states[one] for one in whole} == {SittingState.SEALED}
    assert {states[one] for one in broken} == {SittingState.RUNNING}
    assert caplog.text.count("could not be sealed") == 5
    monkeypatch.undo()
    assert worker.sweep(database, settings) == 5


def test_of_several_workers_one_does_a_duty_in_each_period(database: Database, settings: Settings) -> None:
    did: list[int] = []
    duty = worker.Duty("remind", timedelta(hours=1), lambda *_: did.append(1))

    def all_at_once() -> int:
        did.clear()
        threads = [threading.Thread(target=worker.perform, args=(duty, database, settings)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(did)

    with time_machine.travel(factories.NOON, tick=False) as now:
        assert all_at_once() == 1
        now.shift(timedelta(minutes=40))
        assert all_at_once() == 0
        now.shift(timedelta(minutes=20))
        assert all_at_once() == 1


SUPERVISED = """
import sys
from assessment import supervisor
sys.exit(supervisor.keep({"one": [sys.executable, "-c", sys.argv[1]]}, {}))
"""


def supervise(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, program], cwd=ROOT, stderr=subprocess.PIPE, process_group=0
    )


def wait_for(path: Path, lines: int) -> list[str]:
    for _ in range(400):
        found = path.read_text().split() if path.exists() else []
        if len(found) >= lines:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path.name} has {found}")


def test_a_killed_process_is_started_again_and_all_stop_together(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    parent = supervise(
        f"import os, time; open({str(log)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(600)"
    )
    first = int(wait_for(log, 1)[0])
    os.kill(first, signal.SIGKILL)
    second = int(wait_for(log, 2)[1])
    parent.send_signal(signal.SIGTERM)
    _, told = parent.communicate(timeout=30)
    assert parent.returncode == 0
    assert b"started again" in told
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_process_that_dies_at_once_three_times_ends_the_whole() -> None:
    parent = supervise("raise SystemExit(3)")
    _, told = parent.communicate(timeout=60)
    assert parent.returncode == 1
    assert b"giving up" in told
