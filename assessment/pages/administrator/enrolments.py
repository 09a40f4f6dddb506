"""The participants of a centre: who is where, adding by hand and from a file, inviting, time, exclusions."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, SelectField

from assessment import errors
from assessment.access import Permission
from assessment.models.centre import Centre
from assessment.pages import fields, frame, paper
from assessment.services import (
    assignments,
    centres,
    enrolments,
    imports,
    integrations,
    invitations,
    sittings,
    workbooks,
)
from assessment.services.enrolments import Preview, Progress, TimeReason, Whereabouts
from assessment.services.imports import Participant

pages = frame.Pages("enrolments", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/participants")

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REASONS = {
    TimeReason.REQUESTED.value: "The participant asked for it",
    TimeReason.AGREED.value: "It was agreed before",
    TimeReason.CORRECTED.value: "It corrects a mistake",
}
SORTS = {
    "name": lambda row: (row.person.name.casefold(), row.person.email),
    "department": lambda row: (row.enrolment.department.casefold(), row.person.name.casefold()),
    "progress": lambda row: (list(Progress).index(row.progress), row.person.name.casefold()),
}


class ParticipantForm(fields.Form):
    email = fields.email()
    name = fields.text("Name", autocomplete="off")
    language = SelectField("Language", choices=fields.languages())
    time_zone = fields.text("Time zone", autocomplete="off")
    department = fields.text("Department", is_required=False)
    discipline = fields.text("Discipline", is_required=False)
    site = fields.text("Site", is_required=False)
    manager_email = fields.text(
        "E-mail address of the manager", is_required=False, type="email", autocomplete="off"
    )
    time_factor = fields.text("Time factor", inputmode="decimal", autocomplete="off")
    external_id = fields.text("Number in another system", is_required=False)


class TimeForm(fields.Form):
    factor = fields.text("Time factor", inputmode="decimal", autocomplete="off")
    is_untimed = BooleanField("No time limit but the end of the centre")
    reason = SelectField("Reason", choices=fields.choices(REASONS))


class ConfirmForm(fields.Form):
    content = HiddenField()


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    everybody = enrolments.who_is_where(frame.session(), centre)
    sort = request.args.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    wanted, words = request.args.get("progress", ""), request.args.get("q", "").casefold().split()
    rows = [row for row in everybody if _matches(row, wanted, words)]
    return frame.show(
        "administrator/participants.html",
        centre=centre,
        rows=sorted(rows, key=SORTS[sort]),
        total=len(everybody),
        to_invite=sum(row.progress is Progress.TO_INVITE for row in everybody),
        requests=[row for row in everybody if row.wants_adjustment],
        sort=sort,
        wanted=wanted,
        progresses=list(Progress),
    )


def _matches(row: Whereabouts, wanted: str, words: list[str]) -> bool:
    text = f"{row.person.name} {row.person.email} {row.enrolment.department} {row.enrolment.site}".casefold()
    return (not wanted or row.progress == wanted) and all(word in text for word in words)


@pages.page("/new", Permission.ADMINISTER, methods=("GET", "POST"))
def add(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    form = fields.posted(
        ParticipantForm, language=frame.words().language, time_zone=centre.time_zone, time_factor="1"
    )
    if request.method == "POST" and fields.attempt(
        form, lambda: enrolments.add(frame.session(), centre, _participant(form), by=frame.actor())
    ):
        frame.say("%(name)s takes part now. No mail has been sent yet.", name=form.name.data)
        return frame.go("enrolments.show", centre_id=centre_id)
    return frame.show(
        "administrator/participant_new.html", 422 if form.errors else 200, centre=centre, form=form
    )


def _participant(form: ParticipantForm) -> Participant:
    values: dict[str, Any] = {field.short_name: field.data or "" for field in form}
    return Participant(**{**values, "time_factor": imports.factor(values["time_factor"])})


@pages.page("/import", Permission.ADMINISTER, methods=("GET", "POST"), endpoint="import")
def choose_file(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    if request.method == "GET":
        return _import_page(centre)
    try:
        uploaded = request.files.get("file")
        text = imports.text_of(uploaded.read()) if uploaded else ""
        seen = enrolments.preview(frame.session(), centre, text, language=frame.words().language)
    except imports.Unreadable as error:
        return _import_page(centre, 422, refused=frame.words().sentence(error))
    return _import_page(centre, 200, seen=seen, form=ConfirmForm(data={"content": text}))


@pages.page("/import/template.xlsx", Permission.ADMINISTER)
def template_excel(centre_id: UUID) -> ResponseReturnValue:
    found(centre_id)
    content = workbooks.template(imports.COLUMNS, frame.words())
    return paper.taken(content, EXCEL, "klei-participants.xlsx")


@pages.page("/import/template.csv", Permission.ADMINISTER)
def template_csv(centre_id: UUID) -> ResponseReturnValue:
    found(centre_id)
    content = workbooks.csv_template(imports.COLUMNS, frame.words())
    return paper.taken(content, "text/csv", "klei-participants.csv")


@pages.page("/import/confirm", Permission.ADMINISTER, methods=("POST",))
def import_file(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    text = request.form.get("content", "")
    try:
        enrolments.import_text(
            frame.session(), centre, text, language=frame.words().language, by=frame.actor()
        )
    except errors.KleiError as error:
        frame.session().rollback()
        return _import_page(centre, error.status, refused=frame.words().sentence(error))
    frame.say("The participants were imported. No mail has been sent yet.")
    return frame.go("enrolments.show", centre_id=centre_id)


def _import_page(
    centre: Centre,
    status: int = 200,
    *,
    seen: Preview | None = None,
    form: ConfirmForm | None = None,
    refused: str = "",
) -> ResponseReturnValue:
    sentences = {}
    if seen:
        words = frame.words()
        sentences = {
            entry.row.number: [
                (problem.column, words.sentence(problem.error)) for problem in entry.row.problems
            ]
            for entry in seen.rows
        }
    return frame.show(
        "administrator/participants_import.html",
        status,
        centre=centre,
        seen=seen,
        sentences=sentences,
        form=form,
        refused=refused,
        columns=imports.COLUMNS,
        required=imports.REQUIRED,
    )


@pages.page("/invite", Permission.ADMINISTER, methods=("POST",))
def invite_all(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: invitations.invite(
            frame.session(), centre, base_url=frame.settings().base_url, by=frame.actor()
        ),
        "The invitations are on their way.",
    )
    return frame.go("enrolments.show", centre_id=centre_id)


@pages.page("/<uuid:enrolment_id>", Permission.ADMINISTER)
def details(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    enrolment = enrolments.get(frame.session(), centre, enrolment_id)
    form = TimeForm(
        data={
            "factor": f"{enrolment.time_factor:g}",
            "is_untimed": enrolment.is_untimed,
            "reason": TimeReason.REQUESTED.value,
        }
    )
    return _details(centre, enrolment_id, form)


def _details(centre: Centre, enrolment_id: UUID, form: TimeForm, status: int = 200) -> ResponseReturnValue:
    rows = enrolments.who_is_where(frame.session(), centre)
    return frame.show(
        "administrator/participant.html",
        status,
        centre=centre,
        row=next(row for row in rows if row.enrolment.id == enrolment_id),
        assessors=assignments.loads(frame.session(), centre),
        is_signed=integrations.is_signed(frame.session(), enrolment_id),
        form=form,
    )


@pages.page("/<uuid:enrolment_id>/time", Permission.ADMINISTER, methods=("POST",))
def set_time(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    enrolments.get(frame.session(), centre, enrolment_id)
    form = TimeForm(request.form)
    if fields.attempt(
        form,
        lambda: enrolments.set_time(
            frame.session(),
            centre,
            enrolment_id,
            factor=imports.factor(form.factor.data or ""),
            is_untimed=bool(form.is_untimed.data),
            reason=TimeReason(form.reason.data),
            by=frame.actor(),
        ),
    ):
        frame.say("The time was set. It holds for exercises that have not been started.")
        return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)
    return _details(centre, enrolment_id, form, 422)


@pages.page("/<uuid:enrolment_id>/exclusions", Permission.ADMINISTER, methods=("POST",))
def set_exclusions(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    try:
        chosen = [UUID(value) for value in request.form.getlist("assessor")]
    except ValueError:
        raise errors.NotFound from None
    fields.act(
        lambda: enrolments.set_exclusions(frame.session(), centre, enrolment_id, chosen, by=frame.actor()),
        "The exclusions were saved.",
    )
    return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)


@pages.page(
    "/<uuid:enrolment_id>/sittings/<uuid:sitting_id>/exclude", Permission.ADMINISTER, methods=("POST",)
)
def exclude(centre_id: UUID, enrolment_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    reason = request.form.get("reason", "")
    fields.act(
        lambda: sittings.exclude(frame.session(), sitting_id, reason, centre=centre, by=frame.actor()),
        "The exercise is left out of the scores.",
    )
    return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)


@pages.page(
    "/<uuid:enrolment_id>/sittings/<uuid:sitting_id>/include", Permission.ADMINISTER, methods=("POST",)
)
def include_again(centre_id: UUID, enrolment_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: sittings.include_again(frame.session(), sitting_id, centre=centre, by=frame.actor()),
        "The exercise counts again.",
    )
    return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)


@pages.page("/<uuid:enrolment_id>/invite", Permission.ADMINISTER, methods=("POST",))
def invite(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    enrolments.get(frame.session(), centre, enrolment_id)
    fields.act(
        lambda: invitations.invite(
            frame.session(), centre, [enrolment_id], base_url=frame.settings().base_url, by=frame.actor()
        ),
        "The invitation is on its way.",
    )
    return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)


@pages.page("/<uuid:enrolment_id>/withdraw", Permission.ADMINISTER, methods=("POST",))
def withdraw(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: enrolments.withdraw(frame.session(), centre, enrolment_id, by=frame.actor()),
        "The withdrawal was noted.",
    )
    return frame.go("enrolments.details", centre_id=centre_id, enrolment_id=enrolment_id)
