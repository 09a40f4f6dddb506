"""Training in the frame of reference: benchmark after benchmark, each rated before the panel's view is seen.

What is learnt is the range that a panel accepts and what it leans on, never one right number. Everything can be
repeated; nothing of it counts anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.benchmark import Showing, Use
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.centre import Centre, CentreExercise
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Rating, RatingState
from assessment.services import benchmarks, calibration_tests, showings, versions
from assessment.services.benchmarks import Known
from exercises import benchmarks as shelf
from exercises.content import Exercise


class NothingToTrainOn(errors.NotAllowedNow):
    sentence = "There are no benchmarks to train on in this exercise yet."


@dataclass(frozen=True)
class Lesson:
    """A benchmark of a course, and how far this assessor is with it."""

    known: Known
    showing_id: UUID | None
    """The newest one, in which it is or was rated."""
    assignment_id: UUID | None
    state: str
    """new, draft or done; done stays done while it is repeated."""
    times: int


@dataclass(frozen=True)
class Course:
    """An exercise of a centre as an assessor learns it: the benchmarks, and how it stands with the calibration."""

    centre: Centre
    entry: CentreExercise
    exercise: Exercise
    lessons: tuple[Lesson, ...]
    valid_until_on: date | None
    """Until when the assessor may rate; None when they may not."""
    test: Calibration | None
    """The newest test."""
    lapses_soon: bool

    @property
    def done(self) -> int:
        return sum(lesson.state == "done" for lesson in self.lessons)

    @property
    def is_through(self) -> bool:
        return bool(self.lessons) and self.done == len(self.lessons)


def courses(session: Session, *, by: Actor) -> list[Course]:
    """Every rated exercise of the centres in which the actor is an assessor, newest centre first."""
    entries = session.scalars(
        sa.select(CentreExercise)
        .join(Centre, Centre.id == CentreExercise.centre_id)
        .join(Seat, Seat.centre_id == Centre.id)
        .where(
            Seat.person_id == by.person_id,
            Seat.seat == SeatName.ASSESSOR,
            Centre.rehearsal_of_id.is_(None),
        )
        .options(contains_eager(CentreExercise.centre))
        .order_by(Centre.created_at.desc(), CentreExercise.position)
    ).all()
    return _courses(session, entries, by)


def course(session: Session, centre_id: UUID, slug: str, *, by: Actor) -> Course:
    """One of them.

    :raises NotFound: when it is no rated exercise of a centre of theirs.
    """
    _centre, entry = calibration_tests.place(session, centre_id, slug, by=by)
    return _courses(session, [entry], by)[0]


def _courses(session: Session, entries: Sequence[CentreExercise], by: Actor) -> list[Course]:
    centres = {entry.centre_id: entry.centre for entry in entries}
    shown = _shown(session, by.person_id)
    held = calibration_tests.of_assessor(session, by.person_id, list(centres))
    ends = {one.id for one, _person, _centre in calibration_tests.about_to_lapse(session, by.person_id)}
    pools = benchmarks.pools(session, entries)
    today = clock.now().date()
    found = []
    for entry in entries:
        exercise = versions.get(session, entry.version_hash)
        if not exercise.rated:
            continue
        here = [
            one for one in held if one.centre_id == entry.centre_id and one.exercise in (None, entry.exercise)
        ]
        valid = [
            one
            for one in here
            if one.state is CalibrationState.PASSED and not one.withdrawn_at and one.valid_until_on >= today
        ]
        found.append(
            Course(
                centres[entry.centre_id],
                entry,
                exercise,
                tuple(
                    _lesson(known, shown.get((entry.slug, known.name), ()))
                    for known in benchmarks.of_set(pools[entry.id], "training")
                ),
                max((one.valid_until_on for one in valid), default=None),
                next((one for one in here if one.is_test), None),
                any(one.id in ends for one in valid),
            )
        )
    return found


_Row = tuple[Showing, RatingState | None]


def _shown(session: Session, assessor_id: UUID) -> Mapping[tuple[str, str], list[_Row]]:
    """All training of an assessor, by exercise and benchmark: what was learnt in one centre counts in the next."""
    found: dict[tuple[str, str], list[_Row]] = {}
    for showing, state in session.execute(
        sa.select(Showing, Rating.state)
        .join(Assignment, Assignment.id == Showing.assignment_id)
        .outerjoin(
            Rating,
            sa.and_(Rating.sitting_id == Assignment.sitting_id, Rating.assessor_id == Assignment.assessor_id),
        )
        .where(
            Showing.assessor_id == assessor_id,
            Showing.use == Use.TRAINING,
        )
        .order_by(Showing.shown_at)
    ):
        found.setdefault((showing.slug, showing.name), []).append((showing, state))
    return found


def _lesson(known: Known, rows: Sequence[_Row]) -> Lesson:
    times = sum(state is RatingState.SUBMITTED for _showing, state in rows)
    if not rows:
        return Lesson(known, None, None, "new", 0)
    newest, state = rows[-1]
    is_open = state is not RatingState.SUBMITTED
    return Lesson(known, newest.id, newest.assignment_id, "draft" if is_open else "done", times)


def begin(session: Session, centre_id: UUID, slug: str, name: str = "", *, by: Actor) -> Showing:
    """Go on with the course: the benchmark that is begun, or the next one; a named one again, when it is asked for.

    :raises NotFound: when it is none of theirs. :raises NothingToTrainOn: when there are no benchmarks.
    """
    session.execute(sa.select(Person.id).where(Person.id == by.person_id).with_for_update())
    found = course(session, centre_id, slug, by=by)
    if not found.lessons:
        raise NothingToTrainOn
    if name:
        lesson = next((one for one in found.lessons if one.known.name == name), None)
        if lesson is None:
            raise errors.NotFound
    else:
        order = {"draft": 0, "new": 1, "done": 2}
        lesson = min(found.lessons, key=lambda one: (order[one.state], one.times))
    if lesson.state == "draft" and lesson.showing_id:
        return session.get_one(Showing, lesson.showing_id)
    made = showings.show(
        session,
        found.centre,
        found.entry,
        by.person_id,
        lesson.known.written(found.exercise, by.language),
        Use.TRAINING,
    )
    journal.record(
        session,
        "training.begun",
        "showing",
        made.id,
        by=by,
        centre_id=found.centre.id,
        benchmark=made.name,
    )
    return made


@dataclass(frozen=True)
class Comparison:
    """One's own rating of a benchmark beside the panel's view of it."""

    showing: Showing
    assignment: Assignment
    centre: Centre
    exercise: Exercise
    benchmark: shelf.Benchmark
    rating: Rating


def comparison(session: Session, showing_id: UUID, *, by: Actor) -> Comparison:
    """What is seen after a benchmark of the training was rated, and never before.

    :raises NotFound: when it is not theirs, was not for training, or is not submitted yet.
    """
    row = session.execute(
        sa.select(Showing, Assignment, Rating)
        .join(Assignment, Assignment.id == Showing.assignment_id)
        .join(
            Rating,
            sa.and_(Rating.sitting_id == Assignment.sitting_id, Rating.assessor_id == Assignment.assessor_id),
        )
        .where(
            Showing.id == showing_id,
            Showing.assessor_id == by.person_id,
            Showing.use == Use.TRAINING,
            Assignment.state == AssignmentState.OPEN,
            Rating.state == RatingState.SUBMITTED,
        )
        .options(selectinload(Rating.dimensions), selectinload(Rating.observations))
    ).one_or_none()
    if row is None:
        raise errors.NotFound
    showing, assignment, rating = row
    version_hash = assignment.sitting.version_hash
    found = benchmarks.find(session, showing, version_hash)
    if found is None:
        raise errors.NotFound
    return Comparison(
        showing,
        assignment,
        showings.centre_of(session, showing),
        versions.get(session, version_hash),
        found,
        rating,
    )
