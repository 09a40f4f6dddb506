"""A wash-up in two real browsers: what one changes the other sees within two seconds, and nobody writes over anybody."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from assessment.database import Database
from assessment.models.person import Person
from assessment.models.rating import IntegrationChange
from assessment.services import centres, wash_ups
from tests import factories
from tests.assessment.room import CASE, Room
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers, within
from tests.journeys.test_participant import press_until

pytestmark = pytest.mark.browser
LEVELS = {"S1": 3, "S2": 3, "L3": 3}
SEEN = 2_000
"""Milliseconds after which the others know."""


def gathering(database: Database) -> tuple[Room, str]:
    """A wash-up of two assessors about one participant on whom they agree, and the address of its page."""
    room = Room(database, *CASE)
    for who in (0, 1):
        room.rate(who, LEVELS)
    with database.writing() as session:
        by = factories.actor(session, session.get_one(Person, room.administrator.id))
        members = [one.id for one in room.people[:2]]
        wanted = wash_ups.Plan(factories.NOON, members[0], members, [room.enrolment.id])
        where = wash_ups.plan(session, centres.get(session, room.centre.id, by=by), wanted, by=by).id
    return room, f"/assessor/wash-ups/{where}"


def to_deciding(page: Page) -> None:
    for words in ("Open the wash-up", "Discuss participant 1", "Go on to what is to decide"):
        button = page.locator(".room-main").get_by_role("button", name=words)
        button.click()
        expect(button).to_have_count(0)  # or what comes next would break it off


def fill(page: Page, level: str, reason: str) -> None:
    page.locator("#panel input[name=passage]").first.check()
    page.locator("#after").select_option(level)
    page.locator("#reason").fill(reason)


def test_what_one_changes_the_other_sees_within_two_seconds(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room, address = gathering(sqlite_database)
    chair, other = arrive(room.people[0]).page, arrive(room.people[1]).page
    other.clock.install()
    for page in (chair, other):
        page.goto(address)
    expect(other.locator("[data-present]")).to_contain_text("Jan Beoordelaar")
    expect(other.get_by_text("has not been opened yet")).to_be_visible()
    chair.get_by_role("button", name="Open the wash-up").click()
    expect(chair.get_by_text("Nobody is being discussed.")).to_be_visible()
    within(other, SEEN, other.get_by_text("Nobody is being discussed.").is_visible)
    chair.locator(".room-main").get_by_role("button", name="Discuss participant 1").click()
    expect(chair.locator(".matrix")).to_be_visible()
    within(other, SEEN, other.locator(".matrix").is_visible)
    expect(other.locator("#reason")).to_have_count(0)  # the result by rule comes first
    go_on = chair.get_by_role("button", name="Go on to what is to decide")
    go_on.click()
    expect(go_on).to_have_count(0)
    other.locator('a[data-cell][href*="at=S1.E5"]').first.click()
    within(other, SEEN, other.locator("#reason").is_visible)
    chair.locator('a[data-cell][href*="at=S1.E5"]').first.click()
    expect(chair.locator("#panel-title")).to_be_focused()
    assert barriers(chair) == []
    fill(chair, "5", "both passages say who and when")
    chair.get_by_role("button", name="Change this rating").click()
    expect(chair.locator(".history li")).to_have_count(1)  # from here on it is stored
    within(other, SEEN, other.locator("#panel", has_text="both passages say who and when").is_visible)
    expect(other.locator(".matrix a.changed")).to_have_count(1)


def test_two_who_change_the_same_cell_see_both_and_lose_nothing(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room, address = gathering(sqlite_database)
    chair, other = arrive(room.people[0]).page, arrive(room.people[1]).page
    chair.goto(address)
    to_deciding(chair)
    for page in (chair, other):
        page.goto(f"{address}?at=S1.E5")
    fill(other, "2", "the second passage weighs more")
    fill(chair, "5", "both passages")
    chair.get_by_role("button", name="Change this rating").click()
    expect(other.locator("[data-trouble]")).to_contain_text("Your words are kept")
    expect(other.locator("#reason")).to_have_value("the second passage weighs more")
    other.get_by_role("button", name="Change this rating").click()
    expect(other.get_by_role("alert")).to_contain_text("Somebody changed this rating")
    expect(other.locator("#panel")).to_contain_text("both passages")
    expect(other.locator("#reason")).to_have_value("the second passage weighs more")
    other.get_by_role("button", name="Change this rating").click()
    expect(other.locator(".history li")).to_have_count(2)
    with sqlite_database.reading() as session:
        made = session.scalars(sa.select(IntegrationChange).order_by(IntegrationChange.number)).all()
        assert [(one.number, one.after) for one in made] == [(1, 5), (2, 2)]


def test_a_rating_is_changed_and_taken_back_by_keyboard(sqlite_database: Database, arrive: Arrive) -> None:
    room, address = gathering(sqlite_database)
    page = arrive(room.people[0], "nl", color_scheme="dark").page
    page.goto(address)
    for words in ("De wash-up openen", "Deelnemer 1 bespreken", "Door naar wat te beslissen is"):
        press_until(page, f'.room-main button:has-text("{words}")')
        page.keyboard.press("Enter")
    press_until(page, ".matrix a[data-cell]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    press_until(page, "#panel input[name=passage]")
    page.keyboard.press("Space")
    press_until(page, "#after")
    page.keyboard.press("End")
    press_until(page, "#reason")
    page.keyboard.insert_text("beide passages")
    press_until(page, "#panel .button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".history li")).to_have_count(1)
    press_until(page, ".history summary")
    page.keyboard.press("Enter")
    press_until(page, "#undo-reason")
    page.keyboard.insert_text("te snel")
    page.keyboard.press("Enter")
    expect(page.locator(".history li.undone")).to_have_count(1)
    assert barriers(page) == []
