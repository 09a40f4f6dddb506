"""The commands for authors, and an imported exercise on its way to a centre."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import exercises
from assessment.database import Database
from assessment.models.centre import CentreState
from assessment.models.person import RoleName
from assessment.services import centres, shelf, versions
from assessment.settings import Settings, read
from exercises import content
from exercises.content import SHELF
from tests import factories
from tests.conftest import log_in


@pytest.fixture
def pack(app: Flask, tmp_path: Path) -> Path:
    """The pack of an exercise of somebody's own."""
    folder = tmp_path / "made" / "own-reflection"
    shutil.copytree(SHELF / "stavoord-reflection", folder)
    to = tmp_path / "own.zip"
    result = app.test_cli_runner().invoke(args=["content", "export", str(folder), "--to", str(to)])
    assert result.exit_code == 0, result.output
    return to


def test_an_imported_exercise_is_on_the_shelf_and_in_a_centre(
    app: Flask, client: FlaskClient, sqlite_database: Database, pack: Path
) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["content", "import", str(pack)])
    assert first.output.startswith("On the shelf: own-reflection, version 2")
    assert "already" in runner.invoke(args=["content", "import", str(pack)]).output
    with sqlite_database.writing() as session:
        person = factories.person(session)
        factories.role(session, person, RoleName.ADMINISTRATOR)
        centre = factories.centre(session, state=CentreState.DRAFT)
        by = factories.actor(session, person)
        centres.set_exercises(session, centre, ["stavoord-case", "own-reflection"], by=by)
        (_, entry) = centre.exercises
        assert versions.get(session, entry.version_hash) == shelf.all_of_it(session)["own-reflection"]
    log_in(client, person)
    assert "/administrator/exercises/own-reflection/" in client.get("/administrator/exercises/").text
    seen = client.get("/administrator/exercises/own-reflection/nl/assessor").text
    assert "Voorbeeldantwoord" in seen
    again = runner.invoke(
        args=["content", "export", "own-reflection", "--to", str(pack.parent / "again.zip")]
    )
    assert again.exit_code == 0
    assert (pack.parent / "again.zip").read_bytes() == pack.read_bytes()


def test_what_cannot_be_exported_or_imported_is_told_and_changes_nothing(
    app: Flask, settings: Settings, pack: Path
) -> None:
    runner = app.test_cli_runner()
    pack.write_bytes(pack.read_bytes()[:-9])
    for args, told in (
        (["import", str(pack)], "Nothing was imported from own.zip"),
        (["export", "nothing"], "no exercise nothing"),
        (["export", "stavoord-case", "--to", str(pack)], "is there already"),
    ):
        result = runner.invoke(args=["content", *args])
        assert result.exit_code == 1
        assert told in result.output
    folder = settings.content_folder
    assert not folder.exists() or not list(folder.iterdir())


def test_own_exercises_live_beside_the_data_or_where_a_setting_says(tmp_path: Path) -> None:
    given = {"KLEI_SECRET_KEY": "a" * 20, "KLEI_DATA": str(tmp_path)}
    assert read(given).content_folder == tmp_path / "content"
    assert read({**given, "KLEI_CONTENT": "/srv/exercises"}).content_folder == Path("/srv/exercises")


@pytest.mark.parametrize("kind", exercises.names())
def test_a_beginning_of_every_kind_passes_the_check_and_can_be_packed(
    app: Flask, tmp_path: Path, kind: str
) -> None:
    runner, folder = app.test_cli_runner(), tmp_path / "my-exercise"
    for args in (
        ["new", kind, str(folder)],
        ["check", str(folder)],
        ["export", str(folder), "--to", str(tmp_path / "mine.zip")],
        ["import", str(tmp_path / "mine.zip")],
    ):
        result = runner.invoke(args=["content", *args])
        assert result.exit_code == 0, result.output
    made = content.read(folder)
    assert (made.kind, made.id, made.version) == (kind, "E90", 1)
    assert (made.title("en"), made.title("nl")) == ("New exercise", "Nieuwe opdracht")
    assert not made.structure.get("untimed")
    assert bool(made.rated) is (kind not in ("planning", "judgement")), (
        "what people rate is rated from the start"
    )
    for rated in made.rubric.dimensions if made.rubric else ():
        assert len(rated.anchors) == 5
        assert {one.sign for one in rated.checklist} == {"+", "-"}
    again = runner.invoke(args=["content", "new", kind, str(folder)])
    assert again.exit_code == 1
    assert "cannot be made" in again.output


def test_a_beginning_needs_a_kind_and_a_name_of_its_own(app: Flask, tmp_path: Path) -> None:
    for kind, name, told in (
        ("telepathy", "mine", "use one of"),
        ("reflection", "My Exercise", "small letters"),
        ("reflection", "stavoord-case", "another name"),
    ):
        result = app.test_cli_runner().invoke(args=["content", "new", kind, str(tmp_path / name)])
        assert result.exit_code == 1
        assert told in result.output
    assert not list(tmp_path.glob("*/exercise.yaml"))
