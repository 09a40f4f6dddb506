"""Work in the background: the row is the truth; what a dead worker left is done again."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors, jobs
from assessment.access import Actor
from assessment.database import Database
from assessment.models.event import Job, JobState
from assessment.settings import Settings
from tests import factories
from tests.factories import NOON
from tests.working import run_next


@pytest.fixture
def runs() -> Iterator[list[str]]:
    """A kind of job of the tests, and what it did."""
    done: list[str] = []

    @jobs.handles("test")
    def work(task: jobs.Task) -> str:
        done.append(str(task.payload["name"]))
        if task.payload["name"] == "breaks":
            raise ValueError("broken")
        if task.payload["name"] == "is cancelled":
            with task.database.writing() as session:
                session.get_one(Job, task.id).state = JobState.CANCELLED
        task.progress(1, 2)
        return "file.txt"

    yield done
    del jobs._handlers["test"]


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.person(session))


def queue(database: Database, by: Actor, name: str) -> Job:
    with database.writing() as session:
        return jobs.queue(session, "test", {"name": name}, by=by)


def get(database: Database, job: Job) -> Job:
    with database.reading() as session:
        return session.get_one(Job, job.id)


def test_a_job_is_done_once_with_its_progress_and_result(
    database: Database, settings: Settings, runs: list[str], by: Actor
) -> None:
    job = queue(database, by, "works")
    assert run_next(database, settings)
    assert not run_next(database, settings)
    found = get(database, job)
    assert (found.state, found.done, found.total, found.result) == (JobState.DONE, 1, 2, "file.txt")
    assert runs == ["works"]


def test_a_job_that_breaks_says_why_and_the_next_one_runs(
    database: Database, settings: Settings, runs: list[str], by: Actor
) -> None:
    broken, works = queue(database, by, "breaks"), queue(database, by, "works")
    while run_next(database, settings):
        pass
    assert (get(database, broken).state, get(database, broken).error) == (
        JobState.FAILED,
        "ValueError: broken",
    )
    assert get(database, works).state is JobState.DONE


def test_a_cancelled_job_stops_and_stays_cancelled(
    database: Database, settings: Settings, runs: list[str], by: Actor
) -> None:
    job = queue(database, by, "is cancelled")
    run_next(database, settings)
    assert get(database, job).state is JobState.CANCELLED
    waiting = queue(database, by, "works")
    with database.writing() as session:
        jobs.cancel(session, waiting.id, by=by)
    assert not run_next(database, settings)


def test_somebody_elses_job_is_not_found(database: Database, runs: list[str], by: Actor) -> None:
    job = queue(database, by, "works")
    with database.writing() as session:
        stranger = factories.actor(session, factories.person(session))
        with pytest.raises(errors.NotFound):
            jobs.get(session, job.id, by=stranger)


def test_two_workers_at_once_do_each_job_once(
    database: Database, settings: Settings, runs: list[str], by: Actor
) -> None:
    for number in range(12):
        queue(database, by, f"job {number}")

    def work() -> None:
        while run_next(database, settings):
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while run_next(database, settings):
        pass
    assert sorted(runs) == sorted(f"job {number}" for number in range(12))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child runs the job and nothing else
def test_a_job_whose_worker_is_killed_keeps_its_progress_in_sight_and_is_done_by_the_next(
    database: Database, settings: Settings, runs: list[str], by: Actor
) -> None:
    """Broken: kill -9 of the process that runs it."""

    @jobs.handles("slow")
    def work(task: jobs.Task) -> str:
        task.progress(3, 10)
        if os.getpid() != parent:
            threading.Event().wait(60)
        runs.append("slow")
        return "file.txt"

    parent = os.getpid()
    with database.writing() as session:
        job = jobs.queue(session, "slow", {}, by=by)
    database.dispose()
    child = os.fork()
    if child == 0:  # pragma: no cover -- it is killed
        own = Database(database.url.render_as_string(hide_password=False))
        jobs.run(own, settings, job.id)
        os._exit(1)
    for _ in range(600):
        if (found := get(database, job)).done == 3:
            break
        threading.Event().wait(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert (found.state, found.done, found.total) == (JobState.RUNNING, 3, 10)
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        with database.writing() as session:
            assert jobs.requeue_lost(session) == 1
        assert (get(database, job).state, get(database, job).done) == (JobState.QUEUED, 3)
        assert run_next(database, settings)
    found = get(database, job)
    assert (found.state, found.result, found.attempts, runs) == (JobState.DONE, "file.txt", 2, ["slow"])
    del jobs._handlers["slow"]


def test_what_a_dead_worker_left_is_queued_again_and_fails_after_three_deaths(
    database: Database, runs: list[str], by: Actor
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        job = queue(database, by, "works")
        for attempt in (1, 2, 3):
            with database.writing() as session:
                session.execute(
                    sa.update(Job).values(state=JobState.RUNNING, seen_at=clock.now(), attempts=attempt)
                )
            with database.writing() as session:
                assert jobs.requeue_lost(session) == 0
            now.shift(timedelta(minutes=3))
            with database.writing() as session:
                assert jobs.requeue_lost(session) == 1
            assert get(database, job).state is (JobState.FAILED if attempt == 3 else JobState.QUEUED)
