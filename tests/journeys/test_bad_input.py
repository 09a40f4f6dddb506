"""Bad input over HTTP, as careless people and attackers send it: a clear message or a correct result, never a 500."""

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from assessment import create_app, demo
from assessment.database import Base, Database
from assessment.models.event import Mail
from assessment.models.person import Person, RoleName
from assessment.services import people
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.journeys.stage import cookie_of, serving
from tests.journeys.visitor import Answer, Visitor

WHO = {
    "administrator@demo.klei": RoleName.ADMINISTRATOR,
    "assessor@demo.klei": RoleName.ASSESSOR,
    "ruben@demo.klei": RoleName.ASSESSOR,
    "participant@demo.klei": RoleName.PARTICIPANT,
    "tomas@demo.klei": RoleName.PARTICIPANT,
    "bram@demo.klei": RoleName.PARTICIPANT,
    "hr@demo.klei": RoleName.HR,
}


_COUNTS = sa.union_all(
    *(
        sa.select(sa.literal(table.name), sa.func.count()).select_from(table)
        for table in Base.metadata.sorted_tables
    )
)


class House:
    """A served demo, and a visitor for each of its people."""

    def __init__(self, app: Flask, database: Database, base: str) -> None:
        self.app, self.database, self.base = app, database, base

    def visitor(self, email: str) -> "Prober":
        """Somebody with the cookie of a login, without the cost of a password."""
        with self.database.reading() as session:
            person = session.scalars(sa.select(Person).where(Person.email == email)).one()
        prober = Prober(self.base)
        prober.cookie = "klei=" + cookie_of(self.app, person, "en")["value"]
        page = prober.try_("GET", "/account")
        prober.cookie = page.headers["Set-Cookie"].split(";")[0]
        prober._look_at(page)
        return prober

    def counts(self) -> dict[str, int]:
        """How many rows each table has, asked in one go: it is asked before and after each form."""
        with self.database.reading() as session:
            return {name: count for name, count in session.execute(_COUNTS)}

    def mails(self) -> Counter[tuple[str, str]]:
        """How often each of them was written to about the same."""
        with self.database.reading() as session:
            return Counter(
                (recipient, subject)
                for recipient, subject in session.execute(sa.select(Mail.recipient, Mail.subject))
            )


class Prober(Visitor):
    """A visitor who sends what no browser would."""

    cookie = ""

    def try_(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", *, token: str | None = None
    ) -> Answer:
        """Whatever comes back, as long as the service did not fail."""
        headers = {"X-CSRF-Token": self.token if token is None else token, "Referer": self.base}
        if kind:
            headers["Content-Type"] = kind
        if self.cookie:
            headers["Cookie"] = self.cookie
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=60) as response:
                answer = Answer(response.status, response.url, response.headers, response.read())
        except urllib.error.HTTPError as error:
            answer = Answer(error.code, error.url, error.headers, error.read())
            error.close()
        assert answer.status < 500, f"{method} {path} with {(body or b'')[:200]!r} gave {answer.status}"
        return answer

    def fill(self, path: str, pairs: list[tuple[str, str]], *, raw: str = "") -> Answer:
        """Send a form; ``raw`` is put behind, as it is."""
        body = urllib.parse.urlencode([*pairs, ("csrf_token", self.token)]) + raw
        return self.try_("POST", path, body.encode(), "application/x-www-form-urlencoded")

    def say(self, method: str, path: str, body: Any) -> Answer:
        return self.try_(method, path, json.dumps(body).encode(), "application/json")

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
    ) -> Answer:
        return super()._send(method, path, body, {"Cookie": self.cookie, **headers}, status)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


@pytest.fixture
def house(settings: Settings, demo_database: Database) -> Iterator[House]:
    fonts.put_into(settings.data_folder)
    app = create_app(settings, demo_database)
    with serving(app) as base:
        yield House(app, demo_database, base)


# Looking around.


class Form:
    """A form of a page, with what its fields hold at first."""

    def __init__(self, page: str, given: dict[str, str]) -> None:
        self.action = given.get("action") or page
        self.is_post = given.get("method", "get").lower() == "post"
        self.pairs: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []

    def take(self, tag: str, given: dict[str, str]) -> None:
        name, kind, value = given.get("name", ""), given.get("type", "text"), given.get("value", "")
        if not name or name == "csrf_token" or kind == "file":
            return
        if tag == "button":
            self.buttons.append((name, value))
        elif tag == "textarea":
            self.pairs.append((name, "A few words."))
        elif kind == "checkbox" or (kind == "radio" and name not in dict(self.pairs)):
            self.pairs.append((name, value or "on"))
        elif kind != "radio":
            plausible = {"email": "somebody.new@example.org", "password": demo.PASSWORD}
            self.pairs.append((name, value or plausible.get(kind, "Something")))

    def ways(self) -> list[list[tuple[str, str]]]:
        """The form as each of its buttons sends it."""
        return [[*self.pairs, button] for button in self.buttons] or [self.pairs]


def shape_of(path: str) -> str:
    """An address without its ids."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", path.split("?")[0])


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__()
        self.path, self.links, self.forms = path, list[str](), list[Form]()
        self._select = ""
        if answer.status == 200 and answer.headers.get_content_type() == "text/html":
            self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", "").split("#")[0])
        elif tag == "form":
            self.forms.append(Form(self.path, given))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and self.forms and given.get("value"):
            # The one that is chosen, or else the first.
            fields = dict(self.forms[-1].pairs)
            if "selected" in given or self._select not in fields:
                fields[self._select] = given["value"]
                self.forms[-1].pairs = list(fields.items())
        elif tag in ("button", "input", "textarea") and self.forms:
            self.forms[-1].take(tag, given)


def pages_of(visitor: Prober, start: str = "/", most: int = 2) -> dict[str, Page]:
    """The pages that links lead to from the start, at most so many of one shape."""
    waiting, seen, shapes = [start], dict[str, Page](), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        shape = shape_of(path)
        if path in seen or shapes[shape] >= most:
            continue
        shapes[shape] += 1
        answer = visitor.try_("GET", path)
        if answer.status in (302, 303):
            waiting.append(answer.headers["Location"].split("#")[0])
        seen[path] = Page(path, answer)
        waiting += [link for link in seen[path].links if link.startswith("/") and "/static/" not in link]
    return seen


def forms_of(pages: dict[str, Page]) -> list[Form]:
    """The forms of these pages that change something, one of each shape."""
    found: dict[str, Form] = {}
    for page in pages.values():
        for form in page.forms:
            if form.is_post:
                found.setdefault(shape_of(form.action), form)
    return list(found.values())


# Double clicks.

LAST = (
    "logout",
    "/account/password",
    "withdraw",
    "close",
    "leave",
    "take",
    "submit",
    "block",
    "correct",
    "erase",
)
"""What ends something is pressed after everything else."""
ONE_AT_MOST = [
    "programme",
    "centre",
    "person",
    "role",
    "enrolment",
    "calibration",
    "link",
    "rating",
    "observation",
    "integration",
    "integration_change",
    "report",
    "report_comment",
    "job",
    "automatic_score",
]
"""What no form here makes more than one of, but for what IN_A_TEST says."""
IN_A_TEST = {"person": 6, "enrolment": 6}
"""A test of one's rating shows two to six benchmarks, each as the sitting of somebody who is nobody."""


def at_once(*calls: Any) -> list[Any]:
    """Call these in threads that start together."""
    gate, answers = threading.Barrier(len(calls)), list[Any]()
    failed: list[BaseException] = []

    def go(call: Any) -> None:
        gate.wait()
        try:
            answers.append(call())
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=go, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return answers


@pytest.mark.parametrize("email", WHO)
def test_a_button_pressed_three_times_counts_once(house: House, email: str) -> None:
    visitor = house.visitor(email)
    forms = forms_of(pages_of(visitor))
    assert forms
    forms.sort(key=lambda form: next((n for n, word in enumerate(LAST, 1) if word in form.action), 0))
    problems = []
    for form in forms:
        for pairs in form.ways():
            before, told = house.counts(), house.mails()
            send = lambda form=form, pairs=pairs, visitor=visitor: visitor.fill(form.action, pairs)  # noqa: E731
            try:
                answers = [*at_once(send, send), send()]
            except AssertionError as error:
                problems.append(str(error))
                continue
            added = Counter(house.counts())
            added.subtract(before)
            allowed = IN_A_TEST if form.action.endswith("/test") else {}
            if many := {name: added[name] for name in ONE_AT_MOST if added[name] > allowed.get(name, 1)}:
                problems.append(f"{form.action} made {many} with {[one.status for one in answers]}")
            if twice := [mail for mail, count in (house.mails() - told).items() if count > 1]:
                problems.append(f"{form.action} told somebody twice: {twice}")
            if form.action in ("/logout", "/account/password"):
                visitor = house.visitor(email)
    assert not problems, "\n".join(problems)


# What no keyboard makes.


def test_a_zero_character_in_any_field_of_any_form_is_refused_and_stores_nothing(house: House) -> None:
    tried: set[tuple[str, str]] = set()
    for email in WHO:
        visitor = house.visitor(email)
        forms = forms_of(pages_of(visitor, most=1))
        before = house.counts()
        for form in forms:
            for name, _value in form.pairs:
                if (field := (shape_of(form.action), name)) in tried:
                    continue
                tried.add(field)
                pairs = [(one, "a\x00b" if one == name else value) for one, value in form.pairs]
                assert visitor.fill(form.action, pairs).status == 400, field
            assert house.counts() == before, form.action
    assert len(tried) > 50


@pytest.mark.parametrize(
    ("email", "password"), [("\ud800", "x"), ("a\x00@example.org", "x"), ("a@example.org", "\ud800")]
)
def test_a_login_that_cannot_be_written_down_is_a_wrong_login(
    house: House, email: str, password: str
) -> None:
    stranger = Prober(house.base)
    assert stranger.say("POST", "/api/login", {"email": email, "password": password}).status == 401
    for path in ("/login", "/forgotten"):
        page = stranger.try_("GET", path)
        stranger.cookie = (page.headers["Set-Cookie"] or stranger.cookie).split(";")[0]
        stranger._look_at(page)
        assert stranger.fill(path, [("email", "a\x00@example.org"), ("password", "x")]).status == 400


@pytest.mark.parametrize("body", [[1], "text", None, 3, {"email": 1, "password": []}, {"email": ["a"]}])
def test_json_of_another_shape_is_refused(house: House, body: object) -> None:
    assert Prober(house.base).say("POST", "/api/login", body).status in (400, 401)


# Foreign ids.

STRANGERS = {
    RoleName.ADMINISTRATOR: "/administrator/",
    RoleName.HR: "/hr/",
    RoleName.ASSESSOR: ("/assessor/", "/api/ratings"),
    RoleName.PARTICIPANT: ("/participant/", "/api/sittings"),
}


@pytest.mark.parametrize("role", STRANGERS)
def test_what_belongs_to_another_programme_is_not_found(house: House, role: RoleName) -> None:
    with house.database.writing() as session:
        person = people.add(session, people.Entry("stranger@example.org", "Stranger"), by=None)
        elsewhere = factories.programme(session, name="Elsewhere")
        session.flush()
        people.give_role(session, person, role, programme_id=elsewhere.id, by=None)
    stranger = house.visitor("stranger@example.org")
    with house.database.reading() as session:
        ids = {
            f"{table.name}_id": [str(one) for one in session.scalars(sa.select(table.c.id))]
            for table in Base.metadata.sorted_tables
            if "id" in table.c and table.name != "event"
        }
        ids["programme_id"].remove(str(elsewhere.id))
        ids["person_id"].remove(str(person.id))
    before, tried = house.counts(), 0
    for rule in house.app.url_map.iter_rules():
        if not rule.rule.startswith(STRANGERS[role]) or not (places := sorted(rule.arguments & ids.keys())):
            continue
        for number in range(max(len(ids[place]) for place in places)):
            path = (
                rule.rule.replace("<task>", "memo")
                .replace("<text_language>", "en")
                .replace("<kind>", "case_study")
            )
            for place in places:
                found = ids[place] or [str(UUID(int=1))]
                path = path.replace(f"<uuid:{place}>", found[number % len(found)])
            if "<" in path or number > 12:
                continue
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                save = {
                    "value": "x",
                    "base": 0,
                    "client": "c",
                    "seq": 1,
                    "epoch": 1,
                    "version": 0,
                    "scores": {},
                }
                act = {"block": "b", "dimension": "L1", "behaviour": "x", "sign": "+", "start": 0, "end": 0}
                is_json = path.startswith("/api/")
                answer = (
                    stranger.say(method, path, {**save, **act}) if is_json else stranger.fill(path, [])
                    if method == "POST" else stranger.try_(method, path)
                )  # fmt: skip
                assert answer.status == 404, (method, path, answer.status)
                tried += 1
    assert tried > 5
    assert house.counts() == before
