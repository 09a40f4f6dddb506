"""Seconds and memory of the estimators, beside `mirt` on the same ratings in the same run.

    python -m benchmarks.scoring.speed [--sizes 200 2000 20000] [--without-mirt] [--repeat 3]

Each participant has 36 ratings (three exercises, two assessors, six dimensions); 12, 60 and 300 assessors. Times
are the best of the repetitions (one at 20,000) and include everything a caller gets: measures, errors, fit
statistics, separation, subsets. Each size runs in a process of its own, so that the memory is its own too, with
OPENBLAS_NUM_THREADS=1: the matrices are small, and threads only wait for each other on a busy machine. The goals
are wall times of an idle machine; where others work on it too, the processor time says what an idle one would take.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from scoring import agreement, facets, generalizability, reliability, simulate
from scoring.table import RatingTable

ASSESSORS = {200: 12, 2000: 60, 20000: 300}
GOALS = {
    "JML with fit": {200: 0.05, 2000: 0.3, 20000: 4.0},
    "MML, participants": {200: 0.1, 2000: 0.5, 20000: 10.0},
    "MML, performances": {200: 0.1, 2000: 0.5, 20000: 10.0},
    "REML, 7 components": {200: 0.5, 2000: 3.0, 20000: 60.0},
    "REML with p x e x d": {200: 0.5, 2000: 3.0, 20000: 60.0},
    "bias after the fit": {200: 0.5, 2000: 0.5, 20000: 0.5},
    "drift after the fit": {200: 0.5, 2000: 0.5, 20000: 0.5},
}
MOST_MEMORY = 1.5


def clock(call: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Return the best wall time and processor time of some calls."""
    wall, own = float("inf"), float("inf")
    for _ in range(repeat):
        begin, begin_own = time.perf_counter(), time.process_time()
        call()
        wall = min(wall, time.perf_counter() - begin)
        own = min(own, time.process_time() - begin_own)
    return wall, own


def memory() -> float:
    """Return the peak memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def one_size(size: int, with_mirt: bool, repeat: int) -> None:
    """Print the lines of one size."""
    made = simulate.centre(
        size,
        assessors=ASSESSORS.get(size, max(2, size // 60)),
        exercise_spread=0.5,
        dimension_spread=0.2,
        seed=1,
    ).table
    repeat = repeat if size < 20000 else 1
    fitted = facets.fit(made)
    lines: dict[str, Callable[[], object]] = {
        "JML with fit": lambda: facets.fit(made, "jml", objects="participants"),
        "MML, participants": lambda: facets.fit(made, objects="participants"),
        "MML, performances": lambda: facets.fit(made),
        "bias after the fit": lambda: facets.bias(fitted),
        "drift after the fit": lambda: facets.drift(fitted),
        "screen after the fit": lambda: facets.screen(fitted),
    }
    seconds = {}
    for name, call in lines.items():
        seconds[name] = clock(call, repeat)
        report(size, name, seconds[name])
    peak = memory()
    print(
        f"{size:>6}  {'peak memory so far':<24}{peak:9.2f} GB  {'met' if peak <= MOST_MEMORY else 'MISSED'}",
        flush=True,
    )
    seven = generalizability.SPARSE_EFFECTS
    report(size, "REML, 7 components", clock(lambda: generalizability.g_study_sparse(made, seven), repeat))
    report(size, "REML with p x e x d", clock(lambda: generalizability.g_study_sparse(made), min(2, repeat)))
    if with_mirt:
        theirs = clock(lambda: mirt_fit(made, size), repeat)
        ratio = seconds["MML, participants"][1] / theirs[1]
        report(size, "mirt MML, participants", theirs)
        print(f"{size:>6}  ours takes {ratio:.2f} of the processor time of mirt", flush=True)


def report(size: int, name: str, taken: tuple[float, float]) -> None:
    """Print one line with its goal."""
    goal = GOALS.get(name, {}).get(size)
    verdict = "" if goal is None else f"goal {goal:g}  {'met' if taken[0] <= goal else 'MISSED'}"
    print(f"{size:>6}  {name:<24}{taken[0]:9.3f} s {taken[1]:9.3f} s cpu   {verdict}", flush=True)


def mirt_fit(made: RatingTable, size: int) -> object:
    """Fit the same model with mirt."""
    from mirt.estimation.mfrm_mml import fit_mfrm
    from mirt.models import mfrm

    order = np.argsort(made.facet("participant").codes, kind="stable")
    exercise, dimension, assessor = (
        made.facet(one).codes[order].reshape(size, -1) for one in ("exercise", "dimension", "assessor")
    )
    layout = [mfrm.Facet("exercise", 3), mfrm.Facet("assessor", len(made.facet("assessor").levels))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_mfrm(
            mfrm.PolytomousMFRM(6, 5, layout),
            made.categories()[order].reshape(size, -1),
            {"exercise": exercise, "assessor": assessor},
            item_indices=dimension,
        )


def agreements() -> None:
    """Print the times of coefficients on 20,000 units by 300 assessors, two ratings per unit, and small tables."""
    random = np.random.default_rng(1)
    ratings = np.full((20000, 300), np.nan)
    truth = random.normal(3, 1, 20000)
    for _ in range(2):
        column = random.integers(0, 300, 20000)
        ratings[np.arange(20000), column] = np.clip(np.round(truth + random.normal(0, 0.7, 20000)), 1, 5)
    small = np.clip(np.round(random.normal(3, 1, (100, 1)) + random.normal(0, 0.6, (100, 3))), 1, 5)
    lines: list[tuple[str, Callable[[], object], float, float]] = [
        ("alpha with bootstrap", lambda: agreement.krippendorff_alpha(ratings, "ordinal"), 1, 1.0),
        ("AC2", lambda: agreement.gwet_ac(ratings, range(1, 6), "quadratic"), 1, 1.0),
        ("ICC(2,1), 100 x 3", lambda: reliability.icc(small), 1000, 10.0),
        (
            "kappa, 100",
            lambda: agreement.cohen_kappa(small[:, 0], small[:, 1], range(1, 6), "quadratic"),
            1000,
            10.0,
        ),
    ]
    for name, call, factor, goal in lines:
        taken = clock(call, 3)[0] * factor
        unit = "ms" if factor > 1 else "s "
        print(
            f"        {name:<24}{taken:9.3f} {unit}  goal {goal:g}  {'met' if taken <= goal else 'MISSED'}",
            flush=True,
        )


def main() -> None:
    """Print everything, one process per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[200, 2000, 20000])
    parser.add_argument("--without-mirt", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one_size(arguments.one, not arguments.without_mirt, arguments.repeat)
        return
    for size in arguments.sizes:
        command = [
            sys.executable,
            "-m",
            "benchmarks.scoring.speed",
            "--one",
            str(size),
            "--repeat",
            str(arguments.repeat),
        ]
        subprocess.run(
            [*command, *(["--without-mirt"] if arguments.without_mirt else [])],
            check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
    agreements()


if __name__ == "__main__":
    main()
