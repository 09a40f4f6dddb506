"""The kind "case study": what it shows, what it takes in and what its key scores.

Tasks are ``memo``, one per fact check and, private (neither read nor scored by anybody), ``notes`` and a ``mark.*``
on the note and each exhibit; and ``shown.*`` for each of these, once it was gone to from the list. Assessors read the
memo, and in words what was gone to: the fact checks are scored by key and would otherwise
count twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from charts.svg import paint
from exercises import figures, shown, writing
from exercises.case_study import exhibits
from exercises.case_study.sampling import samples
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.keys import scored
from exercises.kind import (
    Answer,
    Answers,
    Block,
    InvalidAnswer,
    KeyLine,
    KeyResult,
    Phase,
    Samples,
    Task,
)


@dataclass(frozen=True)
class CaseStudy:
    """Reads, shows and scores every exercise of this kind."""

    name: str = "case_study"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(_problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        return (Phase("work", 0, exercise.minutes, frozenset(_tasks(exercise))),)

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        private = _private(exercise)
        return tuple(Task(name, is_private=name in private) for name in _tasks(exercise))

    def task(self, exercise: Exercise, name: str) -> Task | None:
        return Task(name, is_private=name in _private(exercise)) if name in _tasks(exercise) else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        words = exercise.text(language)
        return {
            "parts": list(self.parts(exercise, answers, minute)),
            "language": language,
            "instructions": words["instructions"],
            "is_untimed": bool(exercise.structure.get("untimed")),
            "assignment": words["assignment"],
            "note": _note(exercise, language),
            "exhibits": _exhibits(exercise, language),
            "glossary": [dict(e) for e in sorted(words["glossary"], key=lambda e: str(e["term"]).casefold())],
            "checks": _checks(exercise, language, answers),
            "memo": {
                **_words(words["memo"]),
                "limit": exercise.structure["memo"]["limit"],
                "value": _written(answers, "memo"),
                "words": writing.words(_written(answers, "memo")),
            },
            "notes": {**_words(words["notes"]), "value": _written(answers, "notes")},
            "notes_shown": bool(exercise.structure.get("notes_shown")),
            "marks": _marks(exercise, words, answers),
        }

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset()

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return ("material", "work")

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if task.startswith(shown.PREFIX) and task in _tasks(exercise):
            return shown.value(posted)
        question = _question(exercise, task)
        if question is None or question["type"] == "number":
            if task not in _tasks(exercise):
                raise InvalidAnswer("no_task")
            return writing.text(posted)
        chosen = writing.fields(posted) if isinstance(posted, dict) else {task: writing.text(posted)}
        if not chosen.keys() <= {task} or not set(chosen.values()) <= set(question["options"]):
            raise InvalidAnswer("no_option")
        return chosen

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        private = _private(exercise)
        asked = (
            name for name in _tasks(exercise) if name not in private and not name.startswith(shown.PREFIX)
        )
        return tuple(name for name in asked if not _written(answers, name).strip())

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        words = exercise.text(language)
        blocks = [self.memo(exercise, language, answers)]
        gone_to = shown.order_of(answers, _material(exercise))
        if gone_to and exercise.structure.get("notes_shown"):
            titles = [_title(words, name) for name in gone_to]
            blocks.append(shown.block(words["shown"], {"chosen": titles}))
        return tuple(blocks)

    def memo(self, exercise: Exercise, language: str, answers: Answers) -> Block:
        words, limit = exercise.text(language)["reading"], exercise.structure["memo"]["limit"]
        memo = answers.get("memo")
        if memo is None or not memo.value.strip():
            return Block("memo", words["memo"], text=memo.value if memo else "", notes=(words["empty"],))
        count, limit_at = writing.words(memo.value), writing.end_of_word(memo.value, limit)
        counted = words["words"] if limit_at is None else words["over"]
        notes = (
            counted.format(words=count, limit=limit),
            words["saved"].format(minute=int(memo.minute)),
        )
        return Block("memo", words["memo"], text=memo.value, notes=notes, limit_at=limit_at)

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> None:
        """There is one text, which is read as it was left."""

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        if task.startswith(shown.PREFIX):
            return None
        written = _written({task: Answer(task, value, 0, 1)}, task)
        if task not in _tasks(exercise) or not written.strip():
            return None
        words = exercise.text(language)
        if task == "memo":
            return Block(task, words["reading"]["memo"], text=written)
        if task in _private(exercise):
            return Block(task, _private_heading(words, task), text=written)
        checks = _checks(exercise, language, {}) or {}
        asked = next(question for question in checks["questions"] if question["id"] == task)
        given = next((option["words"] for option in asked["options"] if option["id"] == written), written)
        return Block(task, checks["title"], rows=((asked["question"], f"{given} {asked['unit']}".strip()),))

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        checks = exercise.structure.get("checks")
        if not exercise.keyed or not checks:
            return KeyResult()
        lines = tuple(_line(checks["dimension"], entry, answers) for entry in checks["questions"])
        score = scored(checks["dimension"], lines, sum(line.maximum for line in lines))
        return KeyResult((score,), lines, is_provisional=checks["status"] == "provisional")

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise, [name for name in _tasks(exercise) if not name.startswith(shown.PREFIX)])


KIND = CaseStudy()


def _questions(exercise: Exercise) -> tuple[Mapping[str, Any], ...]:
    return tuple((exercise.structure.get("checks") or {}).get("questions", ()))


def _question(exercise: Exercise, task: str) -> Mapping[str, Any] | None:
    return next((question for question in _questions(exercise) if question["id"] == task), None)


def _tasks(exercise: Exercise) -> tuple[str, ...]:
    seen = shown.tasks(exercise, _material(exercise))
    return (*(question["id"] for question in _questions(exercise)), "memo", *_private(exercise), *seen)


def _material(exercise: Exercise) -> list[str]:
    """The names of the note and the exhibits."""
    structure = exercise.structure
    return [*(["note"] if "note" in structure else []), *(entry["id"] for entry in structure["exhibits"])]


@lru_cache(maxsize=64)
def _private(exercise: Exercise) -> tuple[str, ...]:
    """The notepad, and a mark on each piece of material where this version has marks."""
    marked = _material(exercise) if exercise.structure.get("marks") else ()
    return ("notes", *(f"mark.{name}" for name in marked))


def _private_heading(words: Mapping[str, Any], task: str) -> str:
    if task == "notes":
        return str(words["notes"]["title"])
    return str(words["marks"]["on"].format(title=_title(words, task.removeprefix("mark."))))


def _title(words: Mapping[str, Any], name: str) -> str:
    return str(words["note"]["subject"] if name == "note" else words["exhibits"][name]["title"])


def _written(answers: Answers, task: str) -> str:
    """What stands in this task: its text, or the option that was chosen."""
    answer: Answer | None = answers.get(task)
    if answer is None:
        return ""
    return str(answer.value.get(task, "") if isinstance(answer.value, Mapping) else answer.value)


def _words(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in entry.items()}


def _marks(exercise: Exercise, words: Mapping[str, Any], answers: Answers) -> dict[str, Any] | None:
    """The words of marks and what stands in them, by the material they are on; None in a version without marks."""
    marks = {
        task.removeprefix("mark."): _written(answers, task)
        for task in _private(exercise)
        if task.startswith("mark.")
    }
    return {**_words(words["marks"]), "value": marks} if marks else None


def _note(exercise: Exercise, language: str) -> dict[str, Any] | None:
    """The note with its table of options, where the exercise has one."""
    note = exercise.text(language).get("note")
    if note is None:
        return None
    ready = {name: note[name] for name in ("to", "from", "subject", "before", "after")}
    options = note["options"]
    ready["options"] = {
        "caption": options["caption"],
        "columns": list(options["columns"].values()),
        "rows": [list(options["rows"][name].values()) for name in exercise.structure["note"]["options"]],
    }
    return ready


@lru_cache(maxsize=64)
def _exhibits(exercise: Exercise, language: str) -> tuple[dict[str, Any], ...]:
    """Tables and painted charts: made once per version and language, because they never change."""
    return tuple(_exhibit(exercise, language, entry) for entry in exercise.structure["exhibits"])


def _exhibit(exercise: Exercise, language: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    words = exercise.text(language)["exhibits"][entry["id"]]
    chart = exhibits.chart(entry, words, language)
    return {
        "id": entry["id"],
        "title": words["title"],
        "short": words["title"].partition(". ")[0],
        "unit": words["unit"],
        "columns": [words["columns"][column] for column in entry["columns"]],
        "rows": [
            {
                "name": words["rows"][row["id"]],
                "is_strong": bool(row.get("strong")),
                "cells": exhibits.cells(entry, row, language),
            }
            for row in entry["rows"]
        ],
        "footnotes": list(words["footnotes"]),
        "chart": paint(chart, f"chart-{entry['id']}") if chart else None,
    }


def _checks(exercise: Exercise, language: str, answers: Answers) -> dict[str, Any] | None:
    questions = _questions(exercise)
    if not questions:
        return None
    words = exercise.text(language)["checks"]
    asked = []
    for question in questions:
        own = words[question["id"]]
        asked.append(
            {
                "id": question["id"],
                "type": question["type"],
                "question": own["question"],
                "unit": own.get("unit", ""),
                "options": [{"id": o, "words": own["options"][o]} for o in question.get("options", ())],
                "value": _written(answers, question["id"]),
            }
        )
    return {"title": words["title"], "intro": words["intro"], "questions": asked}


def _line(dimension: str, question: Mapping[str, Any], answers: Answers) -> KeyLine:
    written = _written(answers, question["id"])
    right: str
    if question["type"] == "choice":
        is_right, right = written == question["correct"], question["correct"]
    else:
        number, tolerance = figures.typed(written), question.get("tolerance", 0)
        is_right = number is not None and abs(number - question["correct"]) <= tolerance + 1e-9
        right = f"{question['correct']} ± {tolerance}"
    points = float(question["points"])
    given = written.strip()[:60] or "–"
    return KeyLine(question["id"], dimension, points if is_right else 0.0, points, f"{given} ({right})")


def _problems(exercise: Exercise) -> Iterator[Problem]:
    place = f"{exercise.slug}/exercise.yaml"
    for entry in exercise.structure.get("exhibits", ()):
        yield from (Problem(place, message) for message in exhibits.problems(entry))
    limit = exercise.structure.get("memo", {}).get("limit")
    if not isinstance(limit, int) or limit < 1:
        yield Problem(place, "memo.limit must be a number of words")
    checks = exercise.structure.get("checks")
    if exercise.keyed and not checks:
        yield Problem(place, "keyed names a dimension, but there are no checks")
    if checks and exercise.keyed != (checks.get("dimension"),) and exercise.keyed:
        yield Problem(place, "checks.dimension is not the one that keyed names")
    for question in _questions(exercise):
        if question["type"] not in ("number", "choice"):
            yield Problem(place, f"{question['id']} is neither a number nor a choice")
        if question["type"] == "choice" and question["correct"] not in question.get("options", ()):
            yield Problem(place, f"the right answer of {question['id']} is none of its options")
    for language in LANGUAGES:
        yield from _missing_words(exercise, language)
    if set(exercise.rated) - {
        rated.dimension for rated in (exercise.rubric.dimensions if exercise.rubric else ())
    }:
        yield Problem(f"{exercise.slug}/rubric.yaml", "lacks a dimension that is rated")


def _missing_words(exercise: Exercise, language: str) -> Iterator[Problem]:
    """Texts that the structure asks for and the language has not."""
    place, words = f"{exercise.slug}/text.{language}.yaml", exercise.text(language)
    for name in (
        "title",
        "goal",
        "role",
        "instructions",
        "assignment",
        "glossary",
        "memo",
        "notes",
        "reading",
    ):
        if name not in words:
            yield Problem(place, f"{name} is missing")
    if exercise.structure.get("marks") and "marks" not in words:
        yield Problem(place, "marks is missing")
    if exercise.structure.get("notes_shown"):
        absent = [name for name in (*shown.WORDS, "chosen") if name not in words.get("shown", {})]
        yield from (Problem(place, f"shown.{name} is missing") for name in absent)
    for entry in exercise.structure.get("exhibits", ()):
        own = words.get("exhibits", {}).get(entry["id"], {})
        for part, ids in (("columns", entry["columns"]), ("rows", [row["id"] for row in entry["rows"]])):
            for name in set(ids) - set(own.get(part, ())):
                yield Problem(place, f"exhibits.{entry['id']}.{part}.{name} is missing")
        if entry.get("chart") and "chart" not in own:
            yield Problem(place, f"exhibits.{entry['id']}.chart is missing")
    for question in _questions(exercise):
        own = words.get("checks", {}).get(question["id"], {})
        if "question" not in own or set(question.get("options", ())) - set(own.get("options", ())):
            yield Problem(place, f"checks.{question['id']} is not complete")
