"""A report as the three roles that read one get it: sections for the page, PDF and JSON to take away."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from assessment import errors, fonts
from assessment.pages import frame
from assessment.sections.blocks import Paper
from assessment.sections.facts import OwnFacts, ReportFacts
from assessment.services import exports


class FontsMissing(errors.KleiError):
    status = 503
    sentence = (
        "The PDF cannot be made yet, because its fonts are not installed. The page itself is complete; please tell the "
        "administrator."
    )


def as_pdf(facts: ReportFacts, own: OwnFacts | None = None) -> ResponseReturnValue:
    """The report as a PDF to take away.

    :raises FontsMissing: while nobody has made the fonts.
    """
    return taken(write(facts, own), "application/pdf", exports.file_name(facts, "pdf"))


def document_as_pdf(document: Paper, file: str) -> ResponseReturnValue:
    """Any other document to take away: a group report, a guide.

    :raises FontsMissing: while nobody has made the fonts.
    """
    from assessment.sections import pdf  # as in write

    return taken(pdf.compose(document, _fonts()), "application/pdf", file)


def as_json(document: str, facts: ReportFacts) -> ResponseReturnValue:
    """The report's data to take away."""
    return taken(document.encode(), "application/json", exports.file_name(facts, "json"))


def write(facts: ReportFacts, own: OwnFacts | None = None) -> bytes:
    """
    :raises FontsMissing: while nobody has made the fonts.
    """
    made = _fonts()
    from assessment.sections import pdf  # ReportLab takes 20 MB, which a process without a PDF need not hold

    return pdf.write(facts, made, own)


def _fonts() -> fonts.Fonts:
    made = fonts.find(frame.settings().data_folder)
    if made is None:
        raise FontsMissing
    return made


def taken(content: bytes, kind: str, file: str) -> ResponseReturnValue:
    """A file to take away."""
    answer = send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=file)
    answer.headers["Cache-Control"] = "no-store"  # what was blocked must not come back from a cache
    return answer
