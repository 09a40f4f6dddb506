"""What is wrong with the content of a game: its model, what the page shows of it, and texts that are missing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exercises import figures
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.game import key as keys
from exercises.game import model as models
from exercises.game import playing
from exercises.game.model import Lever, Model, ModelError, trials

WANTED = ("model", "expected", "outputs", "charts", "sums", "key")


def problems(exercise: Exercise) -> Iterator[Problem]:
    """Everything that keeps this content from being used; the model is played at the ends of what may be decided."""
    place, structure = f"{exercise.slug}/exercise.yaml", exercise.structure
    missing = [name for name in WANTED if name not in structure]
    if missing:
        yield from (Problem(place, f"has no {name}") for name in missing)
        return
    try:
        model = models.of(exercise)
        for decisions in trials(model):
            index = model.index(model.play(decisions)[-1].state)
            if not 0 <= index.value <= 100:
                yield Problem(place, f"model.index gives {index.value}, which is not from 0 to 100")
                return
    except ModelError as error:
        yield Problem(place, str(error))
        return
    wrong = (*_outputs(exercise, model), *_series(exercise, model), *_key(exercise))
    yield from (Problem(place, message) for message in wrong)
    for language in LANGUAGES:
        absent = _missing(exercise, model, exercise.text(language))
        yield from (Problem(f"{exercise.slug}/text.{language}.yaml", f"{name} is missing") for name in absent)


def _outputs(exercise: Exercise, model: Model) -> Iterator[str]:
    structure = exercise.structure
    played = model.play([playing.decision(model, {})] * model.rounds)
    known, at_start = playing.figures(model, played[-1]), playing.figures(model, None)
    formats = {entry["id"]: entry["format"] for entry in structure["outputs"]}
    for name, pattern in formats.items():
        if name not in known:
            yield f"outputs names {name}, which the model does not compute"
        if not figures.is_format(pattern):
            yield f"outputs.{name} has {pattern}, which is no format"
    for chart in structure["charts"]:
        if chart["form"] not in ("bars", "lines") or not 1 <= len(chart["of"]) <= 3:
            yield f"charts.{chart['id']} needs a form, bars or lines, and one to three outputs"
        for name in {*chart["of"]} - (formats.keys() & at_start.keys()):
            yield f"charts.{chart['id']} shows {name}, which is no output that has a value at the start"
    for name in structure["sums"]:
        if name not in played[-1].values:
            yield f"sums names {name}, which no formula computes"


def _series(exercise: Exercise, model: Model) -> Iterator[str]:
    for name, series in exercise.structure["expected"].items():
        if name not in model.per_round or len(series) != model.rounds:
            yield f"expected.{name} is no series of the model with a value for each round"


def _key(exercise: Exercise) -> Iterator[str]:
    rules = exercise.structure["key"]
    borders = list(rules["borders"])
    if len(borders) != 4 or sorted({*borders}) != borders:
        yield "key.borders must be four rising numbers"
    if exercise.keyed not in ((), (rules["dimension"],)):
        yield "key.dimension is not the one that keyed names"


def _missing(exercise: Exercise, model: Model, words: Mapping[str, Any]) -> Iterator[str]:
    """Texts that the structure asks for, by the place where they should stand."""
    yield from _absent(
        words,
        {
            "outputs": [entry["id"] for entry in exercise.structure["outputs"]],
            **{f"charts.{chart['id']}": ("title", "description") for chart in exercise.structure["charts"]},
            **{
                f"charts.{chart['id']}.series": range(len(chart["of"]))
                for chart in exercise.structure["charts"]
            },
            "outcome": ("lowest", "facts"),
            "outcome.bands": range(5),
            "outcome.levels": range(5),
            "outcome.parts": model.parts,
            "key": (keys.RULE,),
            "reading": ("round", "draft", "result", "no_text", "outcome", "provisional"),
        },
    )
    for number, options in enumerate(model.options, 1):
        place = f"rounds.{number}"
        yield from _absent(words, {place: ("outlook", "question"), f"{place}.options": tuple(options)})
    for lever in model.levers:
        yield from _absent(words, _of_lever(lever, words))


def _of_lever(lever: Lever, words: Mapping[str, Any]) -> dict[str, Sequence[object]]:
    """A lever has a name for each of its settings, or a pattern that a figure is put into."""
    place = f"levers.{lever.id}"
    if "names" in words.get("levers", {}).get(lever.id, {}):
        names = [f"{value:g}" for value in lever.values()]
        return {place: ("label", "hint", "effect"), f"{place}.names": names}
    return {place: ("label", "hint", "effect", "value")}


def _absent(words: Mapping[str, Any], asked: Mapping[str, Sequence[object]]) -> Iterator[str]:
    for place, names in asked.items():
        found: Any = words
        for part in place.split("."):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        for name in names:
            is_there = name < len(found) if isinstance(name, int) else name in found
            if not is_there:
                yield f"{place}.{name}"
