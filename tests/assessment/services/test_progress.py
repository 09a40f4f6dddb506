"""Progress: what an administrator follows from the first rating to the report, without a single mark."""

from dataclasses import fields, is_dataclass
from typing import Any

import sqlalchemy as sa

from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.rating import Adjudication, Assignment, IntegrationState
from assessment.services import integrations, progress, ratings, sittings
from assessment.services.progress import Line, RatedSitting, Step, ThirdLook
from tests import factories
from tests.assessment.query_count import counting
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.factories import NOON

CASE = {"S1": 3, "S2": 3, "L3": 3}
TRAY = {"L1": 3, "L3": 3, "P1": 3}


def line(room: Room) -> Line:
    with room.database.reading() as session:
        (found,) = progress.follow(session, session.get_one(Centre, room.centre.id))
    return found


def of(found: Line, exercise: str = "E5") -> RatedSitting:
    return next(one for one in found.sittings if one.exercise == exercise)


def test_submitted_ratings_are_counted_and_drafts_are_not(database: Database) -> None:
    room = Room(database, *HALF_DAY, weights=WEIGHTS)
    room.prepare(0, CASE)
    found = line(room)
    assert [one.exercise for one in found.sittings] == ["E1", "E5"]  # nobody rates E3
    assert (of(found).assigned, of(found).submitted, found.step) == (2, 0, Step.RATINGS)
    room.submit(0)
    room.rate(1, CASE)
    assert of(line(room)).submitted == 2
    assert line(room).waits_for == ("Not all ratings are in.",)
    for who in (0, 1):
        room.rate(who, TRAY, "E1")
    found = line(room)
    assert (found.step, found.integration, found.waits_for) == (
        Step.INTEGRATION,
        IntegrationState.OPEN,
        (),
    )
    assert found.responsible
    assert {found.responsible.name, *(one.name for one in found.others)} == {
        "Jan Beoordelaar",
        "Fatima Kijker",
    }


def test_a_signed_integration_offers_nobody_else(database: Database) -> None:
    room = Room(database)
    for who in (0, 1):
        room.rate(who, CASE)
    made = room.integration()
    assert made
    with database.writing() as session:
        integrations.sign(session, made.id, by=room.by[room.responsible()])
    found = line(room)
    assert (found.step, found.integration, found.others, found.report) == (
        Step.REPORT,
        IntegrationState.SIGNED,
        (),
        None,
    )


def test_one_assessor_only_is_told(database: Database) -> None:  # rule M5
    room = Room(database)
    with database.writing() as session:
        session.add(Exclusion(enrolment_id=room.enrolment.id, assessor_id=room.people[2].id, created_at=NOON))
        session.flush()
        ratings.give_back(session, room.assignment(1), by=room.by[1])
    assert of(line(room)).assigned == 1


def test_an_adjudication_is_followed_to_its_end(database: Database) -> None:  # rule U4
    room = Room(database)
    room.rate(0, {**CASE, "S1": 1})
    assert of(line(room)).third_look is ThirdLook.NONE
    room.rate(1, {**CASE, "S1": 4})
    assert (of(line(room)).third_look, line(room).step) == (ThirdLook.UNDER_WAY, Step.ADJUDICATION)
    with database.writing() as session:
        ratings.give_back(session, room.assignment(2), by=room.by[2])
    assert of(line(room)).third_look is ThirdLook.WAITS
    with database.reading() as session:
        (waiting,) = progress.unassigned(session, session.get_one(Centre, room.centre.id))
    assert (waiting.name, waiting.exercise, list(waiting.eligible)) == ("Sanne van der Molen", "E5", [])
    with database.writing() as session:
        fourth = factories.assessor(session, session.get_one(Centre, room.centre.id))
        room.calibrate(session, fourth)
        session.add(Exclusion(enrolment_id=room.enrolment.id, assessor_id=fourth.id, created_at=NOON))
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        (waiting,) = progress.unassigned(session, centre)
        assert list(waiting.eligible) == []
        session.execute(sa.delete(Exclusion))
        (waiting,) = progress.unassigned(session, centre)
        assert [one.id for one in waiting.eligible] == [fourth.id]


def test_a_resolved_adjudication_and_a_sitting_left_out_are_told(database: Database) -> None:  # rule U6
    room = Room(database)
    room.rate(0, {**CASE, "S1": 1})
    room.rate(1, {**CASE, "S1": 4})
    room.rate(2, {"S1": 3})
    with database.writing() as session:
        by = factories.actor(session, session.merge(room.administrator))
        centre = session.get_one(Centre, room.centre.id)
        sittings.exclude(session, room.sittings["E5"], "a fire drill", centre=centre, by=by)
    found = of(line(room))
    assert (found.third_look, found.is_excluded) == (ThirdLook.RESOLVED, True)


def test_whoever_withdrew_is_told_and_their_adjudication_is_not_asked_for(database: Database) -> None:
    room = Room(database)
    room.rate(0, {**CASE, "S1": 1})
    room.rate(1, {**CASE, "S1": 4})
    with database.writing() as session:
        ratings.give_back(session, room.assignment(2), by=room.by[2])
        found = session.get_one(Enrolment, room.enrolment.id)
        found.state, found.withdrawn_at = EnrolmentState.WITHDRAWN, NOON
    assert line(room).step is Step.WITHDRAWN
    with database.reading() as session:
        assert progress.unassigned(session, session.get_one(Centre, room.centre.id)) == []


def test_no_level_and_no_note_is_in_what_is_followed(database: Database) -> None:
    names = {name for kind in (Line, RatedSitting, progress.Unassigned) for name in _names(kind)}
    assert not names & {"score", "levels", "dimensions", "note", "ratings", "document", "result"}
    room = Room(database)
    room.rate(0, CASE, note="a telling note")
    with database.reading() as session, counting(database) as count:
        progress.follow(session, session.get_one(Centre, room.centre.id))
    assert not any("dimension_rating" in one or "rating.note" in one for one in count.statements)


def _names(kind: Any) -> list[str]:
    assert is_dataclass(kind)
    return [one.name for one in fields(kind)]


def test_two_hundred_participants_take_as_many_queries_as_two(database: Database) -> None:
    counts = []
    for n in (2, 200):
        with database.writing() as session:
            centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
            pair = [factories.assessor(session, centre) for _ in range(2)]
            for number in range(n):
                enrolment = factories.enrolment(session, centre)
                sitting = sittings.list_for(session, enrolment)[0]
                session.add_all(
                    Assignment(sitting_id=sitting.id, assessor_id=one.id, place=number, assigned_at=NOON)
                    for one in pair
                )
        with database.reading() as session, counting(database) as count:
            found = progress.follow(session, centre)
            assert len(found) == n
            assert {of(one).assigned for one in found} == {2}
        counts.append(count.n)
    assert counts[1] <= counts[0]


def test_the_queries_for_waiting_adjudications_do_not_grow(database: Database) -> None:
    counts = []
    for n in (2, 40):
        with database.writing() as session:
            centre = factories.centre(session, "stavoord-case")
            for _ in range(n):
                sitting = sittings.list_for(session, factories.enrolment(session, centre))[0]
                session.add(Adjudication(sitting_id=sitting.id, dimensions=["S1"], asked_at=NOON))
            factories.assessor(session, centre)
        with database.reading() as session, counting(database) as count:
            assert len(progress.unassigned(session, centre)) == n
        counts.append(count.n)
    assert counts[1] <= counts[0]
