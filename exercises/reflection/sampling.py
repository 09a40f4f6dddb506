"""Sample answers that look back, and what nobody should be able to break the kind with."""

from collections.abc import Sequence
from typing import Any

import yaml

from exercises import writing
from exercises.content import LANGUAGES, Exercise, beside
from exercises.kind import Samples

HOSTILE: tuple[Any, ...] = (None, True, 3, [], {}, {"moment": "x"}, *writing.HOSTILE)


def samples(exercise: Exercise, shared: Sequence[str]) -> Samples:
    """Complete and weak answers from the content's samples.yaml, or plain ones where it has none."""
    file = beside(exercise, "samples.yaml")
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader) if file.is_file() else {}
    plain = dict.fromkeys(shared, "…")

    def sent(use: str, language: str) -> tuple[tuple[str, Any], ...]:
        answers = found.get(use, {}).get(language, plain)
        return tuple((task, answers[task].strip()) for task in answers)

    return Samples(
        complete={language: sent("complete", language) for language in LANGUAGES},
        weak={language: sent("weak", language) for language in LANGUAGES},
        incomplete=((shared[0], "The memo."), (shared[0], "The memo: I cut half of it.")),
        hostile=tuple((task, value) for task in (*shared, "nothing", "") for value in HOSTILE),
    )
