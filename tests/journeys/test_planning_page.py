"""The planning exercise at work: choosing from lists by keyboard, dragging, the update half-way, what counts."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.sitting import Sitting
from exercises.content import shipped
from exercises.planning import board as boards
from exercises.planning.board import ALL, Place
from tests import factories
from tests.journeys.conftest import Arrive, TimePasses
from tests.journeys.test_participant import Table, ask_now, saved, started

pytestmark = pytest.mark.browser
EXERCISE = "stavoord-planning"


def begun(database: Database, minutes_ago: float, language: str = "en") -> Table:
    table = Table(database, EXERCISE, is_running=False)
    with database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting)
        factories.running(
            session, sitting, at=clock.now() - timedelta(minutes=minutes_ago), minutes=20, language=language
        )
    return table


def opened(page: Page, table: Table) -> None:
    page.goto(f"{table.address}?epoch=1")
    started(page)


def choose(page: Page, plan: str, job: str, crew: str, start: int) -> None:
    page.locator(f'[data-task={plan}] select[data-name="{job}.crew"]').select_option(crew)
    page.locator(f'[data-task={plan}] select[data-name="{job}.start"]').select_option(str(start))


def test_a_plan_made_by_keyboard_shows_on_the_board_and_stays(
    sqlite_database: Database, arrive: Arrive
) -> None:
    table = begun(sqlite_database, 1)
    actor = arrive(table.person, "en")
    page = actor.page
    opened(page, table)
    assert "Thursday and Friday" not in page.content(), "nothing gives the update away"
    plan = page.locator("[data-task=first]")
    plan.locator('select[data-name="J1.crew"]').focus()
    page.keyboard.type("C")
    expect(plan.locator("li[data-job=J1] [data-takes]")).to_have_text("takes 4 half-days with this crew")
    page.keyboard.press("Tab")
    page.keyboard.type("Tuesday a")
    expect(plan.locator("[data-broken] li")).to_have_text(
        "J1 City library is finished after Tuesday afternoon."
    )
    expect(plan.locator("td[data-crew=C] .planning-chip")).to_have_count(4)
    expect(plan.locator("[data-planned]")).to_have_text("1 of 8 jobs planned")
    saved(page)
    assert json.loads(table.counting("first") or "") == {"J1.crew": "C", "J1.start": 4}
    page.reload()
    started(page)
    expect(page.locator("[data-task=first] td[data-crew=C] .planning-chip")).to_have_count(4)
    assert actor.complaints == []


def test_a_card_can_be_dragged_to_the_board_and_back(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, 1)
    page = arrive(table.person, "en").page
    opened(page, table)
    plan = page.locator("[data-task=first]")
    plan.locator("li[data-job=J1] .planning-name").drag_to(plan.locator("td[data-crew=A][data-slot='2']"))
    expect(plan.locator('select[data-name="J1.start"]')).to_have_value("2")
    expect(plan.locator("[data-broken] li")).to_have_text("No rule is broken.")
    plan.locator("td[data-crew=A][data-slot='3'] .planning-chip").drag_to(
        plan.locator("li[data-job=J2] .planning-name")
    )
    expect(plan.locator('select[data-name="J1.start"]')).to_have_value("")
    plan.locator("li[data-job=J7] .planning-name").drag_to(plan.locator("td[data-crew=B][data-slot='1']"))
    expect(plan.locator('select[data-name="J7.crew"]')).to_have_value("all")
    expect(plan.locator("[data-planned]")).to_have_text("1 of 8 jobs planned")
    saved(page)
    assert json.loads(table.counting("first") or "") == {"J7.crew": "all", "J7.start": 1}


def test_the_update_closes_the_first_plan_and_the_final_one_begins_with_it(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    table = begun(sqlite_database, 10.5, "nl")  # after the clock has said that ten minutes are left
    actor = arrive(table.person, "nl")
    page = actor.page
    opened(page, table)
    choose(page, "first", "J7", "all", 1)
    choose(page, "first", "J8", "A", 5)
    saved(page)
    time_passes(minutes=1.6)
    ask_now(page)
    repair = page.locator("[data-planning-repair]")
    expect(repair).to_be_visible()
    expect(page.locator("#announcements")).to_contain_text("Er is een bericht")
    expect(page.locator('[data-task=first] select[data-name="J8.crew"]')).to_be_disabled()
    expect(page.locator('[data-task=final] select[data-name="J8.start"]')).to_have_value("5")
    choose(page, "final", "J8", "A", 6)
    expect(repair.locator("[data-broken] li")).to_contain_text("kan donderdag en vrijdag geen")
    choose(page, "final", "J8", "C", 6)
    page.get_by_label("Welke klus?").select_option("J5")
    page.get_by_label("De klant vragen of donderdag of vrijdag ook goed is").check()
    choose(page, "final", "J5", "B", 8)
    expect(repair.locator("[data-broken] li")).to_have_text("Je breekt geen enkele regel.")
    page.get_by_label("Basisschool Apeldoorn", exact=True).check()
    page.get_by_label("Eén regel aan de klant").fill("Past donderdag ook?")
    saved(page)
    assert json.loads(table.counting("proposal") or "") == {"how": "this_week", "job": "J5"}
    assert json.loads(table.counting("told") or "") == {"J5": True}
    assert json.loads(table.counting("first") or "")["J8.start"] == 5
    assert json.loads(table.counting("final") or "")["J8.crew"] == "C"
    page.reload()
    started(page)
    expect(page.locator('[data-task=final] select[data-name="J8.crew"]')).to_have_value("C")
    assert actor.complaints == []


def test_page_and_server_find_the_same_broken_rules(sqlite_database: Database, arrive: Arrive) -> None:
    table = begun(sqlite_database, 13)
    page = arrive(table.person, "en").page
    opened(page, table)
    chance = random.Random(20)
    exercise = shipped()[EXERCISE]
    for updated, task in ((False, "first"), (True, "final")):
        board = boards.board(exercise, updated=updated)
        plans = [_random_plan(board, chance) for _ in range(200)]
        found = page.evaluate(
            """async ([task, plans]) => {
              const { breaches } = await import(document.getElementById("sitting").dataset.module);
              const board = JSON.parse(document.querySelector(`[data-task=${task}]`).dataset.board);
              return plans.map((plan) => breaches(board, plan).map((one) => [one.rule, one.jobs, one.crew, one.slot]));
            }""",
            [task, [_plain(plan) for plan in plans]],
        )
        expected = [
            [[one.rule, list(one.jobs), one.crew, one.slot] for one in boards.breaches(board, plan)]
            for plan in plans
        ]
        assert found == expected


def _random_plan(board: boards.Board, chance: random.Random) -> dict[str, Place]:
    plan = {}
    for job in board.jobs:
        crew = ALL if ALL in job.crews else chance.choice([one.id for one in board.crews])
        if chance.random() < 0.8:
            plan[job.id] = Place(crew, chance.randint(1, board.slots))
    return plan


def _plain(plan: dict[str, Place]) -> dict[str, Any]:
    return {job: {"crew": place.crew, "start": place.start} for job, place in plan.items()}
