"""Every file that waits for somebody, and the complaints among them."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.complaint import Complaint
from assessment.pages import frame
from assessment.services import complaints, waiting
from assessment.services.waiting import Matter

pages = frame.Pages("waiting", __name__, url_prefix="/administrator")

MATTERS = {
    Matter.WRITE: _("report to be written"),
    Matter.DECIDE: _("report with the participant"),
    Matter.ANSWER: _("remark to be answered"),
    Matter.BOOK: _("conversation asked for"),
    Matter.HOLD: _("conversation booked"),
    Matter.COMPLAINT: _("complaint to be dealt with"),
    Matter.SETTLE: _("complaint answered"),
}


@pages.page("/waiting/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    found = waiting.for_administrator(frame.session(), by=frame.actor())
    return frame.show("administrator/waiting.html", found=found, matters=MATTERS)


@pages.page("/complaints/<uuid:complaint_id>", Permission.ADMINISTER)
def complaint(complaint_id: UUID) -> ResponseReturnValue:
    return _page(complaints.get(frame.session(), complaint_id, by=frame.actor()))


def _page(found: Complaint, written: str = "", wrong: str = "") -> ResponseReturnValue:
    return frame.show(
        "administrator/complaint.html",
        422 if wrong else 200,
        complaint=found,
        centre=found.enrolment.centre,
        written=written,
        wrong=wrong,
    )


@pages.page("/complaints/<uuid:complaint_id>/take-up", Permission.ADMINISTER, methods=("POST",))
def take_up(complaint_id: UUID) -> ResponseReturnValue:
    complaints.take_up(frame.session(), complaint_id, base_url=frame.settings().base_url, by=frame.actor())
    return frame.go(".complaint", complaint_id=complaint_id)


@pages.page("/complaints/<uuid:complaint_id>/answer", Permission.ADMINISTER, methods=("POST",))
def answer(complaint_id: UUID) -> ResponseReturnValue:
    written = request.form.get("text", "")
    try:
        complaints.answer(
            frame.session(), complaint_id, written, base_url=frame.settings().base_url, by=frame.actor()
        )
    except errors.Invalid as error:
        found = complaints.get(frame.session(), complaint_id, by=frame.actor())
        return _page(found, written, frame.words().sentence(error))
    frame.say(_("Answered. The participant gets a mail."))
    return frame.go(".complaint", complaint_id=complaint_id)


@pages.page("/complaints/<uuid:complaint_id>/close", Permission.ADMINISTER, methods=("POST",))
def close(complaint_id: UUID) -> ResponseReturnValue:
    complaints.close(frame.session(), complaint_id, by=frame.actor())
    return frame.go(".complaint", complaint_id=complaint_id)
