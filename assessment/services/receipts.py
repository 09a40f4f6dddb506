"""What is stored of a sitting, version by version, as a receipt or a choice between two versions shows it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from assessment.models.answer import Answer
from assessment.models.sitting import Revision, RevisionKind


@dataclass(frozen=True)
class Kept:
    """One stored version of a task's answer."""

    task: str
    number: int
    body: str
    """As it is stored; empty once it was erased."""
    arrived_at: datetime
    is_in_grace: bool

    @property
    def value(self) -> Any:
        return json.loads(self.body) if self.body else ""


def _query() -> sa.Select[str, int, str, datetime, bool]:
    return sa.select(Revision.task, Revision.number, Revision.body, Revision.arrived_at, Revision.is_in_grace)


_newest_late = (
    sa.select(sa.func.max(Revision.id))
    .where(
        Revision.sitting_id == sa.bindparam("sitting"),
        Revision.kind == RevisionKind.LATE,
        Revision.reason == "",
    )
    .group_by(Revision.task)
)
_accepting = aliased(Revision)
_is_accepted = sa.exists().where(
    _accepting.sitting_id == Revision.sitting_id,
    _accepting.task == Revision.task,
    _accepting.accepted_from == Revision.number,
)
_newest = sa.select(Answer.id).where(Answer.sitting_id == sa.bindparam("sitting"))
_counting = _query().where(Revision.id.in_(_newest))
_is_from_file = Revision.reason != ""
"""Of what stands beside what counts only that has a reason which an administrator put in."""
_beside = (
    _query()
    .add_columns(_is_from_file.label("is_from_file"))
    .where(
        Revision.sitting_id == sa.bindparam("sitting"),
        sa.or_(
            Revision.id.in_(_newest_late),
            sa.and_(_is_from_file, Revision.kind.in_((RevisionKind.LATE, RevisionKind.SIDE))),
        ),
        ~_is_accepted,
    )
    .order_by(Revision.id)
)


def counting(session: Session, sitting_id: UUID) -> list[Kept]:
    """The versions that count, one per task."""
    return [_kept(row) for row in _rows(session, _counting, sitting_id)]


def beside(session: Session, sitting_id: UUID) -> tuple[list[Kept], list[Kept]]:
    """What was not accepted and is evidence: the newest late text that a page sent for each task; and all that an
    administrator put in from emergency files, during the sitting or after it.
    """
    found: dict[bool, list[Kept]] = {False: [], True: []}
    for row in _rows(session, _beside, sitting_id):
        found[row.is_from_file].append(_kept(row))
    return found[False], found[True]


def _kept(row: Any) -> Kept:
    return Kept(row.task, row.number, row.body, row.arrived_at, row.is_in_grace)


def _rows(session: Session, query: sa.Executable, sitting_id: UUID) -> Sequence[sa.Row[Any]]:
    session.flush()  # Core does not do so by itself
    return session.connection().execute(query, {"sitting": sitting_id}).all()


def of_task(session: Session, sitting_id: UUID, task: str, numbers: Collection[int]) -> dict[int, Kept]:
    """These versions of one task, by their number."""
    rows = session.execute(
        _query().where(Revision.sitting_id == sitting_id, Revision.task == task, Revision.number.in_(numbers))
    )
    return {row.number: _kept(row) for row in rows}
