"""The conversations in which an assessor is role-player or observer: when and with whom, and the console for them."""

from typing import Any
from uuid import UUID

from flask import make_response, url_for
from flask.typing import ResponseReturnValue

from assessment import clock, errors
from assessment.access import Permission
from assessment.models.meeting import Meeting, Part
from assessment.pages import frame, talk
from assessment.services import calendars, conversations, meetings, versions
from assessment.services.conversations import Line, Room
from exercises.content import Exercise

pages = frame.Pages("conversations", __name__, url_prefix="/conversations")


@pages.page("/", Permission.PLAY)
def show() -> ResponseReturnValue:
    now, who = clock.now(), frame.actor()
    found = meetings.of_person(frame.session(), by=who)
    return frame.show(
        "assessor/conversations.html",
        to_come=[one for one in found if one.ends_at > now],
        past=[one for one in found if one.ends_at <= now and one.enrolment],
        playable=meetings.playable(frame.session(), by=who),
        title=lambda entry: versions.get(frame.session(), entry.version_hash).title(frame.words().language),
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


@pages.page("/<uuid:meeting_id>/", Permission.PLAY)
def console(meeting_id: UUID) -> ResponseReturnValue:
    """The role-player's console; an observer reads along."""
    found = _room(meeting_id)
    return _console(found, "assessor/console.html", talk=talk.values(found))


@pages.page("/<uuid:meeting_id>/rehearse", Permission.PLAY)
def rehearse(meeting_id: UUID) -> ResponseReturnValue:
    """The console to practise with: everything stays in this page, nothing is sent, kept or counted."""
    meeting = played(meeting_id)
    if meeting.role_player_id != frame.actor().person_id:
        raise errors.NotFound
    return _rehearsal(versions.get(frame.session(), meeting.centre_exercise.version_hash))


@pages.page("/training/<uuid:centre_exercise_id>/", Permission.PLAY)
def training(centre_exercise_id: UUID) -> ResponseReturnValue:
    """What somebody who is to play the counterpart has to know, before any appointment."""
    entry = meetings.playable_one(frame.session(), centre_exercise_id, by=frame.actor())
    exercise, own = versions.get(frame.session(), entry.version_hash), frame.words().language
    briefing = versions.briefing(exercise)
    return frame.show(
        "assessor/training.html",
        entry=entry,
        exercise=exercise,
        beats=_material(exercise, own)["beats"],
        moves=exercise.text(own)["moves"],
        lines=exercise.text(own)["lines"],
        **{part: briefing[part][own] for part in ("brief", "rules", "facts", "training", "examples")},
    )


@pages.page("/training/<uuid:centre_exercise_id>/rehearse", Permission.PLAY)
def rehearse_first(centre_exercise_id: UUID) -> ResponseReturnValue:
    """The console to practise with, without an appointment."""
    entry = meetings.playable_one(frame.session(), centre_exercise_id, by=frame.actor())
    return _rehearsal(versions.get(frame.session(), entry.version_hash))


def _rehearsal(exercise: Exercise) -> ResponseReturnValue:
    return frame.show(
        "assessor/console.html",
        exercise=exercise,
        is_rehearsal=True,
        talk=talk.rehearsal(exercise),
        **_material(exercise, frame.words().language),
    )


def _room(meeting_id: UUID) -> Room:
    found = talk.room(meeting_id)
    if found.part is Part.PARTICIPANT:
        raise errors.NotFound
    return found


def _console(found: Room, template: str, **values: Any) -> ResponseReturnValue:
    return frame.show(
        template,
        meeting=found.meeting,
        exercise=found.exercise,
        is_rehearsal=False,
        **_material(found.exercise, found.language),
        **values,
    )


def _material(exercise: Exercise, spoken: str) -> dict[str, Any]:
    """Brief, rules, beats, facts and lines; the lines in the participant's language, all else in the reader's."""
    kept: dict[str, list[Line]] = {"beat": [], "fact": [], "said": []}
    for line in conversations.lines(exercise, spoken).values():
        kept[line.kind.value].append(line)
    briefing = versions.briefing(exercise)
    own = frame.words().language
    return {
        "beats": sorted(kept["beat"], key=lambda line: (line.minute, line.after)),
        "answers": [*kept["fact"], *kept["said"]],
        "brief": briefing["brief"][own],
        "rules": briefing["rules"][own],
        "facts": briefing["facts"][own],
        "structure": exercise.structure,
    }


@pages.page("/<uuid:meeting_id>/talk", Permission.PLAY)
def state(meeting_id: UUID) -> ResponseReturnValue:
    _room(meeting_id)
    return talk.state(meeting_id)


@pages.page("/<uuid:meeting_id>/say", Permission.PLAY, methods=("POST",))
def say(meeting_id: UUID) -> ResponseReturnValue:
    _room(meeting_id)
    return talk.say(meeting_id)


@pages.page("/<uuid:meeting_id>/here", Permission.PLAY, methods=("POST",), writes_in_turn=True)
def here(meeting_id: UUID) -> ResponseReturnValue:
    _room(meeting_id)
    return talk.attend(meeting_id)
