"""Times for a live exercise: offered, booked, moved and cancelled, and nobody is ever at two places."""

from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors, language
from assessment.database import Database
from assessment.models.event import Event, Mail
from assessment.models.meeting import Engagement, Meeting, MeetingChange
from assessment.models.rating import Assignment
from assessment.models.sitting import Sitting
from assessment.services import assignments, calendars, enrolments, meetings
from tests import factories
from tests.assessment.desk import Desk, at_once
from tests.factories import NOON

TOMORROW = NOON + timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_times_are_offered_in_a_row_and_booked_by_one(database: Database) -> None:
    desk = Desk(database)
    first, second = desk.offer(times=2, break_minutes=15)
    assert desk.meeting(second).starts_at == TOMORROW + timedelta(minutes=75)
    assert desk.free_times() == [first, second]
    desk.book(first)
    assert desk.free_times(1) == [second]
    with pytest.raises(meetings.TakenMeanwhile):
        desk.book(first, 1)


def test_two_who_book_one_time_at_once_get_it_once(database: Database) -> None:
    desk = Desk(database)
    (only,) = desk.offer()
    outcomes = at_once(lambda: desk.book(only, 0), lambda: desk.book(only, 1))
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "TakenMeanwhile"]


def test_one_who_books_two_times_at_once_has_one(database: Database) -> None:
    desk = Desk(database)
    first, second = desk.offer(times=2)
    outcomes = at_once(lambda: desk.book(first), lambda: desk.book(second))
    assert sorted(type(one).__name__ for one in outcomes) == ["NoReason", "NoneType"]


def test_two_administrators_cannot_engage_a_role_player_twice(database: Database) -> None:
    desk = Desk(database)
    outcomes = at_once(lambda: desk.offer(TOMORROW), lambda: desk.offer(TOMORROW + timedelta(minutes=30)))
    assert [one is None for one in outcomes].count(True) == 1
    (refused,) = (one for one in outcomes if one)
    assert isinstance(refused, (meetings.Engaged, meetings.PersonEngaged))
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Meeting)) == 1


def test_the_database_itself_refuses_to_have_somebody_at_two_places(database: Database) -> None:
    """Two connections: the second waits for the first, and finds the time taken."""
    desk = Desk(database)
    first, second = desk.offer(), desk.offer(role_player_id=desk.players[1].id)
    row = {"person_id": desk.people[0].id, "at": TOMORROW}
    with database.writing() as session:
        session.execute(sa.insert(Engagement), [{**row, "meeting_id": first[0]}])
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.execute(sa.insert(Engagement), [{**row, "meeting_id": second[0]}])


def test_a_participant_of_two_centres_is_not_at_two_places(database: Database) -> None:
    here, there = Desk(database), Desk(database)
    with database.writing() as session:
        there.enrolments.append(
            factories.enrolment(session, session.merge(there.centre), session.merge(here.people[0]))
        )
    there.actors.append(here.actors[0])
    (early,), (late,) = here.offer(), there.offer(TOMORROW + timedelta(minutes=55))
    here.book(early)
    assert there.free_times(2) == []
    with pytest.raises(meetings.PersonEngaged):
        there.book(late, 2)


def test_another_time_gives_the_first_one_back_and_needs_a_reason(database: Database) -> None:
    desk = Desk(database)
    first, second = desk.offer(times=2)
    desk.book(first)
    with pytest.raises(meetings.NoReason):
        desk.book(second)
    desk.book(second, reason="A funeral")
    assert desk.free_times(1) == [first]
    desk.free(second)
    assert desk.free_times(1) == [first, second]
    with database.reading() as session:
        changes = session.scalars(sa.select(MeetingChange).order_by(MeetingChange.at)).all()
        assert [one.reason for one in changes if one.reason] == ["A funeral", "A funeral", "I am ill"]
        told = session.scalars(sa.select(Event.action).where(Event.subject == "meeting")).all()
        assert set(told) == {"meeting.offered", "meeting.booked", "meeting.freed"}
        assert "funeral" not in str(session.scalars(sa.select(Event.details)).all())


def test_moving_takes_everybody_along_and_tells_them_in_their_own_time(database: Database) -> None:
    desk = Desk(database)
    (booked,) = desk.offer()
    desk.book(booked)
    desk.move(
        booked,
        TOMORROW + timedelta(minutes=30),
        role_player_id=desk.players[1].id,
        observer_ids=frozenset({desk.players[0].id}),
    )
    with database.reading() as session:
        letters = session.scalars(sa.select(Mail).where(Mail.subject.like("Changed%"))).all()
    texts = {one.recipient: one.text for one in letters}
    assert "12:30 (Europe/London)" in texts[desk.people[0].email]
    assert "13:30 (Europe/Amsterdam)" in texts[desk.players[1].email]
    assert all("The room is taken" in text for text in texts.values())
    assert len(texts) == 3
    desk.offer(TOMORROW - timedelta(minutes=30))  # the time before it is free again


def test_a_cancelled_time_can_be_chosen_anew(database: Database) -> None:
    desk = Desk(database)
    first, second = desk.offer(times=2)
    desk.book(first)
    with pytest.raises(meetings.NoReason):
        desk.cancel(first, " ")
    desk.cancel(first)
    assert desk.reason_to_wait() == "This conversation is live. Choose a time for it first."
    desk.book(second)
    desk.offer(TOMORROW)


def test_the_exercise_begins_at_its_time_and_then_stays(
    database: Database, noon: time_machine.Traveller
) -> None:
    desk = Desk(database, 2, "stavoord-judgement", "stavoord-role-play")
    (booked,) = desk.offer()
    desk.book(booked)
    assert "begins at the time you chose" in str(desk.reason_to_wait())
    noon.move_to(TOMORROW + meetings.MAY_BE_LATE + timedelta(seconds=1))
    assert "has passed" in str(desk.reason_to_wait())
    noon.move_to(TOMORROW)
    assert desk.reason_to_wait() is None, "what is live does not wait for the order"
    for act in (
        lambda: desk.cancel(booked),
        lambda: desk.move(booked, TOMORROW + HOUR),
        lambda: desk.free(booked),
    ):
        with pytest.raises(meetings.AlreadyBegun):
            act()


def test_nobody_can_have_the_exercise_live_once_somebody_had_it_without(database: Database) -> None:
    """Everybody has it in the same form (M4)."""
    desk = Desk(database)
    assert desk.reason_to_wait() is None
    with pytest.raises(errors.RuleBroken):
        desk.offer()


def test_who_knows_a_participant_is_not_offered_to_them(database: Database) -> None:
    desk = Desk(database, manager_email="tessa.toneel@example.org")
    with database.writing() as session:
        session.merge(desk.players[1]).email = "tessa.toneel@example.org"
    (by_manager,) = desk.offer(role_player_id=desk.players[1].id)
    (watched,) = desk.offer(TOMORROW + HOUR, observer_ids=frozenset({desk.players[1].id}))
    (good,) = desk.offer(TOMORROW + 2 * HOUR)
    assert desk.free_times() == [good]
    for one in (by_manager, watched):
        with pytest.raises(meetings.Unsuitable):
            desk.book(one)


def test_a_time_that_is_too_short_for_a_factor_is_not_offered(database: Database) -> None:
    desk = Desk(database, time_factor=2)
    _short, long = desk.offer(minutes=60)[0], desk.offer(TOMORROW + 2 * HOUR, minutes=90)[0]
    assert desk.free_times() == [long]


def test_the_role_player_does_not_rate_who_they_played_with(database: Database) -> None:
    desk = Desk(database)
    with database.writing() as session:
        assignments.assign(session, session.merge(desk.centre), seed=1, by=desk.by)
    desk.book(desk.offer()[0])
    with database.writing() as session:
        third = factories.assessor(session, session.merge(desk.centre))
        assignments.assign(session, session.merge(desk.centre), seed=1, by=desk.by)
        raters = session.scalars(
            sa.select(Assignment.assessor_id)
            .join(Sitting)
            .where(Sitting.enrolment_id == desk.enrolments[0].id)
        ).all()
        assert set(raters) == {desk.players[1].id, third.id}


def test_who_withdraws_frees_the_time_and_an_assessor_stays_while_they_have_to_play(
    database: Database,
) -> None:
    desk = Desk(database)
    (booked,) = desk.offer(observer_ids=frozenset({desk.players[1].id}))
    desk.book(booked)
    with database.writing() as session:
        centre = session.merge(desk.centre)
        enrolments.withdraw(session, centre, desk.enrolments[0].id, by=desk.by)
        with pytest.raises(meetings.StillInMeetings):
            assignments.leave(session, centre, desk.players[0].id, by=desk.by)
        assignments.leave(session, centre, desk.players[1].id, by=desk.by)
    assert desk.free_times(1) == [booked]


@pytest.mark.parametrize(
    ("at", "values", "error"),
    [
        (TOMORROW + timedelta(minutes=2), {}, meetings.OffTheClock),
        (TOMORROW, {"minutes": 30}, meetings.TooShort),
        (NOON - HOUR, {}, meetings.InThePast),
        (NOON + timedelta(days=6), {}, meetings.OutsideCentre),
        (TOMORROW, {"times": 25}, meetings.TooMany),
    ],
)
def test_only_sensible_times_are_offered(
    sqlite_database: Database, at: object, values: dict[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Desk(sqlite_database).offer(at, **values)  # type: ignore[arg-type]


def test_the_calendar_file_is_read_by_others_and_follows_a_move(sqlite_database: Database) -> None:
    """RFC 5545: in UTC, one identity, a sequence that grows."""
    desk = Desk(sqlite_database)
    (booked,) = desk.offer()
    desk.book(booked)

    def event() -> icalendar.Event:
        with sqlite_database.reading() as session:
            meeting = meetings.own(session, booked, by=desk.actors[0])
            made = calendars.file(
                session,
                meeting,
                reader=desk.people[0].id,
                words=language.translator("nl"),
                link="http://klei.test/x",
            )
        assert made.endswith(b"END:VCALENDAR\r\n")
        assert all(len(line) <= 75 for line in made.split(b"\r\n"))
        read = icalendar.Calendar.from_ical(made)
        assert not read.errors
        return read.events[0]

    before = event()
    assert before.DTSTART == TOMORROW
    assert before.DTEND == TOMORROW + HOUR
    assert "Rik Rol" in before["description"]
    assert "Sanne" not in before["description"], "the reader knows who they are"
    desk.move(booked, TOMORROW + HOUR)
    after = event()
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.DTSTART == TOMORROW + HOUR
