"""Exercises as stored: read from their immutable version, once per process."""

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

import exercises
from assessment import errors
from assessment.models.centre import ExerciseVersion
from exercises import content
from exercises.content import Exercise
from exercises.kind import Kind

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


@lru_cache(maxsize=256)
def kind_of(exercise: Exercise) -> Kind:
    return exercises.get(exercise.kind)
