"""What a running exercise page tells beside its texts: that something is wrong, and when it was cut off.

``POST /api/sittings/<id>/concerns`` with ``{"client": "<made by the page, once per concern>", "kind": "technical" |
"material" | "disturbance" | "other", "text": "<may be empty, at most 1,000 characters>"}``: 201 the first time, 200
when the same ``client`` is sent again, each with the concern as below. 409 before the start, 422 for what cannot be
read, 429 after five within five minutes; errors are ``{"code", "message"}`` as everywhere. It works while the sitting
is paused and after its end.

``GET /api/sittings/<id>/state`` has them all as ``concerns``: ``[{"id", "kind", "text", "raised_at", "done",
"replies": [{"text", "at"}]}]``, moments in ISO 8601, UTC.

``POST /api/sittings/<id>/interruptions`` with ``{"client": "<id of the page>", "spells": [{"seq": 1, "kind":
"offline" | "asleep", "lasted_ms": 61000, "ended_ms_ago": 500}]}``, at most 50 at once: 200 with ``{"new": n}``. The
durations come from a clock that only runs forward; the same (client, seq) again changes nothing.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import jsonify, make_response, request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.concern import ConcernKind
from assessment.models.presence import InterruptionKind
from assessment.pages import frame
from assessment.services import concerns, presences, sittings
from assessment.services.concerns import Said
from assessment.services.presences import Spell

pages = frame.Pages("api_concerns", __name__)

MOST_AT_ONCE = 50
REPORTED = (InterruptionKind.OFFLINE, InterruptionKind.ASLEEP)


class NotReadable(errors.Invalid):
    sentence = "Klei cannot read this request."


@pages.page("/api/sittings/<uuid:sitting_id>/concerns", Permission.SIT, methods=("POST",))
def tell(sitting_id: UUID) -> ResponseReturnValue:
    sittings.get(frame.session(), sitting_id, by=frame.actor())  # not yours is not found, whatever is sent
    posted = _posted()
    kind, text = posted.get("kind"), posted.get("text", "")
    if kind not in list(ConcernKind) or not isinstance(text, str):
        raise NotReadable
    made, is_new = concerns.tell(
        frame.session(),
        sitting_id,
        _client(posted),
        ConcernKind(kind),
        _storable(text),
        by=frame.actor(),
    )
    said = next(one for one in concerns.said(frame.session(), sitting_id) if one.id == made.id)
    return make_response(jsonify(as_json(said)), 201 if is_new else 200)


@pages.page("/api/sittings/<uuid:sitting_id>/interruptions", Permission.SIT, methods=("POST",))
def report(sitting_id: UUID) -> ResponseReturnValue:
    sittings.get(frame.session(), sitting_id, by=frame.actor())
    posted = _posted()
    told = posted.get("spells")
    if not isinstance(told, list) or len(told) > MOST_AT_ONCE:
        raise NotReadable
    new = presences.report(
        frame.session(),
        sitting_id,
        _client(posted),
        [_spell(entry) for entry in told],
        frame.arrived_at(),
        by=frame.actor(),
    )
    return jsonify(new=new)


def as_json(said: Said) -> dict[str, Any]:
    """A concern as the participant's page reads it."""
    return {
        "id": str(said.id),
        "kind": said.kind.value,
        "text": said.text,
        "raised_at": said.raised_at.isoformat(),
        "done": said.is_done,
        "replies": [{"text": text, "at": at.isoformat()} for text, at in said.replies],
    }


def _storable(text: str) -> str:
    """The text as every database can hold it: a half of a letter becomes a question mark. Better told so than refused."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _posted() -> dict[str, Any]:
    posted = request.get_json(silent=True)
    if not isinstance(posted, dict):
        raise NotReadable
    return posted


def _client(posted: dict[str, Any]) -> str:
    client = posted.get("client")
    if (
        not isinstance(client, str)
        or not 0 < len(client) <= 64
        or not (client.isascii() and client.isprintable())
    ):
        raise NotReadable
    return client


def _spell(entry: Any) -> Spell:
    if not isinstance(entry, dict) or entry.get("kind") not in list(REPORTED):
        raise NotReadable
    numbers = [entry.get(name) for name in ("seq", "lasted_ms", "ended_ms_ago")]
    if not all(type(number) is int and 0 <= number < 2**53 for number in numbers):
        raise NotReadable
    seq, lasted, ago = (int(number) for number in numbers if number is not None)
    longest = presences.LONGEST_SPELL / timedelta(milliseconds=1)
    return Spell(
        seq,
        InterruptionKind(entry["kind"]),
        timedelta(milliseconds=min(lasted, longest)),
        timedelta(milliseconds=min(ago, longest)),
    )
