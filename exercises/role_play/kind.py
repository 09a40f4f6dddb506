"""The kind "role_play": a conversation in writing with a counterpart who answers each message.

Tasks: ``start`` (the conversation was begun), ``draft.N`` (message N as it is being written), ``turn.N`` (message N as
it was sent, which stays sent), ``agreed`` and ``differently`` (two questions afterwards) and ``notes`` (for the
participant alone). What the counterpart says follows from the chosen move and topic by rules in the content. Nothing
is scored by key; assessors rate the words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exercises import writing
from exercises.content import Exercise, Problem
from exercises.kind import Answers, Block, Chronicle, InvalidAnswer, KeyResult, Phase, Samples, Task
from exercises.role_play import talking
from exercises.role_play.checking import problems
from exercises.role_play.reading import account, chronicle, reading
from exercises.role_play.sampling import samples
from exercises.role_play.screen import AFTERWARDS, NOTES, Screen, parts, text_of
from exercises.role_play.talking import ABOUT, MOVE, START, TEXT, draft_task, turn_task


@dataclass(frozen=True)
class RolePlay:
    """Reads, plays and shows every exercise of this kind."""

    name: str = "role_play"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        tasks = frozenset({START, "draft.*", "turn.*", *AFTERWARDS, NOTES})
        return (Phase("conversation", 0, exercise.minutes, tasks),)

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        return tuple(_tasks(exercise))

    def task(self, exercise: Exercise, name: str) -> Task | None:
        if name in (*AFTERWARDS, NOTES):
            return Task(name, is_private=name == NOTES)
        if name == START:
            return Task(name, is_final=True)
        form = _form(exercise, name)
        return Task(name, is_final=form == "turn") if form else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        return Screen(exercise, language).view(answers, minute)

    def live_view(self, exercise: Exercise, language: str, answers: Answers) -> Mapping[str, Any]:
        """What the participant sees beside a conversation with a person: brief, notes, and the questions afterwards."""
        return Screen(exercise, language).live_view(answers)

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset({START, "turn.*"})

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return parts(exercise, answers, minute)

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if task in (*AFTERWARDS, NOTES):
            return writing.text(posted)
        if task == START:
            if posted not in ({}, {"begun": True}):
                raise InvalidAnswer("no_fields")
            return {"begun": True}
        form = _form(exercise, task)
        if form is None:
            raise InvalidAnswer("no_task")
        return _parsed(exercise, writing.fields(posted), is_final=form == "turn")

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        talk = talking.replay(exercise, answers)
        unsaid = () if talk.is_over else (turn_task(talk.following) if talk.following else START,)
        return (*unsaid, *(name for name in AFTERWARDS if not text_of(answers, name).strip()))

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        return tuple(reading(exercise, language, answers))

    def chronicle(
        self, exercise: Exercise, language: str, answers: Answers, minute: float
    ) -> Chronicle | None:
        return chronicle(exercise, language, answers)

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        return account(exercise, language, task, value) if self.task(exercise, task) else None

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        return KeyResult()

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise)


KIND = RolePlay()


def _tasks(exercise: Exercise) -> Iterator[Task]:
    yield Task(START, is_final=True)
    for number in range(1, int(exercise.structure["turns"]) + 1):
        yield Task(draft_task(number))
        yield Task(turn_task(number), is_final=True)
    yield from (Task(name) for name in AFTERWARDS)
    yield Task(NOTES, is_private=True)


def _form(exercise: Exercise, name: str) -> str | None:
    """Draft or turn, where its number is one of this exercise; cheap, for it is asked on every save."""
    form, _, number = name.partition(".")
    if form not in ("draft", "turn") or not (number.isascii() and number.isdigit()) or len(number) > 2:
        return None
    known = number == str(int(number)) and 1 <= int(number) <= exercise.structure["turns"]
    return form if known else None


def _parsed(exercise: Exercise, given: Mapping[str, str], *, is_final: bool) -> dict[str, str]:
    """A message with its move and topic. A draft may lack any of them."""
    if given.keys() - {MOVE, ABOUT, TEXT}:
        raise InvalidAnswer("no_fields")
    if MOVE in given and given[MOVE] not in exercise.structure["moves"]:
        raise InvalidAnswer("no_option")
    if ABOUT in given and given[ABOUT] not in exercise.structure["topics"]:
        raise InvalidAnswer("no_option")
    if is_final and not (MOVE in given and ABOUT in given and given.get(TEXT, "").strip()):
        raise InvalidAnswer("not_complete")
    return {name: given[name] for name in sorted(given)}
