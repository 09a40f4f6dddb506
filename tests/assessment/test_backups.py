"""A backup made under a load of saves holds every save that was acknowledged before it; restoring is tried for real."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from assessment import create_app, journal
from assessment.database import Database
from assessment.models.person import Person
from assessment.models.sitting import Revision, Sitting, SittingState
from assessment.services import answers
from assessment.services.answers import Code, Save
from assessment.settings import Settings
from tests import factories
from tests.conftest import count_rows

GRACE = timedelta(seconds=30)
Key = tuple[UUID, int]


@dataclass
class Writers:
    """Participants who save without a pause, and what was acknowledged to them."""

    database: Database
    acknowledged: dict[Key, str] = field(default_factory=dict)
    failed: list[BaseException] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def write(self, person_id: UUID, sitting_id: UUID) -> None:
        head = 0
        try:
            while not self.stop.is_set():
                text = f"revision {head + 1} of {sitting_id}. " + "We begin in one segment. " * 40
                command = Save(
                    sitting_id=sitting_id,
                    person_id=person_id,
                    login_epoch=1,
                    task="memo",
                    posted=text,
                    base_number=head,
                    client_id="one",
                    client_seq=head + 1,
                    writer_epoch=1,
                    arrived_at=factories.NOON + timedelta(minutes=1),
                )
                outcome = answers.save(self.database.writer, command, GRACE)
                assert outcome.code is Code.SAVED
                head = outcome.head
                self.acknowledged[sitting_id, head] = text
        except BaseException as error:
            self.failed.append(error)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with self.database.writing() as session:
            centre = factories.centre(session, "stavoord-case")
            pairs = []
            for _ in range(6):
                person = factories.person(session)
                enrolment = factories.enrolment(session, centre, person)
                found = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)).one()
                pairs.append((person.id, factories.running(session, found).id))
            journal.record(session, "test.done", "test", "1", by=None, centre_id=centre.id)
        threads = [threading.Thread(target=self.write, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        try:
            self.wait_for(60)
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        assert self.failed == []

    def wait_for(self, more: int) -> None:
        aim = len(self.acknowledged) + more
        while len(self.acknowledged) < aim and not self.failed:
            self.stop.wait(0.01)


def stored(database: Database) -> dict[Key, str]:
    with database.reading() as session:
        return {
            (revision.sitting_id, revision.number): json.loads(revision.body)
            for revision in session.scalars(sa.select(Revision))
        }


def app_of(settings: Settings, database: Database) -> Any:
    return create_app(settings, database).test_cli_runner()


def test_a_backup_under_load_holds_what_was_acknowledged_and_is_restored(
    database: Database, another: Database, settings: Settings, tmp_path: Path
) -> None:
    writers, file = Writers(database), tmp_path / "klei.backup"
    with writers.at_work():
        before = dict(writers.acknowledged)
        result = app_of(settings, database).invoke(args=["backup", str(file)])
        assert result.exit_code == 0, result.output
        writers.wait_for(20)  # the writers were not stopped by it
    assert file.stat().st_mode & 0o077 == 0  # what people wrote is for the owner of the file alone
    result = app_of(settings, another).invoke(args=["restore", str(file)])
    assert result.exit_code == 0, result.output
    assert "the journal holds" in result.output
    found = stored(another)
    assert {key: found.get(key) for key in before} == before
    assert found.items() <= writers.acknowledged.items()  # a state that was, and no other
    with another.writing() as session:  # the refusals of the database are there as well
        sitting = session.scalars(sa.select(Sitting)).first()
        assert sitting
        sitting.state, sitting.sealed_at = SittingState.SEALED, sitting.deadline_at
    with pytest.raises(sa.exc.DBAPIError, match="sealed"), another.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == sitting.id).values(writer_epoch=9))


def test_a_backup_overwrites_nothing(sqlite_database: Database, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "klei.backup"
    file.write_text("the backup of yesterday")
    result = app_of(settings, sqlite_database).invoke(args=["backup", str(file)])
    assert (result.exit_code, "exists already" in result.output) == (1, True)
    result = app_of(settings, sqlite_database).invoke(args=["backup", str(tmp_path / "no" / "folder")])
    assert (result.exit_code, "there is no folder" in result.output) == (1, True)
    assert file.read_text() == "the backup of yesterday"
    assert list(tmp_path.glob("*.part")) == []


def test_restoring_refuses_what_is_no_backup_and_leaves_what_is_there(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    with database.writing() as session:
        factories.person(session)
    file = tmp_path / "letter.txt"
    file.write_text("Dear all, " * 2000)
    for path in (file, tmp_path / "nothing"):
        result = app_of(settings, database).invoke(args=["restore", str(path)])
        assert result.exit_code == 1
        assert result.output.startswith("Error: Nothing was restored")
    assert count_rows(database, Person) == 1


def test_a_database_with_people_in_it_is_never_overwritten(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "klei.backup"
    runner = app_of(settings, database)
    runner.invoke(args=["backup", str(file)])
    with database.writing() as session:
        factories.person(session)
    result = runner.invoke(args=["restore", str(file)])
    if not database.is_sqlite:
        assert (result.exit_code, "is not empty" in result.output) == (1, True)
        assert count_rows(database, Person) == 1
        return
    assert result.exit_code == 0, result.output
    assert count_rows(database, Person) == 0
    (aside,) = tmp_path.glob("klei.sqlite3.until-*")
    kept = Database(f"sqlite:///{aside}")
    assert count_rows(kept, Person) == 1
    kept.dispose()


def test_a_database_that_is_in_use_is_not_replaced(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "klei.backup"
    app_of(settings, sqlite_database).invoke(args=["backup", str(file)])
    service = Database(str(sqlite_database.url))
    with service.writing() as session:
        factories.person(session)
    result = app_of(settings, sqlite_database).invoke(args=["restore", str(file)])
    assert (result.exit_code, "stop the service" in result.output) == (1, True)
    assert count_rows(service, Person) == 1
    service.dispose()


def test_a_backup_of_an_older_release_says_what_to_run_next(
    app: Flask, sqlite_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "klei.backup"
    runner = app.test_cli_runner()
    runner.invoke(args=["backup", str(file)])
    older = Database(f"sqlite:///{file}")
    with older.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    older.dispose()
    result = runner.invoke(args=["restore", str(file)])
    assert (result.exit_code, "db upgrade" in result.output) == (0, True)


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database: Database) -> Database:
    """Both databases; PostgreSQL with the programs of its own release."""
    if not database.is_sqlite:
        server = request.getfixturevalue("postgresql_server")
        monkeypatch.setenv("PATH", f"{server.bin_path}{os.pathsep}{os.environ['PATH']}")
    return database


@pytest.fixture
def another(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Database]:
    """A place to restore into: nothing is there yet."""
    if database.is_sqlite:
        found = Database(f"sqlite:///{tmp_path / 'another' / 'klei.sqlite3'}")
        yield found
        found.dispose()
        return
    server, name = request.getfixturevalue("postgresql_server"), f"another_{os.urandom(6).hex()}"
    server.psql(f"CREATE DATABASE {name};")
    found = Database(server.get_uri(name, driver="psycopg"))
    yield found
    found.dispose()
    server.psql(f"DROP DATABASE {name} WITH (FORCE);")
