"""Automatic scores: versioned, made when a sitting is sealed, and repeatable to the byte (T6)."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock
from assessment.models.centre import ExerciseVersion
from assessment.models.rating import AutomaticScore
from assessment.models.sitting import Sitting
from assessment.services import answers, versions
from exercises.content import Exercise, canonical
from exercises.kind import Answers, KeyLine, KeyResult, KeyScore

_key = (
    sa.select(ExerciseVersion.key_hash, AutomaticScore.sitting_id.is_not(None).label("is_applied"))
    .outerjoin(
        AutomaticScore,
        sa.and_(
            AutomaticScore.key_hash == ExerciseVersion.key_hash,
            AutomaticScore.sitting_id == sa.bindparam("sitting"),
        ),
    )
    .where(ExerciseVersion.hash == sa.bindparam("version"))
)
_make = sa.insert(AutomaticScore)


def score(session: Session, sitting: Sitting, rows: Iterable[Any] | None = None) -> None:
    """Apply the key of the sitting's version, where it has one and was not applied before.

    ``rows`` are the answers that count in the order of writing, where somebody has just read them in this transaction.
    """
    session.flush()  # Core does not do so by itself
    connection = session.connection()
    key_hash, is_applied = connection.execute(
        _key, {"sitting": sitting.id, "version": sitting.version_hash}
    ).one()
    if key_hash is None or is_applied:
        return
    exercise = versions.get(session, sitting.version_hash)
    work = answers.work(session, sitting) if rows is None else answers.work_of(session, sitting, rows)
    made = {
        "sitting_id": sitting.id,
        "key_hash": key_hash,
        "result": spelled(exercise, work.answers),
        "computed_at": clock.now(),
    }
    connection.execute(_make, made)


def score_again(session: Session, sitting: Sitting) -> tuple[str | None, str | None]:
    """Apply the key anew, where what counts has changed after sealing; the result before and after."""
    key_hash = session.scalar(
        sa.select(ExerciseVersion.key_hash).where(ExerciseVersion.hash == sitting.version_hash)
    )
    before = session.get(AutomaticScore, (sitting.id, key_hash)) if key_hash is not None else None
    if before is not None:
        session.delete(before)
        session.flush()  # before the new one of the same key
    score(session, sitting)
    after = session.get(AutomaticScore, (sitting.id, key_hash)) if key_hash is not None else None
    return before.result if before else None, after.result if after else None


def spelled(exercise: Exercise, given: Answers) -> str:
    """The result of the key in its one spelling: the same answers give the same bytes."""
    result = versions.kind_of(exercise).key(exercise, given)
    return canonical(
        {
            "scores": [vars(one) for one in result.scores],
            "lines": [vars(one) for one in result.lines],
            "is_provisional": result.is_provisional,
        }
    )


def read(text: str) -> KeyResult:
    """The result that ``spelled`` wrote."""
    document = json.loads(text)
    return KeyResult(
        scores=tuple(KeyScore(**{**one, "reasons": tuple(one["reasons"])}) for one in document["scores"]),
        lines=tuple(KeyLine(**one) for one in document["lines"]),
        is_provisional=document["is_provisional"],
    )


def results_of(session: Session, sitting_ids: Iterable[UUID]) -> dict[UUID, KeyResult]:
    """The automatic scores of these sittings, in one query. For the integration only: never before both ratings."""
    rows = session.execute(
        sa.select(AutomaticScore.sitting_id, AutomaticScore.result)
        .where(AutomaticScore.sitting_id.in_(list(sitting_ids)))
        .order_by(AutomaticScore.computed_at)
    )
    return {sitting_id: read(result) for sitting_id, result in rows}
