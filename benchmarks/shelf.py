"""A shelf of 200 own exercises of all kinds: how long it takes to check, to read, and to start a service with it.

    python -m benchmarks.shelf

Goals: read and checked in under 5 s, the service ready with the whole shelf in under 3 s, and opening an exercise
afterwards reads no file. The exercises stand where taking in a pack puts them. The service starts through its own door,
wsgi.py, and as an installed one does, with its code compiled: an earlier start, which is not measured, left it so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assessment import migrations
from assessment.database import Database
from assessment.settings import ROOT
from exercises import checking, content, packs
from exercises.content import SHELF, shipped

NUMBER = 200
CHECKED, STARTED = 5.0, 3.0
START = """
import wsgi
from exercises import packs
assert len(packs.on_the_shelf(wsgi.app.extensions["klei_settings"].content_folder)) >= 200
wsgi.app.extensions["klei_heart"].stop()
"""


def main() -> int:
    """Print the times beside their goals; fails when opening reads a file."""
    with tempfile.TemporaryDirectory() as working:
        folder = Path(working) / "content"
        make(folder, NUMBER)
        began = time.perf_counter()
        problems = checking.problems_of([file.parent for file in sorted(folder.glob("*/*/exercise.yaml"))])
        checked = time.perf_counter() - began
        assert not problems, problems[0]
        migrations.upgrade(Database(f"sqlite:///{working}/klei.sqlite3"))
        start(working)
        began = time.perf_counter()
        start(working)
        started = time.perf_counter() - began
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
        version = folder / ".making" / f"own-{place}-{slug}"
        shutil.copytree(SHELF / slug, version)
        packs.put_in_place(content.read(version), version, folder)


def start(working: str) -> None:
    """Start a service with this folder of data, and end it."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("KLEI_", "PYTHON"))
    }
    environment |= {
        "PYTHONPYCACHEPREFIX": f"{working}/compiled",
        "KLEI_DATA": working,
        "KLEI_SECRET_KEY": "a" * 20,
    }
    subprocess.run([sys.executable, "-c", START], check=True, cwd=ROOT, env=environment)


def opened(folder: Path) -> int:
    """How many files are read when every exercise of a shelf that was read is opened."""
    shelf, files = packs.on_the_shelf(folder), 0

    def counted(event: str, _: object) -> None:
        nonlocal files
        files += event == "open"

    sys.addaudithook(counted)
    for slug in shelf:
        packs.on_the_shelf(folder)[slug].text("en")
    return files


if __name__ == "__main__":
    sys.exit(main())
