"""Sittings: start, take over, hand in, seal. The deadline column is the queue of the sweep."""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.database import broke_off
from assessment.language import marked as _
from assessment.models.answer import Answer
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.rating import Integration, IntegrationState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import answers, ledger, meetings, outages, texts, versions
from assessment.services.answers import Verdict

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODES_AT_ONCE = 1000
"""In one question to the database."""
SEALED_AT_ONCE = 200
"""In one transaction of the sweep."""


class NotReady(errors.NotAllowedNow):
    """The sitting cannot be started; the sentence says why."""


class AlreadySealed(errors.NotAllowedNow):
    sentence = "This exercise was handed in or its time is over. It can no longer be changed."


class NotStarted(errors.NotAllowedNow):
    sentence = "This exercise has not been started yet."


class SittingPaused(errors.NotAllowedNow):
    sentence = "This exercise is paused. The time stands still, and what you wrote is kept."


class NotSealed(errors.NotAllowedNow):
    sentence = "Only an exercise that was handed in, or whose time is over, can be left out of the scores."


class ResultSigned(errors.NotAllowedNow):
    sentence = "The result was signed: which exercises count in it can no longer change."


class NoReason(errors.Invalid):
    sentence = "Write what interrupted the exercise, and for how long."


LONGEST_REASON = 500


# Made once: every page of an exercise asks them.
_own_alone = (
    sa.select(Sitting)
    .join(Enrolment)
    .where(
        Sitting.id == sa.bindparam("sitting"),
        Enrolment.person_id == sa.bindparam("person"),
        Sitting.state != SittingState.VOID,
    )
)
_own = _own_alone.options(joinedload(Sitting.enrolment).joinedload(Enrolment.centre))
_own_to_change = _own.with_for_update(of=Sitting)
_of_enrolment = (
    sa.select(Sitting)
    .where(Sitting.enrolment_id == sa.bindparam("enrolment"), Sitting.state != SittingState.VOID)
    .order_by(Sitting.position)
)
_states = sa.select(Sitting.state).where(
    Sitting.enrolment_id == sa.bindparam("enrolment"), Sitting.state != SittingState.VOID
)


def get(session: Session, sitting_id: UUID, *, by: Actor, lock: bool = False) -> Sitting:
    """The participant's own sitting, with its enrolment and centre.

    :raises NotFound: when it is not theirs, or no longer counts.
    """
    found = session.scalar(_own_to_change if lock else _own, {"sitting": sitting_id, "person": by.person_id})
    if found is None:
        raise errors.NotFound
    return found


def get_alone(session: Session, sitting_id: UUID, *, by: Actor) -> Sitting:
    """The same without its enrolment and centre, for who does not need them.

    :raises NotFound: as above.
    """
    found = session.scalar(_own_alone, {"sitting": sitting_id, "person": by.person_id})
    if found is None:
        raise errors.NotFound
    return found


def list_for(session: Session, enrolment: Enrolment) -> list[Sitting]:
    """The sittings of an enrolment that count, in the centre's order."""
    return list(session.scalars(_of_enrolment, {"enrolment": enrolment.id}))


def states(session: Session, enrolment_id: UUID) -> list[SittingState]:
    """The states of the sittings of an enrolment that count: all that a page needs to say how many there are."""
    return list(session.connection().scalars(_states, {"enrolment": enrolment_id}))


def list_for_all(session: Session, enrolment_ids: Collection[UUID]) -> dict[UUID, list[Sitting]]:
    """The same for many enrolments, in one query."""
    found: dict[UUID, list[Sitting]] = {one: [] for one in enrolment_ids}
    for sitting in session.scalars(
        sa.select(Sitting)
        .where(Sitting.enrolment_id.in_(enrolment_ids), Sitting.state != SittingState.VOID)
        .order_by(Sitting.position)
    ):
        found[sitting.enrolment_id].append(sitting)
    return found


def hold_all(session: Session, enrolment_id: UUID) -> None:
    """Hold every sitting of an enrolment, and see them as they are now; before the enrolment, as whoever seals does."""
    session.scalars(
        sa.select(Sitting)
        .where(Sitting.enrolment_id == enrolment_id)
        .order_by(Sitting.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def new_codes(session: Session, number: int) -> list[str]:
    """So many participant codes that no sitting has: random, so that they tell nothing, and easy to say on the telephone.

    Among a few thousand sittings two codes drawn blindly are the same once in a hundred times.
    """
    found: set[str] = set()
    while len(found) < number:
        drawn = {_drawn_code() for _ in range(min(number - len(found), CODES_AT_ONCE))}
        found |= drawn - set(session.scalars(sa.select(Sitting.code).where(Sitting.code.in_(drawn))))
    return list(found)


def _drawn_code() -> str:
    return "K-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def reason_not_to_start(
    sitting: Sitting,
    others: Iterable[Sitting],
    centre: Centre,
    enrolment: Enrolment,
    now: datetime,
    appointments: meetings.Appointments,
) -> str | None:
    """Why this sitting cannot be started now, as a message id; None when it can.

    What is had live begins at its appointment, once what it builds on is finished; the fixed order of all the others
    does not wait for it.
    """
    is_live = appointments.is_live(sitting)
    unfinished = [one for one in others if one.id != sitting.id and not is_over(one, now)]
    is_out_of_turn = any(
        one.centre_exercise_id in appointments.before[sitting.centre_exercise_id]
        if is_live
        else one.position < sitting.position and not appointments.is_live(one)
        for one in unfinished
    )
    at_work = any(one.state in (SittingState.RUNNING, SittingState.PAUSED) for one in unfinished)
    reasons = (
        (enrolment.state is EnrolmentState.WITHDRAWN, _("You withdrew from this centre.")),
        (centre.state is CentreState.DRAFT, _("This centre is not open yet.")),
        (
            centre.state is CentreState.CLOSED,
            _("This centre is closed. No exercise can be started any more."),
        ),
        (enrolment.notice_accepted_at is None, _("Please read and accept the notice first.")),
        (
            bool(centre.first_start_at and now < centre.first_start_at),
            _("It is too early: the exercises open later."),
        ),
        (
            bool(centre.latest_start_at and now > centre.latest_start_at),
            _("The last moment to start has passed. Ask the administrator what is possible."),
        ),
        (
            centre.paused_at is not None,
            _("The whole centre is paused. You can start when it goes on."),
        ),
        (
            is_out_of_turn,
            _("The exercises have a fixed order. Please finish the one before this first."),
        ),
        (at_work, _("Another exercise is running. Please finish it first.")),
    )
    reason = next((sentence for applies, sentence in reasons if applies), None)
    return reason or (meetings.reason_to_wait(appointments.of(sitting), now) if is_live else None)


def is_over(sitting: Any, now: datetime) -> bool:
    """Whether a sitting, or a row with its clock, is sealed or will be by the sweep: reads derive it from the deadline."""
    return sitting.state is SittingState.SEALED or (
        sitting.state is SittingState.RUNNING
        and sitting.deadline_at is not None
        and now > sitting.deadline_at
    )


def remaining_ms(sitting: Sitting, at: datetime) -> int:
    """Milliseconds until the end, or for a paused sitting those that will remain; the centre is at hand."""
    return answers.remaining_ms(sitting, at, sitting.enrolment.centre.latest_end_at)


def allowed(minutes: int, enrolment: Enrolment) -> timedelta:
    """How long somebody may work on so many minutes: times their factor, in whole seconds, rounded up.

    It is what pages tell and what the deadline holds to, so that both agree to the second.
    """
    exact, second = timedelta(minutes=minutes * enrolment.time_factor), timedelta(seconds=1)
    return -(-exact // second) * second


def deadline(start: datetime, minutes: int, enrolment: Enrolment, centre: Centre) -> datetime:
    """When a sitting that starts now will end: duration × factor, never after the centre's latest end."""
    end = start + allowed(minutes, enrolment)
    if centre.latest_end_at is None:
        return end if not enrolment.is_untimed else start + timedelta(days=1)
    return centre.latest_end_at if enrolment.is_untimed else min(end, centre.latest_end_at)


_held_centre = (
    sa.select(Centre.id)
    .join(Enrolment, Enrolment.centre_id == Centre.id)
    .join(Sitting, Sitting.enrolment_id == Enrolment.id)
    .where(Sitting.id == sa.bindparam("sitting"))
    .with_for_update(read=True, of=Centre)
)
_enrolment_to_start = (
    sa.select(Enrolment)
    .where(Enrolment.id == sa.bindparam("enrolment"))
    .with_for_update(key_share=True, of=Enrolment)
    .execution_options(populate_existing=True)
)
_others_to_start = _of_enrolment.execution_options(populate_existing=True)


def start(session: Session, sitting_id: UUID, language: str, *, by: Actor) -> Sitting:
    """Start the clock; the deadline is fixed in this transaction. Starting twice changes nothing.

    :raises NotReady: when it cannot be started now.
    """
    # The centre first: a pause of all, or a change of its times, comes wholly before this start or wholly after it.
    session.connection().execute(_held_centre, {"sitting": sitting_id})
    sitting = get(session, sitting_id, by=by, lock=True)
    if sitting.state is not SittingState.READY:
        return sitting
    # Then the enrolment, so that nobody withdraws or starts another exercise between the question and the change.
    centre, named = sitting.enrolment.centre, {"enrolment": sitting.enrolment_id}
    enrolment = session.scalars(_enrolment_to_start, named).one()
    others = session.scalars(_others_to_start, named).all()
    booked = meetings.appointments(session, [enrolment])
    now = clock.now()
    reason = reason_not_to_start(sitting, others, centre, enrolment, now, booked)
    if reason:
        raise NotReady(reason)
    exercise = versions.get(session, sitting.version_hash)
    sitting.state = SittingState.RUNNING
    sitting.language = language if language in exercise.texts else "en"
    sitting.time_factor = enrolment.time_factor
    sitting.is_untimed = enrolment.is_untimed
    sitting.started_at = now
    sitting.deadline_at = deadline(now, exercise.minutes, enrolment, centre)
    sitting.writer_epoch = 1
    sitting.taken_over_at = now
    journal.record(
        session,
        "sitting.started",
        "sitting",
        sitting.id,
        by=by,
        centre_id=centre.id,
        deadline_at=sitting.deadline_at,
        language=sitting.language,
        version=sitting.version_hash,
    )
    return sitting


def take_over(session: Session, sitting_id: UUID, *, by: Actor) -> Sitting:
    """Go on in this page: raises the writer epoch, so that every other page turns read-only.

    :raises AlreadySealed: when it is over. :raises NotStarted: when it has not begun.
    :raises SittingPaused: during a pause.
    """
    sitting = get(session, sitting_id, by=by, lock=True)
    now = clock.now()
    if sitting.state is SittingState.READY:
        raise NotStarted
    if sitting.state is SittingState.PAUSED:
        raise SittingPaused
    if sitting.state is not SittingState.RUNNING or is_over(sitting, now):
        raise AlreadySealed
    sitting.writer_epoch += 1
    sitting.taken_over_at = now
    journal.record(
        session,
        "sitting.taken_over",
        "sitting",
        sitting.id,
        by=by,
        centre_id=sitting.enrolment.centre_id,
        epoch=sitting.writer_epoch,
    )
    return sitting


def submit(
    session: Session, sitting_id: UUID, arrived_at: datetime, grace: timedelta, *, by: Actor
) -> Sitting:
    """Hand in before the end. Handing in twice changes nothing.

    :raises NotStarted: when it has not begun. :raises SittingPaused: during a pause.
    """
    sitting = get(session, sitting_id, by=by, lock=True)
    if sitting.state is SittingState.READY:
        raise NotStarted
    if sitting.state is SittingState.SEALED:
        return sitting
    exercise = versions.get(session, sitting.version_hash)
    verdict = answers.may_write(sitting, exercise, None, arrived_at, grace)
    if verdict is Verdict.PAUSED:
        raise SittingPaused
    if verdict is Verdict.OPEN:
        seal(session, sitting, at=arrived_at, by=by, is_handed_in=True)
    elif verdict is Verdict.GRACE:
        # Text may still be on its way within grace: the sweep seals, with the deadline as the end.
        return sitting
    return sitting


_held_enrolment = sa.select(Enrolment.id).where(Enrolment.id == sa.bindparam("enrolment")).with_for_update()


def seal(
    session: Session, sitting: Sitting, *, at: datetime, by: Actor | None, is_handed_in: bool = False
) -> None:
    """Close a sitting for good: the last saved revisions count, and the automatic key is applied.

    One that is paused goes on for this moment first, so that its pause has an end in the ledger.
    """
    from assessment.services import integrations, keys  # both of which ask about sittings

    if sitting.state is SittingState.PAUSED:
        ledger.resume(session, sitting, at, centre=sitting.enrolment.centre, by=by)
        session.flush()  # a sealed row takes no further entry
    rows = what_counts(session, sitting)
    sitting.final_hash = _hash_of(rows)  # first: a sealed row takes no further change
    sitting.state = SittingState.SEALED
    sitting.sealed_at = at
    if is_handed_in:
        sitting.submitted_at = at
    session.flush()  # so that the enrolment below sees this sitting as sealed
    keys.score(session, sitting, sorted(rows, key=lambda row: row.id))
    enrolment = sitting.enrolment
    is_rated = bool(versions.get(session, sitting.version_hash).rated)
    if not is_rated:  # held first, so that the last two that are sealed at once do not wait for each other
        session.connection().execute(_held_enrolment, {"enrolment": enrolment.id})
    others = states(session, enrolment.id)
    if enrolment.state is EnrolmentState.ACTIVE and all(one is SittingState.SEALED for one in others):
        enrolment.state = EnrolmentState.FINISHED
        enrolment.finished_at = at
    journal.record(
        session,
        "sitting.sealed",
        "sitting",
        sitting.id,
        by=by,
        centre_id=enrolment.centre_id,
        sealed_at=at,
        final_hash=sitting.final_hash,
        was_handed_in=sitting.submitted_at is not None,
    )
    if not is_rated and integrations.is_finished(others, enrolment.centre):
        # Nobody rates this one, so no rating will ask later: it may have been the last that was waited for.
        integrations.open_if_complete(session, sitting.enrolment_id)


# Leaving out of the scores (U6).


def exclude(session: Session, sitting_id: UUID, reason: str, *, centre: Centre, by: Actor) -> Sitting:
    """Leave a sealed sitting out of the scores, for an uncredited interruption above 10 % of its time (U6).

    Nothing is deleted: answers and ratings stay. The weight goes to the other exercises, and U1 is asked again.

    :raises NotFound: when it is not of this centre. :raises NotSealed: before its end. :raises NoReason: without one.
    :raises ResultSigned: when the integration was signed.
    """
    if not reason.strip():
        raise NoReason(field="reason")
    sitting = _to_judge(session, sitting_id, centre)
    sitting.is_excluded, sitting.exclusion_reason = True, texts.whole(reason, LONGEST_REASON)
    # The reason is the administrator's own text: it stays in the row, which can be erased.
    journal.record(session, "sitting.excluded", "sitting", sitting.id, by=by, centre_id=centre.id)
    return sitting


def include_again(session: Session, sitting_id: UUID, *, centre: Centre, by: Actor) -> Sitting:
    """Let a sitting count that was left out. One that counts already stays as it is.

    :raises NotFound: when it is not of this centre. :raises ResultSigned: when the integration was signed.
    """
    sitting = _to_judge(session, sitting_id, centre)
    if sitting.is_excluded:
        sitting.is_excluded, sitting.exclusion_reason = False, ""
        journal.record(session, "sitting.included_again", "sitting", sitting.id, by=by, centre_id=centre.id)
    return sitting


def _to_judge(session: Session, sitting_id: UUID, centre: Centre) -> Sitting:
    """A sealed sitting of this centre whose result is not signed, held with its enrolment and integration."""
    enrolment_id = session.scalar(
        sa.select(Sitting.enrolment_id)
        .join(Enrolment)
        .where(Sitting.id == sitting_id, Enrolment.centre_id == centre.id, Sitting.state != SittingState.VOID)
    )
    if enrolment_id is None:
        raise errors.NotFound
    # In the order in which submitting and signing take them, so that nobody signs between the question and the answer.
    sitting = session.scalars(sa.select(Sitting).where(Sitting.id == sitting_id).with_for_update()).one()
    session.execute(sa.select(Enrolment.id).where(Enrolment.id == enrolment_id).with_for_update())
    integration = session.scalar(
        sa.select(Integration).where(Integration.enrolment_id == enrolment_id).with_for_update()
    )
    if sitting.state is not SittingState.SEALED:
        raise NotSealed
    if integration is not None and integration.state is IntegrationState.SIGNED:
        raise ResultSigned
    return sitting


_final = (
    sa.select(Answer.task, Answer.number, Answer.body, Answer.arrived_at, Answer.id)
    .where(Answer.sitting_id == sa.bindparam("sitting"))
    .order_by(Answer.task)
)


def final_hash(session: Session, sitting: Sitting) -> str:
    """A hash over the counting revisions: what counted when the sitting was sealed can be shown later."""
    return _hash_of(what_counts(session, sitting))


def what_counts(session: Session, sitting: Sitting) -> Sequence[Any]:
    """What counts, in the order of the tasks as the database has it."""
    session.flush()  # Core does not do so by itself
    return session.connection().execute(_final, {"sitting": sitting.id}).all()


def _hash_of(rows: Sequence[Any]) -> str:
    spelled = json.dumps([list(row[:3]) for row in rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def end(session: Session, enrolment: Enrolment, *, by: Actor) -> None:
    """Seal what runs or is paused of an enrolment whose participant stops."""
    now = clock.now()
    for sitting in list_for(session, enrolment):
        if sitting.state in (SittingState.RUNNING, SittingState.PAUSED) and sitting.deadline_at:
            seal(session, sitting, at=min(now, sitting.deadline_at), by=by)


def seal_due(session: Session, grace: timedelta, *, leaving_out: Collection[UUID] = ()) -> int:
    """Seal what is past its end and grace, each in a savepoint of its own; the recorded end is the deadline.

    ``leaving_out`` are those that could not be sealed before in the same sweep, so that however many they are, the
    others have their turn.

    Nothing is sealed while the service is away: what it takes is given back first. A paused sitting is past its end
    when the centre's latest end has passed. Two sweeps at once share the work (SKIP LOCKED on PostgreSQL, turns on
    SQLite). Returns how many were sealed.
    """
    before = outages.sealing_until(session, clock.now(), grace)
    if before is None:
        return 0
    running = sa.and_(Sitting.state == SittingState.RUNNING, Sitting.deadline_at < before)
    paused = sa.and_(Sitting.state == SittingState.PAUSED, Centre.latest_end_at < before)
    due = session.scalars(
        sa.select(Sitting)
        .join(Sitting.enrolment)
        .join(Enrolment.centre)
        .where(sa.or_(running, paused), Sitting.id.not_in(leaving_out))
        .order_by(Sitting.deadline_at)
        .limit(SEALED_AT_ONCE)
        .with_for_update(skip_locked=True, of=Sitting)
        .options(contains_eager(Sitting.enrolment).contains_eager(Enrolment.centre))
        .execution_options(populate_existing=True)
    ).all()
    sealed = 0
    # By enrolment, because that is held too: two sweeps at once wait for each other in one order.
    for sitting in sorted(due, key=lambda one: one.enrolment_id):
        try:
            with session.begin_nested():
                seal(session, sitting, at=_end_of(sitting), by=None)
            sealed += 1
        except Exception as failure:
            if broke_off(session):
                raise  # it is not about this one: the others are gone too
            # One sitting that cannot be sealed, whatever it is, must not hold up the others; the sweep's log names it.
            session.info.setdefault("could_not_seal", {})[sitting.id] = failure
    return sealed


def _end_of(sitting: Sitting) -> datetime:
    end = (
        sitting.enrolment.centre.latest_end_at
        if sitting.state is SittingState.PAUSED
        else sitting.deadline_at
    )
    assert end
    return end
