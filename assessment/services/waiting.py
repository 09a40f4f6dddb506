"""Waiting: every file that waits for somebody, for whom, and by when; administrators see theirs, assessors their own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from assessment import clock
from assessment.access import Actor
from assessment.models.centre import Centre, CentreState
from assessment.models.complaint import Complaint, ComplaintState
from assessment.models.debrief import Debrief, DebriefState, DebriefTime
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, RoleName
from assessment.models.rating import Integration, IntegrationState
from assessment.models.report import Report, ReportComment, ReportState
from assessment.services import integrations
from assessment.services.reports import working_days_later


class Matter(StrEnum):
    """What a file waits for."""

    WRITE = "write"
    DECIDE = "decide"
    ANSWER = "answer"
    BOOK = "book"
    HOLD = "hold"
    COMPLAINT = "complaint"
    SETTLE = "settle"


DAYS = {Matter.WRITE: 10, Matter.DECIDE: 10, Matter.ANSWER: 5, Matter.BOOK: 5, Matter.HOLD: 0}
"""Working days in which each is done."""


@dataclass(frozen=True)
class Wait:
    """One file and what it waits for."""

    matter: Matter
    who: str
    """The participant; for an assessor a code, until they may know the name."""
    centre: Centre
    for_whom: str
    """Who has to act; empty for the administrators."""
    since_at: datetime
    due_on: date | None
    subject_id: UUID
    """What to open: a report, an integration, a debrief or a complaint."""
    enrolment_id: UUID

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.now().date()


def for_administrator(session: Session, *, by: Actor) -> list[Wait]:
    """Every file of the administrator's centres that waits for somebody, the nearest due day first."""
    where = [Centre.state != CentreState.DRAFT, Centre.rehearsal_of_id.is_(None)]
    mine = by.programmes(RoleName.ADMINISTRATOR)
    if mine is not None:
        where.append(sa.or_(Centre.programme_id.in_(mine), Centre.id.in_(by.centres(RoleName.ADMINISTRATOR))))
    found = [
        *_to_write(session, where),
        *_to_decide(session, where),
        *_to_answer(session, where),
        *_debriefs(session, where),
        *_complaints(session, where),
    ]
    return _sorted(found)


def for_assessor(session: Session, *, by: Actor) -> list[Wait]:
    """The files that wait for this assessor; complaints are not theirs to see."""
    where = [Centre.rehearsal_of_id.is_(None)]
    found = [
        *_to_write(session, [*where, Integration.responsible_id == by.person_id]),
        *_to_decide(session, [*where, Report.responsible_id == by.person_id]),
        *_to_answer(session, [*where, Report.responsible_id == by.person_id]),
        *_to_hold(session, [*where, DebriefTime.host_id == by.person_id]),
    ]
    # Whoever writes a report knows a code until they talk with its reader.
    hidden = {one.enrolment_id for one in found if one.matter is not Matter.HOLD}
    codes = integrations.codes_of(session, list(hidden)) if hidden else {}
    return _sorted(
        one
        if one.matter is Matter.HOLD
        else replace(
            one,
            who=", ".join(codes[one.enrolment_id]),
            for_whom="" if one.matter is Matter.DECIDE else one.for_whom,
        )
        for one in found
    )


def _sorted(found: Iterable[Wait]) -> list[Wait]:
    return sorted(found, key=lambda one: (one.due_on or date.max, one.since_at, str(one.subject_id)))


def _due(matter: Matter, since: datetime) -> date:
    return working_days_later(since, DAYS[matter]).date()


def _active() -> sa.ColumnElement[bool]:
    return Enrolment.state != EnrolmentState.WITHDRAWN


def _to_write(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    responsible = aliased(Person)
    signed = sa.exists().where(Report.enrolment_id == Enrolment.id, Report.state != ReportState.DRAFT)
    rows = session.execute(
        sa.select(Integration, Person.name, Centre, responsible.name)
        .join(Enrolment, Enrolment.id == Integration.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .join(responsible, responsible.id == Integration.responsible_id)
        .where(Integration.state == IntegrationState.SIGNED, ~signed, _active(), *where)
    )
    return [
        Wait(
            Matter.WRITE,
            name,
            centre,
            who,
            one.signed_at,
            _due(Matter.WRITE, one.signed_at),
            one.id,
            one.enrolment_id,
        )
        for one, name, centre, who in rows
        if one.signed_at
    ]


def _to_decide(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    rows = session.execute(
        sa.select(Report.id, Report.enrolment_id, Report.sent_at, Person.name, Centre)
        .join(Enrolment, Enrolment.id == Report.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .where(Report.state == ReportState.WITH_PARTICIPANT, _active(), *where)
    )
    return [
        Wait(Matter.DECIDE, name, centre, name, sent, _due(Matter.DECIDE, sent), report_id, enrolment_id)
        for report_id, enrolment_id, sent, name, centre in rows
        if sent
    ]


def _to_answer(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    responsible = aliased(Person)
    rows = session.execute(
        sa.select(Report.id, Report.enrolment_id, ReportComment.at, Person.name, Centre, responsible.name)
        .join(Report, Report.id == ReportComment.report_id)
        .join(Enrolment, Enrolment.id == Report.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .join(responsible, responsible.id == Report.responsible_id)
        .where(ReportComment.answered_at.is_(None), Report.state != ReportState.SUPERSEDED, _active(), *where)
    )
    return [
        Wait(Matter.ANSWER, name, centre, who, at, _due(Matter.ANSWER, at), report_id, enrolment_id)
        for report_id, enrolment_id, at, name, centre, who in rows
    ]


def _debriefs(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    asked = session.execute(
        sa.select(Debrief.id, Debrief.enrolment_id, Debrief.asked_at, Person.name, Centre)
        .join(Enrolment, Enrolment.id == Debrief.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .where(Debrief.state == DebriefState.ASKED, _active(), *where)
    )
    return [
        Wait(Matter.BOOK, name, centre, "", at, _due(Matter.BOOK, at), debrief_id, enrolment_id)
        for debrief_id, enrolment_id, at, name, centre in asked
    ] + _to_hold(session, where)


def _to_hold(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    host = aliased(Person)
    rows = session.execute(
        sa.select(
            Debrief.id,
            Debrief.enrolment_id,
            Debrief.asked_at,
            DebriefTime.ends_at,
            Person.name,
            Centre,
            host.name,
        )
        .join(DebriefTime, DebriefTime.debrief_id == Debrief.id)
        .join(Enrolment, Enrolment.id == Debrief.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .join(host, host.id == DebriefTime.host_id)
        .where(Debrief.state == DebriefState.BOOKED, _active(), *where)
    )
    return [
        Wait(Matter.HOLD, name, centre, who, at, ends.date(), debrief_id, enrolment_id)
        for debrief_id, enrolment_id, at, ends, name, centre, who in rows
    ]


def _complaints(session: Session, where: list[sa.ColumnElement[bool]]) -> list[Wait]:
    rows = session.execute(
        sa.select(Complaint, Person.name, Centre)
        .join(Enrolment, Enrolment.id == Complaint.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .where(Complaint.state != ComplaintState.CLOSED, *where)
    )
    return [
        Wait(
            Matter.SETTLE if one.state is ComplaintState.ANSWERED else Matter.COMPLAINT,
            name,
            centre,
            name if one.state is ComplaintState.ANSWERED else "",
            one.filed_at,
            one.due_on,
            one.id,
            one.enrolment_id,
        )
        for one, name, centre in rows
    ]
