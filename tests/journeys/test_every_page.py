"""axe over every page of the running app, taken from its route map, as every role that may open it."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser

from assessment import create_app, demo
from assessment.access import PERMISSIONS, Permission
from assessment.database import Database
from assessment.models.benchmark import Benchmark, Showing, Use
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre, CentreExercise
from assessment.models.complaint import Complaint
from assessment.models.debrief import Debrief, DebriefTime
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import Meeting
from assessment.models.person import Person, RoleName
from assessment.models.plan import Plan
from assessment.models.programme import Programme
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    Consultation,
    Integration,
    Rating,
    RatingState,
)
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.models.wash_up import WashUp
from assessment.settings import Settings
from tests.assessment import fonts
from tests.journeys.stage import Actor, barriers, serving

pytestmark = pytest.mark.browser

NO_PAGES = (
    "static",
    "api_",
    "assets.",
    "favicon",
    ".pdf",
    ".json",
    ".csv",
    ".xlsx",
    ".ics",
    ".html",
    "/state",
    "/talk",
    "arrivals",
    "health.node",
    "health.service",
    "/versions",
)
"""What answers with files or data instead of a page."""


@pytest.fixture
def demo_app(settings: Settings, sqlite_demo: Database) -> Flask:
    fonts.put_into(settings.data_folder)
    return create_app(settings, sqlite_demo)


class Places:
    """For each person the ids that fill the gaps in addresses."""

    def __init__(self, database: Database, person: Person, role: RoleName) -> None:
        with database.reading() as session:
            one = session.scalar
            participant = Enrolment.person_id == person.id if role is RoleName.PARTICIPANT else sa.true()
            assessor = role is RoleName.ASSESSOR
            states = {
                RoleName.PARTICIPANT: (ReportState.WITH_PARTICIPANT, ReportState.RELEASED),
                RoleName.HR: (ReportState.RELEASED,),
            }.get(role, tuple(ReportState))
            here = one(sa.select(Centre.id).where(Centre.name == demo.OPEN.name))
            mine = Report.responsible_id == person.id if assessor else sa.true()
            self.ids: dict[str, Any] = {
                "programme_id": one(sa.select(Programme.id)),
                "centre_id": here,
                "enrolment_id": one(
                    sa.select(Enrolment.id).where(participant).order_by(Enrolment.centre_id != here)
                ),
                "sitting_id": one(
                    sa.select(Sitting.id)
                    .join(Enrolment)
                    .where(participant)
                    .order_by(
                        Sitting.state == SittingState.READY, Enrolment.centre_id != here, Sitting.position
                    )
                ),
                "person_id": one(sa.select(Person.id).where(Person.email.like("marta%"))),
                "assignment_id": one(
                    sa.select(Assignment.id)
                    .where(Assignment.assessor_id == person.id)
                    .order_by(Assignment.state != AssignmentState.OPEN)
                ),
                "integration_id": one(
                    sa.select(Integration.id).where(Integration.responsible_id == person.id)
                ),
                "report_id": one(
                    sa.select(Report.id).join(Enrolment).where(participant, mine, Report.state.in_(states))
                ),
                "meeting_id": one(sa.select(Meeting.id).order_by(Meeting.enrolment_id.is_(None)))
                if role is not RoleName.PARTICIPANT
                else one(sa.select(Meeting.id).join(Enrolment).where(participant)),
                "centre_exercise_id": one(
                    sa.select(CentreExercise.id).where(
                        CentreExercise.centre_id == here, CentreExercise.slug == "stavoord-role-play"
                    )
                ),
                "wash_up_id": one(sa.select(WashUp.id)),
                "consultation_id": one(
                    sa.select(Consultation.id)
                    .join(Adjudication, Adjudication.id == Consultation.adjudication_id)
                    .join(Rating, Rating.sitting_id == Adjudication.sitting_id)
                    .join(Sitting, Sitting.id == Rating.sitting_id)
                    .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
                    .where(Rating.assessor_id == person.id, Rating.state == RatingState.SUBMITTED)
                ),
                "showing_id": one(
                    sa.select(Showing.id)
                    .join(Assignment, Assignment.id == Showing.assignment_id)
                    .join(Rating, Rating.sitting_id == Assignment.sitting_id)
                    .where(
                        Showing.assessor_id == person.id,
                        Showing.use == Use.TRAINING,
                        Rating.state == RatingState.SUBMITTED,
                    )
                ),
                "calibration_id": one(
                    sa.select(Calibration.id).where(Calibration.assessor_id == person.id, Calibration.is_test)
                ),
                "benchmark_id": one(sa.select(Benchmark.id)),
                "text_language": "en",
                "moment": "before",
                "kind": "case_study",
                "slug": "stavoord-in-tray",
                "token": "a-link-that-never-was",
                "plan_id": one(sa.select(Plan.id).join(Enrolment).where(participant)),
                "debrief_id": one(
                    sa.select(Debrief.id)
                    .join(Enrolment)
                    .outerjoin(DebriefTime, DebriefTime.debrief_id == Debrief.id)
                    .where(participant if role is RoleName.PARTICIPANT else DebriefTime.host_id == person.id)
                ),
                "complaint_id": one(sa.select(Complaint.id).join(Enrolment).where(participant)),
                "day": "30",
            }

    def fill(self, rule: Any) -> str | None:
        values = {name: self.ids.get(name) for name in rule.arguments}
        if any(value is None for value in values.values()):
            return None
        address = rule.rule
        for name, value in values.items():
            part = next(
                piece for piece in address.split("/") if piece.endswith(f"{name}>") or f"{name}>" in piece
            )
            start, end = part.index("<"), part.index(">") + 1
            address = address.replace(part, part[:start] + str(value) + part[end:])
        return address


def who(database: Database) -> dict[str, RoleName]:
    """Whose pages are looked at: the named people, and whoever has a report to write."""
    with database.reading() as session:
        writer = session.scalars(sa.select(Person).join(Report, Report.responsible_id == Person.id)).first()
    assert writer, "the demo has a report"
    return {**WHO, writer.email: RoleName.ASSESSOR}


WHO = {
    "participant@demo.klei": RoleName.PARTICIPANT,
    "tomas@demo.klei": RoleName.PARTICIPANT,
    "bram@demo.klei": RoleName.PARTICIPANT,
    "wouter@demo.klei": RoleName.PARTICIPANT,
    "assessor@demo.klei": RoleName.ASSESSOR,
    "hr@demo.klei": RoleName.HR,
    "administrator@demo.klei": RoleName.ADMINISTRATOR,
}


def pages_of(app: Flask, role: RoleName | None) -> Iterator[Any]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        permission = getattr(app.view_functions[rule.endpoint], "permission")  # noqa: B009 -- set by the frame
        if "GET" not in (rule.methods or ()) or any(
            part in rule.endpoint or part in rule.rule for part in NO_PAGES
        ):
            continue
        allowed = {Permission.PUBLIC} if role is None else {Permission.SIGNED_IN, *PERMISSIONS[role]}
        if permission in allowed:
            yield rule


@pytest.mark.timeout(900)  # some two hundred pages
@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1440), ("nl", "dark", 400)])
def test_axe_finds_nothing_on_any_page_of_any_role(
    browser: Browser, demo_app: Flask, sqlite_demo: Database, language: str, scheme: str, width: int
) -> None:
    found: list[str] = []
    seen: set[str] = set()
    shapes: set[str] = set()
    with serving(demo_app) as base:
        for email, role in who(sqlite_demo).items():
            with sqlite_demo.reading() as session:
                person = session.scalars(sa.select(Person).where(Person.email == email)).one()
            actor = Actor(
                browser,
                demo_app,
                base,
                person,
                language,
                color_scheme=scheme,
                viewport={"width": width, "height": 900},
            )
            places = Places(sqlite_demo, person, role)
            for rule in pages_of(demo_app, role):
                address = places.fill(rule)
                if address:
                    found += look(actor, address, seen, shapes, rule.rule)
            found += look(actor, f"/participant/sittings/{UUID(int=1)}", seen, shapes, "not found")
            actor.context.close()
        nobody = Actor(browser, demo_app, base, person, language, color_scheme=scheme)
        nobody.context.clear_cookies()
        for rule in pages_of(demo_app, None):
            address = places.fill(rule)
            if address:
                found += look(nobody, address, seen, shapes, rule.rule)
        nobody.context.close()
    missing = {
        rule.rule
        for role in (*RoleName, None)
        for rule in pages_of(demo_app, role)
        if "job_id" not in rule.arguments
    } - seen
    assert not missing, f"pages that nobody looked at: {sorted(missing)}"
    assert not found, "\n".join(found)


def shape_of(html: str) -> str:
    """A page without what it says: its elements, classes and everything else that axe looks at."""
    without_words = re.sub(r">[^<]*\S[^<]*<", ">words<", html)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|csrf[^>]*>|[\w.]+@demo\.klei", "*", without_words)


def look(actor: Actor, address: str, seen: set[str], shapes: set[str], rule: str) -> list[str]:
    response = actor.page.goto(address, wait_until="load")
    assert response
    assert response.status < 500, address
    if "text/html" not in (response.headers.get("content-type") or ""):
        return []
    seen.add(rule)
    # axe itself tries inline styles, which the policy refuses and the console tells, sometimes a page later.
    problems = [
        f"{address}: {one}"
        for one in actor.complaints
        if not any(part in one for part in ("404", "409", "410", "inline style"))
    ]
    if actor.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        problems.append(f"{address}: scrolls sideways at {actor.page.viewport_size}")
    # What is folded away is looked at as well.
    actor.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    html = actor.page.content()
    if spilt := re.search(r"&lt;(?:Macro|function|[\w.]+ object at)[^;]{0,40}", html):
        problems.append(f"{address}: shows {spilt.group()} of the program")
    shape = shape_of(html)
    if shape in shapes:  # but for its words, axe has seen this page with somebody else
        actor.complaints.clear()
        return problems
    shapes.add(shape)
    problems += [f"{address}: {one}" for one in barriers(actor.page)]
    actor.complaints.clear()
    return problems
