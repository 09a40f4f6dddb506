"""HR's home: who is where in every centre, without results, and what was released (N2, N3)."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.language import marked as _
from assessment.pages import frame
from assessment.services import evidence, reports
from assessment.services.reports import Stand

pages = frame.Pages("hr_home", __name__)

STANDS = {
    Stand.NOT_STARTED: _("not started"),
    Stand.WORKING: _("at work"),
    Stand.FINISHED: _("finished, being rated"),
    Stand.WITH_PARTICIPANT: _("with the participant"),
    Stand.RELEASED: _("released"),
    Stand.BLOCKED: _("blocked"),
    Stand.WITHDRAWN: _("withdrawn"),
}


@pages.page("/hr/", Permission.READ_RELEASED)
def show() -> ResponseReturnValue:
    standings = reports.standings(frame.session(), by=frame.actor())
    return frame.show(
        "hr/home.html",
        standings=standings,
        stands=STANDS,
        rated=evidence.complete_among(frame.session(), [one.centre for one in standings]),
    )
