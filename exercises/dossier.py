"""The dossier on the organisation in which the shipped exercises play, to be read before the centre."""

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
    """Its title and its sections: company, people, history, each with a title and a body in markdown."""
    text = (SHELF / "dossier" / f"text.{language}.yaml").read_text("utf-8")
    return MappingProxyType(yaml.safe_load(text))
