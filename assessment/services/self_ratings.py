"""Self-ratings: how participants see themselves, before, after and ninety days after the report. Never scored.

What is kept is theirs: no journal entry, no other role.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.models.centre import CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.own_view import Moment, SelfRating
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import centres, notices, sittings
from exercises.rubric import LEVELS, Dimension

LATER_AFTER = timedelta(days=90)


class MomentPassed(errors.NotAllowedNow):
    sentence = "This cannot be changed now: its moment has passed, or has not come yet."


class NothingChosen(errors.Invalid):
    sentence = "Choose an answer for one of them at least, or go on without."


class NotOnTheScale(errors.Invalid):
    sentence = "Something in this form has to be changed."


def dimensions(session: Session, enrolment: Enrolment) -> tuple[Dimension, ...]:
    """What the exercises of the centre show, in the order of the report: nobody is asked about anything else."""
    return tuple(row.dimension for row in centres.matrix(session, enrolment.centre))


def is_open(
    moment: Moment,
    enrolment: Enrolment,
    sat: Iterable[Sitting],
    reports: Iterable[Report],
    now: datetime,
) -> bool:
    """Whether this is the moment, with what counts of the enrolment's sittings and its reports at hand.

    Before: from the notice to the first start. After: from the last end, or from when nothing can be started any more,
    until the report can be read, because then it is no own view any more. Later: from ninety days after the report as it
    stands, while that is valid.
    """
    if enrolment.state is EnrolmentState.WITHDRAWN or enrolment.notice_accepted_at is None:
        return False
    if moment is Moment.LATER:
        return _is_later([one for one in reports if one.state is not ReportState.DRAFT], now)
    sat = list(sat)
    has_begun = any(one.started_at or one.continues_id for one in sat)
    centre = enrolment.centre
    is_past = centre.state is CentreState.CLOSED or bool(
        centre.latest_start_at and now > centre.latest_start_at
    )
    if moment is Moment.BEFORE:
        return not has_begun and not is_past
    is_done = all(sittings.is_over(one, now) or (one.state is SittingState.READY and is_past) for one in sat)
    is_reported = any(report.state is not ReportState.DRAFT for report in reports)
    return has_begun and is_done and not is_reported


def _is_later(signed: Collection[Report], now: datetime) -> bool:
    sent = [report.sent_at for report in signed if report.sent_at]
    return (
        bool(sent)
        and max(sent) + LATER_AFTER <= now
        and any(report.valid_until_on and now.date() <= report.valid_until_on for report in signed)
    )


def open_moment(session: Session, enrolment: Enrolment, now: datetime) -> Moment | None:
    """The moment it is for the participant's own enrolment, if it is one."""
    sat = sittings.list_for(session, enrolment)
    reports = session.scalars(sa.select(Report).where(Report.enrolment_id == enrolment.id)).all()
    return next((one for one in Moment if is_open(one, enrolment, sat, reports, now)), None)


def rate(
    session: Session, enrolment_id: UUID, moment: Moment, values: Mapping[str, int], *, by: Actor
) -> None:
    """Keep how the participant sees themselves at this moment, instead of what was kept for it before.

    :raises NotFound: when the enrolment is not theirs. :raises MomentPassed: before or after the moment.
    :raises NothingChosen: without any value. :raises NotOnTheScale: for a value or a dimension that was not asked.
    """
    enrolment = _held(session, enrolment_id, moment, by=by)
    asked = {dimension.id for dimension in dimensions(session, enrolment)}
    if not values:
        raise NothingChosen
    if not set(values) <= asked or not set(values.values()) <= set(LEVELS):
        raise NotOnTheScale
    _clear(session, enrolment, moment)
    now = clock.now()
    session.add_all(
        SelfRating(enrolment_id=enrolment.id, moment=moment, dimension=dimension, value=value, changed_at=now)
        for dimension, value in values.items()
    )


def take_back(session: Session, enrolment_id: UUID, moment: Moment, *, by: Actor) -> None:
    """Remove what was kept for this moment, as long as it could be changed.

    :raises NotFound: when the enrolment is not theirs. :raises MomentPassed: before or after the moment.
    """
    _clear(session, _held(session, enrolment_id, moment, by=by), moment)


def _held(session: Session, enrolment_id: UUID, moment: Moment, *, by: Actor) -> Enrolment:
    """The participant's own enrolment at its moment, so that nothing starts or is written beside it meanwhile."""
    enrolment = notices.get(session, enrolment_id, by=by)
    sittings.hold_all(session, enrolment.id)
    session.execute(sa.select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update())
    if open_moment(session, enrolment, clock.now()) is not moment:
        raise MomentPassed
    return enrolment


def _clear(session: Session, enrolment: Enrolment, moment: Moment) -> None:
    session.execute(
        sa.delete(SelfRating).where(SelfRating.enrolment_id == enrolment.id, SelfRating.moment == moment)
    )


def of_enrolment(session: Session, enrolment: Enrolment) -> dict[Moment, dict[str, int]]:
    """What was kept at each moment of the participant's own enrolment, by dimension."""
    kept: dict[Moment, dict[str, int]] = {moment: {} for moment in Moment}
    for one in session.scalars(sa.select(SelfRating).where(SelfRating.enrolment_id == enrolment.id)):
        kept[one.moment][one.dimension] = one.value
    return kept


def given(session: Session, enrolment_ids: Collection[UUID]) -> set[tuple[UUID, Moment]]:
    """At which moments something was kept, in one query for all enrolments of a participant."""
    rows = session.execute(
        sa.select(SelfRating.enrolment_id, SelfRating.moment)
        .where(SelfRating.enrolment_id.in_(enrolment_ids))
        .distinct()
    )
    return {(enrolment_id, moment) for enrolment_id, moment in rows}
