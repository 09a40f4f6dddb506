"""Glances: what a page at work asks several times a minute, the clock and what has arrived.

One statement answers who asks, whose sitting it is and how it stands, without an object per row; another follows only
where time was given back, or where what arrives depends on what was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from assessment import errors
from assessment.access import PERMISSIONS, Permission
from assessment.models.answer import Answer
from assessment.models.centre import Centre
from assessment.models.concern import Concern
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, Role
from assessment.models.presence import Presence
from assessment.models.sitting import (
    Adjustment,
    Sitting,
    SittingState,
    minute_known_of,
    minute_of,
    minute_reached_of,
)
from assessment.services import answers, presences, sittings, versions
from exercises import kind as kinds
from exercises.content import Exercise


@dataclass(frozen=True)
class Glance:
    """How a sitting stands at a moment."""

    sitting: Any
    """The row of its clock: id, state, deadline_at, paused_at, submitted_at, writer_epoch, taken_over_at."""
    is_over: bool
    remaining_ms: int
    needs_sign_of_life: bool
    """Whether it has begun and nothing was heard from its page for a while."""
    has_concerns: bool
    minute: float | None = None
    """The exercise minute whose parts are shown; None unless it runs."""
    parts: tuple[str, ...] = ()
    """What has arrived; empty unless it runs."""


_taking_part = [role for role, opened in PERMISSIONS.items() if Permission.SIT in opened]

_asked = (
    sa.select(
        Person.is_active,
        Person.login_epoch,
        sa.exists().where(Role.person_id == Person.id, Role.role.in_(_taking_part)).label("takes_part"),
        Enrolment.id.label("enrolment_id"),
        Sitting.id,
        Sitting.version_hash,
        Sitting.state,
        Sitting.started_at,
        Sitting.deadline_at,
        Sitting.time_factor,
        Sitting.is_untimed,
        Sitting.credited_seconds,
        Sitting.paused_at,
        Sitting.submitted_at,
        Sitting.writer_epoch,
        Sitting.taken_over_at,
        Centre.latest_end_at,
        Presence.seen_at,
        sa.exists().where(Concern.sitting_id == Sitting.id).label("has_concerns"),
    )
    .select_from(Person)
    .outerjoin(Sitting, Sitting.id == bindparam("sitting"))
    .outerjoin(Enrolment, sa.and_(Enrolment.id == Sitting.enrolment_id, Enrolment.person_id == Person.id))
    .outerjoin(Centre, Centre.id == Enrolment.centre_id)
    .outerjoin(Presence, Presence.sitting_id == Sitting.id)
    .where(Person.id == bindparam("person"))
)
_ledger = (
    sa.select(Adjustment.kind, Adjustment.at, Adjustment.from_at, Adjustment.until_at)
    .where(Adjustment.sitting_id == bindparam("sitting"))
    .order_by(Adjustment.at, Adjustment.ends_at)
)


@lru_cache(maxsize=64)
def _followed(exercise: Exercise) -> sa.Executable | None:
    """Asks for the answers that decide what arrives, and for no long draft beside them; None where none does."""
    names = sorted(versions.kind_of(exercise).followed(exercise))
    if not names:
        return None
    return (
        sa.select(Answer.task, Answer.number, Answer.body, Answer.arrived_at)
        .where(Answer.sitting_id == bindparam("sitting"))
        .where(sa.or_(*(Answer.task.like(name.replace("*", "%")) for name in names)))
        .order_by(Answer.id)
    )


def take(connection: Connection, sitting_id: UUID, login: tuple[UUID, int], at: datetime) -> Glance | None:
    """How a sitting stands, for the person and login epoch that a cookie claims; None when that login is over.

    :raises NotFound: when the sitting is not theirs, no longer counts, or they take no part in anything.
    """
    row = connection.execute(_asked, {"sitting": sitting_id, "person": login[0]}).one_or_none()
    if row is None or not row.is_active or row.login_epoch != login[1]:
        return None
    if not row.takes_part or row.enrolment_id is None or row.state is SittingState.VOID:
        raise errors.NotFound
    is_over = sittings.is_over(row, at)
    minute: float | None = None
    parts: tuple[str, ...] = ()
    if row.state is SittingState.RUNNING and not is_over:
        minute, parts = _arrived(connection, row, at)
    return Glance(
        sitting=row,
        is_over=is_over,
        remaining_ms=answers.remaining_ms(row, at, row.latest_end_at),
        needs_sign_of_life=row.started_at is not None and presences.is_old(row.seen_at, at),
        has_concerns=bool(row.has_concerns),
        minute=minute,
        parts=parts,
    )


def _arrived(connection: Connection, row: Any, at: datetime) -> tuple[float, tuple[str, ...]]:
    entries = connection.execute(_ledger, {"sitting": row.id}).all() if row.credited_seconds else ()
    exercise = versions.get(connection, row.version_hash)
    minute = answers.shown(minute_of(row, entries, at), minute_reached_of(row, entries, at), exercise)
    kind = versions.kind_of(exercise)
    given: Mapping[str, kinds.Answer] = {}
    if (asked := _followed(exercise)) is not None:
        given = {
            found.task: answers.answer_of(
                found,
                minute_of(row, entries, found.arrived_at),
                order,
                minute_known_of(row, entries, found.arrived_at),
            )
            for order, found in enumerate(connection.execute(asked, {"sitting": row.id}), 1)
        }
    return minute, kind.parts(exercise, given, minute)
