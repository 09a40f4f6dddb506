"""CPU seconds of a report as PDF, warm, beside its floor: the same flowables laid out without the section layer.

``python -m benchmarks.report_pdf`` writes both languages and says whether the goals are met: under 0.15 seconds, and
at most 1.5 times the floor.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assessment import fonts
from assessment.language import translator
from assessment.sections import pdf
from assessment.sections.facts import ReportFacts
from tests.assessment.sections.samples import report

MOST_SECONDS, MOST_RATIO = 0.15, 1.5


def seconds(act: Callable[[], object], rounds: int) -> float:
    """The median CPU time of an act; the first, cold time does not count."""
    act()
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        act()
        found.append(time.process_time() - begun)
    return statistics.median(found)


def floor(facts: ReportFacts, made: fonts.Fonts, rounds: int) -> float:
    """Laying out alone: the flowables are made beforehand, a fresh copy for each round."""
    pdf.write(facts, made)  # knows the fonts from here on
    words = translator(facts.language)
    story = pdf.flowables(facts, words)
    copies = [copy.deepcopy(story) for _ in range(rounds + 1)]
    return seconds(lambda: pdf.build(copies.pop(), facts, words), rounds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    is_met = True
    with tempfile.TemporaryDirectory() as folder:
        made = fonts.ensure(Path(folder))
        print("language   CPU s   floor   ratio     KiB")
        for language in ("en", "nl"):
            facts = report(language)
            lowest = floor(facts, made, rounds)
            whole = seconds(lambda facts=facts: pdf.write(facts, made), rounds)  # type: ignore[misc]
            size = len(pdf.write(facts, made)) / 1024
            print(f"{language:8} {whole:7.3f} {lowest:7.3f} {whole / lowest:7.2f} {size:7.0f}")
            is_met = is_met and whole < MOST_SECONDS and whole / lowest <= MOST_RATIO
    print(f"Goals ({MOST_SECONDS} s, {MOST_RATIO} times the floor): {'met' if is_met else 'not met'}")
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
