"""What is read before a centre: how it goes, and the dossier on the organisation in which the shipped exercises play."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import yaml

from exercises.content import SHELF


def plays_there(slug: str) -> bool:
    """Whether an exercise plays in the organisation of the dossier."""
    return slug.startswith("stavoord-")


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
