"""The evidence page of a centre for its assessors, after its last rating: the own effects, and nobody else's."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import findings, frame
from assessment.sections.evidence.chapters import Reader
from assessment.services import evidence
from assessment.services.evidence import Look

pages = frame.Pages("assessor_evidence", __name__)
AT = "/assessor/centres/<uuid:centre_id>/evidence/"


def _look(centre_id: UUID) -> Look:
    return evidence.for_assessor(frame.session(), centre_id, by=frame.actor())


@pages.page(AT, Permission.RATE)
def show(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    return findings.show("assessor/centre_evidence.html", look, findings.sections_of(look, Reader.ASSESSOR))


@pages.page(AT, Permission.RATE, methods=("POST",))
def begin(centre_id: UUID) -> ResponseReturnValue:
    evidence.begin(frame.session(), _look(centre_id), by=frame.actor())
    return frame.go(".show", centre_id=centre_id)


@pages.page(f"{AT}state", Permission.RATE)
def state(centre_id: UUID) -> ResponseReturnValue:
    return findings.state(_look(centre_id))
