"""Alembic: how the tables came to be, on SQLite and PostgreSQL, up and down."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from assessment.database import Database


def config(connection: Any = None) -> Config:
    """Alembic's settings; migrations run on this connection."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables up to a revision, all of it or nothing."""
    with database.writing_engine.begin() as connection:
        command.upgrade(config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a revision."""
    with database.writing_engine.begin() as connection:
        command.downgrade(config(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the tables are those that this release needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
