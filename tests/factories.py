"""Makers of rows with real defaults, for tests. Each takes a session and what matters; the rest is plausible."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.access import Actor, HeldRole
from assessment.models.benchmark import Standard
from assessment.models.centre import (
    Centre,
    CentreExercise,
    CentreState,
    ExerciseVersion,
    KeyVersion,
    Policy,
    RubricVersion,
    Task,
    Weight,
)
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, Role, RoleName, Seat, SeatName
from assessment.models.programme import Programme, Purpose
from assessment.models.sitting import Sitting, SittingState
from assessment.services import shelf
from exercises import content
from exercises.content import Exercise

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
_numbers = count(1)


def person(session: Session, **values: Any) -> Person:
    n = next(_numbers)
    made = Person(**{"email": f"person{n}@example.org", "name": f"Person {n}", "created_at": NOON, **values})
    session.add(made)
    session.flush()
    return made


def role(session: Session, who: Person, name: RoleName, **where: Any) -> Role:
    made = Role(person_id=who.id, role=name, given_at=NOON, **where)
    session.add(made)
    session.flush()
    return made


def actor(session: Session, who: Person) -> Actor:
    session.refresh(who, ["roles"])
    held = frozenset(HeldRole(one.role, one.programme_id, one.centre_id) for one in who.roles)
    return Actor(who.id, who.name, who.email, who.language, who.time_zone, held)


def administrator(session: Session, **values: Any) -> Person:
    made = person(session, **values)
    role(session, made, RoleName.ADMINISTRATOR)
    return made


def programme(session: Session, **values: Any) -> Programme:
    made = Programme(**{"name": "Further", "created_at": NOON, **values})
    session.add(made)
    session.flush()
    return made


def version(session: Session, exercise: Exercise) -> ExerciseVersion:
    """The stored version of an exercise, made once."""
    found = session.get(ExerciseVersion, exercise.hash)
    if found:
        return found
    if exercise.rubric and not session.get(RubricVersion, exercise.rubric.hash):
        session.add(
            RubricVersion(
                hash=exercise.rubric.hash,
                slug=exercise.slug,
                document=exercise.rubric.document(),
                stored_at=NOON,
            )
        )
    key_hash = content.digest({"key": exercise.hash}) if exercise.keyed else None
    if key_hash and not session.get(KeyVersion, key_hash):
        session.add(
            KeyVersion(
                hash=key_hash,
                slug=exercise.slug,
                document={"exercise": exercise.hash},
                is_provisional=True,
                stored_at=NOON,
            )
        )
    session.flush()
    made = ExerciseVersion(
        hash=exercise.hash,
        slug=exercise.slug,
        document=exercise.document(),
        rubric_hash=exercise.rubric.hash if exercise.rubric else None,
        key_hash=key_hash,
        stored_at=NOON,
    )
    session.add(made)
    session.flush()
    session.execute(sa.insert(Task), shelf.tasks(exercise))
    return made


def centre(session: Session, *slugs: str, weights: Any = (), **values: Any) -> Centre:
    """A centre with these shipped exercises; give ``state=CentreState.OPEN`` for an open one."""
    state = values.pop("state", CentreState.OPEN)
    home = values.pop("programme", None) or programme(session)
    made = Centre(
        **{
            "programme_id": home.id,
            "name": "Spring centre",
            "created_at": NOON,
            "first_start_at": NOON - timedelta(days=1),
            "latest_start_at": NOON + timedelta(days=5),
            "latest_end_at": NOON + timedelta(days=10),
            "job_analysis_who": "example",
            "job_analysis_when": "example",
            "job_analysis_how": "example",
            **values,
        }
    )
    session.add(made)
    session.flush()
    for position, slug in enumerate(slugs, start=1):
        exercise = content.shipped()[slug]
        session.add(
            CentreExercise(
                centre_id=made.id,
                position=position,
                slug=slug,
                exercise=exercise.id,
                version_hash=version(session, exercise).hash,
            )
        )
    for dimension, exercise_id, value in weights:
        session.add(Weight(centre_id=made.id, dimension=dimension, exercise=exercise_id, value=value))
    for language in ("en", "nl"):
        session.add(
            Policy(
                centre_id=made.id,
                language=language,
                purpose="Why",
                readers="Who",
                keeping="How long",
                deciding="How",
                reassessment="When",
            )
        )
    session.flush()
    if state is not CentreState.DRAFT:
        made.purpose = Purpose.DEVELOPMENT
        made.opened_at = NOON - timedelta(days=2)
        made.state = CentreState.OPEN
        session.flush()
        if state is CentreState.CLOSED:
            made.state, made.closed_at = state, NOON
            session.flush()
    return made


def seat(session: Session, where: Centre, who: Person, name: SeatName) -> None:
    session.add(Seat(centre_id=where.id, person_id=who.id, seat=name))
    role_of = {
        SeatName.PARTICIPANT: RoleName.PARTICIPANT,
        SeatName.ASSESSOR: RoleName.ASSESSOR,
        SeatName.STAFF: RoleName.HR,
    }
    role(session, who, role_of[name], programme_id=where.programme_id, centre_id=where.id)


def enrolment(session: Session, where: Centre, who: Person | None = None, **values: Any) -> Enrolment:
    """An active enrolment whose notice is accepted, with its ready sittings."""
    who = who or person(session)
    seat(session, where, who, SeatName.PARTICIPANT)
    made = Enrolment(
        **{
            "centre_id": where.id,
            "person_id": who.id,
            "state": EnrolmentState.ACTIVE,
            "created_at": NOON,
            "policy_read_at": NOON,
            "notice_accepted_at": NOON,
            "notice_hash": "0" * 64,
            "notice_language": "en",
            "device_checked_at": NOON,
            "practised_at": NOON,
            **values,
        }
    )
    session.add(made)
    session.flush()
    session.refresh(where, ["exercises"])
    for entry in where.exercises:
        session.add(
            Sitting(
                enrolment_id=made.id,
                centre_exercise_id=entry.id,
                version_hash=entry.version_hash,
                position=entry.position,
                code=f"K-{next(_numbers):04}",
            )
        )
    session.flush()
    return made


def assessor(session: Session, where: Centre, **values: Any) -> Person:
    made = person(session, **values)
    seat(session, where, made, SeatName.ASSESSOR)
    return made


def running(
    session: Session, sitting: Sitting, *, at: datetime = NOON, minutes: float = 55, **values: Any
) -> Sitting:
    """The sitting, started at a moment, with its clock fixed."""
    sitting.state = SittingState.RUNNING
    sitting.language = values.pop("language", "en")
    sitting.time_factor = values.pop("time_factor", 1.0)
    sitting.started_at = at
    sitting.deadline_at = at + timedelta(minutes=minutes)
    sitting.writer_epoch = values.pop("writer_epoch", 1)
    for name, value in values.items():
        setattr(sitting, name, value)
    session.flush()
    return sitting


def without_rechecks(session: Session, where: Centre) -> None:
    """Let no benchmark be mixed in, so that what is dealt is only what is live."""
    session.add(
        Standard(
            centre_id=where.id,
            exact=0.6,
            within_one=0.95,
            bias=0.5,
            dimension_bias=1.0,
            benchmarks=4,
            valid_days=365,
            recheck_every=0,
            reason="a test",
            set_by_id=administrator(session).id,
            set_at=NOON,
        )
    )
    session.flush()
