"""The conversations in which an assessor is role-player or observer: when, with whom, a file for the calendar."""

from uuid import UUID

from flask import make_response, url_for
from flask.typing import ResponseReturnValue

from assessment import clock
from assessment.access import Permission
from assessment.models.meeting import Meeting
from assessment.pages import frame
from assessment.services import calendars, meetings, versions

pages = frame.Pages("conversations", __name__, url_prefix="/conversations")


@pages.page("/", Permission.PLAY)
def show() -> ResponseReturnValue:
    now, who = clock.now(), frame.actor()
    found = meetings.of_person(frame.session(), by=who)
    return frame.show(
        "assessor/conversations.html",
        to_come=[one for one in found if one.ends_at > now],
        past=[one for one in found if one.ends_at <= now and one.enrolment],
        title=lambda one: versions.get(frame.session(), one.centre_exercise.version_hash).title(
            frame.words().language
        ),
    )


def played(meeting_id: UUID) -> Meeting:
    """A meeting in which the assessor has a part."""
    return meetings.own(frame.session(), meeting_id, by=frame.actor())


@pages.page("/<uuid:meeting_id>/calendar.ics", Permission.PLAY)
def calendar(meeting_id: UUID) -> ResponseReturnValue:
    meeting = played(meeting_id)
    link = frame.settings().base_url + url_for(".show")
    answer = make_response(
        calendars.file(
            frame.session(), meeting, reader=frame.actor().person_id, words=frame.words(), link=link
        )
    )
    answer.headers["Content-Type"] = calendars.MEDIA_TYPE
    answer.headers["Content-Disposition"] = 'attachment; filename="klei.ics"'
    return answer
