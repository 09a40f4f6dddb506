"""The linter on phrases that somebody else wrote: how many of the forbidden it finds, and of the allowed it marks."""

from pathlib import Path

import pytest
import yaml

from exercises.wording import marks

DATA = Path(__file__).parent / "data"
LEAST_FOUND, MOST_MARKED = 0.85, 0.10


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_linter_finds_forbidden_phrases_and_leaves_allowed_ones_alone(language: str) -> None:
    phrases = yaml.safe_load((DATA / f"phrases.{language}.yaml").read_text("utf-8"))
    forbidden, allowed = phrases["forbidden"], phrases["allowed"]
    assert len(forbidden) >= 100
    assert len(allowed) >= 100
    missed = [text for text in forbidden if not marks(text, language)]
    marked = [text for text in allowed if marks(text, language)]
    recall, false_alarms = 1 - len(missed) / len(forbidden), len(marked) / len(allowed)
    assert recall >= LEAST_FOUND, f"missed: {missed}"
    assert false_alarms <= MOST_MARKED, f"marked: {marked}"
