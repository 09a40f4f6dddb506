"""Concerns: a participant says that something is wrong; an administrator replies and marks it done.

The words live in their own rows, which can be erased; the journal has ids only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.concern import Concern, ConcernKind, ConcernReply
from assessment.models.enrolment import Enrolment
from assessment.models.sitting import Sitting, SittingState
from assessment.services import sittings, texts

LONGEST_TEXT = 1000
LONGEST_REPLY = 500
MOST_IN_A_WHILE = 5
A_WHILE = timedelta(minutes=5)


class TooManyConcerns(errors.KleiError):
    status = 429
    sentence = (
        "You have told us several things within a few minutes. We have them all; please wait for an answer."
    )


class NothingReplied(errors.Invalid):
    sentence = "Write a reply. The participant reads it on the page of the exercise."


class AlreadyDone(errors.NotAllowedNow):
    sentence = "This was marked as done already."


@dataclass(frozen=True)
class Said:
    """One concern as the participant's page shows it, with the replies so far."""

    id: UUID
    kind: ConcernKind
    text: str
    raised_at: datetime
    is_done: bool
    replies: tuple[tuple[str, datetime], ...]


def tell(
    session: Session, sitting_id: UUID, client_id: str, kind: ConcernKind, text: str, *, by: Actor
) -> tuple[Concern, bool]:
    """Say that something is wrong, while it runs, is paused, or has just ended; and whether it is new.

    The same ``client_id`` again changes nothing.

    :raises NotFound: when the sitting is not theirs. :raises NotStarted: before its start.
    :raises TextTooLong: above 1,000 characters. :raises TooManyConcerns: more than five within five minutes.
    """
    kept = texts.whole(text, LONGEST_TEXT)
    sitting = sittings.get(session, sitting_id, by=by, lock=True)
    if sitting.state is SittingState.READY:
        raise sittings.NotStarted
    same = session.scalar(
        sa.select(Concern).where(Concern.sitting_id == sitting.id, Concern.client_id == client_id)
    )
    if same is not None:
        return same, False
    now = clock.now()
    lately = session.scalar(
        sa.select(sa.func.count())
        .select_from(Concern)
        .where(Concern.sitting_id == sitting.id, Concern.raised_at > now - A_WHILE)
    )
    if (lately or 0) >= MOST_IN_A_WHILE:
        raise TooManyConcerns
    made = Concern(sitting_id=sitting.id, client_id=client_id, kind=kind, text=kept, raised_at=now)
    session.add(made)
    session.flush()  # the journal names its id
    _note(session, "concern.raised", made, sitting.enrolment.centre_id, by=by, kind=kind.value)
    return made, True


_said = (
    sa.select(
        Concern.id,
        Concern.kind,
        Concern.text,
        Concern.raised_at,
        Concern.done_at,
        ConcernReply.text.label("reply"),
        ConcernReply.at,
    )
    .outerjoin(ConcernReply, ConcernReply.concern_id == Concern.id)
    .where(Concern.sitting_id == sa.bindparam("sitting"))
    .order_by(Concern.raised_at, Concern.id, ConcernReply.at)
)


def said(session: Session | Connection, sitting_id: UUID) -> list[Said]:
    """What was said in this sitting, oldest first, with its replies: one query, for the page's regular question."""
    rows = session.execute(_said, {"sitting": sitting_id})
    found: dict[UUID, Said] = {}
    for row in rows:
        before = found[row.id].replies if row.id in found else ()
        reply = ((row.reply, row.at),) if row.at else ()
        found[row.id] = Said(
            row.id, row.kind, row.text, row.raised_at, row.done_at is not None, (*before, *reply)
        )
    return list(found.values())


def list_of(session: Session, sitting_id: UUID) -> Sequence[Concern]:
    """The concerns of a sitting with their replies, oldest first, for an administrator."""
    return session.scalars(
        sa.select(Concern)
        .where(Concern.sitting_id == sitting_id)
        .options(selectinload(Concern.replies))
        .order_by(Concern.raised_at, Concern.id)
    ).all()


def get(session: Session, centre: Centre, concern_id: UUID, *, lock: bool = False) -> Concern:
    """
    :raises NotFound: when it is not of this centre.
    """
    query = (
        sa.select(Concern)
        .join(Sitting, Sitting.id == Concern.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(Concern.id == concern_id, Enrolment.centre_id == centre.id)
    )
    found = session.scalar(query.with_for_update(of=Concern) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def reply(
    session: Session, centre: Centre, concern_id: UUID, text: str, *, is_done: bool = False, by: Actor
) -> ConcernReply:
    """Answer a concern; the participant's page shows it within a quarter of a minute.

    :raises NotFound: when it is not of this centre. :raises NothingReplied: without a word.
    """
    kept = texts.whole(text, LONGEST_REPLY)
    if not kept:
        raise NothingReplied(field="text")
    concern = get(session, centre, concern_id, lock=True)
    made = ConcernReply(concern_id=concern.id, text=kept, author_id=by.person_id, at=clock.now())
    session.add(made)
    session.flush()  # the journal names its id
    _note(session, "concern.replied", concern, centre.id, by=by, reply=made.id)
    if is_done and concern.done_at is None:
        _finish(session, centre, concern, by=by)
    return made


def finish(session: Session, centre: Centre, concern_id: UUID, *, by: Actor) -> Concern:
    """Mark a concern as done.

    :raises NotFound: when it is not of this centre. :raises AlreadyDone: when it was marked before.
    """
    concern = get(session, centre, concern_id, lock=True)
    if concern.done_at is not None:
        raise AlreadyDone
    _finish(session, centre, concern, by=by)
    return concern


def _finish(session: Session, centre: Centre, concern: Concern, *, by: Actor) -> None:
    concern.done_at, concern.done_by_id = clock.now(), by.person_id
    _note(session, "concern.done", concern, centre.id, by=by)


def _note(
    session: Session, action: str, concern: Concern, centre_id: UUID, *, by: Actor, **details: object
) -> None:
    """In the sitting's history: that is where a complaint looks for it."""
    journal.record(
        session,
        action,
        "sitting",
        concern.sitting_id,
        by=by,
        centre_id=centre_id,
        concern=concern.id,
        **details,
    )
