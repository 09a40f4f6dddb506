"""Showings: a benchmark in front of an assessor, in the unchanged workbench.

Each use makes a sealed sitting of a synthetic person, with a fresh code, in a copy of the centre that holds nothing
else. So whatever counts sittings, ratings or people of the live centre never meets one; what an assessor's own pages
show of it is asked here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, mail
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person
from assessment.models.programme import Programme, ProgrammeState
from assessment.models.rating import Assignment, AssignmentState, Rating, RatingState
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import answers, sittings, versions
from exercises.content import Exercise

UNCALIBRATED = frozenset({Use.TRAINING, Use.TEST, Use.PANEL})
"""The uses for which nobody needs a calibration: they are how one gets it, or how its measure is made."""


@dataclass(frozen=True)
class Written:
    """What is shown: the answers of a benchmark in one language, each with its minute, as the kind stores them."""

    name: str
    language: str
    answers: Sequence[tuple[float, str, object]]
    benchmark_id: UUID | None = None


def parsed(
    exercise: Exercise, posted: Sequence[tuple[float, str, object]]
) -> list[tuple[float, str, object]]:
    """Posted answers as the kind stores them."""
    parse = versions.kind_of(exercise).parse
    return [(minute, task, parse(exercise, task, value)) for minute, task, value in posted]


def show(
    session: Session,
    centre: Centre,
    entry: CentreExercise,
    assessor_id: UUID,
    written: Written,
    use: Use,
    *,
    calibration_id: UUID | None = None,
    place: int = 0,
    ready_after: int = 0,
) -> Showing:
    """Put a benchmark before an assessor: one sealed sitting, one assignment, one showing."""
    where = _copy(session, centre, entry)
    sitting = _sitting(session, where, written)
    assignment = Assignment(
        sitting_id=sitting.id, assessor_id=assessor_id, place=place, assigned_at=clock.now()
    )
    session.add(assignment)
    session.flush()  # the showing points to its id
    made = Showing(
        centre_id=centre.id,
        slug=entry.slug,
        assessor_id=assessor_id,
        use=use,
        name=written.name,
        benchmark_id=written.benchmark_id,
        language=written.language,
        assignment_id=assignment.id,
        calibration_id=calibration_id,
        ready_after=ready_after,
        shown_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _copy(session: Session, centre: Centre, entry: CentreExercise) -> CentreExercise:
    """The exercise in the copy of this centre that holds benchmarks of this version; made once.

    A copy has one exercise, because a draft can still exchange its own, and an open copy could not follow.
    """
    session.execute(sa.select(Centre.id).where(Centre.id == centre.id).with_for_update())
    found = session.scalar(
        sa.select(CentreExercise)
        .join(Centre, Centre.id == CentreExercise.centre_id)
        .where(
            Centre.rehearsal_of_id == centre.id,
            Centre.is_for_benchmarks,
            CentreExercise.version_hash == entry.version_hash,
        )
        .limit(1)
    )
    if found is not None:
        return found
    now = clock.now()
    programme = Programme(
        name=f"Benchmarks of {centre.name}",
        purpose=centre.programme.purpose,
        state=ProgrammeState.RUNNING,
        created_at=now,
        is_rehearsal=True,
    )
    session.add(programme)
    session.flush()
    copy = Centre(
        programme_id=programme.id,
        name=f"Benchmarks of {centre.name}",
        rehearsal_of_id=centre.id,
        is_for_benchmarks=True,
        time_zone=centre.time_zone,
        created_at=now,
    )
    session.add(copy)
    session.flush()
    made = CentreExercise(
        centre_id=copy.id,
        position=1,
        slug=entry.slug,
        exercise=entry.exercise,
        version_hash=entry.version_hash,
    )
    session.add(made)
    session.flush()  # before the centre opens, which freezes it
    copy.state, copy.purpose, copy.opened_at = CentreState.OPEN, programme.purpose, now
    session.flush()
    return made


def _sitting(session: Session, where: CentreExercise, written: Written) -> Sitting:
    exercise = versions.get(session, where.version_hash)
    now = clock.now()
    started_at = now - timedelta(minutes=exercise.minutes)
    # The mask that covers names in a reading view looks for this name too: it is none that a text could hold.
    name = uuid4().hex
    person = Person(
        email=f"{name}@benchmark{mail.NOWHERE}",
        name=name,
        language=written.language,
        rehearsal_id=where.centre_id,
        is_active=False,
        created_at=now,
    )
    session.add(person)
    session.flush()
    enrolment = Enrolment(
        centre_id=where.centre_id, person_id=person.id, state=EnrolmentState.FINISHED, created_at=now
    )
    session.add(enrolment)
    session.flush()
    sitting = Sitting(
        enrolment_id=enrolment.id,
        centre_exercise_id=where.id,
        version_hash=where.version_hash,
        position=where.position,
        code=sittings.new_codes(session, 1)[0],
        state=SittingState.RUNNING,
        language=written.language,
        time_factor=1.0,
        started_at=started_at,
        deadline_at=now,
    )
    session.add(sitting)
    session.flush()
    numbers: dict[str, int] = {}
    for order, (minute, task, value) in enumerate(written.answers, 1):
        numbers[task] = numbers.get(task, 0) + 1
        session.add(
            Revision(
                sitting_id=sitting.id,
                version_hash=where.version_hash,
                task=task,
                number=numbers[task],
                kind=RevisionKind.MAIN,
                body=answers.spelled(value),
                base_number=numbers[task] - 1,
                client_id="benchmark",
                client_seq=order,
                epoch=0,
                arrived_at=started_at + timedelta(minutes=minute),
            )
        )
        session.flush()  # one after the other: the order of writing is the order of reading
    sitting.final_hash = sittings.final_hash(session, sitting)
    sitting.state, sitting.sealed_at = SittingState.SEALED, now
    session.flush()
    return sitting


# What the pages of an assessor ask.


def of(session: Session, assignment_id: UUID) -> Showing | None:
    """What an assignment shows, when it is a benchmark."""
    return session.scalar(sa.select(Showing).where(Showing.assignment_id == assignment_id))


def centre_of(session: Session, showing: Showing) -> Centre:
    """The live centre."""
    return session.get_one(Centre, showing.centre_id, options=[joinedload(Centre.programme)])


def entry_of(session: Session, showing: Showing) -> CentreExercise | None:
    """The exercise in the live centre, as long as it is there."""
    return session.scalar(
        sa.select(CentreExercise).where(
            CentreExercise.centre_id == showing.centre_id, CentreExercise.slug == showing.slug
        )
    )


def sealed_beside(session: Session, assessor_id: UUID, centre_id: UUID, slug: str) -> tuple[int, int]:
    """How many live sittings of this exercise an assessor has in first round, and how many of them are sealed."""
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(Sitting.state == SittingState.SEALED),
        )
        .select_from(Assignment)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .where(
            Assignment.assessor_id == assessor_id,
            Assignment.state == AssignmentState.OPEN,
            CentreExercise.centre_id == centre_id,
            CentreExercise.slug == slug,
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
    ).one()
    return int(row[0]), int(row[1])


def is_ready(showing: Showing, of_all: int, sealed: int) -> bool:
    """Whether a showing can be rated now: a re-check only when as many live sittings beside it are finished."""
    return showing.use is not Use.RECHECK or sealed >= min(showing.ready_after, of_all)


def ratings_of(session: Session, showings: Sequence[Showing]) -> Mapping[UUID, Rating]:
    """The submitted ratings of these showings, by showing."""
    if not showings:
        return {}
    by_assignment = {one.assignment_id: one.id for one in showings}
    rows = session.execute(
        sa.select(Assignment.id, Rating)
        .join(
            Rating,
            Rating.is_of_assignment(),
        )
        .where(Assignment.id.in_(by_assignment), Rating.state == RatingState.SUBMITTED)
        .options(joinedload(Rating.dimensions))
    ).unique()
    return {by_assignment[assignment_id]: rating for assignment_id, rating in rows}
