"""What is stored of a sitting, version by version, as a receipt or a choice between two versions shows it."""

import json
from collections.abc import Collection
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
        Revision.reason == "",  # only what an administrator put in has one
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
_from_files = (
    _query()
    .where(
        Revision.sitting_id == sa.bindparam("sitting"),
        Revision.kind.in_((RevisionKind.LATE, RevisionKind.SIDE)),
        Revision.reason != "",
        ~_is_accepted,
    )
    .order_by(Revision.id)
)
_late = _query().where(Revision.id.in_(_newest_late), ~_is_accepted)


def counting(session: Session, sitting_id: UUID) -> list[Kept]:
    """The versions that count, one per task."""
    return _kept(session, _counting, sitting_id)


def late(session: Session, sitting_id: UUID) -> list[Kept]:
    """The newest late text that a page sent for each task and that was not accepted: kept as evidence."""
    return _kept(session, _late, sitting_id)


def from_files(session: Session, sitting_id: UUID) -> list[Kept]:
    """What an administrator put in from emergency files, during the sitting or after it, and did not accept: evidence."""
    return _kept(session, _from_files, sitting_id)


def _kept(session: Session, query: sa.Select[str, int, str, datetime, bool], sitting_id: UUID) -> list[Kept]:
    session.flush()  # Core does not do so by itself
    return [Kept(*row) for row in session.connection().execute(query, {"sitting": sitting_id})]


def of_task(session: Session, sitting_id: UUID, task: str, numbers: Collection[int]) -> dict[int, Kept]:
    """These versions of one task, by their number."""
    rows = session.execute(
        _query().where(Revision.sitting_id == sitting_id, Revision.task == task, Revision.number.in_(numbers))
    )
    return {row.number: Kept(*row) for row in rows}
