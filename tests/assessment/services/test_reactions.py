"""Reactions: after the last exercise, changed and taken back at any time, shown without names and by fives (M15)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.event import Event
from assessment.models.evidence import Reaction, ReactionAnswer
from assessment.services import minimums, reactions, sittings, texts
from tests import factories
from tests.factories import NOON


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def enrolled(session: Session, *, is_over: bool = True) -> tuple[Actor, Enrolment]:
    person = factories.person(session)
    enrolment = factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
    if is_over:
        end(session, enrolment)
    return factories.actor(session, person), enrolment


def end(session: Session, enrolment: Enrolment) -> None:
    for sitting in sittings.list_for(session, enrolment):
        factories.running(session, sitting)
        sittings.seal(session, sitting, at=NOON, by=None)
    session.flush()


def test_participants_are_asked_after_their_last_exercise(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session, is_over=False)
        assert not reactions.is_asked(session, enrolment)
        with pytest.raises(reactions.NotAskedNow):
            reactions.give(session, enrolment.id, {"work": 4}, "", by=by)
        end(session, enrolment)
        assert reactions.is_asked(session, enrolment)


def test_a_reaction_is_given_changed_and_taken_back(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        reactions.give(session, enrolment.id, {"work": 4, "time": 2}, "  More time.  ", by=by)
        reactions.give(session, enrolment.id, {"work": 5}, "", by=by)
        assert reactions.own(session, enrolment.id, by=by) == reactions.Given({"work": 5}, "")
        assert reactions.given(session, [enrolment.id]) == {enrolment.id}
        reactions.take_back(session, enrolment.id, by=by)
        reactions.take_back(session, enrolment.id, by=by)
        assert reactions.own(session, enrolment.id, by=by) is None
        assert session.scalars(sa.select(ReactionAnswer.value)).all() == []
    with database.reading() as session:
        events = session.scalars(sa.select(Event).where(Event.action.like("reaction.%"))).all()
        assert [one.action for one in events] == ["reaction.given"] * 2 + ["reaction.taken_back"]
        assert all(one.details == {} for one in events), "the journal never has what was answered"


def test_what_cannot_be_a_reaction_is_refused(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        other, _elsewhere = enrolled(session)
        with pytest.raises(reactions.NotAStatement):
            reactions.give(session, enrolment.id, {"canteen": 4}, "", by=by)
        with pytest.raises(reactions.NotAStatement):
            reactions.give(session, enrolment.id, {"work": 6}, "", by=by)
        with pytest.raises(reactions.NothingAnswered):
            reactions.give(session, enrolment.id, {}, "  ", by=by)
        with pytest.raises(texts.TextTooLong):
            reactions.give(session, enrolment.id, {}, "a" * 1001, by=by)
        with pytest.raises(errors.NotFound):
            reactions.own(session, enrolment.id, by=other)
        with pytest.raises(errors.NotFound):
            reactions.take_back(session, enrolment.id, by=other)


@given(st.integers(0, 200))
def test_what_is_shown_grows_by_fives_and_never_below_the_minimum(answered: int) -> None:
    shown = reactions.shown(answered)
    assert shown <= answered
    assert shown == 0 or shown >= minimums.RESPONDENTS.n
    assert shown == 0 or answered - shown < reactions.PORTION
    step = reactions.shown(answered + 1) - shown
    assert step == 0 or step >= reactions.PORTION, "what is new is never one person's"


def test_remarks_are_read_without_order_and_only_of_those_that_are_shown(database: Database) -> None:
    with database.writing() as session:
        _by, first = enrolled(session)
        for number in range(9):
            enrolment = first
            if number:
                enrolment = factories.enrolment(session, first.centre)
            session.add(
                Reaction(
                    enrolment_id=enrolment.id,
                    remark="" if number == 3 else f"{9 - number} words",
                    changed_at=NOON + timedelta(minutes=number),
                )
            )
        session.flush()
        answered, counting = reactions.of_centre(session, first.centre_id)
        assert (answered, len(counting)) == (9, 8)
        assert reactions.remarks(session, first.centre_id) == [f"{n} words" for n in (2, 3, 4, 5, 7, 8, 9)]
