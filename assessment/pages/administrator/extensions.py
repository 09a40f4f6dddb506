"""More time for one, several or all: who, how long and why; then the new ends; then it is done."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from assessment import errors
from assessment.access import Permission
from assessment.language import translator
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.pages.administrator.board import found, ids
from assessment.services import adjustments, boards, ledger
from assessment.services.adjustments import Preview

pages = frame.Pages("extensions", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/board")


class ExtensionForm(fields.Form):
    minutes = IntegerField(
        "Minutes", validators=[InputRequired(), NumberRange(1, adjustments.MOST_MINUTES)], default=10
    )
    reason = fields.text("Reason", longest=ledger.LONGEST_REASON, autocomplete="off")
    seen = HiddenField()


class NobodyChosen(errors.Invalid):
    sentence = "Choose at least one participant, or everybody."


@pages.page("/extend", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    """Whose end can be moved; those that were chosen on the board are chosen here."""
    centre = found(centre_id)
    chosen = boards.working(frame.session(), centre, ids("who"))
    chosen |= set(ids("sitting"))
    return _choice(centre, ExtensionForm(), chosen)


@pages.page("/extend", Permission.ADMINISTER, methods=("POST",))
def extend(centre_id: UUID) -> ResponseReturnValue:
    """Show the new ends, or move the ends as they were shown."""
    centre, form, chosen = found(centre_id), ExtensionForm(request.form), set(ids("sitting"))
    is_all = "all" in request.form
    step = request.form.get("step")
    if not chosen and not is_all:
        return _choice(centre, form, chosen, 422, refused=NobodyChosen())
    if step == "choose" or "minutes" in _invalid(form):
        return _choice(centre, form, chosen, 200 if step == "choose" else 422)
    asked = None if is_all else chosen
    if step != "extend":
        # A missing reason is asked for where it is given: with the new ends in sight.
        form.reason.errors = []
        return _ends(centre, form, asked)
    if fields.attempt(
        form,
        lambda: adjustments.extend(
            frame.session(),
            centre,
            asked,
            form.minutes.data or 0,
            form.reason.data or "",
            seen=_seen(form),
            by=frame.actor(),
        ),
    ):
        frame.say("More time was given. The participants' pages know it within a quarter of a minute.")
        return frame.go("board.show", centre_id=centre_id)
    return _ends(centre, form, asked, 422)


def _invalid(form: ExtensionForm) -> set[str | None]:
    form.validate()
    return set(form.errors)


def _seen(form: ExtensionForm) -> int:
    value = form.seen.data or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _choice(
    centre: Centre,
    form: ExtensionForm,
    chosen: set[UUID],
    status: int = 200,
    *,
    refused: errors.KleiError | None = None,
) -> ResponseReturnValue:
    preview = adjustments.preview(frame.session(), centre, None, 1)
    return frame.show(
        "administrator/extension.html",
        status,
        centre=centre,
        form=form,
        choice=preview.ends,
        chosen=chosen,
        is_all="all" in request.form,
        preview=None,
        refused=frame.words().sentence(refused) if refused else "",
        centre_words=translator(frame.words().language, centre.time_zone),
    )


def _ends(
    centre: Centre, form: ExtensionForm, asked: set[UUID] | None, status: int = 200
) -> ResponseReturnValue:
    preview: Preview = adjustments.preview(frame.session(), centre, asked, form.minutes.data or 1)
    form.seen.data = str(preview.seen)  # what is shown now is what the next step agrees to
    others = [message for name, messages in form.errors.items() if name != "reason" for message in messages]
    return frame.show(
        "administrator/extension.html",
        status,
        centre=centre,
        form=form,
        chosen=asked or set(),
        is_all=asked is None,
        preview=preview,
        refused=" ".join(others),
        centre_words=translator(frame.words().language, centre.time_zone),
    )
