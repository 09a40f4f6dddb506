"""A report goes from draft to participant to HR, and back when the participant says so (N2 to N5, N7)."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors
from assessment.database import Database
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event, Mail
from assessment.models.person import RoleName
from assessment.models.rating import Observation, Rating
from assessment.models.report import (
    ChosenFrame,
    CommentKind,
    Download,
    Line,
    LineEvidence,
    Report,
    ReportState,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.sections import shelf
from assessment.sections.facts import ReportFacts
from assessment.services import reports
from assessment.services.reports import Account, HalfPage, Stand
from tests import factories
from tests.assessment.query_count import counting
from tests.assessment.reporting import BASE, Reporting


def hr_reads(desk: Reporting, report_id: UUID) -> Report:
    with desk.database.reading() as session:
        return reports.released_to(session, report_id, by=desk.hr_by, lock=False)


def stands(desk: Reporting) -> list[Stand]:
    with desk.database.reading() as session:
        return [one.stand for one in reports.standings(session, by=desk.hr_by)[0].people]


# Writing and signing.


def test_beginning_again_gives_the_draft_that_is_there(database: Database) -> None:
    desk = Reporting(database)
    with database.writing() as session:
        first = reports.begin(session, desk.integrations[0], by=desk.by).id
    with database.writing() as session:
        assert reports.begin(session, desk.integrations[0], by=desk.by).id == first


def test_only_whoever_answers_for_it_begins_a_report(database: Database) -> None:
    desk = Reporting(database)
    with database.writing() as session, pytest.raises(reports.NotYours):
        reports.begin(session, desk.integrations[0], by=desk.colleague_by)


def test_no_report_is_begun_before_the_integration_is_signed(database: Database) -> None:
    desk = Reporting(database, is_signed=False)
    with database.writing() as session, pytest.raises(reports.NotSignedYet):
        reports.begin(session, desk.integrations[0], by=desk.by)


def test_nobody_else_finds_a_draft(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        other = factories.actor(session, factories.assessor(session, desk.centre))
        for stranger in (other, desk.participant_by[0], desk.hr_by):
            with pytest.raises(errors.NotFound):
                reports.draft(session, draft, by=stranger)
        with pytest.raises(errors.NotFound):
            reports.own(session, draft, by=desk.participant_by[0])


def test_a_second_window_cannot_write_over_the_first(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        version = reports.draft(session, draft, by=desk.by).version
        reports.write(session, draft, HalfPage(version, "first", ["a"], ["b"]), by=desk.by)
    with database.writing() as session, pytest.raises(reports.StaleReport):
        reports.write(session, draft, HalfPage(version, "second", ["a"], ["b"]), by=desk.by)
    with database.reading() as session:
        assert reports.draft(session, draft, by=desk.by).summary == "first"


def test_what_was_done_in_an_exercise_and_what_helped_rest_on_passages_of_the_report(
    database: Database,
) -> None:
    """rules R1, R2.2 and R2.3"""
    desk = Reporting(database)
    report_id = desk.drafted()
    with database.writing() as session:
        report = reports.draft(session, report_id, by=desk.by)
        half = HalfPage(
            report.version,
            report.summary,
            report.strengths,
            report.steps,
            reports.rests_on(report),
            {
                "E1": Account("You stopped the batches first.", "The customer heard it the same hour."),
                "E3": Account("You are talented.", " "),
                "E9": Account("An exercise that was not there."),
            },
            {"L1": "The list of who has to know.", "L2": "Time to ask.", "X9": "No area."},
        )
        reports.write(session, report_id, half, by=desk.by)
        missing = " ".join(reports.shortcomings(session, report))
        assert "what you wrote of an exercise rests on nothing" in missing
        assert "what helped rests on nothing" in missing
        assert {one.place for one in reports.wording(report)} == {"account-E3"}
        half = replace(
            half,
            version=report.version,
            accounts={"E1": half.accounts["E1"]},
            helped={"L1": half.helped["L1"]},
        )
        reports.write(session, report_id, half, by=desk.by)
        assert not reports.shortcomings(session, report)
        reports.sign(session, report_id, by=desk.by, base_url=BASE)
    with database.writing() as session:
        facts = reports.frozen(reports.own(session, report_id, by=desk.participant_by[0]))
        second = reports.correct(session, report_id, by=desk.by)
        assert second.accounts["E1"]["effect"] == "The customer heard it the same hour."
        second.helped = {}
        later = reports.preview(session, second)
    assert [one.approach for one in facts.exercises] == ["You stopped the batches first.", "", ""]
    assert all(one.situation for one in facts.exercises)
    assert [(one.place, one.dimension) for one in later.changes] == [("helped", "Giving direction")]


def test_at_most_two_strengths_and_two_steps_are_kept(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        version = reports.draft(session, draft, by=desk.by).version
        found = reports.write(
            session, draft, HalfPage(version, "x", ["a", " ", "b", "c"], ["d", "e", "f"]), by=desk.by
        )
        assert (found.strengths, found.steps) == (["a", "b"], ["d", "e"])


def test_each_line_of_the_half_page_carries_the_ids_of_its_evidence(database: Database) -> None:
    # rule M9
    desk = Reporting(database)
    report_id = desk.signed()
    with database.reading() as session:
        report = session.get_one(Report, report_id)
        facts = reports.frozen(report)
        for line in facts.lines:
            assert line.evidence
            for one in line.evidence:
                observation = session.get_one(Observation, UUID(one.id))
                assert (one.quote, one.dimension) == (
                    observation.quote.rstrip("."),
                    observation.dimension,
                )
        assert {one.id for one in facts.summary_evidence} == {
            str(one) for one in desk.observations(session, 0, "P1")
        }


@pytest.mark.parametrize("line", [Line.PATTERN, Line.STRENGTH_1, Line.STEP_1])
def test_a_line_that_rests_on_nothing_is_not_signed(database: Database, line: Line) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        report = reports.draft(session, draft, by=desk.by)
        half = HalfPage(
            report.version, report.summary, report.strengths, report.steps, reports.rests_on(report)
        )
        left = {place: found for place, found in half.rests_on.items() if place is not line}
        reports.write(session, draft, replace(half, rests_on=left), by=desk.by)
        words = line.value.replace("_", " ")
        with pytest.raises(reports.ReportIncomplete, match=f"choose under (the )?{words}"):
            reports.sign(session, draft, by=desk.by, base_url=BASE)


def test_a_line_cannot_rest_on_somebody_elses_words(database: Database) -> None:
    desk = Reporting(database, ("Ayşe", "Bram"))
    draft = desk.drafted()
    with database.writing() as session:
        foreign = desk.observations(session, 1, "L1")
        version = reports.draft(session, draft, by=desk.by).version
        half = HalfPage(version, "x", ["a"], ["b"], {Line.STEP_1: foreign})
        with pytest.raises(reports.EvidenceUnknown):
            reports.write(session, draft, half, by=desk.by)
        session.rollback()
    with database.reading() as session:
        assert reports.draft(session, draft, by=desk.by).summary != "x"


def test_what_no_longer_counts_carries_no_line_and_no_sentence(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        in_tray = session.scalars(
            sa.select(Sitting)
            .join(Rating)
            .join(Observation)
            .where(Observation.id.in_(desk.observations(session, 0, "L1")))
        ).first()
        assert in_tray
        in_tray.state = SittingState.VOID
    with database.writing() as session:
        with pytest.raises(reports.ReportIncomplete) as refused:
            reports.sign(session, draft, by=desk.by, base_url=BASE)
        assert "choose under the pattern" in str(refused.value)
        assert "take it out" in str(refused.value)
        assert "strength 1" not in str(refused.value)  # the case still counts


def test_evidence_moves_up_with_its_line(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        seen = desk.observations(session, 0, "S1")[:1]
        version = reports.draft(session, draft, by=desk.by).version
        half = HalfPage(version, "x", ["", "b"], ["d", ""], {Line.STRENGTH_2: seen})
        report = reports.write(session, draft, half, by=desk.by)
        assert report.strengths == ["b"]
        assert reports.rests_on(report) == {Line.STRENGTH_1: tuple(seen)}


def test_observations_stay_while_their_line_waits_for_its_words(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        seen = desk.observations(session, 0, "S1")[:1]
        version = reports.draft(session, draft, by=desk.by).version
        half = HalfPage(version, "x", ["a", ""], ["d"], {Line.STRENGTH_2: seen})
        report = reports.write(session, draft, half, by=desk.by)
        assert reports.rests_on(report) == {Line.STRENGTH_2: tuple(seen)}
        assert len(reports.preview(session, report).strengths) == 1


def test_the_database_keeps_what_a_signed_report_rests_on(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    for statement in (
        sa.delete(LineEvidence),
        sa.update(LineEvidence).values(line=Line.STEP_2),
        sa.update(ChosenFrame).values(place=7),
        sa.delete(ChosenFrame),
    ):
        with (
            database.writing() as session,
            pytest.raises(sa.exc.DatabaseError, match=r"refused: (line_evidence|chosen_frame)_is_signed"),
        ):
            session.execute(statement)
    with database.reading() as session:
        assert session.scalars(sa.select(LineEvidence).where(LineEvidence.report_id == report_id)).all()


def test_a_correction_begins_with_what_its_lines_rested_on(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        before = reports.rests_on(reports.draft(session, report_id, by=desk.by))
        after = reports.rests_on(reports.correct(session, report_id, by=desk.by))
        assert {line: set(found) for line, found in after.items()} == {
            line: set(found) for line, found in before.items()
        }


def test_a_report_signed_before_lines_carried_evidence_is_read_as_it_was(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        document = dict(session.get_one(Report, report_id).document or {})
    document["strengths"], document["steps"] = ["You find the figure."], ["Say who has to know."]
    del document["summary_evidence"]
    for dimension in document["dimensions"]:
        for frame in dimension["frames"]:
            for one in frame["evidence"]:
                del one["dimension"]
    facts = ReportFacts.from_document(document)
    assert [line.words for line in facts.lines[1:]] == ["You find the figure.", "Say who has to know."]
    assert shelf.sections(facts)


@pytest.mark.parametrize("gap", ["", "   "])
def test_a_sentence_about_behaviour_needs_words_for_its_gaps(database: Database, gap: str) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        seen = desk.observations(session, 0, "L1")
        with pytest.raises(reports.FrameUnfounded):
            reports.choose_frame(session, draft, "L1.effective", {"act": gap}, seen, by=desk.by)


def test_a_sentence_rests_on_observations_of_its_own_dimension_and_person(database: Database) -> None:
    # rule M9
    desk = Reporting(database, ("Ayşe", "Bram"))
    draft = desk.drafted()
    with database.writing() as session:
        for seen in ([], desk.observations(session, 0, "S1"), desk.observations(session, 1, "L1")):
            with pytest.raises(reports.FrameUnfounded):
                reports.choose_frame(session, draft, "L1.effective", {"act": "x"}, seen, by=desk.by)


def test_the_sentences_of_a_signed_report_stay(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        seen = desk.observations(session, 0, "L1")
        chosen = reports.draft(session, report_id, by=desk.by).frames[0].id
        with pytest.raises(reports.AlreadySigned):
            reports.choose_frame(session, report_id, "L1.effective", {"act": "x"}, seen, by=desk.by)
        with pytest.raises(reports.AlreadySigned):
            reports.drop_frame(session, report_id, chosen, by=desk.by)


def test_a_sentence_that_does_not_exist_is_not_found(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.writing() as session:
        seen = desk.observations(session, 0, "L1")
        with pytest.raises(errors.NotFound):
            reports.choose_frame(session, draft, "L9.effective", {"act": "x"}, seen, by=desk.by)


def test_where_nobody_saw_anything_the_half_page_is_enough(database: Database) -> None:
    desk = Reporting(database, is_anything_seen=False)
    with database.writing() as session:
        draft = reports.begin(session, desk.integrations[0], by=desk.by)
        half = HalfPage(draft.version, "Nothing was handed in, so there was nothing to read.", [], [])
        reports.write(session, draft.id, half, by=desk.by)
        signed = reports.sign(session, draft.id, by=desk.by, base_url=BASE)
        assert signed.state is ReportState.WITH_PARTICIPANT


def test_a_report_with_gaps_is_not_signed(database: Database) -> None:
    desk = Reporting(database)
    with database.writing() as session:
        draft = reports.begin(session, desk.integrations[0], by=desk.by).id
        with pytest.raises(reports.ReportIncomplete, match="half page"):
            reports.sign(session, draft, by=desk.by, base_url=BASE)


def test_signing_freezes_the_facts_and_tells_the_participant(database: Database) -> None:
    # rule N7
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        report = session.get_one(Report, report_id)
        facts = reports.frozen(report)
        assert (facts.participant, facts.responsible) == ("Ayşe de Vries", "Ilse de Graaf")
        assert report.valid_until_on == facts.valid_until_on > facts.signed_on
        mails = session.scalars(sa.select(Mail).where(Mail.recipient == desk.people[0].email)).all()
        assert [f"/participant/reports/{report_id}" in mail.text for mail in mails] == [True]
        with pytest.raises(reports.AlreadySigned):
            reports.write(session, report_id, HalfPage(report.version, "x", ["a"], ["b"]), by=desk.by)
        desk_before = report.document_hash
        reports.sign(session, report_id, by=desk.by, base_url=BASE)
        assert report.document_hash == desk_before


def test_a_long_passage_is_quoted_by_its_first_words() -> None:
    words = [f"word{number}" for number in range(reports.LONGEST_QUOTE + 5)]
    long, short = Observation(quote=" ".join(words)), Observation(quote="It stops now.")
    assert reports._quoted(long) == " ".join(words[: reports.LONGEST_QUOTE]) + " …"
    assert reports._quoted(short) == "It stops now"


@pytest.mark.parametrize(
    ("signed_on", "months", "until"),
    [
        (date(2026, 3, 14), 24, date(2028, 3, 14)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_validity_ends_on_the_same_day_or_the_last_of_the_month(
    signed_on: date, months: int, until: date
) -> None:
    # rule N7
    assert reports.months_later(signed_on, months) == until


def test_a_later_change_of_name_does_not_reach_a_signed_report(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        session.get_one(type(desk.people[0]), desk.people[0].id).name = "Somebody Else"
    with database.reading() as session:
        assert reports.frozen(session.get_one(Report, report_id)).participant == "Ayşe de Vries"


def test_its_writer_reads_it_under_the_codes(database: Database) -> None:
    desk = Reporting(database)
    for report_id in (desk.drafted(), desk.signed()):
        with database.reading() as session:
            found = reports.preview(session, reports.draft(session, report_id, by=desk.by))
            assert "Ay" not in found.participant
            assert found.participant.count("K-") == 3


# The participant decides.


def test_hr_finds_nothing_before_the_participant_released_it(database: Database) -> None:
    # rule N2
    desk = Reporting(database)
    draft = desk.drafted()
    with pytest.raises(errors.NotFound):
        hr_reads(desk, draft)
    assert stands(desk) == [Stand.FINISHED]
    with database.writing() as session:
        reports.sign(session, draft, by=desk.by, base_url=BASE)
    with pytest.raises(errors.NotFound):
        hr_reads(desk, draft)
    assert stands(desk) == [Stand.WITH_PARTICIPANT]
    desk.release(draft)
    assert hr_reads(desk, draft).state is ReportState.RELEASED
    assert stands(desk) == [Stand.RELEASED]


def test_what_is_blocked_after_a_release_is_gone_for_hr_and_the_log_keeps_the_download(
    database: Database,
) -> None:
    # rule N3
    desk = Reporting(database)
    report_id = desk.released()
    with database.writing() as session:
        report = reports.released_to(session, report_id, by=desk.hr_by)
        reports.note_download(session, report, "pdf", by=desk.hr_by)
    desk.block(report_id)
    with pytest.raises(errors.NotFound):
        hr_reads(desk, report_id)
    with database.reading() as session:
        person = reports.standings(session, by=desk.hr_by)[0].people[0]
        assert (person.stand, person.report_id, person.signed_on) == (Stand.BLOCKED, None, None)
        assert session.scalar(sa.select(sa.func.count()).select_from(Download)) == 1


def test_where_the_notice_excluded_it_nobody_can_block(database: Database) -> None:
    # rule N4
    desk = Reporting(database, may_be_blocked=False)
    report_id = desk.signed()
    with pytest.raises(reports.CannotBlock):
        desk.block(report_id)
    with pytest.raises(errors.NotFound):
        hr_reads(desk, report_id)  # silence is no release there either


def test_another_participant_neither_reads_nor_decides(database: Database) -> None:
    desk = Reporting(database, ("Ayşe", "Bram"))
    report_id = desk.signed(0)
    for act in (desk.release, desk.block):
        with pytest.raises(errors.NotFound):
            act(report_id, 1)
    with database.reading() as session, pytest.raises(errors.NotFound):
        reports.own(session, report_id, by=desk.participant_by[1])


def test_hr_of_another_programme_finds_nothing(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.released()
    with database.writing() as session:
        stranger = factories.person(session)
        factories.role(session, stranger, RoleName.HR, programme_id=factories.programme(session).id)
        by = factories.actor(session, stranger)
        with pytest.raises(errors.NotFound):
            reports.released_to(session, report_id, by=by)
        assert reports.standings(session, by=by) == []


def test_whoever_withdraws_takes_the_report_along(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.released()
    with database.writing() as session:
        enrolment = session.get_one(Enrolment, desk.enrolments[0].id)
        enrolment.state, enrolment.withdrawn_at = EnrolmentState.WITHDRAWN, clock.now()
    with pytest.raises(errors.NotFound):
        hr_reads(desk, report_id)
    assert stands(desk) == [Stand.WITHDRAWN]


def test_whoever_withdrew_is_not_reminded(database: Database) -> None:
    desk = Reporting(database)
    desk.signed()
    with database.writing() as session:
        enrolment = session.get_one(Enrolment, desk.enrolments[0].id)
        enrolment.state, enrolment.withdrawn_at = EnrolmentState.WITHDRAWN, clock.now()
    with time_machine.travel(clock.now() + timedelta(days=30)), database.writing() as session:
        assert reports.remind(session, base_url=BASE) == 0


def test_a_download_under_way_makes_the_block_wait(postgresql_database: Database) -> None:
    """Two connections: HR holds the report, the participant blocks, and the next download finds nothing."""
    desk = Reporting(postgresql_database)
    report_id = desk.released()
    blocked = threading.Event()

    def block() -> None:
        desk.block(report_id)
        blocked.set()

    thread = threading.Thread(target=block)
    with postgresql_database.writing() as session:
        report = reports.released_to(session, report_id, by=desk.hr_by)
        thread.start()
        assert not blocked.wait(0.5)
        reports.note_download(session, report, "pdf", by=desk.hr_by)
    thread.join(10)
    assert blocked.is_set()
    with postgresql_database.writing() as session, pytest.raises(errors.NotFound):
        reports.released_to(session, report_id, by=desk.hr_by)


# Remarks, corrections, editions.


def test_a_remark_reaches_the_writer_and_an_answer_the_participant(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        remark = reports.remark(
            session,
            report_id,
            CommentKind.CORRECTION,
            "I was in Münster.",
            by=desk.participant_by[0],
            base_url=BASE,
        )
        with pytest.raises(reports.RemarkEmpty):
            reports.remark(
                session, report_id, CommentKind.COMMENT, "  ", by=desk.participant_by[0], base_url=BASE
            )
        reports.answer(session, report_id, remark.id, "Noted.", by=desk.by, base_url=BASE)
        to = session.scalars(sa.select(Mail.recipient).order_by(Mail.created_at)).all()
        assert sorted(to) == sorted([desk.people[0].email, desk.assessor.email, desk.people[0].email])
        events = session.scalars(sa.select(Event)).all()
        assert not any("Münster" in str(event.details) for event in events)


def test_a_comment_goes_with_the_report_and_a_request_for_correction_does_not(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.signed()
    with database.writing() as session:
        for kind in CommentKind:
            reports.remark(
                session, report_id, kind, f"my {kind.value}", by=desk.participant_by[0], base_url=BASE
            )
    desk.release(report_id)
    remarks = reports.frozen(hr_reads(desk, report_id)).remarks
    assert [one.text for one in remarks] == ["my comment"]


def test_a_corrected_edition_takes_the_place_and_is_decided_on_anew(database: Database) -> None:
    desk = Reporting(database)
    first = desk.released()
    with database.writing() as session:
        second = reports.correct(session, first, by=desk.by).id
        assert reports.correct(session, first, by=desk.by).id == second
    assert hr_reads(desk, first).id == first  # until the new one is signed
    with database.writing() as session:
        reports.sign(session, second, by=desk.by, base_url=BASE)
    for edition in (first, second):
        with pytest.raises(errors.NotFound):
            hr_reads(desk, edition)
    assert stands(desk) == [Stand.WITH_PARTICIPANT]
    with pytest.raises(reports.NotDecidable):
        desk.release(first)
    desk.release(second)
    facts = reports.frozen(hr_reads(desk, second))
    assert (facts.number, len(facts.dimensions[0].frames)) == (2, 1)
    with database.reading() as session:
        assert reports.own(session, first, by=desk.participant_by[0]).state is ReportState.SUPERSEDED


def test_an_edition_that_was_replaced_takes_no_remark_decision_or_correction(database: Database) -> None:
    desk = Reporting(database)
    first = desk.signed()
    with database.writing() as session:
        second = reports.correct(session, first, by=desk.by).id
        reports.sign(session, second, by=desk.by, base_url=BASE)
    with database.writing() as session:
        by = desk.participant_by[0]
        for act in (reports.release, reports.block):
            with pytest.raises(reports.NotDecidable):
                act(session, first, by=by)
        with pytest.raises(reports.NotDecidable):
            reports.remark(session, first, CommentKind.COMMENT, "late", by=by, base_url=BASE)
        with pytest.raises(reports.NotDecidable):
            reports.correct(session, first, by=desk.by)


def test_deciding_the_same_twice_changes_nothing(database: Database) -> None:
    desk = Reporting(database)
    report_id = desk.released()
    with database.reading() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Event))
    desk.release(report_id)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == before


def test_a_draft_has_no_frozen_facts(database: Database) -> None:
    desk = Reporting(database)
    draft = desk.drafted()
    with database.reading() as session, pytest.raises(errors.NotFound):
        reports.frozen(session.get_one(Report, draft))


# Reminders.


def test_working_days_leave_out_the_weekend() -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    assert reports.working_days_later(friday, 1) == friday + timedelta(days=3)
    assert reports.working_days_later(friday, 5) == friday + timedelta(days=7)


def test_silence_is_reminded_of_after_five_and_ten_working_days_and_is_no_release(
    database: Database,
) -> None:
    desk = Reporting(database, ("Ayşe", "Bram"))
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
    with clock.at(start):
        waiting, decided = desk.signed(0), desk.released(1)
    sent = []
    for days in (4, 6, 7, 8, 13, 14, 15, 40):
        with clock.at(start + timedelta(days=days)), database.writing() as session:
            sent.append(reports.remind(session, base_url=BASE))
    assert sent == [0, 0, 1, 0, 0, 1, 0, 0]
    with pytest.raises(errors.NotFound):
        hr_reads(desk, waiting)
    assert hr_reads(desk, decided).id == decided


# How much it asks of the database.


def test_two_hundred_participants_take_no_more_queries_than_two(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database, ("Ayşe", "Bram"))
    desk.released(0)
    with counting(sqlite_database) as few, sqlite_database.reading() as session:
        reports.standings(session, by=desk.hr_by)
    with sqlite_database.writing() as session:
        for _ in range(198):
            factories.enrolment(session, session.merge(desk.centre))
    with counting(sqlite_database) as many, sqlite_database.reading() as session:
        assert len(reports.standings(session, by=desk.hr_by)[0].people) == 200
    assert many.n == few.n <= 4
