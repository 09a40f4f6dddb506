"""The in-tray at work: reading, sending, new mail, the calendar, one column."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Revision, Sitting
from assessment.services import answers
from tests import factories
from tests.journeys.conftest import Arrive, TimePasses
from tests.journeys.stage import barriers
from tests.journeys.test_participant import Table, ask_now, saved, started

pytestmark = pytest.mark.browser


def opened(page: Page, table: Table) -> None:
    page.goto(f"{table.address}?epoch=1")
    started(page)


def begun(database: Database, minutes_ago: float, language: str = "en") -> Table:
    """A sitting that began some minutes ago."""
    table = Table(database, "stavoord-in-tray", is_running=False)
    with database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(
            session, sitting, at=clock.now() - timedelta(minutes=minutes_ago), minutes=65, language=language
        )
    return table


def message(page: Page, name: str) -> None:
    page.locator(f"[data-entry={name}] a").click()
    expect(page.locator(f"#in-tray-{name}-subject")).to_be_focused()


def act(page: Page, name: str, kind: str) -> None:
    page.locator(f"#in-tray-{name} .in-tray-kinds label", has_text=kind).first.click()


def test_a_stop_is_forwarded_and_stays_sent(sqlite_database: Database, arrive: Arrive) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", minutes=65)
    actor = arrive(table.person, "en")
    page = actor.page
    opened(page, table)
    expect(page.locator("[data-count=waiting]")).to_have_text("11")
    message(page, "M02")
    act(page, "M02", "Forward")
    form = page.locator("#in-tray-M02 form")
    form.get_by_label("To", exact=True).fill("Bo Wolters")
    form.get_by_label("To", exact=True).fill("Mehm")
    page.keyboard.press("Enter")
    form.get_by_label("Your text").fill("Nobody uses these batches.")
    page.keyboard.press("Control+Enter")
    expect(form.locator("[data-error]")).to_have_text("Choose what this message mainly does.")
    form.get_by_label("This message mainly").select_option("stops")
    form.get_by_label("Your text").press("Control+Enter")
    expect(page.locator("#in-tray-M02 [data-sent]")).to_contain_text("Bo Wolters, Mehmet Kaplan")
    expect(page.locator("[data-list=handled] [data-entry=M02]")).to_contain_text("Forward")
    expect(page.locator("[data-count=waiting]")).to_have_text("10")
    saved(page)
    assert json.loads(table.counting("M02.sent.1") or "") == {
        "kind": "forward",
        "to": ["bo", "mehmet"],
        "tag": "stops",
        "text": "Nobody uses these batches.",
    }
    page.reload()
    started(page)
    expect(page.locator("[data-list=handled] [data-entry=M02]")).to_be_visible()
    message(page, "M02")
    expect(page.locator("#in-tray-M02 [data-sent]")).to_contain_text("stops")
    assert actor.complaints == []


def test_drafts_decisions_stock_and_calendar_stand_there_again(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database, minutes_ago=0.1, language="nl")
    page = arrive(table.person, "nl").page
    opened(page, table)
    message(page, "M07")
    page.get_by_label("Nee", exact=True).check()
    act(page, "M07", "Beantwoorden")
    page.locator("#in-tray-M07 form textarea").fill("Geen spoed <b>nu</b>")
    page.locator("#in-tray-M07 [data-document=stock]").click()
    page.locator("[data-batch='L-2209']").select_option("blocked")
    page.get_by_role("tab", name="Agenda").click()
    entry = page.locator("[data-add-entry]")
    entry.locator("[name=title]").fill("Gesprek")
    entry.locator("[name=day]").select_option("thu5")
    entry.locator("[name=start]").fill("10:45")
    entry.locator("button").click()
    expect(page.locator("[data-calendar-days]")).to_contain_text("10.45–11.15")
    own = page.locator("[data-calendar-days] li", has_text="10.45–11.15").last
    expect(own).to_contain_text("Botst met “Zorggroep De Linde, Apeldoorn”, 10.30–11.30.")  # content C1
    expect(page.locator("#announcements")).to_contain_text("Gesprek, 10.45–11.15. Botst met")
    expect(page.locator("[data-clashes]")).to_have_text("Twee afspraken botsen.")
    saved(page)
    page.reload()
    started(page)
    message(page, "M07")
    expect(page.get_by_label("Nee", exact=True)).to_be_checked()
    expect(page.locator("#in-tray-M07 form textarea")).to_have_value("Geen spoed <b>nu</b>")
    expect(page.locator("#in-tray-M07 .in-tray-chips").first).to_contain_text("Mehmet Kaplan")
    expect(page.locator("[data-batch='L-2209']")).to_have_value("blocked")
    expect(page.locator("[data-calendar-days]")).to_contain_text("Gesprek")


def test_that_a_document_was_opened_is_kept_once(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, minutes_ago=0.1)
    page = arrive(table.person).page
    opened(page, table)
    message(page, "M07")
    page.locator("#in-tray-M07 [data-document=stock]").click()
    expect(page.locator("#in-tray-document-stock h3")).to_be_focused()
    saved(page)
    page.reload()
    started(page)
    page.get_by_role("tab", name="Documents").click()
    saved(page)
    with sqlite_database.reading() as session:
        kept = session.execute(
            sa.select(Revision.task, Revision.body).where(Revision.task.startswith("shown."))
        ).all()
    assert ("shown.stock", '"shown"') in [tuple(one) for one in kept]
    assert len(kept) == len({task for task, _value in kept}), "each is kept once"


def test_an_appointment_is_cancelled_and_put_back_by_keyboard(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database, minutes_ago=0.1)
    page = arrive(table.person).page
    opened(page, table)
    days = page.locator("[data-calendar-days]")
    mover = days.locator("[data-move='team_leads']")
    mover.locator("summary").focus()
    page.keyboard.press("Enter")
    mover.get_by_role("button", name="Cancel Team leads, weekly").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#announcements")).to_contain_text("Team leads, weekly is cancelled.")
    expect(mover).to_have_count(0)
    back = days.get_by_role("button", name="Put Team leads, weekly back")
    expect(back).to_be_focused()
    saved(page)
    page.reload()
    started(page)
    expect(days.locator(".in-tray-dropped")).to_contain_text("Team leads, weekly cancelled")
    assert barriers(page) == []
    back.focus()
    page.keyboard.press("Enter")
    expect(mover.locator("summary")).to_be_focused()
    expect(days.locator(".in-tray-dropped")).to_have_count(0)
    saved(page)
    page.reload()
    started(page)
    expect(mover).to_have_count(1)


def test_the_list_is_marked_sorted_and_filtered_by_keyboard_alone(
    sqlite_database: Database, arrive: Arrive
) -> None:  # content C0.1, C1
    table = begun(sqlite_database, minutes_ago=0.1)
    page = arrive(table.person, "en").page
    opened(page, table)

    def press(field: str, *keys: str) -> None:
        page.locator(field).focus()
        for key in keys:
            page.keyboard.press(key)

    message(page, "M05")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    press("#in-tray-M05 [data-mark=priority]", "ArrowDown")
    press("#in-tray-M05 [data-mark=text]", *"Ask Bo")
    expect(page.locator("[data-entry=M05]")).to_contain_text("High note")
    page.locator("[data-order] summary").focus()
    page.keyboard.press("Enter")
    press("[data-order] [name=sort]", "End")
    expect(page.locator("[data-list=waiting] > li").first).to_have_attribute("data-entry", "M05")
    press("[data-order] [name=show]", *["ArrowDown"] * 3)
    expect(page.locator("[data-shown]")).to_contain_text("1 of 11 messages are shown.")
    expect(page.locator("[data-list=waiting] > li:visible")).to_have_count(1)
    expect(page.locator("#announcements")).to_have_text("1 of 11 messages are shown.")
    saved(page)
    assert json.loads(table.counting("mark.M05")) == {"priority": "high", "text": "Ask Bo"}
    page.reload()
    started(page)
    expect(page.locator("[data-list=waiting] > li:visible")).to_have_count(11)
    message(page, "M05")
    expect(page.locator("#in-tray-M05").get_by_label("My note", exact=True)).to_have_value("Ask Bo")
    page.locator("[data-week-link]").press("Enter")
    expect(page.locator("#in-tray-week-title")).to_be_focused()
    expect(page.locator(".in-tray-slot", has_text="Site visits Münster")).to_be_visible()


def test_new_mail_arrives_without_taking_the_focus(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    table = begun(sqlite_database, minutes_ago=7)
    page = arrive(table.person, "en").page
    opened(page, table)
    message(page, "M03")
    act(page, "M03", "Reply")
    page.locator("#in-tray-M03 form textarea").focus()
    time_passes(minutes=1.1)
    ask_now(page)
    expect(page.locator("[data-list=waiting] [data-entry=M12]")).to_contain_text("new")
    expect(page.locator("#announcements")).to_contain_text("1 new message, 12 waiting for you")
    expect(page.locator("#in-tray-M03 form textarea")).to_be_focused()
    message(page, "M12")
    expect(page.locator("#in-tray-M12")).to_contain_text("62 kilos")


def test_after_an_hour_only_the_reasons_are_open(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, minutes_ago=61)
    page = arrive(table.person, "en").page
    opened(page, table)
    expect(page.locator("#in-tray-closing")).to_be_visible()
    page.get_by_label("First decision and why").fill("I stopped the batches first.")
    saved(page)
    assert table.counting("closing.1") == "I stopped the batches first."
    expect(page.locator("[data-new-message]")).to_be_disabled()
    page.locator("[data-entry=M16] a").click()
    expect(page.locator("#in-tray-M16 form")).to_be_hidden()


def test_the_list_is_walked_by_arrows_and_nothing_overflows_at_320_pixels(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database, "stavoord-in-tray", minutes=65)
    page = arrive(table.person, "en", viewport={"width": 320, "height": 700}).page
    opened(page, table)
    page.locator("[data-entry=M01] a").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-entry=M02] a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#in-tray-M02-subject")).to_be_focused()
    act(page, "M02", "Reply")
    for tab in ("Documents", "People", "Notes", "Calendar"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Alt+Shift+KeyN")
    expect(page.locator("#in-tray-new\\.1-subject")).to_be_focused()


def test_a_follow_up_is_noted_as_seen_once_and_not_at_every_visit(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database, minutes_ago=20)
    decided = answers.Save(
        table.sitting, table.person.id, table.person.login_epoch, "decision.EXP", {"option": "yes"}, 0, "c", 1, 1,
        clock.now() - timedelta(minutes=10),
    )  # fmt: skip
    answers.save(sqlite_database.writer, decided, timedelta(seconds=30))
    page = arrive(table.person, "en").page
    for _visit in range(2):
        opened(page, table)
        expect(page.locator("[data-entry=FU4]")).to_be_visible()
        saved(page)
    assert len(table.revisions("FU4")) == 1
