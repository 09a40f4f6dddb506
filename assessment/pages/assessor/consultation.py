"""A consultation: the three see each other's reasons, without names, and each stays or revises once."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.pages import frame
from assessment.services import consultations

pages = frame.Pages("consultation", __name__, url_prefix="/assessor/consultations/<uuid:consultation_id>")


@pages.page("", Permission.RATE)
def show(consultation_id: UUID) -> ResponseReturnValue:
    return _page(consultation_id)


@pages.page("", Permission.RATE, methods=("POST",))
def answer(consultation_id: UUID) -> ResponseReturnValue:
    session, form = frame.session(), request.form
    try:
        talk = consultations.look(session, consultation_id, by=frame.actor())
        wanted = {
            one: (int(level) if level.isdecimal() and len(level) == 1 else 0, _passage(one))
            for one in talk.dimensions
            if (level := form.get(f"level-{one}", ""))
        }
        levels = wanted if form.get("then") == "revise" else {}
        if form.get("then") == "revise" and not levels:
            raise consultations.RevisionUnclear
        consultations.answer(session, consultation_id, levels, form.get("reason", ""), by=frame.actor())
    except (errors.Invalid, errors.NotAllowedNow) as error:
        session.rollback()
        return _page(consultation_id, error)
    frame.say("Your answer is recorded. Now you see what the others answered.")
    return frame.go(".show", consultation_id=consultation_id)


def _page(consultation_id: UUID, error: errors.KleiError | None = None) -> ResponseReturnValue:
    return frame.show(
        "assessor/consultation.html",
        200 if error is None else error.status,
        talk=consultations.look(frame.session(), consultation_id, by=frame.actor()),
        error=error,
        form=request.form,
    )


def _passage(dimension: str) -> UUID | None:
    try:
        return UUID(request.form.get(f"passage-{dimension}", ""))
    except ValueError:
        return None
