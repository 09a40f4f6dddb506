"""Both writers hold the same: one row of a repeat, all versions kept, errors that harm nobody else, busy when it is so."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from assessment import errors, writers
from assessment.database import Database
from assessment.models.person import Person
from assessment.models.sitting import RevisionKind, Sitting, SittingState
from assessment.services.answers import Code
from assessment.writers import DirectWriter, GatheringWriter
from tests import factories
from tests.assessment.services.test_answers import Desk
from tests.factories import NOON


@pytest.fixture
def desk(database: Database) -> Desk:
    writer = GatheringWriter if database.is_sqlite else DirectWriter
    assert isinstance(database.writer, writer)
    return Desk(database)


def together(*works: Callable[[], Any]) -> list[Any]:
    """What each piece of work gave or raised, all of them begun at once."""
    results: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = works[place]()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_save_sent_thirty_two_times_at_once_is_one_row(desk: Desk) -> None:
    outcomes = together(*[lambda: desk.save("My advice", client_seq=1)] * 32)
    assert {(outcome.code, outcome.number) for outcome in outcomes} == {(Code.SAVED, 1)}
    assert len(desk.stored()) == 1


def test_of_thirty_two_texts_on_one_base_one_counts_and_all_are_kept(desk: Desk) -> None:
    saves = [lambda n=n: desk.save(f"text {n}", client_id=f"page {n}", client_seq=1) for n in range(32)]
    codes = [outcome.code for outcome in together(*saves)]
    assert (codes.count(Code.SAVED), codes.count(Code.STALE)) == (1, 31)
    stored = desk.stored()
    assert len({revision.body for revision in stored}) == 32
    assert sorted(revision.number for revision in stored) == list(range(1, 33))


def test_a_sitting_sealed_in_mid_stream_keeps_what_comes_later_as_evidence(desk: Desk) -> None:
    is_under_way = threading.Event()

    def seal() -> None:
        is_under_way.wait()
        with desk.database.writing() as session:
            sitting = session.scalars(
                sa.select(Sitting).where(Sitting.id == desk.sitting.id).with_for_update()
            ).one()
            sitting.state, sitting.sealed_at = SittingState.SEALED, NOON + timedelta(minutes=1)

    def write(page: int) -> list[Code]:
        codes: list[Code] = []
        while codes.count(Code.LATE) < 10:
            n = len(codes)
            codes.append(desk.save(f"{page} {n}", client_id=f"page {page}", client_seq=n).code)
            if n == 5:
                is_under_way.set()
        return codes

    _, *pages = together(seal, *[lambda page=page: write(page) for page in range(8)])
    for codes in pages:
        assert set(codes[codes.index(Code.LATE) :]) == {Code.LATE}
    kinds = [revision.kind for revision in desk.stored()]
    assert len(kinds) == sum(len(codes) for codes in pages)
    assert set(kinds[kinds.index(RevisionKind.LATE) :]) == {RevisionKind.LATE}


def test_an_error_in_one_save_leaves_its_neighbours_stored(desk: Desk) -> None:
    def break_halfway(connection: Connection) -> None:
        connection.execute(sa.update(Person).values(name="half"))
        raise LookupError("broken")

    saves = [lambda n=n: desk.save(f"text {n}", client_id=f"page {n}", client_seq=1) for n in range(15)]
    broken, missing, *outcomes = together(
        lambda: desk.database.writer.run(break_halfway), lambda: desk.save("x", task="no task"), *saves
    )
    assert isinstance(broken, LookupError)
    assert isinstance(missing, errors.NotFound)
    assert {outcome.code for outcome in outcomes} == {Code.SAVED, Code.STALE}
    assert len(desk.stored()) == 15
    with desk.database.reading() as session:
        assert session.get_one(Person, desk.person.id).name == desk.person.name


def test_a_violated_rule_of_the_database_harms_nobody_else(desk: Desk) -> None:
    def forbidden(connection: Connection) -> None:
        connection.execute(sa.text("DELETE FROM revision"))

    desk.save("first")
    broken, outcome = together(
        lambda: desk.database.writer.run(forbidden), lambda: desk.save("second", base_number=1)
    )
    assert isinstance(broken, sa.exc.DBAPIError)
    assert outcome.code is Code.SAVED
    assert desk.counting() == {"memo": "second"}


def test_where_a_single_statement_breaks_a_rule_the_work_is_done_and_nobody_else_harmed(desk: Desk) -> None:
    writer = desk.database.writer
    again = sa.insert(Person).values(id=desk.person.id, email="again@example.org", name="Again")

    def insert(connection: Connection) -> int:
        return connection.execute(again).rowcount

    answer, outcome = together(
        lambda: writer.run(lambda _connection: "the work", at_once=insert), lambda: desk.save("beside it")
    )
    assert answer == "the work"
    assert outcome.code is Code.SAVED
    with pytest.raises(sa.exc.IntegrityError):
        writer.run(insert)
    assert desk.counting() == {"memo": "beside it"}


def gathered(database: Database, *works: Callable[[], Any]) -> list[Any]:
    """The same as ``together``; on SQLite all of them come while one is at work, and into one transaction."""

    def take_long(_connection: Connection) -> None:
        if database.is_sqlite:
            time.sleep(0.2)

    return together(lambda: database.writer.run(take_long), *works)[1:]


@pytest.mark.parametrize(
    ("statement", "raised"),
    [
        (
            "SELECT 1 FROM nowhere",
            (errors.Busy, sa.exc.ProgrammingError),
        ),  # SQLite says no more than "operational"
        ("UPDATE person SET name = NULL", "the work"),
        ("UPDATE person SET name = 'all' WHERE id IS NULL", "the work"),
        (None, LookupError),
    ],
)
@pytest.mark.parametrize("work", ["does", "fails"])
def test_whatever_becomes_of_a_single_statement_and_of_the_work_the_neighbours_are_stored(
    desk: Desk, statement: str | None, raised: Any, work: str
) -> None:
    def at_once(connection: Connection) -> str | None:
        if statement is None:
            raise LookupError("before it was sent")
        connection.execute(sa.text(statement))
        return None

    def then(connection: Connection) -> str:
        connection.execute(sa.update(Person).values(name="half"))
        if work == "fails":
            raise KeyError("halfway")
        return "the work"

    desk.save("warm")
    saves = [
        lambda n=n: desk.save(f"{n}", base_number=1, client_id=f"page {n}", client_seq=n) for n in range(6)
    ]
    writer = desk.database.writer
    odd, *outcomes = gathered(desk.database, lambda: writer.run(then, at_once=at_once), *saves)
    if raised != "the work":
        assert isinstance(odd, raised)
    else:
        assert odd == "the work" if work == "does" else isinstance(odd, KeyError)
    assert {one.code for one in outcomes} == {Code.SAVED, Code.STALE}
    assert [one.number for one in desk.stored()] == list(range(1, 8))
    with desk.database.reading() as session:
        name = session.get_one(Person, desk.person.id).name
    assert name == ("half" if odd == "the work" else desk.person.name)


def test_nobody_is_told_that_it_is_stored_when_the_end_of_the_transaction_fails(
    sqlite_database: Database,
) -> None:
    desk = Desk(sqlite_database)
    desk.save("warm")

    def fail(_connection: Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, Exception("the disk is full"))

    sa.event.listen(sqlite_database.writing_engine, "commit", fail)
    saves = [
        lambda n=n: desk.save(f"{n}", base_number=1, client_id=f"page {n}", client_seq=n) for n in range(6)
    ]
    outcomes = together(*saves, lambda: desk.save("x", task="no task"))
    sa.event.remove(sqlite_database.writing_engine, "commit", fail)
    assert {type(one) for one in outcomes} == {errors.Busy}
    assert len(desk.stored()) == 1
    assert {one.code for one in together(*saves)} == {Code.SAVED, Code.STALE}
    assert len(desk.stored()) == 7


def test_a_disk_that_can_only_be_read_says_busy_and_nothing_is_stored(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.save("warm")

    def read_only(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    sqlite_database.dispose()
    sa.event.listen(sqlite_database.engine, "connect", read_only)
    saves = [lambda n=n: desk.save(f"{n}", base_number=n % 2, client_id=f"page {n}") for n in range(6)]
    assert {type(one) for one in together(*saves)} == {errors.Busy}
    sa.event.remove(sqlite_database.engine, "connect", read_only)
    sqlite_database.dispose()
    assert len(desk.stored()) == 1
    assert desk.save("again", base_number=1).code is Code.SAVED


def test_where_half_a_work_cannot_be_taken_back_nothing_of_the_whole_batch_is_stored(
    sqlite_database: Database,
) -> None:
    desk = Desk(sqlite_database)
    desk.save("warm")

    def lose_the_savepoint(connection: Connection) -> None:
        connection.execute(sa.update(Person).values(name="half"))
        connection.exec_driver_sql("RELEASE piece")
        raise LookupError("broken")

    saves = [lambda n=n: desk.save(f"{n}", client_id=f"page {n}") for n in range(3)]
    writer = sqlite_database.writer
    broken, *outcomes = gathered(sqlite_database, lambda: writer.run(lose_the_savepoint), *saves)
    assert isinstance(broken, sqlite3.Error)
    told = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(desk.stored()) == 1 + len(told)
    with sqlite_database.reading() as session:
        assert session.get_one(Person, desk.person.id).name == desk.person.name


def test_whoever_waits_too_long_is_told_busy_and_nothing_of_it_is_stored_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("PostgreSQL lets others write meanwhile")
    monkeypatch.setattr(writers, "PATIENCE", 0.2)
    monkeypatch.setattr("assessment.database.PATIENCE", 0.2)
    with desk.database.writing() as session:
        factories.person(session)  # holds the turn
        for outcome in together(*[lambda: desk.save("waits")] * 3):
            assert isinstance(outcome, errors.Busy)
    time.sleep(0.1)
    assert desk.stored() == []
    assert desk.save("comes back").code is Code.SAVED


def test_a_full_disk_says_busy_and_stores_nothing_of_the_whole_batch(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.save("before")
    with sqlite_database.engine.connect() as connection:
        full = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 2

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {full}")

    sqlite_database.dispose()
    sa.event.listen(sqlite_database.engine, "connect", limit)
    long = "x" * 60_000
    outcomes = together(
        *[lambda n=n: desk.save(long, client_id=f"page {n}", client_seq=1) for n in range(8)]  # type: ignore[misc]
    )
    assert all(isinstance(outcome, errors.Busy) for outcome in outcomes), outcomes
    assert desk.counting() == {"memo": "before"}
    assert len(desk.stored()) == 1
    sa.event.remove(sqlite_database.engine, "connect", limit)
    sqlite_database.dispose()
    assert desk.save(long, base_number=1, client_id="page 0", client_seq=1).code is Code.SAVED
    with sqlite_database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def test_many_saves_at_once_take_few_commits(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    commits: list[object] = []
    sa.event.listen(sqlite_database.engine, "commit", commits.append)
    works = [
        lambda page=page: [desk.save(f"{n}", client_id=f"page {page}", client_seq=n) for n in range(20)]
        for page in range(32)
    ]
    together(*works)
    assert len(desk.stored()) == 32 * 20
    assert len(commits) <= 32 * 20 // 4


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # gunicorn forks before there are threads
def test_a_process_that_forks_gets_a_writer_of_its_own(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.save("parent")
    sqlite_database.engine.dispose()
    child = os.fork()
    if child == 0:  # pragma: no cover -- counted nowhere: the child ends without a word
        try:
            saved = desk.save("child", base_number=1, client_id="child").code is Code.SAVED
        finally:
            os._exit(0 if saved else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert desk.save("parent again", base_number=2).code is Code.SAVED
    assert desk.counting() == {"memo": "parent again"}
