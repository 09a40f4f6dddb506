"""Rehearsals: a marked copy of a centre in which synthetic people take part, and its removal without a trace of them.

A rehearsal has a programme of its own, so that nobody's role in a real one reaches it; its people have addresses at
which no mail can arrive, and a mark that ties them to it. What they do is chained in the rehearsal's own chain. Removal
deletes every row that hangs on the rehearsal, which the rules of the database allow for a rehearsal alone; its events,
which hold no words and no names, stay, with the removal as the last of them, so that no chain is ever cut.

Everything is done in portions, each a transaction of its own: a rehearsal beside a running centre holds nobody up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal, mail
from assessment.access import Actor, HeldRole
from assessment.database import Base, Database
from assessment.models.centre import Centre, CentreExercise, CentreState, Policy, Weight
from assessment.models.enrolment import Enrolment
from assessment.models.person import LinkPurpose, Person, Role, RoleName, SeatName
from assessment.models.programme import Programme, ProgrammeState
from assessment.models.rating import Assignment, Integration, Rating
from assessment.models.report import Report
from assessment.models.sitting import Revision, Sitting
from assessment.services import assignments, calibrations, centres, enrolments, links, people, workloads
from assessment.services.imports import Participant

PORTION = 100
"""How many people are made in one transaction, and how many enrolments are removed in one."""
SLOWER = (10, 1.25)
"""Every tenth participant has a time factor of 1.25, as in a real centre some do."""
LANGUAGES = ("en", "nl")


class NothingToRehearse(errors.KleiError):
    status = 404
    sentence = "There is no open centre and no draft to rehearse."


class IsARehearsal(errors.NotAllowedNow):
    sentence = "This is a rehearsal itself. Name the centre that it rehearses."


class NotARehearsal(errors.NotAllowedNow):
    sentence = "This is not a rehearsal, and so it cannot be removed."


class TooFewAssessors(errors.Invalid):
    sentence = "A rehearsal needs at least two assessors: every sitting is rated by two."


@dataclass(frozen=True)
class Guest:
    """A synthetic person, and the link that in real life comes by mail."""

    person_id: UUID
    email: str
    language: str
    token: str
    enrolment_id: UUID | None = None
    sittings: tuple[UUID, ...] = ()
    """In the order of the centre."""


@dataclass(frozen=True)
class Rehearsal:
    """A copy that is open, with everybody who is to come."""

    centre_id: UUID
    name: str
    participants: tuple[Guest, ...]
    assessors: tuple[Guest, ...]


# Making.


def choose(session: Session, centre_id: UUID | None = None) -> Centre:
    """The centre to rehearse: this one, or the newest that is open or in draft.

    :raises NotFound: when there is no such centre. :raises IsARehearsal: when it is a rehearsal.
    :raises NothingToRehearse: when there is none.
    """
    query = sa.select(Centre).options(
        joinedload(Centre.programme),
        selectinload(Centre.exercises),
        selectinload(Centre.weights),
        selectinload(Centre.policies),
    )
    if centre_id is not None:
        found = session.scalar(query.where(Centre.id == centre_id))
        if found is None:
            raise errors.NotFound
        if found.is_copy:
            raise IsARehearsal
        return found
    newest = session.scalar(
        query.where(Centre.rehearsal_of_id.is_(None), Centre.state.in_((CentreState.OPEN, CentreState.DRAFT)))
        .order_by(Centre.created_at.desc(), Centre.id)
        .limit(1)
    )
    if newest is None:
        raise NothingToRehearse
    return newest


def make(
    database: Database, centre_id: UUID | None = None, *, participants: int, assessors: int
) -> Rehearsal:
    """Copy a centre, fill the copy with synthetic people, and open it.

    :raises TooFewAssessors: with fewer than two. :raises assessment.services.centres.CannotOpen: when the centre is a
        draft that cannot open yet, with everything that has to be changed first.
    """
    if assessors < workloads.PER_SITTING:
        raise TooFewAssessors
    with database.writing() as session:
        centre = _copy(session, choose(session, centre_id))
        by = _administrator(session, centre)
        raters = _people(session, centre, "assessor", range(1, assessors + 1))
        for person, _guest in raters:
            _join(session, centre, person, by)
        _open(session, centre, by)
        journal.record(
            session,
            "rehearsal.made",
            "centre",
            centre.id,
            by=by,
            centre_id=centre.id,
            rehearses=centre.rehearsal_of_id,
            participants=participants,
            assessors=assessors,
        )
    guests: list[Guest] = []
    for numbers in _portions(range(1, participants + 1)):
        with database.writing() as session:
            guests += _enrol(session, session.get_one(Centre, centre.id), numbers, by)
    if guests:
        with database.writing() as session:
            assignments.assign(session, session.get_one(Centre, centre.id), by=by)
    return Rehearsal(centre.id, centre.name, tuple(guests), tuple(guest for _person, guest in raters))


def _copy(session: Session, source: Centre) -> Centre:
    """A draft like the source, marked, with its window moved to now."""
    now = clock.now()
    programme = Programme(
        name=f"Rehearsal of {source.programme.name}",
        purpose=source.programme.purpose,
        strategic_question=source.programme.strategic_question,
        state=ProgrammeState.RUNNING,
        created_at=now,
        is_rehearsal=True,
    )
    session.add(programme)
    session.flush()  # the centre points to its id
    starts, ends = _window(source, now)
    centre = Centre(
        programme_id=programme.id,
        name=f"Rehearsal of {source.name}",
        rehearsal_of_id=source.id,
        time_zone=source.time_zone,
        first_start_at=now - timedelta(minutes=1),
        latest_start_at=starts,
        latest_end_at=ends,
        job_analysis_who=source.job_analysis_who,
        job_analysis_when=source.job_analysis_when,
        job_analysis_how=source.job_analysis_how,
        may_be_blocked=source.may_be_blocked,
        report_valid_months=source.report_valid_months,
        created_at=now,
    )
    session.add(centre)
    session.flush()  # so does what it is made of
    session.add_all(
        CentreExercise(
            centre_id=centre.id,
            position=entry.position,
            slug=entry.slug,
            exercise=entry.exercise,
            version_hash=entry.version_hash,
        )
        for entry in source.exercises
    )
    session.add_all(
        Weight(centre_id=centre.id, dimension=one.dimension, exercise=one.exercise, value=one.value)
        for one in source.weights
    )
    session.add_all(
        Policy(
            centre_id=centre.id,
            language=one.language,
            purpose=one.purpose,
            readers=one.readers,
            keeping=one.keeping,
            deciding=one.deciding,
            reassessment=one.reassessment,
        )
        for one in source.policies
    )
    session.flush()
    session.refresh(centre, ["exercises", "weights", "policies", "programme"])
    return centre


def _window(source: Centre, now: datetime) -> tuple[datetime, datetime]:
    """As long as the source's, but from now; a day where the source has none yet."""
    day = timedelta(days=1)
    if not (source.first_start_at and source.latest_start_at and source.latest_end_at):
        return now + day, now + 2 * day
    starts = now + max(day, source.latest_start_at - source.first_start_at)
    return starts, starts + max(day, source.latest_end_at - source.latest_start_at)


def _administrator(session: Session, centre: Centre) -> Actor:
    """The synthetic administrator in whose name the rehearsal is made. Nobody can log in as them."""
    person = Person(
        email=_address(centre, "administrator", 1),
        name="Synthetic administrator",
        rehearsal_id=centre.id,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    people.take_seat(session, centre, person, SeatName.STAFF)
    session.add(
        Role(person_id=person.id, role=RoleName.ADMINISTRATOR, centre_id=centre.id, given_at=clock.now())
    )
    held = HeldRole(RoleName.ADMINISTRATOR, centre_id=centre.id)
    return Actor(person.id, person.name, person.email, "en", person.time_zone, frozenset({held}))


def _people(
    session: Session, centre: Centre, role: str, numbers: Sequence[int]
) -> list[tuple[Person, Guest]]:
    made = [
        Person(
            email=_address(centre, role, number),
            name=f"Synthetic {role} {number}",
            language=LANGUAGES[number % len(LANGUAGES)],
            time_zone=centre.time_zone,
            rehearsal_id=centre.id,
            created_at=clock.now(),
        )
        for number in numbers
    ]
    session.add_all(made)
    session.flush()  # links and seats point to their ids
    return [
        (one, Guest(one.id, one.email, one.language, links.make(session, one, LinkPurpose.INVITATION)))
        for one in made
    ]


def _address(centre: Centre, role: str, number: int) -> str:
    return f"{role}{number}.{centre.id.hex[:12]}@rehearsal{mail.NOWHERE}"


def _join(session: Session, centre: Centre, person: Person, by: Actor) -> None:
    assignments.join(session, centre, person, by=by)
    calibrations.record(
        session,
        centre,
        person.id,
        exercise=None,
        valid_until_on=(clock.now() + timedelta(days=30)).date(),
        reason="Rehearsal: nobody was calibrated.",
        by=by,
    )


def _open(session: Session, centre: Centre, by: Actor) -> None:
    """Open the copy: of a draft by the rules, of an opened centre with exactly the versions that it is bound to."""
    source = session.get_one(Centre, centre.rehearsal_of_id)
    if source.state is CentreState.DRAFT:
        centres.open(session, centre.id, by=by)
        return
    centre.purpose, centre.opened_at, centre.state = source.purpose, clock.now(), CentreState.OPEN
    centres.record_opening(session, centre, by=by)
    session.flush()


def _enrol(session: Session, centre: Centre, numbers: Sequence[int], by: Actor) -> list[Guest]:
    made = _people(session, centre, "participant", numbers)
    every, factor = SLOWER
    enrolled = enrolments.enrol(
        session,
        centre,
        [
            Participant(
                email=person.email,
                name=person.name,
                language=person.language,
                time_zone=person.time_zone,
                department="Rehearsal",
                time_factor=factor if number % every == 0 else 1.0,
            )
            for number, (person, _guest) in zip(numbers, made, strict=True)
        ],
        by=by,
    )
    for one in enrolled:
        one.invited_at = clock.now()
        journal.record(session, "enrolment.invited", "enrolment", one.id, by=by, centre_id=centre.id)
    session.flush()  # the sittings were made just now
    of_person = {one.person_id: one.id for one in enrolled}
    own: dict[UUID, list[UUID]] = {one.id: [] for one in enrolled}
    for enrolment_id, sitting_id in session.execute(
        sa.select(Sitting.enrolment_id, Sitting.id)
        .where(Sitting.enrolment_id.in_(own))
        .order_by(Sitting.position)
    ):
        own[enrolment_id].append(sitting_id)
    return [
        Guest(
            guest.person_id,
            guest.email,
            guest.language,
            guest.token,
            of_person[guest.person_id],
            tuple(own[of_person[guest.person_id]]),
        )
        for _person, guest in made
    ]


def _portions(numbers: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(numbers), PORTION):
        yield numbers[first : first + PORTION]


# Looking.


def list_all(session: Session) -> list[Centre]:
    """The rehearsals that are still there, oldest first."""
    return list(
        session.scalars(
            sa.select(Centre)
            .where(Centre.rehearsal_of_id.is_not(None), ~Centre.is_for_benchmarks)
            .order_by(Centre.created_at)
        )
    )


def revisions(session: Session, centre_id: UUID) -> Iterator[Revision]:
    """Everything that was written in a rehearsal, sitting by sitting in the order of arrival."""
    yield from session.scalars(
        sa.select(Revision)
        .join(Sitting, Sitting.id == Revision.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(Enrolment.centre_id == centre_id)
        .order_by(Revision.sitting_id, Revision.id)
        .execution_options(yield_per=500)
    )


def sittings(session: Session, centre_id: UUID) -> list[Sitting]:
    """The sittings of a rehearsal, with their enrolments."""
    return list(
        session.scalars(
            sa.select(Sitting)
            .join(Sitting.enrolment)
            .where(Enrolment.centre_id == centre_id)
            .options(joinedload(Sitting.enrolment))
            .order_by(Sitting.enrolment_id, Sitting.position)
        )
    )


def work(session: Session, enrolment_ids: Sequence[UUID]) -> list[Assignment]:
    """The assignments over the sittings of these enrolments."""
    return list(
        session.scalars(
            sa.select(Assignment)
            .join(Assignment.sitting)
            .where(Sitting.enrolment_id.in_(enrolment_ids))
            .options(joinedload(Assignment.sitting))
        )
    )


def ratings_of(session: Session, enrolment_ids: Sequence[UUID]) -> list[Rating]:
    """The ratings of these enrolments, with what was given."""
    return list(
        session.scalars(
            sa.select(Rating)
            .join(Rating.sitting)
            .where(Sitting.enrolment_id.in_(enrolment_ids))
            .options(selectinload(Rating.dimensions), selectinload(Rating.ticks))
        )
    )


def integrations_of(session: Session, enrolment_ids: Sequence[UUID]) -> list[Integration]:
    """The integrations of these enrolments that have been opened."""
    return list(session.scalars(sa.select(Integration).where(Integration.enrolment_id.in_(enrolment_ids))))


def decisions(session: Session, report_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What became of these reports."""
    rows = session.execute(sa.select(Report.id, Report.state).where(Report.id.in_(report_ids)))
    return {report_id: state.value for report_id, state in rows}


# Removing.


def remove(database: Database, centre_id: UUID) -> None:
    """Delete a rehearsal with all that hangs on it. Its events stay, and the removal is the last.

    Stopped in the middle, it can be done again.

    :raises NotFound: when there is no such centre. :raises NotARehearsal: when it is a real one.
    """
    with database.reading() as session:
        centre = session.get(Centre, centre_id)
        if centre is None:
            raise errors.NotFound
        if not centre.is_rehearsal:
            raise NotARehearsal
        programme_id = centre.programme_id
        enrolled = session.scalars(sa.select(Enrolment.id).where(Enrolment.centre_id == centre_id)).all()
    for portion in _portions(enrolled):
        with database.writing() as session:
            _erase(session, Enrolment.__table__, portion)
    with database.reading() as session:
        guests = session.scalars(sa.select(Person.id).where(Person.rehearsal_id == centre_id)).all()
    with database.writing() as session:
        for portion in _portions(guests):
            _erase(session, Person.__table__, portion)
        _erase(session, Centre.__table__, [centre_id])
        _erase(session, Programme.__table__, [programme_id])
        journal.record(session, "rehearsal.removed", "centre", centre_id, by=None, centre_id=centre_id)


def _erase(session: Session, table: Any, ids: Sequence[Any]) -> None:
    """Delete rows by their id, after everything that points to them, whichever tables that is in today."""
    if not ids:
        return
    for child in Base.metadata.sorted_tables:
        for column in child.columns:
            if child is table or not any(key.column is table.c.id for key in column.foreign_keys):
                continue
            pointing = column.in_(ids)
            if "id" in child.primary_key.columns and _is_pointed_to(child):
                _erase(session, child, session.scalars(sa.select(child.c.id).where(pointing)).all())
            else:
                session.execute(sa.delete(child).where(pointing))
    session.execute(sa.delete(table).where(table.c.id.in_(ids)))


def _is_pointed_to(table: Any) -> bool:
    return any(
        key.column.table is table
        for other in Base.metadata.sorted_tables
        if other is not table
        for key in other.foreign_keys
    )
