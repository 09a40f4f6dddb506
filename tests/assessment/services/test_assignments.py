"""Each sitting gets two assessors: balanced, mixed, exclusions kept, in an order of everybody's own."""

import random
from collections import Counter
from datetime import timedelta
from itertools import combinations
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import EnrolmentState, Exclusion
from assessment.models.person import Person
from assessment.models.rating import Assignment, AssignmentState, Rating, Round
from assessment.models.sitting import Sitting
from assessment.services import assignments, calibrations, people
from assessment.services.assignments import Need
from tests import factories

SLUGS = ("stavoord-case", "stavoord-judgement")


def given_to(session: Session) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for sitting, assessor in session.execute(sa.select(Assignment.sitting_id, Assignment.assessor_id)):
        found.setdefault(sitting, set()).add(assessor)
    return found


def test_every_rated_sitting_gets_two_and_the_work_is_even(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, assessors = filled(session, participants=12, assessors=4)
        assert assignments.assign(session, centre, seed=1, by=by) == 24
        session.flush()
        assert {len(pair) for pair in given_to(session).values()} == {2}
        assert assignments.coverage(session, centre) == assignments.Coverage(12, 0, 0)
        assert {load.assigned for load in assignments.loads(session, centre)} == {6}
        pairs = Counter(frozenset(pair) for pair in given_to(session).values())
        assert len(pairs) == 6
        assert set(pairs.values()) == {2}
        assert len(assessors) == 4


def test_assigning_again_only_fills_what_is_missing(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, _assessors = filled(session, participants=6, assessors=3)
        assignments.assign(session, centre, seed=1, by=by)
        session.flush()
        before = given_to(session)
        assert assignments.assign(session, centre, seed=2, by=by) == 0
        returned = session.scalars(sa.select(Assignment).limit(1)).one()
        returned.state = AssignmentState.RETURNED
        session.flush()
        assert assignments.coverage(session, centre).one == 1
        assert assignments.assign(session, centre, seed=3, by=by) == 1
        session.flush()
        after = given_to(session)
        third = after[returned.sitting_id] - before[returned.sitting_id]
        assert len(third) == 1
        assert {key: value for key, value in after.items() if key != returned.sitting_id} == {
            key: value for key, value in before.items() if key != returned.sitting_id
        }


def test_exclusions_and_the_own_manager_are_kept(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, (one, two, three) = filled(session, participants=0, assessors=3)
        made = factories.enrolment(session, centre, manager_email=one.email)
        session.add(Exclusion(enrolment_id=made.id, assessor_id=two.id, created_at=clock.now()))
        session.flush()
        assert assignments.assign(session, centre, by=by) == 1
        session.flush()
        assert list(given_to(session).values()) == [{three.id}]
        # rule M5
        assert assignments.coverage(session, centre) == assignments.Coverage(0, 1, 0)


def test_who_recognised_somebody_gets_none_of_their_exercises(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, assessors = filled(session, participants=1, assessors=3)
        assignments.assign(session, centre, seed=1, by=by)
        session.flush()
        first = session.scalars(sa.select(Assignment).limit(1)).one()
        first.state = AssignmentState.RETURNED
        session.flush()
        assignments.assign(session, centre, seed=1, by=by)
        session.flush()
        working = session.scalars(
            sa.select(Assignment.assessor_id).where(Assignment.state == AssignmentState.OPEN)
        ).all()
        assert set(working) == {assessor.id for assessor in assessors} - {first.assessor_id}


def test_the_withdrawn_and_the_void_are_left_out_and_an_adjudicator_is_no_third(
    database: Database, by: Actor
) -> None:
    with database.writing() as session:
        centre, assessors = filled(session, participants=2, assessors=3)
        gone = factories.enrolment(session, centre, state=EnrolmentState.WITHDRAWN)
        assignments.assign(session, centre, seed=1, by=by)
        session.flush()
        mine = session.scalars(sa.select(Sitting.id).filter_by(enrolment_id=gone.id)).all()
        assert not given_to(session).keys() & set(mine)
        sitting, pair = next(iter(given_to(session).items()))
        (third,) = {assessor.id for assessor in assessors} - pair
        session.add(
            Assignment(
                sitting_id=sitting, assessor_id=third, round=Round.ADJUDICATION, assigned_at=clock.now()
            )
        )
        session.flush()
        assert assignments.assign(session, centre, seed=1, by=by) == 0


def test_the_same_seed_gives_the_same_and_orders_differ_between_assessors(
    database: Database, by: Actor
) -> None:
    with database.writing() as session:
        centre, _assessors = filled(session, participants=12, assessors=2)
        assignments.assign(session, centre, seed=5, by=by)
        session.flush()

        def orders() -> list[list[UUID]]:
            found: dict[UUID, list[UUID]] = {}
            for assessor, sitting in session.execute(
                sa.select(Assignment.assessor_id, Assignment.sitting_id).order_by(
                    Assignment.assessor_id, Assignment.place
                )
            ):
                found.setdefault(assessor, []).append(sitting)
            return list(found.values())

        first = orders()
        assert first[0] != first[1]
        assert sorted(first[0]) == sorted(first[1])
        session.execute(sa.delete(Assignment))
        assignments.assign(session, centre, seed=5, by=by)
        session.flush()
        assert orders() == first


@given(
    assessors=st.integers(1, 8),
    enrolments=st.integers(1, 15),
    exercises=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_loads_differ_by_one_at_most_where_nobody_is_barred(
    assessors: int, enrolments: int, exercises: int, seed: int
) -> None:
    people_ids = [uuid4() for _ in range(assessors)]
    needs = [
        Need(uuid4(), enrolment, f"E{number}")
        for enrolment in (uuid4() for _ in range(enrolments))
        for number in range(exercises)
    ]
    dealt = assignments.deal(people_ids, needs, random.Random(seed))
    load = Counter(assessor for _need, assessor in dealt)
    assert len(dealt) == len(needs) * min(2, assessors)
    assert max(load[one] for one in people_ids) - min(load[one] for one in people_ids) <= 1
    for need in needs:
        mine = [assessor for other, assessor in dealt if other is need]
        assert len(mine) == len(set(mine))


@given(seed=st.integers(0, 99), data=st.data())
def test_the_barred_never_get_what_they_are_barred_from(seed: int, data: st.DataObject) -> None:
    people_ids = [uuid4() for _ in range(5)]
    needs = [
        Need(uuid4(), uuid4(), "E1", barred=data.draw(st.sets(st.sampled_from(people_ids))))
        for _ in range(10)
    ]
    for need, assessor in assignments.deal(people_ids, needs, random.Random(seed)):
        assert assessor not in need.barred


def test_pairs_are_mixed() -> None:
    people_ids = [uuid4() for _ in range(5)]
    needs = [Need(uuid4(), uuid4(), "E1") for _ in range(20)]
    pairs: dict[int, set[UUID]] = {}
    for need, assessor in assignments.deal(people_ids, needs, random.Random(3)):
        pairs.setdefault(id(need), set()).add(assessor)
    counts = Counter(frozenset(pair) for pair in pairs.values())
    assert set(counts) == {frozenset(pair) for pair in combinations(people_ids, 2)}
    assert max(counts.values()) <= 3


def test_assigning_needs_an_open_centre_and_somebody(database: Database, by: Actor) -> None:
    with database.writing() as session:
        with pytest.raises(assignments.NotOpenYet):
            assignments.assign(session, factories.centre(session, *SLUGS, state=CentreState.DRAFT), by=by)
        with pytest.raises(assignments.NoAssessors):
            assignments.assign(session, factories.centre(session, *SLUGS), by=by)


def test_an_assessor_joins_once_and_leaves_without_ratings(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, (one, two) = filled(session, participants=2, assessors=2)
        assignments.join(session, centre, one, by=by)
        assignments.assign(session, centre, by=by)
        session.flush()
        assignments.leave(session, centre, one.id, by=by)
        session.flush()
        assert [load.person.id for load in assignments.loads(session, centre)] == [two.id]
        assert assignments.coverage(session, centre).one == 2
        sitting = session.scalars(sa.select(Sitting).join(Assignment).limit(1)).one()
        session.add(
            Rating(
                sitting_id=sitting.id,
                assessor_id=two.id,
                rubric_hash=sitting.centre_exercise.version.rubric_hash,
                started_at=clock.now(),
                saved_at=clock.now(),
            )
        )
        session.flush()
        with pytest.raises(assignments.HasRatings):
            assignments.leave(session, centre, two.id, by=by)
        with pytest.raises(errors.NotFound):
            assignments.leave(session, centre, one.id, by=by)


def test_a_participant_cannot_be_an_assessor_of_the_same_centre(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, _assessors = filled(session, participants=0, assessors=0)
        made = factories.enrolment(session, centre)
        with pytest.raises(people.OtherSeat):
            assignments.join(session, centre, made.person, by=by)


def test_a_calibration_holds_until_its_day_for_its_exercise(database: Database, by: Actor) -> None:
    # rule M6
    with database.writing() as session:
        centre, (one, two) = filled(session, participants=0, assessors=2)
        today = clock.now().date()
        until = today + timedelta(days=10)
        made = calibrations.record(
            session, centre, one.id, exercise="E5", valid_until_on=until, reason="outside", by=by
        )
        calibrations.record(
            session, centre, two.id, exercise=None, valid_until_on=until, reason="outside", by=by
        )
        assert calibrations.valid_for(session, one.id, centre.id, "E5", until)
        assert calibrations.valid_for(session, two.id, centre.id, "E3", until)
        assert not calibrations.valid_for(session, one.id, centre.id, "E3", until)
        assert not calibrations.valid_for(session, one.id, centre.id, "E5", until + timedelta(days=1))
        other = factories.centre(session, *SLUGS)
        assert not calibrations.valid_for(session, one.id, other.id, "E5", until)
        for _ in range(2):
            calibrations.withdraw(session, centre, made.id, by=by)
            session.flush()
        assert not calibrations.valid_for(session, one.id, centre.id, "E5", today)
        with pytest.raises(errors.NotFound):
            calibrations.withdraw(session, other, made.id, by=by)


def test_a_calibration_needs_a_reason_a_day_to_come_and_an_assessor(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre, (one,) = filled(session, participants=0, assessors=1)
        today = clock.now().date()
        outsider = factories.person(session)
        for values, error in (
            ({"reason": " "}, calibrations.NoReason),
            ({"valid_until_on": today - timedelta(days=1)}, calibrations.AlreadyOver),
            ({"exercise": "E1"}, calibrations.NotInCentre),
            ({"assessor_id": outsider.id}, calibrations.NotAnAssessor),
        ):
            wanted = {
                "assessor_id": one.id,
                "exercise": None,
                "valid_until_on": today,
                "reason": "outside",
                **values,
            }
            with pytest.raises(error):
                calibrations.record(session, centre, wanted.pop("assessor_id"), **wanted, by=by)


def filled(session: Session, *, participants: int, assessors: int) -> tuple[Centre, list[Person]]:
    centre = factories.centre(session, *SLUGS)
    for _ in range(participants):
        factories.enrolment(session, centre)
    joined = [factories.assessor(session, centre) for _ in range(assessors)]
    factories.without_rechecks(session, centre)
    return centre, joined


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.administrator(session))
