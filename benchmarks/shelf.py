"""A shelf of 200 own exercises of all kinds: how long it takes to check, to read, and to start a service with it.

    python -m benchmarks.shelf

Goals: read and checked in under 5 s, the service has answered with the whole shelf in under 3 s, and opening an exercise
afterwards reads no file.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from exercises import checking, lines, packs
from exercises.content import SHELF, shipped

NUMBER = 200
CHECKED, STARTED = 5.0, 3.0
START = """
import sys
from pathlib import Path
from assessment import create_app
from assessment.settings import Settings
from exercises import packs
folder = Path(sys.argv[1])
create_app(Settings("a" * 20, f"sqlite:///{folder}/none.sqlite3", folder))
assert len(packs.on_the_shelf(folder / "content")) >= 200
"""


def main() -> int:
    """Print the times beside their goals; fails when opening reads a file."""
    with tempfile.TemporaryDirectory() as working:
        folder = Path(working) / "content"
        make(folder, NUMBER)
        began = time.perf_counter()
        problems = checking.problems_of(sorted(folder.iterdir()))
        checked = time.perf_counter() - began
        assert not problems, problems[0]
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", START, working], check=True)
        started = time.perf_counter() - began
        packs.on_the_shelf(folder)
        read = opened(folder)
    print(f"{NUMBER} exercises read and checked: {checked:.2f} s (goal {CHECKED:.0f} s)")
    print(f"the service started, whole shelf read: {started:.2f} s (goal {STARTED:.0f} s)")
    print(f"files read to open each of them again: {read} (goal 0)")
    return int(read > 0)


def make(folder: Path, number: int) -> None:
    """That many exercises: those that ship with Klei, again and again under other names."""
    slugs = sorted(shipped())
    for place in range(number):
        slug = slugs[place % len(slugs)]
        shutil.copytree(SHELF / slug, folder / f"own-{place}-{slug}")


def opened(folder: Path) -> int:
    """How many files are read when every exercise of the shelf is opened."""
    count = 0
    whole = lines.read

    def counted(file: Path) -> lines.File:
        nonlocal count
        count += 1
        return whole(file)

    lines.read = counted
    try:
        for slug in packs.on_the_shelf(folder):
            packs.on_the_shelf(folder)[slug].text("en")
    finally:
        lines.read = whole
    return count


if __name__ == "__main__":
    sys.exit(main())
