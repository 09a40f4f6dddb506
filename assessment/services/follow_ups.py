"""Follow-ups: what HR may know of what came after the reports: counts per programme, small ones withheld, nobody's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.access import Actor
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import RoleName
from assessment.models.plan import ActionState, CheckIn, FeedbackRound, Plan, PlanAction
from assessment.models.programme import Programme
from assessment.models.report import Report, ReportState

LEAST_GROUP = 8
"""People with a report from which on a programme has figures (content R11)."""
LEAST_CELL = 5
"""People in any shown count, and in what is left beside it: nobody is told by subtraction."""


@dataclass(frozen=True)
class Share:
    """How many of how many people; the count is None where it would point at somebody."""

    of: int
    count: int | None

    @property
    def is_withheld(self) -> bool:
        return self.count is None


@dataclass(frozen=True)
class FollowUp:
    """The figures of one programme."""

    programme_id: UUID
    name: str
    n: int
    """People with a report."""
    plans: Share
    acted: Share
    """With an action done."""
    checked_in: tuple[tuple[int, Share], ...]
    asked: Share
    """Who asked colleagues for feedback."""

    @property
    def is_withheld(self) -> bool:
        return self.n < LEAST_GROUP


def share(count: int, of: int) -> Share:
    """A count that may be shown, or none: for too small a group, and where either part of it is too small."""
    small = of < LEAST_GROUP or 0 < count < LEAST_CELL or 0 < of - count < LEAST_CELL
    return Share(of, None if small else count)


def figures(session: Session, *, by: Actor) -> list[FollowUp]:
    """The figures of HR's programmes, in six queries however many there are."""
    query = sa.select(Programme).where(Programme.is_rehearsal.is_(False)).order_by(Programme.name)
    mine = by.programmes(RoleName.HR)
    if mine is not None:
        query = query.where(Programme.id.in_(mine))
    programmes = session.scalars(query).all()
    ids = [one.id for one in programmes]
    reported = (
        sa.select(Enrolment.id.label("id"), Centre.programme_id.label("programme_id"))
        .join(Centre, Centre.id == Enrolment.centre_id)
        .join(Report, Report.enrolment_id == Enrolment.id)
        .where(
            Centre.programme_id.in_(ids),
            Centre.state != CentreState.DRAFT,
            Centre.rehearsal_of_id.is_(None),
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Report.state.in_((ReportState.WITH_PARTICIPANT, ReportState.RELEASED, ReportState.BLOCKED)),
        )
        .distinct()
        .subquery()
    )
    n = _counts(
        session, sa.select(reported.c.programme_id, sa.func.count()).group_by(reported.c.programme_id)
    )
    planned = (
        sa.select(reported.c.programme_id, sa.func.count(sa.distinct(Plan.id)))
        .join(Plan, Plan.enrolment_id == reported.c.id)
        .group_by(reported.c.programme_id)
    )
    plans = _counts(session, planned)
    acted = _counts(
        session,
        planned.join(PlanAction, PlanAction.plan_id == Plan.id).where(PlanAction.state == ActionState.DONE),
    )
    asked = _counts(session, planned.join(FeedbackRound, FeedbackRound.plan_id == Plan.id))
    looked = (
        sa.select(reported.c.programme_id, CheckIn.day, sa.func.count())
        .join(Plan, Plan.enrolment_id == reported.c.id)
        .join(CheckIn, CheckIn.plan_id == Plan.id)
        .where(CheckIn.done_at.is_not(None))
        .group_by(reported.c.programme_id, CheckIn.day)
    )
    checked: dict[tuple[UUID, int], int] = {(row[0], row[1]): row[2] for row in _rows(session, looked)}
    return [
        FollowUp(
            one.id,
            one.name,
            n.get(one.id, 0),
            share(plans.get(one.id, 0), n.get(one.id, 0)),
            share(acted.get(one.id, 0), n.get(one.id, 0)),
            tuple((day, share(checked.get((one.id, day), 0), n.get(one.id, 0))) for day in (30, 60, 90)),
            share(asked.get(one.id, 0), n.get(one.id, 0)),
        )
        for one in programmes
    ]


def _counts(session: Session, query: sa.Select[Any]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _rows(session: Session, query: sa.Select[Any]) -> Sequence[Any]:
    return session.execute(query).all()
