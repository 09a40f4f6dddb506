"""A file of participants is read as a whole or refused, and each problem names its row."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.services import imports, people

HEAD = "email,name,language,time_zone,department,discipline,site,manager_email,time_factor,external_id\n"


def problems(text: str) -> dict[int, set[str]]:
    return {
        row.number: {type(problem.error).__name__ for problem in row.problems}
        for row in imports.read(text)
        if row.problems
    }


@pytest.mark.parametrize(
    "raw",
    [
        "email,name\nada@example.org,Ada Żółć\n".encode(),
        "\ufeffemail;name\r\nada@example.org;Ada Żółć\r\n".encode(),
        "email\tname\nada@example.org\tAda Żółć\n".encode("utf-16"),
        'E-Mail,"Name"\n ADA@Example.org ,"Ada  Żółć"\n\n ,\n'.replace("E-Mail", "EMAIL").encode(),
    ],
)
def test_files_as_spreadsheets_write_them_are_read(raw: bytes) -> None:
    (row,) = imports.read(imports.decode(raw))
    assert row.participant
    assert (row.participant.email, row.participant.name) == ("ada@example.org", "Ada Żółć")


def test_all_columns_are_read() -> None:
    (row,) = imports.read(
        HEAD + 'a@example.org,Ada,NL,America/New_York,Sales,Law,Zwolle,Boss@example.org,"1,25",X-1\n'
    )
    assert row.participant == imports.Participant(
        "a@example.org",
        "Ada",
        "nl",
        "America/New_York",
        "Sales",
        "Law",
        "Zwolle",
        "boss@example.org",
        1.25,
        "X-1",
    )


@pytest.mark.parametrize(
    "raw",
    [
        "email,name\nada@example.org,Zoë\n".encode("cp1252"),
        b"PK\x03\x04\x00\x00 not a text",
        b"\xff\xfe\x00",
        b"x" * (imports.MOST_BYTES + 1),
    ],
)
def test_broken_encodings_and_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(imports.Unreadable):
        imports.decode(raw)


def test_a_letter_that_cannot_be_read_is_found_by_its_line() -> None:
    with pytest.raises(imports.Unreadable) as caught:
        imports.decode("email,name\na@example.org,Ada\nb@example.org,Zoë\n".encode("cp1252"))
    assert caught.value.values["line"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "email,name\n",
        "name\nAda\n",
        "email,name,salary\na@example.org,Ada,9\n",
        "email,name,email\na@example.org,Ada,a@example.org\n",
        'email,name\na@example.org,"Ada\n',
        "a@example.org,Ada\nb@example.org,Bob\n",
        "email,name\n" + "a@example.org,Ada\n" * (imports.MOST_ROWS + 1),
        "email,name\x00\na@example.org,Ada\n",
    ],
)
def test_what_is_not_a_list_of_participants_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(imports.Unreadable):
        imports.read(text)


def test_each_row_says_what_is_wrong_with_it() -> None:
    text = HEAD + "\n".join(
        [
            "a@example.org,Ada,,,,,,,,",
            "nobody,Ada,,,,,,,,",
            "c@example.org,,,,,,,,,",
            "d@example.org,Dora,fr,Mars/Base,,,,x,11,",
            "e@example.org,=HYPERLINK(1),,,,,,,nan,",
            "f@example.org,Fay,,,+1,,,,,@x",
            f"g@example.org,Gus,,,{'x' * 300},,,,,",
            "h@example.org,Hal",
            "A@example.org,Ada again,,,,,,,,",
        ]
    )
    assert problems(text) == {
        2: {"TwiceInFile"},
        3: {"NoEmail"},
        4: {"NoName"},
        5: {"UnknownLanguage", "UnknownTimeZone", "NoEmail", "NotAFactor"},
        6: {"LooksLikeFormula", "NotAFactor"},
        7: {"LooksLikeFormula"},
        8: {"CellTooLong"},
        9: {"WrongCellCount"},
        10: {"TwiceInFile"},
    }


def test_a_formula_in_place_of_an_address_is_a_problem_too() -> None:
    assert problems("email,name\n=a@example.org,Ada\n") == {2: {"LooksLikeFormula"}}


@given(st.binary(max_size=300))
def test_no_file_whatever_breaks_the_reading(raw: bytes) -> None:
    with suppress(imports.Unreadable):
        for row in imports.read(imports.decode(b"email,name\n" + raw)):
            assert row.participant or row.problems
            if row.participant:
                assert row.participant.email == people.checked_email(row.participant.email)
