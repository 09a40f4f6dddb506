"""Templates speak their language from the start, and what is kept of them belongs to no person."""

import re
from collections import OrderedDict
from datetime import timedelta
from types import MappingProxyType, SimpleNamespace

import jinja2
import pytest
import sqlalchemy as sa
from flask import Flask

from assessment import clock, templates
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Sitting
from assessment.services import answers, versions
from tests import factories
from tests.assessment.query_count import counting
from tests.conftest import log_in

DIFFERS = re.compile(r'name="csrf(_|-)token" (value|content)="[^"]*"')
SLUGS = ("stavoord-in-tray", "stavoord-judgement")
OURS = "Only I wrote this"


def at_work(database: Database, name: str, does_write: bool) -> tuple[Person, list[str]]:
    """Somebody in both exercises; the one who writes leaves a text of their own in each that takes text."""
    with database.writing() as session:
        centre = factories.centre(session, *SLUGS)
        person = factories.person(session, name=name)
        enrolment = factories.enrolment(session, centre, person)
        sittings = list(session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)))
        for sitting in sittings:
            factories.running(session, sitting, at=clock.now() - timedelta(minutes=20))
    for sitting in sittings if does_write else ():
        write(database, sitting)
    return person, [f"/participant/sittings/{sitting.id}?epoch=1" for sitting in sittings]


def write(database: Database, sitting: Sitting) -> None:
    with database.reading() as session:
        exercise = versions.get(session, sitting.version_hash)
        person = session.get_one(Enrolment, sitting.enrolment_id).person_id
    posts = [*versions.kind_of(exercise).samples(exercise).complete["en"]]
    posts += [("notes", OURS)] if exercise.kind == "in_tray" else []
    heads: dict[str, int] = {}
    for number, (task, value) in enumerate(posts, start=1):
        assert sitting.started_at
        save = answers.Save(
            sitting_id=sitting.id,
            person_id=person,
            login_epoch=1,
            task=task,
            posted=value,
            base_number=heads.get(task, 0),
            client_id="page",
            client_seq=number,
            writer_epoch=1,
            arrived_at=sitting.started_at + timedelta(minutes=1),
        )
        outcome = answers.save(database.writer, save, timedelta(seconds=30))
        assert outcome.code is answers.Code.SAVED
        heads[task] = outcome.head


def test_what_is_kept_of_pages_belongs_to_nobody(
    app: Flask, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of one who wrote nothing is the same whether or not it is drawn after the page of one who wrote."""
    monkeypatch.setattr(factories, "NOON", clock.now())
    monkeypatch.setattr(templates, "_kept", {})
    writer, written = at_work(sqlite_database, "Wilma Schrijver", does_write=True)
    reader, blank = at_work(sqlite_database, "Nils Leeg", does_write=False)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    theirs = log_in(app.test_client(), reader)

    def pages() -> list[str]:
        return [DIFFERS.sub("", theirs.get(address).text) for address in blank]

    fresh = pages()
    templates._kept.clear()
    first = log_in(app.test_client(), writer)
    shown = [first.get(address).text for address in written]
    assert OURS in shown[0]
    assert pages() == fresh
    kept = "".join(templates._kept.values())
    assert len(templates._kept) > 50
    assert not [word for word in (OURS, "Wilma", "Nils", *written, *blank) if word in kept]


def test_a_compiled_page_speaks_the_language_of_its_reader(app: Flask, sqlite_database: Database) -> None:
    person, addresses = at_work(sqlite_database, "Wilma Schrijver", does_write=False)
    client = log_in(app.test_client(), person)
    for language, word, other in (("en", "Hand in", "Inleveren"), ("nl", "Inleveren", "Hand in")):
        with client.session_transaction() as cookie:
            cookie["language"] = language
        page = client.get(addresses[1]).text
        assert f">{word}<" in page
        assert f">{other}<" not in page


def test_a_page_of_an_exercise_asks_five_questions(app: Flask, sqlite_database: Database) -> None:
    """The visitor, the sitting with its centre, whom to ask, the work, and how many there are."""
    person, addresses = at_work(sqlite_database, "Wilma Schrijver", does_write=True)
    client = log_in(app.test_client(), person)
    client.get(addresses[0])
    with counting(sqlite_database) as asked:
        assert client.get(addresses[0]).status_code == 200
    assert asked.n <= 5, asked.statements


@pytest.mark.parametrize(
    "value",
    [
        {"subject": "Stops", "items": "not the method", "empty": ""},
        OrderedDict(subject="of a kind of dict"),
        MappingProxyType({"subject": "frozen", "items": "not the method"}),
        SimpleNamespace(subject="of an object"),
        {},
    ],
)
@pytest.mark.parametrize("name", ["subject", "items", "empty", "missing"])
def test_a_value_is_found_as_jinja_finds_it(app: Flask, value: object, name: str) -> None:
    ours, jinja = app.jinja_env.getattr(value, name), jinja2.Environment().getattr(value, name)
    assert ours == jinja or (isinstance(ours, jinja2.Undefined) and isinstance(jinja, jinja2.Undefined))
