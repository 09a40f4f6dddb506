"""Exercises as stored: read from their immutable version, once per process."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

import exercises
from assessment import errors
from assessment.models.centre import ExerciseVersion
from exercises import content
from exercises.content import Exercise
from exercises.kind import Kind
from exercises.role_play import briefing as briefings

_kept: dict[str, Exercise] = {}


def get(session: Session | Connection, version_hash: str) -> Exercise:
    """The exercise of this version. Versions are immutable, so the first reading serves the whole process.

    :raises NotFound: when no such version is stored.
    """
    found = _kept.get(version_hash)
    if found is None:
        document = session.scalar(
            sa.select(ExerciseVersion.document).where(ExerciseVersion.hash == version_hash)
        )
        if document is None:
            raise errors.NotFound
        found = _kept[version_hash] = content.from_document(document)
    return found


def kept(version_hash: str) -> Exercise | None:
    """The exercise of this version, if this process has read it."""
    return _kept.get(version_hash)


@lru_cache(maxsize=256)
def kind_of(exercise: Exercise) -> Kind:
    return exercises.get(exercise.kind)


@lru_cache(maxsize=256)
def private_tasks(exercise: Exercise) -> frozenset[str]:
    """The tasks whose answers are for their writer alone."""
    return frozenset(task.name for task in kind_of(exercise).tasks(exercise) if task.is_private)


def briefing(exercise: Exercise) -> Mapping[str, Any]:
    """What somebody who plays a part in this exercise reads, by part and language.

    :raises NotFound: when nobody plays in it.
    """
    found = briefings.of(exercise)
    if found is None:
        raise errors.NotFound
    return found
