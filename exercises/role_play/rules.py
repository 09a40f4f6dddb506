"""The rules of a conversation: what a message changes in the counterpart, and which line answers it.

Trust and ownership are the two states, in halves between the content's levels. All conditions are data of the content;
nothing reads what somebody wrote, except that it counts words and looks for a question mark.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exercises.content import Exercise

CONDITIONS = frozenset({"moves", "about", "not_about", "trust", "ownership", "since", "before", "asked"})
"""What may be asked of a moment."""
MOST = 1.0
"""The most that one message changes in a state, unless it is a threat (D9.4)."""
Room = tuple[float, float, float, float]
"""Some of the states: least and most trust, least and most ownership."""
_ANYTHING = (-math.inf, math.inf)


@dataclass(frozen=True)
class Moment:
    """What conditions are asked of: a message, the minute of the conversation, and the states."""

    move: str
    about: str
    minute: float
    trust: float
    ownership: float
    is_asked: bool = False
    """Whether the same topic was asked about before."""


def holds(condition: Mapping[str, Any], moment: Moment) -> bool:
    """Whether a moment fulfils everything that a condition asks, and one of ``any`` where it has that."""
    return any(is_inside(room, moment.trust, moment.ownership) for room in rooms(condition, moment))


def rooms(condition: Mapping[str, Any], moment: Moment) -> list[Room]:
    """The states for which a condition would hold in this moment, whatever the moment's own are; none when it cannot."""
    own = _room(condition, moment)
    if own is None or "any" not in condition:
        return [own] if own else []
    return [_both(own, room) for one in condition["any"] for room in rooms(one, moment)]


def is_inside(room: Room, trust: float, ownership: float) -> bool:
    return room[0] <= trust <= room[1] and room[2] <= ownership <= room[3]


def _room(condition: Mapping[str, Any], moment: Moment) -> Room | None:
    if "moves" in condition and moment.move not in condition["moves"]:
        return None
    if "about" in condition and moment.about not in condition["about"]:
        return None
    if "not_about" in condition and moment.about in condition["not_about"]:
        return None
    if not condition.get("since", moment.minute) <= moment.minute < condition.get("before", math.inf):
        return None
    if condition.get("asked", moment.is_asked) != moment.is_asked:
        return None
    return (*condition.get("trust", _ANYTHING), *condition.get("ownership", _ANYTHING))


def _both(one: Room, other: Room) -> Room:
    return max(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), min(one[3], other[3])


def case_of(exercise: Exercise, moment: Moment) -> tuple[int, Mapping[str, Any]] | None:
    """The first case of the moment's move that fits, with its place."""
    cases = exercise.structure["moves"][moment.move]
    return next(((place, case) for place, case in enumerate(cases) if holds(case, moment)), None)


def changed(exercise: Exercise, moment: Moment, case: Mapping[str, Any], extra: float = 0.0) -> Moment:
    """The moment with what a case, and ``extra`` trust, changes in the states."""
    least, most = exercise.structure["levels"]
    trust, ownership = float(case.get("trust_by", 0)) + extra, float(case.get("ownership_by", 0))
    if not case.get("threat"):
        trust, ownership = max(-MOST, min(MOST, trust)), max(-MOST, min(MOST, ownership))
    return Moment(
        moment.move,
        moment.about,
        moment.minute,
        max(least, min(most, moment.trust + trust)),
        max(least, min(most, moment.ownership + ownership)),
        moment.is_asked,
    )


def fitting(exercise: Exercise, moment: Moment) -> Iterator[Mapping[str, Any]]:
    """The nodes that fit, the highest first."""
    return (node for node in exercise.structure["nodes"] if holds(node, moment))


def end_of(exercise: Exercise, trust: float, ownership: float) -> Mapping[str, Any]:
    """The end that these states lead to: the first that fits."""
    moment = Moment("", "", 0.0, trust, ownership)
    return next(
        end
        for end in exercise.structure["ends"]
        if holds(end, moment) and trust + ownership >= end.get("sum", 0)
    )
