"""Re-checks: dealt unannounced, alike in everything that an assessor sees, counted nowhere, and drift from them."""

import random
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment.database import Database
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre
from assessment.models.person import Person
from assessment.models.rating import Adjudication, Assignment, AssignmentState, Integration
from assessment.services import assignments, ratings, rechecks, standards
from assessment.services.calibration_tests import Pair
from tests import factories
from tests.assessment.room import Room
from tests.assessment.training import exact, levels, rate

LEVELS = {"S1": 3, "S2": 3, "L3": 3}


def mix_in(room: Room, who: int = 0, n: int = 100) -> list[Showing]:
    """As if so many sittings had just been dealt to this assessor."""
    with room.database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.get_one(Person, room.administrator.id))
        rechecks.seed(session, centre, {(room.by[who].person_id, "E5"): n}, random.Random(1), by=by)
    with room.database.reading() as session:
        return list(session.scalars(sa.select(Showing).where(Showing.use == Use.RECHECK)))


def test_a_recheck_looks_like_every_other_sitting_and_is_integrated_nowhere(database: Database) -> None:
    room = Room(database)
    shown = mix_in(room)
    assert {one.name for one in shown} == {"e5.bench.C", "e5.bench.H"}
    with database.reading() as session:
        queues = ratings.queues(session, by=room.by[0])
        assert [(queue.centre.id, len(queue.items)) for queue in queues] == [(room.centre.id, 3)]
        assert {item.state for item in queues[0].items} == {"ready"}
        live = ratings.desk(session, room.assignment(0), by=room.by[0])
        other = ratings.desk(session, shown[0].assignment_id, by=room.by[0])
        assert (live.use, live.centre.id) == (other.use, other.centre.id) == (None, room.centre.id)
        assert live.exercise is other.exercise
        assert {one.name for one in fields(live)} == {one.name for one in fields(other)}
    rate(database, shown[0].assignment_id, levels(database, shown[0].id, exact), room.by[0])
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Adjudication)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Integration)) == 0
        centre = session.get_one(Centre, room.centre.id)
        assert {one.submitted for one in assignments.loads(session, centre)} == {0}
        queue = ratings.queues(session, by=room.by[0])[0]
        assert sorted(item.state for item in queue.items) == ["ready", "ready", "submitted"]


def test_a_recheck_asks_for_a_calibration_as_live_work_does(database: Database) -> None:  # M6
    room = Room(database, calibrated=False)
    shown = mix_in(room)
    with pytest.raises(ratings.NotCalibrated):
        rate(database, shown[0].assignment_id, levels(database, shown[0].id, exact), room.by[0])


def test_a_recheck_waits_as_if_its_participant_were_still_working(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        for _ in range(3):
            other = factories.enrolment(session, session.get_one(Centre, room.centre.id))
            sitting_id = session.scalar(
                sa.text("SELECT id FROM sitting WHERE enrolment_id = :one").bindparams(
                    sa.bindparam("one", other.id, sa.Uuid())
                )
            )
            session.add(
                Assignment(
                    sitting_id=UUID(str(sitting_id)),
                    assessor_id=room.by[0].person_id,
                    place=5,
                    assigned_at=other.created_at,
                )
            )
    shown = mix_in(room)
    late = [one for one in shown if one.ready_after > 1]
    assert late
    with database.reading() as session:
        items = {item.assignment_id: item.state for item in ratings.queues(session, by=room.by[0])[0].items}
        assert len(items) == 6
        assert all(items[one.assignment_id] == "waiting" for one in late)
        with pytest.raises(ratings.NotSealed):
            ratings.desk(session, late[0].assignment_id, by=room.by[0])


def test_nobody_gets_one_twice_and_whoever_leaves_keeps_none(database: Database) -> None:
    room = Room(database)
    assert len(mix_in(room)) == 2
    assert len(mix_in(room)) == 2, "both were seen"
    with database.writing() as session:
        rechecks.take_back(session, session.get_one(Centre, room.centre.id), room.by[0].person_id)
    with database.reading() as session:
        states = session.scalars(sa.select(Assignment.state).join(Showing)).all()
        assert set(states) == {AssignmentState.RETURNED}
        assert len(ratings.queues(session, by=room.by[0])[0].items) == 1


def test_the_rate_is_the_centres_and_nought_means_none(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        by = factories.actor(session, session.get_one(Person, room.administrator.id))
        centre = session.get_one(Centre, room.centre.id)
        standards.set_to(session, centre, standards.Asked(recheck_every=0), "pilot", by=by)
    assert mix_in(room) == []
    chance = random.Random(7)
    dealt = [int(1 / 12 + chance.random()) for _ in range(6000)]
    assert 0.07 < sum(dealt) / len(dealt) < 0.097


def pairs(*given: tuple[int, int, int]) -> list[Pair]:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    return [
        Pair(f"b{n}", "S1", score, level, (level, level), start + timedelta(days=day))
        for n, (day, score, level) in enumerate(given)
    ]


def test_drift_is_told_by_quarter_and_withheld_below_the_least_n() -> None:
    few = rechecks.drift(pairs((0, 3, 3), (1, 4, 3)), 3)
    assert (few.n, few.figures) == (2, None)
    assert [one.figures for one in few.periods] == [None]
    given = [(n, 1 + n % 5, 1 + n % 5) for n in range(15)] + [
        (100 + n, min(5, 2 + n % 5), 1 + n % 5) for n in range(15)
    ]
    found = rechecks.drift(pairs(*given), 30)
    assert found.figures
    assert [(one.year, one.quarter, one.n) for one in found.periods] == [(2026, 1, 15), (2026, 2, 15)]
    assert found.periods[0].figures
    assert found.periods[1].figures
    assert found.periods[0].figures["bias"]["estimate"] == 0
    assert found.periods[1].figures["bias"]["estimate"] == pytest.approx(0.8)
    assert rechecks.drift(pairs(*given[:29]), 30).figures is None


def test_a_course_outside_its_usual_range_is_told_and_where_it_stood_by_quarter() -> None:
    quiet = [(n, 3, 3) for n in range(20)]
    found = rechecks.drift(pairs(*quiet, *[(100 + n, 4, 3) for n in range(12)]), 30)
    assert [one.outside for one in found.periods] == [0, 1]
    assert found.outside == 1
    assert len(found.course) == 32
    assert found.outside_for == len([step for step in found.course if step.outside]) > 2
    back = rechecks.drift(
        pairs(*quiet, *[(100 + n, 2, 3) for n in range(12)], *[(200 + n, 3, 3) for n in range(9)]), 30
    )
    assert [one.outside for one in back.periods] == [0, -1, 0]
    assert (back.outside, back.outside_for) == (0, 0)
    few = rechecks.drift(pairs(*[(n, 5, 3) for n in range(29)]), 30)
    assert (few.course, few.outside) == ((), 0), "no signal below the least n"


def test_ones_own_drift_is_without_this_week(database: Database) -> None:
    room = Room(database)
    for one in mix_in(room):
        rate(database, one.assignment_id, levels(database, one.id, exact), room.by[0])
    with database.reading() as session:
        assert rechecks.own_drift(session, by=room.by[0]).n == 0
        centre = session.get_one(Centre, room.centre.id)
        found = {person.id: one for person, one in rechecks.drift_of_centre(session, centre)}
        assert found[room.by[0].person_id].n == 6
        assert found[room.by[0].person_id].figures is None, "fewer than 30"
