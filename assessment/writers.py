"""Two ways to run a short piece of work in a transaction, behind one method: on its own, or gathered with others.

On SQLite one thread takes whatever waits, gives each piece a savepoint and commits once: one fsync serves all of
them. A piece of one statement needs no savepoint, because a statement is stored whole or not at all. Nobody is answered
before the commit. PostgreSQL gathers commits itself, so there every piece has its own.
"""

import contextvars
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from assessment.errors import Busy

Result = TypeVar("Result")
Work = Callable[[Connection], Result]
Statement = Callable[[Connection], Result | None]

PATIENCE = 6.0
"""Seconds that a writer waits for its turn before it answers "busy"; above SQLite's busy_timeout of 2 s."""
MOST_AT_ONCE = 64
"""Pieces of work in one transaction, so that nobody waits for an endless one."""

UNAVAILABLE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""The database is locked, full, restarting or gone, or no connection came free: sending again is safe."""


class Writer(Protocol):
    """Runs a piece of work and returns what it returned, after the commit."""

    def run(self, work: Work[Result], at_once: Statement[Result] | None = None) -> Result:
        """Run this in one transaction. ``at_once`` is one statement, and nothing else, which is tried before it.

        Where it gives None, breaks a rule of the database, or where nobody knows whether it was stored, the work finds
        out what is there.

        :raises Busy: when the database could not be had in time, or was full or gone.
        """

    def stop(self) -> None:
        """Let go of what the writer holds; it begins anew with the next piece of work."""


class _ConnectionDied(Exception):
    """The database closed the connection, as it does when it is started again."""


class DirectWriter:
    """A transaction of its own for each piece of work. Where a connection died since its last use, it begins anew."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.asking = engine.execution_options(isolation_level="AUTOCOMMIT")

    def run(self, work: Work[Result], at_once: Statement[Result] | None = None) -> Result:
        if at_once is not None and (result := self._by_itself(at_once)) is not None:
            return result
        has_died = False
        while True:
            try:
                return self._once(work)
            except _ConnectionDied as error:
                if has_died:
                    raise Busy() from error
                has_died = True
            except UNAVAILABLE as error:
                raise Busy() from error

    def _by_itself(self, statement: Statement[Result]) -> Result | None:
        """One statement is a transaction by itself: neither its beginning nor its end is a journey."""
        try:
            with self.asking.connect() as connection:
                return statement(connection)
        except sa.exc.TimeoutError as error:
            raise Busy() from error
        except (sa.exc.IntegrityError, *UNAVAILABLE):
            return None

    def _once(self, work: Work[Result]) -> Result:
        """
        :raises _ConnectionDied: when the connection was lost before COMMIT was sent, so that nothing can be stored.
        """
        is_done = False
        try:
            with self.engine.begin() as connection:
                result = work(connection)
                is_done = True
            return result
        except UNAVAILABLE as error:
            if not is_done and getattr(error, "connection_invalidated", False):
                raise _ConnectionDied from error
            raise

    def stop(self) -> None:
        pass


class _Piece:
    """A piece of work that waits, and what became of it."""

    __slots__ = ("at_once", "context", "done", "error", "expires", "result", "work")

    def __init__(self, work: Work[Any], at_once: Statement[Any] | None) -> None:
        self.work = work
        self.at_once = at_once
        self.context = contextvars.copy_context()
        self.expires = time.monotonic() + PATIENCE
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def finish(self) -> None:
        self.done.release()


class GatheringWriter:
    """One thread that commits what has gathered. It starts with the first piece, in each process for itself.

    It hands over to other threads at each statement and waits until it is its turn again: the fewer, the better.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """A child of a fork has neither the thread nor those who wait for it."""
        self.waiting: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def run(self, work: Work[Result], at_once: Statement[Result] | None = None) -> Result:
        return cast(Result, self._done(_Piece(work, at_once)))

    def _done(self, piece: _Piece) -> Any:
        self.waiting.put(piece)
        if self.thread is None:
            self._start()
        # A little longer than the writer's own patience: what it gave up, it says itself.
        if not piece.done.acquire(timeout=PATIENCE + 1):
            raise Busy
        if piece.error is not None:
            raise piece.error
        return piece.result

    def stop(self) -> None:
        with self.starting:
            thread, self.thread = self.thread, None
            if thread is not None:
                self.waiting.put(None)
                thread.join(PATIENCE)

    def _start(self) -> None:
        with self.starting:
            if self.thread is None:
                self.thread = threading.Thread(target=self._go_on, name="writer", daemon=True)
                self.thread.start()

    def _go_on(self) -> None:
        while (piece := self.waiting.get()) is not None:
            gathered = [piece]
            try:
                self._commit(gathered)
            except BaseException as error:
                for one in gathered:
                    one.error = Busy() if isinstance(error, UNAVAILABLE) else error
            for one in gathered:
                one.finish()

    def _commit(self, gathered: list[_Piece]) -> None:
        """Run these and what comes meanwhile in one transaction; ``gathered`` grows."""
        with self.engine.begin() as connection:
            raw = connection.connection.driver_connection
            done = 0
            while done < len(gathered):
                self._run(connection, raw, gathered[done])
                done += 1
                if done == len(gathered) < MOST_AT_ONCE:
                    self._gather(gathered)

    def _gather(self, gathered: list[_Piece]) -> None:
        while len(gathered) < MOST_AT_ONCE:
            try:
                piece = self.waiting.get_nowait()
            except queue.Empty:
                return
            if piece is None:  # to be stopped: after this transaction
                self.waiting.put(None)
                return
            gathered.append(piece)

    def _run(self, connection: Connection, raw: Any, piece: _Piece) -> None:
        """One piece, so that its error leaves its neighbours stored."""
        if piece.expires < time.monotonic():  # asked after BEGIN: its sender has been told "busy"
            piece.error = Busy()
            return
        try:
            piece.result = self._by_itself(connection, raw, piece)
            if piece.result is None:
                piece.result = self._apart(connection, raw, piece)
        except BaseException as error:
            if not raw.in_transaction or not isinstance(error, Exception):
                raise  # a full disk or a failing one can end the whole transaction: nothing of it was stored
            if isinstance(error, sqlite3.Error):
                raise  # of a savepoint: half of the work may still be there
            piece.error = Busy() if isinstance(error, UNAVAILABLE) else error

    def _by_itself(self, connection: Connection, raw: Any, piece: _Piece) -> Any:
        """A statement is stored whole or not at all."""
        try:
            return piece.context.run(piece.at_once, connection) if piece.at_once else None
        except sa.exc.IntegrityError:
            if not raw.in_transaction:
                raise
            return None

    def _apart(self, connection: Connection, raw: Any, piece: _Piece) -> Any:
        """The work, in a savepoint of its own."""
        raw.execute("SAVEPOINT piece")
        try:
            result = piece.context.run(piece.work, connection)
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK TO piece")
                raw.execute("RELEASE piece")
            raise
        raw.execute("RELEASE piece")
        return result
