"""Words that the report editor marks: judgements of a person, guesses and comparisons. It warns and never blocks."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

SHELF = Path(__file__).parent / "content" / "report" / "wording.yaml"


@cache
def _patterns() -> Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    document: Mapping[str, list[str]] = yaml.safe_load(SHELF.read_text("utf-8"))
    return {
        language: tuple((words.rstrip("…"), _pattern(words)) for words in listed)
        for language, listed in document.items()
    }


def _pattern(words: str) -> re.Pattern[str]:
    ending = r"\w*" if words.endswith("…") else ""
    spaced = r"\s+".join(map(re.escape, words.rstrip("…").split()))
    return re.compile(rf"\b{spaced}{ending}\b", re.IGNORECASE)


def marked_words(text: str, language: str) -> tuple[str, ...]:
    """The words in a text that a report in this language is better without, as they stand there, each once."""
    found = (match.group() for _, pattern in _patterns()[language] for match in pattern.finditer(text))
    return tuple({" ".join(one.lower().split()): " ".join(one.split()) for one in found}.values())
