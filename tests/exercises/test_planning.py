"""The planning kind: what breaks a rule, what the search proves, and what the key gives (D7, content-review 3.3)."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import get
from exercises.content import from_document, shipped
from exercises.kind import Answer, InvalidAnswer
from exercises.planning import board as boards
from exercises.planning.board import ALL, Breach, Place

KIND = get("planning")
EXERCISE = shipped()["stavoord-planning"]
BEFORE = boards.board(EXERCISE, updated=False)
AFTER = boards.board(EXERCISE, updated=True)

REFERENCE = {
    "J7": Place(ALL, 1),
    "J1": Place("A", 2),
    "J3": Place("A", 7),
    "J5": Place("B", 3),
    "J4": Place("B", 6),
    "J6": Place("B", 9),
    "J2": Place("C", 2),
    "J8": Place("C", 5),
}


def value(plan: Mapping[str, Place]) -> dict[str, Any]:
    return {f"{job}.crew": place.crew for job, place in plan.items()} | {
        f"{job}.start": place.start for job, place in plan.items()
    }


def answered(**tasks: Any) -> dict[str, Answer]:
    return {task: Answer(task, posted, 13.0, order) for order, (task, posted) in enumerate(tasks.items(), 1)}


def points(**tasks: Any) -> dict[str, float]:
    return {line.rule: line.points for line in KIND.key(EXERCISE, answered(**tasks)).lines}


def without(*jobs: str, **moved: Place) -> dict[str, Place]:
    return {job: place for job, place in (REFERENCE | moved).items() if job not in jobs}


def complete_plan(board: boards.Board) -> dict[str, Any]:
    return value(next(boards.plans(board)))


def test_the_reference_plan_of_the_content_breaks_no_rule():
    assert boards.breaches(BEFORE, REFERENCE) == ()
    assert REFERENCE in list(boards.plans(BEFORE))


def test_the_training_is_always_on_monday_morning_before_the_update():
    assert {plan["J7"].start for plan in boards.plans(BEFORE)} == {1}


def test_the_update_breaks_the_reference_plan_in_one_place():
    assert boards.breaches(AFTER, REFERENCE) == (Breach("absent", ("J3",), "A", 7),)


@pytest.mark.parametrize(
    ("plan", "rules"),
    [
        ({"J1": Place("C", 1)}, []),
        ({"J1": Place("C", 2)}, ["late"]),
        ({"J2": Place("B", 1)}, ["skill"]),
        ({"J3": Place("A", 2)}, ["early"]),
        ({"J4": Place("C", 5)}, ["crew"]),
        ({"J6": Place("A", 10)}, ["late"]),
        ({"J1": Place("A", 1), "J5": Place("A", 3)}, ["overlap"]),
        ({"J7": Place(ALL, 2)}, ["standby"]),
    ],
)
def test_each_rule_is_found_broken(plan, rules):
    assert [breach.rule for breach in boards.breaches(BEFORE, plan)] == rules


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 10)), min_size=8, max_size=8))
def test_a_plan_that_breaks_no_rule_is_one_that_the_search_finds(places):
    plan = {
        job.id: Place(ALL if ALL in job.crews else crew, start)
        for job, (crew, start) in zip(BEFORE.jobs, places, strict=True)
    }
    assert (boards.breaches(BEFORE, plan) == ()) == (plan in list(boards.plans(BEFORE)))


def test_whoever_does_nothing_earns_nothing():
    assert set(points().values()) == {0}
    assert set(points(first={}, final={}, told={"leads": True}).values()) == {0}


def test_a_full_plan_and_the_best_repair_earn_everything():
    for job in ("J8",):
        earned = points(
            first=value(REFERENCE),
            final=complete_plan(AFTER.without(job)),
            proposal={"job": job, "how": "next_week"},
            told={job: True, "leads": True},
        )
        assert earned == {"placed": 4, "standby": 1, "rules": 2, "repair": 3, "told": 2}


def test_asking_the_school_for_thursday_and_friday_is_as_good():
    earned = points(
        first=value(REFERENCE),
        final=complete_plan(AFTER.agreed("J5", 10)),
        proposal={"job": "J5", "how": "this_week"},
        told={"J5": True, "leads": True, "COO": True},
    )
    assert sum(earned.values()) == 12


@pytest.mark.parametrize(
    ("job", "how", "repair"),
    [
        ("J3", "next_week", 1),
        ("J5", "drop", 1),
        ("J1", "next_week", 0),
        ("J7", "next_week", 0),
        ("J7", "drop", 0),
    ],
)
def test_a_repair_that_breaks_a_promise_earns_less(job, how, repair):
    final = complete_plan(AFTER.without(job))
    assert points(final=final, proposal={"job": job, "how": how})["repair"] == repair


def test_a_proposal_that_the_plan_does_not_carry_out_earns_nothing():
    proposal = {"job": "J8", "how": "next_week"}
    assert points(final=value(REFERENCE), proposal=proposal)["repair"] == 0
    assert points(final=value(without("J8", "J6")), proposal=proposal)["repair"] == 0
    assert points(final=value(without("J8")), proposal=proposal)["repair"] == 0, "J3 is still broken"


def test_each_broken_rule_of_the_final_plan_costs_a_point_down_to_none():
    assert points(final=value(REFERENCE))["rules"] == 1
    assert points(final=value(without(J1=Place("A", 9))))["rules"] == 0
    assert points(final=value(without("J1", "J2", "J4", "J5")))["rules"] == 0, (
        "fewer than six jobs are planned"
    )


def test_an_untouched_final_plan_is_the_first_one_as_the_page_shows_it():
    assert points(first=value(REFERENCE)) == points(first=value(REFERENCE), final=value(REFERENCE))
    blocks = KIND.reading(EXERCISE, "en", answered(first=value(REFERENCE)))
    assert [block.id for block in blocks] == ["first", "final"]
    assert blocks[0].notes == ("no rule broken",)
    assert blocks[1].notes == ("1 rule broken",)


@pytest.mark.parametrize(
    ("told", "earned"),
    [
        ({"J8": True}, 1),
        ({"J8": True, "leads": True}, 2),
        ({"J8": True, "leads": True, "COO": True, "J1": True}, 2),
        ({"J8": True, "leads": True, "COO": True, "J1": True, "J2": True}, 1),
        ({"COO": True, "J1": True, "J2": True}, 0),
    ],
)
def test_whoever_has_to_know_is_told_and_not_everybody(told, earned):
    final = complete_plan(AFTER.without("J8"))
    assert points(final=final, proposal={"job": "J8", "how": "next_week"}, told=told)["told"] == earned


def test_nothing_gives_the_update_away_before_it_comes():
    before = str(KIND.view(EXERCISE, "en", {}, 11.99))
    assert "Thursday and Friday" not in before
    assert "'blocks': []" in before
    after = KIND.view(EXERCISE, "en", {}, 12.0)
    assert "Thursday and Friday" in str(after)
    assert after["parts"] == ["first", "update"]


def test_the_final_plan_begins_with_the_first_one():
    first = value(REFERENCE)
    assert KIND.view(EXERCISE, "nl", answered(first=first), 13.0)["final"] == first


def test_half_a_choice_is_kept_but_is_no_plan_yet():
    posted = KIND.parse(EXERCISE, "first", {"J1.crew": "A", "J2.start": 3})
    assert posted == {"J1.crew": "A", "J2.start": 3}
    assert boards.plan_of(posted) == {}


def test_what_the_board_does_not_know_is_refused():
    for task, posted in (
        ("first", {"J1.crew": "all"}),
        ("final", {"J7.crew": "A"}),
        ("first", {"J1.start": 11}),
        ("told", {"somebody": True}),
        ("proposal", {"job": "J9"}),
    ):
        with pytest.raises(InvalidAnswer):
            KIND.parse(EXERCISE, task, posted)


def changed(**structure: Any) -> list[str]:
    document = EXERCISE.document()
    document["structure"].update(structure)
    return [str(problem) for problem in KIND.check(from_document(document))]


def test_a_count_that_is_not_true_is_refused_with_what_was_found():
    counts = {"before": 14, "after": 0, "without": {"J8": 60}, "this_week": {}}
    assert changed(counts=counts) == [
        "stavoord-planning/exercise.yaml: counts.before says 14, but there are 15 complete plans"
    ]


def test_an_update_that_breaks_nothing_is_refused():
    update = {"minute": 12, "blocks": [{"crew": "B", "skill": "electrical", "slots": [7]}]}
    counts = {"before": 15, "after": 15, "without": {}, "this_week": {}}
    assert "nothing has to be repaired" in changed(update=update, counts=counts)[-1]


def test_an_update_after_the_end_is_refused():
    assert any("outside the exercise" in one for one in changed(update={"minute": 25, "blocks": []}))
