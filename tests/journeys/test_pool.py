"""The pool in two browsers: a reservation lasts while somebody is at work, and goes back by itself when they are not."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from assessment.database import Database
from assessment.models.rating import Assignment
from assessment.services import pools
from tests import factories
from tests.assessment.room import Room
from tests.journeys.conftest import Arrive, TimePasses

pytestmark = pytest.mark.browser
PULSE = 61_000
"""A little more than the page waits before it tells that somebody is at work, in milliseconds."""


def test_a_reservation_lasts_with_signs_of_work_and_goes_to_the_next_without(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    room = Room(sqlite_database)
    with sqlite_database.writing() as session:
        # One of the two ratings is somebody's; the other is left to whoever is free.
        session.execute(sa.delete(Assignment).where(Assignment.assessor_id != room.people[2].id))
        factories.without_rechecks(session, room.centre)
        by = factories.actor(session, session.merge(room.administrator))
        pools.leave(session, session.merge(room.centre), by=by)
    with sqlite_database.writing() as session:
        entry = session.merge(room.centre).exercises[0].id
        pools.take(session, entry, by=room.by[2])
    room.begin(2)
    room.observe(2, "S1", start=0, end=9)  # with the first passage it is theirs
    first, second = arrive(room.people[0]), arrive(room.people[1])
    first.page.clock.install()
    first.page.goto("/assessor/")
    first.page.get_by_role("button", name="Take the next").click()
    until = first.page.locator("#reserved-until")
    expect(until).to_be_visible()
    expect(first.page.locator("#draft .dim.now")).to_be_visible()
    promised = until.inner_text()

    # Ten minutes on there is a sign of work: the page tells it, and the reservation lasts past its first end.
    time_passes(minutes=10)
    first.page.keyboard.press("j")
    first.page.clock.fast_forward(PULSE)
    expect(until).not_to_have_text(promised)
    time_passes(minutes=10)
    second.page.goto("/assessor/")
    expect(second.page.locator("h1")).to_be_visible()
    expect(second.page.get_by_role("button", name="Take the next")).to_have_count(0)

    # Then nothing happens any more. It goes back by itself, the next takes it, and the first is told.
    time_passes(minutes=6)
    second.page.reload()
    second.page.get_by_role("button", name="Take the next").click()
    expect(second.page.locator("#reserved-until")).to_be_visible()
    first.page.keyboard.press("j")
    first.page.clock.fast_forward(PULSE)
    expect(first.page.locator("#unsaved-words")).to_contain_text("somebody else")
    assert second.complaints == []
