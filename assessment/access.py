"""Who may do what: permission names, the actor, and the one map from roles to permissions.

A permission opens a page; whether the thing on it is yours is asked by the service, which answers "not found"
otherwise (:class:`assessment.errors.NotFound`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from assessment.models.person import RoleName


class Permission(StrEnum):
    """The name of what a page lets somebody do."""

    PUBLIC = "public"
    """Anybody, logged in or not."""
    SIGNED_IN = "signed in"
    """Anybody who has logged in."""
    SIT = "sit"
    """Take part: notice, sittings, own report."""
    RATE = "rate"
    """Rate assigned sittings, integrate and write reports."""
    PLAY = "play"
    """Have a part in a live exercise, as role-player or observer."""
    HOLD = "hold debriefs"
    """Offer times for conversations after the centre, have them, and record them."""
    READ_RELEASED = "read released"
    """See who is where and what was released."""
    ADMINISTER = "administer"
    """Design, invite, assign, adjust, record, and answer for the rules."""
    READ_BACKGROUNDS = "read backgrounds"
    """See what was counted over participants' backgrounds: groups, never a person (F5). Nothing else opens it."""


#: The one map: what each role opens. Everybody has PUBLIC; everybody logged in has SIGNED_IN.
PERMISSIONS: Mapping[RoleName, frozenset[Permission]] = {
    RoleName.PARTICIPANT: frozenset({Permission.SIT}),
    RoleName.ASSESSOR: frozenset({Permission.RATE, Permission.PLAY, Permission.HOLD}),
    RoleName.HR: frozenset({Permission.READ_RELEASED}),
    RoleName.ADMINISTRATOR: frozenset({Permission.ADMINISTER, Permission.HOLD, Permission.READ_BACKGROUNDS}),
}


@dataclass(frozen=True)
class HeldRole:
    """A role and where it holds; nowhere named means everywhere."""

    role: RoleName
    programme_id: UUID | None = None
    centre_id: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts: passed to services as ``by``."""

    person_id: UUID
    name: str
    email: str
    language: str
    time_zone: str
    roles: frozenset[HeldRole]

    def has(self, role: RoleName) -> bool:
        return any(held.role is role for held in self.roles)

    def may(self, permission: Permission) -> bool:
        if permission in (Permission.PUBLIC, Permission.SIGNED_IN):
            return True
        return any(permission in PERMISSIONS[held.role] for held in self.roles)

    def holds_in(self, role: RoleName, *, programme_id: UUID, centre_id: UUID | None = None) -> bool:
        """Whether a role of this name reaches this programme, or this centre of it."""
        return any(
            held.role is role
            and (
                (held.programme_id is None and held.centre_id is None)
                or held.programme_id == programme_id
                or (centre_id is not None and held.centre_id == centre_id)
            )
            for held in self.roles
        )

    def programmes(self, role: RoleName) -> frozenset[UUID] | None:
        """The programmes in which the role holds as a whole; None means all of them."""
        held = [entry for entry in self.roles if entry.role is role]
        if any(entry.programme_id is None and entry.centre_id is None for entry in held):
            return None
        return frozenset(entry.programme_id for entry in held if entry.programme_id)

    def centres(self, role: RoleName) -> frozenset[UUID]:
        """The centres in which the role holds by itself."""
        return frozenset(entry.centre_id for entry in self.roles if entry.role is role and entry.centre_id)
