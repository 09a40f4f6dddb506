"""The commands for setting up."""

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from assessment import create_app
from assessment.database import Database
from assessment.models.person import Person, Role
from assessment.settings import Settings
from exercises.content import SHELF
from tests.conftest import count_rows

ANNA = ["init", "--email", "anna@example.org", "--name", "Anna"]


def test_the_first_administrator_gets_a_link_that_works(
    app: Flask, client: FlaskClient, sqlite_database: Database
) -> None:
    result = app.test_cli_runner().invoke(args=ANNA)
    assert result.exit_code == 0
    found = re.search(r"http://klei\.test(/link/\S+)", result.output)
    assert found
    new = {"password": "klaver vijver trommel", "again": "klaver vijver trommel"}
    assert client.post(found[1], data=new).status_code == 303
    assert client.get("/").location == "/administrator/"


def test_a_second_first_administrator_is_refused(app: Flask, sqlite_database: Database) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=ANNA)
    result = runner.invoke(args=["init", "--email", "bob@example.org", "--name", "Bob"])
    assert result.exit_code == 1
    assert "already" in result.output
    assert count_rows(sqlite_database, Person) == count_rows(sqlite_database, Role) == 1


@pytest.mark.parametrize(
    "options",
    [["--password", "short"], ["--password", "password1234"], ["--email", "nobody"], ["--name", " "]],
)
def test_what_cannot_be_used_is_told_and_nothing_is_made(
    app: Flask, sqlite_database: Database, options: list[str]
) -> None:
    result = app.test_cli_runner().invoke(args=[*ANNA, *options])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert count_rows(sqlite_database, Person) == 0


def test_it_asks_for_what_was_not_given_and_takes_a_password(app: Flask, sqlite_database: Database) -> None:
    result = app.test_cli_runner().invoke(
        args=["init", "--password", "klaver vijver trommel", "--language", "nl"],
        input="anna@example.org\nAnna\n",
    )
    assert "http://klei.test/login" in result.output
    with sqlite_database.reading() as session:
        made = session.scalars(sa.select(Person)).one()
    assert made.password_hash
    assert made.language == "nl"


def test_the_shipped_exercises_pass_their_check(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["content", "check", str(SHELF)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("exercise.yaml", "kind: case_study", "kind: telepathy"),
        ("exercise.yaml", "minutes: 55", ""),
        ("exercise.yaml", "id: E5", "id: ["),
        ("text.nl.yaml", "title:", "titel:"),
        ("rubric.yaml", "dimensions:", "dimension:"),
        ("rubric.yaml", 'sign: "+"', 'sign: "?"'),
    ],
)
def test_a_broken_folder_is_named_with_what_to_change(
    app: Flask, tmp_path: Path, file: str, old: str, new: str
) -> None:
    folder = tmp_path / "stavoord-case"
    shutil.copytree(SHELF / "stavoord-case", folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    for path in (folder, tmp_path):
        result = app.test_cli_runner().invoke(args=["content", "check", str(path)])
        assert result.exit_code == 1
        assert "stavoord-case" in result.output
        assert "Traceback" not in result.output


def test_a_folder_without_exercises_is_an_error(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(args=["content", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "no exercise.yaml" in result.output


@pytest.mark.parametrize("command", [ANNA, ["sweep"], ["verify-journal"], ["worker"]])
def test_without_tables_a_command_says_what_to_run_first(
    settings: Settings, tmp_path: Path, command: list[str]
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nothing.sqlite3'}")
    result = create_app(settings, database).test_cli_runner().invoke(args=command)
    database.dispose()
    assert result.exit_code == 1
    assert "db upgrade" in result.output


def test_the_journal_is_found_whole_and_a_change_is_found_out(app: Flask, sqlite_database: Database) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=ANNA)
    assert runner.invoke(args=["verify-journal"]).exit_code == 0
    with sqlite_database.writing() as session:
        session.execute(sa.text("DROP TRIGGER event_is_only_added_to"))
        session.execute(sa.text("UPDATE event SET action = 'something else'"))
    result = runner.invoke(args=["verify-journal"])
    assert result.exit_code == 1
    assert "was changed" in result.output
