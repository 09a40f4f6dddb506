"""Logging in and out in the browser's terms: cookies, tokens, and where one goes afterwards."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.event import Mail
from assessment.models.person import LinkPurpose, Person, RoleName
from assessment.services import links, passwords
from tests import factories
from tests.conftest import log_in

GOOD = "klaver vijver trommel"


def enter(client: FlaskClient, password: str = GOOD, **values: str) -> object:
    return client.post("/login", data={"email": "ada@example.org", "password": password, **values})


def test_logging_in_makes_a_fresh_cookie_and_goes_on(client: FlaskClient, ada: Person) -> None:
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "of the visitor"
    answer = enter(client, next="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    with client.session_transaction() as cookie:
        assert cookie["login"] == [str(ada.id), 1] or cookie["login"] == (str(ada.id), 1)
        assert cookie["language"] == "nl"
        assert cookie.get("csrf_token") != "of the visitor"
        assert cookie.permanent


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/\n/evil",
    ],
)
def test_it_never_goes_on_to_somewhere_else(client: FlaskClient, ada: Person, target: str) -> None:
    assert enter(client, next=target).location == "/"


def test_wrong_address_and_wrong_password_look_the_same(client: FlaskClient, ada: Person) -> None:
    one = client.post("/login", data={"email": "ada@example.org", "password": "wrong"})
    two = client.post("/login", data={"email": "bob@example.org", "password": "wrong"})
    assert one.status_code == two.status_code == 401
    plain = [re.sub(r'(ada|bob)@example|content="[^"]*"|value="[^"]*"', "", page.text) for page in (one, two)]
    assert plain[0] == plain[1]


def test_too_many_attempts_are_told_to_wait(client: FlaskClient, ada: Person) -> None:
    statuses = [enter(client, "wrong").status_code for _ in range(10)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert enter(client).status_code == 429


def test_logging_out_ends_the_login_and_keeps_the_language(client: FlaskClient, ada: Person) -> None:
    enter(client)
    assert client.get("/account").status_code == 200
    assert client.post("/logout").location == "/"
    assert "/login" in client.get("/account").location
    assert 'lang="nl"' in client.get("/").text


def test_logging_in_again_in_place_gives_a_new_token_without_an_old_one(app: Flask, ada: Person) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    assert client.post("/login", data={"email": "ada@example.org", "password": GOOD}).status_code == 400
    answer = client.post("/api/login", json={"email": "ada@example.org", "password": GOOD})
    assert answer.json["person"] == str(ada.id)
    token = answer.json["csrf"]
    assert client.post("/language", data={"language": "en"}).status_code == 400
    assert (
        client.post("/language", data={"language": "en"}, headers={"X-CSRF-Token": token}).status_code == 303
    )


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"email": "ada@example.org", "password": "wrong"}, {}, 401),
        ({"email": ["ada@example.org"], "password": None}, {}, 401),
        (["x"], {}, 400),
        ({"email": "ada@example.org", "password": GOOD}, {"Sec-Fetch-Site": "cross-site"}, 400),
    ],
)
def test_logging_in_in_place_refuses_what_it_must(
    client: FlaskClient, ada: Person, body: object, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/api/login", json=body, headers=headers)
    assert answer.status_code == status
    assert answer.json["message"]
    with client.session_transaction() as cookie:
        assert "login" not in cookie


def test_an_invitation_link_leads_to_a_password_and_in(
    client: FlaskClient, sqlite_database: Database, ada: Person
) -> None:
    with sqlite_database.writing() as session:
        token = links.make(session, session.get_one(Person, ada.id), LinkPurpose.INVITATION)
    page = client.get(f"/link/{token}")
    assert page.status_code == 200
    assert 'lang="nl"' in page.text
    bad = {"password": "klaver vijver trommel", "again": "something else altogether"}
    assert client.post(f"/link/{token}", data=bad).status_code == 422
    assert client.post(f"/link/{token}", data={"password": "short", "again": "short"}).status_code == 422
    new = {"password": "een heel ander woord", "again": "een heel ander woord"}
    assert client.post(f"/link/{token}", data=new).location == "/"
    assert client.get("/account").status_code == 200
    assert client.get(f"/link/{token}").status_code == 410
    assert client.post(f"/link/{token}", data=new).status_code == 410


def test_a_link_that_never_was_is_a_clear_message(client: FlaskClient) -> None:
    assert client.get("/link/nothing").status_code == 410
    assert client.get("/link/%00%F0").status_code in (404, 410)


def test_a_forgotten_password_is_answered_the_same_for_everybody(
    client: FlaskClient, sqlite_database: Database, ada: Person
) -> None:
    pages = [
        client.post("/forgotten", data={"email": email}).text
        for email in ("ada@example.org", "b@example.org")
    ]
    assert re.sub(r'content="[^"]*"|value="[^"]*"', "", pages[0]) == re.sub(
        r'content="[^"]*"|value="[^"]*"', "", pages[1]
    )
    with sqlite_database.reading() as session:
        assert [mail.recipient for mail in session.scalars(sa.select(Mail))] == ["ada@example.org"]


def test_a_new_password_ends_every_other_login(app: Flask, client: FlaskClient, ada: Person) -> None:
    other = log_in(app.test_client(), ada)
    enter(client)
    wrong = {"present": "wrong", "password": "een heel ander woord", "again": "een heel ander woord"}
    assert client.post("/account/password", data=wrong).status_code == 422
    assert other.get("/account").status_code == 200
    assert client.post("/account/password", data={**wrong, "present": GOOD}).location == "/account"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_nobody_changes_a_password_without_a_login(client: FlaskClient, ada: Person) -> None:
    assert "/login" in client.post("/account/password", data={}).location


def test_the_account_is_changed_and_bad_values_are_refused(
    client: FlaskClient, sqlite_database: Database, ada: Person
) -> None:
    log_in(client, ada)
    good = {"name": " Ada  Byron ", "language": "en", "time_zone": "America/New_York"}
    assert client.post("/account", data=good).status_code == 303
    for bad in ({"name": ""}, {"language": "fr"}, {"time_zone": "Mars/Base"}, {"name": "x" * 300}):
        assert client.post("/account", data={**good, **bad}).status_code == 422
    with sqlite_database.reading() as session:
        stored = session.get_one(Person, ada.id)
    assert (stored.name, stored.language, stored.time_zone) == ("Ada Byron", "en", "America/New_York")


def test_the_language_changes_anywhere_and_the_place_is_kept(
    client: FlaskClient, sqlite_database: Database, ada: Person
) -> None:
    answer = client.post("/language", data={"language": "nl", "next": "/login?next=/account"})
    assert answer.location == "/login?next=/account"
    assert "Wachtwoord" in client.get("/login").text
    assert client.post("/language", data={"language": "xx", "next": "//evil.example/"}).location == "/"
    log_in(client, ada)
    client.post("/language", data={"language": "en", "next": "http://localhost/account"})
    with sqlite_database.reading() as session:
        assert session.get_one(Person, ada.id).language == "en"


def test_the_start_page_sends_each_role_home(
    client: FlaskClient, sqlite_database: Database, ada: Person
) -> None:
    assert "/login" in client.get("/").text
    log_in(client, ada)
    assert client.get("/").status_code == 200
    with sqlite_database.writing() as session:
        factories.role(session, ada, RoleName.ADMINISTRATOR)
    assert client.get("/").location == "/administrator/"


def test_letters_have_a_subject_and_a_text() -> None:
    letters = list((Path(__file__).parents[3] / "templates" / "email").glob("*.txt"))
    assert letters
    for letter in letters:
        subject, text = letter.read_text("utf-8").split("\n", 1)
        assert subject.strip().startswith("{{ _(")
        assert text.strip()


@pytest.fixture
def ada(sqlite_database: Database) -> Person:
    with sqlite_database.writing() as session:
        return factories.person(
            session, email="ada@example.org", name="Ada", language="nl", password_hash=passwords.hashed(GOOD)
        )
