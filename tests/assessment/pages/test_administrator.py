"""The administrator's journey over HTTP: from a programme to an open centre with people in it, and bad input."""

import html
import io
import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import openpyxl
import pytest
import sqlalchemy as sa
import xlsxwriter
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment import clock
from assessment.access import Actor
from assessment.database import Database
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.event import Mail
from assessment.models.person import Person, Role, RoleName
from assessment.models.programme import Programme, Purpose
from assessment.models.rating import Assignment
from assessment.models.sitting import Sitting
from assessment.services import centres, enrolments, policies
from assessment.services.imports import Participant
from tests import factories
from tests.assessment import composing
from tests.assessment.composing import shelf  # noqa: F401 -- a fixture
from tests.assessment.query_count import counting
from tests.conftest import count_rows, log_in

pytestmark = pytest.mark.usefixtures("shelf")


def test_from_an_empty_house_to_an_open_centre(
    client: FlaskClient, sqlite_database: Database, anna: Person
) -> None:
    assert "no programme yet" in page(client, "/administrator/")
    made = client.post("/administrator/programmes/new", data={"name": "Further", "purpose": "development"})
    assert made.status_code == 303
    programme = made.location
    assert "no centre yet" in page(client, programme)
    here = client.post(f"{programme}/centres", data={"centre_name": "Spring centre"}).location
    text = page(client, here)
    for rule in ("M2", "M3", "M6", "M10", "Dates"):
        assert rule in text
    assert "may open" not in text
    client.post(f"{here}weights/suggested")
    assert 'value="70"' in page(client, f"{here}exercises")
    local = clock.now().replace(second=0, microsecond=0)
    moments = {
        name: (local + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")
        for name, days in (("first_start_at", -1), ("latest_start_at", 3), ("latest_end_at", 5))
    }
    setup = {
        "name": "Spring centre",
        "time_zone": "Europe/Amsterdam",
        "job_analysis_who": "example",
        "job_analysis_when": "example",
        "job_analysis_how": "example",
        "may_be_blocked": "y",
        "report_valid_months": "24",
    }
    assert client.post(f"{here}setup", data={**setup, **moments}).status_code == 303
    for language in ("en", "nl"):
        form = page(client, f"{here}policy/{language}")
        fields = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL))
        assert client.post(f"{here}policy/{language}", data=fields).status_code == 303
    for number in range(2):
        data = {"email": f"a{number}@example.org", "name": f"Assessor {number}"}
        assert client.post(f"{here}assessors/join", data=data).status_code == 303
        with sqlite_database.reading() as session:
            assessor = session.scalars(sa.select(Person).filter_by(email=f"a{number}@example.org")).one()
        data = {
            "assessor": str(assessor.id),
            "exercise": "",
            "valid_until_on": (local + timedelta(days=90)).date().isoformat(),
            "reason": "A training day",
        }
        assert client.post(f"{here}assessors/calibrations", data=data).status_code == 303
    assert "may open" in page(client, here)
    csv = "email,name,time_factor\np1@example.org,Pia,1\np2@example.org,Piet,2\n"
    preview = upload(client, here, csv.encode())
    assert preview.status_code == 200
    assert "New: 2" in preview.text
    assert client.post(f"{here}participants/import/confirm", data={"content": csv}).status_code == 303
    assert client.post(f"{here}open").status_code == 303
    assert client.post(f"{here}participants/invite").status_code == 303
    assert client.post(f"{here}assessors/assign").status_code == 303
    counts = {
        table: count_rows(sqlite_database, table) for table in (Enrolment, Sitting, Assignment, Calibration)
    }
    assert counts == {Enrolment: 2, Sitting: 6, Assignment: 8, Calibration: 2}
    assert "/link/" in page(client, "/administrator/outbox/")
    assert "Nothing to do" in page(client, "/administrator/")
    assert client.post(f"{here}close").status_code == 303
    assert client.post(f"{programme}/close").status_code == 303
    with sqlite_database.reading() as session:
        assert session.scalars(sa.select(Centre)).one().state is CentreState.CLOSED


def test_opening_too_early_is_told_and_changes_nothing(client: FlaskClient, draft: Centre) -> None:
    assert client.post(address(draft, "open")).status_code == 303
    assert "cannot open yet" in page(client, address(draft))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"first_start_at": "2026-03-05T10:00", "latest_start_at": "2026-03-04T10:00"}, "has to come before"),
        (
            {"latest_start_at": "2026-03-04T10:00", "latest_end_at": "2026-03-04T10:30"},
            "Somebody who starts last",
        ),
        ({"latest_start_at": "2026-03-29T02:30"}, "does not exist"),
        ({"latest_start_at": "tomorrow"}, "Not a valid"),
        ({"time_zone": "Mars/Base"}, "not a time zone"),
        ({"report_valid_months": "3"}, "between 12 and 60"),
        ({"report_valid_months": "many"}, "Not a valid integer"),
        ({"name": "  "}, "required"),
    ],
)
def test_a_setup_that_cannot_be_is_explained(
    client: FlaskClient, draft: Centre, data: dict[str, str], words: str
) -> None:
    full = {"name": "Spring", "time_zone": "Europe/Amsterdam", "report_valid_months": "24", **data}
    answer = client.post(address(draft, "setup"), data=full)
    assert answer.status_code == 422
    assert words in answer.text


def test_moments_are_on_the_clock_of_the_centre(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    data = {"name": "Spring", "time_zone": "America/New_York", "report_valid_months": "24"}
    client.post(address(draft, "setup"), data={**data, "latest_start_at": "2027-07-01T09:00"})
    with sqlite_database.reading() as session:
        stored = session.get_one(Centre, draft.id).latest_start_at
    assert stored
    assert stored.isoformat() == "2027-07-01T13:00:00+00:00"
    assert 'value="2027-07-01T09:00"' in page(client, address(draft, "setup"))


@pytest.mark.parametrize(
    ("moment", "said"),
    [("2026-03-29T02:30", "does not exist"), ("2026-10-25T02:30", "twice that night")],
)
def test_a_moment_of_the_change_of_summer_time_that_is_none_or_two_is_told_and_kept_in_its_field(
    client: FlaskClient, sqlite_database: Database, draft: Centre, moment: str, said: str
) -> None:
    data = {"name": "Changed", "time_zone": "Europe/Amsterdam", "report_valid_months": "24"}
    answer = client.post(address(draft, "setup"), data={**data, "first_start_at": moment})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{moment}"' in answer.text
    with sqlite_database.reading() as session:
        assert session.get_one(Centre, draft.id).name != "Changed"


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59:00+00:00"),
        ("2026-03-29T03:00", "2026-03-29T01:00:00+00:00"),
        ("2026-10-25T01:59", "2026-10-24T23:59:00+00:00"),
        ("2026-10-25T03:00", "2026-10-25T02:00:00+00:00"),
    ],
)
def test_the_moments_around_the_change_of_summer_time_are_what_they_say(
    client: FlaskClient, sqlite_database: Database, draft: Centre, moment: str, instant: str
) -> None:
    data = {"name": "Spring", "time_zone": "Europe/Amsterdam", "report_valid_months": "24"}
    assert client.post(address(draft, "setup"), data={**data, "first_start_at": moment}).status_code == 303
    with sqlite_database.reading() as session:
        stored = session.get_one(Centre, draft.id).first_start_at
    assert stored
    assert stored.isoformat() == instant
    assert f'value="{moment}"' in page(client, address(draft, "setup"))


def test_the_order_is_taken_from_the_places(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    data = {
        "place-stavoord-case": "1",
        "place-stavoord-in-tray": "2",
        "place-stavoord-judgement": "",
        "place-x": "1",
    }
    client.post(address(draft, "exercises"), data=data)
    with sqlite_database.reading() as session:
        stored = session.get_one(Centre, draft.id)
        assert [entry.exercise for entry in stored.exercises] == ["E5", "E1"]


@pytest.mark.parametrize("value", ["x", "120", "-5", "nan", "inf"])
def test_a_weight_that_is_none_is_refused_and_nothing_changes(
    client: FlaskClient, sqlite_database: Database, draft: Centre, value: str
) -> None:
    client.post(address(draft, "weights/suggested"))
    client.post(address(draft, "weights"), data={"weight-L1-E1": value, "weight-L1-E3": "30"})
    assert "has to be a percentage" in page(client, address(draft, "exercises"))
    with sqlite_database.reading() as session:
        assert len(session.get_one(Centre, draft.id).weights) == 7


def test_weights_may_have_a_decimal_comma(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    client.post(
        address(draft, "weights"), data={"weight-L1-E1": "66,7 %", "weight-L1-E3": "33.3", "other": "1"}
    )
    with sqlite_database.reading() as session:
        stored = {weight.exercise: weight.value for weight in session.get_one(Centre, draft.id).weights}
    assert stored == {"E1": 0.667, "E3": 0.333}


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        ("email,name\nada@example.org,Zoë\n".encode("cp1252"), 422, "line 2"),
        (b"name\nAda\n", 422, "columns are missing"),
        (b"", 422, "no participants"),
        (b"email,name\nnobody,Ada\n=cmd,Bob\n", 200, "2 rows have a problem"),
        (b"email,name\na@example.org,Ada\na@example.org,Ada\n", 200, "also in row"),
    ],
)
def test_a_bad_file_is_explained(
    client: FlaskClient, draft: Centre, raw: bytes, status: int, words: str
) -> None:
    answer = upload(client, address(draft), raw)
    assert answer.status_code == status
    assert words in answer.text
    check_page(answer.text)
    assert "Import</button>" not in answer.text


def test_a_template_comes_back_filled_in_as_an_import(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    template = client.get(address(draft, "participants/import/template.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(template.data))
    for row in (("p1@example.org", "Pia"), ("p2@example.org", "Piet")):
        book.worksheets[0].append(row)
    filled = io.BytesIO()
    book.save(filled)
    preview = upload(client, address(draft), filled.getvalue())
    assert "New: 2" in preview.text
    check_page(preview.text)
    content = re.search(r'<textarea name="content"[^>]*>\n(.*?)</textarea>', preview.text, re.DOTALL)
    assert content
    posted = {"content": html.unescape(content[1])}
    assert client.post(address(draft, "participants/import/confirm"), data=posted).status_code == 303
    assert count_rows(sqlite_database, Enrolment) == 2
    assert client.get(address(draft, "participants/import/template.csv")).data.startswith(
        b"\xef\xbb\xbfemail"
    )


def test_a_workbook_with_a_formula_is_shown_with_its_row_and_imports_nothing(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["email", "name"])
        sheet.write_row(1, 0, ["p1@example.org", '=HYPERLINK("http://example.org","Pia")'])
    answer = upload(client, address(draft), target.getvalue())
    assert "1 row has a problem" in answer.text
    assert "This is a formula of a spreadsheet" in answer.text
    assert "http://example.org" not in re.sub(r"<td>.*?</td>", "", answer.text)
    refused = upload(client, address(draft), target.getvalue()[:500])
    assert (refused.status_code, "cannot be read as an Excel workbook" in refused.text) == (422, True)
    assert count_rows(sqlite_database, Enrolment) == 0


def test_an_import_is_checked_again_when_it_is_confirmed(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    for content in ("email,name\nnobody,Ada\n", "", "rubbish"):
        answer = client.post(address(draft, "participants/import/confirm"), data={"content": content})
        assert answer.status_code == 422
    assert client.post(address(draft, "participants/import")).status_code == 422
    assert count_rows(sqlite_database, Enrolment) == 0


def test_a_participant_is_added_by_hand_once(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    data = {
        "email": "p@example.org",
        "name": "Pia",
        "language": "nl",
        "time_zone": "Europe/Amsterdam",
        "time_factor": "1,5",
    }
    assert client.post(address(draft, "participants/new"), data=data).status_code == 303
    for bad in ({}, {"time_factor": "12"}, {"email": "x"}, {"language": "fr"}, {"manager_email": "x"}):
        answer = client.post(address(draft, "participants/new"), data={**data, **bad})
        assert answer.status_code == 422
    with sqlite_database.reading() as session:
        assert session.scalars(sa.select(Enrolment.time_factor)).all() == [1.5]


def test_everything_about_one_participant(
    client: FlaskClient, sqlite_database: Database, anna: Person
) -> None:
    with sqlite_database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        assessor = factories.assessor(session, centre)
        made = factories.enrolment(
            session, centre, adjustment_request="<b>More</b> time", adjustment_requested_at=clock.now()
        )
    here = address(centre, f"participants/{made.id}")
    text = page(client, here)
    assert "&lt;b&gt;More&lt;/b&gt; time" in text
    assert "asks for an adjustment" in page(client, address(centre, "participants/"))
    for factor in ("x", "0.5", "100"):
        assert client.post(f"{here}/time", data={"factor": factor, "reason": "requested"}).status_code == 422
    assert client.post(f"{here}/time", data={"factor": "1.5", "reason": "illness"}).status_code == 422
    assert client.post(f"{here}/time", data={"factor": "1.5", "reason": "requested"}).status_code == 303
    assert client.post(f"{here}/exclusions", data={"assessor": str(assessor.id)}).status_code == 303
    assert client.post(f"{here}/exclusions", data={"assessor": "x"}).status_code == 404
    assert client.post(f"{here}/exclusions", data={"assessor": str(uuid4())}).status_code == 404
    assert client.post(f"{here}/invite").status_code == 303
    assert client.post(f"{here}/withdraw").status_code == 303
    page(client, here)
    with sqlite_database.reading() as session:
        stored = session.get_one(Enrolment, made.id)
        assert (stored.time_factor, stored.state) == (1.5, EnrolmentState.WITHDRAWN)
    assert count_rows(sqlite_database, Exclusion) == 1
    assert count_rows(sqlite_database, Mail) == 1


def test_the_list_is_searched_and_sorted_without_scripts(
    client: FlaskClient, sqlite_database: Database, anna: Person, by: Actor
) -> None:
    with sqlite_database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        for name, department in (("Ada", "Sales"), ("Bob", "Law"), ("Cas", "Law")):
            enrolments.add(
                session, centre, Participant(f"{name}@example.org", name, department=department), by=by
            )
    here = address(centre, "participants/")
    assert names_in(page(client, here)) == ["Ada", "Bob", "Cas"]
    assert names_in(page(client, f"{here}?q=law")) == ["Bob", "Cas"]
    assert names_in(page(client, f"{here}?sort=department")) == ["Bob", "Cas", "Ada"]
    assert names_in(page(client, f"{here}?progress=done&sort=nonsense")) == []


def test_calibrations_and_assessors_refuse_what_cannot_be(
    client: FlaskClient, sqlite_database: Database, anna: Person
) -> None:
    with sqlite_database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        participant = factories.person(session)
        factories.enrolment(session, centre, participant)
        assessor = factories.assessor(session, centre)
    here = address(centre, "assessors/")
    page(client, here)
    good = {"assessor": str(assessor.id), "exercise": "E5", "valid_until_on": "2999-01-01", "reason": "x"}
    for bad in ({"assessor": "x"}, {"exercise": "E9"}, {"valid_until_on": "2001-01-01"}, {"reason": ""}):
        assert client.post(f"{here}calibrations", data={**good, **bad}).status_code == 422
    assert client.post(f"{here}calibrations", data=good).status_code == 303
    assert client.post(f"{here}join", data={"email": participant.email}).status_code == 422
    assert client.post(f"{here}join", data={"email": "new@example.org"}).status_code == 422
    assert client.post(f"{here}calibrations/{uuid4()}/withdraw").status_code == 404
    with sqlite_database.reading() as session:
        calibration = session.scalars(sa.select(Calibration)).one()
    assert client.post(f"{here}calibrations/{calibration.id}/withdraw").status_code == 303
    assert client.post(f"{here}{assessor.id}/leave").status_code == 303
    assert client.post(f"{here}{assessor.id}/leave").status_code == 404


def test_people_get_and_lose_roles(client: FlaskClient, sqlite_database: Database, anna: Person) -> None:
    with sqlite_database.writing() as session:
        programme = factories.programme(session)
    data = {"email": "h@example.org", "name": "Hanna", "language": "nl", "time_zone": "Europe/Amsterdam"}
    where = {"role": "hr", "programme": str(programme.id)}
    people = "/administrator/people/"
    assert client.post(f"{people}new", data={**data, "role": "hr", "programme": ""}).status_code == 422
    assert client.post(f"{people}new", data={**data, **where}).status_code == 303
    assert client.post(f"{people}new", data={**data, **where}).status_code == 422
    assert "Hanna" in page(client, f"{people}?role=hr")
    assert "Hanna" not in page(client, f"{people}?role=assessor")
    with sqlite_database.reading() as session:
        hanna = session.scalars(sa.select(Person).filter_by(email="h@example.org")).one()
        role = session.scalars(sa.select(Role).filter_by(person_id=hanna.id)).one()
    assert page(client, f"{people}{hanna.id}")
    assert (
        client.post(f"{people}{hanna.id}/roles", data={"role": "administrator", "programme": "x"}).status_code
        == 422
    )
    assert client.post(f"{people}{hanna.id}/link").status_code == 303
    assert client.post(f"{people}{hanna.id}/roles/{role.id}/take").status_code == 303
    assert client.post(f"{people}{hanna.id}/roles/{role.id}/take").status_code == 404
    with sqlite_database.reading() as session:
        own = session.scalars(sa.select(Role).filter_by(person_id=anna.id)).one()
    client.post(f"{people}{anna.id}/roles/{own.id}/take")
    assert count_rows(sqlite_database, Role) == 1
    assert count_rows(sqlite_database, Mail) == 2


def test_an_administrator_of_one_programme_sees_only_it(
    client: FlaskClient, sqlite_database: Database, draft: Centre
) -> None:
    with sqlite_database.writing() as session:
        mine = factories.programme(session, name="Mine")
        local = factories.person(session, name="Local")
        factories.role(session, local, RoleName.ADMINISTRATOR, programme_id=mine.id)
        other = factories.person(session, name="Somebody Else")
    log_in(client, local)
    assert "Mine" in page(client, "/administrator/")
    assert "Further" not in page(client, "/administrator/")
    assert "Somebody Else" not in page(client, "/administrator/people/")
    for path in (address(draft), address(draft, "participants/"), f"/administrator/people/{other.id}"):
        assert client.get(path).status_code == 404
    assert client.post(address(draft, "open")).status_code == 404
    assert client.get("/administrator/programmes/new").status_code == 404
    data = {"email": "x@example.org", "name": "X", "language": "en", "time_zone": "Europe/Amsterdam"}
    answer = client.post("/administrator/people/new", data={**data, "role": "administrator", "programme": ""})
    assert answer.status_code == 422


def test_links_are_hidden_from_the_outbox_where_mails_really_leave(
    client: FlaskClient, sqlite_database: Database, anna: Person
) -> None:
    from dataclasses import replace

    client.post("/forgotten", data={"email": anna.email})
    assert "/link/" in page(client, "/administrator/outbox/")
    extensions = client.application.extensions
    extensions["klei_settings"] = replace(extensions["klei_settings"], smtp_host="mail.example.org")
    assert "/link/" not in page(client, "/administrator/outbox/")


def test_the_purpose_of_selection_is_told_to_be_impossible(
    client: FlaskClient, sqlite_database: Database, anna: Person, by: Actor
) -> None:
    with sqlite_database.writing() as session:
        centre = composing.draft(session, by, purpose=Purpose.SELECTION)
    assert "cannot be used for selection" in page(client, address(centre))


def test_lists_take_as_many_queries_for_many_as_for_few(
    client: FlaskClient, sqlite_database: Database, anna: Person, by: Actor
) -> None:
    counts: list[list[int]] = []
    for n in (2, 60):
        with sqlite_database.writing() as session:
            centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
            enrolments.import_text(
                session,
                centre,
                "email,name\n" + "".join(f"q{n}-{i}@example.org,Q {i}\n" for i in range(n)),
                by=by,
            )
            for _ in range(n):
                factories.assessor(session, centre)
                factories.centre(session, "stavoord-case")
        found = []
        for path in (
            "/administrator/",
            "/administrator/people/",
            "/administrator/outbox/",
            address(centre, "participants/"),
            address(centre, "assessors/"),
        ):
            client.get(path)
            with counting(sqlite_database) as count:
                assert client.get(path).status_code == 200
            found.append(count.n)
        counts.append(found)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_is_whole_in_both_languages(
    client: FlaskClient, sqlite_database: Database, by: Actor, language: str
) -> None:
    with sqlite_database.writing() as session:
        person = session.get_one(Person, by.person_id)
        person.language = language
        centre = composing.draft(session, by)
        opened = composing.draft(session, by)
        composing.complete(session, opened, by)
        made = enrolments.add(session, opened, Participant("p@example.org", "Pia", time_factor=1.5), by=by)
        centres.open(session, opened.id, by=by)
        programme = session.scalars(sa.select(Programme).limit(1)).one()
    log_in(client, person)
    pages = [
        "/administrator/",
        "/administrator/people/",
        "/administrator/people/new",
        "/administrator/outbox/",
    ]
    pages += [f"/administrator/programmes/{programme.id}", "/administrator/programmes/new", "/account"]
    pages += [f"/administrator/people/{person.id}"]
    for one in (centre, opened):
        pages += [
            address(one, part)
            for part in (
                "",
                "setup",
                "exercises",
                "policy/en",
                "policy/nl?suggested=1",
                "participants/",
                "participants/new",
                "participants/import",
                "assessors/",
            )
        ]
    pages.append(address(opened, f"participants/{made.id}"))
    for path in pages:
        assert f'<html lang="{language}">' in page(client, path)


def test_texts_of_an_open_centre_are_read_and_not_written(
    client: FlaskClient, sqlite_database: Database, by: Actor
) -> None:
    with sqlite_database.writing() as session:
        person = session.get_one(Person, by.person_id)
        opened = composing.draft(session, by)
        composing.complete(session, opened, by)
        centres.open(session, opened.id, by=by)
    log_in(client, person)
    assert "<textarea" not in page(client, address(opened, "policy/en"))
    blank = dict.fromkeys(policies.PARTS, "")
    client.post(address(opened, "policy/en"), data=blank)
    client.post(address(opened, "exercises"), data={"place-stavoord-case": "1"})
    client.post(address(opened, "weights"), data={})
    with sqlite_database.reading() as session:
        stored = centres.get(session, opened.id, by=by)
        assert not centres.missing_policies(stored)
        assert (len(stored.exercises), len(stored.weights)) == (3, 7)


# What every page has, and small shorthands.


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    check_page(answer.text)
    return answer.text


class Reader(HTMLParser):
    """Notes what every page has to have or must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.problems: list[str] = []
        self.labels_open = 0

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = dict(given)
        self.ids += [attributes["id"]] if attributes.get("id") else []
        if "style" in attributes or any(name.startswith("on") for name in attributes):
            self.problems.append(f"inline style or script on {tag}")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels_open += 1
            self.labelled.add(attributes.get("for") or "")
        is_hidden = attributes.get("type") == "hidden" or "hidden" in attributes
        if tag in ("input", "select", "textarea") and not is_hidden and not self.labels_open:
            self.controls.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        self.labels_open -= tag == "label"


def check_page(text: str) -> None:
    reader = Reader()
    reader.feed(text)
    assert reader.problems == []
    assert reader.headings.count(1) == 1
    steps = zip(reader.headings, reader.headings[1:], strict=False)
    assert all(later <= earlier + 1 for earlier, later in steps), reader.headings
    assert len(reader.ids) == len(set(reader.ids)), sorted(reader.ids)
    for control in reader.controls:
        assert control.get("aria-label") or control.get("id") in reader.labelled, control


def names_in(text: str) -> list[str]:
    return re.findall(r'<th scope="row" class="strong"><a [^>]*>([^<]+)</a>', text)


def upload(client: FlaskClient, here: str, raw: bytes) -> TestResponse:
    return client.post(f"{here}participants/import", data={"file": (io.BytesIO(raw), "people.csv")})


def address(centre: Centre, rest: str = "") -> str:
    return f"/administrator/centres/{centre.id}/{rest}"


@pytest.fixture
def anna(sqlite_database: Database, client: FlaskClient) -> Person:
    with sqlite_database.writing() as session:
        made = factories.administrator(session, name="Anna")
    log_in(client, made)
    return made


@pytest.fixture
def by(sqlite_database: Database, anna: Person) -> Actor:
    with sqlite_database.reading() as session:
        return factories.actor(session, session.get_one(Person, anna.id))


@pytest.fixture
def draft(sqlite_database: Database, by: Actor) -> Centre:
    with sqlite_database.writing() as session:
        return composing.draft(session, by)
