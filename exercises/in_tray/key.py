"""The automatic key of an in-tray: rules as data, over tag, recipients, order and minute, never over words."""

from dataclasses import dataclass
from functools import lru_cache

from exercises.content import Exercise
from exercises.in_tray.conditions import Asked, Facts, understood
from exercises.keys import scored
from exercises.kind import Answers, KeyLine, KeyResult


def key(exercise: Exercise, answers: Answers) -> KeyResult:
    """The points of every rule, and per dimension the proportion and the place on the scale."""
    rules = exercise.structure.get("key")
    if not rules or not exercise.keyed:
        return KeyResult()
    facts = Facts(exercise, answers)
    lines = tuple(_line(exercise, rule, facts) for rule in _rules(exercise))
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


@dataclass(frozen=True)
class _Rule:
    """A rule whose conditions were read."""

    id: str
    dimension: str
    cases: tuple[tuple[Asked, float], ...]
    maximum: float


@lru_cache(maxsize=64)
def _rules(exercise: Exercise) -> tuple[_Rule, ...]:
    found = []
    for rule in exercise.structure["key"]["rules"]:
        cases = tuple((understood(case["when"]), float(case["points"])) for case in rule["cases"])
        maximum = max(0.0, *(points for _when, points in cases))
        found.append(_Rule(rule["id"], rule["dimension"], cases, maximum))
    return tuple(found)


def _line(exercise: Exercise, rule: _Rule, facts: Facts) -> KeyLine:
    points = next((points for when, points in rule.cases if when(facts) is not None), 0.0)
    return KeyLine(
        rule=rule.id,
        dimension=rule.dimension,
        points=points,
        maximum=rule.maximum,
        explanation=explanation(exercise, "en", rule.id, points),
    )
