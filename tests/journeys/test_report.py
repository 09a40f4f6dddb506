"""A report in a real browser, by keyboard alone: the assessor who writes it, the participant who decides."""

import pytest
from playwright.sync_api import Page, expect

from assessment.database import Database
from assessment.models.report import CommentKind, Report, ReportState
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.reporting import Reporting
from tests.journeys.conftest import Arrive
from tests.journeys.stage import barriers

pytestmark = pytest.mark.browser
NAMES = ("Ayşe de Vries", "Bram Scholten")


@pytest.fixture
def desk(sqlite_database: Database, settings: Settings) -> Reporting:
    fonts.put_into(settings.data_folder)
    return Reporting(sqlite_database, NAMES)


def clean(page: Page) -> None:
    """No violation in light or dark, and nothing that scrolls sideways on a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert barriers(page) == []
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    if size:
        page.set_viewport_size(size)


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Tab until the focus is on this element: everything can be reached by keyboard."""
    page.locator(selector).first.wait_for(state="attached")  # the page may still be on its way
    page.wait_for_load_state()
    for _ in range(most):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def state_of(desk: Reporting, report_id: object) -> ReportState:
    with desk.database.reading() as session:
        return session.get_one(Report, report_id).state


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_participant_reads_comments_releases_and_takes_it_back_by_keyboard(
    desk: Reporting, arrive: Arrive, language: str
) -> None:
    report = desk.signed(0)
    actor = arrive(desk.people[0], language)
    page = actor.page
    page.goto("/participant/")
    tab_to(page, "main a.button.main")
    page.keyboard.press("Enter")
    expect(page.locator("#section-1")).to_be_visible()
    clean(page)
    tab_to(page, "a[href='#remarks']")
    page.keyboard.press("Enter")
    tab_to(page, "#remark-text")
    page.keyboard.insert_text("I was in Münster. مرحبا 🙂")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".remark .written")).to_have_text("I was in Münster. مرحبا 🙂")
    clean(page)
    tab_to(page, "form[action$='/release'] button")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert state_of(desk, report) is ReportState.WITH_PARTICIPANT
    page.keyboard.press("Enter")
    tab_to(page, "dialog .button.main", 3)
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/release']")).to_have_count(0)
    assert state_of(desk, report) is ReportState.RELEASED
    tab_to(page, "form[action$='/block'] button")
    page.keyboard.press("Enter")
    tab_to(page, "dialog .button.main", 3)
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/block']")).to_have_count(0)
    assert state_of(desk, report) is ReportState.BLOCKED
    clean(page)
    with desk.database.reading() as session:
        assert session.get_one(Report, report).comments[0].kind is CommentKind.COMMENT
    assert actor.complaints == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_assessor_writes_and_signs_a_report_by_keyboard(
    desk: Reporting, arrive: Arrive, language: str
) -> None:
    actor = arrive(desk.assessor, language)
    page = actor.page
    page.goto("/assessor/")
    tab_to(page, "form[action*='/assessor/reports/begin/'] button")
    page.keyboard.press("Enter")
    for field, words, line in (
        ("#summary", "A pattern.", "pattern"),
        ("#strength-1", "One.", "strength_1"),
        ("#step-1", "Two.", "step_1"),
    ):
        tab_to(page, field)
        page.keyboard.insert_text(words)
        tab_to(page, f"details:has([name=rests-{line}]) summary")
        page.keyboard.press("Enter")
        tab_to(page, f"input[name=rests-{line}]")
        page.keyboard.press("Space")
    # Open at once: the first area still has no sentence.
    tab_to(page, "input[name=seen-L1]")
    page.keyboard.press("Space")
    tab_to(page, "[id='gap-L1.effective-act']")
    page.keyboard.insert_text("the stop and the customer")
    clean(page)
    tab_to(page, "button[name=choose]")
    page.keyboard.press("Enter")
    expect(page.locator(".chosen li")).to_contain_text("the stop and the customer")
    clean(page)
    tab_to(page, "button[value=preview]", 120)
    page.keyboard.press("Enter")
    expect(page.locator("#section-3")).to_be_visible()
    clean(page)
    tab_to(page, "form[action$='/sign'] button")
    page.keyboard.press("Enter")
    tab_to(page, "dialog .button.main", 3)
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/correct']")).to_be_visible()
    clean(page)
    assert actor.complaints == []


def test_a_draft_in_two_windows_is_saved_as_it_is_written_and_loses_nothing(
    desk: Reporting, arrive: Arrive
) -> None:
    report = desk.drafted(0)
    actor = arrive(desk.assessor, "en")
    first, second = actor.page, actor.context.new_page()
    for page in (first, second):
        page.goto(f"/assessor/reports/{report}")
    first.fill("#summary", "You are always early.")
    expect(first.locator("[data-saved]")).to_contain_text("Saved at", timeout=20_000)
    expect(first.locator("[data-beside]")).to_contain_text("You are always early.")
    expect(first.locator("[data-marks=pattern] .refused mark")).to_have_text("You are")
    clean(first)
    second.fill("#summary", "You began with the customer.")
    expect(second.locator("[data-saved]")).to_contain_text("another window", timeout=20_000)
    assert second.input_value("#summary") == "You began with the customer."
    second.locator("button[name=then][value=save]:visible").last.click()
    expect(second.locator(".stale")).to_contain_text("You are always early.")
    assert second.input_value("#summary") == "You began with the customer."
    with desk.database.reading() as session:
        assert session.get_one(Report, report).summary == "You are always early."


LONG = "Llanfairpwll" * 16 + "gogogoch"
ARABIC = "ليلى عبد الرحمن الأنصاري"


@pytest.mark.parametrize("name", [LONG, ARABIC], ids=["two hundred letters", "Arabic"])
def test_a_name_of_any_length_or_script_leaves_every_page_its_width(
    sqlite_database: Database, settings: Settings, arrive: Arrive, name: str
) -> None:
    fonts.put_into(settings.data_folder)
    desk = Reporting(sqlite_database, [name])
    report = desk.released(0)
    for person, paths in (
        (desk.people[0], ("/participant/", f"/participant/reports/{report}")),
        (desk.hr, ("/hr/", f"/hr/reports/{report}", "/hr/overview")),
    ):
        actor = arrive(person)
        page = actor.page
        for path in paths:
            page.goto(path)
            if page.get_by_role("button", name="Open this report").count():
                page.get_by_role("button", name="Open this report").click()
                expect(page.locator("#section-1")).to_be_visible()
            clean(page)
        assert actor.complaints == []
