"""People, their roles and seats, links that work once, and the throttle of the login."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from assessment.database import Base, Identified, choice


class RoleName(StrEnum):
    PARTICIPANT = "participant"
    ASSESSOR = "assessor"
    HR = "hr"
    ADMINISTRATOR = "administrator"


class SeatName(StrEnum):
    """What somebody is within one centre; nobody is two of these."""

    PARTICIPANT = "participant"
    ASSESSOR = "assessor"
    STAFF = "staff"


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


class Person(Identified, Base):
    """Somebody who can log in. The e-mail address is kept in lower case and unique."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="Europe/Amsterdam")
    password_hash: Mapped[str | None]
    login_epoch: Mapped[int] = mapped_column(default=1)
    """Raised when the password changes: every login made before ends."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    rehearsal_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"), index=True)
    """The rehearsal that this synthetic person exists for; nobody real has one."""

    roles: Mapped[list["Role"]] = relationship(back_populates="person", cascade="all, delete-orphan")

    @validates("email")
    def _lower(self, _key: str, email: str) -> str:
        return email.strip().lower()

    __table_args__ = (
        sa.CheckConstraint("language IN ('en', 'nl')", name="language_is_known"),
        sa.CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        sa.CheckConstraint(
            "rehearsal_id IS NULL OR email LIKE '%.invalid'", name="synthetic_people_get_no_mail"
        ),
    )


class Role(Identified, Base):
    """A role holds everywhere (an installation's administrator), within a programme, or within a centre."""

    __tablename__ = "role"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[RoleName] = mapped_column(choice(RoleName, "role"))
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"))
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    given_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="roles")

    __table_args__ = (
        sa.UniqueConstraint("person_id", "role", "programme_id", "centre_id"),
        sa.CheckConstraint(
            "role = 'administrator' OR programme_id IS NOT NULL OR centre_id IS NOT NULL", name="has_a_place"
        ),
    )


class Seat(Base):
    """Who is what within one centre. The primary key makes sure that nobody is two things at once."""

    __tablename__ = "seat"

    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    seat: Mapped[SeatName] = mapped_column(choice(SeatName, "seat"))
    away_at: Mapped[datetime | None]
    """Since when this assessor is away: their work went to others, and nothing new comes to them."""


class Link(Identified, Base):
    """A link that works once and for a while. Only a hash of its token is kept."""

    __tablename__ = "link"

    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(choice(LinkPurpose, "purpose"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class Throttle(Base):
    """Failed logins per e-mail address or network address, and until when more are refused."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class SentForm(Base):
    """A form that did its part, and where its sender was led: pressed twice, a button does its part once."""

    __tablename__ = "sent_form"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    led_to: Mapped[str] = mapped_column(default="")
