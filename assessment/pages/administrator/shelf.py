"""The shelf of exercises, and each of them as participants and assessors see it, in both languages side by side.

The two languages are pages of their own in frames: each is the very page that participants or assessors get, so that
nothing can look different here. Nothing of it is kept.
"""

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment import language as languages
from assessment.access import Permission
from assessment.language import marked as _
from assessment.pages import frame, workbench
from assessment.services import practice, readings, shelf
from exercises import content
from exercises.content import Exercise
from exercises.rubric import framework

pages = frame.Pages("shelf", __name__, url_prefix="/administrator/exercises")

KINDS = {
    "case_study": _("Case study"),
    "game": _("Business game"),
    "in_tray": _("In-tray"),
    "judgement": _("Judgement of situations"),
    "planning": _("Planning"),
    "reflection": _("Reflection"),
    "role_play": _("Conversation in writing"),
}
"""The names of the kinds, as people call them."""
FACES = ("participant", "assessor")
ANSWERS = ("sample", "none")


@dataclass(frozen=True)
class Wish:
    """What the administrator wants to see: whose page, at which minute, with which answers."""

    face: str
    minute: int
    answers: str

    def query(self) -> dict[str, Any]:
        return {"minute": self.minute, "answers": self.answers}


@pages.page("/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    return frame.show(
        "administrator/shelf.html",
        entries=shelf.catalogue(frame.session()),
        kinds=KINDS,
        dimensions=framework(),
    )


@pages.page("/<slug>/", Permission.ADMINISTER)
def preview(slug: str) -> ResponseReturnValue:
    exercise = _exercise(slug)
    face = request.args.get("face", "")
    wish = _wish(exercise, face if face in FACES else FACES[0])
    return frame.show(
        "administrator/preview.html",
        exercise=exercise,
        entry=shelf.entry(exercise),
        wish=wish,
        kinds=KINDS,
        codes=content.LANGUAGES,
        names=languages.LANGUAGES,
    )


@pages.page("/<slug>/<text_language>/participant", Permission.ADMINISTER)
def participant(slug: str, text_language: str) -> ResponseReturnValue:
    """The page of a sitting, at a minute, with nobody who sits."""
    exercise = _spoken(slug, text_language)
    wish = _wish(exercise, "participant")
    now = practice.moment(exercise, text_language, _written(exercise, text_language, wish), wish.minute)
    frame.may_be_framed()
    return frame.show(
        "participant/sitting.html",
        is_preview=True,
        sitting=None,
        exercise=exercise,
        exercise_language=text_language,
        view=now.view,
        practice=now,
        preview_url=url_for(".arrivals", slug=slug, text_language=text_language, **wish.query()),
        kind=exercise.kind,
        heads="{}",
        read_only=False,
        remaining_ms=0,
        place=None,
    )


@pages.page("/<slug>/<text_language>/arrivals", Permission.ADMINISTER, methods=("POST",), writes_in_turn=True)
def arrivals(slug: str, text_language: str) -> ResponseReturnValue:
    """What has come of what stands on the page and of the sample before it, as in practice; nothing is stored."""
    exercise = _spoken(slug, text_language)
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    written, have = given.get("written"), given.get("have")
    before = _written(exercise, text_language, _wish(exercise, "participant"))
    now = practice.moment(
        exercise,
        text_language,
        [*before, *(written if isinstance(written, list) else ())],
        given.get("minute"),
    )
    known = have if isinstance(have, list) else []
    return frame.show(
        "participant/practice_arrival.html",
        practice=now,
        view=now.view,
        new=[part for part in now.view["parts"] if part not in known],
        kind=exercise.kind,
        read_only=False,
        exercise=exercise,
    )


@pages.page("/<slug>/<text_language>/assessor", Permission.ADMINISTER)
def assessor(slug: str, text_language: str) -> ResponseReturnValue:
    """The page of a rating, with a sample answer and nothing to rate it with."""
    exercise = _spoken(slug, text_language)
    answers = {} if _wish(exercise, "assessor").answers == "none" else shelf.sample(exercise, text_language)
    frame.may_be_framed()
    reading = readings.sample(exercise, text_language, answers)
    return frame.show("assessor/workbench.html", bench=workbench.preview(exercise, reading, text_language))


def _exercise(slug: str) -> Exercise:
    found = shelf.all_of_it(frame.session()).get(slug)
    if found is None:
        raise errors.NotFound
    return found


def _written(exercise: Exercise, language: str, wish: Wish) -> list[dict[str, Any]]:
    """What the sample answer has written by the minute, as a practising page would tell it."""
    if wish.answers == "none":
        return []
    return shelf.sample_until(exercise, language, wish.minute)


def _spoken(slug: str, language: str) -> Exercise:
    """The exercise; from here on the page speaks this language, as it does to who chose it."""
    if language not in content.LANGUAGES:
        raise errors.NotFound
    exercise = _exercise(slug)
    g.words = languages.translator(language, frame.actor().time_zone)
    return exercise


def _wish(exercise: Exercise, face: str) -> Wish:
    answers = request.args.get("answers", "")
    minute = request.args.get("minute", 0, type=int)
    return Wish(face, max(0, min(exercise.minutes, minute)), answers if answers in ANSWERS else ANSWERS[0])
