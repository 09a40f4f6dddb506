"""The shelf of shipped exercises, and how one becomes an immutable stored version with its rubric and key."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

import exercises
from assessment import clock
from assessment.models.centre import ExerciseVersion, KeyVersion, RubricVersion, Task
from exercises import content
from exercises.content import Exercise

PRACTICE = "E0"
"""The catalogue id of practice exercises, which are never a timed exercise of a centre."""


def offered() -> tuple[Exercise, ...]:
    """The exercises that a centre can be made of, by their number in the catalogue."""
    found = (exercise for exercise in content.shipped().values() if exercise.id != PRACTICE)
    return tuple(sorted(found, key=lambda exercise: (int(exercise.id.lstrip("E") or 0), exercise.slug)))


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
