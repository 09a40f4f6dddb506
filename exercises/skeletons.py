"""The beginning of an own exercise: the smallest that Klei has of its kind, which works as it is, under another name."""

import re
from pathlib import Path

import yaml

import exercises
from exercises import checking, content
from exercises.content import LANGUAGES
from exercises.rubric import LEVELS, framework

NUMBER = "E90"
"""The place in the catalogue that a beginning has; its author gives it another."""
TITLES = {"en": "New exercise", "nl": "Nieuwe opdracht"}
_FIRST = """\
# A working exercise to begin from. Change it piece by piece, and after each piece run: flask --app wsgi content check .
# docs/authoring.md says what everything here means. This file holds what is the same in all languages.
"""
RATED = {"case_study": "S1", "game": "S2", "in_tray": "P1", "reflection": "P2", "role_play": "L2"}
"""What assessors rate in a beginning of each kind that people rate."""
_RUBRIC = """\
# What assessors rate, begun from the framework: for each dimension five levels and a checklist. Write, at every level,
# what it looks like in this exercise; keep the lines of the checklist that can be seen here, and say each in its words.
"""
_BETWEEN = {
    "en": "Between level {below} and level {above}: write what that looks like in this exercise.",
    "nl": "Tussen niveau {below} en niveau {above}: schrijf op hoe dat er in deze opdracht uitziet.",
}


class CannotBegin(ValueError):
    """No beginning can be made; nothing was written."""


def begin(kind: str, folder: Path) -> None:
    """Write a working exercise of this kind into a new folder, whose name becomes its slug.

    :raises CannotBegin: when there is no such kind, or the folder may not be made.
    """
    if kind not in exercises.names():
        raise CannotBegin(f"there is no kind {kind}; use one of {', '.join(exercises.names())}")
    if not checking.SLUG.fullmatch(folder.name) or len(folder.name) > checking.LONGEST_SLUG:
        raise CannotBegin(
            f"{folder.name} is no name for an exercise; use at most {checking.LONGEST_SLUG} small letters, digits and"
            " hyphens"
        )
    if folder.name in content.shipped():
        raise CannotBegin(f"an exercise of Klei is named {folder.name} already; use another name")
    smallest = min(
        (one for one in content.shipped().values() if one.kind == kind),
        key=lambda one: len(content.canonical(one.document())),
    )
    dimension = RATED.get(kind)
    structure = _structure(content.beside(smallest, "exercise.yaml").read_text("utf-8"), dimension)
    made = {"exercise.yaml": _FIRST + structure}
    if dimension:
        made["rubric.yaml"] = _RUBRIC + _rubric(dimension)
    samples = content.beside(smallest, "samples.yaml")
    if samples.is_file():
        made["samples.yaml"] = samples.read_text("utf-8")
    for language in LANGUAGES:
        name = f"text.{language}.yaml"
        text = content.beside(smallest, name).read_text("utf-8")
        made[name] = re.sub(r"(?m)^title:.*$", f"title: {TITLES[language]}", text, count=1)
    try:
        folder.mkdir()
    except OSError as error:
        raise CannotBegin(f"{folder} cannot be made: {error.strerror}") from None
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")


def _structure(text: str, rated: str | None) -> str:
    """Without what the smallest exercise says about itself: its first comment, its number, and that it has no clock."""
    text = re.sub(r"\A(?:#[^\n]*\n)+", "", text)
    text = re.sub(r"(?m)^untimed: true\n", "", text)
    text = re.sub(r"(?m)^id: .*$", f"id: {NUMBER}", text, count=1)
    text = re.sub(r"(?m)^rated: .*$", f"rated: [{rated or ''}]", text, count=1)
    return re.sub(r"(?m)^version: .*$", "version: 1", text, count=1)


def _rubric(rated: str) -> str:
    """A rubric of one dimension: the framework's levels and behaviours, with the levels between them to be written."""
    dimension = framework()[rated]
    between = {
        level: {code: words.format(below=level - 1, above=level + 1) for code, words in _BETWEEN.items()}
        for level in LEVELS
    }
    checklist = [
        {
            "id": f"{NUMBER.lower()}.{rated}.c{number}",
            "sign": one.sign,
            "behaviour": one.id,
            **{code: one.words[code] for code in LANGUAGES},
        }
        for number, one in enumerate(dimension.behaviours, 1)
    ]
    anchors = [
        {code: dimension.anchors.get(level, between[level])[code] for code in LANGUAGES} for level in LEVELS
    ]
    made = {"dimensions": {rated: {"anchors": anchors, "checklist": checklist}}}
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=116)
