"""Pages and files of people and centres that are unusual, and of hostile words in every field."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from icalendar import Calendar

from assessment.database import Database
from assessment.models.complaint import Complaint
from assessment.models.debrief import Debrief
from assessment.models.event import Mail
from assessment.models.person import Person
from assessment.models.plan import Plan
from assessment.models.report import Report
from assessment.services import reports
from assessment.services.reports import HalfPage
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.hostile import hostile
from tests.assessment.reporting import BASE, Reporting
from tests.conftest import log_in


@pytest.fixture
def data(settings: Settings) -> Path:
    fonts.put_into(settings.data_folder)
    return settings.data_folder


def ids(desk: Reporting) -> dict[str, str]:
    """What there is to look at."""
    with desk.database.reading() as session:
        texts = session.scalars(sa.select(Mail.text)).all()
        return {
            "report": str(session.scalars(sa.select(Report.id).where(Report.number == 2)).one()),
            "plan": str(session.scalars(sa.select(Plan.id)).one()),
            "debrief": str(session.scalars(sa.select(Debrief.id)).one()),
            "complaint": str(session.scalars(sa.select(Complaint.id)).one()),
            "feedback": next(found for one in texts for found in re.findall(r"/feedback/(\S+)", one)),
            "shared": next(found for one in texts for found in re.findall(r"/shared/(\S+)", one)),
            "enrolment": str(desk.enrolments[0].id),
            "centre": str(desk.centre.id),
        }


PAGES = {
    "participant": (
        "/participant/",
        "/participant/reports/{report}",
        "/participant/plans/{plan}",
        "/participant/plans/{plan}/feedback",
        "/participant/debriefs/{debrief}",
        "/participant/complaints/{complaint}",
        "/participant/enrolments/{enrolment}/after",
    ),
    "hr": ("/hr/", "/hr/reports/{report}", "/hr/overview", "/hr/centres/{centre}/group"),
    "assessor": ("/assessor/", "/assessor/reports/{report}"),
    "administrator": (
        "/administrator/",
        "/administrator/outbox/",
        "/administrator/centres/{centre}/participants/",
        "/administrator/complaints/{complaint}",
    ),
    "": ("/feedback/{feedback}", "/shared/{shared}"),
}


@pytest.mark.parametrize("role", PAGES)
def test_hostile_words_in_any_field_do_nothing_on_a_page(
    client: FlaskClient, sqlite_database: Database, role: str
) -> None:
    """robustness 29"""
    desk = hostile(sqlite_database)
    known = ids(desk)
    with sqlite_database.writing() as session:
        who: Person | None = {
            "participant": desk.people[0],
            "hr": desk.hr,
            "assessor": desk.assessor,
            "administrator": factories.administrator(session),
        }.get(role)
    if who:
        log_in(client, who)
    if role == "hr":
        client.post(f"/hr/reports/{known['report']}/open")
    seen = 0
    for path in PAGES[role]:
        answer = client.get(path.format(**known))
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert "{{ 7*7 }}" in answer.text or "49" not in re.findall(r"evil[^<]*", answer.text), path
        seen += answer.text.count("&lt;script&gt;alert")
    assert seen


def test_hostile_words_in_any_field_add_nothing_to_a_calendar(
    client: FlaskClient, sqlite_database: Database
) -> None:
    known = ids(hostile(sqlite_database))
    with sqlite_database.reading() as session:
        person = session.scalars(sa.select(Plan)).one().enrolment.person
    log_in(client, person)
    for path, entries in (("debriefs/{debrief}", 1), ("plans/{plan}", 3)):
        answer = client.get(f"/participant/{path.format(**known)}/calendar.ics")
        found = list(Calendar.from_ical(answer.data).walk("VEVENT"))
        assert len(found) == answer.data.count(b"\r\nEND:VEVENT\r\n") == entries
        assert all(len(list(one.walk("VALARM"))) == 1 for one in found)
        assert b"\r\nBcc" not in answer.data
        assert max(map(len, answer.data.split(b"\r\n"))) <= 75


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("is_seen", [True, False], ids=["one exercise", "one exercise, nothing seen"])
def test_a_report_with_little_to_tell_is_a_page_and_a_pdf_for_whoever_reads_it(
    client: FlaskClient, sqlite_database: Database, data: Path, language: str, is_seen: bool
) -> None:
    """rule U1"""
    desk = Reporting(
        sqlite_database, languages=[language], exercises=["stavoord-in-tray"], is_anything_seen=is_seen
    )
    if is_seen:
        report = desk.released(0)
    else:
        with sqlite_database.writing() as session:
            draft = reports.begin(session, desk.integrations[0], by=desk.by)
            half = HalfPage(draft.version, "Nothing was handed in.", [], [])
            reports.write(session, draft.id, half, by=desk.by)
            report = reports.sign(session, draft.id, by=desk.by, base_url=BASE).id
        desk.release(report)
    log_in(client, desk.people[0])
    page = client.get(f"/participant/reports/{report}")
    assert page.status_code == 200
    assert {"en": "in one exercise at", "nl": "in één opdracht in"}[language] in page.text
    assert client.get(f"/participant/reports/{report}/report.pdf").data.startswith(b"%PDF")
    log_in(client, desk.hr)
    client.post(f"/hr/reports/{report}/open")
    assert client.get(f"/hr/reports/{report}").status_code == 200
    assert client.post(f"/hr/reports/{report}.pdf").data.startswith(b"%PDF")
