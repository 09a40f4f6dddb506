"""What a report, and everything made of it, does with people and centres that are unusual, and with hostile words."""

import csv
import email
import json
import subprocess
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import policy
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy.orm import Session

from assessment import clock, errors, mail
from assessment.database import Database
from assessment.language import translator
from assessment.models.event import Mail
from assessment.models.plan import PlanAction
from assessment.models.report import Report, ReportState
from assessment.sections import group, guide, pdf
from assessment.sections.facts import OwnFacts, PlannedAction, ReportFacts
from assessment.services import (
    calendars,
    copies,
    exports,
    group_reports,
    overviews,
    people,
    plans,
    readinesses,
    reports,
    sheets,
)
from assessment.services.overviews import Wanted
from assessment.services.reports import HalfPage
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.hostile import HOSTILE, hostile
from tests.assessment.reporting import BASE, Reporting
from tests.assessment.test_mail import PostOffice
from tests.tagged.checkers import failures
from tests.working import run_next

EN = translator("en")
NAMES = {
    "two hundred": ("Wilhelmina van den Oosterhuis " * 7)[:199] + "s",
    "one word of two hundred": "Llanfairpwll" * 16 + "gogogoch",
    "Arabic": "ليلى عبد الرحمن الأنصاري",
}


@pytest.fixture
def data(settings: Settings) -> Settings:
    fonts.put_into(settings.data_folder)
    return settings


def frozen(desk: Reporting, report_id: UUID) -> ReportFacts:
    with desk.database.reading() as session:
        return reports.frozen(session.get_one(Report, report_id))


def scores(desk: Reporting) -> exports.Table:
    with desk.database.writing() as session:
        return exports.scores(session, desk.centre.id, "scores_csv", EN, by=desk.hr_by)


def archive_of(desk: Reporting, data: Settings) -> zipfile.ZipFile:
    """The archive of released reports, made by the job and fetched by HR."""
    with desk.database.writing() as session:
        job = exports.begin_archive(session, desk.centre.id, by=desk.hr_by).id
    assert run_next(desk.database, data)
    with desk.database.writing() as session:
        content = exports.fetch_archive(session, job, data.data_folder, by=desk.hr_by)
    assert content
    return zipfile.ZipFile(BytesIO(content))


def text_of(content: bytes, folder: Path) -> str:
    """What a reader of the file gets, without the space between words."""
    file = folder / f"{uuid4()}.pdf"
    file.write_bytes(content)
    said = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
    return "".join(said.split())


# Names.


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_of_two_hundred_letters_or_in_arabic_is_whole_wherever_it_goes(
    database: Database, data: Settings, tmp_path: Path, name: str
) -> None:
    with database.writing() as session:
        assert people.add(session, people.Entry("ada@example.org", name, "en"), by=None).name == name
    desk = Reporting(database, [name])
    report = desk.released(0)
    assert frozen(desk, report).participant == name
    archive = archive_of(desk, data)
    (file,) = [one for one in archive.namelist() if one.endswith(".pdf")]
    assert file.isascii()
    assert len(file) < 100
    assert not set(file) & set(' "/\\:*?<>|')
    content = archive.read(file)
    assert failures(content) == []
    assert name in str(PdfReader(BytesIO(content)).metadata.title)  # type: ignore[union-attr]
    if name.isascii():
        assert "".join(name.split()) in text_of(content, tmp_path)
    table = scores(desk)
    read = list(csv.reader(StringIO(exports.as_csv(table).decode("utf-8-sig"))))
    sheet = load_workbook(BytesIO(exports.as_excel(table))).active
    assert sheet
    place = next(number for number, cell in enumerate(table.rows[0]) if cell == name)
    assert read[1][place] == sheet.cell(2, place + 1).value == name
    now = clock.now()
    made = calendars.appointment(
        calendars.Appointment(uuid4(), now, now + timedelta(hours=1), name, name), link=BASE
    )
    assert max(map(len, made.split(b"\r\n"))) <= 75, "RFC 5545, 3.1"
    assert str(Calendar.from_ical(made).walk("VEVENT")[0]["summary"]) == name


def test_a_name_of_two_hundred_and_one_letters_is_refused_and_not_cut(database: Database) -> None:
    with database.writing() as session, pytest.raises(people.NoName):
        people.add(session, people.Entry("ada@example.org", "x" * 201, "en"), by=None)


# Little to tell.


def test_with_no_evidence_at_all_a_report_says_so_and_everything_is_made_of_it(
    database: Database, data: Settings
) -> None:
    desk = Reporting(database, is_anything_seen=False)
    with database.writing() as session:
        draft = reports.begin(session, desk.integrations[0], by=desk.by)
        half = HalfPage(draft.version, "Nothing was handed in, so there was nothing to read.", [], [])
        reports.write(session, draft.id, half, by=desk.by)
        report = reports.sign(session, draft.id, by=desk.by, base_url=BASE).id
    desk.release(report)
    facts = frozen(desk, report)
    assert not [one for one in facts.dimensions if one.frames]
    content = pdf.write(facts, fonts.made(), OwnFacts())
    assert failures(content) == []
    assert len(archive_of(desk, data).namelist()) == 2
    assert scores(desk).rows
    with database.writing() as session:
        plans.begin(session, desk.enrolments[0].id, by=desk.participant_by[0])
        assert overviews.overview(session, Wanted(), "en", by=desk.hr_by).rows


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_centre_of_one_exercise_gives_a_whole_report_with_no_band(
    database: Database, data: Settings, language: str
) -> None:
    """rule U1"""
    desk = Reporting(database, languages=[language], exercises=["stavoord-in-tray"])
    report = desk.released(0)
    facts = frozen(desk, report)
    assert [one.id for one in facts.exercises] == ["E1"]
    assert {one.band for one in facts.dimensions} == {None}
    assert failures(pdf.write(facts, fonts.made(), OwnFacts())) == []
    assert len(archive_of(desk, data).namelist()) == 2
    (row, *_others) = scores(desk).rows
    assert not [cell for cell in row if isinstance(cell, float)]
    with database.writing() as session:
        facts_of_group = group_reports.group_report(session, desk.centre.id, language, by=desk.hr_by)
    assert failures(pdf.compose(group.paper(facts_of_group), fonts.made())) == []


# Taken back.


def test_what_hr_holds_open_is_worth_nothing_once_the_release_is_taken_back(database: Database) -> None:
    """rule N3"""
    desk = Reporting(database, ["Ayşe", "Bram"])
    report = desk.released(0)
    desk.released(1)
    with database.writing() as session:
        reports.note_download(
            session, reports.released_to(session, report, by=desk.hr_by), "page", by=desk.hr_by
        )
    desk.block(report)
    refused: tuple[Callable[[Session], object], ...] = (
        lambda session: reports.released_to(session, report, by=desk.hr_by),
        lambda session: reports.note_download(
            session, reports.released_to(session, report, by=desk.hr_by), "pdf", by=desk.hr_by
        ),
        lambda session: readinesses.write(session, report, "Ready.", "Why.", base_url=BASE, by=desk.hr_by),
    )
    for act in refused:
        with pytest.raises(errors.NotFound), database.writing() as session:
            act(session)
    with database.writing() as session:
        assert [one.name for one in overviews.overview(session, Wanted(), "en", by=desk.hr_by).rows] == ["Bram"]  # fmt: skip
    assert "Ayşe" not in {cell for row in scores(desk).rows for cell in row}
    with database.reading() as session:
        assert session.get_one(Report, report).state is ReportState.BLOCKED


# Hostile words, in every field that ends in a file or a mail.


@pytest.fixture
def desk(database: Database) -> Reporting:
    return hostile(database)


def released_of(desk: Reporting) -> UUID:
    with desk.database.reading() as session:
        return session.scalars(sa.select(Report.id).where(Report.number == 2)).one()


def test_hostile_words_in_any_field_do_nothing_in_a_pdf(desk: Reporting, data: Settings) -> None:
    """robustness 29"""
    facts = frozen(desk, released_of(desk))
    with desk.database.reading() as session:
        planned = session.scalars(sa.select(PlanAction)).one()
        centre = session.get_one(type(desk.centre), desk.centre.id)
        papers = [sheets.make(session, centre, kind, EN) for kind in sheets.KINDS]
    with desk.database.writing() as session:
        papers.append(group.paper(group_reports.group_report(session, desk.centre.id, "en", by=desk.hr_by)))  # fmt: skip
    own = OwnFacts(plan=(PlannedAction(planned.text, planned.if_text, planned.then_text, planned.sign),))
    made = [pdf.write(facts, fonts.made(), own), *(pdf.compose(one, fonts.made()) for one in [*papers, guide.paper("en")])]  # fmt: skip
    for content in made:
        assert failures(content) == []
        assert b"/JavaScript" not in content
        for page in PdfReader(BytesIO(content)).pages:
            for link in page.get("/Annots") or ():
                assert "/A" not in link.get_object(), "every link leads to a place in the document"
    archive = archive_of(desk, data)
    assert all(name.isascii() and "/" not in name for name in archive.namelist())
    assert json.loads(archive.read("manifest.json"))["made_for"] == HOSTILE


def test_hostile_words_in_any_field_are_no_formula_in_excel_and_csv(desk: Reporting) -> None:
    """robustness 29"""
    table = scores(desk)
    for row in csv.reader(StringIO(exports.as_csv(table).decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    sheet = load_workbook(BytesIO(exports.as_excel(table))).active
    assert sheet
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]


def test_hostile_words_in_any_field_add_nothing_to_a_mail(desk: Reporting, settings: Settings) -> None:
    with PostOffice() as post:
        thread = threading.Thread(target=post.serve_forever)
        thread.start()
        port = post.server_address[1]
        sending = replace(settings, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False, mail_from="klei@example.org")  # fmt: skip
        sent = mail.send_due(desk.database, sending)
        post.shutdown()
        thread.join()
    with desk.database.reading() as session:
        recipients = sorted(session.scalars(sa.select(Mail.recipient)))
    letters = [email.message_from_bytes(one, policy=policy.default) for one in post.letters]
    assert sent == len(recipients) > 8
    assert sorted(one["To"] for one in letters) == recipients
    assert not [one for one in recipients if "evil" in one]
    for one in letters:
        assert not {name.lower() for name in one} & {"bcc", "cc", "reply-to"}
        assert one.get_content_type() == "text/plain"


def test_hostile_words_in_any_field_go_whole_into_what_a_person_may_take_along(desk: Reporting) -> None:
    """rules G1 and G3"""
    with desk.database.writing() as session:
        supplied = copies.as_json(copies.supplied(session, desk.enrolments[0].id, by=desk.participant_by[0]))
    assert json.dumps(HOSTILE.replace("\r\n", "\n"), ensure_ascii=False)[1:-1] in supplied
