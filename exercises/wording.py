"""The linter of reports: words that judge a person, guess, compare or predict, where they stand, and what to write instead.

Some keep a report from being signed; the rest is asked about, because words alone cannot tell potential customers from a
potential. What a participant is quoted with is never marked, only that a quotation is too long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

SHELF = Path(__file__).parent / "content" / "report" / "wording.yaml"
LONGEST_QUOTE = 15
"""Words of a quotation (content R3.10)."""
QUOTED = re.compile(r"“[^”“]*”|„[^”“„]*[”“]|\"[^\"]*\"|‘[^’‘]*’(?!\w)|«[^»]*»")
WORD = re.compile(r"\w[\w'’.,-]*")
TOO_LONG = {
    "en": "Quote at most fifteen words, exactly as they were written.",
    "nl": "Citeer hoogstens vijftien woorden, precies zoals ze zijn geschreven.",
}


@dataclass(frozen=True)
class Mark:
    """A place in a text that the wording rules are about."""

    kind: str
    """What is wrong: person, absolute, judgement, hindsight, comparison, health, feelings, prediction, numbers, process,
    style, vague, sandwich, metaphor or quotation."""
    start: int
    end: int
    words: str
    """The words as they stand there."""
    is_refused: bool
    """Whether a report with them cannot be signed; of the others a reason is asked."""
    advice: str
    """What to write instead."""


@dataclass(frozen=True)
class _Rule:
    kind: str
    advice: str
    refused: re.Pattern[str]
    asked: re.Pattern[str]
    fine: re.Pattern[str]


@cache
def _rules(language: str) -> tuple[_Rule, ...]:
    document: list[Mapping[str, Mapping[str, list[str]]]] = yaml.load(
        SHELF.read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    return tuple(
        _Rule(
            str(one["id"]),
            str(one["advice"][language]),
            *(_pattern(one[name][language]) for name in ("refused", "asked", "fine")),
        )
        for one in document
    )


def _pattern(listed: list[str]) -> re.Pattern[str]:
    """One expression for a list; where several begin at one place, the longest wording is found."""
    ordered = sorted(map(str, listed), key=lambda wording: -len(wording))
    return re.compile("|".join(map(_expression, ordered)) or r"(?!)", re.IGNORECASE)


def _expression(wording: str) -> str:
    if wording.startswith("re:"):
        return wording.removeprefix("re:")
    parts = wording.rstrip("…").split()
    spaced = r"\s+".join(
        r"[\w'’-]+" if part == "_" else re.escape(part).replace("'", "['’]") for part in parts
    )
    return rf"(?<![\w]){spaced}" + (r"\w*" if wording.endswith("…") else r"(?!\w)")


def marks(text: str, language: str) -> tuple[Mark, ...]:
    """Everything in a text that a report in this language is better without, in the order of the text.

    Of marks that overlap one stays: the one that is refused, or the longer one.
    """
    quoted = [match.span() for match in QUOTED.finditer(text)]
    found = [*_quotations(text, language)]
    for rule in _rules(language):
        fine = [match.span() for match in rule.fine.finditer(text)]
        for pattern, is_refused in ((rule.refused, True), (rule.asked, False)):
            found += [
                Mark(rule.kind, *match.span(), match.group(), is_refused, rule.advice)
                for match in pattern.finditer(text)
                if not _is_within(match.span(), fine) and not _touches(match.span(), quoted)
            ]
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda one: (not one.is_refused, one.start - one.end, one.start)):
        if not _touches((mark.start, mark.end), [(one.start, one.end) for one in kept]):
            kept.append(mark)
    return tuple(sorted(kept, key=lambda one: one.start))


def _quotations(text: str, language: str) -> Iterator[Mark]:
    for match in QUOTED.finditer(text):
        if len(WORD.findall(match.group())) > LONGEST_QUOTE:
            yield Mark("quotation", *match.span(), match.group(), True, TOO_LONG[language])


def _is_within(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _touches(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def marked_words(text: str, language: str) -> tuple[str, ...]:
    """The words in a text that a report in this language is better without, as they stand there, each once."""
    found = (" ".join(mark.words.split()) for mark in marks(text, language))
    return tuple({words.lower(): words for words in found}.values())
