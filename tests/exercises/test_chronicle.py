"""The order of events as an assessor follows it: true, in order, in minutes of the exercise, and nothing of class C (content C0.3)."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

import exercises
from exercises.chronicle import in_order
from exercises.content import LANGUAGES, SHELF, read
from exercises.kind import Answer, Fact, Happening
from tests.exercises.test_kind import answers_from

FOLLOWED = ("stavoord-in-tray", "stavoord-game", "stavoord-role-play", "stavoord-planning")
NAMED_MINUTE = re.compile(r"(?:exercise |in )?minut?e?u?t? (\d+)", re.IGNORECASE)


@pytest.fixture(params=FOLLOWED)
def exercise(request):
    return read(SHELF / request.param)


@pytest.fixture
def kind(exercise):
    return exercises.get(exercise.kind)


def given(kind, exercise, each=1.0, part=0.0, use="complete"):
    """A sample answer, ``each`` minutes from one save to the next."""
    sent = getattr(kind.samples(exercise), use)["en"]
    found = answers_from(kind, exercise, sent)
    return {name: replace(one, minute=int(one.order * each) + part) for name, one in found.items()}


def faces(kind, exercise, answers, language="en"):
    """All that the kind gives an assessor."""
    chronicle = kind.chronicle(exercise, language, answers, exercise.minutes)
    return chronicle, kind.reading(exercise, language, answers)


@pytest.mark.parametrize("use", ["complete", "weak"])
def test_every_part_stands_once_and_minutes_never_go_back(exercise, kind, use):
    answers = given(kind, exercise, use=use)
    for language in LANGUAGES:
        chronicle, blocks = faces(kind, exercise, answers, language)
        placed = [one.block for one in chronicle.happenings if one.block]
        assert placed
        assert len(placed) == len({*placed})
        assert {*placed} <= {block.id for block in blocks}
        assert all(one.minute <= other.minute for one, other in pairwise(chronicle.happenings))
        assert 0 <= chronicle.happenings[0].minute <= chronicle.happenings[-1].minute <= exercise.minutes
        assert bool(chronicle.is_conversation) == (kind.name == "role_play")


def test_both_languages_tell_the_same_events(exercise, kind):
    english, dutch = (faces(kind, exercise, given(kind, exercise), one)[0] for one in LANGUAGES)

    def told(chronicle):
        return [(one.name, one.block, one.minute) for one in chronicle.happenings]

    assert told(english) == told(dutch)
    assert [fact.name for fact in english.facts] == [fact.name for fact in dutch.facts]
    assert [one.text for one in english.happenings if one.text] != [
        one.text for one in dutch.happenings if one.text
    ] or not any(one.text for one in english.happenings)


def test_the_pace_within_a_minute_and_the_number_of_saves_of_a_text_show_nowhere(exercise, kind):  # class C
    slow, quick = given(kind, exercise, part=0.1), given(kind, exercise, part=0.9)
    typed = {
        name: one if name.startswith("decision.") else replace(one, revision=one.revision + 40)
        for name, one in quick.items()
    }
    for language in LANGUAGES:
        assert faces(kind, exercise, slow, language) == faces(kind, exercise, quick, language)
        assert faces(kind, exercise, quick, language) == faces(kind, exercise, typed, language)


def test_who_has_more_time_than_others_is_told_no_minute_that_others_do_not_have(exercise, kind):  # rule T2
    answers = given(kind, exercise, each=exercise.minutes)
    for language in LANGUAGES:
        chronicle, blocks = faces(kind, exercise, answers, language)
        assert max(one.minute for one in chronicle.happenings) <= exercise.minutes
        for block in blocks:
            told = " ".join((block.heading, *block.notes))
            assert all(int(minute) <= exercise.minutes for minute in NAMED_MINUTE.findall(told)), told


def test_what_came_stands_before_what_was_written_with_it_in_sight():
    came = [(8.0, Happening("message", {"who": "Gerrit"})), (30.0, Happening("message", {"who": "Elif"}))]
    one, other = Answer("a", "", 8.4, 2), Answer("b", "", 7.9, 1)
    told = in_order(came, [(one, Happening("", block="a")), (other, Happening("", block="b"))], 60)
    assert [(line.minute, line.block or line.values["who"]) for line in told] == [
        (7, "b"),
        (8, "Gerrit"),
        (8, "a"),
        (30, "Elif"),
    ]


def test_time_that_was_given_back_does_not_turn_the_minutes_back():
    before, after = Answer("a", "", 20.0, 1), Answer("b", "", 12.0, 2, shown=21.0)
    came = [(21.0, Happening("message", {"who": "Elif"}))]
    told = in_order(came, [(after, Happening("", block="b")), (before, Happening("", block="a"))], 60)
    assert [(line.minute, line.block) for line in told] == [(20, "a"), (21, ""), (21, "b")]


def in_tray(*sent):
    exercise = read(SHELF / "stavoord-in-tray")
    kind = exercises.get("in_tray")
    answers = {
        task: Answer(task, kind.parse(exercise, task, value), minute, order, revision)
        for order, (minute, task, value, revision) in enumerate(sent, 1)
    }
    return kind.chronicle(exercise, "en", answers, 40.0)


def test_an_in_tray_tells_what_came_was_opened_sent_decided_and_changed():
    reply = {"kind": "reply", "to": ["carla"], "tag": "confirms", "text": "All goes through."}
    chronicle = in_tray(
        (6, "M03.sent.1", reply, 1),
        (9, "shown.test", "shown", 1),
        (12, "decision.EXP", {"option": "no"}, 2),
        (14, "stock", {"L-2209": "blocked"}, 3),
    )
    told = [(one.minute, one.name or one.block) for one in chronicle.happenings]
    assert told[:11] == [(0, "message")] * 11
    assert told[11:] == [
        (6, "M03.sent.1"),
        (8, "message"),
        (9, "opened"),
        (12, "decided"),
        (14, "stock"),
        (15, "message"),
        (22, "message"),
        (30, "message"),
        (38, "message"),
    ]
    decided = next(one for one in chronicle.happenings if one.name == "decided")
    assert decided.values == {"question": "Order the express truck?", "option": "No"}
    facts = {fact.name: fact.values for fact in chronicle.facts}
    assert facts["order"] == {"what": "M03"}
    assert "M04 Extra hours Saturday" in facts["open"]["what"]
    assert "M03" not in facts["open"]["what"]
    # content C0.3: "You answered De Linde before you had opened the measurement report"
    title = read(SHELF / "stavoord-in-tray").text("en")["documents"]["test"]["title"]
    assert facts["before_opened"] == {"title": title, "what": "M03"}
    assert facts["chosen_again"]["n"] == "2"


def test_what_came_after_the_hand_in_did_not_come():
    assert all(one.minute <= 40 for one in in_tray().happenings)
    assert len(in_tray().happenings) == 16
    exercise = read(SHELF / "stavoord-in-tray")
    early = exercises.get("in_tray").chronicle(exercise, "en", {}, 10.0)
    assert [one.minute for one in early.happenings] == [0] * 11 + [8]


def test_a_game_tells_what_was_announced_then_the_decision_and_what_changed_in_it():
    exercise = read(SHELF / "stavoord-game")
    kind = exercises.get("game")
    chronicle = kind.chronicle(exercise, "en", given(kind, exercise), exercise.minutes)
    told = [one.name or one.block for one in chronicle.happenings]
    assert told == ["round", "round.1", "round", "round.2", "round", "round.3", "round", "round.4"]
    assert exercise.text("en")["rounds"]["2"]["question"] in chronicle.happenings[2].text
    assert {fact.name for fact in chronicle.facts} <= {"changed", "kept"}
    assert len(chronicle.facts) == 3
    first = {name: one for name, one in given(kind, exercise).items() if name == "round.1"}
    begun = kind.chronicle(exercise, "en", first, exercise.minutes)
    assert [one.name or one.block for one in begun.happenings] == ["round", "round.1", "round"]
    assert begun.facts[-1].name == "not_confirmed"


def test_planning_tells_the_change_between_the_two_plans_and_what_moved():
    exercise = read(SHELF / "stavoord-planning")
    kind = exercises.get("planning")
    at = exercise.structure["update"]["minute"]
    plan = {"J1.crew": "A", "J1.start": 1}
    answers = {
        "first": Answer("first", plan, at - 2, 1),
        "final": Answer("final", {**plan, "J1.start": 3}, at + 2, 2),
    }
    chronicle = kind.chronicle(exercise, "en", answers, exercise.minutes)
    assert [one.name or one.block for one in chronicle.happenings] == ["first", "update", "final"]
    (moved,) = chronicle.facts
    assert moved.name == "moved"
    assert "→" in moved.values["what"]
    same = kind.chronicle(
        exercise, "en", {**answers, "final": replace(answers["final"], value=plan)}, exercise.minutes
    )
    assert same.facts == (Fact("not_moved"),)
