"""The open exercise page learns what others did to its time: longer, paused, resumed, handed in, opened again."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from assessment import clock
from assessment.database import Database
from assessment.models.person import Person
from assessment.models.sitting import RevisionKind, Sitting, SittingState
from assessment.services import adjustments, clocks, pauses, sittings
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.faults import Wire
from tests.journeys.stage import PATIENCE, until, within
from tests.journeys.test_participant import Table, ask_now, saved, started

pytestmark = pytest.mark.browser


def change(database: Database, table: Table, **values: Any) -> None:
    with database.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == table.sitting).values(**values))


def move_end(table: Table, by: timedelta) -> None:
    end = table.get().deadline_at
    assert end
    table.change(deadline_at=end + by)


def administered(database: Database, table: Table, verb: Any, *given: Any) -> Any:
    """What an administrator does to the sitting, through the service."""
    with database.writing() as session:
        centre = session.get_one(Sitting, table.sitting).enrolment.centre
        by = factories.actor(session, factories.administrator(session))
        return verb(session, centre, table.sitting, *given, by=by)


def test_more_time_is_known_within_fifteen_seconds_and_a_hand_in_on_every_device(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: nothing. robustness 4, 7: the deadline travels in a cheap poll, and nothing cached refuses writing."""
    table = Table(sqlite_database, minutes=2)
    first, second = arrive(table.person), arrive(table.person)
    page = first.page
    second.page.goto(table.address)
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    with page.expect_response("**/state"):
        page.clock.run_for(8_000)  # the first questions come sooner than the others
    page.wait_for_load_state("networkidle")
    move_end(table, timedelta(minutes=10))
    within(page, 15_000, lambda: page.locator("#note").inner_text() == "You have 10 minutes more.")
    expect(page.locator("#clock")).to_contain_text(re.compile("1[01]:"))
    expect(page.locator("#announcements")).to_contain_text("10 minutes")
    page.locator("[data-task=memo]").fill("written in the time that was added")
    saved(page)
    with sqlite_database.writing() as session:
        person = factories.actor(session, session.get_one(Person, table.person.id))
        sittings.submit(session, table.sitting, clock.now(), timedelta(seconds=30), by=person)
    for device in (page, second.page):
        ask_now(device)
        expect(device.locator("#banner")).to_contain_text("handed in at", timeout=PATIENCE)
        expect(device.locator("[data-task=memo]")).not_to_be_editable()
    page.locator("#to-receipt").click()
    expect(page.locator(".written").first).to_have_text("written in the time that was added")
    page.go_back()  # robustness 11: coming back after the end cannot write
    expect(page).to_have_url(f"{first.base}{table.address}/receipt")
    assert [one for one in first.complaints if "page error" in one] == []


def told(table: Table) -> list[Any] | None:
    """The clock of the sitting, as a page is told it."""
    found = clocks.of(table.get())
    return found.told() if found else None


def more_time(session: Any, centre: Any, sitting: Any, minutes: int, *, by: Any) -> None:
    adjustments.extend(session, centre, [sitting], minutes, "Noise.", by=by)


def sends_and_is_told(table: Table, page: Page, text: str) -> tuple[Any, Any]:
    """The clock that the page sends when this is written, and the one that it is told with the acknowledgement."""
    with page.expect_response("**/tasks/memo") as answered:
        page.locator("[data-task=memo]").fill(text)
    saved(page)
    assert table.counting() == text
    return answered.value.request.post_data_json["clock"], answered.value.json().get("clock")


def test_a_paused_page_shows_nothing_of_the_exercise_and_loses_nothing(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: the exercise is paused while somebody types. robustness 2.8: neither read nor written."""
    table = Table(sqlite_database, minutes=30)
    with sqlite_database.writing() as session:
        factories.administrator(session, name="Nora Bakker", email="nora@example.org")
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    memo = page.locator("[data-task=memo]")
    assert sends_and_is_told(table, page, "as the page was opened") == (told(table), None)
    with page.expect_response("**/state"):
        ask_now(page)  # so that it does not ask again soon
    administered(sqlite_database, table, more_time, 7)
    sent, found = sends_and_is_told(table, page, "with more time, of which the page may not know yet")
    assert found == (None if sent == told(table) else told(table))
    assert sends_and_is_told(table, page, "with more time") == (told(table), None)
    administered(sqlite_database, table, more_time, 5)
    with page.expect_response("**/state"):
        ask_now(page)
    before = told(table)
    assert sends_and_is_told(table, page, "before the pause") == (before, None)
    pause = administered(sqlite_database, table, pauses.pause, "The fire alarm.")
    assert pause.resumed_at is None
    memo.fill("typed when the pause had begun")
    expect(page.locator("#cover")).to_contain_text("Nora Bakker", timeout=15_000)
    expect(page.locator("#cover")).to_be_focused()
    expect(page.locator("#sitting")).to_be_hidden()
    expect(page.locator("#clock")).to_have_text("paused")
    expect(page.locator("#saved-words")).to_contain_text("Paused")
    expect(page.locator("#hand-in button")).to_be_disabled()
    other = actor.new_page()
    other.goto(table.address)
    expect(other.locator("#paused")).to_contain_text("nora@example.org")
    assert "debt ratio" not in other.content().lower()
    assert table.counting() == "before the pause"
    administered(sqlite_database, table, pauses.resume)
    ask_now(page)
    expect(page.locator("#cover")).to_be_hidden()
    expect(memo).to_have_value("typed when the pause had begun")
    expect(memo).to_be_editable()
    expect(page.locator("#clock")).to_contain_text(re.compile("4[01]:"))
    saved(page)
    assert table.counting() == "typed when the pause had begun"
    assert told(table) != before
    assert sends_and_is_told(table, page, "after the pause") == (told(table), None)


def test_a_page_of_the_build_before_that_knows_no_clock_saves_and_is_told_it(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: nothing, but nodes are being changed one by one: an older page gets today's scripts."""
    table = Table(sqlite_database, minutes=30)
    page = arrive(table.person).page

    def as_it_was(route: Route) -> None:
        answer = route.fetch()
        text, removed = re.subn(r' data-clock="[^"]*"', "", answer.text())
        assert removed == 1
        route.fulfill(response=answer, body=text)

    page.route(f"**{table.address}?epoch=1", as_it_was)
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("on the older page")
    saved(page)
    assert table.counting() == "on the older page"
    assert sends_and_is_told(table, page, "and on") == (told(table), None)


def test_who_writes_is_told_with_the_saves_and_asks_nothing_besides(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: nothing. Of the requests of somebody who writes only the saves are left, and they tell of a pause."""
    table = Table(sqlite_database, minutes=30)
    with sqlite_database.writing() as session:
        factories.administrator(session)
    page = arrive(table.person).page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    with page.expect_response("**/state"):  # the first question comes by itself
        page.clock.pause_at(datetime.fromtimestamp(page.evaluate("Date.now()") / 1000 + 60, UTC))
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/state") else None)
    told: list[dict[str, Any]] = []
    page.on(
        "requestfinished",
        lambda request: told.append(request.post_data_json) if "/tasks/" in request.url else None,
    )
    for number in range(14):  # 42 seconds
        page.locator("[data-task=memo]").fill(f"draft {number}")
        page.clock.run_for(2_000)
        until(page, lambda number=number: table.counting() == f"draft {number}")
        saved(page)
        page.clock.run_for(1_000)
    assert asked == []
    assert 3 <= sum("asks" in one for one in told) <= 6
    administered(sqlite_database, table, pauses.pause, "The fire alarm.")
    page.locator("[data-task=memo]").fill("typed when the pause had begun")
    page.clock.run_for(2_000)
    expect(page.locator("#cover")).to_be_visible()
    page.clock.resume()
    assert table.counting() == "draft 13"


def test_a_page_that_ended_without_connection_goes_on_when_time_was_added_meanwhile(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: the network, across the end. robustness 3, 5: ask first, and no reload while text is unsent."""
    table = Table(sqlite_database, minutes=55)
    actor = arrive(table.person, at=wire.address)
    page = actor.page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    wire.drop()
    page.locator("[data-task=memo]").fill("written without a connection")
    page.clock.fast_forward(55 * 60_000)
    expect(page.locator("#banner")).to_contain_text("no connection", timeout=20_000)
    expect(page.locator("#saved-words")).to_contain_text("none yet")
    change(sqlite_database, table, deadline_at=clock.now() + timedelta(minutes=5))
    wire.open()
    ask_now(page)
    expect(page.locator("[data-task=memo]")).to_be_editable(timeout=15_000)
    started(page)  # it has begun anew, and can be asked to ask only then
    expect(page.locator("[data-task=memo]")).to_have_value("written without a connection")
    assert table.counting() == "written without a connection"
    change(sqlite_database, table, state=SittingState.VOID, void_reason="opened again")
    ask_now(page)
    expect(page.locator("#banner")).to_contain_text("does not count any more")
    expect(page.locator("#to-home")).to_be_visible()


def test_a_change_of_the_end_is_told_to_the_second_and_a_jump_of_the_clock_alone_is_none(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: the clock of the page, which stood still as in a sleep. robustness 4: no number that is not true."""
    table = Table(sqlite_database, minutes=30)
    page = arrive(table.person).page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    with page.expect_response("**/state"):
        page.clock.run_for(8_000)
    note = page.locator("#note")
    page.clock.fast_forward(3 * 60_000)  # ahead of the server, which sets it back
    ask_now(page)
    expect(page.locator("#clock")).to_contain_text(re.compile("^(29|30):"))
    expect(note).to_be_hidden()
    move_end(table, timedelta(minutes=7, seconds=30))  # as far as the centre's latest end left
    ask_now(page)
    expect(note).to_have_text("You have 7 minutes and 30 seconds more.")
    move_end(table, -timedelta(minutes=2, seconds=30))
    ask_now(page)
    expect(note).to_have_text("The end was corrected: 2 minutes and 30 seconds less.")


def test_a_page_whose_clock_comes_to_zero_asks_before_it_ends(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: what the page knows of its end, just before it. robustness 3: it asks first."""
    table = Table(sqlite_database, minutes=30)
    page = arrive(table.person).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.evaluate("window.isTheSamePage = true")
    change(sqlite_database, table, deadline_at=clock.now() + timedelta(seconds=8))
    ask_now(page)  # it asks again by itself only after twelve seconds
    expect(page.locator("#clock")).to_have_text(re.compile("^0:0"))
    move_end(table, timedelta(minutes=10))
    expect(page.locator("#note")).to_have_text("You have 10 minutes more.")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("[data-task=memo]")).to_be_editable()
    assert page.evaluate("window.isTheSamePage")


def test_text_that_arrives_within_grace_from_the_page_that_wrote_counts_also_from_the_receipt(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: the network, and then the tab, just before the end. robustness 11, 17, 20."""
    table = Table(sqlite_database, minutes=2)
    actor = arrive(table.person, at=wire.address)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("first")
    saved(page)
    wire.drop()
    page.locator("[data-task=memo]").fill("the last words")
    expect(page.locator("#saved.offline")).to_be_attached(timeout=15_000)
    page.close()
    change(sqlite_database, table, deadline_at=clock.now() - timedelta(seconds=2))
    wire.open()
    page = actor.new_page()
    page.goto(table.address)
    expect(page).to_have_url(f"{actor.base}{table.address}/receipt")
    expect(page.locator(".written").first).to_have_text("the last words", timeout=15_000)
    assert table.counting() == "the last words"
    assert table.revisions()[-1].is_in_grace
    assert [one.kind for one in table.revisions()] == [RevisionKind.MAIN, RevisionKind.MAIN]


def test_the_clock_speaks_at_its_thresholds_and_on_demand_only(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """robustness 30: a live countdown would speak every second."""
    table = Table(sqlite_database, minutes=6)
    page = arrive(table.person).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    table.change(deadline_at=clock.now() + timedelta(minutes=5, seconds=6))
    ask_now(page)
    expect(page.locator("#clock")).to_have_attribute("aria-live", "off")
    expect(page.locator("#announcements")).to_have_text("5 minutes left", timeout=20_000)
    page.keyboard.press("Alt+Shift+KeyT")
    expect(page.locator("#announcements")).to_contain_text("seconds left")
