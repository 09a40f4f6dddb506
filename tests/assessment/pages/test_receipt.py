"""The receipt: what is stored of each task, in words, and what arrived late."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from assessment.database import Database
from assessment.models.person import Person
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.services import emergencies, sittings, stamps, versions
from tests import factories
from tests.assessment.pages.test_administrator import check_page
from tests.conftest import log_in
from tests.factories import NOON


def begun(session: Session, slug: str) -> tuple[Person, Sitting]:
    person = factories.person(session, name="Ayşe de Vries")
    enrolment = factories.enrolment(session, factories.centre(session, slug), person)
    sitting = sittings.list_for(session, enrolment)[0]
    return person, factories.running(session, sitting)


def store(session: Session, sitting: Sitting, task: str, value: Any, **values: Any) -> Revision:
    number = values.pop("number", 1)
    made = Revision(
        **{
            "sitting_id": sitting.id,
            "version_hash": sitting.version_hash,
            "task": task,
            "number": number,
            "kind": RevisionKind.MAIN,
            "body": json.dumps(value, ensure_ascii=False),
            "base_number": number - 1,
            "client_id": "page",
            "client_seq": session.query(Revision).count() + 1,
            "epoch": 1,
            "arrived_at": NOON + timedelta(minutes=5),
            **values,
        }
    )
    session.add(made)
    session.flush()
    return made


def receipt(client: FlaskClient, person: Person, sitting_id: UUID) -> str:
    answer = log_in(client, person).get(f"/participant/sittings/{sitting_id}/receipt")
    assert answer.status_code == 200
    return answer.text


def test_the_receipt_shows_text_words_time_and_fingerprint_and_what_came_late(
    client: FlaskClient, sqlite_database: Database
) -> None:  # robustness 22
    with sqlite_database.writing() as session:
        person, sitting = begun(session, "stavoord-case")
        kept = store(session, sitting, "memo", "Begin with <offices> first.")
        store(session, sitting, "notes", "for me alone")
        store(session, sitting, "memo", "never counted", number=2, kind=RevisionKind.SIDE)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
        late = {"number": 3, "kind": RevisionKind.LATE, "arrived_at": NOON + timedelta(minutes=58)}
        store(session, sitting, "memo", "and then homes", **late)
        print_of_it = stamps.fingerprint(kept.body)[:8]
        sitting_id = sitting.id
    page = receipt(client, person, sitting_id)
    assert "Begin with &lt;offices&gt; first." in page
    assert "4 words" in page
    assert page.index("Only for you") < page.index("for me alone")
    assert "<dt>Texts and choices that count</dt><dd>1</dd>" in page, "private notes are not among them"
    notes = client.get(f"/participant/sittings/{sitting_id}/notes.txt")
    assert "attachment" in notes.headers["Content-Disposition"]
    assert "Private notes\nfor me alone" in notes.text
    assert "offices" not in notes.text
    assert "13:05" in page, "the time where the person lives"
    assert print_of_it in page
    assert "never counted" not in page
    assert page.index("What arrived late") < page.index("and then homes")
    assert "13:58" in page


@pytest.mark.parametrize(
    ("language", "heading", "words"),
    [
        (
            "en",
            "What came from your emergency file",
            "put 3 texts in from your emergency file. They are kept",
        ),
        ("nl", "Wat uit je noodbestand kwam", "heeft 3 teksten uit je noodbestand ingevoerd. Die blijven"),
    ],
)
def test_what_an_administrator_put_in_from_a_file_is_told_as_what_it_is(
    client: FlaskClient, sqlite_database: Database, language: str, heading: str, words: str
) -> None:  # robustness 22
    with sqlite_database.writing() as session:
        person, sitting = begun(session, "stavoord-case")
        person.language = language
        store(session, sitting, "memo", "what counts")
        file = {"reason": "The line was cut", "client_id": f"{emergencies.FROM_FILE}abc", "epoch": 0}
        side = {**file, "kind": RevisionKind.SIDE, "arrived_at": NOON + timedelta(minutes=40)}
        store(session, sitting, "memo", "put in while it ran", number=2, **side)
        store(session, sitting, "notes", "for me, from the file", **side)
        store(session, sitting, "memo", "accepted since", number=3, **side)
        store(session, sitting, "memo", "a page's own other version", number=4, kind=RevisionKind.SIDE)
        store(session, sitting, "memo", "another file", number=5, **side)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
        late = {"kind": RevisionKind.LATE, "arrived_at": NOON + timedelta(minutes=58)}
        store(session, sitting, "memo", "sent by the page", number=6, **late)
        store(session, sitting, "memo", "put in after the end", number=7, **{**file, **late})
        accepted = {"kind": RevisionKind.ACCEPTED, "accepted_from": 3, "reason": "The line was cut"}
        store(session, sitting, "memo", "accepted since", number=8, **accepted)
        sitting_id = sitting.id
    page = receipt(client, person, sitting_id)
    check_page(page)
    late_at, filed_at = page.index("sent by the page"), page.index(f"<h2>{heading}</h2>")
    assert late_at < filed_at
    filed = page[filed_at : page.index("<h2>", filed_at + 1)]
    for text in ("put in while it ran", "another file", "put in after the end"):
        assert page.count(text) == filed.count(text) == 1
    assert words in filed
    assert "13:40" in filed
    assert page.count("accepted since") == 1, "it counts, and is shown as that"
    assert "own other version" not in page
    private = page[page.index("<h2>", filed_at + 1) :]
    assert "for me, from the file" in private
    notes = client.get(f"/participant/sittings/{sitting_id}/notes.txt")
    assert "for me, from the file" in notes.text


@pytest.mark.parametrize(
    ("slug", "language"),
    [("stavoord-in-tray", "en"), ("stavoord-in-tray", "nl"), ("stavoord-judgement", "nl")],
)
def test_choices_are_told_in_words(
    client: FlaskClient, sqlite_database: Database, slug: str, language: str
) -> None:
    with sqlite_database.writing() as session:
        person, sitting = begun(session, slug)
        person.language = language
        exercise = versions.get(session, sitting.version_hash)
        kind = versions.kind_of(exercise)
        for number, (task, posted) in enumerate(kind.samples(exercise).complete[language]):
            if kind.task(exercise, task) is not None:
                value = kind.parse(exercise, task, posted)
                store(session, sitting, task, value, number=number + 1)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
        sitting_id = sitting.id
    page = receipt(client, person, sitting_id)
    main = page[page.index("<main") :]
    assert "&#39;kind&#39;" not in main
    assert main.count('class="stored"') > 3
    assert ("Bo Wolters" in main) == (slug == "stavoord-in-tray")
