"""The pages about what ratings are worth, and the two forms of participants."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from assessment import clock
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.evidence import Background, Gender, Reaction
from assessment.models.person import Person
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.rated import Rated, simulated
from tests.conftest import log_in
from tests.factories import NOON
from tests.working import run_next


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.at(NOON + timedelta(days=30)):
        yield


@pytest.fixture
def made(sqlite_database: Database) -> Rated:
    return simulated(sqlite_database, 30)[0]


@pytest.fixture
def whole(made: Rated, client: FlaskClient, settings: Settings) -> Rated:
    """With its figures computed."""
    log_in(client, made.administrator).post(at(made))
    assert run_next(made.database, settings)
    return made


def at(made: Rated, rest: str = "") -> str:
    return f"/administrator/centres/{made.centre.id}/evidence/{rest}"


def test_the_page_computes_shows_how_far_it_is_and_then_the_chapters(
    made: Rated, client: FlaskClient, settings: Settings
) -> None:
    log_in(client, made.administrator)
    assert "data-begin" in client.get(at(made)).text
    assert client.get(at(made, "state")).json == {
        "done": 1, "total": 1, "is_over": True, "words": "The figures are ready.",
    }  # fmt: skip
    assert client.post(at(made)).status_code == 303
    page = client.get(at(made)).text
    assert "data-job=" in page
    assert "data-begin" not in page
    state = client.get(at(made, "state")).json
    assert state
    assert state["is_over"] is False
    assert run_next(made.database, settings)
    page = client.get(at(made)).text
    assert "data-job=" not in page
    assert "What is not proven" in page
    assert all(one.name in page for one in made.assessors)


def test_a_failed_attempt_is_said_and_not_begun_again_by_itself(
    made: Rated, client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, made.administrator).post(at(made))
    monkeypatch.setattr("assessment.services.evidence.read", lambda *_given: 1 / 0)
    assert run_next(made.database, settings)
    page = client.get(at(made)).text
    assert "The last attempt to compute the figures failed." in page
    assert "data-begin " not in page


def test_what_is_taken_out_is_written_down(whole: Rated, client: FlaskClient, settings: Settings) -> None:
    fonts.put_into(settings.data_folder)
    log_in(client, whole.administrator)
    pdf = client.post(at(whole, "evidence.pdf"))
    assert pdf.data.startswith(b"%PDF")
    tables = client.post(at(whole, "tables.zip"))
    assert "figures.json" in zipfile.ZipFile(io.BytesIO(tables.data)).namelist()
    research = client.post(at(whole, "research.zip"), data={"purpose": "teaching", "permitted": "yes"})
    assert "ratings.csv" in zipfile.ZipFile(io.BytesIO(research.data)).namelist()
    assert client.post(at(whole, "research.zip"), data={"purpose": "teaching"}).status_code == 422
    with whole.database.reading() as session:
        actions = session.scalars(sa.select(Event.action).where(Event.action.like("%downloaded"))).all()
    assert sorted(actions) == ["evidence.downloaded", "evidence.downloaded", "research_set.downloaded"]


def test_each_role_reads_its_part(whole: Rated, client: FlaskClient) -> None:
    centre, person = whole.centre.id, whole.assessors[0]
    pages = (
        (person, f"/assessor/centres/{centre}/evidence/", "You mark"),
        (whole.hr, f"/hr/centres/{centre}/evidence/", "How strict, against the average"),
        (
            whole.people[0],
            f"/participant/enrolments/{whole.enrolments[0].id}/evidence",
            "Do assessors agree?",
        ),
    )
    for who, address, words in pages:
        page = log_in(client, who).get(address).text
        assert words in page
        assert not any(one.name in page for one in whole.assessors if one is not who)
        assert "data-begin" not in page
    assert f"/assessor/centres/{centre}/evidence/" in log_in(client, person).get("/assessor/").text
    assert f"/hr/centres/{centre}/evidence/" in log_in(client, whole.hr).get("/hr/").text
    page = log_in(client, person).get(f"/assessor/centres/{centre}/evidence/").text
    assert "seen by you and by the administrators" in page
    home = log_in(client, whole.people[0]).get("/participant/").text
    assert f"/participant/enrolments/{whole.enrolments[0].id}/evidence" in home


def test_the_figures_about_groups_are_on_a_page_of_their_own(whole: Rated, client: FlaskClient) -> None:
    assert "Groups of participants" in log_in(client, whole.administrator).get(at(whole, "groups")).text
    assert log_in(client, whole.hr).get(at(whole, "groups")).status_code == 404


def test_a_participant_says_what_the_centre_was_like(made: Rated, client: FlaskClient) -> None:
    address = f"/participant/enrolments/{made.enrolments[0].id}/reaction"
    log_in(client, made.people[0])
    assert "What was this centre like?" in client.get("/participant/").text
    assert "The exercises resembled the work of a manager." in client.get(address).text
    assert client.post(address, data={}).status_code == 422
    assert client.post(address, data={"value-work": "9"}).status_code == 422
    assert client.post(address, data={"value-work": "4", "remark": "More time"}).status_code == 303
    page = client.get(address).text
    assert "More time" in page
    assert client.post(f"{address}/take-back").status_code == 303
    with made.database.reading() as session:
        assert session.scalars(sa.select(Reaction.enrolment_id)).all() == []


def test_a_participant_says_something_about_themselves_or_not(made: Rated, client: FlaskClient) -> None:
    address = f"/participant/enrolments/{made.enrolments[0].id}/background"
    log_in(client, made.people[0])
    assert "I would rather not say" in client.get(address).text
    assert client.post(address, data={}).status_code == 422
    assert client.post(address, data={"gender": "queen"}).status_code == 422
    assert client.post(address, data={"gender": "woman"}).status_code == 303
    with made.database.reading() as session:
        assert session.scalars(sa.select(Background.gender)).all() == [Gender.WOMAN]
    assert client.post(f"{address}/skip").status_code == 303
    assert "See the questions" not in client.get("/participant/").text, "nobody is asked twice"
    assert client.post(f"{address}/take-back").status_code == 303
    assert "See the questions" in client.get("/participant/").text


def test_other_peoples_forms_and_figures_are_not_found(whole: Rated, client: FlaskClient, app: Flask) -> None:
    log_in(client, whole.people[0])
    for rest in ("reaction", "background", "evidence", "evidence/state"):
        address = f"/participant/enrolments/{whole.enrolments[1].id}/{rest}"
        assert client.get(address).status_code == 404, address
    stranger: Person = whole.people[1]
    assert log_in(client, stranger).get(at(whole)).status_code == 404
