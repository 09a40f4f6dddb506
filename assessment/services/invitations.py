"""Invitations: a mail in the person's own language, with a link that works once."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.errors import RuleBroken
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import LinkPurpose
from assessment.services import centres, letters, links


class NobodyToInvite(errors.NotAllowedNow):
    sentence = "There is nobody left to invite."


class CentreOver(errors.NotAllowedNow):
    sentence = "This centre is closed. Nobody can be invited to it any more."


def invite(
    session: Session, centre: Centre, enrolment_ids: Iterable[UUID] | None = None, *, base_url: str, by: Actor
) -> int:
    """Invite these participants, or all who have not been; how many mails are on their way.

    Inviting somebody again sends a new link, and the one before ends.

    :raises assessment.errors.RuleBroken: while the policy page is not complete (M10).
    """
    if centres.missing_policies(centre):
        raise RuleBroken(
            "M10",
            "Nobody can be invited before the policy page is complete in English and Dutch, so that participants "
            "can read it.",
        )
    if centre.state is CentreState.CLOSED:
        raise CentreOver
    query = (
        sa.select(Enrolment)
        .where(Enrolment.centre_id == centre.id, Enrolment.state != EnrolmentState.WITHDRAWN)
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.created_at, Enrolment.id)
        # Two who press the button at once: the second waits and then finds nobody left.
        .with_for_update(of=Enrolment)
    )
    if enrolment_ids is None:
        query = query.where(Enrolment.invited_at.is_(None))
    else:
        query = query.where(Enrolment.id.in_(list(enrolment_ids)))
    chosen = session.scalars(query).all()
    if not chosen:
        raise NobodyToInvite
    for enrolment in chosen:
        _send(session, centre, enrolment, base_url)
        journal.record(session, "enrolment.invited", "enrolment", enrolment.id, by=by, centre_id=centre.id)
    return len(chosen)


def _send(session: Session, centre: Centre, enrolment: Enrolment, base_url: str) -> None:
    person = enrolment.person
    is_new = person.password_hash is None
    link = (
        f"{base_url}/link/{links.make(session, person, LinkPurpose.INVITATION)}"
        if is_new
        else f"{base_url}/login"
    )
    letters.send(session, "invitation", person, centre=centre, link=link, is_new=is_new)
    enrolment.invited_at = clock.now()
