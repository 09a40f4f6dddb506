"""The business game at work: a whole game by keyboard, results after confirming, what was confirmed stays, the forecast."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Sitting
from tests import factories
from tests.assessment.room import Room
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, press_until, saved, started

pytestmark = pytest.mark.browser
EXERCISE = "stavoord-game"


def begun(database: Database, language: str = "en") -> Table:
    table = Table(database, EXERCISE, is_running=False)
    with database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(
            session, sitting, at=clock.now() - timedelta(minutes=1), minutes=35, language=language
        )
    return table


def opened(page: Page, table: Table) -> None:
    page.goto(f"{table.address}?epoch=1")
    started(page)


def type_over(page: Page, selector: str, text: str) -> None:
    press_until(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_a_whole_game_is_played_by_keyboard_in_dutch(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, "nl")
    actor = arrive(table.person, "nl")
    page = actor.page
    opened(page, table)
    for number in range(1, 5):
        expect(page.locator("#game-round-title")).to_have_text(f"Halfjaar {number} van 4")
        if number == 1:
            type_over(page, "#game-p", "14,25" if page.evaluate("navigator.language") == "nl" else "14.25")
            type_over(page, "#game-f", "9")
        press_until(page, '[data-name="option"]')
        page.keyboard.press("Space")
        type_over(page, "#game-text", f"Reden {number}: meer herstel, minder kas.")
        press_until(page, "[data-confirm]")
        page.keyboard.press("Enter")
        expect(page.locator("[data-yes]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(f"[data-game-stage][data-confirmed='{number}']")).to_be_visible(timeout=15_000)
        expect(page.locator("#game-results")).to_be_focused()
    expect(page.locator("#game-round-title")).to_have_text("Hoe het er na vier halfjaren voor staat")
    expect(page.locator(".game-closing")).to_contain_text("hield")
    press_until(page, "#game-closing")
    page.keyboard.type("Ik zou eerst opschrijven wat ik verwacht.")
    saved(page)
    assert table.counting("closing") == "Ik zou eerst opschrijven wat ik verwacht."
    first = json.loads(table.counting("round.1"))
    assert (first["p"], first["f"], first["option"]) == (14.25, 9, "a")
    page.reload()
    started(page)
    expect(page.locator("#game-closing")).to_have_value("Ik zou eerst opschrijven wat ik verwacht.")
    expect(page.locator(".game-board thead th")).to_have_count(5)
    assert actor.complaints == []


def test_a_confirmed_half_year_stays_and_what_is_not_confirmed_is_kept(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database)
    actor = arrive(table.person, "en")
    page = actor.page
    opened(page, table)
    page.locator("[data-confirm]").click()
    expect(page.locator("[data-error]")).to_have_text("Choose an answer to the question of this half-year.")
    page.locator("#game-p").fill("13.3")
    page.locator('[data-name="option"]').nth(2).check()
    page.locator("[data-confirm]").click()
    expect(page.locator("[data-error]")).to_have_text(
        "Fee for new contracts: choose a value from 12 to 16, in steps of 0.25."
    )
    page.locator("#game-p").fill("13.25")
    page.locator("#game-text").fill("Price before volume.")
    saved(page)
    page.reload()
    started(page)
    expect(page.locator("#game-p")).to_have_value("13.25")
    expect(page.locator("#game-text")).to_have_value("Price before volume.")
    page.locator("[data-confirm]").click()
    page.locator("[data-no]").click()
    expect(page.locator("[data-confirm]")).to_be_focused()
    page.locator("[data-confirm]").click()
    page.locator("[data-yes]").click()
    expect(page.locator("[data-game-stage][data-confirmed='1']")).to_be_visible(timeout=15_000)
    expect(page.locator(".game-decided").first).to_contain_text("Price before volume.")
    expect(page.locator("#game-p")).to_have_value("13.25")
    assert page.locator('[data-name="option"]:checked').count() == 0
    code = page.evaluate(
        """async () => {
          const script = document.querySelector('script[src*="sitting/sitting.js"]').src;
          const { sendSave } = await import(new URL("wire.js", script));
          const { saveUrl, epoch } = document.getElementById("sitting").dataset;
          const value = { p: 16, m: 0, q: 0, f: 5, s: 1, t: 0, option: "a" };
          const attempt = { value, base: 1, client: crypto.randomUUID(), seq: 1, epoch: Number(epoch) };
          return (await sendSave(saveUrl.replace("TASK", "round.1"), attempt)).code;
        }"""
    )
    assert code == "already_sent"
    assert json.loads(table.counting("round.1"))["p"] == 13.25


def test_a_forecast_comes_from_the_server_and_says_when_it_is_old(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database)
    actor = arrive(table.person, "en")
    page = actor.page
    opened(page, table)
    page.locator("[data-forecast-button]").click()
    forecast = page.locator("[data-forecast]")
    expect(forecast).to_contain_text("1,050")
    expect(forecast).to_contain_text("Without an answer")
    page.locator("#game-p").fill("12")
    expect(page.locator("[data-state]")).to_contain_text("You have changed something")
    page.locator("[data-forecast-button]").click()
    expect(forecast).not_to_contain_text("1,050")
    page.locator("[data-forecast-button]").click()
    expect(page.locator("[data-state]")).to_have_text("")
    page.locator("#game-p").fill("12.1")
    page.locator("[data-forecast-button]").click()
    expect(forecast).to_contain_text("A forecast needs every decision")
    assert actor.complaints == []


def test_without_a_connection_a_half_year_waits_and_its_results_follow(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database)
    page = arrive(table.person, "en").page
    opened(page, table)
    page.context.set_offline(True)
    page.locator("[data-forecast-button]").click()
    expect(page.locator("[data-state]")).to_contain_text("there is no forecast now")
    page.locator('[data-name="option"]').nth(1).check()
    page.locator("#game-text").fill("Typed on a train.")
    page.locator("[data-confirm]").click()
    page.locator("[data-yes]").click()
    expect(page.locator("[data-state]")).to_contain_text("sent as soon as there is one", timeout=10_000)
    expect(page.locator("#game-p")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("[data-game-stage][data-confirmed='1']")).to_be_visible(timeout=30_000)
    assert json.loads(table.counting("round.1"))["text"] == "Typed on a train."


def test_an_assessor_reads_each_half_year_with_its_results_and_can_tie_what_was_written(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room = Room(sqlite_database, EXERCISE, language="nl")
    actor = arrive(room.people[0], "nl")
    page = actor.page
    page.goto(f"/assessor/ratings/{room.assignment(0, 'E6')}")
    expect(page.get_by_role("heading", name="Halfjaar 1, bevestigd")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Three more people cost 48,000 now")
    expect(page.locator("main")).to_contain_text("Resultaat: Kas")
    expect(page.locator("main")).to_contain_text("Een reden noemt een afweging")
    expect(page.locator("main")).to_contain_text("De index achter deze woorden")
    assert barriers(page) == []
    assert actor.complaints == []
