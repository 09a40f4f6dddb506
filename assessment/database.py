"""The base of all models, the UTC type, and the engine per database: SQLite in WAL mode or PostgreSQL.

On SQLite every transaction that may write begins with BEGIN IMMEDIATE and in turn: a lock in this process and a
file lock between processes, so that nobody polls for the write lock and writes never overlap a checkpoint.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from assessment.errors import Busy
from assessment.writers import PATIENCE, DirectWriter, GatheringWriter, Writer

CONNECTIONS = 16
"""How many connections to PostgreSQL a process has at most: a worker's jobs hold two each."""
IDLE = 1.0
"""Seconds without use after which a connection to PostgreSQL is tried before it is used again."""


class Moment(TypeDecorator[datetime]):
    """An instant: aware and in UTC on the way in and out, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(kind: type[StrEnum], name: str) -> sa.Enum:
    """A column of one of these words, stored as text and checked by the database."""
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


class Base(DeclarativeBase):
    """The base of all models: named constraints, instants in UTC."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads a plain dict here
        datetime: Moment(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
        str: sa.Text(),
    }


class Identified:
    """A row that other places point to by a random id."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-10)


class Turn:
    """Whose turn it is to write to one SQLite file: first a lock between threads, then one between processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.threads = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self.threads = threading.Lock()

    def take(self, descriptor: int) -> None:
        """
        Another process gives the turn back with its transaction, or with its end.

        :raises Busy: when none of this process's threads gave it back within PATIENCE.
        """
        if not self.threads.acquire(timeout=PATIENCE):
            raise Busy()
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def give_back(self, descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        self.threads.release()


class Database:
    """An engine, and sessions that read or write."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """``connections`` is how many to PostgreSQL there may be at once; they are opened as they are needed."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # Parameters are hidden in errors: what people wrote does not belong into a log.
        if self.is_sqlite:
            assert self.url.database
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(
                self.url, pool_size=32, max_overflow=8, pool_timeout=PATIENCE, hide_parameters=True
            )
            self._take_turns(Turn(Path(self.url.database + ".turn")))
        else:
            self.engine = sa.create_engine(
                self.url,
                pool_size=connections,
                max_overflow=0,  # what overflows would be closed and opened again under load
                pool_use_lifo=True,  # so that a calm hour opens few
                pool_timeout=PATIENCE,
                hide_parameters=True,
            )
            self._ask_the_idle()
        self.writing_engine = self.engine.execution_options(will_write=True)
        self.asking_engine = (
            self.engine.execution_options(begins=False)
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        """For a question or two, each of which sees what is stored then: no journeys, or turns, to begin a transaction
        and to end it."""
        self.writer: Writer = (GatheringWriter if self.is_sqlite else DirectWriter)(self.writing_engine)
        self.beside: dict[str, Any] = {}
        """What every session carries in its ``info``: the queue of background work and Redis, if there are."""

    def _ask_the_idle(self) -> None:
        """Try a connection that lay idle before it is used, so that nobody gets one that has died meanwhile.

        One that was just used needs no question: a writer begins anew where it has died in between.
        """
        dialect: Any = self.engine.dialect

        @event.listens_for(self.engine, "checkout")
        def checkout(connection: Any, record: Any, _proxy: Any) -> None:
            if time.monotonic() - record.info.get("used", 0.0) < IDLE:
                return
            try:
                dialect.do_ping(connection)
            except dialect.loaded_dbapi.Error as error:
                raise sa.exc.InvalidatePoolError from error

        @event.listens_for(self.engine, "connect")
        @event.listens_for(self.engine, "checkin")
        def used(_connection: Any, record: Any) -> None:
            record.info["used"] = time.monotonic()

    def _take_turns(self, turn: Turn) -> None:
        @event.listens_for(self.engine, "connect")
        def connect(connection: Any, record: Any) -> None:
            connection.isolation_level = None
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "busy_timeout=2000",
                "recursive_triggers=ON",
            ):
                connection.execute(f"PRAGMA {pragma}")
            record.info["turn"] = os.open(turn.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

        @event.listens_for(self.engine, "begin")
        def begin(connection: Connection) -> None:
            options = connection.get_execution_options()
            if not options.get("will_write"):
                if options.get("begins", True):
                    connection.exec_driver_sql("BEGIN")
                return
            info = connection.connection.info
            turn.take(info["turn"])
            info["has_turn"] = True
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        # At checkin, not in the "commit" event: that fires before COMMIT.
        @event.listens_for(self.engine, "checkin")
        def checkin(connection: Any, record: Any) -> None:
            if record.info.pop("has_turn", False):
                turn.give_back(record.info["turn"])

        @event.listens_for(self.engine, "close")
        def close(connection: Any, record: Any) -> None:
            if record.info.pop("has_turn", False):
                turn.give_back(record.info["turn"])
            descriptor = record.info.pop("turn", None)
            if descriptor is not None:
                os.close(descriptor)

    def session(self, *, writes: bool) -> Session:
        """A session whose transaction begins at its first statement; the caller commits and closes."""
        return Session(
            self.writing_engine if writes else self.engine, expire_on_commit=False, info=dict(self.beside)
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; nothing is ever stored."""
        with self.session(writes=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end, or stores nothing when an error is raised."""
        with self.session(writes=True) as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        self.writer.stop()
        self.engine.dispose()


def broke_off(session: Session) -> bool:
    """Whether the transaction has ended although nobody here ended it: the connection died, or SQLite's disk failed.

    Then all that was done in it is gone, and on SQLite what follows would be stored statement by statement.
    """
    connection = session.connection()
    if connection.invalidated:
        return True
    raw: Any = connection.connection.driver_connection
    return connection.dialect.name == "sqlite" and not raw.in_transaction
