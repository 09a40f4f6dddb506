"""Blindness, asked of everything an assessor can fetch: nothing about a person, about the other rating or about time.

Two questions are asked of every answer, headers and names of files included. Does a word stand in it that this reader
must not have? And does it change, by a single byte, when only what they must not know changes?
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import product
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from assessment import clock, create_app
from assessment.access import PERMISSIONS, Permission
from assessment.database import Database
from assessment.models.concern import Concern, ConcernKind
from assessment.models.enrolment import Enrolment
from assessment.models.person import Role, RoleName
from assessment.models.rating import Assignment, Integration
from assessment.models.report import Report
from assessment.models.sitting import Adjustment, AdjustmentKind, Sitting
from assessment.services import integrations, reports
from assessment.services.reports import HalfPage
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.conftest import log_in

TOKEN = re.compile(r'(name="csrf[-_]token"[^>]*(?:value|content)=|"csrf":)"[^"]*"')
LINK = re.compile(r'(?:href|action|src|data-[\w-]+-url)="(/[^"]*)"')
NOT_READ = ("login.leave", "account.choose_language", "assets.show", "assets.favicon")
CASE, TRAY = ("S1", "S2", "L3"), ("L1", "L3", "P1")
ABOUT_THE_PERSON = ("Wilhelmina", "Quackernaat", "wqk.private", "PN-77123", "Zilverwiek", "boss.of.her")
ABOUT_TIME = ("gazelle", "ocelot", "3713", "platypus", "time_factor")


def given_time(session: Session, sitting: Sitting) -> None:
    """An entry in the ledger and a concern: all that an assessor must not learn."""
    session.add(
        Adjustment(
            sitting_id=sitting.id,
            seconds=3713,
            kind=AdjustmentKind.EXTENSION,
            ends_at=clock.now() + timedelta(seconds=3713),
            reason="ocelot",
            actor_id=session.scalars(sa.select(Role.person_id).where(Role.role == "administrator")).one(),
            at=clock.now(),
        )
    )
    session.add(
        Concern(
            sitting_id=sitting.id,
            client_id="c",
            kind=ConcernKind.OTHER,
            text="platypus",
            raised_at=clock.now(),
        )
    )
    session.flush()


class Blind:
    """A half-day of one participant, two assessors who see each other's work in nothing, and a third."""

    def __init__(self, settings: Settings, database: Database) -> None:
        fonts.put_into(settings.data_folder)
        self.app: Flask = create_app(settings, database)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.database = database
        self.room = Room(
            database,
            *HALF_DAY,
            name="Wilhelmina Quackernaat",
            weights=WEIGHTS,
            memo="I, Wilhelmina Quackernaat, advise option B. Write to wqk.private@example.org. Germany waits.",
            before_sealing=given_time,
            time_factor=3.7,
        )
        with database.writing() as session:
            enrolment = session.get_one(Enrolment, self.room.enrolment.id)
            enrolment.person.email = "wqk.private@example.org"
            enrolment.external_id, enrolment.department = "PN-77123", "Zilverwiek"
            enrolment.manager_email = "boss.of.her@example.org"
            enrolment.time_factor, enrolment.adjustment_request = 3.7, "gazelle"
            self.person_ids = (str(enrolment.id), str(enrolment.person_id))

    def rate(self, who: int, exercise: str, level: int, words: str, *, submits: bool) -> None:
        """A rating whose every free text holds one word that stands nowhere else."""
        dimensions = TRAY if exercise == "E1" else CASE
        self.room.prepare(who, dict.fromkeys(dimensions, level), exercise, note=f"note {words}")
        self.room.observe(who, dimensions[0], exercise, note=f"remark {words}", start=1, end=3)
        if submits:
            self.room.submit(who, exercise)

    def client(self, who: int) -> FlaskClient:
        return log_in(self.app.test_client(), self.room.people[who])

    def ids(self) -> dict[str, list[UUID]]:
        """Every id there is: what is not this assessor's must answer that it is not there."""
        with self.database.reading() as session:

            def of(column: Any) -> list[UUID]:
                return list(session.scalars(sa.select(column)))

            return {
                "assignment_id": of(Assignment.id),
                "integration_id": of(Integration.id),
                "report_id": of(Report.id),
            }

    def addresses(self) -> Iterator[str]:
        """Every GET of the route map that an assessor may ask for, with every id."""
        ids = self.ids()
        for rule in self.app.url_map.iter_rules():
            permission = getattr(self.app.view_functions[rule.endpoint], "permission", None)
            if permission not in PERMISSIONS[RoleName.ASSESSOR] | {Permission.SIGNED_IN, Permission.PUBLIC}:
                continue
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_READ:
                continue
            names = sorted(rule.arguments)
            for values in product(*(ids.get(name, ["nothing"]) for name in names)):
                path = rule.rule
                for name, value in zip(names, values, strict=True):
                    path = re.sub(rf"<(?:\w+:)?{name}>", str(value), path)
                yield path

    def seen_by(self, who: int) -> dict[str, str]:
        """All that this assessor can fetch: the route map, and whatever its pages link to."""
        client, found = self.client(who), {}
        waiting = [*self.addresses()]
        while waiting:
            address = waiting.pop().split("#")[0]
            if address in found or address.startswith(("/static/", "/logout", "/assets/")):
                continue
            answer = client.get(address)
            assert answer.status_code < 500 or address.startswith("/health"), address
            headers = [(n, v) for n, v in answer.headers if n not in ("Date", "Set-Cookie", "Content-Length")]
            raw = answer.get_data()
            text = words_of_pdf(raw) if raw.startswith(b"%PDF") else unescape(raw.decode())
            found[address] = TOKEN.sub(r"\1", f"{answer.status_code}\n{headers}\n{text}")
            if answer.mimetype == "text/html":
                waiting += [unescape(link) for link in LINK.findall(raw.decode())]
        return found


def words_of_pdf(raw: bytes) -> str:
    """Text and metadata of a PDF."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is not installed")
    text = subprocess.run([tool, "-", "-"], input=raw, capture_output=True, check=True).stdout.decode()
    return text + raw.decode("latin-1")


def leaks(found: dict[str, str], *secrets: str) -> list[str]:
    folded = [one.casefold() for one in secrets]
    return [
        f"{secret} at {address}"
        for address, text in found.items()
        for secret in folded
        if secret in text.casefold()
    ]


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is not the same any more, and where it begins to differ."""
    found = []
    for address in sorted({*before, *after}):
        one, other = before.get(address, ""), after.get(address, "")
        if one != other:
            shorter = min(len(one), len(other))
            place = max(40, next((n for n in range(shorter) if one[n] != other[n]), shorter))
            found.append(f"{address}: {one[place - 40 : place + 60]!r} -> {other[place - 40 : place + 60]!r}")
    return found


@pytest.fixture
def blind(settings: Settings, database: Database) -> Blind:
    return Blind(settings, database)


def test_no_answer_tells_of_the_person_the_other_rating_or_time_until_all_are_in(blind: Blind) -> None:
    room = blind.room
    of_ids = blind.person_ids
    blind.rate(0, "E5", 4, "aardvark", submits=False)
    blind.rate(0, "E1", 4, "aardvark", submits=False)

    # What the colleague does changes not one byte for the first assessor.
    before = blind.seen_by(0)
    assert sum(text.startswith("200") for text in before.values()) > 8
    blind.rate(1, "E5", 1, "walrus", submits=True)
    blind.rate(1, "E1", 3, "walrus", submits=True)
    assert changed(before, blind.seen_by(0)) == []
    of_colleague = ("Fatima", "Kijker", "walrus", str(room.people[1].id), room.people[1].email)
    assert leaks(before, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_colleague, *of_ids) == []
    assert leaks(before, "aardvark")  # one's own words are there, so the search finds words

    # Nor for the colleague who has submitted, when the first one submits too and they differ.
    colleague = blind.seen_by(1)
    room.submit(0)
    assert room.adjudications()
    assert changed(colleague, {one: text for one, text in blind.seen_by(1).items() if one in colleague}) == []
    of_first = ("Jan Beoordelaar", "aardvark", str(room.people[0].id), room.people[0].email)
    assert leaks(colleague, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_first, *of_ids) == []

    # The adjudicator sees the answer and nobody's rating.
    blind.rate(2, "E5", 2, "ibex", submits=False)
    third = blind.seen_by(2)
    assert leaks(third, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids, *of_first, *of_colleague) == []
    assert leaks(third, "ibex")
    first = blind.seen_by(0)
    room.submit(2)
    assert changed(first, blind.seen_by(0)) == []
    assert leaks(blind.seen_by(2), *ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids, *of_first, *of_colleague) == []
    assert leaks(first, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids, *of_colleague, "ibex") == []

    # When the last rating is in they read each other, and still neither the person nor the time.
    room.submit(0, "E1")
    for who in (0, 1):
        after = blind.seen_by(who)
        for word in ("walrus", "aardvark", "ibex", "Fatima Kijker", "Jan Beoordelaar"):
            assert leaks(after, word), f"{word} for {who}"
        assert leaks(after, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids) == []


def test_a_report_is_written_under_codes_and_by_one_alone(blind: Blind) -> None:
    room = blind.room
    for exercise in ("E1", "E5"):
        blind.rate(0, exercise, 4, "aardvark", submits=True)
        blind.rate(1, exercise, 3, "walrus", submits=True)
    found, who = room.integration(), room.responsible()
    assert found
    with blind.database.writing() as session:
        integrations.sign(session, found.id, by=room.by[who])
        report = reports.begin(session, found.id, by=room.by[who])
        half = HalfPage(report.version, "A meerkat of a summary.", ["You wait."], ["Ask."])
        reports.write(session, report.id, half, by=room.by[who])
    writer = blind.seen_by(who)
    shown = [one for one, text in writer.items() if "meerkat" in text.casefold()]
    assert any(one.endswith("preview.pdf") for one in shown)
    assert any(one.endswith("preview") for one in shown)
    assert leaks(writer, *ABOUT_THE_PERSON, *ABOUT_TIME, *blind.person_ids) == []
    for other in (1 - who, 2):
        assert leaks(blind.seen_by(other), "meerkat", *ABOUT_THE_PERSON, *ABOUT_TIME, *blind.person_ids) == []
