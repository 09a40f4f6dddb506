"""The health page tells everybody one word, and the administrator of the installation everything."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment import worker
from assessment.database import Database
from assessment.models.person import RoleName
from assessment.settings import Settings
from tests import factories
from tests.conftest import log_in


def test_anybody_learns_one_word(client: FlaskClient, sqlite_database: Database, settings: Settings) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
    answer = client.get("/health/service")
    assert (answer.status_code, answer.text) == (503, "not ok\n")  # no worker is at work
    worker.perform(worker.DUTIES[0], sqlite_database, settings)
    assert client.get("/health/service").status_code == 503  # the answer is remembered for a moment
    client.application.extensions["klei_health"].clear()
    assert client.get("/health/service").text == "ok\n"


def test_the_administrator_of_the_installation_reads_what_is_wrong_in_either_language(
    app: Flask, client: FlaskClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        person = factories.person(session, language="nl")
        factories.role(session, person, RoleName.ADMINISTRATOR)
    page = log_in(client, person).get("/administrator/health/").text
    assert "SQLite antwoordt, en de tabellen zijn die van deze versie." in page
    assert "Draait er een?" in page
    assert "Gezondheid van de dienst" in client.get("/administrator/").text


@pytest.mark.parametrize("role", [RoleName.ADMINISTRATOR, RoleName.HR])
def test_whoever_has_a_role_in_one_programme_does_not_see_the_installation(
    client: FlaskClient, sqlite_database: Database, role: RoleName
) -> None:
    with sqlite_database.writing() as session:
        person = factories.person(session)
        factories.role(session, person, role, programme_id=factories.programme(session).id)
    assert log_in(client, person).get("/administrator/health/").status_code == 404
