"""Re-checks: benchmarks that come unannounced among live work, and the drift that they show.

They are dealt together with the live sittings, look like them in every list and page, and count nowhere. The assessor
never learns which one it was: their own drift is told by quarter, and what came in this week is not in it yet.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, takewhile
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, journal
from assessment.access import Actor
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import Meeting
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState
from assessment.models.sitting import Sitting
from assessment.services import benchmarks, calibration_tests, showings, standards, versions
from assessment.services.calibration_tests import Pair
from scoring.calibration import LEAST_RATINGS, control_chart

COMES_BACK = timedelta(days=180)
"""A benchmark that somebody has had as a re-check does not come to them again before."""
USUAL_SD = 0.7
"""The standard deviation of a difference from the panel when nothing is wrong, for the limits of the chart. It is that of
one rating and is used for a whole benchmark, whose ratings err together: rather too wide than a false alarm."""


# Dealing.


def seed(
    session: Session,
    centre: Centre,
    dealt: Mapping[tuple[UUID, str], int],
    chance: random.Random,
    *,
    by: Actor,
) -> int:
    """Mix re-checks into what was just dealt, at the rate of the centre; how many.

    ``dealt`` says how many live sittings each assessor got now, by catalogue id of the exercise.
    """
    every = standards.of(session, centre.id).recheck_every
    if centre.is_copy or not every:
        return 0
    entries = {
        entry.exercise: entry
        for entry in session.scalars(sa.select(CentreExercise).where(CentreExercise.centre_id == centre.id))
    }
    live = set(
        session.scalars(
            sa.select(CentreExercise.slug)
            .join(Meeting, Meeting.centre_exercise_id == CentreExercise.id)
            .where(CentreExercise.centre_id == centre.id)
        )
    )
    languages = sorted(
        set(
            session.scalars(
                sa.select(Person.language).join(Enrolment).where(Enrolment.centre_id == centre.id).distinct()
            )
        )
    ) or ["en"]
    made = 0
    for (assessor_id, exercise_id), n in sorted(dealt.items(), key=lambda one: (str(one[0][0]), one[0][1])):
        entry = entries.get(exercise_id)
        wanted = int(n / every + chance.random())
        if entry is None or not wanted or entry.slug in live:  # a talk that was had live looks different
            continue
        for known in choose(session, centre, entry, assessor_id)[:wanted]:
            beside, _sealed = showings.sealed_beside(session, assessor_id, centre.id, entry.slug)
            exercise = versions.get(session, entry.version_hash)
            shown = showings.show(
                session,
                centre,
                entry,
                assessor_id,
                known.written(exercise, chance.choice(languages)),
                Use.RECHECK,
                place=_place(session, assessor_id, entry, chance),
                ready_after=chance.randint(1, max(1, beside)),
            )
            journal.record(
                session,
                "recheck.mixed_in",
                "showing",
                shown.id,
                by=by,
                centre_id=centre.id,
                assessor=assessor_id,
                benchmark=shown.name,
            )
            made += 1
    return made


def choose(
    session: Session, centre: Centre, entry: CentreExercise, assessor_id: UUID
) -> list[benchmarks.Known]:
    """The re-checks that somebody could get: those never seen, in the pool's order, then those of long ago."""
    known = benchmarks.of_set(benchmarks.pool(session, centre, entry), "recheck")
    seen = benchmarks.last_shown(session, assessor_id, [one.name for one in known])
    border = clock.now() - COMES_BACK
    fresh = [one for one in known if one.name not in seen]
    rested = [
        one
        for one in known
        if seen.get(one.name, {}).keys() == {Use.RECHECK} and seen[one.name][Use.RECHECK] < border
    ]
    return [*fresh, *sorted(rested, key=lambda one: seen[one.name][Use.RECHECK])]


def _place(session: Session, assessor_id: UUID, entry: CentreExercise, chance: random.Random) -> int:
    """A place among the live ones of the exercise."""
    places = session.scalars(
        sa.select(Assignment.place)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .where(Assignment.assessor_id == assessor_id, Sitting.centre_exercise_id == entry.id)
        .order_by(Assignment.place)
    ).all()
    return chance.choice(places) if places else 1


def take_back(session: Session, centre: Centre, assessor_id: UUID) -> None:
    """Take the re-checks of somebody who leaves a centre out of their queue."""
    theirs = sa.select(Showing.assignment_id).where(
        Showing.centre_id == centre.id, Showing.assessor_id == assessor_id, Showing.use == Use.RECHECK
    )
    session.execute(
        sa.update(Assignment)
        .where(Assignment.id.in_(theirs), Assignment.state == AssignmentState.OPEN)
        .values(state=AssignmentState.RETURNED, returned_at=clock.now())
    )


# Drift.


@dataclass(frozen=True)
class Period:
    """A quarter of a year and its figures; None where there are too few ratings for a number."""

    year: int
    quarter: int
    n: int
    figures: Mapping[str, Any] | None
    outside: int
    """Where the running average stood at its end: 1 above its usual range, -1 below, 0 within it."""


@dataclass(frozen=True)
class Step:
    """One benchmark in the course of time: its mean difference, and the running average with its limit after it."""

    on: date
    difference: float
    average: float
    limit: float

    @property
    def outside(self) -> int:
        """1 when the average lies above its usual range, -1 below, 0 within it."""
        return (self.average > self.limit) - (self.average < -self.limit)


@dataclass(frozen=True)
class Drift:
    """How an assessor compares with the panels over time, in tests and re-checks."""

    n: int
    """Reference ratings so far."""
    least: int
    figures: Mapping[str, Any] | None
    """Severity (bias), agreement (exact, within one) and spread (sd_ratio); withheld below ``least``."""
    periods: tuple[Period, ...]
    course: tuple[Step, ...]
    """The control chart, a step per benchmark; empty below ``least``."""

    @property
    def outside(self) -> int:
        """Where the running average stands now: 1 above its usual range, -1 below, 0 within it."""
        return self.course[-1].outside if self.course else 0

    @property
    def outside_for(self) -> int:
        """For how many benchmarks running it has stood there; 0 when it is within."""
        same = takewhile(lambda step: step.outside == self.outside, reversed(self.course))
        return len(list(same)) if self.outside else 0


def own_drift(session: Session, *, by: Actor) -> Drift:
    """One's own drift over all centres, without what came in this week."""
    now = clock.now()
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    found = _pairs(session, Showing.assessor_id == by.person_id)
    pairs = [one for one in found.get(by.person_id, ()) if one.at and one.at < monday]
    return drift(pairs, calibration_tests.LEAST_FOR_A_NUMBER)


def drift_of_centre(session: Session, centre: Centre) -> list[tuple[Person, Drift]]:
    """The drift of each assessor of a centre in its tests and re-checks; numbers only from 30 reference ratings on."""
    people = session.scalars(
        sa.select(Person)
        .join(Seat, Seat.person_id == Person.id)
        .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR)
        .order_by(sa.func.lower(Person.name), Person.email)
    ).all()
    found = _pairs(session, Showing.centre_id == centre.id)
    return [(person, drift(found.get(person.id, ()), LEAST_RATINGS)) for person in people]


def drift(pairs: Sequence[Pair], least: int) -> Drift:
    """The drift that these ratings show, in order of time; no number from fewer than ``least``."""
    given = sorted(
        (one for one in pairs if one.score is not None and one.at), key=lambda one: (_when(one), one.name)
    )
    is_enough = len(given) >= least
    course = _course(given) if is_enough else ()
    periods = []
    for quarter, some in groupby(given, key=lambda one: _quarter(_when(one))):
        part = list(some)
        enough = len(part) >= max(calibration_tests.LEAST_FOR_A_NUMBER, min(least, 10))
        steps = [step for step in course if _quarter(step.on) == quarter]
        periods.append(
            Period(
                *quarter,
                len(part),
                calibration_tests.compared(part) if enough else None,
                steps[-1].outside if steps else 0,
            )
        )
    return Drift(
        len(given), least, calibration_tests.compared(given) if is_enough else None, tuple(periods), course
    )


def _course(given: Sequence[Pair]) -> tuple[Step, ...]:
    """The control chart over the benchmarks in the order in which they were handed in (Omar 2010, Journal of Educational Measurement 47)."""
    found = []
    for _at_and_name, some in groupby(given, key=lambda one: (one.at, one.name)):
        part = list(some)
        difference = sum((one.score or 0) - one.level for one in part) / len(part)
        found.append((_when(part[0]).date(), difference))
    chart = control_chart([difference for _on, difference in found], USUAL_SD)
    return tuple(
        Step(on, difference, average, limit)
        for (on, difference), average, limit in zip(found, chart.values, chart.limits, strict=True)
    )


def _when(one: Pair) -> datetime:
    assert one.at
    return one.at


def _quarter(on: date) -> tuple[int, int]:
    return on.year, (on.month - 1) // 3 + 1


def _pairs(session: Session, which: sa.ColumnElement[bool]) -> dict[UUID, list[Pair]]:
    """The ratings in tests and re-checks beside their references, by assessor, in a few queries however many."""
    shown = session.scalars(
        sa.select(Showing)
        .where(which, Showing.use.in_((Use.TEST, Use.RECHECK)))
        .options(joinedload(Showing.assignment).joinedload(Assignment.sitting))
    ).all()
    rated = showings.ratings_of(session, shown)
    found: dict[UUID, list[Pair]] = {}
    for showing in shown:
        if showing.id in rated:
            found.setdefault(showing.assessor_id, []).extend(
                calibration_tests.pairs_of(session, [showing], rated)
            )
    return found
