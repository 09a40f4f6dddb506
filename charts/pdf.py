"""Paints a chart on a page of a PDF, in the palette of paper: a flowable that needs no font but its own."""

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from charts import marks
from charts.marks import Chart

INK, SOFT, LINE, CLAY, WASH, LEAF, SKY, PAPER = (
    HexColor(code)
    for code in ("#25211d", "#5d554c", "#ddd6cc", "#a2431f", "#f9ebe4", "#2e6a4a", "#2b5c85", "#ffffff")
)
STROKES = {
    "range-base": (LINE, 5.0), "range": (CLAY, 5.0), "interval": (CLAY, 2.0), "axis": (SOFT, 0.7), "grid": (LINE, 0.5),
    "line": (SKY, 1.6), "line-second": (CLAY, 1.6), "line-third": (LEAF, 1.6),
}  # fmt: skip
FILLS = {
    "range-point": CLAY, "point": SKY, "point-second": CLAY, "point-third": LEAF,
    "bar": CLAY, "bar-second": WASH, "bar-third": LINE, "label": SOFT, "legend": SOFT, "value": INK,
}  # fmt: skip
TEXT_SIZE = 12.0
"""As on the page (charts.css)."""


def drawing(chart: Chart, *, width: float | None = None, font: str = "Klei Sans") -> "Drawing":
    """The chart at this width, the height in proportion."""
    return Drawing(chart, width or chart.width, font)


class Drawing(Flowable):
    """A chart that finds its place among paragraphs and in the cells of tables."""

    def __init__(self, chart: Chart, width: float, font: str) -> None:
        super().__init__()
        self.chart, self.font = chart, font
        self.factor = width / chart.width
        self.width, self.height = width, chart.height * self.factor
        self.hAlign = "LEFT"
        # A drawing made small keeps strokes and points that can be seen.
        self.boldness = max(1.0, self.factor**-0.5)

    def wrap(self, *_room: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Any = self.canv
        canvas.saveState()
        canvas.scale(self.factor, self.factor)
        canvas.setLineCap(1)
        for mark in self.chart.marks:
            self._paint(canvas, mark)
        canvas.restoreState()

    def _paint(self, canvas: Any, mark: marks.Mark) -> None:
        """One mark; heights are turned, because a PDF counts them from below."""
        height = self.chart.height
        match mark:
            case marks.Rectangle():
                canvas.setFillColor(FILLS.get(mark.role, CLAY))
                canvas.rect(mark.x, height - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
            case marks.Line():
                self._stroke(canvas, mark.role, is_dotted=mark.is_dotted)
                canvas.line(mark.x1, height - mark.y1, mark.x2, height - mark.y2)
            case marks.Polyline():
                self._stroke(canvas, mark.role)
                path = canvas.beginPath()
                path.moveTo(mark.points[0][0], height - mark.points[0][1])
                for x, y in mark.points[1:]:
                    path.lineTo(x, height - y)
                canvas.drawPath(path)
            case marks.Dot():
                colour = FILLS.get(mark.role, CLAY)
                canvas.setFillColor(PAPER if mark.is_open else colour)
                canvas.setStrokeColor(colour)
                canvas.setDash()
                canvas.setLineWidth(2.2 * self.boldness)
                radius = mark.radius * self.boldness
                canvas.circle(mark.x, height - mark.y, radius, stroke=int(mark.is_open), fill=1)
            case marks.Text():
                canvas.setFont(self.font, TEXT_SIZE)
                canvas.setFillColor(FILLS.get(mark.role, SOFT))
                draw = {"middle": canvas.drawCentredString, "end": canvas.drawRightString}
                draw.get(mark.anchor, canvas.drawString)(mark.x, height - mark.y, mark.words)

    def _stroke(self, canvas: Any, role: str, *, is_dotted: bool = False) -> None:
        colour, thickness = STROKES.get(role, (SOFT, 0.7))
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(thickness * self.boldness * (0.6 if is_dotted else 1))
        # A dash of no length with a round end is a dot.
        canvas.setDash([0.01, 9]) if is_dotted else canvas.setDash()
