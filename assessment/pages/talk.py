"""What the pages of a conversation ask and tell, for the participant, the role-player and the observers alike.

The page asks for what is new every two seconds; without a change it gets 304 (as the live board does). The participant
reads how much time is left. The others read whole exercise minutes, as assessors do, so that no page tells them the
participant's time factor.
"""

import math
from typing import Any
from uuid import UUID

from flask import make_response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from assessment import errors
from assessment.language import marked as _
from assessment.models.meeting import Part
from assessment.pages import frame
from assessment.services import conversations
from assessment.services.conversations import Room, Stage
from exercises.content import Exercise

WORDS = {
    "you": _("You"),
    "here": _("%(name)s is here."),
    "away": _("%(name)s is not here yet."),
    "typing": _("%(name)s is typing …"),
    "lost": _("No connection. What you write stays here; send it again when the connection is back."),
    "waiting": _("The participant has not begun yet."),
    "preparing": _("The conversation opens in %(time)s."),
    "talking": _("The conversation goes on for another %(time)s."),
    "paused": _("The exercise is paused. The time stands still."),
    "afterwards": _("The conversation is over."),
    "over": _("The exercise is over."),
    "opens": _("The conversation is open now."),
    "begins": _("It begins in %(time)s."),
    "now": _("It can begin now."),
    "words": _("%(n)s of %(most)s words"),
    "minute": _("minute %(n)s"),
    "due": _("due now"),
    "next": _("next at minute %(n)s"),
    "given": _("given at minute %(n)s"),
}
"""Words with gaps, which the scripts fill."""
WORDS_BESIDE = {
    **WORDS,
    "preparing": _(
        "The participant prepares. Minutes of the exercise until the conversation opens: %(left)s."
    ),
    "talking": _("The conversation is at minute %(n)s of %(most)s."),
}
"""The same for whoever is not the participant."""


class Unclear(errors.Invalid):
    sentence = "Klei cannot read this message."


def words(part: Part | None = Part.PARTICIPANT) -> dict[str, str]:
    """In the reader's language; without a part those of an observer."""
    chosen = WORDS if part is Part.PARTICIPANT else WORDS_BESIDE
    return {name: frame.words().gettext(text) for name, text in chosen.items()}


def room(meeting_id: UUID) -> Room:
    return conversations.room(frame.session(), meeting_id, frame.arrived_at(), by=frame.actor())


def state(meeting_id: UUID) -> ResponseReturnValue:
    """How far it is, who is there, and what was said after the entry that the page knows."""
    found, session = room(meeting_id), frame.session()
    try:
        after = max(0, int(request.args.get("after", "0")))
    except ValueError:
        after = 0
    is_own = found.part is Part.PARTICIPANT
    # Or a pause would be time to read.
    is_withheld = is_own and found.stage is Stage.PAUSED
    log = [] if is_withheld else conversations.entries(session, meeting_id, after)
    there = conversations.present(session, meeting_id, frame.arrived_at())
    meeting = found.meeting
    assert meeting.enrolment
    sides = {
        Part.PARTICIPANT.value: meeting.enrolment.person_id,
        Part.ROLE_PLAYER.value: meeting.role_player_id,
    }
    who = {part: (person in there, there.get(person, False)) for part, person in sides.items()}
    time, moves = _time(found)
    tag = f"{after}-{log[-1].number if log else 0}-{found.stage}-{who}-{moves}-{meeting.edition}"
    if request.if_none_match.contains(tag):
        answer = make_response("", 304)
    else:
        answer = make_response(
            {
                "stage": found.stage.value,
                **time,
                "length": found.length,
                "language": found.language,
                "begins_in": (meeting.starts_at - frame.arrived_at()).total_seconds(),
                "who": {part: {"here": is_here, "typing": types} for part, (is_here, types) in who.items()},
                "entries": [
                    {
                        "number": one.number,
                        "part": one.part.value,
                        "kind": one.kind.value,
                        "name": "" if is_own else one.name,
                        "text": one.text,
                        "minute": math.floor(one.minute - conversations.begins(found.exercise)),
                    }
                    for one in log
                    if one.text or not is_own
                ],
                "last": log[-1].number if log else after,
            }
        )
    answer.set_etag(tag)
    return answer


def _time(found: Room) -> tuple[dict[str, float], object]:
    """What the reader is told of the time, and what has to change before it is told again."""
    if found.part is not Part.PARTICIPANT:
        minute = math.floor(found.minute)
        return {"minute": minute}, minute
    sitting = found.sitting
    if sitting is None or sitting.started_at is None:
        return {"minute": found.minute, "factor": 1.0}, None
    moves = (sitting.deadline_at, sitting.credited_seconds, sitting.paused_at)
    return {"minute": found.minute, "factor": sitting.factor}, moves


def say(meeting_id: UUID) -> ResponseReturnValue:
    """A message, a line of the exercise, or a mark that is taken back: whichever is sent."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not all(isinstance(one, str) for one in sent.values()):
        raise Unclear
    client_id = sent.get("client_id", "")
    if not 8 <= len(client_id) <= 64 or "\x00" in "".join(sent.values()):
        raise Unclear
    session, now, who = frame.session(), frame.arrived_at(), frame.actor()
    if "line" in sent:
        number = conversations.give(session, meeting_id, sent["line"], client_id, now, by=who)
    elif "back" in sent:
        number = conversations.take_back(session, meeting_id, sent["back"], client_id, now, by=who)
    else:
        number = conversations.say(session, meeting_id, sent.get("text", ""), client_id, now, by=who)
    return {"number": number, "csrf": generate_csrf()}


def attend(meeting_id: UUID) -> ResponseReturnValue:
    """A sign of life."""
    sent = request.get_json(silent=True)
    is_typing = isinstance(sent, dict) and sent.get("typing") is True
    who, now = frame.actor(), frame.arrived_at()
    frame.write(lambda session: conversations.attend(session, meeting_id, now, is_typing=is_typing, by=who))
    return {}


def values(found: Room) -> dict[str, Any]:
    """What ``live/talk.html`` needs."""
    meeting = found.meeting
    assert meeting.enrolment
    return {
        "part": found.part.value if found.part else "",
        "stage": found.stage.value,
        "counterpart": found.exercise.structure["counterpart"],
        "participant": meeting.enrolment.person.name,
        "meeting_id": meeting.id,
        "language": found.language,
        "words": words(found.part),
        "most": conversations.MOST_WORDS_OF_THE_ROLE_PLAYER if found.part is Part.ROLE_PLAYER else 0,
        "is_open": found.stage is Stage.TALKING,
    }


def rehearsal(exercise: Exercise) -> dict[str, Any]:
    """The same for a rehearsal, which sends nothing."""
    return {
        "part": Part.ROLE_PLAYER.value,
        "stage": Stage.WAITING.value,
        "counterpart": exercise.structure["counterpart"],
        "participant": frame.words().gettext("Participant"),
        "meeting_id": None,
        "language": frame.words().language,
        "words": words(Part.ROLE_PLAYER),
        "most": conversations.MOST_WORDS_OF_THE_ROLE_PLAYER,
        "is_open": False,
    }
