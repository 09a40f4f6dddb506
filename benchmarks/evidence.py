"""The evidence page: which planted assessors it names, how often it is wrong about ordinary ones, and how long it takes.

    python -m benchmarks.evidence [CENTRES]

Power is the share of planted assessors who get the finding they were given, false alarms the share of ordinary ones
who get any. Time is that of reading, computing and looking for 200 participants, seven exercises, seven dimensions and
twelve assessors, on SQLite.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

from assessment import migrations
from assessment.database import Database
from assessment.services import evidence, evidence_figures
from assessment.services.evidence_material import Material, Score
from scoring import simulate
from tests.assessment.rated import DIMENSIONS, SLUGS, Rated, rows_of

PLANTED = {0: "lenient", 1: "harsh", 2: "central", 3: "halo", 4: "erratic"}
DESIGNS = ((40, 4, 5, 8), (100, 5, 5, 10), (200, 7, 7, 12))


def material(made: simulate.Centre) -> Material:
    return Material(
        [
            Score(UUID(int=1000 + p), SLUGS[e], DIMENSIONS[d], UUID(int=a), score, "en")
            for p, e, d, a, score in rows_of(made)
        ]
    )


def power(people: int, exercises: int, dimensions: int, assessors: int, centres: int) -> None:
    found: Counter[str] = Counter()
    named: Counter[str] = Counter()
    false = ordinary = 0
    for seed in range(centres):
        made = simulate.centre(
            people, exercises=exercises, dimensions=dimensions, assessors=assessors, exercise_spread=0.7,
            dimension_spread=0.3, severity_spread=0.15, planted=PLANTED, seed=seed,
        )  # fmt: skip
        effects = evidence_figures._model(
            columns := evidence_figures._columns(material(made).scores),
            evidence_figures._extent(columns, Material(())),
        ).effects
        for one in effects:
            number = UUID(one.assessor).int
            mine = {finding.effect for finding in one.findings}
            if number in PLANTED:
                found[PLANTED[number]] += PLANTED[number] in mine
                named[PLANTED[number]] += bool(mine)
            else:
                ordinary += 1
                false += bool(mine)
    shares = ", ".join(
        f"{name} {found[name] / centres:.0%} ({named[name] / centres:.0%} anything)"
        for name in PLANTED.values()
    )
    print(f"{people} x {exercises} x {dimensions}, {assessors} assessors, {centres} centres: {shares}; "
          f"ordinary assessors with a finding {false / max(1, ordinary):.1%} of {ordinary}")  # fmt: skip


def speed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'klei.sqlite3'}")
        migrations.upgrade(database)
        made = Rated(
            database,
            rows_of(
                simulate.centre(
                    200,
                    exercises=7,
                    dimensions=7,
                    assessors=12,
                    exercise_spread=0.7,
                    dimension_spread=0.3,
                    seed=1,
                )
            ),
        )
        marks = [(time.perf_counter(), time.process_time())]

        def mark() -> str:
            """Seconds since the last mark, and those of them that the processor worked: a busy machine adds to the first."""
            marks.append((time.perf_counter(), time.process_time()))
            return "{:.3f} s ({:.3f} s of processor)".format(
                *(new - old for old, new in zip(*marks[-2:], strict=True))
            )

        with database.reading() as session:
            found = evidence.read(session, made.centre.id)
        reading = mark()
        figures = evidence_figures.compute(found)
        computing = mark()
        with database.writing() as session:
            evidence._keep(session, made.centre.id, evidence.fingerprint(session, made.centre.id), figures)
        mark()
        with database.reading() as session:
            look = evidence.for_administrator(session, made.centre.id, by=made.by)
            assert look.is_current
        looking = mark()
        database.dispose()
    print(f"200 x 7 x 7, 12 assessors, {figures.extent.ratings} ratings: reading {reading}, "
          f"computing {computing}, looking when nothing has changed {looking}")  # fmt: skip


def main() -> None:
    centres = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for design in DESIGNS:
        power(*design, centres=centres if design[0] < 200 else max(2, centres // 4))
    speed()


if __name__ == "__main__":
    main()
