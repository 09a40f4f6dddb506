"""Random fault schedules over both databases: ``python -m benchmarks.faults [SCHEDULES] [SEED]``.

Each schedule is a random order of saves, hand-ins, extensions, credits, pauses, take-overs, outages, sweeps, re-openings
and accepted late texts, of which many crash in the middle, run beside a model of what must hold (``tests/assessment/schedules.py``). Both ways to store a
save have their share: the one statement where the page knows the clock, and the others where it knows an old one or none
or crosses with something newer. No save may take more than three.
"""

import random
import sys
import time
from collections import Counter

from assessment import migrations
from assessment.database import Database
from benchmarks import stage
from tests.assessment import schedules

ENOUGH = 200
"""So many schedules save in every way that there is."""


def run(backend: str, number: int, seed: int) -> tuple[list[str], Counter[str]]:
    """What did not hold, a line for each schedule that found something; and which ways the saves took."""
    wrong = []
    ways: Counter[str] = Counter()
    with stage.database_url(backend) as url:
        database = Database(url)
        migrations.upgrade(database)
        for place in range(number):
            chance = random.Random(f"{seed} {place}")
            longest = chance.choice((4, 30))  # so that in half of them much happens before the end
            steps = [
                (chance.choice(schedules.ACTS), chance.randint(0, longest))
                for _ in range(chance.randint(3, 14))
            ]
            try:
                ways += schedules.run(database, steps)
            except schedules.Broken as error:
                wrong.append(f"{error} after {steps}")
        database.dispose()
    return wrong, ways


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    failed = False
    for backend in ("sqlite", "postgresql"):
        begun = time.perf_counter()
        wrong, ways = run(backend, number // 2, seed)
        seconds = time.perf_counter() - begun
        print(
            f"{backend}: {number // 2} random fault schedules in {seconds:.0f} s: {len(wrong)} found something"
        )
        print(
            f"  {ways['at once']} saves that counted took one statement; their pages knew the clock in "
            f"{ways['fresh']} cases, an old one in {ways['old']}, none in {ways['none']}; {ways['beside']} were kept "
            "beside what counts"
        )
        print(
            f"  {ways['crash']} acts crashed in the middle: nothing of {ways['nothing there']} was there, all of "
            f"{ways['all there']}"
        )
        for line in wrong[:10]:
            print(f"  {line}")
        every = ("at once", "fresh", "old", "none", "beside", "crash", "nothing there", "all there")
        is_partial = number >= ENOUGH and not all(ways[one] for one in every)
        if is_partial:
            print("  not every way to store a save was taken, or to crash")
        failed = failed or bool(wrong) or is_partial
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
