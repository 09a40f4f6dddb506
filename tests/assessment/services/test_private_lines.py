"""Private lines: after the end, in two lines, for nobody else, and gone when they are emptied."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assessment import errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.own_view import LONGEST_LINE, PrivateLines
from assessment.models.sitting import Sitting
from assessment.services import private_lines, sittings, texts
from tests import factories
from tests.factories import NOON


def finished(session: Session, *, seal: bool = True) -> tuple[Actor, Sitting]:
    person = factories.person(session)
    enrolment = factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
    sitting = factories.running(session, sittings.list_for(session, enrolment)[0])
    if seal:
        sittings.seal(session, sitting, at=NOON, by=None)
    return factories.actor(session, person), sitting


def kept(session: Session) -> list[tuple[str, str]]:
    return [(one.stays, one.next_time) for one in session.scalars(sa.select(PrivateLines))]


def test_lines_are_kept_changed_and_taken_away_and_no_journal_tells_of_it(database: Database) -> None:
    with database.writing() as session:
        by, sitting = finished(session)
        before = session.scalar(sa.select(sa.func.count()).select_from(Event))
        private_lines.write(session, sitting.id, " Carla first.\r\nThen Daan. ", "", by=by)
        session.flush()
        assert kept(session) == [("Carla first.\nThen Daan.", "")]
        private_lines.write(session, sitting.id, "Carla first.", "Ask Yara.", by=by)
        session.flush()
        assert kept(session) == [("Carla first.", "Ask Yara.")]
        assert private_lines.written(session, [sitting.enrolment_id]) == {
            (sitting.enrolment_id, sitting.centre_exercise_id)
        }
        private_lines.write(session, sitting.id, " ", "", by=by)
        session.flush()
        assert kept(session) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == before


def test_lines_belong_to_their_writer_and_come_after_the_end(database: Database) -> None:
    with database.writing() as session:
        by, sitting = finished(session, seal=False)
        sitting.deadline_at = NOON.replace(year=2099)
        stranger = factories.actor(session, factories.person(session))
        with pytest.raises(private_lines.NotOverYet):
            private_lines.write(session, sitting.id, "too early", "", by=by)
        sittings.seal(session, sitting, at=NOON, by=None)
        with pytest.raises(errors.NotFound):
            private_lines.write(session, sitting.id, "not mine", "", by=stranger)
        with pytest.raises(texts.TextTooLong) as refused:
            private_lines.write(session, sitting.id, "fine", "x" * (LONGEST_LINE + 1), by=by)
        assert refused.value.values["field"] == "next_time"
        assert kept(session) == []


@pytest.mark.parametrize("lines", [{"stays": "", "next_time": ""}, {"stays": "é" * 501, "next_time": ""}])
def test_the_database_itself_refuses_lines_that_are_none(database: Database, lines: Any) -> None:
    with database.writing() as session:
        _by, sitting = finished(session)
        session.add(
            PrivateLines(
                enrolment_id=sitting.enrolment_id,
                centre_exercise_id=sitting.centre_exercise_id,
                changed_at=NOON,
                **lines,
            )
        )
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
