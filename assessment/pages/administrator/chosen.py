"""What is done to those who were chosen on the board: pause, let go on, give time back; first shown, then done."""

from datetime import timedelta
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from assessment.access import Permission
from assessment.language import Translator, translator
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.pages.administrator.board import found, ids
from assessment.pages.administrator.extensions import NobodyChosen
from assessment.services import adjustments, ledger, together
from assessment.services.together import Act, Choice

pages = frame.Pages("chosen", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/board/chosen")

MOST_NAMED = 5
"""So many are named in the word that stands on the board afterwards."""


class ActForm(fields.Form):
    seen = HiddenField()
    """First, so that what is wrong with no field in particular stands above all of them."""


class PauseForm(ActForm):
    reason = fields.text("Reason", longest=ledger.LONGEST_REASON, autocomplete="off")


class GiveBackForm(PauseForm):
    minutes = IntegerField("Minutes", validators=[InputRequired(), NumberRange(1, adjustments.MOST_MINUTES)])


FORMS: dict[Act, type[ActForm]] = {Act.PAUSE: PauseForm, Act.GO_ON: ActForm, Act.GIVE_BACK: GiveBackForm}


@pages.page("/pause", Permission.ADMINISTER, methods=("GET", "POST"))
def pause(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id), Act.PAUSE)


@pages.page("/go-on", Permission.ADMINISTER, methods=("GET", "POST"))
def go_on(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id), Act.GO_ON)


@pages.page("/give-back", Permission.ADMINISTER, methods=("GET", "POST"))
def give_back(centre_id: UUID) -> ResponseReturnValue:
    """First how much, then the new ends, then it is done."""
    return _page(found(centre_id), Act.GIVE_BACK)


def _page(centre: Centre, act: Act) -> ResponseReturnValue:
    form: ActForm = fields.posted(FORMS[act])
    if request.method != "POST":
        return _show(centre, act, form)
    if request.form.get("step") != "do":
        # A missing reason is asked for where it is given: with the new ends in sight.
        form.validate()
        is_wrong = "minutes" in form.errors
        if "reason" in form:
            form["reason"].errors = []
        return _show(centre, act, form, 422 if is_wrong else 200)
    done: list[Choice] = []
    if not fields.attempt(form, lambda: done.append(_carry_out(centre, act, form))):
        return _show(centre, act, form, 422)
    _tell(act, done[0])
    return frame.go("board.show", centre_id=centre.id)


def _carry_out(centre: Centre, act: Act, form: ActForm) -> Choice:
    sitting_ids = ids("sitting")
    if not sitting_ids:
        raise NobodyChosen
    return together.carry_out(
        frame.session(),
        centre,
        act,
        sitting_ids,
        form["reason"].data or "" if "reason" in form else "",
        by=frame.actor(),
        minutes=_minutes(form),
        seen=_seen(form),
    )


def _tell(act: Act, done: Choice) -> None:
    """A word of what was done, and for whom it was not."""
    words = frame.words()
    frame.say(_done(act, len(done.affected), words))
    names = [one.name for one in done.unaffected]
    if names:
        named = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
        frame.say(
            "Something changed since you looked. It could not be done for: %(names)s.", "warning", names=named
        )


def _done(act: Act, n: int, words: Translator) -> str:
    if act is Act.PAUSE:
        return words.ngettext("%(num)s exercise is paused.", "%(num)s exercises are paused.", n)
    if act is Act.GO_ON:
        return words.ngettext(
            "%(num)s exercise goes on. The time of the pause was given back.",
            "%(num)s exercises go on. The time of each pause was given back.",
            n,
        )
    return words.ngettext(
        "Time was given back in %(num)s exercise.", "Time was given back in %(num)s exercises.", n
    )


def _minutes(form: ActForm) -> int | None:
    return form["minutes"].data if "minutes" in form else None


def _seen(form: ActForm) -> int:
    value = form.seen.data or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _show(centre: Centre, act: Act, form: ActForm, status: int = 200) -> ResponseReturnValue:
    """Who it concerns and what will be so; or, where nobody was chosen, whom it can be done for."""
    is_all, who = "all" in request.values, ids("who")
    is_chosen = is_all or bool(who)
    needs_minutes = "minutes" in form and (_minutes(form) is None or "minutes" in form.errors)
    choice = together.preview(
        frame.session(),
        centre,
        act,
        who if who and not is_all else None,
        None if needs_minutes else _minutes(form),
    )
    form.seen.data = str(choice.seen)  # what is shown now is what the next step agrees to
    return frame.show(
        "administrator/chosen.html",
        status,
        centre=centre,
        act=act,
        form=form,
        choice=choice,
        who=who,
        is_all=is_all,
        is_chosen=is_chosen,
        needs_minutes=needs_minutes,
        refused=" ".join(form.seen.errors),
        now=frame.arrived_at(),
        centre_words=translator(frame.words().language, centre.time_zone),
        length=lambda value: frame.words().length(max(value, timedelta())),
    )
