"""The administrator follows the ratings: what is in and missing, never a mark; and leaves out what was interrupted."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Exclusion
from assessment.models.person import Person
from assessment.models.rating import Assignment, Integration, Round
from assessment.models.sitting import Sitting
from assessment.services import integrations
from tests import factories
from tests.assessment.pages.test_administrator import address, check_page
from tests.assessment.query_count import counting
from tests.assessment.room import Room
from tests.conftest import log_in
from tests.factories import NOON

CASE = {"S1": 3, "S2": 3, "L3": 3}
NOTE = "a telling note"


@pytest.fixture
def room(sqlite_database: Database, client: FlaskClient) -> Room:
    made = Room(sqlite_database)
    log_in(client, made.administrator)
    return made


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    check_page(answer.text)
    return answer.text


def test_ratings_are_counted_and_never_shown(client: FlaskClient, room: Room) -> None:
    here = address(room.centre, "ratings/")
    assert "0 of 2 submitted" in page(client, here)
    room.rate(0, CASE, note=NOTE)
    text = page(client, here)
    assert "Sanne van der Molen" in text
    assert "1 of 2 submitted" in text
    assert "Not all ratings are in." in text
    assert "Jan Beoordelaar" not in text
    room.rate(1, CASE)
    text = page(client, here)
    assert "integration open" in text
    assert NOTE not in text


def test_one_assessor_only_is_marked(client: FlaskClient, room: Room) -> None:  # rule M5
    with room.database.writing() as session:
        session.delete(session.get_one(Assignment, room.assignment(1)))
    assert "one assessor only" in page(client, address(room.centre, "ratings/"))


def test_another_responsible_assessor_is_named_until_it_is_signed(client: FlaskClient, room: Room) -> None:
    for who in (0, 1):
        room.rate(who, CASE)
    here = address(room.centre, f"ratings/{room.enrolment.id}/responsible")
    other = room.people[1 - room.responsible()]
    assert "Name another" in page(client, address(room.centre, "ratings/"))
    assert client.post(here, data={"assessor": str(other.id), "reason": "ill"}).status_code == 303
    assert room.people[room.responsible()].id == other.id
    for wrong in ("x", "", str(uuid4()), str(room.people[2].id)):
        assert client.post(here, data={"assessor": wrong}).status_code == 404
    elsewhere = address(room.centre, f"ratings/{uuid4()}/responsible")
    assert client.post(elsewhere, data={"assessor": str(other.id)}).status_code == 404
    with room.database.writing() as session:
        made = session.scalars(sa.select(Integration)).one()
        integrations.sign(session, made.id, by=room.by[room.responsible()])
    first = room.people[1 - room.responsible()]
    assert client.post(here, data={"assessor": str(first.id)}).status_code == 303
    text = page(client, address(room.centre, "ratings/"))
    assert "signed and can no longer change" in text
    assert "Name another" not in text


def test_a_waiting_adjudication_is_given_or_says_what_to_do(client: FlaskClient, room: Room) -> None:
    with room.database.writing() as session:
        session.add(Exclusion(enrolment_id=room.enrolment.id, assessor_id=room.people[2].id, created_at=NOON))
    room.rate(0, {**CASE, "S1": 1})
    room.rate(1, {**CASE, "S1": 4})
    here = address(room.centre, "ratings/")
    text = page(client, here)
    assert "Adjudications without an assessor" in text
    assert "Nobody may do it" in text
    (waiting,) = room.adjudications()
    give = f"{here}adjudications/{waiting.id}/assign"
    assert client.post(give, data={"assessor": str(room.people[2].id)}).status_code == 303
    assert "cannot adjudicate here" in page(client, here)
    assert client.post(give, data={"assessor": "nobody"}).status_code == 404
    assert (
        client.post(f"{here}adjudications/{uuid4()}/assign", data={"assessor": str(uuid4())}).status_code
        == 404
    )
    with room.database.writing() as session:
        session.execute(sa.delete(Exclusion))
    assert "Derde Oog" in page(client, here)
    assert client.post(give, data={"assessor": str(room.people[2].id)}).status_code == 303
    assert "adjudication under way" in page(client, here)
    with room.database.reading() as session:
        assert session.scalars(sa.select(Assignment.assessor_id).filter_by(round=Round.ADJUDICATION)).all()


def test_the_list_is_filtered_and_sorted_without_scripts(client: FlaskClient, room: Room) -> None:
    here = address(room.centre, "ratings/")
    assert "Sanne" in page(client, f"{here}?step=ratings&sort=step&q=molen")
    for query in ("step=report", "step=<x>", "q=nobody"):
        text = page(client, f"{here}?{query}")
        assert "Sanne" not in text
        assert "Nobody matches." in text
    assert "Sanne" in page(client, f"{here}?sort=colour")


def test_an_interrupted_exercise_is_left_out_and_counts_again(client: FlaskClient, room: Room) -> None:
    here = address(room.centre, f"participants/{room.enrolment.id}")
    one = f"{here}/sittings/{room.sittings['E5']}"
    assert "Leave E5 out" in page(client, here)
    assert client.post(f"{one}/exclude", data={"reason": " "}).status_code == 303
    assert "Write what interrupted the exercise" in page(client, here)
    assert client.post(f"{one}/exclude", data={"reason": "<b>Fire</b> drill, 12 min"}).status_code == 303
    text = page(client, here)
    assert "&lt;b&gt;Fire&lt;/b&gt; drill" in text
    assert "left out" in page(client, address(room.centre, "ratings/"))
    assert client.post(f"{one}/include").status_code == 303
    with room.database.reading() as session:
        assert not session.get_one(Sitting, room.sittings["E5"]).is_excluded
    assert client.post(f"{here}/sittings/{uuid4()}/exclude", data={"reason": "x"}).status_code == 404
    assert client.post(f"{here}/sittings/{uuid4()}/include").status_code == 404


def test_empty_draft_and_dutch_pages_are_whole(client: FlaskClient, room: Room) -> None:
    with room.database.writing() as session:
        administrator = session.get_one(Person, room.administrator.id)
        administrator.language = "nl"
        empty = factories.centre(session)
    log_in(client, administrator)
    assert "Er is nog niets te beoordelen" in page(client, address(empty, "ratings/"))
    assert "0 van 2 ingediend" in page(client, address(room.centre, "ratings/"))
    assert "niet laten meetellen" in page(client, address(room.centre, f"participants/{room.enrolment.id}"))


def test_the_page_takes_as_many_queries_for_many_as_for_few(client: FlaskClient, room: Room) -> None:
    here = address(room.centre, "ratings/")
    counts = []
    for n in (1, 60):
        with room.database.writing() as session:
            for _ in range(n):
                factories.enrolment(session, session.get_one(Centre, room.centre.id))
        page(client, here)
        with counting(room.database) as count:
            page(client, here)
        counts.append(count.n)
    assert counts[0] == counts[1]
