"""Looking back in a real browser, by keyboard; the private answer stays with its writer."""

import pytest
from playwright.sync_api import expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Sitting
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.test_participant import Table, saved, started

pytestmark = pytest.mark.browser


def test_questions_are_answered_by_keyboard_and_the_private_one_says_so(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-reflection", is_running=False)
    with sqlite_database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(session, sitting, at=clock.now(), minutes=15, language="nl")
    actor = arrive(table.person, "nl")
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("#reflection-moment").focus()
    page.keyboard.type("Ik hield de levering aan.")
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Hoe waren deze opdrachten voor jou?")).to_be_focused()
    expect(page.locator(".is-private")).to_contain_text("Geen assessor leest dit")
    page.keyboard.type("Alleen van mij.")
    saved(page)
    assert table.counting("moment") == "Ik hield de levering aan."
    assert table.counting("private") == "Alleen van mij."
    assert actor.complaints == []
