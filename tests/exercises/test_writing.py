"""What participants write: kept to the letter, refused only where nothing can store it."""

import pytest

from exercises import figures, writing
from exercises.kind import LONGEST_ANSWER, InvalidAnswer


@pytest.mark.parametrize(
    ("posted", "code"),
    [
        (None, "no_text"),
        (5, "no_text"),
        ({"a": "b"}, "no_text"),
        ("a\x00b", "nul"),
        ("\ud83d", "surrogate"),
        ("x" * (LONGEST_ANSWER + 1), "too_long"),
        ("é" * (LONGEST_ANSWER // 2 + 1), "too_long"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_reason(posted, code):
    with pytest.raises(InvalidAnswer) as refused:
        writing.text(posted)
    assert refused.value.code == code


@pytest.mark.parametrize("written", ["", " \r\n\t", "\x07\x1b", "שלום \u202e", "👩‍🔧", "x" * LONGEST_ANSWER])
def test_all_else_is_kept_as_it_is(written):
    assert writing.text(written) == written


@pytest.mark.parametrize(
    ("posted", "code"),
    [
        ("a=b", "no_fields"),
        ([("a", "b")], "no_fields"),
        ({"a": ["b"]}, "no_fields"),
        ({"a": True}, "no_fields"),
        ({"a": 1.5}, "no_fields"),
        ({1: "b"}, "no_text"),
        ({"a": "\x00"}, "nul"),
        ({str(n): "x" * 1000 for n in range(100)}, "too_long"),
        ({str(n): "x" for n in range(201)}, "no_fields"),
    ],
)
def test_fields_that_are_none_are_refused(posted, code):
    with pytest.raises(InvalidAnswer) as refused:
        writing.fields(posted)
    assert refused.value.code == code


def test_fields_become_texts_and_empty_ones_are_left_out():
    assert writing.fields({"a": 3, "b": "x", "c": "", "d": None}) == {"a": "3", "b": "x"}


def test_words_are_counted_in_any_script():
    assert writing.words("") == 0
    assert writing.words(" two\n words\t") == 2
    assert writing.words("نوصي بالخيار الثاني") == 3


def test_the_end_of_the_limit_is_found_only_where_the_text_goes_on():
    assert writing.end_of_word("one two three", 2) == 7
    assert writing.end_of_word("one two", 2) is None
    assert writing.end_of_word("one two   \n", 2) is None
    assert writing.end_of_word("", 2) is None


@pytest.mark.parametrize(
    ("value", "pattern", "english", "dutch"),
    [
        (86900, "0", "86,900", "86.900"),
        (0.89, "0.00", "0.89", "0,89"),
        (66.1, "0.0%", "66.1%", "66,1%"),
        (-514.0, "+0.00", "−514.00", "−514,00"),
        (231, "+0", "+231", "+231"),
        (None, "0", "–", "–"),
    ],
)
def test_figures_are_printed_as_the_language_does(value, pattern, english, dutch):
    assert figures.printed(value, pattern, "en") == english
    assert figures.printed(value, pattern, "nl") == dutch


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("112", 112),
        (" 111,77 ", 111.77),
        ("€ 111.8 per stuk", 111.8),
        ("17 %", 17),
        ("month 47", 47),
        ("−5", -5),
        ("١١٢", 112),
        ("", None),
        ("forty-seven", None),
        ("40 to 50", None),
        ("1" * 101, None),
    ],
)
def test_a_typed_number_is_found_with_comma_point_or_unit(written, number):
    assert figures.typed(written) == number
