"""Angle curves of two results over the normalised cycle, on top of each other: mean ± SD, colour and line style."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from formcheck.plots import (
    WIDTH,
    Area,
    Axes,
    Curves,
    Label,
    Line,
    Plot,
    axes_frame,
    cycle_curves,
    finite_runs,
    limit_zones,
    mean_band,
    value_ticks,
)
from formcheck.report.svg import to_svg
from formcheck.scenes import JUDGED, Judged, criterion_for, is_measured, seen_side
from formcheck.types import SIDES, Assessment, FloatArray, Side
from formcheck.ui import kit
from formcheck.ui.compare_words import Pair
from formcheck.wording import CYCLE_WORDS, metric_label

COLOURS = "--p-one:light-dark(#1d5fbf,#7cb8ff);--p-other:light-dark(#b45309,#ffb454)"
_SIDEWAYS = {"knee_flexion_deg": "Knee bend"}


def curves(pair: Pair) -> Markup:
    """The section with every curve that both results have."""
    plots = overlaid(pair)
    if not plots:
        return kit.section("Curves", kit.paragraph("There is no angle that both results show.", "muted"), name="curves")
    drawn = kit.join(Markup("<div>{}</div>").format(to_svg(plot)) for plot in plots)
    told = (
        f"Each curve is the mean over all valid {CYCLE_WORDS[pair.one.protocol][1]}, each stretched to 0 to 100 %; "
        f"the band is ± one standard deviation. Blue and solid: {pair.names[0]}. Orange and dashed: {pair.names[1]}."
    )
    box = Markup('<div class="plots" style="{}">{}</div>').format(COLOURS, drawn)
    return kit.section("Curves on top of each other", kit.paragraph(told, "muted small"), box, name="curves")


def overlaid(pair: Pair) -> tuple[Plot, ...]:
    """A plot for every judged angle and side that both results have; none for two different tests."""
    if pair.one.protocol != pair.other.protocol:
        return ()
    plots = []
    for judged in JUDGED[pair.one.protocol]:
        for sides in _sides(pair, judged):
            found = (cycle_curves(pair.one, sides[0], judged), cycle_curves(pair.other, sides[1], judged))
            if found[0] is not None and found[1] is not None:
                plots.append(_plot(pair, judged, (found[0], found[1]), _heading(pair, judged, sides)))
    return tuple(plots)


def _sides(pair: Pair, judged: Judged) -> list[tuple[Side, Side]]:
    """Which side of the first stands against which side of the second."""
    name = judged.metric_id
    if pair.of_legs:
        both = is_measured(pair.one, name, "left") and is_measured(pair.other, name, "right")
        return [("left", "right")] if both and not _is_of_both(pair.one, name) else []
    if _is_of_both(pair.one, name) and _is_of_both(pair.other, name):
        return [(seen_side(pair.one), seen_side(pair.other))]
    return [(s, s) for s in SIDES if is_measured(pair.one, name, s) and is_measured(pair.other, name, s)]


def _is_of_both(assessment: Assessment, metric_id: str) -> bool:
    """Whether a metric belongs to both legs together."""
    found = assessment.metric(metric_id, "both")
    return found is not None and found.value is not None


def _heading(pair: Pair, judged: Judged, sides: tuple[Side, Side]) -> str:
    name = _SIDEWAYS.get(judged.series) or metric_label(judged.metric_id)
    return name if pair.of_legs or _is_of_both(pair.one, judged.metric_id) else f"{name}, {sides[0]}"


def _plot(pair: Pair, judged: Judged, found: tuple[Curves, Curves], heading: str) -> Plot:
    bands = [mean_band(each.rows) for each in found]
    # a repetition alone has no standard deviation
    reach = np.concatenate([mean + sign * np.nan_to_num(sd) for mean, sd in bands for sign in (-1, 1)])
    criterion = criterion_for(pair.other, judged.metric_id, found[1].side)
    ticks = value_ticks(reach, criterion)
    axes = Axes((0.0, 100.0), (float(ticks[0]), float(ticks[-1])))
    x = np.linspace(0.0, 100.0, len(bands[0][0]))
    frontal = pair.one.protocol in ("treadmill_rear", "treadmill_front")
    span = "time on the ground" if frontal else CYCLE_WORDS[pair.one.protocol][0]
    shapes = axes_frame(axes, ticks, heading, f"% of the {span}") + limit_zones(axes, criterion, 100.0)
    for tick in (0, 25, 50, 75, 100):
        left, bottom = axes.at(tick, axes.y[0])
        shapes.append(Label(left, bottom + 13, f"{tick}", "muted", 10, "middle"))
    styles = (("one", False), ("other", True))
    for (mean, sd), (role, _) in zip(bands, styles, strict=True):
        upper, lower = finite_runs(axes, x, mean + sd), finite_runs(axes, x, mean - sd)
        shapes += [Area((*u, *reversed(low)), role, 0.18) for u, low in zip(upper, lower, strict=True)]
    for (mean, _), (role, dash) in zip(bands, styles, strict=True):
        shapes += [Line(points, role, 2.4, dash=dash) for points in finite_runs(axes, x, mean)]
    shapes += _legend(pair, found)
    return Plot(heading, _spoken(pair, heading, bands), tuple(shapes))


def _legend(pair: Pair, found: tuple[Curves, Curves]) -> list[Line | Area | Label]:
    """A line sample, the name and the number of cycles of each, under the heading."""
    shapes: list[Line | Area | Label] = []
    places = ((36.0, "one", False), (0.5 * WIDTH, "other", True))
    for (x, role, dash), name, each in zip(places, pair.names, found, strict=True):
        shapes.append(Line(((x, 25.0), (x + 24.0, 25.0)), role, 2.4, dash=dash))
        shapes.append(Label(x + 29.0, 28.5, f"{name} ({len(each.rows)})", "ink", 10.5))
    return shapes


def _spoken(pair: Pair, heading: str, bands: list[tuple[FloatArray, FloatArray]]) -> str:
    """The picture in words."""
    ends = [
        f"{name} mean between {np.nanmin(mean):.0f}° and {np.nanmax(mean):.0f}°"
        for name, (mean, _) in zip(pair.names, bands, strict=True)
        if np.isfinite(mean).any()
    ]
    return f"{heading}: {', '.join(ends)}."
