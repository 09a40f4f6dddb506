"""The timeline of one sitting, its concerns and their answers, and its export for a complaint."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import Translator, translator
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.pages import fields, frame, paper
from assessment.pages.administrator import timeline_paper
from assessment.pages.administrator.board import KINDS, found, span
from assessment.presentation import STATIC
from assessment.sections.blocks import Paper
from assessment.services import (
    adjustments,
    concerns,
    exports,
    late_texts,
    ledger,
    pauses,
    reopenings,
    sittings,
    timelines,
)
from assessment.services.timelines import Entry, Timeline

pages = frame.Pages("timelines", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/board")

COLUMNS = (
    _("Moment (UTC)"),
    _("Moment (centre)"),
    _("Until (UTC)"),
    _("What happened"),
    _("By"),
    _("Reason or words"),
    _("End from then on (UTC)"),
    _("Seconds"),
    _("Task"),
    _("Revision"),
    _("Characters"),
    _("SHA-256 of the text"),
    _("Within grace"),
    _("Journal entry"),
    _("Hash of the entry"),
    _("Hash of the entry before"),
    _("The entry as it was hashed"),
)


class ReplyForm(fields.Form):
    text = fields.paragraph("Your answer", longest=concerns.LONGEST_REPLY, rows=2)


class ReasonForm(fields.Form):
    reason = fields.text("Reason", longest=ledger.LONGEST_REASON, autocomplete="off")


class CreditForm(ReasonForm):
    minutes = IntegerField("Minutes", validators=[InputRequired(), NumberRange(1, adjustments.MOST_MINUTES)])


class ReopeningForm(ReasonForm):
    deadline_at = fields.MomentField("New end")


FORMS: dict[str, type[ReasonForm]] = {
    "pause": ReasonForm,
    "credit": CreditForm,
    "reopening": ReopeningForm,
    "late": ReasonForm,
}


@pages.page("/sittings/<uuid:sitting_id>", Permission.ADMINISTER)
def show(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id), sitting_id)


def _page(
    centre: Centre,
    sitting_id: UUID,
    *,
    replying: tuple[UUID, ReplyForm] | None = None,
    acting: tuple[str, ReasonForm] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    timeline = timelines.read(frame.session(), centre, sitting_id)
    told = concerns.list_of(frame.session(), sitting_id)
    forms = {one.id: ReplyForm() for one in told}
    if replying:
        forms[replying[0]] = replying[1]
    acts = {name: form(prefix=name) for name, form in FORMS.items()}
    if acting:
        acts[acting[0]] = acting[1]
    return frame.show(
        "administrator/timeline.html",
        status,
        centre=centre,
        timeline=timeline,
        told=[(one, forms[one.id]) for one in told],
        acts=acts,
        is_over=sittings.is_over(timeline.sitting, frame.arrived_at()),
        late=[
            (one, position, _text(one.revision.body))
            for position, one in enumerate(late_texts.list_for(frame.session(), timeline.sitting))
        ],
        kinds=KINDS,
        centre_words=translator(frame.words().language, centre.time_zone),
        utc=translator(frame.words().language, "UTC"),
        span=lambda seconds: span(timedelta(seconds=seconds), frame.words()),
    )


@pages.page("/concerns/<uuid:concern_id>/reply", Permission.ADMINISTER, methods=("POST",))
def reply(centre_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    """Answer a concern, and perhaps end it; an error comes back with what was written."""
    centre = found(centre_id)
    concern = concerns.get(frame.session(), centre, concern_id)
    sitting_id = concern.sitting_id
    form = ReplyForm(request.form)
    if fields.attempt(
        form,
        lambda: concerns.reply(
            frame.session(),
            centre,
            concern_id,
            form.text.data or "",
            is_done="done" in request.form,
            by=frame.actor(),
        ),
    ):
        frame.say("Your answer is on the participant's page within a quarter of a minute.")
        return frame.go(".show", centre_id=centre_id, sitting_id=sitting_id)
    return _page(centre, sitting_id, replying=(concern_id, form), status=422)


@pages.page("/concerns/<uuid:concern_id>/done", Permission.ADMINISTER, methods=("POST",))
def finish(centre_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    concern = concerns.get(frame.session(), centre, concern_id)
    fields.act(
        lambda: concerns.finish(frame.session(), centre, concern_id, by=frame.actor()),
        "The concern was marked as done.",
    )
    return frame.go(".show", centre_id=centre_id, sitting_id=concern.sitting_id)


# What is done to one sitting. Each needs a reason; an error comes back with what was written.


@pages.page("/sittings/<uuid:sitting_id>/pause", Permission.ADMINISTER, methods=("POST",))
def pause(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre, form = found(centre_id), ReasonForm(request.form, prefix="pause")
    return _acted(
        centre,
        sitting_id,
        ("pause", form),
        lambda: pauses.pause(frame.session(), centre, sitting_id, _reason(form), by=frame.actor()),
        _("The exercise is paused. It can be neither read nor written until it goes on."),
    )


@pages.page("/sittings/<uuid:sitting_id>/resume", Permission.ADMINISTER, methods=("POST",))
def resume(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: pauses.resume(frame.session(), centre, sitting_id, by=frame.actor()),
        "The exercise goes on. The time of the pause was given back.",
    )
    return frame.go(".show", centre_id=centre_id, sitting_id=sitting_id)


@pages.page("/sittings/<uuid:sitting_id>/credit", Permission.ADMINISTER, methods=("POST",))
def credit(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    centre, form = found(centre_id), CreditForm(request.form, prefix="credit")
    return _acted(
        centre,
        sitting_id,
        ("credit", form),
        lambda: adjustments.credit(
            frame.session(),
            centre,
            sitting_id,
            _reason(form),
            minutes=form.minutes.data or 0,
            by=frame.actor(),
        ),
        _("The time was given back."),
    )


@pages.page("/sittings/<uuid:sitting_id>/reopen", Permission.ADMINISTER, methods=("POST",))
def reopen(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    """Re-open a sealed sitting as a new one; leads to the timeline of that."""
    centre, form = found(centre_id), ReopeningForm(request.form, prefix="reopening")
    made: list[UUID] = []

    def act() -> None:
        deadline_at = fields.instant_of(form.deadline_at, centre.time_zone)
        if deadline_at is None:
            raise NoEnd(field="deadline_at")
        made.append(
            reopenings.reopen(
                frame.session(), centre, sitting_id, deadline_at, _reason(form), by=frame.actor()
            ).id
        )

    return _acted(
        centre,
        sitting_id,
        ("reopening", form),
        act,
        _("The exercise was re-opened. The participant can go on with it from their own page."),
        lead_to=made,
    )


@pages.page("/sittings/<uuid:sitting_id>/late", Permission.ADMINISTER, methods=("POST",))
def accept_late(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    """Let a text count that arrived after the end."""
    centre, form = found(centre_id), ReasonForm(request.form, prefix="late")
    task, number = request.form.get("task", ""), request.form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 8) or len(task) > 64:
        raise errors.NotFound
    return _acted(
        centre,
        sitting_id,
        ("late", form),
        lambda: late_texts.accept(
            frame.session(), centre, sitting_id, task, int(number), _reason(form), by=frame.actor()
        ),
        _("The late text counts now."),
    )


class NoEnd(errors.Invalid):
    sentence = "Choose when it ends."


def _text(body: str) -> str:
    """What was written, or for what is no text its value as JSON."""
    value = json.loads(body) if body else ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _reason(form: ReasonForm) -> str:
    return form.reason.data or ""


def _acted(
    centre: Centre,
    sitting_id: UUID,
    acting: tuple[str, ReasonForm],
    act: Callable[[], object],
    done: str,
    *,
    lead_to: list[UUID] | None = None,
) -> ResponseReturnValue:
    if fields.attempt(acting[1], act):
        frame.say(done)
        return frame.go(".show", centre_id=centre.id, sitting_id=lead_to[0] if lead_to else sitting_id)
    return _page(centre, sitting_id, acting=acting, status=422)


# The export.


@pages.page("/sittings/<uuid:sitting_id>/timeline.csv", Permission.ADMINISTER)
def as_csv(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    """Every line, each revision and each entry of the journal, for a spreadsheet."""
    centre = found(centre_id)
    timeline = timelines.read(frame.session(), centre, sitting_id)
    words = translator(frame.words().language, centre.time_zone)
    target = StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([words.gettext(column) for column in COLUMNS])
    for entry in timeline.entries:
        writer.writerow([exports.harmless(cell) for cell in _cells(entry, words)])
    return paper.taken(b"\xef\xbb\xbf" + target.getvalue().encode(), "text/csv", _file(timeline, "csv"))


def _cells(entry: Entry, words: Translator) -> tuple[str, ...]:
    saved = entry.saves[0] if entry.saves else None
    proof = entry.proof
    return (
        _iso(entry.at),
        entry.at.astimezone(words.zone).isoformat(timespec="milliseconds"),
        _iso(entry.until),
        words.gettext(entry.what),
        entry.by or (words.gettext("Klei") if proof else words.gettext("The participant's page")),
        entry.words,
        _iso(entry.deadline_at),
        "" if entry.seconds is None else f"{entry.seconds:g}",
        *(
            (
                saved.task,
                str(saved.number),
                str(saved.characters),
                saved.text_hash,
                words.gettext("yes") if saved.is_in_grace else words.gettext("no"),
            )
            if saved
            else ("",) * 5
        ),
        *((str(proof.sequence), proof.hash, proof.previous_hash, proof.spelled) if proof else ("",) * 4),
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else ""


@pages.page("/sittings/<uuid:sitting_id>/timeline.html", Permission.ADMINISTER)
def as_document(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    """One web page that needs nothing else: to read, to print, to attach to a complaint."""
    timeline, document = _paper(centre_id, sitting_id)
    style = (STATIC / "css" / "document.css").read_text("utf-8")
    text = render_template(
        "administrator/timeline_document.html",
        paper=document,
        style=Markup("<style>") + Markup(style) + Markup("</style>"),  # noqa: S704 -- our own file
    )
    return paper.taken(text.encode(), "text/html", _file(timeline, "html"))


@pages.page("/sittings/<uuid:sitting_id>/timeline.pdf", Permission.ADMINISTER)
def as_pdf(centre_id: UUID, sitting_id: UUID) -> ResponseReturnValue:
    """The same sections on paper."""
    timeline, document = _paper(centre_id, sitting_id)
    return paper.document_as_pdf(document, _file(timeline, "pdf"))


def _paper(centre_id: UUID, sitting_id: UUID) -> tuple[Timeline, Paper]:
    centre = found(centre_id)
    timeline = timelines.read(frame.session(), centre, sitting_id)
    words = translator(frame.words().language, centre.time_zone)
    return timeline, timeline_paper.paper(timeline, centre, words, clock.now())


def _file(timeline: Timeline, suffix: str) -> str:
    """A name that tells the code and no name."""
    return f"klei-timeline-{timeline.sitting.code}.{suffix}"
