"""Rubrics: per dimension five anchors and a checklist, in both languages; found again by content hash.

``rubric.yaml`` of an exercise::

    dimensions:
      S1:
        anchors:            # 1 to 5, in order
          - {en: ..., nl: ...}
        checklist:
          - {id: e5.S1.c1, sign: "+", behaviour: S1.1, en: ..., nl: ...}

Dimensions and behaviours themselves (names, definitions, plus and minus behaviours) are in
``content/framework.yaml`` and read by :func:`framework`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

Words = Mapping[str, str]
"""The same text per language."""

FRAMEWORK = Path(__file__).parent / "content" / "framework.yaml"
LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class ChecklistLine:
    """One behaviour to look for in this exercise, with its sign."""

    id: str
    sign: str
    behaviour: str
    words: Words


@dataclass(frozen=True)
class RatedDimension:
    """A dimension as it is rated in one exercise."""

    dimension: str
    anchors: tuple[Words, ...]
    checklist: tuple[ChecklistLine, ...]


@dataclass(frozen=True)
class Rubric:
    """Everything an assessor rates one exercise by."""

    dimensions: tuple[RatedDimension, ...]
    hash: str

    def get(self, dimension: str) -> RatedDimension:
        """
        :raises KeyError: when the rubric does not have this dimension.
        """
        for rated in self.dimensions:
            if rated.dimension == dimension:
                return rated
        raise KeyError(dimension)

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "Rubric":
        """
        :raises ValueError: when a dimension has not five anchors, or a line lacks its id, sign or behaviour.
        """
        dimensions = []
        for name, rated in document["dimensions"].items():
            anchors = tuple(_words(anchor) for anchor in rated.get("anchors", ()))
            if len(anchors) not in (0, len(LEVELS)):
                raise ValueError(f"{name} has {len(anchors)} anchors instead of five")
            lines = tuple(
                ChecklistLine(str(line["id"]), str(line["sign"]), str(line["behaviour"]), _words(line))
                for line in rated.get("checklist", ())
            )
            if any(line.sign not in ("+", "-") for line in lines):
                raise ValueError(f"a checklist line of {name} has neither + nor - as its sign")
            dimensions.append(RatedDimension(name, anchors, lines))
        rubric = Rubric(tuple(dimensions), "")
        spelled = json.dumps(rubric.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return Rubric(rubric.dimensions, hashlib.sha256(spelled.encode()).hexdigest())

    def document(self) -> dict[str, Any]:
        return {
            "dimensions": {
                rated.dimension: {
                    "anchors": [dict(anchor) for anchor in rated.anchors],
                    "checklist": [
                        {"id": line.id, "sign": line.sign, "behaviour": line.behaviour, **line.words}
                        for line in rated.checklist
                    ],
                }
                for rated in self.dimensions
            }
        }


@dataclass(frozen=True)
class Behaviour:
    """One observable behaviour of a dimension; negative ones have ids such as ``S1.n1``."""

    id: str
    sign: str
    words: Words


@dataclass(frozen=True)
class Dimension:
    """A group of behaviours that is rated."""

    id: str
    cluster: str
    name: Words
    definition: Words
    rests_on: Words
    """The tasks of managers from which it was taken (M3)."""
    behaviours: tuple[Behaviour, ...]
    anchors: Mapping[int, Words]
    """What levels 1, 3 and 5 look like in general; exercises have their own in all five."""


@cache
def framework() -> Mapping[str, Dimension]:
    """The seven dimensions by id, in the order of the report."""
    document = yaml.load(FRAMEWORK.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return MappingProxyType(
        {
            entry["id"]: Dimension(
                entry["id"],
                entry["cluster"],
                _words(entry["name"]),
                _words(entry["definition"]),
                _words(entry["rests_on"]),
                tuple(Behaviour(b["id"], b["sign"], _words(b)) for b in entry["behaviours"]),
                MappingProxyType({int(level): _words(anchor) for level, anchor in entry["anchors"].items()}),
            )
            for entry in document["dimensions"]
        }
    )


@cache
def job_analysis() -> Words:
    """What the shipped framework rests on: who looked at the work of managers, when and how."""
    document = yaml.load(FRAMEWORK.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return _words(document["job_analysis"])


@cache
def clusters() -> Mapping[str, Words]:
    """The names of the three clusters by id, in the order of the report."""
    document = yaml.load(FRAMEWORK.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return MappingProxyType({cluster: _words(words) for cluster, words in document["clusters"].items()})


def _words(entry: Mapping[str, Any]) -> Words:
    return MappingProxyType({"en": str(entry["en"]), "nl": str(entry["nl"])})
