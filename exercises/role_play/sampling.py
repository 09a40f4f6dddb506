"""Sample conversations from the content's samples.yaml, and what nobody should be able to break the kind with."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from exercises import writing
from exercises.content import LANGUAGES, Exercise, beside
from exercises.kind import Samples
from exercises.role_play.talking import ABOUT, MOVE, START, TEXT, draft_task, turn_task

HOSTILE: tuple[Any, ...] = (
    None, True, 3, [], {}, {"begun": False}, {"begun": "yes"}, {"move": "ask"}, {"move": 1}, {"move": None},
    {"move": "ask", "about": "mail"}, {"move": "ask", "about": "mail", "text": " \n"}, {"text": "\x00"},
    {"move": "ask", "about": "mail", "text": "half \ud83d"}, {"move": "ask", "about": "mail", "text": "x" * 70_000},
    {"move": "N8", "about": "mail", "text": "x"}, {"move": "ask", "about": "trust", "text": "x"},
    {"move": "ask", "about": "mail", "text": "x", "trust": 5}, {"move": ["ask"], "about": {}, "text": []},
    {"move": "ask", "about": "mail", "text": "{0.__class__} %s {minute} <b>"}, {1: "1"}, *writing.HOSTILE,
)  # fmt: skip


def samples(exercise: Exercise) -> Samples:
    """Complete and weak conversations; where the content has none, the first move about the first topic each time."""
    file = beside(exercise, "samples.yaml")
    found: Mapping[str, Any] = (
        yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader) if file.is_file() else {}
    )
    turns = int(exercise.structure["turns"])
    first = f"{next(iter(exercise.structure['moves']))} {exercise.structure['topics'][0]}"

    def sent(use: str, language: str) -> tuple[tuple[str, Any], ...]:
        own = found.get(use, {})
        choices: Sequence[str] = own.get("choices", [first] * turns)
        words: Mapping[str, Any] = own.get(
            language, {"turns": ["…"] * turns, "agreed": "…", "differently": "…"}
        )
        said = (
            (turn_task(number), {MOVE: chosen.split()[0], ABOUT: chosen.split()[1], TEXT: text})
            for number, (chosen, text) in enumerate(zip(choices, words["turns"], strict=True), 1)
        )
        return (
            (START, {"begun": True}),
            *said,
            ("agreed", words["agreed"]),
            ("differently", words["differently"]),
        )

    hostile_tasks = (
        START,
        draft_task(1),
        turn_task(1),
        turn_task(turns),
        "agreed",
        "notes",
        "turn.0",
        "turn.01",
        "",
    )
    return Samples(
        complete={language: sent("complete", language) for language in LANGUAGES},
        weak={language: sent("weak", language) for language in LANGUAGES},
        incomplete=(*sent("complete", "en")[:3], (draft_task(3), {TEXT: "What do you"})),
        hostile=tuple((task, value) for task in hostile_tasks for value in HOSTILE),
    )
