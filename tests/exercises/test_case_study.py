"""The case study: nothing is refused for its length, notes stay private, fact checks are scored by key."""

import dataclasses
from xml.etree import ElementTree

import pytest

from exercises import get
from exercises.content import SHELF, from_document, read
from exercises.kind import Answer, InvalidAnswer

CASE = read(SHELF / "stavoord-case")
KIND = get("case_study")


def answers(**values):
    return {
        task: Answer(task, KIND.parse(CASE, task, value), minute=41.7, order=number)
        for number, (task, value) in enumerate(values.items(), 1)
    }


def changed(**structure):
    document = CASE.document()
    document["structure"].update(structure)
    return from_document(document)


def test_a_memo_over_the_limit_is_kept_and_the_place_of_the_limit_is_shown():
    memo = " ".join(f"word{number}" for number in range(650))
    (block,) = KIND.reading(CASE, "en", answers(memo=memo))
    assert block.text == memo
    assert block.text[: block.limit_at].split()[-1] == "word599"
    assert "650 words" in block.notes[0]


def test_a_memo_within_the_limit_has_no_line():
    (block,) = KIND.reading(CASE, "nl", answers(memo="Advies. Begin klein."))
    assert block.limit_at is None
    assert block.notes == ("3 woorden", "laatst gewijzigd in minuut 41")


def test_an_empty_memo_is_said_to_be_empty():
    (block,) = KIND.reading(CASE, "en", {})
    assert block.notes == ("No memo was written.",)


def test_private_notes_and_fact_checks_are_not_read_by_assessors():
    given = answers(memo="Advice.", notes="my private doubt", X1="1234", X4={"X4": "b"})
    read_by_assessors = repr(KIND.reading(CASE, "en", given))
    assert "private doubt" not in read_by_assessors
    assert "1234" not in read_by_assessors


def test_notes_change_no_score():
    assert KIND.key(CASE, answers(notes="112 17 47 c")) == KIND.key(CASE, {})


@pytest.mark.parametrize(
    ("values", "proportion"),
    [
        ({}, 0),
        ({"X1": "112"}, 0.25),
        ({"X1": "111", "X2": "18", "X3": "46"}, 0.75),
        ({"X1": "110.9", "X2": "15.9", "X3": "48.1"}, 0),
        ({"X1": "€ 111,77", "X2": "17 %", "X3": "maand 47", "X4": {"X4": "c"}}, 1),
        ({"X1": "=112", "X2": "0.17", "X3": "38", "X4": "a"}, 0.25),
    ],
)
def test_fact_checks_score_within_their_tolerance(values, proportion):
    (score,) = KIND.key(CASE, answers(**values)).scores
    assert score.dimension == "S1"
    assert score.proportion == proportion


def test_the_key_says_what_was_answered_and_what_was_right():
    lines = KIND.key(CASE, answers(X1="75", X4="c")).lines
    assert [line.rule for line in lines] == ["X1", "X2", "X3", "X4"]
    assert lines[0].explanation == "75 (112 ± 1)"
    assert [line.points for line in lines] == [0, 0, 0, 1]


@pytest.mark.parametrize("posted", [{"X4": "e"}, {"X4": "c", "X1": "3"}, {"other": "c"}, "C", ["c"]])
def test_an_option_that_is_not_there_is_refused(posted):
    with pytest.raises(InvalidAnswer):
        KIND.parse(CASE, "X4", posted)


def test_a_choice_can_be_taken_back():
    given = answers(X4={})
    assert "X4" in KIND.is_complete(CASE, given)


def test_stored_values_are_in_the_view():
    given = answers(memo="<b>Advice</b>", notes="mine", X1="112", X4={"X4": "c"})
    view = KIND.view(CASE, "en", given, 5.0)
    assert view["memo"]["value"] == "<b>Advice</b>"
    assert view["notes"]["value"] == "mine"
    assert [question["value"] for question in view["checks"]["questions"]] == ["112", "", "", "c"]


def test_the_key_and_the_notes_for_assessors_are_not_in_the_view():
    for language in ("en", "nl"):
        view = repr(KIND.view(CASE, language, {}, 0.0))
        assert "46.7" not in view
        assert "46,7" not in view
        assert "correct" not in view
        assert CASE.text(language)["assessor_notes"]["traps"]["T1"]["finding"] not in view


def test_every_chart_is_drawn_beside_the_table_with_its_figures():
    for language in ("en", "nl"):
        exhibits = {entry["id"]: entry for entry in KIND.view(CASE, language, {}, 0.0)["exhibits"]}
        drawn = {name for name, entry in exhibits.items() if entry["chart"]}
        assert drawn == {"exhibit1", "exhibit2", "exhibit3", "exhibit5"}
        for name in drawn:
            root = ElementTree.fromstring(exhibits[name]["chart"])
            printed = {e.text for e in root.iter() if e.get("class") == "chart-value"}
            assert printed <= {cell for row in exhibits[name]["rows"] for cell in row["cells"]}


def test_ids_of_charts_are_unique_on_the_page():
    page = "".join(entry["chart"] or "" for entry in KIND.view(CASE, "en", {}, 0.0)["exhibits"])
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        ({"memo": {"limit": 0}}, "memo.limit"),
        ({"checks": None}, "no checks"),
        ({"keyed": ["S2"]}, "checks.dimension"),
        ({"rated": ["S1", "P2"]}, "lacks a dimension"),
        (
            {"exhibits": [{"id": "exhibit1", "columns": ["fy2"], "rows": [{"id": "new", "values": [1, 2]}]}]},
            "2 values for 1 columns",
        ),
        (
            {"exhibits": [{"id": "exhibit9", "columns": ["a"], "rows": [{"id": "b", "values": [1]}]}]},
            "exhibits.exhibit9.columns.a is missing",
        ),
        (
            {
                "exhibits": [
                    {
                        "id": "exhibit1",
                        "columns": ["fy2"],
                        "rows": [{"id": "new", "format": "x", "values": [1]}],
                    }
                ]
            },
            "format",
        ),
        (
            {
                "exhibits": [
                    {
                        "id": "exhibit1",
                        "columns": ["fy2"],
                        "rows": [{"id": "new", "values": [1]}],
                        "chart": {"kind": "bars", "across": "columns", "series": ["none"]},
                    }
                ]
            },
            "chart names none",
        ),
        (
            {
                "checks": {
                    "dimension": "S1",
                    "status": "provisional",
                    "questions": [
                        {"id": "X4", "type": "choice", "options": ["a"], "correct": "z", "points": 1}
                    ],
                }
            },
            "none of its options",
        ),
    ],
)
def test_broken_content_is_named_with_its_place(structure, message):
    problems = [str(problem) for problem in KIND.check(changed(**structure))]
    assert any(message in problem for problem in problems), problems


def test_the_practice_exercise_is_untimed_and_scores_nothing():
    practice = read(SHELF / "practice")
    assert practice.structure["untimed"] is True
    assert practice.dimensions == ()
    assert KIND.key(practice, {"X1": Answer("X1", "420", 1.0, 1)}).scores == ()


def test_the_kind_holds_no_state():
    with pytest.raises(dataclasses.FrozenInstanceError):
        KIND.name = "other"
