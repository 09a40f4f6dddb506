"""The assessors of a centre: joining, the deal of sittings, calibrations."""

from datetime import date, timedelta
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import DateField, SelectField
from wtforms.validators import DataRequired

from assessment import clock
from assessment.access import Permission
from assessment.models.centre import Centre, CentreState
from assessment.pages import fields, frame
from assessment.services import assignments, calibrations, centres, people

pages = frame.Pages("assessors", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/assessors")


class JoinForm(fields.Form):
    email = fields.email()
    name = fields.text("Name, for somebody new", is_required=False, autocomplete="off")


class CalibrationForm(fields.Form):
    assessor = SelectField("Assessor", choices=[])
    exercise = SelectField("Exercise", choices=[])
    valid_until_on = DateField("Valid until", validators=[DataRequired()])
    reason = fields.text("Where and how it was passed", longest=500)


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    return _page(centre, JoinForm(), None)


@pages.page("/join", Permission.ADMINISTER, methods=("POST",))
def join(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = JoinForm(request.form)
    if fields.attempt(form, lambda: _join(centre, form)):
        return frame.go("assessors.show", centre_id=centre_id)
    return _page(centre, form, None, 422)


def _join(centre: Centre, form: JoinForm) -> None:
    session, who = frame.session(), frame.actor()
    email = people.checked_email(form.email.data or "")
    person = people.find(session, email)
    if person is None:
        entry = people.Entry(email, form.name.data or "", frame.words().language, centre.time_zone)
        person = people.add(session, entry, by=who)
        people.welcome(session, person, base_url=frame.settings().base_url)
    assignments.join(session, centre, person, by=who)
    frame.say("%(name)s is an assessor of this centre now.", name=person.name)


@pages.page("/<uuid:person_id>/leave", Permission.ADMINISTER, methods=("POST",))
def leave(centre_id: UUID, person_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: assignments.leave(frame.session(), centre, person_id, by=frame.actor()),
        "The assessor has left. What was assigned to them has to be assigned again.",
    )
    return frame.go("assessors.show", centre_id=centre_id)


@pages.page("/assign", Permission.ADMINISTER, methods=("POST",))
def assign(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: assignments.assign(frame.session(), centre, by=frame.actor()), "The sittings are assigned."
    )
    return frame.go("assessors.show", centre_id=centre_id)


@pages.page("/calibrations", Permission.ADMINISTER, methods=("POST",))
def calibrate(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = _calibration_form(centre)
    if fields.attempt(form, lambda: _calibrate(centre, form)):
        frame.say("The calibration was recorded.")
        return frame.go("assessors.show", centre_id=centre_id)
    return _page(centre, JoinForm(), form, 422)


def _calibrate(centre: Centre, form: CalibrationForm) -> None:
    assert form.valid_until_on.data
    calibrations.record(
        frame.session(),
        centre,
        UUID(form.assessor.data),
        exercise=form.exercise.data or None,
        valid_until_on=form.valid_until_on.data,
        reason=form.reason.data or "",
        by=frame.actor(),
    )


@pages.page("/calibrations/<uuid:calibration_id>/withdraw", Permission.ADMINISTER, methods=("POST",))
def withdraw(centre_id: UUID, calibration_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: calibrations.withdraw(frame.session(), centre, calibration_id, by=frame.actor()),
        "The calibration was withdrawn.",
    )
    return frame.go("assessors.show", centre_id=centre_id)


def _calibration_form(centre: Centre) -> CalibrationForm:
    seated = assignments.loads(frame.session(), centre)
    form: CalibrationForm = fields.posted(CalibrationForm, valid_until_on=_a_year_on(clock.now().date()))
    form.assessor.choices = fields.choices({str(load.person.id): load.person.name for load in seated})
    form.exercise.choices = fields.choices(
        {
            "": frame.words().gettext("All of this centre"),
            **{
                exercise.id: f"{exercise.id} {exercise.title(frame.words().language)}"
                for exercise in centres.exercises_of(frame.session(), centre)
                if exercise.is_simulation
            },
        }
    )
    return form


def _page(
    centre: Centre, join_form: JoinForm, calibration_form: CalibrationForm | None, status: int = 200
) -> ResponseReturnValue:
    session = frame.session()
    today = clock.now().date()
    form = calibration_form or _calibration_form(centre)
    is_draft = centre.state is CentreState.DRAFT
    return frame.show(
        "administrator/assessors.html",
        status,
        centre=centre,
        loads=assignments.loads(session, centre),
        ready=calibrations.ready(session, centre.id, on=today),
        coverage=None if is_draft else assignments.coverage(session, centre),
        calibrations=calibrations.list_for(session, centre),
        today=today,
        join_form=join_form,
        form=form,
    )


def _a_year_on(day: date) -> date:
    return day + timedelta(days=365)
