"""The order of events in a chronicle, the same for every kind: what came, what was done, each with its minute."""

from collections.abc import Iterable
from dataclasses import replace

from exercises.kind import Answer, Happening


def in_order(
    came: Iterable[tuple[float, Happening]], done: Iterable[tuple[Answer, Happening]], until: float
) -> tuple[Happening, ...]:
    """What came and what was done, each with its minute.

    What was done goes by the order of writing, and what came stands before whatever was written after it could be seen.
    No minute is later than the end or earlier than the one before it: more time and time given back do not show (T2).
    """
    waiting = sorted(came, key=lambda one: one[0])
    found: list[tuple[float, Happening]] = []
    for answer, happening in sorted(done, key=lambda one: one[0].order):
        while waiting and waiting[0][0] <= answer.knew:
            found.append(waiting.pop(0))
        found.append((answer.minute, happening))
    told, latest = [], 0
    for minute, happening in (*found, *waiting):
        latest = max(latest, whole(minute, until))
        told.append(replace(happening, minute=latest))
    return tuple(told)


def whole(minute: float, until: float) -> int:
    """The minute as it is told: whole, and never past the end."""
    return max(0, min(int(minute), int(until)))
