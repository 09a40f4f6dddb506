"""What a participant's answers mean for the model: decisions, confirmed rounds, results and the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exercises.content import Exercise
from exercises.game import model as models
from exercises.game.model import Decision, Model, ModelError, Round
from exercises.kind import Answers

OPTION = "option"
TEXT = "text"


@dataclass(frozen=True)
class Play:
    """The rounds that were confirmed, each after the one before it, and what they gave."""

    decisions: tuple[Mapping[str, Any], ...]
    results: tuple[Round, ...]

    @property
    def confirmed(self) -> int:
        return len(self.results)


def round_task(number: int) -> str:
    return f"round.{number}"


def draft_task(number: int) -> str:
    return f"draft.{number}"


def decision(model: Model, value: Mapping[str, Any]) -> Decision:
    """What a stored answer decides; whatever it leaves out is as by default."""
    levers = {lever.id: float(value.get(lever.id, lever.default)) for lever in model.levers}
    return Decision(levers, str(value.get(OPTION, "")))


def play(exercise: Exercise, answers: Answers) -> Play:
    """What counts: a round is played once it and all before it are confirmed.

    Should a formula fail, which the content check excludes, the play ends before that round instead of failing.
    """
    model = models.of(exercise)
    decided: list[Mapping[str, Any]] = []
    results: list[Round] = []
    state = model.state
    for number in range(1, model.rounds + 1):
        answer = answers.get(round_task(number))
        if answer is None:
            break
        try:
            result = model.round(number, state, decision(model, answer.value))
        except ModelError:
            break
        decided.append(answer.value)
        results.append(result)
        state = result.state
    return Play(tuple(decided), tuple(results))


def forecast(exercise: Exercise, so_far: Play, draft: Mapping[str, Any]) -> Round | None:
    """What these decisions would give if the round went as announced: it knows nothing that the page does not say."""
    model = models.of(exercise)
    number = so_far.confirmed + 1
    if number > model.rounds:
        return None
    wanted = decision(model, draft)
    if not all(lever.has(wanted.levers[lever.id]) for lever in model.levers):
        return None
    state = so_far.results[-1].state if so_far.results else model.state
    try:
        return model.expecting(exercise.structure["expected"]).round(number, state, wanted)
    except ModelError:
        return None


def figures(model: Model, result: Round | None) -> dict[str, float]:
    """Everything that a round computed, by name; for no round, the state at the start."""
    state = result.state if result else model.state
    computed = dict(result.values) if result else {}
    return {**computed, **model.outcome(state), **state}
