"""Plots as drawings for the PDF."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.graphics.shapes import Drawing, Polygon, PolyLine, String
from reportlab.lib.colors import HexColor

from formcheck.plots import Area, Label, Line, Plot
from formcheck.report.svg import PALETTE
from formcheck.report.typeset import BOLD, FONT


def to_drawing(plot: Plot, *, width: float) -> Drawing:
    """The plot as a drawing for PDF, `width` points wide."""
    scale = width / plot.width
    drawing = Drawing(width, plot.height * scale)

    def flat(points: Sequence[tuple[float, float]]) -> list[float]:
        return [value for x, y in points for value in (x * scale, (plot.height - y) * scale)]

    for shape in plot.shapes:
        colour = HexColor(PALETTE[shape.role])
        if isinstance(shape, Line):
            dash = [4 * scale, 3 * scale] if shape.dash else None
            drawing.add(
                PolyLine(flat(shape.points), strokeColor=colour, strokeWidth=shape.width * scale, strokeDashArray=dash)
            )
        elif isinstance(shape, Area):
            drawing.add(Polygon(flat(shape.points), fillColor=colour, fillOpacity=shape.opacity, strokeColor=None))
        else:
            drawing.add(_string(shape, colour, scale, plot.height))
    return drawing


def _string(label: Label, colour: HexColor, scale: float, height: float) -> String:
    return String(
        label.x * scale,
        (height - label.y) * scale,
        label.text,
        fontName=BOLD if label.bold else FONT,
        fontSize=label.size * scale,
        fillColor=colour,
        textAnchor=label.anchor,
    )
