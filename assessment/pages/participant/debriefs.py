"""After the report: conversations and the guided session, complaints, and whom to turn to."""

from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.debrief import DebriefForm, DebriefKind, DebriefState
from assessment.pages import frame, guided
from assessment.services import calendars, complaints, contacts, copies, debriefs, notices

pages = frame.Pages("participant_debriefs", __name__, url_prefix="/participant")

KINDS = {
    DebriefKind.REPORT: _("Conversation about your report"),
    DebriefKind.ANSWERS: _("Guided look at your raw data"),
}
FORMS = {
    DebriefForm.VIDEO: _("video call"),
    DebriefForm.TELEPHONE: _("telephone"),
    DebriefForm.ROOM: _("in a room"),
}
STATES = {
    DebriefState.ASKED: _("waits for a time"),
    DebriefState.BOOKED: _("booked"),
    DebriefState.HELD: _("held"),
    DebriefState.ENDED: _("no longer wanted"),
}
TAKEN = {
    "page": _("opened the page"),
    "pdf": _("took the PDF"),
    "scores_csv": _("took the scores"),
    "scores_xlsx": _("took the scores"),
    "archive": _("took all reports"),
}
"""How somebody looked at a report; what is not here is called by its own name."""


@pages.page("/enrolments/<uuid:enrolment_id>/after", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    enrolment = notices.get(session, enrolment_id, by=who)
    return frame.show(
        "participant/after.html",
        enrolment=enrolment,
        found=debriefs.of_enrolment(session, enrolment_id, by=who),
        complaints=complaints.of_enrolment(session, enrolment_id, by=who),
        openings=copies.openings(session, enrolment),
        contacts=contacts.of_centre(session, enrolment.centre),
        kinds=KINDS,
        states=STATES,
        taken=TAKEN,
    )


@pages.page("/enrolments/<uuid:enrolment_id>/debriefs", Permission.SIT, methods=("POST",))
def ask(enrolment_id: UUID) -> ResponseReturnValue:
    kind = request.form.get("kind", "")
    if kind not in set(DebriefKind):
        raise errors.NotFound
    try:
        made = debriefs.ask(frame.session(), enrolment_id, DebriefKind(kind), by=frame.actor())
    except debriefs.NoReportYet as error:
        frame.say_error(error)
        return frame.go(".show", enrolment_id=enrolment_id)
    return frame.go(".details", debrief_id=made.id)


@pages.page("/debriefs/<uuid:debrief_id>", Permission.SIT)
def details(debrief_id: UUID) -> ResponseReturnValue:
    found = debriefs.own(frame.session(), debrief_id, by=frame.actor())
    return frame.show(
        "participant/debrief.html",
        debrief=found,
        times=debriefs.free_times(frame.session(), found) if found.state in debriefs.RUNNING else (),
        is_open=debriefs.is_open(found),
        kinds=KINDS,
        forms=FORMS,
        states=STATES,
    )


@pages.page("/debriefs/<uuid:debrief_id>/book", Permission.SIT, methods=("POST",))
def book(debrief_id: UUID) -> ResponseReturnValue:
    debriefs.own(frame.session(), debrief_id, by=frame.actor())
    try:
        time_id = UUID(request.form.get("time", ""))
    except ValueError:
        frame.say(_("Choose a time first."), "error")
        return frame.go(".details", debrief_id=debrief_id)
    debriefs.book(frame.session(), debrief_id, time_id, base_url=frame.settings().base_url, by=frame.actor())
    frame.say(_("Your time is booked. Both of you get a mail."))
    return frame.go(".details", debrief_id=debrief_id)


@pages.page("/debriefs/<uuid:debrief_id>/give-back", Permission.SIT, methods=("POST",))
def give_back(debrief_id: UUID) -> ResponseReturnValue:
    debriefs.give_back(frame.session(), debrief_id, base_url=frame.settings().base_url, by=frame.actor())
    frame.say(_("Your time was given back. Choose another one that suits you."))
    return frame.go(".details", debrief_id=debrief_id)


@pages.page("/debriefs/<uuid:debrief_id>/end", Permission.SIT, methods=("POST",))
def end(debrief_id: UUID) -> ResponseReturnValue:
    debriefs.end(frame.session(), debrief_id, by=frame.actor())
    return frame.go(".details", debrief_id=debrief_id)


@pages.page("/debriefs/<uuid:debrief_id>/notes", Permission.SIT, methods=("POST",))
def agree(debrief_id: UUID) -> ResponseReturnValue:
    is_agreed = request.form.get("answer") == "agree"
    debriefs.agree(frame.session(), debrief_id, is_agreed=is_agreed, by=frame.actor())
    frame.say(
        _("Agreed. The notes stay as they are.")
        if is_agreed
        else _("The notes were removed. Nothing of them is kept.")
    )
    return frame.go(".details", debrief_id=debrief_id)


@pages.page("/debriefs/<uuid:debrief_id>/calendar.ics", Permission.SIT)
def calendar(debrief_id: UUID) -> ResponseReturnValue:
    found = debriefs.own(frame.session(), debrief_id, by=frame.actor())
    if found.time is None:
        raise errors.NotFound
    words = frame.words()
    return as_calendar(
        calendars.appointment(
            calendars.Appointment(
                found.id,
                found.time.starts_at,
                found.time.ends_at,
                words.gettext(KINDS[found.kind]),
                " · ".join(
                    filter(
                        None, (found.time.host.name, words.gettext(FORMS[found.time.form]), found.time.place)
                    )
                ),
                found.edition,
            ),
            link=frame.settings().base_url + url_for(".details", debrief_id=debrief_id),
        )
    )


def as_calendar(content: bytes) -> ResponseReturnValue:
    """A file for the reader's calendar."""
    answer = make_response(content)
    answer.headers["Content-Type"] = calendars.MEDIA_TYPE
    answer.headers["Content-Disposition"] = 'attachment; filename="klei.ics"'
    return answer


@pages.page("/debriefs/<uuid:debrief_id>/session", Permission.SIT)
def session(debrief_id: UUID) -> ResponseReturnValue:
    """The guided session's material, around its booked time alone (N5)."""
    return guided.page(debriefs.own(frame.session(), debrief_id, by=frame.actor()))


# Complaints.


@pages.page("/enrolments/<uuid:enrolment_id>/complaints", Permission.SIT, methods=("GET", "POST"))
def complain(enrolment_id: UUID) -> ResponseReturnValue:
    who = frame.actor()
    enrolment = notices.get(frame.session(), enrolment_id, by=who)
    written, wrong = request.form.get("text", ""), ""
    if request.method == "POST":
        try:
            made = complaints.file(
                frame.session(), enrolment_id, written, base_url=frame.settings().base_url, by=who
            )
        except errors.Invalid as error:
            wrong = frame.words().sentence(error)
        else:
            frame.say(
                _("Your complaint was filed. You hear within five working days that somebody looks at it.")
            )
            return frame.go(".complaint", complaint_id=made.id)
    return frame.show(
        "participant/complain.html",
        422 if wrong else 200,
        enrolment=enrolment,
        contacts=contacts.of_centre(frame.session(), enrolment.centre),
        written=written,
        wrong=wrong,
    )


@pages.page("/complaints/<uuid:complaint_id>", Permission.SIT)
def complaint(complaint_id: UUID) -> ResponseReturnValue:
    found = complaints.own(frame.session(), complaint_id, by=frame.actor())
    return frame.show("participant/complaint.html", complaint=found)


@pages.page("/complaints/<uuid:complaint_id>/add", Permission.SIT, methods=("POST",))
def add_to_complaint(complaint_id: UUID) -> ResponseReturnValue:
    complaints.add(frame.session(), complaint_id, request.form.get("text", ""), by=frame.actor())
    return frame.go(".complaint", complaint_id=complaint_id)


@pages.page("/complaints/<uuid:complaint_id>/settle", Permission.SIT, methods=("POST",))
def settle_complaint(complaint_id: UUID) -> ResponseReturnValue:
    complaints.settle(frame.session(), complaint_id, by=frame.actor())
    frame.say(_("Your complaint is closed."))
    return frame.go(".complaint", complaint_id=complaint_id)
