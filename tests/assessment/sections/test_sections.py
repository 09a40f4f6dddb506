"""Sections: what a participant reads, in both languages, from facts alone."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import pytest

from assessment.language import translator
from assessment.sections import blocks, shelf, wording
from assessment.sections.areas import section as areas
from assessment.sections.facts import (
    OwnFacts,
    OwnLines,
    PlanDay,
    PlannedAction,
    ReliabilityFacts,
    SeenIn,
    changed,
)
from assessment.sections.ideas import section as ideas
from assessment.sections.questions import section as questions
from charts.marks import Chart, Dot
from exercises.frames import bands
from exercises.rubric import framework
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


OWN = OwnFacts(
    {"L1": 2, "S1": 5},
    {"L1": 4},
    (OwnLines("A Tuesday in March", "The stop came late.", ""),),
)


def test_the_participant_gets_three_sections_more_than_hr():
    """rule R2"""
    assert [one.number for one in shelf.sections(report(), OWN)] == list(range(10))
    hr, own = shelf.sections(report()), shelf.sections(report(), OWN)
    assert [one for one in own if one.number not in shelf.OWN] == list(hr)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_own_view_stands_beside_ours_in_words_and_without_a_difference(language):
    (made,) = [one for one in shelf.sections(report(language), OWN) if one.number == 5]
    (table,) = [block for block in made.blocks if isinstance(block, blocks.Table)]
    fits = {"en": ("a little", "well"), "nl": ("een beetje", "goed")}[language]
    assert table.rows[0][1:3] == fits
    assert table.rows[1][1:3] == ("–", "–")
    said = " ".join(words_of(made))
    assert "The stop came late." in said
    assert not re.search(r"\d", said)


def test_questions_are_six_to_eight_fit_the_pattern_and_begin_with_the_steps():
    """rule R6"""
    found = questions.chosen(report())
    assert questions.FEWEST <= len(found) <= questions.MOST
    assert len({one.id for _area, one in found}) == len(found)
    assert found[0][0].id == "L3", "what depended on the situation comes first"
    assert found[0][1].when == "situation"
    assert len(questions.chosen(report(dimensions=report().dimensions[:2]))) == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ninety_days_show_the_plan_or_room_for_three_actions(language):
    def lines(own):
        (made,) = [one for one in shelf.sections(report(language), own) if one.number == 8]
        return [block for block in made.blocks if isinstance(block, blocks.Lines)]

    assert len(lines(OWN)) == 12
    assert not any(one.words for one in lines(OWN))
    planned = lines(OwnFacts(plan=(PlannedAction("Stop on Friday.", "it is Friday", "stop", "it stops"),)))
    assert [one.words for one in planned] == ["Stop on Friday.", "it is Friday", "stop", "it stops"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ninety_days_name_the_days_of_the_plan_and_what_is_done(language):
    own = OwnFacts(
        plan=(PlannedAction("Stop on Friday.", is_done=True),),
        days=(PlanDay(30, date(2026, 5, 4), True), PlanDay(60, date(2026, 6, 3))),
    )
    (made,) = [one for one in shelf.sections(report(language), own) if one.number == 8]
    (days,) = [block.rows for block in made.blocks if isinstance(block, blocks.Facts)]
    said = {"en": ("4 May 2026", "You looked back."), "nl": ("4 mei 2026", "Je hebt teruggekeken.")}[language]
    assert said[0] in days[0][0]
    assert days[0][1].endswith(said[1])
    assert said[1] not in days[1][1]
    assert days[2][0].split(",")[1].split()[0] == {"en": "about", "nl": "rond"}[language]
    head = next(one for one in made.blocks if isinstance(one, blocks.Heading))
    assert head.words.endswith({"en": "done", "nl": "gedaan"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_exercise_has_its_situation_approach_and_effect_and_leads_to_its_passages(language):
    """rule R2.2"""
    first, *others = report(language).exercises
    facts = report(
        language,
        exercises=(
            replace(
                first, situation="Messages wait.", approach="You began.", effect="They came.", is_live=True
            ),
            *others,
        ),
    )
    said = {
        "en": ["The situation: Messages wait.", "Your approach: You began.", "The effect: They came."],
        "nl": ["De situatie: Messages wait.", "Jouw aanpak: You began.", "Het effect: They came."],
    }[language]
    made = [one for one in section(2, facts).blocks if isinstance(one, blocks.Paragraph)]
    found = [one for one in made if one.words in said]
    assert [one.words for one in found] == said
    assert found[1].evidence == found[2].evidence == (report().strengths[0].evidence[0].id,)
    assert found[2].references
    assert {"en": "live", "nl": "live"}[language] in " ".join(words_of(section(0, facts)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_area_says_what_helped_and_what_the_next_level_looks_like(language):
    """rule R2.3; nothing of a next level where there is no result or none beyond it"""
    first, *others = report(language).dimensions

    def said(**values: Any) -> str:
        facts = report(language, dimensions=(replace(first, **values), *others))
        return " ".join(words_of(section(3, facts)))

    anchor = framework()["L1"].anchors
    assert {"en": "What helped: A list.", "nl": "Wat hielp: A list."}[language] in said(helped="A list.")
    assert anchor[5][language] in said()
    assert anchor[3][language] in said(band="building")
    assert anchor[3][language] in said(band=None, between=("building", "effective"))
    for without in ({"band": "strength"}, {"reasons": ("U1",)}, {"reasons": ("U2",)}):
        assert not any(words[language] in said(**without) for words in anchor.values())


def test_the_picture_across_situations_shows_what_the_table_says():
    (figure,) = [block for block in section(4).blocks if isinstance(block, blocks.Figure)]
    places = [mark for mark in figure.chart.marks if isinstance(mark, Dot)]
    (table,) = [block for block in section(4).blocks if isinstance(block, blocks.Table)]
    cells = [str(cell) for row in table.rows for cell in row[1:]]
    assert len(places) == sum(cell not in ("", "little occasion") for cell in cells)
    assert "Giving direction: A Effective, B Building" in figure.chart.description


def test_how_far_assessors_agree_has_its_range_and_n_or_the_number_that_is_needed():
    few = " ".join(words_of(section(9, report(reliability=ReliabilityFacts(7, 20)))))
    assert "7 participants" in few
    assert "20 are needed" in few
    enough = report(reliability=ReliabilityFacts(24, 20, 0.713, 0.52, 0.853), assessors=4)
    said = " ".join(words_of(section(9, enough)))
    assert "71 in a hundred" in said
    assert "between 52 in a hundred and 85 in a hundred" in said
    assert "4 people rated" in said


def test_an_edition_says_what_it_changed():
    first = report()
    second = report(number=2, summary="You began with the stop.")
    second = replace(second, changes=changed(first, second))
    said = " ".join(words_of(section(9, second)))
    assert "What changed since edition 1" in said
    assert "You began with the stop." in said
    assert first.summary.split("\n")[0] in said
    assert "The text is the same" in " ".join(words_of(section(9, report(number=2))))
    assert "since edition" not in " ".join(words_of(section(9, first)))


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
    assert [bullets_of(twice), len(twice.blocks)] == [bullets_of(once), len(once.blocks)]
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
    assert [one.partition("In one")[1:] for one in said] == [
        ("In one", " exercise a second look was taken by a third assessor.")
    ]


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_many_exercises_the_table_names_them_under_their_bands(language):
    facts = report(language)
    more = tuple(replace(facts.exercises[0], id=f"X{n}", title=f"Exercise {n}") for n in range(4))
    facts = replace(facts, exercises=(*facts.exercises, *more))
    (table,) = [block for block in section(4, facts).blocks if isinstance(block, blocks.Table)]
    assert len(table.head) == len(table.widths) == 2
    by_area = dict(table.rows)
    first, second, _third = TITLES[language]
    assert re.fullmatch(rf"{bands()['building'][language]}: {second} \(.*\); {bands()['effective'][language]}: {first}.*", str(by_area[facts.dimensions[0].name]))  # fmt: skip
    assert sum(table.widths) == pytest.approx(1)


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_one_exercise_in_which_nothing_was_seen_has_all_its_sections(language):
    bare = tuple(
        replace(one, frames=(), seen_in=(), estimate=None, low=None, high=None, band=None, between=None)
        for one in report(language).dimensions
    )
    facts = report(
        language,
        exercises=report(language).exercises[:1],
        dimensions=bare,
        strengths=(),
        steps=(),
        summary_evidence=(),
    )
    made = shelf.sections(facts, OwnFacts())
    assert [one.number for one in made] == list(range(10))
    assert all(list(words_of(one.blocks)) for one in made)
    assert not [block for block in made[4].blocks if isinstance(block, blocks.Figure)]


def bullets_of(made) -> list[tuple[str, str]]:
    return [
        (item.words, item.note)
        for block in made.blocks
        if isinstance(block, blocks.Bullets)
        for item in block.items
    ]


def test_every_passage_leads_back_to_each_sentence_that_rests_on_it():
    made = shelf.sections(report())
    resting, cited = {}, {}
    for part in made:
        for block in part.blocks:
            for one in getattr(block, "items", (block,)):
                if getattr(one, "references", None):
                    resting[one.place] = {number for number, _ in one.references.passages}
                if getattr(one, "cited", None):
                    assert one.cited.kind == "sentence"
                    cited[one.passage] = {number for number, _ in one.cited.passages}
    assert len(resting) == 5
    for place, numbers in resting.items():
        assert all(place in cited[number] for number in numbers)
