"""The outbox: mails that left, wait or failed."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.event import Mail
from assessment.models.person import RoleName

MOST_SHOWN = 200


def list_for(session: Session, *, by: Actor) -> Sequence[Mail]:
    """The newest mails of the administrator's centres; those of no centre are for the whole installation's."""
    query = sa.select(Mail).order_by(Mail.created_at.desc(), Mail.id).limit(MOST_SHOWN)
    mine = by.programmes(RoleName.ADMINISTRATOR)
    if mine is not None:
        query = query.where(
            sa.or_(
                Mail.centre_id.in_(by.centres(RoleName.ADMINISTRATOR)),
                Mail.centre_id.in_(sa.select(Centre.id).where(Centre.programme_id.in_(mine))),
            )
        )
    return session.scalars(query).all()
