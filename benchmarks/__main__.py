"""``make bench``: every benchmark in turn. Each is also a command of its own, such as ``python -m benchmarks.save_path``."""

import os
import subprocess
import sys

PARTS = (
    "save_path",
    "pages",
    "exercise_page",
    "opening",
    "hand_in",
    "board",
    "keystrokes",
    "kill",
    "faults",
    "rehearsal",
    "report_pdf",
    "content",
    "shelf",
    "hostile",
    "game",
    "calibration",
    "scoring.speed",
    "scoring.recovery",
    "scoring.effects",
)


def main() -> int:
    """Run the parts named on the command line, or all; each in a process of its own, so that none warms another."""
    failed = 0
    for part in sys.argv[1:] or PARTS:
        print(f"\n== {part}", flush=True)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        failed += (
            subprocess.run(
                [sys.executable, "-m", f"benchmarks.{part}"], env=environment, check=False
            ).returncode
            != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
