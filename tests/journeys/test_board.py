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
from tests.journeys.stage import barriers, within
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


def test_those_who_were_chosen_stand_still_get_time_back_and_go_on_by_keyboard(
    arrive: Arrive, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session, clock.at(clock.now() - timedelta(minutes=20)):
        centre = factories.centre(session, "stavoord-case")
        anna = factories.administrator(session, name="Anna")
        ids = {}
        for name in ("Ada", "Bob", "Cas", "Dov"):
            person = factories.person(session, name=name)
            ids[name] = sittings.list_for(session, factories.enrolment(session, centre, person))[0].id
            if name != "Dov":
                sittings.start(session, ids[name], "en", by=factories.actor(session, person))
    before = {name: end_of(sqlite_database, ids[name]) for name in ("Ada", "Bob", "Cas")}
    page = arrive(anna).page
    page.goto(f"/administrator/centres/{centre.id}/board/")
    table = page.locator("main tbody tr")

    def choose(act: str, *names: str) -> None:
        for name in names:
            press(page, f"[aria-label='Choose {name}']", "Space")
        press(page, f".acting [formaction$='{act}']")
        page.wait_for_url(f"**/chosen/{act}?*")
        assert barriers(page) == []

    def tags() -> list[str]:
        return [page.locator("tr", has_text=name).locator(".tag").first.inner_text() for name in ids]

    # Nobody is chosen: the page says so, and who could be.
    choose("pause")
    expect(page.locator("main")).to_contain_text("Choose at least one participant")
    expect(page.get_by_role("checkbox")).to_have_count(4)  # everybody, and three who work
    press(page, "main .actions a")

    # Two stand still; for the third of those who were chosen the page says why not.
    choose("pause", "Ada", "Cas", "Dov")
    expect(table).to_have_count(2)
    expect(page.locator("main li")).to_have_text("Dov: Nothing runs or is paused.")
    press_until(page, "#reason")
    page.keyboard.type("Fire alarm")
    press(page, "button[value=do]")
    expect(page.locator(".notice.done")).to_contain_text("2 exercises are paused.")
    assert tags() == ["paused", "running", "paused", "ready"]

    # What they had lost before comes back while they stand still.
    choose("give-back", "Ada", "Cas")
    press_until(page, "#minutes")
    page.keyboard.type("5")
    press(page, "button[value=preview]")
    expect(page.locator("#reason")).to_be_visible()
    assert barriers(page) == []
    press_until(page, "#reason")
    page.keyboard.type("The alarm went off")
    press(page, "button[value=do]")
    expect(page.locator(".notice.done")).to_contain_text("Time was given back in 2 exercises.")

    # They go on.
    choose("go-on", "Ada", "Cas")
    expect(table).to_have_count(2)
    press(page, "button[value=do]")
    expect(page.locator(".notice.done")).to_contain_text("2 exercises go on.")
    assert tags() == ["running", "running", "running", "ready"]
    more = {name: end_of(sqlite_database, ids[name]) - before[name] for name in before}
    assert more["Ada"] > timedelta(minutes=5)
    assert more["Cas"] > timedelta(minutes=5)
    assert more["Bob"] == timedelta()


def end_of(database: Database, sitting_id: UUID) -> datetime:
    with database.reading() as session:
        found = session.get_one(Sitting, sitting_id).deadline_at
    assert found
    return found
