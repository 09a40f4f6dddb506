"""Practising: a small exercise for each kind of the centre, answered from what the page sends, and stored nowhere."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Revision
from assessment.services import practice
from exercises.content import shipped
from tests import factories
from tests.conftest import log_in

ROUND = {"p": "4.5", "q": "300", "option": "a", "text": "More buyers"}
PLAN = {"J1.crew": "B", "J1.start": 1, "J2.crew": "A", "J2.start": 3}


def taking_part(database: Database, *slugs: str) -> tuple[Person, UUID]:
    with database.writing() as session:
        person = factories.person(session)
        enrolment = factories.enrolment(session, factories.centre(session, *slugs), person)
        session.commit()
        return person, enrolment.id


def ask(client: FlaskClient, enrolment: UUID, kind: str, **body: Any) -> Any:
    return client.post(f"/participant/enrolments/{enrolment}/practice/{kind}/arrivals", json=body)


def test_the_kinds_of_the_centre_can_be_practised_and_no_others(
    client: FlaskClient, sqlite_database: Database
) -> None:
    person, enrolment = taking_part(sqlite_database, "stavoord-game", "stavoord-planning")
    log_in(client, person)
    page = client.get(f"/participant/enrolments/{enrolment}/practice").text
    assert page.index("sandwich stand") < page.index("two crews")
    assert "canteen" not in page
    assert client.get(f"/participant/enrolments/{enrolment}/practice/game").status_code == 200
    assert client.get(f"/participant/enrolments/{enrolment}/practice/case_study").status_code == 404
    client.post(f"/participant/enrolments/{enrolment}/practice")
    assert "Go to the practice exercises" not in client.get("/participant/").text


def test_a_round_is_played_from_what_the_page_sends_and_nothing_is_stored(
    client: FlaskClient, sqlite_database: Database
) -> None:
    person, enrolment = taking_part(sqlite_database, "stavoord-game")
    log_in(client, person)
    answer = ask(client, enrolment, "game", written=[{"task": "round.1", "value": ROUND, "minute": 0}])
    assert answer.status_code == 200
    assert "You sold 300 sandwiches and threw 0 away." in answer.text
    with sqlite_database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Revision)) == 0
    assert "You sold" not in client.get(f"/participant/enrolments/{enrolment}/practice/game").text


def test_what_is_no_answer_is_passed_over(client: FlaskClient, sqlite_database: Database) -> None:
    person, enrolment = taking_part(sqlite_database, "stavoord-game")
    log_in(client, person)
    odd: list[Any] = [
        None,
        7,
        "x",
        {},
        {"task": "round.1", "value": {"p": 99}},
        {"task": ["x"], "minute": True},
    ]
    for body in (
        {},
        {"written": odd, "minute": "soon", "have": 3},
        {"minute": 10**400},
        {"minute": float("nan")},
    ):
        answer = ask(client, enrolment, "game", **body)
        assert answer.status_code == 200
        assert "data-practice-moment" in answer.text


def test_another_persons_practice_is_not_there(client: FlaskClient, sqlite_database: Database) -> None:
    _, enrolment = taking_part(sqlite_database, "stavoord-game")
    stranger, _ = taking_part(sqlite_database, "stavoord-case")
    log_in(client, stranger)
    assert client.get(f"/participant/enrolments/{enrolment}/practice").status_code == 404
    assert ask(client, enrolment, "game").status_code == 404


def test_time_passes_to_the_minute_at_which_something_arrives() -> None:
    exercise = shipped()["practice-planning"]
    written = [{"task": "first", "value": PLAN, "minute": 0}]
    before = practice.moment(exercise, "nl", written, 0.0)
    assert before.next_minute == exercise.structure["update"]["minute"]
    after = practice.moment(exercise, "nl", written, before.next_minute)
    assert after.view["is_updated"]
    assert after.view["final"] == PLAN
    assert after.next_minute is None


def test_every_practice_exercise_is_untimed_short_and_scores_nothing() -> None:
    found = [exercise for exercise in shipped().values() if exercise.id == "E0"]
    assert len({exercise.kind for exercise in found}) == len(found) >= 7
    for exercise in found:
        assert exercise.structure["untimed"] is True
        assert exercise.dimensions == ()
        assert exercise.minutes <= 10
        assert not any("Stavoord" in str(dict(exercise.text(language))) for language in ("en", "nl"))


def test_the_message_that_comes_later_comes_when_time_passes_and_then_the_last_part() -> None:
    exercise = shipped()["practice-in-tray"]
    minutes, now = [], practice.moment(exercise, "en", (), 0.0)
    while now.next_minute is not None:
        minutes.append(now.next_minute)
        now = practice.moment(exercise, "en", (), now.next_minute)
    assert minutes == [2.0, 4.0]
    assert {"M04", "closing"} <= {*now.view["parts"]}


def test_the_dossier_can_be_read_where_an_exercise_plays_in_it(
    client: FlaskClient, sqlite_database: Database
) -> None:
    person, enrolment = taking_part(sqlite_database, "stavoord-game")
    log_in(client, person)
    page = client.get(f"/participant/enrolments/{enrolment}/dossier")
    assert page.status_code == 200
    assert "Legnica" in page.text
    stranger, _ = taking_part(sqlite_database, "stavoord-case")
    log_in(client, stranger)
    assert client.get(f"/participant/enrolments/{enrolment}/dossier").status_code == 404


def test_what_to_expect_is_read_before_the_notice_is_accepted_and_by_nobody_else(
    client: FlaskClient, sqlite_database: Database
) -> None:
    person, enrolment = taking_part(sqlite_database, "stavoord-judgement")
    with sqlite_database.writing() as session:
        other = factories.person(session)
        session.get_one(Enrolment, enrolment).notice_accepted_at = None
        session.commit()
    address = f"/participant/enrolments/{enrolment}/orientation"
    log_in(client, person)
    assert address in client.get("/participant/").text
    page = client.get(address).text
    assert "Do what you would do at work." in page
    assert f"/participant/enrolments/{enrolment}/notice" in page
    with client.session_transaction() as cookie:
        cookie["language"] = "nl"
    assert "Doe wat je op je werk zou doen." in client.get(address).text
    log_in(client, other)
    assert client.get(address).status_code == 404
