"""The shelf of sections: every folder here that holds a ``section.py`` is one, drawn in the order of its number."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from assessment.language import Translator, translator
from assessment.sections import passages
from assessment.sections.blocks import Section
from assessment.sections.facts import OwnFacts, ReportFacts

HERE = Path(__file__).parent


OWN = frozenset({5, 6, 8})
"""The sections that never leave the participant."""


class Maker(Protocol):
    """What the ``section.py`` of a folder offers."""

    NUMBER: int

    def make(self, facts: ReportFacts, words: Translator) -> Section:
        """The section for these facts, in the translator's language."""


class OwnMaker(Protocol):
    """The same for a section that only the participant gets."""

    NUMBER: int

    def make(self, facts: ReportFacts, words: Translator, own: OwnFacts) -> Section:
        """The section for these facts and for what is the participant's own."""


@cache
def makers() -> tuple[Maker | OwnMaker, ...]:
    """All sections, by their number."""
    found = [
        cast(Maker | OwnMaker, import_module(f"assessment.sections.{folder.name}.section"))
        for folder in HERE.iterdir()
        if (folder / "section.py").is_file()
    ]
    return tuple(sorted(found, key=lambda maker: maker.NUMBER))


def sections(facts: ReportFacts, own: OwnFacts | None = None) -> tuple[Section, ...]:
    """The report in its own language: without ``own`` the edition that HR can get, with it the participant's."""
    words = translator(facts.language)
    made: list[Section] = []
    for maker in makers():
        if maker.NUMBER not in OWN:
            made.append(cast(Maker, maker).make(facts, words))
        elif own is not None:
            made.append(cast(OwnMaker, maker).make(facts, words, own))
    return passages.tied(made, words)
