"""HR's pages: who is where without results, released reports, and what can be taken out."""

import zipfile
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.event import Job
from assessment.models.person import RoleName
from assessment.models.report import Download
from assessment.services import reports
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.query_count import counting
from tests.assessment.reporting import Reporting
from tests.conftest import count_rows, log_in
from tests.working import run_next

NAMES = ("Ayşe <b>de</b> Vries", "Bram & Co", "=1+1")


@pytest.fixture
def desk(sqlite_database: Database, settings: Settings) -> Reporting:
    fonts.put_into(settings.data_folder)
    return Reporting(sqlite_database, NAMES)


@pytest.fixture
def hr(client: FlaskClient, desk: Reporting) -> FlaskClient:
    return log_in(client, desk.hr)


def test_the_dashboard_says_who_is_where_and_no_result(hr: FlaskClient, desk: Reporting) -> None:
    # rules N2, N3
    summary = "A sentence that only the report may say."
    desk.signed(0, summary=summary)
    desk.block(desk.released(1, summary=summary), 1)
    page = hr.get("/hr/").get_data(as_text=True)
    for said in ("with the participant", "blocked", "finished, being rated"):
        assert said in page
    assert "Ayşe &lt;b&gt;de&lt;/b&gt; Vries" in page
    for secret in (summary, "Effective", "Giving direction", "/hr/reports/"):
        assert secret not in page


def test_only_a_released_report_can_be_opened_and_taken_out(hr: FlaskClient, desk: Reporting) -> None:
    # rules N2, N3
    report = desk.drafted(0)
    pages = [("GET", f"/hr/reports/{report}"), ("POST", f"/hr/reports/{report}.pdf")]

    def statuses() -> list[int]:
        return [hr.open(path, method=method).status_code for method, path in pages]

    assert statuses() == [404, 404]
    with desk.database.writing() as session:
        reports.sign(session, report, by=desk.by, base_url="http://klei.test")
    assert statuses() == [404, 404]
    desk.release(report, 0)
    assert statuses() == [200, 200]
    desk.block(report, 0)
    assert statuses() == [404, 404]
    assert count_rows(desk.database, Download) == 1


def test_a_report_is_read_with_its_sections_and_names_escaped(hr: FlaskClient, desk: Reporting) -> None:
    report = desk.released(0, summary="<script>alert(1)</script> & more")
    door = hr.get(f"/hr/reports/{report}").text
    assert 'id="section-1"' not in door, "nothing before it is written down who opens it"
    hr.post(f"/hr/reports/{report}/open")
    page = hr.get(f"/hr/reports/{report}").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    for number in (0, 1, 2, 3, 4, 7, 9):
        assert page.count(f'id="section-{number}"') == 1


def test_a_pdf_is_taken_out_under_a_plain_name_and_written_down(hr: FlaskClient, desk: Reporting) -> None:
    report = desk.released(0)
    answer = hr.post(f"/hr/reports/{report}.pdf")
    assert answer.data.startswith(b"%PDF")
    assert "report-ay" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    with desk.database.reading() as session:
        found = session.scalars(sa.select(Download)).one()
        assert (found.report_id, found.person_id, found.form) == (report, desk.hr.id, "pdf")


def test_without_fonts_the_page_says_so_and_nothing_is_noted(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Reporting(sqlite_database)
    report = desk.released()
    answer = log_in(client, desk.hr).post(f"/hr/reports/{report}.pdf")
    assert answer.status_code == 503
    assert count_rows(sqlite_database, Download) == 0


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_scores_are_downloads_with_a_type_and_a_name(hr: FlaskClient, desk: Reporting, form: str) -> None:
    desk.released(2)
    answer = hr.post(f"/hr/centres/{desk.centre.id}/scores.{form}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f"klei-scores.{form}")
    if form == "csv":
        assert "\r\n'=1+1," in answer.data.decode("utf-8-sig")
    assert count_rows(desk.database, Download) == 1


def test_nothing_to_take_out_is_a_sentence(hr: FlaskClient, desk: Reporting) -> None:
    for path in ("scores.csv", "scores.xlsx", "archive"):
        answer = hr.post(f"/hr/centres/{desk.centre.id}/{path}")
        assert (answer.status_code, "No report of this centre" in answer.text) == (409, True)


def test_an_archive_is_waited_for_and_downloaded_once(
    hr: FlaskClient, desk: Reporting, settings: Settings
) -> None:
    desk.released(0)
    page = hr.post(f"/hr/centres/{desk.centre.id}/archive").headers["Location"]
    assert "It waits for its turn." in hr.get(page).text
    assert hr.get(f"{page}/state").get_json()["is_over"] is False
    assert hr.post(f"{page}/reports.zip").status_code == 404
    assert run_next(desk.database, settings)
    assert "Download the archive" in hr.get(page).text
    answer = hr.post(f"{page}/reports.zip")
    assert len(zipfile.ZipFile(BytesIO(answer.data)).namelist()) == 2
    assert "It was downloaded" in hr.get(page).text
    assert hr.post(f"{page}/reports.zip").status_code == 404


def test_an_archive_with_a_report_that_was_blocked_is_not_handed_over(
    hr: FlaskClient, desk: Reporting, settings: Settings
) -> None:
    first = desk.released(0)
    desk.released(1)
    page = hr.post(f"/hr/centres/{desk.centre.id}/archive").headers["Location"]
    run_next(desk.database, settings)
    desk.block(first, 0)
    answer = hr.post(f"{page}/reports.zip", follow_redirects=True)
    assert "It is not handed over." in answer.text
    assert "It waits for its turn." in answer.text


def test_an_archive_can_be_cancelled(hr: FlaskClient, desk: Reporting, settings: Settings) -> None:
    desk.released(0)
    page = hr.post(f"/hr/centres/{desk.centre.id}/archive").headers["Location"]
    assert "You cancelled it." in hr.post(f"{page}/cancel", follow_redirects=True).text
    assert not run_next(desk.database, settings)


def test_another_hr_generalist_finds_neither_centre_nor_archive(
    hr: FlaskClient, app: Flask, desk: Reporting
) -> None:
    report = desk.released(0)
    page = hr.post(f"/hr/centres/{desk.centre.id}/archive").headers["Location"]
    with desk.database.writing() as session:
        stranger = factories.person(session)
        factories.role(session, stranger, RoleName.HR, programme_id=factories.programme(session).id)
    other = log_in(app.test_client(), stranger)
    assert "Spring centre" not in other.get("/hr/").text
    for method, path in (
        ("GET", f"/hr/reports/{report}"),
        ("GET", f"/hr/reports/{report}/state"),
        ("POST", f"/hr/reports/{report}/open"),
        ("POST", f"/hr/reports/{report}.pdf"),
        ("POST", f"/hr/centres/{desk.centre.id}/scores.csv"),
        ("POST", f"/hr/centres/{desk.centre.id}/archive"),
        ("GET", page),
        ("GET", f"{page}/state"),
        ("POST", f"{page}/cancel"),
    ):
        assert other.open(path, method=method).status_code == 404, path
    assert count_rows(desk.database, Job) == 1


def test_the_dashboard_asks_no_more_for_two_hundred_than_for_two(
    client: FlaskClient, sqlite_database: Database
) -> None:
    desk = Reporting(sqlite_database, ("Ayşe", "Bram"))
    desk.released(0)
    log_in(client, desk.hr)
    with counting(sqlite_database) as few:
        client.get("/hr/")
    with sqlite_database.writing() as session:
        for _ in range(198):
            factories.enrolment(session, session.merge(desk.centre))
    with counting(sqlite_database) as many:
        assert client.get("/hr/").text.count('scope="row"') == 200
    assert many.n == few.n


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_is_in_one_language(client: FlaskClient, sqlite_database: Database, language: str) -> None:
    desk = Reporting(sqlite_database, languages=(language,))
    report = desk.released()
    desk.hr.language = language
    log_in(client, desk.hr).post(f"/hr/reports/{report}/open")
    page = client.get(f"/hr/reports/{report}").text
    said = {
        "en": ("How we worked", "Download as PDF"),
        "nl": ("Hoe we hebben gewerkt", "Downloaden als pdf"),
    }
    for words in said[language]:
        assert words in page
    other = "nl" if language == "en" else "en"
    for words in said[other]:
        assert words not in page
