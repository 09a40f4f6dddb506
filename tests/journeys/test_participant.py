"""Participants at work in a real browser: by keyboard, offline, on two devices, with a wrong clock, killed."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import passwords, sittings
from tests import factories
from tests.journeys.conftest import Arrive
from tests.journeys.faults import Wire
from tests.journeys.stage import PASSWORD, barriers

pytestmark = pytest.mark.browser
ADVICE = "My advice is to begin with offices in the Netherlands. مرحبا 🙂"


class Table:
    """A participant with a running or ready case study."""

    def __init__(self, database: Database, *slugs: str, is_running: bool = True, **values: Any) -> None:
        self.database = database
        minutes = values.pop("minutes", 55)
        with database.writing() as session:
            self.person: Person = factories.person(
                session, name="Ayşe de Vries", password_hash=passwords.hashed(PASSWORD)
            )
            centre = factories.centre(session, *(slugs or ("stavoord-case",)))
            self.enrolment = factories.enrolment(session, centre, self.person, **values)
            found = session.scalars(
                sa.select(Sitting).where(Sitting.enrolment_id == self.enrolment.id).order_by(Sitting.position)
            ).all()
            if is_running:
                factories.running(session, found[0], at=clock.now(), minutes=minutes)
            self.sitting: UUID = found[0].id
        self.address = f"/participant/sittings/{self.sitting}"

    def revisions(self, task: str = "memo") -> list[Revision]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    sa.select(Revision)
                    .where(Revision.sitting_id == self.sitting, Revision.task == task)
                    .order_by(Revision.number)
                )
            )

    def counting(self, task: str = "memo") -> str:
        kept = [one for one in self.revisions(task) if one.kind in (RevisionKind.MAIN, RevisionKind.ACCEPTED)]
        return kept[-1].body.strip('"') if kept else ""

    def change(self, **values: Any) -> None:
        """Change the sitting behind the back of the page."""
        with self.database.writing() as session:
            session.execute(sa.update(Sitting).where(Sitting.id == self.sitting).values(**values))

    def get(self) -> Sitting:
        with self.database.reading() as session:
            return session.get_one(Sitting, self.sitting)


def started(page: Page) -> None:
    expect(page.locator("#sitting[data-is-started]")).to_be_attached()


def saved(page: Page) -> None:
    expect(page.locator("#saved:not(.waiting):not(.offline) #saved-words")).to_contain_text(
        "opgeslagen" if page.locator("html").get_attribute("lang") == "nl" else "Everything saved",
        timeout=15_000,
    )


def take_over(page: Page) -> None:
    """Let this page be the one that writes. It begins anew, and counts as started only then."""
    page.locator("#take-over button").click()
    page.wait_for_url("**epoch=*")
    started(page)


def ask_now(page: Page) -> None:
    """What the page does by itself every quarter of a minute, and when it is shown again."""
    page.evaluate("dispatchEvent(new Event('pageshow'))")


def press_until(page: Page, selector: str, most: int = 120) -> None:
    """Tab until the focus is on this element: everything can be reached by keyboard."""
    page.locator(selector).first.wait_for(state="attached")  # the page may still be on its way
    page.wait_for_load_state()
    for _ in range(most):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_participant_goes_from_notice_to_receipt_by_keyboard_alone(
    sqlite_database: Database, arrive: Arrive, language: str
) -> None:
    table = Table(
        sqlite_database,
        "stavoord-case",
        is_running=False,
        state=EnrolmentState.INVITED,
        notice_accepted_at=None,
        notice_hash=None,
        notice_language=None,
        policy_read_at=None,
        device_checked_at=None,
        practised_at=None,
    )
    actor = arrive(table.person, language)
    page = actor.page
    page.goto("/participant/")
    for selector in ("main a.button.main", "input[name=accepts]"):
        press_until(page, selector)
        page.keyboard.press("Enter" if selector.startswith("main") else "Space")
    press_until(page, "form.next button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_be_visible()
    press_until(page, "main a.button.main")
    page.keyboard.press("Enter")
    expect(page.locator("#checks-done")).not_to_be_empty()
    press_until(page, "main form button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/participant/")
    press_until(page, "main a.button.main")
    page.keyboard.press("Enter")
    press_until(page, "main li a.button")
    page.keyboard.press("Enter")
    started(page)
    press_until(page, ".sitting-bar a[href$='/practice']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice")
    press_until(page, "main form button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/participant/")
    press_until(page, "main a.button.main")
    page.keyboard.press("Enter")
    press_until(page, "main form.next button.main")
    page.keyboard.press("Enter")
    started(page)
    press_until(page, "[data-task=memo]")
    page.keyboard.insert_text(ADVICE)
    saved(page)
    press_until(page, "#hand-in button")
    page.keyboard.press("Enter")
    press_until(page, "dialog .button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    expect(page.locator(".written").first).to_have_text(ADVICE)
    assert table.counting() == ADVICE
    sitting = table.get()
    assert (sitting.state, sitting.language) == (SittingState.SEALED, language)
    assert actor.complaints == []


def test_work_goes_on_without_a_connection_and_is_sent_on_return(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: the network. robustness 19, 20."""
    table = Table(sqlite_database)
    actor = arrive(table.person, at=wire.address)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("before")
    saved(page)
    wire.drop()
    page.locator("[data-task=memo]").fill(ADVICE)
    expect(page.locator("#saved.offline")).to_contain_text("No connection", timeout=20_000)
    assert table.counting() == "before"
    wire.open()
    saved(page)
    assert table.counting() == ADVICE


def test_a_closed_browser_loses_nothing_and_comes_back_with_an_explicit_take_over(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: network off, then the tab closed. robustness 16, 17."""
    table = Table(sqlite_database)
    actor = arrive(table.person, at=wire.address)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("first")
    saved(page)
    wire.drop()
    page.locator("[data-task=memo]").fill(ADVICE)
    expect(page.locator("#saved.offline")).to_be_visible(timeout=20_000)
    page.close(run_before_unload=False)
    wire.open()
    again = actor.new_page()
    again.goto(table.address)
    started(again)
    expect(again.locator("#banner")).to_be_visible()
    take_over(again)
    expect(again.locator("[data-task=memo]")).to_have_value(ADVICE)
    saved(again)
    assert table.counting() == ADVICE


def test_a_second_device_takes_over_and_the_first_turns_read_only_with_its_text_kept(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: the one page that writes. robustness 15, 16."""
    table = Table(sqlite_database)
    first, second = arrive(table.person), arrive(table.person)
    first.page.goto(f"{table.address}?epoch=1")
    started(first.page)
    second.page.goto(table.address)
    started(second.page)
    first.page.route(
        "**/api/sittings/*/state", lambda _route: None
    )  # or it might hear of it before it writes
    take_over(second.page)
    second.page.locator("[data-task=memo]").fill("from the second device")
    saved(second.page)
    first.page.locator("[data-task=memo]").fill("from the first device")
    expect(first.page.locator("#banner")).to_contain_text("another", timeout=15_000)
    expect(first.page.locator("[data-task=memo]")).not_to_be_editable()
    assert table.counting() == "from the second device"
    assert [one.body for one in table.revisions() if one.kind is RevisionKind.SIDE] == [
        '"from the first device"'
    ]


def test_a_duplicated_tab_is_read_only_until_it_takes_over(sqlite_database: Database, arrive: Arrive) -> None:
    """Broken: the tab is there twice. robustness 15."""
    table = Table(sqlite_database)
    actor = arrive(table.person)
    actor.page.goto(f"{table.address}?epoch=1")
    started(actor.page)
    twin = actor.new_page()
    twin.goto(f"{table.address}?epoch=1")
    started(twin)
    expect(twin.locator("#banner")).to_be_visible()
    expect(twin.locator("[data-task=memo]")).not_to_be_editable()
    expect(actor.page.locator("[data-task=memo]")).to_be_editable()


@pytest.mark.parametrize("how", ["ended elsewhere", "expired"])
def test_a_login_that_ended_is_renewed_in_place_and_nothing_typed_is_lost(
    sqlite_database: Database, arrive: Arrive, how: str
) -> None:
    """Broken: the login, by a new password elsewhere or because its cookie has gone. robustness 23."""
    table = Table(sqlite_database)
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    if how == "expired":
        actor.context.clear_cookies()
    else:
        with sqlite_database.writing() as session:
            session.get_one(Person, table.person.id).login_epoch += 1
    page.locator("[data-task=memo]").fill(ADVICE)
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible(timeout=15_000)
    dialog.locator("input[type=password]").fill("wrong password")
    dialog.locator("button").click()
    expect(dialog.locator("[role=alert]")).not_to_be_empty()
    dialog.locator("input[type=password]").fill(PASSWORD)
    dialog.locator("button").click()
    expect(dialog).not_to_be_visible()
    saved(page)
    expect(page.locator("[data-task=memo]")).to_have_value(ADVICE)
    assert table.counting() == ADVICE


def test_a_wrong_clock_on_the_device_changes_nothing(sqlite_database: Database, arrive: Arrive) -> None:
    """Broken: clock and time zone of the device, by hours. robustness 1, 2."""
    table = Table(sqlite_database)
    actor = arrive(table.person, timezone_id="Pacific/Auckland")
    page = actor.page
    page.clock.set_system_time(clock.now() + timedelta(hours=5))
    page.goto(f"{table.address}?epoch=1")
    started(page)
    expect(page.locator("#clock")).to_contain_text(re.compile("5[34]:"))
    page.route("**/api/sittings/*/state", lambda _route: None)  # or the server would put it right
    for hours in (-30, 12):  # and set again while the exercise runs
        page.clock.set_system_time(clock.now() + timedelta(hours=hours))
        page.wait_for_timeout(700)  # the clock ticks twice a second
        assert re.match("5[34]:", page.locator("#clock").inner_text())
    expect(page.locator("#banner")).to_be_hidden()
    page.unroute("**/api/sittings/*/state")
    page.locator("[data-task=memo]").fill(ADVICE)
    saved(page)
    expect(page.locator("#saved-words")).to_contain_text("just now")
    assert table.counting() == ADVICE


def test_at_the_end_the_page_turns_read_only_and_the_saved_text_counts(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database)
    actor = arrive(table.person)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill(ADVICE)
    saved(page)
    table.change(deadline_at=clock.now() + timedelta(seconds=4))
    ask_now(page)
    expect(page.locator("#banner")).to_contain_text("over", timeout=20_000)
    expect(page.locator("[data-task=memo]")).not_to_be_editable()
    page.locator("#to-receipt").click()
    expect(page.locator(".written").first).to_have_text(ADVICE)
    with sqlite_database.writing() as session:
        assert sittings.seal_due(session, timedelta(seconds=0)) == 1
    sitting = table.get()
    assert (sitting.sealed_at, sitting.state) == (sitting.deadline_at, SittingState.SEALED)


def test_text_that_could_not_be_sent_in_time_is_sent_later_as_evidence(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: the network, across the end and the half minute after it. robustness 20."""
    table = Table(sqlite_database, minutes=55)
    actor = arrive(table.person, at=wire.address)
    page = actor.page
    page.clock.install()
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-task=memo]").fill("in time")
    saved(page)
    wire.drop()
    page.locator("[data-task=memo]").fill("written without a connection")
    page.clock.fast_forward(55 * 60_000)
    expect(page.locator("#banner")).to_contain_text("no connection", timeout=20_000)
    table.change(deadline_at=clock.now() - timedelta(minutes=2))
    wire.open()
    ask_now(page)
    expect(page.locator("#banner")).not_to_contain_text("no connection", timeout=25_000)
    assert table.counting() == "in time"
    assert [one.body for one in table.revisions() if one.kind is RevisionKind.LATE] == [
        '"written without a connection"'
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_judgement_exercise_keeps_every_choice(
    sqlite_database: Database, arrive: Arrive, language: str
) -> None:
    table = Table(sqlite_database, "stavoord-judgement", minutes=20)
    actor = arrive(table.person, language)
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    groups = page.locator("[data-task-json]")
    task = groups.first.get_attribute("data-task")
    for name in sorted(
        {radio.get_attribute("name") or "" for radio in groups.first.locator("input[type=radio]").all()}
    ):
        groups.first.locator(f"input[name='{name}'][value='4']").check()
    saved(page)
    assert task
    assert table.counting(task).count("4") == 5
    page.reload()
    started(page)
    expect(groups.first.locator("input:checked")).to_have_count(5)


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_exercise_page_has_no_axe_violation_and_does_not_scroll_sideways(
    sqlite_database: Database, arrive: Arrive, width: int
) -> None:
    table = Table(sqlite_database)
    actor = arrive(table.person, viewport={"width": width, "height": 900})
    page = actor.page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_withdrawing_asks_first_and_is_final(sqlite_database: Database, arrive: Arrive) -> None:
    table = Table(sqlite_database, is_running=False)
    actor = arrive(table.person)
    page = actor.page
    page.goto("/participant/")
    page.locator("details.withdraw summary").click()
    page.locator("details.withdraw button").click()
    page.locator("dialog .button.quiet").click()
    page.locator("details.withdraw button").click()
    page.locator("dialog .button.main").click()
    expect(page.locator(".notice.done")).to_contain_text("withdrawn")
    with sqlite_database.reading() as session:
        assert session.get_one(Enrolment, table.enrolment.id).state is EnrolmentState.WITHDRAWN
