"""Assignments: assessors join a centre, and each sitting gets two of them.

The work is balanced, the pairs are mixed, exclusions are kept, and everybody reads in an order of their own. Nothing
that was assigned is moved: assigning again only fills what is missing, such as a sitting that came back.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreExercise, CentreState, ExerciseVersion
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.person import Person, RoleName, Seat, SeatName
from assessment.models.rating import Adjudication, Assignment, AssignmentState, Rating, RatingState, Round
from assessment.models.sitting import Sitting, SittingState
from assessment.services import adjudications, meetings, people

PER_SITTING = 2


class NoAssessors(errors.NotAllowedNow):
    sentence = "No assessor has joined this centre yet."


class NotOpenYet(errors.NotAllowedNow):
    sentence = "Sittings are made when the centre opens. Open it first, then assign them."


class HasRatings(errors.NotAllowedNow):
    sentence = "This assessor has already rated here, so they stay an assessor of this centre."


# Assessors of a centre.


def join(session: Session, centre: Centre, person: Person, *, by: Actor) -> None:
    """Let somebody be an assessor of this centre.

    :raises assessment.services.people.OtherSeat: when they are a participant or staff of it.
    """
    if people.take_seat(session, centre, person, SeatName.ASSESSOR):
        people.give_role(session, person, RoleName.ASSESSOR, centre_id=centre.id, by=by)
        journal.record(session, "assessor.joined", "person", person.id, by=by, centre_id=centre.id)
        session.flush()  # so that the newcomer is found
        adjudications.assign_waiting(session, centre)


def leave(session: Session, centre: Centre, person_id: UUID, *, by: Actor) -> None:
    """Let an assessor go who has not rated yet; what was assigned to them has to be assigned again.

    :raises HasRatings: when they have begun a rating here. :raises assessment.services.meetings.StillInMeetings: while
        they are role-player in a meeting to come.
    """
    seat = session.get(Seat, (centre.id, person_id))
    if seat is None or seat.seat is not SeatName.ASSESSOR:
        raise errors.NotFound
    here = sa.select(Sitting.id).join(CentreExercise).where(CentreExercise.centre_id == centre.id)
    if session.scalar(
        sa.select(Rating.id).where(Rating.assessor_id == person_id, Rating.sitting_id.in_(here)).limit(1)
    ):
        raise HasRatings
    meetings.must_stay(session, centre, person_id)
    theirs = sa.select(Assignment.id).where(
        Assignment.assessor_id == person_id, Assignment.sitting_id.in_(here)
    )
    session.execute(
        sa.update(Adjudication).where(Adjudication.assignment_id.in_(theirs)).values(assignment_id=None)
    )
    session.execute(
        sa.delete(Assignment).where(Assignment.assessor_id == person_id, Assignment.sitting_id.in_(here))
    )
    session.delete(seat)
    for role in people.get(session, person_id).roles:
        if role.role is RoleName.ASSESSOR and role.centre_id == centre.id:
            people.take_role(session, role.id, by=by)
    journal.record(session, "assessor.left", "person", person_id, by=by, centre_id=centre.id)
    session.flush()  # so that nobody who has left is found
    adjudications.assign_waiting(session, centre)


@dataclass(frozen=True)
class Load:
    """One assessor of a centre and their work there."""

    person: Person
    assigned: int
    submitted: int


def loads(session: Session, centre: Centre) -> list[Load]:
    """The assessors of a centre by name, each with what is assigned and done."""
    assigned = dict(
        session.execute(
            sa.select(Assignment.assessor_id, sa.func.count())
            .join(Assignment.sitting)
            .join(Sitting.centre_exercise)
            .where(
                CentreExercise.centre_id == centre.id,
                Assignment.state == AssignmentState.OPEN,
                Sitting.state != SittingState.VOID,
            )
            .group_by(Assignment.assessor_id)
        ).all()
    )
    submitted = dict(
        session.execute(
            sa.select(Rating.assessor_id, sa.func.count())
            .join(Rating.sitting)
            .join(Sitting.centre_exercise)
            .where(
                CentreExercise.centre_id == centre.id,
                Rating.state == RatingState.SUBMITTED,
                Sitting.state != SittingState.VOID,
            )
            .group_by(Rating.assessor_id)
        ).all()
    )
    return [
        Load(person, assigned.get(person.id, 0), submitted.get(person.id, 0))
        for person in _seated(session, centre)
    ]


def _seated(session: Session, centre: Centre) -> list[Person]:
    return list(
        session.scalars(
            sa.select(Person)
            .join(Seat, Seat.person_id == Person.id)
            .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR)
            .order_by(sa.func.lower(Person.name), Person.email)
        )
    )


# Assigning.


@dataclass
class Need:
    """A sitting that people rate: who has it, and who may not."""

    sitting_id: UUID
    enrolment_id: UUID
    exercise: str
    barred: set[UUID] = field(default_factory=set)
    has: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class Coverage:
    """How many rated sittings have two assessors, one, or none (M5)."""

    two: int
    one: int
    none: int


def assign(session: Session, centre: Centre, *, seed: int | None = None, by: Actor) -> int:
    """Give each rated sitting two assessors, as far as there are any; how many assignments were made.

    The same seed over the same rows gives the same assignments.

    :raises NotOpenYet: before the centre has opened. :raises NoAssessors: when nobody has joined.
    """
    if centre.state is CentreState.DRAFT:
        raise NotOpenYet
    session.execute(sa.select(Centre.id).where(Centre.id == centre.id).with_for_update())
    assessors = _seated(session, centre)
    if not assessors:
        raise NoAssessors
    chance = random.Random(seed)  # noqa: S311 -- an even deal, not a secret
    needs = _needs(session, centre, assessors)
    pairs = deal([person.id for person in sorted(assessors, key=lambda person: person.email)], needs, chance)
    _store(session, centre, pairs, chance)
    journal.record(
        session,
        "sittings.assigned",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        made=len(pairs),
        seed=seed,
    )
    return len(pairs)


def coverage(session: Session, centre: Centre) -> Coverage:
    """How many rated sittings have two assessors, and where there is one or none (M5)."""
    counts = Counter(
        min(PER_SITTING, len(need.has)) for need in _needs(session, centre, _seated(session, centre))
    )
    return Coverage(counts[2], counts[1], counts[0])


def deal(assessors: Sequence[UUID], needs: Sequence[Need], chance: random.Random) -> list[tuple[Need, UUID]]:
    """Who gets what. For each sitting, of those who may: first the least loaded, then the pair that has met least,
    then the pair that knows this participant's other exercises least.
    """
    load: Counter[UUID] = Counter(assessor for need in needs for assessor in need.has)
    met: Counter[frozenset[UUID]] = Counter(
        frozenset(need.has) for need in needs if len(need.has) == PER_SITTING
    )
    knows: Counter[tuple[UUID, UUID]] = Counter(
        (need.enrolment_id, assessor) for need in needs for assessor in need.has
    )
    dealt = []
    open_needs = [need for need in needs if len(need.has) < PER_SITTING]
    chance.shuffle(open_needs)
    # Those with the fewest people to choose from come first, so that balance is not found at their cost.
    open_needs.sort(key=lambda need: sum(1 for assessor in assessors if assessor not in need.barred))
    for need in open_needs:
        may = [assessor for assessor in assessors if assessor not in need.barred | need.has]
        wanted = min(PER_SITTING - len(need.has), len(may))
        chance.shuffle(may)
        chosen = min(
            combinations(may, wanted),
            key=lambda some: (
                max((load[assessor] for assessor in some), default=0),
                sum(load[assessor] for assessor in some),
                met[frozenset(some) | need.has],
                sum(knows[need.enrolment_id, assessor] for assessor in some),
            ),
            default=(),
        )
        for assessor in chosen:
            load[assessor] += 1
            knows[need.enrolment_id, assessor] += 1
            dealt.append((need, assessor))
        met[frozenset(chosen) | need.has] += 1
    return dealt


def _needs(session: Session, centre: Centre, assessors: Iterable[Person]) -> list[Need]:
    """The sittings of a centre that people rate, with who has them and who may not."""
    emails = {person.email: person.id for person in assessors}
    needs: dict[UUID, Need] = {}
    by_enrolment: dict[UUID, list[Need]] = {}
    for sitting_id, enrolment_id, exercise, manager in session.execute(
        sa.select(Sitting.id, Sitting.enrolment_id, CentreExercise.exercise, Enrolment.manager_email)
        .join(Sitting.centre_exercise)
        .join(Sitting.enrolment)
        .join(ExerciseVersion, ExerciseVersion.hash == Sitting.version_hash)
        .where(
            CentreExercise.centre_id == centre.id,
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            ExerciseVersion.rubric_hash.is_not(None),
        )
        .order_by(Sitting.position, Sitting.code)
    ):
        need = Need(sitting_id, enrolment_id, exercise)
        if manager in emails:
            need.barred.add(emails[manager])
        needs[sitting_id] = need
        by_enrolment.setdefault(enrolment_id, []).append(need)
    for enrolment_id, assessor_id in session.execute(
        sa.select(Exclusion.enrolment_id, Exclusion.assessor_id)
        .join(Enrolment, Enrolment.id == Exclusion.enrolment_id)
        .where(Enrolment.centre_id == centre.id)
    ):
        for need in by_enrolment.get(enrolment_id, ()):
            need.barred.add(assessor_id)
    for sitting_id, enrolment_id, assessor_id, state in session.execute(
        sa.select(Assignment.sitting_id, Sitting.enrolment_id, Assignment.assessor_id, Assignment.state)
        .join(Assignment.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id)
    ):
        if state is AssignmentState.RETURNED:
            # Who recognised somebody knows them in every exercise.
            for need in by_enrolment.get(enrolment_id, ()):
                need.barred.add(assessor_id)
        elif sitting_id in needs:
            needs[sitting_id].has.add(assessor_id)
    adjudicators = session.execute(
        sa.select(Assignment.sitting_id, Assignment.assessor_id)
        .join(Assignment.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id, Assignment.round != Round.FIRST)
    )
    # An adjudicator is a third person, not one of the two; and who played opposite somebody is none of them.
    for sitting_id, assessor_id in (*adjudicators, *meetings.barred_of(session, centre)):
        if sitting_id in needs:
            needs[sitting_id].has.discard(assessor_id)
            needs[sitting_id].barred.add(assessor_id)
    return list(needs.values())


def _store(
    session: Session, centre: Centre, pairs: Sequence[tuple[Need, UUID]], chance: random.Random
) -> None:
    last: dict[UUID, int] = {}
    for assessor_id, place in session.execute(
        sa.select(Assignment.assessor_id, sa.func.max(Assignment.place))
        .join(Assignment.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id)
        .group_by(Assignment.assessor_id)
    ):
        last[assessor_id] = place
    queues: dict[UUID, list[UUID]] = {}
    for need, assessor_id in pairs:
        queues.setdefault(assessor_id, []).append(need.sitting_id)
    now = clock.now()
    for assessor_id, sitting_ids in queues.items():
        chance.shuffle(sitting_ids)
        session.add_all(
            Assignment(
                sitting_id=sitting_id,
                assessor_id=assessor_id,
                place=last.get(assessor_id, 0) + number,
                assigned_at=now,
            )
            for number, sitting_id in enumerate(sitting_ids, start=1)
        )
