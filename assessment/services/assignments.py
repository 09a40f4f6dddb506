"""Assignments: assessors join a centre, and each sitting gets two of them.

The work is balanced, the pairs are mixed, exclusions are kept, nobody gets more than the plan holds, and everybody
reads in an order of their own. Nothing that was assigned is moved: assigning again only fills what is missing, such as
a sitting that came back. Ratings that are left to whoever is free are in the pool (``pools.py``).
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreExercise, CentreState, ExerciseVersion
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.person import Person, RoleName, Seat, SeatName
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    Because,
    Rating,
    RatingState,
    Round,
    Vacancy,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.services import adjudications, meetings, people, rechecks, texts, workloads
from assessment.services.workloads import PER_SITTING, Plan, Workload

SLOTS = (1, 2)
LONGEST_REASON = 500


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
    rechecks.take_back(session, centre, person_id)
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
    work: Workload
    is_away: bool


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
    work = workloads.of_centre(session, centre)
    away = set(
        session.scalars(
            sa.select(Seat.person_id).where(Seat.centre_id == centre.id, Seat.away_at.is_not(None))
        )
    )
    return [
        Load(
            person,
            assigned.get(person.id, 0),
            submitted.get(person.id, 0),
            work.get(person.id, Workload()),
            person.id in away,
        )
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


def present(session: Session, centre: Centre) -> list[Person]:
    """The assessors of a centre who are not away, by e-mail address: an order that the same seed finds again."""
    return list(
        session.scalars(
            sa.select(Person)
            .join(Seat, Seat.person_id == Person.id)
            .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR, Seat.away_at.is_(None))
            .order_by(Person.email)
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
    """Who may never have it: they know the participant, played opposite them, or adjudicate."""
    has: set[UUID] = field(default_factory=set)
    returned: set[UUID] = field(default_factory=set)
    """Who had it and no longer has, for another reason than knowing somebody."""
    slots: set[int] = field(default_factory=set)
    """Those of the two ratings that somebody has."""
    pooled: set[int] = field(default_factory=set)
    """Those that are left to whoever is free."""
    holders: set[UUID] = field(default_factory=set)
    """Who has a reservation of it."""

    @property
    def wanted(self) -> int:
        """How many assessors it still needs, besides whoever takes it from the pool."""
        return max(0, PER_SITTING - len(self.has) - len(self.pooled))

    @property
    def free(self) -> list[int]:
        """The slots that nobody has and that are not in the pool."""
        return (
            [slot for slot in SLOTS if slot not in self.slots | self.pooled][-self.wanted :]
            if self.wanted
            else []
        )

    def may_have(self, assessor_id: UUID) -> bool:
        """Whether somebody may be given it, or may take it."""
        return assessor_id not in self.barred | self.has | self.holders


@dataclass(frozen=True)
class Coverage:
    """How many rated sittings have two assessors, one, or none (M5); and how many ratings are in the pool."""

    two: int
    one: int
    none: int
    pooled: int = 0
    """Ratings that are left to whoever is free; the sittings are counted by whom they have beside that."""

    @property
    def missing(self) -> int:
        """Ratings that are neither assigned nor in the pool."""
        return max(0, self.one + PER_SITTING * self.none - self.pooled)


@dataclass
class Room:
    """How much of the plan is left while sittings are dealt (M16); without a plan there is room for everything."""

    plan: Plan
    has: dict[UUID, Workload]

    def is_there(self, assessor_id: UUID, exercise: str) -> bool:
        return self.has.get(assessor_id, Workload()).has_room(self.plan, self._minutes(exercise))

    def take(self, assessor_id: UUID, exercise: str) -> None:
        self.has[assessor_id] = self.has.get(assessor_id, Workload()).with_one(self._minutes(exercise))

    def _minutes(self, exercise: str) -> int:
        return self.plan.minutes.get(exercise, workloads.OTHERWISE)


def room(session: Session, centre: Centre) -> Room:
    """What is left of the plan of a centre now."""
    plan = workloads.plan_of(session, centre)
    return Room(plan, workloads.of_centre(session, centre, plan))


def hold(session: Session, centre: Centre) -> None:
    """Hold the centre's row: what gives sittings to people comes one after the other."""
    session.execute(sa.select(Centre.id).where(Centre.id == centre.id).with_for_update())


def assign(
    session: Session,
    centre: Centre,
    *,
    seed: int | None = None,
    each: int = PER_SITTING,
    over_because: str = "",
    by: Actor,
) -> int:
    """Give each rated sitting two assessors, as far as there are any; how many assignments were made.

    With ``each`` 1 every sitting gets one, and the second is missing until it goes to the pool. The same seed over the
    same rows gives the same assignments. Nobody gets more than the plan holds, unless ``over_because`` says why (M16).

    :raises NotOpenYet: before the centre has opened. :raises NoAssessors: when nobody is there.
    """
    if centre.state is CentreState.DRAFT:
        raise NotOpenYet
    hold(session, centre)
    assessors = present(session, centre)
    if not assessors:
        raise NoAssessors
    chance = random.Random(seed)  # noqa: S311 -- an even deal, not a secret
    needs = needs_of(session, centre)
    over = texts.whole(over_because.strip(), LONGEST_REASON)
    left = room(session, centre)
    pairs = deal([person.id for person in assessors], needs, chance, room=left, each=each)
    _store(session, centre, pairs, chance)
    if over:
        more = deal([person.id for person in assessors], needs, chance, each=each)
        _store(session, centre, more, chance, reason=over)
        pairs += more
    session.flush()  # what is mixed in looks for its place among these
    rechecks.seed(
        session, centre, Counter((assessor_id, need.exercise) for need, assessor_id in pairs), chance, by=by
    )
    journal.record(
        session,
        "sittings.assigned",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        made=len(pairs),
        seed=seed,
        **({"over_the_plan": len(more)} if over else {}),
    )
    return len(pairs)


def coverage(session: Session, centre: Centre) -> Coverage:
    """How many rated sittings have two assessors, and where there is one or none (M5)."""
    needs = needs_of(session, centre)
    counts = Counter(min(PER_SITTING, len(need.has)) for need in needs)
    return Coverage(
        counts[2],
        counts[1],
        counts[0],
        sum(len(need.pooled) for need in needs),
    )


def fill(session: Session, centre: Centre, sitting_id: UUID, *, by: Actor) -> int:
    """Find somebody else for a sitting that came back, as far as somebody may have it; how many were found."""
    hold(session, centre)
    needs = needs_of(session, centre)
    chance = random.Random()  # noqa: S311 -- an even deal, not a secret
    wanted = [need for need in needs if need.sitting_id == sitting_id]
    there = [person.id for person in present(session, centre)]
    pairs = deal(there, wanted, chance, among=needs, room=room(session, centre))
    _store(session, centre, pairs, chance)
    if pairs:
        journal.record(
            session, "sittings.assigned", "centre", centre.id, by=by, centre_id=centre.id, made=len(pairs)
        )
    return len(pairs)


def deal(
    assessors: Sequence[UUID],
    needs: Sequence[Need],
    chance: random.Random,
    *,
    among: Sequence[Need] = (),
    room: Room | None = None,
    each: int = PER_SITTING,
) -> list[tuple[Need, UUID]]:
    """Who gets what. For each sitting, of those who may: first the least loaded, then the pair that has met least,
    then the pair that knows this participant's other exercises least.

    ``among`` are all sittings of the centre, by which load and pairs are known, where ``needs`` are only some of them.
    What is dealt is noted in the needs, and in ``room``, beyond which nobody gets anything.
    """
    known = among or needs
    load: Counter[UUID] = Counter(assessor for need in known for assessor in need.has)
    met: Counter[frozenset[UUID]] = Counter(
        frozenset(need.has) for need in known if len(need.has) == PER_SITTING
    )
    knows: Counter[tuple[UUID, UUID]] = Counter(
        (need.enrolment_id, assessor) for need in known for assessor in need.has
    )
    dealt = []
    open_needs = [need for need in needs if need.wanted and len(need.has) < each]
    chance.shuffle(open_needs)
    # Those with the fewest people to choose from come first, so that balance is not found at their cost.
    open_needs.sort(key=lambda need: sum(1 for assessor in assessors if assessor not in need.barred))
    for need in open_needs:
        may = [
            assessor
            for assessor in assessors
            if need.may_have(assessor)
            and assessor not in need.returned
            and (room is None or room.is_there(assessor, need.exercise))
        ]
        wanted = min(need.wanted, each - len(need.has), len(may))
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
            if room is not None:
                room.take(assessor, need.exercise)
        met[frozenset(chosen) | need.has] += 1
    return dealt


def needs_of(session: Session, centre: Centre) -> list[Need]:
    """The sittings of a centre that people rate, with who has them and who may not."""
    emails = {person.email: person.id for person in _seated(session, centre)}
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
    excluded = session.execute(
        sa.select(Exclusion.enrolment_id, Exclusion.assessor_id)
        .join(Enrolment, Enrolment.id == Exclusion.enrolment_id)
        .where(Enrolment.centre_id == centre.id)
    )
    for enrolment_id, assessor_id in (*excluded, *adjudications.informed(session, by_enrolment)):
        for need in by_enrolment.get(enrolment_id, ()):
            need.barred.add(assessor_id)
    for sitting_id, slot in session.execute(
        sa.select(Vacancy.sitting_id, Vacancy.slot)
        .join(Vacancy.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id)
    ):
        if sitting_id in needs:
            needs[sitting_id].pooled.add(slot)
    for one, enrolment_id in session.execute(
        sa.select(Assignment, Sitting.enrolment_id)
        .join(Assignment.sitting)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id)
    ):
        _note(one, needs.get(one.sitting_id), by_enrolment.get(enrolment_id, ()))
    # Who played opposite somebody does not rate that.
    for sitting_id, assessor_id in meetings.barred_of(session, centre):
        if sitting_id in needs:
            needs[sitting_id].has.discard(assessor_id)
            needs[sitting_id].barred.add(assessor_id)
    return list(needs.values())


def _note(one: Assignment, need: Need | None, of_the_same: Iterable[Need]) -> None:
    """Note in the needs what an assignment means for them."""
    is_returned = one.state is AssignmentState.RETURNED
    if is_returned and one.because in (None, Because.RECOGNISED):
        # Who recognised somebody knows them in every exercise.
        for other in of_the_same:
            other.barred.add(one.assessor_id)
    elif need is None:
        return
    elif one.round is not Round.FIRST:
        need.barred.add(one.assessor_id)  # an adjudicator is a third person, not one of the two
    elif is_returned:
        need.returned.add(one.assessor_id)
    elif one.reserved_until_at is not None:
        if one.reserved_until_at > clock.now():
            need.holders.add(one.assessor_id)
    else:
        need.has.add(one.assessor_id)
        if one.slot:
            need.slots.add(one.slot)


def rows_of(session: Session, sitting_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Assignment]:
    """Everything that was ever assigned of these sittings, by sitting and assessor."""
    return {
        (one.sitting_id, one.assessor_id): one
        for one in session.scalars(sa.select(Assignment).where(Assignment.sitting_id.in_(sitting_ids)))
    }


def give(
    session: Session,
    sitting_id: UUID,
    assessor_id: UUID,
    slot: int,
    *,
    known: Mapping[tuple[UUID, UUID], Assignment],
    place: int,
    reason: str = "",
    reserved_until_at: datetime | None = None,
) -> Assignment:
    """Make a slot of a sitting somebody's. Whoever had the sitting before has the same row again, and their draft.

    ``known`` is what :func:`rows_of` found. The database refuses a slot that somebody else has.
    """
    found = known.get((sitting_id, assessor_id))
    if found is None:
        found = Assignment(sitting_id=sitting_id, assessor_id=assessor_id, place=place)
        session.add(found)
    found.state, found.because, found.returned_at = AssignmentState.OPEN, None, None
    found.slot, found.reason, found.assigned_at = slot, reason, clock.now()
    found.reserved_until_at = reserved_until_at
    return found


def release(session: Session, centre: Centre, *which: sa.ColumnElement[bool]) -> None:
    """End these open assignments of a centre, such as reservations that nobody needs any more."""
    here = (
        sa.select(Sitting.id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .where(CentreExercise.centre_id == centre.id)
    )
    session.execute(
        sa.update(Assignment)
        .where(Assignment.state == AssignmentState.OPEN, Assignment.sitting_id.in_(here), *which)
        .values(
            state=AssignmentState.RETURNED,
            because=Because.RELEASED,
            returned_at=clock.now(),
            reserved_until_at=None,
        )
        .execution_options(synchronize_session="fetch")
    )


def last_places(session: Session, centre: Centre) -> dict[UUID, int]:
    """The last place in each assessor's own order."""
    return {
        assessor_id: place
        for assessor_id, place in session.execute(
            sa.select(Assignment.assessor_id, sa.func.max(Assignment.place))
            .join(Assignment.sitting)
            .join(Sitting.centre_exercise)
            .where(CentreExercise.centre_id == centre.id)
            .group_by(Assignment.assessor_id)
        )
    }


def _store(
    session: Session,
    centre: Centre,
    pairs: Sequence[tuple[Need, UUID]],
    chance: random.Random,
    *,
    reason: str = "",
) -> None:
    last = last_places(session, centre)
    queues: dict[UUID, list[tuple[UUID, int | None]]] = {}
    for need, assessor_id in pairs:
        slot = next(
            iter(need.free), None
        )  # none is free where a role-player was given one before they played
        need.has.add(assessor_id)
        if slot:
            need.slots.add(slot)
        queues.setdefault(assessor_id, []).append((need.sitting_id, slot))
    now = clock.now()
    for assessor_id, dealt in queues.items():
        chance.shuffle(dealt)
        session.add_all(
            Assignment(
                sitting_id=sitting_id,
                assessor_id=assessor_id,
                slot=slot,
                place=last.get(assessor_id, 0) + number,
                assigned_at=now,
                reason=reason,
            )
            for number, (sitting_id, slot) in enumerate(dealt, start=1)
        )
