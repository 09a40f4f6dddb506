"""Pauses: the clock of one sitting, or of a whole centre, stands still, and nothing can be read or written meanwhile."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.sitting import CentrePause, Pause, Sitting, SittingState
from assessment.services import ledger, sittings


class NotRunning(errors.NotAllowedNow):
    sentence = (
        "Only an exercise that is running can be paused. This one has not begun, is paused, or is over."
    )


class NotPaused(errors.NotAllowedNow):
    sentence = "This exercise is not paused."


class CentreIsPaused(errors.NotAllowedNow):
    sentence = "The whole centre is paused. Let the centre go on, and its exercises go on with it."


class CentreNotPaused(errors.NotAllowedNow):
    sentence = "The centre is not paused."


@dataclass(frozen=True)
class Resumed:
    """What went on when a centre went on."""

    pause: CentrePause
    sittings: tuple[Sitting, ...]


def pause(session: Session, centre: Centre, sitting_id: UUID, reason: str, *, by: Actor) -> Pause:
    """Pause one running sitting.

    :raises NotFound: when it is not of this centre. :raises NotRunning: when it does not run.
    :raises assessment.services.ledger.NoReason: without a reason.
    """
    reason = ledger.reason_in(reason)
    sitting = _held(session, centre, sitting_id)
    now = clock.now()
    if sitting.state is not SittingState.RUNNING or sittings.is_over(sitting, now):
        raise NotRunning
    return ledger.pause(session, sitting, reason, now, centre=centre, by=by)


def resume(session: Session, centre: Centre, sitting_id: UUID, *, by: Actor) -> Pause:
    """Let one paused sitting go on; the pause becomes an entry of its ledger.

    :raises NotFound: when it is not of this centre. :raises NotPaused: when it is not paused.
    :raises CentreIsPaused: while the whole centre is.
    """
    ledger.hold_centre(session, centre)
    sitting = _held(session, centre, sitting_id)
    if sitting.state is not SittingState.PAUSED:
        raise NotPaused
    if centre.paused_at is not None:
        raise CentreIsPaused
    return ledger.resume(session, sitting, clock.now(), centre=centre, by=by)


def pause_centre(session: Session, centre: Centre, reason: str, *, by: Actor) -> CentrePause:
    """Pause everything that runs in a centre; until it goes on, no exercise of it can be started.

    What was paused by itself stays so when the centre goes on.

    :raises CentreIsPaused: when it is paused already. :raises assessment.services.ledger.NoReason: without a reason.
    """
    reason = ledger.reason_in(reason)
    ledger.hold_centre(session, centre)
    if centre.paused_at is not None:
        raise CentreIsPaused
    running = ledger.held(session, centre, None)
    now = clock.now()
    made = CentrePause(centre_id=centre.id, reason=reason, paused_by_id=by.person_id, paused_at=now)
    session.add(made)
    session.flush()  # the pauses of the sittings need its id
    centre.paused_at = now
    for sitting in running:
        if sitting.state is SittingState.RUNNING and not sittings.is_over(sitting, now):
            ledger.pause(session, sitting, reason, now, centre=centre, by=by, centre_pause_id=made.id)
    journal.record(session, "centre.paused", "centre", centre.id, by=by, centre_id=centre.id)
    return made


def resume_centre(session: Session, centre: Centre, *, by: Actor) -> Resumed:
    """Let a centre go on, and with it whatever was paused with it.

    :raises CentreNotPaused: when it is not paused.
    """
    ledger.hold_centre(session, centre)
    if centre.paused_at is None:
        raise CentreNotPaused
    made = session.scalars(
        sa.select(CentrePause).where(CentrePause.centre_id == centre.id, CentrePause.resumed_at.is_(None))
    ).one()
    with_it = set(
        session.scalars(
            sa.select(Pause.sitting_id).where(Pause.centre_pause_id == made.id, Pause.resumed_at.is_(None))
        )
    )
    now = clock.now()
    gone_on = [
        sitting
        for sitting in ledger.held(session, centre, None)
        if sitting.id in with_it and sitting.state is SittingState.PAUSED
    ]
    for sitting in gone_on:
        ledger.resume(session, sitting, now, centre=centre, by=by)
    made.resumed_at, made.resumed_by_id = now, by.person_id
    centre.paused_at = None
    journal.record(session, "centre.resumed", "centre", centre.id, by=by, centre_id=centre.id)
    return Resumed(made, tuple(gone_on))


def _held(session: Session, centre: Centre, sitting_id: UUID) -> Sitting:
    found = ledger.held(session, centre, [sitting_id])
    if not found:
        raise errors.NotFound
    return found[0]
