"""Alembic: how the tables came to be, on SQLite and PostgreSQL, up and down.

A web process only asks whether the tables are those of its release. It does so without Alembic and the migrations,
which would take 10 MiB of each.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assessment.database import Database

FOLDER = Path(__file__).parent
_REVISION = re.compile(r'^(down_)?revision = ["\'](\w+)["\']$', re.MULTILINE)


def config(connection: Any = None) -> Any:
    """Alembic's settings; migrations run on this connection."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables up to a revision, all of it or nothing."""
    from alembic import command

    with database.writing_engine.begin() as connection:
        command.upgrade(config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a revision."""
    from alembic import command

    with database.writing_engine.begin() as connection:
        command.downgrade(config(connection), revision)


@cache
def head() -> str:
    """The revision that this release needs: the one that no migration follows."""
    found = [_REVISION.findall(path.read_text()) for path in (FOLDER / "versions").glob("*.py")]
    named: set[str] = {name for one in found for down, name in one if not down}
    (last,) = named - {name for one in found for down, name in one if down}
    return last


def is_current(database: Database) -> bool:
    """Whether the tables are those that this release needs."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        current = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return bool(current == head())
