"""Wording frames of the report: skeletons with slots, in both languages, and the words for bands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

SLOT = re.compile(r"\{(\w+)\}")
FILLED = frozenset({"exercise", "evidence"})
"""Slots that are filled from the chosen observations, never by hand."""
SHELF = Path(__file__).parent / "content" / "report" / "frames.yaml"


@dataclass(frozen=True)
class Frame:
    """A sentence about behaviour, and the step that follows from it."""

    id: str
    dimension: str
    band: str
    words: Mapping[str, str]
    step: Mapping[str, str]

    @property
    def slots(self) -> tuple[str, ...]:
        """What the assessor has to fill in."""
        return tuple(dict.fromkeys(slot for slot in SLOT.findall(self.words["en"]) if slot not in FILLED))

    def filled(self, language: str, values: Mapping[str, str], exercises: str, evidence: str) -> str:
        """The sentence with every slot filled, and its step.

        :raises KeyError: when a slot has no value.
        """
        given = {**values, "exercise": exercises, "evidence": evidence}
        words = SLOT.sub(lambda match: given[match.group(1)], self.words[language])
        return f"{words} {self.step[language]}"


@cache
def frames() -> Mapping[str, Frame]:
    """All frames by id."""
    document = yaml.load(SHELF.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return MappingProxyType(
        {
            one["id"]: Frame(one["id"], one["dimension"], one["band"], dict(one["words"]), dict(one["step"]))
            for one in document["frames"]
        }
    )


@cache
def bands() -> Mapping[str, Mapping[str, str]]:
    """The words for each band, lowest first."""
    return MappingProxyType(yaml.load(SHELF.read_text("utf-8"), Loader=yaml.CSafeLoader)["bands"])


@dataclass(frozen=True)
class Action:
    """An idea for action: what to do, and how to notice progress."""

    id: str
    dimension: str
    kind: str
    """doing, together or learning."""
    effort: int
    """Hours over the whole action."""
    text: Mapping[str, str]
    sign: Mapping[str, str]


@cache
def actions() -> Mapping[str, tuple[Action, ...]]:
    """All ideas for action, by dimension."""
    document = yaml.load(SHELF.with_name("actions.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    found: dict[str, tuple[Action, ...]] = {}
    for one in document["actions"]:
        action = Action(one["id"], one["dimension"], one["kind"], one["effort"], one["text"], one["sign"])
        found[action.dimension] = (*found.get(action.dimension, ()), action)
    return MappingProxyType(found)


@dataclass(frozen=True)
class Question:
    """A question for oneself that presupposes no fault."""

    id: str
    dimension: str
    when: str
    """Which pattern it fits first: more, situation or strong."""
    text: Mapping[str, str]


@cache
def questions() -> Mapping[str, tuple[Question, ...]]:
    """All questions for oneself, by dimension."""
    document = yaml.load(SHELF.with_name("questions.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    found: dict[str, tuple[Question, ...]] = {}
    for one in document["questions"]:
        question = Question(one["id"], one["dimension"], one["when"], dict(one["text"]))
        found[question.dimension] = (*found.get(question.dimension, ()), question)
    return MappingProxyType(found)
