"""Ninety days in a real browser: from reading the report to the second look at oneself; and who has it open meanwhile."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.event import Mail
from assessment.models.own_view import Moment, SelfRating
from assessment.models.plan import Plan
from assessment.models.programme import Programme
from assessment.services import plans, self_ratings
from tests.assessment.reporting import Reporting
from tests.journeys.conftest import Arrive, TimePasses

pytestmark = pytest.mark.browser
COLLEAGUES = [f"colleague{n}@example.org" for n in range(4)]


@pytest.fixture
def desk(sqlite_database: Database) -> Reporting:
    made = Reporting(sqlite_database, ["Ayşe de Vries"])
    with sqlite_database.writing() as session:
        session.get_one(
            Programme, made.centre.programme_id
        ).strategic_question = "How do we grow in services?"
        session.add(
            SelfRating(
                enrolment_id=made.enrolments[0].id,
                moment=Moment.BEFORE,
                dimension="S1",
                value=2,
                changed_at=clock.now(),
            )
        )
    return made


def links(database: Database, path: str) -> list[str]:
    with database.reading() as session:
        texts = session.scalars(sa.select(Mail.text).where(Mail.text.like(f"%/{path}/%"))).all()
    return [re.findall(rf"(/{path}/\S+)", one)[0] for one in texts]


def confirm(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).click()
    page.locator("dialog").get_by_role("button", name=words).click()


def test_a_participant_walks_ninety_days(
    desk: Reporting, arrive: Arrive, browser: Browser, base: str, time_passes: TimePasses
) -> None:
    desk.signed()
    me = arrive(desk.people[0])
    page = me.page
    page.goto("/participant/")
    page.get_by_role("button", name="Begin your ninety days").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your ninety days")

    # One action of the library and one of one's own, with if and then.
    page.locator("summary", has_text="Planning").or_(page.locator("details.card summary")).first.click()
    page.get_by_role("button", name=re.compile("^Choose ")).first.click()
    page.get_by_label("What I do").last.fill("I ask one more question before I answer.")
    page.get_by_role("button", name="Add it").click()
    card = page.locator("section.card", has_text="question before I answer.").first
    card.get_by_label("If this happens").fill("I have thought for ten seconds")
    card.get_by_label("then I", exact=True).fill("ask one more question")
    card.get_by_label("My manager may see this action").check()
    card.get_by_role("button", name="Keep this action").click()
    expect(page.locator(".written", has_text="I have thought for ten seconds")).to_be_visible()

    # The strategic question, the diary, the manager.
    page.get_by_role("link", name="The strategic question").click()
    page.get_by_label("By what do we choose?").fill("Margin per route")
    page.get_by_role("button", name="Keep these notes").click()
    expect(page.get_by_label("By what do we choose?")).to_have_value("Margin per route")
    page.get_by_role("link", name="Your ninety days").click()
    page.get_by_role("link", name="Your diary").click()
    page.get_by_label("What happened, and what do you make of it?").fill("Today I listened.")
    page.get_by_role("button", name="Keep this for myself").click()
    confirm(page, "Share this passage")
    expect(page.get_by_text("shared with your manager")).to_be_visible()
    page.get_by_role("link", name="Your ninety days").click()
    page.get_by_label("E-mail address of your manager").fill("boss@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("button", name="Renew the link")).to_be_visible()
    (door,) = links(desk.database, "shared")
    boss = browser.new_context(base_url=base)
    seen = boss.new_page()
    seen.goto(door)
    seen.get_by_role("button", name="Open it in this browser").click()
    expect(seen.get_by_text("Today I listened.")).to_be_visible()
    expect(seen.get_by_text("I ask one more question before I answer.")).to_be_visible()
    other = browser.new_context(base_url=base)
    forwarded = other.new_page()
    assert forwarded.goto(door).status == 410  # type: ignore[union-attr]
    expect(forwarded.get_by_text("renew it")).to_be_visible()
    page.reload()
    confirm(page, "Take the link back")
    expect(page.get_by_role("button", name="Send the link")).to_be_visible()
    assert seen.reload().status == 410  # type: ignore[union-attr]
    boss.close()

    # Day 30.
    time_passes(days=30)
    page.reload()
    page.get_by_role("link", name=re.compile("^Look back")).first.click()
    page.get_by_label("What I tried, and what happened").first.fill("Twice, and it was quieter.")
    page.get_by_role("button", name="Keep this for myself").click()
    expect(page.locator(".step", has_text="Day 30").get_by_text("done", exact=True)).to_be_visible()

    # Day 60: four colleagues are asked; two answers show nothing, three do.
    time_passes(days=30)
    page.goto(page.url.split("#")[0])
    page.get_by_role("link", name="Ask colleagues for feedback").click()
    page.get_by_label("What do you ask about?").fill("How I listen")
    page.get_by_label("E-mail addresses").fill("\n".join(COLLEAGUES))
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_text("Answers are shown from three on")).to_be_visible()
    for number, address in enumerate(links(desk.database, "feedback")[:3]):
        asked = other.new_page()
        asked.goto(address)
        asked.get_by_label("What should this person keep doing?").fill(f"Asking first {number}")
        asked.get_by_role("button", name="Send these answers").click()
        expect(asked.get_by_role("heading", level=1)).to_have_text("Thank you")
        assert asked.goto(address).status == 410  # type: ignore[union-attr]
        expect(asked.get_by_text("cannot be given twice")).to_be_visible()
        asked.close()
        page.reload()
        expect(page.get_by_text("Asking first")).to_have_count(3 if number == 2 else 0)
    other.close()

    # Day 90: the last look back, and the second look at oneself.
    time_passes(days=30.5)
    page.get_by_role("link", name="Your ninety days").click()
    page.get_by_role("link", name=re.compile("Look back.*90")).click()
    page.get_by_label("What has become a habit?").fill("To wait.")
    page.get_by_role("button", name="Keep this for myself").click()
    page.get_by_role("link", name=re.compile("Look back.*90")).click()
    page.get_by_role("link", name="Note how you see yourself now, beside the first time").click()
    page.get_by_role("radio").nth(3).check()
    page.get_by_role("button", name="Keep this for myself").click()
    expect(page.get_by_role("columnheader", name="Ninety days later")).to_be_visible()
    with desk.database.reading() as session:
        plan = session.scalars(sa.select(Plan)).one()
        assert [one.done_at is not None for one in plans.own(session, plan.id, by=desk.participant_by[0]).check_ins] == [True, False, True]  # fmt: skip
        assert self_ratings.of_enrolment(session, plan.enrolment)[Moment.LATER]
    assert not [one for one in me.complaints if "410" not in one]


def test_a_release_that_is_taken_back_leaves_the_page_that_hr_has_open(
    desk: Reporting, arrive: Arrive
) -> None:
    report = desk.released()
    page = arrive(desk.hr).page
    page.goto(f"/hr/reports/{report}")
    expect(page.get_by_text("You find the figure.")).to_have_count(0)
    page.get_by_role("button", name="Open this report").click()
    expect(page.get_by_text("You find the figure.").first).to_be_visible()
    desk.block(report)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("taken back while you had it open")).to_be_visible()
    expect(page.get_by_text("You find the figure.")).to_have_count(0)
    mine = arrive(desk.people[0]).page
    mine.goto(f"/participant/enrolments/{desk.enrolments[0].id}/after")
    expect(mine.get_by_role("row", name=re.compile("Hanna de Wit.*opened the page"))).to_be_visible()
