"""Writes Events in the same transaction as the change, chained per centre by hash.

Entries are gathered in the session and written just before its commit, so that the head row of each chain is locked
last and for as short as possible; what was gathered in a savepoint that is rolled back goes with it. An Event holds
ids and hashes, never words or names.
"""

import hashlib
import json
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from assessment import clock
from assessment.access import Actor
from assessment.models.event import INSTALLATION, ChainHead, Event

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request or command that changes are made in."""

START = "0" * 64
_gathered_before: WeakKeyDictionary[SessionTransaction, int] = WeakKeyDictionary()
"""How many entries there were when a savepoint began."""


@dataclass(frozen=True)
class Entry:
    chain: str
    at: datetime
    actor_id: UUID | None
    action: str
    subject: str
    subject_id: str
    details: dict[str, Any]


def record(
    session: Session,
    action: str,
    subject: str,
    subject_id: UUID | str,
    *,
    by: Actor | UUID | None,
    centre_id: UUID | None = None,
    **details: Any,
) -> None:
    """Note that ``action`` ("sitting.sealed") happened; it is written when the session commits."""
    session.info.setdefault("journal", []).append(
        Entry(
            chain=str(centre_id) if centre_id else INSTALLATION,
            at=clock.now(),
            actor_id=by.person_id if isinstance(by, Actor) else by,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            details={name: _plain(value) for name, value in details.items()},
        )
    )


@event.listens_for(Session, "after_transaction_create")
def _count(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _gathered_before[transaction] = len(session.info.get("journal", ()))


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():  # only a savepoint ends: the heads would be held from here on
        return
    entries: list[Entry] = session.info.pop("journal", [])
    if not entries:
        return
    session.flush()
    by_chain: dict[str, list[Entry]] = {}
    for entry in entries:
        by_chain.setdefault(entry.chain, []).append(entry)
    for chain in sorted(by_chain):  # one order for all transactions, so that two never wait for each other
        _append(session, chain, by_chain[chain])


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    while not transaction.nested and transaction.parent is not None:  # a flush, which takes all with it
        transaction = transaction.parent
    del session.info.get("journal", [])[_gathered_before.get(transaction, 0) :]


# Made once: each change asks them, and on PostgreSQL all changes of a centre wait for its head.
_head = (
    sa.select(ChainHead.sequence, ChainHead.hash)
    .where(ChainHead.chain == sa.bindparam("of"))
    .with_for_update()
)
_add = sa.insert(Event)
_move = (
    sa.update(ChainHead)
    .where(ChainHead.chain == sa.bindparam("of"))
    .values(sequence=sa.bindparam("to"), hash=sa.bindparam("new"))
)


def _append(session: Session, chain: str, entries: list[Entry]) -> None:
    connection = session.connection()
    head = connection.execute(_head, {"of": chain}).one_or_none()
    if head is None:  # the first of this chain, here or in somebody else's transaction at the same time
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(
            dialect.insert(ChainHead).values(chain=chain, sequence=0, hash=START).on_conflict_do_nothing()
        )
        head = connection.execute(_head, {"of": chain}).one()
    sequence, previous = head.sequence, head.hash
    rows = []
    for entry in entries:
        sequence += 1
        row = {
            "chain": chain,
            "sequence": sequence,
            "at": entry.at,
            "actor_id": entry.actor_id,
            "action": entry.action,
            "subject": entry.subject,
            "subject_id": entry.subject_id,
            "details": entry.details,
            "request_id": request_id.get(),
            "previous_hash": previous,
        }
        previous = row["hash"] = _hash(row)
        rows.append(row)
    connection.execute(_add, rows)
    connection.execute(_move, {"of": chain, "to": sequence, "new": previous})


def verify(session: Session) -> Iterator[str]:
    """What is wrong in the journal, a sentence each; nothing when every chain holds."""
    heads = {head.chain: head for head in session.scalars(sa.select(ChainHead))}
    last: dict[str, tuple[int, str]] = {}
    events = session.scalars(sa.select(Event).order_by(Event.chain, Event.sequence)).yield_per(500)
    for entry in events:
        sequence, previous = last.get(entry.chain, (0, START))
        if entry.sequence != sequence + 1:
            yield f"{entry.chain}: events {sequence + 1} to {entry.sequence - 1} are missing"
        if entry.previous_hash != previous:
            yield f"{entry.chain}: event {entry.sequence} does not follow the one before it"
        row = {column.key: getattr(entry, column.key) for column in sa.inspect(Event).columns}
        if row.pop("hash") != _hash(row):
            yield f"{entry.chain}: event {entry.sequence} was changed"
        last[entry.chain] = (entry.sequence, entry.hash)
    for chain, head in heads.items():
        if last.get(chain, (0, START)) != (head.sequence, head.hash):
            yield f"{chain}: the chain does not end where it should; events at its end were removed"
    for chain in last.keys() - heads.keys():
        yield f"{chain}: the chain has no head"


def spelled(entry: Event) -> str:
    """The very text whose SHA-256 is the hash of an entry, so that anybody can check it without Klei."""
    return _spelled({column.key: getattr(entry, column.key) for column in sa.inspect(Event).columns})


def _spelled(row: dict[str, Any]) -> str:
    plain = {name: _plain(value) for name, value in row.items() if name != "hash"}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(row: dict[str, Any]) -> str:
    return hashlib.sha256(_spelled(row).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return value
