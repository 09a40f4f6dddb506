"""Conversations: what is said in a live exercise, in writing, and what the role-player marks.

The conversation takes place in its minutes of the sitting, so that everybody has as long for the preparation and for
the questions afterwards. Whatever was said stays; it is part of what assessors read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment import errors, journal
from assessment.access import Actor
from assessment.models.meeting import Attendance, EntryKind, Meeting, MeetingEntry, Part
from assessment.models.sitting import Sitting, SittingState
from assessment.services import meetings, sittings, versions
from exercises.content import Exercise

LONGEST_MESSAGE = 2000
MOST_WORDS_OF_THE_ROLE_PLAYER = 40
"""Longer answers would give some participants more than others (content D9.8)."""
HERE = timedelta(seconds=25)
"""How long after the last sign of life of a page its person counts as present."""
TYPES = timedelta(seconds=6)


class NotOpen(errors.NotAllowedNow):
    sentence = "The conversation is not open at this moment. What you wrote was not sent."


class NothingToSay(errors.Invalid):
    sentence = "Write your message first."


class TooLong(errors.Invalid):
    sentence = "A message has at most %(most)s characters."


class TooManyWords(errors.Invalid):
    sentence = "A message of the role-player has at most %(most)s words."


class GivenAlready(errors.NotAllowedNow):
    sentence = "This was given already."


class Stage(StrEnum):
    """How far a live exercise is."""

    WAITING = "waiting"
    """The participant has not begun."""
    PREPARING = "preparing"
    TALKING = "talking"
    PAUSED = "paused"
    AFTERWARDS = "afterwards"
    OVER = "over"


@dataclass(frozen=True)
class Room:
    """A meeting with its sitting, as one of the people in it finds it at a moment."""

    meeting: Meeting
    sitting: Sitting | None
    exercise: Exercise
    part: Part | None
    """None for an observer."""
    stage: Stage
    minute: float
    """Of the conversation; below zero before it."""

    @property
    def language(self) -> str:
        """The participant's: fixed at the start, expected to be their own before it."""
        assert self.meeting.enrolment
        return (self.sitting.language if self.sitting else None) or self.meeting.enrolment.person.language

    @property
    def length(self) -> float:
        """How many minutes the conversation takes."""
        return float(self.exercise.structure["until"])


def room(session: Session, meeting_id: UUID, now: datetime, *, by: Actor, lock: bool = False) -> Room:
    """The room of a booked meeting in which somebody has a part.

    :raises NotFound: when they have none, or nobody has booked it.
    """
    meeting = meetings.own(session, meeting_id, by=by)
    enrolment = meeting.enrolment
    if enrolment is None:
        raise errors.NotFound
    query = sa.select(Sitting).where(
        Sitting.enrolment_id == enrolment.id,
        Sitting.centre_exercise_id == meeting.centre_exercise_id,
        Sitting.state != SittingState.VOID,
    )
    sitting = session.scalar(query.with_for_update() if lock else query)
    exercise = versions.get(session, meeting.centre_exercise.version_hash)
    part = {enrolment.person_id: Part.PARTICIPANT, meeting.role_player_id: Part.ROLE_PLAYER}.get(by.person_id)
    stage, minute = _stage(sitting, exercise, now)
    return Room(meeting, sitting, exercise, part, stage, minute)


def begins(exercise: Exercise) -> float:
    """The exercise minute in which the conversation begins: what lies before is for the brief."""
    return float(exercise.structure["note_from"] - exercise.structure["until"])


def _stage(sitting: Sitting | None, exercise: Exercise, now: datetime) -> tuple[Stage, float]:
    if sitting is None or sitting.started_at is None:
        return Stage.WAITING, -begins(exercise)
    minute = sitting.minute_at(now) - begins(exercise)
    if sitting.state is SittingState.PAUSED:
        return Stage.PAUSED, minute
    if sitting.state is not SittingState.RUNNING or sittings.is_over(sitting, now):
        return Stage.OVER, minute
    if minute < 0:
        return Stage.PREPARING, minute
    return (Stage.TALKING if minute < exercise.structure["until"] else Stage.AFTERWARDS), minute


# What is said and marked.


def say(session: Session, meeting_id: UUID, text: str, client_id: str, now: datetime, *, by: Actor) -> int:
    """Say something; its number in the log. Said twice with one client id, it is said once.

    :raises NotOpen: outside of the conversation's minutes. :raises NotFound: for an observer.
    """
    found = room(session, meeting_id, now, by=by, lock=True)
    text = text.strip()
    if not text:
        raise NothingToSay
    if len(text) > LONGEST_MESSAGE:
        raise TooLong(most=LONGEST_MESSAGE)
    if found.part is Part.ROLE_PLAYER and len(text.split()) > MOST_WORDS_OF_THE_ROLE_PLAYER:
        raise TooManyWords(most=MOST_WORDS_OF_THE_ROLE_PLAYER)
    return _add(session, found, EntryKind.SAID, "", text, client_id, now, by=by)


def give(session: Session, meeting_id: UUID, name: str, client_id: str, now: datetime, *, by: Actor) -> int:
    """The role-player says a line of the exercise: a beat, an answer that tells a fact, or another.

    Its words are those of the content, in the participant's language, so that everybody hears the same.

    :raises GivenAlready: for a beat that was given before and not taken back.
    """
    found = room(session, meeting_id, now, by=by, lock=True)
    if found.part is not Part.ROLE_PLAYER:
        raise errors.NotFound
    line = lines(found.exercise, found.language).get(name)
    if line is None:
        raise errors.NotFound
    if line.kind is EntryKind.BEAT and line.given in given(entries(session, meeting_id)):
        before = _sent_before(session, meeting_id, client_id)
        if before is None:
            raise GivenAlready
        return before
    number = _add(session, found, line.kind, line.given, line.text, client_id, now, by=by)
    if line.given == found.exercise.structure["beats"][0]["id"]:
        journal.record(
            session,
            "meeting.begun",
            "meeting",
            meeting_id,
            by=by,
            centre_id=found.meeting.centre_exercise.centre_id,
        )
    return number


def take_back(
    session: Session, meeting_id: UUID, name: str, client_id: str, now: datetime, *, by: Actor
) -> int:
    """Note that a beat or fact was marked by mistake; what was said stays said."""
    found = room(session, meeting_id, now, by=by, lock=True)
    if found.part is not Part.ROLE_PLAYER or name not in given(entries(session, meeting_id)):
        raise errors.NotFound
    return _add(session, found, EntryKind.UNDONE, name, "", client_id, now, by=by)


def _sent_before(session: Session, meeting_id: UUID, client_id: str) -> int | None:
    return session.scalar(
        sa.select(MeetingEntry.number).where(
            MeetingEntry.meeting_id == meeting_id, MeetingEntry.client_id == client_id
        )
    )


def _add(
    session: Session,
    found: Room,
    kind: EntryKind,
    name: str,
    text: str,
    client_id: str,
    now: datetime,
    *,
    by: Actor,
) -> int:
    if found.part is None or found.sitting is None:
        raise errors.NotFound
    before = _sent_before(session, found.meeting.id, client_id)
    if before is not None:
        return before
    if found.stage is not Stage.TALKING:
        raise NotOpen
    last = session.scalar(
        sa.select(sa.func.max(MeetingEntry.number)).where(MeetingEntry.meeting_id == found.meeting.id)
    )
    number = (last or 0) + 1
    session.add(
        MeetingEntry(
            meeting_id=found.meeting.id,
            number=number,
            sitting_id=found.sitting.id,
            part=found.part,
            kind=kind,
            name=name,
            text=text,
            client_id=client_id[:64],
            minute=found.sitting.minute_at(now),
            at=now,
        )
    )
    # Who has said something no longer types.
    session.execute(
        sa.update(Attendance)
        .where(Attendance.meeting_id == found.meeting.id, Attendance.person_id == by.person_id)
        .values(typed_at=None)
    )
    session.flush()
    return number


def entries(session: Session, meeting_id: UUID, after: int = 0) -> list[MeetingEntry]:
    """The log of a meeting from an entry on, in order."""
    return list(
        session.scalars(
            sa.select(MeetingEntry)
            .where(MeetingEntry.meeting_id == meeting_id, MeetingEntry.number > after)
            .order_by(MeetingEntry.number)
        )
    )


def given(log: Sequence[MeetingEntry]) -> frozenset[str]:
    """The beats and facts that were given and not taken back."""
    found: set[str] = set()
    for one in log:
        if one.kind is EntryKind.UNDONE:
            found.discard(one.name)
        elif one.kind in (EntryKind.BEAT, EntryKind.FACT):
            found.add(one.name)
    return frozenset(found)


# The lines of the role-player.


@dataclass(frozen=True)
class Line:
    """Something that the role-player can say with one press."""

    name: str
    """Of the line; what it is asked for by."""
    kind: EntryKind
    given: str
    """The beat or fact that it gives, or the line itself."""
    text: str
    minute: float | None = None
    """Of a beat."""
    after: str = ""
    """The fact after which this line of a beat is said instead of the other."""


def lines(exercise: Exercise, language: str) -> Mapping[str, Line]:
    """Every line of the content by its name: the beats first, then the answers, then the ends."""
    rules: Mapping[str, Any] = exercise.structure
    texts: Mapping[str, str] = exercise.text(language)["lines"]
    found: dict[str, Line] = {}
    for beat in rules["beats"]:
        for one in beat.get("lines", ({"line": beat["id"]},)):
            name = one["line"]
            found[name] = Line(
                name, EntryKind.BEAT, beat["id"], texts[name], float(beat["minute"]), one.get("told", "")
            )
    for node in rules["nodes"]:
        fact = node.get("tells")
        kind = EntryKind.FACT if fact else EntryKind.SAID
        found[node["id"]] = Line(node["id"], kind, fact or node["id"], texts[node["id"]])
    for name, text in texts.items():
        found.setdefault(name, Line(name, EntryKind.SAID, name, text))
    return found


# Who is there.


def attend(session: Session, meeting_id: UUID, now: datetime, *, is_typing: bool, by: Actor) -> None:
    """Note a sign of life of somebody's page, and whether they type."""
    meeting = meetings.own(session, meeting_id, by=by)
    values = {"seen_at": now, **({"typed_at": now} if is_typing else {})}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(Attendance)
        .values(meeting_id=meeting.id, person_id=by.person_id, **values)
        .on_conflict_do_update(index_elements=["meeting_id", "person_id"], set_=values)
    )


def present(session: Session, meeting_id: UUID, now: datetime) -> dict[UUID, bool]:
    """Who is there at this moment, and whether they type."""
    return {
        one.person_id: one.typed_at is not None and one.typed_at > now - TYPES
        for one in session.scalars(
            sa.select(Attendance).where(Attendance.meeting_id == meeting_id, Attendance.seen_at > now - HERE)
        )
    }


# What assessors read.


def transcript(session: Session, sitting: Sitting) -> list[MeetingEntry]:
    """What was said and marked in the live form of a sitting; empty where it was not live."""
    return list(
        session.scalars(
            sa.select(MeetingEntry)
            .where(MeetingEntry.sitting_id == sitting.id)
            .order_by(MeetingEntry.at, MeetingEntry.number)
        )
    )
