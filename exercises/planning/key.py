"""The automatic key of a planning exercise: what both plans keep, how the repair treats customers, and who is told.

An empty board earns nothing: a free crew and kept rules count only from a number of planned jobs on.
"""

from typing import Any

from exercises.content import Exercise
from exercises.keys import scored
from exercises.kind import Answers, KeyLine, KeyResult
from exercises.planning import board as boards
from exercises.planning.board import Board, Plan

THIS_WEEK = "this_week"


def key(exercise: Exercise, answers: Answers) -> KeyResult:
    """The points of every rule on the one dimension that this exercise shows; none in a practice exercise."""
    if not exercise.keyed:
        return KeyResult()
    rules = exercise.structure["key"]
    dimension = exercise.keyed[0]
    first = _plan(answers, "first")
    final = _plan(answers, "final") if "final" in answers else first  # as the page shows it
    before, after = (boards.board(exercise, updated=updated) for updated in (False, True))
    proposal: dict[str, str] = dict(answers["proposal"].value) if "proposal" in answers else {}
    told: dict[str, bool] = dict(answers["told"].value) if "told" in answers else {}
    agreed = _agreed(exercise, after, proposal)
    points = {
        "placed": (rules["placed"] * len(boards.sound(before, first)), rules["placed"] * len(before.jobs)),
        "standby": (
            rules["standby"] * (_is_full(rules, first) and boards.keeps_standby(before, first)),
            rules["standby"],
        ),
        "rules": (
            max(0, rules["rules"] - len(boards.breaches(agreed, final))) * _is_full(rules, final),
            rules["rules"],
        ),
        "repair": (
            _repair(exercise, agreed, final, proposal),
            max(rule["points"] for rule in rules["repairs"]),
        ),
        "told": (_told(exercise, final, proposal, told), rules["told"]["customer"] + rules["told"]["leads"]),
    }
    lines = tuple(
        KeyLine(
            rule=name,
            dimension=dimension,
            points=float(earned),
            maximum=float(most),
            explanation=explanation(exercise, "en", name),
        )
        for name, (earned, most) in points.items()
    )
    score = scored(dimension, lines, sum(line.maximum for line in lines))
    return KeyResult((score,), lines, is_provisional=rules["status"] == "provisional")


def explanation(exercise: Exercise, language: str, rule: str) -> str:
    """What a rule looks for, in words."""
    return str(exercise.text(language)["key"][rule])


def _plan(answers: Answers, task: str) -> Plan:
    return boards.plan_of(answers[task].value) if task in answers else {}


def _is_full(rules: Any, plan: Plan) -> bool:
    return len(plan) >= int(rules["least_jobs"])


def _agreed(exercise: Exercise, board: Board, proposal: dict[str, str]) -> Board:
    """The board if the customer says yes to a later day of the same week."""
    later = exercise.structure["this_week"]
    if proposal.get("how") == THIS_WEEK and proposal.get("job") in later:
        return board.agreed(proposal["job"], later[proposal["job"]])
    return board


def _repair(exercise: Exercise, board: Board, final: Plan, proposal: dict[str, str]) -> float:
    """The points of the proposal, where the final plan carries it out and keeps every rule."""
    job, how = proposal.get("job"), proposal.get("how")
    everything = {one.id for one in board.jobs}
    wanted = everything if how == THIS_WEEK else everything - {job}
    if not job or not how or set(final) != wanted or boards.breaches(board, final):
        return 0.0
    rules = exercise.structure["key"]["repairs"]
    return float(next((rule["points"] for rule in rules if (rule["job"], rule["how"]) == (job, how)), 0))


def _told(exercise: Exercise, final: Plan, proposal: dict[str, str], told: dict[str, bool]) -> float:
    """The customer of the moved job and the leads of the crews; others beyond two cost a point."""
    if not final or not proposal.get("job"):
        return 0.0
    rules = exercise.structure["key"]["told"]
    right = {proposal["job"]: rules["customer"], "leads": rules["leads"]}
    earned = sum(points for who, points in right.items() if who in told)
    others = len(told.keys() - right.keys())
    return float(max(0, earned - (rules["minus"] if others > rules["others"] else 0)))
