"""The shelf of shipped exercises, and how one becomes an immutable stored version with its rubric and key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

import exercises
from assessment import clock
from assessment.models.centre import ExerciseVersion, KeyVersion, RubricVersion, Task
from exercises import checking, content, packs, writing
from exercises.content import Exercise
from exercises.kind import Answers, Kind

PRACTICE = "E0"
"""The catalogue id of practice exercises, which are never a timed exercise of a centre."""


def offered(session: Session) -> tuple[Exercise, ...]:
    """The exercises that a centre can be made of, by their number in the catalogue."""
    found = (exercise for exercise in all_of_it(session).values() if exercise.id != PRACTICE)
    return tuple(sorted(found, key=_place))


def all_of_it(session: Session) -> Mapping[str, Exercise]:
    """Every exercise by its slug, the practice exercise and the own ones of this installation included."""
    return packs.on_the_shelf(session.info.get("content"))


@dataclass(frozen=True)
class Entry:
    """What the shelf says about one exercise."""

    exercise: Exercise
    words: Mapping[str, int]
    """The words of all its texts per language: what a translation costs, and whether the languages are alike."""
    is_provisional: bool | None
    """Whether its key is one author's judgement; None for an exercise without one."""


def catalogue(session: Session) -> tuple[Entry, ...]:
    """The whole shelf, in the order of the catalogue's numbers."""
    return tuple(entry(one) for one in sorted(all_of_it(session).values(), key=_place))


@cache
def entry(exercise: Exercise) -> Entry:
    return Entry(
        exercise,
        {
            language: sum(map(writing.words, _texts(exercise.text(language))))
            for language in content.LANGUAGES
        },
        exercises.get(exercise.kind).key(exercise, {}).is_provisional if exercise.keyed else None,
    )


def _place(exercise: Exercise) -> tuple[int, str]:
    return int(exercise.id.lstrip("E") or 0), exercise.slug


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


def kind_of(exercise: Exercise) -> Kind:
    return exercises.get(exercise.kind)


def sample(exercise: Exercise, language: str) -> Answers:
    """The answers of a sitting in which the sample answer was given, evenly over the exercise."""
    kind = kind_of(exercise)
    return checking.answered(kind, exercise, kind.samples(exercise).complete[language])


def sample_until(exercise: Exercise, language: str, minute: float) -> list[dict[str, object]]:
    """What of the sample answer was posted before a minute, in order."""
    sent = kind_of(exercise).samples(exercise).complete[language]
    minutes = [order * exercise.minutes / (len(sent) + 1) for order in range(1, len(sent) + 1)]
    return [
        {"task": task, "value": posted, "minute": at}
        for at, (task, posted) in zip(minutes, sent, strict=True)
        if at <= minute
    ]


def key_document(exercise: Exercise) -> dict[str, object]:
    """What a key is made of: the content it scores by and the release of the code that scores (T6)."""
    return {
        "exercise": exercise.hash,
        "kind": exercise.kind,
        "release": str(getattr(exercises.get(exercise.kind), "key_release", "1")),
    }


def key_hash(exercise: Exercise) -> str | None:
    """The hash of the key as it scores today; None for an exercise without one."""
    return content.digest(key_document(exercise)) if exercise.keyed else None


def store(session: Session, exercise: Exercise) -> str:
    """Store a version with its tasks, rubric and key, unless it is there already; its hash. Two at once store it once."""
    now = clock.now()
    if exercise.rubric:
        _once(
            session,
            RubricVersion,
            hash=exercise.rubric.hash,
            slug=exercise.slug,
            document=exercise.rubric.document(),
            stored_at=now,
        )
    key = key_hash(exercise)
    if key:
        _once(
            session,
            KeyVersion,
            hash=key,
            slug=exercise.slug,
            document=key_document(exercise),
            is_provisional=exercises.get(exercise.kind).key(exercise, {}).is_provisional,
            stored_at=now,
        )
    is_new = _once(
        session,
        ExerciseVersion,
        hash=exercise.hash,
        slug=exercise.slug,
        document=exercise.document(),
        rubric_hash=exercise.rubric.hash if exercise.rubric else None,
        key_hash=key,
        stored_at=now,
    )
    if is_new:
        session.execute(sa.insert(Task), tasks(exercise))
    return exercise.hash


def tasks(exercise: Exercise) -> list[dict[str, object]]:
    """The rows of an exercise's tasks."""
    return [
        {"version_hash": exercise.hash, "name": task.name, "is_final": task.is_final}
        for task in exercises.get(exercise.kind).tasks(exercise)
    ]


def _once(
    session: Session, table: type[ExerciseVersion] | type[RubricVersion] | type[KeyVersion], **values: object
) -> bool:
    """Whether it was stored now, and not before or by somebody else at the same time."""
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    # Asked first, because a version is a large document and nearly always there.
    if session.scalar(sa.select(table.hash).where(table.hash == values["hash"])) is not None:
        return False
    stored = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(table.hash)
    return session.scalar(stored) is not None
