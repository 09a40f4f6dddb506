"""The files that wait for this assessor."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.language import marked as _
from assessment.pages import frame
from assessment.services import waiting
from assessment.services.waiting import Matter

pages = frame.Pages("assessor_waiting", __name__)

MATTERS = {
    Matter.WRITE: _("report to be written"),
    Matter.DECIDE: _("report with the participant"),
    Matter.ANSWER: _("remark to be answered"),
    Matter.HOLD: _("conversation booked"),
}


@pages.page("/assessor/waiting/", Permission.RATE)
def show() -> ResponseReturnValue:
    found = waiting.for_assessor(frame.session(), by=frame.actor())
    return frame.show("assessor/waiting.html", found=found, matters=MATTERS)
