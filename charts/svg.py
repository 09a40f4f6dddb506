"""Paints a chart as inline SVG: classes instead of styles, so that a strict policy and dark mode both hold.

Each mark gets the class ``chart-<role>``; a dotted line and an open dot get one more. The drawing is one image
to assistive technology, named by its title and described by its sentence.
"""

from html import escape

from charts.marks import Chart, Dot, Line, Mark, Polyline, Rectangle, Text


def paint(chart: Chart, prefix: str) -> str:
    """The chart as an ``svg`` element. ``prefix`` makes its ids unique on the page.

    :raises ValueError: when the prefix is no plain id.
    """
    if not prefix.replace("-", "").replace("_", "").isalnum() or not prefix.isascii():
        raise ValueError(f"{prefix!r} cannot start an id")
    names = [(part, words) for part, words in (("title", chart.title), ("desc", chart.description)) if words]
    labelled = " ".join(f"{prefix}-{part}" for part, _ in names)
    described = "".join(f'<{part} id="{prefix}-{part}">{escape(words)}</{part}>' for part, words in names)
    marks = "".join(_mark(mark) for mark in chart.marks)
    return (
        f'<svg class="chart" role="img" aria-labelledby="{labelled}" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {_number(chart.width)} {_number(chart.height)}">{described}{marks}</svg>'
    )


def _mark(mark: Mark) -> str:
    match mark:
        case Rectangle():
            place = _attributes(x=mark.x, y=mark.y, width=mark.width, height=mark.height)
            return f"<rect {_role(mark.role)} {place}/>"
        case Line():
            place = _attributes(x1=mark.x1, y1=mark.y1, x2=mark.x2, y2=mark.y2)
            return f"<line {_role(mark.role, 'chart-dotted' if mark.is_dotted else '')} {place}/>"
        case Polyline():
            points = " ".join(f"{_number(x)},{_number(y)}" for x, y in mark.points)
            return f'<polyline {_role(mark.role)} points="{points}"/>'
        case Dot():
            place = _attributes(cx=mark.x, cy=mark.y, r=mark.radius)
            return f"<circle {_role(mark.role, 'chart-open' if mark.is_open else '')} {place}/>"
        case Text():
            place = _attributes(x=mark.x, y=mark.y)
            return f'<text {_role(mark.role)} {place} text-anchor="{escape(mark.anchor)}">{escape(mark.words)}</text>'


def _role(role: str, more: str = "") -> str:
    return f'class="{escape(f"chart-{role} {more}".strip())}"'


def _attributes(**places: float) -> str:
    return " ".join(f'{name}="{_number(place)}"' for name, place in places.items())


def _number(value: float) -> str:
    """At most two decimals, so that the same chart is the same text on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
