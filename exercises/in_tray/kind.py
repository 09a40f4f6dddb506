"""The kind "in-tray": joins what it shows, takes in, gives to read and scores.

Tasks: "M01" is the draft on a message and "M01.sent.1" its first sent action, "new.1" and "new.1.sent" a new
message, "decision.EXP" a decision, "stock" and "calendar" what was changed there, "closing.1" a closing reason,
"notes" the private notepad and "mark.M01" the private mark on a message. What was sent is final.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exercises import shown
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.in_tray import posted as postbag
from exercises.in_tray.chronicle import chronicle
from exercises.in_tray.conditions import changes_in, names_in, problems
from exercises.in_tray.key import key
from exercises.in_tray.reading import account, reading
from exercises.in_tray.samples import samples
from exercises.in_tray.screen import MOST_NEW, MOST_SENT, parts, view
from exercises.kind import Answers, Block, Chronicle, InvalidAnswer, KeyResult, Phase, Samples, Task

MOST_MESSAGES = 150


@dataclass(frozen=True)
class InTray:
    """Reads, shows and scores every exercise of this kind."""

    name: str = "in_tray"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(_problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        structure = exercise.structure
        named = [entry["id"] for entry in (*structure["messages"], *structure["follow_ups"])]
        tray = {name for message in named for name in (message, f"{message}.*")}
        return (
            Phase(
                "in-tray",
                0,
                structure["in_tray_until"],
                frozenset([*tray, "new.*", "decision.*", "stock", "calendar"]),
            ),
            Phase("closing", 0, exercise.minutes, frozenset(["closing.*", "notes", "mark.*", "shown.*"])),
        )

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        return tuple(_by_name(exercise).values())

    def task(self, exercise: Exercise, name: str) -> Task | None:
        return _by_name(exercise).get(name)

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        return view(exercise, language, answers, minute)

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return _followed(exercise)

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return parts(exercise, answers, minute)

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if self.task(exercise, task) is None:
            raise InvalidAnswer("no_task")
        if task.startswith(shown.PREFIX):
            return shown.value(posted)
        return postbag.parse(exercise, task, posted)

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        unsaid = [
            name
            for name in _closing(exercise)
            if not (answers[name].value.strip() if name in answers else False)
        ]
        return tuple([*_unhandled(exercise, answers), *unsaid])

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        return reading(exercise, language, answers)

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Chronicle:
        return chronicle(exercise, language, answers, minute)

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        if self.task(exercise, task) is None or task.startswith(shown.PREFIX):
            return None
        return account(exercise, language, task, value)

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        return key(exercise, answers)

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise)


KIND = InTray()


@lru_cache(maxsize=64)
def _by_name(exercise: Exercise) -> Mapping[str, Task]:
    return {task.name: task for task in _tasks(exercise)}


@lru_cache(maxsize=64)
def _followed(exercise: Exercise) -> frozenset[str]:
    """What was sent and chosen, and the empty draft that keeps a follow-up which was seen; of drafts none else."""
    structure = exercise.structure
    asked = (structure["follow_ups"], structure["definitions"])
    return frozenset(
        [
            *("*.sent", "*.sent.*", "decision.*", "stock", "calendar"),
            *(entry["id"] for entry in structure["follow_ups"]),
            *changes_in(asked),
        ]
    )


def _tasks(exercise: Exercise) -> Iterator[Task]:
    structure = exercise.structure
    for entry in (*structure["messages"], *structure["follow_ups"]):
        yield Task(entry["id"])
        yield from (Task(f"{entry['id']}.sent.{number}", is_final=True) for number in range(1, MOST_SENT + 1))
    for number in range(1, MOST_NEW + 1):
        yield Task(f"new.{number}")
        yield Task(f"new.{number}.sent", is_final=True)
    yield from (Task(f"decision.{name}") for name in structure["decisions"])
    yield from (Task(name) for name in ("stock", "calendar", *_closing(exercise)))
    yield from (Task(name) for name in shown.tasks(exercise, structure["documents"]))
    yield from (Task(name, is_private=True) for name in _private(exercise))


def _private(exercise: Exercise) -> Iterator[str]:
    """The notepad, and a mark on every message where this version has marks."""
    yield "notes"
    structure = exercise.structure
    if structure.get("marks"):
        yield from (f"mark.{entry['id']}" for entry in (*structure["messages"], *structure["follow_ups"]))


def _closing(exercise: Exercise) -> list[str]:
    return [f"closing.{number}" for number in range(1, exercise.structure["closing"]["count"] + 1)]


def _unhandled(exercise: Exercise, answers: Answers) -> Iterator[str]:
    """Messages without a sent action: those there from the start, and later ones that an answer refers to.

    Anything more would tell how many are still to come.
    """
    for entry in exercise.structure["messages"]:
        name = entry["id"]
        is_known = entry["at"] == 0 or name in answers
        if is_known and not any(f"{name}.sent.{number}" in answers for number in range(1, MOST_SENT + 1)):
            yield name


def _problems(exercise: Exercise) -> Iterator[Problem]:
    place, structure = f"{exercise.slug}/exercise.yaml", exercise.structure
    wanted = ("clock_start", "in_tray_until", "closing", "people", "groups", "kinds", "tags", "messages")
    missing = [
        name
        for name in (*wanted, "follow_ups", "decisions", "documents", "stock", "calendar", "definitions")
        if name not in structure
    ]
    if missing:
        yield from (Problem(place, f"has no {name}") for name in missing)
        return
    if not 0 < structure["in_tray_until"] <= exercise.minutes:
        yield Problem(place, "in_tray_until lies outside the exercise")
    if len(structure["messages"]) + len(structure["follow_ups"]) > MOST_MESSAGES:
        yield Problem(place, f"messages are more than {MOST_MESSAGES}, with the follow-ups")
        return
    loops = tuple(_loops(exercise))
    yield from (Problem(place, message) for message in loops)
    if loops:
        return
    yield from (Problem(place, message) for message in _message_problems(exercise))
    for name, condition in structure["definitions"].items():
        yield from (Problem(f"{place}: {name}", message) for message in problems(condition, exercise))
    yield from _key_problems(exercise, place)
    for language in LANGUAGES:
        yield from _missing_words(exercise, language)
    rated = {entry.dimension for entry in (exercise.rubric.dimensions if exercise.rubric else ())}
    for dimension in sorted({*exercise.rated} - rated):
        yield Problem(f"{exercise.slug}/rubric.yaml", f"has no {dimension}, which is rated")


def _message_problems(exercise: Exercise) -> Iterator[str]:
    structure, people = exercise.structure, postbag.recipients(exercise)
    entries = (*structure["messages"], *structure["follow_ups"])
    if len({entry["id"] for entry in entries}) < len(entries):
        yield "two messages have the same id"
    until = structure["in_tray_until"]
    for entry in entries:
        at = entry["at"] if "at" in entry else max(entry["delay"], entry.get("not_before", 0))
        if not 0 <= at <= until:
            yield f"{entry['id']} arrives in minute {at}; let it arrive from 0 to {until}, where in_tray_until ends it"
        for person in (entry["from"], *entry.get("to", ()), *entry.get("cc", ())):
            if person not in people:
                yield f"{entry['id']} names {person}, who is not among the people"
        for document in {*entry.get("attached", ())} - {*structure["documents"]}:
            yield f"{entry['id']} has {document} attached, which does not exist"
        if "decision" in entry and entry["decision"] not in structure["decisions"]:
            yield f"{entry['id']} asks for {entry['decision']}, which is no decision"
        for name in ("when", "while"):
            if name in entry:
                yield from (f"{entry['id']}: {message}" for message in problems(entry[name], exercise))


def _loops(exercise: Exercise) -> Iterator[str]:
    """Follow-ups that wait for each other, and definitions that explain each other."""
    definitions = exercise.structure["definitions"]
    follow_ups = {entry["id"]: entry["when"] for entry in exercise.structure["follow_ups"]}
    asks = {f"is {name}": names_in(condition) for name, condition in definitions.items()}
    asks |= {name: names_in(when) for name, when in follow_ups.items()}
    done: set[str] = set()
    for start in asks:
        path, waiting = [start], [iter(sorted(asks[start] & asks.keys()))] if start not in done else []
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                done.add(path.pop())
            elif name in path:
                loop = [one.removeprefix("is ") for one in (*path[path.index(name) :], name)]
                yield f"{loop[0]} waits for itself ({' → '.join(loop)}); let one of them depend on something else"
                return
            elif name not in done:
                path.append(name)
                waiting.append(iter(sorted(asks[name] & asks.keys())))


def _key_problems(exercise: Exercise, place: str) -> Iterator[Problem]:
    rules = exercise.structure.get("key")
    if not rules:
        if exercise.keyed:
            yield Problem(place, "keyed names dimensions, but there is no key")
        return
    best: dict[str, float] = dict.fromkeys(rules["maxima"], 0.0)
    for rule in rules["rules"]:
        for case in rule["cases"]:
            found = problems(case["when"], exercise)
            yield from (Problem(f"{place}: {rule['id']}", message) for message in found)
        best[rule["dimension"]] = best.get(rule["dimension"], 0.0) + max(
            0.0, *(case["points"] for case in rule["cases"])
        )
    for dimension, points in best.items():
        if rules["maxima"].get(dimension) != points:
            yield Problem(place, f"the rules give at most {points:g} on {dimension}, not what maxima says")
    if {*exercise.keyed} != {*rules["maxima"]}:
        yield Problem(place, "keyed and the maxima of the key name different dimensions")


def _missing_words(exercise: Exercise, language: str) -> Iterator[Problem]:
    """Texts that the structure asks for and the language has not."""
    place, words, structure = (
        f"{exercise.slug}/text.{language}.yaml",
        exercise.text(language),
        exercise.structure,
    )
    asked: dict[str, Sequence[str]] = {
        "messages": [entry["id"] for entry in structure["messages"]],
        "follow_ups": [entry["id"] for entry in structure["follow_ups"]],
        "people": [person["id"] for person in structure["people"]],
        "groups": [*structure["groups"]],
        "units": structure["units"],
        "kinds": [*structure["kinds"], "new"],
        "tags": structure["tags"],
        "priorities": structure["priorities"],
        "decisions": [*structure["decisions"]],
        "documents": structure["documents"],
    }
    for name in ("title", "goal", "role", "instructions", "role_card", "labels", "closing", "notes"):
        if name not in words:
            yield Problem(place, f"{name} is missing")
    if structure.get("marks") and "marks" not in words:
        yield Problem(place, "marks is missing")
    if structure.get("notes_shown"):
        asked["shown"] = (*shown.WORDS, "before", "later", "never")
    for part, ids in asked.items():
        for name in ids:
            if name not in words.get(part, {}):
                yield Problem(place, f"{part}.{name} is missing")
    for rule in structure.get("key", {}).get("rules", ()):
        own = words.get("key", {}).get("rules", {}).get(rule["id"])
        if own is None or len(own["cases"]) != len(rule["cases"]):
            yield Problem(place, f"key.rules.{rule['id']} does not have a sentence for each case")
