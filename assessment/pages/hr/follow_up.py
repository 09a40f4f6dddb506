"""What HR knows of what came after the reports: counts per programme, small ones withheld."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame
from assessment.services import follow_ups

pages = frame.Pages("follow_up", __name__)


@pages.page("/hr/follow-up", Permission.READ_RELEASED)
def show() -> ResponseReturnValue:
    return frame.show(
        "hr/follow_up.html",
        figures=follow_ups.figures(frame.session(), by=frame.actor()),
        least=follow_ups.LEAST_GROUP,
        least_cell=follow_ups.LEAST_CELL,
    )
