"""The migrations make the tables of the models, up and down, on both databases; and the refusals with them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import exercises
from assessment import migrations
from assessment.database import Base, Database
from assessment.models import answer, freezing
from exercises import content


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield database
        database.dispose()
        return
    server: Any = request.getfixturevalue("postgresql_server")
    name = f"empty_{tmp_path.name[-20:].replace('-', '_').lower()}"
    server.psql(f'CREATE DATABASE "{name}";')
    database = Database(server.get_uri(name, driver="psycopg"))
    yield database
    database.dispose()
    server.psql(f'DROP DATABASE "{name}" WITH (FORCE);')


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": Base.metadata}
        )
        return list(compare_metadata(context, Base.metadata))


def refusals(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.engine.connect() as connection:
        return set(connection.scalars(sa.text(query)))


def test_the_migrations_make_exactly_the_tables_of_the_models(empty: Database) -> None:
    assert not migrations.is_current(empty)
    migrations.upgrade(empty)
    assert migrations.is_current(empty)
    assert differences(empty) == []
    assert refusals(empty) == {rule.name for rule in freezing.RULES}


def test_the_migrations_go_down_to_nothing_and_up_again(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert set(sa.inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    assert refusals(empty) == set()
    migrations.upgrade(empty)
    assert differences(empty) == []


def test_the_view_of_answers_is_the_one_that_the_model_defines(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.writing_engine.begin() as connection:
        migrated = view(connection)
        answer.create(connection)
        assert view(connection) == migrated


def view(connection: sa.Connection) -> str:
    if connection.dialect.name == "sqlite":
        found = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'answer'"))
    else:
        found = connection.scalar(sa.text("SELECT pg_get_viewdef('answer'::regclass)"))
    return " ".join(str(found).split())


def test_what_was_written_before_there_were_tasks_keeps_its_place_up_and_down(empty: Database) -> None:
    migrations.upgrade(empty, "0007")
    exercise = content.shipped()["stavoord-in-tray"]
    one, other = "1" * 32, "2" * 32
    with empty.writing_engine.begin() as connection:
        _before_tasks(connection, exercise, one, tasks=("M01", "M01.sent.1", "a task of an older release"))
        _before_tasks(connection, exercise, other, tasks=("M01",))
    migrations.upgrade(empty, "0008")
    with empty.engine.connect() as connection:
        stored = dict(connection.execute(sa.text("SELECT name, is_final FROM task")).all())
        assert {task.name for task in _kind(exercise).tasks(exercise)} | {"a task of an older release"} == {
            *stored
        }
        assert stored["M01.sent.1"]
        assert not stored["M01"]
        assert set(connection.execute(sa.text("SELECT version_hash FROM revision")).scalars()) == {
            exercise.hash
        }
        assert connection.scalar(sa.text("SELECT count(*) FROM answer")) == 4
    assert "task_is_kept" in refusals(empty)
    migrations.downgrade(empty, "0007")
    with empty.writing_engine.begin() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM revision WHERE body = '\"text\"'")) == 4
        connection.execute(sa.text("UPDATE revision SET body = '' WHERE task = 'M01.sent.1'"))  # G9
    with (
        pytest.raises(sa.exc.DBAPIError, match="revision_is_only_added_to"),
        empty.writing_engine.begin() as connection,
    ):
        connection.execute(sa.text("UPDATE revision SET task = 'M02'"))


def _kind(exercise: content.Exercise) -> Any:
    return exercises.get(exercise.kind)


def _before_tasks(
    connection: sa.Connection, exercise: content.Exercise, sitting: str, tasks: tuple[str, ...]
) -> None:
    """A sitting and its revisions as the first tables had them; what they refer to is left out where it may be."""
    at = "2026-03-03 12:00:00" + ("" if connection.dialect.name == "sqlite" else "+00")

    def insert(table: str, **values: Any) -> None:
        neutral = {
            "TEXT": "",
            "VARCHAR": "",
            "INTEGER": 1,
            "DOUBLE": 1.0,
            "DOUBLE PRECISION": 1.0,
            "BOOLEAN": False,
        }
        for column in sa.inspect(connection).get_columns(table):
            if not column["nullable"] and column["name"] not in values and column["name"] != "id":
                values[column["name"]] = neutral[str(column["type"])]
        connection.execute(
            sa.text(
                f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(f':{v}' for v in values)})"
            ),
            values,
        )

    if not connection.scalar(sa.text("SELECT count(*) FROM exercise_version")):
        document = json.dumps(exercise.document())
        insert("exercise_version", hash=exercise.hash, document=document, stored_at=at)
    insert("programme", id=sitting, purpose="development", state="running", created_at=at)
    insert("centre", id=sitting, programme_id=sitting, state="draft", created_at=at)
    insert("centre_exercise", id=sitting, centre_id=sitting, version_hash=exercise.hash)
    insert("person", id=sitting, email=f"{sitting}@example.org", language="en", created_at=at)
    insert("seat", centre_id=sitting, person_id=sitting, seat="participant")
    insert("enrolment", id=sitting, centre_id=sitting, person_id=sitting, state="active", created_at=at)
    insert(
        "sitting",
        id=sitting,
        enrolment_id=sitting,
        centre_exercise_id=sitting,
        version_hash=exercise.hash,
        code=sitting,
        state="ready",
    )
    for number, task in enumerate(tasks, 1):
        insert(
            "revision",
            sitting_id=sitting,
            task=task,
            number=1,
            kind="main",
            body='"text"',
            client_id="c",
            client_seq=number,
            arrived_at=at,
        )


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert differences(empty) == []
