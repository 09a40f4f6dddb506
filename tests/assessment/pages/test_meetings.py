"""The pages of appointments: an administrator offers, a participant books, a role-player sees who comes."""

from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
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
