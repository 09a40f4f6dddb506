"""What the workbench sends by itself: the draft, and passages that come and go."""

from typing import Any
from uuid import UUID

from flask import get_template_attribute, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.rating import Rating
from assessment.pages import frame
from assessment.pages.workbench import Workbench, level, workbench
from assessment.services import ratings
from assessment.services.ratings import Draft, Passage

pages = frame.Pages("api_ratings", __name__)


class Unreadable(errors.Invalid):
    sentence = "Klei cannot read this request."


@pages.page("/api/ratings/<uuid:assignment_id>", Permission.RATE, methods=("PUT",))
def save(assignment_id: UUID) -> ResponseReturnValue:
    """Save the draft. 409 brings what is stored, so that the page can show both and lose neither."""
    session, who = frame.session(), frame.actor()
    try:
        rating = ratings.save(session, assignment_id, _draft(request.get_json(silent=True)), by=who)
    except ratings.StaleDraft as error:
        session.rollback()
        stored = ratings.desk(session, assignment_id, by=who).rating
        body: dict[str, Any] = {"code": error.id, "message": frame.words().sentence(error)}
        return make_response(jsonify({**body, **(_stored(stored) if stored else {})}), 409)
    return make_response(jsonify(version=rating.version, saved=frame.words().time(rating.saved_at)))


@pages.page("/api/ratings/<uuid:assignment_id>/observations", Permission.RATE, methods=("POST",))
def observe(assignment_id: UUID) -> ResponseReturnValue:
    passage = _passage(request.get_json(silent=True))
    made = ratings.observe(frame.session(), assignment_id, passage, by=frame.actor())
    frame.session().expire_all()  # the draft was read before the passage came to it
    return make_response(jsonify(id=str(made.id), **_drawn(assignment_id, made.block, made.dimension)), 201)


@pages.page("/api/ratings/<uuid:assignment_id>/keep", Permission.RATE, methods=("POST",))
def keep(assignment_id: UUID) -> ResponseReturnValue:
    """Somebody is at work on the open workbench. 409 says that the sitting is no longer theirs."""
    until = ratings.keep(frame.session(), assignment_id, by=frame.actor())
    return make_response(jsonify(reserved=frame.words().time(until) if until else None))


@pages.page(
    "/api/ratings/<uuid:assignment_id>/observations/<uuid:observation_id>", Permission.RATE, methods=("PUT",)
)
def note(assignment_id: UUID, observation_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    ratings.desk(session, assignment_id, by=who)  # what is not theirs is not found, whatever they send
    posted = request.get_json(silent=True)
    words = posted.get("note") if isinstance(posted, dict) else None
    if not _are_texts([words]):
        raise Unreadable
    found = ratings.note(session, assignment_id, observation_id, str(words), by=who)
    session.flush()  # so that what is drawn is with it
    return make_response(jsonify(_drawn(assignment_id, found.block, found.dimension)))


@pages.page(
    "/api/ratings/<uuid:assignment_id>/observations/<uuid:observation_id>",
    Permission.RATE,
    methods=("DELETE",),
)
def forget(assignment_id: UUID, observation_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    rating = ratings.desk(session, assignment_id, by=who).rating
    found = next((one for one in rating.observations if one.id == observation_id), None) if rating else None
    if found is None:
        raise errors.NotFound
    block, dimension = found.block, found.dimension
    ratings.forget(session, assignment_id, observation_id, by=who)
    session.flush()  # so that what is drawn is without it
    return make_response(jsonify(_drawn(assignment_id, block, dimension)))


def _stored(rating: Rating) -> dict[str, Any]:
    return {
        "version": rating.version,
        "scores": {one.dimension: level(rating, one.dimension) for one in rating.dimensions},
        "ticks": [tick.line for tick in rating.ticks],
        "note": rating.note,
        "contradicts": list(rating.contradicts),
    }


def _drawn(assignment_id: UUID, block_id: str, dimension: str) -> dict[str, Any]:
    """The block and the evidence of the dimension as the page draws them, and the version of the draft."""
    bench: Workbench = workbench(assignment_id)
    block = next((one for one in bench.blocks if one.block.id == block_id), None)
    card = next(one for one in bench.cards if one.dimension == dimension)
    macros = "assessor/evidence.html"
    return {
        "version": bench.desk.rating.version if bench.desk.rating else 0,
        "block": block_id,
        "text": str(get_template_attribute(macros, "text")(block)) if block else "",
        "acts": str(get_template_attribute(macros, "acts")(block)) if block else "",
        "evidence": str(get_template_attribute(macros, "evidence")(card, bench.may_write)),
    }


def _draft(posted: Any) -> Draft:
    """
    :raises Unreadable: when the request is not a draft.
    """
    try:
        version, scores, note = posted["version"], posted["scores"], posted.get("note", "")
        ticks, contradicts = posted.get("ticks", []), posted.get("contradicts", [])
    except (TypeError, KeyError, AttributeError):
        raise Unreadable from None
    if not (
        type(version) is int
        and isinstance(scores, dict)
        and _are_texts([note])
        and isinstance(ticks, list)
        and _are_texts(ticks)
        and isinstance(contradicts, list)
        and _are_texts(contradicts)
    ):
        raise Unreadable
    return Draft(version, scores, ticks, note, contradicts)


def _passage(posted: Any) -> Passage:
    """
    :raises Unreadable: when the request is not a passage.
    """
    try:
        words = [posted[name] for name in ("block", "dimension", "behaviour", "sign")]
        start, end, note = posted["start"], posted["end"], posted.get("note", "")
        quote = posted["quote"] if start != end else None  # what is tied as a whole has no words to match
    except (TypeError, KeyError, AttributeError):
        raise Unreadable from None
    given = [*words, note] if quote is None and start == end else [*words, note, quote]
    if not (_are_texts(given) and type(start) is int and type(end) is int):
        raise Unreadable
    block, dimension, behaviour, sign = words
    number = _number(posted.get("id"))
    return Passage(block, start, end, dimension, behaviour, sign, note, quote, number)


def _number(value: Any) -> UUID | None:
    """The page's own number of a passage, if it gave one.

    :raises Unreadable: when it is none.
    """
    try:
        return None if value is None else UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Unreadable from None


def _are_texts(values: list[Any]) -> bool:
    """Whether these are texts that a database can hold."""
    return all(isinstance(one, str) and "\x00" not in one and _is_whole(one) for one in values)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
