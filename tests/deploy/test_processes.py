"""The two processes that serve SQLite: one dies in the middle of saves, and the other goes on where it was."""

import resource
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
import sqlalchemy as sa

from assessment.database import Database
from assessment.models.sitting import Revision
from tests.deploy.nodes import Client, plain
from tests.deploy.test_nodes import Service

LONGEST = 90
"""Seconds after which something is said not to happen at all."""


def test_a_process_that_is_killed_during_saves_takes_no_save_and_no_number_along(service: Service) -> None:
    (node,) = service.nodes
    assert node.process is not None
    gunicorn = psutil.Process(node.process.pid)
    _wait_for(lambda: len(gunicorn.children()) == 2, "two processes serve")
    # No connection crosses a fork.
    assert [file.path for file in gunicorn.open_files() if "sqlite" in file.path] == []
    clients = service.clients(plain(node.port))
    stop = threading.Event()
    threads = [threading.Thread(target=client.work, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        for (
            victim
        ) in gunicorn.children():  # the second one dies when its only neighbour is the one brought back
            _let_all_save(clients)
            gunicorn.suspend()  # so that nobody is brought back yet
            victim.kill()
            _let_all_save(clients)
            gunicorn.send_signal(signal.SIGCONT)
            _wait_for(
                lambda victim=victim: _are_two(gunicorn, victim.pid), "a second process is brought back"
            )
        _let_all_save(clients)
    finally:
        gunicorn.send_signal(signal.SIGCONT)
        stop.set()
        for thread in threads:
            thread.join()
    assert service.missing(clients) == []
    numbers = numbers_of(service.database)
    for client in clients:
        assert len(client.acknowledged) == client.seq
        assert numbers[UUID(client.sitting)] == list(range(1, client.seq + 1))


def test_a_system_that_lets_few_files_be_open_closes_no_connection(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Most systems let a process open 1,024 files unless it asks for more, and each connection is one."""
    few, most = 256, resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, most[1]))
    try:
        service = Service(sqlite_database, "", tmp_path, nodes=1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    connections = [plain(service.nodes[0].port)() for _ in range(2 * few)]
    try:
        for _again in range(2):
            for connection in connections:
                connection.request("GET", "/health")
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (200, b"ok\n")
                assert connection.sock is not None  # kept for the next
    finally:
        for connection in connections:
            connection.close()
        service.nodes[0].stop()


def numbers_of(database: Database) -> dict[UUID, list[int]]:
    """The numbers of the revisions of the one task that everybody writes, as they were stored."""
    found: dict[UUID, list[int]] = defaultdict(list)
    with database.reading() as session:
        for sitting_id, number in session.execute(
            sa.select(Revision.sitting_id, Revision.number).order_by(Revision.id)
        ):
            found[sitting_id].append(number)
    return found


def _let_all_save(clients: list[Client]) -> None:
    before = {client.client_id: len(client.acknowledged) for client in clients}
    _wait_for(
        lambda: all(len(client.acknowledged) >= before[client.client_id] + 10 for client in clients),
        "everybody goes on saving",
    )


def _are_two(gunicorn: psutil.Process, dead: int) -> bool:
    living = [one.pid for one in gunicorn.children() if one.status() != psutil.STATUS_ZOMBIE]
    return len(living) == 2 and dead not in living


def _wait_for(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < end, f"did not come about: {what}"
        time.sleep(0.02)


@pytest.fixture
def service(sqlite_database: Database, tmp_path: Path) -> Iterator[Service]:
    found = Service(sqlite_database, "", tmp_path, nodes=1)
    yield found
    for node in found.nodes:
        node.stop()
