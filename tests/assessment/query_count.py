"""Counts the statements that a piece of work sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from assessment.database import Database


@dataclass
class Count:
    """The statements so far."""

    statements: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    """What each of them was sent with."""

    @property
    def n(self) -> int:
        return len(self.statements)


@contextmanager
def counting(database: Database) -> Iterator[Count]:
    """Count what is sent within the block; BEGIN and COMMIT are not counted."""
    count = Count()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            count.statements.append(statement)
            count.values.append(values)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
