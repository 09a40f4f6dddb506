"""An author looks at an exercise as participants and assessors see it, in both languages, by keyboard."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from assessment.database import Database
from assessment.models.sitting import Revision
from exercises.content import shipped
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers

pytestmark = pytest.mark.browser


def tab_to(page: Page, target: str) -> None:
    """Go on with the Tab key until this has the focus."""
    page.locator(target).first.wait_for(state="attached")  # the page may still be on its way
    page.wait_for_load_state()
    for _ in range(60):
        if page.evaluate("(target) => document.activeElement?.matches(target)", target):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {target} by keyboard")


def test_an_author_reads_both_languages_of_a_minute_and_what_assessors_get_by_keyboard(
    sqlite_database: Database, arrive: Arrive
) -> None:
    with sqlite_database.writing() as session:
        person = factories.administrator(session)
    exercise = shipped()["stavoord-in-tray"]
    actor = arrive(person, "en")
    page = actor.page
    page.goto("/administrator/exercises/")
    tab_to(page, f'a[href$="{exercise.slug}/"]')
    page.keyboard.press("Enter")
    sides = [page.frame_locator(f"iframe[lang={code}]") for code in ("en", "nl")]
    for side, language in zip(sides, ("en", "nl"), strict=True):
        expect(side.locator("h1")).to_contain_text(exercise.title(language))
    early = sides[0].locator("[data-message]").count()

    tab_to(page, "#minute")
    page.keyboard.press("Control+a")
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    page.wait_for_url("**minute=30**")
    expect(sides[1].locator("h1")).to_contain_text(exercise.title("nl"))
    assert sides[0].locator("[data-message]").count() > early
    assert barriers(page) == []

    tab_to(page, "input[name=face]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**face=assessor**")
    expect(sides[0].get_by_role("heading", name="Giving direction")).to_be_visible()
    expect(sides[1].get_by_role("heading", name="Richting geven")).to_be_visible()
    with sqlite_database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Revision)) == 0


@pytest.mark.parametrize("slug", sorted(slug for slug in shipped() if slug.startswith("stavoord")))
def test_the_preview_of_each_kind_shows_without_a_complaint(
    sqlite_database: Database, arrive: Arrive, slug: str
) -> None:
    with sqlite_database.writing() as session:
        person = factories.administrator(session)
    actor = arrive(person, "nl")
    for face in ("participant", "assessor"):
        actor.page.goto(f"/administrator/exercises/{slug}/?face={face}&minute=25")
        for code in ("en", "nl"):
            side = actor.page.frame_locator(f"iframe[lang={code}]")
            expect(side.locator("h1")).to_contain_text(shipped()[slug].title(code))
    assert actor.complaints == []
