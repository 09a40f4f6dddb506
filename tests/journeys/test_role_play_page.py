"""A written conversation at work: begun, held and ended by keyboard, kept without connection, read by an assessor."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Sitting
from exercises import get
from exercises.content import shipped
from tests import factories
from tests.assessment.room import Room
from tests.journeys.conftest import Arrive, TimePasses
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, ask_now, press_until, saved, started

pytestmark = pytest.mark.browser
EXERCISE = "stavoord-role-play"


def begun(database: Database, language: str = "en", minutes_ago: float = 1) -> Table:
    table = Table(database, EXERCISE, is_running=False)
    with database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(
            session, sitting, at=clock.now() - timedelta(minutes=minutes_ago), minutes=35, language=language
        )
    return table


def opened(page: Page, table: Table) -> None:
    page.goto(f"{table.address}?epoch=1")
    started(page)


def test_a_whole_conversation_is_held_by_keyboard_in_dutch(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, "nl")
    actor = arrive(table.person, "nl")
    page = actor.page
    opened(page, table)
    assert barriers(page) == []
    press_until(page, "[data-start]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]").last).to_be_focused(timeout=15_000)
    said = dict(get("role_play").samples(shipped()[EXERCISE]).complete["nl"])
    for number in range(1, 11):
        message = said[f"turn.{number}"]
        press_until(page, "#role_play-text")
        page.keyboard.insert_text(message["text"])
        for name in ("move", "about"):
            press_until(page, f"#role_play-{name}")
            label = page.locator(f'#role_play-{name} option[value="{message[name]}"]').inner_text()
            page.keyboard.type(label)
            expect(page.locator(f"#role_play-{name}")).to_have_value(message[name])
        press_until(page, "[data-send]")
        page.keyboard.press("Enter")
        expect(page.locator(".role_play-said .is-own")).to_have_count(number, timeout=15_000)
        expect(page.locator("[data-answer]").last).to_be_focused()
    expect(page.locator(".role_play-said li").last).to_have_text(
        "Bo 16.00 Naar dat rapport kijken we woensdag."
    )
    expect(page.locator(".role_play-over")).to_contain_text("Het gesprek is voorbij.")
    press_until(page, "#role_play-agreed")
    page.keyboard.type("Bo belt mij eerst.")
    saved(page)
    assert table.counting("agreed") == "Bo belt mij eerst."
    assert json.loads(table.counting("turn.1"))["move"] == "ask"
    assert table.counting("draft.10") == "{}"  # what was sent is no draft on the receipt
    assert barriers(page) == []
    page.reload()
    started(page)
    expect(page.locator(".role_play-said .is-own")).to_have_count(10)
    expect(page.locator("#role_play-agreed")).to_have_value("Bo belt mij eerst.")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert barriers(page) == []
    assert actor.complaints == []


def test_a_message_needs_its_choices_and_waits_for_a_connection(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database)
    page = arrive(table.person, "en").page
    opened(page, table)
    page.locator("[data-start]").click()
    expect(page.locator("[data-answer]")).to_contain_text("So this is about that mail?")
    page.locator("[data-send]").click()
    expect(page.locator("[data-error]")).to_have_text("Write your message first.")
    page.locator("#role_play-text").fill("How was that for you?")
    page.locator("[data-send]").click()
    expect(page.locator("[data-error]")).to_have_text("Choose what your message mainly does.")
    expect(page.locator("#role_play-move")).to_be_focused()
    page.locator("#role_play-move").select_option("ask")
    page.locator("#role_play-about").select_option("round")
    saved(page)
    page.reload()
    started(page)
    expect(page.locator("#role_play-text")).to_have_value("How was that for you?")
    expect(page.locator("#role_play-about")).to_have_value("round")
    page.context.set_offline(True)
    page.locator("[data-send]").click()
    expect(page.locator("[data-state]")).to_contain_text("goes out as soon as there is one", timeout=10_000)
    expect(page.locator("#role_play-move")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator(".role_play-said")).to_contain_text("Femke asked me", timeout=30_000)


def test_near_the_end_the_questions_come_and_what_is_being_written_stays(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    table = begun(sqlite_database, minutes_ago=28)
    page = arrive(table.person, "en").page
    opened(page, table)
    page.locator("[data-start]").click()
    page.locator("#role_play-text").fill("Half a sentence")
    time_passes(minutes=2.1)
    ask_now(page)
    expect(page.locator("#role_play-agreed")).to_be_visible(timeout=45_000)
    expect(page.locator("[data-early]")).to_contain_text("still go on with the conversation")
    expect(page.locator("#role_play-text")).to_have_value("Half a sentence")


def test_an_assessor_reads_what_bo_said_beside_each_message(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room = Room(sqlite_database, EXERCISE, language="nl")
    actor = arrive(room.people[0], "nl")
    page = actor.page
    page.goto(f"/assessor/ratings/{room.assignment(0, 'E4')}")
    expect(page.get_by_role("heading", name="Bericht 1, minuut 0 van het gesprek")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Er staan twee bussen op me te wachten")
    expect(page.locator("main")).to_contain_text("De vorm van het gesprek")
    assert barriers(page) == []
    assert actor.complaints == []
