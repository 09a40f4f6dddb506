"""Whatever happens in whatever order: no lost acknowledged save, no wrong deadline, no sealed sitting changed."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy.orm import Session

from assessment.database import Database
from assessment.services import answers, pauses
from assessment.writers import UNAVAILABLE
from tests.assessment import crashes, schedules

STEPS = some.lists(
    some.tuples(some.sampled_from(schedules.ACTS), some.integers(min_value=0, max_value=30)),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_order_of_events_loses_nothing_and_is_fair(
    database: Database, steps: list[schedules.Step]
) -> None:  # robustness 2.1, 2.6, 2.7, 2.8
    schedules.run(database, steps)


def test_a_schedule_saves_in_both_ways_with_clocks_fresh_and_old_and_without(database: Database) -> None:
    steps = [
        ("save", 1),  # as the page was opened
        ("extend", 1),
        ("save", 1),  # an old clock
        ("save", 1),
        ("pause", 1),
        ("save", 1),  # does not count yet
        ("resume", 1),
        ("ask", 1),
        ("save", 1),
        ("save without clock", 1),
        ("save again", 0),
        ("save on an old text", 1),  # beside what counts, as all that follows up to the outage
        ("save again", 0),
        ("save from an old page", 1),
        ("save again", 0),
        ("pause", 1),
        ("save again", 1),
        ("save on an old text", 1),
        ("resume", 1),
        ("save again", 1),  # what came in the pause counts no more than it would have
        ("outage", 1),
        ("save", 1),  # old
        ("submit", 1),
        ("reopen", 1),
        ("save", 1),  # that of the sitting before
    ]
    assert schedules.run(database, steps) == {"fresh": 3, "at once": 3, "old": 3, "none": 1, "beside": 5}


def test_the_model_notices_a_save_that_needlessly_took_the_long_way(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sqlite_database.writer.run
    monkeypatch.setattr(sqlite_database.writer, "run", lambda work, at_once=None: run(work))
    with pytest.raises(schedules.Broken, match="fresh clock"):
        schedules.run(sqlite_database, [("save", 1)])


def test_the_model_notices_a_save_that_takes_more_than_three_statements(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = answers.versions.get

    def asked(connection: Any, version_hash: str) -> Any:
        connection.execute(sa.select(sa.literal(1)))
        return known(connection, version_hash)

    schedules.run(sqlite_database, [("save", 1), ("save on an old text", 1)])
    monkeypatch.setattr("assessment.services.answers.versions.get", asked)
    with pytest.raises(schedules.Broken, match="three statements at most, and it took 4"):
        schedules.run(sqlite_database, [("save", 1), ("save on an old text", 1)])


@pytest.mark.parametrize("act", ["save on an old text", "save from an old page"])
def test_the_model_notices_a_crossing_save_that_counts(
    database: Database, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr("assessment.services.answers._code", lambda *_given, **_named: answers.Code.SAVED)
    with pytest.raises(schedules.Broken, match="what a page is shown"):
        schedules.run(database, [("save", 1), (act, 1)])


def test_the_model_notices_a_deadline_that_is_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessment.services.ledger.moved", lambda deadline, _seconds, _end: deadline)
    with pytest.raises(schedules.Broken, match="deadline"):
        schedules.run(database, [("extend", 1)])


@pytest.mark.parametrize("moment", crashes.MOMENTS)
@pytest.mark.parametrize("clock", ["ask", "extend"])
def test_a_save_that_crashes_at_any_moment_is_stored_once(
    database: Database, clock: str, moment: str
) -> None:
    """In the first minutes other statements are met, each once and then each time that the save gets there."""
    crashed = 0
    for minute in range(1, 25):
        steps = [
            ("save", 0),
            ("take over", 0),
            ("save", 0),
            (clock, 0),
            (f"save, lost {moment}", minute),
            ("pause", 0),
            ("resume", 1),
            ("save again", 0),
            ("save", 0),
        ]
        crashed += schedules.run(database, steps)["crash"]
    assert crashed == 24


@pytest.mark.parametrize(
    ("act", "before"),
    [
        ("submit", []),
        ("extend", []),
        ("pause", []),
        ("resume", [("pause", 1)]),
        ("take over", []),
        ("outage", []),
        ("sweep", [("ask", 56)]),
        ("reopen", [("submit", 1)]),
    ],
)
def test_an_act_that_crashes_at_any_moment_is_done_whole_or_not_at_all(
    database: Database, act: str, before: list[schedules.Step]
) -> None:
    ways: Counter[str] = Counter()
    for moment in crashes.MOMENTS:
        for minute in range(1, 1 + schedules.STATEMENTS):
            ways += schedules.run(database, [("save", 1), *before, (f"{act}, lost {moment}", minute)])
    assert ways["nothing there"] > 2 * schedules.STATEMENTS
    assert ways["all there"] == schedules.STATEMENTS


def test_the_model_notices_a_save_that_is_acknowledged_before_its_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(work: Any, at_once: Any = None) -> Any:
        told = None
        with suppress(*UNAVAILABLE), database.writing_engine.begin() as connection:
            told = work(connection)
        return told

    schedules.run(database, [("save, lost at the commit", 1)])
    monkeypatch.setattr(database.writer, "run", hasty)
    with pytest.raises(schedules.Broken, match=r"an acknowledged save: \[\], and it must be \[1\]"):
        schedules.run(database, [("save, lost at the commit", 1)])


def test_the_model_notices_a_save_that_is_stored_twice_after_a_lost_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = answers.save
    numbers = count(1000)

    def forgetful(writer: Any, command: Any, grace: Any) -> Any:
        return real(writer, replace(command, client_seq=next(numbers)), grace)

    steps = [("save without clock, lost after the commit", 1)]
    schedules.run(database, steps)
    monkeypatch.setattr(answers, "save", forgetful)
    with pytest.raises(schedules.Broken, match="the number of the same save again: 2"):
        schedules.run(database, steps)


def test_the_model_notices_an_act_that_is_stored_by_halves(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that stores what it changed before it writes its entry of the journal."""
    real = pauses.pause

    def by_halves(session: Session, *given: Any, **named: Any) -> None:
        real(session, *given, **named)
        session.flush()
        raw: Any = session.connection().connection.driver_connection
        raw.commit()

    def crash_at_every_statement() -> None:
        for minute in range(1, 1 + schedules.STATEMENTS):
            schedules.run(database, [("save", 0), ("pause, lost after a statement", minute)])

    crash_at_every_statement()
    monkeypatch.setattr(pauses, "pause", by_halves)
    with pytest.raises(schedules.Broken, match="what is there of an act that crashed"):
        crash_at_every_statement()
