"""Conversations after the centre and complaints: asked, booked, held; filed, answered, closed."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.complaint import ComplaintState
from assessment.models.debrief import Debrief, DebriefForm, DebriefKind, DebriefState, DebriefTime
from assessment.models.event import Mail
from assessment.models.meeting import Engagement
from assessment.models.person import RoleName
from assessment.services import complaints, debriefs, meetings, waiting
from assessment.services.waiting import Matter
from tests import factories
from tests.assessment.reporting import BASE, Reporting

HOSTILE = "Room 3\r\nBEGIN:VEVENT\r\nBcc: everybody@example.org"


class Desk(Reporting):
    """Reports that are with their participants, and times with the assessor."""

    def __init__(self, database: Database, n: int = 2) -> None:
        super().__init__(database, [f"Person {number}" for number in range(n)])
        for number in range(n):
            self.signed(number)
        with database.writing() as session:
            administrator = factories.administrator(session)
            self.administrator_by = factories.actor(session, administrator)

    def offer(self, by: Actor | None = None, times: int = 2) -> list[UUID]:
        with self.database.writing() as session:
            hour = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=26)
            made = debriefs.Offer(hour, 60, DebriefForm.VIDEO, HOSTILE, times)
            return [one.id for one in debriefs.offer(session, self.centre.id, made, by=by or self.by)]

    def ask(self, who: int = 0, kind: DebriefKind = DebriefKind.REPORT) -> UUID:
        with self.database.writing() as session:
            return debriefs.ask(session, self.enrolments[who].id, kind, by=self.participant_by[who]).id

    def book(self, debrief_id: UUID, time_id: UUID, who: int = 0) -> None:
        with self.database.writing() as session:
            debriefs.book(session, debrief_id, time_id, base_url=BASE, by=self.participant_by[who])


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


# N1
def test_a_conversation_is_asked_for_booked_moved_held_and_its_notes_agreed_to(desk: Desk) -> None:
    first, second = desk.offer()
    asked = desk.ask()
    with pytest.raises(debriefs.Running):
        desk.ask()
    desk.book(asked, first)
    desk.book(asked, second)
    with desk.database.reading() as session:
        assert session.get_one(DebriefTime, first).debrief_id is None, "the first was given back"
        mails = session.scalars(
            sa.select(Mail.text).where(Mail.subject.like("%conversation is booked%"))
        ).all()
        assert len(mails) == 4
        assert not any("\nBEGIN" in text or "\nBcc" in text for text in mails)
        start = session.get_one(DebriefTime, second).starts_at
    with pytest.raises(debriefs.NotRunning), desk.database.writing() as session:
        debriefs.hold(session, asked, DebriefForm.ROOM, "Too early", by=desk.by)
    with clock.at(start + timedelta(minutes=70)), desk.database.writing() as session:
        with pytest.raises(errors.NotFound):
            debriefs.hold(session, asked, DebriefForm.ROOM, "Not mine", by=desk.colleague_by)
        debriefs.hold(session, asked, DebriefForm.ROOM, "We spoke about delegating.", by=desk.by)
        debriefs.agree(session, asked, is_agreed=True, by=desk.participant_by[0])
        with pytest.raises(debriefs.NotRunning):
            debriefs.hold(session, asked, DebriefForm.ROOM, "Changed afterwards", by=desk.by)


def test_notes_that_are_refused_are_gone(desk: Desk) -> None:
    time, _other = desk.offer()
    asked = desk.ask()
    desk.book(asked, time)
    with clock.at(clock.now() + timedelta(days=3)), desk.database.writing() as session:
        debriefs.hold(session, asked, DebriefForm.VIDEO, "Something I would rather not keep", by=desk.by)
        debriefs.agree(session, asked, is_agreed=False, by=desk.participant_by[0])
        found = session.get_one(Debrief, asked)
        assert (found.notes, found.state) == ("", DebriefState.HELD)


def test_one_time_is_booked_by_one_and_nobody_is_at_two_places(desk: Desk) -> None:
    time, _other = desk.offer()
    with pytest.raises(meetings.Engaged):
        desk.offer()
    mine, theirs = desk.ask(0), desk.ask(1)
    one = desk.database.session(writes=True)
    try:
        debriefs.book(one, mine, time, base_url=BASE, by=desk.participant_by[0])
        one.commit()
    finally:
        one.close()
    with pytest.raises(meetings.TakenMeanwhile):
        desk.book(theirs, time, 1)
    with desk.database.writing() as session:
        debriefs.cancel(session, time, base_url=BASE, by=desk.by)
    with desk.database.reading() as session:
        assert session.get_one(Debrief, mine).state is DebriefState.ASKED
        assert session.scalar(sa.select(sa.func.count()).select_from(Engagement)) == 12, "the other hour"


# N5
def test_raw_data_are_seen_around_the_booked_time_and_never_else(desk: Desk) -> None:
    time, _other = desk.offer()
    asked = desk.ask(kind=DebriefKind.ANSWERS)
    desk.book(asked, time)
    with desk.database.reading() as session:
        found = debriefs.own(session, asked, by=desk.participant_by[0])
        assert found.time
        start, end = found.time.starts_at, found.time.ends_at
        for moment, is_open in (
            (start - timedelta(minutes=11), False),
            (start - timedelta(minutes=9), True),
            (end + timedelta(minutes=29), True),
            (end + timedelta(minutes=31), False),
        ):
            with clock.at(moment):
                assert debriefs.is_open(found) is is_open
        material = debriefs.material(session, found, "en")
        assert [one.title for one in material]
        assert any(one.notes for one in material)


def test_before_the_report_nobody_can_ask(database: Database) -> None:
    room = Reporting(database)
    with database.writing() as session, pytest.raises(debriefs.NoReportYet):
        debriefs.ask(session, room.enrolments[0].id, DebriefKind.REPORT, by=room.participant_by[0])


# N6
def test_a_complaint_is_filed_taken_up_answered_taken_up_again_and_closed(desk: Desk) -> None:
    with desk.database.writing() as session:
        made = complaints.file(session, desk.enrolments[0].id, "  It took long.  ", base_url=BASE, by=desk.participant_by[0])  # fmt: skip
        assert complaints.runs(session, desk.enrolments[0].id)
        with pytest.raises(errors.NotFound):
            complaints.get(session, made.id, by=desk.by)
        with pytest.raises(errors.NotFound):
            complaints.own(session, made.id, by=desk.participant_by[1])
        with pytest.raises(complaints.NotAnswered):
            complaints.close(session, made.id, by=desk.administrator_by)
        complaints.take_up(session, made.id, base_url=BASE, by=desk.administrator_by)
        complaints.answer(session, made.id, "It did. We are sorry.", base_url=BASE, by=desk.administrator_by)
        assert (made.state, made.due_on) == (ComplaintState.ANSWERED, None)
        complaints.add(session, made.id, "Why?", by=desk.participant_by[0])
        assert made.state is ComplaintState.TAKEN_UP
        assert made.due_on
        complaints.settle(session, made.id, by=desk.participant_by[0])
        assert not complaints.runs(session, desk.enrolments[0].id)
        with pytest.raises(complaints.IsClosed):
            complaints.answer(session, made.id, "More", base_url=BASE, by=desk.administrator_by)
    with desk.database.writing() as session:
        complaints.file(session, desk.enrolments[0].id, "Another", base_url=BASE, by=desk.participant_by[0])
    with pytest.raises(complaints.RunsAlready), desk.database.writing() as session:
        complaints.file(session, desk.enrolments[0].id, "A third", base_url=BASE, by=desk.participant_by[0])


def test_every_file_that_waits_is_shown_to_whom_it_waits_for(desk: Desk) -> None:
    time, _other = desk.offer()
    desk.book(desk.ask(0), time)
    desk.ask(1)
    with desk.database.writing() as session:
        complaints.file(session, desk.enrolments[1].id, "It took long.", base_url=BASE, by=desk.participant_by[1])  # fmt: skip
        all_of_it = waiting.for_administrator(session, by=desk.administrator_by)
        assert sorted(one.matter for one in all_of_it) == sorted(
            (Matter.DECIDE, Matter.DECIDE, Matter.HOLD, Matter.BOOK, Matter.COMPLAINT)
        )
        mine = waiting.for_assessor(session, by=desk.by)
        assert sorted(one.matter for one in mine) == sorted((Matter.DECIDE, Matter.DECIDE, Matter.HOLD))
        hidden = [one.who for one in mine if one.matter is Matter.DECIDE]
        assert not {"Person 0", "Person 1"} & set(hidden), "under a code, until they talk"
        assert waiting.for_assessor(session, by=desk.colleague_by) == []
        elsewhere = factories.person(session)
        factories.role(
            session, elsewhere, RoleName.ADMINISTRATOR, programme_id=factories.programme(session).id
        )
        assert waiting.for_administrator(session, by=factories.actor(session, elsewhere)) == []
