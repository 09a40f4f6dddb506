"""Which messages have arrived at a minute: those with a time of their own, and follow-ups on what was sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exercises.content import Exercise
from exercises.in_tray.conditions import Asked, Facts, understood
from exercises.kind import Answers


@dataclass(frozen=True)
class Arrival:
    """A message that has arrived, with its minute."""

    minute: float
    id: str
    entry: Mapping[str, Any]
    is_follow_up: bool = False


def arrivals(exercise: Exercise, answers: Answers, minute: float) -> tuple[Arrival, ...]:
    """What has arrived, in order of arrival; derived from answers and minute alone."""
    planned = [
        Arrival(float(entry["at"]), entry["id"], entry)
        for entry in exercise.structure["messages"]
        if entry["at"] <= minute
    ]
    followed = sorted(_follow_ups(exercise, answers, minute), key=lambda entry: (entry.minute, entry.id))
    return tuple(sorted([*planned, *followed], key=lambda entry: entry.minute))


def _follow_ups(exercise: Exercise, answers: Answers, minute: float) -> Iterator[Arrival]:
    facts, latest = Facts(exercise, answers), min(minute, float(exercise.structure["in_tray_until"]))
    for follow_up in _all_follow_ups(exercise):
        at = _minute_of(follow_up, facts)
        if at is not None and at <= latest:
            yield Arrival(at, follow_up.entry["id"], follow_up.entry, is_follow_up=True)


@dataclass(frozen=True)
class _FollowUp:
    """A follow-up whose conditions were read."""

    entry: Mapping[str, Any]
    when: Asked
    as_long_as: Asked | None


@lru_cache(maxsize=64)
def _all_follow_ups(exercise: Exercise) -> tuple[_FollowUp, ...]:
    return tuple(
        _FollowUp(entry, understood(entry["when"]), understood(entry["while"]) if "while" in entry else None)
        for entry in exercise.structure["follow_ups"]
    )


def _minute_of(follow_up: _FollowUp, facts: Facts) -> float | None:
    """When this follow-up arrives, or None.

    One that has been seen stays: the page saves an empty draft for it, so that a choice that is changed later
    does not take away a message that somebody has read.
    """
    entry, as_long_as = follow_up.entry, follow_up.as_long_as
    seen = facts.answers.get(entry["id"])
    begun = follow_up.when(facts)
    at = max(begun.minute + float(entry["delay"]), float(entry.get("not_before", 0))) if begun else None
    if at is not None and (
        as_long_as is None or as_long_as(Facts(facts.exercise, facts.answers, until=at)) is not None
    ):
        return min(at, seen.minute) if seen else at
    return seen.minute if seen else None
