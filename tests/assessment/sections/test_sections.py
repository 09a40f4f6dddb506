"""Sections: what a participant reads, in both languages, from facts alone."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from assessment.language import translator
from assessment.sections import blocks, shelf, wording
from assessment.sections.areas import section as areas
from assessment.sections.facts import SeenIn
from assessment.sections.ideas import section as ideas
from charts.marks import Chart, Dot
from exercises.frames import bands
from tests.assessment.sections.samples import QUOTE, TITLES, dimension, report

LANGUAGES = ("en", "nl")
DECIMAL = re.compile(r"\d[.,]\d")


def words_of(value: Any) -> Iterator[str]:
    """Every text that a reader sees, those of charts included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Chart):
        yield value.description
    elif isinstance(value, tuple):
        for entry in value:
            yield from words_of(entry)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("evidence", "widths", "slug", "style"):
                yield from words_of(getattr(value, field.name))


def section(number: int, facts: Any = None) -> blocks.Section:
    return next(one for one in shelf.sections(facts or report()) if one.number == number)


def charts_of(made: blocks.Section) -> list[Chart]:
    (table,) = [block for block in made.blocks if isinstance(block, blocks.Table)]
    return [cell.chart for row in table.rows for cell in row if isinstance(cell, blocks.Figure)]


def test_the_report_has_its_sections_in_order():
    """rule R2; 5, 6 and 8 never leave the participant and are not part of it."""
    assert [one.number for one in shelf.sections(report())] == [0, 1, 2, 3, 4, 7, 9]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_says_something_and_no_gap_is_left(language):
    for one in shelf.sections(report(language)):
        said = list(words_of(one.blocks))
        assert one.title
        assert said
        assert not [words for words in said if re.search(r"\{\w+\}|%\(", words)]


def test_dutch_reports_have_no_english_sentence():
    english = {words for one in shelf.sections(report("en")) for words in words_of(one) if len(words) > 30}
    dutch = {words for one in shelf.sections(report("nl")) for words in words_of(one)}
    assert not english & dutch


def test_a_report_is_in_its_own_language_whatever_the_readers():
    assert section(3, report("nl")).title == "Zeven gebieden"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_decimals_and_no_overall_result(language):
    """rules R3.8 and R4"""
    said = " ".join(words for one in shelf.sections(report(language)) for words in words_of(one))
    assert not DECIMAL.search(said)
    for figure in ("3.4", "2.95", "3,4", "percentile", "percentiel"):
        assert figure not in said


def test_the_first_section_bears_date_validity_and_who_answers_for_it():
    """rule N7"""
    said = list(words_of(section(0)))
    assert {"14 March 2026", "14 March 2028", "Ilse de Graaf", "Ayşe de Vries"} <= set(said)


def test_the_first_section_says_what_becomes_of_the_report():
    """rule N4"""
    may, may_not = (" ".join(words_of(section(0, report(may_be_blocked=kept)))) for kept in (True, False))
    assert "nothing if you do not" in may
    assert "nothing if you do not" not in may_not


def test_a_report_for_selection_says_so():
    assert "may not be used to select" in " ".join(words_of(section(0)))
    assert "may not be used to select" not in " ".join(words_of(section(0, report(purpose="selection"))))


def test_the_half_page_is_what_the_responsible_assessor_wrote_and_signed():
    said = list(words_of(section(1)))
    assert "You find the figure on which a decision turns, and you use it." in said
    assert "Written by Ilse de Graaf, 14 March 2026." in said
    assert {"One strength", "Two steps"} <= set(said)


def test_a_half_page_without_strengths_or_steps_has_no_empty_lists():
    made = section(1, report(strengths=(), steps=()))
    assert not [block for block in made.blocks if isinstance(block, blocks.Bullets)]


@pytest.mark.parametrize("number", [2, 3])
def test_what_is_said_about_behaviour_carries_its_evidence_and_names_the_exercise(number):
    """rule R1: no sentence about behaviour without evidence ids."""
    made = section(number)
    found = [item for block in made.blocks if isinstance(block, blocks.Bullets) for item in block.items]
    assert found
    assert all(item.evidence for item in found)
    if number == 3:
        assert all(TITLES["en"][0] in item.note for item in found)


def test_what_you_did_quotes_each_passage_once():
    once = section(2)
    first = report().dimensions[0]
    twice = section(2, report(dimensions=(replace(first, frames=first.frames * 2), *report().dimensions[1:])))
    assert twice == once
    assert sum(QUOTE["en"] in words for words in words_of(once)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_areas_draws_each_kind_of_result_differently(language):
    drawn = charts_of(section(3, report(language)))
    assert len(drawn) == 7
    points = [[mark.is_open for mark in chart.marks if isinstance(mark, Dot)] for chart in drawn]
    assert points == [[False], [], [True, True], [], [], [False], []]
    assert all(chart.description for chart in drawn)


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (("U1",), "Too little seen in this centre to say something firm."),
        (("U1", "U2"), "Too little seen in this centre to say something firm."),
        (("U4",), "A second look has not led to a result that can be printed."),
        (("U2",), "Depends on the situation: more in “Owning or using?”, less in “A Tuesday in March”."),
    ],
)
def test_a_withheld_result_is_a_reason_and_never_a_band(reasons, said):
    """rules U1, U2 and U4"""
    withheld = dimension("L1", "en", reasons=reasons, stronger=("E5",), weaker=("E1",))
    assert wording.result(withheld, report(), translator("en")) == said
    assert "Effective" not in said


def test_a_result_near_a_border_lies_between_two_bands():
    """rule U3"""
    near = dimension("S1", "nl", between=("effective", "strength"))
    said = wording.result(near, report("nl"), translator("nl"))
    assert said == "Tussen “Effectief” en “Sterk punt om op voort te bouwen”"


def test_a_result_that_rests_on_a_provisional_key_says_so():
    """rule U5"""
    assert "Effective (provisional)" in list(words_of(section(3)))
    plain = dimension("L1", "en")
    assert "Effective (provisional)" not in list(words_of(section(3, report(dimensions=(plain,)))))


@pytest.mark.parametrize(
    "values",
    [
        {"band": None, "between": ("building", "effective")},
        {"band": None, "reasons": ("U2", "U5"), "stronger": ("E1",), "weaker": ("E3",)},
    ],
)
def test_a_result_between_bands_or_situations_says_that_it_is_provisional_too(values):
    one = dimension("L1", "en", **{"reasons": ("U5",), **values})
    said = [entry for entry in words_of(section(3, report(dimensions=(one,)))) if isinstance(entry, str)]
    assert sum(entry.removesuffix(".").endswith("(provisional)") for entry in said) == 2, (
        "in the table and under it"
    )


def test_what_was_not_shown_is_not_called_provisional():
    one = dimension("L1", "en", band=None, estimate=None, low=None, high=None, reasons=("U1", "U5"))
    assert "(provisional)" not in " ".join(map(str, words_of(section(3, report(dimensions=(one,))))))


def test_a_cell_across_situations_names_its_key_and_that_it_is_provisional():
    seen = (SeenIn("E3", "building", False, True, True), SeenIn("E5", "effective", False, False, True))
    cells = list(words_of(section(4, report(dimensions=(dimension("L1", "en", seen_in=seen),)))))
    assert any(str(cell).endswith("(by key, provisional)") for cell in cells)
    assert any(str(cell).endswith("(provisional)") for cell in cells)


def test_a_second_look_is_told_but_not_whose_nor_how_far_apart():
    """rule R12.8"""
    said = [words for words in words_of(section(3)) if "second look" in words]
    assert said == ["In one exercise a second look was taken by a third assessor."]


def test_a_picture_that_depends_on_unknown_exercises_is_drawn_without_points():
    odd = dimension("L3", "en", estimate=None, low=None, high=None, band=None, reasons=("U2",))
    drawn = areas.chart(odd, report(), translator("en"))
    assert not [mark for mark in drawn.marks if isinstance(mark, Dot)]


def test_judgement_exercises_do_not_make_a_picture_depend_on_the_situation():
    """rule U2 leaves E3 out."""
    seen = report().dimensions[2].seen_in
    with_choice = replace(
        report().dimensions[2],
        seen_in=(*seen, replace(report().dimensions[0].seen_in[1], band="starting_point")),
    )
    without = areas.chart(report().dimensions[2], report(), translator("en"))
    assert areas.chart(with_choice, report(), translator("en")) == without


def test_across_situations_is_in_words_and_leaves_unlooked_at_cells_empty():
    (table,) = [block for block in section(4).blocks if isinstance(block, blocks.Table)]
    allowed = {words["en"] for words in bands().values()} | {"", "little occasion"}
    cells = [str(cell) for row in table.rows for cell in row[1:]]
    assert {cell.replace(" (by key)", "") for cell in cells} <= allowed
    assert "" in cells
    assert "little occasion" in cells


def test_ideas_are_six_at_most_in_the_work_and_with_others():
    """rule R7: at least one of doing and one with others."""
    found = ideas.proposed(report())
    assert len(found) == 6
    assert {action.kind for _, action in found} == {"doing", "together"}


def test_ideas_begin_with_the_areas_that_the_steps_are_about():
    first = report().dimensions[0]
    stepped = replace(report().dimensions[6], frames=(replace(first.frames[0], dimension="S2", sign="-"),))
    found = ideas.proposed(report(dimensions=(*report().dimensions[:6], stepped)))
    assert found[0][0].id == "S2"


def test_remarks_and_answers_close_the_report():
    assert "20 March 2026, you: I was in Münster." in list(words_of(section(9)))
    assert "Answer: Noted." in list(words_of(section(9)))
    assert "Your remarks, and what was answered" not in list(words_of(section(9, report(remarks=()))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_is_never_said_is_said(language):
    """rule R12: no rank, no time used, no accommodation, no prediction in the fixed words."""
    said = " ".join(words for one in shelf.sections(report(language)) for words in words_of(one)).lower()
    for word in ("time factor", "tijdfactor", "talent", "rank", "pause", "attempt", "percent", "intelligen"):
        assert word not in said
