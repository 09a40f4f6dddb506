"""Bar and line charts from the columns of a table, with each value printed beside its mark.

Because the values stand there, no axis needs figures. A line with a scale of its own is drawn in a band above
the bars and never over them, so that nobody reads one against the scale of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from charts.marks import Chart, Dot, Line, Mark, Polyline, Rectangle, Text

ROLES = ("bar", "bar-second", "bar-third")
LINE_ROLES = ("line", "line-second", "line-third")
TEXT_HEIGHT = 14.0
LETTER = 6.3
"""The usual width of a letter of a label; wraps long labels in good time."""
LEGEND = 24.0
BAND = 64.0
"""Height of the band in which a line with its own scale runs."""


@dataclass(frozen=True)
class Series:
    """One column of figures: its name, a value per category (None: not known) and each value as it is printed."""

    name: str
    values: tuple[float | None, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class _Scale:
    """From a value to a height on the page."""

    low: float
    high: float
    top: float
    bottom: float

    def at(self, value: float) -> float:
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def bars(
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    line: Series | None = None,
    width: float = 520,
    height: float = 280,
) -> Chart:
    """Bars side by side per category (one to three series), with an optional line in a band above them.

    :raises ValueError: when nothing can be drawn, or the columns differ in length or hold no real numbers.
    """
    _checked(categories, series, len(ROLES))
    if line:
        _checked(categories, (line,), 1)
    marks: list[Mark] = []
    top = _legend(marks, [(s.name, role) for s, role in zip(series, ROLES, strict=False)])
    if line:
        marks.append(Text(0, top + TEXT_HEIGHT, line.name, "legend"))
        band = top + TEXT_HEIGHT + 6
        _line(marks, line, _middles(categories, width), (band + TEXT_HEIGHT, band + BAND), "line")
        top = band + BAND + 12
    bottom = height - _names(marks, categories, width, height)
    scale = _scale([v for s in series for v in s.values], top + TEXT_HEIGHT + 4, bottom)
    ground = scale.at(0)
    room = width / len(categories)
    thick = min(46.0, room * 0.76 / len(series))
    for middle, values in zip(_middles(categories, width), _rows(series), strict=True):
        left = middle - thick * len(series) / 2
        for number, (value, label) in enumerate(values):
            _bar(marks, left + number * thick, thick, value, label, scale, ROLES[number])
    marks.append(Line(0, ground, width, ground, "axis"))
    return Chart(width, height, tuple(marks), description, title)


def lines(
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    width: float = 520,
    height: float = 240,
) -> Chart:
    """Lines over the same categories on one scale (one to three series); unknown values leave a gap.

    :raises ValueError: when nothing can be drawn, or the columns differ in length or hold no real numbers.
    """
    _checked(categories, series, len(LINE_ROLES))
    marks: list[Mark] = []
    top = _legend(marks, [(s.name, role) for s, role in zip(series, LINE_ROLES, strict=False)])
    bottom = height - _names(marks, categories, width, height)
    known = [v for s in series for v in s.values if v is not None]
    marks.append(Line(0, bottom, width, bottom, "axis"))
    for one, role in zip(series, LINE_ROLES, strict=False):
        _line(
            marks,
            one,
            _middles(categories, width),
            (top + TEXT_HEIGHT + 4, bottom - 8),
            role,
            (min(known), max(known)),
        )
    return Chart(width, height, tuple(marks), description, title)


def _checked(categories: Sequence[str], series: Sequence[Series], most: int) -> None:
    if not categories or not series or len(series) > most:
        raise ValueError(f"a chart needs a category and one to {most} series")
    for one in series:
        if len(one.values) != len(categories) or len(one.labels) != len(categories):
            raise ValueError(f"{one.name!r} has not one value and one label per category")
        known = [value for value in one.values if value is not None]
        if not known or not all(isfinite(value) for value in known):
            raise ValueError(f"{one.name!r} has no value, or one that is no number")


def _middles(categories: Sequence[str], width: float) -> list[float]:
    room = width / len(categories)
    return [room * (number + 0.5) for number in range(len(categories))]


def _rows(series: Sequence[Series]) -> list[tuple[tuple[float | None, str], ...]]:
    return list(zip(*(zip(s.values, s.labels, strict=True) for s in series), strict=True))


def _scale(values: Sequence[float | None], top: float, bottom: float) -> _Scale:
    """A scale that holds zero, with room below when there are negative values."""
    known = [value for value in values if value is not None]
    low, high = min(0.0, *known), max(0.0, *known)
    if low == high:
        high = 1.0
    return _Scale(low, high, top, bottom - (TEXT_HEIGHT + 4 if low < 0 else 0))


def _bar(
    marks: list[Mark], left: float, thick: float, value: float | None, label: str, scale: _Scale, role: str
) -> None:
    middle = left + thick / 2
    if value is None:
        marks.append(Text(middle, scale.at(0) - 5, label, "value", "middle"))
        return
    ends = sorted((scale.at(value), scale.at(0)))
    gap = min(2.0, thick / 10)
    marks.append(Rectangle(left + gap, ends[0], thick - 2 * gap, ends[1] - ends[0], role))
    beside = ends[1] + TEXT_HEIGHT - 1 if value < 0 else ends[0] - 5
    marks.append(Text(middle, beside, label, "value", "middle"))


def _line(
    marks: list[Mark],
    series: Series,
    middles: Sequence[float],
    ends: tuple[float, float],
    role: str,
    borders: tuple[float, float] | None = None,
) -> None:
    known = [value for value in series.values if value is not None]
    low, high = borders or (min(known), max(known))
    if low == high:
        low, high = low - 1, high + 1
    scale = _Scale(low, high, *ends)
    stretch: list[tuple[float, float]] = []
    for x, value, label in zip(middles, series.values, series.labels, strict=True):
        if value is None:
            _stretch(marks, stretch, role)
            stretch = []
            continue
        stretch.append((x, scale.at(value)))
        marks.append(Text(x, scale.at(value) - 8, label, "value", "middle"))
    _stretch(marks, stretch, role)


def _stretch(marks: list[Mark], points: list[tuple[float, float]], role: str) -> None:
    if len(points) > 1:
        marks.append(Polyline(tuple(points), role))
    marks.extend(Dot(x, y, 3.5, role.replace("line", "point")) for x, y in points)


def _legend(marks: list[Mark], entries: Sequence[tuple[str, str]]) -> float:
    """Draw the names of the series in a row at the top; gives the height that is used."""
    left = 0.0
    for name, role in entries:
        if role.startswith("line"):
            marks.append(Line(left, 8, left + 16, 8, role))
        else:
            marks.append(Rectangle(left, 3, 11, 11, role))
        marks.append(Text(left + 20, 13, name, "legend"))
        left += 20 + len(name) * (LETTER + 0.7) + 18
    return LEGEND


def _names(marks: list[Mark], categories: Sequence[str], width: float, height: float) -> float:
    """Draw the categories' names at the bottom, over as many lines as the longest needs; gives their height."""
    letters = max(4, int((width / len(categories) - 10) / LETTER))
    wrapped = [_wrapped(name, letters) for name in categories]
    most = max(len(words) for words in wrapped)
    used = most * TEXT_HEIGHT + 8
    for middle, words in zip(_middles(categories, width), wrapped, strict=True):
        for number, row in enumerate(words):
            marks.append(
                Text(middle, height - used + 8 + (number + 0.7) * TEXT_HEIGHT, row, "label", "middle")
            )
    return used


def _wrapped(words: str, letters: int) -> list[str]:
    rows = [""]
    for word in words.split():
        longer = f"{rows[-1]} {word}".strip()
        if len(longer) > letters and rows[-1]:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
