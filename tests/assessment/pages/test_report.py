"""Reports as their writer and their participant meet them in the browser's terms."""

import json
import re
from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from assessment.database import Database
from assessment.language import translator
from assessment.models.report import CommentKind, Report, ReportState
from assessment.services import plans, reports
from assessment.settings import Settings
from exercises.wording import marked_words
from tests import factories
from tests.assessment import fonts
from tests.assessment.query_count import counting
from tests.assessment.reporting import BASE, QUOTE, Reporting
from tests.conftest import log_in


@pytest.fixture
def desk(sqlite_database: Database, settings: Settings) -> Reporting:
    fonts.put_into(settings.data_folder)
    return Reporting(sqlite_database, ("Ayşe de Vries", "Bram Scholten"))


@pytest.fixture
def participant(client: FlaskClient, desk: Reporting) -> FlaskClient:
    return log_in(client, desk.people[0])


@pytest.fixture
def writer(client: FlaskClient, desk: Reporting) -> FlaskClient:
    return log_in(client, desk.assessor)


def stored(desk: Reporting, report_id: UUID) -> Report:
    with desk.database.reading() as session:
        found = session.get_one(Report, report_id)
        assert found.frames is not None
        assert found.comments is not None
        return found


def half_page(version: int | str, **values: object) -> dict[str, object]:
    return {"version": version, "summary": "A pattern.", "strength": ["One"], "step": ["Two"], **values}


# The participant.


def test_a_report_that_waits_is_the_one_next_thing_on_the_home_page(
    participant: FlaskClient, desk: Reporting
) -> None:
    report = desk.signed()
    page = participant.get("/participant/").text
    assert page.count("button main") == 1
    assert f'class="button main" href="/participant/reports/{report}"' in page


def test_a_report_leads_with_the_half_page_and_says_where_it_stands(
    participant: FlaskClient, desk: Reporting
) -> None:
    # rule N2
    report = desk.signed()
    page = participant.get(f"/participant/reports/{report}").text
    assert page.index('id="section-1"') < page.index('id="section-0"') < page.index('id="section-3"')
    assert "Nobody else sees this report before you decide" in page
    participant.post(f"/participant/reports/{report}/release")
    assert "HR can read this report" in participant.get(f"/participant/reports/{report}").text
    participant.post(f"/participant/reports/{report}/block")
    page = participant.get(f"/participant/reports/{report}").text
    assert "HR cannot read this report" in page
    assert stored(desk, report).state is ReportState.BLOCKED


def test_a_participant_meets_no_decimals_and_no_single_rating(
    participant: FlaskClient, desk: Reporting
) -> None:
    report = desk.signed()
    page = participant.get(f"/participant/reports/{report}").text
    article = page[page.index("<article") : page.index("</article>")]
    words = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", article, flags=re.DOTALL)
    assert not re.search(r"\d[.,]\d", words)
    assert "percent" not in words


def test_every_sentence_about_behaviour_carries_its_evidence(
    participant: FlaskClient, desk: Reporting
) -> None:
    # rule M9
    report = desk.signed()
    page = participant.get(f"/participant/reports/{report}").text
    sentence = re.search(r'<li[^>]* data-evidence="([^"]+)"[^>]*><span dir="auto">In “A Tuesday', page)
    assert sentence
    frames = stored(desk, report).frames
    assert sentence.group(1).split() == frames[0].observations


def test_where_blocking_is_excluded_the_action_is_absent(
    client: FlaskClient, sqlite_database: Database
) -> None:
    # rule N4
    desk = Reporting(sqlite_database, may_be_blocked=False)
    report = desk.signed()
    log_in(client, desk.people[0])
    page = client.get(f"/participant/reports/{report}").text
    assert "/block" not in page
    assert "Release to HR" in page
    assert client.post(f"/participant/reports/{report}/block").status_code == 409


def test_a_copy_of_the_data_and_a_pdf_can_be_taken(participant: FlaskClient, desk: Reporting) -> None:
    # rule N5
    report = desk.signed()
    document = json.loads(participant.get(f"/participant/reports/{report}/report.json").data)
    assert document["participant"] == "Ayşe de Vries"
    assert "ratings" not in json.dumps(document)
    assert participant.get(f"/participant/reports/{report}/report.pdf").data.startswith(b"%PDF")


def test_what_was_typed_stays_when_a_remark_cannot_be_sent(participant: FlaskClient, desk: Reporting) -> None:
    report = desk.signed()
    answer = participant.post(
        f"/participant/reports/{report}/remarks", data={"kind": "correction", "text": "   "}
    )
    assert answer.status_code == 422
    assert 'value="correction" checked' in answer.text
    answer = participant.post(
        f"/participant/reports/{report}/remarks",
        data={"kind": "nonsense", "text": "<i>Münster</i>"},
        follow_redirects=True,
    )
    assert "&lt;i&gt;Münster&lt;/i&gt;" in answer.text
    assert stored(desk, report).comments[0].kind is CommentKind.COMMENT


def test_a_foreign_report_is_nowhere(participant: FlaskClient, desk: Reporting) -> None:
    report = desk.signed(1)
    for method, path in (
        ("GET", ""),
        ("GET", "/report.pdf"),
        ("GET", "/report.json"),
        ("POST", "/remarks"),
        ("POST", "/release"),
        ("POST", "/block"),
    ):
        answer = participant.open(f"/participant/reports/{report}{path}", method=method, data={"text": "x"})
        assert answer.status_code == 404, path


def test_the_home_page_asks_once_for_all_reports(client: FlaskClient, sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database)
    log_in(client, desk.people[0])
    with counting(sqlite_database) as before:
        client.get("/participant/")
    desk.signed()
    with counting(sqlite_database) as after:
        client.get("/participant/")
    assert after.n <= before.n + 2  # the comments of what was found, and their centre


# The writer.


def test_a_report_is_begun_written_and_signed(writer: FlaskClient, desk: Reporting) -> None:
    page = writer.post(f"/assessor/reports/begin/{desk.integrations[0]}").headers["Location"]
    report = UUID(page.rsplit("/", 1)[1])
    assert "Still missing:" in writer.get(page).text
    with desk.database.reading() as session:
        seen = [str(one) for one in desk.observations(session, 0, "L1")]
    writer.post(
        page,
        data=half_page(
            1,
            **{
                "choose": "L1",
                "frame-L1": "L1.effective",
                "seen-L1": seen,
                "gap-L1.effective-act": "the stop",
            },
        ),
    )
    text = writer.get(page).text
    assert "the stop (“Bo and Mehmet" in text
    assert "choose under the pattern at least one observation" in text
    version = stored(desk, report).version
    founded = half_page(version, **{f"rests-{line}": seen for line in ("pattern", "strength_1", "step_1")})
    assert "Draft saved." in writer.post(page, data=founded, follow_redirects=True).text
    text = writer.get(page).text
    assert "Nothing is missing." in text
    assert len(re.findall(r'name="rests-\w+" value="[^"]+" checked', text)) == 3 * len(seen)
    version = stored(desk, report).version
    founded = half_page(version, **{f"rests-{line}": seen for line in ("pattern", "strength_1", "step_1")})
    preview = writer.post(page, data={**founded, "then": "preview"}).headers["Location"]
    assert "A draft, as the participant will read it" in writer.get(preview).text
    assert writer.get(f"{preview}.pdf").data.startswith(b"%PDF")
    assert "Signed: the participant has it" in writer.post(f"{page}/sign", follow_redirects=True).text
    assert stored(desk, report).state is ReportState.WITH_PARTICIPANT


def test_its_writer_never_meets_the_name(writer: FlaskClient, desk: Reporting) -> None:  # robustness 27
    draft, signed = desk.drafted(0), desk.signed(1)
    for path in ("", "/preview", "/preview.pdf"):
        for report in (draft, signed):
            answer = writer.get(f"/assessor/reports/{report}{path}")
            assert answer.status_code == 200
            said = answer.data.decode("utf-8", "ignore") + str(answer.headers)
            for name in ("Ayşe", "Bram", "ayse", "bram", desk.people[0].email, desk.people[1].email):
                assert name not in said
    assert "Ayşe" not in writer.get("/assessor/").text


def test_observations_are_offered_without_saying_whose_they_are(writer: FlaskClient, desk: Reporting) -> None:
    page = writer.get(f"/assessor/reports/{desk.drafted()}").text
    assert QUOTE in page
    assert "fits the result" in page
    assert page.index("L1.effective") < page.index("L1.starting")
    assert page.count("Ilse de Graaf") == 1  # who is logged in


def test_what_was_typed_in_a_second_window_stands_beside_what_is_stored(
    writer: FlaskClient, desk: Reporting
) -> None:
    report = desk.drafted(summary="Stored first.")
    version = stored(desk, report).version
    writer.post(f"/assessor/reports/{report}", data=half_page(version, summary="Stored second."))
    answer = writer.post(f"/assessor/reports/{report}", data=half_page(version, summary="Typed here."))
    assert answer.status_code == 409
    assert "Stored second." in answer.text
    assert re.search(r"<textarea[^>]*>Typed here.</textarea>", answer.text)
    assert stored(desk, report).summary == "Stored second."
    newest = re.search(r'name="version" value="(\d+)"', answer.text)
    assert newest
    writer.post(f"/assessor/reports/{report}", data=half_page(int(newest.group(1)), summary="Typed here."))
    assert stored(desk, report).summary == "Typed here."


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 5000, "²"])
def test_a_version_that_is_none_is_an_old_one(writer: FlaskClient, desk: Reporting, version: str) -> None:
    answer = writer.post(f"/assessor/reports/{desk.drafted()}", data=half_page(version))
    assert answer.status_code == 409


def test_a_sentence_without_evidence_is_refused_and_the_half_page_is_saved(
    writer: FlaskClient, desk: Reporting
) -> None:
    report = desk.drafted()
    version = stored(desk, report).version
    answer = writer.post(
        f"/assessor/reports/{report}",
        data=half_page(
            version,
            summary="Saved along.",
            **{"choose": "L1", "frame-L1": "L1.building", "gap-L1.building-act": "what I typed"},
        ),
    )
    assert answer.status_code == 422
    assert 'value="what I typed"' in answer.text
    assert stored(desk, report).summary == "Saved along."
    assert len(stored(desk, report).frames) == 1


@pytest.mark.parametrize("kind", ["foreign", "nonsense", "too long"])
def test_what_was_typed_and_chosen_stays_when_the_half_page_is_refused(
    writer: FlaskClient, desk: Reporting, kind: str
) -> None:
    report = desk.drafted()
    version = stored(desk, report).version
    with desk.database.reading() as session:
        mine = str(desk.observations(session, 0, "S1")[0])
        foreign = str(desk.observations(session, 1, "S1")[0])
    others = {"foreign": [foreign], "nonsense": ["../../etc"], "too long": []}[kind]
    typed = "ÿ" * 301 if kind == "too long" else "Typed <b>here</b>"
    answer = writer.post(
        f"/assessor/reports/{report}",
        data=half_page(version, **{"step": [typed], "rests-step_1": [mine, *others]}),
    )
    assert answer.status_code == 422
    assert ("ÿ" * 301 if kind == "too long" else "Typed &lt;b&gt;here&lt;/b&gt;") in answer.text
    assert re.search(rf'name="rests-step_1" value="{mine}" checked', answer.text)
    assert foreign not in answer.text
    assert stored(desk, report).version == version


def test_each_line_leads_to_the_participants_own_words(participant: FlaskClient, desk: Reporting) -> None:
    report = desk.signed()
    page = participant.get(f"/participant/reports/{report}").text
    half = page[page.index('id="section-1"') : page.index('id="section-0"')]
    for line in ("You began with the largest matter.", "You find the figure.", "Say who has to know."):
        after = half[half.index(line) :]
        target = re.search(r'<a href="#(passage-\d+)">passage \d+</a>', after[: after.index("</", 200)])
        assert target, line
        assert re.search(rf'<li id="{target.group(1)}"[^>]*><span dir="auto">“{QUOTE[:-1]}”', page)
    assert half.count("data-evidence") == 3


def test_each_line_leads_to_the_result_it_is_part_of_and_each_passage_too(
    participant: FlaskClient, desk: Reporting
) -> None:
    report = desk.signed()
    page = participant.get(f"/participant/reports/{report}").text
    half = page[page.index('id="section-1"') : page.index('id="section-0"')]
    found = re.findall(r'Part of the result on <a href="#area-(\w\d)">', half)
    assert found == ["P1", "S1", "L3"]
    passage = re.search(r'<li id="passage-1".*?</li>', page)
    assert passage
    assert '<a href="#area-L1">' in passage.group()
    assert page.count('<h3 id="area-L1">') == 1


def test_the_plan_stands_in_the_participants_own_report_and_in_no_other(
    participant: FlaskClient, desk: Reporting
) -> None:
    """rule R2: section 8 is the participant's, and never leaves them."""
    report = desk.signed()
    path = f"/participant/reports/{report}"
    assert "You fill this in where your plan is." in participant.get(path).text
    me = desk.participant_by[0]
    with desk.database.writing() as session:
        plan = plans.begin(session, desk.enrolments[0].id, by=me).id
        words = plans.Words("Stop on <b>Friday</b>.", "It stops.", "it is Friday", "I stop")
        plans.add(session, plan, words, by=me)
        plans.drop(session, plan, plans.add(session, plan, plans.Words("Dropped."), by=me).id, by=me)
    page = participant.get(path).text
    part = page[page.index('id="section-8"') : page.index('id="section-9"')]
    for said in ("Stop on &lt;b&gt;Friday&lt;/b&gt;.", "It stops.", "it is Friday", "I stop"):
        assert said in part, said
    assert "Dropped." not in part
    assert "Action 2" not in part
    assert f'href="/participant/plans/{plan}"' in page
    with desk.database.reading() as session:
        due = {one.day: one.due_on for one in plans.own(session, plan, by=me).check_ins}
    assert f"Day 30, {translator('en').day(due[30])}" in part

    def printed(name: str) -> str:
        pages = PdfReader(BytesIO(participant.get(f"{path}/{name}.pdf").data)).pages
        return " ".join(" ".join(one.extract_text() for one in pages).split())

    assert "Stop on <b>Friday</b>." in printed("report")
    assert "Friday" not in printed("edition-for-hr")
    assert "Friday" not in participant.get(f"{path}/report.json").text


def test_a_chosen_sentence_can_be_taken_out(writer: FlaskClient, desk: Reporting) -> None:
    report = desk.drafted()
    found = stored(desk, report)
    writer.post(f"/assessor/reports/{report}", data=half_page(found.version, drop=str(found.frames[0].id)))
    assert stored(desk, report).frames == []
    version = stored(desk, report).version
    for drop in ("nonsense", str(desk.centre.id)):
        answer = writer.post(f"/assessor/reports/{report}", data=half_page(version, drop=drop))
        assert answer.status_code == 404


def test_refused_words_are_marked_with_what_to_write_instead_and_keep_a_report_unsigned(
    writer: FlaskClient, desk: Reporting
) -> None:
    """rules R3.2 and R12"""
    report = desk.drafted(summary="You are talented, unfortunately.")
    page = writer.get(f"/assessor/reports/{report}").text
    for word in ("You are", "talented", "unfortunately"):
        assert f'<mark lang="en">{word}</mark>' in page
    assert "begin with the verb" in page
    refused = writer.post(f"/assessor/reports/{report}/sign", data={"reason": "I want it so."})
    assert refused.status_code == 422
    assert stored(desk, report).state is ReportState.DRAFT
    assert 'name="reason"' not in refused.text


def test_words_that_are_better_avoided_ask_for_a_reason_that_is_kept(
    writer: FlaskClient, desk: Reporting
) -> None:
    report = desk.drafted(summary="You wrote that the crew is always late.")
    asked = writer.post(f"/assessor/reports/{report}/sign")
    assert asked.status_code == 422
    assert stored(desk, report).state is ReportState.DRAFT
    assert 'name="reason"' in asked.text
    writer.post(f"/assessor/reports/{report}/sign", data={"reason": "It is what the note says."})
    assert stored(desk, report).state is ReportState.WITH_PARTICIPANT
    assert stored(desk, report).wording_reason == "It is what the note says."


def test_words_about_an_exercise_and_what_helped_are_saved_marked_and_shown(
    writer: FlaskClient, desk: Reporting
) -> None:
    """rules R2.2, R2.3 and R12"""
    page = f"/assessor/reports/{desk.drafted()}"
    said = {"approach-E1": "You are <b>talented</b>.", "effect-E1": "It stopped.", "helped-L1": "A list."}
    version = stored(desk, UUID(page.rsplit("/", 1)[1])).version
    answer = writer.post(f"{page}/autosave", data=half_page(version, **said))
    assert answer.status_code == 200
    assert answer.json
    assert "cannot stand in a report" in answer.json["marks"]["account-E1"]
    assert answer.json["marks"]["helped-L1"].strip() == ""
    text = writer.get(page).text
    assert "You are &lt;b&gt;talented&lt;/b&gt;." in text
    assert "It stopped.</textarea>" in text
    assert "A list.</textarea>" in text
    old = writer.post(page, data=half_page(version, **{"helped-L1": "Another window."}))
    assert "<li>A list.</li>" in old.text, "what is stored is shown beside what was typed"
    assert "Another window.</textarea>" in old.text


def test_a_draft_is_saved_while_it_is_written_and_shown_as_it_will_be_read(
    writer: FlaskClient, desk: Reporting
) -> None:
    report = desk.drafted()
    sent = {"version": stored(desk, report).version, "summary": "You are a <b>leader</b>."}
    said = writer.post(f"/assessor/reports/{report}/autosave", data=sent).get_json()
    assert said["version"] == stored(desk, report).version == sent["version"] + 1
    assert "&lt;b&gt;leader" in said["beside"]
    assert "<mark" in said["marks"]["pattern"]
    assert stored(desk, report).summary == "You are a <b>leader</b>."


def test_the_second_of_two_windows_writes_over_nothing_and_is_told(
    writer: FlaskClient, desk: Reporting
) -> None:
    report = desk.drafted()
    version = stored(desk, report).version
    first = {"version": version, "summary": "You began with the stop."}
    second = {"version": version, "summary": "You began with the customer."}
    assert writer.post(f"/assessor/reports/{report}/autosave", data=first).status_code == 200
    answer = writer.post(f"/assessor/reports/{report}/autosave", data=second)
    assert answer.status_code == 409
    assert "another window" in answer.get_json()["words"]
    assert stored(desk, report).summary == first["summary"]
    both = writer.post(f"/assessor/reports/{report}", data=second).text
    assert first["summary"] in both
    assert second["summary"] in both


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("You stopped the batch before you answered.", "en", ()),
        ("A naturally weakening character", "en", ("weakening", "character")),
        ("JE  BENT nooit zwakke en onzekerder", "nl", ("JE BENT", "zwakke", "nooit", "onzekerder")),
        ("Een mistige dag", "nl", ()),
    ],
)
def test_marked_words_are_whole_words_of_the_language(
    text: str, language: str, found: tuple[str, ...]
) -> None:
    assert set(marked_words(text, language)) == set(found)


def test_a_remark_is_answered_and_a_correction_begun(writer: FlaskClient, desk: Reporting) -> None:
    report = desk.signed()
    with desk.database.writing() as session:
        remark = reports.remark(
            session,
            report,
            CommentKind.CORRECTION,
            "It was Tuesday.",
            by=desk.participant_by[0],
            base_url=BASE,
        ).id
    page = f"/assessor/reports/{report}"
    assert "a remark waits for your answer" in writer.get("/assessor/").text
    assert writer.post(f"{page}/remarks/{remark}", data={"answer": " "}).status_code == 422
    assert writer.post(f"{page}/remarks/{desk.centre.id}", data={"answer": "x"}).status_code == 404
    writer.post(f"{page}/remarks/{remark}", data={"answer": "You are right."})
    assert "You are right." in writer.get(page).text
    edition = writer.post(f"{page}/correct").headers["Location"]
    assert "edition 2" in writer.get(edition).text


def test_an_assessor_who_does_not_answer_for_it_finds_no_report(client: FlaskClient, desk: Reporting) -> None:
    report = desk.drafted()
    with desk.database.writing() as session:
        other = factories.assessor(session, session.merge(desk.centre))
    log_in(client, other)
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", "/preview"),
        ("GET", "/preview.pdf"),
        ("POST", "/sign"),
        ("POST", "/correct"),
    ):
        answer = client.open(f"/assessor/reports/{report}{path}", method=method, data=half_page(1))
        assert answer.status_code == 404, path
    assert client.post(f"/assessor/reports/begin/{desk.integrations[0]}").status_code == 404
