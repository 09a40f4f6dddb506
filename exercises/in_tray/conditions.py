"""The small language in which keys and follow-ups of an in-tray are written as data.

A condition is a mapping with one word, and is asked of the facts of one sitting. It gives the moment at which it
became true, or None. No code is ever run from content, and no text that was written is ever looked at.
What a version asks is read into functions of the facts once, for every sitting asks all of it.

========================  ========================================================================
``all: [...]``            every condition holds; true from the latest
``any: [...]``            one holds; true from the earliest
``not: condition``        it does not hold
``is: name``              the definition of this name holds
``sent: {filters}``       an action was sent that passes all filters; true from the first
``last: {of, filters}``   the last action that passes ``of`` passes the filters too
``decided: {D: options}`` the decision stands on one of these (``person`` beside it: who was named)
``stock: {B: choices}``   every batch named is reserved for one of these
``changed: task``         this task has an answer
``planned: {filters}``    an own entry stands in the calendar
``handled_before: {}``    at most so many of these messages were handled before a moment
========================  ========================================================================

Filters of ``sent``: about, also_about, after, at_free_time, due_by, kind, not_before, not_on_message,
on_message, reaches, tag.
Those of ``planned``: about, at_free_time, with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

from exercises.content import Exercise
from exercises.in_tray import agenda
from exercises.in_tray.facts import START, Act, Moment, acts, arrival, value_of
from exercises.kind import Answers

Condition = Mapping[str, Any]
Asked = Callable[["Facts"], Moment | None]
"""A condition that was read: when it became true of these facts, or None."""


class UnknownCondition(ValueError):
    """A condition uses a word that the language does not have."""


@dataclass(frozen=True)
class Facts:
    """What conditions are asked of: the answers of one sitting up to a minute."""

    exercise: Exercise
    answers: Answers
    until: float = float("inf")
    """Actions sent later than this minute are left out. Choices that can change always stand as they are."""
    found: dict[str, Moment | None] = field(default_factory=dict, compare=False)
    """When each definition asked so far became true: many rules ask for the same ones."""

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        return tuple(act for act in acts(self.exercise, self.answers) if act.moment.minute <= self.until)

    @cached_property
    def acts_by_message(self) -> Mapping[str, Sequence[Act]]:
        """The actions that were made on a message or said to be about it, in the order of sending."""
        found: dict[str, list[Act]] = {}
        for act in self.acts:
            for message in act.about:
                found.setdefault(message, []).append(act)
        return found

    def moment_of(self, task: str) -> Moment | None:
        answer = self.answers.get(task)
        return Moment(answer.order, answer.minute) if answer is not None else None


def understood(condition: Condition) -> Asked:
    """The condition as a function of facts, which gives the moment at which it became true, or None.

    :raises UnknownCondition: when it is written in words that the language does not have.
    """
    word, asked = _word(condition)
    return _WORDS[word](asked)


def problems(condition: Any, exercise: Exercise) -> Iterator[str]:
    """What is wrong with a condition of this content, before anybody sits it."""
    try:
        word, asked = _word(condition)
    except UnknownCondition as error:
        yield str(error)
        return
    if word in ("all", "any"):
        for part in asked:
            yield from problems(part, exercise)
    elif word == "not":
        yield from problems(asked, exercise)
    elif word == "is":
        if asked not in exercise.structure["definitions"]:
            yield f"there is no definition {asked}"
    elif word in ("sent", "planned"):
        yield from _filter_problems(word, asked, exercise)
    elif word == "last":
        yield from _filter_problems("sent", asked["of"], exercise)
        yield from _filter_problems("sent", _rest(asked, "of"), exercise)
    elif word == "decided":
        yield from _decision_problems(asked, exercise)
    elif word == "stock":
        batches = {batch["id"] for batch in exercise.structure["stock"]["batches"]}
        yield from (f"there is no batch {name}" for name in asked.keys() - batches)
        choices = {choice for wanted in asked.values() for choice in _many(wanted)}
        yield from (
            f"there is no choice {name}" for name in choices - {*exercise.structure["stock"]["choices"]}
        )
    elif word == "handled_before":
        yield from problems(asked["moment"], exercise)


def names_in(condition: Any) -> set[str]:
    """The messages whose handling a condition waits for, and the definitions that it uses, as "is NAME"."""
    if isinstance(condition, (list, tuple)):
        return {name for part in condition for name in names_in(part)}
    if not isinstance(condition, Mapping):
        return set()
    found: set[str] = set()
    for word, asked in condition.items():
        if word == "is":
            found.add(f"is {asked}")
        elif word in ("on_message", "changed"):
            found |= {str(name) for name in _many(asked)}
        else:
            found |= names_in(asked)
    return found


def changes_in(condition: Any) -> Iterator[str]:
    """The tasks of which it asks whether they have an answer at all."""
    if isinstance(condition, (list, tuple)):
        for part in condition:
            yield from changes_in(part)
    elif isinstance(condition, Mapping):
        for word, asked in condition.items():
            yield from [asked] if word == "changed" else changes_in(asked)


def _word(condition: Any) -> tuple[str, Any]:
    if not isinstance(condition, Mapping) or len(condition) != 1:
        raise UnknownCondition(f"a condition is one word with what it asks, not {condition!r}")
    ((word, asked),) = condition.items()
    if word not in _WORDS:
        raise UnknownCondition(f"there is no condition {word}")
    return word, asked


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _rest(asked: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in names}


_order = attrgetter("order")


def _all(asked: Any) -> Asked:
    parts = [understood(part) for part in asked]

    def latest(facts: Facts) -> Moment | None:
        found = []
        for part in parts:
            at = part(facts)
            if at is None:
                return None
            found.append(at)
        return max(found, key=_order, default=START)

    return latest


def _any(asked: Any) -> Asked:
    parts = [understood(part) for part in asked]

    def earliest(facts: Facts) -> Moment | None:
        found = (part(facts) for part in parts)
        return min((at for at in found if at is not None), key=_order, default=None)

    return earliest


def _not(asked: Any) -> Asked:
    part = understood(asked)
    return lambda facts: START if part(facts) is None else None


def _is(asked: Any) -> Asked:
    def of_definition(facts: Facts) -> Moment | None:
        if asked not in facts.found:
            facts.found[asked] = _definitions(facts.exercise)[asked](facts)
        return facts.found[asked]

    return of_definition


@lru_cache(maxsize=64)
def _definitions(exercise: Exercise) -> Mapping[str, Asked]:
    return {name: understood(condition) for name, condition in exercise.structure["definitions"].items()}


def _sent(asked: Mapping[str, Any]) -> Asked:
    acts_asked, passes = _acts_asked(asked), _passing(asked)
    return lambda facts: next((act.moment for act in acts_asked(facts) if passes(act, facts)), None)


def _last(asked: Mapping[str, Any]) -> Asked:
    acts_asked, passes, is_right = (
        _acts_asked(asked["of"]),
        _passing(asked["of"]),
        _passing(_rest(asked, "of")),
    )

    def last(facts: Facts) -> Moment | None:
        found = [act for act in acts_asked(facts) if passes(act, facts)]
        return found[-1].moment if found and is_right(found[-1], facts) else None

    return last


def _decided(asked: Mapping[str, Any]) -> Asked:
    ((decision, options),) = _rest(asked, "person").items()
    task = f"decision.{decision}"

    def decided(facts: Facts) -> Moment | None:
        value = value_of(facts.answers, task)
        if value.get("option") not in _many(options):
            return None
        if "person" in asked and value.get("person") not in _many(asked["person"]):
            return None
        return facts.moment_of(task)

    return decided


def _stock(asked: Mapping[str, Any]) -> Asked:
    def reserved(facts: Facts) -> Moment | None:
        value = value_of(facts.answers, "stock")
        first = {batch["id"]: batch["reserved"] for batch in facts.exercise.structure["stock"]["batches"]}
        stands = all(
            value.get(batch, first[batch]) in _many(wanted)  # a batch that was left alone stands as it stood
            for batch, wanted in asked.items()
        )
        return facts.moment_of("stock") if stands else None

    return reserved


def _changed(asked: Any) -> Asked:
    return lambda facts: facts.moment_of(asked)


def _planned(asked: Mapping[str, Any]) -> Asked:
    def planned(facts: Facts) -> Moment | None:
        for entry in value_of(facts.answers, "calendar").get("entries", ()):
            if "about" in asked and entry["about"] not in _many(asked["about"]):
                continue
            if "with" in asked and entry["with"] not in _many(asked["with"]):
                continue
            if "at_free_time" in asked and not agenda.is_free(
                facts.exercise,
                facts.answers,
                entry["day"],
                entry["start"],
                facts.answers["calendar"].minute,
            ):
                continue
            return facts.moment_of("calendar")
        return None

    return planned


def _handled_before(asked: Mapping[str, Any]) -> Asked:
    part, messages = understood(asked["moment"]), {*asked["of"]}

    def in_time(facts: Facts) -> Moment | None:
        limit = part(facts)
        if limit is None:
            return None
        handled = {act.on for act in facts.acts if act.kind != "no_action" and act.moment.order < limit.order}
        return limit if len(handled & messages) <= asked["at_most"] else None

    return in_time


_WORDS: dict[str, Callable[[Any], Asked]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "is": _is,
    "sent": _sent,
    "last": _last,
    "decided": _decided,
    "stock": _stock,
    "changed": _changed,
    "planned": _planned,
    "handled_before": _handled_before,
}


Passes = Callable[[Act, Facts], bool]


def _acts_asked(asked: Mapping[str, Any]) -> Callable[[Facts], Sequence[Act]]:
    """Those among which the ones that pass the filters are; of a message that is named, only its own."""
    named = asked.get("on_message") or asked.get("about")
    if isinstance(named, str):
        return lambda facts: facts.acts_by_message.get(named, ())
    return lambda facts: facts.acts


def _passing(asked: Mapping[str, Any]) -> Passes:
    filters = [_FILTERS[name](wanted) for name, wanted in asked.items()]
    may_be_nothing = "kind" in asked

    def passes(act: Act, facts: Facts) -> bool:
        if act.kind == "no_action" and not may_be_nothing:
            return False
        for one in filters:  # noqa: SIM110  asked hundreds of times in a sitting: all() costs twice as much
            if not one(act, facts):
                return False
        return True

    return passes


def _one_of(name: str) -> Callable[[Any], Passes]:
    """The filter for what an action has one of."""

    def reads(wanted: Any) -> Passes:
        values, own = frozenset(_many(wanted)), attrgetter(name)
        return lambda act, facts: own(act) in values

    return reads


def _some_of(name: str) -> Callable[[Any], Passes]:
    """The filter for what an action has several of."""

    def reads(wanted: Any) -> Passes:
        values, own = frozenset(_many(wanted)), attrgetter(name)
        return lambda act, facts: not own(act).isdisjoint(values)

    return reads


def _after(message: Any) -> Passes:
    return lambda act, facts: message in act.about or act.moment.knew >= arrival(facts.exercise, message)


def _at_free_time(_wanted: Any) -> Passes:
    return lambda act, facts: agenda.is_free(
        facts.exercise, facts.answers, act.due_day, act.due_time, act.moment.minute
    )


def _not_before(condition: Any) -> Passes:
    part = understood(condition)

    def passes(act: Act, facts: Facts) -> bool:
        limit = part(facts)
        return limit is not None and act.moment.order >= limit.order

    return passes


def _not_on_message(wanted: Any) -> Passes:
    values = frozenset(_many(wanted))
    return lambda act, facts: act.on not in values


def _due_by(limit: Any) -> Passes:
    def passes(act: Act, facts: Facts) -> bool:
        if not act.due_day:
            return False
        days = [day["id"] for day in facts.exercise.structure["calendar"]["days"]]
        return (days.index(act.due_day), act.due_time) <= (days.index(limit[0]), limit[1])

    return passes


_FILTERS: dict[str, Callable[[Any], Passes]] = {
    "about": _some_of("about"),
    "also_about": _some_of("about"),
    "after": _after,
    "at_free_time": _at_free_time,
    "due_by": _due_by,
    "kind": _one_of("kind"),
    "not_before": _not_before,
    "not_on_message": _not_on_message,
    "on_message": _one_of("on"),
    "reaches": _some_of("reaches"),
    "tag": _one_of("tag"),
}
_PLANNED_FILTERS = frozenset(["about", "at_free_time", "with"])


def _filter_problems(word: str, asked: Mapping[str, Any], exercise: Exercise) -> Iterator[str]:
    structure = exercise.structure
    known = _PLANNED_FILTERS if word == "planned" else _FILTERS.keys()
    yield from (f"{word} has no filter {name}" for name in asked.keys() - known)
    people = {person["id"] for person in structure["people"]} | {*structure["groups"]}
    messages = {entry["id"] for entry in (*structure["messages"], *structure["follow_ups"])}
    for name, ids in (
        ("reaches", people),
        ("with", people),
        ("tag", {*structure["tags"]}),
        ("kind", {*structure["kinds"], "new"}),
        ("about", messages),
        ("also_about", messages),
        ("on_message", messages),
        ("not_on_message", messages),
        ("after", messages),
    ):
        unknown = {*_many(asked[name])} - ids if name in asked else set()
        yield from (f"{name} names {value}, which does not exist" for value in sorted(unknown))
    if "not_before" in asked:
        yield from problems(asked["not_before"], exercise)


def _decision_problems(asked: Mapping[str, Any], exercise: Exercise) -> Iterator[str]:
    decisions = exercise.structure["decisions"]
    for decision, options in _rest(asked, "person").items():
        if decision not in decisions:
            yield f"there is no decision {decision}"
        else:
            unknown = {*_many(options)} - {*decisions[decision]["options"]}
            yield from (f"{decision} has no option {value}" for value in sorted(unknown))
