"""The own view in a real browser: lines survive a login that ended, and are beside the looking back."""

import pytest
from playwright.sync_api import expect

from assessment import clock
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.sitting import Sitting
from assessment.services import sittings
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, started

pytestmark = pytest.mark.browser


def test_lines_outlast_a_login_that_ended_and_are_beside_the_looking_back(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-case", "stavoord-reflection")
    with sqlite_database.writing() as session:
        sittings.seal(session, session.get_one(Sitting, table.sitting), at=clock.now(), by=None)
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}/receipt")
    assert barriers(page) == []
    page.get_by_label("What stays with you from this exercise?").fill("Carla first, then Daan.")
    cookies = actor.context.cookies()
    actor.context.clear_cookies()
    page.get_by_role("button", name="Keep these lines").click()
    expect(page).not_to_have_url(f"{table.address}/receipt")
    actor.context.add_cookies(cookies)  # as after logging in again
    page.goto(f"{table.address}/receipt")
    expect(page.get_by_text("Text that had not been saved yet was put back.")).to_be_visible()
    page.get_by_role("button", name="Keep these lines").click()
    expect(page.get_by_text("Kept on")).to_be_in_viewport()
    assert page.evaluate("sessionStorage.length") == 0
    with sqlite_database.writing() as session:
        enrolment = session.get_one(Enrolment, table.enrolment.id)
        following = factories.running(session, sittings.list_for(session, enrolment)[1], at=clock.now())
        address = f"/participant/sittings/{following.id}?epoch=1"
    page.goto(address)
    started(page)
    expect(page.locator(".reflection-lines")).to_contain_text("Carla first, then Daan.")
    assert barriers(page) == []


def test_how_one_sees_oneself_is_noted_by_keyboard_and_found_in_the_looking_back(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-reflection", is_running=False, notice_accepted_at=clock.now())
    actor = arrive(table.person, "nl")
    page = actor.page
    page.goto("/participant/")
    page.get_by_role("link", name="Noteren hoe je jezelf ziet").press("Enter")
    expect(page.get_by_role("group", name="Leren en zelfsturing")).to_be_visible()
    page.get_by_role("radio", name="nauwelijks").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Voor mezelf bewaren").press("Enter")
    expect(page.get_by_role("row", name="Leren en zelfsturing")).to_contain_text("redelijk")
    assert actor.complaints == []
    for address in (page.url, page.url.split("?")[0] + "/before"):
        page.goto(address)
        assert barriers(page) == []
    with sqlite_database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(session, sitting, at=clock.now(), language="nl")
    page.goto(f"{table.address}?epoch=1")
    started(page)
    expect(page.locator(".reflection-lines")).to_contain_text("redelijk")
