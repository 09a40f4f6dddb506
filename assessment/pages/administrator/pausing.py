"""A whole centre stands still and goes on; and what was decided about a long outage."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import fields, frame
from assessment.pages.administrator import board
from assessment.pages.administrator.board import found
from assessment.services import boards, ledger, outages, pauses

pages = frame.Pages("pausing", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/board")


class ReasonForm(fields.Form):
    reason = fields.text("Reason", longest=ledger.LONGEST_REASON, autocomplete="off")


@pages.page("/pause", Permission.ADMINISTER, methods=("GET", "POST"))
def pause(centre_id: UUID) -> ResponseReturnValue:
    """Pause everything that runs, for a fire alarm or a failing network; the reason is needed."""
    centre, form = found(centre_id), fields.posted(ReasonForm)
    if request.method == "POST" and fields.attempt(
        form,
        lambda: pauses.pause_centre(frame.session(), centre, form.reason.data or "", by=frame.actor()),
    ):
        frame.say("The centre is paused. Nobody can read or write until it goes on.", "warning")
        return frame.go("board.show", centre_id=centre_id)
    return frame.show(
        "administrator/pause.html",
        422 if form.errors else 200,
        centre=centre,
        form=form,
        running=boards.running_count(frame.session(), centre),
    )


@pages.page("/resume", Permission.ADMINISTER, methods=("POST",))
def resume(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: pauses.resume_centre(frame.session(), centre, by=frame.actor()),
        "The centre goes on. Everybody got the time of the pause back.",
    )
    return frame.go("board.show", centre_id=centre_id)


@pages.page("/outages/<uuid:outage_id>", Permission.ADMINISTER, methods=("POST",))
def decide(centre_id: UUID, outage_id: UUID) -> ResponseReturnValue:
    """Note what was decided about an outage that took more than is given back by itself."""
    centre, form = found(centre_id), ReasonForm(request.form)
    if fields.attempt(
        form,
        lambda: outages.answer(frame.session(), centre, outage_id, form.reason.data or "", by=frame.actor()),
    ):
        frame.say("The decision was noted.")
        return frame.go("board.show", centre_id=centre_id)
    return board.page(centre, 422, deciding=(outage_id, form))
