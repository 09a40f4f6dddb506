"""Who passes a calibration test on the shipped benchmarks: synthetic assessors, many tests each, and the power of it.

Run: ``python -m benchmarks calibration``. Nothing is stored; the judgement is the service's own.
"""

import random
from collections.abc import Callable, Sequence

from assessment.services.calibration_tests import Pair, judge
from assessment.services.standards import Asked
from exercises.benchmarks import Benchmark, Reference, benchmarks
from exercises.content import shipped

TIMES = 60
Assessor = Callable[[Sequence[Reference], random.Random], list[int]]


def _on_scale(value: float) -> int:
    return max(1, min(5, round(value)))


def _apart(shift: float, slope: float, sd: float) -> Assessor:
    """Sees the panel's level with a shift, a slope around the middle and an error of this standard deviation."""
    return lambda references, chance: [
        _on_scale(3 + slope * (one.level - 3) + shift + chance.gauss(0, sd)) for one in references
    ]


def _halo(references: Sequence[Reference], chance: random.Random) -> list[int]:
    general = sum(one.level for one in references) / len(references)
    return [_on_scale(general + chance.gauss(0, 0.3)) for _ in references]


ASSESSORS: dict[str, Assessor] = {
    "good": _apart(0, 1, 0.5),
    "lenient": _apart(1, 1, 0.5),
    "harsh": _apart(-1, 1, 0.5),
    "central": _apart(0, 0.2, 0.3),
    "halo": _halo,
    "random": lambda references, chance: [chance.randint(1, 5) for _ in references],
}


def pass_rate(
    chosen: Sequence[Benchmark], assessor: Assessor, asked: Asked, times: int, chance: random.Random
) -> float:
    """The share of tests on these benchmarks that such an assessor passes."""
    passed = 0
    for _ in range(times):
        pairs = []
        for benchmark in chosen:
            references = list(benchmark.references.values())
            for reference, score in zip(references, assessor(references, chance), strict=True):
                pairs.append(
                    Pair(benchmark.id, reference.dimension, score, reference.level, reference.accepted)
                )
        passed += not judge(pairs, asked)["failed"]
    return passed / times


def main(times: int = TIMES) -> None:
    """Print pass rates per exercise for the shipped test set, and for more answers than there are today."""
    asked = Asked()
    chance = random.Random(6)
    print(f"{asked}\n{times} tests each; pass rates. Power = 1 - pass rate, for everybody but the good one.")
    print(f"{'test':34}{'n':>4}  " + "".join(f"{name:>9}" for name in ASSESSORS))
    for exercise in shipped().values():
        known = benchmarks(exercise)
        if not exercise.rated or not known:
            continue
        for words, chosen in (
            ("test set", [one for one in known if one.set == "test"]),
            ("all it ships", list(known)),
        ):
            n = sum(len(one.references) for one in chosen)
            rates = [pass_rate(chosen, one, asked, times, chance) for one in ASSESSORS.values()]
            print(f"{exercise.id + ' ' + words:34}{n:>4}  " + "".join(f"{rate:>9.3f}" for rate in rates))


if __name__ == "__main__":
    main()
