"""Re-assessment: two centres of the same person side by side, with the test of reliable change."""

from collections.abc import Callable, Sequence
from math import sqrt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment.access import Actor
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.report import Report, ReportState
from assessment.sections.facts import DimensionFacts, ReportFacts
from assessment.sections.reassessment import Change, Reassessment
from assessment.services import reports
from scoring.reliability import reliable_change

LEVEL = 0.95


def of_participant(session: Session, report: Report, *, by: Actor) -> Reassessment | None:
    """A participant's own report beside the one of their centre before it, if there is one."""
    return _of(session, report, lambda one: one.enrolment.person_id == by.person_id, list(ReportState)[1:4])


def for_hr(session: Session, report: Report, *, by: Actor) -> Reassessment | None:
    """A released report beside the released one of the centre before it, if HR may read both now."""
    return _of(
        session, report, lambda one: reports.may_read(one.enrolment.centre, by=by), [ReportState.RELEASED]
    )


def _of(
    session: Session, report: Report, may: Callable[[Report], bool], states: Sequence[ReportState]
) -> Reassessment | None:
    assert report.signed_at
    earlier = session.scalars(
        sa.select(Report)
        .join(Enrolment)
        .where(
            Enrolment.person_id == report.enrolment.person_id,
            Enrolment.centre_id != report.enrolment.centre_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Report.signed_at < report.signed_at,
            Report.state.in_(states),
        )
        .options(joinedload(Report.enrolment).joinedload(Enrolment.centre), selectinload(Report.comments))
        .order_by(Report.signed_at.desc())
    ).unique()
    before = next((one for one in earlier if may(one)), None)
    return compare(reports.frozen(before), reports.frozen(report), before.id) if before else None


def compare(before: ReportFacts, after: ReportFacts, before_id: UUID | None = None) -> Reassessment:
    """Dimension by dimension: whether the two results differ by more than the error of both."""
    then = {one.id: one for one in before.dimensions}
    same = {one.id for one in before.exercises} == {one.id for one in after.exercises}
    return Reassessment(
        before.centre,
        before.signed_on,
        after.centre,
        after.signed_on,
        same,
        tuple(_change(then[one.id], one) for one in after.dimensions if one.id in then),
        str(before_id or ""),
    )


def _change(before: DimensionFacts, after: DimensionFacts) -> Change:
    errors = [_error(before), _error(after)]
    if before.estimate is None or after.estimate is None or None in errors:
        return Change(after.id, after.name, before, after, None)
    # Both have a standard error of their own: the two squares are averaged, so that error √2 is that of the difference.
    error = sqrt(sum(one**2 for one in errors if one is not None) / 2)
    found = reliable_change(before.estimate, after.estimate, error, 0.0, LEVEL)
    if not found.is_reliable:
        return Change(after.id, after.name, before, after, "same")
    return Change(after.id, after.name, before, after, "more" if after.estimate > before.estimate else "less")


def _error(one: DimensionFacts) -> float | None:
    """The standard error that the range line shows; where the scale cuts it off, the whole side."""
    if one.estimate is None or one.low is None or one.high is None:
        return None
    return max(one.high - one.estimate, one.estimate - one.low)
