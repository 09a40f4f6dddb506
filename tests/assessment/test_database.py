"""The database keeps instants in UTC, and what is only added to stays."""

import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from assessment import journal
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.person import Person
from tests import factories


def test_an_instant_comes_back_aware_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
    with database.writing() as session:
        factories.person(session, email="a@example.org", created_at=moment)
    with database.reading() as session:
        stored = session.scalars(sa.select(Person)).one()
    assert stored.created_at == moment


def test_every_change_is_chained_and_a_change_to_an_event_is_refused(database: Database) -> None:
    with database.writing() as session:
        for number in range(3):
            journal.record(session, "test.done", "test", str(number), by=None, number=number)
    with database.reading() as session:
        assert list(journal.verify(session)) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 3
    with pytest.raises(sa.exc.DBAPIError, match="event_is_only_added_to"), database.writing() as session:
        session.execute(sa.update(Event).values(action="other"))


def test_an_error_of_the_database_does_not_tell_what_people_wrote(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught, database.writing() as session:
        session.execute(sa.text("INSERT INTO nowhere VALUES (:text)"), {"text": "my private words"})
    assert "nowhere" in str(caught.value)
    assert "private" not in str(caught.value)


def test_two_connections_adding_to_one_chain_at_once_leave_it_whole(database: Database) -> None:
    def add(number: int) -> None:
        for turn in range(10):
            with database.writing() as session:
                journal.record(session, "test.done", "test", f"{number}.{turn}", by=None)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert list(journal.verify(session)) == []
        assert session.scalar(sa.select(sa.func.max(Event.sequence))) == 40


def test_the_journal_is_written_at_the_end_and_not_at_the_end_of_a_savepoint(database: Database) -> None:
    with database.writing() as session:
        for number in range(2):
            with session.begin_nested():
                journal.record(session, "test.done", "test", str(number), by=None)
            assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 0
    with database.reading() as session:
        assert list(journal.verify(session)) == []
        assert list(session.scalars(sa.select(Event.subject_id).order_by(Event.sequence))) == ["0", "1"]


def test_a_savepoint_that_is_rolled_back_takes_its_own_entries_along_and_no_others(
    database: Database,
) -> None:
    with database.writing() as session:
        journal.record(session, "test.done", "test", "before", by=None)
        with suppress(ValueError), session.begin_nested():
            journal.record(session, "test.done", "test", "within", by=None)
            with session.begin_nested():
                journal.record(session, "test.done", "test", "within both", by=None)
            raise ValueError
        with suppress(sa.exc.IntegrityError), session.begin_nested():
            journal.record(session, "test.done", "test", "refused", by=None)
            session.add_all([Person(email="a@example.org"), Person(email="a@example.org")])
            session.flush()
        journal.record(session, "test.done", "test", "after", by=None)
    with database.reading() as session:
        assert list(journal.verify(session)) == []
        found = session.scalars(sa.select(Event.subject_id).order_by(Event.sequence))
        assert list(found) == ["before", "after"]


def test_a_removed_event_at_the_end_of_a_chain_is_noticed(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        for number in range(2):
            journal.record(session, "test.done", "test", str(number), by=None)
    with sqlite_database.writing() as session:
        session.execute(sa.text("DROP TRIGGER event_is_kept"))
        session.execute(sa.delete(Event).where(Event.sequence == 2))
    with sqlite_database.reading() as session:
        assert any("removed" in problem for problem in journal.verify(session))
