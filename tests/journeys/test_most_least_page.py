"""Most and least in a real browser, by keyboard: two columns, and what is picked in one is out of reach in the other."""

import json

import pytest
from playwright.sync_api import expect

from assessment.database import Database
from exercises import content
from tests.exercises.most_least import pack
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, saved, started

pytestmark = pytest.mark.browser


def test_the_most_and_the_least_effective_step_are_picked_by_keyboard(
    sqlite_database: Database, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = pack()
    monkeypatch.setattr(content, "shipped", lambda: {form.slug: form})
    table = Table(sqlite_database, form.slug, minutes=8)
    item = form.structure["items"][0]
    task, (first, second, third, *_others) = item["id"], item["order"]
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    options = form.text("en")["items"][task]["options"]
    most = page.get_by_role("radio", name=f"Most effective {options[first]}")
    most.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"[name={task}-most][value={second}]")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(f"[name={task}-least][value={third}]")).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.locator(f"[name={task}-least][value={first}]")).to_be_checked()
    expect(page.locator(f"[name={task}-least][value={second}]")).to_be_disabled()
    expect(page.locator(f"[data-rated-of={task}]")).to_have_text("2 of 2 picked")
    saved(page)
    assert json.loads(table.counting(task)) == {"most": second, "least": first}
    assert actor.complaints == []
    assert barriers(page) == []
    page.goto(f"{table.address}?epoch=1")
    expect(page.locator(f"[name={task}-least][value={first}]")).to_be_checked()
