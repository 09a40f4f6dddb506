"""Sample answers of a case study: its benchmark memos, and what nobody should be able to break it with."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from exercises import writing
from exercises.content import LANGUAGES, Exercise, beside
from exercises.kind import LONGEST_ANSWER, Samples

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    7,
    3.5,
    float("nan"),
    [],
    ["memo"],
    {},
    {"memo": {"memo": {"memo": "deep"}}},
    {"a": "b" * LONGEST_ANSWER},
    {str(number): "x" for number in range(1000)},
    {"X4": "c\x00"},
    {"\ud800": "1"},
    *writing.HOSTILE,
)


def benchmarks(exercise: Exercise) -> Sequence[Mapping[str, Any]]:
    """The written examples that come with this content, in both languages; empty when it has none."""
    file = beside(exercise, "benchmarks.yaml")
    if not file.is_file():
        return ()
    return tuple(yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)["benchmarks"])


def samples(exercise: Exercise, tasks: Sequence[str]) -> Samples:
    """Complete and weak answers from the benchmarks; incomplete and hostile ones from here."""
    by_use = {entry["use"]: entry["answers"] for entry in benchmarks(exercise) if "use" in entry}
    plain = {language: dict.fromkeys(tasks, "…") for language in LANGUAGES}

    def sent(use: str, language: str) -> tuple[tuple[str, Any], ...]:
        answers = by_use.get(use, plain)[language]
        return tuple((task, answers[task]) for task in tasks if task in answers)

    return Samples(
        complete={language: sent("complete", language) for language in LANGUAGES},
        weak={language: sent("weak", language) for language in LANGUAGES},
        incomplete=(("memo", "Advice: start small, in the Netherlands."), ("memo", "Advice: start small.")),
        hostile=tuple((task, value) for task in (*tasks, "X99", "", "memo ") for value in HOSTILE),
    )
