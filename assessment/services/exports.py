"""What HR takes out: dimension scores as CSV and Excel, and all released reports of a centre as one archive.

Only released reports are in it, asked anew at every step: when a file is made, and again when it is handed over. Cells
are text or numbers and never formulas.
"""

import csv
import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, fonts, jobs
from assessment.access import Actor
from assessment.jobs import Task
from assessment.language import Translator
from assessment.language import marked as _
from assessment.models.event import Job, JobState
from assessment.models.person import Person
from assessment.models.report import Report
from assessment.sections import wording
from assessment.sections.facts import DimensionFacts, ReportFacts
from assessment.services import people, reports
from exercises.content import digest
from exercises.rubric import framework

MANIFEST = "manifest.json"
"""Which file is whose edition, with hashes, in each archive."""
ARCHIVE = "reports_zip"
"""The kind of job that makes an archive."""
KEPT_FOR = timedelta(hours=24)
"""A file that nobody fetched is deleted after this."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula, or lose its row."""
INNER_CELL = re.compile(r"""([;\t]["'\s]*)(?=[=+\-@＝＋－＠])""")
"""Where a cell with a formula would begin within a text."""
LONGEST_CELL = 32_767
"""Excel's limit."""

Cell = str | float | date | None


class NothingReleased(errors.NotAllowedNow):
    sentence = "No report of this centre is released now."


@dataclass(frozen=True)
class Table:
    """Rows under their columns, not yet in any format."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


# Scores.


def scores(session: Session, centre_id: UUID, form: str, words: Translator, *, by: Actor) -> Table:
    """The dimension scores of a centre's released reports, one row per participant; the download is noted.

    :raises NotFound: when the centre is not theirs. :raises NothingReleased: when there is nothing to take out.
    """
    found = reports.released_of(session, centre_id, by=by, lock=True)
    if not found:
        raise NothingReleased
    taken = [(report, reports.frozen(report)) for report in found]
    dimensions = [
        name
        for name in framework()
        if any(one.id == name for _report, facts in taken for one in facts.dimensions)
    ]
    for report in found:
        reports.note_download(session, report, form, by=by)
    return Table(
        tuple(_columns(dimensions, words)),
        tuple(tuple(_row(report, facts, dimensions, words)) for report, facts in taken),
    )


PER_DIMENSION = (
    _("%(area)s: in words"),
    _("%(area)s: result"),
    _("%(area)s: from"),
    _("%(area)s: to"),
    _("%(area)s: exercises"),
    _("%(area)s: provisional"),
    _("%(area)s: why there is no number"),
)


def _columns(dimensions: Sequence[str], words: Translator) -> Iterator[str]:
    for column in (_("Participant"), _("E-mail"), _("Date of the report"), _("Valid until")):
        yield words.gettext(column)
    for name in dimensions:
        area = f"{name} {framework()[name].name[words.language]}"
        for column in PER_DIMENSION:
            yield words.gettext(column, area=area)


def _row(report: Report, facts: ReportFacts, dimensions: Sequence[str], words: Translator) -> Iterator[Cell]:
    yield from (facts.participant, report.enrolment.person.email, facts.signed_on, facts.valid_until_on)
    found = {one.id: one for one in facts.dimensions}
    for name in dimensions:
        yield from _cells(found[name], facts, words) if name in found else [None] * len(PER_DIMENSION)


def _cells(one: DimensionFacts, facts: ReportFacts, words: Translator) -> tuple[Cell, ...]:
    said = wording.result(one, replace(facts, language=words.language), words)
    is_withheld = one.estimate is None or one.low is None or one.high is None
    return (
        None if is_withheld else said,
        None if one.estimate is None else round(one.estimate, 1),
        None if is_withheld or one.low is None else round(one.low, 1),
        None if is_withheld or one.high is None else round(one.high, 1),
        one.n_exercises,
        words.gettext("yes") if "U5" in one.reasons else words.gettext("no"),
        said if is_withheld else None,
    )


def as_csv(table: Table) -> bytes:
    """UTF-8 with a mark that spreadsheets know, points in numbers, ISO days, and no cell that is a formula."""
    target = StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([harmless(column) for column in table.columns])
    for row in table.rows:
        writer.writerow([_as_text(cell) for cell in row])
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    return harmless(cell) if isinstance(cell, str) else str(cell)


def harmless(text: str) -> str:
    """The text with an apostrophe where a spreadsheet would take it for a formula.

    A spreadsheet that splits lines at semicolons, as the Dutch ones do, also begins a cell after each of them.
    """
    text = INNER_CELL.sub(r"\1'", text)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def as_excel(table: Table) -> bytes:
    """An Excel workbook in which every text is a text."""
    import xlsxwriter  # 3 MiB, and few processes ever make one

    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        day, number = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.0"})
        sheet = book.add_worksheet("Klei")
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, max(2, len(table.columns) - 1), 14)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column, head)
        for line, row in enumerate(table.rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell[:LONGEST_CELL])
                elif isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                elif isinstance(cell, float):
                    sheet.write_number(line, place, cell, number)
                elif cell is not None:
                    sheet.write_number(line, place, cell)
    return target.getvalue()


# Reports.


def file_name(facts: ReportFacts, suffix: str) -> str:
    """A file name that every system takes: the participant's name in plain letters and the day."""
    plain = unicodedata.normalize("NFKD", facts.participant).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))[:60]
    return "-".join(filter(None, ("report", words, facts.signed_on.isoformat()))) + f".{suffix}"


def begin_archive(session: Session, centre_id: UUID, *, by: Actor) -> Job:
    """Begin an archive of all released reports of a centre, as a job.

    :raises NothingReleased: when there is none.
    """
    if not reports.released_of(session, centre_id, by=by):
        raise NothingReleased
    return jobs.queue(session, ARCHIVE, {"centre": str(centre_id)}, by=by, centre_id=centre_id)


@jobs.handles(ARCHIVE)
def make_archive(task: Task) -> str:
    """Write the archive; each report is asked for again at the moment it is written."""
    centre_id = UUID(task.payload["centre"])
    made = fonts.ensure(task.settings.data_folder)
    with task.database.reading() as session:
        by = _owner(session, task.owner_id)
        ids = [report.id for report in reports.released_of(session, centre_id, by=by)]
    from assessment.sections import pdf  # ReportLab: as in pages.paper

    target = task.folder / f"{task.id}.zip"
    part = target.with_suffix(".part")
    inside: list[str] = []
    manifest: list[dict[str, object]] = []
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for report_id in ids:
                task.progress(len(inside), len(ids))
                facts = _still_released(task, report_id)
                if facts is None:
                    continue
                name, content = _unused(archive, file_name(facts, "pdf")), pdf.write(facts, made)
                archive.writestr(name, content)
                manifest.append(_entry(name, content, facts))
                inside.append(str(report_id))
            archive.writestr(MANIFEST, _manifest(task, manifest))
        task.progress(len(ids), len(ids))
        with task.database.writing() as session:
            job = session.get_one(Job, task.id)
            job.payload = {**task.payload, "reports": inside}
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.name


def _entry(name: str, content: bytes, facts: ReportFacts) -> dict[str, object]:
    """What the manifest says of one file."""
    return {
        "file": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "participant": facts.participant,
        "edition": facts.number,
        "signed_on": facts.signed_on.isoformat(),
        "valid_until_on": facts.valid_until_on.isoformat(),
        "responsible": facts.responsible,
        "document_sha256": digest(facts.to_document()),
    }


def _manifest(task: Task, files: Sequence[Mapping[str, object]]) -> bytes:
    """What is in the archive, who had it made, and when."""
    with task.database.reading() as session:
        owner = _owner(session, task.owner_id)
    made = {"made_at": clock.now().isoformat(), "made_for": owner.name, "files": list(files)}
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _owner(session: Session, person_id: UUID | None) -> Actor:
    person = session.get(Person, person_id) if person_id else None
    found = people.find_actor(session, person.id, person.login_epoch) if person else None
    if found is None:
        raise errors.NotFound
    return found


def _still_released(task: Task, report_id: UUID) -> ReportFacts | None:
    with task.database.reading() as session:
        try:
            by = _owner(session, task.owner_id)
            return reports.frozen(reports.released_to(session, report_id, by=by, lock=False))
        except errors.NotFound:
            return None


def _unused(archive: zipfile.ZipFile, name: str) -> str:
    """The name, with a number when two people share it."""
    taken = set(archive.namelist())
    stem, suffix = name.rsplit(".", 1)
    numbered = (f"{stem}-{number}.{suffix}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def fetch_archive(session: Session, job_id: UUID, folder: Path, *, by: Actor) -> bytes | None:
    """The finished archive, once, for its owner; every report in it is noted as taken out.

    None when a report in it is no longer released: then the file is gone, and the job is queued again.

    :raises NotFound: when it is not theirs, not finished, or was fetched before.
    """
    job = jobs.get(session, job_id, by=by)
    session.refresh(job, with_for_update=True)
    if job.kind != ARCHIVE or job.state is not JobState.DONE or not job.result:
        raise errors.NotFound
    file = folder / "jobs" / job.result
    wanted = {UUID(one) for one in job.payload.get("reports", ())}
    released = reports.released_of(session, UUID(job.payload["centre"]), by=by, lock=True)
    inside = [report for report in released if report.id in wanted]
    if len(inside) != len(wanted) or not file.is_file():
        file.unlink(missing_ok=True)
        job.result = ""
        if released:
            jobs.again(session, job)
        return None
    content = file.read_bytes()
    file.unlink()
    job.result = ""
    for report in inside:
        reports.note_download(session, report, "archive", by=by)
    return content


def clear(session: Session, folder: Path) -> int:
    """Delete archives that nobody fetched, and what a dead worker left behind. Returns how many files."""
    border = clock.now() - KEPT_FOR
    stale: Iterable[Job] = session.scalars(
        sa.select(Job).where(Job.kind == ARCHIVE, Job.result != "", Job.finished_at < border)
    )
    removed = 0
    for job in stale:
        (folder / "jobs" / job.result).unlink(missing_ok=True)
        job.result = ""
        removed += 1
    return removed
