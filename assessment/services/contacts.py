"""Whom a participant can ask: the administrators of a centre, the nearest first."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.models.centre import Centre
from assessment.models.person import Person, Role, RoleName

MOST = 3
"""Enough to reach somebody; a list of everybody helps nobody."""


@dataclass(frozen=True)
class Contact:
    """Somebody who can help, and how to reach them."""

    name: str
    email: str


_is_of_centre = Role.centre_id == sa.bindparam("centre")
_nearness = sa.case((_is_of_centre, 0), (Role.programme_id.is_not(None), 1), else_=2)
# Made once: every page of an exercise asks it.
_nearest = (
    sa.select(Person.name, Person.email)
    .join(Role, Role.person_id == Person.id)
    .where(
        Role.role == RoleName.ADMINISTRATOR,
        Person.is_active,
        sa.or_(
            _is_of_centre,
            sa.and_(Role.programme_id == sa.bindparam("programme"), Role.centre_id.is_(None)),
            sa.and_(Role.programme_id.is_(None), Role.centre_id.is_(None)),
        ),
    )
    .group_by(Person.id, Person.name, Person.email)
    .order_by(sa.func.min(_nearness), Person.name)
    .limit(MOST)
)


def of_centre(session: Session, centre: Centre) -> list[Contact]:
    """The administrators of this centre, then those of its programme, then those of all."""
    rows = session.connection().execute(_nearest, {"centre": centre.id, "programme": centre.programme_id})
    return [Contact(name, email) for name, email in rows]
