"""Outages: the heartbeat of the web processes, and what an outage gives back.

The beat that finds a gap credits it in its own transaction, before the beat is renewed: whoever comes second, another
process or another machine, finds a fresh beat. The sweep seals nothing while the last beat is stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, contains_eager

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.database import broke_off
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.outage import ONLY, Heartbeat, Outage, OutageQuestion
from assessment.models.person import Person
from assessment.models.sitting import Adjustment, AdjustmentKind, Sitting, SittingState
from assessment.services import ledger

EVERY = timedelta(seconds=5)
"""How often the service shows that it is there."""
SILENCE = timedelta(seconds=15)
"""Without a sign of life for longer than this the service was away. Well below the network grace of 30 s, so that a text
that was held up by a shorter gap still arrives in time."""
MOST = timedelta(hours=4)
"""The most that is given back by itself; beyond it an administrator decides."""

REASON = _("Klei was away.")


def last_beat(session: Session) -> datetime | None:
    """The last sign of life of any web process; None before the first."""
    return session.scalar(sa.select(Heartbeat.beat_at).where(Heartbeat.id == ONLY))


def is_stale(beat_at: datetime, now: datetime) -> bool:
    """Whether the service was away between this beat and now."""
    return now - beat_at > SILENCE


def sealing_until(session: Session, now: datetime, grace: timedelta) -> datetime | None:
    """Deadlines before this moment may be sealed; None while the service is away.

    Never after the last beat: what ended later than that may be in an outage that nobody has found yet.
    """
    beat_at = last_beat(session)
    if beat_at is None:
        return now - grace
    return None if is_stale(beat_at, now) else min(now - grace, beat_at)


def beat(session: Session) -> Outage | None:
    """Show a sign of life. Where the last one is too long ago, what ran gets the gap back first; the outage, if any."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(dialect.insert(Heartbeat).values(id=ONLY, beat_at=clock.now()).on_conflict_do_nothing())
    held = sa.select(Heartbeat.beat_at).where(Heartbeat.id == ONLY).with_for_update()
    last = session.scalars(held).one()
    now = clock.now()  # after the row was had: whoever waited for it must not find a gap that is closed
    found = _find(session, last, now) if is_stale(last, now) else None
    session.execute(sa.update(Heartbeat).where(Heartbeat.id == ONLY).values(beat_at=now))
    return found


def _find(session: Session, last: datetime, now: datetime) -> Outage:
    outage = Outage(from_at=last, until_at=now)
    session.add(outage)
    session.flush()  # its entries need the id
    journal.record(session, "service.was_away", "outage", outage.id, by=None, from_at=last, until_at=now)
    was_at_work = sa.and_(Sitting.state == SittingState.RUNNING, Sitting.deadline_at >= last)
    # The centres first, as whoever moves a latest end or starts takes them: it caps what is given back.
    session.execute(
        sa.select(Centre.id)
        .where(Centre.id.in_(sa.select(Enrolment.centre_id).join(Sitting).where(was_at_work)))
        .order_by(Centre.id)
        .with_for_update(read=True)
    )
    ran = session.scalars(
        sa.select(Sitting)
        .join(Sitting.enrolment)
        .join(Enrolment.centre)
        .where(was_at_work)
        .order_by(Sitting.id)
        .with_for_update(of=Sitting)
        .options(contains_eager(Sitting.enrolment).contains_eager(Enrolment.centre))
        .execution_options(populate_existing=True)
    ).all()
    given_until = _given_until(session)
    asking: set[UUID] = set()
    for sitting in ran:
        try:
            with session.begin_nested():
                if _credit(session, sitting, outage, given_until):
                    asking.add(sitting.enrolment.centre_id)
        except Exception as failure:
            if broke_off(session):
                raise  # it is not about this one: the others are gone too
            # One sitting, whatever it is, must not keep the whole service away; the caller's log names it.
            session.info.setdefault("could_not_credit", {})[sitting.id] = failure
    for centre_id in sorted(asking):
        session.add(OutageQuestion(outage_id=outage.id, centre_id=centre_id, asked_at=now))
        journal.record(session, "outage.asks", "outage", outage.id, by=None, centre_id=centre_id)
    return outage


def _credit(session: Session, sitting: Sitting, outage: Outage, given_until: Mapping[UUID, datetime]) -> bool:
    """Give back the part of the outage in which the sitting ran; whether it took more than is given back."""
    assert sitting.started_at
    since = max(outage.from_at, sitting.started_at, given_until.get(sitting.id, outage.from_at))
    if since >= outage.until_at:
        return False
    ledger.give_back(
        session,
        sitting,
        AdjustmentKind.OUTAGE,
        (since, min(outage.until_at, since + MOST)),
        reason=REASON,
        centre=sitting.enrolment.centre,
        by=None,
        outage_id=outage.id,
    )
    session.flush()  # in this sitting's own savepoint
    return outage.until_at - since > MOST


def _given_until(session: Session) -> dict[UUID, datetime]:
    """Until when time was given back before, for the running sittings that were given any."""
    rows = session.execute(
        sa.select(Adjustment.sitting_id, sa.func.max(Adjustment.until_at))
        .join(Sitting, Sitting.id == Adjustment.sitting_id)
        .where(Sitting.state == SittingState.RUNNING, Adjustment.until_at.is_not(None))
        .group_by(Adjustment.sitting_id)
    )
    return {sitting_id: until for sitting_id, until in rows if until}


# What an administrator still has to decide.


class AlreadyAnswered(errors.NotAllowedNow):
    sentence = "This was decided already."


@dataclass(frozen=True)
class Question:
    """An outage that took more from a centre than was given back, and whom it concerns."""

    outage: Outage
    asked_at: datetime
    sittings: tuple[tuple[Sitting, Person], ...]


def open_questions(session: Session, centre: Centre) -> list[Question]:
    """What an administrator of this centre still has to decide about long outages; the oldest first, in two queries."""
    rows = session.execute(
        sa.select(OutageQuestion, Outage)
        .join(OutageQuestion.outage)
        .where(OutageQuestion.centre_id == centre.id, OutageQuestion.answered_at.is_(None))
        .order_by(OutageQuestion.asked_at)
    ).all()
    if not rows:
        return []
    concerned: dict[UUID, list[tuple[Sitting, Person]]] = {}
    for outage_id, sitting, person in session.execute(
        sa.select(Outage.id, Sitting, Person)
        .join(Adjustment, Adjustment.outage_id == Outage.id)
        .join(Sitting, Sitting.id == Adjustment.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.centre_id == centre.id,
            Sitting.state != SittingState.VOID,
            Outage.id.in_([outage.id for _question, outage in rows]),
            Adjustment.seconds >= MOST.total_seconds(),
        )
        .order_by(sa.func.lower(Person.name), Sitting.position)
    ):
        concerned.setdefault(outage_id, []).append((sitting, person))
    return [
        Question(outage, question.asked_at, tuple(concerned.get(outage.id, ()))) for question, outage in rows
    ]


def answer(session: Session, centre: Centre, outage_id: UUID, words: str, *, by: Actor) -> OutageQuestion:
    """Note what was decided about a long outage. What is given beyond it is given by extension or re-opening.

    :raises NotFound: when this centre was not asked. :raises AlreadyAnswered: when it was decided.
    :raises assessment.services.ledger.NoReason: without words.
    """
    words = ledger.reason_in(words)
    found = session.scalar(
        sa.select(OutageQuestion)
        .where(OutageQuestion.outage_id == outage_id, OutageQuestion.centre_id == centre.id)
        .with_for_update()
    )
    if found is None:
        raise errors.NotFound
    if found.answered_at is not None:
        raise AlreadyAnswered
    found.answered_at, found.answered_by_id, found.answer = clock.now(), by.person_id, words
    journal.record(session, "outage.decided", "outage", outage_id, by=by, centre_id=centre.id)
    return found
