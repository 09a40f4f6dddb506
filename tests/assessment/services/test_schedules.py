"""Whatever happens in whatever order: no lost acknowledged save, no wrong deadline, no sealed sitting changed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from assessment.database import Database
from tests.assessment import schedules

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
        ("outage", 1),
        ("save", 1),  # old
        ("submit", 1),
        ("reopen", 1),
        ("save", 1),  # that of the sitting before
    ]
    assert schedules.run(database, steps) == {"fresh": 3, "at once": 3, "old": 3, "none": 1}


def test_the_model_notices_a_save_that_needlessly_took_the_long_way(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database.writer, "at_once", lambda _statement: None)
    with pytest.raises(schedules.Broken, match="fresh clock"):
        schedules.run(sqlite_database, [("save", 1)])


def test_the_model_notices_a_deadline_that_is_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessment.services.ledger.moved", lambda deadline, _seconds, _end: deadline)
    with pytest.raises(schedules.Broken, match="deadline"):
        schedules.run(database, [("extend", 1)])
