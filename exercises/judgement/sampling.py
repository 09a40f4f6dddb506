"""Sample answers of a judgement exercise, made from its key, and what nobody should be able to break it with."""

from typing import Any

from exercises.content import LANGUAGES, Exercise
from exercises.kind import Samples

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    4,
    "a4",
    "\x00",
    "=1+1",
    [],
    [4, 3, 2, 1, 5],
    {"a": None},
    {"a": True},
    {"a": 0},
    {"a": 6},
    {"a": -1},
    {"a": 4.5},
    {"a": "4.5"},
    {"a": "٤"},
    {"a": "５"},
    {"a": " 4"},
    {"a": 10**400},
    {"a": "1" * 70_000},
    {"a": "\ud83d"},
    {"a": "3\x00"},
    {"a": {"a": 4}},
    {"z": 4},
    {"": 4},
    {1: 4},
    {"<script>": 4},
    {"a": "<script>alert(1)</script>"},
    {"a": "👍"},
    {str(number): "4" for number in range(5000)},
)


HOSTILE_PICKS: tuple[Any, ...] = (
    {"most": "a", "least": "a"},
    {"most": "z"},
    {"most": 1},
    {"middle": "a"},
    {"most": ["a"]},
    {"most": "a\x00"},
)


def samples(exercise: Exercise) -> Samples:
    """Sample answers in the format of the content."""
    return _picked(exercise) if exercise.structure.get("format") == "most_least" else _rated(exercise)


def _picked(exercise: Exercise) -> Samples:
    """Complete: by the key, every third time the second best. Weak: first and last option. Incomplete: one pick."""
    near: list[tuple[str, Any]] = []
    weak: list[tuple[str, Any]] = []
    for number, item in enumerate(exercise.structure["items"]):
        ranked = sorted(item["order"], key=item["key"].__getitem__, reverse=True)
        near.append((item["id"], {"most": ranked[number % 3 == 2], "least": ranked[-1]}))
        weak.append((item["id"], {"most": item["order"][0], "least": item["order"][-1]}))
    tasks = (near[0][0], "SJT-99", "")
    return Samples(
        complete={language: tuple(near) for language in LANGUAGES},
        weak={language: tuple(weak) for language in LANGUAGES},
        incomplete=((near[0][0], {"least": near[0][1]["least"]}),),
        hostile=tuple((task, value) for task in tasks for value in (*HOSTILE, *HOSTILE_PICKS)),
    )


def _rated(exercise: Exercise) -> Samples:
    """Complete: near the key, with slips. Weak: in order of the options. Incomplete: two situations and a half."""
    items, scale = exercise.structure["items"], exercise.structure["scale"]
    near: list[tuple[str, Any]] = []
    weak: list[tuple[str, Any]] = []
    for number, item in enumerate(items):
        ratings = {option: round(mean) for option, mean in item["key"].items()}
        slip = sorted(ratings)[number % len(ratings)]
        ratings[slip] = min(scale[-1], ratings[slip] + 1)
        near.append((item["id"], {option: ratings[option] for option in item["order"]}))
        steps = (3, 4, 2, 4, 3) if number % 2 else (4, 3, 3, 2, 4)
        weak.append((item["id"], dict(zip(item["order"], steps, strict=False))))
    half = items[min(2, len(items) - 1)]
    tasks = (items[0]["id"], "SJT-99", "")
    return Samples(
        complete={language: tuple(near) for language in LANGUAGES},
        weak={language: tuple(weak) for language in LANGUAGES},
        incomplete=(
            *near[: min(2, len(items) - 1)],
            (half["id"], {half["order"][0]: "3", half["order"][1]: 5}),
        ),
        hostile=tuple((task, value) for task in tasks for value in HOSTILE),
    )
