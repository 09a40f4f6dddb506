"""One act for several participants at once: pause what they are at work on, let it go on, give time back.

What each act does to one sitting is decided in ``pauses`` and ``adjustments``. Here is decided whom it concerns, what
will be so afterwards, and for whom it cannot be done and why, so that a page can show it before anything happens.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from assessment import clock, errors
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person
from assessment.models.sitting import Sitting, SittingState
from assessment.services import adjustments, ledger, pauses, sittings

WORKING = (SittingState.RUNNING, SittingState.PAUSED)


class Act(StrEnum):
    """What can be done to several."""

    PAUSE = "pause"
    GO_ON = "go-on"
    GIVE_BACK = "give-back"


class NothingToDo(errors.NotAllowedNow):
    sentence = "It can be done for none of those who were chosen. Nothing was changed."


@dataclass(frozen=True)
class Affected:
    """A sitting to which it can be done, and what will be so afterwards."""

    sitting_id: UUID
    enrolment_id: UUID
    exercise: str
    name: str
    ends_at: datetime
    """As the end is now; of a paused sitting, as it was before its pause."""
    will_end_at: datetime | None
    """None while a clock will stand still."""
    remaining: timedelta
    paused_at: datetime | None
    is_capped: bool
    """Whether the centre's latest end leaves less than would be given."""


@dataclass(frozen=True)
class Unaffected:
    """Somebody for whom it cannot be done, and why (a message id)."""

    enrolment_id: UUID
    exercise: str
    name: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """What an act does, or did."""

    affected: tuple[Affected, ...]
    unaffected: tuple[Unaffected, ...]
    seen: int
    """How often an administrator gave these sittings time before: two do not add up unseen."""


def preview(
    session: Session,
    centre: Centre,
    act: Act,
    enrolment_ids: Collection[UUID] | None,
    minutes: int | None = None,
) -> Choice:
    """What the act would do now for these participants; without ids, for everybody who is at work.

    Five queries, however many there are. ``minutes`` is how much would be given back, when that is known.

    :raises NotFound: when one is not of this centre.
    """
    people = _people(session, centre, enrolment_ids)
    query = (
        sa.select(Sitting)
        .join(Enrolment)
        .where(Enrolment.centre_id == centre.id, Sitting.state.in_(WORKING))
        .order_by(Sitting.position)
        .options(selectinload(Sitting.adjustments))
    )
    if enrolment_ids is not None:
        query = query.where(Sitting.enrolment_id.in_(enrolment_ids))
    affected, unaffected = _sorted(session, centre, act, people, list(session.scalars(query)), minutes)
    shown = [one.sitting_id for one in affected]
    return Choice(affected, unaffected, adjustments.times_given(session, centre, shown))


def carry_out(
    session: Session,
    centre: Centre,
    act: Act,
    sitting_ids: Collection[UUID],
    reason: str,
    *,
    by: Actor,
    minutes: int | None = None,
    seen: int | None = None,
) -> Choice:
    """Do it to these sittings, each through its own service and in one transaction.

    Those to which it can no longer be done are left alone and told about. ``seen`` is what the preview said.

    :raises NotFound: when one is not of this centre. :raises NothingToDo: when it can be done to none.
    :raises assessment.services.adjustments.GivenMeanwhile: when somebody gave time since it was shown.
    :raises assessment.services.adjustments.NotMinutes: for minutes out of range.
    :raises assessment.services.ledger.NoReason: without a reason, where one is asked for.
    """
    if act is not Act.GO_ON:
        reason = ledger.reason_in(reason)
    # As strongly as the act itself will: two who hold it weakly and then want more would wait for each other.
    ledger.hold_centre(session, centre, read=act is not Act.GO_ON)
    ledger.held(session, centre, list(sitting_ids))
    found = list(
        session.scalars(
            sa.select(Sitting)
            .join(Enrolment)
            .where(Sitting.id.in_(sitting_ids), Enrolment.centre_id == centre.id)
            .order_by(Sitting.position)
            .options(selectinload(Sitting.adjustments))
        )
    )
    if len(found) != len(set(sitting_ids)):
        raise errors.NotFound
    people = _people(session, centre, {sitting.enrolment_id for sitting in found})
    affected, unaffected = _sorted(session, centre, act, people, found, minutes)
    given = adjustments.times_given(session, centre, sitting_ids)
    if act is Act.GIVE_BACK and seen is not None and seen != given:
        raise adjustments.GivenMeanwhile
    if not affected:
        raise NothingToDo
    for one in affected:
        if act is Act.PAUSE:
            pauses.pause(session, centre, one.sitting_id, reason, by=by)
        elif act is Act.GO_ON:
            pauses.resume(session, centre, one.sitting_id, by=by)
        else:
            adjustments.credit(session, centre, one.sitting_id, reason, minutes=minutes, by=by)
    return Choice(affected, unaffected, given)


@dataclass(frozen=True)
class _Who:
    enrolment_id: UUID
    name: str
    is_withdrawn: bool


def _people(session: Session, centre: Centre, enrolment_ids: Collection[UUID] | None) -> list[_Who]:
    """Who was chosen, by name; without ids, everybody with something at work."""
    query = (
        sa.select(Enrolment.id, Person.name, Enrolment.state)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.centre_id == centre.id)
        .order_by(sa.func.lower(Person.name), Person.email)
    )
    if enrolment_ids is None:
        query = query.where(
            Enrolment.id.in_(sa.select(Sitting.enrolment_id).where(Sitting.state.in_(WORKING)))
        )
    else:
        query = query.where(Enrolment.id.in_(enrolment_ids))
    rows = session.execute(query).all()
    if enrolment_ids is not None and len(rows) != len(set(enrolment_ids)):
        raise errors.NotFound
    return [_Who(row.id, row.name, row.state is EnrolmentState.WITHDRAWN) for row in rows]


def _sorted(
    session: Session,
    centre: Centre,
    act: Act,
    people: list[_Who],
    found: list[Sitting],
    minutes: int | None,
) -> tuple[tuple[Affected, ...], tuple[Unaffected, ...]]:
    """To whom it can be done, and to whom not."""
    rows = session.execute(
        sa.select(CentreExercise.id, CentreExercise.exercise).where(CentreExercise.centre_id == centre.id)
    )
    exercises = {row.id: row.exercise for row in rows}
    theirs: dict[UUID, list[Sitting]] = defaultdict(list)
    for sitting in found:
        theirs[sitting.enrolment_id].append(sitting)
    now = clock.now()
    affected: list[Affected] = []
    unaffected: list[Unaffected] = []
    for who in people:
        own = theirs[who.enrolment_id]
        if who.is_withdrawn or not own:
            reason = _("Withdrawn from this centre.") if who.is_withdrawn else _("Nothing runs or is paused.")
            unaffected.append(Unaffected(who.enrolment_id, "", who.name, reason))
            continue
        for sitting in own:
            exercise = exercises[sitting.centre_exercise_id]
            why = _why_not(act, sitting, centre, minutes, now)
            if why is not None:
                unaffected.append(Unaffected(who.enrolment_id, exercise, who.name, why))
            else:
                affected.append(_affected(act, sitting, centre, who, exercise, minutes, now))
    return tuple(affected), tuple(unaffected)


def _affected(
    act: Act,
    sitting: Sitting,
    centre: Centre,
    who: _Who,
    exercise: str,
    minutes: int | None,
    now: datetime,
) -> Affected:
    assert sitting.deadline_at
    standing = sitting.paused_at or now
    given = timedelta(minutes=minutes or 0) if act is Act.GIVE_BACK else now - standing
    after = ledger.moved(sitting.deadline_at, given.total_seconds(), centre.latest_end_at)
    stands = act is Act.PAUSE or (act is Act.GIVE_BACK and sitting.paused_at is not None)
    return Affected(
        sitting.id,
        who.enrolment_id,
        exercise,
        who.name,
        sitting.deadline_at,
        None if stands else after,
        (after if act is Act.GIVE_BACK else sitting.deadline_at) - standing,
        sitting.paused_at,
        after - sitting.deadline_at < given,
    )


def _why_not(act: Act, sitting: Sitting, centre: Centre, minutes: int | None, now: datetime) -> str | None:
    """Why it cannot be done to this sitting, as a message id."""
    is_paused = sitting.state is SittingState.PAUSED
    over = (
        (sitting.state is SittingState.VOID, _("It was re-opened and no longer counts.")),
        (
            sitting.submitted_at is not None,
            _("It was handed in. To go on with it, it has to be re-opened."),
        ),
        (sittings.is_over(sitting, now), _("Its time is over. To go on with it, it has to be re-opened.")),
        (sitting.state not in WORKING, _("It has not begun.")),
    )
    of_act = {
        Act.PAUSE: ((is_paused, _("It is paused already.")),),
        Act.GO_ON: (
            (not is_paused, pauses.NotPaused.sentence),
            (centre.paused_at is not None, pauses.CentreIsPaused.sentence),
        ),
        Act.GIVE_BACK: _not_to_be_given(sitting, minutes, now),
    }[act]
    return next((sentence for applies, sentence in (*over, *of_act) if applies), None)


def _not_to_be_given(sitting: Sitting, minutes: int | None, now: datetime) -> tuple[tuple[bool, str], ...]:
    if minutes is None or sitting.started_at is None:
        return ()
    until = sitting.paused_at or now
    since = until - timedelta(minutes=minutes)
    return (
        (since < sitting.started_at, _("It has not been worked on for so long.")),
        (
            any(entry.overlap(since, until) for entry in sitting.adjustments),
            adjustments.GivenBackBefore.sentence,
        ),
    )
