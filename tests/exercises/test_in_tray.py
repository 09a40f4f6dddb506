"""The in-tray: content in two languages, arrivals, what is shown, taken in and given to read."""

import json
import re

import pytest

from exercises import rubric, writing
from exercises.content import LANGUAGES, SHELF, from_document, read
from exercises.in_tray import agenda
from exercises.in_tray.kind import KIND
from exercises.in_tray.samples import Step, answered, script
from exercises.kind import InvalidAnswer

EXERCISE = read(SHELF / "stavoord-in-tray")
STRUCTURE = EXERCISE.structure
MOST_WORDS = 2600


def after(*steps):
    return answered([Step(float(minute), task, value) for minute, task, value in steps])


def send(kind, to, tag, **more):
    return {"kind": kind, "to": to, "tag": tag, **more}


def seen(answers, minute, language="en"):
    return KIND.view(EXERCISE, language, answers, minute)


def parts(answers, minute):
    return seen(answers, minute)["parts"]


def texts(value):
    """All texts in a tree."""
    if isinstance(value, str):
        return [value]
    entries = value.values() if hasattr(value, "values") else value if isinstance(value, list | tuple) else ()
    return [text for entry in entries for text in texts(entry)]


def refusal(task, posted):
    with pytest.raises(InvalidAnswer) as caught:
        KIND.parse(EXERCISE, task, posted)
    return caught.value.code


# --- Content ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_to_read_stays_within_the_budget(language):
    words = EXERCISE.text(language)
    material = (
        "role_card",
        "messages",
        "follow_ups",
        "documents",
        "decisions",
        "people",
        "units",
        "stock",
        "calendar",
    )
    assert sum(writing.words(text) for name in material for text in texts(words[name])) <= MOST_WORDS


def test_the_content_has_no_problem():
    assert list(KIND.check(EXERCISE)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d["structure"]["messages"][0].update({"from": "nobody"}), "M01 names nobody"),
        (lambda d: d["structure"]["messages"][0].update({"id": "M02"}), "same id"),
        (lambda d: d["structure"]["messages"][1].update({"attached": ["x"]}), "M02 has x attached"),
        (lambda d: d["structure"]["messages"][2].update({"decision": "X"}), "no decision"),
        (lambda d: d["structure"]["follow_ups"][0].update({"when": {"is": "x"}}), "no definition x"),
        (lambda d: d["structure"].update({"in_tray_until": 99}), "outside"),
        (lambda d: d["structure"].pop("stock"), "has no stock"),
        (lambda d: d["structure"].pop("key"), "no key"),
        (lambda d: d["structure"]["key"]["maxima"].pop("L1"), "different dimensions"),
        (lambda d: d["texts"]["nl"]["messages"].pop("M05"), "messages.M05"),
        (lambda d: d["texts"]["nl"].pop("role_card"), "role_card"),
        (lambda d: d["texts"]["en"]["key"]["rules"]["K01"].update({"cases": []}), "K01"),
        (lambda d: d["rubric"]["dimensions"].pop("L3"), "has no L3"),
    ],
)
def test_what_is_wrong_with_content_is_named(change, named):
    document = EXERCISE.document()
    change(document)
    assert any(named in str(problem) for problem in KIND.check(from_document(document)))


def numbers(text):
    """Figures, batches and amounts, without the marks in which languages differ."""
    return sorted(re.sub(r"[.,:]", "", found).lstrip("0") for found in re.findall(r"\d[\d.,:]*\d|\d", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_message_times_are_the_exercise_clock(language):
    for entry in STRUCTURE["messages"]:
        sent = EXERCISE.text(language)["messages"][entry["id"]]["sent"]
        if entry["at"]:
            assert sent.replace(".", ":") == agenda.clock(EXERCISE, entry["at"])
        else:
            assert sent.replace(".", ":") < "08:30" or " " in sent


def test_every_rated_dimension_has_five_anchors_and_known_behaviours():  # rule M3
    known = {behaviour.id for dimension in rubric.framework().values() for behaviour in dimension.behaviours}
    for dimension in EXERCISE.rated:
        rated = EXERCISE.rubric.get(dimension)
        assert len(rated.anchors) == 5
        assert [line.id for line in rated.checklist] == [f"e1.{dimension}.c{n}" for n in range(1, 9)]
    assert {line.behaviour for rated in EXERCISE.rubric.dimensions for line in rated.checklist} <= known


def test_anchors_speak_of_acts_and_never_of_manners_or_fluency():
    words = re.compile(
        r"\b(polite|friendly|brief|concise|fluent|calm|clear style|beleefd|vriendelijk|bondig|vlot|kalm)",
        re.I,
    )
    for rated in EXERCISE.rubric.dimensions:
        for anchor in rated.anchors:
            for language in LANGUAGES:
                assert not words.search(anchor[language])


# --- Arrivals -----------------------------------------------------------------------------------------------


def test_messages_arrive_at_their_minute_and_nothing_tells_of_later_ones():
    assert parts({}, 0) == [f"M{n:02d}" for n in range(1, 12)]
    assert "M12" not in parts({}, 7.99)
    assert parts({}, 8)[-1] == "M12"
    assert parts({}, 59)[-5:] == ["M12", "M13", "M14", "M15", "M16"]
    early = json.dumps(seen({}, 5))
    assert "M12" not in early.replace("M12.", "")
    assert "62 kilos" not in early


def test_parts_only_ever_grow():
    for name in ("model", "reasonable", "careless", "weak"):
        answers = answered(script(EXERCISE, name))
        before = set()
        for minute in range(66):
            there = {task: answer for task, answer in answers.items() if answer.minute <= minute}
            now = set(parts(there, minute))
            assert before <= now
            before = now


def test_follow_ups_come_after_what_they_follow():
    stop = (5, "M02.sent.1", send("forward", ["bo"], "stops"))
    assert "FU2" not in parts(after(stop), 8.9)
    assert "FU2" in parts(after(stop), 9)
    assert "FU3" in parts(after((5, "M09.sent.1", send("reply", ["sophie"], "informs"))), 12)
    assert "FU4" in parts(after((5, "decision.EXP", {"option": "yes"})), 10)
    assert "FU5" in parts(after((5, "M05.sent.1", send("reply_all", ["bo"], "changes", cc=["yara"]))), 10)
    assert "FU6" in parts(after((5, "M03.sent.1", send("reply", ["carla"], "changes"))), 13)
    assert not [part for part in parts({}, 60) if part.startswith("FU")]


def test_the_question_who_released_the_desks_waits_until_minute_54_and_spares_those_who_corrected():
    yes = (5, "M03.sent.1", send("reply", ["carla"], "confirms"))
    assert "FU1" not in parts(after(yes), 53.9)
    assert "FU1" in parts(after(yes), 54)
    assert "FU1" not in parts(after(yes, (50, "M03.sent.2", send("reply", ["carla"], "holds"))), 59)
    assert "FU1" in parts(after(yes, (56, "M03.sent.2", send("reply", ["carla"], "holds"))), 59)


def test_a_follow_up_that_was_seen_stays_when_the_choice_changes():
    changed = after((10, "FU4", {}), (12, "decision.EXP", {"option": "no"}))
    assert "FU4" in parts(changed, 13)
    assert "FU4" not in parts(after((12, "decision.EXP", {"option": "no"})), 30)


def test_nothing_new_arrives_after_the_hour():
    late = after((57, "M02.sent.1", send("forward", ["bo"], "stops")))
    assert "FU2" not in parts(late, 65)
    assert parts({}, 60)[-1] == "closing"
    assert seen({}, 60)["is_over"]
    assert not seen({}, 59.9)["is_over"]


# --- What is shown ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_view_is_plain_data_in_every_state(language):
    for name in ("model", "careless", "nothing"):
        for minute in (0, 30, 61):
            view = seen(answered(script(EXERCISE, name, language)), minute, language)
            assert json.loads(json.dumps(view)) == view


def test_a_message_is_handled_by_its_first_action_and_no_action_is_one():
    view = seen(after((3, "M01.sent.1", {"kind": "no_action"})), 4)
    assert [message["id"] for message in view["handled"]] == ["M01"]
    assert len(view["waiting"]) == 10
    assert view["handled"][0]["next_sent"] == "M01.sent.2"


def test_a_draft_is_shown_as_it_was_written():
    text = "<b>=1+1</b> {{ x }} \u202e"
    view = seen(after((3, "M02", {"kind": "reply", "text": text})), 4)
    message = next(message for message in view["messages"] if message["id"] == "M02")
    assert (message["draft"]["text"], message["is_begun"], message["is_handled"]) == (
        text,
        True,
        False,
    )


def test_reply_to_all_goes_to_all_who_got_it():
    by_id = {message["id"]: message for message in seen({}, 40)["messages"]}
    assert len({*by_id["M05"]["reply_all"], *by_id["M05"]["reply_all_cc"]}) == 9
    assert by_id["M15"]["reply_all_cc"] == ["planning_team"]
    assert by_id["M08"]["reply_all"] == ["ifeoma", "managers"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tags_are_one_alphabetical_list_with_other_last(language):
    labels = [tag["label"] for tag in seen({}, 0, language)["tags"]]
    assert labels[:-1] == sorted(labels[:-1])
    assert labels[-1] == EXERCISE.text(language)["tags"]["other"]
    assert len(labels) == 10


def test_the_clock_reads_as_the_language_writes_it():
    assert seen({}, 8.5)["clock"] == "08:38"
    assert seen({}, 8.5, "nl")["clock"] == "08.38"


def test_the_calendar_brings_its_events_and_what_the_participant_changed():
    entry = {"day": "thu5", "start": "09:30", "end": "", "title": "Yara", "about": "", "with": "yara"}
    value = {"entries": [entry], "moved": {"team_leads": {"day": "fri6", "start": "13:00"}}, "dropped": []}
    calendar = seen(after((3, "calendar", value)), 5)["calendar"]
    assert calendar["value"] == value
    starts = {event["id"]: event["start"] for event in calendar["events"]}
    assert (starts["team_leads"], starts["management_team"]) == (9 * 60, 13 * 60)
    moved = [event["id"] for event in seen({}, 22)["calendar"]["events"] if event["isMoved"]]
    assert moved == ["management_team"]


def test_marks_are_shown_on_what_has_arrived_and_not_in_a_version_without_them():  # content C1
    marked = {"priority": "high", "text": "first"}
    answers = after((3, "mark.M02", marked), (3, "mark.M16", marked))
    assert seen(answers, 5)["marks"]["value"] == {"M02": marked}
    document = EXERCISE.document()
    del document["structure"]["marks"]
    older = from_document(document)
    assert KIND.task(older, "mark.M02") is None
    assert KIND.view(older, "en", {}, 5)["marks"] is None


# --- Tasks and what is taken in -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["M01.sent.1", "M16.sent.20", "FU2.sent.1", "new.1.sent", "new.40.sent"])
def test_what_was_sent_is_final(name):
    assert KIND.task(EXERCISE, name).is_final


@pytest.mark.parametrize(
    "name", ["M01", "FU6", "new.1", "decision.EXP", "stock", "calendar", "closing.3", "notes"]
)
def test_everything_else_may_change(name):
    assert not KIND.task(EXERCISE, name).is_final


@pytest.mark.parametrize(
    "name",
    [
        "",
        "M00",
        "M17",
        "M1",
        "M01.sent.0",
        "M01.sent.21",
        "new.0",
        "new.41",
        "decision.X",
        "closing.4",
        "M01\n",
    ],
)
def test_other_tasks_do_not_exist(name):
    assert KIND.task(EXERCISE, name) is None


def test_messages_close_at_sixty_and_reasons_at_sixty_five():
    tray, closing = KIND.phases(EXERCISE)
    assert (tray.until, closing.until) == (60, 65)
    for task in ("M01", "M01.sent.1", "FU1", "new.2.sent", "decision.THU", "stock", "calendar"):
        assert tray.admits(task)
        assert not closing.admits(task)
    for task in ("closing.1", "notes"):
        assert closing.admits(task)
        assert not tray.admits(task)


@pytest.mark.parametrize(
    ("task", "posted", "code"),
    [
        ("M02.sent.1", {"kind": "reply", "to": ["bo"]}, "tag_missing"),
        ("M02.sent.1", {"kind": "reply", "tag": "asks"}, "recipient_missing"),
        ("M02.sent.1", {}, "kind_missing"),
        ("M02.sent.1", {"kind": "plan"}, "day_missing"),
        ("M02.sent.1", {"kind": "new", "to": ["bo"], "tag": "asks"}, "unknown_kind"),
        ("new.1.sent", {"kind": "reply", "to": ["bo"], "tag": "asks"}, "unknown_kind"),
        ("M02", {"kind": "shout"}, "unknown_kind"),
        ("M02", {"to": ["nobody"]}, "unknown_recipient"),
        ("M02", {"to": ["bo", "bo"]}, "unknown_recipient"),
        ("M02", {"to": "bo"}, "malformed"),
        ("M02", {"tag": "cracks"}, "unknown_tag"),
        ("M02", {"priority": "huge"}, "unknown_priority"),
        ("M02", {"due_day": "sat7"}, "unknown_day"),
        ("M02", {"due_time": "24:00"}, "unknown_time"),
        ("M02", {"about": ["M99"]}, "unknown_message"),
        ("M02", {"points": 3}, "unknown_field"),
        ("M02", "text", "malformed"),
        ("M02", None, "malformed"),
        ("M02", {"text": "a\x00b"}, "unreadable"),
        ("M02", {"text": "\ud83d"}, "unreadable"),
        ("M02", {"text": "x" * 70 * 1024}, "too_long"),
        ("M02", {"text": "é" * 32 * 1024}, "too_long"),
        ("notes", "x" * 70 * 1024, "too_long"),
        ("notes", {"text": "x"}, "malformed"),
        ("closing.1", "\x00", "unreadable"),
        ("decision.EXP", {"option": "maybe"}, "unknown_option"),
        ("decision.THU", {"option": "send", "person": "x"}, "unknown_recipient"),
        ("stock", {"L-1": "free"}, "unknown_batch"),
        ("stock", {"L-2209": "sold"}, "unknown_option"),
        ("calendar", {"moved": {"budget": {"day": "thu5", "start": "09:00"}}}, "not_movable"),
        ("calendar", {"moved": {"team_leads": {"day": "thu5"}}}, "time_missing"),
        ("calendar", {"entries": [{"start": "09:00"}]}, "day_missing"),
        ("calendar", {"entries": [{"day": "thu5"}]}, "time_missing"),
        ("calendar", {"entries": [{}] * 61}, "malformed"),
        ("nothing", {}, "no_task"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_code(task, posted, code):
    assert refusal(task, posted) == code


@pytest.mark.parametrize("task", ["M02.sent.1", "M02", "closing.1", "notes"])
def test_what_was_written_is_never_changed(task):
    text = '  <script>alert(1)</script>\r\n=HYPERLINK("x")\t👩‍🔧 \u202eنوقف\u202c {{ 7 * 7 }}  '
    posted = send("reply", ["bo"], "stops", text=text) if task.startswith("M02") else text
    assert KIND.parse(EXERCISE, task, posted) == posted


def test_no_action_needs_nothing_and_a_plan_needs_a_day():
    assert KIND.parse(EXERCISE, "M01.sent.1", {"kind": "no_action"})
    assert KIND.parse(EXERCISE, "M11.sent.1", {"kind": "plan", "due_day": "fri6"})


def test_any_number_of_words_is_taken_in_a_reason():
    assert KIND.parse(EXERCISE, "closing.1", "word " * 500)


def test_what_is_open_names_early_messages_and_reasons_but_none_to_come():
    unhandled = KIND.is_complete(EXERCISE, {})
    assert unhandled == (*[f"M{n:02d}" for n in range(1, 12)], "closing.1", "closing.2", "closing.3")
    assert KIND.is_complete(EXERCISE, answered(script(EXERCISE, "model"))) == ()


# --- What assessors read ------------------------------------------------------------------------------------


def test_reading_follows_the_order_of_sending_and_leaves_the_notes_out():
    answers = after(
        (9, "M03.sent.1", send("reply", ["carla"], "holds", text="Later.")),
        (4, "M02.sent.1", send("forward", ["bo"], "stops", cc=["kofi"], priority="high", text="Stop.")),
        (12, "notes", "For me alone"),
        (13, "M04", {"kind": "reply", "text": "Half a", "to": ["lieke"]}),
        (14, "decision.THU", {"option": "send", "person": "kofi"}),
        (61, "closing.1", "one two " * 40),
    )
    blocks = KIND.reading(EXERCISE, "en", answers)
    assert [block.id for block in blocks] == ["M02.sent.1", "M03.sent.1", "M04", "decisions", "closing.1"]
    first = blocks[0]
    assert first.text == "Stop."
    assert ("To", "Bo Wolters") in first.rows
    assert ("The message mainly", "stops") in first.rows
    assert ("Priority", "High") in first.rows
    assert first.notes == ("Sent in minute 4, at 08:34 in the exercise.",)
    assert blocks[2].is_draft
    assert ("Where are you on Thursday?", "I send somebody to De Linde: Kofi Mensah") in blocks[3].rows
    reason = blocks[4]
    assert writing.words(reason.text[: reason.limit_at]) == 60
    assert "For me alone" not in "".join(block.text for block in blocks)


def test_a_draft_that_went_out_is_not_shown_twice():
    sent = send("reply", ["carla"], "holds", text="Later.")
    answers = after((3, "M03.sent.1", sent), (4, "M03", {"kind": "reply", "text": "Later."}))
    assert not [block for block in KIND.reading(EXERCISE, "en", answers) if block.is_draft]
    answers = after((3, "M03.sent.1", sent), (4, "M03", {"kind": "reply", "text": "And more"}))
    assert [block.id for block in KIND.reading(EXERCISE, "en", answers) if block.is_draft] == ["M03"]


def test_reading_is_labelled_in_the_assessors_language_and_says_what_was_written_as_it_was():
    answers = answered(script(EXERCISE, "model", "en"))
    english, dutch = (KIND.reading(EXERCISE, language, answers) for language in LANGUAGES)
    assert [block.id for block in english] == [block.id for block in dutch]
    assert [block.text for block in english] == [block.text for block in dutch]
    assert english[0].heading != dutch[0].heading
    stock = next(block for block in dutch if block.id == "stock")
    assert ("L-2209 (96)", "geblokkeerd") in stock.rows


def test_a_health_matter_to_the_whole_team_is_noted_for_the_assessor_without_points():
    answers = answered(script(EXERCISE, "careless"))
    block = next(block for block in KIND.reading(EXERCISE, "en", answers) if block.id == "M15.sent.1")
    assert any("whole team" in note for note in block.notes)


def test_calendar_changes_are_read_in_words():
    entry = {"day": "thu5", "start": "08:30", "end": "09:00", "title": "Yara", "about": "M10", "with": "yara"}
    value = {
        "entries": [entry],
        "moved": {"team_leads": {"day": "fri6", "start": "15:30"}},
        "dropped": [],
    }
    block = next(
        block
        for block in KIND.reading(EXERCISE, "nl", after((3, "calendar", value)))
        if block.id == "calendar"
    )
    assert block.rows == (
        (
            "Eigen afspraak",
            "Donderdag 5 maart 08.30–09.00 Yara met Yara Nouri (M10 Cijfers voor de 12e, en ruimte)",
        ),
        ("Verplaatst", "Teamleiders, wekelijks: Vrijdag 6 maart 15.30"),
    )


def test_assessors_have_notes_on_every_message():
    for language in LANGUAGES:
        notes = EXERCISE.text(language)["assessor_notes"]
        assert set(notes["messages"]) == {entry["id"] for entry in STRUCTURE["messages"]}
        assert "7.8" in notes["plan"].replace(",", ".")
