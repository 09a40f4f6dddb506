"""Estimates with their intervals, one below the other on one scale, with the borders that bands are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass

from charts.marks import Chart, Dot, Line, Mark, Text

WIDTH = 640.0
ROW = 26.0
VALUE = 52.0
"""Room for the figures on the right."""
FOOT = 24.0
LETTER = 6.2
"""The usual width of a letter of a name."""
LEAST_LETTERS, MOST_LETTERS = 14, 58
"""Names have as much room as the longest needs, between these; longer ones are cut."""


@dataclass(frozen=True)
class Row:
    """One estimate: its name, the value and its interval, and the value as it is printed. No value: only the name."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    label: str


@dataclass(frozen=True)
class Border:
    """A line across all rows, with what is written below it."""

    at: float
    label: str


def intervals(
    rows: Sequence[Row],
    least: float,
    most: float,
    borders: Sequence[Border],
    *,
    title: str,
    description: str,
) -> Chart:
    """Rows of estimates between ``least`` and ``most``; what lies beyond is drawn at the edge.

    :raises ValueError: without rows, or when the scale has no length.
    """
    if not rows or not least < most:
        raise ValueError("a chart needs a row and a scale")
    height = len(rows) * ROW + FOOT
    letters = min(MOST_LETTERS, max(LEAST_LETTERS, *(len(row.name) for row in rows)))
    left = letters * LETTER + 14

    def x(value: float) -> float:
        share = (min(most, max(least, value)) - least) / (most - least)
        return left + share * (WIDTH - left - VALUE - 8)

    marks: list[Mark] = []
    for border in borders:
        marks.append(Line(x(border.at), 2, x(border.at), height - FOOT, "grid"))
        marks.append(Text(x(border.at), height - 6, border.label, "label", "middle"))
    for place, row in enumerate(rows):
        middle = place * ROW + ROW / 2
        marks.append(Text(0, middle + 4, _shortened(row.name), "label"))
        if row.value is None:
            marks.append(Text(WIDTH, middle + 4, row.label, "label", "end"))
            continue
        if row.low is not None and row.high is not None:
            marks.append(Line(x(row.low), middle, x(row.high), middle, "interval"))
        marks.append(Dot(x(row.value), middle, 4.5, "range-point"))
        marks.append(Text(WIDTH, middle + 4, row.label, "value", "end"))
    return Chart(WIDTH, height, tuple(marks), description, title)


def _shortened(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1].rstrip() + "…"
