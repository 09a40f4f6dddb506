"""Diaries: what participants write for themselves after the report, and which passages their manager may read.

No event is journaled: that somebody wrote, or shared, is theirs alone.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.models.diary import LONGEST_PASSAGE, DiaryPassage
from assessment.models.plan import Plan
from assessment.services import plans, texts


class NothingWritten(errors.Invalid):
    sentence = "Write something first."


def passages(session: Session, plan_id: UUID, *, by: Actor) -> Sequence[DiaryPassage]:
    """One's own diary, newest first.

    :raises NotFound: for everybody but its writer.
    """
    plan = plans.own(session, plan_id, by=by)
    return session.scalars(
        sa.select(DiaryPassage)
        .where(DiaryPassage.plan_id == plan.id)
        .order_by(DiaryPassage.written_at.desc(), DiaryPassage.id)
    ).all()


def write(session: Session, plan_id: UUID, text: str, *, by: Actor) -> DiaryPassage:
    """Add a passage, for nobody else.

    :raises NothingWritten: without words.
    """
    plan = plans.own(session, plan_id, by=by, lock=True)
    kept = texts.whole(text, LONGEST_PASSAGE)
    if not kept:
        raise NothingWritten(field="text")
    made = DiaryPassage(plan_id=plan.id, text=kept, written_at=clock.now())
    session.add(made)
    session.flush()
    return made


def _own(session: Session, plan_id: UUID, passage_id: UUID, by: Actor) -> DiaryPassage:
    plan = plans.own(session, plan_id, by=by, lock=True)
    found = session.scalar(
        sa.select(DiaryPassage).where(DiaryPassage.id == passage_id, DiaryPassage.plan_id == plan.id)
    )
    if found is None:
        raise errors.NotFound
    return found


def share(session: Session, plan_id: UUID, passage_id: UUID, *, is_shared: bool, by: Actor) -> None:
    """Let the own manager read this passage, or no longer."""
    passage = _own(session, plan_id, passage_id, by)
    passage.shared_at = (passage.shared_at or clock.now()) if is_shared else None


def remove(session: Session, plan_id: UUID, passage_id: UUID, *, by: Actor) -> None:
    """Take a passage away; nothing of it is kept."""
    session.delete(_own(session, plan_id, passage_id, by))


def shared(session: Session, plan: Plan) -> Sequence[DiaryPassage]:
    """The passages that the own manager may read, oldest first."""
    return session.scalars(
        sa.select(DiaryPassage)
        .where(DiaryPassage.plan_id == plan.id, DiaryPassage.shared_at.is_not(None))
        .order_by(DiaryPassage.written_at)
    ).all()
