"""What a participant did in an in-tray, as facts that conditions can ask about: sent actions and choices."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exercises.content import Exercise
from exercises.kind import Answers

SENT = re.compile(r"(?P<on>.+)\.sent(\.\d+)?\Z")


@dataclass(frozen=True)
class Moment:
    """When something became true: its place in the order of writing, and the exercise minute."""

    order: int
    minute: float
    knew: float = 0.0
    """The minute up to which messages had come to whoever did it: a credit later takes no knowledge away."""


START = Moment(-1, 0.0)


@dataclass(frozen=True)
class Act:
    """One action that was sent. Whether a word was written in it plays no part."""

    task: str
    on: str
    """The message it was made on, or "new.1" and so on."""
    kind: str
    reaches: frozenset[str]
    """People in to or copy, members of groups there, and those whom the assistant was asked to tell."""
    about: frozenset[str]
    """The message it was made on and those it was also said to be about."""
    tag: str
    due_day: str
    due_time: str
    moment: Moment


def acts(exercise: Exercise, answers: Answers) -> tuple[Act, ...]:
    """All sent actions in the order of sending."""
    return tuple(sorted(_acts(exercise, answers), key=lambda act: (act.moment.order, act.task)))


def _acts(exercise: Exercise, answers: Answers) -> Iterator[Act]:
    for task, answer in answers.items():
        found = SENT.match(task)
        if found is None or not isinstance(answer.value, Mapping):
            continue
        value, on = answer.value, found["on"]
        yield Act(
            task=task,
            on=on,
            kind=str(value.get("kind", "")),
            reaches=reached(exercise, value),
            about=frozenset([on, *value.get("about", ())]),
            tag=str(value.get("tag", "")),
            due_day=str(value.get("due_day", "")),
            due_time=str(value.get("due_time", "")),
            moment=Moment(answer.order, answer.minute, answer.knew),
        )


def reached(exercise: Exercise, value: Mapping[str, Any]) -> frozenset[str]:
    """Everybody who hears of an action, through groups and through the assistant too."""
    if value.get("kind") == "no_action":
        return frozenset()
    direct = {*value.get("to", ()), *value.get("cc", ())}
    groups = exercise.structure["groups"]
    members = {person for group in direct & groups.keys() for person in groups[group]}
    passed_on = set(value.get("pass_on", ())) if direct & couriers(exercise) else set()
    return frozenset(direct | members | passed_on)


@lru_cache(maxsize=64)
def couriers(exercise: Exercise) -> frozenset[str]:
    """Those who can be asked to tell others."""
    return frozenset(person["id"] for person in exercise.structure["people"] if person.get("passes_on"))


def value_of(answers: Answers, task: str) -> Mapping[str, Any]:
    """The counting value of a task whose answers are plain data; empty without an answer."""
    answer = answers.get(task)
    return answer.value if answer is not None and isinstance(answer.value, Mapping) else {}


def arrival(exercise: Exercise, message: str) -> float:
    """The minute at which a message of the exercise arrives."""
    return _arrivals(exercise)[message]


@lru_cache(maxsize=64)
def _arrivals(exercise: Exercise) -> Mapping[str, float]:
    return {entry["id"]: float(entry["at"]) for entry in exercise.structure["messages"]}
