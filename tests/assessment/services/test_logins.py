"""A login is found out by nobody's guess, and a slow check holds up nobody."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock
from assessment.database import Database
from assessment.models.person import Person, Throttle
from assessment.redis import RedisServer
from assessment.services import logins, passwords, throttles
from tests import factories
from tests.redis import OwnRedis

GOOD = "klaver vijver trommel"


def test_the_right_password_gives_the_person(database: Database, someone: Person) -> None:
    assert logins.log_in(database, email=" Ada@Example.org", password=GOOD, address="::1").id == someone.id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", GOOD),
        ("new@example.org", GOOD),
        ("ada@example.org", ""),
    ],
)
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(
    database: Database, someone: Person, email: str, password: str
) -> None:
    with database.writing() as session:
        factories.person(session, email="new@example.org")
    with pytest.raises(logins.WrongLogin) as caught:
        logins.log_in(database, email=email, password=password, address="::1")
    assert str(caught.value) == logins.WrongLogin.sentence


def test_a_person_who_is_not_there_is_checked_as_thoroughly(
    database: Database, someone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    original = passwords.fits
    monkeypatch.setattr(
        passwords, "fits", lambda stored, word: asked.append(stored) or original(stored, word)
    )
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(logins.WrongLogin):
            logins.log_in(database, email=email, password="wrong", address="::1")
    assert len(asked) == 2
    assert asked[1] is None
    began = time.perf_counter()
    passwords.fits(None, "wrong")
    missing = time.perf_counter() - began
    began = time.perf_counter()
    passwords.fits(asked[0], "wrong")
    assert missing > (time.perf_counter() - began) / 5


def test_failures_make_one_wait_and_the_wait_ends(database: Database, someone: Person) -> None:
    with time_machine.travel(factories.NOON, tick=False) as traveller:
        for _ in range(logins.PER_EMAIL.free):
            with pytest.raises(logins.WrongLogin):
                logins.log_in(database, email="ada@example.org", password="wrong", address="::1")
        with pytest.raises(throttles.TooManyAttempts):
            logins.log_in(database, email="ada@example.org", password=GOOD, address="::1")
        traveller.shift(throttles.FIRST_WAIT + timedelta(seconds=1))
        assert logins.log_in(database, email="ada@example.org", password=GOOD, address="::1")
        for _ in range(logins.PER_EMAIL.free):  # all is forgotten: as many are free as at first
            with pytest.raises(logins.WrongLogin):
                logins.log_in(database, email="ada@example.org", password="wrong", address="::1")


def test_the_wait_grows_but_never_beyond_a_quarter_of_an_hour(database: Database, someone: Person) -> None:
    with time_machine.travel(factories.NOON, tick=False) as traveller:
        for _ in range(30):
            with pytest.raises((logins.WrongLogin, throttles.TooManyAttempts)):
                logins.log_in(database, email="ada@example.org", password="wrong", address="::1")
            traveller.shift(timedelta(minutes=15, seconds=1))
        assert logins.log_in(database, email="ada@example.org", password=GOOD, address="::1")


def test_many_guesses_at_once_cannot_slip_through_together(database: Database, someone: Person) -> None:
    outcomes: list[type[Exception]] = []

    def guess() -> None:
        try:
            logins.log_in(database, email="ada@example.org", password="wrong", address="::1")
        except (logins.WrongLogin, throttles.TooManyAttempts) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(logins.WrongLogin) == logins.PER_EMAIL.free
    assert outcomes.count(throttles.TooManyAttempts) == 20 - logins.PER_EMAIL.free


def test_one_network_address_cannot_try_everybody(database: Database) -> None:
    with time_machine.travel(factories.NOON, tick=False):
        with database.writing() as session:
            for _ in range(logins.PER_ADDRESS.free):
                assert throttles.take(session, throttles.key("address", "192.0.2.1"), logins.PER_ADDRESS)
        with pytest.raises(throttles.TooManyAttempts):
            logins.log_in(database, email="new@example.org", password="wrong", address="192.0.2.1")
        with pytest.raises(logins.WrongLogin):
            logins.log_in(database, email="new@example.org", password="wrong", address="192.0.2.2")


def test_the_throttle_keeps_no_addresses(database: Database, someone: Person) -> None:
    with pytest.raises(logins.WrongLogin):
        logins.log_in(database, email="ada@example.org", password="wrong", address="192.0.2.1")
    with database.reading() as session:
        keys = list(session.scalars(sa.select(Throttle.key)))
    if redis := database.beside.get("redis"):
        assert keys == []
        keys = [found.decode() for found in redis.client.scan_iter()]
    assert len(keys) == 2
    assert "ada" not in " ".join(keys)
    assert "192" not in " ".join(keys)


def test_who_was_over_the_limit_is_free_again_after_an_hour(database: Database) -> None:
    limit = throttles.Limit(free=2, longest=timedelta(minutes=5))
    with time_machine.travel(factories.NOON, tick=False) as traveller, database.writing() as session:
        assert [throttles.take(session, "a", limit) for _ in range(3)] == [True, True, False]
        traveller.shift(timedelta(seconds=31))
        assert [throttles.take(session, "a", limit) for _ in range(2)] == [True, False]
        traveller.shift(timedelta(hours=1, minutes=1))
        assert [throttles.take(session, "a", limit) for _ in range(3)] == [True, True, False]
        throttles.take_back(session, "a")
        assert [throttles.take(session, "a", limit) for _ in range(2)] == [True, False]
        throttles.take_back(session, "never counted")


def test_while_redis_is_away_the_table_counts_and_no_door_is_open(
    sqlite_database: Database, own_redis: OwnRedis
) -> None:
    redis = RedisServer(own_redis.url)
    sqlite_database.beside["redis"] = redis
    limit = throttles.Limit(free=2, longest=timedelta(minutes=5))
    with sqlite_database.writing() as session:
        assert [throttles.take(session, "a", limit) for _ in range(3)] == [True, True, False]
        own_redis.stop()
        began = time.monotonic()
        assert [throttles.take(session, "a", limit) for _ in range(3)] == [True, True, False]
        throttles.forgive(session, "a")
        assert [throttles.take(session, "a", limit) for _ in range(3)] == [True, True, False]
        assert time.monotonic() - began < 2  # a login does not wait for what is not there
    redis.close()


def test_a_password_is_checked_while_nobody_waits_for_the_database(
    database: Database, someone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_stored: str | None, _password: str) -> bool:
        with database.writing() as session:  # would wait for its turn for ever inside a writing transaction
            factories.person(session, email="meanwhile@example.org")
        return True

    monkeypatch.setattr(passwords, "fits", slow)
    assert logins.log_in(database, email="ada@example.org", password=GOOD, address="::1").id == someone.id


def test_an_older_hash_is_renewed_at_login(
    database: Database, someone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "is_outdated", lambda _stored: True)
    logins.log_in(database, email="ada@example.org", password=GOOD, address="::1")
    with database.reading() as session:
        stored = session.get_one(Person, someone.id).password_hash
    assert stored != someone.password_hash
    assert passwords.fits(stored, GOOD)


@pytest.mark.parametrize("password", [GOOD, "correct paard batterij", "ÄÖÜ äöü ß ñ 你好吗", "aq9!xk2#zz0p"])
def test_long_passwords_are_taken_as_they_are(password: str) -> None:
    passwords.check(password, email="ada@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Welkom2026!!",
        "W@chtwoord01",
        "qwertyuiop12",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "testtest2026",
        "abcdefghijkl",
        "ada@example.org",
    ],
)
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(passwords.TooCommon):
        passwords.check(password, email="ada@example.org")


def test_a_short_and_an_endless_password_are_refused() -> None:
    with pytest.raises(passwords.TooShort):
        passwords.check("klaver vijv")
    with pytest.raises(passwords.TooLong):
        passwords.check("klaver vijver " * 40)


@pytest.fixture
def someone(database: Database) -> Person:
    with database.writing() as session:
        return factories.person(
            session,
            email="ada@example.org",
            name="Ada",
            password_hash=passwords.hashed(GOOD),
            created_at=clock.now(),
        )


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The table of both databases, and Redis: the same must hold."""
    if request.param != "redis":
        yield request.getfixturevalue(f"{request.param}_database")
        return
    found: Database = request.getfixturevalue("sqlite_database")
    redis = RedisServer(request.getfixturevalue("redis_url"))
    found.beside["redis"] = redis
    yield found
    redis.close()
