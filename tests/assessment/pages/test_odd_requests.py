"""Requests that no page makes: odd methods, odd parameters, odd paths, odd cookies. A clear answer, never a failure."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment import create_app
from assessment.access import PERMISSIONS, Permission
from assessment.database import Database
from assessment.models.person import RoleName
from assessment.settings import Settings
from tests.assessment.pages.test_foreign_ids import House, filled
from tests.conftest import log_in

QUERIES = (
    "sort=%00", "sort[]=1&progress=x&q=%ff%fe", "page=-1&page=1e9", "language=xx&q=%25%5f%27%22",
    "role=%F0%9F%91%A9&next=//evil.example", "q=" + "x" * 4000,
)  # fmt: skip
PATHS = (
    "css/../../settings.py", "..%2f..%2fsettings.py", "%2e%2e/%2e%2e/settings.py", "css/%00.css", "css/%0a.css",
    "css%5c..%5c..%5csettings.py", "fonts/../../../wsgi.py", "fonts/%00", "kinds/../in_tray/kind.py",
    "in_tray/kind.py", "%ff.css", "css/" + "a" * 3000 + ".css", "css", ".",
)  # fmt: skip
ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
)
WATCHED = ("health.service",)
"""Answers 503 on purpose while a part of the service is down."""


@pytest.fixture
def house(settings: Settings, sqlite_database: Database) -> House:
    return House(settings, sqlite_database)


@pytest.mark.parametrize(
    "who", ["a participant with a report", "an assessor with work", "an HR generalist", "the administrator"]
)
def test_nonsense_in_the_address_or_another_method_never_fails_and_changes_nothing(
    house: House, who: str
) -> None:
    house.people["the administrator"] = (house.crowd.administrator, RoleName.ADMINISTRATOR)
    person, role = house.people[who]
    own, before, problems, tried = house.own(who), house.content(), [], 0
    client = log_in(house.app.test_client(), person)
    for rule in house.app.url_map.iter_rules():
        permission = getattr(house.app.view_functions[rule.endpoint], "permission", None)
        if permission not in PERMISSIONS[role] | {Permission.PUBLIC, Permission.SIGNED_IN}:
            continue
        if rule.endpoint in WATCHED:
            continue
        names = [name for name in rule.arguments if name.endswith("_id")]
        ids = {name: next(iter(own.get(name, ())), None) or house.some(name)[0] for name in names}
        known = {"centre_id": house.crowd.centre.id, "programme_id": house.crowd.centre.programme_id}
        ids |= {name: value for name, value in known.items() if name in ids}
        path = filled(rule, ids, build="x", path="css/klei.css", token="no-link")
        requests = [(method, path) for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "PATCH")]
        if "GET" in (rule.methods or ()):
            requests += [("GET", f"{path}?{query}") for query in QUERIES]
        for method, address in requests:
            answer, tried = client.open(address, method=method), tried + 1
            if answer.status_code >= 500:
                problems.append(f"{method} {address}: {answer.status_code}")
            if method in ("TRACE", "PROPFIND", "PATCH") and answer.status_code not in (404, 405):
                problems.append(f"{method} {address}: {answer.status_code}")
            if answer.headers.get("Location", "/").startswith(("//", "http")):
                problems.append(f"{method} {address} leads to {answer.headers['Location']}")
    assert not problems, "\n".join(problems)
    after = house.content()
    for content in (before, after):
        del content["presence"]  # asking for the clock is a sign of life
    assert after == before
    assert tried > 50


@pytest.mark.parametrize("path", PATHS)
def test_no_asset_is_found_outside_its_folders(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/static/x/{path}")
    assert answer.status_code == 404
    assert b"import" not in answer.data


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_change_of_language_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    for data, headers in (({"next": target}, {}), ({}, {"Referer": target})):
        answer = client.post("/language", data={"language": "nl", **data}, headers=headers)
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("cookie", ["x", "", "." * 50, "eyJsb2dpbiI6W119.x.y", "bnVsbA.x.y", "%00"])
def test_a_cookie_that_was_tampered_with_is_no_login(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("klei", cookie)
    assert client.get("/account").headers["Location"].startswith("/login")


def test_a_token_of_another_login_is_refused(
    settings: Settings, sqlite_database: Database, house: House
) -> None:
    app: Flask = create_app(settings, sqlite_database)
    app.testing = True
    mine, others = (
        log_in(app.test_client(), house.people[who][0]) for who in ("a participant", "an assessor with work")
    )
    page = others.get("/account").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    before = house.content()
    for path in ("/account", "/logout", "/account/password"):
        assert mine.post(path, data={"csrf_token": token, "name": "Somebody"}).status_code == 400
    assert house.content() == before
