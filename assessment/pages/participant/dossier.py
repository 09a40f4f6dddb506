"""To be read in one's own time before the start: how a centre goes, and the organisation in which the exercises play."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.pages import frame
from assessment.services import notices
from exercises.dossier import dossier, orientation, plays_there

pages = frame.Pages("dossier", __name__)


@pages.page("/participant/enrolments/<uuid:enrolment_id>/dossier", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    if not any(plays_there(entry.slug) for entry in enrolment.centre.exercises):
        raise errors.NotFound
    return frame.show(
        "participant/dossier.html", enrolment=enrolment, dossier=dossier(frame.words().language)
    )


@pages.page("/participant/enrolments/<uuid:enrolment_id>/orientation", Permission.SIT, endpoint="orientation")
def expect(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show(
        "participant/orientation.html", enrolment=enrolment, orientation=orientation(frame.words().language)
    )
