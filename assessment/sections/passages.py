"""The participant's own words and acts that a report rests on, numbered, so that each sentence can refer to them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assessment.language import Translator
from assessment.sections.blocks import References
from assessment.sections.facts import EvidenceFacts, ReportFacts


@dataclass(frozen=True)
class Passage:
    """What the participant wrote or did, once, however many observations quote it."""

    number: int
    exercise: str
    quote: str
    areas: tuple[str, ...]
    """The names of the dimensions it was tied to."""
    evidence: tuple[str, ...]
    """The ids of the observations."""


def passages(facts: ReportFacts) -> tuple[Passage, ...]:
    """All passages of a report, in the order of its exercises; within one, the half page comes first."""
    names = {dimension.id: dimension.name for dimension in facts.dimensions}
    places = [exercise.id for exercise in facts.exercises]
    areas: dict[tuple[str, str], dict[str, None]] = {}
    ids: dict[tuple[str, str], dict[str, None]] = {}
    cited = [found for found in _cited(facts) if found[1].exercise in places]
    for dimension, one in sorted(cited, key=lambda found: places.index(found[1].exercise)):
        passage = one.exercise, one.quote
        ids.setdefault(passage, {})[one.id] = None
        areas.setdefault(passage, {})[names.get(dimension, dimension)] = None
    return tuple(
        Passage(number, exercise, quote, tuple(areas[exercise, quote]), tuple(found))
        for number, ((exercise, quote), found) in enumerate(ids.items(), start=1)
    )


def _cited(facts: ReportFacts) -> Iterator[tuple[str, EvidenceFacts]]:
    """Everything that some sentence rests on, with its dimension."""
    for line in facts.lines:
        for one in line.evidence:
            yield one.dimension, one
    for dimension in facts.dimensions:
        for frame in dimension.frames:
            for one in frame.evidence:
                yield dimension.id, one


def called(passage: Passage, words: Translator) -> str:
    """What a passage is called where something refers to it."""
    return words.gettext("passage %(n)s", n=words.number(passage.number))


def references(evidence: Iterable[EvidenceFacts], facts: ReportFacts, words: Translator) -> References | None:
    """Where the words stand that a sentence rests on."""
    wanted = {one.id for one in evidence}
    found = [one for one in passages(facts) if wanted.intersection(one.evidence)]
    if not found:
        return None
    return References(words.gettext("Rests on"), tuple((one.number, called(one, words)) for one in found))
