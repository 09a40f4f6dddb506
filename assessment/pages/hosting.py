"""Debriefs for whoever has them, assessor or administrator: offering times, having the conversation, recording it."""

from datetime import datetime
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.debrief import DebriefForm, DebriefKind
from assessment.pages import fields, frame, guided
from assessment.services import debriefs

pages = frame.Pages("hosting", __name__, url_prefix="/debriefs")

KINDS = {
    DebriefKind.REPORT: _("Conversation about a report"),
    DebriefKind.ANSWERS: _("Guided look at raw data"),
}
FORMS = {
    DebriefForm.VIDEO.value: _("video call"),
    DebriefForm.TELEPHONE.value: _("telephone"),
    DebriefForm.ROOM.value: _("in a room"),
}


class OfferForm(fields.Form):
    starts_at = fields.MomentField("First time")
    minutes = IntegerField("Minutes for each", validators=[InputRequired()])
    times = IntegerField("How many in a row", validators=[InputRequired()])
    how = SelectField("How", choices=fields.choices(FORMS))
    place = fields.text(
        "Where: room, number or address of the call",
        longest=debriefs.LONGEST_PLACE,
        is_required=False,
        autocomplete="off",
    )


@pages.page("/", Permission.HOLD)
def show() -> ResponseReturnValue:
    """The centres in which one may have conversations."""
    session, who = frame.session(), frame.actor()
    return frame.show("live/debriefs.html", centres=debriefs.centres_to_host(session, by=who))


class NoTime(errors.Invalid):
    sentence = "Choose a time first."


def _instant(form: OfferForm, zone: str) -> datetime:
    """
    :raises NoTime: without one.
    """
    found = fields.instant_of(form.starts_at, zone)
    if found is None:
        raise NoTime(field="starts_at")
    return found


@pages.page("/centres/<uuid:centre_id>", Permission.HOLD, methods=("GET", "POST"))
def times(centre_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    centre = debriefs.centre_to_host(session, centre_id, by=who)
    form = fields.posted(OfferForm, minutes=60, times=1, how=DebriefForm.VIDEO.value)
    if request.method == "POST" and fields.attempt(
        form,
        lambda: debriefs.offer(
            session,
            centre_id,
            debriefs.Offer(
                _instant(form, who.time_zone),
                form.minutes.data,
                DebriefForm(form.how.data),
                form.place.data or "",
                form.times.data,
            ),
            by=who,
        ),
    ):
        frame.say(_("Offered. Participants who ask for a conversation can book it."))
        return frame.go(".times", centre_id=centre_id)
    if form.errors:
        centre = debriefs.centre_to_host(session, centre_id, by=who)
    return frame.show(
        "live/debrief_times.html",
        422 if form.errors else 200,
        form=form,
        centre=centre,
        times=debriefs.hosted(session, centre, by=who),
        kinds=KINDS,
        forms=FORMS,
    )


@pages.page("/times/<uuid:time_id>/cancel", Permission.HOLD, methods=("POST",))
def cancel(time_id: UUID) -> ResponseReturnValue:
    debriefs.cancel(frame.session(), time_id, base_url=frame.settings().base_url, by=frame.actor())
    frame.say(_("Taken back."))
    return frame.go(".show")


@pages.page("/<uuid:debrief_id>", Permission.HOLD, methods=("GET", "POST"))
def hold(debrief_id: UUID) -> ResponseReturnValue:
    """One conversation of one's own: with whom, when, and afterwards how it was held."""
    session, who = frame.session(), frame.actor()
    found = debriefs.to_hold(session, debrief_id, by=who)
    written, wrong = request.form.get("notes", found.notes), ""
    if request.method == "POST":
        try:
            if request.form.get("form") not in set(DebriefForm):
                raise debriefs.FormMissing
            debriefs.hold(session, debrief_id, DebriefForm(request.form["form"]), written, by=who)
        except errors.Invalid as error:
            wrong = frame.words().sentence(error)
        else:
            frame.say(
                _("Recorded. The participant reads your notes and agrees to them, or has them removed.")
            )
            return frame.go(".hold", debrief_id=debrief_id)
    assert found.time
    return frame.show(
        "live/debrief.html",
        422 if wrong else 200,
        debrief=found,
        has_begun=clock.now() >= found.time.starts_at,
        is_open=debriefs.is_open(found),
        kinds=KINDS,
        forms=FORMS,
        written=written,
        wrong=wrong,
    )


@pages.page("/<uuid:debrief_id>/session", Permission.HOLD)
def session(debrief_id: UUID) -> ResponseReturnValue:
    """The guided session's material, around its booked time alone (N5)."""
    return guided.page(debriefs.to_hold(frame.session(), debrief_id, by=frame.actor()))
