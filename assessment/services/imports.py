"""Reading a list of participants, CSV or Excel: every row is checked, and each problem names its row and column.

Nothing here touches the database. A file that cannot be read as a whole is refused as a whole.
"""

import csv
import io
import re
from dataclasses import dataclass, field

from assessment import errors
from assessment.services import people, workbooks

COLUMNS = (
    "email",
    "name",
    "language",
    "time_zone",
    "department",
    "discipline",
    "site",
    "manager_email",
    "time_factor",
    "external_id",
)
REQUIRED = ("email", "name")
MOST_ROWS = 2000
MOST_BYTES = 1024 * 1024
LONGEST_CELL = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs by which a spreadsheet takes a cell for a formula."""
FAILED = re.compile(r"#(N/A|N/B|[A-Z0-9/]+[!?])")
"""What a spreadsheet shows where a formula failed, in English and Dutch."""
DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d?[-/ ][^\W\d]{3,4}([-/ ]\d+)?|\d\d:\d\d:\d\d")
NUMBER = re.compile(r"[0-9]{1,2}([.,][0-9]{1,9})?")
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


Unreadable = workbooks.Unreadable


class CellProblem(errors.Invalid):
    """One cell cannot be used."""


class LooksLikeFormula(CellProblem):
    sentence = (
        "This is a formula of a spreadsheet, or begins like one (=, +, - or @). Write the value itself."
    )


class ErrorOfSpreadsheet(CellProblem):
    sentence = "The spreadsheet could not work this out. Write the value itself."


class TakenForDate(CellProblem):
    sentence = (
        "The spreadsheet took this for a date. Make the cell text, and write the number again, such as 1.25."
    )


class CellTooLong(CellProblem):
    sentence = "This is longer than 200 characters."


class NotAFactor(CellProblem):
    sentence = "The time factor has to be a number from 1 to 10, such as 1.25."


class TwiceInFile(CellProblem):
    sentence = "This e-mail address is also in row %(other)s."


class WrongCellCount(CellProblem):
    sentence = "This row has %(n)s cells instead of %(expected)s."


@dataclass(frozen=True)
class Participant:
    """One row of a list of participants, checked."""

    email: str
    name: str
    language: str = "en"
    time_zone: str = "Europe/Amsterdam"
    department: str = ""
    discipline: str = ""
    site: str = ""
    manager_email: str = ""
    time_factor: float = 1.0
    external_id: str = ""

    @property
    def entry(self) -> people.Entry:
        return people.Entry(self.email, self.name, self.language, self.time_zone)


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one row: the column when one is to blame, and the error whose sentence says it."""

    column: str
    error: errors.KleiError


@dataclass(frozen=True)
class Row:
    """A row of the file by its number there, with its participant or its problems."""

    number: int
    cells: dict[str, str]
    participant: Participant | None = None
    problems: tuple[RowProblem, ...] = field(default=())


def text_of(raw: bytes) -> str:
    """The lines of a file, whichever kind it is; its name says nothing.

    :raises Unreadable: when it is neither CSV nor an Excel workbook, or too large.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable("The file is too large. At most 1 MB can be imported at once.")
    if raw.startswith(OLD_EXCEL):
        raise Unreadable(
            "This is an Excel file of the old kind (.xls), or one with a password. Save it as .xlsx without a password and choose that one."
        )
    return workbooks.as_lines(raw, REQUIRED) if workbooks.is_workbook(raw) else decode(raw)


def decode(raw: bytes) -> str:
    """The text of a CSV file.

    :raises Unreadable: when it is not UTF-8 (or UTF-16 with its mark), or too large.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable("The file is too large. At most 1 MB can be imported at once.")
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw.decode("utf-16")
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(
            "The letters in line %(line)s cannot be read. Save the file again as “CSV UTF-8” and choose that one.",
            line=line,
        ) from None
    if "\x00" in text:
        raise Unreadable(
            "This is not a CSV file. In a spreadsheet, save it as “CSV UTF-8” and choose that one."
        )
    return text


def read(text: str, *, language: str = "en") -> list[Row]:
    """The rows of a CSV file with commas, semicolons or tabs. ``language`` serves where a row names none.

    :raises Unreadable: when the columns are wrong, or there is nothing in the file.
    """
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise Unreadable(
            "This is not a CSV file. In a spreadsheet, save it as “CSV UTF-8” and choose that one."
        )
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader]
    except csv.Error:
        raise Unreadable(
            "The file cannot be read from line %(line)s on: a quotation mark is not closed, or a cell is far too long.",
            line=reader.line_num,
        ) from None
    lines = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    if len(lines) < 2:
        raise Unreadable("There are no participants in this file.")
    if len(lines) - 1 > MOST_ROWS:
        raise Unreadable("There are more than %(most)s rows. Import them in parts.", most=MOST_ROWS)
    header = [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in lines[0][1]]
    _check_header(header)
    rows = [_row(number, cells, header, language) for number, cells in lines[1:]]
    return _without_doubles(rows)


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    double = sorted({name for name in header if header.count(name) > 1})
    for names, sentence in (
        (missing, "These columns are missing: %(columns)s. The first row has to name the columns."),
        (unknown, "Klei does not know these columns: %(columns)s. Known are: %(known)s."),
        (double, "These columns are there twice: %(columns)s."),
    ):
        if names:
            raise Unreadable(
                sentence, columns=", ".join(name[:40] or "–" for name in names), known=", ".join(COLUMNS)
            )


def _row(number: int, raw: list[str], header: list[str], language: str) -> Row:
    cells = dict(zip(header, (cell.strip() for cell in raw), strict=False))
    if len(raw) != len(header):
        problem = RowProblem("", WrongCellCount(n=len(raw), expected=len(header)))
        return Row(number, cells, problems=(problem,))
    problems: list[RowProblem] = []
    values: dict[str, object] = {}
    for column in COLUMNS:
        try:
            values[column] = _checked(column, cells.get(column, ""), language)
        except errors.KleiError as error:
            problems.append(RowProblem(column, error))
    if problems:
        return Row(number, cells, problems=tuple(problems))
    return Row(number, cells, Participant(**values))  # type: ignore[arg-type]  # each column was checked


def _checked(column: str, cell: str, language: str) -> object:
    if cell.startswith(FORMULA):
        raise LooksLikeFormula
    if FAILED.fullmatch(cell):
        raise ErrorOfSpreadsheet
    if len(cell) > LONGEST_CELL:
        raise CellTooLong
    if column == "email":
        return people.checked_email(cell)
    if column == "name":
        return people.checked_name(cell)
    if column == "language":
        return people.checked_language(cell.lower() or language)
    if column == "time_zone":
        return people.checked_time_zone(cell or "Europe/Amsterdam")
    if column == "manager_email":
        return people.checked_email(cell) if cell else ""
    if column == "time_factor":
        return factor(cell) if cell else 1.0
    return cell


def factor(cell: str) -> float:
    """The time factor as people write it: with a decimal point or a decimal comma.

    :raises NotAFactor: when it is not a number from 1 to 10. :raises TakenForDate: when a spreadsheet made a date of it.
    """
    if DATE.match(cell):
        raise TakenForDate(field="time_factor")
    if not NUMBER.fullmatch(cell):
        raise NotAFactor(field="time_factor")
    value = float(cell.replace(",", "."))
    if not 1 <= value <= 10:
        raise NotAFactor(field="time_factor")
    return value


def _without_doubles(rows: list[Row]) -> list[Row]:
    numbers: dict[str, list[int]] = {}
    for row in rows:
        if row.participant:
            numbers.setdefault(row.participant.email, []).append(row.number)
    checked = []
    for row in rows:
        same = numbers.get(row.participant.email, []) if row.participant else []
        if len(same) > 1:
            other = next(number for number in same if number != row.number)
            row = Row(row.number, row.cells, None, (RowProblem("email", TwiceInFile(other=other)),))
        checked.append(row)
    return checked
