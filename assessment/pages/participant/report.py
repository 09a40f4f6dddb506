"""The participant's report: read before anybody else, commented on, corrected, released or kept (N2 to N5)."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.enrolment import EnrolmentState
from assessment.models.report import CommentKind, Report, ReportState
from assessment.pages import frame, paper
from assessment.sections import shelf
from assessment.services import reports

pages = frame.Pages("participant_report", __name__)


@pages.page("/participant/reports/<uuid:report_id>", Permission.SIT)
def show(report_id: UUID) -> ResponseReturnValue:
    return _page(reports.own(frame.session(), report_id, by=frame.actor()))


def _page(
    report: Report, error: errors.KleiError | None = None, written: str = "", kind: str = "comment"
) -> ResponseReturnValue:
    facts = reports.frozen(report)
    is_withdrawn = report.enrolment.state is EnrolmentState.WITHDRAWN
    return frame.show(
        "participant/report.html",
        200 if error is None else error.status,
        report=report,
        state=report.state.value,
        centre=report.enrolment.centre,
        facts=facts,
        sections=shelf.sections(facts),
        is_withdrawn=is_withdrawn,
        is_decidable=report.state is not ReportState.SUPERSEDED and not is_withdrawn,
        error=error,
        written=written,
        kind=kind,
    )


@pages.page("/participant/reports/<uuid:report_id>/report.pdf", Permission.SIT)
def pdf(report_id: UUID) -> ResponseReturnValue:
    return paper.as_pdf(reports.frozen(reports.own(frame.session(), report_id, by=frame.actor())))


@pages.page("/participant/reports/<uuid:report_id>/report.json", Permission.SIT)
def copy(report_id: UUID) -> ResponseReturnValue:
    report = reports.own(frame.session(), report_id, by=frame.actor())
    return paper.as_json(reports.document_json(report), reports.frozen(report))


@pages.page("/participant/reports/<uuid:report_id>/remarks", Permission.SIT, methods=("POST",))
def remark(report_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    kind, written = request.form.get("kind", "comment"), request.form.get("text", "")
    if kind not in list(CommentKind):
        kind = CommentKind.COMMENT.value
    try:
        reports.remark(
            session,
            report_id,
            CommentKind(kind),
            written,
            by=who,
            base_url=frame.settings().base_url,
        )
    except reports.RemarkEmpty as error:
        return _page(reports.own(session, report_id, by=who), error, written, kind)
    frame.say("Sent. The assessor who answers for this report reads it and replies; you get a mail.")
    return frame.go(".show", report_id=report_id, _anchor="remarks")


@pages.page("/participant/reports/<uuid:report_id>/release", Permission.SIT, methods=("POST",))
def release(report_id: UUID) -> ResponseReturnValue:
    reports.release(frame.session(), report_id, by=frame.actor())
    frame.say("Released. HR can read this report from now on.")
    return frame.go(".show", report_id=report_id)


@pages.page("/participant/reports/<uuid:report_id>/block", Permission.SIT, methods=("POST",))
def block(report_id: UUID) -> ResponseReturnValue:
    reports.block(frame.session(), report_id, by=frame.actor())
    frame.say("This report is not released. HR sees “blocked”, and no reason.")
    return frame.go(".show", report_id=report_id)
