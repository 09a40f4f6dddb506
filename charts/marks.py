"""The marks that every chart is made of. Lengths are points; the origin is the top left corner.

A mark says its ``role`` ("bar", "axis", "range", "point", "label", ...), never a colour: the style sheet and the
PDF's palette give each role its look, in light and dark.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float
    role: str


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    role: str
    is_dotted: bool = False


@dataclass(frozen=True)
class Polyline:
    points: tuple[tuple[float, float], ...]
    role: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    role: str
    is_open: bool = False


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    words: str
    role: str
    anchor: str = "start"
    """start, middle or end, as in SVG."""


Mark = Rectangle | Line | Polyline | Dot | Text


@dataclass(frozen=True)
class Chart:
    """A finished drawing with the sentence that says what it shows."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    description: str
    title: str = ""
    """A short name for the drawing; empty when a heading stands beside it."""
