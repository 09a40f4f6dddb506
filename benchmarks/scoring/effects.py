"""Planted assessor effects: how often each is named, and how often an assessor without one is.

    python -m benchmarks.scoring.effects [--seeds 40] [--from 500000]

Fifteen assessors, six dimensions, three exercises, double-marked; participant x exercise SD .7, participant x
dimension SD .3, severities SD .2 logits; in each centre one assessor has the effect, of size 1 (see
`scoring.simulate.centre`). Lenient and harsh are shown at .7 logits too, where the policy of .25 points lies nearer.

Bars: with 100 sittings per assessor at least 95 % of each effect of size 1 named; at most 5 % of the assessors
without an effect named for anything, over all centres with as many sittings. A severity drawn with SD .2 lies
beyond .25 points once in twenty times: naming it is right, and counted as a false alarm all the same.

Seeds below 500000 were used while the diagnostics were made; those from 500000 on were not.
"""

import argparse
from collections import Counter
from collections.abc import Sequence

import numpy as np

from scoring import facets, simulate

ASSESSORS, EXERCISES = 15, 3
SITTINGS = (25, 50, 100)
PLANTED: Sequence[tuple[str | None, float]] = (
    *((effect, 1.0) for effect in simulate.EFFECTS),
    ("lenient", 0.7),
    ("harsh", 0.7),
    (None, 1.0),
)
NAMED, FALSE = 0.95, 0.05


def one(effect: str | None, size: float, sittings: int, seed: int) -> tuple[bool, int, Counter[str]]:
    """Return whether the effect was named, assessors without effect who were, and what these were called."""
    participants = round(sittings * ASSESSORS / (2 * EXERCISES))
    made = simulate.centre(
        participants,
        exercises=EXERCISES,
        assessors=ASSESSORS,
        exercise_spread=0.7,
        dimension_spread=0.3,
        severity_spread=0.2,
        planted={seed % ASSESSORS: effect} if effect else {},
        size=size,
        seed=seed,
    )
    flags = facets.screen(facets.fit(made.table))
    named = any(made.truth.planted.get(flag.assessor) == flag.effect for flag in flags)
    false = [flag for flag in flags if flag.assessor not in made.truth.planted]
    return named, len({flag.assessor for flag in false}), Counter(flag.effect for flag in false)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--from", dest="first", type=int, default=500000)
    arguments = parser.parse_args()
    print(f"{arguments.seeds} seeds per line from {arguments.first}; share named / false alarms per assessor")
    print("effect                " + "".join(f"{n:>16} sittings" for n in SITTINGS))
    rates: dict[int, list[float]] = {sittings: [] for sittings in SITTINGS}
    called: Counter[str] = Counter()
    for number, (effect, size) in enumerate(PLANTED):
        line = f"{f'{effect} {size:g}' if effect else 'none':<22}"
        verdict = ""
        for sittings in SITTINGS:
            first = arguments.first + 1000 * number
            runs = [one(effect, size, sittings, first + at) for at in range(arguments.seeds)]
            own = [run[1] / (ASSESSORS - bool(effect)) for run in runs]
            rates[sittings] += own
            called += sum((run[2] for run in runs), Counter())
            power = sum(run[0] for run in runs) / len(runs)
            line += f"{f'{power:.2f}' if effect else '-':>14} / {np.mean(own):.3f}"
            if effect and size == 1 and sittings == max(SITTINGS):
                verdict = "   met" if power >= NAMED else "   MISSED"
        print(line + verdict, flush=True)
    line, verdict = f"{'all false alarms':<22}", "   met"
    for sittings in SITTINGS:
        mean, error = np.mean(rates[sittings]), np.std(rates[sittings], ddof=1) / len(rates[sittings]) ** 0.5
        line += f"{f'{mean:.3f} ± {error:.3f}':>25}"
        verdict = verdict if mean <= FALSE else "   MISSED"
    print(f"{line}{verdict}\nfalsely called: {dict(called.most_common())}")


if __name__ == "__main__":
    main()
