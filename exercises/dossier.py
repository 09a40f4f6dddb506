"""What is read before a centre: how it goes, and the dossier on the organisation in which the shipped exercises play."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import yaml

from exercises.content import SHELF, Exercise


def plays_there(slug: str) -> bool:
    """Whether an exercise plays in the organisation of the dossier."""
    return slug.startswith("stavoord-")


def names(exercise: Exercise) -> frozenset[str]:
    """The names in more than one word that belong to an exercise itself: of its people, and of its organisation's."""
    own = {str(person["name"]) for person in exercise.structure.get("people", ()) if "name" in person}
    named = own | _names() if plays_there(exercise.slug) else own
    return frozenset(name for name in named if len(name.split()) > 1)


@cache
def _names() -> frozenset[str]:
    text = (SHELF / "dossier" / "names.yaml").read_text("utf-8")
    return frozenset(name for some in yaml.load(text, Loader=yaml.CSafeLoader).values() for name in some)


@cache
def dossier(language: str) -> Mapping[str, Any]:
    """Its title and its sections: company, people, history, words, each with a title and a body in markdown."""
    return _text("dossier", language)


@cache
def orientation(language: str) -> Mapping[str, Any]:
    """What a centre is and how it goes: a title, a lead and sections as in the dossier. True of every centre."""
    return _text("orientation", language)


def _text(folder: str, language: str) -> Mapping[str, Any]:
    text = (SHELF / folder / f"text.{language}.yaml").read_text("utf-8")
    return MappingProxyType(yaml.load(text, Loader=yaml.CSafeLoader))
