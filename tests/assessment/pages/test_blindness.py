"""Blindness, asked of everything an assessor can fetch: nothing about a person, about the other rating or about time.

Two questions are asked of every answer, headers and names of files included. Does a word stand in it that this reader
must not have? And does it change, by a single byte, when only what they must not know changes?
"""

import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
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
from assessment.access import PERMISSIONS, Actor, Permission
from assessment.database import Database
from assessment.models.benchmark import Showing, Use
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre, CentreExercise
from assessment.models.concern import Concern, ConcernKind
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, Role, RoleName
from assessment.models.presence import Interruption, InterruptionKind
from assessment.models.rating import Assignment, Consultation, Integration
from assessment.models.report import Report
from assessment.models.sitting import Adjustment, AdjustmentKind, Sitting
from assessment.models.wash_up import Discussion, WashUp
from assessment.services import (
    benchmarks,
    calibration_tests,
    consultations,
    integrations,
    rechecks,
    reports,
    trainings,
    wash_ups,
)
from assessment.services.reports import HalfPage
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.conftest import log_in

TOKEN = re.compile(r'(name="csrf[-_]token"[^>]*(?:value|content)=|"csrf":)"[^"]*"')
LINK = re.compile(r'(?:href|action|src|data-[\w-]+-url)="(/[^"]*)"')
NOT_READ = ("login.leave", "account.choose_language", "assets.show", "assets.favicon")
CASE, TRAY = ("S1", "S2", "L3"), ("L1", "L3", "P1")
ABOUT_THE_PERSON = ("Wilhelmina", "Quackernaat", "wqk.private", "PN-77123", "Zilverwiek", "boss.of.her")
PAGES, ASKED = 150, 600
"""What the crawl through all states visits at the least, so that it cannot pass by visiting nothing."""
ABOUT_TIME = ("gazelle", "ocelot", "3713", "platypus", "time_factor", "7.31", "7,31")


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
            time_factor=7.31,
        )
        with database.writing() as session:
            enrolment = session.get_one(Enrolment, self.room.enrolment.id)
            enrolment.person.email = "wqk.private@example.org"
            enrolment.external_id, enrolment.department = "PN-77123", "Zilverwiek"
            enrolment.manager_email = "boss.of.her@example.org"
            enrolment.time_factor, enrolment.adjustment_request = 7.31, "gazelle"
            self.person_ids = (str(enrolment.id), str(enrolment.person_id))
        self.tally: Counter[str] = Counter()
        self.seen: set[str] = set()

    def act(self, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """A step of the centre, in a transaction of its own."""
        with self.database.writing() as session:
            return verb(session, *given, **named)

    def rate(self, who: int, exercise: str, level: int, words: str, *, submits: bool) -> None:
        """A rating whose every free text holds one word that stands nowhere else."""
        dimensions = TRAY if exercise == "E1" else CASE
        self.room.prepare(who, dict.fromkeys(dimensions, level), exercise, note=f"note {words}")
        self.room.observe(who, dimensions[0], exercise, note=f"remark {words}", start=1, end=3)
        if submits:
            self.room.submit(who, exercise)

    def client(self, who: int) -> FlaskClient:
        return log_in(self.app.test_client(), self.room.people[who])

    def ids(self) -> dict[str, list[Any]]:
        """Every id there is: what is not this assessor's must answer that it is not there."""
        with self.database.reading() as session:

            def of(column: Any) -> list[UUID]:
                return list(session.scalars(sa.select(column)))

            return {
                "assignment_id": of(Assignment.id),
                "integration_id": of(Integration.id),
                "report_id": of(Report.id),
                "centre_id": of(Centre.id),
                "slug": list(HALF_DAY),
                "showing_id": of(Showing.id),
                "calibration_id": of(Calibration.id),
                "consultation_id": of(Consultation.id),
                "wash_up_id": of(WashUp.id),
                "centre_exercise_id": of(CentreExercise.id),
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
        """All that this assessor can fetch: the route map, and whatever its pages link to. What was found is counted."""
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
            self.tally["asked"] += 1
            if answer.status_code == 200:
                is_page = answer.mimetype == "text/html"
                self.tally["pages" if is_page else "downloads and answers for scripts"] += 1
                self.seen.add(answer.mimetype)
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
        for word in ("walrus", "aardvark", "ibex"):
            assert leaks(after, word), f"{word} for {who}"
        assert leaks(after, "Who gave which") == []  # names come with a wash-up that decides
        assert leaks(after, *ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids) == []


def of_work(found: dict[str, str]) -> dict[str, str]:
    """What is about ratings. Who comes to a wash-up is named on its own page, and its chair in everybody's list."""
    return {one: text for one, text in found.items() if one != "/assessor/" and "/wash-ups/" not in one}


def notes_a_lost_connection(session: Session, sitting_id: UUID) -> None:
    """What is kept of class C for administrators while somebody works."""
    session.add(
        Interruption(
            sitting_id=sitting_id,
            client_id="wombat",
            client_seq=1,
            kind=InterruptionKind.AWAY,
            began_at=clock.now(),
            ended_at=clock.now() + timedelta(seconds=95),
            seconds=95.0,
            reported_at=clock.now(),
        )
    )


def panel_words(blind: Blind) -> list[str]:
    """The reasons of the reference levels of everything that is shown and not yet rated, and its name."""
    with blind.database.reading() as session:
        found = []
        for showing in session.scalars(sa.select(Showing)):
            benchmark = benchmarks.find(session, showing, showing.assignment.sitting.version_hash)
            assert benchmark
            found += [reason for one in benchmark.references.values() for reason in one.reasons.values()]
            found += [showing.name]
    assert len(found) > 4
    return found


def test_in_every_state_of_a_centre_nothing_comes_before_its_time(blind: Blind) -> None:  # robustness 27
    room, of_ids = blind.room, blind.person_ids
    never = (*ABOUT_THE_PERSON, *ABOUT_TIME, *of_ids, "wombat")
    names = tuple(one.name for one in room.people)
    with blind.database.writing() as session:
        administrator = factories.actor(session, session.get_one(Person, room.administrator.id))
        centre = session.get_one(Centre, room.centre.id)
        on_it = [one.id for one in room.people]
        wanted = wash_ups.Plan(clock.now(), on_it[0], on_it, [room.enrolment.id])
        wash_up_id = wash_ups.plan(session, centre, wanted, by=administrator).id

    # Training, a test and a re-check stand beside live work; what a panel thinks comes after one's own rating.
    blind.act(trainings.begin, room.centre.id, "stavoord-case", by=room.by[2])
    blind.act(calibration_tests.begin, room.centre.id, "stavoord-in-tray", by=room.by[2])
    dealt = {(room.by[0].person_id, "E5"): 100}
    blind.act(rechecks.seed, centre, dealt, random.Random(1), by=administrator)
    blind.rate(0, "E5", 4, "aardvark", submits=False)
    trained, working = blind.seen_by(2), blind.seen_by(0)
    assert leaks(trained, *never, *panel_words(blind)) == []
    assert leaks(of_work(trained), *names[:2]) == []
    assert leaks(working, *never, *panel_words(blind), str(Use.RECHECK)) == []
    assert leaks(of_work(working), *names[1:]) == []
    blind.act(notes_a_lost_connection, room.sittings["E1"])
    assert changed(working, blind.seen_by(0)) == []

    # Adjudicated: the two differ, the third rates one exercise, and one other rating is still to come.
    blind.rate(0, "E1", 3, "aardvark", submits=False)
    blind.rate(1, "E5", 1, "walrus", submits=True)
    blind.rate(1, "E1", 3, "walrus", submits=True)
    room.submit(0)
    blind.rate(2, "E5", 2, "ibex", submits=True)
    third, second = blind.seen_by(2), blind.seen_by(1)
    assert leaks(third, *never, "aardvark", "walrus") == []
    assert leaks(second, *never, "aardvark", "ibex") == []
    assert leaks(of_work(third), *names[:2]) == []
    assert leaks(of_work(second), names[0], names[2]) == []

    # Consulted: the last rating is in. Reasons are read, names are not, and no answer before one's own.
    room.submit(0, "E1")
    blind.act(lambda session: _answer(session, "quokka", by=room.by[0]))
    consulted = blind.seen_by(1)
    for word in ("aardvark", "ibex"):
        assert leaks(consulted, word), word
    assert leaks(consulted, *never, "quokka") == []
    reasons = {one: text for one, text in consulted.items() if "/consultations/" in one}
    assert leaks(reasons, names[0], names[2]) == []

    # Washed up: the result by rule first and without names; they come with the decisions.
    blind.act(wash_ups.open, wash_up_id, by=room.by[0])
    with blind.database.reading() as session:
        at = session.scalars(sa.select(Discussion.id)).one()
    blind.act(wash_ups.begin, wash_up_id, at, None, by=room.by[0])
    first = blind.seen_by(1)
    assert leaks(first, *never, "Who gave which") == []
    blind.act(wash_ups.decide, wash_up_id, at, by=room.by[0])
    deciding = blind.seen_by(1)
    assert leaks(deciding, "Who gave which")
    assert leaks(deciding, *never) == []

    counts = ", ".join(f"{n} {what}" for what, n in sorted(blind.tally.items()))
    assert {"text/html", "application/json"} <= blind.seen, counts
    assert blind.tally["pages"] >= PAGES, counts
    assert blind.tally["asked"] >= ASKED, counts


def _answer(session: Session, reason: str, *, by: Actor) -> None:
    found = session.scalars(sa.select(Consultation.id)).one()
    consultations.answer(session, found, {}, reason, by=by)


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
