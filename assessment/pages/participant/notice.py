"""Before the start: the notice, the policy page, an adjustment and the device check."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.pages import frame
from assessment.services import notices

pages = frame.Pages("notice", __name__)


@pages.page("/participant/enrolments/<uuid:enrolment_id>/notice", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    return _show(enrolment_id)


def _show(
    enrolment_id: UUID, *, request_error: str = "", written: str = "", status: int = 200
) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show(
        "participant/notice.html",
        status,
        enrolment=enrolment,
        centre=enrolment.centre,
        sentences=notices.text(enrolment.centre, frame.words()),
        policy=notices.policy(frame.session(), enrolment.centre, frame.words().language),
        request_error=request_error,
        written=written or enrolment.adjustment_request,
    )


@pages.page("/participant/enrolments/<uuid:enrolment_id>/notice/accept", Permission.SIT, methods=("POST",))
def accept(enrolment_id: UUID) -> ResponseReturnValue:
    notices.get(frame.session(), enrolment_id, by=frame.actor())
    if not request.form.get("accepts"):
        frame.say("Tick the box if you have read the notice and agree to take part.", "error")
        return frame.go(".show", enrolment_id=enrolment_id)
    notices.accept(frame.session(), enrolment_id, frame.words(), by=frame.actor())
    frame.say("Thank you. You have accepted the notice; you can read it again at any time.")
    return frame.go("participant_home.show")


@pages.page("/participant/enrolments/<uuid:enrolment_id>/adjustment", Permission.SIT, methods=("POST",))
def request_adjustment(enrolment_id: UUID) -> ResponseReturnValue:
    written = request.form.get("words", "")
    try:
        notices.request_adjustment(frame.session(), enrolment_id, written, by=frame.actor())
    except (notices.RequestUnclear, notices.RequestTooLate, notices.NotActive) as error:
        return _show(
            enrolment_id, request_error=frame.words().sentence(error), written=written, status=error.status
        )
    frame.say("Your request was sent to the administrator. You can see the answer here.")
    return frame.go(".show", enrolment_id=enrolment_id)


@pages.page("/participant/enrolments/<uuid:enrolment_id>/policy", Permission.SIT)
def policy(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    found = notices.policy(frame.session(), enrolment.centre, frame.words().language)
    if found is None:
        raise errors.NotFound
    return frame.show("participant/policy.html", enrolment=enrolment, centre=enrolment.centre, policy=found)


@pages.page("/participant/enrolments/<uuid:enrolment_id>/device", Permission.SIT)
def device(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show("participant/device.html", enrolment=enrolment)


@pages.page(
    "/participant/enrolments/<uuid:enrolment_id>/device",
    Permission.SIT,
    methods=("POST",),
    endpoint="device_done",
)
def device_done(enrolment_id: UUID) -> ResponseReturnValue:
    notices.device_checked(frame.session(), enrolment_id, request.form.get("report", ""), by=frame.actor())
    return frame.go("participant_home.show")
