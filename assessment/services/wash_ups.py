"""Wash-ups: an administrator plans one, its chair moves it from participant to participant, its members see it live.

A chair can do nothing more than the others but open, move on and end. Each discussion begins with the result by rule
in front of everybody; only when the chair moves on can ratings be changed, and by whoever is a member.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import (
    Adjudication,
    Consultation,
    ConsultationReply,
    Integration,
    IntegrationAgreement,
    IntegrationChange,
    IntegrationState,
    IntegrationUndo,
)
from assessment.models.sitting import Sitting
from assessment.models.wash_up import (
    Discussion,
    DiscussionState,
    Handover,
    Minute,
    WashUp,
    WashUpMember,
    WashUpState,
)
from assessment.services import integrations, texts
from assessment.services.integrations import ReasonMissing

PRESENT = timedelta(seconds=25)
"""Whoever's page was last heard of longer ago is not there; a page says so every ten seconds."""
LONGEST_MINUTE = 4000
SIGNED = _("The result was signed already.")
NOBODY_RATED = _("Nobody has rated this participant.")


class PlanUnclear(errors.Invalid):
    sentence = (
        "A wash-up needs a moment, a chair who is one of its members, at least one member and a participant."
    )


class OnAnotherAgenda(errors.NotAllowedNow):
    sentence = "A participant is on the agenda of another wash-up already."


class NotChair(errors.NotAllowedNow):
    sentence = "Only the chair moves the wash-up on."


class NotOpen(errors.NotAllowedNow):
    sentence = "This wash-up is not open."


class MovedOn(errors.NotAllowedNow):
    sentence = "The wash-up has moved on meanwhile. This page shows where it is now."


class NotReady(errors.NotAllowedNow):
    sentence = "This participant cannot be discussed yet."


class HasEnded(errors.NotAllowedNow):
    sentence = "This wash-up has ended."


# Planning, by administrators.


@dataclass(frozen=True)
class Plan:
    """When, who, who leads it, and whom it is about."""

    starts_at: datetime
    chair_id: UUID
    member_ids: Collection[UUID]
    enrolment_ids: Sequence[UUID] = ()


@dataclass(frozen=True)
class Choice:
    """A participant who can be put on an agenda, by the codes assessors know, and what they still wait for."""

    enrolment: Enrolment
    name: str
    waits_for: tuple[str, ...]


def assessors_of(session: Session, centre: Centre) -> list[Person]:
    """Who can be a member: the assessors of the centre."""
    return list(
        session.scalars(
            sa.select(Person)
            .join(Seat, Seat.person_id == Person.id)
            .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR, Person.is_active)
            .order_by(sa.func.lower(Person.name), Person.email)
        )
    )


def choices(session: Session, centre: Centre) -> list[Choice]:
    """The participants who can be put on an agenda: not withdrawn, not signed, on no other agenda."""
    waiting = sa.exists().where(
        Discussion.enrolment_id == Enrolment.id,
        Discussion.state.in_((DiscussionState.TO_COME, DiscussionState.NOW)),
    )
    signed = sa.exists().where(
        Integration.enrolment_id == Enrolment.id, Integration.state == IntegrationState.SIGNED
    )
    rows = session.execute(
        sa.select(Enrolment, Person.name)
        .join(Enrolment.person)
        .where(
            Enrolment.centre_id == centre.id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            ~waiting,
            ~signed,
        )
        .order_by(sa.func.lower(Person.name), Person.email)
    ).all()
    waits = integrations.missing_of(session, [enrolment.id for enrolment, _name in rows])
    return [Choice(enrolment, name, tuple(waits[enrolment.id])) for enrolment, name in rows]


def plan(session: Session, centre: Centre, wanted: Plan, *, by: Actor) -> WashUp:
    """Plan a wash-up.

    :raises PlanUnclear: without a chair among its members, or without participants of this centre.
        :raises OnAnotherAgenda: for somebody whom another wash-up is about.
    """
    if centre.state is CentreState.DRAFT:
        raise errors.NotAllowedNow
    # The centre's row is held: of two plans at once the second finds who is on the agenda of the first.
    session.execute(sa.select(Centre.id).where(Centre.id == centre.id).with_for_update())
    _check_people(session, centre, wanted)
    here = set(session.scalars(sa.select(Enrolment.id).where(Enrolment.centre_id == centre.id)))
    chosen = list(dict.fromkeys(wanted.enrolment_ids))
    if not chosen or not set(chosen) <= here:
        raise PlanUnclear
    if not set(chosen) <= {one.enrolment.id for one in choices(session, centre)}:
        raise OnAnotherAgenda
    made = WashUp(
        centre_id=centre.id,
        chair_id=wanted.chair_id,
        starts_at=wanted.starts_at,
        members=[WashUpMember(assessor_id=one) for one in sorted(set(wanted.member_ids))],
        discussions=[
            Discussion(enrolment_id=one, position=position) for position, one in enumerate(chosen, start=1)
        ],
    )
    session.add(made)
    session.flush()  # the journal needs the id
    _record(session, "wash_up.planned", made, by, chair=made.chair_id, participants=len(chosen))
    return made


def _check_people(session: Session, centre: Centre, wanted: Plan) -> None:
    able = {one.id for one in assessors_of(session, centre)}
    if wanted.chair_id not in wanted.member_ids or not set(wanted.member_ids) <= able:
        raise PlanUnclear


def _record(session: Session, name: str, wash_up: WashUp, by: Actor, **values: object) -> None:
    journal.record(session, name, "wash_up", wash_up.id, by=by, centre_id=wash_up.centre_id, **values)


def list_of(session: Session, centre: Centre) -> list[WashUp]:
    """The wash-ups of a centre, the newest first."""
    return list(
        session.scalars(
            sa.select(WashUp)
            .where(WashUp.centre_id == centre.id)
            .options(
                joinedload(WashUp.chair),
                selectinload(WashUp.members).joinedload(WashUpMember.assessor),
                selectinload(WashUp.discussions)
                .joinedload(Discussion.enrolment)
                .joinedload(Enrolment.person),
            )
            .order_by(WashUp.starts_at.desc(), WashUp.id)
        )
    )


def of_centre(session: Session, centre: Centre, wash_up_id: UUID) -> WashUp:
    """
    :raises NotFound: when the centre has none of this id.
    """
    found = session.scalar(
        sa.select(WashUp)
        .where(WashUp.id == wash_up_id, WashUp.centre_id == centre.id)
        .with_for_update(of=WashUp)
    )
    if found is None:
        raise errors.NotFound
    return found


def replan(session: Session, centre: Centre, wash_up_id: UUID, wanted: Plan, *, by: Actor) -> WashUp:
    """Move a wash-up that has not begun, or change who comes. The chair is handed over by :func:`set_chair`.

    :raises HasEnded: once it is open or over. :raises PlanUnclear: when the chair would not be a member.
    """
    found = of_centre(session, centre, wash_up_id)
    if found.state is not WashUpState.PLANNED:
        raise HasEnded
    _check_people(session, centre, Plan(wanted.starts_at, found.chair_id, wanted.member_ids))
    kept = {one.assessor_id: one for one in found.members}
    for assessor_id in set(kept) - set(wanted.member_ids):
        session.delete(kept[assessor_id])
    for assessor_id in sorted(set(wanted.member_ids) - set(kept)):
        session.add(WashUpMember(wash_up_id=found.id, assessor_id=assessor_id))
    found.starts_at = wanted.starts_at
    session.flush()
    session.expire(found, ["members"])
    _record(session, "wash_up.replanned", found, by)
    return found


def set_chair(
    session: Session, centre: Centre, wash_up_id: UUID, assessor_id: UUID, reason: str, *, by: Actor
) -> WashUp:
    """Give the chair to another assessor of the centre, at any time before the end; the reason is kept.

    :raises HasEnded: after the end. :raises ReasonMissing: without a reason. :raises NotFound: for somebody else.
    """
    found = of_centre(session, centre, wash_up_id)
    if found.state is WashUpState.ENDED:
        raise HasEnded
    if assessor_id not in {one.id for one in assessors_of(session, centre)}:
        raise errors.NotFound
    if not reason.strip():
        raise ReasonMissing
    if assessor_id not in {one.assessor_id for one in found.members}:
        session.add(WashUpMember(wash_up_id=found.id, assessor_id=assessor_id))
    session.add(
        Handover(
            wash_up_id=found.id,
            from_id=found.chair_id,
            to_id=assessor_id,
            reason=texts.whole(reason, integrations.LONGEST_REASON),
            by_id=by.person_id,
            at=clock.now(),
        )
    )
    found.chair_id = assessor_id
    session.flush()
    session.expire(found, ["members", "chair"])
    _record(session, "wash_up.chair_named", found, by, chair=assessor_id)
    return found


def call_off(session: Session, centre: Centre, wash_up_id: UUID, *, by: Actor) -> None:
    """End a wash-up that will not be held, or that its chair left open; who was not discussed can be planned again."""
    found = of_centre(session, centre, wash_up_id)
    if found.state is WashUpState.ENDED:
        raise HasEnded
    _end(session, found)
    _record(session, "wash_up.called_off", found, by)


# Who sees it.


def list_for(session: Session, *, by: Actor) -> list[WashUp]:
    """The wash-ups that this assessor is a member of and that have not ended, the next first."""
    return list(
        session.scalars(
            sa.select(WashUp)
            .join(WashUpMember, WashUpMember.wash_up_id == WashUp.id)
            .where(WashUpMember.assessor_id == by.person_id, WashUp.state != WashUpState.ENDED)
            .options(joinedload(WashUp.centre), joinedload(WashUp.chair), selectinload(WashUp.discussions))
            .order_by(WashUp.starts_at, WashUp.id)
        )
    )


def get(session: Session, wash_up_id: UUID, *, by: Actor, lock: bool = False) -> WashUp:
    """A wash-up that this assessor is a member of.

    :raises NotFound: otherwise.
    """
    query = (
        sa.select(WashUp)
        .join(WashUpMember, WashUpMember.wash_up_id == WashUp.id)
        .where(WashUp.id == wash_up_id, WashUpMember.assessor_id == by.person_id)
        .options(
            joinedload(WashUp.centre),
            joinedload(WashUp.chair),
            selectinload(WashUp.members).joinedload(WashUpMember.assessor),
            selectinload(WashUp.discussions).selectinload(Discussion.minutes).joinedload(Minute.by),
        )
    )
    found = session.scalar(query.with_for_update(of=WashUp) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


@dataclass(frozen=True)
class Item:
    """A participant on the agenda, as assessors see it: a place and codes, and in words what keeps it from being discussed."""

    discussion: Discussion
    integration: Integration | None
    codes: tuple[str, ...]
    waits_for: tuple[str, ...]
    is_kept_apart: bool
    """Whether this assessor takes no part in it: excluded, or knows the participant."""


def agenda(session: Session, wash_up: WashUp, *, by: Actor) -> list[Item]:
    """The agenda, in as many queries for many participants as for few."""
    ids = [one.enrolment_id for one in wash_up.discussions]
    codes = integrations.codes_of(session, ids)
    waits = integrations.missing_of(session, ids)
    opened = {
        one.enrolment_id: one
        for one in session.scalars(sa.select(Integration).where(Integration.enrolment_id.in_(ids)))
    }
    apart = set(
        session.scalars(sa.select(Enrolment.id).where(Enrolment.id.in_(ids), integrations.is_kept_apart(by)))
    )
    return [
        Item(
            one,
            opened.get(one.enrolment_id),
            codes[one.enrolment_id],
            _waits(opened.get(one.enrolment_id), waits[one.enrolment_id]),
            one.enrolment_id in apart,
        )
        for one in wash_up.discussions
    ]


def _waits(integration: Integration | None, missing: Sequence[str]) -> tuple[str, ...]:
    if integration is not None and integration.state is IntegrationState.SIGNED:
        return (SIGNED,)
    return tuple(missing) or ((NOBODY_RATED,) if integration is None else ())


@dataclass(frozen=True)
class Stamp:
    """What a page asks again and again: who is there, and a sign that differs whenever something else does."""

    present: tuple[str, ...]
    sign: str


def stamp(session: Session, wash_up_id: UUID, at: datetime, *, by: Actor) -> Stamp:
    """Whether anything changed in a wash-up, in one query: one row per member, counts of everything else.

    :raises NotFound: when this assessor is no member.
    """
    mine = Discussion.wash_up_id == wash_up_id

    def count(query: sa.Select[int]) -> sa.ScalarSelect[int]:
        return query.scalar_subquery()

    on_agenda = sa.select(Integration.id).join(
        Discussion, Discussion.enrolment_id == Integration.enrolment_id
    )
    on_agenda = on_agenda.where(mine)
    changes = sa.select(IntegrationChange.id).where(IntegrationChange.integration_id.in_(on_agenda))
    answers = (
        sa.select(sa.func.count(ConsultationReply.id))
        .join(Consultation, Consultation.id == ConsultationReply.consultation_id)
        .join(Adjudication, Adjudication.id == Consultation.adjudication_id)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .join(Discussion, Discussion.enrolment_id == Sitting.enrolment_id)
        .where(mine)
    )
    rows = session.execute(
        sa.select(
            WashUpMember.assessor_id,
            WashUpMember.seen_at,
            Person.name,
            WashUp.state,
            WashUp.chair_id,
            count(sa.select(sa.func.count(Discussion.begun_at)).where(mine)),
            count(sa.select(sa.func.count(Discussion.deciding_at)).where(mine)),
            count(sa.select(sa.func.count(Discussion.done_at)).where(mine)),
            count(sa.select(sa.func.count(Minute.id)).join(Discussion).where(mine)),
            count(
                sa.select(sa.func.count(IntegrationChange.id)).where(
                    IntegrationChange.integration_id.in_(on_agenda)
                )
            ),
            count(
                sa.select(sa.func.count(IntegrationUndo.change_id)).where(
                    IntegrationUndo.change_id.in_(changes)
                )
            ),
            count(
                sa.select(sa.func.count(IntegrationAgreement.id)).where(
                    IntegrationAgreement.integration_id.in_(on_agenda)
                )
            ),
            count(sa.select(sa.func.count(Integration.signed_at)).where(Integration.id.in_(on_agenda))),
            count(sa.select(sa.func.count(Handover.id)).where(Handover.integration_id.in_(on_agenda))),
            count(answers),
        )
        .join(WashUp, WashUp.id == WashUpMember.wash_up_id)
        .join(Person, Person.id == WashUpMember.assessor_id)
        .where(WashUpMember.wash_up_id == wash_up_id)
        .order_by(sa.func.lower(Person.name), Person.email)
    ).all()
    if by.person_id not in {row[0] for row in rows}:
        raise errors.NotFound
    present = tuple(row[2] for row in rows if row[1] is not None and row[1] > at - PRESENT)
    return Stamp(present, "-".join(str(value) for value in rows[0][3:]))


def here(session: Session, wash_up_id: UUID, at: datetime, *, by: Actor) -> None:
    """Say that this assessor's page is there.

    :raises NotFound: when they are no member.
    """
    done = session.execute(
        sa.update(WashUpMember)
        .where(WashUpMember.wash_up_id == wash_up_id, WashUpMember.assessor_id == by.person_id)
        .values(seen_at=at)
        .returning(WashUpMember.assessor_id)
    ).all()
    if not done:
        raise errors.NotFound


# What the chair does.


def _led(session: Session, wash_up_id: UUID, *, by: Actor) -> WashUp:
    found = get(session, wash_up_id, by=by, lock=True)
    if found.chair_id != by.person_id:
        raise NotChair
    if found.state is WashUpState.ENDED:
        raise HasEnded
    return found


def current(wash_up: WashUp) -> Discussion | None:
    """The discussion that the wash-up is in."""
    return next((one for one in wash_up.discussions if one.state is DiscussionState.NOW), None)


def open(session: Session, wash_up_id: UUID, *, by: Actor) -> WashUp:
    """Open the wash-up. Opening again changes nothing.

    :raises NotChair: for everybody else. :raises HasEnded: after the end.
    """
    found = _led(session, wash_up_id, by=by)
    if found.state is WashUpState.PLANNED:
        found.state, found.opened_at = WashUpState.OPEN, clock.now()
        _record(session, "wash_up.opened", found, by)
    return found


def begin(
    session: Session, wash_up_id: UUID, discussion_id: UUID, seen: UUID | None, *, by: Actor
) -> Discussion:
    """Come to a participant: the one before is done, and everybody sees the result by rule of this one.

    ``seen`` is the discussion that the chair's page showed.

    :raises NotOpen: before the opening. :raises MovedOn: when the wash-up is elsewhere. :raises NotReady: when ratings
        are missing, the participant withdrew, or the result was signed. :raises NotFound: for another agenda's.
    """
    found = _led(session, wash_up_id, by=by)
    if found.state is not WashUpState.OPEN:
        raise NotOpen
    before = current(found)
    wanted = next((one for one in found.discussions if one.id == discussion_id), None)
    if wanted is None:
        raise errors.NotFound
    if (before.id if before else None) != seen or wanted.state is not DiscussionState.TO_COME:
        raise MovedOn
    item = next(one for one in agenda(session, found, by=by) if one.discussion is wanted)
    if item.waits_for:
        raise NotReady
    now = clock.now()
    if before:
        before.state, before.done_at = DiscussionState.DONE, now
        session.flush()  # the database takes one discussion at a time
        _record(session, "wash_up.discussed", found, by, enrolment=before.enrolment_id)
    wanted.state, wanted.begun_at = DiscussionState.NOW, now
    _record(session, "wash_up.came_to", found, by, enrolment=wanted.enrolment_id)
    return wanted


def decide(session: Session, wash_up_id: UUID, discussion_id: UUID, *, by: Actor) -> Discussion:
    """Move on from the result by rule to what is to decide; from here on ratings can be changed.

    :raises MovedOn: when the wash-up is not at this discussion.
    """
    found = _led(session, wash_up_id, by=by)
    at = current(found)
    if at is None or at.id != discussion_id:
        raise MovedOn
    if at.deciding_at is None:
        at.deciding_at = clock.now()
        _record(session, "wash_up.deciding", found, by, enrolment=at.enrolment_id)
    return at


def finish(session: Session, wash_up_id: UUID, discussion_id: UUID, *, by: Actor) -> Discussion:
    """Say that a participant is done, without coming to the next.

    :raises MovedOn: when the wash-up is not at this discussion.
    """
    found = _led(session, wash_up_id, by=by)
    at = current(found)
    if at is None or at.id != discussion_id:
        raise MovedOn
    at.state, at.done_at = DiscussionState.DONE, clock.now()
    _record(session, "wash_up.discussed", found, by, enrolment=at.enrolment_id)
    return at


def end(session: Session, wash_up_id: UUID, *, by: Actor) -> WashUp:
    """End the wash-up. Who was not discussed can be put on another agenda."""
    found = _led(session, wash_up_id, by=by)
    if found.state is not WashUpState.OPEN:
        raise NotOpen
    _end(session, found)
    _record(session, "wash_up.ended", found, by)
    return found


def _end(session: Session, found: WashUp) -> None:
    now = clock.now()
    for one in found.discussions:
        if one.state is DiscussionState.NOW:
            one.state, one.done_at = DiscussionState.DONE, now
        elif one.state is DiscussionState.TO_COME:
            one.state = DiscussionState.LEFT
    found.state, found.ended_at = WashUpState.ENDED, now


def note(session: Session, wash_up_id: UUID, discussion_id: UUID, text: str, *, by: Actor) -> Minute:
    """Add to the minutes of a participant; nothing of what others wrote changes.

    :raises NotFound: for a discussion that this wash-up has not come to, or that this assessor takes no part in.
        :raises ReasonMissing: for an empty text. :raises NotOpen: when the wash-up is not open.
    """
    found = get(session, wash_up_id, by=by)
    at = next((one for one in found.discussions if one.id == discussion_id and one.begun_at), None)
    if at is None or any(one.is_kept_apart for one in agenda(session, found, by=by) if one.discussion is at):
        raise errors.NotFound
    if found.state is not WashUpState.OPEN:
        raise NotOpen
    if not text.strip():
        raise ReasonMissing
    made = Minute(
        discussion_id=at.id,
        text=texts.whole(text, LONGEST_MINUTE),
        by_id=by.person_id,
        at=clock.now(),
    )
    session.add(made)
    session.flush()  # the journal needs the id
    _record(session, "wash_up.noted", found, by, enrolment=at.enrolment_id, minute=made.id)
    return made
