"""A report as the three roles that read one get it: sections for the page, PDF and JSON to take away."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from assessment import errors, fonts
from assessment.pages import frame
from assessment.sections.facts import ReportFacts
from assessment.services import exports


class FontsMissing(errors.KleiError):
    status = 503
    sentence = (
        "The PDF cannot be made yet, because its fonts are not installed. The page itself is complete; please tell the "
        "administrator."
    )


def as_pdf(facts: ReportFacts) -> ResponseReturnValue:
    """The report as a PDF to take away.

    :raises FontsMissing: while nobody has made the fonts.
    """
    return taken(write(facts), "application/pdf", exports.file_name(facts, "pdf"))


def as_json(document: str, facts: ReportFacts) -> ResponseReturnValue:
    """The report's data to take away."""
    return taken(document.encode(), "application/json", exports.file_name(facts, "json"))


def write(facts: ReportFacts) -> bytes:
    """
    :raises FontsMissing: while nobody has made the fonts.
    """
    made = fonts.find(frame.settings().data_folder)
    if made is None:
        raise FontsMissing
    from assessment.sections import pdf  # ReportLab takes 20 MB, which a process without a PDF need not hold

    return pdf.write(facts, made)


def taken(content: bytes, kind: str, file: str) -> ResponseReturnValue:
    """A file to take away."""
    answer = send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=file)
    answer.headers["Cache-Control"] = "no-store"  # what was blocked must not come back from a cache
    return answer
