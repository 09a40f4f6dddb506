"""What is done on the board to those who were chosen, over HTTP: shown first, done once, and told."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.sitting import Adjustment, Pause, SittingState
from assessment.services import enrolments, pauses, sittings
from tests import factories
from tests.assessment.pages.test_administrator import check_page
from tests.assessment.pages.test_board import MINUTE, Hall, page, row_of
from tests.assessment.pages.test_fair_time_pages import end, hidden, sitting
from tests.assessment.query_count import counting
from tests.conftest import count_rows, log_in
from tests.factories import NOON

ACTS = ("pause", "go-on", "give-back")


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(sqlite_database: Database, client: FlaskClient) -> Hall:
    """Ada and Cas work, Bob is between."""
    made = Hall(sqlite_database)
    with sqlite_database.writing() as session:
        sittings.start(session, made.sittings["Cas"][0], "en", by=made.actor(session, "Cas"))
    log_in(client, made.anna)
    return made


def enrolment_of(hall: Hall, name: str) -> UUID:
    with hall.database.reading() as session:
        found = session.scalar(sa.select(Enrolment.id).where(Enrolment.person_id == hall.people[name].id))
    assert found
    return found


def address(hall: Hall, act: str, *names: str) -> str:
    who = "&".join(f"who={enrolment_of(hall, name)}" for name in names)
    return hall.address(f"chosen/{act}?{who}")


def confirmed(client: FlaskClient, hall: Hall, act: str, shown: str, **posted: str) -> str:
    """The board, after what was shown was confirmed."""
    answer = client.post(hall.address(f"chosen/{act}"), data={**hidden(shown), "step": "do", **posted})
    assert (answer.status_code, answer.headers.get("Location")) == (303, hall.address())
    return page(client, hall.address())


def test_two_are_paused_go_on_and_get_time_back(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.shift(600)
    shown = page(client, address(hall, "pause", "Ada", "Bob", "Cas"))
    assert "2 exercises will stand still" in shown
    assert shown.count("<b>72 minutes and 30 seconds</b>") == 2
    assert "<b>Bob</b>: Nothing runs or is paused." in shown
    board = confirmed(client, hall, "pause", shown, reason="Fire <alarm>")
    assert "2 exercises are paused." in board
    assert "paused" in row_of(board, "Ada")
    assert "paused" in row_of(board, "Cas")

    noon.shift(300)
    shown = page(client, address(hall, "go-on", "Ada", "Cas"))
    assert "13:10:00" in shown
    assert shown.count("<b>14:27:30</b>") == 2
    assert 'name="reason"' not in shown
    board = confirmed(client, hall, "go-on", shown)
    assert "2 exercises go on" in board
    assert (end(hall, "Ada"), end(hall, "Cas"), end(hall, "Bob")) == (87.5, 87.5, 82.5)

    noon.shift(300)
    first = page(client, address(hall, "give-back", "Ada", "Cas"))
    assert "Will end" not in first
    preview = client.post(
        hall.address("chosen/give-back"), data={**hidden(first), "minutes": "4", "step": "preview"}
    )
    check_page(preview.text)
    assert preview.text.count("<b>14:31:30</b>") == 2
    assert end(hall, "Ada") == 87.5
    refused = client.post(
        hall.address("chosen/give-back"), data={**hidden(preview.text), "step": "do", "reason": " "}
    )
    assert (refused.status_code, "This field is required" in refused.text) == (422, True)
    check_page(refused.text)
    board = confirmed(client, hall, "give-back", refused.text, reason="Smoke")
    assert "Time was given back in 2 exercises." in board
    assert (end(hall, "Ada"), end(hall, "Cas")) == (91.5, 91.5)
    timeline = page(client, hall.timeline("Cas"))
    assert "<blockquote>Smoke</blockquote>" in timeline
    assert "Fire &lt;alarm&gt;" in timeline


@pytest.mark.parametrize("act", ACTS)
def test_an_empty_choice_gives_a_word_and_whom_to_choose(client: FlaskClient, hall: Hall, act: str) -> None:
    text = page(client, hall.address(f"chosen/{act}"))
    if act == "go-on":
        assert "there is nobody now for whom it could be done" in text
        return
    assert "Choose at least one participant, or everybody." in text
    assert re.findall(r'name="who" value="([^"]+)"', text) == [
        str(enrolment_of(hall, "Ada")),
        str(enrolment_of(hall, "Cas")),
    ]
    assert "<h2" in page(client, hall.address(f"chosen/{act}?all=yes"))
    for posted in ({"step": "do"}, {"step": "do", "all": "yes", "reason": "x", "minutes": "1"}):
        refused = client.post(hall.address(f"chosen/{act}"), data=posted)
        assert refused.status_code == 422
        check_page(refused.text)
    assert count_rows(hall.database, Pause) == 0


def test_everybody_at_work_is_paused_at_once(client: FlaskClient, hall: Hall) -> None:
    board = confirmed(
        client, hall, "pause", page(client, hall.address("chosen/pause?all=yes")), reason="Fire"
    )
    assert "2 exercises are paused." in board
    assert "The centre is paused since" not in board


def test_who_was_sealed_or_withdrawn_meanwhile_is_left_alone_and_named(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.shift(60)
    shown = page(client, address(hall, "pause", "Ada", "Cas"))
    with hall.database.writing() as session:
        at = NOON + MINUTE
        sittings.submit(
            session, hall.sittings["Cas"][0], at, timedelta(seconds=30), by=hall.actor(session, "Cas")
        )
    board = confirmed(client, hall, "pause", shown, reason="Fire")
    assert "1 exercise is paused." in board
    assert "It could not be done for: Cas." in board
    assert sitting(hall, "Cas").state is SittingState.SEALED
    with hall.database.writing() as session:
        enrolments.withdraw(session, session.merge(hall.centre), enrolment_of(hall, "Ada"), by=hall.by)
    shown = page(client, address(hall, "go-on", "Ada"))
    assert "<b>Ada</b>: Withdrawn from this centre." in shown
    assert 'value="do"' not in shown


def test_two_administrators_at_once_pause_once_and_the_second_sees_it(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    first = page(client, address(hall, "pause", "Ada", "Cas"))
    confirmed(client, hall, "pause", first, reason="Fire")
    again = client.post(hall.address("chosen/pause"), data={**hidden(first), "step": "do", "reason": "Smoke"})
    assert (again.status_code, "It can be done for none of those who were chosen" in again.text) == (
        422,
        True,
    )
    assert "<b>Ada, E5</b>: It is paused already." in again.text
    check_page(again.text)
    assert count_rows(hall.database, Pause) == 2


def test_time_that_somebody_gave_meanwhile_is_shown_before_more_is_given(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.shift(1200)
    first = page(client, address(hall, "give-back", "Ada", "Cas"))
    preview = client.post(
        hall.address("chosen/give-back"), data={**hidden(first), "minutes": "4", "step": "preview"}
    )
    posted = {"credit-minutes": "5", "credit-reason": "The laptop failed"}
    assert client.post(hall.timeline("Ada", "/credit"), data=posted).status_code == 303
    refused = client.post(
        hall.address("chosen/give-back"), data={**hidden(preview.text), "step": "do", "reason": "Smoke"}
    )
    assert (refused.status_code, "Somebody gave time here since you looked" in refused.text) == (422, True)
    assert 'value="Smoke"' in refused.text
    assert "given back before" in refused.text
    check_page(refused.text)
    assert (end(hall, "Ada"), end(hall, "Cas")) == (87.5, 82.5)
    confirmed(client, hall, "give-back", refused.text, reason="Smoke")
    assert (end(hall, "Ada"), end(hall, "Cas")) == (87.5, 86.5)


@pytest.mark.parametrize("minutes", ["", "0", "601", "x", "9" * 30])
def test_minutes_are_whole_and_within_reason(client: FlaskClient, hall: Hall, minutes: str) -> None:
    first = page(client, address(hall, "give-back", "Ada"))
    for step in ("preview", "do"):
        posted = {**hidden(first), "minutes": minutes, "step": step, "sitting": hall.sittings["Ada"][0]}
        answer = client.post(hall.address("chosen/give-back"), data={**posted, "reason": "x"})
        assert answer.status_code == 422
        check_page(answer.text)
        assert 'name="minutes" ' in answer.text
    assert count_rows(hall.database, Adjustment) == 0


@pytest.mark.parametrize("act", ACTS)
def test_nobody_and_nothing_of_another_centre_is_found(client: FlaskClient, hall: Hall, act: str) -> None:
    other = Hall(hall.database)
    foreign = [enrolment_of(other, "Ada"), uuid4()]
    own = enrolment_of(hall, "Ada")
    for who in [*foreign, "x"]:
        assert client.get(hall.address(f"chosen/{act}?who={own}&who={who}")).status_code == 404
    data = {"step": "do", "reason": "x", "minutes": "1"}
    for one in (other.sittings["Ada"][0], uuid4(), "x"):
        posted = {**data, "sitting": [str(hall.sittings["Ada"][0]), str(one)]}
        assert client.post(hall.address(f"chosen/{act}"), data=posted).status_code == 404
    for who in (hall.assessor, hall.people["Ada"]):
        log_in(client, who)
        assert client.get(hall.address(f"chosen/{act}")).status_code == 404
        assert client.post(hall.address(f"chosen/{act}"), data=data).status_code == 404
    assert count_rows(hall.database, Pause) == count_rows(hall.database, Adjustment) == 0


@pytest.mark.parametrize("act", ACTS)
def test_the_page_takes_as_many_queries_for_many_as_for_two(
    client: FlaskClient, hall: Hall, act: str
) -> None:
    names = [f"Person {n}" for n in range(12)]
    with hall.database.writing() as session:
        centre = session.merge(hall.centre)
        for name in names:
            person = hall.people[name] = factories.person(session, name=name)
            enrolment = factories.enrolment(session, centre, person)
            first = sittings.list_for(session, enrolment)[0]
            sittings.start(session, first.id, "en", by=hall.actor(session, name))
            if act == "go-on":
                pauses.pause(session, centre, first.id, "Fire", by=hall.by)
    counts = []
    for chosen in (names[:2], names):
        where = address(hall, act, *chosen)
        page(client, where)
        with counting(hall.database) as count:
            page(client, where)
        counts.append(len(count.statements))
    assert counts[0] == counts[1]


def test_the_board_leads_to_each_act_and_offers_no_single_pause_while_the_centre_stands_still(
    client: FlaskClient, hall: Hall
) -> None:
    text = page(client, hall.address())
    for act in ACTS:
        assert f'formaction="{hall.address(f"chosen/{act}")}"' in text
    with hall.database.writing() as session:
        pauses.pause_centre(session, session.merge(hall.centre), "Fire", by=hall.by)
    text = page(client, hall.address())
    assert [act for act in ACTS if f"chosen/{act}" in text] == ["give-back"]
    assert "The whole centre is paused" in page(client, address(hall, "go-on", "Ada"))


@pytest.mark.parametrize("act", ACTS)
def test_whatever_is_not_the_last_step_shows_what_would_be_so_and_does_nothing(
    client: FlaskClient, hall: Hall, act: str
) -> None:
    before = count_rows(hall.database, Adjustment), count_rows(hall.database, Pause)
    for data in ({}, {"step": "nonsense"}, {"minutes": "5", "reason": "An alarm."}):
        assert client.post(address(hall, act, "Ada"), data=data).status_code in (200, 422)
    assert client.head(address(hall, act, "Ada")).status_code == 200
    assert (count_rows(hall.database, Adjustment), count_rows(hall.database, Pause)) == before
