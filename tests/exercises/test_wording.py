"""The linter of reports: what it marks, where, how strictly, and what it leaves alone (content R3 and R12)."""

import itertools

import pytest

from exercises.frames import actions, frames, questions
from exercises.wording import SHELF, marked_words, marks

LANGUAGES = ("en", "nl")


def kinds(text: str, language: str = "en") -> list[str]:
    return [mark.kind for mark in marks(text, language)]


def test_a_mark_says_where_it_is_what_stands_there_and_what_to_write_instead():
    text = "In the memo you should have compared both options."
    (mark,) = marks(text, "en")
    assert text[mark.start : mark.end] == mark.words == "should have"
    assert mark.is_refused
    assert "next step" in mark.advice


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("You are a born leader.", "en", "person"),
        ("Je bent een geboren leider.", "nl", "person"),
        ("You should have asked.", "en", "hindsight"),
        ("Je had dat eerst moeten vragen.", "nl", "hindsight"),
        ("You did this better than most participants.", "en", "comparison"),
        ("Beter dan de meeste deelnemers.", "nl", "comparison"),
        ("Signs of a burn-out.", "en", "health"),
        ("Tekenen van een burn-out.", "nl", "health"),
        ("High potential.", "en", "prediction"),
        ("Klaar voor een grotere rol.", "nl", "prediction"),
        ("You scored 4 out of 5.", "en", "numbers"),
        ("Je scoorde 4 van de 5.", "nl", "numbers"),
        ("You had extra time than planned; time factor 1.5.", "en", "process"),
        ("Met tijdfactor twee.", "nl", "process"),
    ],
)
def test_what_is_forbidden_outright_is_refused(text: str, language: str, kind: str):
    assert kind in [mark.kind for mark in marks(text, language) if mark.is_refused]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You wrote to potential customers in Legnica.", "en"),
        ("In the in-tray you stopped the two batches before you answered the customer.", "en"),
        ("The margin fell from 18.5 percent to 16 percent.", "en"),
        ("The two situations gave a different picture.", "en"),
        ("De vrachtwagen stond stil in de mist.", "nl"),
        ("In de postbak stopte je de twee series voordat je de klant antwoordde.", "nl"),
        ("Je noemde vier punten en vroeg om een besluit op vrijdag.", "nl"),
        ("De twee situaties gaven een ander beeld.", "nl"),
    ],
)
def test_what_is_said_about_behaviour_is_left_alone(text: str, language: str):
    assert not marks(text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_quotation_are_the_participants_and_never_marked(language: str):
    assert not marks("“You are always late and should have known, je bent altijd te laat”", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quotation_of_more_than_fifteen_words_is_refused(language: str):
    """rule R3.10"""
    fifteen, sixteen = "“" + "a " * 15 + "”", "“" + "a " * 16 + "”"
    assert not marks(fifteen, language)
    (mark,) = marks(f"So: {sixteen}", language)
    assert (mark.kind, mark.is_refused) == ("quotation", True)


def test_of_overlapping_marks_one_stays():
    assert kinds("You are weak") == ["person", "judgement"]
    found = marks("You are average, better than most managers and always the best of the group", "en")
    spans = sorted((mark.start, mark.end) for mark in found)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


def test_case_and_spaces_make_no_difference():
    assert marked_words("YOU   ARE ready", "en") == ("YOU ARE",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_klei_itself_prints_keeps_to_the_rules(language: str):
    texts = [text for frame in frames().values() for text in (frame.words[language], frame.step[language])]
    texts += [one.text[language] for found in questions().values() for one in found]
    texts += [
        text
        for found in actions().values()
        for one in found
        for text in (one.text[language], one.sign[language])
    ]
    assert not [(text, found) for text in texts if (found := marked_words(text, language))]


def test_every_kind_has_its_advice_in_both_languages():
    import yaml

    for kind in yaml.safe_load(SHELF.read_text("utf-8")):
        assert set(kind["advice"]) == set(LANGUAGES), kind["id"]
        assert all(set(kind[name]) == set(LANGUAGES) for name in ("refused", "asked", "fine")), kind["id"]
