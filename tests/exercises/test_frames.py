"""Frames, bands and actions of the report: complete in both languages, without a fact of their own (review 10.2)."""

import re

import pytest

from exercises.frames import FILLED, SLOT, actions, bands, frames
from exercises.rubric import framework
from exercises.wording import marked_words

LANGUAGES = ("en", "nl")


def test_every_dimension_has_a_frame_for_every_band():
    found = {(frame.dimension, frame.band) for frame in frames().values()}
    assert found == {(dimension, band) for dimension in framework() for band in bands()}


def test_the_bands_stand_lowest_first():
    assert list(bands()) == ["starting_point", "building", "effective", "strength"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_frame_names_its_exercise_its_evidence_and_a_next_step(language):
    """rule R3.1: past tense and the name of the exercise; R1: nothing without evidence."""
    for frame in frames().values():
        assert {"exercise", "evidence"} <= set(SLOT.findall(frame.words[language])), frame.id
        assert frame.step[language].strip()
        assert not SLOT.findall(frame.step[language])


def test_both_languages_of_a_frame_have_the_same_gaps():
    for frame in frames().values():
        first, second = (sorted(SLOT.findall(frame.words[language])) for language in LANGUAGES)
        assert first == second, frame.id


def test_every_frame_has_a_gap_for_what_was_seen():
    assert not [frame.id for frame in frames().values() if not frame.slots]
    assert not [frame.id for frame in frames().values() if FILLED & set(frame.slots)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_frames_print_no_fact_of_the_shipped_exercises(language):
    """review 10.2: what was an example filling is a slot now."""
    facts = re.compile(r"\b(Bo|Yara|Daan|Carla|CCO|Legnica|Mehmet|De Linde|Bezit|inbox|postbak|memo|\d+)\b")
    assert not [
        frame.id for frame in frames().values() if facts.search(frame.words[language] + frame.step[language])
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_frames_and_actions_keep_to_the_wording_rules(language):
    """rule R3.2"""
    texts = [frame.words[language] + " " + frame.step[language] for frame in frames().values()]
    texts += [action.text[language] for found in actions().values() for action in found]
    assert not [(text, found) for text in texts if (found := marked_words(text, language))]


def test_a_filled_frame_leaves_no_gap():
    for frame in frames().values():
        for language in LANGUAGES:
            said = frame.filled(language, dict.fromkeys(frame.slots, "this"), "“E1”", "(“that”)")
            assert not SLOT.search(said)
            assert "“E1”" in said
            assert "(“that”)" in said


def test_a_frame_with_an_empty_gap_is_refused():
    with pytest.raises(KeyError):
        frames()["L1.starting"].filled("en", {}, "“E1”", "")


def test_what_fills_a_gap_is_not_filled_again():
    said = frames()["L1.starting"].filled("en", {"act": "{evidence} {nothing}"}, "“E1”", "(“that”)")
    assert "{evidence} {nothing}" in said


def test_every_dimension_has_five_ideas_of_three_kinds():
    """rule R7: two or three doing, one or two with others, one learning."""
    for dimension in framework():
        kinds = [action.kind for action in actions()[dimension]]
        assert len(kinds) == 5
        assert kinds.count("doing") in (2, 3)
        assert kinds.count("together") in (1, 2)
        assert kinds.count("learning") == 1


def test_every_idea_has_its_effort_its_words_and_a_sign_of_progress():
    for found in actions().values():
        for action in found:
            assert action.effort > 0
            assert all(action.text[language] and action.sign[language] for language in LANGUAGES)
