"""The model of a game: a state that moves by rounds of decisions, through formulas that the content declares.

The order is fixed: the effects of the chosen event, then every formula in turn, then all of ``next`` from what the
formulas gave, rounded where the content says so. On the right-hand side a state's name is its value at the start of
the round (or what the event set it to). There is no chance in it: the same decisions give the same results.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

from exercises.content import Exercise
from exercises.game import formulas
from exercises.game.formulas import Formula, FormulaError

MOST_FORMULAS = 80
MOST_ROUNDS = 8
TRIED = 4096
"""The most plays that the content check runs through."""


class ModelError(ValueError):
    """The model cannot be read or computed; ``place`` says where in the content."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place} {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True)
class Lever:
    """A decision of every round: a number between two ends, in steps."""

    id: str
    least: float
    most: float
    step: float
    default: float

    def values(self) -> tuple[float, ...]:
        """Every setting, from the least to the most."""
        count = round((self.most - self.least) / self.step)
        return tuple(round(self.least + number * self.step, 6) for number in range(count + 1))

    def has(self, value: float) -> bool:
        return value in self.values()


@dataclass(frozen=True)
class Decision:
    """What was decided in one round: a value for every lever, and an option of the round's question."""

    levers: Mapping[str, float]
    option: str


@dataclass(frozen=True)
class Round:
    """What one round gave: everything that was computed, and the state after it."""

    values: Mapping[str, float]
    state: Mapping[str, float]


@dataclass(frozen=True)
class Index:
    """The outcome after the last round: the index and its parts, each from 0 to 100."""

    value: float
    parts: Mapping[str, float]


@dataclass(frozen=True)
class _Step:
    """A formula, the name that it sets, and where it stands."""

    name: str
    formula: Formula
    place: str


@dataclass(frozen=True)
class Model:
    """A model that has been read and found whole."""

    rounds: int
    state: Mapping[str, float]
    rounding: Mapping[str, int]
    per_round: Mapping[str, tuple[float, ...]]
    tables: formulas.Tables
    levers: tuple[Lever, ...]
    inputs: Mapping[str, float]
    options: tuple[Mapping[str, Mapping[str, float]], ...]
    steps: tuple[_Step, ...]
    following: tuple[_Step, ...]
    index_steps: tuple[_Step, ...]
    parts: tuple[str, ...]

    def lever(self, name: str) -> Lever | None:
        return next((lever for lever in self.levers if lever.id == name), None)

    def play(self, decisions: Sequence[Decision]) -> tuple[Round, ...]:
        """The results of these rounds, from the start.

        :raises ModelError: when a formula cannot be computed; content for which that is possible is refused.
        """
        found: list[Round] = []
        state = self.state
        for number, decision in enumerate(decisions[: self.rounds], 1):
            found.append(self.round(number, state, decision))
            state = found[-1].state
        return tuple(found)

    def round(self, number: int, state: Mapping[str, float], decision: Decision) -> Round:
        """The results of one round that begins with this state."""
        values = {
            **state,
            **self.inputs,
            **{name: series[number - 1] for name, series in self.per_round.items()},
            **decision.levers,
            **self.options[number - 1].get(decision.option, {}),
        }
        _run(self.steps, values, self.tables)
        after = {step.name: _value(step, values, self.tables) for step in self.following}
        rounded = {name: formulas.rounded(after[name], digits) for name, digits in self.rounding.items()}
        moved = {name: rounded.get(name, after.get(name, values[name])) for name in self.state}
        return Round(MappingProxyType(values), MappingProxyType(moved))

    def outcome(self, state: Mapping[str, float]) -> Mapping[str, float]:
        """The state together with everything that the index is made of."""
        values = dict(state)
        _run(self.index_steps, values, self.tables)
        return values

    def expecting(self, expected: Mapping[str, Sequence[float]]) -> "Model":
        """The same model, with what is announced of each round in place of what will be."""
        announced = {name: tuple(map(float, series)) for name, series in expected.items()}
        return replace(self, per_round=MappingProxyType({**self.per_round, **announced}))

    def index(self, state: Mapping[str, float]) -> Index:
        """The index of this state, rounded to one decimal before anybody reads it in bands."""
        values = self.outcome(state)
        parts = MappingProxyType({name: values[name] for name in self.parts})
        return Index(formulas.rounded(values["index"], 1), parts)

    def defaults(self) -> Mapping[str, float]:
        return {lever.id: lever.default for lever in self.levers}


def of(exercise: Exercise) -> Model:
    """The model of this exercise; read once per version."""
    return _read(exercise)


@lru_cache(maxsize=32)
def _read(exercise: Exercise) -> Model:
    return read(exercise.structure["model"])


def read(document: Mapping[str, Any]) -> Model:
    """The model that this part of the content declares.

    :raises ModelError: with the place, when it cannot be used.
    """
    missing = [name for name in _WANTED if name not in document]
    if missing:
        raise ModelError("model", f"has no {missing[0]}")
    rounds = document["rounds"]
    if not isinstance(rounds, int) or not 1 <= rounds <= MOST_ROUNDS:
        raise ModelError("model.rounds", f"must be a whole number from 1 to {MOST_ROUNDS}")
    if len(document["formulas"]) + len(document["index"].get("formulas", ())) > MOST_FORMULAS:
        raise ModelError("model.formulas", f"are more than {MOST_FORMULAS}")
    state = _numbers("model.state", document["state"])
    inputs = _numbers("model.inputs", document["inputs"])
    per_round = {
        name: tuple(_number(f"model.per_round.{name}", value) for value in series)
        for name, series in document["per_round"].items()
    }
    for name, series in per_round.items():
        if len(series) != rounds:
            raise ModelError(f"model.per_round.{name}", f"has {len(series)} values for {rounds} rounds")
    tables = {name: _numbers(f"model.tables.{name}", table) for name, table in document["tables"].items()}
    levers = tuple(_lever(entry) for entry in document["levers"])
    options = _options(document["events"], rounds, {*state, *inputs})
    known = {*state, *inputs, *per_round, *(lever.id for lever in levers)}
    steps = _steps("model.formulas", document["formulas"], known, {*tables})
    following = tuple(
        _step(f"model.next.{name}", name, text, known, {*tables}) for name, text in document["next"].items()
    )
    for name in (*document["next"], *document["rounding"]):
        if name not in state:
            raise ModelError("model.next", f"moves {name}, which is no state")
    after = {*state}
    index_steps = _steps("model.index.formulas", document["index"].get("formulas", ()), after, {*tables})
    parts = tuple(document["index"].get("parts", ()))
    for name in ("index", *parts):
        if name not in after:
            raise ModelError("model.index", f"does not compute {name}")
    return Model(
        rounds=rounds,
        state=MappingProxyType(state),
        rounding=MappingProxyType({name: int(digits) for name, digits in document["rounding"].items()}),
        per_round=MappingProxyType(per_round),
        tables=MappingProxyType(tables),
        levers=levers,
        inputs=MappingProxyType(inputs),
        options=options,
        steps=steps,
        following=following,
        index_steps=index_steps,
        parts=parts,
    )


def trials(model: Model) -> Iterator[tuple[Decision, ...]]:
    """Plays at the ends of what may be decided, with every option: what the content check runs through."""
    ends = {
        lever.id: (lever.least, lever.most) if len(model.levers) > 4 else lever.values()
        for lever in model.levers
    }
    names = tuple(ends)
    settings = [dict(zip(names, values, strict=True)) for values in product(*ends.values())]
    settings.append(dict(model.defaults()))
    most_options = max(len(options) for options in model.options)
    for number, setting in enumerate(settings[: TRIED // most_options]):
        for choice in range(most_options):
            yield tuple(
                Decision(
                    setting if (number + choice + place) % 3 else settings[-1 - number],
                    tuple(options)[choice % len(options)],
                )
                for place, options in enumerate(model.options)
            )


_WANTED = (
    "rounds",
    "state",
    "inputs",
    "per_round",
    "tables",
    "levers",
    "events",
    "formulas",
    "next",
    "rounding",
    "index",
)


def _lever(entry: Mapping[str, Any]) -> Lever:
    name = str(entry.get("id"))
    place = f"model.levers.{name}"
    least, most, step, default = (
        _number(place, entry.get(part)) for part in ("min", "max", "step", "default")
    )
    if not formulas.is_name(name):
        raise ModelError(place, "is no name that a formula can use")
    if not least < most or step <= 0 or (most - least) / step > 200:
        raise ModelError(place, "needs a min below its max, and at most 200 steps between them")
    lever = Lever(name, least, most, step, default)
    if lever.values()[-1] != most or not lever.has(default):
        raise ModelError(place, "does not reach its max, or its default, in whole steps from its min")
    return lever


def _options(
    events: Sequence[Mapping[str, Any]], rounds: int, known: set[str]
) -> tuple[Mapping[str, Mapping[str, float]], ...]:
    if len(events) != rounds:
        raise ModelError("model.events", f"are {len(events)} for {rounds} rounds")
    found = []
    for number, event in enumerate(events, 1):
        place = f"model.events.{number}"
        options = {
            option: MappingProxyType(_numbers(f"{place}.{option}", effects))
            for option, effects in event["options"].items()
        }
        if len(options) < 2:
            raise ModelError(place, "needs two options or more")
        for option, effects in options.items():
            for name in effects:
                if name not in known:
                    raise ModelError(f"{place}.{option}", f"sets {name}, which is neither state nor input")
        found.append(MappingProxyType(options))
    return tuple(found)


def _steps(place: str, written: Sequence[str], known: set[str], tables: set[str]) -> tuple[_Step, ...]:
    """Formulas of the form ``name = expression``; each may use what stands above it. ``known`` grows by each."""
    found = []
    for number, line in enumerate(written, 1):
        name, sign, text = str(line).partition("=")
        name = name.strip()
        where = f"{place}.{number}"
        if not sign or not formulas.is_name(name):
            raise ModelError(where, "does not have the form name = formula")
        found.append(_step(f"{where} ({name})", name, text, known, tables))
        known.add(name)
    return tuple(found)


def _step(place: str, name: str, text: object, known: set[str], tables: set[str]) -> _Step:
    try:
        formula = formulas.read(str(text).strip())
    except FormulaError as error:
        raise ModelError(place, str(error)) from None
    for other in sorted(formula.names - known):
        raise ModelError(place, f"uses {other}, which is not known there")
    for other in sorted(formula.tables - tables):
        raise ModelError(place, f"looks into {other}, which is no table")
    return _Step(name, formula, place)


def _run(steps: Sequence[_Step], values: dict[str, float], tables: formulas.Tables) -> None:
    for step in steps:
        values[step.name] = _value(step, values, tables)


def _value(step: _Step, values: Mapping[str, float], tables: formulas.Tables) -> float:
    try:
        return step.formula.value(values, tables)
    except FormulaError as error:
        raise ModelError(step.place, str(error)) from None


def _numbers(place: str, entries: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): _number(f"{place}.{name}", value) for name, value in entries.items()}


def _number(place: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= formulas.LARGEST:
        raise ModelError(place, "must be a number")
    return float(value)
