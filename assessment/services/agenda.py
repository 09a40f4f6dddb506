"""The agenda: what each centre needs next from its administrator, counted for many centres in few queries."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.models.centre import CentreExercise, ExerciseVersion
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Round, Vacancy
from assessment.models.sitting import Sitting, SittingState
from assessment.services.workloads import PER_SITTING


@dataclass(frozen=True)
class Tally:
    """How many of what there are in one centre."""

    participants: int = 0
    to_invite: int = 0
    not_accepted: int = 0
    """Invited, but the notice is not accepted yet."""
    requests: int = 0
    """Requests for an adjustment that wait for an answer."""
    finished: int = 0
    withdrawn: int = 0
    assessors: int = 0
    uncovered: int = 0
    """Rated sittings with fewer than two assessors (M5), those in the pool left out."""


def tallies(session: Session, centre_ids: Collection[UUID]) -> dict[UUID, Tally]:
    """The tally of each of these centres, in three queries however many they are."""
    here = Enrolment.state != EnrolmentState.WITHDRAWN
    people = session.execute(
        sa.select(
            Enrolment.centre_id,
            _count(here),
            _count(here, Enrolment.invited_at.is_(None)),
            _count(here, Enrolment.invited_at.is_not(None), Enrolment.notice_accepted_at.is_(None)),
            _count(
                here,
                Enrolment.adjustment_requested_at.is_not(None),
                Enrolment.adjustment_decided_at.is_(None),
            ),
            _count(Enrolment.state == EnrolmentState.FINISHED),
            _count(Enrolment.state == EnrolmentState.WITHDRAWN),
        )
        .where(Enrolment.centre_id.in_(centre_ids))
        .group_by(Enrolment.centre_id)
    )
    assessors = _pairs(
        session,
        sa.select(Seat.centre_id, sa.func.count())
        .where(Seat.centre_id.in_(centre_ids), Seat.seat == SeatName.ASSESSOR)
        .group_by(Seat.centre_id),
    )
    uncovered = _uncovered(session, centre_ids)
    found = {row[0]: row[1:] for row in people}
    return {
        centre_id: Tally(
            *found.get(centre_id, (0,) * 6), assessors.get(centre_id, 0), uncovered.get(centre_id, 0)
        )
        for centre_id in centre_ids
    }


def _uncovered(session: Session, centre_ids: Collection[UUID]) -> dict[UUID, int]:
    assigned = (
        sa.select(sa.func.count())
        .where(
            Assignment.sitting_id == Sitting.id,
            Assignment.state == AssignmentState.OPEN,
            Assignment.round == Round.FIRST,
            Assignment.reserved_until_at.is_(None),
        )
        .correlate(Sitting)
        .scalar_subquery()
    )
    pooled = (
        sa.select(sa.func.count())
        .where(Vacancy.sitting_id == Sitting.id)
        .correlate(Sitting)
        .scalar_subquery()
    )
    return _pairs(
        session,
        sa.select(CentreExercise.centre_id, sa.func.count())
        .join(Sitting, Sitting.centre_exercise_id == CentreExercise.id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(ExerciseVersion, ExerciseVersion.hash == Sitting.version_hash)
        .where(
            CentreExercise.centre_id.in_(centre_ids),
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            ExerciseVersion.rubric_hash.is_not(None),
            assigned + pooled < PER_SITTING,
        )
        .group_by(CentreExercise.centre_id),
    )


def _pairs(session: Session, query: sa.Select[UUID, int]) -> dict[UUID, int]:
    return {centre_id: count for centre_id, count in session.execute(query)}


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)
