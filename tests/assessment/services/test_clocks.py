"""What a page says about its clock is read without harm, and comes back as it was told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.models.sitting import SittingState
from assessment.services import clocks
from assessment.services.clocks import Clock
from tests.factories import NOON

moments = st.integers(0, 10**17).map(
    lambda n: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(microseconds=n // 4)
)
running = st.builds(
    Clock,
    version_hash=st.text(),
    started_at=moments,
    deadline_at=moments,
    time_factor=st.floats(1, 10),
    is_untimed=st.booleans(),
    credited_seconds=st.floats(0, 1e9),
)
A_CLOCK = Clock("v", NOON, NOON + timedelta(hours=1), 1.25, False, 90.5).told()


@given(running)
def test_a_clock_comes_back_as_it_was_told(clock: Clock) -> None:
    assert clocks.read(json.loads(json.dumps(clock.told()))) == clock


@given(running)
def test_a_clock_comes_back_from_javascript_which_writes_a_whole_number_without_a_point(clock: Clock) -> None:
    told = json.loads(json.dumps(clock.told()))
    sent = [int(one) if isinstance(one, float) and one.is_integer() else one for one in told]
    found = clocks.read(sent)
    assert found == clock
    assert found.told() == clock.told()
    assert [type(one) for one in found.told()] == [str, str, str, float, bool, float]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just(NOON.isoformat()),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_whatever_else_a_page_sends_is_no_clock_or_a_harmless_one(sent: Any) -> None:
    found = clocks.read(sent)
    assert found is None or found.started_at + timedelta(minutes=600) * found.time_factor


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, None),
        (0, 7),
        (1, "yesterday"),
        (1, "2026-03-02T12:00:00"),
        (1, "0001-01-01T00:00:00+14:00"),
        (1, "9999-12-31T23:59:59-14:00"),
        (2, "1999-12-31T12:00:00+00:00"),
        (2, None),
        (3, 0.99),
        (3, 10.01),
        (3, float("nan")),
        (3, float("inf")),
        (3, "1.0"),
        (4, 1),
        (5, -1),
        (5, 10**400),
        (5, float("nan")),
    ],
)
def test_a_clock_with_something_else_in_it_is_none(place: int, value: Any) -> None:
    assert clocks.read(A_CLOCK) is not None
    assert clocks.read([*A_CLOCK[:place], value, *A_CLOCK[place + 1 :]]) is None


@pytest.mark.parametrize("given", [None, "", [], {}, [*A_CLOCK, 1], A_CLOCK[:-1], {"0": A_CLOCK}])
def test_something_else_than_a_clock_is_none(given: Any) -> None:
    assert clocks.read(given) is None


@pytest.mark.parametrize("state", [one for one in SittingState if one is not SittingState.RUNNING])
def test_only_a_running_sitting_has_a_clock_to_tell(state: SittingState) -> None:
    class Row:
        version_hash, started_at, deadline_at = "v", NOON, NOON
        time_factor, is_untimed, credited_seconds = 1.0, False, 0.0

    row: Any = Row()
    row.state = SittingState.RUNNING
    assert clocks.of(row)
    row.state = state
    assert clocks.of(row) is None
