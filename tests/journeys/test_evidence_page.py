"""The evidence page with real figures in a real browser: it computes by itself, and axe finds nothing."""

import threading
import time
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser

from assessment import clock
from assessment.database import Database
from assessment.settings import Settings
from tests.assessment.rated import simulated
from tests.assessment.services.test_evidence import give_backgrounds, react
from tests.factories import NOON
from tests.journeys.stage import Actor, serving
from tests.journeys.test_every_page import look
from tests.working import run_next

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1440), ("nl", "dark", 320)])
def test_every_role_reads_figures_that_axe_finds_nothing_in(
    browser: Browser,
    app: Flask,
    sqlite_database: Database,
    settings: Settings,
    language: str,
    scheme: str,
    width: int,
) -> None:
    with clock.at(NOON + timedelta(days=30)):
        made, _truth = simulated(sqlite_database, 44, planted={0: "harsh"})
        with sqlite_database.writing() as session:
            give_backgrounds(session, made, 22, 2)
            react(session, made, 20)
        centre, enrolment = made.centre.id, made.enrolments[0].id
        pages = (
            (made.administrator, f"/administrator/centres/{centre}/evidence/"),
            (made.administrator, f"/administrator/centres/{centre}/evidence/groups"),
            (made.assessors[0], f"/assessor/centres/{centre}/evidence/"),
            (made.hr, f"/hr/centres/{centre}/evidence/"),
            (made.people[0], f"/participant/enrolments/{enrolment}/evidence"),
            (made.people[0], f"/participant/enrolments/{enrolment}/reaction"),
            (made.people[0], f"/participant/enrolments/{enrolment}/background"),
        )
        found: list[str] = []
        is_over = threading.Event()

        def work() -> None:
            while not is_over.is_set():
                run_next(sqlite_database, settings)
                time.sleep(0.2)

        worker = threading.Thread(target=work)
        worker.start()
        try:
            with serving(app) as base:
                for person, address in pages:
                    actor = Actor(
                        browser, app, base, person, language, color_scheme=scheme,
                        viewport={"width": width, "height": 900},
                    )  # fmt: skip
                    actor.page.goto(address)
                    actor.page.locator("article, form.self-rating").first.wait_for(timeout=60_000)
                    found += look(actor, address, set(), set(), address)
                    actor.context.close()
        finally:
            is_over.set()
            worker.join()
        assert not found, "\n".join(found)
