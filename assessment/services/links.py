"""Links that work once and for a while: to accept an invitation, or to set a new password.

The token is in the mail alone; the database keeps its hash. Opening a link changes nothing, so that a mail scanner
cannot use it up: the new password does.
"""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.database import Database
from assessment.models.person import Link, LinkPurpose, Person
from assessment.services import letters, passwords, throttles

LASTS = {LinkPurpose.INVITATION: timedelta(days=14), LinkPurpose.RESET: timedelta(hours=2)}
RESETS = throttles.Limit(free=4, longest=timedelta(hours=1))


class LinkSpent(errors.KleiError):
    """Unknown, used or expired: nobody can tell which."""

    status = 410
    sentence = "This link does not work any more: it was used before, or its time is over. Ask for a new one."


def make(session: Session, person: Person, purpose: LinkPurpose) -> str:
    """A new token for the person; links given before for the same purpose end."""
    now = clock.now()
    _end(session, person, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        Link(
            token_hash=hash_of(token),
            person_id=person.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    return token


def find(session: Session, token: str) -> Link:
    """The link of this token, with its person.

    :raises LinkSpent: when there is none, or it was used, or it has expired.
    """
    link = session.scalar(
        sa.select(Link).where(Link.token_hash == hash_of(token)).options(joinedload(Link.person))
    )
    if link is None or link.used_at or link.expires_at <= clock.now() or not link.person.is_active:
        raise LinkSpent
    return link


def set_password(database: Database, token: str, password: str) -> Person:
    """Use a link to set a password. Every login made before ends.

    :raises LinkSpent: also for the second of two who use it at the same time.
    :raises assessment.errors.Invalid: when the password may not be used; the link still works.
    """
    with database.reading() as session:
        link = find(session, token)
        passwords.check(password, email=link.person.email)
    stored = passwords.hashed(password)
    with database.writing() as session:
        now = clock.now()
        taken = session.execute(
            sa.update(Link)
            .where(Link.id == link.id, Link.used_at.is_(None), Link.expires_at > now)
            .values(used_at=now)
            .returning(Link.id)
        ).scalar()
        if taken is None:
            raise LinkSpent
        person = session.get_one(Person, link.person_id, with_for_update=True)
        person.password_hash = stored
        person.login_epoch += 1
        for purpose in LinkPurpose:
            _end(session, person, purpose)
        throttles.forgive(session, throttles.key("email", person.email))
        journal.record(
            session,
            "person.password_set",
            "person",
            person.id,
            by=person.id,
            centre_id=person.rehearsal_id,  # what synthetic people do stays in the chain of their rehearsal
            by_link=link.purpose,
        )
    return person


def send_reset(session: Session, email: str, *, base_url: str) -> None:
    """Mail a link to set a new password, if there is such a person; the caller learns nothing either way."""
    email = email.strip().lower()
    is_allowed = throttles.take(session, throttles.key("reset", email), RESETS)
    person = session.scalar(sa.select(Person).where(Person.email == email, Person.is_active))
    if person is None or not is_allowed:
        return
    token = make(session, person, LinkPurpose.RESET)
    letters.send(session, "reset", person, link=f"{base_url}/link/{token}")
    journal.record(session, "person.reset_asked", "person", person.id, by=None)


def _end(session: Session, person: Person, purpose: LinkPurpose) -> None:
    session.execute(
        sa.update(Link)
        .where(Link.person_id == person.id, Link.purpose == purpose, Link.used_at.is_(None))
        .values(used_at=clock.now())
    )


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
