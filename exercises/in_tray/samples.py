"""Scripted sittings that come with the content, and what nobody should be able to break an in-tray with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from exercises.content import LANGUAGES, Exercise, beside
from exercises.kind import LONGEST_ANSWER, Answer, Samples


@dataclass(frozen=True)
class Step:
    """One save of a scripted sitting, with its exercise minute."""

    minute: float
    task: str
    value: Any


def script(exercise: Exercise, name: str, language: str = "en") -> tuple[Step, ...]:
    """A scripted sitting of this content; empty when it has none of this name."""
    return tuple(
        Step(float(entry["minute"]), entry["task"], _value(entry, language))
        for entry in _scripts(exercise).get(name, ())
    )


def answered(steps: Sequence[Step]) -> dict[str, Answer]:
    """The answers that a scripted sitting leaves."""
    return {
        step.task: Answer(step.task, step.value, step.minute, order)
        for order, step in enumerate(sorted(steps, key=lambda step: step.minute), 1)
    }


def samples(exercise: Exercise) -> Samples:
    """Model and weak sittings in both languages, one in which nothing was sent, and hostile values."""

    def sent(name: str, language: str) -> tuple[tuple[str, Any], ...]:
        return tuple((step.task, step.value) for step in script(exercise, name, language))

    return Samples(
        complete={language: sent("model", language) for language in LANGUAGES},
        weak={language: sent("weak", language) for language in LANGUAGES},
        incomplete=(
            (
                exercise.structure["messages"][1]["id"],
                {
                    "kind": "forward",
                    "to": [exercise.structure["people"][1]["id"]],
                    "tag": "stops",
                    "text": "Please",
                },
            ),
            ("notes", "First read everything."),
        ),
        hostile=tuple(_hostile()),
    )


@cache
def _scripts(exercise: Exercise) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    file = beside(exercise, "samples.yaml")
    if not file.is_file():
        return {}
    scripts: Mapping[str, Sequence[Mapping[str, Any]]] = yaml.load(
        file.read_text("utf-8"), Loader=yaml.CSafeLoader
    )["scripts"]
    return scripts


def _value(entry: Mapping[str, Any], language: str) -> Any:
    if "value" not in entry:
        return entry["text"][language]
    if "text" not in entry:
        return dict(entry["value"])
    return {**entry["value"], "text": entry["text"][language]}


_VALUES: tuple[Any, ...] = (
    None,
    True,
    7,
    3.5,
    float("nan"),
    [],
    ["M02"],
    {},
    "",
    {"kind": {"kind": {"kind": "deep"}}},
    {1: 2},
    {"kind": "reply"},
    {"kind": "explode", "to": ["bo"], "tag": "stops"},
    {"kind": "reply", "to": ["bo"], "tag": "shouts"},
    {"kind": "reply", "to": ["bo"], "text": "no tag"},
    {"kind": "reply", "to": ["nobody"], "tag": "stops"},
    {"kind": "reply", "to": "bo", "tag": "stops"},
    {"kind": "reply", "to": ["bo", "bo"], "tag": "stops"},
    {"kind": "reply", "to": [["bo"]], "tag": "stops"},
    {"kind": "reply", "to": [None], "tag": "stops"},
    {"kind": "reply", "to": ["bo"] * 5000, "tag": "stops"},
    {"kind": "plan", "due_day": "thu5", "due_time": "25:99"},
    {"kind": "plan", "due_day": "someday"},
    {"kind": "plan"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": 7},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "points": 100},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "x" * (70 * 1024)},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "é" * (LONGEST_ANSWER // 2)},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "zero\x00byte"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "half a surrogate \ud83d"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "<script>alert(1)</script>"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": '=HYPERLINK("http://example.org","click")'},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "{{ 7 * 7 }}{% raw %}"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "\u202eright to left\u202c نوقف السلسلة"},
    {"kind": "reply", "to": ["bo"], "tag": "stops", "text": "👩‍🔧 🪑 " * 50},
    {"kind": "new", "to": ["bo"], "tag": "stops", "subject": "<b>=1+1</b>", "text": "\x07\x1b[31m"},
    {"\ud800": "x"},
    {"option": "maybe"},
    {"option": ["yes"]},
    {"option": "yes", "person": "nobody"},
    {"L-2209": "sold"},
    {"L-9999": "free"},
    {"L-2209": None},
    {"entries": "all"},
    {"entries": [7]},
    {"entries": [{}] * 1000},
    {"entries": [{"day": "thu5", "start": "", "title": "no time"}]},
    {"entries": [{"day": "thu5", "start": "12:00", "end": "09:00", "title": "<i>backwards</i>"}]},
    {"moved": {"de_linde": {"day": "fri6", "start": "09:00"}}},
    {"moved": {"team_leads": "later"}},
    {"priority": "<b>high</b>"},
    {"dropped": ["budget"]},
    "x" * (70 * 1024),
    "zero\x00byte",
    "half a surrogate \ud83d",
    "=1+1",
    "<script>alert(1)</script>",
    "\u202eright to left\u202c",
)


def _hostile() -> Sequence[tuple[str, Any]]:
    tasks = (
        "M02",
        "M02.sent.1",
        "new.1.sent",
        "decision.THU",
        "stock",
        "calendar",
        "closing.1",
        "notes",
        "mark.M02",
        "mark.M99",
        "M99",
        "M02.sent.99",
        "",
        "decision.",
    )
    return [(task, value) for task in tasks for value in _VALUES]
