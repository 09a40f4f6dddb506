"""The live board of a centre: the page, and what it asks again four to six times a minute.

The page works without scripts, by loading it again. With them ``board.js`` asks ``/state`` and changes what differs:
moments come as seconds, so that ages and remaining time run on between two answers.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import Translator, translator
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.models.concern import ConcernKind
from assessment.models.sitting import SittingState
from assessment.pages import fields, frame
from assessment.services import boards, centres, outages
from assessment.services.boards import Line, OpenConcern, Place, Where

pages = frame.Pages("board", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/board")

WHERE = {
    Where.NOT_BEGUN: _("Not begun"),
    Where.RUNNING: _("Working now"),
    Where.PAUSED: _("Paused"),
    Where.BETWEEN: _("Between exercises"),
    Where.DONE: _("All done"),
    Where.WITHDRAWN: _("Withdrawn"),
}
QUIET, CONCERN = "quiet", "concern"
ATTENTION = {QUIET: _("Working, without contact"), CONCERN: _("With an open concern")}
STATES = {
    "ready": _("ready"),
    "running": _("running"),
    "paused": _("paused"),
    "over": _("ended"),
}
COLOURS = {"running": "clay", "paused": "amber", "over": "leaf"}
KINDS = {
    ConcernKind.TECHNICAL: _("Technical"),
    ConcernKind.MATERIAL: _("The material"),
    ConcernKind.DISTURBANCE: _("A disturbance"),
    ConcernKind.OTHER: _("Something else"),
}
SPANS = {
    "s": _("%(n)s s"),
    "min": _("%(n)s min"),
    "h": _("%(h)s h %(m)s min"),
    "d": _("%(d)s d %(h)s h"),
    "ago": _("%(span)s ago"),
    "often": _("%(n)s × · %(span)s"),
    "new": _("New concern: %(name)s, %(exercise)s"),
    "replied": _("answered"),
    "live": _("Live, last looked at %(time)s."),
    "lost": _("No connection. What you see is getting old."),
}
"""Words with gaps, which the script fills as this module does."""
LATE = datetime.max.replace(tzinfo=UTC)


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


def ids(name: str) -> list[UUID]:
    """What was chosen under this name, on the board or on a page that it leads to."""
    try:
        return [UUID(value) for value in request.values.getlist(name)]
    except ValueError:
        raise errors.NotFound from None


def _filled(words: Translator, name: str, **values: Any) -> str:
    text = SPANS[name]
    return words.gettext(text, **values)


def span(length: timedelta, words: Translator) -> str:
    """A length of time in few words."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return _filled(words, "s", n=seconds)
    if seconds < 3600:
        return _filled(words, "min", n=seconds // 60)
    if seconds < 86400:
        return _filled(words, "h", h=seconds // 3600, m=seconds // 60 % 60)
    return _filled(words, "d", d=seconds // 86400, h=seconds // 3600 % 24)


@dataclass(frozen=True)
class Row:
    """A participant as the board shows them."""

    line: Line
    cells: dict[str, Place]
    left: str
    ends: str
    saved: str
    seen: str
    is_quiet: bool
    interrupted: str
    concerns: int
    is_shown: bool


def _sorts(now: datetime) -> dict[str, Callable[[Row], Any]]:
    def of_current(value: Callable[[Place], Any], nothing: Any) -> Callable[[Row], Any]:
        return lambda row: value(row.line.current) if row.line.current else nothing

    return {
        "name": lambda row: 0,
        "left": of_current(
            lambda place: place.deadline_at if place.deadline_at and not place.is_over(now) else LATE, LATE
        ),
        "saved": of_current(lambda place: place.saved_at or LATE, LATE),
        "seen": of_current(lambda place: place.seen_at or LATE, LATE),
        "interrupted": of_current(lambda place: -place.interrupted, timedelta()),
    }


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return page(found(centre_id))


def page(
    centre: Centre, status: int = 200, *, deciding: tuple[UUID, fields.Form] | None = None
) -> ResponseReturnValue:
    """The whole board; ``deciding`` is what could not be noted about an outage."""
    now, words = frame.arrived_at(), frame.words()
    stamp = boards.stamp(frame.session(), centre)
    told = boards.open_concerns(frame.session(), centre)
    lines = boards.lines(frame.session(), centre, now)
    per_code = Counter(one.code for one in told)
    rows = [_row(line, per_code, now, words, centre) for line in lines]
    sorts = _sorts(now)
    sort = request.args.get("sort", "name")
    sort = sort if sort in sorts else "name"
    return frame.show(
        "administrator/board.html",
        status,
        centre=centre,
        pause=boards.open_pause(frame.session(), centre) if centre.paused_at else None,
        outages=boards.lately_away(frame.session(), now),
        questions=outages.open_questions(frame.session(), centre),
        deciding=deciding,
        centre_words=translator(words.language, centre.time_zone),
        length=lambda outage: span(outage.until_at - outage.from_at, words),
        rows=sorted(rows, key=sorts[sort]),
        exercises=[entry.exercise for entry in centre.exercises],
        told=[(one, _told(one, words), span(now - one.raised_at, words)) for one in told],
        counts=Counter(line.where for line in lines),
        quiet=sum(row.is_quiet for row in rows),
        shown=sum(row.is_shown for row in rows),
        sort=sort,
        stamp=stamp,
        where=WHERE,
        filters={**WHERE, **ATTENTION},
        attention=ATTENTION,
        states=STATES,
        colours=COLOURS,
        words={name: words.gettext(text) for name, text in {**SPANS, **STATES}.items()},
        timeline=_addresses(centre),
    )


def _addresses(centre: Centre) -> Callable[[Place], str]:
    """The address of a sitting's timeline: built once, because building it costs more than all else in a row."""
    nowhere = UUID(int=0)
    before, after = url_for("timelines.show", centre_id=centre.id, sitting_id=nowhere).split(str(nowhere))
    return lambda place: f"{before}{place.sitting_id}{after}"


def _row(line: Line, concerned: Counter[str], now: datetime, words: Translator, centre: Centre) -> Row:
    place = line.current
    open_here = sum(concerned[one.code] for one in line.places)
    is_quiet = place is not None and place.is_quiet(now)
    works = place is not None and not place.is_over(now)
    is_running = place is not None and place.state is SittingState.RUNNING
    return Row(
        line=line,
        cells={one.exercise: one for one in line.places},
        left=span(place.deadline_at - (place.paused_at or now), words)
        if place and works and place.deadline_at
        else "–",
        ends=_clock(place.deadline_at, centre)
        if place and works and is_running and place.deadline_at
        else "",
        saved=_ago(place.saved_at, now, words) if place else "–",
        seen=_ago(place.seen_at, now, words) if place and works else "–",
        is_quiet=is_quiet,
        interrupted=_filled(words, "often", n=place.interruptions, span=span(place.interrupted, words))
        if place and place.interruptions
        else "–",
        concerns=open_here,
        is_shown=_matches(line, open_here, is_quiet),
    )


def _ago(moment: datetime | None, now: datetime, words: Translator) -> str:
    return _filled(words, "ago", span=span(now - moment, words)) if moment else "–"


def _clock(moment: datetime, centre: Centre) -> str:
    local = fields.local(moment, centre.time_zone)
    return f"{local:%H:%M}" if local else ""


def _matches(line: Line, concerned: int, is_quiet: bool) -> bool:
    """Whether the filters of the address show this line; the script asks the same of its rows."""
    wanted, exercise = request.args.get("state", ""), request.args.get("exercise", "")
    text = f"{line.name} {line.email}".casefold()
    attention = {QUIET: is_quiet, CONCERN: concerned > 0}
    return (
        (not wanted or attention.get(wanted, line.where == wanted))
        and (not exercise or (line.current is not None and line.current.exercise == exercise))
        and all(word in text for word in request.args.get("q", "").casefold().split())
    )


def _told(one: OpenConcern, words: Translator) -> str:
    kind = words.gettext(KINDS[one.kind])
    return f"{kind}: {one.text}" if one.text else kind


@pages.page("/state", Permission.ADMINISTER)
def state(centre_id: UUID) -> ResponseReturnValue:
    """What the page asks again. ``after`` is the stamp's revision that it knows; without a change 304."""
    centre = found(centre_id)
    stamp = boards.stamp(frame.session(), centre)
    tag = f"{stamp}-{frame.words().language}"
    if request.if_none_match.contains(tag):
        answer = make_response("", 304)
    else:
        answer = make_response(jsonify(_state(centre, stamp.revision)))
    answer.set_etag(tag)
    return answer


def _state(centre: Centre, revision: int) -> dict[str, Any]:
    try:
        after = min(int(request.args.get("after", "0")), revision)
    except ValueError:
        after = 0
    words = frame.words()
    return {
        "now": frame.arrived_at().timestamp(),
        "cursor": revision,
        "sittings": [
            (
                one.code,
                one.state,
                _seconds(one.deadline_at),
                _seconds(one.paused_at),
                _seconds(one.seen_at),
                _seconds(one.saved_at),
                one.interruptions,
                one.interrupted_seconds,
            )
            for one in boards.figures(frame.session(), centre, after, revision)
        ],
        "concerns": [
            {
                "id": str(one.concern_id),
                "code": one.code,
                "name": one.name,
                "exercise": one.exercise,
                "words": _told(one, words),
                "at": one.raised_at.timestamp(),
                "replied": one.is_replied,
                "address": url_for(
                    "timelines.show",
                    centre_id=centre.id,
                    sitting_id=one.sitting_id,
                    _anchor=f"concern-{one.concern_id}",
                ),
            }
            for one in boards.open_concerns(frame.session(), centre)
        ],
    }


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
