"""A participant says that something is wrong, once; an administrator replies and marks it done."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors, journal
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.concern import Concern, ConcernKind
from assessment.models.event import Event
from assessment.models.sitting import Sitting, SittingState
from assessment.services import concerns, sittings, texts
from assessment.services.concerns import Said
from tests import factories
from tests.factories import NOON


class Place:
    """A participant whose case study runs, and an administrator."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
            person = factories.person(session)
            enrolment = factories.enrolment(session, centre, person)
            self.first, self.second = (one.id for one in sittings.list_for(session, enrolment))
            factories.running(session, session.get_one(Sitting, self.first))
            self.centre_id = centre.id
            self.by = factories.actor(session, person)
            self.administrator = factories.actor(session, factories.administrator(session))

    def tell(self, client: str = "a", text: str = "The figures are too small", **values: object) -> bool:
        with self.database.writing() as session:
            return concerns.tell(
                session, self.first, client, ConcernKind.MATERIAL, text, **{"by": self.by, **values}
            )[1]

    def said(self) -> list[Said]:
        with self.database.reading() as session:
            return concerns.said(session, self.first)

    def reply(self, text: str = "You can zoom in.", **values: object) -> None:
        with self.database.writing() as session:
            concerns.reply(
                session,
                session.get_one(Centre, self.centre_id),
                self.said()[0].id,
                text,
                **{"by": self.administrator, **values},
            )


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place(database: Database) -> Place:
    return Place(database)


def test_told_twice_it_is_one_concern(place: Place) -> None:
    assert place.tell()
    assert not place.tell(text="Sent again")
    (said,) = place.said()
    assert (said.text, said.kind, said.raised_at) == ("The figures are too small", ConcernKind.MATERIAL, NOON)


def test_it_can_be_told_without_a_word_while_paused_and_after_the_end(place: Place) -> None:
    assert place.tell("a", "  ")
    later: list[dict[str, object]] = [
        {"state": SittingState.PAUSED, "paused_at": NOON},
        {"state": SittingState.SEALED, "paused_at": None, "sealed_at": NOON},
    ]
    for number, values in enumerate(later):
        with place.database.writing() as session:
            session.execute(sa.update(Sitting).where(Sitting.id == place.first).values(values))
        assert place.tell(str(number))
    assert len(place.said()) == 3


def test_before_the_start_and_for_others_there_is_nothing_to_tell(place: Place) -> None:
    with place.database.writing() as session, pytest.raises(sittings.NotStarted):
        concerns.tell(session, place.second, "a", ConcernKind.OTHER, "", by=place.by)
    with pytest.raises(errors.NotFound):
        place.tell(by=place.administrator)


def test_more_than_five_within_five_minutes_are_too_many(place: Place, noon: time_machine.Traveller) -> None:
    for number in range(5):
        place.tell(str(number))
    with pytest.raises(concerns.TooManyConcerns):
        place.tell("one more")
    assert not place.tell("4")  # what arrived stays as it is
    noon.shift(timedelta(minutes=6))
    assert place.tell("one more")


def test_a_text_is_kept_whole_or_refused(place: Place) -> None:
    assert place.tell("a", "x" * 1000)
    with pytest.raises(texts.TextTooLong):
        place.tell("b", "x" * 1001)


def test_a_reply_reaches_the_page_and_the_concern_can_be_done(
    place: Place, noon: time_machine.Traveller
) -> None:
    place.tell()
    place.reply()
    assert not place.said()[0].is_done
    noon.shift(60)
    place.reply("Is it better now?", is_done=True)
    (said,) = place.said()
    assert said.is_done
    assert said.replies == (
        ("You can zoom in.", NOON),
        ("Is it better now?", NOON + timedelta(seconds=60)),
    )
    with place.database.reading() as session:
        (concern,) = concerns.list_of(session, place.first)
        assert concern.done_by_id == place.administrator.person_id
        assert [one.text for one in concern.replies] == ["You can zoom in.", "Is it better now?"]


def test_an_empty_reply_and_a_second_end_are_refused(place: Place) -> None:
    place.tell()
    with pytest.raises(concerns.NothingReplied):
        place.reply(" ")
    for expected in (None, concerns.AlreadyDone):
        with place.database.writing() as session:
            centre = session.get_one(Centre, place.centre_id)
            concern_id = session.scalars(sa.select(Concern.id)).one()
            if expected is None:
                concerns.finish(session, centre, concern_id, by=place.administrator)
                continue
            with pytest.raises(expected):
                concerns.finish(session, centre, concern_id, by=place.administrator)


def test_a_concern_of_another_centre_is_not_found(place: Place) -> None:
    place.tell()
    with place.database.writing() as session:
        other = factories.centre(session, "stavoord-case")
        concern_id = session.scalars(sa.select(Concern.id)).one()
        with pytest.raises(errors.NotFound):
            concerns.reply(session, other, concern_id, "Hello", by=place.administrator)
        with pytest.raises(errors.NotFound):
            concerns.finish(session, other, uuid4(), by=place.administrator)


def test_the_journal_has_each_step_and_not_a_word_of_it(place: Place) -> None:
    place.tell()
    place.reply(is_done=True)
    with place.database.reading() as session:
        events = session.scalars(
            sa.select(Event).where(Event.subject_id == str(place.first)).order_by(Event.sequence)
        ).all()
        assert [one.action for one in events] == ["concern.raised", "concern.replied", "concern.done"]
        assert not any("zoom" in str(one.details) or "figures" in str(one.details) for one in events)
        assert list(journal.verify(session)) == []
