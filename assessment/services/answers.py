"""The save path: what a participant wrote becomes a revision, in at most three short statements and one commit.

``save`` owns its transaction and knows no web request. The statements are Core and made once. An ordinary save takes one
that needs nothing around it: it stores only where everything is as the page believes, its clock too. Each statement is a
journey to PostgreSQL, and so are the beginning and the end of a transaction; on SQLite it is several turns of Python's
threads. What it read while it waited for the sitting may be old; then the number that it stores under is taken, and the
database refuses it.

Where it stored nothing, two find out what the save is. The first holds the sitting's row, so that a take-over, a hand-in
or the sweep either comes before it or after it. The second stores, beside what counts where it crosses with something
newer, and says what counts; the same save again finds what it stored. They are never merged: on PostgreSQL a subquery of
a statement that waited for the row would still see the old state.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from assessment import errors
from assessment.models.answer import COUNTING, THAT_COUNT, Answer
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Adjustment, Revision, RevisionKind, Sitting, SittingState
from assessment.services import clocks, versions
from assessment.writers import Statement, Writer
from exercises import kind as kinds
from exercises.content import Exercise
from exercises.kind import LONGEST_ANSWER, InvalidAnswer, Task

A_MOMENT = 1e-6
"""In minutes: what was shown of a phase that is open again counts as shown just before its end."""


@dataclass(frozen=True)
class Save:
    """One save as it arrived."""

    sitting_id: UUID
    person_id: UUID
    login_epoch: int
    task: str
    posted: Any
    base_number: int
    client_id: str
    client_seq: int
    writer_epoch: int
    arrived_at: datetime
    clock: clocks.Clock | None = None
    """As the page knows it; without it the save takes longer."""


class Code(StrEnum):
    """What became of a save."""

    SAVED = "saved"
    STALE = "stale"
    """Something newer was there: kept beside it as a side revision."""
    ELSEWHERE = "continued_elsewhere"
    """Work goes on in another page: kept as a side revision."""
    ALREADY_SENT = "already_sent"
    """What was sent is final: kept as a side revision."""
    LATE = "late"
    """After the end: kept as late evidence."""
    PAUSED = "paused"
    """The sitting is paused: kept beside what counts, so that it is not lost. The page keeps it too and sends the same
    save again after the pause, where it counts like any other."""
    NOT_OPEN = "not_open"
    """The sitting has not begun: nothing was stored."""


IN_PAUSE = "in pause: "
"""Begins the client of what arrived during a pause, so that the same save can still count after it."""


@dataclass(frozen=True)
class Outcome:
    """The answer to a save. ``number`` is the revision that was stored, ``head`` the one that counts now."""

    code: Code
    number: int
    head: int
    remaining_ms: int
    writer_epoch: int
    is_in_grace: bool = False
    server_value: Any = None
    """What counts now, where that is not what was sent."""
    elsewhere_at: datetime | None = None
    body: str | None = field(default=None, compare=False)
    """The value as it is stored; None where nothing was."""
    clock: clocks.Clock | None = field(default=None, compare=False)
    """As it was found; None where the page knows it, and where the sitting does not run."""


class LoginEnded(errors.KleiError):
    """The login that the save came with is no longer valid; the page asks to log in again in place."""

    status = 401
    sentence = "Please log in again. What you wrote is kept on this page."


class AnswerTooLong(errors.KleiError):
    status = 413
    sentence = "This text is longer than Klei can keep (64 KB). It stays on this page; please shorten it."


class AnswerRefused(errors.KleiError):
    status = 422
    sentence = "This cannot be kept as an answer here."


class Verdict(StrEnum):
    """Whether something may be written at a moment."""

    OPEN = "open"
    GRACE = "grace"
    LATE = "late"
    PAUSED = "paused"
    CLOSED = "closed"


def may_write(
    sitting: Any, exercise: Exercise, task: str | None, arrived_at: datetime, grace: timedelta
) -> Verdict:
    """The one decision that save, hand-in and sweep share.

    ``sitting`` is a Sitting or a row with its clock: state, started_at, deadline_at, time_factor, is_untimed,
    credited_seconds. The last phase of an exercise ends with the deadline; earlier ones by exercise minutes, so that
    they move with pauses and credits and not with extensions, except where there is no limit. ``task`` None asks about
    the sitting as a whole.
    """
    if sitting.state is SittingState.SEALED:
        return Verdict.LATE
    if sitting.state is SittingState.VOID:
        # Re-opened: what an old page still sends to it is kept as evidence.
        return Verdict.LATE if sitting.started_at else Verdict.CLOSED
    if sitting.state is SittingState.PAUSED:
        return Verdict.PAUSED
    if sitting.state is not SittingState.RUNNING:
        return Verdict.CLOSED
    end = sitting.deadline_at
    if task is not None and not sitting.is_untimed:
        phases = versions.kind_of(exercise).phases(exercise)
        admitting = [phase for phase in phases if phase.admits(task)]
        if admitting and admitting[-1] is not phases[-1]:
            worked = timedelta(minutes=admitting[-1].until * (sitting.time_factor or 1.0))
            end = min(end, sitting.started_at + worked + timedelta(seconds=sitting.credited_seconds))
    if arrived_at <= end:
        return Verdict.OPEN
    return Verdict.GRACE if arrived_at <= end + grace else Verdict.LATE


_AS_IT_ARRIVED = ("sitting_id", "task", "base_number", "client_id", "client_seq", "arrived_at")
"""What a revision takes over from its save, which calls it the same."""
_revision = cast(sa.Table, Revision.__table__)
_other = _revision.alias("other")
"""Any revision, where one is being stored."""


def _given(name: str, column: str = "") -> sa.BindParameter[Any]:
    return bindparam(name, type_=_revision.c[column or name].type)


_sitting = (
    sa.select(
        Sitting.state,
        Sitting.version_hash,
        Sitting.started_at,
        Sitting.deadline_at,
        Sitting.time_factor,
        Sitting.is_untimed,
        Sitting.credited_seconds,
        Sitting.paused_at,
        Sitting.writer_epoch,
        Sitting.taken_over_at,
        Person.login_epoch,
        Person.is_active,
    )
    .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .where(Sitting.id == bindparam("sitting_id"), Enrolment.person_id == bindparam("person_id"))
    .with_for_update(of=Sitting)
)


def _is_this_save(of: sa.FromClause, client_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.and_(
        of.c.sitting_id == _given("sitting_id"),
        of.c.client_id == client_id,
        of.c.client_seq == _given("client_seq"),
    )


_client = sa.case(
    (Sitting.state == SittingState.PAUSED, _given("client_id_in_pause", "client_id")),
    else_=_given("client_id"),
)
_held = _sitting.add_columns(sa.exists().where(_is_this_save(_other, _client)).label("is_known"))

_of_task = (_other.c.sitting_id == _given("sitting_id"), _other.c.task == _given("task"))
_counts: sa.ColumnElement[bool] = sa.literal_column(f"other.{THAT_COUNT}")


def _newest(column: sa.ColumnElement[Any], *of: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Not max(): where PostgreSQL expects few revisions it would read them all."""
    newest = sa.select(column).where(*_of_task, *of)
    return newest.order_by(_other.c.number.desc()).limit(sa.literal_column("1")).scalar_subquery()


_zero: sa.ColumnClause[int] = sa.literal_column("0")
_last = sa.func.coalesce(_newest(_other.c.number), _zero)
_head = sa.func.coalesce(_newest(_other.c.number, _counts), _zero)


def _storing(
    values: Mapping[str, sa.ColumnElement[Any]], where: Iterable[sa.ColumnElement[bool]]
) -> sa.Insert:
    every = {
        **{name: _given(name) for name in (*_AS_IT_ARRIVED, "body")},
        "number": _last + sa.literal_column("1"),
        "reason": sa.literal_column("''"),
        **values,
    }
    found = sa.select(*(value.label(name) for name, value in every.items())).where(*where)
    return sa.insert(_revision).from_select(list(every), found, include_defaults=False)


_main: sa.ColumnClause[str] = sa.literal_column(f"'{RevisionKind.MAIN}'")


def _storing_at_once() -> sa.Insert:
    """Stores where the sitting, held, is as it was known, and gives the number of the revision."""
    now = _sitting.cte("sitting_now")
    values = {
        "version_hash": now.c.version_hash,
        "kind": _main,
        "epoch": now.c.writer_epoch,
        "is_in_grace": sa.false(),
    }
    as_known = (
        now.c.is_active,
        now.c.login_epoch == bindparam("login_epoch"),
        now.c.state == sa.literal_column(f"'{SittingState.RUNNING}'"),
        now.c.writer_epoch == bindparam("writer_epoch"),
        *(now.c[name] == bindparam(name) for name in clocks.NAMES),
        _head == _given("base_number"),
    )
    return _storing(values, as_known).returning(_revision.c.number)


def _storing_held() -> sa.Insert:
    """Stores where the same save is not there; it counts where it may and nothing newer does."""
    is_main = sa.and_(bindparam("may_count", type_=sa.Boolean()), _head == _given("base_number"))
    values = {
        "version_hash": _given("version_hash"),
        "kind": sa.case((is_main, _main), else_=_given("kind_beside", "kind")),
        "epoch": _given("epoch"),
        "is_in_grace": _given("is_in_grace"),
    }
    is_new = ~sa.exists().where(_is_this_save(_other, _given("client_id")))
    return _storing(values, [is_new]).returning(*_became(_revision))


def _became(of: sa.FromClause) -> Iterable[sa.ColumnElement[Any]]:
    """What became of a save, and what else counts."""
    counts_itself = of.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in COUNTING])
    counting = sa.case((counts_itself, sa.null()), else_=_newest(_other.c.body, _counts))
    return (
        *(of.c[name] for name in ("number", "kind", "task", "is_in_grace", "body")),
        _head.label("head"),
        counting.label("counting"),
    )


def _finding() -> sa.Select[Any]:
    same = _revision.alias("same")
    return sa.select(*_became(same)).where(_is_this_save(same, _given("client_id")))


_stored_at_once = _storing_at_once()
_found = _finding()
_stored = {
    "sqlite": _storing_held(),
    # The same save may have come while the sitting's row was waited for: then it is found here.
    "postgresql": sa.union_all(sa.select(_storing_held().cte("stored")), _found),
}


def save(writer: Writer, command: Save, grace: timedelta) -> Outcome:
    """Store one save and say what became of it. The same (client_id, client_seq) again gives the stored answer.

    :raises NotFound: when the sitting is not this person's, or the exercise has no such task.
    :raises LoginEnded: when the login is over. :raises AnswerTooLong: above 64 KB. :raises AnswerRefused: when it is
        not an answer to this task. In each of these cases nothing is stored, and the page keeps the text.
    :raises Busy: when the database could not be had in time, or was full or gone.
    """
    return writer.run(
        lambda connection: _step_by_step(connection, command, grace), at_once=_at_once(command, grace)
    )


def _step_by_step(connection: Connection, command: Save, grace: timedelta) -> Outcome:
    in_pause = IN_PAUSE + command.client_id
    sitting = connection.execute(
        _held, {**_values(command), "person_id": command.person_id, "client_id_in_pause": in_pause}
    ).one_or_none()
    if sitting is None:
        raise errors.NotFound
    if not sitting.is_active or sitting.login_epoch != command.login_epoch:
        raise LoginEnded
    exercise = versions.get(connection, sitting.version_hash)
    task = versions.kind_of(exercise).task(exercise, command.task)
    if task is None:
        raise errors.NotFound
    body = _body(exercise, command)
    verdict = may_write(sitting, exercise, command.task, command.arrived_at, grace)
    if verdict is Verdict.CLOSED:
        return _outcome(command, sitting, Code.NOT_OPEN, number=0, head=0)
    statement = _found if sitting.is_known else _stored[connection.dialect.name]
    is_writer = command.writer_epoch == sitting.writer_epoch
    now = connection.execute(
        statement,
        {
            **_values(command),
            "client_id": in_pause if verdict is Verdict.PAUSED else command.client_id,
            "version_hash": sitting.version_hash,
            "body": body,
            "epoch": command.writer_epoch,
            "is_in_grace": verdict is Verdict.GRACE,
            "may_count": verdict in (Verdict.OPEN, Verdict.GRACE)
            and is_writer
            and not (task.is_final and command.base_number),
            "kind_beside": RevisionKind.LATE if verdict is Verdict.LATE else RevisionKind.SIDE,
        },
    ).one()
    if now.task != command.task:
        raise AnswerRefused(code="sequence_used_for_another_task")
    code = _code(now, task, verdict, is_writer=is_writer)
    # What is stored is not shown during a pause; what was erased is blank, which no value is.
    is_shown = bool(now.counting) and code is not Code.PAUSED
    return _outcome(
        command,
        sitting,
        code,
        number=now.number,
        head=max(now.head, now.number) if code is Code.SAVED else now.head,
        is_in_grace=now.is_in_grace and code is Code.SAVED,
        server_value=json.loads(now.counting) if is_shown else None,
        body=now.body,
    )


def _at_once(command: Save, grace: timedelta) -> Statement[Outcome] | None:
    """The one statement, for a save that is ordinary as far as its page knows; it gives None where it did not store.

    The decision about time is made on the clock that the page knows. The statement stores only where the sitting has
    that clock and all else is as expected, so what was decided holds in its transaction.
    """
    known = command.clock
    if known is None or (exercise := versions.kept(known.version_hash)) is None:
        return None
    task = versions.kind_of(exercise).task(exercise, command.task)
    if task is None or (task.is_final and command.base_number):
        return None
    if may_write(known, exercise, command.task, command.arrived_at, grace) is not Verdict.OPEN:
        return None
    try:
        body = _body(exercise, command)
    except errors.KleiError:
        return None  # first of all it must be clear whose sitting this is
    values = {
        **_values(command),
        "person_id": command.person_id,
        "login_epoch": command.login_epoch,
        "writer_epoch": command.writer_epoch,
        "body": body,
        **{name: getattr(known, name) for name in clocks.NAMES},
    }

    def store(connection: Connection) -> Outcome | None:
        number = connection.execute(_stored_at_once, values).scalar()
        if number is None:
            return None
        return Outcome(
            code=Code.SAVED,
            number=number,
            head=number,
            remaining_ms=remaining_ms(known, command.arrived_at),
            writer_epoch=command.writer_epoch,
            body=body,
        )

    return store


def _values(command: Save) -> dict[str, Any]:
    return {name: getattr(command, name) for name in _AS_IT_ARRIVED}


def _body(exercise: Exercise, command: Save) -> str:
    return spelled(_parsed(versions.kind_of(exercise).parse, exercise, command))


def _parsed(parse: Any, exercise: Exercise, command: Save) -> Any:
    try:
        return parse(exercise, command.task, command.posted)
    except InvalidAnswer as error:
        if error.code == "too_long":
            raise AnswerTooLong from error
        raise AnswerRefused(code=error.code) from error


def spelled(value: Any) -> str:
    """The one spelling in which values are stored.

    :raises AnswerTooLong: above 64 KB.
    """
    body = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(body) > LONGEST_ANSWER or len(body.encode("utf-8", "surrogatepass")) > LONGEST_ANSWER:
        raise AnswerTooLong
    return body


def _code(now: Any, task: Task, verdict: Verdict, *, is_writer: bool) -> Code:
    """What became of a save, by the revision that it is now."""
    if verdict is Verdict.PAUSED:
        return Code.PAUSED
    if now.kind in COUNTING:
        return Code.SAVED
    if now.kind is RevisionKind.LATE:
        return Code.LATE
    if not is_writer:
        return Code.ELSEWHERE
    return Code.ALREADY_SENT if task.is_final and now.head else Code.STALE


def _outcome(command: Save, sitting: Any, code: Code, **values: Any) -> Outcome:
    return Outcome(
        code=code,
        remaining_ms=remaining_ms(sitting, command.arrived_at),
        writer_epoch=sitting.writer_epoch,
        elsewhere_at=sitting.taken_over_at if code is Code.ELSEWHERE else None,
        clock=clocks.of(sitting),
        **values,
    )


def remaining_ms(sitting: Any, at: datetime, latest_end_at: datetime | None = None) -> int:
    """Milliseconds until the end: the deadline minus now; 0 when it is over.

    For a paused sitting what will remain after the pause, as far as the centre's latest end (where given) leaves it.
    """
    if sitting.state is SittingState.PAUSED:
        left = sitting.deadline_at - sitting.paused_at
        if latest_end_at is not None:
            left = min(left, latest_end_at - at)
    elif sitting.state is SittingState.RUNNING:
        left = sitting.deadline_at - at
    else:
        return 0
    return max(0, int(left / timedelta(milliseconds=1)))


# Reading.


@dataclass(frozen=True)
class Work:
    """What counts of a sitting at one moment: the answers, and when the newest of them arrived."""

    answers: dict[str, kinds.Answer]
    last_at: datetime | None

    @property
    def heads(self) -> dict[str, int]:
        """The number of the counting revision per task: what the page bases its next save on."""
        return {task: answer.revision for task, answer in self.answers.items()}

    def age(self, at: datetime) -> int | None:
        """Milliseconds since the newest revision that counts arrived; None when there is none."""
        return None if self.last_at is None else max(0, int((at - self.last_at) / timedelta(milliseconds=1)))


# Made once: every page of an exercise asks it.
_of_sitting = (
    sa.select(Answer.task, Answer.number, Answer.body, Answer.arrived_at)
    .where(Answer.sitting_id == bindparam("sitting"))
    .order_by(Answer.id)
)


def work(session: Session, sitting: Sitting) -> Work:
    """Everything that a page shows of a sitting's answers, in one query."""
    session.flush()  # Core does not do so by itself
    return work_of(session, sitting, session.connection().execute(_of_sitting, {"sitting": sitting.id}).all())


def work_of(session: Session, sitting: Sitting, rows: Iterable[Any]) -> Work:
    """The same of rows of the view ``answer`` that were read in the order of writing."""
    _load_ledgers(session, {sitting.id: sitting})
    found: dict[str, kinds.Answer] = {}
    last_at = None
    for row in rows:
        at = row.arrived_at
        found[row.task] = answer_of(row, sitting.minute_at(at), len(found) + 1, sitting.minute_known(at))
        last_at = row.arrived_at if last_at is None else max(last_at, row.arrived_at)
    return Work(found, last_at)


def counting(session: Session, sitting: Sitting) -> dict[str, kinds.Answer]:
    """The answers that count, with exercise minute and order, as the kinds take them."""
    return work(session, sitting).answers


def counting_of_many(
    session: Session, sittings: Mapping[UUID, Sitting]
) -> dict[UUID, dict[str, kinds.Answer]]:
    """The counting answers of several sittings in one query, and one more where time was given back to some."""
    _load_ledgers(session, sittings)
    found: dict[UUID, dict[str, kinds.Answer]] = {sitting: {} for sitting in sittings}
    rows = session.execute(
        sa.select(Answer.sitting_id, Answer.task, Answer.number, Answer.body, Answer.arrived_at)
        .where(Answer.sitting_id.in_(sittings))
        .order_by(Answer.id)
    )
    for row in rows:
        answers = found[row.sitting_id]
        sitting, at = sittings[row.sitting_id], row.arrived_at
        answers[row.task] = answer_of(row, sitting.minute_at(at), len(answers) + 1, sitting.minute_known(at))
    return found


def answer_of(row: Any, minute: float, order: int, shown: float | None = None) -> kinds.Answer:
    """A row of the view ``answer`` as the kinds take it."""
    value = json.loads(row.body) if row.body else ""
    return kinds.Answer(row.task, value, minute, order, row.number, shown)


def _load_ledgers(session: Session, sittings: Mapping[UUID, Sitting]) -> None:
    """The ledgers that exercise minutes need, in one query for all."""
    wanted: dict[UUID, list[Adjustment]] = {
        sitting.id: []
        for sitting in sittings.values()
        if sitting.credited_seconds and "adjustments" in sa.inspect(sitting).unloaded
    }
    if not wanted:
        return
    for entry in session.scalars(
        sa.select(Adjustment)
        .where(Adjustment.sitting_id.in_(wanted))
        .order_by(Adjustment.at, Adjustment.ends_at)
    ):
        wanted[entry.sitting_id].append(entry)
    for sitting_id, entries in wanted.items():
        set_committed_value(sittings[sitting_id], "adjustments", entries)


def minute_shown(sitting: Sitting, exercise: Exercise, at: datetime) -> float:
    """The exercise minute whose parts the participant sees: the highest reached, within the phase that is open.

    A credit sets the minute back. A message that was shown or answered before must not vanish by it; a phase that it
    opens again is open again.
    """
    return shown(sitting.minute_at(at), sitting.minute_reached(at), exercise)


def shown(minute: float, reached: float, exercise: Exercise) -> float:
    """The same, from the minute and the highest one that was reached."""
    phases = versions.kind_of(exercise).phases(exercise)
    opened = [phase.until for phase in phases if minute < phase.until <= reached]
    return max(minute, min([reached, *(until - A_MOMENT for until in opened)]))


def late_count(session: Session, sitting: Sitting) -> int:
    """How many texts arrived after the end and are kept as evidence."""
    return (
        session.scalar(
            sa.select(sa.func.count(sa.distinct(Revision.task))).where(
                Revision.sitting_id == sitting.id, Revision.kind == RevisionKind.LATE
            )
        )
        or 0
    )
