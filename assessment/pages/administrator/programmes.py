"""Programmes: make one, change it, add a centre to it, close it."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from assessment import errors
from assessment.access import Permission
from assessment.models.person import RoleName
from assessment.models.programme import Purpose
from assessment.pages import fields, frame
from assessment.services import agenda, centres, programmes

pages = frame.Pages("programmes", __name__, url_prefix="/administrator/programmes")

PURPOSES = {Purpose.DEVELOPMENT.value: "Development", Purpose.SELECTION.value: "Selection"}


class ProgrammeForm(fields.Form):
    name = fields.text("Name")
    purpose = SelectField("Purpose", choices=fields.choices(PURPOSES))
    strategic_question = fields.paragraph("Strategic question", longest=2000, rows=3)


class CentreForm(fields.Form):
    centre_name = fields.text("Name of the centre")


@pages.page("/new", Permission.ADMINISTER, methods=("GET", "POST"))
def add() -> ResponseReturnValue:
    who = frame.actor()
    if who.programmes(RoleName.ADMINISTRATOR) is not None:
        raise errors.NotFound
    form = fields.posted(ProgrammeForm)
    if request.method == "POST" and form.validate():
        made = programmes.add(
            frame.session(),
            name=form.name.data,
            purpose=Purpose(form.purpose.data),
            strategic_question=form.strategic_question.data or "",
            by=who,
        )
        frame.say("The programme was made. Now add a centre to it.")
        return frame.go("programmes.show", programme_id=made.id)
    return frame.show("administrator/programme_new.html", 422 if form.errors else 200, form=form)


@pages.page("/<uuid:programme_id>", Permission.ADMINISTER, methods=("GET", "POST"))
def show(programme_id: UUID) -> ResponseReturnValue:
    programme = programmes.get(frame.session(), programme_id, by=frame.actor())
    form = fields.posted(
        ProgrammeForm,
        name=programme.name,
        purpose=programme.purpose.value,
        strategic_question=programme.strategic_question,
    )
    if request.method == "POST" and fields.attempt(
        form,
        lambda: programmes.change(
            frame.session(),
            programme,
            name=form.name.data,
            purpose=Purpose(form.purpose.data),
            strategic_question=form.strategic_question.data or "",
            by=frame.actor(),
        ),
    ):
        frame.say("The programme was changed.")
        return frame.go("programmes.show", programme_id=programme_id)
    return frame.show(
        "administrator/programme.html",
        422 if form.errors else 200,
        programme=programme,
        form=form,
        centre_form=CentreForm(),
        tallies=agenda.tallies(frame.session(), [centre.id for centre in programme.centres]),
    )


@pages.page("/<uuid:programme_id>/centres", Permission.ADMINISTER, methods=("POST",))
def add_centre(programme_id: UUID) -> ResponseReturnValue:
    programme = programmes.get(frame.session(), programme_id, by=frame.actor())
    form = CentreForm(request.form)
    if not form.validate():
        frame.say("Give the centre a name.", "error")
        return frame.go("programmes.show", programme_id=programme_id)
    made = centres.add(frame.session(), programme, name=form.centre_name.data or "", by=frame.actor())
    frame.say("The centre was made as a draft. This list says what it still needs.")
    return frame.go("centres.show", centre_id=made.id)


@pages.page("/<uuid:programme_id>/close", Permission.ADMINISTER, methods=("POST",))
def close(programme_id: UUID) -> ResponseReturnValue:
    programme = programmes.get(frame.session(), programme_id, by=frame.actor())
    fields.act(
        lambda: programmes.close(frame.session(), programme, by=frame.actor()), "The programme is closed."
    )
    return frame.go("programmes.show", programme_id=programme_id)
