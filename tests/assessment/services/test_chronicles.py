"""The order of events in words: every sentence there is, in both languages, and never a word of class C (content C0.3)."""

import re

import pytest

from assessment.database import Database
from assessment.language import translator
from assessment.models.sitting import Sitting
from assessment.services import chronicles, readings, versions
from assessment.services.chronicles import CAME, DONE, FACTS
from exercises.content import LANGUAGES, SHELF, read
from exercises.kind import Chronicle, Happening
from tests.assessment.room import HALF_DAY, Room
from tests.exercises.test_chronicle import FOLLOWED, given

CLASS_C = re.compile(
    r"\b(typ(e|es|ed|ing)|typt|getypt|typ\w*snelheid|key ?strokes?|toetsaanslag\w*|mouse|muis\w*|seconds|secon?den|idle"
    r"|stil gezeten|scroll\w*|connection|verbinding|offline|online|network|netwerk|device|apparaat|browser|tab|window|venster"
    r"|paused?|pauze\w*|gepauzeerd|interrupt\w*|onderbr\w*|extra time|extra tijd|factor|extension|verlenging|speed|snelheid"
    r"|copied|pasted?|geplakt|gekopieerd|emotion|emotie\w*)\b",
    re.IGNORECASE,
)
"""What is not collected, or gone at the end of a sitting: nothing of it can be said to an assessor."""


def spoken(told: chronicles.Told) -> str:
    """The interface's own words, without what the exercise says."""
    return "\n".join(
        [*(line.words for line in told.lines), *told.facts, *(line.minute for line in told.lines)]
    )


@pytest.mark.parametrize("slug", FOLLOWED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_that_can_be_followed_is_told_in_words(slug: str, language: str) -> None:
    exercise = read(SHELF / slug)
    answers = given(versions.kind_of(exercise), exercise)
    reading = readings.sample(exercise, language, answers)
    told = reading.chronicle
    assert told
    assert all(line.words or line.block for line in told.lines)
    assert all(told.facts)
    assert told.lines[0].minute.startswith("min ")
    assert not CLASS_C.findall(spoken(told)), CLASS_C.findall(spoken(told))
    minutes = [line.minute for line in told.lines if line.minute]
    assert len(minutes) == len({*minutes})


@pytest.mark.parametrize("sentence", [*CAME.values(), *DONE.values(), *FACTS.values()])
def test_no_sentence_there_is_speaks_of_class_c(sentence: str) -> None:
    dutch = translator("nl").gettext(sentence)
    assert dutch != sentence or sentence == CAME["message"]
    assert not CLASS_C.search(sentence)
    assert not CLASS_C.search(dutch)


def test_the_search_for_class_c_finds_it() -> None:
    for words in ("typed in 40 seconds", "in 40 seconden getypt", "the connection was lost", "was offline"):
        assert CLASS_C.search(words)


def test_messages_that_wait_together_are_one_line_and_one_that_comes_is_its_own() -> None:
    came = [Happening("message", {"who": "Bo", "subject": str(n)}, f"text {n}") for n in range(3)]
    late = Happening("message", {"who": "Elif", "subject": "M15"}, "late", minute=30)
    told = chronicles.told(Chronicle((*came, late)), translator("en"))
    assert [line.words for line in told.lines] == ["3 messages are waiting", "Elif: M15"]
    assert told.lines[0].parts == (("Bo: 0", "text 0"), ("Bo: 1", "text 1"), ("Bo: 2", "text 2"))
    assert [line.minute for line in told.lines] == ["min 0", "min 30"]


def test_who_hands_in_early_saw_no_more_than_that_and_it_is_told(database: Database) -> None:
    room = Room(database, *HALF_DAY)  # handed in fifty minutes after the start
    with database.reading() as session:
        tray = readings.read(session, session.get_one(Sitting, room.sittings["E1"]), "nl").chronicle
        case = readings.read(session, session.get_one(Sitting, room.sittings["E5"]), "nl").chronicle
    assert tray
    assert tray.facts[-1] == "Ingeleverd in minuut 50 van 65."
    assert case is None
