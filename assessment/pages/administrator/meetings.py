"""The appointments of a centre's live exercises: offered, moved and cancelled."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import translator
from assessment.models.centre import Centre
from assessment.models.meeting import Meeting
from assessment.pages import fields, frame
from assessment.services import centres, meetings, versions

pages = frame.Pages(
    "administrator_meetings", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/meetings"
)


class NoMoment(errors.Invalid):
    sentence = "Choose the day and the time."


def _minutes(label: str, least: int, most: int) -> IntegerField:
    return IntegerField(
        label,
        validators=[InputRequired(), NumberRange(least, most)],
        render_kw={"min": least, "max": most, "step": 5, "inputmode": "numeric"},
    )


class ArrangementForm(fields.Form):
    starts_at = fields.MomentField("Begins", render_kw={"step": 300})
    minutes = _minutes("Minutes", 5, 360)
    role_player = SelectField("Role-player", choices=[])
    observers = SelectMultipleField("Observers", choices=[], option_widget=CheckboxInput())


class OfferForm(ArrangementForm):
    exercise = SelectField("Exercise", choices=[])
    times = IntegerField(
        "How many in a row",
        validators=[InputRequired(), NumberRange(1, meetings.MOST_AT_ONCE)],
        render_kw={"min": 1, "max": meetings.MOST_AT_ONCE, "inputmode": "numeric"},
    )
    break_minutes = _minutes("Minutes between them", 0, 240)


class MoveForm(ArrangementForm):
    reason = fields.text("Reason", longest=meetings.LONGEST_REASON, autocomplete="off")


class CancelForm(fields.Form):
    reason = fields.text("Reason", longest=meetings.LONGEST_REASON, autocomplete="off")


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id))


def _page(centre: Centre, form: OfferForm | None = None, status: int = 200) -> ResponseReturnValue:
    session = frame.session()
    live = meetings.live_exercises(session, centre)
    people = meetings.may_take_part(session, centre)
    listed = meetings.list_for(session, centre)
    now = clock.now()
    return frame.show(
        "administrator/meetings.html",
        status,
        centre=centre,
        centre_words=translator(frame.words().language, centre.time_zone),
        form=form or (_offer_form(centre) if live and people else None),
        live=[versions.get(session, entry.version_hash) for entry in live],
        titles={
            entry.id: versions.get(session, entry.version_hash).title(frame.words().language)
            for entry in live
        },
        to_come=[one for one in listed if not one.cancelled_at and one.ends_at > now],
        past=[one for one in listed if not one.cancelled_at and one.ends_at <= now],
        cancelled=[one for one in listed if one.cancelled_at],
        has_people=bool(people),
    )


def _people(form: ArrangementForm, centre: Centre) -> None:
    names = {str(one.id): one.name for one in meetings.may_take_part(frame.session(), centre)}
    form.role_player.choices = fields.choices(names)
    form.observers.choices = fields.choices(names)


def _offer_form(centre: Centre) -> OfferForm:
    live = meetings.live_exercises(frame.session(), centre)
    exercises = {str(one.id): versions.get(frame.session(), one.version_hash) for one in live}
    longest = max((one.minutes for one in exercises.values()), default=30)
    tomorrow = fields.local(clock.now() + timedelta(days=1), centre.time_zone)
    assert tomorrow is not None
    form: OfferForm = fields.posted(
        OfferForm,
        starts_at=datetime(tomorrow.year, tomorrow.month, tomorrow.day, 9),  # noqa: DTZ001 -- what a clock there shows
        minutes=-(-longest // 15) * 15,
        times=4,
        break_minutes=15,
    )
    form.exercise.choices = fields.choices(
        {key: f"{one.id} {one.title(frame.words().language)}" for key, one in exercises.items()}
    )
    _people(form, centre)
    return form


@pages.page("/offer", Permission.ADMINISTER, methods=("POST",))
def offer(centre_id: UUID) -> ResponseReturnValue:
    """Offer one time or several in a row."""
    centre = found(centre_id)
    form = _offer_form(centre)
    made: list[Meeting] = []
    if fields.attempt(form, lambda: made.extend(_offer(centre, form))):
        frame.say("The times are offered. Participants see them at once.")
        return frame.go(".show", centre_id=centre_id)
    return _page(found(centre_id), form, 422)


def _offer(centre: Centre, form: OfferForm) -> list[Meeting]:
    return meetings.offer(
        frame.session(),
        centre,
        meetings.Offer(
            UUID(form.exercise.data),
            **_arranged(form, centre),
            times=form.times.data or 0,
            break_minutes=form.break_minutes.data or 0,
        ),
        by=frame.actor(),
    )


def _arranged(form: ArrangementForm, centre: Centre) -> dict[str, Any]:
    starts_at = fields.instant_of(form.starts_at, centre.time_zone)
    if starts_at is None:
        raise NoMoment(field="starts_at")
    return {
        "starts_at": starts_at,
        "minutes": form.minutes.data or 0,
        "role_player_id": UUID(form.role_player.data),
        "observer_ids": frozenset(UUID(one) for one in form.observers.data or ()),
    }


@pages.page("/<uuid:meeting_id>", Permission.ADMINISTER, methods=("GET", "POST"))
def move(centre_id: UUID, meeting_id: UUID) -> ResponseReturnValue:
    """Another time or other people, with a reason."""
    centre = found(centre_id)
    meeting = meetings.get(frame.session(), centre, meeting_id)
    form: MoveForm = fields.posted(
        MoveForm,
        starts_at=fields.local(meeting.starts_at, centre.time_zone),
        minutes=int((meeting.ends_at - meeting.starts_at).total_seconds() // 60),
        role_player=str(meeting.role_player_id),
        observers=[str(one.person_id) for one in meeting.observers],
    )
    _people(form, centre)
    if request.method == "POST" and fields.attempt(
        form,
        lambda: meetings.move(
            frame.session(),
            centre,
            meeting_id,
            meetings.Arrangement(**_arranged(form, centre)),
            form.reason.data or "",
            base_url=frame.settings().base_url,
            by=frame.actor(),
        ),
    ):
        frame.say("The appointment was changed. Everybody in it gets a mail.")
        return frame.go(".show", centre_id=centre_id)
    return _meeting_page(centre_id, meeting_id, form, CancelForm())


@pages.page("/<uuid:meeting_id>/cancel", Permission.ADMINISTER, methods=("POST",))
def cancel(centre_id: UUID, meeting_id: UUID) -> ResponseReturnValue:
    """Take a time back, with a reason."""
    centre, form = found(centre_id), CancelForm(request.form)
    if fields.attempt(
        form,
        lambda: meetings.cancel(
            frame.session(),
            centre,
            meeting_id,
            form.reason.data or "",
            base_url=frame.settings().base_url,
            by=frame.actor(),
        ),
    ):
        frame.say("The appointment was cancelled. Everybody in it gets a mail.")
        return frame.go(".show", centre_id=centre_id)
    return _meeting_page(centre_id, meeting_id, None, form)


def _meeting_page(
    centre_id: UUID, meeting_id: UUID, form: MoveForm | None, cancelling: CancelForm
) -> ResponseReturnValue:
    centre = found(centre_id)
    meeting = meetings.get(frame.session(), centre, meeting_id)
    if form is None:
        form = MoveForm(
            data={
                "starts_at": fields.local(meeting.starts_at, centre.time_zone),
                "minutes": int((meeting.ends_at - meeting.starts_at).total_seconds() // 60),
                "role_player": str(meeting.role_player_id),
                "observers": [str(one.person_id) for one in meeting.observers],
            }
        )
        _people(form, centre)
    return frame.show(
        "administrator/meeting.html",
        422 if form.errors or cancelling.errors else 200,
        centre=centre,
        meeting=meeting,
        exercise=versions.get(frame.session(), meeting.centre_exercise.version_hash),
        form=form,
        cancelling=cancelling,
    )
