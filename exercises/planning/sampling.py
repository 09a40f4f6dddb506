"""Sample answers of a planning exercise, found by its own search, and what nobody should be able to break it with."""

from typing import Any

from exercises.content import Exercise
from exercises.kind import Samples
from exercises.planning import board as boards
from exercises.planning.board import Plan

HOSTILE: tuple[Any, ...] = (
    None, True, 4, "first", "\x00", "=1+1", [], [1, 2],
    {"J1.crew": "Z"}, {"J1.crew": None}, {"J1.crew": True}, {"J1.crew": "all"}, {"J7.crew": "A"},
    {"J1.start": 0}, {"J1.start": 11}, {"J1.start": -1}, {"J1.start": 1.5}, {"J1.start": "٤"},
    {"J1.start": " 1"}, {"J1.start": 10**400}, {"J1.start": "1" * 70_000}, {"J1": {"crew": "A"}},
    {"J1.crew.start": "A"}, {".crew": "A"}, {"": "A"}, {1: "A"}, {"J99.crew": "A"},
    {"J1.crew": "\ud83d"}, {"J1.crew": "A\x00"}, {"<script>": "A"},
    {"job": "J99"}, {"how": "shout"}, {"job": "J1", "how": "drop", "why": "no"},
    {"leads": False}, {"leads": 1}, {"everybody": True},
    {str(number): "A" for number in range(5000)},
)  # fmt: skip

LINES = {
    "en": "Crew A's technician is away on Thursday and Friday. May we come to you in the week after? You choose the day.",
    "nl": "De monteur van ploeg A is donderdag en vrijdag weg. Mogen we de week erna bij u komen? U kiest de dag.",
}


def samples(exercise: Exercise) -> Samples:
    """Complete: a plan without a broken rule, then the best repair. Weak: half a board, and everybody told."""
    before, after = (boards.board(exercise, updated=updated) for updated in (False, True))
    best = exercise.structure["key"]["repairs"][0]
    first = _value(next(boards.plans(before)))
    final = _value(next(boards.plans(after.without(best["job"]))))
    strong: tuple[tuple[str, Any], ...] = (
        ("first", first),
        ("final", final),
        ("proposal", {"job": best["job"], "how": best["how"]}),
        ("told", {best["job"]: True, "leads": True}),
    )
    crew = before.crews[0].id
    careless = {
        name: value
        for number, job in enumerate(before.jobs[:4])
        for name, value in ((f"{job.id}.crew", crew), (f"{job.id}.start", 2 * number + 1))
    }
    weak: tuple[tuple[str, Any], ...] = (
        ("first", careless),
        ("final", careless),
        ("proposal", {"job": before.jobs[0].id, "how": "drop"}),
        ("told", dict.fromkeys(exercise.structure["told"], True)),
    )
    return Samples(
        complete={language: (*strong, ("message", LINES[language])) for language in LINES},
        weak={language: (*weak, ("message", "")) for language in LINES},
        incomplete=(("first", {name: careless[name] for name in sorted(careless)[:3]}),),
        hostile=tuple(
            (task, value)
            for task in ("first", "final", "proposal", "told", "message", "second", "")
            for value in HOSTILE
        ),
    )


def _value(plan: Plan) -> dict[str, Any]:
    return {
        name: value
        for job, place in sorted(plan.items())
        for name, value in ((f"{job}.crew", place.crew), (f"{job}.start", place.start))
    }
