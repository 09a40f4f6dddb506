"""What was seen where: a row per area, a column per band, and a letter for each exercise at its place. No figures."""

from collections import Counter
from collections.abc import Sequence

from charts.marks import Chart, Dot, Line, Mark, Text

LABELS, COLUMN, ROW, HEAD = 190.0, 112.0, 30.0, 24.0
STEP = 34.0
"""How far apart the exercises of one cell stand."""

Place = tuple[str, int, bool]
"""An exercise's letter, its band counted from 0, and whether it is only a key's."""


def letter(number: int) -> str:
    """The letter of an exercise, counted from 0: A to Z."""
    return chr(ord("A") + number % 26)


def grid(
    rows: Sequence[tuple[str, Sequence[Place]]], bands: Sequence[str], description: str, title: str = ""
) -> Chart:
    """The picture. ``bands`` are the words of the lowest and the highest band, for both ends of the scale.

    A row without a place is a dotted line; a place that is a key's alone is open.
    """
    width = LABELS + 4 * COLUMN
    marks: list[Mark] = [
        Text(LABELS + 4, 14, bands[0], "label"),
        Text(width - 4, 14, bands[-1], "label", "end"),
    ]
    bottom = HEAD + ROW * len(rows)
    marks += [
        Line(LABELS + COLUMN * place, HEAD, LABELS + COLUMN * place, bottom, "grid") for place in range(5)
    ]
    for number, (name, places) in enumerate(rows):
        middle = HEAD + ROW * (number + 0.5)
        marks.append(Text(0, middle + 4, name, "value"))
        marks.append(Line(LABELS + 8, middle, width - 8, middle, "grid", is_dotted=not places))
        in_band = Counter(band for _letter, band, _is_open in places)
        drawn: Counter[int] = Counter()
        for said, band, is_open in places:
            shift = (drawn[band] - (in_band[band] - 1) / 2) * min(STEP, (COLUMN - 24) / in_band[band])
            drawn[band] += 1
            x = LABELS + COLUMN * (band + 0.5) + shift
            marks.append(Dot(x - 6, middle, 5.0, "range-point", is_open=is_open))
            marks.append(Text(x + 3, middle + 4, said, "value"))
    return Chart(width, bottom + 2, tuple(marks), description, title)
