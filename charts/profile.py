"""The range line of a dimension: where a result would probably lie in comparable exercises with other assessors."""

from charts.marks import Chart, Dot, Line, Mark

WIDTH, HEIGHT = 300.0, 22.0
LEAST, MOST = 1.0, 5.0
MIDDLE = HEIGHT / 2
EDGE = 7.0


BORDERS = (1.75, 2.75, 3.75)
"""Where one band ends and the next begins."""


def _x(value: float) -> float:
    return EDGE + (min(MOST, max(LEAST, value)) - LEAST) / (MOST - LEAST) * (WIDTH - 2 * EDGE)


def _borders() -> tuple[Mark, ...]:
    """Fine strokes at the borders of the bands, so that a place can be read without numbers."""
    return tuple(Line(_x(border), MIDDLE - 8, _x(border), MIDDLE + 8, "axis") for border in BORDERS)


def range_line(value: float, low: float, high: float, description: str) -> Chart:
    """A result with its range of one standard error to both sides."""
    return Chart(
        WIDTH,
        HEIGHT,
        (
            *_borders(),
            Line(_x(LEAST), MIDDLE, _x(MOST), MIDDLE, "range-base"),
            Line(_x(low), MIDDLE, _x(high), MIDDLE, "range"),
            Dot(_x(value), MIDDLE, 5.5, "range-point"),
        ),
        description,
    )


def two_points(low: float, high: float, description: str) -> Chart:
    """A picture that depends on the situation: two open points and no middle."""
    return Chart(
        WIDTH,
        HEIGHT,
        (
            *_borders(),
            Line(_x(LEAST), MIDDLE, _x(MOST), MIDDLE, "range-base"),
            Dot(_x(low), MIDDLE, 5.0, "range-point", is_open=True),
            Dot(_x(high), MIDDLE, 5.0, "range-point", is_open=True),
        ),
        description,
    )


def too_little(description: str) -> Chart:
    """Too little was seen: a dotted line without a point."""
    return Chart(
        WIDTH,
        HEIGHT,
        (*_borders(), Line(_x(LEAST), MIDDLE, _x(MOST), MIDDLE, "range-base", is_dotted=True)),
        description,
    )
