"""Names and texts that want to be something else: in pages, PDF, file names and mails. And what an answer gives away."""

import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.event import Mail
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.reporting import Reporting
from tests.conftest import log_in

HOSTILE = {
    "markup": "<img src=x onerror=alert(1)> & \"Bo\" 'Bo'",
    "formula": '=HYPERLINK("http://evil.test","Bo")',
    "turned": "Bo \u202egnp.exe\u202c",
    "invisible": "B\u200bo\u00ad Wolters",
    "combined": "Bo\u0301\u0327 Woltér",
    "emoji": "Bo 👩‍🔧 Wolters",
    "latex": r"Bo \input{/etc/passwd} {{ 7 * 7 }} {% raw %}",
    "long": "Bo " + "Wolters" * 20,
}


@pytest.fixture
def desk(sqlite_database: Database, settings: Settings) -> Reporting:
    fonts.put_into(settings.data_folder)
    return Reporting(sqlite_database, tuple(HOSTILE.values()))


@pytest.mark.parametrize("which", list(HOSTILE))
def test_a_name_stays_a_name_in_page_pdf_and_file_name(
    client: FlaskClient, desk: Reporting, tmp_path: Path, which: str
) -> None:  # robustness 29
    who = list(HOSTILE).index(which)
    report = desk.released(who, summary=f"You began well. {HOSTILE[which]}")
    hr = log_in(client, desk.hr)
    hr.post(f"/hr/reports/{report}/open")
    page = hr.get(f"/hr/reports/{report}").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "49" not in re.findall(r"Bo [^<]*", page)
    answer = hr.post(f"/hr/reports/{report}.pdf")
    assert answer.status_code == 200
    assert re.fullmatch(r"attachment; filename=[a-z0-9.-]+", answer.headers["Content-Disposition"])
    file = tmp_path / "report.pdf"
    file.write_bytes(answer.data)
    text = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
    assert "You began well." in text
    if which not in (
        "emoji",
        "invisible",
        "turned",
        "combined",
    ):  # signs that the letters of the PDF do not have
        assert " ".join(HOSTILE[which].split())[:20] in " ".join(text.split())


def test_a_forged_host_gets_into_no_mail(
    client: FlaskClient, desk: Reporting, sqlite_database: Database
) -> None:
    answer = client.post(
        "/forgotten",
        data={"email": desk.hr.email},
        headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"},
    )
    assert answer.status_code < 500
    with sqlite_database.reading() as session:
        mails = session.scalars(sa.select(Mail)).all()
    assert mails
    for mail in mails:
        assert "evil.test" not in mail.text
        assert "http://klei.test/" in mail.text


def test_the_answer_does_not_tell_whether_a_report_exists(
    client: FlaskClient, desk: Reporting
) -> None:  # rules N2, N3
    drafted, signed = desk.drafted(0), desk.signed(1)
    blocked = desk.released(2)
    desk.block(blocked, 2)
    hr = log_in(client, desk.hr)

    def answered(report: object) -> tuple[object, ...]:
        answer = hr.get(f"/hr/reports/{report}")
        headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie")}
        body = re.sub(
            r'(name="csrf_token" value|data-token|content)="[^"]*"', "", answer.get_data(as_text=True)
        )
        return answer.status_code, sorted(headers), body.replace(str(report), "")

    nothing = answered(uuid4())
    assert nothing[0] == 404
    for report in (drafted, signed, blocked):
        assert answered(report) == nothing
