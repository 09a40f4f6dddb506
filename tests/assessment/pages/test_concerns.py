"""The page of an exercise tells what is wrong and when it was cut off, over HTTP."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.concern import Concern
from assessment.models.person import Person
from assessment.models.presence import Presence
from assessment.services import concerns
from tests.assessment.services.test_concerns import Place
from tests.conftest import count_rows, log_in
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place(sqlite_database: Database, client: FlaskClient) -> Place:
    made = Place(sqlite_database)
    with sqlite_database.reading() as session:
        log_in(client, session.get_one(Person, made.by.person_id))
    return made


def test_a_concern_is_told_once_and_the_reply_comes_with_the_clock(client: FlaskClient, place: Place) -> None:
    told = {"client": "c1", "kind": "technical", "text": "My keyboard fails"}
    answer = client.post(f"/api/sittings/{place.first}/concerns", json=told)
    again = client.post(f"/api/sittings/{place.first}/concerns", json=told)
    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.json == again.json
    with place.database.writing() as session:
        centre = session.get_one(Centre, place.centre_id)
        concern_id = session.scalars(sa.select(Concern.id)).one()
        concerns.reply(
            session, centre, concern_id, "Take the other one.", is_done=True, by=place.administrator
        )
    state = client.get(f"/api/sittings/{place.first}/state").json
    assert state["concerns"] == [
        {
            "id": str(concern_id),
            "kind": "technical",
            "text": "My keyboard fails",
            "raised_at": NOON.isoformat(),
            "done": True,
            "replies": [{"text": "Take the other one.", "at": NOON.isoformat()}],
        }
    ]


@pytest.mark.parametrize(
    "posted",
    [
        None,
        [],
        "text",
        {},
        {"client": "c", "kind": "rating", "text": ""},
        {"client": "c", "kind": [], "text": ""},
        {"client": "", "kind": "other", "text": ""},
        {"client": "é", "kind": "other", "text": ""},
        {"client": "c" * 65, "kind": "other", "text": ""},
        {"client": "c", "kind": "other", "text": 5},
        {"client": "c", "kind": "other", "text": "x" * 1001},
    ],
)
def test_what_is_no_concern_is_refused_with_a_sentence(
    client: FlaskClient, place: Place, posted: Any
) -> None:
    answer = client.post(f"/api/sittings/{place.first}/concerns", json=posted)
    assert answer.status_code == 422
    assert answer.json["message"]
    assert count_rows(place.database, Concern) == 0


def test_signs_that_no_database_holds_do_not_keep_a_concern_away(client: FlaskClient, place: Place) -> None:
    told = {"client": "c", "kind": "other", "text": "half a letter \ud800 and a zero \x00"}
    answer = client.post(f"/api/sittings/{place.first}/concerns", json=told)
    assert (answer.status_code, answer.json["text"]) == (201, "half a letter ? and a zero")


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"client": "p", "spells": [1]},
        {"client": "p", "spells": [{"seq": 1, "kind": "away", "lasted_ms": 1, "ended_ms_ago": 1}]},
        {"client": "p", "spells": [{"seq": -1, "kind": "offline", "lasted_ms": 1, "ended_ms_ago": 1}]},
        {"client": "p", "spells": [{"seq": 1, "kind": "offline", "lasted_ms": 2**60, "ended_ms_ago": 1}]},
        {"client": "p", "spells": [{"seq": True, "kind": "offline", "lasted_ms": 1, "ended_ms_ago": 1}]},
        {"client": "p", "spells": [{"seq": 1, "kind": "offline", "lasted_ms": 1, "ended_ms_ago": 1}] * 51},
    ],
)
def test_what_is_no_spell_is_refused(client: FlaskClient, place: Place, posted: Any) -> None:
    assert client.post(f"/api/sittings/{place.first}/interruptions", json=posted).status_code == 422


def test_spells_are_taken_and_the_largest_number_breaks_nothing(client: FlaskClient, place: Place) -> None:
    spells = [
        {"seq": 1, "kind": "offline", "lasted_ms": 61_000, "ended_ms_ago": 500},
        {"seq": 2, "kind": "asleep", "lasted_ms": 2**53 - 1, "ended_ms_ago": 2**53 - 1},
    ]
    for new in (2, 0):
        answer = client.post(
            f"/api/sittings/{place.first}/interruptions", json={"client": "p", "spells": spells}
        )
        assert (answer.status_code, answer.json) == (200, {"new": new})


def test_another_participants_sitting_is_not_found(client: FlaskClient, place: Place) -> None:
    for sitting in (uuid4(), Place(place.database).first):
        for name, posted in (
            ("concerns", {"client": "c", "kind": "other", "text": ""}),
            ("interruptions", {"client": "c", "spells": []}),
        ):
            assert client.post(f"/api/sittings/{sitting}/{name}", json=posted).status_code == 404


def test_asking_for_the_clock_is_a_sign_of_life(
    client: FlaskClient, place: Place, noon: time_machine.Traveller
) -> None:
    for expected in (0, 0, 30):
        assert client.get(f"/api/sittings/{place.first}/state").status_code == 200
        with place.database.reading() as session:
            (seen_at,) = session.scalars(sa.select(Presence.seen_at)).all()
        assert (seen_at - NOON).total_seconds() == expected
        noon.shift(15)
    assert client.get(f"/api/sittings/{place.second}/state").status_code == 200
    assert count_rows(place.database, Presence) == 1  # what has not begun has no page that works
