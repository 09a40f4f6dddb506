"""Assessors at work in a real browser: by keyboard alone, in both languages, in two tabs, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from assessment.database import Database
from assessment.models.person import Person
from assessment.models.rating import Rating, RatingState
from assessment.services import passwords, ratings
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.journeys.conftest import Arrive
from tests.journeys.stage import PASSWORD, Actor, barriers

pytestmark = pytest.mark.browser
MEMO = (
    "I advise option B in stages 🙂. The note says that 56 percent want to rent.\r\nThat is of those who "
    "answered. Legnica will follow. مرحبا بكم. What I do not know is what our crews think."
)
LEVELS = {"S1": 3, "S2": 3, "L3": 3}


def stored(room: Room, who: int = 0, exercise: str = "E5") -> Rating:
    with room.database.reading() as session:
        found = ratings.desk(session, room.assignment(who, exercise), by=room.by[who]).rating
        assert found
        return found


def open_desk(room: Room, actor: Actor, exercise: str = "E5") -> Page:
    actor.page.goto(f"/assessor/ratings/{room.assignment(0, exercise)}")
    return actor.page


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is on it, as somebody without a mouse would."""
    page.locator(selector).first.wait_for(state="attached")  # the page may still be on its way
    page.wait_for_load_state()
    for _ in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


@pytest.mark.parametrize(
    ("language", "begin", "done"),
    [("en", "Rate K-", "is submitted"), ("nl", "Beoordeel K-", "is ingediend")],
)
def test_a_case_is_rated_by_keyboard_alone(
    sqlite_database: Database, arrive: Arrive, language: str, begin: str, done: str
) -> None:
    room = Room(sqlite_database, memo=MEMO, language=language)
    actor = arrive(room.people[0], language)
    page = actor.page
    page.goto("/assessor/")
    assert barriers(page) == []
    tab_to(page, ".next button")
    expect(page.locator(":focus")).to_contain_text(begin)
    page.keyboard.press("Enter")
    expect(page.locator("#draft .dim.now")).to_have_attribute("data-dimension", "L3")
    assert barriers(page) == []
    # To its second sentence, and one more with it; the first dimension, its first behaviour, and a note.
    for key in ("j", "j", "Shift+J"):
        page.keyboard.press(key)
    expect(page.locator("#chosen")).to_contain_text("The note says that 56 percent want to rent.")
    page.keyboard.press("1")
    page.keyboard.press("a")
    expect(page.locator("mark.plus sup")).to_have_text("L3.1+")
    page.keyboard.press("n")
    page.keyboard.type("clear? 1 2 3")
    page.keyboard.press("Enter")
    expect(page.locator('[data-dimension="L3"] .why')).to_have_text("clear? 1 2 3")
    # The same passage speaks against another behaviour, and is taken back.
    page.keyboard.press("2")
    page.keyboard.press("Shift+B")
    expect(page.locator('[data-dimension="S1"] .evidence li.minus .which')).to_have_text("S1.2")
    page.keyboard.press("z")
    expect(page.locator('[data-dimension="S1"] .evidence li')).to_have_count(0)
    # A line of the checklist where nothing was tied; then the levels, one after the other.
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(page.locator('[data-dimension="S1"] [data-ticked]')).to_contain_text("1/")
    assert barriers(page) == []
    page.keyboard.press("r")
    assert barriers(page) == []
    page.keyboard.press("4")
    page.keyboard.press("3")
    page.keyboard.press("2")  # the third dimension is locked: nothing was recorded for it
    expect(page.locator('[data-dimension="S2"] :checked[type=radio]')).to_have_count(0)
    page.keyboard.press("0")
    expect(page.locator("#saved-words")).to_contain_text("saved" if language == "en" else "opgeslagen")
    page.keyboard.press("s")
    page.wait_for_url("**/submit")
    assert barriers(page) == []
    expect(page.locator(":focus")).to_have_text(
        "Submit rating" if language == "en" else "Beoordeling indienen"
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/assessor/")
    expect(page.locator(".notice.done")).to_contain_text(done)
    assert barriers(page) == []
    found = stored(room)
    assert found.state is RatingState.SUBMITTED
    order = [one.dimension for one in ratings_of(room)]
    assert {one.dimension: one.score for one in found.dimensions} == {
        order[0]: 4,
        order[1]: 3,
        order[2]: None,
    }
    assert found.observations[0].quote.startswith("The note says that 56 percent want to rent.\r\nThat is")
    assert found.observations[0].quote.endswith("answered.")
    assert actor.complaints == []


def ratings_of(room: Room) -> tuple[ratings.RatedDimension, ...]:
    with room.database.reading() as session:
        return ratings.desk(session, room.assignment(0), by=room.by[0]).dimensions


def test_a_passage_taken_with_the_mouse_is_the_one_that_is_stored(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    # Marks and labels stand in the text already, so that places after them must be counted without them.
    room.observe(0, "S1", start=0, end=30)
    actor = arrive(room.people[0])
    page = open_desk(room, actor)
    page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector('[data-text]'), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf('Legnica will follow');
            if (at < 0) continue;
            getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + 19);
          }
        }"""
    )
    page.click("#tie-open")
    page.select_option("#tie-behaviour", "L3.n1")
    expect(page.locator("#tie-sign-minus")).to_be_checked()
    page.fill("#tie-note", "only a <b>claim</b>")
    page.click("#tie-save")
    expect(page.locator("mark.minus")).to_contain_text("Legnica will follow")
    expect(page.locator('[data-dimension="L3"] .evidence')).to_contain_text("only a <b>claim</b>")
    quotes = {one.quote for one in stored(room).observations}
    assert "Legnica will follow" in quotes
    page.click('[data-dimension="L3"] .opener')
    page.click('[data-dimension="L3"] [data-forget]')
    expect(page.locator("mark.minus")).to_have_count(0)
    assert {one.dimension for one in stored(room).observations} == {"S1"}
    assert actor.complaints == []


def test_two_tabs_lose_nothing(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    actor = arrive(room.people[0])
    first = open_desk(room, actor)
    second = actor.new_page()
    second.goto(first.url)
    first.fill("#note", "first tab")
    expect(first.locator("#saved-words")).to_contain_text("Draft saved")
    expect(first.locator("[name=version]")).to_have_value("2")
    second.fill("#note", "second tab")
    expect(second.locator("#stale")).to_be_visible()
    expect(second.locator("#versions")).to_contain_text("first tab")
    expect(second.locator("#versions")).to_contain_text("second tab")
    assert barriers(second) == []
    assert stored(room).note == "first tab"
    second.click("#keep-mine")
    expect(second.locator("[name=version]")).to_have_value("3")
    assert stored(room).note == "second tab"
    first.fill("#note", "first again")
    first.click("#take-theirs")
    expect(first.locator("#note")).to_have_value("second tab")


def test_a_rating_goes_on_without_a_connection(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    actor = arrive(room.people[0])
    page = open_desk(room, actor)
    actor.context.set_offline(True)
    for key in (
        "j",
        "1",
        "a",
        "r",
        "2",
    ):  # a passage is tied and its dimension rated, with nothing on the line
        page.keyboard.press(key)
    expect(page.locator("#unsaved-words")).to_contain_text("No connection")
    expect(page.locator("[data-pending]")).to_have_count(1)
    actor.context.set_offline(False)
    expect(page.locator("[name=version]")).to_have_value("2", timeout=20_000)
    expect(page.locator("#unsaved")).to_be_hidden()
    expect(page.locator("mark.plus")).to_have_count(1)
    assert {one.score for one in stored(room).dimensions} == {2, None}
    assert len(stored(room).observations) == 1


def test_a_page_that_closed_without_a_connection_loses_nothing(
    sqlite_database: Database, arrive: Arrive
) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    actor = arrive(room.people[0])
    page = open_desk(room, actor)
    page.route("**/api/**", lambda route: route.abort())
    for key in ("j", "1", "a", "r", "2"):
        page.keyboard.press(key)
    page.fill("#note", "kept on the device")
    expect(page.locator("#unsaved-words")).to_contain_text("No connection")
    page.close(run_before_unload=False)
    again = actor.new_page()
    again.goto(f"/assessor/ratings/{room.assignment(0)}")
    expect(again.locator("#saved-words")).to_contain_text("Draft saved")
    expect(again.locator("[name=version]")).to_have_value("2")
    expect(again.locator("#note")).to_have_value("kept on the device")
    found = stored(room)
    assert (found.note, len(found.observations)) == ("kept on the device", 1)
    assert {one.score for one in found.dimensions} == {2, None}


def test_an_ended_login_is_renewed_in_place(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    with sqlite_database.writing() as session:
        session.get_one(Person, room.people[0].id).password_hash = passwords.hashed(PASSWORD)
    actor = arrive(room.people[0])
    page = open_desk(room, actor)
    with sqlite_database.writing() as session:
        session.get_one(Person, room.people[0].id).login_epoch += 1
    for key in ("j", "1", "a"):
        page.keyboard.press(key)
    expect(page.locator("dialog[open] [type=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("mark.plus")).to_have_count(1)
    assert len(stored(room).observations) == 1


def test_single_keys_can_be_switched_off(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    page = open_desk(room, arrive(room.people[0]))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert barriers(page) == []
    page.click("#keys-on")
    page.click("#keys-close")
    page.keyboard.press("r")
    expect(page.locator("#steps [data-step=classify]")).to_have_attribute("aria-pressed", "true")
    page.click("#show-keys")
    page.click("#keys-on")
    page.click("#keys-close")
    page.keyboard.press("r")
    page.keyboard.press("0")
    expect(page.locator(".dim :checked[type=radio]")).to_have_count(1)


def test_the_list_of_behaviours_does_what_the_keys_do(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    page = open_desk(room, arrive(room.people[0]))
    page.keyboard.press("a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#tie")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("mark.plus sup")).to_have_text("L3.1+")
    expect(page.locator("#tie")).to_be_hidden()
    page.keyboard.press("j")
    page.locator('[data-dimension="L3"] [data-behaviour="L3.n1"]').click()
    expect(page.locator("mark.minus sup")).to_have_text("L3.n1−")
    assert {one.behaviour for one in stored(room).observations} == {"L3.1", "L3.n1"}


def test_without_scripts_a_form_still_rates(sqlite_database: Database, arrive: Arrive) -> None:
    room = Room(sqlite_database, memo=MEMO)
    room.begin(0)
    actor = arrive(room.people[0], java_script_enabled=False)
    page = open_desk(room, actor)
    for dimension in ("L3", "S1", "S2"):
        page.locator(f'[name="level-{dimension}"][value="0"]').check()
    page.locator("#draft .actions .main").click()
    page.locator("main form button").click()
    expect(page.locator(".notice.done")).to_contain_text("is submitted")
    assert stored(room).state is RatingState.SUBMITTED


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_at_every_width(
    sqlite_database: Database, arrive: Arrive, scheme: str
) -> None:
    room = Room(sqlite_database, *HALF_DAY, weights=WEIGHTS, memo=MEMO)
    for who in (0, 1):
        room.rate(who, {**LEVELS, "S1": 3 + who})
    room.prepare(0, {"L1": 3, "L3": 0, "P1": None}, "E1")
    actor = arrive(room.people[0], "nl" if scheme == "dark" else "en", color_scheme=scheme)
    page = actor.page

    def look_at(address: str) -> None:
        page.goto(address)
        for width in (1440, 768, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    for address in ("/assessor/", f"/assessor/ratings/{room.assignment(0, 'E1')}"):
        look_at(address)
    room.rate(1, {"L1": 3, "L3": 3, "P1": 3}, "E1")
    with sqlite_database.writing() as session:
        rating = ratings.desk(session, room.assignment(0, "E1"), by=room.by[0]).rating
        assert rating
        levels = {"L1": 3, "L3": 0, "P1": 0}
        ratings.save(
            session, room.assignment(0, "E1"), ratings.Draft(rating.version, levels, (), ""), by=room.by[0]
        )
    room.submit(0, "E1")
    found = room.integration()
    assert found
    for address in ("/assessor/", f"/assessor/integrations/{found.id}"):
        look_at(address)
    assert actor.complaints == []
