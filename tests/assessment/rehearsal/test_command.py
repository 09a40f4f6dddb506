"""The commands of rehearsals, and what they say."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from assessment import create_app
from assessment.database import Database
from assessment.services import rehearsals
from assessment.settings import Settings
from tests.assessment.rehearsal.test_course import a_centre
from tests.journeys.stage import serving


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


QUICK = ("--participants", "2", "--assessors", "2", "--speed", "200", "--minutes", "0.5", "--rated", "0")


def test_the_command_rehearses_writes_its_figures_and_removes_the_copy(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    a_centre(sqlite_database)
    app = create_app(settings, sqlite_database)
    target = tmp_path / "figures.json"
    with serving(app) as base:
        result = run(app, "rehearse", "--url", base, *QUICK, "--json", str(target))
    assert result.exit_code == 0, result.output
    assert "no difference" in result.output
    figures = json.loads(target.read_text())
    assert figures["is_right"]
    assert figures["saves_acknowledged"] == figures["requests"]["save"]["count"] == 2 * 3 * 6
    assert figures["requests"]["save"]["p99_ms"] >= figures["requests"]["save"]["p50_ms"] > 0
    with sqlite_database.reading() as session:
        assert rehearsals.list_all(session) == []


def test_a_copy_that_was_kept_is_listed_and_removed(sqlite_database: Database, settings: Settings) -> None:
    source = a_centre(sqlite_database)
    app = create_app(settings, sqlite_database)
    with serving(app) as base:
        assert run(app, "rehearse", "--url", base, *QUICK, "--keep").exit_code == 0
    with sqlite_database.reading() as session:
        (kept,) = rehearsals.list_all(session)
    assert str(kept.id) in run(app, "rehearsals", "list").output
    refused = run(app, "rehearsals", "remove", str(source))
    assert refused.exit_code == 1
    assert "not a rehearsal" in refused.output
    assert run(app, "rehearsals", "remove", str(kept.id)).exit_code == 0
    assert run(app, "rehearsals", "list").output == ""


@pytest.mark.parametrize(
    ("url", "says"), [("http://127.0.0.1:9", "Nothing answers"), ("klei.example", "is not an address")]
)
def test_without_a_service_nothing_is_made(
    sqlite_database: Database, settings: Settings, url: str, says: str
) -> None:
    a_centre(sqlite_database)
    result = run(create_app(settings, sqlite_database), "rehearse", "--url", url)
    assert result.exit_code == 1
    assert says in result.output
    with sqlite_database.reading() as session:
        assert rehearsals.list_all(session) == []


def test_a_service_with_another_database_is_told_and_the_copy_removed(
    sqlite_database: Database, postgresql_database: Database, settings: Settings
) -> None:
    a_centre(sqlite_database)
    with serving(create_app(settings, postgresql_database)) as base:
        result = run(create_app(settings, sqlite_database), "rehearse", "--url", base, *QUICK)
    assert result.exit_code == 1
    assert "another database" in result.output
    with sqlite_database.reading() as session:
        assert rehearsals.list_all(session) == []
