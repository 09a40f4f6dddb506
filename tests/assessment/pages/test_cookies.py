"""The login cookie and its token: that signatures are remembered makes no check weaker."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from assessment import clock
from assessment.database import Database
from assessment.pages import cookies
from tests import factories
from tests.conftest import log_in


@pytest.fixture
def browser(app: Flask, sqlite_database: Database) -> FlaskClient:
    """Somebody who has logged in, at a service that asks for the token."""
    app.config["WTF_CSRF_ENABLED"] = True
    with sqlite_database.writing() as session:
        person = factories.person(session)
    client = log_in(app.test_client(), person)
    with client.session_transaction() as cookie:
        cookie.permanent = True
        cookie["csrf_token"] = "of this login"
    return client


def token(app: Flask, said: str = "of this login") -> str:
    return str(app.extensions["csrf"].serializer.dumps(said))


def status_of_save(client: FlaskClient, token: str) -> int:
    """422 when the token was good: what is sent is no save; 400 when it was not; 401 without a login."""
    answer = client.put(
        f"/api/sittings/{uuid4()}/tasks/memo", json={}, headers={cookies.TOKEN_HEADER: token} if token else {}
    )
    return answer.status_code


def forged(signed: str) -> str:
    """With another signature. Its first character: of the last one, base64 leaves bits unused."""
    said, _, signature = signed.rpartition(".")
    return f"{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def value(client: FlaskClient) -> str:
    found = client.get_cookie("klei")
    assert found
    return found.value


def test_the_token_of_the_login_is_accepted_every_time(app: Flask, browser: FlaskClient) -> None:
    good = token(app)
    assert [status_of_save(browser, good) for _ in range(3)] == [422, 422, 422]


@pytest.mark.parametrize("twice", [False, True])
def test_any_other_token_is_refused_even_when_a_good_one_was_seen(
    app: Flask, browser: FlaskClient, twice: bool
) -> None:
    good, foreign = token(app), token(app, "of somebody else")
    if twice:
        assert status_of_save(browser, good) == 422
        status_of_save(browser, foreign)
    others = [
        "",
        "of this login",
        foreign,
        forged(good),
        "x" + good,
        good.swapcase(),
        "é",
    ]
    assert {status_of_save(browser, other) for other in others} == {400}


def test_a_token_that_was_remembered_is_worth_nothing_to_another_login(
    app: Flask, browser: FlaskClient
) -> None:
    good = token(app)
    assert status_of_save(browser, good) == 422
    stranger = app.test_client()
    assert status_of_save(stranger, good) == 400
    with stranger.session_transaction() as cookie:
        cookie["csrf_token"] = "of the stranger"
    assert status_of_save(stranger, good) == 400


def test_a_changed_cookie_is_no_login_even_when_the_good_one_was_seen(
    app: Flask, browser: FlaskClient
) -> None:
    assert browser.get("/account").status_code == 200
    good = value(browser)
    payload, signed_at, signature = good.rsplit(".", 2)
    for bad in (
        forged(good),
        f"{payload}.{signed_at}",
        f"{payload}.AAAAAA.{signature}",
        f"x{good}",
    ):
        other = app.test_client()
        other.set_cookie("klei", bad)
        assert other.get("/account").status_code == 303


def test_a_login_ends_so_long_after_its_last_use_although_its_cookie_was_seen(
    app: Flask, browser: FlaskClient
) -> None:
    now, hours = clock.now(), app.permanent_session_lifetime
    assert browser.get("/account").status_code == 200
    with time_machine.travel(now + hours - timedelta(minutes=1), tick=False):
        assert browser.get("/account").status_code == 200
    with time_machine.travel(now + 2 * hours - timedelta(minutes=2), tick=False):
        assert browser.get("/account").status_code == 200
    with time_machine.travel(now + 4 * hours, tick=False):
        assert browser.get("/account").status_code == 303


def test_the_cookie_is_renewed_every_few_minutes_and_not_with_each_request(
    app: Flask, browser: FlaskClient
) -> None:
    now, first = clock.now(), value(browser)
    with time_machine.travel(now + timedelta(seconds=cookies.RENEWED_AFTER - 2), tick=False):
        answer = browser.get("/account")
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" in answer.vary
    with time_machine.travel(now + timedelta(seconds=cookies.RENEWED_AFTER + 2), tick=False):
        assert "Set-Cookie" in browser.get("/account").headers
    assert value(browser) != first


def test_what_is_remembered_has_a_limit(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cookies, "MOST_REMEMBERED", 3)
    for _ in range(8):
        with browser.session_transaction() as cookie:
            cookie["n"] = str(uuid4())
        assert browser.get("/account").status_code == 200
        assert status_of_save(browser, token(app)) == 422
    kept = app.session_interface
    assert isinstance(kept, cookies.Cookies)
    assert 0 < len(kept.verified) <= 3
