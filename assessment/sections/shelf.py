"""The shelf of sections: every folder here that holds a ``section.py`` is one, drawn in the order of its number."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from assessment.language import Translator, translator
from assessment.sections.blocks import Section
from assessment.sections.facts import ReportFacts

HERE = Path(__file__).parent


class Maker(Protocol):
    """What the ``section.py`` of a folder offers."""

    NUMBER: int

    def make(self, facts: ReportFacts, words: Translator) -> Section:
        """The section for these facts, in the translator's language."""


@cache
def makers() -> tuple[Maker, ...]:
    """All sections, by their number."""
    found = [
        cast(Maker, import_module(f"assessment.sections.{folder.name}.section"))
        for folder in HERE.iterdir()
        if (folder / "section.py").is_file()
    ]
    return tuple(sorted(found, key=lambda maker: maker.NUMBER))


def sections(facts: ReportFacts) -> tuple[Section, ...]:
    """The whole report, in its own language."""
    words = translator(facts.language)
    return tuple(maker.make(facts, words) for maker in makers())
