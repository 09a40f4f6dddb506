"""What somebody who plays the counterpart in person reads: from a file of its own that no participant's page opens."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from exercises.content import LANGUAGES, Exercise, Problem, beside

FILE = "role_player.yaml"
PARTS = ("participant", "brief", "rules", "facts", "note", "training", "examples")


@lru_cache(maxsize=16)
def of(exercise: Exercise) -> Mapping[str, Any] | None:
    """The parts of ``role_player.yaml``, each with its languages, or None where the content has none."""
    file = beside(exercise, FILE)
    found: Mapping[str, Any] | None = (
        yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader) if file.is_file() else None
    )
    return found


def problems(exercise: Exercise) -> Iterator[Problem]:
    """What is missing in ``role_player.yaml``, where there is one: a part in a language, a fact, an example of a move."""
    briefing = of(exercise)
    if briefing is None:
        return
    place, structure = f"{exercise.slug}/{FILE}", exercise.structure
    for part in PARTS:
        found = briefing.get(part)
        words = found if isinstance(found, Mapping) else {}
        absent = [one for one in LANGUAGES if not words.get(one)]
        yield from (Problem(place, f"{part}.{one} is missing") for one in absent)
        named = {"facts": structure["facts"], "examples": structure["moves"]}.get(part, ())
        for language in LANGUAGES:
            if language not in absent:
                gaps = [name for name in named if not words[language].get(name)]
                yield from (Problem(place, f"{part}.{language}.{name} is missing") for name in gaps)
