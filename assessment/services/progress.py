"""Progress: for each participant of a centre how far rating, integration and report are; never a level or a note.

What an administrator needs to keep the work going, counted: no mark of any assessor is even fetched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from assessment import clock
from assessment.models.centre import Centre, CentreExercise
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    Integration,
    IntegrationState,
    Rating,
    RatingState,
    Round,
    Vacancy,
)
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import adjudications, integrations, sittings, versions


class Step(StrEnum):
    """What comes next for one participant, in the order of the work."""

    EXERCISES = "exercises"
    RATINGS = "ratings"
    ADJUDICATION = "adjudication"
    INTEGRATION = "integration"
    REPORT = "report"
    PARTICIPANT = "participant"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class ThirdLook(StrEnum):
    """Where the adjudication of a sitting is."""

    NONE = "none"
    WAITS = "waits"
    UNDER_WAY = "under way"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class RatedSitting:
    """One sitting that people rate: how many have it, and how many have submitted."""

    exercise: str
    is_over: bool
    is_excluded: bool
    assigned: int = 0
    submitted: int = 0
    third_look: ThirdLook = ThirdLook.NONE
    pooled: int = 0
    """Ratings that are left to whoever is free."""


@dataclass(frozen=True)
class Responsible:
    """An assessor who may answer for an integration, because they rated there."""

    person_id: UUID
    name: str


@dataclass(frozen=True)
class Line:
    """One participant, from the first rating to the decision about the report."""

    enrolment: Enrolment
    person: Person
    step: Step
    sittings: tuple[RatedSitting, ...]
    waits_for: tuple[str, ...]
    """Message ids; empty when the integration has all it needs."""
    integration: IntegrationState | None
    responsible: Responsible | None
    others: tuple[Responsible, ...]
    """Who could be named instead, as long as the integration is open."""
    report: ReportState | None


def follow(session: Session, centre: Centre) -> list[Line]:
    """Everybody of a centre by name, in as many queries for many as for few."""
    enrolments = session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.centre_id == centre.id)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person))
        .order_by(sa.func.lower(Person.name), Person.email)
    ).all()
    ids = [enrolment.id for enrolment in enrolments]
    waits = integrations.missing_of(session, ids)
    rated = _rated(session, centre)
    raters = _raters(session, centre)
    reports = _reports(session, centre)
    opened = {
        one.enrolment_id: one
        for one in session.scalars(
            sa.select(Integration).join(Enrolment).where(Enrolment.centre_id == centre.id)
        )
    }
    lines = []
    for enrolment in enrolments:
        integration = opened.get(enrolment.id)
        able = raters.get(enrolment.id, ())
        named = integration.responsible_id if integration else None
        line = Line(
            enrolment,
            enrolment.person,
            Step.EXERCISES,
            rated.get(enrolment.id, ()),
            tuple(waits[enrolment.id]),
            integration.state if integration else None,
            next((one for one in able if one.person_id == named), None),
            tuple(one for one in able if one.person_id != named)
            if integration and integration.state is IntegrationState.OPEN
            else (),
            reports.get(enrolment.id),
        )
        lines.append(replace(line, step=_step(line)))
    return lines


def _step(line: Line) -> Step:
    looks = {one.third_look for one in line.sittings}
    is_signed = line.integration is IntegrationState.SIGNED
    cases = (
        (line.enrolment.state is EnrolmentState.WITHDRAWN, Step.WITHDRAWN),
        (line.report in (ReportState.RELEASED, ReportState.BLOCKED), Step.DECIDED),
        (line.report is ReportState.WITH_PARTICIPANT, Step.PARTICIPANT),
        (is_signed, Step.REPORT),
        (not line.waits_for, Step.INTEGRATION),
        (integrations.EXERCISES_MISSING in line.waits_for, Step.EXERCISES),
        (integrations.RATINGS_MISSING in line.waits_for and not looks & _PENDING, Step.RATINGS),
        (bool(looks & _PENDING), Step.ADJUDICATION),
    )
    return next((step for applies, step in cases if applies), Step.RATINGS)


_PENDING = {ThirdLook.WAITS, ThirdLook.UNDER_WAY}


def _rated(session: Session, centre: Centre) -> dict[UUID, tuple[RatedSitting, ...]]:
    """The sittings that people rate, by enrolment; counts of the two ratings and the state of the third."""
    counts = {
        sitting_id: (assigned, submitted)
        for sitting_id, assigned, submitted in session.execute(
            sa.select(Assignment.sitting_id, sa.func.count(Assignment.id), sa.func.count(Rating.id))
            .join(Assignment.sitting)
            .join(Sitting.centre_exercise)
            .outerjoin(
                Rating,
                sa.and_(
                    Rating.is_of_assignment(),
                    Rating.state == RatingState.SUBMITTED,
                ),
            )
            .where(
                CentreExercise.centre_id == centre.id,
                Assignment.round == Round.FIRST,
                Assignment.state == AssignmentState.OPEN,
                Assignment.reserved_until_at.is_(None),
            )
            .group_by(Assignment.sitting_id)
        )
    }
    pooled = {
        sitting_id: n
        for sitting_id, n in session.execute(
            sa.select(Vacancy.sitting_id, sa.func.count())
            .join(Vacancy.sitting)
            .join(Sitting.centre_exercise)
            .where(CentreExercise.centre_id == centre.id)
            .group_by(Vacancy.sitting_id)
        )
    }
    looks = {
        sitting_id: ThirdLook.RESOLVED
        if resolved_at
        else ThirdLook.UNDER_WAY
        if state is AssignmentState.OPEN
        else ThirdLook.WAITS
        for sitting_id, resolved_at, state in session.execute(
            sa.select(Adjudication.sitting_id, Adjudication.resolved_at, Assignment.state)
            .join(Adjudication.sitting)
            .join(Sitting.centre_exercise)
            .outerjoin(Assignment, Assignment.id == Adjudication.assignment_id)
            .where(CentreExercise.centre_id == centre.id)
        )
    }
    now = clock.now()
    found: dict[UUID, tuple[RatedSitting, ...]] = {}
    for sitting, exercise in session.execute(
        sa.select(Sitting, CentreExercise.exercise)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id, Sitting.state != SittingState.VOID)
        .order_by(Sitting.position)
    ):
        if versions.get(session, sitting.version_hash).rated:
            assigned, submitted = counts.get(sitting.id, (0, 0))
            made = RatedSitting(
                exercise,
                sittings.is_over(sitting, now),
                sitting.is_excluded,
                assigned,
                submitted,
                looks.get(sitting.id, ThirdLook.NONE),
                pooled.get(sitting.id, 0),
            )
            found[sitting.enrolment_id] = (*found.get(sitting.enrolment_id, ()), made)
    return found


def _raters(session: Session, centre: Centre) -> dict[UUID, tuple[Responsible, ...]]:
    """The assessors who submitted a rating, by enrolment and name."""
    found: dict[UUID, tuple[Responsible, ...]] = {}
    for enrolment_id, person_id, name in session.execute(
        sa.select(Sitting.enrolment_id, Person.id, Person.name)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .join(Person, Person.id == Rating.assessor_id)
        .join(Sitting.centre_exercise)
        .where(CentreExercise.centre_id == centre.id, Rating.state == RatingState.SUBMITTED)
        .group_by(Sitting.enrolment_id, Person.id, Person.name, Person.email)
        .order_by(sa.func.lower(Person.name), Person.email)
    ):
        found[enrolment_id] = (*found.get(enrolment_id, ()), Responsible(person_id, name))
    return found


def _reports(session: Session, centre: Centre) -> dict[UUID, ReportState]:
    """The state of the newest report of each enrolment; never its text."""
    return {
        enrolment_id: state
        for enrolment_id, state in session.execute(
            sa.select(Report.enrolment_id, Report.state)
            .join(Report.enrolment)
            .where(Enrolment.centre_id == centre.id)
            .order_by(Report.number)
        )
    }


# Adjudications that nobody has.


@dataclass(frozen=True)
class Unassigned:
    """An adjudication without an assessor, and who could be given it."""

    adjudication: Adjudication
    name: str
    exercise: str
    eligible: Sequence[Person]


def unassigned(session: Session, centre: Centre) -> list[Unassigned]:
    """The adjudications of a centre that nobody has, each with those who may, the least loaded first."""
    waiting = adjudications.waiting_for(session, centre)
    if not waiting:
        return []
    eligible = adjudications.eligible_of(session, waiting, centre)
    of_sitting = {
        sitting_id: (name, exercise)
        for sitting_id, name, exercise in session.execute(
            sa.select(Sitting.id, Person.name, CentreExercise.exercise)
            .join(Sitting.centre_exercise)
            .join(Sitting.enrolment)
            .join(Enrolment.person)
            .where(Sitting.id.in_([one.sitting_id for one in waiting]))
        )
    }
    return [Unassigned(one, *of_sitting[one.sitting_id], eligible[one.id]) for one in waiting]
