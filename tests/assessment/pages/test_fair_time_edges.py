"""Time that is given at the edges, over HTTP and on both databases: nothing is added unseen, and each refusal is a sentence."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment import create_app
from assessment.access import Permission
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.rating import Assignment, Rating, RatingState
from assessment.models.sitting import Adjustment, Sitting, SittingState
from assessment.services import answers, centres, enrolments, notices, pauses, sittings
from assessment.services.enrolments import TimeReason
from assessment.settings import Settings
from tests.assessment.hall import Hall as AtWork
from tests.assessment.hall import at_once
from tests.assessment.pages.test_administrator import check_page
from tests.assessment.pages.test_board import MINUTE, Hall
from tests.assessment.pages.test_fair_time_pages import end, hidden, sitting
from tests.conftest import count_rows, log_in
from tests.factories import NOON

GRACE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(database: Database) -> Hall:
    """Ada works, Bob handed in, Cas has not begun."""
    return Hall(database)


@pytest.fixture
def client(settings: Settings, database: Database, hall: Hall) -> FlaskClient:
    app = create_app(settings, database)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    return log_in(app.test_client(), hall.anna)


def extend(client: FlaskClient, hall: Hall, *names: str, minutes: str = "5", **more: Any) -> Any:
    ids = [str(hall.sittings[name][0]) for name in names]
    return client.post(hall.address("extend"), data={"sitting": ids, "minutes": minutes, **more})


def agreed(client: FlaskClient, hall: Hall, preview: Any) -> Any:
    return client.post(
        hall.address("extend"), data={**hidden(preview.text), "step": "extend", "reason": "Noise"}
    )


@pytest.mark.parametrize("minutes", ["0", "-5", "10000", "five", "", "5.5", "٥٥٥٥"])
def test_minutes_that_are_none_give_nothing(client: FlaskClient, hall: Hall, minutes: str) -> None:
    for step in ("preview", "extend"):
        answer = extend(client, hall, "Ada", minutes=minutes, step=step, reason="Noise", seen="0")
        assert answer.status_code == 422
        check_page(answer.text)
    assert count_rows(hall.database, Adjustment) == 0


@pytest.mark.parametrize(("name", "why"), [("Bob", "handed in"), ("Cas", "not begun")])
def test_what_does_not_run_is_named_with_its_reason_and_gets_nothing(
    client: FlaskClient, hall: Hall, name: str, why: str
) -> None:
    preview = extend(client, hall, name, step="preview")
    assert why in preview.text
    check_page(preview.text)
    refused = agreed(client, hall, preview)
    assert refused.status_code in (404, 422)
    forced = extend(client, hall, name, step="extend", reason="Noise", seen="0")
    assert forced.status_code == 422
    assert "no exercise here whose end can be moved" in forced.text
    assert count_rows(hall.database, Adjustment) == 0


def test_a_void_one_is_not_found(client: FlaskClient, hall: Hall) -> None:
    posted = {"reopening-deadline_at": "2026-03-03T15:00", "reopening-reason": "A slip"}
    assert client.post(hall.timeline("Bob", "/reopen"), data=posted).status_code == 303
    assert extend(client, hall, "Bob", step="preview").status_code == 404
    assert client.post(hall.timeline("Bob", "/pause"), data={"pause-reason": "x"}).status_code in (404, 422)


def test_the_same_form_twice_gives_time_once_and_a_paused_one_can_be_given_time(
    client: FlaskClient, hall: Hall
) -> None:
    client.post(hall.timeline("Ada", "/pause"), data={"pause-reason": "A call"})
    preview = extend(client, hall, "Ada", step="preview")
    assert agreed(client, hall, preview).status_code == 303
    assert agreed(client, hall, preview).status_code == 303  # sent twice: the answer of the first
    assert end(hall, "Ada") == 87.5
    posted = {**hidden(preview.text), "step": "extend", "reason": "Noise again"}
    again = client.post(hall.address("extend"), data=posted)
    assert again.status_code == 422
    assert "Somebody gave time here since you looked" in again.text
    assert (end(hall, "Ada"), sitting(hall, "Ada").state) == (87.5, SittingState.PAUSED)


def test_the_latest_end_caps_what_is_given_and_the_preview_says_so(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        session.execute(
            sa.update(Centre).values(latest_start_at=NOON + MINUTE, latest_end_at=NOON + 85 * MINUTE)
        )
    preview = extend(client, hall, "Ada", minutes="30", step="preview")
    assert "14:25" in preview.text
    assert "15:" not in preview.text.split("<main")[1]
    assert agreed(client, hall, preview).status_code == 303
    assert end(hall, "Ada") == 85
    nothing = extend(client, hall, "Ada", minutes="30", step="extend", reason="Noise", seen="1")
    assert nothing.status_code == 422


def test_resuming_twice_gives_the_pause_back_once(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    client.post(hall.timeline("Ada", "/pause"), data={"pause-reason": "A call"})
    noon.shift(600)
    for _ in range(2):
        answer = client.post(hall.timeline("Ada", "/resume"), follow_redirects=True)
        assert answer.status_code == 200
    assert "not paused" in answer.text
    assert (end(hall, "Ada"), count_rows(hall.database, Adjustment)) == (92.5, 1)


def test_a_pause_of_all_while_one_hands_in_leaves_it_paused_or_handed_in(
    client: FlaskClient, hall: Hall
) -> None:
    def hand_in() -> None:
        with hall.database.writing() as session:
            ada = hall.actor(session, "Ada")
            sittings.submit(session, hall.sittings["Ada"][0], NOON, GRACE, by=ada)

    def pause() -> None:
        with hall.database.writing() as session:
            pauses.pause_centre(session, session.merge(hall.centre), "Fire", by=hall.by)

    found = at_once(hand_in, pause)
    ada = sitting(hall, "Ada")
    if ada.state is SittingState.PAUSED:
        assert isinstance(found[0], sittings.SittingPaused)
        assert ada.submitted_at is None
    else:
        assert (found, ada.state) == ([None, None], SittingState.SEALED)
    assert client.post(hall.address("resume")).status_code == 303


@pytest.mark.parametrize("minutes", ["0", "-1", "21", "600", "9" * 30])
def test_an_interruption_outside_of_the_sitting_gives_nothing(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller, minutes: str
) -> None:
    noon.shift(20 * 60)  # more minutes than it has run lie before its start
    posted = {"credit-minutes": minutes, "credit-reason": "Noise"}
    answer = client.post(hall.timeline("Ada", "/credit"), data=posted)
    assert answer.status_code == 422
    check_page(answer.text)
    assert count_rows(hall.database, Adjustment) == 0


def test_after_a_rating_was_submitted_reopening_is_refused_with_a_sentence(
    client: FlaskClient, hall: Hall
) -> None:
    with hall.database.writing() as session:
        bob = session.get_one(Sitting, hall.sittings["Bob"][0])
        version = answers.versions.get(session, bob.version_hash)
        assert version.rubric
        session.add(Assignment(sitting_id=bob.id, assessor_id=hall.assessor.id, place=0, assigned_at=NOON))
        session.add(
            Rating(
                sitting_id=bob.id,
                assessor_id=hall.assessor.id,
                state=RatingState.SUBMITTED,
                rubric_hash=version.rubric.hash,
                started_at=NOON,
                saved_at=NOON,
                submitted_at=NOON,
            )
        )
    posted = {"reopening-deadline_at": "2026-03-03T15:00", "reopening-reason": "A slip"}
    refused = client.post(hall.timeline("Bob", "/reopen"), data=posted)
    assert refused.status_code == 422
    assert "rat" in refused.text.split('class="error')[-1]
    check_page(refused.text)
    assert sitting(hall, "Bob").state is SittingState.SEALED


def test_an_adjustment_is_asked_for_answered_and_holds_from_the_start_on(
    client: FlaskClient, hall: Hall
) -> None:
    with hall.database.reading() as session:
        known = {
            name: session.scalars(sa.select(Enrolment.id).where(Enrolment.person_id == one.id)).one()
            for name, one in hall.people.items()
        }
    asks = f"/participant/enrolments/{known['Cas']}/adjustment"
    decides = f"/administrator/centres/{hall.centre.id}/participants/{known['Cas']}"
    log_in(client, hall.people["Cas"])
    for words in (" ", "x" * 5000):
        refused = client.post(asks, data={"words": words})
        assert refused.status_code == 422
        check_page(refused.text)
    assert client.post(asks, data={"words": "No limit, please."}).status_code == 303
    assert (
        client.post(asks.replace(str(known["Cas"]), str(known["Ada"])), data={"words": "x"}).status_code
        == 404
    )
    log_in(client, hall.anna)
    assert "No limit, please." in client.get(decides).text
    decided = {"factor": "1", "is_untimed": "y", "reason": "requested"}
    assert client.post(f"{decides}/time", data=decided).status_code == 303

    log_in(client, hall.people["Cas"])
    notice = client.get(f"/participant/enrolments/{known['Cas']}/notice").text
    assert "Agreed: no time limit but the last moment of the centre." in notice
    start = f"/participant/sittings/{hall.sittings['Cas'][0]}/start"
    assert "no time limit, but not after" in client.get(start).text
    assert client.post(start, data={"language": "en"}).status_code == 303
    assert "data-untimed" in client.get(start.removesuffix("/start")).text
    assert (sitting(hall, "Cas").is_untimed, sitting(hall, "Cas").deadline_at) == (
        True,
        hall.centre.latest_end_at,
    )
    late = client.post(asks, data={"words": "And more"})  # what has begun has its clock
    assert late.status_code == 409
    check_page(late.text)


def test_a_time_factor_that_changes_while_it_runs_moves_nothing(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        who = session.scalars(
            sa.select(Enrolment.id).where(Enrolment.person_id == hall.people["Ada"].id)
        ).one()
        enrolments.set_time(
            session,
            session.merge(hall.centre),
            who,
            factor=3.0,
            is_untimed=False,
            reason=TimeReason.REQUESTED,
            by=hall.by,
        )
    assert (end(hall, "Ada"), sitting(hall, "Ada").time_factor) == (82.5, 1.5)


def test_a_centre_that_closes_while_paused_still_goes_on(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    assert client.post(hall.address("pause"), data={"reason": "Fire"}).status_code == 303
    with hall.database.writing() as session:
        centres.close(session, hall.centre.id, by=hall.by)
    noon.shift(300)
    assert client.post(hall.address("resume")).status_code == 303
    assert (sitting(hall, "Ada").state, end(hall, "Ada")) == (SittingState.RUNNING, 87.5)
    posted = {"reopening-deadline_at": "2026-03-03T15:00", "reopening-reason": "A slip"}
    assert client.post(hall.timeline("Bob", "/reopen"), data=posted).status_code == 422


def test_who_withdraws_while_paused_is_never_left_with_an_open_pause(client: FlaskClient, hall: Hall) -> None:
    client.post(hall.timeline("Ada", "/pause"), data={"pause-reason": "A call"})
    with hall.database.writing() as session:
        who = session.scalars(
            sa.select(Enrolment.id).where(Enrolment.person_id == hall.people["Ada"].id)
        ).one()
        notices.withdraw(session, who, by=hall.actor(session, "Ada"))
    assert sitting(hall, "Ada").state is not SittingState.PAUSED
    board = client.get(hall.address())
    assert board.status_code == 200
    assert client.get(hall.timeline("Ada")).status_code == 200
    assert client.post(hall.timeline("Ada", "/resume"), follow_redirects=True).status_code == 200


def long_lines(text: str) -> set[str]:
    """What a page says at length, without tags: material and answers, and no labels."""
    lines = (unescape(line).strip() for line in re.sub(r"<[^>]+>", "\n", text).split("\n"))
    return {line for line in lines if len(line) > 60}


@pytest.mark.parametrize("slug", ["stavoord-case", "stavoord-in-tray", "stavoord-judgement", "stavoord-game"])
def test_no_address_shows_anything_of_a_paused_exercise(
    settings: Settings, sqlite_database: Database, noon: time_machine.Traveller, slug: str
) -> None:  # robustness 2.8: neither read nor written
    place = AtWork(sqlite_database, 1, slug)
    noon.shift(600)
    app = create_app(settings, sqlite_database)
    with sqlite_database.reading() as session:
        client = log_in(app.test_client(), session.get_one(Person, place.people[0]))
    addresses = [
        rule.rule.replace("<uuid:sitting_id>", str(place.ids[0])).replace("<task>", "notes")
        for rule in app.url_map.iter_rules()
        if "sitting_id" in rule.arguments
        and "GET" in (rule.methods or ())
        and getattr(app.view_functions[rule.endpoint], "permission", None) is Permission.SIT
    ]
    assert len(addresses) > 6
    working = client.get(f"/participant/sittings/{place.ids[0]}").text
    material = long_lines(working.partition('<div id="sitting"')[2].partition(">")[2])
    assert len(material) > 8
    place.act(pauses.pause, place.ids[0], "The fire alarm.")
    for address in (*addresses, "/participant/"):
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code < 500, address
        assert [line for line in material if line in unescape(answer.text)] == [], address
