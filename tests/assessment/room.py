"""A centre in which participants have finished, for tests of rating: assessors, assignments, sealed answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock
from assessment.access import Actor
from assessment.database import Database
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.person import Person
from assessment.models.rating import Adjudication, Assignment, Integration
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.services import answers, integrations, ratings, sittings, versions
from assessment.services.ratings import Draft, Passage
from exercises.rubric import framework
from tests import factories

WEIGHTS = (
    ("L1", "E1", 0.70),
    ("L1", "E3", 0.30),
    ("L3", "E5", 0.40),
    ("L3", "E1", 0.40),
    ("L3", "E3", 0.20),
    ("S1", "E5", 0.60),
    ("S1", "E1", 0.40),
)
"""What the first issue's centre claims (decisions, "Setting up")."""
HALF_DAY = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case")
CASE = ("stavoord-case",)


class Room:
    """One participant's finished sittings, two assessors of each, and one more who can adjudicate."""

    def __init__(
        self,
        database: Database,
        *slugs: str,
        memo: str = "I advise option B in stages. First the Netherlands. Germany waits.",
        name: str = "Sanne van der Molen",
        email: str = "sanne.molen@example.org",
        weights: Any = (),
        calibrated: bool = True,
        use: str = "",
        language: str = "en",
        before_sealing: Callable[[Session, Sitting], None] | None = None,
        time_factor: float = 1.0,
    ) -> None:
        self.database = database
        with database.writing() as session:
            self.administrator = factories.administrator(session, name="Ada Bestuur")
            self.participant = factories.person(session, name=name, email=email)
            self.centre = factories.centre(session, *(slugs or CASE), weights=weights)
            self.enrolment = factories.enrolment(session, self.centre, self.participant)
            names = ("Jan Beoordelaar", "Fatima Kijker", "Derde Oog")
            self.people: list[Person] = [
                factories.assessor(session, self.centre, name=one, language=language) for one in names
            ]
            self.by: list[Actor] = [factories.actor(session, one) for one in self.people]
            if calibrated:
                for one in self.people:
                    self.calibrate(session, one)
            found = session.scalars(
                sa.select(Sitting).where(Sitting.enrolment_id == self.enrolment.id).order_by(Sitting.position)
            ).all()
            self.sittings: dict[str, UUID] = {}
            self.codes: dict[str, str] = {}
            self.assignments: dict[str, list[UUID]] = {}
            for sitting in found:
                exercise = versions.get(session, sitting.version_hash)
                self.sittings[exercise.id] = sitting.id
                self.codes[exercise.id] = sitting.code
                samples = versions.kind_of(exercise).samples(exercise)
                given = samples.weak["en"] if use == "weak" else samples.complete["en"]
                if memo and exercise.id == "E5":
                    given = [(task, value) for task, value in given if task != "memo"] + [("memo", memo)]
                finish(session, sitting, given, before_sealing, time_factor)
                if exercise.rated:
                    self.assignments[exercise.id] = [
                        self.assign(session, sitting, person, place)
                        for place, person in enumerate(self.people[:2])
                    ]

    def calibrate(self, session: Session, person: Person, exercise: str | None = None) -> None:
        session.add(
            Calibration(
                assessor_id=person.id,
                centre_id=self.centre.id,
                exercise=exercise,
                state=CalibrationState.PASSED,
                valid_until_on=(clock.now() + timedelta(days=90)).date(),
                reason="outside",
                recorded_by_id=self.administrator.id,
                recorded_at=clock.now(),
            )
        )
        session.flush()

    def assign(self, session: Session, sitting: Sitting, person: Person, place: int) -> UUID:
        made = Assignment(sitting_id=sitting.id, assessor_id=person.id, place=place, assigned_at=clock.now())
        session.add(made)
        session.flush()
        return made.id

    def assignment(self, who: int, exercise: str = "E5") -> UUID:
        """The assignment of this assessor; the third one's is that of an adjudication."""
        with self.database.reading() as session:
            found = session.scalar(
                sa.select(Assignment.id).where(
                    Assignment.sitting_id == self.sittings[exercise],
                    Assignment.assessor_id == self.people[who].id,
                )
            )
        assert found is not None
        return found

    def begin(self, who: int, exercise: str = "E5") -> UUID:
        where = self.assignment(who, exercise)
        with self.database.writing() as session:
            ratings.begin(session, where, by=self.by[who])
        return where

    def prepare(
        self, who: int, levels: Mapping[str, int | None], exercise: str = "E5", note: str = ""
    ) -> UUID:
        """A draft with these levels, each resting on a passage."""
        where = self.begin(who, exercise)
        for dimension, level in levels.items():
            if level:
                self.observe(who, dimension, exercise)
        with self.database.writing() as session:
            rating = ratings.desk(session, where, by=self.by[who]).rating
            assert rating
            ratings.save(session, where, Draft(rating.version, dict(levels), (), note), by=self.by[who])
        return where

    def observe(self, who: int, dimension: str, exercise: str = "E5", **values: Any) -> UUID:
        where = self.assignment(who, exercise)
        with self.database.writing() as session:
            block = values.pop("block", None) or self.first_block(session, exercise)
            given = {
                "block": block,
                "start": 0,
                "end": 1,
                "dimension": dimension,
                "behaviour": framework()[dimension].behaviours[0].id,
                "sign": "+",
                **values,
            }
            return ratings.observe(session, where, Passage(**given), by=self.by[who]).id

    def first_block(self, session: Session, exercise: str) -> str:
        from assessment.services import readings

        sitting = session.get_one(Sitting, self.sittings[exercise])
        return next(one.id for one in readings.blocks(session, sitting, "en") if one.text)

    def rate(self, who: int, levels: Mapping[str, int | None], exercise: str = "E5", note: str = "") -> UUID:
        """A submitted rating with these levels."""
        where = self.prepare(who, levels, exercise, note)
        self.submit(who, exercise)
        return where

    def submit(self, who: int, exercise: str = "E5") -> None:
        with self.database.writing() as session:
            ratings.submit(session, self.assignment(who, exercise), by=self.by[who])

    def adjudications(self) -> list[Adjudication]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(Adjudication)))

    def integration(self) -> Integration | None:
        with self.database.reading() as session:
            return session.scalar(sa.select(Integration).where(Integration.enrolment_id == self.enrolment.id))

    def result(self, *, with_changes: bool = True) -> integrations.IntegrationResult:
        with self.database.reading() as session:
            return integrations.result(session, self.enrolment.id, with_changes=with_changes)

    def responsible(self) -> int:
        found = self.integration()
        assert found
        return [one.id for one in self.people].index(found.responsible_id)  # type: ignore[arg-type]


def finish(
    session: Session,
    sitting: Sitting,
    given: Sequence[tuple[str, Any]],
    before_sealing: Callable[[Session, Sitting], None] | None = None,
    time_factor: float = 1.0,
) -> None:
    """The sitting as it is after these answers were given and it was handed in."""
    factories.running(session, sitting, at=clock.now() - timedelta(minutes=50), time_factor=time_factor)
    exercise = versions.get(session, sitting.version_hash)
    kind = versions.kind_of(exercise)
    for n, (task, value) in enumerate(given, start=1):
        session.add(
            Revision(
                sitting_id=sitting.id,
                version_hash=sitting.version_hash,
                task=task,
                number=1 + sum(1 for earlier, _value in given[: n - 1] if earlier == task),
                kind=RevisionKind.MAIN,
                body=answers.spelled(kind.parse(exercise, task, value)),
                base_number=0,
                client_id="c",
                client_seq=n,
                epoch=1,
                arrived_at=clock.now() - timedelta(minutes=40) + timedelta(seconds=n),
            )
        )
    session.flush()
    if before_sealing:
        before_sealing(session, sitting)
    sittings.seal(session, sitting, at=clock.now(), by=None)
    session.flush()
