"""Reads the reference data that lies beside the tests: a table and the answers that are expected of it."""

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "refdata"


def expected(name: str) -> dict[str, Any]:
    """Return expected.json of a set."""
    return json.loads((FOLDER / name / "expected.json").read_text())


def table(name: str, file: str = "data.csv") -> list[list[float]]:
    """Return the rows of a CSV as numbers, without the header; an empty cell or NA is NaN."""
    with (FOLDER / name / file).open() as lines:
        rows = list(csv.reader(lines))[1:]
    return [[float(cell) if cell not in ("", "NA") else float("nan") for cell in row] for row in rows]
