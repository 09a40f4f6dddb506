"""Re-opening and late texts: separate, reasoned acts; what was sealed never changes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors, journal
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event
from assessment.models.rating import Assignment, AutomaticScore, Rating
from assessment.models.sitting import AdjustmentKind, RevisionKind, Sitting, SittingState
from assessment.services import late_texts, ledger, pauses, reopenings, sittings, timelines
from assessment.services.answers import Code
from tests import factories
from tests.assessment.hall import Hall, at_once, errors_in
from tests.assessment.room import Room
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_reopened_sitting_goes_on_with_what_counted_and_the_old_one_stays_as_it_was(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 8
    hall = Hall(database)
    hall.save("first")
    noon.shift(10 * MINUTE)
    hall.save("second", base_number=1)
    hall.save("from another page", base_number=0, client_id="two")
    old = hall.submit()
    noon.shift(20 * MINUTE)
    with database.reading() as session:
        assert session.get_one(Enrolment, hall.enrolments[0].id).state is EnrolmentState.FINISHED
    made = hall.act(reopenings.reopen, hall.ids[0], NOON + 60 * MINUTE, "Handed in by mistake.")
    kept = hall.get()
    assert (kept.state, kept.void_reason) == (SittingState.VOID, "Handed in by mistake.")
    assert (kept.sealed_at, kept.final_hash, kept.deadline_at) == (
        old.sealed_at,
        old.final_hash,
        old.deadline_at,
    )
    assert len(hall.revisions()) == 3
    assert (made.state, made.deadline_at, made.continues_id) == (
        SittingState.RUNNING,
        NOON + 60 * MINUTE,
        hall.ids[0],
    )
    assert made.code != kept.code
    assert hall.counting(made.id) == {"memo": "second"}
    hall.ids[0] = made.id
    assert hall.minute(NOON + 35 * MINUTE) == 15  # the twenty minutes between are left out
    assert hall.ledger()[-1].kind is AdjustmentKind.REOPENING
    going_on = hall.save("third", base_number=1, writer_epoch=made.writer_epoch)
    assert going_on.code is Code.SAVED
    with database.reading() as session:
        found = timelines.read(session, session.get_one(Centre, hall.centre.id), made.id).entries
        told = [one.what for one in found if one.saves]
        assert told == [timelines.BEFORE, timelines.REVISIONS[RevisionKind.MAIN]]
        assert session.get_one(Enrolment, hall.enrolments[0].id).state is EnrolmentState.ACTIVE
        assert list(journal.verify(session)) == []


def test_what_an_old_page_still_sends_to_a_void_sitting_is_kept_and_does_not_count(
    database: Database,
) -> None:
    hall = Hall(database)
    hall.submit()
    hall.act(reopenings.reopen, hall.ids[0], NOON + 60 * MINUTE, "By mistake.")
    assert hall.save("from the old page").code is Code.LATE
    assert [one.kind for one in hall.revisions()] == [RevisionKind.LATE]


def test_reopening_asks_for_a_reason_an_end_and_a_sealed_sitting(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-case", "stavoord-judgement")
    reopen = partial(hall.act, reopenings.reopen, hall.ids[0])
    with pytest.raises(reopenings.NotSealed):
        reopen(NOON + 60 * MINUTE, "By mistake.")
    hall.submit()
    with pytest.raises(ledger.NoReason):
        reopen(NOON + 60 * MINUTE, " ")
    for end in (NOON, NOON + timedelta(days=11)):
        with pytest.raises(reopenings.EndNotPossible):  # robustness 10
            reopen(end, "By mistake.")
    with pytest.raises(errors.NotFound):
        Hall(database).act(reopenings.reopen, hall.ids[0], NOON + 60 * MINUTE, "By mistake.")
    hall.act(pauses.pause_centre, "The fire alarm.")
    with pytest.raises(reopenings.CentreIsPaused):
        reopen(NOON + 60 * MINUTE, "By mistake.")
    hall.act(pauses.resume_centre)
    with database.writing() as session:
        second = session.scalars(
            sa.select(Sitting).where(Sitting.enrolment_id == hall.enrolments[0].id, Sitting.position == 2)
        ).one()
        sittings.start(session, second.id, "en", by=hall.actors[0])
    with pytest.raises(reopenings.AnotherRuns):
        reopen(NOON + 60 * MINUTE, "By mistake.")


def test_reopening_twice_at_once_makes_one_sitting(database: Database) -> None:  # robustness 13
    hall = Hall(database)
    hall.submit()
    reopen = partial(hall.act, reopenings.reopen, hall.ids[0], NOON + 60 * MINUTE, "By mistake.")
    assert errors_in(at_once(reopen, reopen)) == ["NotSealed"]
    with database.reading() as session:
        states = session.scalars(
            sa.select(Sitting.state).where(Sitting.enrolment_id == hall.enrolments[0].id)
        ).all()
    assert sorted(states) == [SittingState.RUNNING, SittingState.VOID]


def reopened(room: Room) -> Sitting:
    with room.database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.merge(room.administrator))
        return reopenings.reopen(
            session, centre, room.sittings["E5"], clock.now() + 30 * MINUTE, "By mistake.", by=by
        )


def test_who_was_to_rate_the_sealed_sitting_is_to_rate_the_new_one(database: Database) -> None:
    room = Room(database)
    room.prepare(0, {"S1": 3, "S2": 3, "L3": 3})
    made = reopened(room)
    with database.reading() as session:
        assigned = session.scalars(
            sa.select(Assignment.assessor_id).where(Assignment.sitting_id == made.id)
        ).all()
    assert set(assigned) == {room.people[0].id, room.people[1].id}


def test_a_sitting_is_not_reopened_once_it_was_rated(database: Database) -> None:
    room = Room(database)
    room.rate(0, {"S1": 3, "S2": 3, "L3": 3})
    with pytest.raises(reopenings.RatingSubmitted):
        reopened(room)
    room.rate(1, {"S1": 3, "S2": 3, "L3": 3})
    with pytest.raises(reopenings.ResultIsMade):
        reopened(room)


# Late texts.


def late(hall: Hall, noon: time_machine.Traveller) -> None:
    """A sealed sitting, and a text that came two minutes after the end."""
    hall.save("in time")
    noon.move_to(NOON + 57 * MINUTE)
    hall.save("too late", base_number=1)


def test_an_accepted_late_text_counts_and_the_seal_keeps_what_counted_then(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.1
    hall = Hall(database)
    late(hall, noon)
    accept = partial(hall.act, late_texts.accept, hall.ids[0], "memo", 2, "The network of the room failed.")
    with pytest.raises(late_texts.StillOpen):
        accept()
    hall.sweep()
    sealed = hall.get()
    assert hall.counting() == {"memo": "in time"}
    made = accept()
    assert accept().number == made.number == 3
    assert (made.kind, made.accepted_from, made.arrived_at) == (
        RevisionKind.ACCEPTED,
        2,
        NOON + 57 * MINUTE,
    )
    assert hall.counting() == {"memo": "too late"}
    assert hall.get().final_hash == sealed.final_hash
    with database.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.action == "sitting.late_text_accepted")).one()
        assert event.details["sealed_hash"] == sealed.final_hash
        assert event.details["final_hash"] == sittings.final_hash(session, sealed) != sealed.final_hash
        assert [one.is_accepted for one in late_texts.list_for(session, sealed)] == [True]
        assert list(journal.verify(session)) == []


def test_a_late_text_is_not_accepted_once_somebody_has_begun_to_rate(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    late(hall, noon)
    hall.sweep()
    with database.writing() as session:
        sitting = session.get_one(Sitting, hall.ids[0])
        assessor = factories.assessor(session, session.get_one(Centre, hall.centre.id))
        version = session.get_one(factories.ExerciseVersion, sitting.version_hash)
        assert version.rubric_hash
        session.add(
            Rating(
                sitting_id=sitting.id,
                assessor_id=assessor.id,
                rubric_hash=version.rubric_hash,
                started_at=clock.now(),
                saved_at=clock.now(),
            )
        )
    with pytest.raises(late_texts.RatingBegun):
        hall.act(late_texts.accept, hall.ids[0], "memo", 2, "The network failed.")
    for task, number in (("memo", 1), ("memo", 9), ("nothing", 2)):
        with pytest.raises(errors.NotFound):
            hall.act(late_texts.accept, hall.ids[0], task, number, "The network failed.")
    with pytest.raises(errors.NotFound):
        Hall(database).act(late_texts.accept, hall.ids[0], "memo", 2, "The network failed.")


def test_accepting_twice_at_once_accepts_once_and_the_key_is_applied_anew(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    noon.move_to(NOON + 66 * MINUTE)
    hall.save("the reasons", task="notes")
    hall.sweep()
    number = next(one for one in hall.revisions() if one.task == "notes").number
    accept = partial(hall.act, late_texts.accept, hall.ids[0], "notes", number, "The network failed.")
    assert errors_in(at_once(accept, accept)) == []
    assert [one.kind for one in hall.revisions()].count(RevisionKind.ACCEPTED) == 1
    with database.reading() as session:
        assert len(session.scalars(sa.select(AutomaticScore)).all()) == 1
