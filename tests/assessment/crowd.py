"""A house with so many of everything, written in bulk: where lists are asked how many queries they take."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.database import Base
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Job, JobState, Mail
from assessment.models.person import Person, Role, RoleName, Seat, SeatName
from assessment.models.programme import Programme, Purpose
from assessment.models.rating import (
    Adjudication,
    Assignment,
    DimensionRating,
    Integration,
    IntegrationState,
    Observation,
    Rating,
    RatingState,
)
from assessment.models.report import CommentKind, Report, ReportComment, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.models.wash_up import (
    Discussion,
    DiscussionState,
    Minute,
    WashUp,
    WashUpMember,
    WashUpState,
)
from exercises.content import canonical, shipped
from tests import factories
from tests.assessment.reporting import result_of
from tests.assessment.sections.samples import report

EXERCISES = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case")
RATED = "stavoord-case"
NOON = factories.NOON
DOCUMENT = report().to_document()
LATER = NOON + timedelta(days=5)


class Crowd:
    """One centre with ``n`` participants at each step, ``n`` programmes, centres and mails, and one of each role.

    ``many`` is the participant with ``n`` enrolments and reports; everything that waits for an assessor waits for the
    one.
    """

    def __init__(self, session: Session, n: int) -> None:
        self.session, self.n = session, n
        self.administrator = factories.administrator(session, name="Ada")
        self.centre = factories.centre(session, *EXERCISES)
        programme_id = self.centre.programme_id
        self.assessor = factories.assessor(session, self.centre, name="Ilse")
        self.others = [factories.assessor(session, self.centre) for _ in range(2)]
        self.hr = factories.person(session, name="Hanna")
        factories.role(session, self.hr, RoleName.HR, programme_id=programme_id)
        self.many = factories.person(session, name="Mia")
        self.exercises = {one.slug: one for one in session.scalars(sa.select(CentreExercise))}
        self.sat: dict[UUID, dict[str, str]] = {}
        self._rest()
        self.to_rate = self._people("rate")
        sittings = self._sat(self.to_rate)
        self.assignments = self._assign(sittings)
        self._draft(sittings[0])
        self._adjudications()
        self.integrations = self._integrations(IntegrationState.OPEN, self._people("wash"))
        reported = self._people("report")
        self.signed = self._integrations(IntegrationState.SIGNED, reported)
        self.reports = self._reports(reported)
        self.wash_up = self._wash_up(reported)
        self._everywhere(programme_id)
        session.flush()

    def add(self, table: type[Base], rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Many rows at once; their ids where they have one."""
        rows = [{"id": uuid4(), **row} if "id" in table.__table__.c else row for row in rows]
        if rows:
            self.session.execute(sa.insert(table), rows)
        return [row["id"] for row in rows if "id" in row]

    def _people(self, word: str) -> list[UUID]:
        """Participants of the centre: the ids of their enrolments."""
        people = self.add(
            Person,
            [
                {"email": f"{word}{self.n}-{i}@example.org", "name": f"{word} {i}", "created_at": NOON}
                for i in range(self.n)
            ],
        )
        centre = {"centre_id": self.centre.id}
        self.add(Seat, [{**centre, "person_id": one, "seat": SeatName.PARTICIPANT} for one in people])
        self.add(
            Role,
            [
                {
                    **centre,
                    "person_id": one,
                    "role": RoleName.PARTICIPANT,
                    "given_at": NOON,
                    "programme_id": None,
                }
                for one in people
            ],
        )
        return self._enrolled([self.centre.id] * self.n, people)

    def _enrolled(self, centres: Sequence[UUID], people: Sequence[UUID]) -> list[UUID]:
        return self.add(
            Enrolment,
            [
                {
                    "centre_id": centre,
                    "person_id": one,
                    "state": EnrolmentState.ACTIVE,
                    "created_at": NOON,
                    "invited_at": NOON,
                    "notice_accepted_at": NOON,
                }
                for centre, one in zip(centres, people, strict=True)
            ],
        )

    def _wash_up(self, enrolments: Sequence[UUID]) -> UUID:
        """An open wash-up that is at the first of these, with something said about each."""
        made = WashUp(
            centre_id=self.centre.id,
            chair_id=self.assessor.id,
            starts_at=NOON,
            state=WashUpState.OPEN,
            opened_at=NOON,
            members=[WashUpMember(assessor_id=one.id) for one in (self.assessor, *self.others)],
        )
        self.session.add(made)
        self.session.flush()
        discussions = self.add(
            Discussion,
            [
                {
                    "wash_up_id": made.id,
                    "enrolment_id": one,
                    "position": position,
                    "state": DiscussionState.NOW if position == 1 else DiscussionState.TO_COME,
                    "begun_at": NOON if position == 1 else None,
                    "deciding_at": NOON if position == 1 else None,
                }
                for position, one in enumerate(enrolments, start=1)
            ],
        )
        said = {"text": "Looked at twice.", "by_id": self.others[0].id, "at": NOON}
        self.add(Minute, [{**said, "discussion_id": one} for one in discussions])
        return made.id

    def _sat(self, enrolments: Sequence[UUID]) -> list[UUID]:
        """Three sealed sittings each; the ids of those that are rated."""
        rows = [
            {
                "enrolment_id": enrolment,
                "centre_exercise_id": self.exercises[slug].id,
                "version_hash": self.exercises[slug].version_hash,
                "position": position,
                "code": f"{slug[9:11]}-{enrolment.hex[:8]}",
                "state": SittingState.SEALED,
                "language": "en",
                "time_factor": 1.0,
                "started_at": NOON,
                "deadline_at": NOON,
                "sealed_at": NOON,
            }
            for enrolment in enrolments
            for position, slug in enumerate(EXERCISES, start=1)
        ]
        ids = self.add(Sitting, rows)
        for one, row in zip(ids, rows, strict=True):
            exercise = self.exercises[EXERCISES[row["position"] - 1]].exercise
            self.sat.setdefault(row["enrolment_id"], {})[exercise] = str(one)
        return [one for one, row in zip(ids, rows, strict=True) if row["position"] == len(EXERCISES)]

    def _assign(self, sittings: Sequence[UUID], *people: Person) -> list[UUID]:
        return self.add(
            Assignment,
            [
                {"sitting_id": one, "assessor_id": person.id, "place": place, "assigned_at": NOON}
                for place, one in enumerate(sittings)
                for person in people or (self.assessor,)
            ],
        )

    def _draft(self, sitting: UUID) -> None:
        """A rating that the assessor has begun, with many observations."""
        exercise = shipped()[RATED]
        assert exercise.rubric
        (rating,) = self.add(
            Rating,
            [
                {
                    "sitting_id": sitting,
                    "assessor_id": self.assessor.id,
                    "rubric_hash": exercise.rubric.hash,
                    "started_at": NOON,
                    "saved_at": NOON,
                    "state": RatingState.DRAFT,
                }
            ],
        )
        self.add(Observation, [self.observation(rating, exercise.rated[0]) for _ in range(self.n)])

    def _rated(self, sittings: Sequence[UUID], *people: Person, levels: Sequence[int] = (3, 3)) -> None:
        """Submitted ratings, each with an observation."""
        exercise = shipped()[RATED]
        assert exercise.rubric
        rows = [
            {
                "sitting_id": one,
                "assessor_id": person.id,
                "rubric_hash": exercise.rubric.hash,
                "started_at": NOON,
                "saved_at": NOON,
            }
            for one in sittings
            for person in people
        ]
        ratings = self.add(Rating, rows)
        self.add(
            DimensionRating,
            [
                {"rating_id": one, "dimension": dimension, "score": levels[number % 2]}
                for number, one in enumerate(ratings)
                for dimension in exercise.rated
            ],
        )
        self.add(Observation, [self.observation(one, exercise.rated[0]) for one in ratings])
        self.add(Observation, [self.observation(ratings[0], exercise.rated[0]) for _ in range(self.n)])
        self.session.execute(
            sa.update(Rating)
            .where(Rating.id.in_(ratings))
            .values(state=RatingState.SUBMITTED, submitted_at=NOON)
        )

    @staticmethod
    def observation(rating_id: UUID, dimension: str) -> dict[str, Any]:
        return {
            "rating_id": rating_id,
            "block": "memo",
            "start": 0,
            "end": 1,
            "quote": "I",
            "dimension": dimension,
            "behaviour": f"{dimension}.1",
            "sign": "+",
            "created_at": NOON,
        }

    def _adjudications(self) -> None:
        """Half of them given to the assessor, half waiting for the administrator."""
        for given in (True, False):
            sittings = self._sat(self._people(f"adjudicate{given}".lower()))
            self._assign(sittings, *self.others)
            self._rated(sittings, *self.others, levels=(1, 4))
            mine: Sequence[UUID | None] = self._assign(sittings) if given else [None] * len(sittings)
            self.add(
                Adjudication,
                [
                    {"sitting_id": one, "dimensions": ["S1"], "asked_at": NOON, "assignment_id": assignment}
                    for one, assignment in zip(sittings, mine, strict=True)
                ],
            )

    def _integrations(self, state: IntegrationState, enrolments: Sequence[UUID]) -> list[UUID]:
        sittings = self._sat(enrolments)
        self._assign(sittings, self.assessor, self.others[0])
        self._rated(sittings, self.assessor, self.others[0])
        signed = {
            "signed_by_id": self.assessor.id,
            "signed_at": NOON,
            "result_hash": "0" * 64,
        }
        return self.add(
            Integration,
            [
                {
                    "enrolment_id": one,
                    "state": state,
                    "opened_at": NOON,
                    "responsible_id": self.assessor.id,
                    **({**signed, "result": self._result(one)} if state is IntegrationState.SIGNED else {}),
                }
                for one in enrolments
            ],
        )

    def _result(self, enrolment: UUID) -> str:
        return canonical(result_of(self.sat[enrolment], 3.4).document())

    def _reports(self, enrolments: Sequence[UUID]) -> list[UUID]:
        """In every state, with remarks; the first is a draft."""
        states = (ReportState.DRAFT, ReportState.RELEASED, ReportState.BLOCKED, ReportState.WITH_PARTICIPANT)
        signed = {"document": DOCUMENT, "document_hash": "0" * 64, "signed_at": NOON, "sent_at": NOON}
        reports = self.add(
            Report,
            [
                {
                    "enrolment_id": one,
                    "language": "en",
                    "responsible_id": self.assessor.id,
                    "state": states[number % len(states)],
                    "created_at": NOON,
                    **(signed if number % len(states) else dict.fromkeys(signed)),
                }
                for number, one in enumerate(enrolments)
            ],
        )
        self.add(
            ReportComment,
            [
                {"report_id": one, "kind": CommentKind.COMMENT, "text": "A remark.", "at": NOON}
                for one in reports
                for _ in range(2)
            ],
        )
        return reports

    def _everywhere(self, programme_id: UUID) -> None:
        """One participant, one assessor and one HR generalist in many centres of many programmes."""
        programmes = self.add(
            Programme, [{"name": f"Programme {i}", "created_at": NOON} for i in range(self.n)]
        )
        centres = self.add(
            Centre,
            [
                {
                    "programme_id": one,
                    "name": f"Centre {i}",
                    "created_at": NOON,
                    "first_start_at": NOON,
                    "latest_start_at": LATER,
                    "latest_end_at": LATER + timedelta(days=1),
                }
                for i, one in enumerate([programme_id] * self.n + programmes)
            ],
        )
        exercise = self.exercises[RATED]
        entries = self.add(
            CentreExercise,
            [
                {
                    "centre_id": one,
                    "position": 1,
                    "slug": RATED,
                    "exercise": exercise.exercise,
                    "version_hash": exercise.version_hash,
                }
                for one in centres
            ],
        )
        self.session.execute(
            sa.update(Centre)
            .where(Centre.id.in_(centres))
            .values(state=CentreState.OPEN, purpose=Purpose.DEVELOPMENT, opened_at=NOON)
        )
        for person, seat, role in (
            (self.many, SeatName.PARTICIPANT, RoleName.PARTICIPANT),
            (self.assessor, SeatName.ASSESSOR, RoleName.ASSESSOR),
        ):
            self.add(Seat, [{"centre_id": one, "person_id": person.id, "seat": seat} for one in centres])
            self.add(
                Role,
                [
                    {"centre_id": one, "person_id": person.id, "role": role, "given_at": NOON}
                    for one in centres
                ],
            )
        enrolments = self._enrolled(centres, [self.many.id] * len(centres))
        sittings = self.add(
            Sitting,
            [
                {
                    "enrolment_id": enrolment,
                    "centre_exercise_id": entry,
                    "version_hash": exercise.version_hash,
                    "position": 1,
                    "code": f"M-{enrolment.hex[:8]}",
                    "state": SittingState.SEALED,
                    "language": "en",
                    "time_factor": 1.0,
                    "started_at": NOON,
                    "deadline_at": NOON,
                    "sealed_at": NOON,
                }
                for enrolment, entry in zip(enrolments, entries, strict=True)
            ],
        )
        self._assign(sittings)
        self.add(
            Report,
            [
                {
                    "enrolment_id": one,
                    "language": "en",
                    "responsible_id": self.assessor.id,
                    "state": ReportState.WITH_PARTICIPANT,
                    "created_at": NOON,
                    "document": DOCUMENT,
                    "document_hash": "0" * 64,
                    "signed_at": NOON,
                    "sent_at": NOON,
                }
                for one in enrolments
            ],
        )

    def _rest(self) -> None:
        """Mails and finished exports."""
        self.add(
            Mail,
            [
                {"recipient": "a@example.org", "subject": "s", "text": "t", "created_at": NOON}
                for _ in range(self.n)
            ],
        )
        self.add(
            Job,
            [
                {
                    "kind": "archive",
                    "state": JobState.DONE,
                    "payload": {},
                    "owner_id": self.hr.id,
                    "centre_id": self.centre.id,
                    "created_at": NOON,
                }
                for _ in range(self.n)
            ],
        )
