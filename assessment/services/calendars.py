"""Calendar files (RFC 5545): one meeting, for the calendar of whoever takes part.

Moments are in UTC, so that each calendar shows them in its own time zone. A changed meeting keeps its identity and
raises its sequence: opened again, the file moves the entry instead of making a second one.
"""

from uuid import UUID

from icalendar import Alarm, Calendar, Event
from icalendar.prop import vDuration
from sqlalchemy.orm import Session

from assessment import clock
from assessment.language import Translator
from assessment.models.meeting import Meeting
from assessment.services import versions
from assessment.services.meetings import STEP

MEDIA_TYPE = "text/calendar; charset=utf-8"


def file(session: Session, meeting: Meeting, *, reader: UUID, words: Translator, link: str) -> bytes:
    """The meeting as a file in the reader's words; who is in it besides stands in the description."""
    exercise = versions.get(session, meeting.centre_exercise.version_hash)
    title = exercise.title(words.language)
    entry = Event()
    entry.add("uid", f"{meeting.id}@klei")
    entry.add("dtstamp", clock.now().replace(microsecond=0))
    entry.add("dtstart", meeting.starts_at)
    entry.add("dtend", meeting.ends_at)
    entry.add("sequence", meeting.edition)
    entry.add("status", "CONFIRMED")
    entry.add("summary", title)
    entry.add("description", "\n".join((with_whom(meeting, reader, words), link)))
    entry.add("url", link)
    entry.add("class", "PRIVATE")
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", title)
    reminder["trigger"] = vDuration(-3 * STEP)
    entry.add_component(reminder)
    calendar = Calendar()
    calendar.add("prodid", "-//Klei//assessment centre//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def with_whom(meeting: Meeting, reader: UUID, words: Translator) -> str:
    """Who else is there, in a sentence."""
    people = [meeting.role_player, *(one.person for one in meeting.observers)]
    if meeting.enrolment:
        people.insert(0, meeting.enrolment.person)
    names = [person.name for person in people if person.id != reader]
    return words.gettext("With %(names)s.", names=", ".join(names)) if names else ""
