"""The save path: nothing acknowledged is lost, nothing counts that should not."""

import json
import math
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.database import Database
from assessment.models.answer import Answer
from assessment.models.centre import Task
from assessment.models.person import Person
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import answers, clocks, versions
from assessment.services.answers import Code, Outcome, Save
from exercises import content
from tests import factories
from tests.assessment.query_count import counting
from tests.factories import NOON

GRACE = timedelta(seconds=30)


class Desk:
    """A participant at a running case study, and the saves that they send."""

    def __init__(self, database: Database, slug: str = "stavoord-case", **values: Any) -> None:
        self.database = database
        with database.writing() as session:
            self.person = factories.person(session)
            centre = factories.centre(session, slug)
            enrolment = factories.enrolment(session, centre, self.person)
            self.sitting = factories.running(
                session,
                session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)).one(),
                **values,
            )
            versions.get(session, self.sitting.version_hash)
            self.clock = clocks.of(self.sitting)
        self.sequence = 0

    def save(self, text: Any, **values: Any) -> Outcome:
        self.sequence += 1
        command = Save(
            **{
                "sitting_id": self.sitting.id,
                "person_id": self.person.id,
                "login_epoch": 1,
                "task": "memo",
                "posted": text,
                "base_number": 0,
                "client_id": "one",
                "client_seq": self.sequence,
                "writer_epoch": 1,
                "arrived_at": NOON + timedelta(minutes=1),
                "clock": self.clock,
                **values,
            }
        )
        outcome = answers.save(self.database.writer, command, GRACE)
        self.clock = outcome.clock or self.clock
        return outcome

    def stored(self) -> list[Revision]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(Revision).order_by(Revision.id)))

    def counting(self) -> dict[str, Any]:
        with self.database.reading() as session:
            sitting = session.get(Sitting, self.sitting.id)
            assert sitting
            return {task: answer.value for task, answer in answers.counting(session, sitting).items()}


@pytest.fixture(params=["sqlite", "sqlite step by step", "postgresql", "postgresql step by step"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Every way to store: there are two, and step by step is gone where the short one does not do."""
    name, _, is_careful = request.param.partition(" ")
    found: Database = request.getfixturevalue(f"{name}_database")
    if is_careful:
        run = found.writer.run
        monkeypatch.setattr(found.writer, "run", lambda work, at_once=None: run(work))
    return found


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_save_counts_and_tells_the_remaining_time(desk: Desk) -> None:
    outcome = desk.save("My advice")
    assert (outcome.code, outcome.number, outcome.head) == (Code.SAVED, 1, 1)
    assert outcome.remaining_ms == 54 * 60 * 1000
    assert desk.counting() == {"memo": "My advice"}


def test_the_same_save_again_gives_the_stored_answer(desk: Desk) -> None:
    first = desk.save("My advice", client_seq=7)
    assert desk.save("My advice", client_seq=7) == first
    assert len(desk.stored()) == 1


def test_thirty_two_copies_of_one_save_at_once_store_one_row(desk: Desk) -> None:
    outcomes: list[Outcome] = []

    def send() -> None:
        outcomes.append(desk.save("My advice", client_seq=1))

    _together(send, 32)
    assert {(o.code, o.number) for o in outcomes} == {(Code.SAVED, 1)}
    assert len(desk.stored()) == 1


def test_thirty_two_different_saves_on_one_base_give_one_that_counts_and_keep_all_others_beside_it(
    desk: Desk,
) -> None:
    outcomes: list[Outcome] = []
    numbers = iter(range(1, 33))
    lock = threading.Lock()

    def send() -> None:
        with lock:
            number = next(numbers)
        outcomes.append(desk.save(f"text {number}", client_id=f"page {number}", client_seq=1))

    _together(send, 32)
    codes = [outcome.code for outcome in outcomes]
    assert codes.count(Code.SAVED) == 1
    assert codes.count(Code.STALE) == 31
    stored = desk.stored()
    assert len({revision.body for revision in stored}) == 32
    assert sorted(revision.number for revision in stored) == list(range(1, 33))


def test_a_stale_save_is_told_what_counts_and_is_kept(desk: Desk) -> None:
    desk.save("newer")
    outcome = desk.save("older", client_id="two")
    assert (outcome.code, outcome.server_value, outcome.head) == (Code.STALE, "newer", 1)
    assert [revision.kind for revision in desk.stored()] == [RevisionKind.MAIN, RevisionKind.SIDE]
    assert desk.counting() == {"memo": "newer"}


def test_a_page_that_work_has_moved_away_from_is_told_and_its_text_is_kept(desk: Desk) -> None:
    outcome = desk.save("from the old page", writer_epoch=0)
    assert outcome.code is Code.ELSEWHERE
    assert desk.stored()[0].kind is RevisionKind.SIDE
    assert desk.counting() == {}


def test_text_within_grace_counts_and_is_marked(desk: Desk) -> None:
    outcome = desk.save("just in time", arrived_at=NOON + timedelta(minutes=55, seconds=30))
    assert (outcome.code, outcome.is_in_grace, outcome.remaining_ms) == (Code.SAVED, True, 0)
    assert desk.stored()[0].is_in_grace


def test_text_after_grace_is_kept_as_evidence_and_does_not_count(desk: Desk) -> None:
    desk.save("in time")
    outcome = desk.save("too late", base_number=1, arrived_at=NOON + timedelta(minutes=55, seconds=31))
    assert (outcome.code, outcome.server_value) == (Code.LATE, "in time")
    assert desk.stored()[-1].kind is RevisionKind.LATE
    assert desk.counting() == {"memo": "in time"}


def test_the_deadline_decides_also_before_the_sweep_has_sealed(desk: Desk) -> None:
    assert desk.save("late", arrived_at=NOON + timedelta(hours=2)).code is Code.LATE


def test_a_repeat_of_a_save_after_the_end_gives_the_answer_of_then(desk: Desk) -> None:
    first = desk.save("in time", client_seq=3)
    again = desk.save("in time", client_seq=3, arrived_at=NOON + timedelta(hours=2))
    assert (again.code, again.number) == (first.code, first.number)


def test_a_sitting_that_was_sealed_keeps_later_text_as_evidence(desk: Desk) -> None:
    with desk.database.writing() as session:
        sitting = session.get(Sitting, desk.sitting.id)
        assert sitting
        sitting.state, sitting.sealed_at = SittingState.SEALED, NOON + timedelta(minutes=1)
    assert desk.save("after handing in").code is Code.LATE


def test_a_sitting_that_has_not_begun_stores_nothing(database: Database) -> None:
    desk = Desk(database)
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        enrolment = factories.enrolment(session, centre, session.merge(desk.person))
        ready = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)).one()
    assert desk.save("early", sitting_id=ready.id).code is Code.NOT_OPEN
    assert desk.stored() == []


def test_somebody_elses_sitting_is_not_found(desk: Desk) -> None:
    with desk.database.writing() as session:
        stranger = factories.person(session)
    with pytest.raises(errors.NotFound):
        desk.save("mine now", person_id=stranger.id)
    with pytest.raises(errors.NotFound):
        desk.save("nobody's", sitting_id=UUID(int=1))


def test_a_task_of_another_exercise_is_not_found(desk: Desk) -> None:
    with pytest.raises(errors.NotFound):
        desk.save("text", task="SJT-02")
    assert desk.stored() == []


def test_a_login_that_was_ended_asks_to_log_in_again_and_stores_nothing(desk: Desk) -> None:
    with desk.database.writing() as session:
        person = session.get(Person, desk.person.id)
        assert person
        person.login_epoch += 1
    with pytest.raises(answers.LoginEnded):
        desk.save("text")


def test_five_megabytes_are_refused_with_a_message_and_nothing_is_stored(desk: Desk) -> None:
    with pytest.raises(answers.AnswerTooLong):
        desk.save("x" * 5_000_000)
    assert desk.stored() == []


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم",
        "🙂👩🏽‍💻",
        "\u202eback\u202c",
        "tab\tand\x01control\x1f",
        "=1+1",
        "<script>alert(1)</script>",
        "  \n\r\n  ",
    ],
)
def test_what_was_written_comes_back_exactly(desk: Desk, text: str) -> None:
    desk.save(text)
    assert desk.counting() == {"memo": text}


@pytest.mark.parametrize("text", ["nul\x00", "\ud800", 12.5, None, ["a"], {"a": 1}])
def test_what_is_no_text_is_refused_and_nothing_is_stored(desk: Desk, text: Any) -> None:
    with pytest.raises(answers.AnswerRefused):
        desk.save(text)
    assert desk.stored() == []


def test_revisions_refuse_to_be_changed_or_removed(desk: Desk) -> None:
    desk.save("My advice")
    with (
        pytest.raises(sa.exc.DBAPIError, match="revision_is_only_added_to"),
        desk.database.writing() as session,
    ):
        session.execute(sa.update(Revision).values(kind=RevisionKind.SIDE))
    with pytest.raises(sa.exc.DBAPIError, match="revision_is_kept"), desk.database.writing() as session:
        session.execute(sa.delete(Revision))
    with desk.database.writing() as session:  # G9: erasure blanks the text and keeps the row
        session.execute(sa.update(Revision).values(body=""))


def a_revision(desk: Desk, **values: Any) -> Revision:
    """A revision as no page would write it, past every check of the services."""
    return Revision(
        **{
            "sitting_id": desk.sitting.id,
            "version_hash": desk.sitting.version_hash,
            "task": "memo",
            "number": 90,
            "kind": RevisionKind.MAIN,
            "body": '""',
            "base_number": 0,
            "client_id": "x",
            "client_seq": 90,
            "epoch": 1,
            "arrived_at": NOON,
            **values,
        }
    )


def test_the_database_itself_refuses_an_answer_to_a_task_of_another_exercise(
    desk: Desk,
) -> None:  # robustness 18
    with desk.database.writing() as session:
        other = factories.version(session, content.shipped()["stavoord-judgement"]).hash
    for wrong in ({"task": "SJT-02"}, {"version_hash": other, "task": "SJT-02"}, {"version_hash": other}):
        with pytest.raises(sa.exc.IntegrityError), desk.database.writing() as session:
            session.add(a_revision(desk, **wrong))
    with desk.database.writing() as session:
        session.add(a_revision(desk))
    assert len(desk.stored()) == 1


def test_tasks_are_stored_with_their_version_and_refuse_to_be_changed_or_removed(desk: Desk) -> None:
    with desk.database.reading() as session:
        names = set(
            session.scalars(sa.select(Task.name).where(Task.version_hash == desk.sitting.version_hash))
        )
    assert {"memo", "notes"} <= names
    with pytest.raises(sa.exc.DBAPIError, match="task_is_immutable"), desk.database.writing() as session:
        session.execute(sa.update(Task).values(is_final=True))
    with pytest.raises(sa.exc.DBAPIError, match="task_is_kept"), desk.database.writing() as session:
        session.execute(sa.delete(Task).where(Task.name == "notes"))


def test_what_counts_is_the_newest_main_or_accepted_revision_whatever_else_came_later(desk: Desk) -> None:
    desk.save("first")
    desk.save("second", base_number=1)
    with desk.database.writing() as session:
        session.add(a_revision(desk, number=3, kind=RevisionKind.LATE, body='"late"', client_seq=3))
    assert desk.counting() == {"memo": "second"}
    with desk.database.writing() as session:
        session.add(a_revision(desk, number=4, kind=RevisionKind.ACCEPTED, body='"late"', client_seq=4))
        session.add(a_revision(desk, number=5, kind=RevisionKind.SIDE, body='"side"', client_seq=5))
    assert desk.counting() == {"memo": "late"}
    with desk.database.reading() as session:
        assert answers.work(session, desk.sitting).heads == {"memo": 4}


def test_an_answer_is_read_and_never_written(desk: Desk) -> None:
    desk.save("My advice")
    with pytest.raises(TypeError, match="revision"), desk.database.writing() as session:
        session.scalars(sa.select(Answer)).one().body = '"other"'
    assert desk.counting() == {"memo": "My advice"}


def test_the_answers_of_a_sitting_are_found_by_the_index(desk: Desk) -> None:
    query = sa.select(Answer.task, Answer.number, Answer.body).where(Answer.sitting_id == desk.sitting.id)
    is_sqlite = desk.database.is_sqlite
    spelled = str(query.compile(desk.database.engine, compile_kwargs={"literal_binds": True}))
    with desk.database.engine.begin() as connection:
        if not is_sqlite:  # which the few rows of a test would invite
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        plan = [str(row) for row in connection.exec_driver_sql(explain + spelled)]
    by_index = "USING INDEX sqlite_autoindex_revision" if is_sqlite else "using uq_revision_sitting_id"
    assert len([step for step in plan if by_index in step]) == 2, plan
    assert not [step for step in plan if "Seq Scan" in step or "SCAN" in step], plan


def counted(desk: Desk, **values: Any) -> tuple[Code, int, int]:
    """What became of a save, and how many statements it took and transactions that had to be ended."""
    statements: list[str] = []
    commits: list[object] = []
    engine = desk.database.writing_engine

    def note(*given: Any) -> None:
        statements.append(given[2])

    note_commit = commits.append
    sa.event.listen(engine, "before_cursor_execute", note)
    sa.event.listen(engine, "commit", note_commit)
    try:
        code = desk.save(values.pop("posted", "second"), **values).code
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
        sa.event.remove(engine, "commit", note_commit)
    return code, len([one for one in statements if not one.startswith("BEGIN")]), len(commits)


AN_OLD_CLOCK = {"deadline_at": NOON + timedelta(minutes=90)}
PAUSED = {"state": SittingState.PAUSED, "paused_at": NOON}


@pytest.mark.parametrize(
    ("change", "save", "code", "statements"),
    [
        ({}, {}, Code.SAVED, 1),
        ({}, {"clock": None}, Code.SAVED, 2),
        (AN_OLD_CLOCK, {}, Code.SAVED, 3),
        ({}, {"base_number": 0}, Code.STALE, 3),
        ({}, {"base_number": 0, "clock": None}, Code.STALE, 2),
        (AN_OLD_CLOCK, {"base_number": 0}, Code.STALE, 3),
        ({}, {"base_number": 0, "client_seq": 1}, Code.SAVED, 3),  # the same again, whose answer was lost
        ({}, {"base_number": 0, "client_seq": 1, "clock": None}, Code.SAVED, 2),
        ({}, {"client_seq": 1}, Code.SAVED, 3),  # an answered number, and the right base
        ({}, {"writer_epoch": 0}, Code.ELSEWHERE, 3),
        ({}, {"arrived_at": NOON + timedelta(minutes=55, seconds=20)}, Code.SAVED, 2),  # in grace
        ({}, {"arrived_at": NOON + timedelta(hours=2)}, Code.LATE, 2),
        ({"state": SittingState.SEALED, "sealed_at": NOON}, {}, Code.LATE, 3),
        ({"state": SittingState.VOID}, {}, Code.LATE, 3),
        (PAUSED, {}, Code.PAUSED, 3),
        (PAUSED, {"base_number": 0, "client_seq": 1}, Code.PAUSED, 3),
        (PAUSED, {"base_number": 0, "client_id": "two", "client_seq": 9}, Code.PAUSED, 3),
    ],
)
def test_a_save_takes_at_most_three_statements_and_one_commit(
    desk: Desk,
    request: pytest.FixtureRequest,
    change: dict[str, Any],
    save: dict[str, Any],
    code: Code,
    statements: int,
) -> None:  # robustness 21
    desk.save("warm")
    if change:
        with desk.database.writing() as session:
            session.execute(sa.update(Sitting).where(Sitting.id == desk.sitting.id).values(**change))
    is_at_once = statements == 1
    if "step by step" in request.node.callspec.params["database"]:
        is_at_once, statements = False, 2
    # On PostgreSQL the one statement is a transaction by itself.
    commits = 0 if is_at_once and not desk.database.is_sqlite else 1
    assert counted(desk, **{"base_number": 1, **save}) == (code, statements, commits)


def test_of_a_task_that_is_final_a_save_takes_at_most_three_statements(
    database: Database, request: pytest.FixtureRequest
) -> None:
    desk = Desk(database, "stavoord-role-play")
    desk.save({"begun": True}, task="start")
    is_careful = "step by step" in request.node.callspec.params["database"]
    for save, code, statements in (
        ({"base_number": 0}, Code.ALREADY_SENT, 3),
        ({"base_number": 1}, Code.ALREADY_SENT, 2),
        ({"base_number": 0, "client_seq": 1}, Code.SAVED, 3),
        ({"base_number": 0, "client_seq": 2}, Code.ALREADY_SENT, 3),
    ):
        found = counted(desk, posted={"begun": True}, task="start", **save)
        assert found == (code, 2 if is_careful else statements, 1)


@pytest.mark.parametrize("clock", ["told", "none"])
def test_the_same_crossing_save_twice_at_once_is_kept_once_and_answered_alike_in_three_statements_each(
    desk: Desk, request: pytest.FixtureRequest, clock: str
) -> None:
    """Both wait for the row, so that on PostgreSQL the second cannot see by it what the first stores."""
    desk.save("warm")
    outcomes: list[Outcome] = []
    values: dict[str, Any] = {"client_seq": 9} if clock == "told" else {"client_seq": 9, "clock": None}
    with counting(desk.database) as sent:
        both = [threading.Thread(target=lambda: outcomes.append(desk.save("then", **values))) for _ in "ab"]
        with desk.database.writing() as session:
            session.execute(
                sa.update(Sitting)
                .where(Sitting.id == desk.sitting.id)
                .values(writer_epoch=Sitting.writer_epoch)
            )
            before = sent.n
            for one in both:
                one.start()
            time.sleep(0.3)
        for one in both:
            one.join()
    assert [(one.code, one.number, one.head, one.server_value) for one in outcomes] == [
        (Code.STALE, 2, 1, "warm")
    ] * 2
    assert len(desk.stored()) == 2
    is_tried = clock == "told" and "step by step" not in request.node.callspec.params["database"]
    assert sent.n - before == 2 * (3 if is_tried else 2)


def test_a_crossing_save_again_gives_the_answer_that_was_stored(desk: Desk) -> None:
    desk.save("warm")
    first = desk.save("beside", client_seq=9, writer_epoch=0)
    again = desk.save("beside", client_seq=9, writer_epoch=0)
    assert (first.code, first.number, first.server_value) == (Code.ELSEWHERE, 2, "warm")
    assert again == first


def test_a_process_that_has_not_read_the_exercise_keeps_to_three_statements_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.save("warm")
    for base, code in ((1, Code.SAVED), (1, Code.STALE)):
        monkeypatch.setattr(versions, "_kept", {})
        assert counted(desk, base_number=base) == (code, 3, 1)


def several(desk: Desk, task: str, numbers: tuple[int, ...], **values: Any) -> None:
    """Texts that count, in the order in which they were stored."""
    with desk.database.writing() as session:
        for number in numbers:
            text = json.dumps(f"{number} of {task}")
            client = {"client_id": task, "client_seq": number}
            session.add(a_revision(desk, task=task, number=number, body=text, **client, **values))
            session.flush()


@pytest.mark.parametrize(
    "save",
    [
        {},
        {"clock": None},
        {"writer_epoch": 0},
        {"arrived_at": NOON + timedelta(hours=2)},
    ],
)
def test_what_a_crossing_save_is_shown_is_the_newest_of_its_own_sitting_and_task(
    desk: Desk, save: dict[str, Any]
) -> None:
    """The statement that stores asks for it beside the row that it stores, whose columns have the same names."""
    with desk.database.writing() as session:
        other = factories.enrolment(session, factories.centre(session, "stavoord-case"))
        theirs = factories.running(
            session, session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == other.id)).one()
        )
    several(desk, "memo", (9, 1), sitting_id=theirs.id)
    several(desk, "notes", (8, 1))
    alone = desk.save("alone", base_number=7, **save)
    assert (alone.number, alone.head, alone.server_value) == (1, 0, None)
    several(desk, "memo", (3, 5, 4))
    beside = desk.save("beside", base_number=4, client_seq=9, **save)
    assert (beside.number, beside.head, beside.server_value) == (6, 5, "5 of memo")
    assert desk.save("beside", base_number=4, client_seq=9, **save) == beside


def test_a_save_beside_a_text_that_was_erased_is_kept_and_shown_nothing(desk: Desk) -> None:
    desk.save("warm")
    with desk.database.writing() as session:
        session.execute(sa.update(Revision).values(body=""))
    for _ in range(2):
        outcome = desk.save("beside", client_seq=9)
        assert (outcome.code, outcome.number, outcome.server_value) == (Code.STALE, 2, None)


@pytest.mark.parametrize("clock", ["told", "none"])
@pytest.mark.parametrize(
    ("before", "change", "save", "code"),
    [
        ({}, {}, {"base_number": 1}, Code.SAVED),
        ({}, {}, {"client_seq": 1}, Code.SAVED),  # stored long ago
        ({}, {}, {"base_number": 1, "arrived_at": NOON + timedelta(hours=2)}, Code.LATE),
        ({}, PAUSED, {"base_number": 1}, Code.PAUSED),
        ({}, PAUSED, {"client_seq": 1}, Code.PAUSED),  # stored, and not yet as what came in a pause
        (PAUSED, {}, {"base_number": 1}, Code.PAUSED),
        (PAUSED, {"state": SittingState.RUNNING, "paused_at": None}, {"base_number": 1}, Code.SAVED),
        ({}, {"writer_epoch": 2}, {"base_number": 1}, Code.ELSEWHERE),
        ({}, {"state": SittingState.SEALED, "sealed_at": NOON}, {"base_number": 1}, Code.LATE),
        ({}, AN_OLD_CLOCK, {"base_number": 1}, Code.SAVED),
    ],
)
def test_a_save_that_came_three_times_before_a_change_was_over_is_stored_once_and_answered_alike(
    postgresql_database: Database,
    before: dict[str, Any],
    change: dict[str, Any],
    save: dict[str, Any],
    code: Code,
    clock: str,
) -> None:
    """All wait for the row; on PostgreSQL they saw, before they waited, what is old when they go on."""
    desk = Desk(postgresql_database)
    desk.save("warm")
    values: dict[str, Any] = {"client_seq": 9, "clock": desk.clock if clock == "told" else None, **save}
    mine = sa.update(Sitting).where(Sitting.id == desk.sitting.id)
    if before:
        with desk.database.writing() as session:
            session.execute(mine.values(before))
    outcomes: list[Outcome] = []
    copies = [threading.Thread(target=lambda: outcomes.append(desk.save("then", **values))) for _ in "abc"]
    with counting(desk.database) as sent:
        with desk.database.writing() as session:
            session.execute(mine.values({"writer_epoch": Sitting.writer_epoch, **change}))
            for one in copies:
                one.start()
            wait_for_waiters(desk.database, len(copies))
        for one in copies:
            one.join()
    of_saves = [one for one in sent.statements if "pg_stat_activity" not in one][1:]
    assert len(of_saves) <= 3 * len(copies)
    assert {one.code for one in outcomes} == {code}
    assert len(outcomes) == 3
    assert len({(one.number, one.head, str(one.server_value)) for one in outcomes}) == 1
    known = {(one.client_id.removeprefix(answers.IN_PAUSE), one.client_seq) for one in desk.stored()}
    assert known == {("one", 1), ("one", values["client_seq"])}
    assert [one.number for one in desk.stored()] == list(range(1, outcomes[0].number + 1))


def wait_for_waiters(database: Database, number: int) -> None:
    """Until so many connections wait for what another one holds."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    end = time.monotonic() + 10
    with database.asking_engine.connect() as connection:
        while connection.scalar(waiting) != number:
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.mark.parametrize("clock", ["told", "none"])
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (RevisionKind.MAIN, Code.STALE),
        (RevisionKind.ACCEPTED, Code.STALE),
        (RevisionKind.SIDE, Code.SAVED),
        (RevisionKind.LATE, Code.SAVED),
    ],
)
def test_a_save_that_waits_for_another_text_is_numbered_after_it_and_counts_only_where_that_does_not(
    postgresql_database: Database, kind: RevisionKind, code: Code, clock: str
) -> None:
    """As an emergency file and an accepted text come: they hold the sitting and change nothing of it."""
    desk = Desk(postgresql_database)
    desk.save("warm")
    values: dict[str, Any] = {"base_number": 1, "clock": desk.clock if clock == "told" else None}
    outcomes: list[Outcome] = []
    saving = threading.Thread(target=lambda: outcomes.append(desk.save("then", **values)))
    with desk.database.writing() as session:
        session.execute(sa.select(Sitting.id).where(Sitting.id == desk.sitting.id).with_for_update())
        saving.start()
        wait_for_waiters(desk.database, 1)
        session.add(a_revision(desk, number=2, kind=kind, body='"theirs"'))
    saving.join()
    assert [(one.code, one.number) for one in outcomes] == [(code, 3)]
    assert outcomes[0].server_value == ("theirs" if code is Code.STALE else None)
    assert [one.number for one in desk.stored()] == [1, 2, 3]


def test_each_statement_of_a_save_finds_revisions_by_an_index(desk: Desk) -> None:
    desk.save("warm")
    with counting(desk.database) as sent:
        desk.save("ordinary", base_number=1)
        desk.save("beside", client_seq=9)
        desk.save("beside", client_seq=9)
    is_sqlite = desk.database.is_sqlite
    with desk.database.engine.begin() as connection:
        if not is_sqlite:  # which the few rows of a test would invite
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        for statement, values in zip(sent.statements, sent.values, strict=True):
            plan = [str(row) for row in connection.exec_driver_sql(explain + statement, values)]
            by_index = "SEARCH other USING" if is_sqlite else "using uq_revision_sitting_id"
            assert [step for step in plan if by_index in step], plan
            read_whole = ("Seq Scan on revision", "SCAN other", "SCAN same", "SCAN revision")
            assert not [step for step in plan if any(word in step for word in read_whole)], plan


@pytest.mark.parametrize(("minutes", "code"), [(2, Code.LATE), (90, Code.SAVED)])
def test_a_save_is_judged_by_the_clock_as_it_is_now_and_not_as_it_was_known(
    desk: Desk, minutes: int, code: Code
) -> None:
    desk.save("warm")
    with desk.database.writing() as session:
        session.get_one(Sitting, desk.sitting.id).deadline_at = NOON + timedelta(minutes=minutes)
    at = NOON + timedelta(minutes=minutes / 3 * 2) if code is Code.SAVED else NOON + timedelta(minutes=5)
    assert desk.save("then", base_number=1, arrived_at=at).code is code


@pytest.mark.parametrize("claim", [{"deadline_at": NOON + timedelta(hours=9)}, {"version_hash": "another"}])
def test_what_a_page_claims_of_its_clock_decides_nothing(desk: Desk, claim: dict[str, Any]) -> None:
    assert desk.clock
    claimed = replace(desk.clock, **claim)
    late = desk.clock.deadline_at + GRACE * 2
    assert desk.save("late", clock=claimed, arrived_at=late).code is Code.LATE
    assert desk.save("in time", clock=claimed).code is Code.SAVED
    assert desk.counting() == {"memo": "in time"}


def known_here(desk: Desk, slug: str) -> str:
    """The hash of another exercise, which this process has read."""
    with desk.database.writing() as session:
        found = factories.version(session, content.shipped()[slug]).hash
        versions.get(session, found)
    return found


@pytest.mark.parametrize("part", clocks.NAMES)
def test_a_clock_that_differs_in_one_thing_and_by_the_least_is_another(desk: Desk, part: str) -> None:
    """Answers without a clock say that the page knows it, so that one statement stored."""
    told = desk.clock
    assert told
    least = {
        "version_hash": known_here(desk, "practice"),
        "started_at": told.started_at + timedelta(microseconds=1),
        "deadline_at": told.deadline_at - timedelta(microseconds=1),
        "time_factor": math.nextafter(told.time_factor, 2),
        "is_untimed": not told.is_untimed,
        "credited_seconds": math.nextafter(told.credited_seconds, 1),
    }
    outcome = desk.save("My advice", clock=replace(told, **{part: least[part]}))
    assert (outcome.code, outcome.clock) == (Code.SAVED, told)
    assert [one.version_hash for one in desk.stored()] == [told.version_hash]
    with pytest.raises(errors.NotFound):  # the other exercise's task
        desk.save("shown", task="mark.visitors", clock=replace(told, **{part: least[part]}))


@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"started_at": NOON + timedelta(hours=1)},
        {"time_factor": 10.0},
        {"is_untimed": True},
        {"credited_seconds": 3600.0},
        {"credited_seconds": 1e9},
        {"version_hash": "stavoord-planning"},
    ],
)
def test_no_claim_opens_a_phase_that_is_over(database: Database, claim: dict[str, Any]) -> None:
    desk = Desk(database, "practice-planning")
    if "version_hash" in claim:
        claim = {"version_hash": known_here(desk, claim["version_hash"])}
    assert desk.clock
    claimed = replace(desk.clock, **claim)
    plan = {"J1.crew": "B", "J1.start": 1, "J2.crew": "A", "J2.start": 3}
    end = NOON + timedelta(minutes=3)
    assert desk.save(plan, task="first", clock=claimed, arrived_at=end).code is Code.SAVED
    late = desk.save(plan, task="first", base_number=1, clock=claimed, arrived_at=end + GRACE * 1.01)
    assert (late.code, late.clock) == (Code.LATE, clocks.of(desk.sitting))
    assert [one.kind for one in desk.stored()] == [RevisionKind.MAIN, RevisionKind.LATE]


def as_javascript_sends_it(clock: clocks.Clock) -> clocks.Clock | None:
    """Its JSON knows one kind of number, and writes no point where there is no fraction."""
    told = json.loads(json.dumps(clock.told()))
    return clocks.read([int(one) if isinstance(one, float) and one.is_integer() else one for one in told])


@pytest.mark.parametrize(
    ("factor", "credited", "microseconds"),
    [
        (1.0, 0.0, 0),
        (10.0, 3600.0, 1),
        (1.1, 33.333333333333336, 999_999),
        (1 / 3 + 1, 1e-7, 100_000),
        (math.nextafter(1.0, 2), 0.1 + 0.2, 123_456),
        (1.25, 987654.321012, 10),
    ],
)
def test_a_clock_that_went_through_a_browser_is_still_the_very_one_of_the_database(
    database: Database, request: pytest.FixtureRequest, factor: float, credited: float, microseconds: int
) -> None:
    at = NOON + timedelta(microseconds=microseconds)
    desk = Desk(database, at=at, time_factor=factor, credited_seconds=credited)
    with database.reading() as session:
        found = clocks.of(session.get_one(Sitting, desk.sitting.id))
    assert found
    assert found.started_at.microsecond == microseconds
    outcome = desk.save("My advice", clock=as_javascript_sends_it(found))
    is_careful = "step by step" in request.node.callspec.params["database"]
    assert (outcome.code, outcome.clock) == (Code.SAVED, found if is_careful else None)
    assert outcome.remaining_ms == 54 * 60_000 + microseconds // 1000


def test_a_process_that_has_not_read_the_exercise_stores_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_kept", {})
    first = desk.save("My advice")
    assert (first.code, first.clock) == (Code.SAVED, desk.clock)
    assert desk.save("My advice now", base_number=1).code is Code.SAVED
    assert desk.counting() == {"memo": "My advice now"}


def test_a_sitting_that_was_opened_again_elsewhere_keeps_what_comes_with_its_old_clock_as_evidence(
    desk: Desk,
) -> None:
    desk.save("in time")
    with desk.database.writing() as session:
        session.get_one(Sitting, desk.sitting.id).state = SittingState.VOID
    outcome = desk.save("then", base_number=1)
    assert (outcome.code, outcome.clock) == (Code.LATE, None)
    assert desk.counting() == {"memo": "in time"}


def test_who_may_no_longer_log_in_stores_nothing(desk: Desk) -> None:
    with desk.database.writing() as session:
        session.get_one(Person, desk.person.id).is_active = False
    with pytest.raises(answers.LoginEnded):
        desk.save("text")
    assert desk.stored() == []


def test_what_was_sent_is_final_whatever_its_base_and_clock(database: Database) -> None:
    desk = Desk(database, "stavoord-role-play")
    assert desk.save({"begun": True}, task="start").code is Code.SAVED
    for base in (0, 1):
        assert desk.save({"begun": True}, task="start", base_number=base).code is Code.ALREADY_SENT
    assert [one.kind for one in desk.stored()] == [RevisionKind.MAIN, RevisionKind.SIDE, RevisionKind.SIDE]


def test_the_numbers_of_a_save_that_was_answered_store_nothing_more_on_a_right_base(desk: Desk) -> None:
    desk.save("newer", client_id="two")
    older = desk.save("older", client_seq=7)
    assert older.code is Code.STALE
    again = desk.save("older", client_seq=7, base_number=1)
    assert (again.code, again.number, again.server_value) == (Code.STALE, older.number, "newer")
    with pytest.raises(answers.AnswerRefused):
        desk.save("for the notes", client_seq=7, task="notes")
    assert [one.kind for one in desk.stored()] == [RevisionKind.MAIN, RevisionKind.SIDE]


def test_a_save_whose_page_knows_an_old_clock_tells_it_the_new_one(desk: Desk) -> None:
    desk.save("warm")
    with desk.database.writing() as session:
        session.get_one(Sitting, desk.sitting.id).deadline_at = later = NOON + timedelta(minutes=90)
    assert desk.save("then", base_number=1).code is Code.SAVED
    assert desk.clock
    assert desk.clock.deadline_at == later


def test_a_save_to_a_sitting_that_was_paused_meanwhile_does_not_count_yet(desk: Desk) -> None:
    desk.save("warm")
    with desk.database.writing() as session:
        sitting = session.get_one(Sitting, desk.sitting.id)
        sitting.state, sitting.paused_at = SittingState.PAUSED, NOON + timedelta(minutes=1)
    assert desk.save("then", base_number=1).code is Code.PAUSED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"deadline_at": NOON + timedelta(minutes=2)}, Code.LATE),
        ({"deadline_at": NOON + timedelta(minutes=90)}, Code.SAVED),
        ({"state": SittingState.PAUSED, "paused_at": NOON + timedelta(minutes=1)}, Code.PAUSED),
        ({"state": SittingState.SEALED, "sealed_at": NOON + timedelta(minutes=1)}, Code.LATE),
        ({"state": SittingState.VOID}, Code.LATE),
        ({"writer_epoch": 2, "taken_over_at": NOON}, Code.ELSEWHERE),
    ],
)
def test_a_save_that_waits_for_a_change_is_judged_by_the_sitting_as_it_is_after_it(
    desk: Desk, change: dict[str, Any], code: Code
) -> None:
    outcomes: list[Outcome] = []

    def send() -> None:
        outcomes.append(desk.save("then", base_number=1, arrived_at=NOON + timedelta(minutes=5)))

    desk.save("warm")
    saving = threading.Thread(target=send)
    with desk.database.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == desk.sitting.id).values(**change))
        saving.start()
        saving.join(0.2)
        assert saving.is_alive()
    saving.join()
    with desk.database.reading() as session:
        now = clocks.of(session.get_one(Sitting, desk.sitting.id))
    assert outcomes[0].code is code
    if "deadline_at" in change:
        assert outcomes[0].clock == now
    assert desk.counting() == {"memo": "then" if code is Code.SAVED else "warm"}


def test_a_save_that_is_too_late_is_kept_as_evidence_in_one_commit(desk: Desk) -> None:
    desk.save("in time")
    late = desk.sitting.deadline_at
    assert late
    assert counted(desk, base_number=1, arrived_at=late + GRACE * 2)[::2] == (Code.LATE, 1)
    assert [one.kind for one in desk.stored()] == [RevisionKind.MAIN, RevisionKind.LATE]


def _together(work: Any, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
