"""Time that an administrator gives: an extension for one, several or all, and a credit for an interruption.

An extension moves the end and nothing else. A credit gives working time back: exercise minutes leave it out as well.
Neither touches a sitting that is over; re-opening is another act.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Adjustment, AdjustmentKind, Sitting, SittingState
from assessment.services import ledger, sittings

MOST_MINUTES = 600


class NotMinutes(errors.Invalid):
    sentence = "Give whole minutes, from 1 to 600."


class GivenMeanwhile(errors.NotAllowedNow):
    sentence = (
        "Somebody gave time here since you looked. Nothing was added; look at the new ends and decide again."
    )


class NobodyToExtend(errors.NotAllowedNow):
    sentence = "There is no exercise here whose end can be moved."


class NotWorking(errors.NotAllowedNow):
    sentence = "Time can be given back only to an exercise that is running or paused."


class NotInTheSitting(errors.Invalid):
    sentence = "The interruption has to lie between the start of this exercise and now."


class GivenBackBefore(errors.NotAllowedNow):
    sentence = "Part of this time was given back before, by a pause, an outage or a credit. Name only what is missing."


@dataclass(frozen=True)
class NewEnd:
    """A sitting whose end moves."""

    sitting_id: UUID
    code: str
    exercise: str
    name: str
    before: datetime
    after: datetime
    is_capped: bool
    """Whether the centre's latest end leaves less than was asked for."""


@dataclass(frozen=True)
class Untouched:
    """A sitting that stays as it is, and why (a message id)."""

    sitting_id: UUID
    code: str
    exercise: str
    name: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """What an extension does, or did."""

    minutes: int
    ends: tuple[NewEnd, ...]
    untouched: tuple[Untouched, ...]
    seen: int
    """How often an administrator gave time here before: sent along with the form, so that two do not add up unseen."""


def preview(session: Session, centre: Centre, sitting_ids: Collection[UUID] | None, minutes: int) -> Preview:
    """The new ends, sitting by sitting, and who is not touched. Without ids: everything of the centre that has begun.

    Three queries, however many there are.

    :raises NotFound: when one is not of this centre. :raises NotMinutes: for minutes out of range.
    """
    _check(minutes)
    query = sa.select(Sitting).where(Sitting.state != SittingState.VOID)
    if sitting_ids is None:
        query = query.join(Enrolment).where(
            Enrolment.centre_id == centre.id, Sitting.state != SittingState.READY
        )
    else:
        query = query.where(Sitting.id.in_(sitting_ids))
    return _preview(session, centre, list(session.scalars(query)), sitting_ids, minutes)


def extend(
    session: Session,
    centre: Centre,
    sitting_ids: Collection[UUID] | None,
    minutes: int,
    reason: str,
    *,
    by: Actor,
    seen: int | None = None,
) -> Preview:
    """Let sittings end later: these, or without ids all that run or are paused. Those that are over stay over.

    ``seen`` is what the preview said: where somebody gave time in between, nothing is done.

    :raises NotFound: when one is not of this centre. :raises NotMinutes: for minutes out of range.
    :raises GivenMeanwhile: when it is not as it was seen. :raises NobodyToExtend: when nothing would move.
    :raises assessment.services.ledger.NoReason: without a reason.
    """
    _check(minutes)
    reason = ledger.reason_in(reason)
    ledger.hold_centre(session, centre, read=True)
    held = ledger.held(session, centre, None if sitting_ids is None else list(sitting_ids))
    what = _preview(session, centre, held, sitting_ids, minutes)
    if seen is not None and seen != what.seen:
        raise GivenMeanwhile
    if not what.ends:
        raise NobodyToExtend
    moving = {end.sitting_id for end in what.ends}
    for sitting in held:
        if sitting.id in moving:
            ledger.extend(session, sitting, minutes * 60, reason, centre=centre, by=by)
    return what


def credit(
    session: Session,
    centre: Centre,
    sitting_id: UUID,
    reason: str,
    *,
    by: Actor,
    minutes: int | None = None,
    interval: tuple[datetime, datetime] | None = None,
) -> Adjustment:
    """Give one sitting back an interruption: from when until when, or so many minutes up to now (or up to its pause).

    :raises NotFound: when it is not of this centre. :raises NotWorking: when it neither runs nor is paused.
    :raises NotInTheSitting: when the interruption lies outside. :raises GivenBackBefore: when part of it was given.
    :raises NotMinutes: for minutes out of range. :raises assessment.services.ledger.NoReason: without a reason.
    """
    reason = ledger.reason_in(reason)
    ledger.hold_centre(session, centre, read=True)
    found = ledger.held(session, centre, [sitting_id])
    if not found:
        raise errors.NotFound
    sitting, now = found[0], clock.now()
    if sitting.state not in (SittingState.RUNNING, SittingState.PAUSED) or sittings.is_over(sitting, now):
        raise NotWorking
    assert sitting.started_at
    last = sitting.paused_at or now
    if interval is None:
        _check(minutes or 0)
        interval = (last - timedelta(minutes=minutes or 0), last)
    since, until = interval
    if not sitting.started_at <= since < until <= last:
        raise NotInTheSitting
    if any(entry.overlap(since, until) for entry in sitting.adjustments):
        raise GivenBackBefore
    return ledger.give_back(
        session, sitting, AdjustmentKind.CREDIT, interval, reason=reason, centre=centre, by=by
    )


def _check(minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise NotMinutes(field="minutes")


def _preview(
    session: Session,
    centre: Centre,
    found: list[Sitting],
    asked: Collection[UUID] | None,
    minutes: int,
) -> Preview:
    rows = _described(session, centre, found)
    if asked is not None and len(rows) != len(set(asked)):
        raise errors.NotFound
    now = clock.now()
    ends: list[NewEnd] = []
    untouched: list[Untouched] = []
    for sitting, exercise, name in rows:
        reason = _why_not(sitting, centre, now)
        if reason is not None:
            untouched.append(Untouched(sitting.id, sitting.code, exercise, name, reason))
            continue
        assert sitting.deadline_at
        after = ledger.moved(sitting.deadline_at, minutes * 60, centre.latest_end_at)
        is_capped = after - sitting.deadline_at < timedelta(minutes=minutes)
        ends.append(NewEnd(sitting.id, sitting.code, exercise, name, sitting.deadline_at, after, is_capped))
    return Preview(minutes, tuple(ends), tuple(untouched), times_given(session, centre, asked))


def _described(session: Session, centre: Centre, found: list[Sitting]) -> list[tuple[Sitting, str, str]]:
    """The sittings of this centre among these, with exercise and name, by name."""
    here = {sitting.id: sitting for sitting in found}
    rows = session.execute(
        sa.select(Sitting.id, CentreExercise.exercise, Person.name)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Sitting.id.in_(list(here)), Enrolment.centre_id == centre.id)
        .order_by(sa.func.lower(Person.name), Person.email, Sitting.position)
    )
    return [(here[sitting_id], exercise, name) for sitting_id, exercise, name in rows]


def _why_not(sitting: Sitting, centre: Centre, now: datetime) -> str | None:
    """Why an extension leaves this sitting alone, as a message id."""
    reasons = (
        (
            sitting.state is SittingState.READY,
            _("It has not begun. Before the start, set a time factor."),
        ),
        (
            sitting.submitted_at is not None,
            _("It was handed in. To go on with it, it has to be re-opened."),
        ),
        (
            sitting.state is SittingState.SEALED or sittings.is_over(sitting, now),
            _("Its time is over. To go on with it, it has to be re-opened."),
        ),
        (
            bool(
                centre.latest_end_at and sitting.deadline_at and sitting.deadline_at >= centre.latest_end_at
            ),
            _("It ends with the centre already. To give more, move the latest end of the centre first."),
        ),
    )
    return next((sentence for applies, sentence in reasons if applies), None)


def times_given(session: Session, centre: Centre, asked: Collection[UUID] | None) -> int:
    """How many entries administrators made, among these sittings or all of the centre."""
    query = (
        sa.select(sa.func.count())
        .select_from(Adjustment)
        .join(Sitting, Sitting.id == Adjustment.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(
            Enrolment.centre_id == centre.id,
            Adjustment.kind.in_((AdjustmentKind.EXTENSION, AdjustmentKind.CREDIT)),
        )
    )
    if asked is not None:
        query = query.where(Sitting.id.in_(asked))
    return session.scalar(query) or 0
