"""Everything that has to be changed in an exercise folder before it may be used, each with file, line and remedy.

First what all exercises share, then what the kind asks for, then a trial: what participants and assessors would see is
made once, so that no mistake waits for the first of them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import exercises
from exercises import content, lines
from exercises.content import LANGUAGES, ContentError, Exercise, Problem
from exercises.kind import Answer, InvalidAnswer, Kind
from exercises.rubric import LEVELS, framework

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NUMBER = re.compile(r"E\d{1,3}")
LONGEST_SLUG = 60
MOST_MINUTES = 480
MOST_TASKS = 2000
MANY = 24
"""So many exercises take longer than it takes to begin a process for each processor."""
TEXTS = ("title", "goal", "role", "instructions")
_HTML = re.compile(r"<\s*[a-zA-Z!/?]|!\[[^\]]*\]|(?:javascript|vbscript|data)\s*:", re.IGNORECASE)


def problems_of(folders: Sequence[Path]) -> list[Problem]:
    """What has to be changed in these folders, in their order; many are shared out among the processors."""
    if len(folders) < MANY:
        return [problem for folder in folders for problem in problems(folder)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        return [problem for found in processes.map(problems, folders, chunksize=4) for problem in found]


def problems(folder: Path) -> tuple[Problem, ...]:
    """What has to be changed in this folder; empty when it may be used."""
    files: dict[str, lines.File] = {}
    found: list[Problem] = []
    if not SLUG.fullmatch(folder.name) or len(folder.name) > LONGEST_SLUG:
        found.append(
            Problem(
                folder.name,
                f"is no name for an exercise; use at most {LONGEST_SLUG} small letters, digits and hyphens",
            )
        )
    for name in content.FILES:
        if name == "rubric.yaml" and not (folder / name).exists():
            continue
        try:
            files[name] = lines.read(folder / name)
        except FileNotFoundError:
            found.append(Problem(f"{folder.name}/{name}", "is missing"))
        except (lines.Unreadable, OSError) as error:
            found.append(Problem(f"{folder.name}/{name}", str(error), getattr(error, "line", None)))
    if not found:
        found = [*_of_whole(folder, files)]
    return tuple(_complete(one, files) for one in found)


def _of_whole(folder: Path, files: Mapping[str, lines.File]) -> Iterator[Problem]:
    """What is wrong with files that can be read: each of them, then the exercise that they make."""
    place, named = f"{folder.name}/exercise.yaml", [*_of_files(folder, files)]
    try:
        exercise = content.read(folder, {name: file.data for name, file in files.items()})
    except ContentError as error:
        yield from named
        yield from (one for one in error.problems if not named or one.place != place)
        return
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield from named or [Problem(place, _told("cannot be read", error))]
        return
    yield from named or _of_exercise(exercise)


def _of_files(folder: Path, files: Mapping[str, lines.File]) -> Iterator[Problem]:
    place = f"{folder.name}/exercise.yaml"
    yield from (Problem(place, message, at=at) for message, at in _structure(files["exercise.yaml"].data))
    if "rubric.yaml" in files:
        for message, at in _rubric(files["rubric.yaml"].data):
            yield Problem(f"{folder.name}/rubric.yaml", message, at=at)
    for language in LANGUAGES:
        own = f"{folder.name}/text.{language}.yaml"
        words = files[f"text.{language}.yaml"].data
        for name in TEXTS:
            if not isinstance(words.get(name), str) or not words[name].strip():
                yield Problem(own, f"{name} is missing")
        yield from (Problem(own, message, at=at) for message, at in _markup(words, ""))


def _structure(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, number = document.get("kind"), document.get("id")
    missing = [name for name in ("id", "kind", "version", "minutes") if name not in document]
    yield from ((f"has no {name}", "") for name in missing)
    if kind not in exercises.names() and "kind" in document:
        yield f"kind is {kind!r}, which Klei does not have; use one of {', '.join(exercises.names())}", "kind"
    if "id" in document and (not isinstance(number, str) or not NUMBER.fullmatch(number)):
        yield f"id is {number!r}; use E and a number, as in E12", "id"
    for name, most in (("version", 10**6), ("minutes", MOST_MINUTES)):
        value = document.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            yield f"{name} is {value!r}; use a whole number from 1 to {most}", name
    for name in ("rated", "keyed", "after"):
        value = document.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            yield f"{name} is no list of names; write it as [A, B]", name
        elif name != "after":
            yield from (
                (f"{name} names {one}, which is no dimension; use one of {', '.join(framework())}", name)
                for one in value
                if one not in framework()
            )


def _rubric(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rated = document.get("dimensions")
    if not isinstance(rated, dict):
        yield "has no dimensions", ""
        return
    behaviours = {one.id: one.sign for dimension in framework().values() for one in dimension.behaviours}
    seen: set[str] = set()
    for dimension, entry in rated.items():
        at = f"dimensions.{dimension}"
        if dimension not in framework():
            yield f"rates {dimension}, which is no dimension; use one of {', '.join(framework())}", at
        if not isinstance(entry, dict) or not all(isinstance(part, list) for part in entry.values()):
            yield f"{dimension} is no rubric; write lists of anchors and of the checklist", at
            continue
        anchors, checklist = entry.get("anchors", []), entry.get("checklist", [])
        if len(anchors) not in (0, len(LEVELS)):
            yield (
                f"{dimension} has {len(anchors)} anchors; write five, from level 1 to level 5",
                f"{at}.anchors",
            )
        for part, entries in (("anchors", anchors), ("checklist", checklist)):
            for number, one in enumerate(entries):
                wanted = (*LANGUAGES, *(("id", "sign", "behaviour") if part == "checklist" else ()))
                absent = [name for name in wanted if not isinstance(one, dict) or not one.get(name)]
                yield from ((f"{name} is missing", f"{at}.{part}.{number}") for name in absent)
                if part == "anchors" or absent:
                    continue
                if behaviours.get(str(one["behaviour"])) != str(one["sign"]):
                    yield (
                        f"{one['id']} has {one['behaviour']} with {one['sign']}, which the framework does not have;"
                        " use a behaviour of framework.yaml with its own sign",
                        f"{at}.{part}.{number}",
                    )
                if one["id"] in seen:
                    yield (
                        f"{one['id']} is there twice; give each line an id of its own",
                        f"{at}.{part}.{number}",
                    )
                seen.add(one["id"])
        yield from _markup(entry, f"{at}.")


def _markup(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _markup(entry, f"{path}{name}.")
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _markup(entry, f"{path}{number}.")
    elif isinstance(value, str) and (found := _HTML.search(value)):
        yield (
            f"{path.rstrip('.')} has {found.group()[:20]!r}; texts are Markdown without HTML, pictures and scripts:"
            " take it out",
            path.rstrip("."),
        )


def _of_exercise(exercise: Exercise) -> Iterator[Problem]:
    kind, place = exercises.get(exercise.kind), f"{exercise.slug}/exercise.yaml"
    found = []
    try:
        for one in kind.check(exercise):
            found.append(one)
    except Exception as error:  # content that nobody has checked may be anything
        found.append(Problem(place, _told("cannot be checked", error)))
    if not found:
        try:
            found += [Problem(place, message) for message in _trial(kind, exercise)]
        except Exception as error:  # as above
            found.append(Problem(place, _told("cannot be played", error)))
    yield from found


def _trial(kind: Kind, exercise: Exercise) -> Iterator[str]:
    tasks = kind.tasks(exercise)
    if not 0 < len(tasks) <= MOST_TASKS:
        yield f"has {len(tasks)} tasks; keep it between 1 and {MOST_TASKS}"
        return
    samples = kind.samples(exercise)
    for sent in ((), *samples.complete.values(), *samples.weak.values()):
        answers = answered(kind, exercise, sent)
        for language in LANGUAGES:
            for minute in (0.0, float(exercise.minutes)):
                json.dumps(kind.view(exercise, language, answers, minute), allow_nan=False)
            kind.reading(exercise, language, answers)
        for score in kind.key(exercise, answers).scores:
            if score.score is not None and not 1 <= score.score <= 5:
                yield f"scores {score.score} on {score.dimension}; keep every key between 1 and 5"


def answered(kind: Kind, exercise: Exercise, sent: Sequence[tuple[str, Any]]) -> dict[str, Answer]:
    """The counting answers after all of this was sent, evenly over the exercise; what is refused changes nothing."""
    found: dict[str, Answer] = {}
    for order, (name, posted) in enumerate(sent, 1):
        task = kind.task(exercise, name)
        if task is None or (task.is_final and name in found):
            continue
        with suppress(InvalidAnswer):
            value = kind.parse(exercise, name, posted)
            found[name] = Answer(name, value, order * exercise.minutes / (len(sent) + 1), order)
    return found


def _told(what: str, error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{what}: {error.args[0]} is missing"
    return f"{what}: {type(error).__name__}, {str(error)[:120]}; compare it with a folder made by content new"


_REMEDIES = (
    (r"is missing$|is missing,|^has no |lacks a|is not complete|does not have a", "add it"),
    (r"not in the first language", "add it to text.en.yaml, or take it out here"),
    (r"entries instead of", "translate every entry"),
    (r"empty in one language", "write it in both languages"),
    (r"same kind of value", "write it as in text.en.yaml"),
    (r"does not exist|there is no|is no decision|not among|no item is about|not known|no value here", "name one that there is, or add it"),
    (r"divides by zero", "keep what it divides by above zero, as with max(x, 1)"),
    (r"number that is too large|root of a number|power of", "keep its values within bounds, as with clamp(x, 0, 100)"),
    (r"longer than|more than|deeper than", "make it shorter, or split it"),
    (r"complete plans$", "write the number that was found, or change the jobs"),
    (r"same id|twice", "give each an id of its own"),
)  # fmt: skip


def _complete(problem: Problem, files: Mapping[str, lines.File]) -> Problem:
    """The problem with its line and a remedy, where whoever found it named none."""
    place, _, rest = problem.place.partition(": ")
    message = f"{rest}: {problem.message}" if rest else problem.message
    if ";" not in message:
        remedy = next((words for pattern, words in _REMEDIES if re.search(pattern, message)), "change it")
        message = f"{message}; {remedy}"
    line, file = problem.line, files.get(place.rpartition("/")[2])
    if file is not None and line is None:
        line = file.line(problem.at) if problem.at else (file.line_of(message.partition(";")[0]) or 1)
    return replace(problem, place=place, message=message, line=line)
