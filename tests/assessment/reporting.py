"""Participants whose integration is signed, written as rows: where the tests of reports and exports begin."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.access import Actor
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, RoleName
from assessment.models.rating import (
    DimensionRating,
    Integration,
    IntegrationState,
    Observation,
    Rating,
    RatingState,
)
from assessment.models.report import Line
from assessment.models.sitting import Sitting, SittingState
from assessment.services import reports, versions
from assessment.services.integrations import DimensionResult, ExerciseScore, IntegrationResult
from assessment.services.reports import HalfPage
from exercises.content import canonical, digest
from tests import factories

HALF_DAY = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case")
QUOTE = "Bo and Mehmet stop using these batches now."
BASE = "http://klei.test"


class Reporting:
    """A centre with an assessor who answers for everybody, one HR generalist, and participants."""

    def __init__(
        self,
        database: Database,
        names: Sequence[str] = ("Ayşe de Vries",),
        *,
        languages: Sequence[str] = ("en",),
        is_signed: bool = True,
        is_anything_seen: bool = True,
        again: Sequence[Person] = (),
        exercises: Sequence[str] = HALF_DAY,
        **centre: Any,
    ) -> None:
        self.database = database
        self.is_signed, self.is_anything_seen = is_signed, is_anything_seen
        with database.writing() as session:
            self.centre = factories.centre(session, *exercises, **centre)
            self.assessor = factories.assessor(session, self.centre, name="Ilse de Graaf")
            self.colleague = factories.assessor(session, self.centre)
            self.hr = factories.person(session, name="Hanna de Wit")
            factories.role(session, self.hr, RoleName.HR, programme_id=self.centre.programme_id)
            self.people: list[Person] = []
            self.enrolments: list[Enrolment] = []
            self.integrations: list[UUID] = []
            for place, name in enumerate(names):
                person = again[place] if again else None
                self._add(session, name, languages[place % len(languages)], place, person)
            self.by = factories.actor(session, self.assessor)
            self.colleague_by = factories.actor(session, self.colleague)
            self.hr_by = factories.actor(session, self.hr)
            self.participant_by: list[Actor] = [factories.actor(session, one) for one in self.people]

    def _add(
        self, session: Session, name: str, language: str, place: int, person: Person | None = None
    ) -> None:
        person = session.merge(person) if person else factories.person(session, name=name, language=language)
        enrolment = factories.enrolment(session, self.centre, person)
        self.people.append(person)
        self.enrolments.append(enrolment)
        sittings: dict[str, Sitting] = {}
        for sitting in session.scalars(
            sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id).order_by(Sitting.position)
        ):
            exercise = versions.get(session, sitting.version_hash)
            sittings[exercise.id] = sitting
            factories.running(session, sitting, language=language)
            sitting.state, sitting.sealed_at = SittingState.SEALED, factories.NOON + timedelta(minutes=50)
            session.flush()
            if exercise.rated:
                for assessor in (self.assessor, self.colleague):
                    self._rate(session, sitting, exercise.rated, assessor)
        integration = Integration(
            enrolment_id=enrolment.id, responsible_id=self.assessor.id, opened_at=factories.NOON
        )
        if self.is_signed:
            result = result_of(
                {exercise: str(one.id) for exercise, one in sittings.items()}, 3.4 + place / 10
            )
            integration.state = IntegrationState.SIGNED
            integration.result, integration.result_hash = (
                canonical(result.document()),
                digest(result.document()),
            )
            integration.signed_by_id, integration.signed_at = self.assessor.id, factories.NOON
        session.add(integration)
        session.flush()
        self.integrations.append(integration.id)

    def _rate(self, session: Session, sitting: Sitting, dimensions: Sequence[str], assessor: Person) -> None:
        exercise = versions.get(session, sitting.version_hash)
        assert exercise.rubric
        rating = Rating(
            sitting_id=sitting.id,
            assessor_id=assessor.id,
            rubric_hash=exercise.rubric.hash,
            started_at=factories.NOON,
            saved_at=factories.NOON,
        )
        rating.dimensions = [
            DimensionRating(
                dimension=name,
                score=3 if self.is_anything_seen else None,
                has_no_evidence=not self.is_anything_seen,
            )
            for name in dimensions
        ]
        rating.observations = [
            Observation(
                block="a block",
                start=0,
                end=len(QUOTE),
                quote=QUOTE,
                dimension=name,
                behaviour=f"{name}.1",
                sign="+",
                created_at=factories.NOON,
            )
            for name in (dimensions if self.is_anything_seen else ())
        ]
        session.add(rating)
        session.flush()
        rating.state, rating.submitted_at = RatingState.SUBMITTED, factories.NOON
        session.flush()

    # The way of a report.

    def drafted(self, who: int = 0, *, summary: str = "You began with the largest matter.") -> UUID:
        """A draft with everything in it."""
        with self.database.writing() as session:
            report = reports.begin(session, self.integrations[who], by=self.by)
            reports.choose_frame(
                session,
                report.id,
                "L1.effective",
                {"act": "the stop and the customer"},
                self.observations(session, who, "L1"),
                by=self.by,
            )
            report = reports.draft(session, report.id, by=self.by)
            half = HalfPage(
                report.version,
                summary,
                ["You find the figure."],
                ["Say who has to know."],
                {
                    Line.PATTERN: self.observations(session, who, "P1"),
                    Line.STRENGTH_1: self.observations(session, who, "S1")
                    or self.observations(session, who, "L1"),
                    Line.STEP_1: self.observations(session, who, "L3")[:1],
                },
            )
            reports.write(session, report.id, half, by=self.by)
            return report.id

    def observations(self, session: Session, who: int, dimension: str) -> list[UUID]:
        return list(
            session.scalars(
                sa.select(Observation.id)
                .join(Rating)
                .join(Sitting)
                .where(Sitting.enrolment_id == self.enrolments[who].id, Observation.dimension == dimension)
            )
        )

    def signed(self, who: int = 0, **values: Any) -> UUID:
        """A report that is with its participant."""
        found = self.drafted(who, **values)
        with self.database.writing() as session:
            reports.sign(session, found, by=self.by, base_url=BASE)
        return found

    def released(self, who: int = 0, **values: Any) -> UUID:
        found = self.signed(who, **values)
        self.release(found, who)
        return found

    def release(self, report_id: UUID, who: int = 0) -> None:
        with self.database.writing() as session:
            reports.release(session, report_id, by=self.participant_by[who])

    def block(self, report_id: UUID, who: int = 0) -> None:
        with self.database.writing() as session:
            reports.block(session, report_id, by=self.participant_by[who])


def result_of(sittings: dict[str, str], estimate: float) -> IntegrationResult:
    """A result with every kind: a number, a place between bands, too little, and "depends on the situation"; with fewer
    exercises than these three, too little wherever one is missing.
    """

    def score(exercise: str, value: float, *, key: bool = False) -> ExerciseScore | None:
        if exercise not in sittings:
            return None
        return ExerciseScore(
            exercise=exercise,
            sitting_id=sittings[exercise],
            score=value,
            ratings=() if key else (value, value),
            key=value if key else None,
            uses_key=key,
            is_provisional=key,
            second_look_taken=False,
            is_disputed=False,
            is_changed=False,
        )

    def dimension(name: str, *given: ExerciseScore | None, **values: Any) -> DimensionResult:
        scores = tuple(filter(None, given))
        if len(scores) < len(given):
            values = {"reasons": ("U1",)}
        return DimensionResult(
            **{
                "dimension": name,
                "is_claimed": True,
                "estimate": None,
                "standard_error": None,
                "low": None,
                "high": None,
                "band": None,
                "between": None,
                "n_exercises": len(scores),
                "reasons": (),
                "stronger": (),
                "weaker": (),
                "weights": {},
                "per_exercise": scores,
                **values,
            }
        )

    measured = {"standard_error": 0.45, "low": estimate - 0.45, "high": estimate + 0.45}
    return IntegrationResult(
        (
            dimension(
                "L1",
                score("E1", 3.4),
                score("E3", 3.0, key=True),
                estimate=estimate,
                band="effective",
                reasons=("U5",),
                **measured,
            ),
            dimension(
                "L3",
                score("E1", 2.0),
                score("E5", 4.5),
                reasons=("U2",),
                stronger=("E5",),
                weaker=("E1",),
            ),
            dimension("P1", score("E1", 3.0), reasons=("U1",), is_claimed=False),
            dimension(
                "S1",
                score("E1", 4.0, key=True),
                score("E5", 3.5),
                estimate=estimate + 0.3,
                between=("effective", "strength"),
                reasons=("U3",),
                **measured,
            ),
            dimension("S2", score("E5", 3.0), reasons=("U4",)),
        ),
        is_provisional=True,
        flags=(),
    )
