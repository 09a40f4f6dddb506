"""The pages of the case study and the judgement exercise at work: index, calculator, choices, counts."""

import pytest
from playwright.sync_api import expect

from assessment.database import Database
from tests.journeys.conftest import Arrive
from tests.journeys.test_participant import Table, press_until, saved, started

pytestmark = pytest.mark.browser


def test_the_calculator_reckons_and_nothing_of_it_is_saved(sqlite_database: Database, arrive: Arrive) -> None:
    table = Table(sqlite_database)
    page = arrive(table.person, "nl").page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.locator("[data-calculator] summary").click()
    output = page.locator("[data-calculator] output")
    for sum_, result in (
        ("(514 + 90) / 72", "8.3889"),
        ("13,50 × 0,97 − 25/12", "11.0117"),
        ("10%", "0.1"),
        ("1/0", "Deze som is niet uit te rekenen."),
        ("alert(1)", "Deze som is niet uit te rekenen."),
    ):
        page.locator("#case_study-sum").fill(sum_)
        page.keyboard.press("Enter")
        expect(output).to_contain_text(result)
    with table.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM revision").scalar_one() == 0


def test_the_index_leads_to_an_exhibit_by_keyboard(sqlite_database: Database, arrive: Arrive) -> None:
    table = Table(sqlite_database)
    page = arrive(table.person, "en").page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    press_until(page, "a[href='#case_study-exhibit5']")
    page.keyboard.press("Enter")
    expect(page.locator("#case_study-exhibit5")).to_be_in_viewport()
    expect(page.get_by_role("img", name="Cost per ready workplace and share ready")).to_be_in_viewport()


def test_two_exhibits_stand_side_by_side_and_keep_a_private_note(
    sqlite_database: Database, arrive: Arrive
) -> None:  # content C0.1, C3
    table = Table(sqlite_database)
    page = arrive(table.person, "en", viewport={"width": 1440, "height": 900}).page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    one, other = (page.get_by_label(f"Side by side: the {name}") for name in ("one", "other"))
    press_until(page, "[data-beside] select")
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("ArrowUp")  # exhibit 3
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")  # exhibit 5
    assert (one.input_value(), other.input_value()) == ("case_study-exhibit3", "case_study-exhibit5")
    parts = page.locator(".case_study-part:visible")
    expect(parts).to_have_count(2)
    boxes = [box for part in parts.all() if (box := part.bounding_box())]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("#case_study-exhibit3 .case_study-mark summary").press("Enter")
    page.locator("[data-task='mark.exhibit3']").fill("The interest is doubled here.")
    saved(page)
    assert table.counting("mark.exhibit3") == "The interest is doubled here."
    page.get_by_role("button", name="Show all material").press("Enter")
    expect(one).to_be_focused()
    expect(page.locator("#case_study-exhibit1")).to_be_visible()


def test_a_choice_and_a_number_stand_there_again_after_a_reload(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = Table(sqlite_database)
    page = arrive(table.person, "en").page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    page.get_by_label("It is between 2.8 and 3.1.").check()
    page.locator("[data-task=X1]").fill("111,77")
    saved(page)
    assert table.counting("X4") == '{"X4":"c"}'
    page.reload()
    started(page)
    expect(page.get_by_label("It is between 2.8 and 3.1.")).to_be_checked()
    expect(page.locator("[data-task=X1]")).to_have_value("111,77")


def test_the_index_of_the_judgement_exercise_counts_along(sqlite_database: Database, arrive: Arrive) -> None:
    table = Table(sqlite_database, "stavoord-judgement", minutes=20)
    page = arrive(table.person, "en").page
    page.goto(f"{table.address}?epoch=1")
    started(page)
    count = page.locator("[data-rated-of='SJT-02']")
    expect(count).to_have_text("0 of 5 rated")
    for option in "abcde":
        page.locator(f"input[name='SJT-02-{option}'][value='3']").check()
    expect(count).to_have_text("5 of 5 rated")
    expect(count).to_have_class("soft judgement-done")
    saved(page)
    assert table.counting("SJT-02") == '{"a":3,"b":3,"c":3,"d":3,"e":3}'
