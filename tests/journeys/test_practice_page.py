"""Practising at a browser: a round is played, time passes, a conversation is answered, and nothing is stored."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from assessment.database import Database
from assessment.models.sitting import Revision
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.test_participant import started

pytestmark = pytest.mark.browser


def test_each_kind_answers_while_it_is_practised_and_nothing_is_stored(
    sqlite_database: Database, arrive: Arrive
) -> None:
    with sqlite_database.writing() as session:
        person = factories.person(session)
        centre = factories.centre(session, "stavoord-game", "stavoord-planning", "stavoord-role-play")
        enrolment = factories.enrolment(session, centre, person)
        session.commit()
        home = f"/participant/enrolments/{enrolment.id}/practice"
    actor = arrive(person, "en")
    page = actor.page
    page.goto(home)
    page.get_by_role("link", name="sandwich stand").click()
    started(page)
    page.locator('[data-name="option"]').first.check()
    page.locator("[data-forecast-button]").click()
    expect(page.locator("[data-forecast-place]")).to_contain_text("Sold")
    page.locator("[data-confirm]").click()
    page.locator("[data-yes]").click()
    expect(page.locator("[data-game-stage]")).to_contain_text("You sold 240 sandwiches")

    page.get_by_role("link", name="Done with this one").click()
    page.get_by_role("link", name="two crews").click()
    started(page)
    page.get_by_role("button", name="Let time pass").click()
    expect(page.locator("[data-planning-repair]")).to_contain_text("The ladder is broken.")
    expect(page.get_by_role("button", name="Let time pass")).to_be_hidden()

    page.goto(f"{home}/role_play")
    started(page)
    page.locator("[data-start]").click()
    page.locator("#role_play-text").fill("How come it stands here?")
    page.locator("[data-composer] select[name=move]").select_option("ask")
    page.locator("[data-composer] select[name=about]").select_option("bicycle")
    page.locator("[data-send]").click()
    expect(page.locator("[data-stage]")).to_contain_text("The lock of the shed is broken.")

    page.get_by_role("link", name="Done with this one").click()
    page.get_by_role("button", name="I have practised enough").click()
    page.wait_for_url("**/participant/")
    with sqlite_database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Revision)) == 0
    assert actor.complaints == []
