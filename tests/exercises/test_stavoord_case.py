"""E5 "Owning or using?": benchmark memos and notes for assessors. Its figures are in test_consistency."""

import pytest

from exercises import writing
from exercises.benchmarks import benchmarks
from exercises.content import LANGUAGES, SHELF, read

CASE = read(SHELF / "stavoord-case")
BENCHMARKS = {benchmark.id: benchmark for benchmark in benchmarks(CASE)}


def test_the_benchmark_memos_keep_within_the_limit():
    for benchmark in BENCHMARKS.values():
        for language in benchmark.languages:
            words = writing.words(benchmark.answers(language)["memo"].value)
            assert 150 < words <= CASE.structure["memo"]["limit"], (benchmark.id, words)


@pytest.mark.parametrize(("pair", "weak", "strong"), [("AB", "S1", "S2"), ("EF", "S1", "L3")])
def test_a_pair_for_training_is_equally_long_and_crosses_its_levels(pair, weak, strong):
    one, other = (BENCHMARKS[f"e5.bench.{letter}"] for letter in pair)
    for language in one.languages:
        lengths = [writing.words(entry.answers(language)["memo"].value) for entry in (one, other)]
        assert max(lengths) / min(lengths) < 1.15
    assert one.references[weak].level < other.references[weak].level
    assert one.references[strong].level > other.references[strong].level


def test_assessors_find_all_nine_traps_in_both_languages():
    for language in LANGUAGES:
        traps = CASE.text(language)["assessor_notes"]["traps"]
        assert list(traps) == [f"T{number}" for number in range(1, 10)]
