"""Shared plans: a participant's own manager sees what is shared, by a link that is opened once in one browser.

The link can be renewed, which ends the one before, and revoked at any moment. It leads to nothing but what the
participant shares.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.diary import DiaryPassage
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.plan import ManagerLink, Plan, PlanAction
from assessment.services import diaries, feedback, letters, links, people, plans

LASTS = timedelta(days=100)
"""The ninety days and a little."""


class NotForYou(errors.KleiError):
    """Unknown, opened elsewhere, revoked or over: nobody can tell which."""

    status = 410
    sentence = (
        "This link was opened before in another browser, or it has ended. Ask the person who sent it to renew it; that "
        "takes them a moment."
    )


class NotOneself(errors.Invalid):
    sentence = "Give the address of your manager, not your own."


def send(session: Session, plan_id: UUID, address: str, *, base_url: str, by: Actor) -> ManagerLink:
    """Send the own manager a link; one that was sent before ends.

    :raises assessment.services.feedback.NotAnAddress: when it is none.
    """
    plan = plans.own(session, plan_id, by=by, lock=True)
    try:
        email = people.checked_email(address)
    except people.NoEmail:
        raise feedback.NotAnAddress(address=" ".join(address.split())[:80], field="address") from None
    if email == by.email:
        raise NotOneself(field="address")
    now = clock.now()
    _end(session, plan)
    token = secrets.token_urlsafe(32)
    made = ManagerLink(
        plan_id=plan.id,
        email=email,
        language=by.language,
        token_hash=links.hash_of(token),
        made_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    letters.send_to(
        session,
        "manager",
        email,
        by.language,
        centre=plan.enrolment.centre,
        who=plan.enrolment.person.name,
        link=f"{base_url}/shared/{token}",
    )
    journal.record(
        session, "manager.sent", "plan", plan.id, by=by, centre_id=plan.enrolment.centre_id, link=made.id
    )
    return made


def _end(session: Session, plan: Plan) -> None:
    session.execute(
        sa.update(ManagerLink)
        .where(ManagerLink.plan_id == plan.id, ManagerLink.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def revoke(session: Session, plan_id: UUID, *, by: Actor) -> None:
    """End the link; the manager sees nothing any more from this moment on."""
    plan = plans.own(session, plan_id, by=by, lock=True)
    _end(session, plan)
    journal.record(session, "manager.revoked", "plan", plan.id, by=by, centre_id=plan.enrolment.centre_id)


def current(session: Session, plan: Plan) -> ManagerLink | None:
    """The link that works now, if there is one."""
    return session.scalar(
        sa.select(ManagerLink)
        .where(
            ManagerLink.plan_id == plan.id,
            ManagerLink.revoked_at.is_(None),
            ManagerLink.expires_at > clock.now(),
        )
        .order_by(ManagerLink.made_at.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Shared:
    """What a manager sees."""

    link_id: UUID
    who: str
    language: str
    actions: tuple[PlanAction, ...]
    support: str
    passages: Sequence[DiaryPassage]
    days: tuple[tuple[int, bool], ...]
    """The check-ins, and whether each was done."""


def waits(session: Session, token: str) -> ManagerLink:
    """The link of this token, before it is opened. Looking uses nothing up.

    :raises NotForYou: when it was opened, revoked, or is over.
    """
    found = session.scalar(sa.select(ManagerLink).where(ManagerLink.token_hash == links.hash_of(token)))
    if found is None or found.opened_at or found.revoked_at or found.expires_at <= clock.now():
        raise NotForYou
    return found


def open_once(session: Session, token: str) -> ManagerLink:
    """Open a link in this browser.

    :raises NotForYou: also for the second of two at once.
    """
    found = waits(session, token)
    won = session.execute(
        sa.update(ManagerLink)
        .where(ManagerLink.id == found.id, ManagerLink.opened_at.is_(None), ManagerLink.revoked_at.is_(None))
        .values(opened_at=clock.now())
    )
    if not won.rowcount:  # type: ignore[attr-defined]  # an update has one
        raise NotForYou
    return found


def shared(session: Session, link_id: UUID) -> Shared:
    """What is shared now with the browser that opened this link.

    :raises NotForYou: when it was revoked or renewed, is over, or the participant withdrew.
    """
    link = session.get(ManagerLink, link_id)
    if link is None or not link.opened_at or link.revoked_at or link.expires_at <= clock.now():
        raise NotForYou
    plan = session.scalars(
        sa.select(Plan)
        .where(Plan.id == link.plan_id)
        .options(
            joinedload(Plan.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            selectinload(Plan.actions),
            selectinload(Plan.check_ins),
        )
    ).one()
    if plan.enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotForYou
    return Shared(
        link.id,
        plan.enrolment.person.name,
        link.language,
        tuple(one for one in plans.standing(plan) if one.is_shared),
        plan.support if plan.is_support_shared else "",
        diaries.shared(session, plan),
        tuple((one.day, one.done_at is not None) for one in plan.check_ins),
    )
