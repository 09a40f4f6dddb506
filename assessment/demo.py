"""The demo: a programme with the standard half-day centre in three states, so that every role has something to look at.

In spring it was sat, rated and reported; in autumn it is being rated; the winter one is open now.

``make demo`` runs this: it makes the database the first time, then starts the service and its worker. A second start
keeps the data. Everything is made by the same services as in real life, at moments of the last two weeks.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, fonts, language, migrations, supervisor
from assessment.access import Actor
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, RoleName
from assessment.models.programme import Purpose
from assessment.models.rating import Assignment, AssignmentState, Integration, Round
from assessment.models.report import CommentKind, Line
from assessment.models.sitting import Sitting
from assessment.services import (
    answers,
    assignments,
    calibrations,
    centres,
    enrolments,
    integrations,
    invitations,
    notices,
    passwords,
    people,
    policies,
    programmes,
    ratings,
    readings,
    reports,
    sittings,
    versions,
)
from assessment.services.imports import Participant
from assessment.settings import ROOT
from exercises.frames import frames
from exercises.rubric import framework

PASSWORD = "soft-clay-in-both-hands"  # noqa: S105 -- printed for everybody: the demo holds no secrets
FOLDER = ROOT / "var" / "demo"
GRACE = timedelta(seconds=30)

STAFF = (
    ("administrator", "administrator@demo.klei", "Noor Brandsma", "en"),
    ("administrator", "beheerder@demo.klei", "Tjitske Postma", "nl"),
    ("hr", "hr@demo.klei", "Hanna de Wit", "en"),
)
ASSESSORS = (
    ("assessor@demo.klei", "Ilse de Graaf", "en"),
    ("ruben@demo.klei", "Ruben Okafor", "nl"),
    ("marta@demo.klei", "Marta Nowak", "en"),
    ("pieter@demo.klei", "Pieter Hoekstra", "nl"),
)


@dataclass(frozen=True)
class Somebody:
    """A participant: ``level`` 0 writes strong answers, 3 weak ones; None has not begun."""

    email: str
    name: str
    language: str
    department: str
    level: int | None = None


@dataclass(frozen=True)
class Edition:
    """A centre of the programme: begun so many days ago."""

    name: str
    days_ago: int
    participants: tuple[Somebody, ...]


REPORTED = Edition(
    "Spring centre",
    60,
    (
        Somebody("anouk@demo.klei", "Anouk Peeters", "nl", "Sales", 0),
        Somebody("tomas@demo.klei", "Tomás Ferreira", "en", "Design", 1),
        Somebody("wouter@demo.klei", "Wouter Blom", "nl", "Planning", 2),
    ),
)
RATED = Edition(
    "Autumn centre",
    16,
    (
        Somebody("lotte@demo.klei", "Lotte Veenstra", "nl", "Service", 2),
        Somebody("kwame@demo.klei", "Kwame Mensah", "en", "Logistics", 3),
        Somebody("ingrid@demo.klei", "Ingrid Solberg", "en", "Quality", 1),
    ),
)
OPEN = Edition(
    "Winter centre",
    14,
    (
        Somebody("participant@demo.klei", "Samira Haddad", "en", "Operations"),
        Somebody("deelnemer@demo.klei", "Jelle Kuipers", "nl", "Finance"),
        Somebody("bram@demo.klei", "Bram Scholten", "nl", "Projects", 1),
        Somebody("farah@demo.klei", "Farah Aziz", "en", "Legal", 1),
    ),
)
TENDENCY = {"assessor@demo.klei": 0, "ruben@demo.klei": 0, "marta@demo.klei": 1, "pieter@demo.klei": -1}
"""How the assessors of the demo differ: two in the middle, one lenient, one harsh."""


class Builder:
    """Makes the demo's past, step by step, through the services."""

    def __init__(self, database: Database, base_url: str) -> None:
        self.database = database
        self.base_url = base_url
        self.now = clock.now()
        self.ids: dict[str, UUID] = {}
        self.centre_ids: dict[str, UUID] = {}

    def by(self, session: Session, email: str) -> Actor:
        person = session.get_one(Person, self.ids[email])
        found = people.find_actor(session, person.id, person.login_epoch)
        assert found
        return found

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def build(self) -> None:
        with clock.at(self.ago(days=REPORTED.days_ago + 1)):
            self._staff()
            self._programme()
        for edition in (REPORTED, RATED, OPEN):
            with clock.at(self.ago(days=edition.days_ago)):
                self._centre(edition)
        self._past(REPORTED, days_later=6)
        for one in REPORTED.participants:
            self._rate_all(one, self.ago(days=REPORTED.days_ago - 12))
        for one in REPORTED.participants:
            self._report(one, self.ago(days=REPORTED.days_ago - 16), signs=one.level != 2)
        self._decide()
        self._past(RATED, days_later=6)
        whole, begun, _untouched = RATED.participants
        self._rate_all(whole, self.ago(days=4), and_adjudicate=False)
        self._rate_some(begun)
        half, *_ = [one for one in OPEN.participants if one.email == "farah@demo.klei"]
        self._sit(half, self.ago(days=1), exercises=3)
        self._in_the_middle(OPEN.participants[2])

    def _past(self, edition: Edition, *, days_later: int) -> None:
        """All of a centre sit it; then it closes, and the sittings are dealt out."""
        for number, one in enumerate(edition.participants):
            self._sit(one, self.ago(days=edition.days_ago - days_later, hours=number))
        with clock.at(self.ago(days=edition.days_ago - days_later - 2)), self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            centres.close(session, self.centre_ids[edition.name], by=by)
            assignments.assign(
                session, centres.get(session, self.centre_ids[edition.name], by=by), seed=1, by=by
            )

    def _staff(self) -> None:
        self.password_hash = passwords.hashed(PASSWORD)
        everybody = [(email, name, code) for _role, email, name, code in STAFF]
        everybody += [(email, name, code) for email, name, code in ASSESSORS]
        with self.database.writing() as session:
            for email, name, code in everybody:
                person = people.add(session, people.Entry(email, name, code), by=None)
                person.password_hash = self.password_hash
                self.ids[email] = person.id
            for role, email, _name, _code in STAFF:
                if role == "administrator":
                    person = session.get_one(Person, self.ids[email])
                    people.give_role(session, person, RoleName.ADMINISTRATOR, by=None)

    def _programme(self) -> None:
        with self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            programme = programmes.add(
                session,
                name="Further",
                purpose=Purpose.DEVELOPMENT,
                strategic_question="How do we grow in services without losing what we make well?",
                by=by,
            )
            hr = session.get_one(Person, self.ids["hr@demo.klei"])
            people.give_role(session, hr, RoleName.HR, programme_id=programme.id, by=by)
            self.programme_id = programme.id

    def _centre(self, edition: Edition) -> None:
        """A centre composed, staffed, filled, opened and invited to."""
        began, is_open = self.ago(days=edition.days_ago), edition is OPEN
        with self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            programme = programmes.get(session, self.programme_id, by=by)
            centre = centres.add(session, programme, name=edition.name, by=by)
            session.flush()
            centres.use_suggested_weights(session, centre, by=by)
            centres.change(
                session,
                centre,
                centres.setup_of(
                    centre,
                    first_start_at=began + timedelta(days=2),
                    latest_start_at=self.now + timedelta(days=21) if is_open else began + timedelta(days=7),
                    latest_end_at=self.now + timedelta(days=23) if is_open else began + timedelta(days=9),
                    job_analysis_who="Example: three managers and two of their directors",
                    job_analysis_when="Example: last autumn",
                    job_analysis_how="Example: interviews about critical incidents",
                ),
                by=by,
            )
            for code in ("en", "nl"):
                centres.set_policy(session, centre, code, policies.suggested(centre, code), by=by)
            for email, _name, _code in ASSESSORS:
                person = session.get_one(Person, self.ids[email])
                assignments.join(session, centre, person, by=by)
                calibrations.record(
                    session,
                    centre,
                    person.id,
                    exercise=None,
                    valid_until_on=(self.now + timedelta(days=300)).date(),
                    reason="Example: passed outside Klei, training day of last month",
                    by=by,
                )
            self.centre_ids[edition.name] = centre.id
        with self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            for one in edition.participants:
                enrolment = enrolments.add(
                    session,
                    centres.get(session, self.centre_ids[edition.name], by=by),
                    Participant(one.email, one.name, one.language, department=one.department),
                    by=by,
                )
                self.ids[one.email] = enrolment.person_id
            centre = centres.open(session, self.centre_ids[edition.name], by=by)
            invitations.invite(session, centre, base_url=self.base_url, by=by)
        with self.database.writing() as session:
            for one in edition.participants:
                session.get_one(Person, self.ids[one.email]).password_hash = self.password_hash

    # Participants.

    def _enrolment(self, session: Session, email: str) -> Enrolment:
        return session.scalars(sa.select(Enrolment).where(Enrolment.person_id == self.ids[email])).one()

    def _prepare(self, email: str) -> list[UUID]:
        with self.database.writing() as session:
            by = self.by(session, email)
            enrolment = self._enrolment(session, email)
            notices.accept(session, enrolment.id, language.translator(by.language), by=by)
            notices.device_checked(session, enrolment.id, "", by=by)
            notices.practised(session, enrolment.id, by=by)
            return [one.id for one in sittings.list_for(session, enrolment)]

    def _sit(self, who: Somebody, moment: datetime, exercises: int | None = None) -> None:
        """Sit the whole centre, or the first so many exercises of it."""
        assert who.level is not None
        with clock.at(moment):
            ids = self._prepare(who.email)
        for sitting_id in ids[:exercises]:
            moment = self._one(who.email, sitting_id, moment, who.level, hands_in=True)

    def _one(self, email: str, sitting_id: UUID, moment: datetime, level: int, *, hands_in: bool) -> datetime:
        """One exercise; gives the moment at which the next begins."""
        with clock.at(moment), self.database.writing() as session:
            by = self.by(session, email)
            sitting = sittings.start(session, sitting_id, by.language, by=by)
            exercise = versions.get(session, sitting.version_hash)
            epoch = session.get_one(Person, by.person_id).login_epoch
        samples = versions.kind_of(exercise).samples(exercise)
        posts = (samples.weak if level >= 3 else samples.complete)[by.language]
        bases: dict[str, int] = {}
        step = timedelta(minutes=exercise.minutes * 0.8) / max(1, len(posts))
        for number, (task, posted) in enumerate(posts, start=1):
            if moment + step * number > self.now:
                break  # whoever is at work has not written this yet
            command = answers.Save(
                sitting_id,
                by.person_id,
                epoch,
                task,
                posted,
                bases.get(task, 0),
                f"demo-{sitting_id}",
                number,
                1,
                moment + step * number,
            )
            outcome = self.database.writer.run(partial(answers.save, command=command, grace=GRACE))
            bases[task] = outcome.head
        if hands_in:
            with (
                clock.at(moment + timedelta(minutes=exercise.minutes * 0.9)),
                self.database.writing() as session,
            ):
                sittings.submit(session, sitting_id, clock.now(), GRACE, by=self.by(session, email))
        return moment + timedelta(minutes=exercise.minutes + 10)

    def _in_the_middle(self, who: Somebody) -> None:
        """Somebody who is at work right now."""
        assert who.level is not None
        with clock.at(self.ago(minutes=20)):
            ids = self._prepare(who.email)
        self._one(who.email, ids[0], self.ago(minutes=12), who.level, hands_in=False)

    # Assessors.

    def _open_assignments(self, email: str, which: Round) -> list[tuple[UUID, str]]:
        with self.database.reading() as session:
            return [
                (assignment, assessor)
                for assignment, assessor in session.execute(
                    sa.select(Assignment.id, Person.email)
                    .join(Sitting, Sitting.id == Assignment.sitting_id)
                    .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
                    .join(Person, Person.id == Assignment.assessor_id)
                    .where(
                        Enrolment.person_id == self.ids[email],
                        Assignment.round == which,
                        Assignment.state == AssignmentState.OPEN,
                    )
                    .order_by(Sitting.position, Person.email)
                )
            ]

    def _rate_all(self, who: Somebody, moment: datetime, *, and_adjudicate: bool = True) -> None:
        assert who.level is not None
        for which in (Round.FIRST, Round.ADJUDICATION) if and_adjudicate else (Round.FIRST,):
            for number, (assignment_id, assessor) in enumerate(self._open_assignments(who.email, which)):
                shift = 0 if which is Round.ADJUDICATION else TENDENCY[assessor]
                self._rate(assignment_id, assessor, 4 - who.level + shift, moment + timedelta(hours=number))

    def _rate_some(self, who: Somebody) -> None:
        assert who.level is not None
        for assignment_id, assessor in self._open_assignments(who.email, Round.FIRST)[:3]:
            self._rate(assignment_id, assessor, 4 - who.level, self.ago(days=1))

    def _rate(self, assignment_id: UUID, assessor: str, level: int, moment: datetime) -> None:
        with clock.at(moment), self.database.writing() as session:
            by = self.by(session, assessor)
            ratings.begin(session, assignment_id, by=by)
            place = ratings.desk(session, assignment_id, by=by)
            texts = [
                block for block in readings.blocks(session, place.sitting, by.language) if block.text.strip()
            ]
            scores: dict[str, int | None] = {}
            ticks = []
            for number, rated in enumerate(place.dimensions):
                if not texts:
                    scores[rated.dimension] = 0
                    continue
                scores[rated.dimension] = max(1, min(5, level + (number % 2) - (1 if number == 2 else 0)))
                signs = ("+", "+") if level >= 3 else ("+", "-")
                for turn, sign in enumerate(signs):
                    block = texts[(number * 2 + turn) % len(texts)]
                    behaviours = [one for one in framework()[rated.dimension].behaviours if one.sign == sign]
                    start, end = _sentence(block.text, turn + number)
                    ratings.observe(
                        session,
                        assignment_id,
                        ratings.Passage(
                            block.id,
                            start,
                            end,
                            rated.dimension,
                            behaviours[(number + turn) % len(behaviours)].id,
                            sign,
                        ),
                        by=by,
                    )
                lines = [line.id for line in rated.checklist if line.sign == "+"]
                ticks += lines[: max(1, min(len(lines), level))]
            rating = ratings.save(session, assignment_id, ratings.Draft(1, scores, ticks, ""), by=by)
            assert rating
            ratings.submit(session, assignment_id, by=by)

    # Integration and report.

    def _report(self, who: Somebody, moment: datetime, *, signs: bool) -> None:
        """The responsible assessor signs the integration and writes the report; signs it, or is still at it."""
        with clock.at(moment), self.database.writing() as session:
            enrolment = self._enrolment(session, who.email)
            integration = session.scalars(
                sa.select(Integration).where(Integration.enrolment_id == enrolment.id)
            ).one()
            assert integration.responsible_id
            responsible = next(one for one, found in self.ids.items() if found == integration.responsible_id)
            by = self.by(session, responsible)
            integrations.sign(session, integration.id, by=by)
            report = reports.begin(session, integration.id, by=by)
            self._frames(session, report.id, integration, report.language, by)
            if not signs:
                return
            report = reports.draft(session, report.id, by=by)
            half = reports.HalfPage(
                report.version, *HALF_PAGES[report.language], self._rests_on(session, enrolment.id)
            )
            reports.write(session, report.id, half, by=by)
            reports.sign(session, report.id, by=by, base_url=self.base_url)

    def _frames(
        self, session: Session, report_id: UUID, integration: Integration, code: str, by: Actor
    ) -> None:
        signed = integrations.signed_result(integration)
        for dimension, found in integrations.evidence(session, integration.enrolment_id).items():
            band = signed.get(dimension).band or "effective"
            frame = frames()[f"{dimension}.{band.removesuffix('_point')}"]
            words = {**FILLINGS[code], "act": ACTS[code][dimension]}
            reports.choose_frame(
                session,
                report_id,
                frame.id,
                {slot: words[slot] for slot in frame.slots},
                [found[0][1].id],
                by=by,
            )

    def _rests_on(self, session: Session, enrolment_id: UUID) -> dict[Line, list[UUID]]:
        """What the lines of the half page rest on: a passage of what each speaks about."""
        evidence = integrations.evidence(session, enrolment_id)

        def of(dimension: str, exercise: str, sign: str) -> list[UUID]:
            found = evidence.get(dimension, [])
            there = [(one.sign == sign, one.id) for place, one in found if place == exercise]
            return [max(there)[1]] if there else [found[0][1].id for found in (found,) if found]

        in_tray, case = "stavoord-in-tray", "stavoord-case"
        return {
            Line.PATTERN: [*of("P1", in_tray, "+"), *of("S2", case, "+")],
            Line.STRENGTH_1: of("S1", case, "+"),
            Line.STEP_1: of("L3", in_tray, "-"),
        }

    def _decide(self) -> None:
        with clock.at(self.ago(days=REPORTED.days_ago - 20)), self.database.writing() as session:
            by = self.by(session, "anouk@demo.klei")
            report = reports.of_participant(session, by=by)[0]
            reports.remark(
                session,
                report.id,
                CommentKind.COMMENT,
                "Ik herken dit. Het gesprek erover was prettig.",
                by=by,
                base_url=self.base_url,
            )
            reports.release(session, report.id, by=by)


HALF_PAGES: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "en": (
        "In the in-tray you began with the matter that had the largest consequence and made one plan of several messages.\n"
        "In the case you compared options on the same points and said under which conditions you would go on.",
        ["You find the figure on which a decision turns, and you use it."],
        ["Say after every change who has to know."],
    ),
    "nl": (
        "In de postbak begon je met de zaak met de grootste gevolgen en maakte je van meerdere berichten één plan.\n"
        "In de casus vergeleek je opties op dezelfde punten en schreef je onder welke voorwaarden je verder zou gaan.",
        ["Je vindt het cijfer waar een besluit van afhangt, en je gebruikt het."],
        ["Zeg na elke wijziging wie het moet weten."],
    ),
}
ACTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "L1": "who measures again, and by when",
        "L2": "the report that takes three hours every Sunday evening",
        "L3": "what the board of the works council wanted to know",
        "P1": "the measurement report before the invitations",
        "P2": "the second round went as the first, until the stock ran out",
        "S1": "the share of leased pieces behind the result",
        "S2": "renting out against selling, on the same four points",
    },
    "nl": {
        "L1": "wie opnieuw meet, en wanneer dat klaar is",
        "L2": "het rapport dat elke zondagavond drie uur kost",
        "L3": "wat de ondernemingsraad wilde weten",
        "P1": "het meetrapport vóór de uitnodigingen",
        "P2": "de tweede ronde liep als de eerste, tot de voorraad op was",
        "S1": "het aandeel geleasede stuks achter het resultaat",
        "S2": "verhuren tegenover verkopen, op dezelfde vier punten",
    },
}
FILLINGS = {
    "en": {
        "n": "two",
        "item": "the measurement report",
        "place": "at the end",
        "view": "the other view",
        "claim": "a figure from the note",
        "finding": "the figure rests on few answers",
        "option": "one option",
        "result": "the results fell",
    },
    "nl": {
        "n": "twee",
        "item": "het meetrapport",
        "place": "aan het eind",
        "view": "het andere standpunt",
        "claim": "een cijfer uit de notitie",
        "finding": "het cijfer op weinig antwoorden rust",
        "option": "één optie",
        "result": "de resultaten daalden",
    },
}


def _sentence(text: str, number: int) -> tuple[int, int]:
    """The place of a sentence of a text."""
    places, start = [], 0
    for index, sign in enumerate(text):
        # A point inside a number or a time of day ends nothing.
        ends = sign == "\n" or (sign in ".!?" and text[index + 1 : index + 2].strip() == "")
        if ends and index - start > 20:
            places.append((start, index + 1))
            start = index + 1
            while start < len(text) and text[start].isspace():
                start += 1
    return places[number % len(places)] if places else (0, len(text))


def build(database: Database, base_url: str = "http://127.0.0.1:8000") -> None:
    """Make the demo's data in an empty database."""
    Builder(database, base_url).build()


def environment(port: int) -> dict[str, str]:
    """The demo's settings; its secret is made once and kept beside its data."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    secret = FOLDER / "secret"
    if not secret.is_file():
        secret.touch(0o600)
        secret.write_text(secrets.token_urlsafe(32))
    return {
        "KLEI_SECRET_KEY": secret.read_text().strip(),
        "KLEI_DATABASE_URL": os.environ.get("KLEI_DATABASE_URL", f"sqlite:///{FOLDER / 'klei.sqlite3'}"),
        "KLEI_DATA": str(FOLDER),
        "KLEI_DEMO": "1",
        "KLEI_SECURE_COOKIES": "0",
        "KLEI_BASE_URL": f"http://127.0.0.1:{port}",
    }


def prepare(env: dict[str, str]) -> bool:
    """Bring tables, fonts and data to where they have to be; True when the data are new."""
    unfinished = Path(env["KLEI_DATA"]) / "unfinished"
    database = Database(env["KLEI_DATABASE_URL"])
    try:
        if unfinished.exists():
            _begin_again(database)
        migrations.upgrade(database)
        fonts.ensure(Path(env["KLEI_DATA"]))
        with database.reading() as session:
            if session.scalar(sa.select(sa.func.count()).select_from(Person)):
                return False
        unfinished.touch()
        build(database, env["KLEI_BASE_URL"])
        unfinished.unlink()
        return True
    finally:
        database.dispose()


def _begin_again(database: Database) -> None:
    """Drop the half-made data of a demo that was stopped while it was made; nobody has worked with them."""
    migrations.downgrade(database, "base")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare and serve the demo until it is stopped."""
    parser = argparse.ArgumentParser(prog="make demo", description="Klei with people, a centre and a past.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--prepare-only", action="store_true", help="make the data and stop")
    options = parser.parse_args(arguments)
    env = environment(options.port)
    tell: Any = print
    tell("Preparing the demo (the first time takes half a minute) ...", flush=True)
    is_new = prepare(env)
    tell(_welcome(options.port, is_new), flush=True)
    if options.prepare_only:
        return 0
    return supervisor.keep({"web": supervisor.web(options.port), "worker": supervisor.worker()}, env)


def _welcome(port: int, is_new: bool) -> str:
    lines = [
        "",
        f"  Klei runs at http://127.0.0.1:{port}" + ("" if is_new else "  (your data were kept)"),
        "",
        "  role            log in as                    what there is to see",
        "  participant     participant@demo.klei        about to begin (in Dutch: deelnemer@demo.klei)",
        "  participant     tomas@demo.klei              has a report to read and decide about",
        "  assessor        assessor@demo.klei           has sittings to rate",
        "  hr              hr@demo.klei                 sees what was released",
        "  administrator   administrator@demo.klei      runs the centre, reads the outbox",
        "",
        f"  The password of all of them is  {PASSWORD}",
        "  Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
