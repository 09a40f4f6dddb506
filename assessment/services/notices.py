"""The notice that a participant reads and accepts before anything starts, and what follows from it (N1, N4)."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import Translator
from assessment.language import marked as _
from assessment.models.centre import Centre, Policy
from assessment.models.enrolment import Enrolment, EnrolmentState
from exercises.content import digest

LONGEST_REQUEST = 2000


class NotActive(errors.NotAllowedNow):
    sentence = "You withdrew from this centre, so this is no longer possible."


class RequestTooLate(errors.NotAllowedNow):
    sentence = "You have already started. Please ask the administrator directly."


class RequestUnclear(errors.Invalid):
    sentence = "Write in a sentence or two what would help you. A diagnosis is not needed."


RIGHTS: tuple[str, ...] = (
    _("You get a conversation about your results with an assessor."),
    _(
        "You read your report first, before anybody else. You can comment on it and ask for corrections of facts."
    ),
    _("You get a copy of your report and of your scores."),
    _("You may look at your own answers and at what the assessors noted, together with an assessor."),
    _("Assessors do not see your name. They see a code, a different one for each exercise."),
    _(
        "Assessors rate what you wrote. Only choices are scored by a fixed key, and the report says where. No AI rates you."
    ),
    _("You may stop at any moment. Nobody is told why."),
)
MAY_BLOCK = _("You decide whether HR gets your report. If you block it, HR sees “blocked” and nothing else.")
MAY_NOT_BLOCK = _(
    "In this centre you cannot keep the report from HR. You still read it first and can add your comment."
)
PURPOSES = {
    "development": _("The purpose is your development. The results are not used to select people."),
    "selection": _("The purpose is selection. The policy page says how the decision is made."),
}


def text(centre: Centre, translator: Translator) -> tuple[str, ...]:
    """The notice of a centre, a sentence each, in one language: exactly what is accepted."""
    purpose = (centre.purpose or centre.programme.purpose).value
    gettext: Callable[[str], str] = translator.gettext
    return (
        gettext(PURPOSES[purpose]),
        *map(gettext, RIGHTS),
        gettext(MAY_BLOCK if centre.may_be_blocked else MAY_NOT_BLOCK),
    )


def enrolments_for(session: Session, *, by: Actor) -> list[Enrolment]:
    """A participant's enrolments, newest centre first."""
    return list(
        session.scalars(
            sa.select(Enrolment)
            .where(Enrolment.person_id == by.person_id)
            .options(joinedload(Enrolment.centre).joinedload(Centre.programme))
            .join(Centre)
            .order_by(Centre.created_at.desc())
        )
    )


def get(session: Session, enrolment_id: UUID, *, by: Actor, lock: bool = False) -> Enrolment:
    """The participant's own enrolment.

    :raises NotFound: when it is not theirs.
    """
    query = (
        sa.select(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.person_id == by.person_id)
        .options(joinedload(Enrolment.centre).joinedload(Centre.programme))
    )
    if lock:
        query = query.with_for_update(of=Enrolment).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise errors.NotFound
    return found


def policy(session: Session, centre: Centre, language: str) -> Policy | None:
    """The policy page in this language, or in the other where this one is not written (M10)."""
    found = {
        entry.language: entry
        for entry in session.scalars(sa.select(Policy).where(Policy.centre_id == centre.id))
    }
    return found.get(language) or next(iter(found.values()), None)


def accept(session: Session, enrolment_id: UUID, translator: Translator, *, by: Actor) -> Enrolment:
    """Accept the notice as it reads now; its hash is kept. Accepting again changes nothing.

    :raises NotActive: after a withdrawal.
    """
    enrolment = get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotActive
    if enrolment.notice_accepted_at:
        return enrolment
    now = clock.now()
    enrolment.notice_accepted_at = now
    enrolment.notice_hash = digest(list(text(enrolment.centre, translator)))
    enrolment.notice_language = translator.language
    enrolment.policy_read_at = enrolment.policy_read_at or now
    if enrolment.state is EnrolmentState.INVITED:
        enrolment.state = EnrolmentState.ACTIVE
    journal.record(
        session,
        "notice.accepted",
        "enrolment",
        enrolment.id,
        by=by,
        centre_id=enrolment.centre_id,
        notice_hash=enrolment.notice_hash,
        language=translator.language,
    )
    return enrolment


def request_adjustment(session: Session, enrolment_id: UUID, words: str, *, by: Actor) -> None:
    """Ask for more time or another adjustment, before the first start and without a diagnosis.

    :raises RequestUnclear: when nothing, or far too much, was written. :raises RequestTooLate: after the first start.
    """
    from assessment.services import sittings

    enrolment = get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotActive
    if not words.strip() or len(words) > LONGEST_REQUEST:
        raise RequestUnclear
    if any(sitting.started_at for sitting in sittings.list_for(session, enrolment)):
        raise RequestTooLate
    enrolment.adjustment_request = words.strip()
    enrolment.adjustment_requested_at = clock.now()
    enrolment.adjustment_decided_at = None
    journal.record(
        session, "adjustment.requested", "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id
    )


def device_checked(session: Session, enrolment_id: UUID, report: str, *, by: Actor) -> None:
    """Keep what the device check found (T3); it advises and never forbids.

    :raises NotActive: after a withdrawal.
    """
    enrolment = get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotActive
    enrolment.device_checked_at = clock.now()
    enrolment.device_report = report[:2000]


def practised(session: Session, enrolment_id: UUID, *, by: Actor) -> None:
    """Note that the practice exercise was opened and finished; nothing that was written there is kept.

    :raises NotActive: after a withdrawal.
    """
    enrolment = get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotActive
    enrolment.practised_at = enrolment.practised_at or clock.now()


def withdraw(session: Session, enrolment_id: UUID, *, by: Actor) -> None:
    """Stop taking part. What was written stays for the rights of the participant; nothing is rated or reported.

    Withdrawing twice changes nothing.
    """
    from assessment.services import meetings, sittings

    sittings.hold_all(session, get(session, enrolment_id, by=by).id)
    enrolment = get(session, enrolment_id, by=by, lock=True)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return
    # First, so that sealing neither finishes the enrolment nor opens its integration.
    enrolment.state = EnrolmentState.WITHDRAWN
    enrolment.withdrawn_at = clock.now()
    sittings.end(session, enrolment, by=by)
    meetings.free_all(session, enrolment, by=by)
    journal.record(
        session, "enrolment.withdrawn", "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id
    )
