"""The workbench: an answer left, the anchors right. Everything on it works as a plain form as well."""

from dataclasses import dataclass
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.benchmark import Use
from assessment.models.rating import Observation, Rating
from assessment.pages import frame
from assessment.pages.workbench import workbench
from assessment.services import ratings, readings, replacements
from assessment.services.ratings import Draft, Passage
from exercises.content import Exercise
from exercises.rubric import framework

pages = frame.Pages("rating", __name__)


class PassageMissing(errors.Invalid):
    sentence = "Choose a part of the answer and a behaviour."


@pages.page("/assessor/ratings/<uuid:assignment_id>", Permission.RATE)
def show(assignment_id: UUID) -> ResponseReturnValue:
    return frame.show("assessor/workbench.html", bench=workbench(assignment_id), mine=None, error=None)


@pages.page("/assessor/ratings/<uuid:assignment_id>/kept", Permission.RATE)
def kept(assignment_id: UUID) -> ResponseReturnValue:
    """One's own draft of what somebody else rates now, to be read and no more."""
    found = replacements.kept(frame.session(), assignment_id, by=frame.actor())
    return frame.show("assessor/kept.html", kept=found, cards=_kept_cards(found.rating, found.exercise))


@dataclass(frozen=True)
class KeptCard:
    """What a draft holds about one dimension."""

    dimension: str
    level: int | None
    """0 for "no evidence", None where none was given."""
    passages: tuple[Observation, ...]
    ticked: tuple[str, ...]


def _kept_cards(rating: Rating, exercise: Exercise) -> list[KeptCard]:
    assert exercise.rubric
    language = frame.words().language
    levels = {one.dimension: one.score or 0 for one in rating.dimensions}
    ticked = {one.line for one in rating.ticks}
    return [
        KeptCard(
            name,
            levels.get(name),
            tuple(one for one in rating.observations if one.dimension == name),
            tuple(line.words[language] for line in exercise.rubric.get(name).checklist if line.id in ticked),
        )
        for name in exercise.rated
    ]


@pages.page("/assessor/ratings/<uuid:assignment_id>/begin", Permission.RATE, methods=("POST",))
def begin(assignment_id: UUID) -> ResponseReturnValue:
    ratings.begin(frame.session(), assignment_id, by=frame.actor())
    return frame.go(".show", assignment_id=assignment_id)


@pages.page("/assessor/ratings/<uuid:assignment_id>/draft", Permission.RATE, methods=("POST",))
def save(assignment_id: UUID) -> ResponseReturnValue:
    """The whole form: the draft is saved whichever button was pressed, and then that button does its part."""
    session, who = frame.session(), frame.actor()
    draft, wanted = _draft(), request.form.get("then")
    try:
        if wanted == "observe":  # first of all, so that a level of the same form can rest on it
            _observe(assignment_id)
        ratings.save(session, assignment_id, draft, by=who)
    except (ratings.StaleDraft, ratings.Locked) as error:
        session.rollback()
        bench = workbench(assignment_id)
        return frame.show("assessor/workbench.html", 409, bench=bench, mine=draft, error=error)
    if "forget" in request.form:
        ratings.forget(session, assignment_id, _uuid(request.form["forget"]), by=who)
        return frame.go(".show", assignment_id=assignment_id)
    if wanted == "check":
        return frame.go(".confirm", assignment_id=assignment_id)
    if wanted != "observe":
        frame.say("Draft saved.")
    return frame.go(".show", assignment_id=assignment_id)


def _observe(assignment_id: UUID) -> None:
    try:
        ratings.observe(frame.session(), assignment_id, _passage(assignment_id), by=frame.actor())
    except errors.Invalid as error:  # the draft itself is saved all the same
        frame.say_error(error)


@pages.page("/assessor/ratings/<uuid:assignment_id>/submit", Permission.RATE)
def confirm(assignment_id: UUID) -> ResponseReturnValue:
    """The last look before submitting: every level, what it rests on, and what is missing."""
    bench = workbench(assignment_id)
    if not bench.may_write:
        return frame.go(".show", assignment_id=assignment_id)
    return frame.show(
        "assessor/submit.html", bench=bench, shortcomings=ratings.shortcomings(bench.desk), error=None
    )


@pages.page("/assessor/ratings/<uuid:assignment_id>/submit", Permission.RATE, methods=("POST",))
def submit(assignment_id: UUID) -> ResponseReturnValue:
    session = frame.session()
    try:
        ratings.submit(session, assignment_id, by=frame.actor())
    except (ratings.Incomplete, ratings.NotCalibrated) as error:
        session.rollback()
        bench = workbench(assignment_id)
        missing = ratings.shortcomings(bench.desk)
        return frame.show(
            "assessor/submit.html", error.status, bench=bench, shortcomings=missing, error=error
        )
    bench = workbench(assignment_id)
    frame.say("Your rating of %(code)s is submitted.", code=bench.desk.sitting.code)
    if bench.desk.use is Use.TRAINING and bench.desk.showing:
        return frame.go("training.compare", showing_id=bench.desk.showing.id)
    if bench.desk.use is Use.TEST and bench.desk.showing:
        return frame.go("training.test", calibration_id=bench.desk.showing.calibration_id)
    if bench.desk.use is Use.PANEL:
        return frame.go("training.show")
    if bench.place.next_id:
        return frame.go(".show", assignment_id=bench.place.next_id)
    return frame.go("queue.show")


@pages.page("/assessor/ratings/<uuid:assignment_id>/give-back", Permission.RATE, methods=("POST",))
def give_back(assignment_id: UUID) -> ResponseReturnValue:
    ratings.give_back(frame.session(), assignment_id, by=frame.actor())
    frame.say("The sitting went back. Somebody else will rate it; nobody sees what you had prepared.")
    return frame.go("queue.show")


def _draft() -> Draft:
    form = request.form
    levels = {name.removeprefix("level-"): value for name, value in form.items() if name.startswith("level-")}
    known = {name.removeprefix("dimension-") for name in form if name.startswith("dimension-")}
    return Draft(
        version=_number(form.get("version")) or 0,
        scores={dimension: _number(levels.get(dimension)) for dimension in known | levels.keys()},
        ticks=form.getlist("tick"),
        note=form.get("note", ""),
        contradicts=form.getlist("contradicts"),
    )


def _passage(assignment_id: UUID) -> Passage:
    """A passage from the plain form: the words themselves are given, and found in the block.

    :raises PassageMissing: when no block or behaviour was chosen. :raises PassageUnknown: when the words are not there.
    """
    form = request.form
    block, behaviour = form.get("passage-block", ""), form.get("passage-behaviour", "")
    dimension = next(
        (name for name, one in framework().items() if behaviour in {known.id for known in one.behaviours}), ""
    )
    if not block or not dimension:
        raise PassageMissing
    start = end = 0
    words = form.get("passage-words", "").strip()
    if words:
        desk = ratings.desk(frame.session(), assignment_id, by=frame.actor())
        text = next(
            (
                one.text
                for one in readings.blocks(frame.session(), desk.sitting, frame.words().language)
                if one.id == block
            ),
            "",
        )
        start, end = found_in(text, words)
    sign = form.get("passage-sign") or next(
        one.sign for one in framework()[dimension].behaviours if one.id == behaviour
    )
    return Passage(block, start, end, dimension, behaviour, sign, form.get("passage-note", ""))


def found_in(text: str, words: str) -> tuple[int, int]:
    """Where these words stand in a text, however the line ends were copied.

    :raises PassageUnknown: when they do not.
    """
    for spelled in (words, words.replace("\r\n", "\n")):
        start = text.find(spelled)
        if start >= 0:
            return start, start + len(spelled)
    raise ratings.PassageUnknown


def _number(value: str | None) -> int | None:
    """A number of the form; what is none of it is off the scale, and the service says so."""
    if value is None or value == "":
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _uuid(value: str) -> UUID:
    """
    :raises NotFound: when it is none.
    """
    try:
        return UUID(value)
    except ValueError:
        raise errors.NotFound from None
