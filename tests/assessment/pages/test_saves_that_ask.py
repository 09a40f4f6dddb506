"""A save that takes the question for the state along: its answer tells both, and an acknowledgement is worth no less."""

import json
import math
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from assessment import clock
from assessment.database import Database
from assessment.models.presence import Presence
from assessment.models.sitting import Sitting
from assessment.services import clocks, glances, pauses
from assessment.settings import Settings
from tests import factories
from tests.assessment.pages.test_save_limits import Table
from tests.assessment.query_count import counting


@pytest.fixture
def table(settings: Settings, database: Database) -> Table:
    return Table(settings, database)


def change(table: Table, **values: Any) -> None:
    with table.database.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == table.sitting.id).values(**values))


def test_the_answer_tells_what_the_state_tells_and_only_who_asks_is_told(table: Table) -> None:
    asked = table.save("the first words", asks=True)
    state = table.client.get(f"/api/sittings/{table.sitting.id}/state").get_json()
    assert asked.status_code == 200
    assert asked.json
    now = asked.json["now"]
    assert asked.json["code"] == "saved"
    assert state.keys() - now.keys() == {"csrf"}  # the one that the save came with holds
    for name in ("state", "epoch", "over", "concerns", "parts", "clock"):
        assert now[name] == state[name]
    assert 0 <= now["remaining_ms"] - state["remaining_ms"] < 60_000
    for number, asks in enumerate((False, 1, "yes", None, []), start=2):
        answer = table.save("x", seq=number, base=number - 1, asks=asks)
        assert answer.json
        assert "now" not in answer.json
    assert len(table.stored()) == 6


def test_a_page_that_tells_its_clock_is_told_none_until_there_is_another(table: Table) -> None:
    told = table.client.get(f"/api/sittings/{table.sitting.id}/state").get_json()["clock"]
    page = table.client.get(f"/participant/sittings/{table.sitting.id}?epoch=1").text
    assert json.loads(re.search(r'data-clock="([^"]*)"', page)[1].replace("&#34;", '"')) == told  # type: ignore[index]
    assert "clock" not in table.save("first", clock=told).get_json()
    change(table, deadline_at=clock.now() + timedelta(minutes=90))
    anew = table.save("second", seq=2, base=1, clock=told).get_json()["clock"]
    assert anew != told
    assert "clock" not in table.save("third", seq=3, base=2, clock=anew).get_json()
    assert [one.kind for one in table.stored()] == ["main"] * 3


@pytest.mark.parametrize("asks", [False, True])
def test_a_request_that_saves_sends_the_statements_of_its_save_and_one_for_the_question(
    table: Table, asks: bool
) -> None:
    def sent(**values: Any) -> tuple[int, str, int]:
        with counting(table.database) as count:
            answer = table.save("x", clock=told, asks=asks, **values)
        assert answer.json
        return answer.status_code, answer.json["code"], count.n - asks

    table.save("warm")
    told = table.client.get(f"/api/sittings/{table.sitting.id}/state").get_json()["clock"]
    assert sent(seq=2, base=1) == (200, "saved", 1)
    assert sent(seq=3, base=1) == (409, "stale", 3)
    assert sent(seq=3, base=1) == (409, "stale", 3)
    assert sent(seq=4, base=2, epoch=0) == (409, "continued_elsewhere", 3)
    change(table, deadline_at=clock.now() - timedelta(minutes=1))
    assert sent(seq=5, base=2) == (409, "late", 3)


MOMENT = "2026-03-03T12:00:00+00:00"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        3,
        "",
        "\x00",
        [],
        {},
        [None] * 6,
        ["\ud800", "", "", 1, True, 0],
        ["v" * 100_000, MOMENT, MOMENT, 1, False, 0],
        ["v", MOMENT, MOMENT, math.nan, False, math.inf],
        ["v", MOMENT, MOMENT, 10**4000, False, -(10**4000)],
        ["v", "2026-03-03\ud80012:00:00+00:00", "9" * 100_000, 1, False, 0],
        [["v"], {"at": MOMENT}, [[[]]], 1, False, 0],
    ],
)
def test_a_save_with_something_else_than_a_clock_is_stored_like_any_other(table: Table, sent: Any) -> None:
    answer = table.save("first", clock=sent)
    assert answer.status_code == 200
    assert answer.get_json()["clock"]
    assert [one.kind for one in table.stored()] == ["main"]


def test_a_page_gets_from_no_clock_to_somebody_elses_sitting(table: Table) -> None:
    with table.database.writing() as session:
        centre = session.get_one(Sitting, table.sitting.id).enrolment.centre
        enrolment = factories.enrolment(session, centre, factories.person(session))
        theirs = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)).one()
        factories.running(session, theirs, at=clock.now() - timedelta(minutes=5))
        told = clocks.of(theirs)
    assert told
    answer = table.save("mine now", path=f"/api/sittings/{theirs.id}/tasks/memo", clock=told.told())
    assert answer.status_code == 404
    assert "clock" not in answer.get_json()
    assert table.stored() == []


def test_a_paused_sitting_tells_no_clock(table: Table) -> None:
    change(table, state="paused", paused_at=clock.now())
    assert "clock" not in table.client.get(f"/api/sittings/{table.sitting.id}/state").get_json()
    assert "clock" not in table.save("kept").get_json()


def test_the_answer_tells_more_time_and_who_went_on_elsewhere(table: Table) -> None:
    change(table, deadline_at=clock.now() + timedelta(minutes=90), writer_epoch=2, taken_over_at=clock.now())
    answer = table.save(asks=True).get_json()
    assert answer["code"] == "continued_elsewhere"
    assert (answer["now"]["epoch"], answer["now"]["over"]) == (2, False)
    assert answer["now"]["remaining_ms"] > 89 * 60_000


def test_a_save_during_a_pause_is_answered_with_since_when(table: Table) -> None:
    with table.database.writing() as session:
        by = factories.actor(session, factories.administrator(session))
        centre = session.get_one(Sitting, table.sitting.id).enrolment.centre
        pause = pauses.pause(session, centre, table.sitting.id, "The fire alarm.", by=by)
        paused_at = pause.paused_at
    answer = table.save(asks=True).get_json()
    assert answer["code"] == "paused"
    assert answer["now"]["state"] == "paused"
    assert answer["now"]["paused_at"] == paused_at.isoformat()
    assert "parts" not in answer["now"]


def test_what_is_stored_is_acknowledged_where_the_state_cannot_be_told(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:  # robustness 1: never "not saved" about what is
    def away(*_given: Any) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(glances, "take", away)
    answer = table.save("kept all the same", asks=True)
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["code"] == "saved"
    assert "now" not in answer.json
    assert [one.body for one in table.stored()] == ['"kept all the same"']


def test_a_page_that_only_saves_is_seen(table: Table) -> None:
    table.save(asks=True)
    with table.database.reading() as session:
        seen_at = session.get_one(Presence, table.sitting.id).seen_at
    assert clock.now() - seen_at < timedelta(minutes=1)
