"""Re-opening: a sealed sitting never changes, so what goes on is a new one with a copy of what counted.

The old one becomes void and stays as it was sealed. The time between its end and the re-opening is given back.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.answer import Answer
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.rating import (
    Assignment,
    AssignmentState,
    Integration,
    IntegrationState,
    Rating,
    RatingState,
    Round,
    Vacancy,
)
from assessment.models.sitting import (
    Adjustment,
    AdjustmentKind,
    Revision,
    RevisionKind,
    Sitting,
    SittingState,
)
from assessment.services import ledger, sittings

COPIED = "re-opened: "
"""What the client id of a copied text begins with; the old sitting's id follows."""


class NotSealed(errors.NotAllowedNow):
    sentence = "Only an exercise that was handed in, or whose time is over, can be re-opened."


class RatingSubmitted(errors.NotAllowedNow):
    sentence = (
        "An assessor has submitted a rating of this exercise. It rests on what was written until then, so the exercise "
        "can no longer be re-opened."
    )


class ResultIsMade(errors.NotAllowedNow):
    sentence = (
        "All ratings of this participant are in and the assessors are combining them, so this exercise can no longer be "
        "re-opened."
    )


class ResultSigned(errors.NotAllowedNow):
    sentence = "The result was signed. What it rests on can no longer change."


class CentreClosed(errors.NotAllowedNow):
    sentence = "This centre is not open. Nothing can be worked on in it."


class Withdrew(errors.NotAllowedNow):
    sentence = "This participant has withdrawn."


class AnotherRuns(errors.NotAllowedNow):
    sentence = (
        "Another exercise of this participant is running or paused. Re-open this one when that is over."
    )


class CentreIsPaused(errors.NotAllowedNow):
    sentence = "The whole centre is paused. Let it go on first."


class EndNotPossible(errors.Invalid):
    sentence = "The new end has to lie in the future, and not after the latest end of the centre."


def reopen(
    session: Session, centre: Centre, sitting_id: UUID, deadline_at: datetime, reason: str, *, by: Actor
) -> Sitting:
    """Make a running sitting that goes on where a sealed one ended, with an end of the administrator's choice.

    :raises NotFound: when it is not of this centre. :raises NotSealed: before its end, or when it was re-opened.
    :raises RatingSubmitted: once somebody has rated it. :raises ResultIsMade: while ratings are combined.
    :raises ResultSigned: after that. :raises CentreClosed: when the centre is not open.
    :raises CentreIsPaused: during a pause of the centre. :raises Withdrew: when the participant has withdrawn.
    :raises AnotherRuns: while they work on another. :raises EndNotPossible: for an end in the past or after the centre's.
    :raises assessment.services.ledger.NoReason: without a reason.
    """
    reason = ledger.reason_in(reason)
    ledger.hold_centre(session, centre, read=True)
    old = _held(session, centre, sitting_id)
    enrolment = session.scalars(
        sa.select(Enrolment).where(Enrolment.id == old.enrolment_id).with_for_update()
    ).one()
    now = clock.now()
    _check(session, centre, enrolment, old)
    if deadline_at <= now or (centre.latest_end_at and deadline_at > centre.latest_end_at):
        raise EndNotPossible(field="deadline_at")
    old.state, old.void_reason = SittingState.VOID, reason
    session.flush()  # one sitting per exercise counts: the old one stops before the new one begins
    made = _continued(old, deadline_at, sittings.new_codes(session, 1)[0])
    session.add(made)
    session.flush()  # its rows need the id
    _copy_ledger(session, old, made, now, reason, by)
    _copy_answers(session, old, made)
    _copy_assignments(session, old, made)
    if enrolment.state is EnrolmentState.FINISHED:
        enrolment.state, enrolment.finished_at = EnrolmentState.ACTIVE, None
    journal.record(
        session,
        "sitting.reopened",
        "sitting",
        made.id,
        by=by,
        centre_id=centre.id,
        continues=old.id,
        final_hash=old.final_hash,
        deadline_at=deadline_at,
    )
    journal.record(
        session, "sitting.voided", "sitting", old.id, by=by, centre_id=centre.id, continued_in=made.id
    )
    return made


def _held(session: Session, centre: Centre, sitting_id: UUID) -> Sitting:
    found = session.scalar(
        sa.select(Sitting)
        .join(Enrolment)
        .where(Sitting.id == sitting_id, Enrolment.centre_id == centre.id)
        .with_for_update(of=Sitting)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise errors.NotFound
    return found


def _check(session: Session, centre: Centre, enrolment: Enrolment, old: Sitting) -> None:
    if old.state is not SittingState.SEALED:
        raise NotSealed
    if centre.state is not CentreState.OPEN:
        raise CentreClosed
    if centre.paused_at is not None:
        raise CentreIsPaused
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise Withdrew
    result = session.scalar(
        sa.select(Integration.state).where(Integration.enrolment_id == enrolment.id).with_for_update()
    )
    if result is not None:
        raise ResultSigned if result is IntegrationState.SIGNED else ResultIsMade
    if session.scalar(
        sa.select(Rating.id)
        .where(Rating.sitting_id == old.id, Rating.state == RatingState.SUBMITTED)
        .limit(1)
    ):
        raise RatingSubmitted
    if any(
        one.state in (SittingState.RUNNING, SittingState.PAUSED)
        for one in sittings.list_for(session, enrolment)
    ):
        raise AnotherRuns


def _continued(old: Sitting, deadline_at: datetime, code: str) -> Sitting:
    return Sitting(
        enrolment_id=old.enrolment_id,
        centre_exercise_id=old.centre_exercise_id,
        version_hash=old.version_hash,
        position=old.position,
        code=code,
        state=SittingState.RUNNING,
        language=old.language,
        time_factor=old.time_factor,
        is_untimed=old.is_untimed,
        started_at=old.started_at,
        deadline_at=deadline_at,
        credited_seconds=old.credited_seconds,
        writer_epoch=old.writer_epoch + 1,
        taken_over_at=old.taken_over_at,
        continues_id=old.id,
    )


def _copy_ledger(
    session: Session, old: Sitting, made: Sitting, now: datetime, reason: str, by: Actor
) -> None:
    """The entries until then, and one that gives back the time in which it was sealed and sets the new end."""
    assert old.sealed_at
    assert old.deadline_at
    assert made.deadline_at
    for entry in old.adjustments:
        session.add(
            Adjustment(
                sitting_id=made.id,
                seconds=entry.seconds,
                kind=entry.kind,
                from_at=entry.from_at,
                until_at=entry.until_at,
                ends_at=entry.ends_at,
                reason=entry.reason,
                actor_id=entry.actor_id,
                outage_id=entry.outage_id,
                at=entry.at,
            )
        )
    # After the last interval: a pause that ended the moment it was sealed reaches as far as the end.
    since = max([old.sealed_at, *(entry.until_at for entry in old.adjustments if entry.until_at)])
    since = min(since, now)
    session.add(
        Adjustment(
            sitting_id=made.id,
            seconds=(made.deadline_at - old.deadline_at).total_seconds(),
            kind=AdjustmentKind.REOPENING,
            from_at=since,
            until_at=now,
            ends_at=made.deadline_at,
            reason=reason,
            actor_id=by.person_id,
            at=now,
        )
    )
    made.credited_seconds = old.credited_seconds + (now - since).total_seconds()


def _copy_answers(session: Session, old: Sitting, made: Sitting) -> None:
    """What counted, with the moment of its arrival, in the order of writing."""
    for number, answer in enumerate(
        session.scalars(sa.select(Answer).where(Answer.sitting_id == old.id).order_by(Answer.id)), start=1
    ):
        session.add(
            Revision(
                sitting_id=made.id,
                version_hash=made.version_hash,
                task=answer.task,
                number=1,
                kind=RevisionKind.MAIN,
                body=answer.body,
                base_number=0,
                client_id=f"{COPIED}{old.id}",
                client_seq=number,
                epoch=old.writer_epoch,
                arrived_at=answer.arrived_at,
                is_in_grace=answer.is_in_grace,
            )
        )
        session.flush()  # one by one: the order of the ids is the order of writing


def _copy_assignments(session: Session, old: Sitting, made: Sitting) -> None:
    """Who was to rate the old one is to rate the new one; drafts of the old one stay with it."""
    now = clock.now()
    session.add_all(
        Vacancy(sitting_id=made.id, slot=one.slot, made_at=now)
        for one in session.scalars(sa.select(Vacancy).where(Vacancy.sitting_id == old.id)).all()
    )
    for one in session.scalars(sa.select(Assignment).where(Assignment.sitting_id == old.id)).all():
        if one.round is Round.FIRST:
            session.add(
                Assignment(
                    sitting_id=made.id,
                    assessor_id=one.assessor_id,
                    slot=one.slot,
                    state=one.state,
                    place=one.place,
                    assigned_at=one.assigned_at,
                    returned_at=one.returned_at if one.state is AssignmentState.RETURNED else None,
                    because=one.because,
                    reason=one.reason,
                    reserved_until_at=one.reserved_until_at,
                )
            )
