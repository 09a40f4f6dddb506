"""Calendar files (RFC 5545): one meeting, for the calendar of whoever takes part.

Moments are in UTC, so that each calendar shows them in its own time zone. A changed meeting keeps its identity and
raises its sequence: opened again, the file moves the entry instead of making a second one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from assessment import clock
from assessment.language import Translator
from assessment.models.meeting import Meeting
from assessment.services import versions
from assessment.services.meetings import STEP

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE = "text/calendar; charset=utf-8"


def file(session: Session, meeting: Meeting, *, reader: UUID, words: Translator, link: str) -> bytes:
    """The meeting as a file in the reader's words; who is in it besides stands in the description."""
    exercise = versions.get(session, meeting.centre_exercise.version_hash)
    return appointment(
        Appointment(
            meeting.id,
            meeting.starts_at,
            meeting.ends_at,
            exercise.title(words.language),
            with_whom(meeting, reader, words),
            meeting.edition,
        ),
        link=link,
    )


@dataclass(frozen=True)
class Appointment:
    """What a calendar is told of anything that has a time; days instead of moments take the whole day."""

    id: UUID
    starts: datetime | date
    ends: datetime | date
    title: str
    about: str = ""
    edition: int = 0
    name: str = ""
    """Tells several appointments of one thing apart."""


def appointment(one: Appointment, *, link: str) -> bytes:
    """The file of an appointment. The library escapes what would end a line, so that no text adds one of its own."""
    return several([one], link=link)


def several(appointments: Iterable[Appointment], *, link: str) -> bytes:
    """One file with all of these appointments."""
    from icalendar import Calendar  # 3 MiB and 50 ms of every start, and few processes ever make one

    calendar = Calendar()
    calendar.add("prodid", "-//Klei//assessment centre//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in appointments:
        calendar.add_component(_entry(one, link))
    return bytes(calendar.to_ical())


def _entry(one: Appointment, link: str) -> "Event":
    from icalendar import Alarm, Event
    from icalendar.prop import vDuration

    entry = Event()
    entry.add("uid", f"{one.id}{one.name and '-'}{one.name}@klei")
    entry.add("dtstamp", clock.now().replace(microsecond=0))
    entry.add("dtstart", one.starts)
    entry.add("dtend", one.ends)
    entry.add("sequence", one.edition)
    entry.add("status", "CONFIRMED")
    entry.add("summary", one.title)
    entry.add("description", "\n".join(filter(None, (one.about, link))))
    entry.add("url", link)
    entry.add("class", "PRIVATE")
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", one.title)
    reminder["trigger"] = vDuration(-3 * STEP)
    entry.add_component(reminder)
    return entry


def with_whom(meeting: Meeting, reader: UUID, words: Translator) -> str:
    """Who else is there, in a sentence."""
    people = [meeting.role_player, *(one.person for one in meeting.observers)]
    if meeting.enrolment:
        people.insert(0, meeting.enrolment.person)
    names = [person.name for person in people if person.id != reader]
    return words.gettext("With %(names)s.", names=", ".join(names)) if names else ""
