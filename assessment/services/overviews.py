"""The talent overview: what participants released to HR, area by area with its uncertainty. Never a ranking.

It can be put in order by name, day or centre, and not by results: lines that overlap are not different.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from assessment.access import Actor
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, RoleName
from assessment.models.readiness import Readiness
from assessment.models.report import Report, ReportState
from assessment.sections.facts import DimensionFacts, ReportFacts
from assessment.services import readinesses
from scoring.keys import BANDS, band_of

PER_PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """What the overview is to show, and in which order."""

    centre_id: UUID | None = None
    area: str = ""
    band: str = ""
    """Together with an area: only people whose range reaches this band."""
    order: str = "name"
    page: int = 1


@dataclass(frozen=True)
class Cell:
    """One area of one person: the result, and from which band to which its range reaches."""

    facts: DimensionFacts
    reaches: tuple[str, str] | None

    @property
    def is_known(self) -> bool:
        """Whether anything firm can be said of this area."""
        return not {"U1", "U4"} & {*self.facts.reasons}

    @property
    def is_provisional(self) -> bool:
        """Whether a key that no panel has checked plays a part in the result."""
        return self.is_known and "U5" in self.facts.reasons

    @property
    def places(self) -> tuple[str, ...]:
        """For each band, from the lowest: ``is`` where the result lies, ``may`` where its range reaches, or nothing."""
        at = {self.facts.band, *(self.facts.between or ())} if self.is_known else set()
        ends = [BANDS.index(one) for one in self.reaches or ()] if self.is_known else []
        reached = range(ends[0], ends[-1] + 1) if ends else range(0)
        return tuple(
            "is" if band in at else "may" if place in reached else "" for place, band in enumerate(BANDS)
        )


@dataclass(frozen=True)
class Row:
    """One person who released a report."""

    report_id: UUID
    name: str
    email: str
    centre: str
    released_on: date
    valid_until_on: date
    facts: ReportFacts
    cells: tuple[Cell, ...]
    readiness: tuple[Readiness, ...]

    def cell(self, area: str) -> Cell | None:
        return next((one for one in self.cells if one.facts.id == area), None)


@dataclass(frozen=True)
class Overview:
    """A page of the overview, and how many people it has in all."""

    rows: tuple[Row, ...]
    n: int
    n_blocked: int
    n_waiting: int
    centres: tuple[Centre, ...]
    page: int = 1
    pages: int = 1
    areas: dict[str, str] = field(default_factory=dict)


def _released_at(report: Report) -> datetime:
    """When it was released; a report that came here in another way counts from its signature."""
    moment = report.decided_at or report.signed_at
    assert moment
    return moment


ORDERS: dict[str, Callable[[Report], Any]] = {
    "name": lambda one: (one.enrolment.person.name.casefold(), one.enrolment.person.email),
    "day": lambda one: (_released_at(one), one.enrolment.person.email),
    "centre": lambda one: (
        one.enrolment.centre.name.casefold(),
        one.enrolment.person.name.casefold(),
        one.enrolment.person.email,
    ),
}
"""What the overview can be put in order by. No result is among them."""


def overview(session: Session, wanted: Wanted, language: str, *, by: Actor) -> Overview:
    """Who released a report to this HR generalist, and what it says."""
    centres = _centres(session, by)
    ids = [one.id for one in centres if wanted.centre_id in (None, one.id)]
    states = dict(
        session.execute(
            sa.select(Report.state, sa.func.count())
            .join(Enrolment)
            .where(Enrolment.centre_id.in_(ids), Enrolment.state != EnrolmentState.WITHDRAWN)
            .group_by(Report.state)
        ).all()
    )
    found = list(
        session.scalars(
            sa.select(Report)
            .join(Enrolment)
            .join(Person, Person.id == Enrolment.person_id)
            .join(Centre, Centre.id == Enrolment.centre_id)
            .where(
                Enrolment.centre_id.in_(ids),
                Report.state == ReportState.RELEASED,
                Enrolment.state != EnrolmentState.WITHDRAWN,
            )
            .options(
                contains_eager(Report.enrolment).contains_eager(Enrolment.person),
                contains_eager(Report.enrolment).contains_eager(Enrolment.centre),
            )
        ).unique()
    )
    found.sort(key=ORDERS.get(wanted.order, ORDERS["name"]))
    read = [(one, ReportFacts.from_document(one.document)) for one in found if one.document]
    areas = {d.id: "" for _report, facts in read for d in facts.dimensions}
    read = [one for one in read if _fits(one[1], wanted)]
    pages = max(1, -(-len(read) // PER_PAGE))
    page = min(max(1, wanted.page), pages)
    shown = read[(page - 1) * PER_PAGE : page * PER_PAGE]
    written = readinesses.of_enrolments(session, [one.enrolment_id for one, _facts in shown])
    return Overview(
        tuple(_row(report, facts, written.get(report.enrolment_id, ())) for report, facts in shown),
        len(read),
        states.get(ReportState.BLOCKED, 0),
        states.get(ReportState.WITH_PARTICIPANT, 0),
        tuple(centres),
        page,
        pages,
        dict(sorted(areas.items())),
    )


def _centres(session: Session, by: Actor) -> list[Centre]:
    query = sa.select(Centre).where(Centre.state != CentreState.DRAFT, Centre.rehearsal_of_id.is_(None))
    programmes = by.programmes(RoleName.HR)
    if programmes is not None:
        query = query.where(
            sa.or_(Centre.programme_id.in_(programmes), Centre.id.in_(by.centres(RoleName.HR)))
        )
    return list(session.scalars(query.order_by(Centre.opened_at.desc(), Centre.name)))


def _fits(facts: ReportFacts, wanted: Wanted) -> bool:
    if not wanted.area:
        return True
    one = next((d for d in facts.dimensions if d.id == wanted.area), None)
    if one is None:
        return False
    if not wanted.band:
        return True
    if wanted.band == "unknown":
        return one.estimate is None
    return one.estimate is not None and (
        wanted.band in {one.band, *(one.between or ())} or wanted.band in (_reaches(one) or ())
    )


def _reaches(one: DimensionFacts) -> tuple[str, str] | None:
    if one.low is None or one.high is None:
        return None
    return band_of(max(1.0, one.low)) or "", band_of(min(5.0, one.high)) or ""


def _row(report: Report, facts: ReportFacts, written: Sequence[Readiness]) -> Row:
    return Row(
        report.id,
        report.enrolment.person.name,
        report.enrolment.person.email,
        report.enrolment.centre.name,
        _released_at(report).date(),
        facts.valid_until_on,
        facts,
        tuple(Cell(one, _reaches(one)) for one in facts.dimensions),
        tuple(written),
    )
