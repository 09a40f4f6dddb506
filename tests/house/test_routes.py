"""Every route of the running app states a permission, and keeps out whoever lacks it."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from assessment.access import PERMISSIONS, Permission
from assessment.database import Database
from assessment.models.person import Person, RoleName
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.conftest import log_in

NOWHERE = UUID("00000000-0000-4000-8000-000000000000")


def routes(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    """Rule, method and permission of every route."""
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert permission is not None, f"{rule.rule} states no permission"
            yield rule, method, permission


def address(app: Flask, rule: Rule) -> str:
    values = {
        name: NOWHERE if type(converter).__name__ == "UUIDConverter" else "1"
        for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        built = app.url_map.bind("").build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))
    return built.replace("http://", "")


@pytest.fixture
def people(sqlite_database: Database) -> dict[RoleName, Person]:
    found = {}
    with sqlite_database.writing() as session:
        programme = factories.programme(session)
        for name in RoleName:
            found[name] = factories.person(session)
            where = {} if name is RoleName.ADMINISTRATOR else {"programme_id": programme.id}
            factories.role(session, found[name], name, **where)
    return found


def test_every_route_states_a_permission(app: Flask) -> None:
    assert len(list(routes(app))) > 40


def test_nobody_gets_past_the_login(app: Flask, client: FlaskClient) -> None:
    open_doors = []
    for rule, method, permission in routes(app):
        if permission is Permission.PUBLIC:
            continue
        answer = client.open(address(app, rule), method=method, json={} if method != "GET" else None)
        is_login = answer.status_code == 303 and "/login" in answer.headers["Location"]
        if not (is_login or answer.status_code == 401):
            open_doors.append(f"{method} {rule.rule}: {answer.status_code}")
    assert not open_doors


@pytest.mark.parametrize("role", list(RoleName))
def test_whoever_lacks_a_permission_finds_nothing(
    app: Flask, client: FlaskClient, people: dict[RoleName, Person], role: RoleName
) -> None:
    log_in(client, people[role])
    open_doors = []
    for rule, method, permission in routes(app):
        if permission in (Permission.PUBLIC, Permission.SIGNED_IN) or permission in PERMISSIONS[role]:
            continue
        answer = client.open(address(app, rule), method=method, json={} if method != "GET" else None)
        if answer.status_code not in (404, 422):
            open_doors.append(f"{method} {rule.rule}: {answer.status_code}")
        assert b"csrf" not in answer.data or answer.status_code != 200
    assert not open_doors


@pytest.mark.parametrize("role", list(RoleName))
def test_whoever_has_a_permission_meets_no_error_of_the_server(
    app: Flask, client: FlaskClient, settings: Settings, people: dict[RoleName, Person], role: RoleName
) -> None:
    fonts.put_into(settings.data_folder)  # some pages are papers
    log_in(client, people[role])
    for rule, method, permission in routes(app):
        if permission not in PERMISSIONS[role] | {
            Permission.PUBLIC,
            Permission.SIGNED_IN,
        } or rule.endpoint in (
            "login.leave",
            "account.choose_language",
            "health.service",  # no worker is at work here, and it says so with 503
        ):
            continue
        answer = client.open(address(app, rule), method=method)
        assert answer.status_code < 500, f"{method} {rule.rule}"
        if method == "GET" and not rule.arguments:
            assert answer.status_code in (200, 303), f"{rule.rule}: {answer.status_code}"


def test_every_answer_carries_the_safe_headers(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused(
    app: Flask, client: FlaskClient, people: dict[RoleName, Person]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    log_in(client, people[RoleName.PARTICIPANT])
    for rule, method, _permission in routes(app):
        if method in ("POST", "PUT", "DELETE"):
            assert client.open(address(app, rule), method=method).status_code == 400, rule.rule
