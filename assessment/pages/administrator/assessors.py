"""The assessors of a centre: joining, the plan of their time, the deal of sittings, the pool, calibrations."""

from datetime import date, timedelta
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import DateField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired

from assessment import clock, errors
from assessment.access import Permission
from assessment.models.centre import Centre, CentreState
from assessment.pages import fields, frame
from assessment.services import assignments, calibrations, centres, people, pools, replacements, workloads
from assessment.services.workloads import Plan

pages = frame.Pages("assessors", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/assessors")


class JoinForm(fields.Form):
    email = fields.email()
    name = fields.text("Name, for somebody new", is_required=False, autocomplete="off")


class NotANumber(errors.Invalid):
    sentence = "Give a number, such as 7.5."


class NoReason(errors.Invalid):
    sentence = "Write why somebody gets more than the plan holds."


class PlanForm(fields.Form):
    """The plan; a field of minutes for each exercise comes before these."""

    hours = fields.text("Hours that each assessor has here", longest=8, inputmode="decimal")
    most_open = IntegerField("Sittings that one assessor has at once, at most", validators=[InputRequired()])


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


@pages.page("/plan", Permission.ADMINISTER, methods=("POST",))
def plan(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = _plan_form(centre)
    if fields.attempt(form, lambda: _plan(centre, form)):
        frame.say("The plan holds from now on. Nothing that was assigned is moved.")
        return frame.go("assessors.show", centre_id=centre_id)
    return _page(centre, JoinForm(), None, 422, plan_form=form)


def _plan(centre: Centre, form: PlanForm) -> None:
    session = frame.session()
    known = workloads.plan_of(session, centre).minutes
    minutes = {exercise: form[exercise].data or 0 for exercise in known}
    made = Plan(minutes, _hours(form.hours.data), form.most_open.data or 0)
    workloads.set_plan(session, centre, made, by=frame.actor())


def _hours(text: str | None) -> float:
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        raise NotANumber(field="hours") from None


def _plan_form(centre: Centre) -> PlanForm:
    """The form of the plan, with the minutes of each exercise that people rate."""
    words = frame.words()
    now = workloads.plan_of(frame.session(), centre)
    titles = {one.id: one.title(words.language) for one in centres.exercises_of(frame.session(), centre)}
    minutes = {one: IntegerField(one, validators=[InputRequired()]) for one in now.minutes}
    made: type[PlanForm] = type("PlanOfCentre", (PlanForm,), minutes)
    form: PlanForm = fields.posted(
        made,
        hours=words.number(now.hours or workloads.USUAL_HOURS),
        most_open=now.most_open or workloads.USUAL_MOST_OPEN,
        **now.minutes,
    )
    for one in now.minutes:
        form[one].label.text = f"{one} {titles.get(one, '')}"
    return form


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
    """Deal what is missing: two assessors for each, or one and the second to the pool, or all of it to the pool."""
    centre, how = found(centre_id), request.form.get("how", "two")
    session, who = frame.session(), frame.actor()
    if how == "pool":
        fields.act(
            lambda: pools.leave(session, centre, by=who), "What was missing is left to whoever is free."
        )
    elif how == "one":
        fields.act(
            lambda: _one_and_pool(centre), "Each has one assessor; the second is left to whoever is free."
        )
    else:
        fields.act(lambda: assignments.assign(session, centre, by=who), "The sittings are assigned.")
    return frame.go("assessors.show", centre_id=centre_id)


def _one_and_pool(centre: Centre) -> None:
    session, who = frame.session(), frame.actor()
    assignments.assign(session, centre, each=1, by=who)
    session.flush()  # so that only what nobody has is left
    pools.leave(session, centre, by=who)


@pages.page("/assign-more", Permission.ADMINISTER, methods=("POST",))
def assign_more(centre_id: UUID) -> ResponseReturnValue:
    """Deal what is missing beyond the plan, with a reason (M16)."""
    centre, reason = found(centre_id), request.form.get("reason", "").strip()

    def over() -> None:
        if not reason:
            raise NoReason
        assignments.assign(frame.session(), centre, over_because=reason, by=frame.actor())

    fields.act(over, "The sittings are assigned. Who has more than the plan holds is marked below.")
    return frame.go("assessors.show", centre_id=centre_id)


@pages.page("/pool/take-back", Permission.ADMINISTER, methods=("POST",))
def take_back(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: pools.take_back(frame.session(), centre, by=frame.actor()),
        "What nobody has reserved was taken out of the pool. Assign it now.",
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
    centre: Centre,
    join_form: JoinForm,
    calibration_form: CalibrationForm | None,
    status: int = 200,
    *,
    plan_form: PlanForm | None = None,
) -> ResponseReturnValue:
    session = frame.session()
    loads = assignments.loads(session, centre)
    plan = workloads.plan_of(session, centre)
    shortest = min(plan.minutes.values(), default=0)
    today = clock.now().date()
    form = calibration_form or _calibration_form(centre)
    is_draft = centre.state is CentreState.DRAFT
    return frame.show(
        "administrator/assessors.html",
        status,
        centre=centre,
        loads=loads,
        plan=plan,
        need=workloads.need(session, centre),
        has_full=any(not load.work.has_room(plan, shortest) for load in loads if not load.is_away),
        plan_form=plan_form or _plan_form(centre),
        ready=calibrations.ready(session, centre.id, on=today),
        is_draft=is_draft,
        replaced=replacements.list_for(session, centre),
        coverage=None if is_draft else assignments.coverage(session, centre),
        calibrations=calibrations.list_for(session, centre),
        today=today,
        join_form=join_form,
        form=form,
    )


def _a_year_on(day: date) -> date:
    return day + timedelta(days=365)
