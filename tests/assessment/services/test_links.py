"""A link works once, for a while, for one person; opening it changes nothing."""

import re
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock
from assessment.database import Database
from assessment.models.event import Mail
from assessment.models.person import Link, LinkPurpose, Person
from assessment.services import links, logins, passwords
from tests import factories

GOOD = "klaver vijver trommel"


def test_a_link_sets_a_password_once(database: Database, person: Person, token: str) -> None:
    links.set_password(database, token, GOOD)
    assert logins.log_in(database, email=person.email, password=GOOD, address="::1").login_epoch == 2
    with pytest.raises(links.LinkSpent):
        links.set_password(database, token, "another good one")


def test_opening_a_link_does_not_use_it_up(database: Database, token: str) -> None:
    for _ in range(3):
        with database.reading() as session:
            assert links.find(session, token)


def test_only_a_hash_of_the_token_is_kept(database: Database, token: str) -> None:
    with database.reading() as session:
        assert token not in str(session.execute(sa.select(Link.__table__)).all())


def test_a_bad_password_leaves_the_link_as_it_is(database: Database, token: str) -> None:
    with pytest.raises(passwords.TooShort):
        links.set_password(database, token, "short")
    with database.reading() as session:
        assert links.find(session, token)


def test_a_link_expires(database: Database, token: str) -> None:
    late = clock.now() + links.LASTS[LinkPurpose.INVITATION] + timedelta(seconds=1)
    with time_machine.travel(late, tick=False), database.reading() as session, pytest.raises(links.LinkSpent):
        links.find(session, token)


def test_a_new_link_ends_the_one_before(database: Database, person: Person, token: str) -> None:
    with database.writing() as session:
        links.make(session, session.get_one(Person, person.id), LinkPurpose.INVITATION)
    with database.reading() as session, pytest.raises(links.LinkSpent):
        links.find(session, token)


def test_of_two_who_use_a_link_at_once_one_is_told_no(database: Database, person: Person, token: str) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def use(password: str) -> None:
        together.wait()
        try:
            links.set_password(database, token, password)
            outcomes.append(password)
        except links.LinkSpent:
            outcomes.append("spent")

    threads = [threading.Thread(target=use, args=(word,)) for word in (GOOD, "another good one")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("spent") == 1
    winner = next(word for word in outcomes if word != "spent")
    assert logins.log_in(database, email=person.email, password=winner, address="::1")


def test_nobody_learns_who_has_an_account_and_mails_are_few(database: Database, person: Person) -> None:
    with database.writing() as session:
        links.send_reset(session, "nobody@example.org", base_url="http://klei.test")
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 0
    for _ in range(9):
        with database.writing() as session:
            links.send_reset(session, person.email.upper(), base_url="http://klei.test")
    with database.reading() as session:
        mails = session.scalars(sa.select(Mail).order_by(Mail.created_at)).all()
    assert 1 <= len(mails) <= links.RESETS.free
    found = re.search(r"http://klei\.test/link/(\S+)", mails[-1].text)
    assert found
    assert links.set_password(database, found[1], GOOD).id == person.id


def test_mails_speak_the_language_of_their_reader(database: Database) -> None:
    with database.writing() as session:
        factories.person(session, email="nl@example.org", language="nl")
        links.send_reset(session, "nl@example.org", base_url="http://klei.test")
    with database.reading() as session:
        assert "wachtwoord" in session.scalars(sa.select(Mail)).one().text


@pytest.fixture
def person(database: Database) -> Person:
    with database.writing() as session:
        return factories.person(session, name="Ada")


@pytest.fixture
def token(database: Database, person: Person) -> str:
    with database.writing() as session:
        return links.make(session, session.get_one(Person, person.id), LinkPurpose.INVITATION)
