"""The pool of a centre: ratings that are left to whoever is free.

Whoever takes the next sitting has it reserved for a while. The open workbench keeps the reservation; when it stops the
reservation runs out by itself, and somebody else can take the sitting. With the first passage, level or note it is
theirs. Two people never hold the same rating, and nobody both of one sitting: the database refuses it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Because, Vacancy
from assessment.models.sitting import Sitting, SittingState
from assessment.services import assignments, calibrations, ratings, versions, workloads
from assessment.services.assignments import Need
from assessment.services.ratings import RESERVED
from exercises.content import Exercise


class NothingLeft(errors.NotAllowedNow):
    sentence = (
        "Nothing is left in this pool that you may take. Others were faster, or what is left is not for you."
    )


class NotCalibrated(errors.RuleBroken):
    def __init__(self) -> None:
        super().__init__(
            "M6", "You have no valid calibration for this exercise, so you cannot take it from the pool."
        )


class Begun(errors.NotAllowedNow):
    sentence = "You have begun to rate this sitting, so it is yours and does not go back to the pool."


# What the administrator does.


def leave(session: Session, centre: Centre, *, by: Actor) -> int:
    """Leave every rating that nobody has to whoever is free; how many.

    :raises assessment.services.assignments.NotOpenYet: before the centre has opened.
    """
    if centre.opened_at is None:
        raise assignments.NotOpenYet
    assignments.hold(session, centre)
    now = clock.now()
    made = [
        Vacancy(sitting_id=need.sitting_id, slot=slot, made_at=now)
        for need in assignments.needs_of(session, centre)
        for slot in need.free
    ]
    session.add_all(made)
    if made:
        journal.record(
            session, "pool.filled", "centre", centre.id, by=by, centre_id=centre.id, ratings=len(made)
        )
    return len(made)


def take_back(session: Session, centre: Centre, *, by: Actor) -> int:
    """Take out of the pool what nobody has reserved, so that it can be assigned; how many ratings."""
    assignments.hold(session, centre)
    now = clock.now()
    assignments.release(session, centre, Assignment.reserved_until_at <= now)
    reserved = (
        sa.select(Assignment.id)
        .where(
            Assignment.sitting_id == Vacancy.sitting_id,
            Assignment.slot == Vacancy.slot,
            Assignment.is_kept(now),
        )
        .exists()
    )
    free = session.scalars(
        sa.select(Vacancy)
        .join(Vacancy.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id, ~reserved)
    ).all()
    for one in free:
        session.delete(one)
    if free:
        journal.record(
            session, "pool.taken_back", "centre", centre.id, by=by, centre_id=centre.id, ratings=len(free)
        )
    return len(free)


# What an assessor does.


@dataclass(frozen=True)
class Pool:
    """The sittings of one exercise of a centre that an assessor may take now."""

    centre: Centre
    entry_id: UUID
    exercise: Exercise
    n: int
    minutes: int
    """That are planned to rate one."""
    is_calibrated: bool
    is_full: bool
    """Whether the plan leaves no room for one more (M16)."""
    holds_one: bool
    """Whether this assessor has a reservation already, from whichever pool."""

    @property
    def may_take(self) -> bool:
        return self.n > 0 and self.is_calibrated and not self.is_full and not self.holds_one


def list_for(session: Session, *, by: Actor) -> list[Pool]:
    """The pools of the centres in which somebody assesses; those with nothing in them for this assessor left out.

    A few queries for each centre that has a pool: an assessor has few.
    """
    now = clock.now()
    with_pool = session.scalars(
        sa.select(Centre)
        .join(Seat, Seat.centre_id == Centre.id)
        .where(
            Seat.person_id == by.person_id,
            Seat.seat == SeatName.ASSESSOR,
            Seat.away_at.is_(None),
            Centre.id.in_(
                sa.select(CentreExercise.centre_id)
                .join(Sitting, Sitting.centre_exercise_id == CentreExercise.id)
                .join(Vacancy, Vacancy.sitting_id == Sitting.id)
            ),
        )
        .order_by(Centre.created_at)
    ).all()
    if not with_pool:
        return []
    holds = _reservation(session, by) is not None
    held = calibrations.held_by(session, by.person_id, [one.id for one in with_pool], on=now.date())
    found = []
    for centre in with_pool:
        plan = workloads.plan_of(session, centre)
        work = workloads.of_centre(session, centre, plan).get(by.person_id, workloads.Workload())
        free = _free(session, centre, by.person_id)
        for entry in centre.exercises:
            n = sum(exercise == entry.exercise for _need, _slot, exercise in free)
            if not n:
                continue
            exercise = versions.get(session, entry.version_hash)
            minutes = plan.minutes.get(exercise.id, workloads.OTHERWISE)
            found.append(
                Pool(
                    centre,
                    entry.id,
                    exercise,
                    n,
                    minutes,
                    bool(held.get(centre.id, set()) & {None, exercise.id}),
                    work.open >= (plan.most_open or inf) or not work.has_room(plan, minutes),
                    holds,
                )
            )
    return found


def _free(session: Session, centre: Centre, assessor_id: UUID) -> list[tuple[Need, int, str]]:
    """The sealed sittings in the pool that this assessor may have: need, slot and exercise."""
    taken = {
        (sitting_id, slot)
        for sitting_id, slot in session.execute(
            sa.select(Assignment.sitting_id, Assignment.slot)
            .join(Assignment.sitting)
            .join(Sitting.centre_exercise)
            .where(CentreExercise.centre_id == centre.id, Assignment.is_kept(clock.now()))
        )
    }
    sealed = set(
        session.scalars(
            sa.select(Sitting.id)
            .join(Sitting.centre_exercise)
            .where(CentreExercise.centre_id == centre.id, Sitting.state == SittingState.SEALED)
        )
    )
    return [
        (need, min(slots), need.exercise)
        for need in assignments.needs_of(session, centre)
        if need.sitting_id in sealed
        and need.may_have(assessor_id)
        and (slots := {slot for slot in need.pooled if (need.sitting_id, slot) not in taken})
    ]


def _reservation(session: Session, by: Actor) -> Assignment | None:
    """What an assessor has reserved and not begun."""
    return session.scalar(
        sa.select(Assignment)
        .join(Assignment.sitting)
        .join(Sitting.enrolment)
        .where(
            Assignment.assessor_id == by.person_id,
            Assignment.is_kept(clock.now()),
            Assignment.reserved_until_at.is_not(None),
            Sitting.state == SittingState.SEALED,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .order_by(Assignment.assigned_at.desc())
        .limit(1)
    )


def take(session: Session, entry_id: UUID, *, by: Actor) -> Assignment:
    """Take the next sitting of an exercise from the pool: by chance, and rather of somebody one has not read yet.

    Whoever has a reservation already gets that one again.

    :raises NotFound: when it is no exercise of a centre in which they assess now. :raises NotCalibrated: M6.
        :raises assessment.services.workloads.TooMuch: M16. :raises NothingLeft: when there is nothing for them.
    """
    entry = session.get(CentreExercise, entry_id)
    seat = session.get(Seat, (entry.centre_id, by.person_id)) if entry else None
    if entry is None or seat is None or seat.seat is not SeatName.ASSESSOR or seat.away_at is not None:
        raise errors.NotFound
    centre = entry.centre
    assignments.hold(session, centre)
    before = _reservation(session, by)
    if before is not None:
        return before
    now = clock.now()
    if calibrations.valid_for(session, by.person_id, centre.id, entry.exercise, now.date()) is None:
        raise NotCalibrated
    workloads.must_have_room(session, centre, by.person_id, entry.exercise)
    free = _free(session, centre, by.person_id)
    chosen = _next([(need, slot) for need, slot, exercise in free if exercise == entry.exercise], session, by)
    if chosen is None:
        raise NothingLeft
    need, slot = chosen
    _free_slot(session, need.sitting_id, slot, by)
    made = assignments.give(
        session,
        need.sitting_id,
        by.person_id,
        slot,
        known=assignments.rows_of(session, [need.sitting_id]),
        place=assignments.last_places(session, centre).get(by.person_id, 0) + 1,
        reserved_until_at=now + RESERVED,
    )
    session.flush()  # the page and the journal need the id
    journal.record(
        session,
        "reservation.made",
        "assignment",
        made.id,
        by=by,
        centre_id=centre.id,
        sitting=need.sitting_id,
    )
    return made


def _free_slot(session: Session, sitting_id: UUID, slot: int, by: Actor) -> None:
    """Hold the slot, and end the reservation that ran out on it.

    :raises NothingLeft: when whoever had it came back to it meanwhile.
    """
    now = clock.now()
    session.execute(sa.select(Sitting.id).where(Sitting.id == sitting_id).with_for_update())
    holder = session.scalar(
        sa.select(Assignment)
        .where(
            Assignment.sitting_id == sitting_id,
            Assignment.slot == slot,
            Assignment.state == AssignmentState.OPEN,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    is_left = session.get(Vacancy, (sitting_id, slot), populate_existing=True) is not None
    if not is_left or (holder and (holder.reserved_until_at is None or holder.reserved_until_at > now)):
        raise NothingLeft
    if holder and holder.assessor_id != by.person_id:
        holder.state, holder.because = AssignmentState.RETURNED, Because.RAN_OUT
        holder.returned_at, holder.reserved_until_at = now, None
        session.flush()  # before the slot is somebody else's


def _next(free: Sequence[tuple[Need, int]], session: Session, by: Actor) -> tuple[Need, int] | None:
    known = set(
        session.scalars(
            sa.select(Sitting.enrolment_id)
            .join(Assignment, Assignment.sitting_id == Sitting.id)
            .where(Assignment.assessor_id == by.person_id, Assignment.is_kept(clock.now()))
        )
    )
    shuffled = random.sample(list(free), len(free))  # an even deal, not a secret
    # A sitting with a single rating left comes before one with two: it is nearer to its end.
    return min(shuffled, key=lambda one: (one[0].enrolment_id in known, len(one[0].pooled)), default=None)


def put_back(session: Session, assignment_id: UUID, *, by: Actor) -> None:
    """Give a reservation back before anything was written: it runs out now.

    :raises NotFound: when it is not theirs. :raises Begun: when it is no reservation any more.
    """
    session.execute(sa.select(Assignment.id).where(Assignment.id == assignment_id).with_for_update())
    place = ratings.desk(session, assignment_id, by=by)
    if place.assignment.reserved_until_at is None:
        raise Begun
    place.assignment.reserved_until_at = clock.now()
    journal.record(
        session,
        "reservation.put_back",
        "assignment",
        assignment_id,
        by=by,
        centre_id=place.centre.id,
    )
