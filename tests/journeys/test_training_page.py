"""An assessor learns an exercise and is tested on it in a real browser, by keyboard alone (M6)."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from assessment.database import Database
from assessment.models.benchmark import Showing
from assessment.models.calibration import Calibration
from assessment.services import calibration_tests
from tests.assessment.room import Room
from tests.assessment.training import exact, levels, rate_showing, showings_of
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers
from tests.journeys.test_assessor import tab_to

pytestmark = pytest.mark.browser


def press(page: Page, selector: str) -> None:
    """Go to it with Tab and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def rate_by_keyboard(page: Page, given: Mapping[str, int | None]) -> None:
    """Tie the first sentence to the first behaviour of each dimension, give each its level, and submit."""
    expect(page.locator("#draft .dim.now")).to_be_visible()
    order = [one.get_attribute("data-dimension") or "" for one in page.locator("#draft .dim").all()]
    page.keyboard.press("j")
    for number, dimension in enumerate(order, start=1):
        page.keyboard.press(str(number))
        page.keyboard.press("a")
        expect(
            page.locator(f'[data-dimension="{dimension}"] .evidence li:not([data-pending])')
        ).to_have_count(1)
    page.keyboard.press("r")
    for dimension in order:
        expect(page.locator("#draft .dim.now")).to_have_attribute("data-dimension", dimension)
        page.keyboard.press(str(given[dimension]))
    for dimension in order:
        chosen = page.locator(f'[data-dimension="{dimension}"] [type=radio]:checked')
        expect(chosen).to_have_value(str(given[dimension]))
    page.keyboard.press("s")
    page.wait_for_url("**/submit")
    page.keyboard.press("Enter")


def references(database: Database, showing: Showing) -> Mapping[str, int | None]:
    return levels(database, showing.id, exact)


def test_an_assessor_trains_compares_with_the_panel_and_passes_the_test_by_keyboard(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room = Room(sqlite_database)
    who = room.by[0]
    actor = arrive(room.people[0])
    page = actor.page
    page.goto("/assessor/training/")
    assert barriers(page) == []
    press(page, 'a[href$="stavoord-case"]')
    expect(page.get_by_role("heading", name="Common rating errors")).to_be_visible()
    assert barriers(page) == []

    # One benchmark: what was given, beside the panel's levels, reasons and passages.
    press(page, ".card.next form button.main")
    expect(page.locator("#draft")).to_be_visible()
    (first,) = showings_of(sqlite_database, who)
    given = references(sqlite_database, first)
    lowered = {name: max(1, (level or 1) - 2) for name, level in given.items()}
    rate_by_keyboard(page, lowered)
    expect(page.get_by_role("heading", level=1)).to_have_text("What the panel saw")
    expect(page.locator(".verdict .tag.amber").first).to_contain_text("below what the panel accepts")
    expect(page.locator("main")).to_contain_text("one author's judgement")
    expect(page.locator("mark.panel, mark.both").first).to_be_visible()
    assert barriers(page) == []

    # It can be done again, as often as somebody likes.
    press(page, 'button[name="benchmark"]')
    rate_by_keyboard(page, given)
    expect(page.locator(".verdict .tag.leaf")).to_have_count(len(given))

    # The test, on answers that were not trained on; all but the last are rated without the browser.
    press(page, 'a[href$="stavoord-case"]')
    press(page, "section:has(> #calibration) form button")
    expect(page.get_by_role("heading", name="Answers to rate")).to_be_visible()
    assert barriers(page) == []
    with sqlite_database.reading() as session:
        test = session.get_one(Calibration, UUID(page.url.rsplit("/", 1)[-1]))
        shown = [one.id for one in calibration_tests.shown_in(session, test)]
    for one in shown[:-1]:
        rate_showing(sqlite_database, one, exact, who)
    page.reload()
    expect(page.locator(".queue-progress")).to_contain_text(f"{len(shown) - 1} of {len(shown)} submitted")
    press(page, ".card.next .actions button")
    with sqlite_database.reading() as session:
        last = session.get_one(Showing, shown[-1])
    rate_by_keyboard(page, references(sqlite_database, last))
    expect(page.get_by_role("heading", name="Passed")).to_be_visible()
    expect(page.locator("#dimensions")).to_be_visible()
    assert barriers(page) == []
    assert actor.complaints == []
