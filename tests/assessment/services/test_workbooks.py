"""An Excel workbook is read within bounds, its formulas are never evaluated, and what is broken is refused."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from assessment.language import translator
from assessment.services import imports, workbooks
from assessment.services.imports import Row

HEAD = ("email", "name", "language", "time_factor", "external_id")


def workbook(*rows: Any, **more: list[Any]) -> bytes:
    """A workbook as Excel saves it: a sheet of these rows, and further sheets by name."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "d mmm yyyy"}) as book:
        for title, lines in {"Participants": rows, **more}.items():
            sheet = book.add_worksheet(title)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return target.getvalue()


def read(raw: bytes) -> list[Row]:
    return imports.read(imports.text_of(raw))


def problems(raw: bytes) -> dict[int, dict[str, str]]:
    return {
        row.number: {problem.column: type(problem.error).__name__ for problem in row.problems}
        for row in read(raw)
        if row.problems
    }


def rewritten(raw: bytes, change: Callable[[str, bytes], bytes], **added: bytes) -> bytes:
    """The same workbook with the parts in it changed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
        for name, content in added.items():
            new.writestr(name, content)
    return target.getvalue()


def refused(raw: bytes) -> str:
    with pytest.raises(imports.Unreadable) as caught:
        read(raw)
    return caught.value.words


NOON = datetime(2026, 5, 1, 12, 0)  # noqa: DTZ001 -- a spreadsheet knows no time zone
GOOD = workbook(HEAD, ("ada@example.org", "Ada Żółć", "nl", 1.25, 7))


def test_cells_are_read_as_somebody_would_have_typed_them() -> None:
    rows = read(
        workbook(
            HEAD,
            ("ada@example.org", "Ada  \n Żółć", "NL", 1.25, 7),
            ("bob@example.org", "Bob", None, "1,5", "007"),
            ("cas@example.org", "Cas", None, 2, 12.50),
            ("dee@example.org", "Dee", None, None, date(2026, 5, 1)),
            ("eve@example.org", "Eve", None, 1.1 + 0.05, True),
        )
    )
    assert [(row.number, row.participant and row.participant.name) for row in rows] == [
        (2, "Ada Żółć"),
        (3, "Bob"),
        (4, "Cas"),
        (5, "Dee"),
        (6, "Eve"),
    ]
    assert [row.participant.time_factor for row in rows if row.participant] == [1.25, 1.5, 2, 1, 1.15]
    assert [row.participant.external_id for row in rows if row.participant] == [
        "7",
        "007",
        "12.5",
        "2026-05-01",
        "TRUE",
    ]


def test_a_problem_names_the_row_that_the_sheet_shows() -> None:
    raw = workbook(
        (),
        HEAD,
        (),
        ("ada@example.org", "Ada"),
        ("nobody", "Bob"),
        (),
        ("cas@example.org", "Cas", "fr"),
        ("dee@example.org", "Dee", None, None, None, "beyond the columns"),
    )
    assert problems(raw) == {
        5: {"email": "NoEmail"},
        7: {"language": "UnknownLanguage"},
        8: {"": "WrongCellCount"},
    }


def test_a_formula_is_an_error_of_its_row_and_is_never_evaluated() -> None:
    raw = workbook(
        HEAD,
        ("ada@example.org", "Ada", None, "=1+1", "=HYPERLINK(1)"),
        ("bob@example.org", "{=B2:B3}", None, None, None),
        ("cas@example.org", "Cas", None, None, "#N/A"),
        ("dee@example.org", "Dee", None, None, "@x"),
    )
    assert problems(raw) == {
        2: {"time_factor": "LooksLikeFormula", "external_id": "LooksLikeFormula"},
        3: {"name": "LooksLikeFormula"},
        4: {"external_id": "ErrorOfSpreadsheet"},
        5: {"external_id": "LooksLikeFormula"},
    }


@pytest.mark.parametrize("value", [date(2026, 5, 1), NOON, "1-mei", "01 May 2026"])
def test_a_factor_that_became_a_date_is_told_as_that(value: Any) -> None:
    assert problems(workbook(HEAD, ("ada@example.org", "Ada", None, value))) == {
        2: {"time_factor": "TakenForDate"}
    }


def test_a_number_that_no_date_can_be_is_an_error_of_its_row() -> None:
    raw = workbook(HEAD, ("ada@example.org", "Ada", None, date(2026, 5, 1)))
    raw = rewritten(raw, lambda _name, part: part.replace(b"<v>46143</v>", b"<v>99999999</v>"))
    assert problems(raw) == {2: {"time_factor": "ErrorOfSpreadsheet"}}


def test_the_list_is_found_among_other_sheets() -> None:
    other = [("Instructions",), ("Send it to Anna",)]
    assert read(workbook(*other, People=[HEAD, ("ada@example.org", "Ada")]))[0].participant
    people = [HEAD, ("ada@example.org", "Ada")]
    assert "more than one sheet" in refused(workbook(*people, Older=people))
    assert "columns are missing" in refused(workbook(*other))
    assert "no participants" in refused(workbook())


def test_a_hidden_sheet_is_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEAD, ("ada@example.org", "Ada"))))
    hidden = book.create_sheet("Hidden")
    hidden.append(HEAD)
    hidden.append(("eve@example.org", "Eve"))
    hidden.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    (row,) = read(target.getvalue())
    assert row.cells["email"] == "ada@example.org"


def test_what_a_sheet_says_about_its_own_size_is_not_believed() -> None:
    rows = [(f"p{number}@example.org", f"P {number}") for number in range(5)]
    raw = workbook(HEAD, *rows)

    def lie(name: str, part: bytes) -> bytes:
        return part.replace(b'ref="A1:E6"', b'ref="A1:A2"') if "sheet1" in name else part

    assert len(read(rewritten(raw, lie))) == 5


def test_empty_cells_that_were_only_coloured_are_passed_over() -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    for place in ("H2", "A40", "C19000"):
        book.active[place].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    target = io.BytesIO()
    book.save(target)
    assert len(read(target.getvalue())) == 1


@pytest.mark.parametrize("place", ["A30000", "A1048576"])
def test_a_cell_far_below_is_refused_and_not_reached_row_by_row(place: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    book.active[place] = "x"
    target = io.BytesIO()
    book.save(target)
    assert "too large" in refused(target.getvalue())


def test_too_many_people_are_refused() -> None:
    rows = [(f"p{number}@example.org", "P") for number in range(imports.MOST_ROWS + 1)]
    assert "more than" in refused(workbook(HEAD, *rows))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = rewritten(GOOD, lambda _name, part: part, **{"xl/media/large.bin": b"\0" * (30 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert "too large" in refused(bomb)
    many = rewritten(GOOD, lambda _name, part: part, **{f"xl/{n}.bin": b"" for n in range(600)})
    assert "too large" in refused(many)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    name = "xl/media/large.xml"
    bomb = rewritten(GOOD, lambda _name, part: part, **{name: b" " * (30 * 1024 * 1024)})
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        size = archive.getinfo(name).file_size
    lying = bomb.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert "cannot be read as an Excel workbook" in refused(lying)


def test_one_text_repeated_in_every_cell_does_not_grow_without_end() -> None:
    raw = workbook(HEAD, *[["x" * 30_000] * 5] * 500)  # stored once, and pointed to 2,500 times
    assert len(raw) < 100_000
    assert "too large" in refused(raw)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_expand_are_refused(encoding: str) -> None:
    laughs = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
    ).encode(encoding)
    raw = rewritten(GOOD, lambda name, part: laughs if "sharedStrings" in name else part)
    assert "cannot be read as an Excel workbook" in refused(raw)


def old_excel() -> bytes:
    return imports.OLD_EXCEL + b"\0" * 2000


def test_an_old_or_locked_file_is_told_as_that() -> None:
    assert "old kind" in refused(old_excel())


@pytest.mark.parametrize(
    "raw",
    [
        GOOD[: len(GOOD) // 2],
        GOOD[:-30],
        b"PK\x03\x04",
        rewritten(GOOD, lambda name, part: b"<not closed" if "sheet1" in name else part),
        rewritten(GOOD, lambda name, part: b"" if name == "xl/workbook.xml" else part),
        rewritten(GOOD, lambda name, part: part.replace(b't="s"', b't="q"') if "sheet1" in name else part),
        rewritten(GOOD, lambda name, part: part.replace(b"<v>5</v>", b"<v>5000</v>")),
    ],
)
def test_a_broken_workbook_never_breaks_the_reading(raw: bytes) -> None:
    with suppress(imports.Unreadable):
        assert all(row.participant or row.problems for row in read(raw))


def test_another_archive_is_no_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "cannot be read as an Excel workbook" in refused(target.getvalue())


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=40))
def test_no_change_to_a_workbook_breaks_the_reading(place: int, noise: bytes) -> None:
    with suppress(imports.Unreadable):
        read(GOOD[:place] + noise + GOOD[place + len(noise) :])


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_templates_hold_the_columns_and_can_be_filled_in(language: str) -> None:
    words = translator(language)
    book = openpyxl.load_workbook(io.BytesIO(workbooks.template(imports.COLUMNS, words)))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(imports.COLUMNS)
    assert {row[0].value for row in book.worksheets[1].iter_rows()} == set(imports.COLUMNS)
    sheet["A2"], sheet["B2"], sheet["I2"] = "ada@example.org", "Ada", "1,25"
    target = io.BytesIO()
    book.save(target)
    (row,) = read(target.getvalue())
    assert row.participant
    assert row.participant.time_factor == 1.25
    empty = workbooks.csv_template(imports.COLUMNS, words).decode("utf-8-sig")
    separator = ";" if language == "nl" else ","
    text = empty + separator.join(["ada@example.org", "Ada", *[""] * 6, '"1,25"', ""])
    (row,) = imports.read(imports.text_of(text.encode()))
    assert row.participant
    assert row.participant.time_factor == 1.25


@pytest.mark.parametrize(
    "cell", ["1_0", "1e0", "0.9", "11", "-2", "inf", "nan", "1.2.3", "١", "1,250,0", "125%", "x"]
)
def test_what_is_no_factor_is_refused(cell: str) -> None:
    with pytest.raises(imports.NotAFactor):
        imports.factor(cell)


@pytest.mark.parametrize("cell", ["1", "1.0", "1,25", "10", "01.5"])
def test_a_factor_takes_a_point_or_a_comma(cell: str) -> None:
    assert imports.factor(cell) == float(cell.replace(",", "."))
