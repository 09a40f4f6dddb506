"""The pages of appointments: an administrator offers, a participant books, a role-player sees who comes."""

from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.meeting import MeetingEntry
from assessment.models.person import RoleName
from assessment.models.sitting import Sitting
from assessment.services import pauses
from tests import factories
from tests.assessment.desk import Desk
from tests.assessment.query_count import counting
from tests.conftest import log_in
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_time_goes_from_the_administrator_to_the_participant_and_back(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Desk(sqlite_database)
    with sqlite_database.reading() as session:
        administrator = session.get_one(factories.Person, desk.by.person_id)
    here = f"/administrator/centres/{desk.centre.id}/meetings/"
    log_in(client, administrator)
    assert "No time is offered yet." in client.get(here).text
    posted = {
        "exercise": str(desk.entry.id),
        "starts_at": "2026-03-04T09:00",
        "minutes": "60",
        "times": "2",
        "break_minutes": "15",
        "role_player": str(desk.players[0].id),
        "observers": [str(desk.players[1].id)],
    }
    assert client.post(here + "offer", data=posted).status_code == 303
    again = client.post(here + "offer", data=posted)
    assert again.status_code == 422
    assert "Rik Rol already has another meeting at that time." in again.text

    log_in(client, desk.people[0])
    choose = f"/participant/enrolments/{desk.enrolments[0].id}/meetings/{desk.entry.id}"
    assert choose in client.get("/participant/").text
    page = client.get(choose).text
    assert "Europe/London" in page
    assert "08:00" in page, "nine o'clock in Amsterdam is eight in London"
    assert client.post(choose, data={}).status_code == 422
    first = desk.free_times()[0]
    own = client.post(choose, data={"meeting": str(first)}).headers["Location"]
    assert "Tessa Toneel" in client.get(own).text
    file = client.get(f"{own}/calendar.ics")
    assert file.mimetype == "text/calendar"
    (event,) = icalendar.Calendar.from_ical(file.data).events
    begins = event.DTSTART
    assert begins == NOON.replace(day=4, hour=8)

    log_in(client, desk.players[1])
    assert "You have a part in 1 conversation to come" in client.get("/assessor/").text
    assert "Sanne 0" in client.get("/conversations/").text
    assert client.get(f"/conversations/{first}/calendar.ics").status_code == 200

    log_in(client, desk.people[1])
    assert client.get(own).status_code == 404, "what is not yours is not found"
    assert client.get(f"{own}/calendar.ics").status_code == 404

    log_in(client, administrator)
    assert "Sanne 0" in client.get(here).text
    assert client.post(f"{here}{first}/cancel", data={"reason": ""}).status_code == 422
    assert client.post(f"{here}{first}/cancel", data={"reason": "The building is closed"}).status_code == 303
    assert "The building is closed" in client.get(here).text

    log_in(client, desk.people[0])
    assert client.get(own).status_code == 404


def test_many_times_to_choose_from_take_no_more_queries(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Desk(sqlite_database)
    choose = f"/participant/enrolments/{desk.enrolments[0].id}/meetings/{desk.entry.id}"
    log_in(client, desk.people[0])
    counts = []
    for day in (1, 2):
        desk.offer(NOON + timedelta(days=day), times=2 if day == 1 else 20, minutes=60)
        client.get(choose)
        with counting(sqlite_database) as count:
            assert client.get(choose).status_code == 200
        counts.append(len(count.statements))
    assert counts[0] == counts[1]


def test_who_may_be_asked_to_play_learns_it_and_rehearses_without_an_appointment(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Desk(sqlite_database)
    here = f"/conversations/training/{desk.entry.id}/"
    log_in(client, desk.players[0])
    assert here in client.get("/conversations/").text
    page = client.get(here).text
    for words in (
        "Wait up to 30 seconds",
        "minute 18",
        "9 of 41",
        "What it does to you",
        "it goes into your file",
    ):
        assert words in page
    assert f"{here}rehearse" in page
    assert "data-begin" in client.get(f"{here}rehearse").text
    log_in(client, desk.people[0])
    assert client.get(here).status_code == 404, "participants read no role-player's page"
    with sqlite_database.writing() as session:
        stranger = factories.person(session)
        other = factories.programme(session)
        factories.role(session, stranger, RoleName.ASSESSOR, programme_id=other.id)
    log_in(client, stranger)
    assert client.get(here).status_code == 404
    assert client.get(f"{here}rehearse").status_code == 404
    assert here not in client.get("/conversations/").text


def test_a_conversation_of_others_is_not_found_by_anybody_at_any_of_its_addresses(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Desk(sqlite_database)
    meeting = desk.offer()[0]
    desk.book(meeting)
    own = f"/conversations/{meeting}/"
    posts = {"say": {"text": "Hello"}, "here": {}}
    log_in(client, desk.players[1])  # an assessor of the centre without a part in it
    for part in ("", "rehearse", "talk", "calendar.ics"):
        assert client.get(own + part).status_code == 404, part
    for part, body in posts.items():
        assert client.post(own + part, json=body).status_code == 404, part
    for person in (desk.people[0], desk.people[1]):
        log_in(client, person)
        for part in ("", "rehearse", "talk", "calendar.ics"):
            assert client.get(own + part).status_code == 404, part
        for part, body in posts.items():
            assert client.post(own + part, json=body).status_code == 404, part
    log_in(client, desk.people[1])
    theirs = f"/participant/meetings/{meeting}"
    for part in ("", "/talk", "/calendar.ics"):
        assert client.get(theirs + part).status_code == 404, part
    for part, body in {**posts, "free": {"reason": "I want it"}}.items():
        assert client.post(f"{theirs}/{part}", json=body).status_code == 404, part
    with sqlite_database.reading() as session:
        assert not session.scalars(sa.select(MeetingEntry)).all(), "and nothing was written"


def test_in_a_pause_the_participant_reads_nothing_of_what_was_said(
    client: FlaskClient, sqlite_database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8
    desk = Desk(sqlite_database)
    meeting = desk.offer()[0]
    desk.book(meeting)
    noon.move_to(NOON + timedelta(days=1))
    assert desk.reason_to_wait() is None
    noon.shift(timedelta(minutes=12))
    log_in(client, desk.people[0])
    theirs = f"/participant/meetings/{meeting}"
    said = {"text": "Tell me about the visits.", "client_id": "client-1"}
    assert client.post(f"{theirs}/say", json=said).status_code == 200
    with sqlite_database.writing() as session:
        sitting_id = session.scalars(sa.select(Sitting.id).where(Sitting.started_at.is_not(None))).one()
        pauses.pause(session, session.merge(desk.centre), sitting_id, "The fire alarm.", by=desk.by)
    paused = client.get(f"{theirs}/talk")
    assert (paused.json["stage"], paused.json["entries"], paused.json["last"]) == ("paused", [], 0)
    assert client.post(f"{theirs}/say", json={**said, "client_id": "client-2"}).status_code == 409
    assert "visits" not in client.get(f"/participant/sittings/{sitting_id}").text
    log_in(client, desk.players[0])
    assert len(client.get(f"/conversations/{meeting}/talk").json["entries"]) == 1
    with sqlite_database.writing() as session:
        pauses.resume(session, session.merge(desk.centre), sitting_id, by=desk.by)
    log_in(client, desk.people[0])
    again = client.get(f"{theirs}/talk", headers={"If-None-Match": paused.headers["ETag"]})
    assert [one["text"] for one in again.json["entries"]] == ["Tell me about the visits."]


def test_who_plays_or_observes_reads_whole_exercise_minutes_and_no_pace(
    client: FlaskClient, sqlite_database: Database, noon: time_machine.Traveller
) -> None:  # robustness 27
    desk = Desk(sqlite_database, 1, time_factor=1.5)
    (meeting,) = desk.offer(minutes=60, observer_ids=frozenset({desk.players[1].id}))
    desk.book(meeting)
    begun = NOON + timedelta(days=1)
    noon.move_to(begun)
    assert desk.reason_to_wait() is None
    with sqlite_database.reading() as session:
        deadline = session.scalars(sa.select(Sitting.deadline_at)).one()
    assert deadline == begun + timedelta(minutes=52.5)
    log_in(client, desk.people[0])
    noon.move_to(begun + timedelta(minutes=15 + 3.5))
    said = {"text": "Tell me about the visits.", "client_id": "client-1"}
    assert client.post(f"/participant/meetings/{meeting}/say", json=said).status_code == 200
    own = client.get(f"/participant/meetings/{meeting}/talk")
    assert own.json["factor"] == 1.5
    for person in desk.players:
        noon.move_to(begun + timedelta(minutes=15 + 3.5))
        log_in(client, person)
        page = client.get(f"/conversations/{meeting}/").text
        assert "goes on for another" not in page
        assert "at minute %(n)s of %(most)s" in page
        here = f"/conversations/{meeting}/talk"
        told = client.get(here)
        assert told.json.keys() == own.json.keys() - {"factor"}
        assert (told.json["minute"], told.json["entries"][0]["minute"]) == (2, 2)
        assert str(deadline)[:16] not in f"{told.headers}{told.text}"
        known = {"If-None-Match": client.get(f"{here}?after=1").headers["ETag"]}
        noon.shift(timedelta(seconds=59))
        assert client.get(f"{here}?after=1", headers=known).status_code == 304
        noon.shift(timedelta(seconds=2))
        assert client.get(f"{here}?after=1", headers=known).json["minute"] == 3
