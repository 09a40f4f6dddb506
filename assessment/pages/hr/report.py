"""A released report as HR reads it: the same sections that the participant saw before deciding."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame, paper
from assessment.sections import shelf
from assessment.services import reports

pages = frame.Pages("hr_report", __name__)


@pages.page("/hr/reports/<uuid:report_id>", Permission.READ_RELEASED)
def show(report_id: UUID) -> ResponseReturnValue:
    report = reports.released_to(frame.session(), report_id, by=frame.actor(), lock=False)
    facts = reports.frozen(report)
    return frame.show("hr/report.html", report=report, facts=facts, sections=shelf.sections(facts))


@pages.page("/hr/reports/<uuid:report_id>.pdf", Permission.READ_RELEASED, methods=("POST",))
def pdf(report_id: UUID) -> ResponseReturnValue:
    """Take a report out; it is written down who did, and when."""
    report = reports.released_to(frame.session(), report_id, by=frame.actor())
    answer = paper.as_pdf(reports.frozen(report))
    reports.note_download(frame.session(), report, "pdf", by=frame.actor())
    return answer
