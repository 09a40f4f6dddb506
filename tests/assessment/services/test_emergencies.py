"""Emergency files: checked, shown beside what is stored, kept as evidence and never counted by themselves."""

import json
import zlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.event import Event
from assessment.models.person import Person
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.services import emergencies, late_texts, ledger, receipts, sittings, stamps, timelines
from assessment.services.stamps import Stamp
from tests import factories
from tests.conftest import SECRET
from tests.factories import NOON

WRITTEN = "Written when the server was away."
AT = NOON + timedelta(minutes=20)


class Case:
    """A running sitting with one saved memo, and the file its page would make."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            self.person = factories.person(session, name="Ayşe de Vries")
            self.centre: Centre = factories.centre(session, "stavoord-case")
            self.sitting = sittings.list_for(session, factories.enrolment(session, self.centre, self.person))[
                0
            ]
            factories.running(session, self.sitting)
            self.by: Actor = factories.actor(session, factories.administrator(session))
            body = '"Saved before."'
            session.add(self.revision("memo", 1, body))
        self.hash = stamps.fingerprint(body)

    def revision(self, task: str, number: int, body: str) -> Revision:
        return Revision(
            sitting_id=self.sitting.id,
            version_hash=self.sitting.version_hash,
            task=task,
            number=number,
            kind=RevisionKind.MAIN,
            body=body,
            base_number=number - 1,
            client_id="page",
            client_seq=number,
            epoch=1,
            arrived_at=NOON + timedelta(minutes=5),
        )

    def beside(self, text: str) -> Revision:
        made = self.revision("memo", 3, json.dumps(text))
        made.kind = RevisionKind.SIDE
        return made

    def content(self, **changes: Any) -> dict[str, Any]:
        sitting = self.sitting.id
        return {
            "klei": "emergency file",
            "version": 1,
            "read_me": "Geef dit bestand aan de beheerder – مرحبا",
            "sitting": str(sitting),
            "person": str(self.person.id),
            "stamp": Stamp(sitting, "", 0, "", 3_000_000, NOON).sealed(SECRET),
            "texts": [
                {
                    "task": "memo",
                    "value": WRITTEN,
                    "base": 1,
                    "stamp": Stamp(sitting, "memo", 1, self.hash, 3_000_000, NOON).sealed(SECRET),
                    "attempt": None,
                }
            ],
            **changes,
        }

    def file(self, **changes: Any) -> str:
        content = self.content(**changes)
        spelled = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return json.dumps({**content, "checksum": f"{zlib.crc32(spelled.encode()):08x}"}, indent=1)

    def look(self, text: str) -> emergencies.File:
        with self.database.reading() as session:
            return emergencies.look(session, self.centre, text, secret=SECRET, language="en")

    def take_in(self, text: str, reason: str = "The network of the hotel failed", at: Any = AT) -> int:
        with self.database.writing() as session:
            return emergencies.take_in(
                session, self.centre, text, reason, at, secret=SECRET, language="en", by=self.by
            )[1]

    def kinds(self) -> list[RevisionKind]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(Revision.kind).order_by(Revision.number)))

    def counts(self) -> Any:
        with self.database.reading() as session:
            return receipts.counting(session, self.sitting.id)[0].value


@pytest.fixture
def case(database: Database) -> Case:
    return Case(database)


def test_the_file_is_shown_beside_what_is_stored(case: Case) -> None:
    file = case.look(case.file())
    assert file.person.name == "Ayşe de Vries"
    [line] = file.lines
    assert line.block
    assert line.block.text == WRITTEN
    assert line.acknowledged
    assert (line.acknowledged.number, line.is_as_acknowledged, line.fate) == (1, True, "new")
    assert line.stored
    assert line.stored.value == "Saved before."
    assert case.kinds() == [RevisionKind.MAIN]


def test_private_notes_are_put_in_without_being_shown_to_anybody(case: Case) -> None:  # content C0.1
    notes = {"task": "notes", "value": "for me alone", "base": 0, "stamp": None}
    with case.database.writing() as session:
        sitting = session.get_one(Sitting, case.sitting.id)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
    text = case.file(texts=[notes])
    [line] = case.look(text).lines
    assert line.block
    assert (line.is_private, line.block.heading, line.block.text) == (True, "Private notes", "")
    case.take_in(text, at=NOON + timedelta(hours=3))
    with case.database.reading() as session:
        late, filed = receipts.beside(session, case.sitting.id)
        assert (late, [one.body for one in filed]) == ([], ['"for me alone"'])
        assert late_texts.list_for(session, session.get_one(Sitting, case.sitting.id)) == []


def test_while_the_sitting_runs_the_text_stands_beside_what_counts(case: Case) -> None:
    assert case.take_in(case.file()) == 1
    assert case.kinds() == [RevisionKind.MAIN, RevisionKind.SIDE]
    assert case.counts() == "Saved before."


def test_what_was_put_in_while_the_sitting_ran_can_be_accepted_when_it_is_sealed(case: Case) -> None:
    """Or whoever put it in at once would have taken from it for ever that it counts."""
    case.take_in(case.file())
    with case.database.writing() as session:
        session.add(case.beside("from the page itself"))

    def accept(number: int) -> None:
        with case.database.writing() as session:
            late_texts.accept(session, case.centre, case.sitting.id, "memo", number, "True.", by=case.by)

    with pytest.raises(late_texts.StillOpen):
        accept(2)
    with case.database.writing() as session:
        sitting = session.get_one(Sitting, case.sitting.id)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
        assert [one.revision.number for one in late_texts.list_for(session, sitting)] == [2]
    with pytest.raises(errors.NotFound):
        accept(3)  # what a page sent was answered there
    accept(2)
    assert case.counts() == WRITTEN


def test_after_the_end_it_is_late_evidence_that_only_its_acceptance_lets_count(case: Case) -> None:
    with case.database.writing() as session:
        sitting = sittings.get(
            session, case.sitting.id, by=factories.actor(session, session.merge(case.person))
        )
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
    case.take_in(case.file(), at=NOON + timedelta(hours=3))
    assert case.kinds() == [RevisionKind.MAIN, RevisionKind.LATE]
    assert case.counts() == "Saved before."
    with case.database.writing() as session:
        late_texts.accept(session, case.centre, case.sitting.id, "memo", 2, "It was true", by=case.by)
    assert case.counts() == WRITTEN


def test_it_is_marked_with_file_reason_and_who_put_it_in(case: Case) -> None:
    case.take_in(case.file())
    with case.database.reading() as session:
        kept = session.scalars(sa.select(Revision).where(Revision.kind == RevisionKind.SIDE)).one()
        noted = session.scalars(sa.select(Event).where(Event.action == "emergency.taken_in")).one()
    assert kept.client_id.startswith(emergencies.FROM_FILE)
    assert kept.reason == "The network of the hotel failed"
    assert noted.actor_id == case.by.person_id
    assert kept.client_id == emergencies.FROM_FILE + noted.details["file"]


def test_the_timeline_says_who_put_it_in_and_who_accepted_it_and_when(case: Case) -> None:
    """It is exported for complaints: neither is told as what the participant's page did."""
    case.take_in(case.file())
    with case.database.writing() as session:
        sitting = session.get_one(Sitting, case.sitting.id)
        sittings.seal(session, sitting, at=NOON + timedelta(minutes=55), by=None)
    with case.database.writing() as session:
        late_texts.accept(session, case.centre, case.sitting.id, "memo", 2, "It was true", by=case.by)
    with case.database.reading() as session:
        found = timelines.read(session, case.centre, case.sitting.id).entries
        name = session.get_one(Person, case.by.person_id).name
        accepted = session.scalars(sa.select(Event).where(Event.action == "sitting.late_text_accepted")).one()
    told = [(one.saves[0].kind, one.by, one.at) for one in found if one.saves]
    assert told == [
        (RevisionKind.MAIN, None, NOON + timedelta(minutes=5)),
        (RevisionKind.SIDE, name, AT),
        (RevisionKind.ACCEPTED, name, accepted.at),
    ]


def test_the_same_file_again_changes_nothing(case: Case) -> None:
    case.take_in(case.file())
    with pytest.raises(emergencies.TakenIn):
        case.take_in(case.file())
    with pytest.raises(emergencies.NothingNew):  # the same text in another file
        case.take_in(case.file(read_me="another"))
    assert len(case.kinds()) == 2


def test_a_text_that_arrived_after_all_is_not_put_in_again(case: Case) -> None:
    with case.database.writing() as session:
        session.add(case.revision("memo", 2, json.dumps(WRITTEN)))
    assert [line.fate for line in case.look(case.file()).lines] == ["stored"]


def test_a_stored_version_that_is_gone_is_found_out(case: Case) -> None:
    with case.database.writing() as session:
        session.execute(
            sa.update(Revision).values(body="")
        )  # as an erasure, or an old backup, would leave it
    assert not case.look(case.file()).lines[0].is_as_acknowledged


def test_without_a_reason_nothing_is_put_in(case: Case) -> None:
    with pytest.raises(ledger.NoReason):
        case.take_in(case.file(), reason=" ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"klei": "emergency file"}',
        "[" * 100_000,
        '{"klei": "emergency file", "version": 1, "texts": [1]}',
    ],
)
def test_what_is_no_file_is_refused(case: Case, text: str) -> None:
    with pytest.raises(emergencies.NoFile):
        case.look(text)


def test_a_cut_or_altered_file_is_refused(case: Case) -> None:
    whole = case.file()
    with pytest.raises(emergencies.NoFile):
        case.look(whole[:-40])
    with pytest.raises(emergencies.Altered):
        case.look(whole.replace("server", "weather"))


def test_a_foreign_file_is_refused(case: Case) -> None:
    stamp = Stamp(case.sitting.id, "", 0, "", 1, NOON)
    other = Stamp(uuid4(), "", 0, "", 1, NOON)
    texts = case.content()["texts"]
    for changes in (
        {"sitting": str(uuid4())},
        {"person": str(uuid4())},
        {"stamp": stamp.sealed("a secret of another installation")},
        {"stamp": other.sealed(SECRET)},
        {"stamp": None},
        {"texts": [{**texts[0], "task": "notes"}]},  # the signature is of the memo
    ):
        with pytest.raises(emergencies.Foreign):
            case.look(case.file(**changes))
    with case.database.writing() as session:
        elsewhere = factories.centre(session, "stavoord-case")
        with pytest.raises(emergencies.Foreign):
            emergencies.look(session, elsewhere, case.file(), secret=SECRET, language="en")


def test_what_is_no_answer_is_shown_and_not_put_in(case: Case) -> None:
    odd = [
        {"task": "no such task", "value": "x", "base": 0, "stamp": None},
        {"task": "notes", "value": "x" * 70_000, "base": -1, "stamp": None},
        {"task": "memo", "value": WRITTEN, "base": True, "stamp": None},
    ]
    assert [line.fate for line in case.look(case.file(texts=odd)).lines] == ["refused", "refused", "new"]
    assert case.take_in(case.file(texts=odd)) == 1
