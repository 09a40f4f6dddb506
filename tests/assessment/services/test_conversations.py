"""A live conversation: open in its minutes, kept as it was said, read by assessors without a name."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.meeting import MeetingEntry
from assessment.models.sitting import Sitting
from assessment.services import conversations, readings, sittings
from assessment.services.conversations import Stage
from tests import factories
from tests.assessment.desk import Desk, at_once
from tests.factories import NOON

TOMORROW = NOON + timedelta(days=1)
OPEN = TOMORROW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Talk:
    """A booked meeting whose participant has begun."""

    def __init__(self, database: Database, **enrolment: Any) -> None:
        self.desk = Desk(database, 1, **enrolment)
        self.database = database
        (self.meeting,) = self.desk.offer(
            minutes=120 if enrolment else 60, observer_ids=frozenset({self.desk.players[1].id})
        )
        self.desk.book(self.meeting)
        with database.writing() as session:
            self.player, self.observer = (
                factories.actor(session, session.merge(one)) for one in self.desk.players
            )
        self.participant = self.desk.actors[0]

    def begin(self, clock: time_machine.Traveller) -> None:
        clock.move_to(TOMORROW)
        assert self.desk.reason_to_wait() is None

    def act(
        self, verb: Callable[..., Any], *given: Any, by: Actor, at: datetime = OPEN, client: str = ""
    ) -> Any:
        with self.database.writing() as session:
            return verb(session, self.meeting, *given, client or f"client-{given}-{at}", at, by=by)

    def stage(self, at: datetime) -> Stage:
        with self.database.reading() as session:
            return conversations.room(session, self.meeting, at, by=self.player).stage

    def sitting(self) -> UUID:
        with self.database.reading() as session:
            return session.scalars(sa.select(Sitting.id)).one()


def test_the_conversation_is_open_in_its_own_minutes_of_the_exercise(
    database: Database, noon: time_machine.Traveller
) -> None:
    talk = Talk(database, time_factor=2)
    assert talk.stage(TOMORROW) is Stage.WAITING
    talk.begin(noon)
    minutes = {
        19: Stage.PREPARING,
        21: Stage.TALKING,
        59: Stage.TALKING,
        61: Stage.AFTERWARDS,
        71: Stage.OVER,
    }
    for minute, stage in minutes.items():
        at = TOMORROW + timedelta(minutes=minute)
        assert talk.stage(at) is stage, "the factor is part of every length"
        if stage is not Stage.TALKING:
            with pytest.raises(conversations.NotOpen):
                talk.act(conversations.say, "Hello", by=talk.participant, at=at)


def test_a_message_is_kept_once_and_in_one_order(database: Database, noon: time_machine.Traveller) -> None:
    talk = Talk(database)
    talk.begin(noon)
    say = conversations.say
    outcomes = at_once(
        *(
            lambda by=by, n=n: talk.act(say, f"Message {n}", by=by, client=f"client-{n}")
            for n in range(3)
            for by in (talk.participant, talk.participant, talk.player)
        )
    )
    assert not any(outcomes)
    with database.reading() as session:
        kept = conversations.entries(session, talk.meeting)
        assert [one.number for one in kept] == [1, 2, 3]
        assert {one.text for one in kept} == {"Message 0", "Message 1", "Message 2"}
        assert conversations.entries(session, talk.meeting, after=2) == kept[2:]


def test_what_was_said_cannot_be_changed_only_blanked(
    database: Database, noon: time_machine.Traveller
) -> None:
    """Erasure blanks words and nothing else (G9)."""
    talk = Talk(database)
    talk.begin(noon)
    talk.act(conversations.say, "Hello", by=talk.participant)
    for change in (
        sa.update(MeetingEntry).values(text="Goodbye"),
        sa.update(MeetingEntry).values(text="", minute=3.0),
        sa.delete(MeetingEntry),
    ):
        with pytest.raises(sa.exc.DatabaseError, match="refused"), database.writing() as session:
            session.execute(change)
    with database.writing() as session:
        session.execute(sa.update(MeetingEntry).values(text=""))


def test_a_beat_is_given_once_in_the_words_of_the_content(
    database: Database, noon: time_machine.Traveller
) -> None:
    talk = Talk(database)
    talk.begin(noon)
    give = conversations.give
    assert talk.act(give, "opening", by=talk.player, client="the first") == 1
    assert talk.act(give, "opening", by=talk.player, client="the first") == 1, "an answer that was lost"
    with pytest.raises(conversations.GivenAlready):
        talk.act(give, "opening", by=talk.player, client="the second")
    talk.act(give, "N4", by=talk.player)
    with database.reading() as session:
        log = conversations.entries(session, talk.meeting)
        assert conversations.given(log) == {"opening", "H2"}
        assert log[0].text.startswith("I have twenty minutes.")
    talk.act(conversations.take_back, "H2", by=talk.player)
    with database.reading() as session:
        assert conversations.given(conversations.entries(session, talk.meeting)) == {"opening"}


def test_only_who_takes_part_says_something(database: Database, noon: time_machine.Traveller) -> None:
    talk = Talk(database)
    talk.begin(noon)
    with database.writing() as session:
        stranger = factories.actor(session, factories.assessor(session, session.merge(talk.desk.centre)))
    refused = [
        (conversations.say, "Hello", talk.observer),
        (conversations.say, "Hello", stranger),
        (conversations.give, "opening", talk.participant),
        (conversations.give, "no such line", talk.player),
    ]
    for verb, words, who in refused:
        with pytest.raises(errors.NotFound):
            talk.act(verb, words, by=who)
    with pytest.raises(conversations.TooManyWords):
        talk.act(conversations.say, "word " * 41, by=talk.player)
    talk.act(conversations.say, "word " * 41, by=talk.participant)


def test_who_is_there_and_types_is_seen_for_a_while(database: Database) -> None:
    talk = Talk(database)
    for typing in (False, True):
        with database.writing() as session:
            conversations.attend(session, talk.meeting, TOMORROW, is_typing=typing, by=talk.player)
    with database.reading() as session:
        seen = [
            conversations.present(session, talk.meeting, TOMORROW + timedelta(seconds=seconds))
            for seconds in (1, 10, 30)
        ]
    who = talk.player.person_id
    assert seen == [{who: True}, {who: False}, {}]


def test_assessors_read_the_conversation_with_minutes_and_without_the_name(
    database: Database, noon: time_machine.Traveller
) -> None:
    """Exercise minutes only, whatever the factor (T2)."""
    talk = Talk(database, time_factor=2)
    talk.begin(noon)
    late = OPEN + timedelta(minutes=16)  # minute 3 of the conversation, at this factor
    talk.act(conversations.give, "opening", by=talk.player, at=late)
    talk.act(conversations.say, "I am Sanne, tell me.", by=talk.participant, at=late)
    talk.act(conversations.give, "N4", by=talk.player, at=late)
    with database.writing() as session:
        sitting = session.get_one(Sitting, talk.sitting())
        sittings.seal(session, sitting, at=late, by=None)
        blocks = readings.blocks(session, sitting, "en")
    said, course = blocks[0], next(one for one in blocks if one.id == "course.live")
    assert said.id == "said.2"
    assert said.heading == "Message 1, minute 3 of the conversation"
    assert said.text == "I am █████, tell me."
    assert said.before[0][0] == "Bo"
    assert said.before[0][1].startswith("I have twenty minutes.")
    assert course.rows[-1][0] == "Bo ends with"
    assert ("Minute 3", "Fact told: the 9 second visits out of 41, in the notebook") in course.rows
