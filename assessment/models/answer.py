"""Answers: per sitting and task the revision that counts. A view, so that one definition serves everybody who asks."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from assessment.database import Base
from assessment.models.sitting import RevisionKind

COUNTING = (RevisionKind.MAIN, RevisionKind.ACCEPTED)
"""The kinds of revision that can count; the newest of them does."""

THAT_COUNT = "kind IN ({})".format(", ".join(f"'{kind.value}'" for kind in COUNTING))
"""The same in SQL, for the view and for the save path."""

DEFINITION = f"""
SELECT revision.id, revision.sitting_id, revision.version_hash, revision.task, revision.number, revision.body,
       revision.arrived_at, revision.is_in_grace
FROM revision
WHERE revision.{THAT_COUNT}
  AND NOT EXISTS (
    SELECT 1 FROM revision AS newer
    WHERE newer.sitting_id = revision.sitting_id AND newer.task = revision.task
      AND newer.number > revision.number AND newer.{THAT_COUNT}
  )
"""  # noqa: S608 -- words of our own
"""The newest main or accepted revision. Asked for one sitting, both databases find it by the unique indexes that
begin with the sitting; a test has both explain their plan."""


class View(DeclarativeBase):
    """The base of what is read from views: not among the tables, so that migrations do not compare it."""

    metadata = sa.MetaData()
    type_annotation_map = Base.type_annotation_map


class Answer(View):
    """What a participant wrote or decided for one task of a sitting, as it counts now. Read only."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True)
    """The id of the revision: the order of writing."""
    sitting_id: Mapped[UUID]
    version_hash: Mapped[str]
    task: Mapped[str]
    number: Mapped[int]
    body: Mapped[str]
    arrived_at: Mapped[datetime]
    is_in_grace: Mapped[bool]


def create(connection: Connection) -> None:
    """Make the view, in place of an older one."""
    drop(connection)
    connection.execute(sa.text(f"CREATE VIEW answer AS {DEFINITION}"))


def drop(connection: Connection) -> None:
    """Take the view away, as each Alembic batch operation on ``revision`` needs."""
    connection.execute(sa.text("DROP VIEW IF EXISTS answer"))


@event.listens_for(Answer, "before_insert")
@event.listens_for(Answer, "before_update")
@event.listens_for(Answer, "before_delete")
def _refuse(_mapper: Any, _connection: Any, _target: Any) -> None:
    raise TypeError("an answer is read; what is written is a revision")
