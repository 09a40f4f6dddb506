"""The kind "reflection": questions that look back at the day, answered in one's own words.

Each prompt is a task. A private one is for the participant alone: it is stored, and no assessor ever reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exercises import writing
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.kind import Answers, Block, InvalidAnswer, KeyResult, Phase, Samples, Task
from exercises.reflection.sampling import samples


@dataclass(frozen=True)
class Reflection:
    """Reads and shows every exercise of this kind; nothing is scored by key."""

    name: str = "reflection"
    looks_back: bool = True
    """The page shows the participant what they kept for themselves in the exercises before."""

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(_problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        return (Phase("work", 0, exercise.minutes, frozenset(_ids(exercise))),)

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        return tuple(Task(name) for name in _ids(exercise))

    def task(self, exercise: Exercise, name: str) -> Task | None:
        return Task(name) if name in _ids(exercise) else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        words = exercise.text(language)
        return {
            "parts": list(self.parts(exercise, answers, minute)),
            "language": language,
            "instructions": words["instructions"],
            "labels": dict(words["labels"]),
            "prompts": [
                {
                    "id": prompt["id"],
                    "number": number,
                    "is_private": prompt.get("private", False),
                    "words": words["prompts"][prompt["id"]],
                    "value": _written(answers, prompt["id"]),
                }
                for number, prompt in enumerate(_prompts(exercise), 1)
            ],
        }

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset()

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return tuple(_ids(exercise))

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if task not in _ids(exercise):
            raise InvalidAnswer("no_task")
        return writing.text(posted)

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        return tuple(name for name in _shared(exercise) if not _written(answers, name).strip())

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """What was shared. The private answer is not part of it, not even as an empty heading."""
        return tuple(
            block
            for name in _shared(exercise)
            if (block := self.account(exercise, language, name, _written(answers, name)))
        )

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> None:
        """The questions stand side by side."""

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        if task not in _ids(exercise) or not isinstance(value, str) or not value.strip():
            return None
        return Block(task, exercise.text(language)["prompts"][task], text=value)

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        return KeyResult()

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise, _shared(exercise))


KIND = Reflection()


def _prompts(exercise: Exercise) -> tuple[Mapping[str, Any], ...]:
    return tuple(exercise.structure["prompts"])


def _ids(exercise: Exercise) -> tuple[str, ...]:
    return tuple(prompt["id"] for prompt in _prompts(exercise))


def _shared(exercise: Exercise) -> tuple[str, ...]:
    return tuple(prompt["id"] for prompt in _prompts(exercise) if not prompt.get("private", False))


def _written(answers: Answers, task: str) -> str:
    return str(answers[task].value) if task in answers else ""


def _problems(exercise: Exercise) -> Iterator[Problem]:
    place = f"{exercise.slug}/exercise.yaml"
    prompts = exercise.structure.get("prompts", ())
    if not prompts or not _shared(exercise):
        yield Problem(place, "needs prompts, and at least one that is not private")
        return
    if len({prompt["id"] for prompt in prompts}) < len(prompts):
        yield Problem(place, "two prompts have the same id")
    if exercise.keyed:
        yield Problem(place, "keyed must be empty: what people write about themselves is never scored by key")
    for language in LANGUAGES:
        words = exercise.text(language)
        for prompt in prompts:
            if prompt["id"] not in words.get("prompts", {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"prompts.{prompt['id']} is missing")
        for name in ("shared", "private", "private_hint"):
            if name not in words.get("labels", {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"labels.{name} is missing")
    known = {entry.dimension for entry in (exercise.rubric.dimensions if exercise.rubric else ())}
    for dimension in sorted({*exercise.rated} - known):
        yield Problem(f"{exercise.slug}/rubric.yaml", f"has no {dimension}, which is rated")
