"""The ledger of one sitting's time: every change of its end is an entry, in the transaction that changes it.

What is given back carries its interval, so that exercise minutes leave it out; what is given as well only moves the
end. Callers hold the sitting's row. The centre's latest end caps every deadline.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.sitting import Adjustment, AdjustmentKind, Pause, Sitting, SittingState
from assessment.services import texts

LONGEST_REASON = 500

ACTIONS = {
    AdjustmentKind.EXTENSION: "sitting.extended",
    AdjustmentKind.CREDIT: "sitting.credited",
    AdjustmentKind.OUTAGE: "sitting.outage_credited",
    AdjustmentKind.PAUSE: "sitting.resumed",
}
"""What the journal calls each kind of entry."""


class NoReason(errors.Invalid):
    sentence = "Write a reason. It is kept with the time that is given."


def reason_in(words: str) -> str:
    """A reason as it is kept.

    :raises NoReason: without one. :raises assessment.services.texts.TextTooLong: above 500 characters.
    """
    kept = texts.whole(words, LONGEST_REASON)
    if not kept:
        raise NoReason(field="reason")
    return kept


def moved(deadline: datetime, seconds: float, latest_end_at: datetime | None) -> datetime:
    """The deadline so many seconds later, but never after the centre's latest end."""
    later = deadline + timedelta(seconds=seconds)
    return later if latest_end_at is None else max(deadline, min(later, latest_end_at))


def extend(
    session: Session, sitting: Sitting, seconds: float, reason: str, *, centre: Centre, by: Actor
) -> Adjustment:
    """Let a sitting end later. Exercise minutes and the phases that go by them stay where they are."""
    return _add(
        session, sitting, AdjustmentKind.EXTENSION, seconds, None, reason=reason, centre=centre, by=by
    )


def give_back(
    session: Session,
    sitting: Sitting,
    kind: AdjustmentKind,
    interval: tuple[datetime, datetime],
    *,
    reason: str,
    centre: Centre,
    by: Actor | None,
    outage_id: UUID | None = None,
) -> Adjustment:
    """Give an interval of working time back: the end moves by its length, and exercise minutes leave it out."""
    seconds = (interval[1] - interval[0]).total_seconds()
    return _add(
        session,
        sitting,
        kind,
        seconds,
        interval,
        reason=reason,
        centre=centre,
        by=by,
        outage_id=outage_id,
    )


def _add(
    session: Session,
    sitting: Sitting,
    kind: AdjustmentKind,
    seconds: float,
    interval: tuple[datetime, datetime] | None,
    *,
    reason: str,
    centre: Centre,
    by: Actor | None,
    outage_id: UUID | None = None,
) -> Adjustment:
    assert sitting.deadline_at
    sitting.deadline_at = moved(sitting.deadline_at, seconds, centre.latest_end_at)
    if interval is not None:
        sitting.credited_seconds += (interval[1] - interval[0]).total_seconds()
    entry = Adjustment(
        sitting_id=sitting.id,
        seconds=seconds,
        kind=kind,
        from_at=interval[0] if interval else None,
        until_at=interval[1] if interval else None,
        ends_at=sitting.deadline_at,
        reason=reason,
        actor_id=by.person_id if by else None,
        outage_id=outage_id,
        at=clock.now(),
    )
    session.add(entry)
    session.expire(sitting, ["adjustments"])
    journal.record(
        session,
        ACTIONS[kind],
        "sitting",
        sitting.id,
        by=by,
        centre_id=centre.id,
        seconds=seconds,
        deadline_at=sitting.deadline_at,
        outage=outage_id,
    )
    return entry


def pause(
    session: Session,
    sitting: Sitting,
    reason: str,
    at: datetime,
    *,
    centre: Centre,
    by: Actor,
    centre_pause_id: UUID | None = None,
) -> Pause:
    """Stop the clock of a running sitting."""
    sitting.state, sitting.paused_at = SittingState.PAUSED, at
    made = Pause(
        sitting_id=sitting.id,
        centre_pause_id=centre_pause_id,
        reason=reason,
        paused_by_id=by.person_id,
        paused_at=at,
    )
    session.add(made)
    journal.record(
        session,
        "sitting.paused",
        "sitting",
        sitting.id,
        by=by,
        centre_id=centre.id,
        whole_centre=centre_pause_id is not None,
    )
    return made


def resume(session: Session, sitting: Sitting, at: datetime, *, centre: Centre, by: Actor | None) -> Pause:
    """Let the clock go on: the pause becomes an entry of the ledger."""
    assert sitting.paused_at
    found = session.scalars(
        sa.select(Pause).where(Pause.sitting_id == sitting.id, Pause.resumed_at.is_(None))
    ).one()
    at = max(at, sitting.paused_at)
    found.resumed_at, found.resumed_by_id = at, by.person_id if by else None
    interval = (sitting.paused_at, at)
    sitting.state, sitting.paused_at = SittingState.RUNNING, None
    give_back(session, sitting, AdjustmentKind.PAUSE, interval, reason=found.reason, centre=centre, by=by)
    return found


def hold_centre(session: Session, centre: Centre, *, read: bool = False) -> None:
    """Hold the centre's row, and see it as it is now; before any sitting's, because starts ask it too.

    ``read`` is for who rests on its times without changing them. Its own row alone: refreshing would join whatever it
    was loaded with, and PostgreSQL locks no outer join.
    """
    session.scalars(
        sa.select(Centre)
        .where(Centre.id == centre.id)
        .with_for_update(read=read, key_share=not read, of=Centre)
        .execution_options(populate_existing=True)
    ).one()


def held(session: Session, centre: Centre, sitting_ids: list[UUID] | None) -> list[Sitting]:
    """Sittings of a centre that count, held in one order for all, so that two transactions never wait for each other.

    Without ids those that have begun and are not over.
    """
    query = (
        sa.select(Sitting)
        .where(
            Sitting.id.in_(_of_centre(centre)) if sitting_ids is None else Sitting.id.in_(sitting_ids),
            Sitting.state != SittingState.VOID,
        )
        .order_by(Sitting.id)
        .with_for_update(of=Sitting)
        .execution_options(populate_existing=True)
    )
    if sitting_ids is None:
        query = query.where(Sitting.state.in_((SittingState.RUNNING, SittingState.PAUSED)))
    else:
        query = query.where(Sitting.id.in_(_of_centre(centre)))
    return list(session.scalars(query))


def _of_centre(centre: Centre) -> sa.Select[Any]:
    return sa.select(Sitting.id).join(Enrolment).where(Enrolment.centre_id == centre.id)
