"""The course of differences in the order in which they came: each one, their running average, and its usual range."""

from collections.abc import Sequence

from charts.marks import Chart, Dot, Line, Mark, Polyline, Text

WIDTH, HEIGHT = 520.0, 200.0
LEFT, TOP, BOTTOM = 40.0, 30.0, 24.0
LETTER = 6.5
"""The usual width of a letter of the legend."""


def course(
    differences: Sequence[float],
    averages: Sequence[float],
    limits: Sequence[float],
    *,
    target: float,
    names: tuple[str, str, str],
    ends: tuple[str, str],
    title: str,
    description: str,
) -> Chart:
    """A control chart (``scoring.calibration.control_chart``): one place per difference, all of one length.

    ``limits`` are half widths around ``target``; ``names`` call the differences, the average and the range; ``ends``
    say when the first and the last came. An average outside its range has a dot of its own.

    :raises ValueError: when there is none, or the columns differ in length.
    """
    if not differences or not len(differences) == len(averages) == len(limits):
        raise ValueError("a course needs a difference, and one average and one limit for each")
    upper, lower = [target + one for one in limits], [target - one for one in limits]
    reach = max(1.0, *(abs(value - target) for some in (differences, averages, upper) for value in some))
    room = (WIDTH - LEFT) / len(differences)

    def x(place: int) -> float:
        return LEFT + room * (place + 0.5)

    def y(value: float) -> float:
        return TOP + (target + reach - value) / (2 * reach) * (HEIGHT - TOP - BOTTOM)

    marks: list[Mark] = [Line(LEFT, y(target), WIDTH, y(target), "grid")]
    left = LEFT
    for name, role in zip(names, ("point", "line", "line-third"), strict=True):
        if role == "point":
            marks.append(Dot(left + 8, 8, 3.5, role))
        else:
            marks.append(Line(left, 8, left + 16, 8, role))
        marks.append(Text(left + 22, 12, name, "legend"))
        left += 40 + len(name) * LETTER
    for value in (target + reach, target, target - reach):
        words = f"{value - target:+.0f}".replace("-", "−") if value != target else "0"
        if reach == round(reach) or value == target:
            marks.append(Text(LEFT - 10, y(value) + 4, words, "label", "end"))
    for side in (upper, lower):
        _line(marks, [(x(place), y(value)) for place, value in enumerate(side)], "line-third")
    _line(marks, [(x(place), y(value)) for place, value in enumerate(averages)], "line")
    for place, (value, average, limit) in enumerate(zip(differences, averages, limits, strict=True)):
        marks.append(Dot(x(place), y(value), 3.0, "point"))
        if abs(average - target) > limit:
            marks.append(Dot(x(place), y(average), 5.0, "point-second"))
    marks.append(Text(LEFT, HEIGHT - 6, ends[0], "label"))
    marks.append(Text(WIDTH, HEIGHT - 6, ends[1], "label", "end"))
    return Chart(WIDTH, HEIGHT, tuple(marks), description, title)


def _line(marks: list[Mark], points: list[tuple[float, float]], role: str) -> None:
    if len(points) > 1:
        marks.append(Polyline(tuple(points), role))
