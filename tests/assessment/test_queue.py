"""The queue rings after the commit, in a file or in Redis; what it loses is rung for again, and nothing waits for it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from assessment import jobs, worker
from assessment.access import Actor
from assessment.database import Database
from assessment.models.event import Job, JobState
from assessment.queue import Queue
from assessment.redis import RedisServer
from assessment.settings import Settings
from tests import factories
from tests.redis import OwnRedis

KIND = "queue_test"


@dataclass
class Works:
    """An installation with its queue; workers come and go."""

    database: Database
    settings: Settings
    queue: Queue
    by: Actor

    def order(self, name: str = "") -> UUID:
        with self.database.writing() as session:
            return jobs.queue(session, KIND, {"name": name}, by=self.by).id

    def state(self, job_id: UUID) -> JobState:
        with self.database.reading() as session:
            return session.get_one(Job, job_id).state

    def worker(self, duties: tuple[worker.Duty, ...] = ()) -> "Hand":
        return Hand(partial(worker.run, self.database, self.settings, self.queue, duties=duties))


class Hand:
    """A worker in a thread, for as long as the block runs."""

    def __init__(self, run: Callable[[threading.Event], object]) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=run, args=(self.stop,))

    def __enter__(self) -> "Hand":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def done(works: Works, job_id: UUID) -> Callable[[], bool]:
    return lambda: works.state(job_id) is JobState.DONE


RINGS = replace(next(duty for duty in worker.DUTIES if duty.name == "ring"), every=timedelta(seconds=1))


def test_a_ring_is_heard_after_the_commit_and_not_before(works: Works) -> None:
    with works.database.writing() as session:
        job = jobs.queue(session, KIND, {"name": ""}, by=works.by)
        with session.begin_nested():
            session.execute(sa.text("SELECT 1"))
        assert works.queue.waiting() == set()
    assert works.queue.waiting() == {job.id}
    with works.worker():
        until(done(works, job.id))
    assert works.queue.waiting() == set()


def test_a_transaction_that_fails_rings_for_nothing(works: Works) -> None:
    with works.database.session(writes=True) as session:
        jobs.queue(session, KIND, {"name": ""}, by=works.by)
        session.rollback()
        session.execute(sa.text("SELECT 1"))
        session.commit()
    assert works.queue.waiting() == set()


def test_jobs_that_waited_for_a_worker_are_done_by_the_next_one(works: Works) -> None:
    ordered = [works.order() for _ in range(3)]
    with works.worker():
        for job_id in ordered:
            until(done(works, job_id))


def test_a_job_that_no_ring_reached_is_rung_for_again(works: Works) -> None:
    job_id = works.order()
    works.queue.huey.storage.flush_all()  # Redis was emptied, or the process ended before the ring
    assert works.queue.waiting() == set()
    with works.worker((RINGS,)):
        until(done(works, job_id))


def test_one_ring_too_many_does_nothing(works: Works, runs: list[str]) -> None:
    job_id = works.order("once")
    works.queue.ring([job_id, job_id, uuid4()])
    with works.worker():
        until(done(works, job_id))
        until(lambda: not works.queue.waiting())
    assert runs == ["once"]


def test_the_sweep_rings_once_for_what_waits(works: Works) -> None:
    ordered = {works.order(), works.order()}
    for _ in range(3):
        with works.database.writing() as session:
            jobs.requeue_lost(session)
    assert works.queue.huey.pending_count() == 2
    assert works.queue.waiting() == ordered


def test_a_worker_that_stops_lets_its_job_go_to_the_next_one(works: Works, runs: list[str]) -> None:
    with works.worker() as hand:
        job_id = works.order("long")
        until(lambda: works.state(job_id) is JobState.RUNNING)
        begun = time.monotonic()
        hand.stop.set()
        hand.thread.join()
        assert time.monotonic() - begun < 5
    assert works.state(job_id) is JobState.QUEUED
    with works.database.writing() as session:
        job = session.get_one(Job, job_id)
        assert job.attempts == 0  # it was no death
        job.payload = {"name": "short"}
    with works.worker():
        until(done(works, job_id))


def test_long_jobs_in_every_thread_do_not_hold_up_a_duty(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LATE", timedelta(0))
    did: list[int] = []
    duty = worker.Duty("sweep", timedelta(seconds=1), lambda *_: did.append(1))
    for _ in range(worker.THREADS):
        works.order("long")
    with works.worker((duty,)):
        until(lambda: all(works.state(job_id) is JobState.RUNNING for job_id in _all(works)))
        before = len(did)
        until(lambda: len(did) > before)


def _all(works: Works) -> list[UUID]:
    with works.database.reading() as session:
        return list(session.scalars(sa.select(Job.id)))


def test_what_somebody_else_put_into_the_queue_is_not_run(works: Works, runs: list[str]) -> None:
    job_id = works.order("own")
    forger = Queue(
        replace(works.settings, secret_key="another secret, long enough"), print, works.queue.redis
    )
    forger.ring([uuid4()])
    forger.close()
    assert works.queue.huey.pending_count() == 2
    with works.worker():
        until(done(works, job_id))
        until(lambda: works.queue.huey.pending_count() == 0)
    assert runs == ["own"]


def test_a_broken_file_is_made_anew(works: Works) -> None:
    if works.queue.file is None:
        pytest.skip("Redis has no file")
    works.queue.close()
    works.queue.file.parent.mkdir(parents=True, exist_ok=True)
    works.queue.file.write_bytes(b"no database at all" * 300)
    fresh = Queue(works.settings, works.queue.run)
    assert fresh.waiting() == set()
    fresh.close()


# When Redis is away.


def test_while_redis_is_away_nothing_fails_and_jobs_run_when_it_is_back(
    sqlite_database: Database, settings: Settings, own_redis: OwnRedis, runs: list[str]
) -> None:
    works = _works(sqlite_database, settings, RedisServer(own_redis.url))
    did: list[float] = []
    duties = (worker.Duty("sweep", worker.DUTIES[0].every, lambda *_: did.append(time.monotonic())), RINGS)
    own_redis.stop()
    begun = time.monotonic()
    job_id = works.order("patient")
    assert time.monotonic() - begun < 1  # the page does not wait
    assert works.state(job_id) is JobState.QUEUED
    with works.worker(duties):
        until(lambda: bool(did))  # sealing goes on without it
        own_redis.start()
        until(done(works, job_id), seconds=40)  # the worker asks every five seconds
    assert runs == ["patient"]


@pytest.fixture
def runs() -> Iterator[list[str]]:
    done: list[str] = []

    @jobs.handles(KIND)
    def work(task: jobs.Task) -> str:
        done.append(str(task.payload["name"]))
        while task.payload["name"] == "long":
            task.progress(1, 2)
            time.sleep(0.02)
        return ""

    yield done
    del jobs._handlers[KIND]


def _works(database: Database, settings: Settings, redis: RedisServer | None) -> Works:
    queue = Queue(settings, partial(jobs.run, database, settings), redis)
    database.beside.update(queue=queue, redis=redis)
    with database.writing() as session:
        by = factories.actor(session, factories.person(session))
    return Works(database, settings, queue, by)


@pytest.fixture(params=["file", "redis"])
def works(request: pytest.FixtureRequest, settings: Settings, runs: list[str]) -> Iterator[Works]:
    database = request.getfixturevalue("sqlite_database")
    redis = RedisServer(request.getfixturevalue("redis_url")) if request.param == "redis" else None
    found = _works(database, settings, redis)
    yield found
    found.queue.close()
    if found.queue.redis:
        found.queue.redis.close()
