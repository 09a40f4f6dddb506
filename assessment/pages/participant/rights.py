"""One's own data: to read and to take along (G1, G3), a statement beside them (G2), and their erasure (G9)."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.pages import frame, paper
from assessment.pages.login import forget
from assessment.services import complaints, copies, erasures, keepings, notices

pages = frame.Pages("rights", __name__, url_prefix="/participant")


@pages.page("/enrolments/<uuid:enrolment_id>/data", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    return _page(enrolment_id)


def _page(enrolment_id: UUID, written: str = "", wrong: str = "") -> ResponseReturnValue:
    session = frame.session()
    enrolment = notices.get(session, enrolment_id, by=frame.actor())
    return frame.show(
        "participant/data.html",
        422 if wrong else 200,
        enrolment=enrolment,
        statements=copies.statements(session, enrolment),
        periods=keepings.periods(session, enrolment.centre),
        complaint_runs=complaints.runs(session, enrolment.id),
        written=written,
        wrong=wrong,
    )


@pages.page("/enrolments/<uuid:enrolment_id>/data/all.json", Permission.SIT)
def everything(enrolment_id: UUID) -> ResponseReturnValue:
    found = copies.access(frame.session(), enrolment_id, by=frame.actor())
    return paper.taken(copies.as_json(found).encode(), "application/json", "klei-access.json")


@pages.page("/enrolments/<uuid:enrolment_id>/data/supplied.json", Permission.SIT)
def supplied(enrolment_id: UUID) -> ResponseReturnValue:
    found = copies.supplied(frame.session(), enrolment_id, by=frame.actor())
    return paper.taken(copies.as_json(found).encode(), "application/json", "klei-supplied.json")


@pages.page("/enrolments/<uuid:enrolment_id>/data/read", Permission.SIT)
def read(enrolment_id: UUID) -> ResponseReturnValue:
    """Everything, to read on a page (G1)."""
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    found = copies.access(frame.session(), enrolment_id, by=frame.actor())
    return frame.show("participant/data_read.html", enrolment=enrolment, found=found)


@pages.page("/enrolments/<uuid:enrolment_id>/data/statements", Permission.SIT, methods=("POST",))
def state(enrolment_id: UUID) -> ResponseReturnValue:
    written = request.form.get("text", "")
    try:
        copies.state(frame.session(), enrolment_id, written, by=frame.actor())
    except errors.Invalid as error:
        return _page(enrolment_id, written, frame.words().sentence(error))
    frame.say(_("Your statement stands in your file."))
    return frame.go(".show", enrolment_id=enrolment_id)


@pages.page("/enrolments/<uuid:enrolment_id>/data/erase", Permission.SIT, methods=("POST",))
def erase(enrolment_id: UUID) -> ResponseReturnValue:
    who = frame.actor()
    notices.get(frame.session(), enrolment_id, by=who)
    if request.form.get("sure") != "yes":
        frame.say(_("Nothing was erased: say first that you are sure."), "error")
        return frame.go(".show", enrolment_id=enrolment_id)
    erasures.erase(frame.session(), enrolment_id, is_asked=True, by=who)
    forget()
    frame.say(_("Everything about you in this centre was erased. You are logged out."))
    return frame.go("home.show")
