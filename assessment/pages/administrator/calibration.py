"""Calibration of a centre: who stands where, what a test asks, drift, and benchmarks made from sealed sittings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.benchmark import BenchmarkSet
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.centre import Centre
from assessment.models.person import Person
from assessment.pages import fields, frame
from assessment.services import calibrations, centres, panels, rechecks, standards
from assessment.services.panels import Agreed
from assessment.services.rechecks import Drift
from assessment.services.standards import Asked
from charts.course import course
from charts.marks import Chart
from exercises.content import Exercise
from exercises.rubric import framework

pages = frame.Pages("calibration", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/calibration")

SETS = {"training": _("for training"), "test": _("for tests"), "recheck": _("for re-checks")}


class StandardForm(fields.Form):
    exact = IntegerField("Least on a level that the panel accepts, in %", validators=[InputRequired()])
    within_one = IntegerField("Least at most one level from it, in %", validators=[InputRequired()])
    bias = fields.text("Largest mean difference, in levels", longest=8)
    dimension_bias = fields.text("The same for one dimension", longest=8)
    benchmarks = IntegerField(
        "Answers in a test (more where they would hold fewer than six ratings)", validators=[InputRequired()]
    )
    valid_days = IntegerField("Days that a passed test is valid", validators=[InputRequired()])
    recheck_every = IntegerField("One re-check in so many sittings (0: none)", validators=[InputRequired()])
    reason = fields.text("Why this is asked", longest=500)


class MakeForm(fields.Form):
    title = fields.text("Title, without names", longest=200)
    words = fields.text("Further words to blacken, with commas between", longest=1000, is_required=False)
    basis = fields.paragraph(
        "Why it may be used: what the participant agreed to, and where",
        longest=1000,
        rows=3,
        is_required=True,
    )
    panel = SelectMultipleField(
        "Panel", choices=[], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    is_read = BooleanField("I have read the text through, and nobody can be recognised in it")


class NotANumber(errors.Invalid):
    sentence = "Give a number, such as 0.5."


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id))


@pages.page("/standard", Permission.ADMINISTER, methods=("POST",))
def set_standard(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = StandardForm(request.form)
    if fields.attempt(form, lambda: _set(centre, form)):
        frame.say("From now on this is asked. Tests that have ended keep what was asked then.")
        return frame.go(".show", centre_id=centre_id)
    return _page(centre, form, 422)


def _set(centre: Centre, form: StandardForm) -> None:
    asked = Asked(
        (form.exact.data or 0) / 100,
        (form.within_one.data or 0) / 100,
        _decimal(form.bias.data, "bias"),
        _decimal(form.dimension_bias.data, "dimension_bias"),
        form.benchmarks.data or 0,
        form.valid_days.data or 0,
        form.recheck_every.data or 0,
    )
    standards.set_to(frame.session(), centre, asked, form.reason.data or "", by=frame.actor())


def _decimal(text: str | None, name: str) -> float:
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        raise NotANumber(field=name) from None


def _page(centre: Centre, form: StandardForm | None = None, status: int = 200) -> ResponseReturnValue:
    session, words = frame.session(), frame.words()
    asked = standards.of(session, centre.id)
    form = form or StandardForm(
        data={
            "exact": round(100 * asked.exact),
            "within_one": round(100 * asked.within_one),
            "bias": words.number(asked.bias),
            "dimension_bias": words.number(asked.dimension_bias),
            "benchmarks": asked.benchmarks,
            "valid_days": asked.valid_days,
            "recheck_every": asked.recheck_every,
        }
    )
    rated = [one for one in centres.exercises_of(session, centre) if one.rated]
    drifts = rechecks.drift_of_centre(session, centre)
    return frame.show(
        "administrator/calibration.html",
        status,
        centre=centre,
        form=form,
        newest=standards.newest(session, centre.id),
        rated=rated,
        standing=_standing(drifts, rated, calibrations.list_for(session, centre)),
        drifts=drifts,
        course_of=course_of,
        panels=panels.list_for(session, centre),
        sources=[] if centre.is_copy else panels.sources(session, centre),
        sets=SETS,
    )


def course_of(person: Person, drift: Drift) -> Chart:
    """The control chart of an assessor: each benchmark, the running average, and its usual range."""
    words = frame.words()
    steps = drift.course
    return course(
        [step.difference for step in steps],
        [step.average for step in steps],
        [step.limit for step in steps],
        target=0.0,
        names=(
            words.gettext("One benchmark"),
            words.gettext("Running average"),
            words.gettext("Its usual range"),
        ),
        ends=(words.day(steps[0].on), words.day(steps[-1].on)),
        title=words.gettext("%(name)s over time", name=person.name),
        description=words.gettext(
            "Differences from the panels in %(n)s benchmarks, from %(first)s to %(last)s. The running average now stands at %(average)s; its usual range reaches from %(low)s to %(high)s.",
            n=len(steps),
            first=words.day(steps[0].on),
            last=words.day(steps[-1].on),
            average=words.number(steps[-1].average, 2),
            low=words.number(-steps[-1].limit, 2),
            high=words.number(steps[-1].limit, 2),
        ),
    )


def _standing(
    people: Sequence[tuple[Person, Drift]], rated: Sequence[Exercise], held: Sequence[Calibration]
) -> list[tuple[Person, list[tuple[str, Calibration | None]]]]:
    """For each assessor and rated exercise how it stands, and the calibration that says so."""
    today = clock.now().date()
    table = []
    for person, _drift in people:
        cells: list[tuple[str, Calibration | None]] = []
        for exercise in rated:
            theirs = [
                one for one in held if one.assessor_id == person.id and one.exercise in (None, exercise.id)
            ]
            valid = [
                one
                for one in theirs
                if one.state is CalibrationState.PASSED
                and not one.withdrawn_at
                and one.valid_until_on >= today
            ]
            newest = max(valid, key=lambda one: one.valid_until_on) if valid else next(iter(theirs), None)
            state = "passed" if valid else newest.state.value if newest else "none"
            cells.append(("lapsed" if state == "passed" and not valid else state, newest))
        table.append((person, cells))
    return table


# Benchmarks made here.


@pages.page("/benchmarks/from/<uuid:sitting_id>", Permission.ADMINISTER)
def compose(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    return _composing(found(centre_id), sitting_id, MakeForm(request.args))


@pages.page("/benchmarks/from/<uuid:sitting_id>", Permission.ADMINISTER, methods=("POST",))
def make(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = MakeForm(request.form)
    able = panels.may_be_on_it(frame.session(), centre, sitting_id)
    form.panel.choices = fields.choices({str(one.id): one.name for one in able})
    if "look" not in request.form and fields.attempt(form, lambda: _make(centre, sitting_id, form)):
        frame.say("The panel has it now. Each rates without seeing the others.")
        return frame.go(".show", centre_id=centre_id)
    return _composing(centre, sitting_id, form, 422 if form.errors else 200)


def _make(centre: Centre, sitting_id: UUID, form: MakeForm) -> None:
    panels.make(
        frame.session(),
        centre,
        sitting_id,
        title=form.title.data or "",
        basis=form.basis.data or "",
        words=_listed(form),
        panel=[UUID(one) for one in form.panel.data or ()],
        is_read=bool(form.is_read.data),
        by=frame.actor(),
    )


def _listed(form: MakeForm) -> list[str]:
    return [word.strip() for word in (form.words.data or "").split(",") if word.strip()]


def _composing(centre: Centre, sitting_id: UUID, form: MakeForm, status: int = 200) -> ResponseReturnValue:
    session = frame.session()
    able = panels.may_be_on_it(session, centre, sitting_id)
    form.panel.choices = fields.choices({str(one.id): one.name for one in able})
    source = next(one for one in panels.sources(session, centre) if one.sitting_id == sitting_id)
    return frame.show(
        "administrator/benchmark_new.html",
        status,
        centre=centre,
        form=form,
        source=source,
        is_possible=len(able) >= panels.LEAST_PANEL,
        blocks=panels.preview(session, centre, sitting_id, _listed(form), frame.words().language),
    )


@pages.page("/benchmarks/<uuid:benchmark_id>", Permission.ADMINISTER)
def panel(centre_id: UUID, benchmark_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    return _panel_page(centre, benchmark_id)


def _panel_page(
    centre: Centre, benchmark_id: UUID, error: errors.KleiError | None = None, status: int = 200
) -> ResponseReturnValue:
    found_panel = panels.get(frame.session(), centre, benchmark_id)
    assert found_panel.exercise.rubric
    return frame.show(
        "administrator/benchmark.html",
        status,
        centre=centre,
        panel=found_panel,
        error=error,
        given=request.form,
        sets=SETS,
        names={name: framework()[name].name[frame.words().language] for name in found_panel.exercise.rated},
    )


@pages.page("/benchmarks/<uuid:benchmark_id>/agree", Permission.ADMINISTER, methods=("POST",))
def agree(centre_id: UUID, benchmark_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    session, form = frame.session(), request.form
    exercise = panels.get(session, centre, benchmark_id).exercise
    into = form.get("set", "")
    try:
        if into not in SETS:
            raise errors.NotFound
        panels.agree(
            session,
            centre,
            benchmark_id,
            BenchmarkSet(into),
            {name: _agreed(form, name) for name in exercise.rated},
            form.get("invites", ""),
            by=frame.actor(),
        )
    except (errors.Invalid, errors.NotAllowedNow) as error:
        session.rollback()
        return _panel_page(found(centre_id), benchmark_id, error, error.status)
    frame.say("The benchmark is agreed, and in its set.")
    return frame.go(".show", centre_id=centre_id)


def _agreed(form: Any, name: str) -> Agreed:
    def level(part: str) -> int:
        value = form.get(f"{part}-{name}", "")
        return int(value) if value in {"1", "2", "3", "4", "5"} else 0

    passages = []
    for one in form.getlist(f"passage-{name}"):
        try:
            passages.append(UUID(one))
        except ValueError:
            raise errors.NotFound from None
    return Agreed(
        level("level"), level("low"), level("high"), form.get(f"reason-{name}", ""), tuple(passages)
    )


@pages.page("/benchmarks/<uuid:benchmark_id>/retire", Permission.ADMINISTER, methods=("POST",))
def retire(centre_id: UUID, benchmark_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: panels.retire(
            frame.session(), centre, benchmark_id, request.form.get("reason", ""), by=frame.actor()
        ),
        "The benchmark is retired. Nobody gets it any more.",
    )
    return frame.go(".show", centre_id=centre_id)
