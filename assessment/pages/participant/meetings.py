"""The participant's appointments: choosing a time for a live exercise, changing it, a file for the calendar."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField
from wtforms.validators import InputRequired

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import zone
from assessment.models.meeting import Meeting
from assessment.pages import fields, frame, talk
from assessment.services import calendars, meetings, notices, versions

pages = frame.Pages("participant_meetings", __name__, url_prefix="/participant")


class ChoiceForm(fields.Form):
    meeting = RadioField("Time", choices=[], validators=[InputRequired()])
    reason = fields.text("Reason", longest=meetings.LONGEST_REASON, is_required=False, autocomplete="off")


class ReasonForm(fields.Form):
    reason = fields.text("Reason", longest=meetings.LONGEST_REASON, autocomplete="off")


@pages.page(
    "/enrolments/<uuid:enrolment_id>/meetings/<uuid:centre_exercise_id>",
    Permission.SIT,
    methods=("GET", "POST"),
)
def choose(enrolment_id: UUID, centre_exercise_id: UUID) -> ResponseReturnValue:
    """The times that suit, in the participant's own time zone; one is booked."""
    session, who = frame.session(), frame.actor()
    enrolment = notices.get(session, enrolment_id, by=who)
    if enrolment.notice_accepted_at is None:
        return frame.go("notice.show", enrolment_id=enrolment_id)
    form = fields.posted(ChoiceForm)
    found = meetings.choice(session, enrolment, centre_exercise_id, by=who)
    form.meeting.choices = [(str(one.id), "") for one in found.free]
    if request.method == "POST" and fields.attempt(
        form,
        lambda: meetings.book(
            session,
            enrolment,
            UUID(form.meeting.data),
            form.reason.data or "",
            base_url=frame.settings().base_url,
            by=who,
        ),
    ):
        frame.say("Your time is booked. Everybody in it gets a mail.")
        return frame.go(".show", meeting_id=UUID(form.meeting.data))
    if form.errors:  # what is free may have changed meanwhile
        enrolment = notices.get(session, enrolment_id, by=who)
        found = meetings.choice(session, enrolment, centre_exercise_id, by=who)
    return frame.show(
        "participant/meeting_choice.html",
        422 if form.errors else 200,
        form=form,
        choice=found,
        centre=enrolment.centre,
        exercise=versions.get(session, found.entry.version_hash),
        days=_by_day(found.free),
    )


def _by_day(free: Iterable[Meeting]) -> dict[date, list[Meeting]]:
    """The meetings under the days that the reader's own calendar gives them."""
    own = zone(frame.actor().time_zone)
    days: dict[date, list[Meeting]] = {}
    for meeting in free:
        days.setdefault(meeting.starts_at.astimezone(own).date(), []).append(meeting)
    return days


def found(meeting_id: UUID) -> Meeting:
    """A meeting that the participant has booked."""
    meeting = meetings.own(frame.session(), meeting_id, by=frame.actor())
    if meeting.enrolment is None or meeting.enrolment.person_id != frame.actor().person_id:
        raise errors.NotFound
    return meeting


@pages.page("/meetings/<uuid:meeting_id>", Permission.SIT)
def show(meeting_id: UUID) -> ResponseReturnValue:
    return _page(found(meeting_id), ReasonForm())


@pages.page("/meetings/<uuid:meeting_id>/free", Permission.SIT, methods=("POST",))
def free(meeting_id: UUID) -> ResponseReturnValue:
    """Give a time back, with a reason."""
    meeting, form = found(meeting_id), ReasonForm(request.form)
    enrolment = meeting.enrolment
    assert enrolment is not None
    if fields.attempt(
        form,
        lambda: meetings.free(
            frame.session(),
            enrolment,
            meeting_id,
            form.reason.data or "",
            base_url=frame.settings().base_url,
            by=frame.actor(),
        ),
    ):
        frame.say("Your time was given back. Choose another one that suits you.")
        return frame.go(".choose", enrolment_id=enrolment.id, centre_exercise_id=meeting.centre_exercise_id)
    return _page(found(meeting_id), form, 422)


@pages.page("/meetings/<uuid:meeting_id>/calendar.ics", Permission.SIT)
def calendar(meeting_id: UUID) -> ResponseReturnValue:
    meeting = found(meeting_id)
    link = frame.settings().base_url + url_for(".show", meeting_id=meeting_id)
    answer = make_response(
        calendars.file(
            frame.session(), meeting, reader=frame.actor().person_id, words=frame.words(), link=link
        )
    )
    answer.headers["Content-Type"] = calendars.MEDIA_TYPE
    answer.headers["Content-Disposition"] = 'attachment; filename="klei.ics"'
    return answer


def _page(meeting: Meeting, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    return frame.show(
        "participant/meeting.html",
        status,
        meeting=meeting,
        form=form,
        enrolment=meeting.enrolment,
        centre=meeting.centre_exercise.centre,
        exercise=versions.get(frame.session(), meeting.centre_exercise.version_hash),
        words=talk.words(),
        begins_in=(meeting.starts_at - now).total_seconds(),
        sitting=meetings.sitting_of(frame.session(), meeting),
        has_passed=now > meeting.starts_at + meetings.MAY_BE_LATE,
    )


@pages.page("/meetings/<uuid:meeting_id>/talk", Permission.SIT)
def state(meeting_id: UUID) -> ResponseReturnValue:
    found(meeting_id)
    return talk.state(meeting_id)


@pages.page("/meetings/<uuid:meeting_id>/say", Permission.SIT, methods=("POST",))
def say(meeting_id: UUID) -> ResponseReturnValue:
    found(meeting_id)
    return talk.say(meeting_id)


@pages.page("/meetings/<uuid:meeting_id>/here", Permission.SIT, methods=("POST",), writes_in_turn=True)
def here(meeting_id: UUID) -> ResponseReturnValue:
    found(meeting_id)
    return talk.attend(meeting_id)
