"""Readiness: a named person's text with its reason, after a released report, read by its participant (rule G4)."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from assessment import errors
from assessment.database import Database
from assessment.models.event import Event, Mail
from assessment.models.readiness import Readiness
from assessment.services import readinesses
from tests.assessment.reporting import BASE, Reporting

WORDS, REASON = "Ready to lead a site in a year.", "Two projects, and what the report says about S1."


def write(desk: Reporting, report: object, words: str = WORDS, reason: str = REASON) -> None:
    with desk.database.writing() as session:
        readinesses.write(session, report, words, reason, by=desk.hr_by, base_url=BASE)  # type: ignore[arg-type]


def test_it_bears_a_name_and_a_day_and_its_participant_is_told(database: Database) -> None:
    desk = Reporting(database)
    write(desk, desk.released())
    with database.reading() as session:
        (made,) = readinesses.of_enrolments(session, [desk.enrolments[0].id])[desk.enrolments[0].id]
        assert (made.words, made.reason, made.by.name) == (WORDS, REASON, "Hanna de Wit")
        assert made.at
        mail = session.scalars(sa.select(Mail).where(Mail.recipient == desk.people[0].email)).all()[-1]
        assert "Hanna de Wit" in mail.text
        assert WORDS not in mail.text
        event = session.scalars(sa.select(Event).where(Event.action == "readiness.written")).one()
        assert WORDS not in str(event.details)


@pytest.mark.parametrize(("words", "reason"), [("", REASON), (WORDS, " "), ("", "")])
def test_without_words_or_a_reason_nothing_is_written(
    sqlite_database: Database, words: str, reason: str
) -> None:
    desk = Reporting(sqlite_database)
    with pytest.raises(readinesses.ReadinessIncomplete):
        write(desk, desk.released(), words, reason)


def test_a_release_that_was_taken_back_meanwhile_is_refused(database: Database) -> None:
    desk = Reporting(database)
    report = desk.released()
    desk.block(report)
    with pytest.raises(errors.NotFound):
        write(desk, report)
    with database.reading() as session:
        assert not session.scalars(sa.select(Readiness)).all()


def test_what_was_written_never_changes_and_can_only_be_blanked(database: Database) -> None:
    desk = Reporting(database)
    write(desk, desk.released())
    for change in ({"words": "Not ready."}, {"by_id": desk.assessor.id}):
        with pytest.raises(DatabaseError, match="readiness"), database.writing() as session:
            session.execute(sa.update(Readiness).values(**change))
    with pytest.raises(DatabaseError, match="readiness"), database.writing() as session:
        session.execute(sa.delete(Readiness))
    with database.writing() as session:
        session.execute(sa.update(Readiness).values(words="", reason=""))
    with database.reading() as session:
        assert not readinesses.of_enrolments(session, [desk.enrolments[0].id])
