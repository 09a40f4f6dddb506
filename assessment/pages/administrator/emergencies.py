"""An emergency file of a participant: looked at beside what is stored, then put in with a reason."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.services import centres, emergencies
from assessment.services.emergencies import File

pages = frame.Pages("emergencies", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/emergencies")


class ReasonForm(fields.Form):
    reason = fields.text("Reason: what happened, and how the file reached you", longest=500)


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id))


@pages.page("/", Permission.ADMINISTER, methods=("POST",))
def look(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    uploaded = request.files.get("file")
    try:
        text = uploaded.read(emergencies.LARGEST + 1).decode("utf-8") if uploaded else ""
    except UnicodeDecodeError:
        text = ""
    return _seen(centre, text)


@pages.page("/take-in", Permission.ADMINISTER, methods=("POST",))
def take_in(centre_id: UUID) -> ResponseReturnValue:
    centre, text, form = found(centre_id), request.form.get("content", ""), fields.posted(ReasonForm)
    if not form.validate():
        return _seen(centre, text, form=form, status=422)
    try:
        file, number = emergencies.take_in(
            frame.session(),
            centre,
            text,
            form.reason.data or "",
            frame.arrived_at(),
            secret=frame.settings().secret_key,
            language=frame.words().language,
            by=frame.actor(),
        )
    except (errors.Invalid, errors.NotAllowedNow) as error:
        frame.session().rollback()
        return _page(centre, error.status, refused=frame.words().sentence(error))
    frame.say(
        "Put in: %(number)s. It is kept as evidence beside what counts; accepting it is a decision of its own.",
        number=number,
    )
    return frame.go("timelines.show", centre_id=centre.id, sitting_id=file.sitting.id)


def _seen(
    centre: Centre, text: str, *, form: ReasonForm | None = None, status: int = 200
) -> ResponseReturnValue:
    try:
        file = emergencies.look(
            frame.session(),
            centre,
            text,
            secret=frame.settings().secret_key,
            language=frame.words().language,
        )
    except errors.Invalid as error:
        return _page(centre, error.status, refused=frame.words().sentence(error))
    return _page(centre, status, file=file, text=text, form=form or ReasonForm(formdata=None))


def _page(
    centre: Centre,
    status: int = 200,
    *,
    file: File | None = None,
    text: str = "",
    form: ReasonForm | None = None,
    refused: str = "",
) -> ResponseReturnValue:
    return frame.show(
        "administrator/emergencies.html",
        status,
        centre=centre,
        file=file,
        text=text,
        form=form,
        refused=refused,
    )
