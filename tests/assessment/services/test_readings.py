"""What assessors read: the words as they were written, with the participant's own name blackened."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from assessment.database import Database
from assessment.models.sitting import Sitting
from assessment.services import readings
from exercises import dossier
from exercises.content import shipped
from exercises.kind import Block
from tests.assessment.room import Room

MEMO = "Regards, Sanne van der Molen (SANNE, sanne.molen@example.org).\r\nThe plan of the van stays. Germany waits."


def memo(room: Room) -> Block:
    with room.database.reading() as session:
        sitting = session.get_one(Sitting, room.sittings["E5"])
        return next(one for one in readings.blocks(session, sitting, "en") if one.id == "memo")


def test_name_and_address_are_blackened_letter_for_letter(database: Database) -> None:
    text = memo(Room(database, memo=MEMO)).text
    assert len(text) == len(MEMO)
    assert text.index("Germany") == MEMO.index("Germany")
    for word in ("Sanne", "SANNE", "Molen", "sanne", "example.org"):
        assert word not in text


def test_particles_of_a_name_stay_readable(database: Database) -> None:
    assert "The plan of the van stays." in memo(Room(database, memo=MEMO)).text


@pytest.mark.parametrize("name", ["Jo Li", "Ø", "O'Neill (Mary) [x]", "שרה כהן"])
def test_every_name_can_be_masked(sqlite_database: Database, name: str) -> None:
    text = f"Signed {name}. Germany waits."
    read = memo(Room(sqlite_database, memo=text, name=name)).text
    assert len(read) == len(text)
    assert read.endswith(". Germany waits.")


@pytest.mark.parametrize(
    "typed",
    [
        "Zoe\u0308 Çelik",  # the accent as a letter of its own
        "Zoe Celik",  # without accents
        "ZOË ÇELİK",
        "Zo\u200bë Çe\u00adlik",  # with what nobody sees
        "\uff3a\uff4f\uff45 \uff23\uff45\uff4c\uff49\uff4b",  # full width
    ],
)
@pytest.mark.parametrize("name", ["Zoë Çelik", "Zoe\u0308 C\u0327elik"])
def test_a_name_is_blackened_however_it_is_typed(sqlite_database: Database, typed: str, name: str) -> None:
    read = memo(Room(sqlite_database, memo=f"Ça va. Signed {typed}. Germany waits.", name=name)).text
    words = read.removeprefix("Ça va. Signed ").removesuffix(". Germany waits.")
    assert len(words) == len(typed)
    assert set(words) <= {"█", " "}


def test_the_stored_answer_keeps_the_name(database: Database) -> None:
    room = Room(database, memo=MEMO)
    with database.reading() as session:
        from assessment.services import answers

        sitting = session.get_one(Sitting, room.sittings["E5"])
        assert answers.counting(session, sitting)["memo"].value == MEMO


def test_a_reading_tells_nothing_about_the_clock_on_the_wall(database: Database) -> None:  # rule T2
    block = memo(Room(database))
    assert block.notes[-1].startswith("last changed in minute 10")


IN_TRAY = shipped()["stavoord-in-tray"]
PARTS = ("Sanne", "Haverkort", "Molen", "Wolters", "Eva", "SANNE", "van der", "De Linde", "Bo", "Bo Wolters")
BETWEEN = (" ", "-", "\n", ". ", ", ", "'s ", " and ", "@", "")


def as_read(text: str, name: str, email: str = "somebody@example.org") -> str:
    return readings.masked(text, readings.pattern(name, email), readings.kept(IN_TRAY, name, email))


def hidden(text: str, *words: str) -> str:
    for word in words:
        text = text.replace(word, readings.MASK * len(word))
    return text


def test_a_character_of_the_exercise_stays_readable_where_the_whole_name_stands(database: Database) -> None:
    memo_text = "I asked Sanne Haverkort, and Sanne said yes. College Kempenland waits. Sanne van der Molen"
    read = memo(Room(database, memo=memo_text, name="Sanne van der Molen")).text
    assert read.startswith("I asked Sanne Haverkort, and █████ said yes. College Kempenland waits. █████")
    assert read.endswith("█" * 5)
    assert len(read) == len(memo_text)


@pytest.mark.parametrize(
    ("name", "email", "text", "words"),
    [
        ("Sanne Haverkort", "s@example.org", "Sanne Haverkort", ("Sanne Haverkort",)),  # the very same name
        ("Sanne Molen-Haverkort", "s@example.org", "Sanne Haverkort", ("Sanne", "Haverkort")),
        ("Sanne Molen", "sanne.haverkort@example.org", "Sanne Haverkort", ("Sanne",)),  # had that name once
        ("Sanne Molen", "shaverkort@example.org", "Sanne Haverkort", ("Sanne",)),
        ("Sanne Molen", "s@example.org", "Sanne Haverkort-Molen", ("Sanne", "Molen")),
        ("Sanne Molen", "s@example.org", "Sanne Haverkort Molen", ("Sanne", "Molen")),
        ("Eva Sanne Molen", "s@example.org", "Eva Sanne Haverkort", ("Eva", "Sanne")),
        ("Sanne Molen", "s@example.org", "Sanne\nHaverkort", ("Sanne",)),  # a signature above another line
        ("Sanne Molen", "s@example.org", "Sanne M. Haverkort", ("Sanne",)),
        ("Anne van der Linde", "s@example.org", "Zorggroep Linde", ("Linde",)),
        ("Sanne Molen", "s@example.org", "Sanne Haverkort's list", ()),
        ("Iris Wolters", "s@example.org", "SANNE HAVERKORT, Bo Wolters, Iris Vonk, iris", ("iris",)),
        ("Anne van der Linde", "s@example.org", "Zorggroep De Linde", ()),
    ],
)
def test_where_it_is_not_sure_whose_name_it_is_it_is_masked(
    name: str, email: str, text: str, words: tuple[str, ...]
) -> None:
    assert as_read(text, name, email) == hidden(text, *words)


@given(
    some.lists(some.tuples(some.sampled_from(PARTS), some.sampled_from(BETWEEN)), max_size=8),
    some.sampled_from(["Sanne Molen", "Bo Haverkort", "Eva Wolters", "Sanne Haverkort", "Eva van der Linde"]),
)
def test_outside_whole_names_of_the_exercise_no_part_of_a_name_is_left(
    typed: list[tuple[str, str]], name: str
) -> None:
    text = "".join(part + between for part, between in typed)
    own = readings.pattern(name, "somebody@example.org")
    plainly, read = readings.masked(text, own), as_read(text, name)
    assert len(read) == len(text)
    assert all(kept in (letter, readings.MASK) for kept, letter in zip(read, text, strict=True))
    of_exercise = {one for one in dossier.names(IN_TRAY) if one != name}
    rest = read.casefold()
    for one in of_exercise:
        rest = rest.replace(one.casefold(), "\0" * len(one))
    assert readings.masked(rest, own) == rest
    if not any(one.casefold() in text.casefold() for one in of_exercise):
        assert read == plainly


def test_every_name_of_the_organisation_stands_in_its_texts() -> None:
    told = str([dossier.dossier(language) for language in ("en", "nl")]) + str(
        [one.document() for one in shipped().values() if dossier.plays_there(one.slug)]
    )
    assert [name for name in dossier.names(IN_TRAY) if name not in told] == []
