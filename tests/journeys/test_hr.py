"""HR and the participant's decision in a real browser, by keyboard alone, in both languages."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from assessment import create_app
from assessment.database import Database
from assessment.models.person import Person
from assessment.models.report import Download, Report, ReportState
from assessment.settings import Settings
from tests.assessment import fonts
from tests.journeys.stage import Actor, barriers, serving
from tests.journeys.test_participant import press_until
from tests.working import run_next

pytestmark = pytest.mark.browser


class Stage:
    """The demo's centres: in spring one report is released and one waits for its participant; one is of the year before."""

    def __init__(self, browser: Browser, app: Flask, base: str, database: Database) -> None:
        self.browser, self.app, self.base, self.database = browser, app, base, database
        self.actors: list[Actor] = []

    def arrive(self, email: str, language: str) -> Actor:
        with self.database.reading() as session:
            person = session.scalars(sa.select(Person).where(Person.email == email)).one()
        self.actors.append(Actor(self.browser, self.app, self.base, person, language, accept_downloads=True))
        return self.actors[-1]

    def states(self) -> list[ReportState]:
        with self.database.reading() as session:
            return sorted(session.scalars(sa.select(Report.state).where(Report.state != ReportState.DRAFT)))


@pytest.fixture
def stage(browser: Browser, settings: Settings, sqlite_demo: Database) -> Iterator[Stage]:
    fonts.put_into(settings.data_folder)
    app = create_app(settings, sqlite_demo)
    with serving(app) as base:
        made = Stage(browser, app, base, sqlite_demo)
        yield made
        for actor in made.actors:
            actor.context.close()


def press(page: Page, selector: str) -> None:
    press_until(page, selector)
    page.keyboard.press("Enter")


def taken(page: Page, selector: str) -> bytes:
    """What a button downloads."""
    press_until(page, selector)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_hr_reads_and_takes_out_what_was_released_by_keyboard_alone(stage: Stage, language: str) -> None:
    actor = stage.arrive("hr@demo.klei", language)
    page = actor.page
    page.goto("/hr/")
    assert page.locator('a[href^="/hr/reports/"]').count() == 2, "of spring, and of the pilot below it"
    press(page, 'a[href^="/hr/reports/"]')
    page.wait_for_url("**/hr/reports/*")
    press(page, 'form[action$="/open"] button')
    expect(page.locator("#section-1")).to_be_visible()
    assert barriers(page) == []
    assert taken(page, 'form[action$=".pdf"] button').startswith(b"%PDF")
    page.goto("/hr/")
    assert taken(page, 'form[action$="scores.csv"] button').decode("utf-8-sig").count("Anouk Peeters") == 1
    assert taken(page, 'form[action$="scores.xlsx"] button').startswith(b"PK")
    press(page, 'form[action$="/archive"] button')
    page.wait_for_url("**/hr/archives/*")
    assert run_next(stage.database, stage.app.extensions["klei_settings"])
    expect(page.locator('form[action$="reports.zip"] button')).to_be_visible(timeout=20_000)
    archive = zipfile.ZipFile(io.BytesIO(taken(page, 'form[action$="reports.zip"] button')))
    assert len(archive.namelist()) == 2, "the report and the manifest"
    with stage.database.reading() as session:
        forms = sorted(session.scalars(sa.select(Download.form)))
    assert len(forms) == 5, "each way out is written down"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_participant_reads_comments_and_releases_by_keyboard_alone(stage: Stage, language: str) -> None:
    actor = stage.arrive("tomas@demo.klei", language)
    page = actor.page
    page.goto("/participant/")
    press(page, "main a.button.main")
    page.wait_for_url("**/participant/reports/*")
    press_until(page, "textarea")
    page.keyboard.insert_text("I was in Münster that week. مرحبا")
    press_until(page, 'form[action$="/remarks"] button')
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("I was in Münster that week.")
    press(page, 'form[action$="/release"] button')
    press_until(page, "dialog .button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_be_visible()
    assert stage.states() == [*[ReportState.RELEASED] * 3, ReportState.SUPERSEDED]
    assert barriers(page) == []


def test_a_report_that_is_blocked_after_release_is_gone_for_hr(stage: Stage) -> None:
    anouk, hanna = stage.arrive("anouk@demo.klei", "nl"), stage.arrive("hr@demo.klei", "en")
    hanna.page.goto("/hr/")
    address = hanna.page.locator('a[href^="/hr/reports/"]').first.get_attribute("href")
    page = anouk.page
    page.goto("/participant/")
    page.locator('a[href^="/participant/reports/"]').first.click()
    press(page, 'form[action$="/block"] button')
    press_until(page, "dialog .button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_be_visible()
    assert address
    response = hanna.page.goto(address)
    assert response
    assert response.status == 404
    hanna.page.goto("/hr/")
    spring = hanna.page.locator("section", has=hanna.page.get_by_role("heading", name="Spring centre"))
    row = spring.locator("tr", has_text="Anouk Peeters")
    expect(row).to_contain_text("blocked")
    assert row.locator("a").count() == 0
