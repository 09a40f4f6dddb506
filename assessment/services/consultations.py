"""Consultations: after an adjudication the three see each other's reasons, and each stays or revises in a new row.

A consultation opens when all ratings of the enrolment are in, so that nobody who still has to rate can learn from it.
It is open for three days, or until each of the three has answered. Nobody sees what the others answered before their
own answer is in, and nobody is named: they are first, second and third assessor, in an order that says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.rating import (
    Adjudication,
    Consultation,
    ConsultationReply,
    Integration,
    IntegrationState,
    Observation,
    Rating,
    RatingState,
    RevisedLevel,
    Round,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.services import ratings, texts, versions
from exercises.content import Exercise

OPEN_FOR = timedelta(days=3)
LONGEST_REASON = 4000


class Over(errors.NotAllowedNow):
    sentence = "This consultation is over. The ratings count as they are."


class AlreadyAnswered(errors.NotAllowedNow):
    sentence = "You have answered already. An answer is given once."


class RevisionUnclear(errors.Invalid):
    sentence = "A revision needs a new level from 1 to 5, the passage it rests on, and a reason."


@dataclass(frozen=True)
class Voice:
    """One of the three: their rating as it was given, and their answer once it may be seen."""

    rating: Rating
    place: int
    """First, second or third assessor."""
    is_third: bool
    is_me: bool
    has_answered: bool
    reply: ConsultationReply | None
    """Their own answer, or anybody's once one's own is in."""


@dataclass(frozen=True)
class Talk:
    """A consultation as one of the three sees it."""

    consultation: Consultation
    code: str
    exercise: Exercise
    dimensions: tuple[str, ...]
    voices: tuple[Voice, ...]
    is_open: bool

    @property
    def mine(self) -> Voice:
        return next(one for one in self.voices if one.is_me)


def shuffled(key: UUID, ratings_: Sequence[Rating]) -> list[Rating]:
    """The ratings of a sitting in an order that is always the same and says nothing about who gave them or when."""
    return sorted(ratings_, key=lambda one: sha256(key.bytes + one.id.bytes).digest())


def open_for(session: Session, enrolment_id: UUID) -> None:
    """Open the consultations of an enrolment whose ratings are all in: one for each adjudication without one."""
    found = session.scalars(
        sa.select(Adjudication)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .outerjoin(Consultation, Consultation.adjudication_id == Adjudication.id)
        .where(
            Sitting.enrolment_id == enrolment_id,
            Sitting.state == SittingState.SEALED,
            Adjudication.resolved_at.is_not(None),
            Adjudication.rating_id.is_not(None),
            Consultation.id.is_(None),
        )
        .order_by(Adjudication.asked_at, Adjudication.id)
    ).all()
    now = clock.now()
    for one in found:
        made = Consultation(adjudication_id=one.id, opened_at=now, closes_at=now + OPEN_FOR)
        session.add(made)
        session.flush()  # the journal needs the id
        journal.record(
            session,
            "consultation.opened",
            "consultation",
            made.id,
            by=None,
            centre_id=session.get_one(Enrolment, enrolment_id).centre_id,
            sitting=one.sitting_id,
        )


def _their_sitting(query: sa.Select[Consultation]) -> sa.Select[Consultation]:
    """Join what every question about a consultation starts from; withdrawn participants and void sittings are out."""
    return (
        query.join(Adjudication, Adjudication.id == Consultation.adjudication_id)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(Enrolment.state != EnrolmentState.WITHDRAWN, Sitting.state == SittingState.SEALED)
    )


def _rated_by(assessor_id: UUID) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Rating.sitting_id == Adjudication.sitting_id,
        Rating.assessor_id == assessor_id,
        Rating.state == RatingState.SUBMITTED,
    )


def list_for(session: Session, *, by: Actor) -> list[tuple[Consultation, str]]:
    """The open consultations that wait for this assessor's answer, each with the code of its sitting."""
    answered = sa.exists().where(
        ConsultationReply.consultation_id == Consultation.id, ConsultationReply.assessor_id == by.person_id
    )
    signed = sa.exists().where(
        Integration.enrolment_id == Sitting.enrolment_id, Integration.state == IntegrationState.SIGNED
    )
    rows = session.execute(
        _their_sitting(sa.select(Consultation))
        .add_columns(Sitting.code)
        .where(_rated_by(by.person_id), ~answered, ~signed, Consultation.closes_at >= clock.now())
        .order_by(Consultation.closes_at, Consultation.id)
    )
    return [(consultation, code) for consultation, code in rows]


def open_in(session: Session, enrolment_id: UUID) -> dict[UUID, frozenset[str]]:
    """The sittings of an enrolment on which a consultation is still open, each with the dimensions it is about."""
    waiting = sa.select(Rating.id).where(
        Rating.sitting_id == Adjudication.sitting_id,
        Rating.state == RatingState.SUBMITTED,
        ~sa.exists().where(
            ConsultationReply.consultation_id == Consultation.id,
            ConsultationReply.assessor_id == Rating.assessor_id,
        ),
    )
    rows = session.execute(
        sa.select(Adjudication.sitting_id, Adjudication.dimensions)
        .join(Consultation, Consultation.adjudication_id == Adjudication.id)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .where(
            Sitting.enrolment_id == enrolment_id,
            Sitting.state == SittingState.SEALED,
            Consultation.closes_at >= clock.now(),
            waiting.exists(),
        )
    )
    return {sitting_id: frozenset(dimensions) for sitting_id, dimensions in rows}


def revised_in(session: Session, enrolment_id: UUID) -> dict[tuple[UUID, UUID, str], int]:
    """The levels that take the place of originals, by sitting, assessor and dimension."""
    rows = session.execute(
        sa.select(
            Adjudication.sitting_id,
            ConsultationReply.assessor_id,
            RevisedLevel.dimension,
            RevisedLevel.score,
        )
        .join(ConsultationReply, ConsultationReply.id == RevisedLevel.reply_id)
        .join(Consultation, Consultation.id == ConsultationReply.consultation_id)
        .join(Adjudication, Adjudication.id == Consultation.adjudication_id)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .where(Sitting.enrolment_id == enrolment_id)
    )
    return {(sitting_id, assessor_id, dimension): score for sitting_id, assessor_id, dimension, score in rows}


def look(session: Session, consultation_id: UUID, *, by: Actor) -> Talk:
    """A consultation, for one of its three.

    :raises NotFound: for everybody else.
    """
    return _talk(session, _get(session, consultation_id, by=by), by, clock.now())


def _get(session: Session, consultation_id: UUID, *, by: Actor, lock: bool = False) -> Consultation:
    query = (
        _their_sitting(sa.select(Consultation))
        .where(Consultation.id == consultation_id, _rated_by(by.person_id))
        .options(
            joinedload(Consultation.adjudication).joinedload(Adjudication.sitting),
            selectinload(Consultation.replies).selectinload(ConsultationReply.revised),
        )
    )
    found = session.scalar(query.with_for_update(of=Consultation) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def _talk(session: Session, found: Consultation, by: Actor, now: datetime) -> Talk:
    sitting = found.adjudication.sitting
    replies = {one.assessor_id: one for one in found.replies}
    given = ratings.submitted_of(session, [sitting.id])
    first = shuffled(found.id, [one for one in given if one.round is Round.FIRST])
    third = [one for one in given if one.round is Round.ADJUDICATION]
    has_answered = by.person_id in replies
    voices = tuple(
        Voice(
            rating,
            place,
            rating.round is Round.ADJUDICATION,
            rating.assessor_id == by.person_id,
            rating.assessor_id in replies,
            replies.get(rating.assessor_id) if has_answered or found.closes_at < now else None,
        )
        for place, rating in enumerate([*first, *third], start=1)
    )
    return Talk(
        found,
        sitting.code,
        versions.get(session, sitting.version_hash),
        tuple(found.adjudication.dimensions),
        voices,
        found.closes_at >= now and not all(one.has_answered for one in voices),
    )


def answer(
    session: Session,
    consultation_id: UUID,
    levels: Mapping[str, tuple[int, UUID | None]],
    reason: str,
    *,
    by: Actor,
) -> ConsultationReply:
    """Answer once: with new levels and the passages they rest on, or, without any, that one's rating stays.

    :raises Over: after its time, or once the result is signed. :raises AlreadyAnswered: for a second answer.
        :raises RevisionUnclear: without a reason, or for a level or passage that is none of this sitting.
    """
    talk = _talk(session, _get(session, consultation_id, by=by, lock=True), by, clock.now())
    if talk.mine.has_answered:
        raise AlreadyAnswered
    sitting = talk.consultation.adjudication.sitting
    # The result's row is held, so that no signature comes between this answer and its place in the result.
    state = session.scalar(
        sa.select(Integration.state).where(Integration.enrolment_id == sitting.enrolment_id).with_for_update()
    )
    if not talk.is_open or state is IntegrationState.SIGNED:
        raise Over
    passages = {observation.id: observation for one in talk.voices for observation in one.rating.observations}
    if levels and not reason.strip():
        raise RevisionUnclear
    reply = ConsultationReply(
        consultation_id=talk.consultation.id,
        assessor_id=by.person_id,
        reason=texts.whole(reason, LONGEST_REASON),
        at=clock.now(),
        revised=[
            _revised(dimension, level, passages.get(passage) if passage else None, talk.dimensions)
            for dimension, (level, passage) in levels.items()
        ],
    )
    session.add(reply)
    session.flush()  # the journal needs the id
    journal.record(
        session,
        "consultation.answered",
        "consultation",
        talk.consultation.id,
        by=by,
        centre_id=session.get_one(Enrolment, sitting.enrolment_id).centre_id,
        sitting=sitting.id,
        revised=sorted(levels),
    )
    return reply


def _revised(
    dimension: str, level: int, passage: Observation | None, dimensions: Sequence[str]
) -> RevisedLevel:
    if (
        dimension not in dimensions
        or not 1 <= level <= 5
        or passage is None
        or passage.dimension != dimension
    ):
        raise RevisionUnclear
    return RevisedLevel(dimension=dimension, score=level, observation_id=passage.id)
