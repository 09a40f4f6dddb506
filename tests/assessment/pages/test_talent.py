"""HR's further pages: the overview, the group report, the guide, and readiness that its participant reads."""

import pytest
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.reporting import Reporting
from tests.conftest import log_in

NAMES = ("Ayşe <b>de</b> Vries", "ليلى الأنصاري", "x" * 200)


@pytest.fixture
def desk(sqlite_database: Database, settings: Settings) -> Reporting:
    fonts.put_into(settings.data_folder)
    return Reporting(sqlite_database, NAMES)


@pytest.fixture
def hr(client: FlaskClient, desk: Reporting) -> FlaskClient:
    return log_in(client, desk.hr)


def test_the_overview_shows_names_of_any_kind_and_no_number_of_a_result(
    hr: FlaskClient, desk: Reporting
) -> None:
    for who in range(3):
        desk.released(who)
    page = hr.get("/hr/overview?area=L1&order=day").text
    assert "Ayşe &lt;b&gt;de&lt;/b&gt; Vries" in page
    assert NAMES[1] in page
    assert NAMES[2] in page
    assert "range: Effective to Strength to build on" in page
    assert "3.4" not in page
    assert hr.get("/hr/overview?centre=x&area=%3Cb%3E&band=1&order=score&page=-3").status_code == 200


def test_readiness_is_written_under_ones_name_and_read_by_its_participant(
    hr: FlaskClient, desk: Reporting
) -> None:
    """rule G4"""
    report = desk.released(0)
    nothing = hr.post(f"/hr/reports/{report}/readiness", data={"words": "Ready now.", "reason": ""})
    assert nothing.status_code == 422
    assert "Ready now." in nothing.text
    hr.post(f"/hr/reports/{report}/readiness", data={"words": "<i>Soon</i>", "reason": "Two projects."})
    page = log_in(hr, desk.people[0]).get(f"/participant/reports/{report}").text
    for words in ("&lt;i&gt;Soon&lt;/i&gt;", "Two projects.", "Hanna de Wit"):
        assert words in page


def test_a_release_that_was_taken_back_while_the_page_stood_open_is_refused(
    hr: FlaskClient, desk: Reporting
) -> None:
    report = desk.released(0)
    assert hr.get(f"/hr/reports/{report}").status_code == 200
    desk.block(report)
    assert hr.post(f"/hr/reports/{report}/readiness", data={"words": "a", "reason": "b"}).status_code == 404
    assert hr.post(f"/hr/reports/{report}.pdf").status_code == 404


def test_the_group_report_and_the_guide_are_pages_and_pdf(hr: FlaskClient, desk: Reporting) -> None:
    desk.released(0)
    here = f"/hr/centres/{desk.centre.id}/group"
    assert "1 report is released, and 8 are needed" in hr.get(here).text
    assert hr.post(f"{here}.pdf").data.startswith(b"%PDF")
    assert "Ask for the scores" in hr.get("/hr/conversation-guide").text
    assert hr.get("/hr/conversation-guide.pdf").data.startswith(b"%PDF")
    participant = log_in(hr, desk.people[0])
    assert "Ask for the scores" in participant.get("/participant/conversation-guide").text
    assert participant.get("/participant/conversation-guide.pdf").data.startswith(b"%PDF")


def test_the_participants_copy_has_what_the_edition_for_hr_has_not(
    client: FlaskClient, desk: Reporting
) -> None:
    """rule R2: 5, 6 and 8 never leave the participant."""
    report = desk.released(0)
    own = log_in(client, desk.people[0]).get(f"/participant/reports/{report}").text
    log_in(client, desk.hr).post(f"/hr/reports/{report}/open")
    theirs = client.get(f"/hr/reports/{report}").text
    for number in range(10):
        assert f'id="section-{number}"' in own
        assert (f'id="section-{number}"' in theirs) is (number not in (5, 6, 8))
    paper = log_in(client, desk.people[0])
    assert paper.get(f"/participant/reports/{report}/report.pdf").data.startswith(b"%PDF")
    assert paper.get(f"/participant/reports/{report}/edition-for-hr.pdf").data.startswith(b"%PDF")


def test_from_a_sentence_one_comes_to_the_participants_own_words(
    client: FlaskClient, desk: Reporting
) -> None:
    """rule R1: sentence, passage, own words."""
    report = desk.signed(0)
    page = log_in(client, desk.people[0]).get(f"/participant/reports/{report}").text
    assert 'href="#passage-1"' in page
    passage = page.split('id="passage-1"')[1].split("</li>")[0]
    assert "Bo and Mehmet stop using these batches now" in passage


def test_the_page_of_what_followed_says_from_how_many_people_on_it_counts(
    hr: FlaskClient, desk: Reporting
) -> None:
    desk.released(0)
    page = hr.get("/hr/follow-up").text
    assert "from 8 reports on" in page
    assert "is below 5 people" in page
    assert "Macro" not in page
