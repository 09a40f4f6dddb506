"""An administrator at the live board, by keyboard alone: a concern arrives, two get more time, the centre stops and goes on."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.concern import ConcernKind
from assessment.models.sitting import Sitting
from assessment.services import concerns, presences, sittings
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.stage import within
from tests.journeys.test_participant import press_until

pytestmark = pytest.mark.browser


def press(page: Page, selector: str, key: str = "Enter") -> None:
    press_until(page, selector)
    page.keyboard.press(key)


def test_an_administrator_looks_after_a_centre_by_keyboard(arrive: Arrive, sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
        anna = factories.administrator(session, name="Anna")
        ids, actors = {}, {}
        for name in ("Ada", "Bob", "Cas"):
            person = factories.person(session, name=name)
            enrolment = factories.enrolment(session, centre, person)
            ids[name] = sittings.list_for(session, enrolment)[0].id
            actors[name] = factories.actor(session, person)
            sittings.start(session, ids[name], "en", by=actors[name])
    before = {name: end_of(sqlite_database, ids[name]) for name in ids}
    page = arrive(anna).page
    page.clock.install()
    page.goto(f"/administrator/centres/{centre.id}/board/")
    expect(page.locator("[data-pulse]")).to_contain_text("Live")

    # The concern comes by itself, while the focus stays where it is.
    search = page.locator("#q")
    search.focus()
    page.keyboard.type("ada")
    with sqlite_database.writing() as session:
        concerns.tell(session, ids["Ada"], "c", ConcernKind.TECHNICAL, "It flickers", by=actors["Ada"])
    sqlite_database.writer.run(lambda connection: presences.note(connection, ids["Ada"], clock.now()))
    within(page, 15_000, lambda: "Technical: It flickers" in (page.locator(".concerns").text_content() or ""))
    expect(page.locator("[data-announce]")).to_have_text("New concern: Ada, E5")
    expect(search).to_be_focused()
    expect(page.locator("tr", has_text="Ada").locator("[data-cell=seen]")).to_contain_text("ago")
    expect(page.locator("tr[data-row]:visible")).to_have_count(1)  # the filter holds

    # It is answered on the timeline.
    press(page, ".concerns a")
    press_until(page, "textarea[name=text]")
    page.keyboard.type("Use the other screen.")
    press(page, "button[name=done]")
    expect(page.locator(".notice.done")).to_contain_text("Your answer")
    page.go_back()
    page.goto(f"/administrator/centres/{centre.id}/board/")
    expect(page.locator("[data-concerns]")).to_be_hidden()

    # Two get ten minutes more, after a look at the new ends.
    for name in ("Ada", "Cas"):
        press(page, f"[aria-label='Choose {name}']", "Space")
    press(page, ".acting button")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    press(page, "button[value=preview]")
    expect(page.locator("tbody tr")).to_have_count(2)
    press_until(page, "#reason")
    page.keyboard.type("The screens flickered")
    press(page, "button[value=extend]")
    expect(page.locator(".notice.done")).to_contain_text("More time was given")
    after = {name: end_of(sqlite_database, ids[name]) for name in ids}
    assert {name: after[name] - before[name] for name in ids} == {
        "Ada": timedelta(minutes=10),
        "Bob": timedelta(),
        "Cas": timedelta(minutes=10),
    }

    # The centre stops and goes on.
    press(page, ".acting a.button")
    press_until(page, "#reason")
    page.keyboard.type("Fire alarm")
    press(page, "main form button.main")
    expect(page.locator("tr", has_text="Bob").locator(".tag").first).to_have_text("paused")
    press(page, "main .notice button")
    press(page, "dialog button.main")
    expect(page.locator("tr", has_text="Bob").locator(".tag").first).to_have_text("running")

    # The timeline tells it all.
    press(page, "tr[data-row] td a.tag")
    told = page.locator(".timeline tbody b")
    expect(told).to_have_text(
        [
            "Started",
            "The participant said that something is wrong",
            "The concern was answered",
            "The concern was marked as done",
            "More time was given",
            "Paused",
            "Went on after a pause",
        ]
    )
    expect(page.locator(".timeline")).to_contain_text("Fire alarm")
    assert re.search(r"\d\d:\d\d:\d\d", page.locator(".timeline").inner_text())


def end_of(database: Database, sitting_id: UUID) -> datetime:
    with database.reading() as session:
        found = session.get_one(Sitting, sitting_id).deadline_at
    assert found
    return found
