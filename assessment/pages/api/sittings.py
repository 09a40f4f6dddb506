"""What a running exercise page asks for: save one task, and the state of the clock."""

import contextlib
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from assessment import errors
from assessment.access import Permission
from assessment.pages import frame
from assessment.pages.api import concerns as told
from assessment.services import (
    answers,
    clocks,
    concerns,
    emergencies,
    glances,
    late_texts,
    presences,
    reopenings,
    stamps,
)
from assessment.services.answers import Code, Save
from assessment.services.stamps import Stamp
from assessment.writers import UNAVAILABLE

pages = frame.Pages("api_sittings", __name__)
NOT_OF_PAGES = (answers.IN_PAUSE, emergencies.FROM_FILE, late_texts.ACCEPTED, reopenings.COPIED)
"""How the clients of revisions are named that Klei itself makes."""
_spelled = json.JSONEncoder(separators=(",", ":")).encode


@pages.page(
    "/api/sittings/<uuid:sitting_id>/tasks/<task>", Permission.SIT, methods=("PUT",), owns_transaction=True
)
def save(sitting_id: UUID, task: str) -> ResponseReturnValue:
    """The save path. The cookie only claims who this is: the save's own query checks it, and whose sitting it is.

    A page that would soon ask for the state asks for it here: the answer then tells it too, as it is after the save.
    """
    claim = frame.login_of_cookie()
    posted: Any = request.get_json(silent=True)
    if claim is None:
        raise answers.LoginEnded
    command = _command(sitting_id, task, claim, posted)
    grace = timedelta(seconds=frame.settings().grace_seconds)
    outcome = answers.save(frame.database().writer, command, grace)
    body: dict[str, Any] = {
        "code": outcome.code,
        "number": outcome.number,
        "head": outcome.head,
        "remaining_ms": outcome.remaining_ms,
        "epoch": outcome.writer_epoch,
        "in_grace": outcome.is_in_grace,
    }
    if outcome.body is not None:
        body["stamp"] = Stamp(
            command.sitting_id,
            command.task,
            outcome.number,
            stamps.fingerprint(outcome.body),
            outcome.remaining_ms,
            command.arrived_at,
        ).sealed(frame.settings().secret_key)
    if outcome.clock is not None:
        body["clock"] = outcome.clock.told()
    if outcome.server_value is not None:
        body["value"] = outcome.server_value
    if outcome.elsewhere_at:
        body["elsewhere_at"] = outcome.elsewhere_at.isoformat()
    if posted.get("asks") is True:
        # What is stored is acknowledged, whatever becomes of the question: the page asks it again by itself.
        with contextlib.suppress(errors.KleiError, *UNAVAILABLE):
            body["now"] = _state(sitting_id, claim, command.arrived_at)
    return Response(
        _spelled(body), 200 if outcome.code is Code.SAVED else 409, content_type="application/json"
    )


def _command(sitting_id: UUID, task: str, claim: tuple[UUID, int], posted: Any) -> Save:
    """
    :raises AnswerRefused: when the request is not a save.
    """
    try:
        numbers = [posted[name] for name in ("base", "seq", "epoch")]
        client = posted["client"]
        value = posted["value"]
    except (KeyError, TypeError, IndexError):
        raise answers.AnswerRefused from None
    if not all(type(number) is int and 0 <= number < 2**31 for number in numbers):
        raise answers.AnswerRefused
    if not isinstance(client, str) or not 0 < len(client) <= 64:
        raise answers.AnswerRefused
    if not (client.isascii() and client.isprintable()) or client.startswith(NOT_OF_PAGES):
        raise answers.AnswerRefused
    if "\x00" in task or len(task) > 64:
        raise errors.NotFound
    return Save(
        sitting_id=sitting_id,
        person_id=claim[0],
        login_epoch=claim[1],
        task=task,
        posted=value,
        base_number=numbers[0],
        client_id=client,
        client_seq=numbers[1],
        writer_epoch=numbers[2],
        arrived_at=frame.arrived_at(),
        clock=clocks.read(posted.get("clock")),
    )


@pages.page("/api/sittings/<uuid:sitting_id>/state", Permission.SIT, owns_transaction=True)
def state(sitting_id: UUID) -> ResponseReturnValue:
    """The clock, the writer epoch, and what has arrived; asked every quarter of a minute by every page at work, unless
    a save brings it.

    As at the save path, the cookie only claims who this is: the one query checks it, and whose sitting it is.
    """
    claim = frame.login_of_cookie()
    if claim is None:
        raise frame.LoginNeeded
    body = {**_state(sitting_id, claim, frame.arrived_at()), "csrf": generate_csrf()}
    return Response(_spelled(body), content_type="application/json")


def _state(sitting_id: UUID, claim: tuple[UUID, int], at: datetime) -> dict[str, Any]:
    """
    :raises LoginNeeded: when that login is over. :raises NotFound: when the sitting is not theirs.
    """
    with frame.database().asking_engine.connect() as connection:
        glance = glances.take(connection, sitting_id, claim, at)
        said = concerns.said(connection, sitting_id) if glance and glance.has_concerns else []
    if glance is None:
        raise frame.LoginNeeded
    sitting = glance.sitting
    if glance.needs_sign_of_life:
        _sign_of_life(sitting_id, sitting.seen_at, at)
    body: dict[str, Any] = {
        "state": sitting.state,
        "remaining_ms": glance.remaining_ms,
        "epoch": sitting.writer_epoch,
        "over": glance.is_over,
        "concerns": [told.as_json(one) for one in said],
        "stamp": stamps.of_sitting(sitting, at, frame.settings().secret_key),
    }
    if sitting.paused_at:
        body["paused_at"] = sitting.paused_at.isoformat()
    if sitting.submitted_at:
        body["handed_in_at"] = sitting.submitted_at.isoformat()
    if glance.minute is not None:
        if sitting.taken_over_at:
            body["elsewhere_at"] = sitting.taken_over_at.isoformat()
        body["minute"] = glance.minute
        body["parts"] = glance.parts
        if (clock := clocks.of(sitting)) is not None:
            body["clock"] = clock.told()
    return body


def _sign_of_life(sitting_id: UUID, seen_at: datetime | None, at: datetime) -> None:
    """Note that the page is there, in a small transaction of its own; the clock is told even where that fails."""
    with contextlib.suppress(errors.Busy):
        presences.tell(frame.database().writer, sitting_id, seen_at, at)
