"""A page that cannot ask, and a page that the browser had put away: neither loses text, neither writes unasked."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Dialog, Request, Route, expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import RevisionKind, Sitting
from tests.journeys.conftest import Arrive
from tests.journeys.stage import until
from tests.journeys.test_participant import Table, saved, started

pytestmark = pytest.mark.browser


def change(database: Database, table: Table, **values: object) -> None:
    with database.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == table.sitting).values(**values))


def test_a_failed_refresh_of_the_clock_keeps_page_text_and_time_and_is_tried_again(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: whoever answers for the time. robustness 5: such traffic never reloads a page that holds unsent text."""
    table = Table(sqlite_database, minutes=30)
    page = arrive(table.person).page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.evaluate("window.isTheSamePage = true")
    asked: list[Route] = []

    def fail(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")

    page.route("**/api/sittings/**", fail)

    def left() -> int:
        minutes, seconds = (page.locator("#clock").text_content() or "").split(":")
        return int(minutes) * 60 + int(seconds)

    before, began = left(), time.monotonic()
    page.locator("[data-task=memo]").fill("not sent yet")
    for times in (1, 2):  # it fails, and is tried again
        seen = len([route for route in asked if route.request.method == "GET"])
        page.clock.fast_forward(20_000)
        until(page, lambda: len([one for one in asked if one.request.method == "GET"]) > seen, f"{times}")  # noqa: B023
    assert 38 <= before - left() <= 45 + (time.monotonic() - began)
    expect(page.locator("#saved.offline")).to_be_visible()
    assert page.locator("[data-task=memo]").input_value() == "not sent yet"
    assert page.evaluate("window.isTheSamePage")
    page.unroute("**/api/sittings/**")
    change(sqlite_database, table, deadline_at=clock.now() + timedelta(minutes=45))
    page.clock.fast_forward(20_000)
    saved(page)
    expect(page.locator("#clock")).to_contain_text("44:")
    assert page.evaluate("window.isTheSamePage")


def test_a_page_that_was_put_away_asks_before_it_writes(sqlite_database: Database, arrive: Arrive) -> None:
    """Broken: work went on elsewhere while the back button kept this page. robustness 11, 15: it asks first."""
    table = Table(sqlite_database, minutes=30)
    page = arrive(table.person).page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    change(sqlite_database, table, writer_epoch=2, taken_over_at=clock.now())
    sent: list[str] = []
    held: list[Route] = []

    def note(request: Request) -> None:
        if "/tasks/" in request.url:
            sent.append(request.method)

    page.on("request", note)
    page.route("**/api/sittings/*/state", lambda route: held.append(route))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.locator("[data-task=memo]").fill("typed before the server had answered")
    page.clock.fast_forward(7_000)  # longer than any text waits
    until(page, lambda: held)
    assert sent == []
    for route in held:
        route.continue_()
    page.unroute("**/api/sittings/*/state")
    expect(page.locator("#banner")).to_contain_text("goes on in another window")
    expect(page.locator("[data-task=memo]")).not_to_be_editable()
    page.clock.fast_forward(3_000)
    until(page, table.revisions)
    assert [one.kind for one in table.revisions()] == [RevisionKind.SIDE]  # kept, and counts for nothing


def test_the_back_button_in_the_middle_of_the_work_loses_no_word_and_asks_no_take_over(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: nothing but the way: back to the start page, with words unsent, and forward again. robustness 15, 16."""
    table = Table(sqlite_database, minutes=30)
    actor = arrive(table.person)
    page = actor.page
    page.goto("/participant/")
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("saved before going back")
    saved(page)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator("[data-task=memo]").fill("typed just before going back")
    page.go_back()
    expect(page).to_have_url(f"{actor.base}/participant/")
    assert asked == ["beforeunload"]
    page.go_forward()
    started(page)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("[data-task=memo]")).to_have_value("typed just before going back")
    expect(page.locator("[data-task=memo]")).to_be_editable()
    saved(page)
    page.locator("[data-task=memo]").fill("typed after it")
    saved(page)
    assert table.counting() == "typed after it"
    assert {one.kind for one in table.revisions()} == {RevisionKind.MAIN}
    page.go_back()  # with everything saved nobody is asked
    expect(page).to_have_url(f"{actor.base}/participant/")
    assert asked == ["beforeunload"]
