"""Journeys in which things are really broken; each says what it broke, and nothing acknowledged is ever lost."""

import shutil
import signal
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, expect

from assessment import clock, create_app
from assessment.database import Database
from assessment.models.presence import Interruption, InterruptionKind
from assessment.models.sitting import Adjustment, AdjustmentKind, RevisionKind
from assessment.services import outages, sittings
from assessment.settings import Settings
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.faults import Service, Wire, fill, processes_of, small_disk, tell
from tests.journeys.stage import ARGUMENTS, CHROMIUM, Actor, cookie_of, serving
from tests.journeys.test_participant import ADVICE, Table, ask_now, saved, started, take_over

pytestmark = pytest.mark.browser


def profile_at(browser: Browser, app: Flask, table: Table, folder: Path, base: str) -> BrowserContext:
    """A browser of its own with a profile that outlives it, logged in."""
    context = browser.browser_type.launch_persistent_context(
        str(folder), executable_path=CHROMIUM, args=ARGUMENTS, base_url=base
    )
    context.add_cookies([cookie_of(app, table.person)])  # type: ignore[list-item]
    return context


def test_a_line_that_cuts_stalls_and_drops_makes_no_second_revision_and_loses_no_word(
    sqlite_database: Database,
    browser: Browser,
    live_app: Flask,
    wire: Wire,
    arrive: Arrive,
    tmp_path: Path,
) -> None:
    """Broken: the TCP line. First a reply is cut in its middle, then the line stalls, then it drops for a minute.

    robustness 16, 17, 19, 2.5: the acknowledgement alone says saved; the age of the last is told in words; at the end
    the unsent text leaves as a file that an administrator puts in.
    """
    table = Table(sqlite_database)
    with sqlite_database.writing() as session:
        administrator = factories.administrator(session)
    actor = Actor(browser, live_app, wire.address, table.person)
    page = actor.page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    memo = page.locator("[data-task=memo]")
    wire.cuts = 1
    memo.fill("the answer to this save was lost")
    saved(page)
    assert wire.cuts == 0
    assert [one.number for one in table.revisions()] == [1]

    wire.stall()
    memo.fill("written into a stalled line")
    expect(page.locator("#saved-words")).to_contain_text("Saving…", timeout=15_000)
    wire.drop()
    expect(page.locator("#saved.offline")).to_contain_text("No connection. Write on", timeout=15_000)
    assert table.counting() == "the answer to this save was lost"
    memo.fill(ADVICE)
    page.clock.fast_forward(65_000)
    expect(page.locator("#saved.offline")).to_contain_text("1 minute ago", timeout=15_000)
    expect(page.locator("#emergency")).to_be_visible(timeout=15_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save unsent text as a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert ADVICE in file.read_text()

    boss = arrive(administrator).page
    boss.goto(f"/administrator/centres/{table.enrolment.centre_id}/emergencies/")
    boss.locator("#emergency-file").set_input_files(file)
    boss.get_by_role("button", name="Look at the file").click()
    expect(boss.locator(".version").first).to_contain_text(ADVICE)
    expect(boss.locator("main")).to_contain_text("Last acknowledged: version 1")
    boss.get_by_label("Reason").fill("The line of the hotel was dead")
    boss.get_by_role("button", name="Put in 1 text").click()
    expect(boss.locator(".notice.done")).to_contain_text("kept as evidence")
    assert [(one.kind, one.body.strip('"')) for one in table.revisions()][1:] == [(RevisionKind.SIDE, ADVICE)]

    wire.open()
    page.clock.fast_forward(20_000)
    saved(page)
    assert table.counting() == ADVICE
    actor.context.close()


def test_server_and_browser_are_killed_and_nothing_acknowledged_or_typed_is_lost(
    sqlite_database: Database, browser: Browser, live_app: Flask, tmp_path: Path
) -> None:
    """Broken: kill -9 of gunicorn while somebody types, then of all processes of the browser. robustness 16, 17, 20."""
    table = Table(sqlite_database)
    service = Service(sqlite_database.url.render_as_string(hide_password=False), tmp_path / "data")
    profile = tmp_path / "profile"
    service.start()
    try:
        context = profile_at(browser, live_app, table, profile, f"http://127.0.0.1:{service.port}")
        page = context.new_page()
        page.goto(f"{table.address}?epoch=1")
        started(page)
        memo = page.locator("[data-task=memo]")
        memo.fill("acknowledged")
        saved(page)
        service.kill()
        memo.press_sequentially(" and typed on")
        expect(page.locator("#saved.offline")).to_contain_text("No connection", timeout=15_000)
        assert table.counting() == "acknowledged"
        service.start()
        page.evaluate("dispatchEvent(new Event('online'))")  # what the retry, ever later, does by itself
        saved(page)
        memo.fill("left on the device")
        page.wait_for_timeout(300)  # the outbox has it, the server not yet
        tell(processes_of(profile), signal.SIGKILL)
        time.sleep(0.3)
        assert table.revisions()[-1].body.strip('"') in ("left on the device", "acknowledged and typed on")
        again = profile_at(browser, live_app, table, profile, f"http://127.0.0.1:{service.port}")
        page = again.new_page()
        page.goto(table.address)
        started(page)
        take_over(page)
        expect(page.locator("[data-task=memo]")).to_have_value("left on the device")
        saved(page)
        assert table.counting() == "left on the device"
        again.close()
    finally:
        service.kill()


def test_a_server_that_was_away_across_the_end_seals_nothing_and_gives_the_time_back_first(
    sqlite_database: Database, browser: Browser, live_app: Flask, tmp_path: Path
) -> None:
    """Broken: kill -9 of gunicorn before the deadline; it comes back after it. robustness 14, 2.6."""
    table = Table(sqlite_database)
    service = Service(sqlite_database.url.render_as_string(hide_password=False), tmp_path / "data")
    service.start()
    try:
        actor = Actor(browser, live_app, f"http://127.0.0.1:{service.port}", table.person)
        page = actor.page
        page.goto(f"{table.address}?epoch=1")
        started(page)
        memo = page.locator("[data-task=memo]")
        memo.fill("saved before the server went away")
        saved(page)
        end = clock.now() + timedelta(seconds=12)
        table.change(deadline_at=end)
        ask_now(page)
        expect(page.locator("#clock")).to_contain_text("0:")
        service.kill()
        memo.fill("written while it was away")
        expect(page.locator("#banner")).to_contain_text("no connection")
        expect(memo).not_to_be_editable()
        time.sleep((outages.SILENCE + outages.EVERY).total_seconds() - 12)
        with sqlite_database.writing() as session:
            assert sittings.seal_due(session, timedelta()) == 0  # a worker that was there all the while
        service.start()
        expect(memo).to_be_editable()  # the page begins anew by itself
        started(page)
        expect(memo).to_have_value("written while it was away")
        saved(page)
        assert table.counting() == "written while it was away"
        with sqlite_database.reading() as session:
            entry = session.scalars(sa.select(Adjustment)).one()
        assert (entry.kind, table.get().deadline_at) == (
            AdjustmentKind.OUTAGE,
            end + timedelta(seconds=entry.seconds),
        )
        assert entry.seconds > outages.SILENCE.total_seconds()
        assert not table.revisions()[-1].is_in_grace
        actor.context.close()
    finally:
        service.kill()


def test_a_laptop_that_slept_across_the_end_asks_first_and_sends_what_it_had(
    sqlite_database: Database, browser: Browser, live_app: Flask, base: str, tmp_path: Path
) -> None:
    """Broken: SIGSTOP of all processes of the browser across the deadline. robustness 1, 3, 20, 2.2."""
    table = Table(sqlite_database)
    context = profile_at(browser, live_app, table, tmp_path / "profile", base)
    page = context.new_page()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    memo = page.locator("[data-task=memo]")
    memo.fill("saved before the lid was closed")
    saved(page)
    table.change(deadline_at=clock.now() + timedelta(seconds=10))
    ask_now(page)
    expect(page.locator("#clock")).to_contain_text("0:0")
    memo.fill("the last words before the lid was closed")
    own = processes_of(tmp_path / "profile")
    tell(own, signal.SIGSTOP)
    try:
        deadline = table.get().deadline_at
        assert deadline
        time.sleep(max(6.0, (deadline - clock.now()).total_seconds() + 0.5))
    finally:
        tell(own, signal.SIGCONT)
    expect(page.locator("#banner")).to_contain_text("over", timeout=15_000)
    expect(memo).not_to_be_editable()
    page.locator("#to-receipt").click()
    expect(page.locator("main")).to_contain_text("within the half minute after the end: it counts")
    assert table.counting() == "the last words before the lid was closed"
    assert [one.is_in_grace for one in table.revisions()] == [False, True]
    with sqlite_database.reading() as session:
        spells = session.scalars(sa.select(Interruption.kind)).all()
    assert InterruptionKind.ASLEEP in spells
    context.close()


def test_a_full_disk_is_told_and_nothing_is_corrupted(
    settings: Settings, sqlite_template: Path, browser: Browser, tmp_path: Path
) -> None:
    """Broken: the disk under the database is full (a small tmpfs), and then has space again. robustness 17, 19."""
    with small_disk(tmp_path / "disk", 6_000) as is_mounted:
        if not is_mounted:
            pytest.skip("mounting a tmpfs is not allowed here")
        path = tmp_path / "disk" / "klei.sqlite3"
        shutil.copyfile(sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        app = create_app(settings, database)
        table = Table(database)
        with serving(app) as base:
            actor = Actor(browser, app, base, table.person)
            page = actor.page
            page.goto(f"{table.address}?epoch=1")
            started(page)
            memo = page.locator("[data-task=memo]")
            memo.fill("saved while there was space")
            saved(page)
            filler = tmp_path / "disk" / "filler"
            fill(filler)
            long = "word " * 12_000
            memo.fill(long)
            expect(page.locator("#saved.offline")).to_contain_text("cannot save", timeout=15_000)
            assert any("503" in one for one in actor.complaints)
            assert table.counting() == "saved while there was space"
            filler.unlink()
            saved(page)
            assert table.counting() == long
            actor.context.close()
        database.dispose()
        with sqlite3.connect(path) as checked:
            assert checked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        checked.close()


def test_a_browser_that_refuses_or_runs_out_of_storage_says_so_and_saves_online(
    sqlite_database: Database, arrive: Arrive, base: str
) -> None:
    """Broken: IndexedDB, refused as in a private window; and then its quota. robustness 16."""
    table = Table(sqlite_database)
    refused = arrive(table.person)
    refused.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page = refused.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    expect(page.locator("#saved-words")).to_contain_text("This browser keeps no copy")
    page.locator("[data-task=memo]").fill(ADVICE)
    saved(page)
    assert table.counting() == ADVICE
    refused.context.set_offline(True)
    page.locator("[data-task=memo]").fill("and more")
    expect(page.locator("#saved.offline")).to_contain_text("Do not close this page", timeout=15_000)

    full: Any = arrive(table.person)
    page = full.page
    page.goto(table.address)
    started(page)
    take_over(page)
    tools = full.context.new_cdp_session(page)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": base, "quotaSize": 1})
    page.locator("[data-task=memo]").fill("word " * 10_000)
    expect(page.locator("#saved-words")).to_contain_text("storage of this browser is full", timeout=15_000)
    saved(page)
    assert table.counting() == "word " * 10_000
