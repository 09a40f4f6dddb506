"""What assessors read: the words as they were written, with the participant's own name blackened."""

import pytest

from assessment.database import Database
from assessment.models.sitting import Sitting
from assessment.services import readings
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
