"""Outgoing mail: a row in the same transaction as what it is about, sent by the worker over SMTP.

Without an SMTP host mails stay in the outbox, where the administrator can read them (the demo). Of a rehearsal no
mail is ever made: not to its synthetic people, whose addresses end in ``.invalid``, and not about it to anybody else.
"""

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.event import Mail
from assessment.settings import Settings

MOST_ATTEMPTS = 8
NOWHERE = ".invalid"
"""Where no mail can go (RFC 2606): the addresses of synthetic people."""
TAKEN_FOR = timedelta(minutes=3)
"""How long a worker has a mail to itself; if it died over it, another sends it after that."""


def queue(
    session: Session, *, recipient: str, subject: str, text: str, centre_id: UUID | None = None
) -> Mail | None:
    """Put a mail on its way: it leaves after the commit, or never if there is none. None for a copy of a centre."""
    if recipient.endswith(NOWHERE):
        return None
    if centre_id and (centre := session.get(Centre, centre_id)) and centre.is_copy:
        return None
    mail = Mail(
        recipient=recipient,
        subject=" ".join(subject.split()),
        text=text,
        centre_id=centre_id,
        created_at=clock.now(),
    )
    session.add(mail)
    return mail


def send_due(database: Database, settings: Settings) -> int:
    """Send what waits, oldest first; a failure waits longer each time. Returns how many were sent.

    No transaction is open while the mail server is talked with: a slow one must not hold up a save.
    """
    waiting = _due(database) if settings.smtp_host else []
    if not waiting:
        return 0
    sent, in_hand = 0, None
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20) as server:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            for mail_id in waiting:
                mail = _take(database, mail_id)
                if mail is None:
                    continue
                in_hand = mail_id
                try:
                    server.send_message(_message(mail, settings))
                except smtplib.SMTPServerDisconnected:
                    raise
                except smtplib.SMTPException as error:
                    _put_back(database, mail_id, error)
                else:
                    _sent(database, mail_id)
                    sent += 1
                in_hand = None
    except (OSError, smtplib.SMTPException) as error:
        _wait_longer(database, waiting, error)
        if in_hand:
            _put_back(database, in_hand, error)
    return sent


def _due(database: Database) -> list[UUID]:
    with database.reading() as session:
        waiting = session.execute(
            sa.select(Mail.id, Mail.created_at, Mail.taken_at, Mail.attempts)
            .where(Mail.sent_at.is_(None), Mail.attempts < MOST_ATTEMPTS)
            .order_by(Mail.created_at)
            .limit(200)
        ).all()
    now = clock.now()
    return [
        mail.id
        for mail in waiting
        if mail.created_at + timedelta(minutes=2**mail.attempts - 1) <= now
        and (mail.taken_at is None or mail.taken_at < now - TAKEN_FOR)
    ]


def _take(database: Database, mail_id: UUID) -> Mail | None:
    """The mail, this worker's for a while; None when another has it. The attempt counts even if the worker dies."""
    now = clock.now()
    with database.writing() as session:
        mine = session.execute(
            sa.update(Mail)
            .where(
                Mail.id == mail_id,
                Mail.sent_at.is_(None),
                sa.or_(Mail.taken_at.is_(None), Mail.taken_at < now - TAKEN_FOR),
            )
            .values(taken_at=now, attempts=Mail.attempts + 1)
        )
        return session.get(Mail, mail_id) if mine.rowcount else None  # type: ignore[attr-defined]


def _sent(database: Database, mail_id: UUID) -> None:
    with database.writing() as session:
        session.execute(
            sa.update(Mail).where(Mail.id == mail_id).values(sent_at=clock.now(), taken_at=None, error="")
        )


def _put_back(database: Database, mail_id: UUID, error: Exception) -> None:
    """The server did not take this one."""
    with database.writing() as session:
        session.execute(
            sa.update(Mail).where(Mail.id == mail_id).values(taken_at=None, error=str(error)[:500])
        )


def _wait_longer(database: Database, mail_ids: list[UUID], error: Exception) -> None:
    """The server is away: whatever nobody has in hand waits, longer each time."""
    with database.writing() as session:
        session.execute(
            sa.update(Mail)
            .where(Mail.id.in_(mail_ids), Mail.sent_at.is_(None), Mail.taken_at.is_(None))
            .values(attempts=Mail.attempts + 1, error=str(error)[:500])
        )


def _message(mail: Mail, settings: Settings) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate(mail.created_at.timestamp())
    message["Message-ID"] = make_msgid(
        idstring=mail.id.hex, domain=settings.mail_from.partition("@")[2] or "klei"
    )
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message
