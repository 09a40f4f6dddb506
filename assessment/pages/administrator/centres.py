"""One centre: what it still needs, its setup, exercises, weights and policy page; opening and closing."""

import contextlib
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from assessment import errors
from assessment.access import Permission
from assessment.models.centre import Centre, CentreState
from assessment.pages import fields, frame
from assessment.services import agenda, centres, policies, shelf
from assessment.services.policies import PolicyText
from exercises.content import LANGUAGES
from exercises.rubric import clusters, framework, job_analysis

pages = frame.Pages("centres", __name__, url_prefix="/administrator/centres/<uuid:centre_id>")

JOB_ANALYSIS = ("job_analysis_who", "job_analysis_when", "job_analysis_how")


class SetupForm(fields.Form):
    name = fields.text("Name")
    time_zone = fields.text("Time zone", autocomplete="off")
    first_start_at = fields.MomentField("First start")
    latest_start_at = fields.MomentField("Latest start")
    latest_end_at = fields.MomentField("Latest end")
    job_analysis_who = fields.text(
        "Who analysed the job", is_required=False, is_needed_to_open=True, longest=500
    )
    job_analysis_when = fields.text("When", is_required=False, is_needed_to_open=True, longest=500)
    job_analysis_how = fields.paragraph("How", longest=2000, rows=3, is_needed_to_open=True)
    may_be_blocked = BooleanField("Participants may keep their report from HR")
    report_valid_months = IntegerField(
        "A report is valid for (months)", validators=[InputRequired(), NumberRange(12, 60)]
    )


class PolicyForm(fields.Form):
    purpose = fields.paragraph("Purpose, and what is recorded", rows=6, is_needed_to_open=True)
    readers = fields.paragraph("Who sees what", rows=6, is_needed_to_open=True)
    keeping = fields.paragraph("How long it is kept", rows=5, is_needed_to_open=True)
    deciding = fields.paragraph("How results come about", rows=6, is_needed_to_open=True)
    reassessment = fields.paragraph("Re-assessment", rows=4, is_needed_to_open=True)


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    is_draft = centre.state is CentreState.DRAFT
    return frame.show(
        "administrator/centre.html",
        centre=centre,
        problems=centres.shortcomings(frame.session(), centre) if is_draft else [],
        tally=agenda.tallies(frame.session(), [centre.id])[centre.id],
        here=centres.exercises_of(frame.session(), centre),
    )


@pages.page("/setup", Permission.ADMINISTER, methods=("GET", "POST"))
def setup(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    now = centres.setup_of(centre)
    form = fields.posted(
        SetupForm,
        **{
            name: getattr(now, name)
            for name in centres.Setup.__dataclass_fields__
            if not name.endswith("_at")
        },
        **{name: fields.local(getattr(now, name), centre.time_zone) for name in centres.WINDOW},
    )
    if centre.state is not CentreState.DRAFT:
        for name in (*JOB_ANALYSIS, "may_be_blocked", "report_valid_months"):
            del form[name]
    if request.method == "POST" and fields.attempt(form, lambda: _change(centre, form)):
        frame.say("The setup was changed.")
        return frame.go("centres.show", centre_id=centre_id)
    return frame.show(
        "administrator/centre_setup.html",
        422 if form.errors else 200,
        centre=centre,
        form=form,
        job_analysis=job_analysis(),
        dimensions=framework().values(),
    )


def _change(centre: Centre, form: SetupForm) -> None:
    values = {field.short_name: field.data for field in form if field.short_name not in centres.WINDOW}
    moments = {name: fields.instant_of(form[name], form.time_zone.data or "") for name in centres.WINDOW}
    centres.change(frame.session(), centre, centres.setup_of(centre, **values, **moments), by=frame.actor())


@pages.page("/exercises", Permission.ADMINISTER, methods=("GET", "POST"))
def exercises(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    if request.method == "POST":
        offered = [exercise.slug for exercise in shelf.offered(frame.session())]
        places: dict[str, int] = {}
        for slug in offered:
            with contextlib.suppress(ValueError):
                places[slug] = int(request.form.get(f"place-{slug}", ""))
        chosen = sorted(places, key=lambda slug: (places[slug], offered.index(slug)))
        fields.act(
            lambda: centres.set_exercises(frame.session(), centre, chosen, by=frame.actor()),
            "The exercises were changed.",
        )
        return frame.go("centres.exercises", centre_id=centre_id)
    return frame.show(
        "administrator/centre_exercises.html",
        centre=centre,
        offered=shelf.offered(frame.session()),
        places={entry.slug: entry.position for entry in centre.exercises},
        here=centres.exercises_of(frame.session(), centre),
        matrix=centres.matrix(frame.session(), centre),
        clusters=clusters(),
    )


@pages.page("/weights", Permission.ADMINISTER, methods=("POST",))
def weights(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: centres.set_weights(frame.session(), centre, _weights(), by=frame.actor()),
        "The weights were changed.",
    )
    return frame.go("centres.exercises", centre_id=centre_id)


@pages.page("/weights/suggested", Permission.ADMINISTER, methods=("POST",))
def use_suggested_weights(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: centres.use_suggested_weights(frame.session(), centre, by=frame.actor()),
        "The suggested weights are in place.",
    )
    return frame.go("centres.exercises", centre_id=centre_id)


def _weights() -> dict[tuple[str, str], float]:
    """The shares of the form's percentages, in fields such as ``weight-L1-E3``."""
    found: dict[tuple[str, str], float] = {}
    for name, value in request.form.items():
        prefix, _, rest = name.partition("-")
        dimension, _, exercise = rest.partition("-")
        if prefix != "weight" or not exercise or not value.strip():
            continue
        try:
            percent = float(value.replace(",", ".").replace("%", ""))
        except ValueError:
            raise centres.NotAWeight(dimension=dimension[:10], exercise=exercise[:10]) from None
        found[dimension, exercise] = round(percent / 100, 6)
    return found


@pages.page("/policy/<text_language>", Permission.ADMINISTER, methods=("GET", "POST"))
def policy(centre_id: UUID, text_language: str) -> ResponseReturnValue:
    if text_language not in LANGUAGES:
        raise errors.NotFound
    centre = found(centre_id)
    stored = next((entry for entry in centre.policies if entry.language == text_language), None)
    wants_suggestion = "suggested" in request.args or stored is None
    source = policies.suggested(centre, text_language) if wants_suggestion else stored
    form = fields.posted(PolicyForm, **{part: getattr(source, part) for part in policies.PARTS})
    for part in policies.PARTS:
        form[part].render_kw = {**form[part].render_kw, "lang": text_language}
    if request.method == "POST" and fields.attempt(
        form,
        lambda: centres.set_policy(
            frame.session(),
            centre,
            text_language,
            PolicyText(**{part: form[part].data or "" for part in policies.PARTS}),
            by=frame.actor(),
        ),
    ):
        frame.say("The policy page was saved.")
        left = centres.missing_policies(centre)
        if left:
            return frame.go("centres.policy", centre_id=centre_id, text_language=left[0])
        return frame.go("centres.show", centre_id=centre_id)
    return frame.show(
        "administrator/centre_policy.html",
        422 if form.errors else 200,
        centre=centre,
        form=form,
        stored=stored,
        text_language=text_language,
        text_languages=LANGUAGES,
        is_suggestion=wants_suggestion and request.method == "GET",
    )


@pages.page("/open", Permission.ADMINISTER, methods=("POST",), endpoint="open")
def open_centre(centre_id: UUID) -> ResponseReturnValue:
    fields.act(
        lambda: centres.open(frame.session(), centre_id, by=frame.actor()),
        "The centre is open. Its exercises, weights and texts are frozen.",
    )
    return frame.go("centres.show", centre_id=centre_id)


@pages.page("/close", Permission.ADMINISTER, methods=("POST",))
def close(centre_id: UUID) -> ResponseReturnValue:
    fields.act(
        lambda: centres.close(frame.session(), centre_id, by=frame.actor()),
        "The centre is closed. What was started goes on to its end, and so does rating.",
    )
    return frame.go("centres.show", centre_id=centre_id)
