"""A centre whose ratings are known: written straight into the tables, many at once, for tests of the evidence page."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.database import Database
from assessment.models.centre import CentreState
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, RoleName, SeatName
from assessment.models.rating import DimensionRating, Rating, RatingState, Round
from assessment.models.sitting import Sitting, SittingState
from exercises import content
from scoring import simulate
from tests import factories
from tests.factories import NOON

SLUGS = (
    "stavoord-in-tray",
    "stavoord-planning",
    "stavoord-judgement",
    "stavoord-role-play",
    "stavoord-case",
    "stavoord-game",
    "stavoord-reflection",
)
DIMENSIONS = ("L1", "L2", "L3", "P1", "P2", "S1", "S2")


def rows_of(made: simulate.Centre) -> list[tuple[int, int, int, int, int]]:
    """Participant, exercise, dimension, assessor and score of every rating of a simulated centre, as positions."""
    table = made.table
    names = ("participant", "exercise", "dimension", "assessor")
    return list(
        zip(*(table.facet(name).codes.tolist() for name in names), map(int, table.score), strict=True)
    )


class Rated:
    """A closed centre with so many people, and first-round ratings as they are given."""

    def __init__(
        self,
        database: Database,
        rows: Sequence[tuple[int, int, int, int, int | None]],
        state: CentreState = CentreState.CLOSED,
    ) -> None:
        self.database = database
        counts = [max((row[at] for row in rows), default=0) + 1 for at in range(4)]
        slugs = [slug for slug in SLUGS if slug in content.shipped()][: counts[1]]
        with database.writing() as session:
            self.administrator = factories.administrator(session, name="Noor Brandsma")
            self.by = factories.actor(session, self.administrator)
            self.centre = factories.centre(session, *slugs, state=CentreState.OPEN)
            self.hr = factories.person(session)
            factories.role(session, self.hr, RoleName.HR, programme_id=self.centre.programme_id)
            self.assessors = [factories.assessor(session, self.centre) for _ in range(counts[3])]
            self.people, self.enrolments, sittings = self._people(session, counts[0])
            self._ratings(session, rows, sittings)
            self.assessor_by = [factories.actor(session, one) for one in self.assessors]
            self.participant_by = [factories.actor(session, one) for one in self.people[:1]]
            self.hr_by = factories.actor(session, self.hr)
            if state is CentreState.CLOSED:
                self.centre.state, self.centre.closed_at = state, NOON + timedelta(days=20)

    def _people(
        self, session: Session, count: int
    ) -> tuple[list[Person], list[Enrolment], dict[tuple[int, int], UUID]]:
        people, enrolments, sittings = [], [], {}
        entries = list(self.centre.exercises)
        for number in range(count):
            person = factories.person(session, language=("en", "nl")[number % 2])
            factories.role(
                session,
                person,
                RoleName.PARTICIPANT,
                programme_id=self.centre.programme_id,
                centre_id=self.centre.id,
            )
            enrolment = Enrolment(
                centre_id=self.centre.id, person_id=person.id, created_at=NOON, notice_accepted_at=NOON
            )
            session.add(enrolment)
            people.append(person)
            enrolments.append(enrolment)
        session.flush()
        made = []
        for number, enrolment in enumerate(enrolments):
            for entry in entries:
                sitting_id = uuid4()
                sittings[number, entry.position - 1] = sitting_id
                made.append(
                    {
                        "id": sitting_id,
                        "enrolment_id": enrolment.id,
                        "centre_exercise_id": entry.id,
                        "version_hash": entry.version_hash,
                        "position": entry.position,
                        "code": f"K-{sitting_id.hex[:10]}",
                        "state": SittingState.SEALED,
                        "language": people[number].language,
                        "time_factor": 1.0,
                        "started_at": NOON,
                        "deadline_at": NOON + timedelta(hours=1),
                        "sealed_at": NOON + timedelta(hours=1),
                    }
                )
        session.execute(sa.insert(Sitting), made)
        return people, enrolments, sittings

    def _ratings(
        self,
        session: Session,
        rows: Iterable[tuple[int, int, int, int, int | None]],
        sittings: dict[tuple[int, int], UUID],
    ) -> None:
        rubric = content.shipped()["stavoord-case"].rubric
        assert rubric
        factories.version(session, content.shipped()["stavoord-case"])
        ratings: dict[tuple[int, int, int], UUID] = {}
        parts: list[dict[str, Any]] = []
        for p, e, d, a, score in rows:
            rating_id = ratings.setdefault((p, e, a), uuid4())
            parts.append(
                {
                    "rating_id": rating_id,
                    "dimension": DIMENSIONS[d],
                    "score": score,
                    "has_no_evidence": score is None,
                }
            )
        if not parts:
            return
        session.execute(
            sa.insert(Rating),
            [
                {
                    "id": rating_id,
                    "sitting_id": sittings[p, e],
                    "assessor_id": self.assessors[a].id,
                    "round": Round.FIRST,
                    "state": RatingState.DRAFT,
                    "rubric_hash": rubric.hash,
                    "contradicts": [],
                    "started_at": NOON,
                    "saved_at": NOON,
                }
                for (p, e, a), rating_id in ratings.items()
            ],
        )
        session.execute(sa.insert(DimensionRating), parts)
        session.execute(
            sa.update(Rating)
            .where(Rating.id.in_(list(ratings.values())))
            .values(state=RatingState.SUBMITTED, submitted_at=NOON + timedelta(days=1))
        )

    def seat(self, person: Person, name: SeatName) -> None:
        with self.database.writing() as session:
            factories.seat(session, self.centre, person, name)


def simulated(database: Database, participants: int = 40, **values: Any) -> tuple[Rated, simulate.Centre]:
    """A centre with a known truth, as rated."""
    wanted = {"exercises": 3, "dimensions": 3, "assessors": 6, "seed": 7, **values}
    made = simulate.centre(participants, **wanted)
    return Rated(database, rows_of(made)), made
