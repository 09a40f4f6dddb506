"""The shelf of exercises and their previews: the pages of a sitting and of a rating, with nobody's work in them."""

import pytest
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.event import Event
from assessment.models.person import RoleName
from assessment.models.sitting import Revision
from exercises.content import shipped
from tests import factories
from tests.conftest import count_rows, log_in

HOME = "/administrator/exercises/"


@pytest.fixture
def administrator(client: FlaskClient, sqlite_database: Database) -> FlaskClient:
    with sqlite_database.writing() as session:
        person = factories.person(session)
        factories.role(session, person, RoleName.ADMINISTRATOR)
    return log_in(client, person)


def test_the_shelf_tells_what_each_exercise_is(administrator: FlaskClient) -> None:
    page = administrator.get(HOME).text
    for exercise in shipped().values():
        assert f'href="{HOME}{exercise.slug}/"' in page
        assert exercise.hash[:8] in page
    assert page.count("provisional key</span>") == sum(bool(one.keyed) for one in shipped().values())


@pytest.mark.parametrize("slug", sorted(shipped()))
def test_every_exercise_is_seen_as_participant_and_assessor_in_both_languages(
    administrator: FlaskClient, sqlite_database: Database, slug: str
) -> None:
    before = count_rows(sqlite_database, Revision), count_rows(sqlite_database, Event)
    exercise = shipped()[slug]
    page = administrator.get(f"{HOME}{slug}/?minute=3").text
    for language in ("en", "nl"):
        for face in ("participant", "assessor"):
            address = f"{HOME}{slug}/{language}/{face}"
            for answers in ("sample", "none"):
                seen = administrator.get(f"{address}?minute={exercise.minutes}&answers={answers}")
                assert seen.status_code == 200
                assert f'<html lang="{language}">' in seen.text
                assert "frame-ancestors 'self'" in seen.headers["Content-Security-Policy"]
                assert "<form method" not in seen.text.replace('<form method="post" id="draft"', "").replace(
                    '<form method="dialog"', ""
                )
        assert f"{HOME}{slug}/{language}/participant?minute=3" in page
        assert exercise.title(language) in administrator.get(f"{HOME}{slug}/{language}/participant").text
    assert (count_rows(sqlite_database, Revision), count_rows(sqlite_database, Event)) == before


def test_a_minute_shows_what_has_arrived_by_then(administrator: FlaskClient) -> None:
    def arrived(minute: object) -> int:
        address = f"{HOME}stavoord-in-tray/en/participant?answers=none&minute={minute}"
        return administrator.get(address).text.count('"M')

    assert 0 < arrived(0) < arrived(20) < arrived(60)
    assert arrived(-5) == arrived("x") == arrived(0)
    assert arrived(10**9) == arrived(65)


def test_a_preview_can_be_played_and_keeps_nothing(
    administrator: FlaskClient, sqlite_database: Database
) -> None:
    address = f"{HOME}stavoord-in-tray/nl/"
    page = administrator.get(f"{address}participant?answers=none&minute=0").text
    assert f'data-practice-url="{address}arrivals?minute=0&amp;answers=none"' in page
    before = count_rows(sqlite_database, Event)
    answer = administrator.post(f"{address}arrivals?answers=none", json={"minute": 15, "have": ["M01"]})
    assert answer.status_code == 200
    assert "M13" in answer.text
    assert 'id="M01' not in answer.text
    assert count_rows(sqlite_database, Revision) == 0
    assert count_rows(sqlite_database, Event) == before


def test_what_is_not_on_the_shelf_is_not_found_and_only_administrators_look(
    client: FlaskClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        nobody, administrator = factories.person(session), factories.person(session)
        factories.role(session, administrator, RoleName.ADMINISTRATOR)
    log_in(client, administrator)
    for address in ("nothing/", "dossier/", "stavoord-case/fr/participant", "stavoord-case/en/hr"):
        assert client.get(HOME + address).status_code == 404
    assert "frame-ancestors 'none'" in client.get(HOME).headers["Content-Security-Policy"]
    log_in(client, nobody)
    for address in ("", "stavoord-case/", "stavoord-case/en/participant", "stavoord-case/nl/assessor"):
        assert client.get(HOME + address).status_code == 404
