"""The evidence page of a centre for HR, after its last rating: no assessor is told apart."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import findings, frame
from assessment.sections.evidence.chapters import Reader
from assessment.services import evidence
from assessment.services.evidence import Look

pages = frame.Pages("hr_evidence", __name__)
AT = "/hr/centres/<uuid:centre_id>/evidence/"


def _look(centre_id: UUID) -> Look:
    return evidence.for_hr(frame.session(), centre_id, by=frame.actor())


@pages.page(AT, Permission.READ_RELEASED)
def show(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    return findings.show("hr/centre_evidence.html", look, findings.sections_of(look, Reader.HR))


@pages.page(AT, Permission.READ_RELEASED, methods=("POST",))
def begin(centre_id: UUID) -> ResponseReturnValue:
    evidence.begin(frame.session(), _look(centre_id), by=frame.actor())
    return frame.go(".show", centre_id=centre_id)


@pages.page(f"{AT}state", Permission.READ_RELEASED)
def state(centre_id: UUID) -> ResponseReturnValue:
    return findings.state(_look(centre_id))


@pages.page(f"{AT}evidence.pdf", Permission.READ_RELEASED, methods=("POST",))
def pdf(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    return findings.as_pdf(look, findings.sections_of(look, Reader.HR))
