"""Backup and restore: one file, a whole and consistent database, made while people work.

SQLite copies itself through its backup interface; PostgreSQL is dumped and restored by its own programs. A backup holds
everything except the secret key and the files that are made anew (fonts, archives, the queue).
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import sqlalchemy as sa

from assessment import clock
from assessment.database import Database


class BackupError(Exception):
    """It could not be done; the message says what to do. Nothing was changed."""


def make(database: Database, target: Path) -> None:
    """Write a backup to a new file. It holds every save that was acknowledged before this began.

    :raises BackupError: when the file exists, or the copy is not whole.
    """
    if target.exists():
        raise BackupError(f"{target} exists already; choose another name")
    if not target.parent.is_dir():
        raise BackupError(f"there is no folder {target.parent}")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        part.touch(0o600)  # it holds what people wrote: for its owner alone, before anything is in it
        if database.is_sqlite:
            _copy(_path(database), part)
        else:
            _call(
                database,
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--file={part}",
                _address(database),
            )
        _keep(part, target)
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, source: Path) -> Path | None:
    """Put a backup in the place of the database, while the service and its workers are stopped.

    On SQLite the database that was there is moved aside, and its new place returned. On PostgreSQL the database has to
    be empty, so that nothing is ever overwritten.

    :raises BackupError: when this is no backup, the database is in use, or it is not empty.
    """
    if not source.is_file():
        raise BackupError(f"there is no file {source}")
    if database.is_sqlite:
        return _restore_sqlite(database, source)
    _restore_postgresql(database, source)
    return None


def _keep(part: Path, target: Path) -> None:
    """Give a finished file its name, so that it is there after a power cut too."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# SQLite.


def _path(database: Database) -> Path:
    assert database.url.database
    return Path(database.url.database)


def _copy(source: Path, target: Path) -> None:
    """All pages in one step: it reads as one transaction does, and in WAL mode readers hold up no writer."""
    old, new = sqlite3.connect(source), sqlite3.connect(target)
    try:
        old.backup(new, pages=-1)
        new.execute(
            "PRAGMA journal_mode=DELETE"
        )  # a single file, without a companion that could be left behind
        _check(new, target)
    finally:
        new.close()
        old.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path} is not a database of Klei, or it is damaged: {error}") from None
    if found != "ok":
        raise BackupError(f"{path} is damaged: {found}")


def _restore_sqlite(database: Database, source: Path) -> Path | None:
    target = _path(database)
    database.dispose()
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as found:
        _check(found, source)
    found.close()
    part = target.with_name(target.name + ".restoring")
    part.unlink(missing_ok=True)
    try:
        _copy(source, part)
        aside = _move_aside(target) if target.exists() else None
        _keep(part, target)
    finally:
        part.unlink(missing_ok=True)
    return aside


def _move_aside(target: Path) -> Path:
    """The present database under another name, with all that is still in its log."""
    connection = sqlite3.connect(target, timeout=1, isolation_level=None)
    try:
        # Only possible while nobody else has it open; it also brings the log home into the file.
        connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise BackupError("the database is in use: stop the service and its workers first") from None
    except sqlite3.DatabaseError:
        pass  # what is damaged is moved aside as it is
    finally:
        connection.close()
    aside = target.with_name(f"{target.name}.until-{clock.now():%Y%m%dT%H%M%S}")
    for suffix in ("-wal", "-shm"):
        companion = target.with_name(target.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    target.rename(aside)
    return aside


# PostgreSQL.


def _restore_postgresql(database: Database, source: Path) -> None:
    _call(database, "pg_restore", "--list", str(source))  # is it a dump at all?
    with database.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise BackupError(
                "the database is not empty: make a new one (createdb), name it in KLEI_DATABASE_URL, and restore into that"
            )
    _call(
        database,
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        f"--dbname={_address(database)}",
        str(source),
    )


def _address(database: Database) -> str:
    """The database as libpq names it; the password goes by the environment, where no process list shows it."""
    return database.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _call(database: Database, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is missing: install the client programs of PostgreSQL, of the server's release"
        )
    environment = {**os.environ, "PGPASSWORD": database.url.password} if database.url.password else None
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")
