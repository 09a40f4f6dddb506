"""Mail leaves over SMTP after the commit, once, and waits longer after each failure."""

import email
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.policy import default

import pytest
import sqlalchemy as sa
import time_machine

from assessment import mail
from assessment.database import Database
from assessment.models.event import Mail
from assessment.settings import Settings
from tests.factories import NOON


class Post(socketserver.StreamRequestHandler):
    """As much of SMTP as a sender needs; refuses recipients at refused.example."""

    def handle(self) -> None:
        self._say("220 post")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(" ")[0].split(":")[0]
            if word == "EHLO":
                self._say("250 post")
            elif word == "RCPT" and "refused.example" in line:
                self._say("550 nobody of that name")
            elif word == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.letters: list[bytes] = []


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def by_smtp(settings: Settings, post: PostOffice) -> Settings:
    port = post.server_address[1]
    return replace(
        settings, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False, mail_from="klei@example.org"
    )


def write(database: Database, recipient: str = "ada@example.org", subject: str = "Uitnodiging: één") -> None:
    with database.writing() as session:
        mail.queue(session, recipient=recipient, subject=subject, text="Hallo Ada,\n\nwelkom. 🙂\n")


def send(database: Database, settings: Settings) -> int:
    return mail.send_due(database, settings)


def test_a_mail_is_sent_once_with_its_words_whole(
    database: Database, by_smtp: Settings, post: PostOffice
) -> None:
    write(database)
    assert send(database, by_smtp) == 1
    assert send(database, by_smtp) == 0
    (letter,) = post.letters
    message = email.message_from_bytes(letter, policy=default)
    assert (message["To"], message["From"], message["Subject"]) == (
        "ada@example.org",
        "klei@example.org",
        "Uitnodiging: één",
    )
    assert message.get_content().strip().endswith("welkom. 🙂")
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_subject_cannot_add_headers(database: Database, by_smtp: Settings, post: PostOffice) -> None:
    write(database, subject="Hello\r\nBcc: everybody@example.org")
    assert send(database, by_smtp) == 1
    message = email.message_from_bytes(post.letters[0], policy=default)
    assert message["Bcc"] is None


def test_a_transaction_that_fails_sends_nothing(database: Database, by_smtp: Settings) -> None:
    def fails() -> None:
        with database.writing() as session:
            mail.queue(session, recipient="ada@example.org", subject="x", text="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert send(database, by_smtp) == 0


def test_a_refused_mail_does_not_hold_up_the_others_and_is_tried_later(
    database: Database, by_smtp: Settings, post: PostOffice
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        write(database, recipient="x@refused.example")
        write(database)
        assert send(database, by_smtp) == 1
        with database.reading() as session:
            refused = session.scalars(sa.select(Mail).where(Mail.sent_at.is_(None))).one()
        assert refused.attempts == 1
        assert "550" in refused.error
        assert send(database, by_smtp) == 0
        now.shift(timedelta(minutes=2))
        send(database, by_smtp)
        with database.reading() as session:
            assert session.scalars(sa.select(Mail.attempts).where(Mail.sent_at.is_(None))).one() == 2


def test_a_post_office_that_is_shut_loses_no_mail(database: Database, settings: Settings) -> None:
    write(database)
    assert send(database, replace(settings, smtp_host="127.0.0.1", smtp_port=9)) == 0
    with database.reading() as session:
        found = session.scalars(sa.select(Mail)).one()
    assert (found.sent_at, found.attempts) == (None, 1)
    assert found.error


def test_without_a_mail_server_mails_stay_in_the_outbox(database: Database, settings: Settings) -> None:
    write(database)
    assert send(database, settings) == 0
    with database.reading() as session:
        assert session.scalars(sa.select(Mail)).one().attempts == 0
