"""Which pieces of material were gone to: told to assessors in words, for the talk afterwards, and never scored.

Class B of content C0.3. Kept are a piece and the order among the answers; not how long, how often or how far. Only
versions whose content says ``notes_shown: true`` keep it, because their instructions tell it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exercises.content import Exercise
from exercises.kind import Answers, Block, InvalidAnswer

PREFIX = "shown."
VALUE = "shown"
WORDS = ("title", "note")
"""What every kind says about it; each has further words for its own rows."""


def tasks(exercise: Exercise, pieces: Sequence[str]) -> tuple[str, ...]:
    """The tasks in which it is kept, one for each piece; none in versions that keep nothing."""
    return tuple(f"{PREFIX}{piece}" for piece in pieces) if exercise.structure.get("notes_shown") else ()


def value(posted: Any) -> str:
    """
    :raises InvalidAnswer: when anything else than that it was shown is posted.
    """
    if posted != VALUE:
        raise InvalidAnswer("malformed")
    return VALUE


def order_of(answers: Answers, pieces: Iterable[str]) -> dict[str, int]:
    """The pieces that were gone to, in that order, each with its place among the answers."""
    found = {piece: answers[f"{PREFIX}{piece}"].order for piece in pieces if f"{PREFIX}{piece}" in answers}
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def block(words: Mapping[str, str], groups: Mapping[str, Sequence[str]]) -> Block:
    """What an assessor reads of it: titles in groups, each group under the word of its name."""
    rows = tuple((words[name], "; ".join(titles)) for name, titles in groups.items() if titles)
    return Block("shown", words["title"], notes=(words["note"],), rows=rows)
