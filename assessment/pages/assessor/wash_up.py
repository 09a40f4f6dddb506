"""A wash-up, live: its agenda, who is there, and the matrix of the participant it is at."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import jsonify, make_response, request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.wash_up import WashUp, WashUpState
from assessment.pages import fields, frame
from assessment.pages.assessor import matrix
from assessment.services import integrations, wash_ups
from assessment.services.wash_ups import Item

pages = frame.Pages("wash_up", __name__, url_prefix="/assessor/wash-ups/<uuid:wash_up_id>")


@pages.page("", Permission.RATE)
def show(wash_up_id: UUID) -> ResponseReturnValue:
    return page(wash_up_id, request.args.get("at", ""))


def page(
    wash_up_id: UUID,
    at: str,
    error: errors.KleiError | None = None,
    form: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """The room, also after something in it was refused."""
    session, who = frame.session(), frame.actor()
    found = wash_ups.get(session, wash_up_id, by=who)
    agenda = wash_ups.agenda(session, found, by=who)
    now = next((one for one in agenda if one.discussion is wash_ups.current(found)), None)
    is_deciding = now is not None and now.discussion.deciding_at is not None
    return frame.show(
        "assessor/wash_up.html",
        200 if error is None else error.status,
        wash_up=found,
        agenda=agenda,
        now=now,
        next=next((one for one in agenda if one.discussion.state == "to_come" and not one.waits_for), None),
        board=_board(found, now, at, shows_names=is_deciding),
        is_deciding=is_deciding,
        is_chair=found.chair_id == who.person_id,
        is_open=found.state is WashUpState.OPEN,
        stamp=wash_ups.stamp(session, wash_up_id, frame.arrived_at(), by=who),
        error=error,
        form=form or {},
    )


def _board(found: WashUp, now: Item | None, at: str, *, shows_names: bool) -> matrix.Board | None:
    if now is None or now.integration is None or now.is_kept_apart or found.state is not WashUpState.OPEN:
        return None
    integration = integrations.get(frame.session(), now.integration.id, by=frame.actor())
    # While the result by rule is in front, no cell is opened by itself.
    return matrix.board(integration, at or ("" if shows_names else "-"), shows_names=shows_names)


@pages.page("/state", Permission.RATE)
def state(wash_up_id: UUID) -> ResponseReturnValue:
    """What the page asks again: who is there, and whether anything changed. Without a change 304."""
    found = wash_ups.stamp(frame.session(), wash_up_id, frame.arrived_at(), by=frame.actor())
    tag = f"{found.sign}-{'|'.join(found.present)}"
    tag = f"{hash_of(tag)}-{frame.words().language}"
    if request.if_none_match.contains(tag):
        answer = make_response("", 304)
    else:
        answer = make_response(jsonify(sign=found.sign, present=found.present))
    answer.set_etag(tag)
    return answer


def hash_of(text: str) -> str:
    """An ETag has no room for names."""
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()[:24]


@pages.page("/presence", Permission.RATE, methods=("POST",), writes_in_turn=True)
def presence(wash_up_id: UUID) -> ResponseReturnValue:
    who, at = frame.actor(), frame.arrived_at()
    frame.write(lambda session: wash_ups.here(session, wash_up_id, at, by=who))
    return "", 204


@pages.page("/open", Permission.RATE, methods=("POST",))
def open_it(wash_up_id: UUID) -> ResponseReturnValue:
    return _led(wash_up_id, lambda: wash_ups.open(frame.session(), wash_up_id, by=frame.actor()))


@pages.page("/begin", Permission.RATE, methods=("POST",))
def begin(wash_up_id: UUID) -> ResponseReturnValue:
    seen = request.form.get("seen")
    return _led(
        wash_up_id,
        lambda: wash_ups.begin(
            frame.session(),
            wash_up_id,
            _discussion(),
            _uuid(seen) if seen else None,
            by=frame.actor(),
        ),
    )


@pages.page("/decide", Permission.RATE, methods=("POST",))
def decide(wash_up_id: UUID) -> ResponseReturnValue:
    return _led(
        wash_up_id, lambda: wash_ups.decide(frame.session(), wash_up_id, _discussion(), by=frame.actor())
    )


@pages.page("/finish", Permission.RATE, methods=("POST",))
def finish(wash_up_id: UUID) -> ResponseReturnValue:
    return _led(
        wash_up_id, lambda: wash_ups.finish(frame.session(), wash_up_id, _discussion(), by=frame.actor())
    )


@pages.page("/end", Permission.RATE, methods=("POST",))
def end(wash_up_id: UUID) -> ResponseReturnValue:
    return _led(wash_up_id, lambda: wash_ups.end(frame.session(), wash_up_id, by=frame.actor()))


@pages.page("/minutes", Permission.RATE, methods=("POST",))
def note(wash_up_id: UUID) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        wash_ups.note(frame.session(), wash_up_id, _discussion(), text, by=frame.actor())
    except (errors.Invalid, errors.NotAllowedNow) as error:
        frame.session().rollback()
        return page(wash_up_id, request.form.get("at", ""), error, request.form)
    return frame.go(".show", wash_up_id=wash_up_id, at=request.form.get("at") or None, _anchor="minutes")


def _led(wash_up_id: UUID, act: Callable[[], object]) -> ResponseReturnValue:
    fields.act(act, "")
    return frame.go(".show", wash_up_id=wash_up_id)


def _discussion() -> UUID:
    return _uuid(request.form.get("discussion"))


def _uuid(value: str | None) -> UUID:
    """
    :raises NotFound: when it is none.
    """
    try:
        return UUID(value or "")
    except ValueError:
        raise errors.NotFound from None
