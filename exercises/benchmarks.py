"""Benchmarks: written answers to an exercise with reference ratings, by which assessors practise and are compared.

``benchmarks.yaml`` of an exercise::

    references: provisional, one author
    benchmarks:
      - id: e1.bench.A
        set: training           # or test, or recheck; no benchmark is in two
        status: provisional
        profile: {en: ..., nl: ...}
        gone_to: {rules: 1, stock: 12}      # the minute in which a piece of material was gone to, as sittings keep it
        answers:
          en: [{minute: 4, task: M02.sent.1, value: {...}, text: ...}, ...]
          # or {task: value}, with minutes: {task: 54} beside answers for when each was last changed
        references:
          L1:
            level: 4
            accepted: [4, 5]
            en: reason, with the behaviours (L1.2)
            nl: reden
            passages: [{behaviour: L1.2, en: exact words of the answer}]
        errors: {en: ..., nl: ...}      # rating errors that this answer invites; may be left out

Whoever trains or tests reads these; nothing here is ever shown to a participant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from exercises import shown
from exercises.content import LANGUAGES, Exercise, beside
from exercises.kind import Answer
from exercises.rubric import Words

SETS = ("training", "test", "recheck")


@dataclass(frozen=True)
class Passage:
    """Words of the answer that a reference leans on, and the behaviour they show."""

    behaviour: str
    quotes: Words
    """The exact words, per language in which the answer exists."""


@dataclass(frozen=True)
class Reference:
    """What an answer should be rated on one dimension, and why."""

    dimension: str
    level: int
    accepted: tuple[int, int]
    reasons: Words
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Benchmark:
    """One written answer with its references. They are one author's judgement as long as it is provisional."""

    id: str
    set: str
    is_provisional: bool
    profile: Words
    references: Mapping[str, Reference]
    posted: Mapping[str, tuple[tuple[float, str, Any], ...]]
    """Per language what is posted to the kind, in order: minute, task and value."""
    errors: Words
    """Rating errors that this answer invites; empty where none are named."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the answer can be read; the first is the one it was written in."""
        return tuple(self.posted)

    def is_translated(self, language: str) -> bool:
        """Whether its words in this language were first written in another one."""
        return language != self.languages[0]

    def answers(self, language: str) -> dict[str, Answer]:
        """
        :raises KeyError: when the answer was not written in this language.
        """
        return {
            task: Answer(task, value, minute, order)
            for order, (minute, task, value) in enumerate(self.posted[language], 1)
        }


def benchmarks(exercise: Exercise) -> tuple[Benchmark, ...]:
    """The benchmarks of an exercise that ships with Klei; sample answers without a set are none."""
    file = beside(exercise, "benchmarks.yaml")
    if not file.is_file():
        return ()
    entries: Sequence[Mapping[str, Any]] = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)[
        "benchmarks"
    ]
    return tuple(_benchmark(entry, exercise) for entry in entries if "set" in entry)


def _benchmark(entry: Mapping[str, Any], exercise: Exercise) -> Benchmark:
    return Benchmark(
        id=entry["id"],
        set=entry["set"],
        is_provisional=entry["status"] == "provisional",
        profile=_words(entry["profile"]),
        references=MappingProxyType(
            {name: _reference(name, given) for name, given in entry["references"].items()}
        ),
        posted=MappingProxyType(
            {language: _posted(entry, answers, exercise) for language, answers in entry["answers"].items()}
        ),
        errors=_words(entry.get("errors", {})),
    )


def _posted(entry: Mapping[str, Any], answers: Any, exercise: Exercise) -> tuple[tuple[float, str, Any], ...]:
    """In the order of the minutes, with what was gone to among it: a re-check looks like every other sitting."""
    gone_to = [
        (float(minute), shown.PREFIX + piece, shown.VALUE)
        for piece, minute in entry.get("gone_to", {}).items()
    ]
    if isinstance(answers, Mapping):
        minutes = entry.get("minutes", {})
        steps = [(float(minutes.get(task, exercise.minutes)), task, value) for task, value in answers.items()]
    else:
        steps = [(float(step["minute"]), step["task"], _value(step)) for step in answers]
    return tuple(sorted([*gone_to, *steps], key=lambda step: step[0]))


def _value(step: Mapping[str, Any]) -> Any:
    if "value" not in step:
        return step["text"]
    return {**step["value"], "text": step["text"]} if "text" in step else dict(step["value"])


def _reference(dimension: str, given: Mapping[str, Any]) -> Reference:
    return Reference(
        dimension=dimension,
        level=given["level"],
        accepted=(min(given["accepted"]), max(given["accepted"])),
        reasons=_words(given),
        passages=tuple(Passage(one["behaviour"], _words(one)) for one in given["passages"]),
    )


def _words(entry: Mapping[str, Any]) -> Words:
    return MappingProxyType({language: str(entry[language]) for language in LANGUAGES if language in entry})
