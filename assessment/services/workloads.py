"""Workloads: the time that is planned to rate, and how much of it each assessor of a centre has (M16).

Minutes are planned per exercise, hours per assessor of the centre, and how many sittings somebody has at once. A
centre that was made before there was a plan caps nothing until somebody plans.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre, CentreExercise, ScoringMinutes, ScoringPlan
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Seat, SeatName
from assessment.models.rating import Assignment, Rating, RatingState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import versions
from exercises.content import Exercise

USUAL_MINUTES: Mapping[str, int] = {"in_tray": 40, "case_study": 25, "role_play": 30}
"""To rate one sitting, by kind, until a centre has measured it (content B, corrected by its review)."""
OTHERWISE = 10
USUAL_HOURS = 24.0
USUAL_MOST_OPEN = 20
LONGEST_MINUTES, LONGEST_HOURS, MOST = 600, 400, 500
PER_SITTING = 2
"""Assessors of each rated sitting (M5)."""


class OutOfRange(errors.Invalid):
    sentence = "Give a number above 0 and up to %(high)s."


class TooMuch(errors.RuleBroken):
    """Somebody would have more than the plan holds (M16)."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__("M16", sentence, **values)


@dataclass(frozen=True)
class Plan:
    """What a centre plans for rating; no hours and no most when nobody has planned."""

    minutes: Mapping[str, int]
    """To rate one sitting, by catalogue id of the exercises that people rate, in the centre's order."""
    hours: float | None
    most_open: int | None


@dataclass(frozen=True)
class Workload:
    """What one assessor of a centre has: sittings, and the minutes that are planned for them."""

    open: int = 0
    """Not submitted yet."""
    open_minutes: int = 0
    minutes: int = 0
    """Of all of them, the submitted ones included."""

    def with_one(self, minutes: int) -> "Workload":
        return Workload(self.open + 1, self.open_minutes + minutes, self.minutes + minutes)

    def is_over(self, plan: Plan) -> bool:
        """Whether it is more than the plan holds (M16)."""
        return self.minutes > 60 * (plan.hours or inf) or self.open > (plan.most_open or inf)

    def has_room(self, plan: Plan, minutes: int) -> bool:
        """Whether one more sitting fits into the plan."""
        return not self.with_one(minutes).is_over(plan)


# The plan.


def start(session: Session, centre: Centre) -> None:
    """Give a new centre the usual plan, to be changed."""
    session.add(ScoringPlan(centre_id=centre.id, hours=USUAL_HOURS, most_open=USUAL_MOST_OPEN))


def plan_of(session: Session, centre: Centre) -> Plan:
    """What is planned in a centre now."""
    return plans_of(session, [centre.id])[centre.id]


def plans_of(session: Session, centre_ids: Collection[UUID]) -> dict[UUID, Plan]:
    """What is planned in each of these centres, in as many queries for many as for one."""
    rows = {
        row.centre_id: row
        for row in session.scalars(sa.select(ScoringPlan).where(ScoringPlan.centre_id.in_(centre_ids)))
    }
    said = {
        (row.centre_id, row.exercise): row.minutes
        for row in session.scalars(sa.select(ScoringMinutes).where(ScoringMinutes.centre_id.in_(centre_ids)))
    }
    minutes: dict[UUID, dict[str, int]] = {centre_id: {} for centre_id in centre_ids}
    for centre_id, version_hash in session.execute(
        sa.select(CentreExercise.centre_id, CentreExercise.version_hash)
        .where(CentreExercise.centre_id.in_(centre_ids))
        .order_by(CentreExercise.position)
    ):
        exercise = versions.get(session, version_hash)
        if exercise.rated:
            minutes[centre_id][exercise.id] = said.get((centre_id, exercise.id), usual(exercise))
    return {
        centre_id: Plan(
            of, row.hours if (row := rows.get(centre_id)) else None, row.most_open if row else None
        )
        for centre_id, of in minutes.items()
    }


def usual(exercise: Exercise) -> int:
    """The minutes that rating one sitting of an exercise usually takes."""
    return USUAL_MINUTES.get(exercise.kind, OTHERWISE)


def set_plan(session: Session, centre: Centre, plan: Plan, *, by: Actor) -> None:
    """Plan otherwise from now on; nothing that was assigned is moved.

    :raises OutOfRange: for a number that is none to plan with.
    """
    known = plan_of(session, centre).minutes
    checked = [("hours", plan.hours, LONGEST_HOURS), ("most_open", plan.most_open, MOST)]
    checked += [(exercise, plan.minutes.get(exercise), LONGEST_MINUTES) for exercise in known]
    for name, number, high in checked:
        if number is None or not 0 < number <= high:
            raise OutOfRange(field=name, high=high)
    assert plan.hours
    assert plan.most_open
    session.merge(ScoringPlan(centre_id=centre.id, hours=plan.hours, most_open=plan.most_open))
    for exercise in known:
        session.merge(ScoringMinutes(centre_id=centre.id, exercise=exercise, minutes=plan.minutes[exercise]))
    journal.record(
        session,
        "scoring_plan.set",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        hours=plan.hours,
        most_open=plan.most_open,
        minutes={exercise: plan.minutes[exercise] for exercise in known},
    )


@dataclass(frozen=True)
class Need:
    """The hours that rating a centre takes by its plan, and those that its assessors have; None without a cap."""

    hours: float
    available: float | None
    assessors: int

    @property
    def is_met(self) -> bool:
        return self.available is None or self.hours <= self.available


def need(session: Session, centre: Centre) -> Need:
    """What two ratings of each sitting take, for everybody who is enrolled now."""
    plan = plan_of(session, centre)
    participants = session.scalar(
        sa.select(sa.func.count())
        .select_from(Enrolment)
        .where(Enrolment.centre_id == centre.id, Enrolment.state != EnrolmentState.WITHDRAWN)
    )
    assessors = session.scalar(
        sa.select(sa.func.count())
        .select_from(Seat)
        .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR, Seat.away_at.is_(None))
    )
    hours = PER_SITTING * (participants or 0) * sum(plan.minutes.values()) / 60
    return Need(hours, plan.hours * (assessors or 0) if plan.hours else None, assessors or 0)


def shortcoming(session: Session, centre: Centre) -> errors.RuleBroken | None:
    """Why the timetable leaves no time to rate (M16); None when it does, or for a rehearsal."""
    if centre.is_copy:
        return None
    if session.get(ScoringPlan, centre.id) is None:
        return errors.RuleBroken(
            "M16",
            "No time to rate is planned. Say on the page of the assessors how many hours each of them has.",
        )
    needed = need(session, centre)
    if needed.is_met:
        return None
    return errors.RuleBroken(
        "M16",
        "Rating takes %(needed)s hours by the plan, and the assessors have %(available)s. Let more of them join, "
        "or plan more hours.",
        needed=f"{needed.hours:.0f}",
        available=f"{needed.available or 0:.0f}",
    )


# What each has.


def of_centre(session: Session, centre: Centre, plan: Plan | None = None) -> dict[UUID, Workload]:
    """The workload of each assessor who has something in this centre.

    What is void, withdrawn or ran out is nobody's. A re-check counts like the work among which it comes: it takes
    the same time, and its assessor must not find it by counting.
    """
    plan = plan or plan_of(session, centre)
    found: dict[UUID, Workload] = {}
    for assessor_id, exercise, n, submitted in session.execute(
        sa.select(Assignment.assessor_id, CentreExercise.exercise, sa.func.count(), sa.func.count(Rating.id))
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .outerjoin(Showing, Showing.assignment_id == Assignment.id)
        .outerjoin(
            Rating,
            sa.and_(
                Rating.is_of_assignment(),
                Rating.state == RatingState.SUBMITTED,
            ),
        )
        .where(
            sa.func.coalesce(Showing.centre_id, CentreExercise.centre_id) == centre.id,
            sa.or_(Showing.id.is_(None), Showing.use == Use.RECHECK),
            Assignment.is_kept(clock.now()),
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .group_by(Assignment.assessor_id, CentreExercise.exercise)
    ):
        had, each = found.get(assessor_id, Workload()), plan.minutes.get(exercise, OTHERWISE)
        found[assessor_id] = Workload(
            had.open + n - submitted, had.open_minutes + each * (n - submitted), had.minutes + each * n
        )
    return found


def must_have_room(session: Session, centre: Centre, assessor_id: UUID, exercise: str) -> None:
    """Refuse one more sitting where the plan holds none.

    :raises TooMuch: M16.
    """
    plan = plan_of(session, centre)
    has = of_centre(session, centre, plan).get(assessor_id, Workload())
    if has.open >= (plan.most_open or inf):
        raise TooMuch(
            "You have as many sittings as one assessor has at once here. Submit one, then take the next.",
        )
    if not has.has_room(plan, plan.minutes.get(exercise, OTHERWISE)):
        raise TooMuch(
            "The hours that are planned for you in this centre are full. Ask the administrator when you have more."
        )
