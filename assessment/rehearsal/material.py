"""What synthetic participants write: the sample answers of the content, as they grow under somebody's hands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import exercises
from exercises.content import Exercise

CHUNK = 45
"""Characters between two states of a text that grows."""
FINAL = re.compile(r"(?P<on>.+)\.sent(\.\d+)?\Z")

NUMBERED = re.compile(r"(?:turn|round)\.(?P<number>\d+)\Z")
"""A message or a round that is final, and was ``draft.N`` while it was being made."""


@dataclass(frozen=True)
class Stroke:
    """One state of one task's answer. ``is_whole`` marks the last of it."""

    task: str
    value: Any
    is_whole: bool = True
    on: str = ""
    """The message that has to have arrived first; empty where nothing has to."""


def strokes(exercise: Exercise, language: str, turn: int) -> list[Stroke]:
    """A whole sitting in small states, in the order of writing; every third participant does weaker work."""
    samples = exercises.get(exercise.kind).samples(exercise)
    posts = (samples.weak if turn % 3 == 2 else samples.complete)[language]
    return [stroke for task, value in posts for stroke in _grown(task, value)]


def _grown(task: str, value: Any) -> Iterator[Stroke]:
    final = FINAL.match(task)
    on = final["on"] if final and not task.startswith("new.") else ""
    if isinstance(value, str):
        yield from (Stroke(task, part, is_whole=False) for part in _parts(value))
    elif final and isinstance(value, dict) and isinstance(value.get("text"), str):
        # What is sent was a draft before, on the message itself.
        draft = final["on"]
        yield from (
            Stroke(draft, {**value, "text": part}, is_whole=False, on=on) for part in _parts(value["text"])
        )
    elif (numbered := NUMBERED.match(task)) and isinstance(value, dict):
        draft = f"draft.{numbered['number']}"
        yield from (
            Stroke(draft, {**value, "text": part}, is_whole=False) for part in _parts(value.get("text", ""))
        )
    yield Stroke(task, value, on=on)


def _parts(text: str) -> Iterator[str]:
    return (text[:end] for end in range(CHUNK, len(text), CHUNK))


def paced(all_of_it: Sequence[Stroke], turns: int) -> list[Stroke]:
    """As many strokes as there are turns to save: whole answers first, growing text between them, in order.

    Where there is more time than text, the last text is revised on and on.
    """
    whole = [place for place, stroke in enumerate(all_of_it) if stroke.is_whole]
    growing = [place for place, stroke in enumerate(all_of_it) if not stroke.is_whole]
    chosen = _spread(whole, turns)
    chosen += _spread(growing, turns - len(chosen))
    made = [all_of_it[place] for place in sorted(chosen)]
    texts = [stroke for stroke in all_of_it if stroke.is_whole and isinstance(stroke.value, str)]
    if texts:
        last = texts[-1]
        made += [
            Stroke(last.task, f"{last.value}\n\n({number})") for number in range(1, turns - len(made) + 1)
        ]
    return made


def _spread(places: Sequence[int], wanted: int) -> list[int]:
    """So many of these places, evenly; the last is always among them."""
    if wanted <= 0 or not places:
        return []
    if wanted >= len(places):
        return list(places)
    step = len(places) / wanted
    return [places[int((number + 1) * step) - 1] for number in range(wanted)]
