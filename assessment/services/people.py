"""People: who there is, which roles they hold and where, and their own account."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from assessment import clock, errors, journal, language
from assessment.access import Actor, HeldRole
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.person import LinkPurpose, Person, Role, RoleName, Seat, SeatName
from assessment.models.programme import Programme
from assessment.services import letters, links, logins, passwords

LONGEST_NAME = 200


class NoName(errors.Invalid):
    sentence = "A name is needed, of at most 200 characters."


class NoEmail(errors.Invalid):
    sentence = "“%(email)s” is not an e-mail address."


class UnknownLanguage(errors.Invalid):
    sentence = "Klei does not speak “%(language)s”; use en or nl."


class UnknownTimeZone(errors.Invalid):
    sentence = "“%(time_zone)s” is not a time zone; use a name such as Europe/Amsterdam."


class EmailTaken(errors.Invalid):
    sentence = "There is already a person with this e-mail address."


class WrongPassword(errors.Invalid):
    sentence = "This is not your present password."


class OtherSeat(errors.RuleBroken):
    """Within one centre nobody is two of: participant; assessor; administrator or HR."""

    SENTENCES = {  # noqa: RUF012
        SeatName.PARTICIPANT: "%(name)s is a participant of “%(centre)s” and cannot be anything else there.",
        SeatName.ASSESSOR: "%(name)s is an assessor of “%(centre)s” and cannot be anything else there.",
        SeatName.STAFF: "%(name)s is an administrator or HR of “%(centre)s” and cannot be anything else there.",
    }

    def __init__(self, seat: SeatName, name: str, centre: str) -> None:
        super().__init__("seats", self.SENTENCES[seat], name=name, centre=centre)


class RealAndSynthetic(errors.RuleBroken):
    """A rehearsal is for its own synthetic people, and they are for nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "rehearsals",
            "%(name)s cannot take part here: in a rehearsal there are only its own synthetic people, and they "
            "are nowhere else.",
            name=name,
        )


class LastAdministrator(errors.NotAllowedNow):
    sentence = "This is the last administrator. Give somebody else this role first."


# Checking what people are called. The same checks serve forms and imports.


def checked_email(email: str) -> str:
    """The address in lower case.

    :raises NoEmail: when mail cannot go there.
    """
    # 40 ms of every start, needed by few requests
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(
            email.strip(), check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError:
        raise NoEmail(email=email[:80], field="email") from None


def checked_name(name: str) -> str:
    """The name without surplus blanks.

    :raises NoName: when there is none, or it is too long.
    """
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not name or len(name) > LONGEST_NAME:
        raise NoName(field="name")
    return name


def checked_language(code: str) -> str:
    if code not in language.LANGUAGES:
        raise UnknownLanguage(language=code[:20], field="language")
    return code


def checked_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise UnknownTimeZone(time_zone=name[:40], field="time_zone")
    return name


@cache
def _time_zones() -> frozenset[str]:
    """Those of this machine: to find them, its whole folder of time zones is walked."""
    return frozenset(available_timezones())


# People and their roles.


@dataclass(frozen=True)
class Entry:
    """What is known of somebody who is added."""

    email: str
    name: str
    language: str = "en"
    time_zone: str = "Europe/Amsterdam"

    def checked(self) -> "Entry":
        """
        :raises assessment.errors.Invalid: for the first thing that cannot be used.
        """
        return Entry(
            checked_email(self.email),
            checked_name(self.name),
            checked_language(self.language),
            checked_time_zone(self.time_zone),
        )


def get(session: Session, person_id: UUID) -> Person:
    """
    :raises NotFound: when there is no such person.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise errors.NotFound
    return person


def find(session: Session, email: str) -> Person | None:
    return session.scalar(sa.select(Person).where(Person.email == email.strip().lower()))


def list_for(session: Session, *, by: Actor) -> list[Person]:
    """Those whom an administrator may see, with their roles, by name: everybody, or the people of their programmes.

    Synthetic people of a rehearsal are left out.
    """
    query = (
        sa.select(Person)
        .options(selectinload(Person.roles))
        .order_by(sa.func.lower(Person.name), Person.email)
    )
    return list(session.scalars(_visible(query, by)))


def get_for(session: Session, person_id: UUID, *, by: Actor) -> Person:
    """One of those whom an administrator may see.

    :raises NotFound: for anybody else.
    """
    query = sa.select(Person).where(Person.id == person_id).options(selectinload(Person.roles))
    person = session.scalar(_visible(query, by))
    if person is None:
        raise errors.NotFound
    return person


def _visible(query: sa.Select[Person], by: Actor) -> sa.Select[Person]:
    query = query.where(Person.rehearsal_id.is_(None))
    programmes = by.programmes(RoleName.ADMINISTRATOR)
    if programmes is None:
        return query
    mine = sa.select(Centre.id).where(
        sa.or_(Centre.programme_id.in_(programmes), Centre.id.in_(by.centres(RoleName.ADMINISTRATOR)))
    )
    return query.where(
        sa.or_(
            Person.id.in_(sa.select(Seat.person_id).where(Seat.centre_id.in_(mine))),
            Person.id.in_(
                sa.select(Role.person_id).where(
                    sa.or_(Role.programme_id.in_(programmes), Role.centre_id.in_(mine))
                )
            ),
        )
    )


def places(session: Session, person: Person) -> dict[UUID, str]:
    """The names of the programmes and centres in which this person holds roles, by id."""
    ids = {place for role in person.roles for place in (role.programme_id, role.centre_id) if place}
    named = [
        *session.execute(sa.select(Programme.id, Programme.name).where(Programme.id.in_(ids))),
        *session.execute(sa.select(Centre.id, Centre.name).where(Centre.id.in_(ids))),
    ]
    return {place: name for place, name in named}


def add_all(session: Session, entries: Sequence[Entry], *, by: Actor | None) -> dict[str, Person]:
    """Those people by e-mail: found where they exist, made where not. Two who add at once get the same rows."""
    if not entries:
        return {}
    now = clock.now()
    connection = session.connection()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    emails = [entry.email for entry in entries]
    before = set(session.scalars(sa.select(Person.email).where(Person.email.in_(emails))))
    new = [entry for entry in entries if entry.email not in before]
    if new:
        session.execute(
            dialect.insert(Person).on_conflict_do_nothing(index_elements=["email"]),
            [
                {
                    "email": entry.email,
                    "name": entry.name,
                    "language": entry.language,
                    "time_zone": entry.time_zone,
                    "login_epoch": 1,
                    "is_active": True,
                    "created_at": now,
                }
                # In one order for all, so that two imports at once never wait for each other.
                for entry in sorted(new, key=lambda entry: entry.email)
            ],
        )
    people = {
        person.email: person for person in session.scalars(sa.select(Person).where(Person.email.in_(emails)))
    }
    for entry in new:
        journal.record(session, "person.added", "person", people[entry.email].id, by=by)
    return people


def add(session: Session, entry: Entry, *, by: Actor | None) -> Person:
    """Add somebody.

    :raises EmailTaken: when somebody has this e-mail address.
    """
    entry = entry.checked()
    if find(session, entry.email):
        raise EmailTaken(field="email")
    return add_all(session, [entry], by=by)[entry.email]


def welcome(session: Session, person: Person, *, base_url: str) -> str:
    """Mail somebody a link to choose a password; the link is also returned."""
    link = f"{base_url}/link/{links.make(session, person, LinkPurpose.INVITATION)}"
    letters.send(session, "welcome", person, link=link)
    return link


def give_role(
    session: Session,
    person: Person,
    role: RoleName,
    *,
    programme_id: UUID | None = None,
    centre_id: UUID | None = None,
    by: Actor | None,
) -> Role:
    """Give a role, everywhere or within a programme or centre; given twice it stays one.

    Administrators and HR take the staff's seat in every centre that the role reaches.

    :raises OtherSeat: when the person is a participant or assessor in one of them.
    """
    same = session.scalar(
        sa.select(Role).where(
            Role.person_id == person.id,
            Role.role == role,
            Role.programme_id.is_not_distinct_from(programme_id),
            Role.centre_id.is_not_distinct_from(centre_id),
        )
    )
    if same:
        return same
    if role in (RoleName.ADMINISTRATOR, RoleName.HR):
        for centre in session.scalars(_reached(programme_id, centre_id)).all():
            take_seat(session, centre, person, SeatName.STAFF)
    made = Role(
        person_id=person.id, role=role, programme_id=programme_id, centre_id=centre_id, given_at=clock.now()
    )
    session.add(made)
    journal.record(
        session,
        "role.given",
        "person",
        person.id,
        by=by,
        centre_id=centre_id,
        role=role,
        programme=programme_id,
    )
    return made


def take_role(session: Session, role_id: UUID, *, by: Actor) -> None:
    """Take a role away again. The seats of staff stay: what somebody has seen cannot be unseen.

    :raises LastAdministrator: when nobody would be left to administer the installation.
    """
    role = session.get(Role, role_id)
    if role is None:
        raise errors.NotFound
    if role.role is RoleName.ADMINISTRATOR and role.programme_id is None and role.centre_id is None:
        others = session.scalar(
            sa.select(sa.func.count())
            .select_from(Role)
            .join(Person)
            .where(
                Role.role == RoleName.ADMINISTRATOR,
                Role.programme_id.is_(None),
                Role.centre_id.is_(None),
                Role.id != role.id,
                Person.is_active,
            )
        )
        if not others:
            raise LastAdministrator
    journal.record(
        session,
        "role.taken",
        "person",
        role.person_id,
        by=by,
        centre_id=role.centre_id,
        role=role.role,
        programme=role.programme_id,
    )
    session.delete(role)


def take_seat(session: Session, centre: Centre, person: Person, seat: SeatName) -> bool:
    """Take a seat in a centre; whether it is new. The primary key keeps everybody at one.

    :raises OtherSeat: when the person already has another one there.
    :raises RealAndSynthetic: when somebody real is to take part in a rehearsal, or somebody synthetic elsewhere.
    """
    if seat is not SeatName.STAFF and person.rehearsal_id != (centre.id if centre.is_copy else None):
        raise RealAndSynthetic(person.name)
    connection = session.connection()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    made = session.execute(
        dialect.insert(Seat)
        .values(centre_id=centre.id, person_id=person.id, seat=seat)
        .on_conflict_do_nothing()
        .returning(Seat.person_id)
    ).scalar()
    if made is not None:
        return True
    held = session.scalars(
        sa.select(Seat.seat).where(Seat.centre_id == centre.id, Seat.person_id == person.id)
    ).one()
    if held is not seat:
        raise OtherSeat(held, person.name, centre.name)
    return False


def seat_staff(session: Session, centre: Centre) -> None:
    """Seat everybody whose role as administrator or HR reaches a new centre."""
    staff = session.scalars(
        sa.select(Person)
        .distinct()
        .join(Role)
        .where(
            Role.role.in_((RoleName.ADMINISTRATOR, RoleName.HR)),
            Role.centre_id.is_(None),
            sa.or_(Role.programme_id.is_(None), Role.programme_id == centre.programme_id),
        )
    )
    for person in staff.all():
        take_seat(session, centre, person, SeatName.STAFF)


def _reached(programme_id: UUID | None, centre_id: UUID | None) -> sa.Select[Centre]:
    query = sa.select(Centre).order_by(Centre.id)
    if centre_id:
        return query.where(Centre.id == centre_id)
    return query.where(Centre.programme_id == programme_id) if programme_id else query


# One's own account.


def find_actor(session: Session, person_id: UUID, login_epoch: int) -> Actor | None:
    """Who a login belongs to, if it still holds."""
    person = session.get(Person, person_id, options=[selectinload(Person.roles)])
    if person is None or not person.is_active or person.login_epoch != login_epoch:
        return None
    return Actor(
        person.id,
        person.name,
        person.email,
        person.language,
        person.time_zone,
        frozenset(HeldRole(role.role, role.programme_id, role.centre_id) for role in person.roles),
    )


def change_account(
    session: Session,
    *,
    name: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    by: Actor,
) -> None:
    """Change one's own name, language or time zone."""
    person = get(session, by.person_id)
    before = (person.name, person.language, person.time_zone)
    if name is not None:
        person.name = checked_name(name)
    if language is not None:
        person.language = checked_language(language)
    if time_zone is not None:
        person.time_zone = checked_time_zone(time_zone)
    if before != (person.name, person.language, person.time_zone):
        journal.record(session, "person.changed", "person", person.id, by=by)


def change_password(database: Database, *, present: str, new: str, address: str, by: Actor) -> int:
    """Change one's own password; the new login epoch. Every other login ends.

    :raises WrongPassword: when ``present`` is not the password now.
    """
    passwords.check(new, email=by.email)
    try:
        person = logins.log_in(database, email=by.email, password=present, address=address)
    except logins.WrongLogin:
        raise WrongPassword(field="present") from None
    stored = passwords.hashed(new)
    with database.writing() as session:
        person = session.get_one(Person, by.person_id, with_for_update=True)
        person.password_hash = stored
        person.login_epoch += 1
        epoch = person.login_epoch
        journal.record(session, "person.password_changed", "person", person.id, by=by)
    return epoch
