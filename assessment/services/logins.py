"""Logins: a password checked outside of any transaction, behind a throttle per e-mail and per network address.

Each step has a short transaction of its own, so these verbs take the database instead of a session: a slow password
check never holds up somebody else's work.
"""

from datetime import timedelta

import sqlalchemy as sa

from assessment import errors
from assessment.database import Database
from assessment.models.person import Person
from assessment.services import passwords, throttles
from assessment.services.throttles import Limit

PER_EMAIL = Limit(free=8, longest=timedelta(minutes=15))
PER_ADDRESS = Limit(free=60, longest=timedelta(minutes=15))
"""A whole office may share one network address."""


class WrongLogin(errors.KleiError):
    """The same answer for an unknown address and a wrong password."""

    status = 401
    sentence = "This e-mail address and password do not belong together."


def log_in(database: Database, *, email: str, password: str, address: str) -> Person:
    """The person whose e-mail address and password these are.

    :raises WrongLogin: for an unknown address, a wrong password, or an account without one.
    :raises TooManyAttempts: after too many failures with this e-mail or from this network address.
    """
    email = email.strip().lower()
    by_email, by_address = throttles.key("email", email), throttles.key("address", address)
    with database.writing() as session:
        # Counted before the check, so that many attempts at once cannot slip through together.
        refused = throttles.count(session, by_email, PER_EMAIL) or throttles.count(
            session, by_address, PER_ADDRESS
        )
    if refused:
        raise refused
    with database.reading() as session:
        person = session.scalar(sa.select(Person).where(Person.email == email, Person.is_active))
    stored = person.password_hash if person else None
    if not passwords.fits(stored, password) or person is None or stored is None:
        raise WrongLogin
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else None
    with database.writing() as session:
        throttles.forgive(session, by_email)
        throttles.take_back(session, by_address)
        if renewed:
            session.execute(
                sa.update(Person)
                .where(Person.id == person.id, Person.password_hash == stored)
                .values(password_hash=renewed)
            )
    return person
