"""Keepings: how long what is kept for which purpose, and the run that erases what is past it (G5, N6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.errors import RuleBroken
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreState
from assessment.models.complaint import Complaint, ComplaintState
from assessment.models.enrolment import Enrolment
from assessment.models.keeping import Erasure, Keeping, KeptFor
from assessment.models.plan import Plan
from assessment.models.report import Report, ReportState
from assessment.services import erasures, texts
from assessment.services.reports import months_later

LEAST_FILE = 12
"""Months that a file is kept at least (N6)."""
MOST = 240
LONGEST_REASON = 500
USUAL: Mapping[KeptFor, tuple[int, str]] = {
    KeptFor.FILE: (24, _("As long as the report is valid, and a year at least (N6).")),
    KeptFor.FOLLOW_UP: (12, _("A year after the ninety days, so that one can look back once.")),
    KeptFor.UNREPORTED: (12, _("A year after the centre, for questions about it.")),
}


class NoReason(errors.Invalid):
    sentence = "Write why this period is needed. Participants can read it."


class WrongMonths(errors.Invalid):
    sentence = "From 1 to 240 months."


@dataclass(frozen=True)
class Period:
    """How long, and why."""

    months: int
    reason: str
    is_own: bool
    """Set for this centre; otherwise the reason is a message id."""


def least(centre: Centre) -> int:
    """The fewest months that this centre's files are kept."""
    return max(LEAST_FILE, centre.report_valid_months)


def periods(session: Session, centre: Centre) -> dict[KeptFor, Period]:
    """The periods of a centre, its own or the usual ones."""
    return _periods(centre, session.scalars(sa.select(Keeping).where(Keeping.centre_id == centre.id)).all())


def _periods(centre: Centre, own: Iterable[Keeping]) -> dict[KeptFor, Period]:
    found = {
        purpose: Period(
            max(months, least(centre)) if purpose is KeptFor.FILE else months, reason, is_own=False
        )
        for purpose, (months, reason) in USUAL.items()
    }
    for one in own:
        found[one.purpose] = Period(one.months, one.reason, is_own=True)
    return found


def keep(session: Session, centre: Centre, purpose: KeptFor, months: int, reason: str, *, by: Actor) -> None:
    """Set a period of a centre.

    :raises assessment.errors.RuleBroken: when a file would be kept shorter than its report is valid (N6).
    """
    if not 1 <= months <= MOST:
        raise WrongMonths(field="months")
    kept = texts.whole(reason, LONGEST_REASON)
    if not kept:
        raise NoReason(field="reason")
    if purpose is KeptFor.FILE and months < least(centre):
        raise RuleBroken(
            "N6",
            "A file is kept as long as its report is valid, and a year at least: here %(least)s months. A shorter rule for "
            "other data does not apply to it (N6).",
            least=least(centre),
            field="months",
        )
    found = session.get(Keeping, (centre.id, purpose))
    if found is None:
        session.add(Keeping(centre_id=centre.id, purpose=purpose, months=months, reason=kept))
    else:
        found.months, found.reason = months, kept
    journal.record(
        session,
        "centre.keeping_set",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        purpose=purpose.value,
        months=months,
    )


@dataclass(frozen=True)
class Kept:
    """Until when something of one enrolment is kept, and what holds it after that."""

    enrolment_id: UUID
    name: str
    purpose: KeptFor
    until_on: date
    is_held: bool
    """A complaint is open (N6)."""


def of_centre(session: Session, centre: Centre) -> list[Kept]:
    """Until when each file of a centre is kept, the nearest end first."""
    return sorted(_kept(session, [centre]), key=lambda one: (one.until_on, one.name))


def _kept(session: Session, centres: list[Centre]) -> list[Kept]:
    ids = [centre.id for centre in centres]
    own: dict[UUID, list[Keeping]] = {one: [] for one in ids}
    for keeping in session.scalars(sa.select(Keeping).where(Keeping.centre_id.in_(ids))):
        own[keeping.centre_id].append(keeping)
    rules = {centre.id: _periods(centre, own[centre.id]) for centre in centres}
    reported: dict[UUID, tuple[datetime, date]] = {
        enrolment_id: (signed_at, valid_until)
        for enrolment_id, signed_at, valid_until in session.execute(
            sa.select(Report.enrolment_id, sa.func.max(Report.signed_at), sa.func.max(Report.valid_until_on))
            .join(Enrolment)
            .where(Enrolment.centre_id.in_(ids), Report.state != ReportState.DRAFT)
            .group_by(Report.enrolment_id)
        )
        if signed_at and valid_until
    }
    held = set(
        session.scalars(sa.select(Complaint.enrolment_id).where(Complaint.state != ComplaintState.CLOSED))
    )
    plans = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(Plan.enrolment_id, Plan.begun_on).join(Enrolment).where(Enrolment.centre_id.in_(ids))
        )
    }
    found = []
    for enrolment in session.scalars(
        sa.select(Enrolment)
        .outerjoin(Erasure, Erasure.enrolment_id == Enrolment.id)
        .where(Enrolment.centre_id.in_(ids), Erasure.enrolment_id.is_(None))
        .options(joinedload(Enrolment.person), joinedload(Enrolment.centre))
    ):
        rule, centre = rules[enrolment.centre_id], enrolment.centre
        is_held = enrolment.id in held
        if enrolment.id in reported:
            signed, valid_until = reported[enrolment.id]
            until = max(months_later(signed.date(), rule[KeptFor.FILE].months), valid_until)
            found.append(Kept(enrolment.id, enrolment.person.name, KeptFor.FILE, until, is_held))
        elif centre.closed_at:
            until = months_later(centre.closed_at.date(), rule[KeptFor.UNREPORTED].months)
            found.append(Kept(enrolment.id, enrolment.person.name, KeptFor.UNREPORTED, until, is_held))
        if enrolment.id in plans:
            until = months_later(plans[enrolment.id], rule[KeptFor.FOLLOW_UP].months + 3)
            found.append(Kept(enrolment.id, enrolment.person.name, KeptFor.FOLLOW_UP, until, is_held))
    return found


def run(session: Session) -> int:
    """Erase what is past its time and not held by a complaint. Returns how many files and follow-ups."""
    centres = list(
        session.scalars(
            sa.select(Centre)
            .where(Centre.state != CentreState.DRAFT, Centre.rehearsal_of_id.is_(None))
            .options(joinedload(Centre.programme))
        )
    )
    today, done = clock.now().date(), 0
    for one in _kept(session, centres):
        if one.until_on >= today or one.is_held:
            continue
        try:
            if one.purpose is KeptFor.FOLLOW_UP:
                erasures.erase_follow_up(session, session.get_one(Enrolment, one.enrolment_id))
            else:
                erasures.erase(session, one.enrolment_id, is_asked=False, by=None)
        except (erasures.ComplaintRuns, erasures.AtWork):
            continue  # filed meanwhile
        done += 1
    return done
