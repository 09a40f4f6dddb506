"""Hostile answers over all exercises: nothing but InvalidAnswer is raised, and no score leaves its range.

    python -m benchmarks.hostile [NUMBER]

NUMBER of sittings (10,000 if it is not given) are made of any JSON, of the kinds' own sample answers and of mutated ones,
in any order. The same search runs with few in the tests (``tests/exercises/test_hostile.py``).
"""

import json
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import exercises
from exercises import checking
from exercises.content import LANGUAGES, Exercise, shipped
from exercises.kind import Answers

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["\x00", "\ud83d", "=1+1", "<script>", "1e999", "-0", "nan", "٤", "x" * 70_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@cache
def _sent(slug: str) -> tuple[tuple[str, Any], ...]:
    samples = exercises.get(shipped()[slug].kind).samples(shipped()[slug])
    return (*samples.complete["en"], *samples.weak["nl"], *samples.incomplete, *samples.hostile)


@st.composite
def sittings(draw: st.DrawFn) -> tuple[str, list[tuple[str, Any]]]:
    """An exercise, and what somebody posts to it."""
    slug = draw(st.sampled_from(sorted(shipped())))
    known = _sent(slug)
    tasks = sorted({task for task, _ in known})
    posted = []
    for _ in range(draw(st.integers(1, 6))):
        task, value = known[draw(st.integers(0, len(known) - 1))]
        how = draw(st.integers(0, 3))
        if how == 0:
            value = draw(JSON)
        elif how == 1 and isinstance(value, dict) and value:
            value = {**value, draw(st.sampled_from(sorted(map(str, value)))): draw(JSON)}
        elif how == 2:
            task = draw(st.sampled_from(tasks) | st.text(max_size=12))
        posted.append((task, value))
    return slug, posted


def hold(exercise: Exercise, posted: list[tuple[str, Any]]) -> None:
    """Everything that is done with answers, once; raises when something does not hold."""
    kind = exercises.get(exercise.kind)
    answers: Answers = checking.answered(kind, exercise, posted)
    for score in kind.key(exercise, answers).scores:
        assert score.score is None or 1 <= score.score <= 5, score
        assert score.proportion is None or 0 <= score.proportion <= 1, score
    kind.is_complete(exercise, answers)
    for language in LANGUAGES:
        json.dumps(kind.view(exercise, language, answers, exercise.minutes / 2), allow_nan=False)
        kind.reading(exercise, language, answers)
        for task, answer in answers.items():
            kind.account(exercise, language, task, answer.value)


def search(number: int) -> Callable[[], None]:
    """The search over that many sittings."""

    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(sittings())
    def run(given_sitting: tuple[str, list[tuple[str, Any]]]) -> None:
        slug, posted = given_sitting
        hold(shipped()[slug], posted)

    return run


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    began = time.perf_counter()
    search(number)()
    print(
        f"{number:,} hostile sittings over {len(shipped())} exercises: {time.perf_counter() - began:.0f} s, all hold"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
