"""The same form sent twice: a double click, or a reload that sends it again, does its part once.

The row is made in the transaction of the form itself. The second of two at once waits for the first to end, and then
finds what became of it; where the first failed, nothing is left of its row and the second has its turn.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment import clock
from assessment.models.person import SentForm

COUNTS_FOR = timedelta(minutes=1)
"""How long the same form from the same drawing of its page counts as the same wish."""


def key(person_id: UUID, path: str, fields: Iterable[tuple[str, str]]) -> str:
    """What makes two forms the same: who, where, and every field. The token among them is new on each drawn page."""
    spelled = repr((str(person_id), path, sorted(fields)))
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def begin(session: Session, key: str) -> str | None:
    """Where this form led when it was sent before; None the first time."""
    now = clock.now()
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(SentForm).values(key=key, at=now, led_to="")
    made = session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"at": now, "led_to": ""}, where=SentForm.at < now - COUNTS_FOR
        ).returning(SentForm.key)
    ).scalar()
    if made is not None:
        return None
    return session.scalar(sa.select(SentForm.led_to).where(SentForm.key == key)) or None


def end(session: Session, key: str, led_to: str | None) -> None:
    """Keep where the form led; without a place it did nothing that must not happen twice."""
    if led_to is None:
        session.execute(sa.delete(SentForm).where(SentForm.key == key))
    else:
        session.execute(sa.update(SentForm).where(SentForm.key == key).values(led_to=led_to))


def clear(session: Session) -> None:
    """Forget the forms that no longer count."""
    session.execute(sa.delete(SentForm).where(SentForm.at < clock.now() - COUNTS_FOR))
