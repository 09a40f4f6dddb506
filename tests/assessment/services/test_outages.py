"""Outages: the beat finds the gap, gives it back once, and only then is anything sealed."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors, journal
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.outage import Heartbeat, Outage
from assessment.models.sitting import AdjustmentKind, SittingState
from assessment.services import adjustments, ledger, outages, pauses
from assessment.services.answers import Code
from assessment.writers import UNAVAILABLE
from tests.assessment.crashes import AFTER, Crash
from tests.assessment.hall import Hall, at_once, errors_in
from tests.assessment.query_count import counting
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def beat(database: Database) -> Outage | None:
    with database.writing() as session:
        return outages.beat(session)


def found_outages(database: Database) -> list[Outage]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Outage)))


def test_the_first_beat_and_those_in_time_find_no_outage(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    assert beat(database) is None
    for _ in range(4):
        noon.shift(outages.SILENCE)
        assert beat(database) is None
    assert (hall.minutes(), found_outages(database)) == (55, [])


def test_a_gap_is_given_back_with_its_interval(database: Database, noon: time_machine.Traveller) -> None:
    hall = Hall(database, 2, running=False)
    hall.start(0)
    noon.shift(10 * MINUTE)
    beat(database)
    noon.shift(7 * MINUTE)
    outage = beat(database)
    assert outage
    assert (outage.from_at, outage.until_at) == (NOON + 10 * MINUTE, NOON + 17 * MINUTE)
    entry = hall.ledger()[0]
    assert (entry.kind, entry.seconds, entry.outage_id, entry.actor_id) == (
        AdjustmentKind.OUTAGE,
        420,
        outage.id,
        None,
    )
    assert hall.minutes() == 62
    assert [hall.minute(NOON + m * MINUTE) for m in (10, 15, 17, 20)] == [10, 10, 10, 13]
    assert hall.get(1).deadline_at is None
    with database.reading() as session:
        assert list(journal.verify(session)) == []


def test_two_nodes_that_return_at_once_credit_once(database: Database, noon: time_machine.Traveller) -> None:
    hall = Hall(database, 3)
    beat(database)
    noon.shift(5 * MINUTE)
    found = at_once(*[partial(beat, database) for _ in range(6)])
    assert errors_in(found) == []
    assert len([one for one in found if one is not None]) == len(found_outages(database)) == 1
    assert [hall.minutes(n) for n in range(3)] == [60] * 3


def test_a_restart_across_the_deadline_credits_first_and_then_seals_with_the_right_times(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 14, robustness 2.6
    hall = Hall(database, 2, running=False)
    hall.start(0)
    noon.shift(10 * MINUTE)
    hall.start(1)
    noon.shift(43 * MINUTE)
    beat(database)
    hall.save("before the service went away")
    noon.shift(30 * MINUTE)
    assert hall.sweep() == 0  # the worker is there before the web is
    beat(database)
    assert [hall.minutes(n) for n in (0, 1)] == [85, 95]
    assert hall.sweep() == 0
    assert hall.save("what was written meanwhile", base_number=1).code is Code.SAVED
    for _ in range(16):
        noon.shift(10)
        beat(database)
    assert hall.sweep() == 1
    assert (hall.get(0).state, hall.get(0).sealed_at) == (SittingState.SEALED, NOON + 85 * MINUTE)
    assert hall.get(1).state is SittingState.RUNNING
    assert hall.counting() == {"memo": "what was written meanwhile"}


def test_what_was_over_before_the_outage_is_sealed_with_its_own_end(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 14, robustness 13
    hall = Hall(database)
    noon.shift(56 * MINUTE)
    beat(database)
    noon.shift(10 * MINUTE)
    assert hall.sweep() == 0
    beat(database)
    assert hall.ledger() == []
    assert hall.sweep() == 1
    assert hall.get().sealed_at == NOON + 55 * MINUTE


def test_nothing_is_sealed_that_ended_after_the_last_beat(
    database: Database, noon: time_machine.Traveller
) -> None:
    """Also where the network grace is set shorter than the silence that makes an outage."""
    hall = Hall(database)
    noon.move_to(NOON + 55 * MINUTE - timedelta(seconds=5))
    beat(database)
    noon.shift(timedelta(seconds=14))
    with database.reading() as session:
        until = outages.sealing_until(session, NOON + 55 * MINUTE + timedelta(seconds=9), timedelta())
    assert until == NOON + 55 * MINUTE - timedelta(seconds=5)
    assert hall.get().state is SittingState.RUNNING


def test_an_exercise_that_began_in_the_gap_gets_its_own_part(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, running=False)
    beat(database)
    noon.shift(timedelta(seconds=3))
    hall.start()
    noon.shift(MINUTE)
    beat(database)
    assert hall.ledger()[0].seconds == 60


def test_a_paused_exercise_is_not_credited_and_no_time_is_given_twice(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    hall.act(pauses.pause, hall.ids[1], "A telephone call.")
    noon.shift(10 * MINUTE)
    beat(database)
    noon.shift(timedelta(seconds=4))
    hall.act(pauses.resume, hall.ids[1])
    noon.shift(5 * MINUTE)
    beat(database)
    assert hall.ledger(0) == []
    given = hall.ledger(1)
    assert [entry.kind for entry in given] == [AdjustmentKind.PAUSE, AdjustmentKind.OUTAGE]
    assert given[1].from_at == given[0].until_at
    noon.shift(MINUTE)
    hall.act(pauses.resume, hall.ids[0])
    assert hall.minutes(0) == 55 + 16 + 4 / 60


def test_a_credit_for_an_outage_ends_at_the_centres_latest_end(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 10
    times = {"latest_start_at": NOON + MINUTE, "latest_end_at": NOON + 60 * MINUTE}
    hall = Hall(database, centre=times)
    beat(database)
    noon.shift(10 * MINUTE)
    beat(database)
    assert hall.minutes() == 60


def test_beyond_four_hours_four_are_given_and_an_administrator_is_asked(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall, other = Hall(database, 2), Hall(database, running=False)
    beat(database)
    noon.shift(timedelta(hours=5))
    outage = beat(database)
    assert outage
    assert [hall.minutes(n) for n in (0, 1)] == [55 + 240] * 2
    assert hall.ledger()[0].until_at == NOON + timedelta(hours=4)
    asked = hall.read(outages.open_questions)
    assert [one.outage.id for one in asked] == [outage.id]
    assert {sitting.id for sitting, _person in asked[0].sittings} == set(hall.ids)
    assert other.read(outages.open_questions) == []
    with pytest.raises(ledger.NoReason):
        hall.act(outages.answer, outage.id, "")
    with pytest.raises(errors.NotFound):
        other.act(outages.answer, outage.id, "Not ours.")
    answer = partial(hall.act, outages.answer, outage.id, "Everybody starts again on Friday.")
    assert errors_in(at_once(answer, answer)) == ["AlreadyAnswered"]
    assert hall.read(outages.open_questions) == []


def test_a_beat_whose_transaction_breaks_off_leaves_the_gap_for_the_next_one(
    database: Database, noon: time_machine.Traveller
) -> None:
    """Broken off after each of its statements in turn: nobody loses what was given back before."""
    hall = Hall(database, 3)
    beat(database)
    noon.shift(5 * MINUTE)
    for place in range(1, 26):
        with pytest.raises(UNAVAILABLE), Crash(database, AFTER, place).coming():
            beat(database)
        assert [hall.minutes(number) for number in range(3)] == [55.0] * 3
        assert [hall.ledger(number) for number in range(3)] == [[], [], []]
    beat(database)
    assert [hall.minutes(number) for number in range(3)] == [60.0] * 3


def test_one_exercise_that_cannot_be_credited_does_not_keep_the_service_away(
    database: Database, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:  # robustness 12
    hall = Hall(database, 3)
    beat(database)
    noon.shift(5 * MINUTE)
    real, broken = ledger.give_back, min(hall.ids)  # the first of them

    def fails(session: Any, sitting: Any, *given: Any, **named: Any) -> Any:
        if sitting.id == broken:
            raise AttributeError("this one")
        return real(session, sitting, *given, **named)

    monkeypatch.setattr(ledger, "give_back", fails)
    with database.writing() as session:
        outages.beat(session)
        assert list(session.info["could_not_credit"]) == [broken]
    assert [hall.minutes(n) for n in range(3)] == [55 if one == broken else 60 for one in hall.ids]
    with database.reading() as session:
        assert session.scalars(sa.select(Event).where(Event.action == "service.was_away")).one()


def test_a_beat_that_fails_to_commit_leaves_the_gap_to_the_next(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    beat(database)
    noon.shift(5 * MINUTE)
    with database.session(writes=True) as session:
        outages.beat(session)
        session.rollback()  # as when the process is killed before its commit
    assert (hall.minutes(), hall.ledger()) == (55, [])
    noon.shift(MINUTE)
    beat(database)
    assert (hall.minutes(), len(found_outages(database))) == (61, 1)


def test_a_clock_that_was_set_back_is_followed(database: Database, noon: time_machine.Traveller) -> None:
    noon.move_to(NOON + timedelta(hours=1))
    beat(database)
    noon.move_to(NOON)
    assert beat(database) is None
    with database.reading() as session:
        assert session.scalars(sa.select(Heartbeat.beat_at)).one() == NOON


def test_questions_are_read_in_as_many_queries_for_many_as_for_one(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 3)
    beat(database)
    counts = []
    for _ in range(3):
        hall.act(adjustments.extend, None, 600, "They go on.")
        noon.shift(timedelta(hours=5))
        beat(database)
        with counting(database) as count:
            hall.read(outages.open_questions)
        counts.append(count.n)
    assert len(set(counts)) == 1
