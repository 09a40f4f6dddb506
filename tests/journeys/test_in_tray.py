"""The in-tray in a real browser: messages arrive by themselves, what is sent stays sent, keys suffice."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Revision, Sitting, SittingState
from tests import factories
from tests.journeys.conftest import Arrive, TimePasses
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, ask_now, press_until, saved, started

pytestmark = pytest.mark.browser


def at_minute(table: Table, minute: float) -> None:
    """Let the exercise have begun so many minutes ago."""
    with table.database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(session, sitting, at=clock.now() - timedelta(minutes=minute), minutes=65)


def tasks(database: Database, sitting: UUID) -> list[str]:
    with database.reading() as session:
        return list(
            session.scalars(
                sa.select(Revision.task).where(Revision.sitting_id == sitting).order_by(Revision.id)
            )
        )


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_message_is_answered_by_keyboard_alone_and_stays_sent(
    sqlite_database: Database, arrive: Arrive, language: str
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", is_running=False)
    at_minute(table, 1)
    actor = arrive(table.person, language)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    assert page.locator('[data-list="waiting"] li').count() == 11
    press_until(page, '[data-entry="M03"] a')
    page.keyboard.press("Enter")
    expect(page.locator("#in-tray-M03 h2")).to_be_focused()
    press_until(page, '#in-tray-M03 input[name="kind"]')
    page.keyboard.press("Space")
    press_until(page, '#in-tray-M03 select[name="tag"]')
    page.keyboard.press("ArrowDown")
    press_until(page, '#in-tray-M03 [name="text"]')
    page.keyboard.insert_text("The reserved desks are on hold. 🙂 مرحبا")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#in-tray-M03 [data-sent]")).to_contain_text("on hold")
    expect(page.locator('[data-list="handled"] [data-entry="M03"]')).to_be_visible()
    saved(page)
    assert "M03.sent.1" in tasks(sqlite_database, table.sitting)
    page.reload()
    started(page)
    expect(page.locator('[data-list="handled"] [data-entry="M03"]')).to_be_visible()
    assert actor.complaints == []


def test_new_mail_arrives_by_the_time_of_the_server_without_taking_the_focus(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", is_running=False)
    at_minute(table, 7)
    page = arrive(table.person).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    assert page.locator('[data-entry="M12"]').count() == 0
    page.locator('[data-entry="M10"] a').click()
    page.locator('#in-tray-M10 input[name="kind"]').first.check()
    text = page.locator('#in-tray-M10 [name="text"]')
    text.fill("I have read it")
    text.focus()
    time_passes(minutes=1.1)
    ask_now(page)
    expect(page.locator('[data-entry="M12"]')).to_be_visible(timeout=45_000)
    expect(page.locator("#announcements")).to_contain_text("new message")
    expect(text).to_be_focused()
    assert page.locator('[data-entry="M13"]').count() == 0  # what is still to come is not in the page


def test_a_message_sent_without_a_connection_leaves_on_return(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", is_running=False)
    at_minute(table, 1)
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    actor.context.set_offline(True)
    page.locator('[data-entry="M01"] a').click()
    page.locator('#in-tray-M01 input[value="no_action"]').check()
    page.locator("#in-tray-M01 [data-send]").click()
    expect(page.locator("#in-tray-M01 [data-state]")).to_contain_text("connection", timeout=20_000)
    actor.context.set_offline(False)
    expect(page.locator("#in-tray-M01 [data-state]")).to_have_text("", timeout=25_000)
    assert "M01.sent.1" in tasks(sqlite_database, table.sitting)


def test_after_sixty_minutes_only_the_closing_reasons_can_be_written(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", is_running=False)
    at_minute(table, 61)
    page = arrive(table.person).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    expect(page.locator("#in-tray-closing")).to_be_visible()
    page.locator('[data-task="closing.1"]').fill("I stopped the batches first, because nobody may get hurt.")
    saved(page)
    assert table.counting("closing.1").startswith("I stopped")
    with sqlite_database.reading() as session:
        assert session.get_one(Sitting, table.sitting).state is SittingState.RUNNING


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_in_tray_has_no_axe_violation_and_does_not_scroll_sideways(
    sqlite_database: Database, arrive: Arrive, width: int
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", is_running=False)
    at_minute(table, 40)
    page = arrive(table.person, viewport={"width": width, "height": 900}).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator('[data-entry="M07"] a').click()
    page.locator('#in-tray-M07 input[name="kind"]').first.focus()
    page.keyboard.press("Space")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
