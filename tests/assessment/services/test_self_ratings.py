"""Self-ratings: at two moments, on what the centre shows, changed until the moment passes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.event import Event
from assessment.models.own_view import Moment
from assessment.models.report import Report, ReportState
from assessment.services import self_ratings, sittings
from tests import factories
from tests.factories import NOON

BEFORE, AFTER, LATER = Moment


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def enrolled(session: Session) -> tuple[Actor, Enrolment]:
    person = factories.person(session)
    enrolment = factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
    enrolment.notice_accepted_at = NOON
    session.flush()
    return factories.actor(session, person), enrolment


def moment(session: Session, enrolment: Enrolment) -> Moment | None:
    return self_ratings.open_moment(session, enrolment, clock.now())


def test_each_moment_has_its_time_and_a_choice_can_be_changed_and_removed(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        assert [one.id for one in self_ratings.dimensions(session, enrolment)] == ["L3", "S1", "S2"]
        self_ratings.rate(session, enrolment.id, BEFORE, {"S1": 2, "L3": 4}, by=by)
        self_ratings.rate(session, enrolment.id, BEFORE, {"S1": 3}, by=by)
        assert self_ratings.of_enrolment(session, enrolment) == {BEFORE: {"S1": 3}, AFTER: {}, LATER: {}}
        with pytest.raises(self_ratings.MomentPassed):
            self_ratings.rate(session, enrolment.id, AFTER, {"S1": 3}, by=by)

        sitting = factories.running(session, sittings.list_for(session, enrolment)[0], at=clock.now())
        assert moment(session, enrolment) is None, "nothing is asked while an exercise runs"
        with pytest.raises(self_ratings.MomentPassed):
            self_ratings.take_back(session, enrolment.id, BEFORE, by=by)
        sittings.seal(session, sitting, at=clock.now(), by=None)
        session.flush()
        assert moment(session, enrolment) is AFTER
        self_ratings.rate(session, enrolment.id, AFTER, {"S1": 5, "S2": 1}, by=by)
        assert self_ratings.given(session, [enrolment.id]) == {(enrolment.id, BEFORE), (enrolment.id, AFTER)}
        self_ratings.take_back(session, enrolment.id, AFTER, by=by)
        assert self_ratings.of_enrolment(session, enrolment) == {BEFORE: {"S1": 3}, AFTER: {}, LATER: {}}

        told = session.scalars(sa.select(Event.action))
        assert not any(action.startswith("self") for action in told), "the journal tells nobody"
        session.add(
            Report(
                enrolment_id=enrolment.id,
                number=1,
                language="en",
                responsible_id=by.person_id,
                state=ReportState.WITH_PARTICIPANT,
                created_at=NOON,
                document={},
                document_hash="made",
                signed_at=NOON,
                valid_until_on=NOON.date(),
            )
        )
        session.flush()
        assert moment(session, enrolment) is None, "with the report at hand it is no own view any more"


def test_what_was_not_asked_is_refused_and_a_stranger_finds_nothing(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        for values, error in (
            ({}, self_ratings.NothingChosen),
            ({"P1": 3}, self_ratings.NotOnTheScale),
            ({"S1": 6}, self_ratings.NotOnTheScale),
        ):
            with pytest.raises(error):
                self_ratings.rate(session, enrolment.id, BEFORE, values, by=by)
        stranger = factories.actor(session, factories.person(session))
        with pytest.raises(errors.NotFound):
            self_ratings.rate(session, enrolment.id, BEFORE, {"S1": 3}, by=stranger)
        enrolment.notice_accepted_at = None
        assert moment(session, enrolment) is None, (
            "nothing is kept of anybody who has not accepted the notice"
        )


def test_what_can_no_longer_be_started_does_not_keep_the_last_moment_away(database: Database) -> None:
    with database.writing() as session:
        person = factories.person(session)
        centre = factories.centre(session, "stavoord-case", "stavoord-reflection")
        enrolment = factories.enrolment(session, centre, person)
        enrolment.notice_accepted_at = NOON
        first = factories.running(session, sittings.list_for(session, enrolment)[0])
        sittings.seal(session, first, at=NOON, by=None)
        assert moment(session, enrolment) is None
        assert centre.latest_start_at
        later = centre.latest_start_at + timedelta(minutes=1)
        assert self_ratings.open_moment(session, enrolment, later) is AFTER


@pytest.mark.parametrize("wrong", [{"value": 0}, {"value": 6}, {"moment": "sometime"}, {"twice": True}])
def test_the_database_itself_keeps_one_value_of_one_to_five_for_each(database: Database, wrong: Any) -> None:
    with database.writing() as session:
        enrolled(session)
        row = {"moment": "before", "dimension": "S1", "value": 3, **wrong}
        is_twice = row.pop("twice", False)
        insert = sa.text(
            "INSERT INTO self_rating (enrolment_id, moment, dimension, value, changed_at) "
            "SELECT id, :moment, :dimension, :value, created_at FROM enrolment"
        )
        if is_twice:
            session.execute(insert, row)
        with pytest.raises(IntegrityError):
            session.execute(insert, row)
        session.rollback()


def test_ninety_days_after_the_report_one_looks_again_beside_the_first_time(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        now = clock.now()
        report = Report(
            enrolment_id=enrolment.id,
            language="en",
            responsible_id=by.person_id,
            state=ReportState.WITH_PARTICIPANT,
            document={},
            created_at=now,
            signed_at=now,
            sent_at=now,
            valid_until_on=(now + timedelta(days=700)).date(),
        )
        session.add(report)
        session.flush()
        with clock.at(now + timedelta(days=89)), pytest.raises(self_ratings.MomentPassed):
            self_ratings.rate(session, enrolment.id, LATER, {"S1": 4}, by=by)
        with clock.at(now + timedelta(days=91)):
            self_ratings.rate(session, enrolment.id, LATER, {"S1": 4}, by=by)
        with clock.at(now + timedelta(days=701)), pytest.raises(self_ratings.MomentPassed):
            self_ratings.take_back(session, enrolment.id, LATER, by=by)
        assert self_ratings.of_enrolment(session, enrolment)[LATER] == {"S1": 4}
