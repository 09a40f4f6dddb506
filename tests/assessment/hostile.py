"""A desk at which every field that people fill in holds hostile words, each stored by its own service."""

from datetime import timedelta

import sqlalchemy as sa

from assessment import clock
from assessment.database import Database
from assessment.models.debrief import DebriefForm, DebriefKind
from assessment.models.person import Person
from assessment.models.programme import Programme
from assessment.models.report import CommentKind, Line, Report
from assessment.services import (
    centres,
    complaints,
    debriefs,
    feedback,
    plans,
    readinesses,
    reports,
    shared_plans,
)
from assessment.services.debriefs import Offer
from assessment.services.reports import Account, HalfPage
from tests import factories
from tests.assessment.reporting import BASE, Reporting

HOSTILE = '=HYPERLINK("http://evil.test","x")\r\nBcc: all@evil.test\r\nEND:VEVENT\r\n<script>alert(1)</script>{{ 7*7 }}'
"""A formula, a header of a mail, the end of an appointment, a script and a template, in one."""


def hostile(database: Database) -> Reporting:
    """A released second edition, a plan, feedback asked for, a complaint and a booked conversation."""
    desk = Reporting(database, [HOSTILE], name=HOSTILE)
    me, by, hr = desk.participant_by[0], desk.by, desk.hr_by
    with database.writing() as session:
        session.get_one(Programme, desk.centre.programme_id).name = HOSTILE[:100]
        for person in (desk.assessor, desk.hr):
            session.get_one(Person, person.id).name = HOSTILE
        administrator = factories.actor(session, factories.administrator(session, name=HOSTILE))
        found = centres.get(session, desk.centre.id, by=administrator)
        centres.name_aftercare(session, found, HOSTILE, HOSTILE, by=administrator)
    draft = desk.drafted(0)
    with database.writing() as session:
        version = reports.draft(session, draft, by=by).version
        seen = desk.observations(session, 0, "L1")
        lines = {one: seen for one in (Line.PATTERN, Line.STRENGTH_1, Line.STEP_1)}
        said = HalfPage(version, HOSTILE, [HOSTILE], [HOSTILE], lines, {"E1": Account(HOSTILE, HOSTILE)}, {"L1": HOSTILE})  # fmt: skip
        reports.write(session, draft, said, by=by)
        reports.sign(session, draft, by=by, base_url=BASE, reason=HOSTILE)
    with database.writing() as session:
        remark = reports.remark(session, draft, CommentKind.COMMENT, HOSTILE, by=me, base_url=BASE)
        reports.answer(session, draft, remark.id, HOSTILE, by=by, base_url=BASE)
        reports.correct(session, draft, by=by)
        second = session.scalars(sa.select(Report).where(Report.number == 2)).one()
        reports.sign(session, second.id, by=by, base_url=BASE, reason=HOSTILE)
        reports.release(session, second.id, by=me)
        readinesses.write(session, second.id, HOSTILE, HOSTILE, base_url=BASE, by=hr)
        plan = plans.begin(session, desk.enrolments[0].id, by=me)
        plans.add(session, plan.id, plans.Words(HOSTILE, HOSTILE, HOSTILE, HOSTILE, is_shared=True), by=me)
        colleagues = [f"colleague{n}@example.org" for n in range(4)]
        feedback.ask(session, plan.id, HOSTILE, colleagues, base_url=BASE, by=me)
        shared_plans.send(session, plan.id, "boss@example.org", base_url=BASE, by=me)
        complaint = complaints.file(session, desk.enrolments[0].id, HOSTILE, base_url=BASE, by=me)
        complaints.answer(session, complaint.id, HOSTILE, base_url=BASE, by=administrator)
        start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        (time,) = debriefs.offer(session, desk.centre.id, Offer(start, 30, DebriefForm.VIDEO, HOSTILE), by=by)
        debrief = debriefs.ask(session, desk.enrolments[0].id, DebriefKind.REPORT, by=me)
        debriefs.book(session, debrief.id, time.id, base_url=BASE, by=me)
    return desk
