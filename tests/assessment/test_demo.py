"""The demo: made once, kept on a second start, made anew when its making was broken off."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assessment import demo, fonts
from assessment.database import Database
from assessment.models.person import Person
from tests import factories


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(fonts, "ensure", lambda folder: None)
    monkeypatch.setattr(demo, "build", _one_person)
    return {
        "KLEI_DATABASE_URL": f"sqlite:///{tmp_path / 'klei.sqlite3'}",
        "KLEI_DATA": str(tmp_path),
        "KLEI_BASE_URL": "http://klei.test",
    }


def _one_person(database: Database, base_url: str) -> None:
    with database.writing() as session:
        factories.person(session, name="Half Made")


def people(env: dict[str, str]) -> int | None:
    database = Database(env["KLEI_DATABASE_URL"])
    with database.reading() as session:
        found = session.scalar(sa.select(sa.func.count()).select_from(Person))
    database.dispose()
    return found


def test_a_second_start_keeps_the_data(env: dict[str, str]) -> None:
    assert demo.prepare(env) is True
    assert demo.prepare(env) is False
    assert people(env) == 1


def test_a_demo_that_was_broken_off_is_made_anew(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*given: Any) -> None:
        _one_person(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo, "build", broken_off)
        with pytest.raises(KeyboardInterrupt):
            demo.prepare(env)
    assert people(env) == 1
    assert demo.prepare(env) is True
    assert people(env) == 1
