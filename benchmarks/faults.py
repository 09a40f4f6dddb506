"""Random fault schedules over both databases: ``python -m benchmarks.faults [SCHEDULES] [SEED]``.

Each schedule is a random order of saves, hand-ins, extensions, credits, pauses, take-overs, outages, sweeps, re-openings
and accepted late texts, run beside a model of what must hold (``tests/assessment/schedules.py``).
"""

import random
import sys
import time

from assessment import migrations
from assessment.database import Database
from benchmarks import stage
from tests.assessment import schedules


def run(backend: str, number: int, seed: int) -> list[str]:
    """What did not hold, a line for each schedule that found something."""
    wrong = []
    with stage.database_url(backend) as url:
        database = Database(url)
        migrations.upgrade(database)
        for place in range(number):
            chance = random.Random(f"{seed} {place}")
            steps = [
                (chance.choice(schedules.ACTS), chance.randint(0, 30)) for _ in range(chance.randint(3, 14))
            ]
            try:
                schedules.run(database, steps)
            except schedules.Broken as error:
                wrong.append(f"{error} after {steps}")
        database.dispose()
    return wrong


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    failed = False
    for backend in ("sqlite", "postgresql"):
        begun = time.perf_counter()
        wrong = run(backend, number // 2, seed)
        seconds = time.perf_counter() - begun
        print(
            f"{backend}: {number // 2} random fault schedules in {seconds:.0f} s: {len(wrong)} found something"
        )
        for line in wrong[:10]:
            print(f"  {line}")
        failed = failed or bool(wrong)
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
