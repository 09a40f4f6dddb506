"""Adjudications: asked for once, by rule, and given to somebody who may."""

import threading

import pytest
import sqlalchemy as sa

from assessment import clock, errors
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Exclusion
from assessment.models.person import Person
from assessment.models.rating import Adjudication, Assignment, AssignmentState, Round
from assessment.services import adjudications, assignments, calibrations, ratings
from tests import factories
from tests.assessment.room import Room
from tests.factories import NOON

LOW = {"S1": 1, "S2": 3, "L3": 3}
HIGH = {"S1": 4, "S2": 4, "L3": 5}


def test_two_points_ask_for_a_third_look_at_those_dimensions_alone(database: Database) -> None:  # rule U4
    room = Room(database)
    room.rate(0, LOW)
    assert room.adjudications() == []
    room.rate(1, HIGH)
    assert [one.dimensions for one in room.adjudications()] == [["L3", "S1"]]
    with database.reading() as session:
        desk = ratings.desk(session, room.assignment(2), by=room.by[2])
        assert desk.assignment.round is Round.ADJUDICATION
        assert [one.dimension for one in desk.dimensions] == ["L3", "S1"]
        assert ratings.queues(session, by=room.by[2])[0].items[0].is_adjudication


def test_one_point_or_no_evidence_asks_for_nothing(database: Database) -> None:
    room = Room(database)
    room.rate(0, {"S1": 1, "S2": 3, "L3": 0})
    room.rate(1, {"S1": 2, "S2": 4, "L3": 5})
    assert room.adjudications() == []


def test_both_submitting_at_once_ask_exactly_once(database: Database) -> None:
    room = Room(database)
    room.prepare(0, LOW)
    room.prepare(1, HIGH)
    failures: list[BaseException] = []

    def submit(who: int) -> None:
        try:
            room.submit(who)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=submit, args=(who,)) for who in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(room.adjudications()) == 1


def test_an_adjudication_is_blind_and_resolves(database: Database) -> None:
    room = Room(database)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    room.rate(2, {"S1": 3, "L3": 4})
    (found,) = room.adjudications()
    assert found.resolved_at
    assert found.rating_id
    assert room.integration() is not None


@pytest.mark.parametrize("why", ["calibration", "exclusion", "manager", "inactive"])
def test_only_the_eligible_adjudicate(database: Database, why: str) -> None:
    room = Room(database, calibrated=why != "calibration")
    with database.writing() as session:
        third = session.merge(room.people[2])
        if why == "calibration":
            for one in room.people[:2]:
                room.calibrate(session, one)
        elif why == "exclusion":
            session.add(Exclusion(enrolment_id=room.enrolment.id, assessor_id=third.id, created_at=NOON))
        elif why == "manager":
            session.merge(room.enrolment).manager_email = third.email
        else:
            third.is_active = False
    room.rate(0, LOW)
    room.rate(1, HIGH)
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        (found,) = adjudications.waiting_for(session, centre)
        by = factories.actor(session, session.merge(room.administrator))
        with pytest.raises(adjudications.NotEligible):
            adjudications.assign(session, found.id, room.people[2].id, centre=centre, by=by)


def test_an_adjudication_given_back_goes_to_somebody_else(database: Database) -> None:  # robustness 25
    room = Room(database)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    with database.writing() as session:
        fourth = factories.assessor(session, session.get_one(Centre, room.centre.id))
        room.calibrate(session, fourth)
    with database.writing() as session:
        ratings.give_back(session, room.assignment(2), by=room.by[2])
    with database.reading() as session:
        given = session.scalars(
            sa.select(Assignment).where(
                Assignment.round == Round.ADJUDICATION, Assignment.state == AssignmentState.OPEN
            )
        ).one()
        assert given.assessor_id == fourth.id
        assert session.scalars(sa.select(Adjudication.assignment_id)).one() == given.id


def test_whoever_already_rated_cannot_be_given_it_and_another_centre_has_none(database: Database) -> None:
    room = Room(database, calibrated=False)
    with database.writing() as session:
        for one in room.people[:2]:
            room.calibrate(session, one)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    (found,) = room.adjudications()
    with database.writing() as session:
        administrator = session.merge(room.administrator)
        by = factories.actor(session, administrator)
        centre = session.get_one(Centre, room.centre.id)
        elsewhere = factories.centre(session, "stavoord-case")
        with pytest.raises(errors.NotFound):
            adjudications.assign(session, found.id, room.people[2].id, centre=elsewhere, by=by)
        with pytest.raises(adjudications.NotEligible):
            adjudications.assign(session, found.id, room.people[0].id, centre=centre, by=by)
        room.calibrate(session, room.people[2])
        adjudications.assign(session, found.id, room.people[2].id, centre=centre, by=by)
        assert adjudications.waiting_for(session, centre) == []


def waiting(database: Database) -> Room:
    """A room in which an adjudication waits, because the third assessor has no calibration."""
    room = Room(database, calibrated=False)
    with database.writing() as session:
        for one in room.people[:2]:
            room.calibrate(session, one)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    return room


def test_a_recorded_calibration_finds_the_adjudicator(database: Database) -> None:
    room = waiting(database)
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        assert len(adjudications.waiting_for(session, centre)) == 1
        calibrations.record(
            session,
            centre,
            room.people[2].id,
            exercise=None,
            valid_until_on=clock.now().date(),
            reason="outside",
            by=factories.actor(session, session.merge(room.administrator)),
        )
        assert adjudications.waiting_for(session, centre) == []
    assert room.assignment(2)


def test_an_adjudicator_who_leaves_frees_it_and_finds_it_again_on_joining(database: Database) -> None:
    room = Room(database)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.merge(room.administrator))
        third = session.get_one(Person, room.people[2].id)
        assignments.leave(session, centre, third.id, by=by)
        (found,) = adjudications.waiting_for(session, centre)
        assert found.assignment_id is None
        assert adjudications.eligible(session, found, centre) == []
        assignments.join(session, centre, third, by=by)
        assert adjudications.waiting_for(session, centre) == []
    assert room.assignment(2)


def test_one_that_came_back_and_that_nobody_else_may_have_waits(database: Database) -> None:
    room = Room(database)
    room.rate(0, LOW)
    room.rate(1, HIGH)
    with database.writing() as session:
        ratings.give_back(session, room.assignment(2), by=room.by[2])
    with database.reading() as session:
        assert len(adjudications.waiting_for(session, session.get_one(Centre, room.centre.id))) == 1
