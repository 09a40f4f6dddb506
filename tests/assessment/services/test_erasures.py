"""Erasure, keeping and copies of what is kept (G1 to G3, G5, G9, N6)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from assessment import clock, errors, language
from assessment.database import Base, Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event
from assessment.models.keeping import Erasure, KeptFor
from assessment.models.person import Person
from assessment.models.rating import Observation
from assessment.models.report import CommentKind, Report, ReportState
from assessment.services import (
    complaints,
    copies,
    diaries,
    erasures,
    keepings,
    plans,
    reports,
    sheets,
)
from tests import factories
from tests.assessment.reporting import BASE, QUOTE, Reporting

NAME = "Ayşe de Vries"
WORDS = "these-words-are-about-me"
STAYS = {
    "answer": "a view",
    "attendance.meeting_id": "no words",
    "assignment": "who rates what: no words of or about the participant",
    "automatic_score": "numbers of a key",
    "integration": "numbers of a rule, with codes of exercises",
    "dimension_rating": "numbers",
    "tick": "ids of lines",
    "line_evidence": "ids",
    "benchmark": "emptied in a way of its own: what a panel agreed on stays as numbers",
    "seat": "a part in a centre",
    "download": "who took a report out, when and in which form",
    "enrolment": "its own columns are blanked by name",
    "erasure": "the stub itself",
}


@pytest.fixture
def room(database: Database) -> Reporting:
    made = Reporting(database, [NAME])
    report_id = made.signed()
    with database.writing() as session:
        by = made.participant_by[0]
        reports.remark(session, report_id, CommentKind.COMMENT, WORDS, by=by, base_url=BASE)
        copies.state(session, made.enrolments[0].id, WORDS, by=by)
        plan = plans.begin(session, made.enrolments[0].id, by=by)
        plans.add(session, plan.id, plans.Words(WORDS), by=by)
        diaries.write(session, plan.id, WORDS, by=by)
        complaints.file(session, made.enrolments[0].id, WORDS, base_url=BASE, by=by)
    return made


def settle(room: Reporting) -> None:
    with room.database.writing() as session:
        (one,) = complaints.of_enrolment(session, room.enrolments[0].id, by=room.participant_by[0])
        complaints.settle(session, one.id, by=room.participant_by[0])


def everything(database: Database) -> str:
    """All that the database holds, but for events of which ids alone are asked."""
    with database.reading() as session:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in session.execute(sa.select(table))
        )


def test_erasure_leaves_a_stub_and_no_word_of_or_about_the_person(room: Reporting) -> None:
    enrolment_id, email = room.enrolments[0].id, room.people[0].email
    settle(room)
    with room.database.writing() as session:
        erasures.erase(session, enrolment_id, is_asked=True, by=room.participant_by[0])
        erasures.erase(session, enrolment_id, is_asked=True, by=room.participant_by[0])
    left = everything(room.database)
    for trace in (WORDS, NAME, email, QUOTE, "You began with the largest matter"):
        assert trace not in left, trace
    with room.database.reading() as session:
        assert session.get_one(Erasure, enrolment_id).is_asked
        assert session.get_one(Enrolment, enrolment_id).state is EnrolmentState.WITHDRAWN
        assert session.scalars(sa.select(Report.state)).one() is ReportState.SUPERSEDED
        assert session.scalar(sa.select(sa.func.count()).where(Event.action == "enrolment.erased")) == 1
        assert set(session.scalars(sa.select(Observation.quote))) == {""}


def test_an_open_complaint_holds_the_file(room: Reporting) -> None:
    with pytest.raises(erasures.ComplaintRuns), room.database.writing() as session:
        erasures.erase(session, room.enrolments[0].id, is_asked=True, by=room.participant_by[0])
    with clock.at(clock.now() + timedelta(days=4000)), room.database.writing() as session:
        assert keepings.run(session) == 0
        assert all(
            one.is_held for one in keepings.of_centre(session, session.get_one(Centre, room.centre.id))
        )


def test_who_takes_part_elsewhere_keeps_that(room: Reporting) -> None:
    settle(room)
    with room.database.writing() as session:
        other = factories.centre(session, "stavoord-case")
        kept = factories.enrolment(session, other, session.get_one(Person, room.people[0].id)).id
        erasures.erase(session, room.enrolments[0].id, is_asked=True, by=room.participant_by[0])
    with room.database.reading() as session:
        assert session.get_one(Enrolment, kept).person_id == room.people[0].id
        assert session.get_one(Person, room.people[0].id).name == NAME
        stub = session.get_one(Enrolment, room.enrolments[0].id).person_id
        assert session.get_one(Person, stub).name == erasures.NOBODY


def test_a_file_is_kept_as_long_as_its_report_is_valid_and_then_erased(room: Reporting) -> None:
    settle(room)
    with room.database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        administrator = factories.actor(session, factories.administrator(session))
        with pytest.raises(errors.RuleBroken) as refused:
            keepings.keep(session, centre, KeptFor.FILE, 12, "Less is better", by=administrator)
        assert refused.value.rule == "N6"
        keepings.keep(session, centre, KeptFor.FILE, 30, "Asked by the works council", by=administrator)
        keepings.keep(session, centre, KeptFor.FOLLOW_UP, 1, "Short", by=administrator)
    begun = clock.now()
    for days, done in ((100, 0), (130, 1), (800, 0), (950, 1), (960, 0)):
        with clock.at(begun + timedelta(days=days)), room.database.writing() as session:
            assert keepings.run(session) == done, days
    with room.database.reading() as session:
        assert not session.get_one(Erasure, room.enrolments[0].id).is_asked


def test_every_text_that_hangs_on_an_enrolment_is_erased_or_said_to_stay() -> None:
    """A new table, or a new column of words, has to be named in ``erasures`` or here."""
    unknown = []
    for table in Base.metadata.sorted_tables:
        if (
            not set(erasures.OWNERS) & set(table.c.keys())
            or table.name in erasures.DELETED
            or table.name in STAYS
        ):
            continue
        named = erasures.BLANKED.get(table.name, {})
        unknown += [
            f"{table.name}.{column.name}"
            for column in table.c
            if (isinstance(column.type, sa.JSON) or type(column.type) is sa.Text)
            and column.name not in named
            and f"{table.name}.{column.name}" not in WORDLESS
        ]
    assert not unknown, unknown


WORDLESS = {
    f"{table}.{column}"
    for table, columns in {
        "sitting": ("version_hash", "code", "language", "final_hash"),
        "revision": ("version_hash", "task", "client_id"),
        "concern": ("client_id",),
        "rating": ("rubric_hash", "contradicts"),
        "observation": ("block", "dimension", "behaviour", "sign"),
        "integration_change": ("dimension",),
        "chosen_frame": ("dimension", "frame", "observations"),
        "report": ("language", "document_hash", "reminded_at"),
        "meeting_entry": ("name", "client_id"),
        "integration_agreement": ("dimension", "codes"),
        "interruption": ("client_id",),
        "adjudication": ("dimensions",),
    }.items()
    for column in columns
}
"""Ids, codes and names of things."""


def test_the_copy_holds_answers_and_notes_and_neither_texts_nor_who_rated(room: Reporting) -> None:
    with room.database.reading() as session:
        found = copies.as_json(copies.access(session, room.enrolments[0].id, by=room.participant_by[0]))
        supplied = copies.as_json(copies.supplied(session, room.enrolments[0].id, by=room.participant_by[0]))
        assert QUOTE in found
        assert WORDS in supplied
        assert QUOTE not in supplied
        assert str(room.colleague.id) not in found
        assert room.colleague.name not in found
        with pytest.raises(errors.NotFound):
            copies.access(session, room.enrolments[0].id, by=room.hr_by)


@pytest.mark.parametrize("code", ["en", "nl"])
@pytest.mark.parametrize("kind", list(sheets.KINDS))
def test_the_sheets_say_what_is_set(room: Reporting, kind: str, code: str) -> None:
    with room.database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        administrator = factories.actor(session, factories.administrator(session))
        keepings.keep(session, centre, KeptFor.FOLLOW_UP, 7, "As the works council asked", by=administrator)
        made = str(sheets.make(session, centre, kind, language.translator(code)))
    assert "As the works council asked" in made
    assert "'7'" in made
    with pytest.raises(errors.NotFound), room.database.reading() as session:
        sheets.make(session, session.get_one(Centre, room.centre.id), "another", language.translator(code))
