"""Replacements: the open work of an assessor who is away, or whose calibration lapsed, goes to others.

What they prepared stays for the record, and nobody who follows ever sees it. As long as whoever follows has not begun, a
replacement can be taken back; then the first assessor goes on with their own draft.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, Seat, SeatName
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
from assessment.services import adjudications, assignments, calibrations, letters, texts, versions
from assessment.services.assignments import LONGEST_REASON, SLOTS, Room
from exercises.content import Exercise


class NoReason(errors.Invalid):
    sentence = "Write why somebody else goes on."


class NothingChosen(errors.Invalid):
    sentence = "Choose at least one sitting and who gets it."


class NotEligible(errors.Invalid):
    sentence = (
        "%(code)s cannot go there: they had it, know the participant, played opposite them, are away, or have no "
        "valid calibration. Nothing was changed."
    )


class HasBegun(errors.NotAllowedNow):
    sentence = "Whoever has it now has begun to rate, so it stays with them."


@dataclass(frozen=True)
class Piece:
    """A sitting that an assessor has and has not submitted."""

    assignment_id: UUID
    sitting_id: UUID
    code: str
    exercise: str
    has_draft: bool
    is_adjudication: bool
    is_calibrated: bool
    """Whether this assessor could submit it today (M6)."""
    others: tuple[Person, ...]
    """Who may have it instead, by name."""


def open_work(session: Session, centre: Centre, person_id: UUID) -> list[Piece]:
    """What an assessor of a centre has open, with who may have each instead; in as many queries for many as for few.

    :raises NotFound: when they have no assessor's seat in the centre.
    """
    _seat(session, centre, person_id)
    rows = session.execute(
        sa.select(Assignment, Sitting.code, CentreExercise.exercise, Rating.id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .outerjoin(
            Rating,
            Rating.is_of_assignment(),
        )
        .where(
            CentreExercise.centre_id == centre.id,
            Assignment.assessor_id == person_id,
            Assignment.state == AssignmentState.OPEN,
            Assignment.reserved_until_at.is_(None),
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            sa.or_(Rating.id.is_(None), Rating.state == RatingState.DRAFT),
        )
        .order_by(CentreExercise.position, Assignment.round.desc(), Assignment.place)
    ).all()
    ready = calibrations.ready(session, centre.id, on=clock.now().date())
    needs = {need.sitting_id: need for need in assignments.needs_of(session, centre)}
    there = {person.id: person for person in assignments.present(session, centre) if person.id != person_id}
    third = _third(session, centre, [row[0] for row in rows if row[0].round is Round.ADJUDICATION])
    found = []
    for one, code, exercise, rating_id in rows:
        may = third.get(one.sitting_id, []) if one.round is Round.ADJUDICATION else there.values()
        need = needs.get(one.sitting_id)
        others = [
            person
            for person in may
            if person.id in there
            and person.is_active
            and ready.get(person.id, set()) & {None, exercise}
            and (one.round is Round.ADJUDICATION or (need is not None and need.may_have(person.id)))
        ]
        found.append(
            Piece(
                one.id,
                one.sitting_id,
                code,
                exercise,
                rating_id is not None,
                one.round is Round.ADJUDICATION,
                bool(ready.get(person_id, set()) & {None, exercise}),
                tuple(sorted(others, key=lambda person: (person.name.casefold(), person.email))),
            )
        )
    return found


def _third(session: Session, centre: Centre, found: Sequence[Assignment]) -> dict[UUID, list[Person]]:
    """Who else may adjudicate each of these sittings."""
    if not found:
        return {}
    asked = session.scalars(
        sa.select(Adjudication).where(Adjudication.sitting_id.in_([one.sitting_id for one in found]))
    ).all()
    eligible = adjudications.eligible_of(session, asked, centre)
    return {one.sitting_id: eligible[one.id] for one in asked}


def _seat(session: Session, centre: Centre, person_id: UUID) -> Seat:
    seat = session.get(Seat, (centre.id, person_id))
    if seat is None or seat.seat is not SeatName.ASSESSOR:
        raise errors.NotFound
    return seat


@dataclass(frozen=True)
class To:
    """Where a sitting goes: to somebody, or to the pool."""

    person_id: UUID | None

    @property
    def is_pool(self) -> bool:
        return self.person_id is None


def proposed(session: Session, centre: Centre, work: Sequence[Piece]) -> dict[UUID, To]:
    """Each sitting to whoever may have it and has least, as far as the plan holds; the rest to the pool (M16).

    An adjudication never goes to the pool: where nobody has room it goes to whoever has least.
    """
    room = assignments.room(session, centre)
    given: dict[UUID, To] = {}
    # Those with the fewest people to choose from come first.
    for piece in sorted(work, key=lambda one: len(one.others)):
        may = [person for person in piece.others if room.is_there(person.id, piece.exercise)]
        if not may and piece.is_adjudication:
            may = list(piece.others)
        if may:
            chosen = min(may, key=lambda person: (_minutes(room, person.id), person.email))
            room.take(chosen.id, piece.exercise)
            given[piece.assignment_id] = To(chosen.id)
        elif not piece.is_adjudication:
            given[piece.assignment_id] = To(None)
    return given


def _minutes(room: Room, person_id: UUID) -> int:
    return room.has[person_id].minutes if person_id in room.has else 0


@dataclass(frozen=True)
class Effect:
    """What somebody has now and would have: planned minutes."""

    person: Person
    before: int
    after: int
    is_over: bool
    """Whether that is more than the plan holds."""


def effects(session: Session, centre: Centre, work: Sequence[Piece], goes: Mapping[UUID, To]) -> list[Effect]:
    """What a choice means for whoever gets something, by name."""
    room = assignments.room(session, centre)
    before = {person_id: has.minutes for person_id, has in room.has.items()}
    for piece in work:
        to = goes.get(piece.assignment_id)
        if to is not None and to.person_id is not None:
            room.take(to.person_id, piece.exercise)
    chosen = {to.person_id for to in goes.values()}
    people = {person.id: person for piece in work for person in piece.others if person.id in chosen}
    return [
        Effect(
            person,
            before.get(person.id, 0),
            _minutes(room, person.id),
            room.has[person.id].is_over(room.plan),
        )
        for person in sorted(people.values(), key=lambda person: (person.name.casefold(), person.email))
        if person.id in room.has
    ]


def replace(
    session: Session,
    centre: Centre,
    person_id: UUID,
    goes: Mapping[UUID, To],
    reason: str,
    *,
    is_away: bool,
    base_url: str,
    by: Actor,
) -> int:
    """Give open work of an assessor to others, or to the pool; how many sittings. What is not named stays with them.

    With ``is_away`` nothing new comes to them until they are back, and what they have reserved is free again.

    :raises NoReason: without one. :raises NothingChosen: when nothing goes anywhere and nobody is away.
        :raises NotEligible: when somebody may not have what is chosen for them. :raises NotFound: for what is not theirs.
    """
    kept = texts.whole(reason, LONGEST_REASON)
    if not kept:
        raise NoReason(field="reason")
    if not goes and not is_away:
        raise NothingChosen
    assignments.hold(session, centre)
    seat = _seat(session, centre, person_id)
    _hold_sittings(session, Assignment.id.in_(goes))
    work = {piece.assignment_id: piece for piece in open_work(session, centre, person_id)}
    if set(goes) - set(work):
        raise errors.NotFound
    for assignment_id, to in goes.items():
        piece = work[assignment_id]
        may = {person.id for person in piece.others}
        if (to.is_pool and piece.is_adjudication) or (to.person_id is not None and to.person_id not in may):
            raise NotEligible(code=piece.code)
    now = clock.now()
    old = _held(session, list(goes))
    slots = {one.id: one.slot or _free_slot(session, one.sitting_id) for one in old}
    for one in old:
        one.state, one.because, one.reason, one.returned_at = (
            AssignmentState.RETURNED,
            Because.REPLACED,
            kept,
            now,
        )
        one.slot = slots[one.id]
    session.flush()  # before a slot is somebody else's
    last = Counter(assignments.last_places(session, centre))
    known = assignments.rows_of(session, [one.sitting_id for one in old])
    for one in old:
        to = goes[one.id]
        _hand_over(session, centre, one, to, last, known, by=by)
        journal.record(
            session,
            "assignment.replaced",
            "assignment",
            one.id,
            by=by,
            centre_id=centre.id,
            sitting=one.sitting_id,
            round=one.round.value,
            gone_from=person_id,
            gone_to=to.person_id,
        )
    kept_exercises = {piece.exercise for piece in work.values() if piece.assignment_id not in goes}
    gone = {piece.exercise for piece in work.values()} - kept_exercises
    _take_rechecks(session, centre, person_id, None if is_away else gone)
    if is_away:
        _go_away(session, centre, seat, by=by)
    session.flush()
    came = Counter(to.person_id for to in goes.values() if to.person_id is not None)
    _tell(session, centre, {person_id: (0, len(goes)), **{one: (n, 0) for one, n in came.items()}}, base_url)
    return len(old)


def _hold_sittings(session: Session, which: sa.ColumnElement[bool]) -> None:
    """Hold the sittings of these assignments before anything is read, as whoever ends a rating does."""
    session.execute(
        sa.select(Sitting.id)
        .join(Assignment, Assignment.sitting_id == Sitting.id)
        .where(which)
        .order_by(Sitting.id)
        .with_for_update(of=Sitting)
    )


def _held(session: Session, ids: Sequence[UUID]) -> list[Assignment]:
    """These assignments, their rows held: a word that is being written to a draft comes before or is refused."""
    return list(
        session.scalars(
            sa.select(Assignment)
            .where(Assignment.id.in_(ids), Assignment.state == AssignmentState.OPEN)
            .order_by(Assignment.id)
            .with_for_update(of=Assignment)
        )
    )


def _free_slot(session: Session, sitting_id: UUID) -> int:
    """A slot that nobody has: for what was assigned before there were slots, or outside the deal."""
    taken = session.scalars(
        sa.select(Assignment.slot).where(
            Assignment.sitting_id == sitting_id, Assignment.state == AssignmentState.OPEN
        )
    ).all()
    return next((slot for slot in SLOTS if slot not in taken), SLOTS[-1])


def _hand_over(
    session: Session,
    centre: Centre,
    old: Assignment,
    to: To,
    last: Counter[UUID],
    known: Mapping[tuple[UUID, UUID], Assignment],
    *,
    by: Actor,
) -> None:
    if old.round is Round.ADJUDICATION:
        assert to.person_id
        old.slot = None
        asked = session.scalars(
            sa.select(Adjudication).where(Adjudication.sitting_id == old.sitting_id)
        ).one()
        adjudications.assign(session, asked.id, to.person_id, centre=centre, by=by)
    elif to.person_id is None:
        assert old.slot
        session.add(Vacancy(sitting_id=old.sitting_id, slot=old.slot, made_at=clock.now()))
    else:
        assert old.slot
        last[to.person_id] += 1
        assignments.give(
            session, old.sitting_id, to.person_id, old.slot, known=known, place=last[to.person_id]
        )


def _take_rechecks(
    session: Session, centre: Centre, person_id: UUID, exercises: Iterable[str] | None
) -> None:
    """Take out the re-checks that would be left alone, and so be told from live work; all of them for None."""
    theirs = (
        sa.select(Showing.assignment_id)
        .join(
            CentreExercise,
            sa.and_(CentreExercise.centre_id == Showing.centre_id, CentreExercise.slug == Showing.slug),
        )
        .where(
            Showing.centre_id == centre.id,
            Showing.assessor_id == person_id,
            Showing.use == Use.RECHECK,
            *(() if exercises is None else (CentreExercise.exercise.in_(list(exercises)),)),
        )
    )
    submitted = sa.exists().where(Rating.is_of_assignment(), Rating.state == RatingState.SUBMITTED)
    session.execute(
        sa.update(Assignment)
        .where(Assignment.id.in_(theirs), Assignment.state == AssignmentState.OPEN, ~submitted)
        .values(state=AssignmentState.RETURNED, because=Because.REPLACED, returned_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _go_away(session: Session, centre: Centre, seat: Seat, *, by: Actor) -> None:
    seat.away_at = seat.away_at or clock.now()
    assignments.release(
        session,
        centre,
        Assignment.assessor_id == seat.person_id,
        Assignment.reserved_until_at.is_not(None),
    )
    journal.record(session, "assessor.away", "person", seat.person_id, by=by, centre_id=centre.id)


def come_back(session: Session, centre: Centre, person_id: UUID, *, by: Actor) -> None:
    """Somebody is back: from now on work comes to them again. What went to others stays there.

    :raises NotFound: when they have no assessor's seat in the centre.
    """
    seat = _seat(session, centre, person_id)
    if seat.away_at is None:
        return
    seat.away_at = None
    journal.record(session, "assessor.back", "person", person_id, by=by, centre_id=centre.id)
    session.flush()  # so that whoever is back is found
    adjudications.assign_waiting(session, centre)


# What was replaced, and taking it back.


@dataclass(frozen=True)
class Replaced:
    """A sitting that went from one assessor to another, or to the pool."""

    assignment_id: UUID
    code: str
    exercise: str
    person: Person
    reason: str
    at: datetime
    has_draft: bool
    now: Person | None
    """Who has it now; None while it is in the pool."""
    may_undo: bool


def list_for(session: Session, centre: Centre) -> list[Replaced]:
    """What was replaced in a centre, newest first; in as many queries for many as for few."""
    rows = session.execute(
        sa.select(Assignment, Sitting.code, CentreExercise.exercise, Rating.id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .outerjoin(
            Rating,
            Rating.is_of_assignment(),
        )
        .where(
            CentreExercise.centre_id == centre.id,
            Assignment.state == AssignmentState.RETURNED,
            Assignment.because == Because.REPLACED,
            Sitting.state != SittingState.VOID,
        )
        .options(joinedload(Assignment.assessor))
        .order_by(Assignment.returned_at.desc(), CentreExercise.position, Sitting.code)
    ).all()
    holders = _holders(session, [row[0].sitting_id for row in rows])
    found = []
    for one, code, exercise, rating_id in rows:
        holder, has_begun = holders.get(_part(one), (None, False))
        at = one.returned_at
        assert at
        found.append(
            Replaced(
                one.id,
                code,
                exercise,
                one.assessor,
                one.reason,
                at,
                rating_id is not None,
                holder.assessor if holder else None,
                not has_begun,
            )
        )
    return found


def _part(one: Assignment) -> tuple[UUID, Round, int | None]:
    """What of a sitting an assignment is about: one of its two ratings, or its adjudication."""
    return one.sitting_id, one.round, one.slot


def _holders(
    session: Session, sitting_ids: Sequence[UUID]
) -> dict[tuple[UUID, Round, int | None], tuple[Assignment, bool]]:
    """Who has each rating of these sittings now, and whether they have begun."""
    return {
        _part(one): (one, rating_id is not None or one.reserved_until_at is not None)
        for one, rating_id in session.execute(
            sa.select(Assignment, Rating.id)
            .outerjoin(
                Rating,
                Rating.is_of_assignment(),
            )
            .where(Assignment.sitting_id.in_(sitting_ids), Assignment.is_kept(clock.now()))
            .options(joinedload(Assignment.assessor))
        )
    }


def undo(session: Session, centre: Centre, assignment_id: UUID, *, base_url: str, by: Actor) -> None:
    """Give a sitting back to whoever had it, with their draft, as long as whoever followed has not begun.

    :raises NotFound: when this was not replaced in this centre. :raises HasBegun: when somebody is at work on it.
    """
    assignments.hold(session, centre)
    old = session.scalar(
        sa.select(Assignment)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .where(
            Assignment.id == assignment_id,
            CentreExercise.centre_id == centre.id,
            Assignment.state == AssignmentState.RETURNED,
            Assignment.because == Because.REPLACED,
            Sitting.state != SittingState.VOID,
        )
    )
    if old is None:
        raise errors.NotFound
    seat = _seat(session, centre, old.assessor_id)
    _hold_sittings(session, Assignment.id == old.id)
    # Whoever is about to begin holds this row first; then there is a draft, and this comes too late.
    current = session.scalars(
        sa.select(Assignment)
        .where(
            Assignment.sitting_id == old.sitting_id,
            Assignment.round == old.round,
            Assignment.slot.is_(None) if old.slot is None else Assignment.slot == old.slot,
            Assignment.state == AssignmentState.OPEN,
        )
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    ).one_or_none()
    _holder, has_begun = _holders(session, [old.sitting_id]).get(_part(old), (None, False))
    if has_begun:
        raise HasBegun
    told = {old.assessor_id: (1, 0)}
    if old.round is Round.ADJUDICATION:
        session.execute(
            sa.update(Adjudication)
            .where(Adjudication.sitting_id == old.sitting_id)
            .values(assignment_id=old.id)
            .execution_options(synchronize_session="fetch")
        )
    if current is not None:
        told[current.assessor_id] = (0, 1)
        _let_go(session, current)
    vacancy = session.get(Vacancy, (old.sitting_id, old.slot)) if old.slot else None
    if vacancy is not None:
        session.delete(vacancy)
    session.flush()  # before the slot is theirs again
    old.state, old.because, old.returned_at, old.reason = AssignmentState.OPEN, None, None, ""
    seat.away_at = None
    journal.record(
        session,
        "replacement.undone",
        "assignment",
        old.id,
        by=by,
        centre_id=centre.id,
        sitting=old.sitting_id,
        back_to=old.assessor_id,
    )
    session.flush()
    _tell(session, centre, told, base_url)


def _let_go(session: Session, one: Assignment) -> None:
    """Take an assignment back that nobody has begun, as if it had not been made."""
    has_rated = session.scalar(
        sa.select(Rating.id).where(Rating.sitting_id == one.sitting_id, Rating.assessor_id == one.assessor_id)
    )
    if has_rated is None:
        session.delete(one)
    else:  # a reservation that ran out leaves an empty draft
        one.state, one.because, one.returned_at = (
            AssignmentState.RETURNED,
            Because.RELEASED,
            clock.now(),
        )
        one.reserved_until_at = None


def _tell(session: Session, centre: Centre, changes: Mapping[UUID, tuple[int, int]], base_url: str) -> None:
    """A mail to each whose work changed: how many came and went, and nothing of whose they were or why."""
    people = session.scalars(sa.select(Person).where(Person.id.in_(changes))).all()
    for person in people:
        came, went = changes[person.id]
        if came or went:
            letters.send(
                session,
                "work_changed",
                person,
                centre=centre,
                came=came,
                went=went,
                link=f"{base_url}/assessor/",
            )


# What was kept, for whoever wrote it, and that something was kept, for whoever goes on.


@dataclass(frozen=True)
class Kept:
    """A draft of a sitting that went to somebody else, as its writer finds it again: to read, and no more to change."""

    assignment_id: UUID
    code: str
    centre: str
    exercise: Exercise
    at: datetime
    """When it went."""
    rating: Rating


def kept_by(session: Session, *, by: Actor, assignment_id: UUID | None = None) -> list[Kept]:
    """One's own drafts of sittings that were handed over, newest first, or that one; nobody else's ever."""
    query = (
        sa.select(Assignment, Sitting.code, Sitting.version_hash, Centre.name, Rating)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Centre, Centre.id == CentreExercise.centre_id)
        .join(Rating, Rating.is_of_assignment())
        .where(
            Assignment.assessor_id == by.person_id,
            Assignment.state == AssignmentState.RETURNED,
            Assignment.because == Because.REPLACED,
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            ~_recognised_since(),
        )
        .order_by(Assignment.returned_at.desc(), Sitting.code)
    )
    if assignment_id is not None:
        query = query.where(Assignment.id == assignment_id).options(
            selectinload(Rating.dimensions), selectinload(Rating.observations), selectinload(Rating.ticks)
        )
    return [
        Kept(
            one.id, code, centre, versions.get(session, version_hash), one.returned_at or clock.now(), rating
        )
        for one, code, version_hash, centre, rating in session.execute(query)
    ]


def _recognised_since() -> sa.ColumnElement[bool]:
    """That its assessor has recognised the participant, in whichever exercise: then nothing of theirs is shown."""
    other, sitting = aliased(Assignment), aliased(Sitting)
    return (
        sa.exists()
        .where(
            other.sitting_id == sitting.id,
            sitting.enrolment_id == Sitting.enrolment_id,
            other.assessor_id == Assignment.assessor_id,
            other.state == AssignmentState.RETURNED,
            sa.or_(other.because.is_(None), other.because == Because.RECOGNISED),
        )
        .correlate(Assignment, Sitting)
    )


def kept(session: Session, assignment_id: UUID, *, by: Actor) -> Kept:
    """One's own draft of a sitting that was handed over.

    :raises NotFound: when there is none of theirs.
    """
    found = kept_by(session, by=by, assignment_id=assignment_id)
    if not found:
        raise errors.NotFound
    return found[0]


def kept_before(session: Session, *, by: Actor) -> set[UUID]:
    """The open assignments of an assessor before which somebody else has left a draft. That it is there, and no more:
    whoever goes on rates as if it were not.
    """
    other, draft = aliased(Assignment), aliased(Rating)
    return set(
        session.scalars(
            sa.select(Assignment.id)
            .join(
                other,
                sa.and_(
                    other.sitting_id == Assignment.sitting_id,
                    other.round == Assignment.round,
                    other.slot.is_not_distinct_from(Assignment.slot),
                    other.assessor_id != Assignment.assessor_id,
                    other.state == AssignmentState.RETURNED,
                    other.because == Because.REPLACED,
                ),
            )
            .join(
                draft,
                sa.and_(
                    draft.sitting_id == other.sitting_id,
                    draft.assessor_id == other.assessor_id,
                    draft.round == other.round,
                ),
            )
            .where(Assignment.assessor_id == by.person_id, Assignment.state == AssignmentState.OPEN)
        )
    )
