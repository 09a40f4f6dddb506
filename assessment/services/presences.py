"""Presences: the last contact of a sitting's page, and the spells in which it was cut off.

A sign of life is written by itself and at most every half minute, so that asking for the clock stays a reading. A
spell gives no time: one's own broken connection gives no credit, because work goes on (decisions of the delivery).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from assessment import errors, journal
from assessment.access import Actor
from assessment.models.presence import Interruption, InterruptionKind, Presence
from assessment.models.sitting import Sitting, SittingState
from assessment.services import sittings
from assessment.writers import Writer

EVERY = timedelta(seconds=30)
"""How often a sign of life is written, at most."""
AWAY_AFTER = timedelta(seconds=90)
"""So long without any contact, and the return notes an interruption."""
LONGEST_SPELL = timedelta(days=2)
MOST_SPELLS = 400


class TooManySpells(errors.KleiError):
    status = 429
    sentence = "No more interruptions are kept of this exercise."


@dataclass(frozen=True)
class Spell:
    """An interruption as a page tells it: how long it lasted and how long ago it ended, by a clock that only runs forward."""

    client_seq: int
    kind: InterruptionKind
    lasted: timedelta
    ended_ago: timedelta


def is_old(seen_at: datetime | None, at: datetime) -> bool:
    """Whether it is time for another sign of life."""
    return seen_at is None or at - seen_at >= EVERY


def _upsert(dialect: Any) -> sa.Insert:
    given = dialect.insert(Presence).values(
        sitting_id=sa.bindparam("sitting"), seen_at=sa.bindparam("moment")
    )
    return cast(
        sa.Insert,
        given.on_conflict_do_update(
            index_elements=["sitting_id"],
            set_={"seen_at": given.excluded.seen_at},
            where=Presence.seen_at < given.excluded.seen_at,
        ),
    )


_seen = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}


def tell(writer: Writer, sitting_id: UUID, seen_at: datetime | None, at: datetime) -> None:
    """Write a sign of life for who knows when the page was last seen: in one statement, unless it was long ago.

    :raises Busy: when the database could not be had.
    """
    if seen_at is not None and at - seen_at >= AWAY_AFTER:
        writer.run(lambda connection: note(connection, sitting_id, at))
        return

    def statement(connection: Connection) -> int:
        return _write(connection, sitting_id, at)

    writer.run(statement, at_once=statement)


def _write(connection: Connection, sitting_id: UUID, at: datetime) -> int:
    return connection.execute(_seen[connection.dialect.name], {"sitting": sitting_id, "moment": at}).rowcount


def note(connection: Connection, sitting_id: UUID, at: datetime) -> None:
    """Write a sign of life; after a long silence of a running sitting also the spell that ended with it.

    Runs by itself, with ``database.writer.run``.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = connection.execute(
        sa.select(Presence.seen_at, Sitting.state, Sitting.deadline_at)
        .join(Sitting, Sitting.id == Presence.sitting_id)
        .where(Presence.sitting_id == sitting_id)
        .with_for_update(of=Presence)
    ).one_or_none()
    if row is not None and at - row.seen_at < EVERY:
        return
    if row is not None and row.state is SittingState.RUNNING:
        ended_at = min(at, row.deadline_at)
        if ended_at - row.seen_at >= AWAY_AFTER:
            connection.execute(
                dialect.insert(Interruption)
                .values(
                    id=uuid4(),
                    sitting_id=sitting_id,
                    client_id="",
                    client_seq=int(row.seen_at.timestamp()),
                    kind=InterruptionKind.AWAY,
                    began_at=row.seen_at,
                    ended_at=ended_at,
                    seconds=(ended_at - row.seen_at).total_seconds(),
                    reported_at=at,
                )
                .on_conflict_do_nothing()
            )
    _write(connection, sitting_id, at)


def report(
    session: Session,
    sitting_id: UUID,
    client_id: str,
    spells: Sequence[Spell],
    arrived_at: datetime,
    *,
    by: Actor,
) -> int:
    """Keep the spells that a page reports on its return; how many were new. The same ones again change nothing.

    They are placed by the server's clock, within the sitting.

    :raises NotFound: when the sitting is not theirs. :raises NotStarted: before its start.
    :raises TooManySpells: above 400 for one sitting.
    """
    sitting = sittings.get(session, sitting_id, by=by, lock=True)
    if sitting.started_at is None:
        raise sittings.NotStarted
    kept = {
        (client, seq)
        for client, seq in session.execute(
            sa.select(Interruption.client_id, Interruption.client_seq).where(
                Interruption.sitting_id == sitting.id
            )
        )
    }
    new = {spell.client_seq: spell for spell in spells if (client_id, spell.client_seq) not in kept}
    if len(kept) + len(new) > MOST_SPELLS:
        raise TooManySpells
    for spell in new.values():
        ended_at = max(sitting.started_at, arrived_at - min(spell.ended_ago, LONGEST_SPELL))
        began_at = max(sitting.started_at, ended_at - min(spell.lasted, LONGEST_SPELL))
        session.add(
            Interruption(
                sitting_id=sitting.id,
                client_id=client_id,
                client_seq=spell.client_seq,
                kind=spell.kind,
                began_at=began_at,
                ended_at=ended_at,
                seconds=(ended_at - began_at).total_seconds(),
                reported_at=arrived_at,
            )
        )
    if new:
        journal.record(
            session,
            "sitting.interrupted",
            "sitting",
            sitting.id,
            by=by,
            centre_id=sitting.enrolment.centre_id,
            spells=len(new),
        )
    return len(new)


def interruptions(session: Session, sitting_id: UUID) -> Sequence[Interruption]:
    """The spells of a sitting, oldest first."""
    return session.scalars(
        sa.select(Interruption)
        .where(Interruption.sitting_id == sitting_id)
        .order_by(Interruption.began_at, Interruption.id)
    ).all()
