"""A released report as HR reads it: the same sections that the participant saw before deciding."""

from uuid import UUID

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import translator
from assessment.models.report import Report
from assessment.pages import frame, paper
from assessment.sections import reassessment, shelf
from assessment.services import readinesses, reassessments, reports, texts

pages = frame.Pages("hr_report", __name__)


@pages.page("/hr/reports/<uuid:report_id>", Permission.READ_RELEASED)
def show(report_id: UUID) -> ResponseReturnValue:
    report = reports.released_to(frame.session(), report_id, by=frame.actor(), lock=False)
    if not reports.was_opened(frame.session(), report, by=frame.actor()):
        return frame.show("hr/report_door.html", report=report)
    return _page(report)


def _page(
    report: Report, error: errors.KleiError | None = None, words: str = "", reason: str = ""
) -> ResponseReturnValue:
    session, who, facts = frame.session(), frame.actor(), reports.frozen(report)
    found = reassessments.for_hr(session, report, by=who)
    return frame.show(
        "hr/report.html",
        200 if error is None else error.status,
        report=report,
        facts=facts,
        sections=shelf.sections(facts),
        since_then=[reassessment.make(found, facts, translator(facts.language))] if found else [],
        readiness=readinesses.of_enrolments(session, [report.enrolment_id]).get(report.enrolment_id, []),
        error=error,
        words=words,
        reason=reason,
    )


@pages.page("/hr/reports/<uuid:report_id>/readiness", Permission.READ_RELEASED, methods=("POST",))
def write_readiness(report_id: UUID) -> ResponseReturnValue:
    """Write what somebody is ready for; refused when the release was taken back while the page stood open."""
    session, who = frame.session(), frame.actor()
    words, reason = request.form.get("words", ""), request.form.get("reason", "")
    try:
        readinesses.write(session, report_id, words, reason, by=who, base_url=frame.settings().base_url)
    except (readinesses.ReadinessIncomplete, texts.TextTooLong) as error:
        session.rollback()
        return _page(reports.released_to(session, report_id, by=who, lock=False), error, words, reason)
    frame.say("Written. The participant reads the same words and got a mail.")
    return frame.go(".show", report_id=report_id)


@pages.page("/hr/reports/<uuid:report_id>/open", Permission.READ_RELEASED, methods=("POST",))
def enter(report_id: UUID) -> ResponseReturnValue:
    """Open a report on the page. It is written down like a download: the participant sees who did, and when."""
    report = reports.released_to(frame.session(), report_id, by=frame.actor())
    reports.note_download(frame.session(), report, reports.PAGE, by=frame.actor())
    return frame.go(".show", report_id=report_id)


@pages.page("/hr/reports/<uuid:report_id>/state", Permission.READ_RELEASED)
def state(report_id: UUID) -> ResponseReturnValue:
    """Whether it may still be read, for the page that has it open."""
    reports.released_to(frame.session(), report_id, by=frame.actor(), lock=False)
    return jsonify(is_readable=True)


@pages.page("/hr/reports/<uuid:report_id>.pdf", Permission.READ_RELEASED, methods=("POST",))
def pdf(report_id: UUID) -> ResponseReturnValue:
    """Take a report out; it is written down who did, and when."""
    report = reports.released_to(frame.session(), report_id, by=frame.actor())
    answer = paper.as_pdf(reports.frozen(report))
    reports.note_download(frame.session(), report, "pdf", by=frame.actor())
    return answer
