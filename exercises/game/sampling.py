"""Sample plays of a game from the content's samples.yaml, and what nobody should be able to break it with."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from exercises.content import LANGUAGES, Exercise, beside
from exercises.game import model as models
from exercises.game.playing import OPTION, TEXT, draft_task, round_task
from exercises.kind import LONGEST_ANSWER, Samples

HOSTILE: tuple[Any, ...] = (
    None, True, 4, "\x00", "=1+1", "", [], [1, 2], "<script>alert(1)</script>", "x" * (LONGEST_ANSWER + 1),
    {"p": None}, {"p": True}, {"p": 13.3}, {"p": "13.3"}, {"p": "٤"}, {"p": " 13"}, {"p": "1e3"}, {"p": "nan"},
    {"p": "inf"}, {"p": 10**400}, {"p": "1" * 70_000}, {"p": -1}, {"p": "-0"}, {"p": {"x": 1}}, {"p": "\ud83d"},
    {"p": "13.5\x00"}, {"q": "9999999"}, {"option": "z"}, {"option": 1}, {"option": "a"}, {"text": "\x00"},
    {"text": "x" * 70_000}, {"text": "{0.__class__} %s {p}"}, {"index": 100}, {"": "1"}, {1: "1"},
    {"p": "13.5", "m": "80", "q": "500", "f": "7", "s": "2", "t": "10"},
    {"p": "16.01", "m": "80", "q": "500", "f": "7", "s": "2", "t": "10", "option": "a"},
    {"p": "13.5", "m": "80", "q": "500", "f": "7.5", "s": "2", "t": "10", "option": "a"},
    {str(number): "1" for number in range(5000)},
)  # fmt: skip


def samples(exercise: Exercise) -> Samples:
    """Complete and weak plays in both languages; where the content has none, the defaults with the first options."""
    model = models.of(exercise)
    file = beside(exercise, "samples.yaml")
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader) if file.is_file() else {}
    plain = [
        {**{lever.id: lever.default for lever in model.levers}, OPTION: next(iter(options))}
        for options in model.options
    ]

    def sent(use: str, language: str) -> tuple[tuple[str, Any], ...]:
        own = found.get(use, {})
        decisions: Sequence[Mapping[str, Any]] = own.get("decisions", plain)
        texts: Sequence[str] = own.get(language, ["…"] * model.rounds)
        rounds = tuple(
            (round_task(number), {**decision, TEXT: text})
            for number, (decision, text) in enumerate(zip(decisions, texts, strict=False), 1)
        )
        return (*rounds, ("closing", own.get("closing", {}).get(language, "…")))

    hostile_tasks = (
        draft_task(1),
        round_task(1),
        round_task(model.rounds),
        "closing",
        "round.0",
        "round.9",
        "",
    )
    return Samples(
        complete={language: sent("complete", language) for language in LANGUAGES},
        weak={language: sent("weak", language) for language in LANGUAGES},
        incomplete=((draft_task(1), {**plain[0], TEXT: "First"}), sent("complete", "en")[0]),
        hostile=tuple((task, value) for task in hostile_tasks for value in HOSTILE),
    )
