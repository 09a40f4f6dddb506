"""The demo: a programme with the standard half-day centre in three states, so that every role has something to look at.

In spring it was sat, rated and reported; in autumn it is being rated; the winter one is open now. One participant of
spring had been in a pilot the year before, so that there are two centres to compare.

``make demo`` runs this: it makes the database the first time, then starts the service and its worker. A second start
keeps the data. Everything is made by the same services as in real life, at moments of the last two weeks.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, fonts, language, migrations, supervisor
from assessment.access import Actor
from assessment.database import Database
from assessment.models.benchmark import Showing
from assessment.models.centre import Centre
from assessment.models.debrief import DebriefForm, DebriefKind
from assessment.models.enrolment import Enrolment
from assessment.models.event import Mail
from assessment.models.own_view import Moment
from assessment.models.person import Person, RoleName
from assessment.models.plan import Verdict
from assessment.models.programme import Purpose
from assessment.models.rating import Assignment, AssignmentState, Integration, Round
from assessment.models.report import CommentKind, Line, Report
from assessment.models.sitting import Sitting
from assessment.models.wash_up import Discussion
from assessment.services import (
    answers,
    assignments,
    benchmarks,
    calibration_tests,
    calibrations,
    centres,
    complaints,
    debriefs,
    diaries,
    enrolments,
    feedback,
    integrations,
    invitations,
    meetings,
    notices,
    panels,
    passwords,
    people,
    plans,
    policies,
    pools,
    private_lines,
    programmes,
    ratings,
    readinesses,
    readings,
    replacements,
    reports,
    self_ratings,
    sittings,
    standards,
    trainings,
    versions,
    wash_ups,
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


BEFORE = Edition(
    "Pilot centre",
    400,
    (Somebody("anouk@demo.klei", "Anouk Peeters", "nl", "Sales", 2),),
)
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
        Somebody("marek@demo.klei", "Marek Dvorák", "en", "Service", 1),
        Somebody("yara@demo.klei", "Yara Benali", "nl", "Purchasing", 2),
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
CASE = "stavoord-case"
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
        with clock.at(self.ago(days=BEFORE.days_ago + 1)):
            self._staff()
            self._programme()
        self._the_year_before()
        for edition in (REPORTED, RATED, OPEN):
            with clock.at(self.ago(days=edition.days_ago)):
                self._centre(edition)
        self._past(REPORTED, days_later=6)
        for one in REPORTED.participants:
            self._rate_all(one, self.ago(days=REPORTED.days_ago - 12))
        for one in REPORTED.participants:
            self._report(one, self.ago(days=REPORTED.days_ago - 16), signs=one.level != 2)
        self._decide()
        self._correct()
        self._follow_up()
        self._past(RATED, days_later=6)
        whole, begun, _untouched, discussed, differing = RATED.participants
        self._rate_all(whole, self.ago(days=4), and_adjudicate=False)
        self._rate_some(begun)
        self._rate_all(discussed, self.ago(days=6))
        self._rate_all(differing, self.ago(days=2))
        self._wash_up(discussed, differing)
        self._replace("pieter@demo.klei")
        half, *_ = [one for one in OPEN.participants if one.email == "farah@demo.klei"]
        self._sit(half, self.ago(days=1), exercises=3)
        self._in_the_middle(OPEN.participants[2])
        self._leave_to_whoever_is_free()
        self._appointments()
        self._train()
        self._panel()

    def _the_year_before(self) -> None:
        """The centre of the one who took part again: sat, rated, reported and released."""
        with clock.at(self.ago(days=BEFORE.days_ago)):
            self._centre(BEFORE)
        self._past(BEFORE, days_later=6)
        for one in BEFORE.participants:
            self._rate_all(one, self.ago(days=BEFORE.days_ago - 12))
            self._report(one, self.ago(days=BEFORE.days_ago - 16), signs=True)
            with clock.at(self.ago(days=BEFORE.days_ago - 20)), self.database.writing() as session:
                by = self.by(session, one.email)
                reports.release(session, reports.of_participant(session, by=by)[0].id, by=by)

    def _past(self, edition: Edition, *, days_later: int) -> None:
        """All of a centre sit it; then it closes, and the sittings are dealt out."""
        for number, one in enumerate(edition.participants):
            self._sit(
                one,
                self.ago(days=edition.days_ago - days_later, hours=number),
                looks_at_self=edition is REPORTED,
            )
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
                    valid_until_on=(began + timedelta(days=360)).date(),
                    reason="Example: passed outside Klei, training day of last month",
                    by=by,
                )
            standards.set_to(
                session,
                centre,
                standards.Asked(recheck_every=0),
                "Example: the first year goes without re-checks",
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
        """The newest of somebody who may have taken part before."""
        found = sa.select(Enrolment).join(Centre).where(Enrolment.person_id == self.ids[email])
        return session.scalars(found.order_by(Centre.created_at.desc()).limit(1)).one()

    def _prepare(self, email: str) -> list[UUID]:
        with self.database.writing() as session:
            by = self.by(session, email)
            enrolment = self._enrolment(session, email)
            notices.accept(session, enrolment.id, language.translator(by.language), by=by)
            notices.device_checked(session, enrolment.id, "", by=by)
            notices.practised(session, enrolment.id, by=by)
            return [one.id for one in sittings.list_for(session, enrolment)]

    def _sit(
        self,
        who: Somebody,
        moment: datetime,
        exercises: int | None = None,
        *,
        looks_at_self: bool = False,
    ) -> None:
        """Sit the whole centre, or the first so many exercises of it; with an own view before, between and after."""
        assert who.level is not None
        with clock.at(moment):
            ids = self._prepare(who.email)
        if looks_at_self:
            self._rate_self(who.email, Moment.BEFORE, (3, 4, 3, 2, 4, 3, 3), moment)
        for number, sitting_id in enumerate(ids[:exercises]):
            moment = self._one(who.email, sitting_id, moment, who.level, hands_in=True)
            if looks_at_self and number == 0:
                self._keep_lines(who.email, sitting_id, moment)
        if looks_at_self:
            self._rate_self(who.email, Moment.AFTER, (3, 3, 4, 2, 4, 4, 3), moment)

    def _rate_self(self, email: str, when: Moment, values: Sequence[int], moment: datetime) -> None:
        with clock.at(moment), self.database.writing() as session:
            enrolment = self._enrolment(session, email)
            asked = self_ratings.dimensions(session, enrolment)
            chosen = {one.id: value for one, value in zip(asked, values, strict=False)}
            self_ratings.rate(session, enrolment.id, when, chosen, by=self.by(session, email))

    def _keep_lines(self, email: str, sitting_id: UUID, moment: datetime) -> None:
        with clock.at(moment), self.database.writing() as session:
            by = self.by(session, email)
            private_lines.write(session, sitting_id, *OWN_LINES[by.language], by=by)

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
            outcome = answers.save(self.database.writer, command, GRACE)
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

    def _replace(self, email: str) -> None:
        """An assessor has fallen ill: what was open for them went to others, and what they had begun is kept."""
        person_id = self.ids[email]

        def work(session: Session) -> list[replacements.Piece]:
            return replacements.open_work(
                session, session.get_one(Centre, self.centre_ids[RATED.name]), person_id
            )

        with clock.at(self.ago(hours=30)), self.database.writing() as session:
            by = self.by(session, email)
            for piece in work(session)[:1]:
                rating = ratings.begin(session, piece.assignment_id, by=by)
                words = "Eerste indruk: begint bij het meetrapport. Nog niet alles gelezen."
                ratings.save(
                    session, piece.assignment_id, ratings.Draft(rating.version, {}, (), words), by=by
                )
        with clock.at(self.ago(hours=20)), self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            centre = centres.get(session, self.centre_ids[RATED.name], by=by)
            replacements.replace(
                session,
                centre,
                person_id,
                replacements.proposed(session, centre, work(session)),
                "Example: away this week, told us by phone",
                is_away=True,
                base_url=self.base_url,
                by=by,
            )

    def _leave_to_whoever_is_free(self) -> None:
        """The ratings of the open centre are in the pool: who has time takes the next one that is finished."""
        with self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            pools.leave(session, centres.get(session, self.centre_ids[OPEN.name], by=by), by=by)

    def _appointments(self) -> None:
        """The conversation of the open centre is had live: one begins soon, one is booked, others can be chosen."""
        soon = self.now.replace(minute=self.now.minute // 5 * 5, second=0, microsecond=0)
        tomorrow = (self.now + timedelta(days=1)).astimezone(ZoneInfo("Europe/Amsterdam"))
        with self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            centre = centres.get(session, self.centre_ids[OPEN.name], by=by)
            entry = next(one for one in centre.exercises if one.slug == "stavoord-role-play")
            player, observer = self.ids["assessor@demo.klei"], frozenset({self.ids["marta@demo.klei"]})
            made = []
            for starts_at, times in (
                (soon + timedelta(minutes=30), 1),
                (tomorrow.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC), 4),
            ):
                offer = meetings.Offer(entry.id, starts_at, 60, player, observer, times, break_minutes=15)
                made += meetings.offer(session, centre, offer, by=by)
        for email, meeting in (("farah@demo.klei", made[0]), ("bram@demo.klei", made[1])):
            with self.database.writing() as session:
                enrolment, by = self._enrolment(session, email), self.by(session, email)
                meetings.book(session, enrolment, meeting.id, "", base_url=self.base_url, by=by)

    # Assessors.

    def _open_assignments(self, email: str, which: Round) -> list[tuple[UUID, str]]:
        with self.database.reading() as session:
            return [
                (assignment, assessor)
                for assignment, assessor in session.execute(
                    sa.select(Assignment.id, Person.email)
                    .join(Sitting, Sitting.id == Assignment.sitting_id)
                    .join(Person, Person.id == Assignment.assessor_id)
                    .where(
                        Sitting.enrolment_id == self._enrolment(session, email).id,
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
            passages = []
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
                    behaviour = behaviours[(number + turn) % len(behaviours)].id
                    passages.append(ratings.Passage(block.id, start, end, rated.dimension, behaviour, sign))
                lines = [line.id for line in rated.checklist if line.sign == "+"]
                ticks += lines[: max(1, min(len(lines), level))]
            if passages:
                ratings.observe_all(session, assignment_id, passages, by=by)
            rating = ratings.save(session, assignment_id, ratings.Draft(1, scores, ticks, ""), by=by)
            assert rating
            ratings.submit(session, assignment_id, by=by)

    # Training and calibration.

    def _train(self) -> None:
        """One assessor is half through the training of the case, one was tested and passed, one was too lenient."""
        centre_id = self.centre_ids[OPEN.name]
        for number in range(2):
            with clock.at(self.ago(days=3, hours=-number)), self.database.writing() as session:
                by = self.by(session, "assessor@demo.klei")
                shown = trainings.begin(session, centre_id, CASE, by=by)
            self._compare(shown.id, "assessor@demo.klei", 1 - number, self.ago(days=3, hours=-number))
        for email, bias in (("ruben@demo.klei", 0), ("marta@demo.klei", 2)):
            with clock.at(self.ago(days=2)), self.database.writing() as session:
                by = self.by(session, email)
                test = calibration_tests.begin(session, centre_id, CASE, by=by)
                shown_ids = [one.id for one in calibration_tests.shown_in(session, test)]
            for showing_id in shown_ids:
                self._compare(showing_id, email, bias, self.ago(days=2))

    def _panel(self) -> None:
        """A sealed sitting is to become a benchmark: two assessors are to rate it, each without the other. One has begun a test."""
        panel = ("assessor@demo.klei", "ruben@demo.klei")
        with clock.at(self.ago(hours=5)), self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            centre = session.get_one(Centre, self.centre_ids[OPEN.name])
            panels.make(
                session,
                centre,
                panels.sources(session, centre)[0].sitting_id,
                title="A morning that was planned",
                basis="The notice says that answers without names may be used to train assessors.",
                panel=[self.by(session, email).person_id for email in panel],
                is_read=True,
                by=by,
            )
        with clock.at(self.ago(hours=4)), self.database.writing() as session:
            by = self.by(session, panel[0])
            calibration_tests.begin(session, self.centre_ids[OPEN.name], "stavoord-in-tray", by=by)

    def _compare(self, showing_id: UUID, email: str, bias: int, moment: datetime) -> None:
        """Rate what is shown as the panel does, but for a bias on the first dimensions."""
        with self.database.reading() as session:
            shown = session.get_one(Showing, showing_id)
            found = benchmarks.find(session, shown, shown.assignment.sitting.version_hash)
            assert found
            scores = {
                name: min(5, max(1, one.level + (bias if place < 2 else 0)))
                for place, (name, one) in enumerate(sorted(found.references.items()))
            }
            quotes = {
                name: (one.passages[0].behaviour, one.passages[0].quotes[shown.language])
                for name, one in found.references.items()
            }
            assignment_id = shown.assignment_id
        with clock.at(moment), self.database.writing() as session:
            by = self.by(session, email)
            ratings.begin(session, assignment_id, by=by)
            place = ratings.desk(session, assignment_id, by=by)
            blocks = readings.blocks(session, place.sitting, by.language)
            passages = []
            for name, (behaviour, quote) in quotes.items():
                block = next((one for one in blocks if quote in one.text), None)
                start, end = (0, len(blocks[0].text)) if block is None else (block.text.find(quote), 0)
                if block is not None:
                    end = start + max(12, len(quote) * 2 // 3)
                where = block or blocks[0]
                passages.append(
                    ratings.Passage(where.id, start, min(end, len(where.text)), name, behaviour, "+")
                )
            ratings.observe_all(session, assignment_id, passages, by=by)
            ratings.save(session, assignment_id, ratings.Draft(1, scores, (), ""), by=by)
        with clock.at(moment), self.database.writing() as session:
            ratings.submit(session, assignment_id, by=self.by(session, email))

    # Integration and report.

    def _wash_up(self, discussed: Somebody, differing: Somebody) -> None:
        """A wash-up under way: one participant is done, one with a difference is being discussed, the others wait."""
        chair = "assessor@demo.klei"
        order = [
            discussed,
            differing,
            *(one for one in RATED.participants if one not in (discussed, differing)),
        ]
        with clock.at(self.ago(days=3)), self.database.writing() as session:
            by = self.by(session, "administrator@demo.klei")
            centre = centres.get(session, self.centre_ids[RATED.name], by=by)
            wanted = wash_ups.Plan(
                self.ago(minutes=45),
                self.ids[chair],
                [self.ids[email] for email, _name, _code in ASSESSORS],
                [self._enrolment(session, one.email).id for one in order],
            )
            wash_up_id = wash_ups.plan(session, centre, wanted, by=by).id
        with clock.at(self.ago(minutes=40)), self.database.writing() as session:
            by = self.by(session, chair)
            first, second, *_rest = wash_ups.open(session, wash_up_id, by=by).discussions
            wash_ups.begin(session, wash_up_id, first.id, None, by=by)
            wash_ups.decide(session, wash_up_id, first.id, by=by)
        with clock.at(self.ago(minutes=30)), self.database.writing() as session:
            self._decided(session, wash_up_id, first.id, self.by(session, chair))
        with clock.at(self.ago(minutes=5)), self.database.writing() as session:
            wash_ups.begin(session, wash_up_id, second.id, first.id, by=self.by(session, chair))

    def _decided(self, session: Session, wash_up_id: UUID, discussion_id: UUID, by: Actor) -> None:
        """One rating changed on a passage, the rest let stand, and a line in the minutes."""
        discussion = session.get_one(Discussion, discussion_id)
        integration = session.scalars(
            sa.select(Integration).where(Integration.enrolment_id == discussion.enrolment_id)
        ).one()
        found = integrations.result(session, integration.enrolment_id)
        asked = [one for one in integrations.questions(integration, found) if not one.is_settled]
        changed = next((one for one in asked if one.sitting_id and "differ" in one.codes), None)
        if changed and changed.sitting_id:
            seen = integrations.evidence(session, integration.enrolment_id)[changed.dimension]
            integrations.change(
                session,
                integration.id,
                UUID(changed.sitting_id),
                changed.dimension,
                3.5,
                "Both passages together: the plan is there, who does it is not.",
                next(one.id for place, one in seen if place == changed.exercise),
                by=by,
            )
        for one in asked:
            if one is not changed:
                sitting_id = UUID(one.sitting_id) if one.sitting_id else None
                integrations.agree(session, integration.id, one.dimension, sitting_id, "", by=by)
        wash_ups.note(
            session,
            wash_up_id,
            discussion_id,
            "We looked at the planning twice. The second passage settled it.",
            by=by,
        )

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
                report.version,
                *HALF_PAGES[report.language],
                self._rests_on(session, enrolment.id),
                {exercise: reports.Account(*said) for exercise, said in ACCOUNTS[report.language].items()},
                {"L3": HELPED[report.language]},
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
            there = [one for place, one in found if place == exercise] or [one for _place, one in found[:1]]
            return (
                [max(there, key=lambda one: (one.sign == sign, len(one.quote), one.quote)).id]
                if there
                else []
            )

        in_tray, case = "E1", "E5"
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
        with clock.at(self.ago(days=REPORTED.days_ago - 24)), self.database.writing() as session:
            readinesses.write(
                session,
                report.id,
                "Kan over ongeveer een jaar een project over twee vestigingen leiden.",
                "Dit zegt een mens en geen score: ik zag twee projecten van dichtbij, en in het rapport hoe je opties "
                "naast elkaar legt. Wat nog ontbreekt is ervaring met de ondernemingsraad; daar zorgen we samen voor.",
                by=self.by(session, "hr@demo.klei"),
                base_url=self.base_url,
            )

    def _correct(self) -> None:
        """Tomás asked for a correction of his report, and got a second edition: the two are compared below it."""
        email = "tomas@demo.klei"
        with clock.at(self.ago(days=REPORTED.days_ago - 16, hours=-5)), self.database.writing() as session:
            by = self.by(session, email)
            report = reports.of_participant(session, by=by)[0]
            remark = reports.remark(
                session,
                report.id,
                CommentKind.CORRECTION,
                "I answered the customer before I wrote to the crew; the report has it the other way round.",
                by=by,
                base_url=self.base_url,
            )
            report_id, remark_id = report.id, remark.id
        with clock.at(self.ago(days=REPORTED.days_ago - 16, hours=-20)), self.database.writing() as session:
            responsible = session.get_one(Report, report_id).responsible_id
            by = self.by(session, next(one for one, found in self.ids.items() if found == responsible))
            reports.answer(
                session,
                report_id,
                remark_id,
                "You are right, and it is changed: the customer came first.",
                by=by,
                base_url=self.base_url,
            )
            made = reports.draft(session, reports.correct(session, report_id, by=by).id, by=by)
            summary, strengths, _steps = HALF_PAGES["en"]
            accounts = {exercise: reports.Account(*said) for exercise, said in ACCOUNTS["en"].items()}
            half = reports.HalfPage(
                made.version,
                summary,
                strengths,
                CORRECTED_STEPS,
                reports.rests_on(made),
                {**accounts, "E1": reports.Account(*CORRECTED)},
                {"L3": HELPED["en"]},
            )
            reports.write(session, made.id, half, by=by)
            reports.sign(session, made.id, by=by, base_url=self.base_url)

    def _follow_up(self) -> None:
        """Tomás has read his report and works with it; Wouter waits for his, and says so."""
        with clock.at(self.ago(days=43)), self.database.writing() as session:
            by = self.by(session, "tomas@demo.klei")
            enrolment = self._enrolment(session, "tomas@demo.klei")
            plan = plans.begin(session, enrolment.id, by=by)
            chosen = plans.choose(session, plan.id, "L3-1", by=by)
            words = plans.Words(
                chosen.text,
                chosen.sign,
                "I want to send a message to more than three people",
                "write first what each of them wants to protect",
                is_shared=True,
            )
            plans.change(session, plan.id, chosen.id, words, by=by)
            plans.require(session, plan.id, ["clarity", "manager"], by=by)
            plans.need(session, plan.id, "Half an hour a month to talk about it.", is_shared=True, by=by)
        with clock.at(self.ago(days=20)), self.database.writing() as session:
            by = self.by(session, "tomas@demo.klei")
            asked = [f"colleague{number}@example.org" for number in range(1, 6)]
            feedback.ask(
                session,
                plan.id,
                "how I write to people who are against a plan",
                asked,
                base_url=self.base_url,
                by=by,
            )
            mails = session.scalars(sa.select(Mail.text).where(Mail.recipient.in_(asked))).all()
            tokens = [text.split("/feedback/")[1].split()[0] for text in mails]
        for token, given in zip(tokens, FEEDBACK, strict=False):
            with clock.at(self.ago(days=15)), self.database.writing() as session:
                feedback.answer(session, token, **given)
        with clock.at(self.ago(days=12)), self.database.writing() as session:
            by = self.by(session, "tomas@demo.klei")
            look = (Verdict.KEEP, "Four times. Twice the answer came the same day.")
            plans.check_in(session, plan.id, 30, plans.LookBack({chosen.id: look}), by=by)
            diaries.write(
                session, plan.id, "The mail to the works council: I began with their question.", by=by
            )
        with self.database.writing() as session:
            host = self.by(session, "assessor@demo.klei")
            zone = ZoneInfo("Europe/Amsterdam")
            begin = (self.now + timedelta(days=2)).astimezone(zone)
            begin = begin.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)
            offer = debriefs.Offer(begin, 60, DebriefForm.VIDEO, "https://meet.example.org/klei", 3)
            centre_id = self.centre_ids[REPORTED.name]
            first = debriefs.offer(session, centre_id, offer, by=host)[0]
            by = self.by(session, "tomas@demo.klei")
            debrief = debriefs.ask(session, enrolment.id, DebriefKind.REPORT, by=by)
            debriefs.book(session, debrief.id, first.id, base_url=self.base_url, by=by)
            administrator = self.by(session, "administrator@demo.klei")
            centres.name_aftercare(
                session,
                centres.get(session, centre_id, by=administrator),
                "Mirjam Vos, confidential adviser",
                "mirjam.vos@example.org, 030 000 00 00",
                by=administrator,
            )
        with clock.at(self.ago(days=3)), self.database.writing() as session:
            complaints.file(
                session,
                self._enrolment(session, "wouter@demo.klei").id,
                "Mijn rapport zou binnen tien werkdagen komen. Ik wacht nu veel langer en hoor niets.",
                base_url=self.base_url,
                by=self.by(session, "wouter@demo.klei"),
            )


OWN_LINES = {
    "en": (
        "I read everything once before I answered. That gave me calm.",
        "Tell the crew earlier what changes.",
    ),
    "nl": ("Ik las alles eerst één keer door. Dat gaf rust.", "De ploeg eerder vertellen wat er verandert."),
}

FEEDBACK: Sequence[Mapping[str, str]] = (
    {
        "seen": "The mail about the new shifts: it began with what the drivers wanted to know.",
        "keep": "Naming the other view before your own.",
        "try_out": "Call first when it is really bad news.",
    },
    {
        "seen": "In the planning meeting you summed up what Sales feared.",
        "keep": "Short messages with one question.",
        "try_out": "",
    },
    {"seen": "", "keep": "That you ask who else has to know.", "try_out": "Wait a day before you answer."},
)
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
ACCOUNTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "E1": (
            "You read everything once, took the measurement report first, and answered the customer after that.",
            "Quality and the crew had the same plan before the invitations went out.",
        ),
        "E5": (
            "You put renting out and selling side by side on the same four points.",
            "The advice names under which conditions it holds.",
        ),
    },
    "nl": {
        "E1": (
            "Je las alles één keer, pakte eerst het meetrapport en gaf de klant daarna antwoord.",
            "Kwaliteit en de ploeg hadden hetzelfde plan voordat de uitnodigingen weggingen.",
        ),
        "E5": (
            "Je zette verhuren en verkopen op dezelfde vier punten naast elkaar.",
            "Het advies noemt onder welke voorwaarden het geldt.",
        ),
    },
}
"""What was done in an exercise, and what came of it."""
CORRECTED = (
    "You read everything once, answered the customer first, and then wrote to the crew.",
    "Quality and the crew had the same plan before the invitations went out.",
)
"""What the second edition of a report says of the in-tray, after its participant had asked for a correction."""
CORRECTED_STEPS = ["Say after every change who has to know, on the same day."]
HELPED = {
    "en": "A reader whose question you knew.",
    "nl": "Een lezer van wie je de vraag kende.",
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
        elif sign == "\n":
            start = index + 1  # a heading is no sentence
    telling = [one for one in places if _is_telling(text[slice(*one)])] or places
    return telling[number % len(telling)] if telling else (0, len(text))


def _is_telling(sentence: str) -> bool:
    """Whether a sentence says something by itself: it states, at the length that a report quotes whole (R3.10)."""
    return not sentence.endswith("?") and 7 <= len(sentence.split()) <= 15


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
