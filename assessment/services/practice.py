"""Practice: one small untimed exercise per kind, which is played on the page alone.

Nothing that is written there is stored. The page keeps it, sends all of it along when it asks what has come of it, and
is answered from that: results of a round, a message that has arrived. So a practice exercise works like a real one
without a sitting behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import object_session

from assessment import errors
from assessment.models.centre import Centre
from assessment.services import shelf, versions
from exercises import content
from exercises.content import Exercise
from exercises.kind import Answer, InvalidAnswer

MOST_ENTRIES = 300
"""What a page may send along; more than anybody writes in a practice exercise."""


@dataclass(frozen=True)
class Moment:
    """What the page shows at an exercise minute, and the minute at which something more arrives."""

    view: Mapping[str, Any]
    minute: float
    next_minute: float | None


def offered(centre: Centre) -> tuple[Exercise, ...]:
    """The practice exercises for the kinds of this centre, in its own order."""
    shipped = content.shipped()
    session = object_session(centre)
    known = shelf.all_of_it(session) if session is not None else shipped
    kinds = dict.fromkeys(known[entry.slug].kind for entry in centre.exercises if entry.slug in known)
    by_kind = {exercise.kind: exercise for exercise in shipped.values() if exercise.id == shelf.PRACTICE}
    return tuple(by_kind[kind] for kind in kinds if kind in by_kind)


def get(centre: Centre, kind: str) -> Exercise:
    """
    :raises NotFound: when this centre has no exercise of this kind, or nothing to practise it with.
    """
    found = next((exercise for exercise in offered(centre) if exercise.kind == kind), None)
    if found is None:
        raise errors.NotFound
    return found


def moment(exercise: Exercise, language: str, written: Sequence[Any], at: Any) -> Moment:
    """The exercise as it stands after what was written, at this minute. What is no answer is passed over, for the page may hold anything."""
    kind = versions.kind_of(exercise)
    minute = _minute(at, float(exercise.minutes), otherwise=0.0)
    answers: dict[str, Answer] = {}
    for order, entry in enumerate(written[:MOST_ENTRIES], 1):
        if not isinstance(entry, Mapping):
            continue
        name, posted = str(entry.get("task")), entry.get("value")
        task = kind.task(exercise, name)
        if task is None or (task.is_final and name in answers):
            continue
        try:
            value = kind.parse(exercise, name, posted)
        except InvalidAnswer:
            continue
        answers[name] = Answer(name, value, _minute(entry.get("minute"), minute, otherwise=minute), order)
    view = kind.view(exercise, language, answers, minute)
    known = {*view["parts"]}
    later = (float(one) for one in range(int(minute) + 1, exercise.minutes + 1))
    return Moment(
        view,
        minute,
        next((one for one in later if not known.issuperset(kind.parts(exercise, answers, one))), None),
    )


def _minute(given: Any, latest: float, *, otherwise: float) -> float:
    """A minute as a page tells it, between the start and the latest."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or given != given:
        return otherwise
    return float(min(max(given, 0), latest))
