"""Enrolments: who takes part in a centre, with which time, and how far they are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.person import Person, Role, RoleName, Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Rating
from assessment.models.sitting import Sitting, SittingState
from assessment.services import imports, meetings, people, sittings
from assessment.services.imports import Participant, Row, RowProblem

ENROLMENT_FIELDS = ("department", "discipline", "site", "manager_email", "time_factor", "external_id")


class CentreClosed(errors.NotAllowedNow):
    sentence = "This centre is closed: nobody can be added any more."


class AlreadyEnrolled(errors.Invalid):
    sentence = "This person already takes part in this centre."


class Withdrawn(errors.NotAllowedNow):
    sentence = "This participant has withdrawn."


class AlreadyRating(errors.NotAllowedNow):
    sentence = "This assessor has already begun to rate this participant, so the exclusion comes too late. Ask for the sitting to be returned."


class FileHasProblems(errors.Invalid):
    """The import was stopped: rows have problems. Nothing was imported."""

    sentence = "Some rows cannot be imported. Nothing was changed; correct the file and choose it again."


class FactorTooLarge(errors.Invalid):
    sentence = (
        "With this factor somebody who starts last would need time after the centre's latest end; the largest possible "
        "one is %(largest)s. Move the latest end first, or choose a smaller factor."
    )

    def __init__(self, largest: float) -> None:
        super().__init__(largest=f"{math.floor(largest * 100) / 100:g}", field="factor")


class TimeReason(StrEnum):
    """Why somebody has another time: a code, never a diagnosis (M4)."""

    REQUESTED = "requested"
    AGREED = "agreed"
    CORRECTED = "corrected"


# Finding.


def get(session: Session, centre: Centre, enrolment_id: UUID, *, lock: bool = False) -> Enrolment:
    """An enrolment of this centre, with its person and exclusions.

    :raises NotFound: when it is not of this centre.
    """
    query = (
        sa.select(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.centre_id == centre.id)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person), selectinload(Enrolment.exclusions))
    )
    if lock:
        query = query.with_for_update(of=Enrolment).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise errors.NotFound
    return found


# Adding.


class Fate(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PROBLEM = "problem"


@dataclass(frozen=True)
class PreviewRow:
    row: Row
    fate: Fate
    changes: tuple[str, ...] = ()
    """The columns that would change."""


@dataclass(frozen=True)
class Preview:
    """What an import would do, row by row."""

    rows: tuple[PreviewRow, ...]

    def count(self, fate: Fate) -> int:
        return sum(1 for entry in self.rows if entry.fate == fate)

    @property
    def may_import(self) -> bool:
        return not self.count(Fate.PROBLEM) and bool(self.count(Fate.NEW) + self.count(Fate.CHANGED))


def preview(session: Session, centre: Centre, text: str, *, language: str = "en") -> Preview:
    """What importing this CSV text would do; nothing is changed.

    :raises assessment.services.imports.Unreadable: when the file as a whole cannot be used.
    """
    rows = imports.read(text, language=language)
    return Preview(_judged(session, centre, rows))


def import_text(session: Session, centre: Centre, text: str, *, language: str = "en", by: Actor) -> Preview:
    """Import all rows, or none. The same file twice changes nothing.

    :raises FileHasProblems: when a single row has a problem.
    """
    centre = _take_turn(session, centre)
    seen = preview(session, centre, text, language=language)
    if seen.count(Fate.PROBLEM):
        raise FileHasProblems
    _update(session, centre, seen, by=by)
    new = [entry.row.participant for entry in seen.rows if entry.fate is Fate.NEW and entry.row.participant]
    _enrol(session, centre, new, by=by)
    return seen


def add(session: Session, centre: Centre, participant: Participant, *, by: Actor) -> Enrolment:
    """Enrol one person by hand; somebody new gets an account.

    :raises AlreadyEnrolled: when they take part already.
    :raises assessment.services.people.OtherSeat: when they are an assessor or staff of this centre.
    """
    centre = _take_turn(session, centre)
    entry = participant.entry.checked()
    manager = people.checked_email(participant.manager_email) if participant.manager_email else ""
    participant = replace(participant, email=entry.email, name=entry.name, manager_email=manager)
    person = people.find(session, entry.email)
    if person and session.scalar(
        sa.select(Enrolment.id).where(Enrolment.centre_id == centre.id, Enrolment.person_id == person.id)
    ):
        raise AlreadyEnrolled(field="email")
    largest = largest_factor_possible(session, centre)
    if largest is not None and participant.time_factor > largest:
        raise FactorTooLarge(largest)
    (made,) = _enrol(session, centre, [participant], by=by)
    return made


def enrol(
    session: Session, centre: Centre, participants: Sequence[Participant], *, by: Actor
) -> list[Enrolment]:
    """Enrol people who are known already and not enrolled yet, all at once; those of a rehearsal come this way."""
    return _enrol(session, _take_turn(session, centre), participants, by=by)


def _take_turn(session: Session, centre: Centre) -> Centre:
    """The centre as it is now, locked: one after the other, so that two imports at once do not add anybody twice."""
    fresh = session.scalars(
        sa.select(Centre)
        .where(Centre.id == centre.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if fresh.state is CentreState.CLOSED:
        raise CentreClosed
    return fresh


def _judged(session: Session, centre: Centre, rows: Sequence[Row]) -> tuple[PreviewRow, ...]:
    emails = [row.participant.email for row in rows if row.participant]
    enrolled = {enrolment.person.email: enrolment for enrolment in _enrolled(session, centre, emails)}
    seats = {
        email: (seat, name)
        for email, seat, name in session.execute(
            sa.select(Person.email, Seat.seat, Person.name)
            .join(Seat, Seat.person_id == Person.id)
            .where(Seat.centre_id == centre.id, Person.email.in_(emails))
        )
    }
    largest = largest_factor_possible(session, centre)
    judged = []
    for row in rows:
        participant = row.participant
        if participant is None:
            judged.append(PreviewRow(row, Fate.PROBLEM))
            continue
        seat, name = seats.get(participant.email, (SeatName.PARTICIPANT, ""))
        problem = None
        if seat is not SeatName.PARTICIPANT:
            problem = RowProblem("email", people.OtherSeat(seat, name, centre.name))
        elif largest is not None and participant.time_factor > largest:
            problem = RowProblem("time_factor", FactorTooLarge(largest))
        if problem:
            judged.append(PreviewRow(Row(row.number, row.cells, None, (problem,)), Fate.PROBLEM))
            continue
        enrolment = enrolled.get(participant.email)
        changes = _changes(enrolment, row) if enrolment else ()
        fate = Fate.NEW if enrolment is None else Fate.CHANGED if changes else Fate.UNCHANGED
        judged.append(PreviewRow(row, fate, changes))
    return tuple(judged)


def _changes(enrolment: Enrolment, row: Row) -> tuple[str, ...]:
    """What a row would change of somebody enrolled: only columns that the file has. An account stays its owner's."""
    return tuple(
        name
        for name in ENROLMENT_FIELDS
        if name in row.cells and getattr(row.participant, name) != getattr(enrolment, name)
    )


def _enrol(
    session: Session, centre: Centre, participants: Sequence[Participant], *, by: Actor
) -> list[Enrolment]:
    """Enrol those who are not yet; the caller holds the centre's turn and has looked."""
    found = people.add_all(session, [participant.entry for participant in participants], by=by)
    ids = [person.id for person in found.values()]
    having_role = set(
        session.scalars(
            sa.select(Role.person_id).where(
                Role.role == RoleName.PARTICIPANT, Role.centre_id == centre.id, Role.person_id.in_(ids)
            )
        )
    )
    now = clock.now()
    made = []
    for participant in participants:
        person = found[participant.email]
        people.take_seat(session, centre, person, SeatName.PARTICIPANT)
        if person.id not in having_role:
            session.add(
                Role(person_id=person.id, role=RoleName.PARTICIPANT, centre_id=centre.id, given_at=now)
            )
        enrolment = Enrolment(
            centre_id=centre.id,
            person_id=person.id,
            created_at=now,
            **{name: getattr(participant, name) for name in ENROLMENT_FIELDS},
        )
        session.add(enrolment)
        made.append(enrolment)
    session.flush()  # sittings and the journal point to the new ids
    for enrolment in made:
        journal.record(
            session,
            "enrolment.added",
            "enrolment",
            enrolment.id,
            by=by,
            centre_id=centre.id,
            person=enrolment.person_id,
        )
    if centre.state is CentreState.OPEN:
        make_sittings(session, centre, made)
    return made


def _update(session: Session, centre: Centre, seen: Preview, *, by: Actor) -> None:
    """Change what the rows change; columns that the file does not have stay as they are."""
    changed = {
        entry.row.participant.email: entry
        for entry in seen.rows
        if entry.fate is Fate.CHANGED and entry.row.participant
    }
    for enrolment in _enrolled(session, centre, changed):
        entry = changed[enrolment.person.email]
        for name in entry.changes:
            setattr(enrolment, name, getattr(entry.row.participant, name))
        journal.record(
            session,
            "enrolment.changed",
            "enrolment",
            enrolment.id,
            by=by,
            centre_id=centre.id,
            fields=entry.changes,
        )


def _enrolled(session: Session, centre: Centre, emails: Iterable[str]) -> Sequence[Enrolment]:
    return session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.centre_id == centre.id, Person.email.in_(list(emails)))
        .options(contains_eager(Enrolment.person))
    ).all()


def make_sittings(session: Session, centre: Centre, enrolments: Iterable[Enrolment] | None = None) -> int:
    """Make the sittings that are missing, of some enrolments or all; each has a code of its own."""
    chosen = enrolments
    if chosen is None:
        chosen = session.scalars(
            sa.select(Enrolment).where(
                Enrolment.centre_id == centre.id, Enrolment.state != EnrolmentState.WITHDRAWN
            )
        ).all()
    ids = [enrolment.id for enrolment in chosen]
    have = {
        (enrolment_id, exercise_id)
        for enrolment_id, exercise_id in session.execute(
            sa.select(Sitting.enrolment_id, Sitting.centre_exercise_id).where(
                Sitting.enrolment_id.in_(ids), Sitting.state != SittingState.VOID
            )
        )
    }
    exercises = session.scalars(
        sa.select(CentreExercise)
        .where(CentreExercise.centre_id == centre.id)
        .order_by(CentreExercise.position)
    ).all()
    missing = [
        (enrolment_id, exercise)
        for enrolment_id in ids
        for exercise in exercises
        if (enrolment_id, exercise.id) not in have
    ]
    session.add_all(
        Sitting(
            enrolment_id=enrolment_id,
            centre_exercise_id=exercise.id,
            version_hash=exercise.version_hash,
            position=exercise.position,
            code=code,
        )
        for (enrolment_id, exercise), code in zip(
            missing, sittings.new_codes(session, len(missing)), strict=True
        )
    )
    return len(missing)


# Changing.


def set_time(
    session: Session,
    centre: Centre,
    enrolment_id: UUID,
    *,
    factor: float,
    is_untimed: bool,
    reason: TimeReason,
    by: Actor,
) -> None:
    """Decide on somebody's time: a factor from 1 to 10, or no limit but the centre's end. It holds from the next start.

    :raises assessment.services.imports.NotAFactor: for a factor out of range.
    """
    enrolment = get(session, centre, enrolment_id, lock=True)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise Withdrawn
    factor = imports.factor(str(factor))
    largest = largest_factor_possible(session, centre)
    if largest is not None and factor > largest and not is_untimed:
        raise FactorTooLarge(largest)
    enrolment.time_factor = factor
    enrolment.is_untimed = is_untimed
    if enrolment.adjustment_requested_at:
        enrolment.adjustment_decided_at = clock.now()
    journal.record(
        session,
        "time.decided",
        "enrolment",
        enrolment.id,
        by=by,
        centre_id=centre.id,
        factor=enrolment.time_factor,
        is_untimed=is_untimed,
        reason=reason,
    )


def largest_factor_possible(session: Session, centre: Centre) -> float | None:
    """The factor with which somebody who starts last still has all their time before the latest end of an open centre."""
    if centre.state is not CentreState.OPEN or not centre.latest_start_at or not centre.latest_end_at:
        return None
    from assessment.services import centres

    minutes = max((exercise.minutes for exercise in centres.exercises_of(session, centre)), default=0)
    return (centre.latest_end_at - centre.latest_start_at) / timedelta(minutes=minutes) if minutes else None


def set_exclusions(
    session: Session, centre: Centre, enrolment_id: UUID, assessor_ids: Iterable[UUID], *, by: Actor
) -> None:
    """The assessors who may not rate this participant; assignments that have not been begun are taken back.

    :raises AlreadyRating: when one of them has begun to rate.
    """
    enrolment = get(session, centre, enrolment_id, lock=True)
    wanted = set(assessor_ids)
    seated = set(
        session.scalars(
            sa.select(Seat.person_id).where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR)
        )
    )
    if wanted - seated:
        raise errors.NotFound
    held = {exclusion.assessor_id for exclusion in enrolment.exclusions}
    new = wanted - held
    _take_back(session, enrolment, new)
    enrolment.exclusions = [
        *(exclusion for exclusion in enrolment.exclusions if exclusion.assessor_id in wanted),
        *(
            Exclusion(enrolment_id=enrolment.id, assessor_id=assessor_id, created_at=clock.now())
            for assessor_id in sorted(new)
        ),
    ]
    journal.record(
        session,
        "exclusions.set",
        "enrolment",
        enrolment.id,
        by=by,
        centre_id=centre.id,
        assessors=sorted(map(str, wanted)),
    )


def _take_back(session: Session, enrolment: Enrolment, assessor_ids: set[UUID]) -> None:
    if not assessor_ids:
        return
    of_enrolment = sa.select(Sitting.id).where(Sitting.enrolment_id == enrolment.id)
    if session.scalar(
        sa.select(Rating.id)
        .where(Rating.sitting_id.in_(of_enrolment), Rating.assessor_id.in_(assessor_ids))
        .limit(1)
    ):
        raise AlreadyRating
    session.execute(
        sa.delete(Assignment).where(
            Assignment.sitting_id.in_(of_enrolment),
            Assignment.assessor_id.in_(assessor_ids),
            Assignment.state == AssignmentState.OPEN,
        )
    )


def withdraw(session: Session, centre: Centre, enrolment_id: UUID, *, by: Actor) -> None:
    """Note that a participant stops. What was written stays for their rights; nothing is rated or reported."""
    sittings.hold_all(session, get(session, centre, enrolment_id).id)
    enrolment = get(session, centre, enrolment_id, lock=True)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return
    # First, so that sealing neither finishes the enrolment nor opens its integration.
    enrolment.state = EnrolmentState.WITHDRAWN
    enrolment.withdrawn_at = clock.now()
    sittings.end(session, enrolment, by=by)
    meetings.free_all(session, enrolment, by=by)
    journal.record(session, "enrolment.withdrawn", "enrolment", enrolment.id, by=by, centre_id=centre.id)


# Who is where.


class Progress(StrEnum):
    """How far somebody is, in one word."""

    TO_INVITE = "to invite"
    INVITED = "invited"
    ACCEPTED = "accepted"
    WORKING = "working"
    BETWEEN = "between"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Place:
    """One exercise of one participant as it stands now."""

    exercise: str
    code: str
    state: SittingState
    """Derived: a running sitting whose time is over reads as sealed."""
    deadline_at: datetime | None
    minutes_left: int | None
    sitting_id: UUID
    is_excluded: bool
    exclusion_reason: str


@dataclass(frozen=True)
class Whereabouts:
    """One participant, and how far they are."""

    enrolment: Enrolment
    person: Person
    progress: Progress
    places: tuple[Place, ...]

    @property
    def wants_adjustment(self) -> bool:
        return bool(self.enrolment.adjustment_requested_at and not self.enrolment.adjustment_decided_at)


def who_is_where(session: Session, centre: Centre) -> list[Whereabouts]:
    """Everybody of a centre by name, in three queries however many they are."""
    now = clock.now()
    enrolments = session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.centre_id == centre.id)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person), selectinload(Enrolment.exclusions))
        .order_by(sa.func.lower(Person.name), Person.email)
    ).all()
    places: dict[UUID, list[Place]] = {}
    for sitting, exercise in session.execute(
        sa.select(Sitting, CentreExercise.exercise)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id, Sitting.state != SittingState.VOID)
        .order_by(Sitting.position)
    ):
        places.setdefault(sitting.enrolment_id, []).append(_place(sitting, exercise, now))
    return [
        Whereabouts(
            enrolment,
            enrolment.person,
            _progress(enrolment, mine := tuple(places.get(enrolment.id, ()))),
            mine,
        )
        for enrolment in enrolments
    ]


def _place(sitting: Sitting, exercise: str, now: datetime) -> Place:
    is_over = sittings.is_over(sitting, now)
    state = SittingState.SEALED if is_over else sitting.state
    left = None
    if state is SittingState.RUNNING and sitting.deadline_at:
        left = int((sitting.deadline_at - now).total_seconds() // 60)
    return Place(
        exercise,
        sitting.code,
        state,
        sitting.deadline_at,
        left,
        sitting.id,
        sitting.is_excluded,
        sitting.exclusion_reason,
    )


def _progress(enrolment: Enrolment, places: tuple[Place, ...]) -> Progress:
    states = {place.state for place in places}
    cases = (
        (enrolment.state is EnrolmentState.WITHDRAWN, Progress.WITHDRAWN),
        (
            enrolment.state is EnrolmentState.FINISHED or (states and states == {SittingState.SEALED}),
            Progress.DONE,
        ),
        (bool(states & {SittingState.RUNNING, SittingState.PAUSED}), Progress.WORKING),
        (SittingState.SEALED in states, Progress.BETWEEN),
        (enrolment.notice_accepted_at is not None, Progress.ACCEPTED),
        (enrolment.invited_at is not None, Progress.INVITED),
    )
    return next((progress for applies, progress in cases if applies), Progress.TO_INVITE)
