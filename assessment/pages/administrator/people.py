"""People: who there is, adding somebody, and which roles they hold where."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from assessment import errors
from assessment.access import Permission
from assessment.models.person import Person, RoleName
from assessment.pages import fields, frame
from assessment.services import people, programmes

pages = frame.Pages("people", __name__, url_prefix="/administrator/people")

GIVEN = {
    RoleName.ASSESSOR.value: "Assessor",
    RoleName.HR.value: "HR",
    RoleName.ADMINISTRATOR.value: "Administrator",
}


class PersonForm(fields.Form):
    email = fields.email()
    name = fields.text("Name", autocomplete="off")
    language = SelectField("Language", choices=fields.languages())
    time_zone = fields.text("Time zone", autocomplete="off")


class RoleForm(fields.Form):
    role = SelectField("Role", choices=fields.choices(GIVEN))
    programme = SelectField("Where", choices=[])


@pages.page("/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    wanted = request.args.get("role", "")
    everybody = people.list_for(frame.session(), by=frame.actor())
    words = request.args.get("q", "").casefold().split()
    rows = [
        person
        for person in everybody
        if (not wanted or any(role.role == wanted for role in person.roles))
        and all(word in f"{person.name} {person.email}".casefold() for word in words)
    ]
    return frame.show("administrator/people.html", rows=rows, total=len(everybody), wanted=wanted)


@pages.page("/new", Permission.ADMINISTER, methods=("GET", "POST"))
def add() -> ResponseReturnValue:
    form = fields.posted(PersonForm, language=frame.words().language, time_zone=frame.actor().time_zone)
    role_form = _role_form()
    if (
        request.method == "POST"
        and role_form.validate()
        and fields.attempt(form, lambda: _add(form, role_form))
    ):
        frame.say("%(name)s was added, and a mail with a link is on its way.", name=form.name.data)
        return frame.go("people.show")
    failed = bool(form.errors or role_form.errors)
    return frame.show("administrator/person_new.html", 422 if failed else 200, form=form, role_form=role_form)


def _add(form: PersonForm, role_form: RoleForm) -> None:
    entry = people.Entry(
        form.email.data or "", form.name.data or "", form.language.data, form.time_zone.data or ""
    )
    person = people.add(frame.session(), entry, by=frame.actor())
    _give(person, role_form)
    people.welcome(frame.session(), person, base_url=frame.settings().base_url)


@pages.page("/<uuid:person_id>", Permission.ADMINISTER)
def details(person_id: UUID) -> ResponseReturnValue:
    return _details(people.get_for(frame.session(), person_id, by=frame.actor()), _role_form())


@pages.page("/<uuid:person_id>/roles", Permission.ADMINISTER, methods=("POST",))
def give_role(person_id: UUID) -> ResponseReturnValue:
    person = people.get_for(frame.session(), person_id, by=frame.actor())
    form = _role_form()
    if fields.attempt(form, lambda: _give(person, form)):
        frame.say("The role was given.")
        return frame.go("people.details", person_id=person_id)
    return _details(person, form, 422)


@pages.page("/<uuid:person_id>/roles/<uuid:role_id>/take", Permission.ADMINISTER, methods=("POST",))
def take_role(person_id: UUID, role_id: UUID) -> ResponseReturnValue:
    person = people.get_for(frame.session(), person_id, by=frame.actor())
    role = next((role for role in person.roles if role.id == role_id), None)
    if role is None or role.role is RoleName.PARTICIPANT or role.centre_id:
        # Those of one centre are ended on that centre's own pages.
        raise errors.NotFound
    _check_place(role.programme_id)
    fields.act(
        lambda: people.take_role(frame.session(), role_id, by=frame.actor()), "The role was taken away."
    )
    return frame.go("people.details", person_id=person_id)


@pages.page("/<uuid:person_id>/link", Permission.ADMINISTER, methods=("POST",))
def send_link(person_id: UUID) -> ResponseReturnValue:
    person = people.get_for(frame.session(), person_id, by=frame.actor())
    people.welcome(frame.session(), person, base_url=frame.settings().base_url)
    frame.say("A mail with a new link is on its way.")
    return frame.go("people.details", person_id=person_id)


def _role_form() -> RoleForm:
    form: RoleForm = fields.posted(RoleForm)
    mine = programmes.list_for(frame.session(), by=frame.actor())
    everywhere = {"": frame.words().gettext("Everywhere (administrators only)")}
    is_limited = frame.actor().programmes(RoleName.ADMINISTRATOR) is not None
    form.programme.choices = fields.choices(
        {**({} if is_limited else everywhere), **{str(programme.id): programme.name for programme in mine}}
    )
    return form


def _give(person: Person, form: RoleForm) -> None:
    role = RoleName(form.role.data)
    programme_id = UUID(form.programme.data) if form.programme.data else None
    _check_place(programme_id)
    if programme_id is None and role is not RoleName.ADMINISTRATOR:
        raise NoPlace(field="programme")
    people.give_role(frame.session(), person, role, programme_id=programme_id, by=frame.actor())


class NoPlace(errors.Invalid):
    sentence = "Choose the programme in which this role holds."


def _check_place(programme_id: UUID | None) -> None:
    """A programme of the administrator's own; everywhere is for those who administer everything."""
    if programme_id:
        programmes.get(frame.session(), programme_id, by=frame.actor())
    elif frame.actor().programmes(RoleName.ADMINISTRATOR) is not None:
        raise errors.NotFound


def _details(person: Person, form: RoleForm, status: int = 200) -> ResponseReturnValue:
    return frame.show(
        "administrator/person.html",
        status,
        person=person,
        form=form,
        places=people.places(frame.session(), person),
    )
