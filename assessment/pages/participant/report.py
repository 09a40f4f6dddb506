"""The participant's report: read before anybody else, commented on, corrected, released or kept (N2 to N5)."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import translator
from assessment.models.enrolment import EnrolmentState
from assessment.models.own_view import Moment
from assessment.models.plan import ActionState
from assessment.models.report import CommentKind, Report, ReportState
from assessment.pages import frame, paper
from assessment.sections import reassessment, shelf
from assessment.sections.blocks import Section
from assessment.sections.facts import OwnFacts, OwnLines, PlanDay, PlannedAction, ReportFacts
from assessment.services import (
    plans,
    private_lines,
    readinesses,
    reassessments,
    reports,
    self_ratings,
    versions,
)

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
        sections=shelf.sections(facts, _own(report, facts.language)),
        since_then=_since_then(report, facts),
        readiness=readinesses.of_enrolments(frame.session(), [report.enrolment_id]).get(
            report.enrolment_id, []
        ),
        plan_id=plans.begun(frame.session(), [report.enrolment_id]).get(report.enrolment_id),
        is_withdrawn=is_withdrawn,
        is_decidable=report.state is not ReportState.SUPERSEDED and not is_withdrawn,
        error=error,
        written=written,
        kind=kind,
    )


@pages.page("/participant/reports/<uuid:report_id>/report.pdf", Permission.SIT)
def pdf(report_id: UUID) -> ResponseReturnValue:
    """The participant's own copy, with the parts that nobody else gets."""
    report = reports.own(frame.session(), report_id, by=frame.actor())
    facts = reports.frozen(report)
    return paper.as_pdf(facts, _own(report, facts.language))


@pages.page("/participant/reports/<uuid:report_id>/edition-for-hr.pdf", Permission.SIT)
def edition_for_hr(report_id: UUID) -> ResponseReturnValue:
    """What HR gets or would get, to the word."""
    return paper.as_pdf(reports.frozen(reports.own(frame.session(), report_id, by=frame.actor())))


def _since_then(report: Report, facts: ReportFacts) -> list[Section]:
    """What can be said about the difference to an earlier centre, if there was one."""
    found = reassessments.of_participant(frame.session(), report, by=frame.actor())
    return [reassessment.make(found, facts, translator(facts.language))] if found else []


def _own(report: Report, language: str) -> OwnFacts:
    """What is the participant's own beside the report, read now and frozen nowhere."""
    session, enrolment = frame.session(), report.enrolment
    kept = self_ratings.of_enrolment(session, enrolment)
    plan = plans.of_enrolment(session, enrolment)
    return OwnFacts(
        kept[Moment.BEFORE],
        kept[Moment.AFTER],
        tuple(
            OwnLines(versions.get(session, version).title(language), lines.stays, lines.next_time)
            for version, lines in private_lines.of_enrolment(session, enrolment)
        ),
        tuple(
            PlannedAction(one.text, one.if_text, one.then_text, one.sign, one.state is ActionState.DONE)
            for one in plans.standing(plan)
        )
        if plan
        else (),
        tuple(PlanDay(one.day, one.due_on, one.done_at is not None) for one in plan.check_ins)
        if plan
        else (),
    )


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
