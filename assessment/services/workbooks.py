"""Excel workbooks of participants: read with bounds into the lines of the import, and an empty one to fill in.

A file comes from anybody's mail. Before openpyxl sees it, the size of everything packed in it is known, and a part
that declares a document type (the way to let a small file grow without end) is refused. Formulas are read as formulas
and never evaluated: each is an error of its row.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NoReturn
from xml.parsers import expat

from assessment import errors
from assessment.language import Translator
from assessment.language import marked as _

MOST_PARTS = 500
MOST_UNPACKED = 24 * 1024 * 1024
"""All parts together, unpacked. A list of 2,000 people takes less than two."""
LAST_ROW = 20_000
"""Empty rows between the people are passed over, up to here."""
LAST_COLUMN = 64
BLANK = (None,) * LAST_COLUMN
MOST_CONTENT = 1024 * 1024


class Unreadable(errors.Invalid):
    """The file as a whole cannot be used."""


NOT_A_WORKBOOK = _(
    "This file cannot be read as an Excel workbook. Open it in a spreadsheet, save it again as .xlsx, and choose that one."
)
TOO_LARGE = _(
    "This workbook is too large. Copy the list of participants alone into a new one and choose that."
)
SEVERAL_LISTS = _(
    "There is a list of participants in more than one sheet: %(sheets)s. Keep the one that counts and remove the others."
)


def is_workbook(raw: bytes) -> bool:
    """Whether it is packed as .xlsx files are."""
    return raw.startswith(b"PK\x03\x04")


def as_lines(raw: bytes, required: Sequence[str]) -> str:
    """The sheet with a list of participants as CSV, one line per row, so that row numbers stay those of the sheet.

    :raises Unreadable: when it is no workbook, too large, or has several lists.
    """
    _check(raw)
    import openpyxl  # 5 MB that only an import of Excel needs

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
        try:
            sheets = {
                sheet.title: list(_rows(sheet)) for sheet in book.worksheets if sheet.sheet_state == "visible"
            }
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file provokes in it
        raise Unreadable(NOT_A_WORKBOOK) from error
    return _spelled(_chosen(sheets, required))


def _check(raw: bytes) -> None:
    """Refuse what would grow when it is opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            # Never more than the declared size is unpacked, so their sum is a bound whatever they declare.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable(TOO_LARGE)
            if len({part.filename for part in parts}) < len(parts):
                raise Unreadable(NOT_A_WORKBOOK)
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    _check_part(archive.read(part))
    except Unreadable:
        raise
    except Exception as error:  # zipfile too: bad sums, unknown packing, a password, an end before its time
        raise Unreadable(NOT_A_WORKBOOK) from error


def _check_part(content: bytes) -> None:
    def refuse(*_declared: Any) -> NoReturn:
        raise Unreadable(NOT_A_WORKBOOK)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(content, True)


def _rows(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a file says about its own size is not believed
    size = 0
    for number, row in enumerate(sheet.iter_rows(max_col=LAST_COLUMN, values_only=True), start=1):
        if row == BLANK:  # openpyxl makes up the rows between; there may be a million of them
            if number <= LAST_ROW:
                yield []
            continue
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        size += sum(map(len, cells))
        if size > MOST_CONTENT or (number > LAST_ROW and cells):
            raise Unreadable(TOO_LARGE)
        if number <= LAST_ROW:
            yield cells


def _text(value: object) -> str:
    """A cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str):
        return " ".join(value.split())
    return "="  # a formula over several cells


def _chosen(sheets: Mapping[str, list[list[str]]], required: Sequence[str]) -> list[list[str]]:
    """The rows of the sheet whose first row names the needed columns; else the first that has anything."""
    filled = {title: rows for title, rows in sheets.items() if any(rows)}
    lists = {
        title: rows
        for title, rows in filled.items()
        if set(required) <= {cell.strip().lower() for cell in next(filter(None, rows))}
    }
    if len(lists) > 1:
        raise Unreadable(SEVERAL_LISTS, sheets=", ".join(f"“{title}”" for title in lists))
    return next(iter((lists or filled or {"": []}).values()))


def _spelled(rows: list[list[str]]) -> str:
    width = len(next(filter(None, rows), []))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for cells in rows:
        # An empty row keeps its line, so that every other row keeps its number.
        writer.writerow([*cells, *[""] * (width - len(cells))] if cells else [])
    return written.getvalue()


# The template.

MEANINGS = {
    "email": _("The address they log in with. Needed."),
    "name": _("First and last name. Needed."),
    "language": _("en or nl. Left empty, it is yours."),
    "time_zone": _("Such as Europe/Amsterdam, which it also is when left empty."),
    "department": _("Free text."),
    "discipline": _("Free text."),
    "site": _("Free text."),
    "manager_email": _("The own manager never rates this participant."),
    "time_factor": _("From 1 to 10, such as 1.25 for a quarter more time. Left empty, it is 1."),
    "external_id": _("The number in another system, such as personnel."),
}


def template(columns: Sequence[str], words: Translator) -> bytes:
    """An empty workbook with the columns, and a second sheet that says what goes in them."""
    import xlsxwriter  # 3 MiB, and few processes ever make one

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        strong, plain = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(words.gettext("Participants"))
        sheet.write_row(0, 0, columns, strong)
        # Text, so that a spreadsheet makes no date of 1.5 and keeps the zeros before a number.
        sheet.set_column(0, len(columns) - 1, 22, plain)
        sheet.freeze_panes(1, 0)
        language = columns.index("language")
        sheet.data_validation(1, language, 2000, language, {"validate": "list", "source": ["en", "nl"]})
        explained = book.add_worksheet(words.gettext("What goes in them"))
        explained.set_column(0, 0, 18)
        explained.set_column(1, 1, 70)
        for row, column in enumerate(columns):
            explained.write_string(row, 0, column, strong)
            explained.write_string(row, 1, words.gettext(MEANINGS[column]))
    return target.getvalue()


def csv_template(columns: Sequence[str], words: Translator) -> bytes:
    """The same columns as CSV, with the separator that a spreadsheet in this language expects."""
    separator = ";" if words.language == "nl" else ","
    return ("\ufeff" + separator.join(columns) + "\r\n").encode()
