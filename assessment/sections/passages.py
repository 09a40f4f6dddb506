"""The participant's own words and acts that a report rests on, numbered, so that each sentence can refer to them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assessment.language import Translator
from assessment.sections.blocks import Block, Bullets, Paragraph, References, Section
from assessment.sections.facts import EvidenceFacts, ReportFacts


@dataclass(frozen=True)
class Passage:
    """What the participant wrote or did, once, however many observations quote it."""

    number: int
    exercise: str
    quote: str
    areas: tuple[str, ...]
    """The ids of the dimensions it was tied to."""
    evidence: tuple[str, ...]
    """The ids of the observations."""


def passages(facts: ReportFacts) -> tuple[Passage, ...]:
    """All passages of a report, in the order of its exercises; within one, the half page comes first."""
    places = [exercise.id for exercise in facts.exercises]
    areas: dict[tuple[str, str], dict[str, None]] = {}
    ids: dict[tuple[str, str], dict[str, None]] = {}
    cited = [found for found in _cited(facts) if found[1].exercise in places]
    for dimension, one in sorted(cited, key=lambda found: places.index(found[1].exercise)):
        passage = one.exercise, one.quote
        ids.setdefault(passage, {})[one.id] = None
        areas.setdefault(passage, {})[dimension] = None
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
    return led([one for one in passages(facts) if wanted.intersection(one.evidence)], words)


def led(found: Sequence[Passage], words: Translator) -> References | None:
    """What leads to these passages."""
    if not found:
        return None
    return References(words.gettext("Rests on"), tuple((one.number, called(one, words)) for one in found))


def results(areas: Iterable[str], facts: ReportFacts, said: str = "") -> References | None:
    """The areas, in the report's order, as what leads to their results."""
    wanted = set(areas)
    found = tuple((one.id, one.name) for one in facts.dimensions if one.id in wanted)
    return References(said, found, "area") if found else None


def results_of(evidence: Iterable[EvidenceFacts], facts: ReportFacts, words: Translator) -> References | None:
    """The results that a sentence belongs to: those of the areas that its passages were tied to."""
    return results((one.dimension for one in evidence), facts, words.gettext("Part of the result on"))


def tied(sections: Iterable[Section], words: Translator) -> tuple[Section, ...]:
    """The sections with the way back: every passage says which sentences rest on it."""
    count, used = 0, {}  # type: ignore[var-annotated]
    numbered = []
    for section in sections:

        def placed(one: Any, section: Section = section) -> Any:
            nonlocal count
            if not one.references:
                return one
            count += 1
            for number, _ in one.references.passages:
                found = used.setdefault(number, [])
                before = sum(title == section.title for title, _ in found)
                found.append((section.title, (count, f"({before + 1})" if before else section.title)))
            return replace(one, place=count)

        numbered.append(_changed(section, placed, placed))
    return tuple(
        _changed(
            section,
            lambda one: one,
            lambda one: (
                replace(
                    one,
                    cited=References(
                        words.gettext("Used in"), tuple(entry for _, entry in used[one.passage]), "sentence"
                    ),
                )
                if one.passage in used
                else one
            ),
        )
        for section in numbered
    )


def _changed(section: Section, paragraph: Callable[[Any], Any], bullet: Callable[[Any], Any]) -> Section:
    """A section with its sentences changed, wherever they stand."""
    made: list[Block] = []
    for block in section.blocks:
        match block:
            case Paragraph():
                made.append(paragraph(block))
            case Bullets():
                made.append(replace(block, items=tuple(bullet(one) for one in block.items)))
            case _:
                made.append(block)
    return replace(section, blocks=tuple(made))
