"""The limits of the save path, asked over HTTP on both databases: kept whole, or refused with a sentence."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment import clock, create_app
from assessment.database import Database
from assessment.models.sitting import Revision, Sitting, SittingState
from assessment.services.answers import IN_PAUSE
from assessment.settings import Settings
from exercises.kind import LONGEST_ANSWER
from tests import factories
from tests.conftest import log_in


class Table:
    """A participant at a running case study, and what their browser, or somebody with a keyboard, sends."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self.app = create_app(settings, database)
        self.app.config["WTF_CSRF_ENABLED"] = False
        with database.writing() as session:
            self.person = factories.person(session)
            self.centre = factories.centre(session, "stavoord-case")
            self.enrolment = factories.enrolment(session, self.centre, self.person)
            self.sitting = factories.running(
                session,
                session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == self.enrolment.id)).one(),
                at=clock.now() - timedelta(minutes=5),
            )
        self.client: FlaskClient = log_in(self.app.test_client(), self.person)
        self.path = f"/api/sittings/{self.sitting.id}/tasks/memo"

    def save(self, value: Any = "x", path: str = "", **values: Any) -> TestResponse:
        body = {"value": value, "base": 0, "client": "one", "seq": 1, "epoch": 1, **values}
        return self.put(json.dumps(body), path=path)

    def put(self, body: str | bytes, kind: str = "application/json", path: str = "") -> TestResponse:
        return self.client.put(path or self.path, data=body, content_type=kind)

    def stored(self) -> list[Revision]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(Revision).order_by(Revision.id)))


@pytest.fixture
def table(settings: Settings, database: Database) -> Table:
    return Table(settings, database)


def refused(answer: TestResponse, *statuses: int) -> None:
    """It was refused with one of these, and with a sentence."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:200])
    assert answer.json
    assert len(answer.json["message"]) > 10


QUOTES = 2
"""A text is stored as JSON: these characters of the limit are its quotation marks."""


@pytest.mark.parametrize("sign", ["a", "é", "€", "👩"])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_text_may_be_as_long_as_the_limit_in_bytes_and_no_longer(
    table: Table, sign: str, more: int
) -> None:
    width = len(sign.encode())
    room = LONGEST_ANSWER - QUOTES + more
    text = sign * (room // width) + "a" * (room % width)
    assert len(json.dumps(text, ensure_ascii=False).encode()) == LONGEST_ANSWER + more
    answer = table.save(text)
    if more <= 0:
        assert answer.status_code == 200
        assert json.loads(table.stored()[0].body) == text
    else:
        refused(answer, 413)
        assert table.stored() == []


@pytest.mark.parametrize("name", ["base", "seq", "epoch"])
@pytest.mark.parametrize("value", [-1, 2**31, 2**63, 10**400, "1", "", None, True, 1.0, 1.5, [], {}])
def test_a_number_that_is_none_is_refused(table: Table, name: str, value: Any) -> None:
    refused(table.save(**{name: value}), 422)
    assert table.stored() == []


@pytest.mark.parametrize("seq", [0, 1, 2**31 - 1])
def test_the_first_and_the_last_sequence_number_count(table: Table, seq: int) -> None:
    assert table.save(seq=seq).status_code == 200
    assert table.save(seq=seq).status_code == 200
    assert len(table.stored()) == 1


@pytest.mark.parametrize(
    "client",
    [
        "",
        "c" * 65,
        "a\x00b",
        "a\nb",
        "a\x1bb",
        "\x7f",
        "é",
        "\ud800",
        "‮",
        IN_PAUSE,
        f"{IN_PAUSE}one",
        "emergency file 1",
        "accepted: memo",
        "re-opened: 1",
        1,
        None,
        ["c"],
        {"c": 1},
    ],
)
def test_a_client_that_is_no_name_is_refused(table: Table, client: Any) -> None:
    refused(table.save(client=client), 422)
    assert table.stored() == []


def test_a_base_in_the_future_is_kept_beside_what_counts(table: Table) -> None:
    answer = table.save("from the future", base=2**31 - 1)
    assert (answer.status_code, answer.json["code"]) == (409, "stale") if answer.json else False
    assert [one.kind for one in table.stored()] == ["side"]


def test_after_sealing_a_text_is_kept_as_late_and_counts_no_more(table: Table) -> None:
    table.save("in time")
    with table.database.writing() as session:
        sitting = session.get_one(Sitting, table.sitting.id)
        sitting.state, sitting.sealed_at = SittingState.SEALED, clock.now()
    answer = table.save("too late", base=1, seq=2)
    assert answer.status_code == 409
    assert answer.json
    assert (answer.json["code"], answer.json["remaining_ms"], answer.json["head"]) == ("late", 0, 1)
    assert [one.kind for one in table.stored()] == ["main", "late"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/xml"]
)
def test_another_kind_of_body_is_refused(table: Table, kind: str) -> None:
    body = json.dumps({"value": "x", "base": 0, "client": "one", "seq": 1, "epoch": 1})
    refused(table.put(body, kind), 400, 422)
    assert table.stored() == []


BROKEN = {
    "nothing": b"",
    "half": b'{"value": "x", "base": 0, "cl',
    "a number": b"3",
    "a text": b'"value base seq epoch client"',
    "a list": b'["value", "base", "seq", "epoch", "client"]',
    "null": b"null",
    "no unicode": b'{"value": "\xff\xfe", "base": 0, "client": "c", "seq": 1, "epoch": 1}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"value":' * 50_000 + b"1" + b"}" * 50_000,
    "a long number": b'{"value": "x", "base": ' + b"9" * 5_000 + b', "client": "c", "seq": 1, "epoch": 1}',
    "not a number": b'{"value": "x", "base": NaN, "client": "c", "seq": 1, "epoch": 1}',
    "without end": b'{"value": "x", "base": Infinity, "client": "c", "seq": 1, "epoch": 1}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_cannot_be_read_is_refused(table: Table, name: str) -> None:
    refused(table.put(BROKEN[name]), 400, 422)
    assert table.stored() == []


@pytest.mark.parametrize(
    "value", ["NaN", "-Infinity", "1e400", '{"a": NaN}', "[" * 500 + "]" * 500, "1", "true", "{}"]
)
def test_a_value_that_is_no_text_is_refused_where_a_text_is_asked(table: Table, value: str) -> None:
    body = f'{{"value": {value}, "base": 0, "client": "c", "seq": 1, "epoch": 1}}'
    refused(table.put(body), 422)
    assert table.stored() == []


def test_of_a_key_given_twice_the_last_counts_as_everywhere_in_json(table: Table) -> None:
    body = '{"value": "first", "value": "second", "base": 0, "client": "c", "seq": 1, "epoch": 1}'
    assert table.put(body).status_code == 200
    assert json.loads(table.stored()[0].body) == "second"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\ud83db", "\udc00\ud800"])
def test_what_no_keyboard_makes_is_stored_as_any_database_can_hold_it_or_refused(
    table: Table, text: str
) -> None:
    answer = table.save(text)
    assert answer.status_code in (200, 422)
    for one in table.stored():
        assert "\x00" not in one.body
        one.body.encode()


@pytest.mark.parametrize(
    "text", ["\r\n", "‮evil", "a​b", "é́́", "👩🏽‍💻", "مرحبا", "\t\x0b\x1b[31m", "</script>"]
)
def test_any_other_text_comes_back_as_it_was_written(table: Table, text: str) -> None:
    assert table.save(text).status_code == 200
    assert json.loads(table.stored()[0].body) in (text, text.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    "task", ["nothing", "M01", "memo%00", "memo%0A", "x" * 400, "%2e%2e%2fmemo", "MEMO", "memo "]
)
def test_a_task_of_another_exercise_or_of_none_is_not_found(table: Table, task: str) -> None:
    answer = table.save(path=table.path.replace("/memo", f"/{task}"))
    assert answer.status_code == 404
    assert table.stored() == []
