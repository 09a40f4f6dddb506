"""Late texts: what arrived after the end is evidence, and so is what came in an emergency file, whenever that was put in.

An administrator can accept it once the sitting is sealed, before anybody has rated.

Accepting adds a revision that counts. The sitting stays sealed: its seal keeps the hash of what counted then, and the
event of the acceptance carries the new one.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import errors, journal
from assessment.access import Actor
from assessment.models.answer import Answer
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.rating import Integration, IntegrationState, Rating
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import keys, ledger, sittings, versions


class StillOpen(errors.NotAllowedNow):
    sentence = "This exercise is not sealed yet. A late text can be accepted when it is."


class RatingBegun(errors.NotAllowedNow):
    sentence = (
        "An assessor has begun to rate this exercise, so the text that counts can no longer change. The late text stays "
        "as evidence."
    )


class ResultIsMade(errors.NotAllowedNow):
    sentence = (
        "The ratings of this participant are being combined, so the text that counts can no longer change."
    )


class ResultSigned(errors.NotAllowedNow):
    sentence = "The result was signed. What it rests on can no longer change."


ACCEPTED = "accepted: "
"""What the client id of an accepted text begins with; its task follows."""
EVIDENCE = sa.or_(
    Revision.kind == RevisionKind.LATE, sa.and_(Revision.kind == RevisionKind.SIDE, Revision.reason != "")
)
"""Beside what counts stands also what a page sent; only what an administrator put in has a reason."""


@dataclass(frozen=True)
class LateText:
    """A text that arrived after the end or in an emergency file, and whether it was accepted."""

    revision: Revision
    is_accepted: bool


def list_for(session: Session, sitting: Sitting) -> list[LateText]:
    """The late texts of a sitting in the order of their arrival; private ones are their writer's alone."""
    exercise = versions.get(session, sitting.version_hash)
    private = {task.name for task in versions.kind_of(exercise).tasks(exercise) if task.is_private}
    accepted = {
        (task, number)
        for task, number in session.execute(
            sa.select(Revision.task, Revision.accepted_from).where(
                Revision.sitting_id == sitting.id, Revision.kind == RevisionKind.ACCEPTED
            )
        )
    }
    late = session.scalars(
        sa.select(Revision).where(Revision.sitting_id == sitting.id, EVIDENCE).order_by(Revision.id)
    )
    return [LateText(one, (one.task, one.number) in accepted) for one in late if one.task not in private]


def accept(
    session: Session, centre: Centre, sitting_id: UUID, task: str, number: int, reason: str, *, by: Actor
) -> Revision:
    """Let a late text count. Accepting it twice changes nothing.

    :raises NotFound: when there is no such late text in this centre. :raises StillOpen: before sealing.
    :raises RatingBegun: when somebody has begun to rate. :raises ResultIsMade: while ratings are combined.
    :raises ResultSigned: after that. :raises assessment.services.ledger.NoReason: without a reason.
    """
    reason = ledger.reason_in(reason)
    sitting = session.scalar(
        sa.select(Sitting)
        .join(Enrolment)
        .where(Sitting.id == sitting_id, Enrolment.centre_id == centre.id, Sitting.state != SittingState.VOID)
        .with_for_update(of=Sitting)
        .execution_options(populate_existing=True)
    )
    late = session.scalar(
        sa.select(Revision).where(
            Revision.sitting_id == sitting_id,
            Revision.task == task,
            Revision.number == number,
            EVIDENCE,
        )
    )
    if sitting is None or late is None:
        raise errors.NotFound
    before = session.scalar(
        sa.select(Revision).where(
            Revision.sitting_id == sitting_id,
            Revision.task == task,
            Revision.kind == RevisionKind.ACCEPTED,
            Revision.accepted_from == number,
        )
    )
    if before is not None:
        return before
    _check(session, sitting)
    return _take(session, centre, sitting, late, reason, by)


def _check(session: Session, sitting: Sitting) -> None:
    if sitting.state is not SittingState.SEALED:
        raise StillOpen
    session.execute(sa.select(Enrolment.id).where(Enrolment.id == sitting.enrolment_id).with_for_update())
    result = session.scalar(
        sa.select(Integration.state).where(Integration.enrolment_id == sitting.enrolment_id).with_for_update()
    )
    if result is not None:
        raise ResultSigned if result is IntegrationState.SIGNED else ResultIsMade
    if session.scalar(sa.select(Rating.id).where(Rating.sitting_id == sitting.id).limit(1)):
        raise RatingBegun


def _take(
    session: Session, centre: Centre, sitting: Sitting, late: Revision, reason: str, by: Actor
) -> Revision:
    task = late.task
    last = session.scalars(
        sa.select(sa.func.max(Revision.number)).where(
            Revision.sitting_id == sitting.id, Revision.task == task
        )
    ).one()
    head = session.scalar(
        sa.select(Answer.number).where(Answer.sitting_id == sitting.id, Answer.task == task)
    )
    made = Revision(
        sitting_id=sitting.id,
        version_hash=sitting.version_hash,
        task=task,
        number=(last or 0) + 1,
        kind=RevisionKind.ACCEPTED,
        body=late.body,
        base_number=head or 0,
        client_id=f"{ACCEPTED}{task}",
        client_seq=late.number,
        epoch=late.epoch,
        arrived_at=late.arrived_at,
        accepted_from=late.number,
        reason=reason,
    )
    session.add(made)
    session.flush()  # the hash and the key below read what counts now
    before, after = keys.score_again(session, sitting)
    journal.record(
        session,
        "sitting.late_text_accepted",
        "sitting",
        sitting.id,
        by=by,
        centre_id=centre.id,
        task=task,
        late=late.number,
        number=made.number,
        sealed_hash=sitting.final_hash,
        final_hash=sittings.final_hash(session, sitting),
        key_before=_digest(before),
        key_after=_digest(after),
    )
    return made


def _digest(result: str | None) -> str | None:
    return None if result is None else hashlib.sha256(result.encode()).hexdigest()
