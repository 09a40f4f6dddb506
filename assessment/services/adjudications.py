"""Adjudications: where two ratings differ by two points or more, a third assessor rates, as blind as the others."""

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    DimensionRating,
    Rating,
    RatingState,
    Round,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.models.wash_up import Discussion, WashUpMember
from assessment.services import calibrations, meetings
from scoring.integration import ASSESSORS_DIFFER


class NotEligible(errors.Invalid):
    sentence = (
        "This assessor cannot adjudicate here: they rated it already, heard it discussed, are excluded, or have no valid "
        "calibration."
    )


def after_submission(session: Session, sitting: Sitting, centre: Centre, rating: Rating) -> None:
    """What a submitted rating leads to: an adjudication that is asked for, or one that is resolved."""
    if rating.round is Round.ADJUDICATION:
        found = session.scalar(sa.select(Adjudication).where(Adjudication.sitting_id == sitting.id))
        if found is None:
            raise errors.NotFound
        found.rating_id, found.resolved_at = rating.id, clock.now()
        journal.record(
            session,
            "adjudication.resolved",
            "adjudication",
            found.id,
            by=rating.assessor_id,
            centre_id=centre.id,
        )
        return
    if session.scalar(sa.select(Adjudication.id).where(Adjudication.sitting_id == sitting.id)):
        return
    disputed = _disputed(session, sitting.id)
    if not disputed:
        return
    made = Adjudication(sitting_id=sitting.id, dimensions=disputed, asked_at=clock.now())
    session.add(made)
    session.flush()  # the journal and the assignment need the id
    journal.record(
        session,
        "adjudication.asked",
        "adjudication",
        made.id,
        by=None,
        centre_id=centre.id,
        dimensions=disputed,
    )
    _assign_best(session, made, centre)


def _disputed(session: Session, sitting_id: UUID) -> list[str]:
    spread = sa.func.max(DimensionRating.score) - sa.func.min(DimensionRating.score)
    return list(
        session.scalars(
            sa.select(DimensionRating.dimension)
            .join(Rating)
            .where(
                Rating.sitting_id == sitting_id,
                Rating.round == Round.FIRST,
                Rating.state == RatingState.SUBMITTED,
            )
            .group_by(DimensionRating.dimension)
            .having(spread >= ASSESSORS_DIFFER)
            .order_by(DimensionRating.dimension)
        )
    )


def eligible(session: Session, adjudication: Adjudication, centre: Centre) -> list[Person]:
    """Who may adjudicate: the centre's calibrated assessors who have not had this sitting and are not excluded; the
    least loaded first.
    """
    return eligible_of(session, [adjudication], centre)[adjudication.id]


def eligible_of(session: Session, found: Sequence[Adjudication], centre: Centre) -> dict[UUID, list[Person]]:
    """For each of these adjudications of a centre who may be given it, in eight queries however many they are."""
    sittings = {
        row.id: row
        for row in session.execute(
            sa.select(Sitting.id, Sitting.enrolment_id, CentreExercise.exercise, Enrolment.manager_email)
            .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
            .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
            .where(Sitting.id.in_([one.sitting_id for one in found]))
        )
    }
    enrolment_ids = {row.enrolment_id for row in sittings.values()}
    had = _pairs(
        session,
        sa.select(Assignment.sitting_id, Assignment.assessor_id).where(
            Assignment.sitting_id.in_(list(sittings))
        ),
    )
    # Who recognised somebody knows them in every exercise.
    recognised = _pairs(
        session,
        sa.select(Sitting.enrolment_id, Assignment.assessor_id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .where(Sitting.enrolment_id.in_(enrolment_ids), Assignment.was_recognised()),
    )
    excluded = _pairs(
        session,
        sa.select(Exclusion.enrolment_id, Exclusion.assessor_id).where(
            Exclusion.enrolment_id.in_(enrolment_ids)
        ),
    )
    load = (
        sa.select(sa.func.count())
        .where(Assignment.assessor_id == Person.id, Assignment.state == AssignmentState.OPEN)
        .correlate(Person)
        .scalar_subquery()
    )
    people = session.scalars(
        sa.select(Person)
        .join(Seat, Seat.person_id == Person.id)
        .where(
            Seat.centre_id == centre.id,
            Seat.seat == SeatName.ASSESSOR,
            Seat.away_at.is_(None),
            Person.is_active,
        )
        .order_by(load, Person.email)
    ).all()
    ready = calibrations.ready(session, centre.id, on=clock.now().date())
    played = set(meetings.barred_of(session, centre))
    barred = had | recognised | excluded | played | informed(session, enrolment_ids)
    who: dict[UUID, list[Person]] = {}
    for one in found:
        sitting = sittings[one.sitting_id]
        keys = (sitting.id, sitting.enrolment_id)
        who[one.id] = [
            person
            for person in people
            if person.email != sitting.manager_email
            and not any((key, person.id) in barred for key in keys)
            and ready.get(person.id, set()) & {None, sitting.exercise}
        ]
    return who


def informed(session: Session, enrolment_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Who was a member of a wash-up when it came to these enrolments. They saw what others gave: none of them rates
    this participant blind any more. The three of a consultation need no rule, because they had its sitting.
    """
    return _pairs(
        session,
        sa.select(Discussion.enrolment_id, WashUpMember.assessor_id)
        .join(WashUpMember, WashUpMember.wash_up_id == Discussion.wash_up_id)
        .where(Discussion.enrolment_id.in_(enrolment_ids), Discussion.begun_at.is_not(None)),
    )


def _pairs(session: Session, query: sa.Select[UUID, UUID]) -> set[tuple[UUID, UUID]]:
    return {(one, assessor_id) for one, assessor_id in session.execute(query)}


def _assign_best(session: Session, adjudication: Adjudication, centre: Centre) -> None:
    people = eligible(session, adjudication, centre)
    if people:
        _give(session, adjudication, people[0].id, centre, by=None)


def assign(session: Session, adjudication_id: UUID, assessor_id: UUID, *, centre: Centre, by: Actor) -> None:
    """Give an adjudication to this assessor.

    :raises NotFound: when the centre has no such open adjudication. :raises NotEligible: when they may not.
    """
    found = session.scalar(
        sa.select(Adjudication)
        .join(Sitting)
        .join(CentreExercise)
        .where(
            Adjudication.id == adjudication_id,
            CentreExercise.centre_id == centre.id,
            Adjudication.resolved_at.is_(None),
        )
    )
    if found is None:
        raise errors.NotFound
    if assessor_id not in {person.id for person in eligible(session, found, centre)}:
        raise NotEligible
    _give(session, found, assessor_id, centre, by=by)


def assign_waiting(session: Session, centre: Centre) -> int:
    """Give what nobody has to whoever may; how many found somebody."""
    given = 0
    for adjudication in waiting_for(session, centre):
        before = adjudication.assignment_id
        _assign_best(session, adjudication, centre)
        given += adjudication.assignment_id != before
    return given


def _give(
    session: Session, adjudication: Adjudication, assessor_id: UUID, centre: Centre, *, by: Actor | None
) -> None:
    last = session.scalar(
        sa.select(sa.func.max(Assignment.place)).where(Assignment.assessor_id == assessor_id)
    )
    made = Assignment(
        sitting_id=adjudication.sitting_id,
        assessor_id=assessor_id,
        round=Round.ADJUDICATION,
        place=(last or 0) + 1,
        assigned_at=clock.now(),
    )
    session.add(made)
    session.flush()  # the adjudication points to it
    adjudication.assignment_id = made.id
    journal.record(
        session,
        "adjudication.assigned",
        "adjudication",
        adjudication.id,
        by=by,
        centre_id=centre.id,
        assessor=assessor_id,
    )


def waiting_for(session: Session, centre: Centre) -> list[Adjudication]:
    """The adjudications of a centre that nobody has: nobody could be given them, or they came back."""
    return list(
        session.scalars(
            sa.select(Adjudication)
            .join(Sitting)
            .join(Enrolment)
            .join(CentreExercise)
            .outerjoin(Assignment, Assignment.id == Adjudication.assignment_id)
            .where(
                CentreExercise.centre_id == centre.id,
                Enrolment.state != EnrolmentState.WITHDRAWN,
                Sitting.state != SittingState.VOID,
                Adjudication.resolved_at.is_(None),
                sa.or_(Adjudication.assignment_id.is_(None), Assignment.state == AssignmentState.RETURNED),
            )
            .order_by(Adjudication.asked_at, Adjudication.id)
        )
    )
