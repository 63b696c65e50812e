"""Plots as inline SVG: colours by CSS variable, with the light page's as fallback."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from markupsafe import Markup, escape

from formcheck.plots import Area, Label, Line, Plot, Points

PALETTE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ink": "#18202b",
        "muted": "#55606e",
        "grid": "#dfe4ea",
        "cycle": "#8b97a6",
        "mean": "#0b4f9c",
        "within": "#0b6b4a",
        "watch": "#a86400",
        "outside": "#b3300f",
        "uncertain": "#55606e",
        "not_assessable": "#8b97a6",
        "one": "#1d5fbf",
        "other": "#b45309",
    }
)
"""Colours on white, by role; `watch`, `outside` and `within` differ in lightness as well as in hue; `one` and `other`
are two curves to be compared, blue and orange, which every kind of colour vision tells apart."""


def _points(points: Points) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _colour(role: str) -> str:
    return f"var(--p-{role.replace('_', '-')},{PALETTE[role]})"


def _shape(shape: Line | Area | Label) -> str:
    if isinstance(shape, Line):
        dash = ";stroke-dasharray:4 3" if shape.dash else ""
        style = f"fill:none;stroke:{_colour(shape.role)};stroke-width:{shape.width:g}{dash}"
        return f'<polyline points="{_points(shape.points)}" style="{style}"/>'
    if isinstance(shape, Area):
        style = f"fill:{_colour(shape.role)};fill-opacity:{shape.opacity:g}"
        return f'<polygon points="{_points(shape.points)}" style="{style}"/>'
    weight = ";font-weight:600" if shape.bold else ""
    style = f"fill:{_colour(shape.role)};font-size:{shape.size:g}px{weight}"
    place = f'x="{shape.x:g}" y="{shape.y:g}" text-anchor="{shape.anchor}"'
    return f'<text {place} style="{style}">{escape(shape.text)}</text>'


def to_svg(plot: Plot) -> Markup:
    """The plot as an `<svg>` element that scales with its place and is read aloud by its description."""
    shapes = "".join(map(_shape, plot.shapes))
    head = f'<svg viewBox="0 0 {plot.width:g} {plot.height:g}" role="img" aria-label="{escape(plot.description)}" '
    return Markup(f'{head}xmlns="http://www.w3.org/2000/svg">{shapes}</svg>')
