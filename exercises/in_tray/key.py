"""The automatic key of an in-tray: rules as data, over tag, recipients, order and minute, never over words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from exercises.content import Exercise
from exercises.in_tray.conditions import Facts, holds
from exercises.keys import scored
from exercises.kind import Answers, KeyLine, KeyResult


def key(exercise: Exercise, answers: Answers) -> KeyResult:
    """The points of every rule, and per dimension the proportion and the place on the scale."""
    rules = exercise.structure.get("key")
    if not rules or not exercise.keyed:
        return KeyResult()
    facts = Facts(exercise, answers)
    lines = tuple(_line(exercise, rule, facts) for rule in rules["rules"])
    scores = tuple(
        scored(dimension, lines, float(rules["maxima"][dimension])) for dimension in sorted(exercise.keyed)
    )
    return KeyResult(scores, lines, is_provisional=rules["status"] == "provisional")


@lru_cache(maxsize=4096)
def explanation(exercise: Exercise, language: str, rule: str, points: float) -> str:
    """What a rule looks for and what was seen, in words."""
    words = exercise.text(language)["key"]
    own = words["rules"][rule]
    cases = next(entry["cases"] for entry in exercise.structure["key"]["rules"] if entry["id"] == rule)
    seen = next(
        (said for case, said in zip(cases, own["cases"], strict=True) if case["points"] == points),
        words["not_seen"],
    )
    return f"{own['looks_for']}. {seen}"


def _line(exercise: Exercise, rule: Mapping[str, Any], facts: Facts) -> KeyLine:
    points = next((float(case["points"]) for case in rule["cases"] if holds(case["when"], facts)), 0.0)
    return KeyLine(
        rule=rule["id"],
        dimension=rule["dimension"],
        points=points,
        maximum=max(0.0, *(float(case["points"]) for case in rule["cases"])),
        explanation=explanation(exercise, "en", rule["id"], points),
    )
