"""The kind "game": rounds of decisions in a small business, a question in each, results at once, a look back.

Tasks: ``draft.N`` (what stands in round N and is not confirmed), ``round.N`` (what was confirmed, which stays) and
``closing`` (the text at the end). Rounds go by confirmation, not by minutes. The outcome index is scored by key;
assessors rate what was written, with decisions and results beside it. How often somebody tried, forecast or changed
a draft is not kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exercises import writing
from exercises.content import Exercise, Problem
from exercises.game import key as keys
from exercises.game import model as models
from exercises.game import playing
from exercises.game.checking import problems
from exercises.game.chronicle import chronicle
from exercises.game.model import Model
from exercises.game.playing import OPTION, TEXT, draft_task, round_task
from exercises.game.sampling import samples
from exercises.game.screen import CLOSING, Screen, parts
from exercises.kind import Answers, Block, Chronicle, InvalidAnswer, KeyResult, Phase, Samples, Task

_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d{1,4})?", re.ASCII)


@dataclass(frozen=True)
class Game:
    """Reads, shows and scores every exercise of this kind."""

    name: str = "game"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        return (Phase("play", 0, exercise.minutes, frozenset({"draft.*", "round.*", CLOSING})),)

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        numbers = range(1, _rounds(exercise) + 1)
        return (
            *(Task(draft_task(number)) for number in numbers),
            *(Task(round_task(number), is_final=True) for number in numbers),
            Task(CLOSING),
        )

    def task(self, exercise: Exercise, name: str) -> Task | None:
        if name == CLOSING:
            return Task(name)
        form = _form(exercise, name)
        return Task(name, is_final=form[0] == "round") if form else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        return Screen(exercise, language).view(answers)

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset({"draft.*", "round.*"})

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return parts(exercise, answers)

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if task == CLOSING:
            return writing.text(posted)
        form = _form(exercise, task)
        if form is None:
            raise InvalidAnswer("no_task")
        return _parsed(models.of(exercise), form[1], _fields(posted), is_final=form[0] == "round")

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        confirmed = playing.play(exercise, answers).confirmed
        rounds = tuple(round_task(number) for number in range(confirmed + 1, _rounds(exercise) + 1))
        written = str(answers[CLOSING].value) if CLOSING in answers else ""
        return rounds if written.strip() else (*rounds, CLOSING)

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """Each confirmed round with what was decided, why, and what it gave; then a draft, the outcome, the text."""
        screen, played = Screen(exercise, language), playing.play(exercise, answers)
        words = exercise.text(language)["reading"]
        blocks = []
        for number, (value, result) in enumerate(zip(played.decisions, played.results, strict=True), 1):
            results = tuple(
                (words["result"].format(name=name), row)
                for name, row in screen.result_rows(result, is_read=True)
            )
            blocks.append(
                Block(
                    round_task(number),
                    words["round"].format(n=number),
                    text=str(value.get(TEXT, "")),
                    notes=() if str(value.get(TEXT, "")).strip() else (words["no_text"],),
                    rows=screen.rows(number, value),
                    after=results,
                )
            )
        following = draft_task(played.confirmed + 1)
        if following in answers and (
            draft := self.account(exercise, language, following, answers[following].value)
        ):
            blocks.append(draft)
        index = keys.index(exercise, played)
        if index is not None:
            outcome = screen.outcome_words(played, index.value, index.parts)
            rows = tuple((name, level) for name, level in outcome["parts"])
            blocks.append(
                Block(
                    "outcome",
                    words["outcome"],
                    notes=(outcome["band"], outcome["lowest"], *outcome["facts"], words["provisional"]),
                    rows=rows,
                )
            )
        if CLOSING in answers and (
            closing := self.account(exercise, language, CLOSING, answers[CLOSING].value)
        ):
            blocks.append(closing)
        return tuple(blocks)

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Chronicle:
        return chronicle(exercise, language, answers)

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        words = exercise.text(language)
        if task == CLOSING:
            written = isinstance(value, str) and value.strip()
            return Block(CLOSING, words["labels"]["closing"], text=value) if written else None
        form = _form(exercise, task)
        if form is None or not value:
            return None
        is_draft = form[0] == "draft"
        heading = words["reading"]["draft" if is_draft else "round"].format(n=form[1])
        rows = Screen(exercise, language).rows(form[1], value)
        return Block(task, heading, text=str(value.get(TEXT, "")), rows=rows, is_draft=is_draft)

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        return keys.key(exercise, answers)

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise)


KIND = Game()


def _rounds(exercise: Exercise) -> int:
    return int(exercise.structure["model"]["rounds"])


def _form(exercise: Exercise, name: str) -> tuple[str, int] | None:
    """Draft or round, and its number; cheap, for it is asked on every save."""
    form, _, number = name.partition(".")
    if form not in ("draft", "round") or len(number) != 1 or number not in "12345678":
        return None
    return (form, int(number)) if int(number) <= _rounds(exercise) else None


def _parsed(model: Model, number: int, given: Mapping[str, str], *, is_final: bool) -> dict[str, Any]:
    """What was posted for a round. A draft may hold less, and numbers that are not allowed yet."""
    found: dict[str, Any] = {}
    for name, written in given.items():
        lever = model.lever(name)
        if name == TEXT:
            found[name] = written
        elif name == OPTION:
            if written not in model.options[number - 1]:
                raise InvalidAnswer("no_option")
            found[name] = written
        elif lever is None:
            raise InvalidAnswer("no_fields")
        else:
            found[name] = _typed(written)
            if is_final and not lever.has(found[name]):
                raise InvalidAnswer("no_setting")
    if is_final and not {OPTION, *(lever.id for lever in model.levers)} <= found.keys():
        raise InvalidAnswer("not_complete")
    return {name: found[name] for name in sorted(found)}


def _fields(posted: Any) -> dict[str, str]:
    """Like other forms, and a stored value comes back as the number that it is."""
    if isinstance(posted, dict):
        posted = {name: str(value) if isinstance(value, float) else value for name, value in posted.items()}
    return writing.fields(posted)


def _typed(written: str) -> float:
    if not _NUMBER.fullmatch(written):
        raise InvalidAnswer("no_number")
    number = float(written) + 0.0
    return int(number) if number.is_integer() else number
