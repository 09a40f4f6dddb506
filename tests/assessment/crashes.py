"""Breaks the database under a piece of work at a chosen moment: between its statements, at its commit, or just after it.

On PostgreSQL the process that serves the connection is ended, and the driver finds out by itself. On SQLite a statement
is interrupted, or no file of this process may grow, so that COMMIT finds a disk that fails; only what comes after a
statement or after COMMIT is raised as SQLite raises it, once the transaction was ended or stored.
"""

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import sqlalchemy as sa

from assessment.database import Database

BEFORE = "before a statement"
AFTER = "after a statement"
AT_COMMIT = "at the commit"
ANSWER = "after the commit"
"""Only the answer is lost."""
MOMENTS = (BEFORE, AFTER, AT_COMMIT, ANSWER)
NO_STATEMENT = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


class Crash:
    """One crash that comes when a piece of work gets to its moment.

    ``place`` says which statement it is about; where the work has fewer, the crash comes at the commit. One that
    ``stays`` meets the work each time that it gets there again, on a new connection. A statement that is a transaction
    by itself has its commit within it.
    """

    def __init__(self, database: Database, moment: str, place: int = 1, *, stays: bool = False) -> None:
        self.database = database
        self.moment = moment
        self.place = place
        self.stays = stays
        self.happened = False
        self.is_stored = False
        """Whether what was lost is only the answer."""
        self._sent: dict[int, int] = {}
        """How many statements were sent on each connection."""

    @contextmanager
    def coming(self) -> Iterator[None]:
        """It comes within the block, or not at all; what was broken works again after it."""
        listeners = {
            "before_cursor_execute": self._before,
            "after_cursor_execute": self._after,
            "commit": self._at_commit,
        }
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        for name, listener in listeners.items():
            sa.event.listen(self.database.engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                sa.event.remove(self.database.engine, name, listener)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    def _before(self, connection: sa.Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(NO_STATEMENT):
            return
        sent = self._sent[id(connection)] = self._sent.get(id(connection), 0) + 1
        if self._is_by_itself(connection):
            if self.moment in (BEFORE, AT_COMMIT):
                self._break(connection)
        elif self.moment == BEFORE and sent == self.place:
            self._break(connection)

    def _after(self, connection: sa.Connection, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(NO_STATEMENT):
            return
        if self._is_by_itself(connection):
            if self.moment in (AFTER, ANSWER) and self._comes():
                self.is_stored = self.is_stored or cursor.rowcount > 0
                _kill(connection)
                _driver(connection).execute("SELECT 1")  # raises what the driver raises
        elif self.moment == AFTER and self._sent[id(connection)] == self.place and self._comes():
            if self.database.is_sqlite:
                _driver(connection).rollback()
                raise sqlite3.OperationalError("disk I/O error")
            _kill(connection)
            _driver(connection).execute("SELECT 1")

    def _at_commit(self, connection: sa.Connection) -> None:
        if not self._comes():
            return
        raw = _driver(connection)
        if self.moment == ANSWER:
            self.is_stored = True
            raw.commit()
            if self.database.is_sqlite:
                raise sa.exc.OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))
        if self.database.is_sqlite:
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
            return
        _kill(connection)
        with suppress(psycopg.OperationalError):
            raw.execute("SELECT 1")  # or it takes what is stored already for all that there was to do

    def _break(self, connection: sa.Connection) -> None:
        """So that the statement that is about to be sent fails."""
        if not self._comes():
            return
        if self.database.is_sqlite:
            once = iter([1])
            _driver(connection).set_progress_handler(lambda: next(once, 0), 1)
        else:
            _kill(connection)

    def _comes(self) -> bool:
        comes, self.happened = self.stays or not self.happened, True
        return comes

    def _is_by_itself(self, connection: sa.Connection) -> bool:
        return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _kill(connection: sa.Connection) -> None:
    """The server's process of this connection, from another; it waits until it has gone."""
    process = _driver(connection).info.backend_pid
    url = connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
        while other.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [process]).fetchone() is not None:
            time.sleep(0.001)  # it looks ten times a second itself
