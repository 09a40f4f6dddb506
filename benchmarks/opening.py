"""What opening a sitting to rate costs in a large centre: ``python -m benchmarks.opening [sqlite|postgresql]``.

A centre with 2,000 rated sittings and twelve assessors, two to each sitting, all handed in. One assessor opens one in-tray
after the other, each with its rating begun; then the same for the game. CPU and time of the whole request in process,
without a server. The goal is under 150 ms; CPU is what is compared, because it does not change with what else runs.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.person import Person
from assessment.models.rating import Assignment
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import answers, ratings, versions
from assessment.settings import Settings
from benchmarks import stage
from exercises.content import Exercise
from tests import factories
from tests.assessment.query_count import counting

EXERCISES = ("stavoord-in-tray", "stavoord-game", "stavoord-role-play", "stavoord-case")
PARTICIPANTS, ASSESSORS = 500, 12
OPENED, WARM = 24, 3
GOAL = 150


def build(database: Database) -> tuple[Person, dict[str, list[UUID]]]:
    """The centre, and for its first assessor the assignments of each exercise, their ratings begun."""
    with database.writing() as session:
        administrator = factories.administrator(session)
        centre = factories.centre(session, *EXERCISES)
        people = [factories.assessor(session, centre) for _ in range(ASSESSORS)]
        session.add_all(_calibration(centre.id, one, administrator) for one in people)
        for _ in range(PARTICIPANTS):
            factories.enrolment(session, centre)
    with database.writing() as session:
        _hand_in(session)
        _deal(session, people)
    mine: dict[str, list[UUID]] = {}
    with database.reading() as session:
        found = session.execute(
            sa.select(Assignment.id, Sitting.version_hash)
            .join(Sitting)
            .where(Assignment.assessor_id == people[0].id)
            .order_by(Assignment.place)
        ).all()
        for assignment_id, version_hash in found:
            mine.setdefault(versions.get(session, version_hash).slug, []).append(assignment_id)
        by = factories.actor(session, session.get_one(Person, people[0].id))
    for name in ("stavoord-in-tray", "stavoord-game"):
        for one in mine[name][: OPENED + WARM]:
            with database.writing() as session:
                ratings.begin(session, one, by=by)
    return people[0], mine


def _calibration(centre_id: UUID, person: Person, by: Person) -> Calibration:
    return Calibration(
        assessor_id=person.id,
        centre_id=centre_id,
        state=CalibrationState.PASSED,
        valid_until_on=(clock.now() + timedelta(days=90)).date(),
        reason="benchmark",
        recorded_by_id=by.id,
        recorded_at=clock.now(),
    )


def _hand_in(session: Session) -> None:
    """Each sitting with the sample answer of its exercise, evenly over its time."""
    now = clock.now()
    given: dict[str, list[tuple[str, str]]] = {}
    for sitting_id, version_hash in session.execute(sa.select(Sitting.id, Sitting.version_hash)).all():
        exercise = versions.get(session, version_hash)
        if version_hash not in given:
            given[version_hash] = _answers(exercise)
        sent = given[version_hash]
        begun = now - timedelta(minutes=exercise.minutes)
        session.execute(
            sa.update(Sitting)
            .where(Sitting.id == sitting_id)
            .values(
                state=SittingState.RUNNING,
                language="en",
                time_factor=1.0,
                started_at=begun,
                deadline_at=now,
                writer_epoch=1,
            )
        )
        session.execute(
            sa.insert(Revision),
            [
                {
                    "sitting_id": sitting_id,
                    "version_hash": version_hash,
                    "task": task,
                    "number": 1,
                    "kind": RevisionKind.MAIN,
                    "body": body,
                    "base_number": 0,
                    "client_id": "c",
                    "client_seq": order,
                    "epoch": 1,
                    "arrived_at": begun + timedelta(minutes=exercise.minutes * order / (len(sent) + 1)),
                    "is_in_grace": False,
                }
                for order, (task, body) in enumerate(sent, 1)
            ],
        )
        session.execute(
            sa.update(Sitting)
            .where(Sitting.id == sitting_id)
            .values(state=SittingState.SEALED, sealed_at=now, final_hash="0" * 64)
        )


def _answers(exercise: Exercise) -> list[tuple[str, str]]:
    """The sample answer as it is stored."""
    kind = versions.kind_of(exercise)
    sent = dict(kind.samples(exercise).complete["en"])
    return [(task, answers.spelled(kind.parse(exercise, task, value))) for task, value in sent.items()]


def _deal(session: Session, people: list[Person]) -> None:
    """Two assessors to each sitting, in turn."""
    rows = []
    for number, sitting_id in enumerate(session.scalars(sa.select(Sitting.id).order_by(Sitting.code))):
        for who in (number % ASSESSORS, (number + 1 + number // ASSESSORS % (ASSESSORS - 1)) % ASSESSORS):
            rows.append(
                {
                    "id": uuid4(),
                    "sitting_id": sitting_id,
                    "assessor_id": people[who].id,
                    "place": number,
                    "assigned_at": clock.now(),
                }
            )
    session.execute(sa.insert(Assignment), rows)


def measure(backend: str) -> bool:
    """Print the figures of one database; whether the goal is met."""
    with stage.database_url(backend) as url:
        database = Database(url)
        migrations.upgrade(database)
        factories.NOON = clock.now()
        app = create_app(
            Settings(stage.SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False), database
        )
        who, mine = build(database)
        client, headers = app.test_client(use_cookies=False), stage.headers(app, str(who.id))
        print(
            f"{backend}: {PARTICIPANTS * len(EXERCISES)} sittings, {sum(map(len, mine.values()))} of them of this assessor"
        )
        met = True
        for name in ("stavoord-in-tray", "stavoord-game"):
            took, cost = [], []
            for assignment_id in mine[name][: OPENED + WARM]:
                begun, used = time.perf_counter(), time.process_time()
                with counting(database) as count:
                    answer = client.get(f"/assessor/ratings/{assignment_id}", headers=headers)
                took.append((time.perf_counter() - begun) * 1000)
                cost.append((time.process_time() - used) * 1000)
                assert answer.status_code == 200, answer.status_code
            middle, spent = statistics.median(took[WARM:]), statistics.median(cost[WARM:])
            met = met and spent < GOAL
            print(
                f"  {name:<18} CPU {spent:6.1f} ms, in all {middle:6.1f} ms, {count.n} statements; goal {GOAL} ms"
            )
        database.dispose()
        return met


if __name__ == "__main__":
    sys.exit(0 if all([measure(one) for one in stage.backends()]) else 1)
