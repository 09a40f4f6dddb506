"""The kind "role_play": the same beats at every pace, answers by rules, and nothing of the rules on the page."""

import json
import random
import re
from typing import Any

import pytest

from exercises import get
from exercises.content import LANGUAGES, from_document, shipped
from exercises.kind import Answer, InvalidAnswer
from exercises.role_play import briefing, talking
from exercises.role_play.checking import lines_of, walked
from exercises.role_play.rules import Moment, changed, end_of

KIND = get("role_play")
EXERCISE = shipped()["stavoord-role-play"]
RULES = EXERCISE.structure
PAIRS = [(move, about) for move in RULES["moves"] for about in RULES["topics"]]
BEATS = ["opening", "counter", "problem", "college", "report", "apeldoorn", "monday"]


def conversation(*said: Any, each: float = 0.5, began: float = 8.0) -> dict[str, Answer]:
    """A conversation of moves and topics such as "ask mail", with the exercise minutes that each message took."""
    answers = {"start": Answer("start", {"begun": True}, began, 1)}
    for number, one in enumerate(said, 1):
        move, about, *text = one.split(maxsplit=2)
        value = {"move": move, "about": about, "text": " ".join(text) or "My own words, as I would say them."}
        task = f"turn.{number}"
        answers[task] = Answer(task, KIND.parse(EXERCISE, task, value), began + each * number, number + 1)
    return answers


def said(answers: dict[str, Answer]) -> list[str]:
    talk = talking.replay(EXERCISE, answers)
    return [*talk.opening, *(line for turn in talk.turns for line in turn.answer)]


def random_walk(seed: int) -> dict[str, Answer]:
    chance = random.Random(seed)
    turns = [" ".join(chance.choice(PAIRS)) for _ in range(RULES["turns"])]
    return conversation(*turns, each=chance.choice([0.2, 1.5, 2.6, 4.0]))


WALKS = [random_walk(seed) for seed in range(400)]


@pytest.mark.parametrize(("each", "messages"), [(0.2, 10), (1.9, 10), (2.5, 9), (3.0, 7), (9.0, 7)])
def test_every_pace_of_writing_meets_the_same_beats_in_the_same_order(each, messages):  # D9.5
    answers = conversation(*["summarise ahead"] * 10, each=each, began=0)
    talk = talking.replay(EXERCISE, answers)
    assert [line for line in said(answers) if line in BEATS] == BEATS
    assert len(talk.turns) == messages
    assert talk.is_over
    assert talk.unheard == tuple(range(messages + 1, 11))


def test_reading_and_preparing_take_nothing_of_the_conversation():
    early, late = (talking.replay(EXERCISE, conversation("ask mail", "ask team", began=b)) for b in (0, 20))
    assert [turn.answer for turn in early.turns] == [turn.answer for turn in late.turns]
    assert [turn.minute for turn in early.turns] == [turn.minute for turn in late.turns] == [0, 2]


def test_every_message_is_answered_and_a_question_is_never_waved_on():
    for answers in WALKS:
        talk = talking.replay(EXERCISE, answers)
        for turn in talk.turns:
            assert turn.answer
            if turn.value["move"] == "ask" and turn is not talk.turns[-1]:
                assert turn.answer[0] != "N23", turn


def test_every_line_is_said_in_some_conversation_and_no_line_twice_but_those_that_may_be():  # D16.15
    again = {node["id"] for node in RULES["nodes"] if node.get("again")}
    heard = set()
    for answers in (*WALKS, *map(random_walk, range(400, 2500))):
        lines = said(answers)
        heard |= set(lines)
        once = [line for line in lines if line not in again]
        assert len(once) == len(set(once))
        if heard == set(lines_of(RULES)):
            break
    assert set(lines_of(RULES)) - heard == set()


def test_each_state_belongs_to_one_end_and_what_falls_between_does_not_fall_to_the_lowest():  # D16.15, END1 to END3
    halves = [level / 2 for level in range(11)]
    for trust in halves:
        for ownership in halves:
            wanted = "END3"
            if trust >= 1 and ownership >= 1 and trust + ownership >= 4:
                wanted = "END2"
            if trust >= 3 and ownership >= 3:
                wanted = "END1"
            assert end_of(EXERCISE, trust, ownership)["id"] == wanted


def test_a_message_changes_a_state_by_one_at_most_except_a_threat():  # D9.4
    for move, about in PAIRS:
        for case in RULES["moves"][move]:
            for extra in (0, -1, -2):
                was = Moment(move, about, 4, 2.5, 2.5)
                after = changed(EXERCISE, was, case, extra)
                if not case.get("threat"):
                    assert abs(after.trust - was.trust) <= 1
                    assert abs(after.ownership - was.ownership) <= 1


def test_bo_does_not_give_in_before_minute_8_and_a_threat_counts_before_minute_12():
    early = conversation("ask round", "limit mail", "ask ahead")
    assert {"N8", "N10", "N7"}.isdisjoint(said(early))
    late = conversation("ask round", "ask team", "own report", "summarise ahead", "limit mail")
    assert said(late)[-2] == "N8"
    assert "N12" in said(conversation("consequence mail"))
    calm = ["ask round", "ask team", "own report", "summarise ahead", "explain mail", "explain college"]
    assert "N12" not in said(conversation(*calm, "consequence mail"))


def test_the_report_is_told_only_to_who_asked_and_the_beat_follows_it():  # content-review 4
    asked = said(conversation("ask report", *["summarise ahead"] * 6))
    assert "N5" in asked
    assert "report_told" in asked
    assert "report" not in asked
    not_asked = said(conversation(*["summarise ahead"] * 7))
    assert "report" in not_asked
    assert "report_told" not in not_asked


def test_the_end_says_only_what_was_spoken_about():
    warm = ["ask quality", "own team", "ask ahead", "own quality", "own ahead", "own other"]
    warm += ["own transfers", "ask transfers", "summarise ahead"]
    for topic, line in (
        ("mail", "END1_yara"),
        ("college", "END1_call"),
        ("report", "END1_report"),
        ("team", "END2"),
    ):
        assert said(conversation(*warm, f"own {topic}"))[-1] == line
        assert talking.replay(EXERCISE, conversation(*warm, f"own {topic}")).end == "END1"


def test_a_lecture_and_an_argument_against_a_reason_cost_trust():  # content-review 4, chat form
    def trust(*turns: str) -> float:
        counterpart = talking._Counterpart(EXERCISE, 0)
        for number, answer in enumerate(
            [conversation(*turns)[f"turn.{n}"] for n in range(1, len(turns) + 1)], 1
        ):
            counterpart.hear(number, answer)
        return counterpart.trust

    assert trust("propose ahead " + "word " * 81) == 1
    assert trust("propose ahead " + "word " * 80 + "?") == trust("propose ahead " + "word " * 80) == 2
    assert trust("ask quality", "explain quality") == 2
    assert trust("ask quality", "explain mail") == 3


def test_the_same_effect_counts_once_per_topic_and_the_same_question_is_not_answered_twice():
    assert said(conversation("ask team", "ask team"))[1:3] == ["N6", "N24"]
    assert said(conversation("acknowledge team", "acknowledge team"))[1:3] == ["N14", "N23"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_never_tells_states_rules_or_what_was_not_said(language):
    words = EXERCISE.text(language)
    told_to_nobody = [*words["facts"].values(), *(w for w in words["reading"].values() if w != "Bo")]
    told_to_nobody += [*words["assessor_notes"].values(), str(briefing.of(EXERCISE)["brief"][language])]
    told_to_nobody += [
        line.words[language] for rated in EXERCISE.rubric.dimensions for line in rated.checklist
    ]
    names = re.compile(r"\bN\d+\b|\bEND\d|\bH[1-6]\b|trust|ownership|beat|unheard|threat|[LP][123]\b")
    one_message = [conversation(f"{move} {about}") for move, about in PAIRS]
    for answers in ({}, conversation(), *one_message, *WALKS[:150]):
        lines = said(answers) if answers else []
        for length in (1, len(answers)):
            part = dict(list(answers.items())[:length])
            view = KIND.view(EXERCISE, language, part, 34)
            spelled = json.dumps(view, ensure_ascii=False)
            heard = set(said(part)) if part else set()
            assert heard <= set(lines)
            for line in set(lines_of(RULES)) - heard:
                if words["lines"][line] not in {words["lines"][one] for one in heard}:
                    assert json.dumps(words["lines"][line], ensure_ascii=False)[1:-1] not in spelled, line
            assert not names.search(spelled), names.search(spelled)
            assert not [text for text in told_to_nobody if text in spelled]


def test_an_assessor_reads_what_bo_said_above_each_message_and_no_state():
    answers = conversation("ask round", "consequence mail", each=2.5)
    answers["notes"] = Answer("notes", "for me alone", 1, 9)
    answers["draft.3"] = Answer("draft.3", {"text": "And then I"}, 16, 10)
    blocks = KIND.reading(EXERCISE, "en", answers)
    assert [block.id for block in blocks] == ["turn.1", "turn.2", "draft.3", "course"]
    first, second, draft, course = blocks
    assert first.before == (("Bo", EXERCISE.text("en")["lines"]["opening"]),)
    assert second.heading == "Message 2, minute 2 of the conversation"
    assert second.before[0][1].startswith("Femke asked me")
    assert second.rows[0][1] == "Name a consequence: The e-mail of Tuesday"
    assert draft.is_draft
    assert course.rows[0][1] == "Minute 0: the promise about Second Round, and a plan made without Bo"
    spelled = " ".join(str(block) for block in blocks)
    assert "for me alone" not in spelled
    assert not re.search(r"trust|ownership|END\d", spelled)


def test_a_message_without_choice_or_words_is_no_message_and_a_draft_may_lack_them():
    whole = {"move": "ask", "about": "mail", "text": "Why?"}
    assert KIND.parse(EXERCISE, "turn.1", whole) == whole
    for name in whole:
        less = {key: value for key, value in whole.items() if key != name}
        assert KIND.parse(EXERCISE, "draft.1", less) == less
        with pytest.raises(InvalidAnswer, match="not_complete"):
            KIND.parse(EXERCISE, "turn.1", less)


def test_the_questions_afterwards_come_at_the_end_or_near_the_end_of_the_time():
    going_on, over = conversation("ask mail"), conversation(*["ask mail"] * 10)
    assert "note" not in KIND.parts(EXERCISE, going_on, 29)
    assert "note" in KIND.parts(EXERCISE, going_on, 30)
    assert "note" in KIND.parts(EXERCISE, over, 15)
    assert KIND.is_complete(EXERCISE, going_on) == ("turn.2", "agreed", "differently")


def broken(path: str, value: Any) -> list[str]:
    document = EXERCISE.document()
    *steps, last = path.split("/")
    inner: Any = document
    for step in steps:
        inner = inner[int(step) if isinstance(inner, list) else step]
    if value is None:
        del inner[last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return [str(problem) for problem in KIND.check(from_document(document))]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("structure/nodes/0/patience", [0, 1], "N12 has an unknown patience"),
        ("structure/start", {"trust": 2, "mood": 1}, "start knows the states"),
        ("structure/turns", 9, "does not end within 9 messages"),
        ("structure/pace", 0, "does not end within"),
        ("structure/pace", 4, "one message would pass over"),
        ("structure/beats/6/minute", 20, "monday is never reached"),
        ("structure/nodes/1/about", ["weather"], "knows no weather"),
        ("structure/nodes/8/trust", [5, 9], "outside the levels"),
        ("structure/nodes/0", {"id": "N12", "again": True}, "N22 is never said"),
        ("structure/nodes/31", {"id": "N23", "moves": ["ask"]}, "the last node must hold always"),
        ("structure/moves/own/0/trust_by", 1.5, "changes trust by more than 1"),
        ("structure/ends/2", {"id": "END3", "trust": [0, 1]}, "the last end must hold always"),
        ("texts/nl/lines/N8", None, "text.nl.yaml: lines.N8 is missing"),
        ("texts/en/moves/ask", None, "text.en.yaml: moves.ask is missing"),
    ],
)
def test_content_that_cannot_be_played_is_named(path, value, named):
    assert any(named in problem for problem in broken(path, value)), broken(path, value)


def test_what_a_conversation_comes_to_was_found_by_the_check():
    walk = walked(EXERCISE)
    nodes = {node["id"] for node in RULES["nodes"]}
    for answers in WALKS:
        talk = talking.replay(EXERCISE, answers)
        assert {line for turn in talk.turns for line in turn.answer if line in nodes} <= walk.said
        assert talk.end is None or talk.end in walk.ends


def test_the_brief_for_a_role_player_stands_apart_in_both_languages():
    brief = briefing.of(EXERCISE)
    for part in ("brief", "rules", "facts", "note"):
        assert all(brief[part][language] for language in LANGUAGES)
    assert set(brief["facts"]["en"]) == set(brief["facts"]["nl"]) == set(RULES["facts"])
    assert briefing.of(shipped()["stavoord-game"]) is None
