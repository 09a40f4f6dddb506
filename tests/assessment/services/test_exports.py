"""What HR takes out holds released reports alone, and cells that are never formulas."""

import csv
import hashlib
import json
import zipfile
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from assessment import clock, errors, jobs
from assessment.database import Database
from assessment.language import translator
from assessment.models.event import Job, JobState
from assessment.models.person import Person, RoleName
from assessment.models.report import Download
from assessment.sections import pdf
from assessment.services import exports, reports
from assessment.services.exports import Table
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.query_count import counting
from tests.assessment.reporting import Reporting
from tests.working import run_next

HOSTILE = ("=1+1", "+31 6", "-Ola", "@SUM(A1)", 'Bo "the <b>" & Çelik', "ليلى", "Zoë 🙂")
EN = translator("en")


@pytest.fixture
def data(settings: Settings) -> Settings:
    fonts.put_into(settings.data_folder)
    return settings


def table_of(desk: Reporting, words: object = EN) -> Table:
    with desk.database.writing() as session:
        return exports.scores(session, desk.centre.id, "scores_csv", words, by=desk.hr_by)  # type: ignore[arg-type]


def downloads(desk: Reporting) -> list[tuple[UUID, str]]:
    with desk.database.reading() as session:
        return [(one.report_id, one.form) for one in session.scalars(sa.select(Download))]


# Scores.


def test_scores_hold_released_reports_alone_and_note_each(database: Database) -> None:
    desk = Reporting(database, ("Ayşe", "Bram", "Çelik", "Dirk", "Els"))
    first, second = desk.released(0), desk.released(2)
    desk.signed(1)
    desk.block(desk.released(3), 3)
    table = table_of(desk)
    assert [row[0] for row in table.rows] == ["Ayşe", "Çelik"]
    assert sorted(downloads(desk)) == sorted([(first, "scores_csv"), (second, "scores_csv")])


def test_each_cell_says_what_the_report_says(database: Database) -> None:  # robustness 29
    desk = Reporting(database, ("Ayşe", "Bram", "Çelik"))
    for who in range(3):
        desk.released(who)
    table = table_of(desk)
    for place, row in enumerate(table.rows):
        cells = dict(zip(table.columns, row, strict=True))
        assert cells["E-mail"] == desk.people[place].email
        assert cells["L1 Giving direction: in words"] == "Effective"
        assert cells["L1 Giving direction: result"] == round(3.4 + place / 10, 1)
        assert cells["L1 Giving direction: from"] == round(3.4 + place / 10 - 0.45, 1)
        assert cells["L1 Giving direction: to"] == round(3.4 + place / 10 + 0.45, 1)
        assert cells["L1 Giving direction: exercises"] == 2
        assert cells["L1 Giving direction: provisional"] == "yes"
        assert (
            cells["S1 Analysis and judgement: in words"] == "Between “Effective” and “Strength to build on”"
        )


@pytest.mark.parametrize(
    ("dimension", "reason"),
    [
        ("P1 Planning and prioritising", "Too little seen"),
        ("L3 Connecting and influencing", "Depends on the situation: more in “Owning or using?”"),
        ("S2 Strategic choice", "A second look has not led to a result"),
    ],
)
def test_without_a_number_there_is_a_reason_and_empty_cells(
    sqlite_database: Database, dimension: str, reason: str
) -> None:
    # rules U1, U2, U4
    desk = Reporting(sqlite_database)
    desk.released()
    table = table_of(desk)
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert str(cells[f"{dimension}: why there is no number"]).startswith(reason)
    for part in ("in words", "result", "from", "to"):
        assert cells[f"{dimension}: {part}"] is None


def test_hr_reads_the_scores_in_its_own_language(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database)
    desk.released()
    table = table_of(desk, translator("nl"))
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert cells["L1 Richting geven: in woorden"] == "Effectief"
    assert "met zekerheid" in str(cells["P1 Plannen en prioriteren: waarom er geen getal is"])


def test_a_table_takes_as_many_queries_for_seven_as_for_two(database: Database) -> None:  # robustness 29
    counts = []
    for names in (HOSTILE[:2], HOSTILE):
        desk = Reporting(database, names)
        for who in range(len(names)):
            desk.released(who)
        with counting(database) as count:
            assert len({row[1] for row in table_of(desk).rows}) == len(names)
        counts.append(count.n)
    assert counts[0] == counts[1]


def test_hostile_names_stay_texts_in_csv_and_excel(database: Database) -> None:  # robustness 29
    desk = Reporting(database, HOSTILE)
    for who in range(len(HOSTILE)):
        desk.released(who)
    table = table_of(desk)
    raw = exports.as_csv(table)
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(StringIO(raw.decode("utf-8-sig"))))
    sheet = load_workbook(BytesIO(exports.as_excel(table))).active
    assert sheet is not None
    assert len(read) == sheet.max_row == len(HOSTILE) + 1
    for line, row in enumerate(table.rows, start=1):
        for place, cell in enumerate(row):
            text = read[line][place]
            stored = sheet.cell(line + 1, place + 1)
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert stored.data_type != "f"
            if isinstance(cell, str):
                assert text.removeprefix("'") == stored.value == cell
            elif cell is None:
                assert (text, stored.value) == ("", None)
            elif isinstance(cell, (int, float)):
                assert float(text) == stored.value == cell
            else:
                assert text == cell.isoformat() == stored.value.date().isoformat()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    table = Table((f"{start}column",), ((f"{start}1+1",),))
    for row in csv.reader(StringIO(exports.as_csv(table).decode("utf-8-sig"), newline="")):
        assert row[0].startswith("'")
    sheet = load_workbook(BytesIO(exports.as_excel(table))).active
    assert sheet is not None
    assert {sheet["A1"].data_type, sheet["A2"].data_type} == {"s"}


@pytest.mark.parametrize("name", ["Bo;=1+1", 'Bo;"=1+1;', "Bo; @SUM(1)", "Bo;-1;=2"])
def test_no_cell_is_a_formula_where_semicolons_part_them(name: str) -> None:
    raw = exports.as_csv(Table(("Participant", "E-mail"), ((name, "bo@example.org"),))).decode("utf-8-sig")
    for row in csv.reader(StringIO(raw, newline=""), delimiter=";"):
        for cell in row:
            assert not cell.strip(" \"'").startswith(("=", "@", "-")) or cell.lstrip(' "').startswith("'")


def test_nothing_released_is_said_and_noted_nowhere(database: Database) -> None:
    desk = Reporting(database)
    desk.signed()
    with pytest.raises(exports.NothingReleased):
        table_of(desk)
    with database.writing() as session, pytest.raises(exports.NothingReleased):
        exports.begin_archive(session, desk.centre.id, by=desk.hr_by)
    assert downloads(desk) == []


def test_hr_of_another_programme_takes_out_nothing(database: Database) -> None:
    desk = Reporting(database)
    desk.released()
    with database.writing() as session:
        stranger = factories.person(session)
        factories.role(session, stranger, RoleName.HR, programme_id=factories.programme(session).id)
        by = factories.actor(session, stranger)
        with pytest.raises(errors.NotFound):
            exports.scores(session, desk.centre.id, "scores_csv", EN, by=by)
        with pytest.raises(errors.NotFound):
            exports.begin_archive(session, desk.centre.id, by=by)


# The archive.


def begun(desk: Reporting) -> UUID:
    with desk.database.writing() as session:
        return exports.begin_archive(session, desk.centre.id, by=desk.hr_by).id


def job_of(desk: Reporting, job_id: UUID) -> Job:
    with desk.database.reading() as session:
        return session.get_one(Job, job_id)


def fetch(desk: Reporting, job_id: UUID, folder: Path) -> bytes | None:
    with desk.database.writing() as session:
        return exports.fetch_archive(session, job_id, folder, by=desk.hr_by)


def test_an_archive_holds_a_pdf_of_each_released_report_and_is_handed_over_once(
    database: Database, data: Settings
) -> None:
    desk = Reporting(database, ("Ayşe", "Ayşe", "Bram", "Çelik"))
    found = [desk.released(0), desk.released(1), desk.released(3)]
    desk.signed(2)
    job = begun(desk)
    assert run_next(database, data)
    assert (job_of(desk, job).state, job_of(desk, job).error) == (JobState.DONE, "")
    content = fetch(desk, job, data.data_folder)
    assert content
    archive = zipfile.ZipFile(BytesIO(content))
    day = clock.now().date().isoformat()
    assert sorted(archive.namelist()) == [
        "manifest.json",
        f"report-ayse-{day}-2.pdf",
        f"report-ayse-{day}.pdf",
        f"report-celik-{day}.pdf",
    ]
    papers = [name for name in archive.namelist() if name.endswith(".pdf")]
    assert all(archive.read(name).startswith(b"%PDF") for name in papers)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["made_for"] == "Hanna de Wit"
    assert {one["file"]: one["sha256"] for one in manifest["files"]} == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in papers
    }
    assert {one["edition"] for one in manifest["files"]} == {1}
    assert sorted(downloads(desk)) == sorted((one, "archive") for one in found)
    with pytest.raises(errors.NotFound):
        fetch(desk, job, data.data_folder)
    assert list((data.data_folder / "jobs").iterdir()) == []


def test_what_is_blocked_while_the_archive_is_made_is_not_in_it(
    database: Database, data: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # rule N3
    desk = Reporting(database, ("Ayşe", "Bram"))
    desk.released(0)
    second = desk.released(1)
    job = begun(desk)
    write = pdf.write

    def blocking(*values: object) -> bytes:
        desk.block(second, 1)
        return write(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(pdf, "write", blocking)
    run_next(database, data)
    content = fetch(desk, job, data.data_folder)
    assert content
    archive = zipfile.ZipFile(BytesIO(content))
    assert [name.split("-")[1] for name in archive.namelist() if name.endswith(".pdf")] == ["ayse"]
    assert len(json.loads(archive.read("manifest.json"))["files"]) == 1


def test_what_is_blocked_before_it_is_fetched_makes_the_archive_anew(
    database: Database, data: Settings
) -> None:
    desk = Reporting(database, ("Ayşe", "Bram"))
    desk.released(0)
    second = desk.released(1)
    job = begun(desk)
    run_next(database, data)
    desk.block(second, 1)
    assert fetch(desk, job, data.data_folder) is None
    assert list((data.data_folder / "jobs").iterdir()) == []
    assert downloads(desk) == []
    assert job_of(desk, job).state is JobState.QUEUED
    assert run_next(database, data)
    content = fetch(desk, job, data.data_folder)
    assert content
    assert len(zipfile.ZipFile(BytesIO(content)).namelist()) == 2


def test_when_the_last_report_is_blocked_the_archive_is_gone(database: Database, data: Settings) -> None:
    desk = Reporting(database)
    report = desk.released()
    job = begun(desk)
    run_next(database, data)
    desk.block(report)
    assert fetch(desk, job, data.data_folder) is None
    assert (job_of(desk, job).state, job_of(desk, job).result) == (JobState.DONE, "")
    assert not run_next(database, data)


def test_nobody_but_its_owner_fetches_an_archive(database: Database, data: Settings) -> None:
    desk = Reporting(database)
    desk.released()
    job = begun(desk)
    run_next(database, data)
    with database.writing() as session:
        other = factories.person(session)
        factories.role(session, other, RoleName.HR, programme_id=desk.centre.programme_id)
        with pytest.raises(errors.NotFound):
            exports.fetch_archive(session, job, data.data_folder, by=factories.actor(session, other))


def test_whoever_lost_the_role_gets_no_archive(database: Database, data: Settings) -> None:
    desk = Reporting(database)
    desk.released()
    job = begun(desk)
    run_next(database, data)
    desk.hr_by = replace(desk.hr_by, roles=frozenset())
    with pytest.raises(errors.NotFound):
        fetch(desk, job, data.data_folder)


def test_an_owner_who_left_makes_the_job_fail_and_leaves_no_file(database: Database, data: Settings) -> None:
    desk = Reporting(database)
    desk.released()
    job = begun(desk)
    with database.writing() as session:
        session.get_one(Person, desk.hr.id).is_active = False
    run_next(database, data)
    assert job_of(desk, job).state is JobState.FAILED


def test_a_cancelled_archive_leaves_no_file(
    sqlite_database: Database, data: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Reporting(sqlite_database, ("Ayşe", "Bram"))
    for who in range(2):
        desk.released(who)
    job = begun(desk)
    write = pdf.write

    def cancelling(*values: object) -> bytes:
        with sqlite_database.writing() as session:
            jobs.cancel(session, job, by=desk.hr_by)
        return write(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(pdf, "write", cancelling)
    run_next(sqlite_database, data)
    assert job_of(desk, job).state is JobState.CANCELLED
    assert list((data.data_folder / "jobs").iterdir()) == []


def test_an_archive_that_nobody_fetched_is_deleted_after_a_day(database: Database, data: Settings) -> None:
    desk = Reporting(database)
    desk.released()
    job = begun(desk)
    run_next(database, data)
    with database.writing() as session:
        assert exports.clear(session, data.data_folder) == 0
    with clock.at(clock.now() + exports.KEPT_FOR * 1.1), database.writing() as session:
        assert exports.clear(session, data.data_folder) == 1
    assert list((data.data_folder / "jobs").iterdir()) == []
    with pytest.raises(errors.NotFound):
        fetch(desk, job, data.data_folder)


def test_file_names_are_plain_letters(sqlite_database: Database) -> None:  # robustness 27
    desk = Reporting(sqlite_database, ("../../Zoë /etc 🙂", "ليلى"))
    names = []
    for who in range(2):
        report_id = desk.signed(who)
        with sqlite_database.reading() as session:
            facts = reports.frozen(session.get_one(reports.Report, report_id))
            names.append(exports.file_name(facts, "pdf"))
    day = clock.now().date().isoformat()
    assert names == [f"report-zoe-etc-{day}.pdf", f"report-{day}.pdf"]
