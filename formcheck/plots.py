"""Plots of an assessment as plain shapes, for the report's SVG and PDF alike.

A plot is a list of shapes on a canvas with its origin at the top left; a shape's colour is the name
of a role (`mean`, `watch` …), so that light, dark and printed pages choose their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.scenes import JUDGED, Judged, criterion_for, cycle_bands, is_measured, seen_side, series
from formcheck.types import SIDES, Assessment, Band, Criterion, Cycle, FloatArray, Side
from formcheck.wording import CYCLE_WORDS, decimals_for, is_running, metric_label, number

Points = tuple[tuple[float, float], ...]
WIDTH, HEIGHT = 360.0, 226.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 46.0, 34.0, 36.0
MARGINS = {"left": _LEFT / WIDTH, "right": _RIGHT / WIDTH, "top": _TOP / HEIGHT, "bottom": _BOTTOM / HEIGHT}
"""Room around the axes as shares of the canvas, for pages that lay something clickable over a plot."""
N_SAMPLES = 101
"""A cycle is drawn at 0, 1 … 100 % of its time."""
_MIN_SHARE = 0.5
_SIGNS = {(True, False): ">", (True, True): "≥", (False, False): "<", (False, True): "≤"}
_SHORTEST = 4
"""A stretch of fewer samples than this is not drawn."""
_FAR_LIMIT = 1.5
"""A limit further from the data than this share of their range is left out of the picture."""


@dataclass(frozen=True)
class Line:
    """An open line."""

    points: Points
    role: str
    width: float = 1.0
    dash: bool = False


@dataclass(frozen=True)
class Area:
    """A filled outline."""

    points: Points
    role: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Label:
    """Text with its baseline at (x, y); `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    role: str = "ink"
    size: float = 11.0
    anchor: str = "start"
    bold: bool = False


@dataclass(frozen=True)
class Plot:
    """Shapes from back to front; `description` says in words what the picture shows."""

    title: str
    description: str
    shapes: tuple[Line | Area | Label, ...]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Axes:
    """Maps data to the canvas."""

    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Canvas position of a data point."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return (
            round(_LEFT + across * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    def box(self, x0: float, x1: float, y0: float, y1: float) -> Points:
        """The corners of a rectangle in data units, cut to the axes."""
        low, high = max(min(y0, y1), self.y[0]), min(max(y0, y1), self.y[1])
        return (self.at(x0, low), self.at(x1, low), self.at(x1, high), self.at(x0, high))


def plots_of(assessment: Assessment) -> tuple[Plot, ...]:
    """All plots of an assessment: the repetitions one by one first, then the angles over the cycles."""
    plots: list[Plot] = []
    sides = [s for s in SIDES if any(c.side == s for c in assessment.cycles)]
    if not is_running(assessment.protocol):
        plots += [bars for side in sides if (bars := repetition_bars(assessment, side))]
    for judged in JUDGED[assessment.protocol]:
        plots += cycle_plots(assessment, judged)
    return tuple(plots)


def resample(time_s: FloatArray, values: FloatArray, cycles: Sequence[Cycle]) -> FloatArray:
    """A series cut into cycles: (C, 101) at 0 to 100 % of each; NaN where the nearest frame has no value."""
    out = np.full((len(cycles), N_SAMPLES), np.nan)
    known = np.isfinite(values)
    if not known.any():
        return out
    for row, cycle in zip(out, cycles, strict=True):
        at_s = np.linspace(cycle.start_s, cycle.end_s, N_SAMPLES)
        nearest = np.clip(np.searchsorted(time_s, at_s), 1, len(time_s) - 1)
        nearest -= (at_s - time_s[nearest - 1]) < (time_s[nearest] - at_s)
        row[:] = np.where(known[nearest], np.interp(at_s, time_s[known], values[known]), np.nan)
    return out


def mean_band(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (101,) over cycles; NaN where fewer than half the cycles are known."""
    count = np.isfinite(rows).sum(axis=0)
    enough = count >= max(1.0, _MIN_SHARE * len(rows))
    total = np.where(np.isfinite(rows), rows, 0.0).sum(axis=0)
    mean = np.where(enough, total / np.maximum(count, 1), np.nan)
    squares = np.where(np.isfinite(rows), (rows - mean) ** 2, 0.0).sum(axis=0)
    return mean, np.where(enough, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def nice_ticks(low: float, high: float, most: int = 6) -> FloatArray:
    """Round numbers (steps of 1, 2 or 5 times a power of ten) from at or below `low` to at or above `high`."""
    high = max(high, low + 1e-6) if high > low else low + 1.0
    span = high - low
    power = 10.0 ** np.floor(np.log10(span / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most)
    return np.asarray(np.arange(np.floor(low / step), np.ceil(high / step) + 0.5) * step)


def value_ticks(values: FloatArray, criterion: Criterion | None) -> FloatArray:
    """Ticks of a value axis that shows the data and the limits near them."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    reach = max(high - low, 4.0)
    limits = [v for name, v in criterion.limits.items() if not name.startswith("strong")] if criterion else []
    near = [v for v in limits if low - _FAR_LIMIT * reach < v < high + _FAR_LIMIT * reach]
    room = 0.15 * reach
    return nice_ticks(min([low, *(v - room for v in near)]), max([high, *(v + room for v in near)]))


def limit_zones(axes: Axes, criterion: Criterion | None, until: float, unit: str = "°") -> list[Line | Area | Label]:
    """What is watched and what is outside, shaded as far as x = `until`, and named."""
    if criterion is None:
        return []
    bottom, top = axes.y
    edges: tuple[tuple[str, float | None, float | None], ...] = (
        ("watch", criterion.watch_above, criterion.outside_above if criterion.outside_above is not None else top),
        ("outside", criterion.outside_above, top),
        ("watch", criterion.watch_below, criterion.outside_below if criterion.outside_below is not None else bottom),
        ("outside", criterion.outside_below, bottom),
    )
    shapes: list[Line | Area | Label] = []
    for role, near, far in edges:
        if near is None or far is None or not bottom < near < top:
            continue
        shapes.append(Area(axes.box(axes.x[0], until, near, far), role, 0.16))
        shapes.append(Line((axes.at(axes.x[0], near), axes.at(until, near)), role, 1.2, dash=True))
        limit = number(near, 0 if float(near).is_integer() else decimals_for(abs(near) / 10, "") or 1)
        x, y = axes.at(axes.x[1], near)
        y += -11 if far > near else 10
        shapes.append(Label(x + 3, y, role, role, 9.5, bold=True))
        shapes.append(Label(x + 3, y + 10, f"{_SIGNS[far > near, criterion.inclusive]} {limit}{unit}", role, 9))
    return shapes


def axes_frame(axes: Axes, ticks_y: FloatArray, heading: str, below: str, unit: str = "°") -> list[Line | Area | Label]:
    """Heading, horizontal lines with their values, and what stands below the axes."""
    shapes: list[Line | Area | Label] = [Label(2, 14, heading, "ink", 12.5, bold=True)]
    step = float(ticks_y[1] - ticks_y[0])
    for tick in ticks_y:
        x, y = axes.at(axes.x[0], float(tick))
        shapes.append(Line(((x, y), (axes.at(axes.x[1], 0)[0], y)), "grid", 1.0))
        shapes.append(
            Label(x - 4, y + 4, f"{number(float(tick), 0 if step >= 1 else _digits(step))}{unit}", "muted", 10, "end")
        )
    shapes.append(Label(0.5 * (_LEFT + WIDTH - _RIGHT), HEIGHT - 5, below, "muted", 10.5, "middle"))
    return shapes


def _digits(step: float) -> int:
    """Digits that tell neighbouring ticks apart."""
    return max(1, -int(np.floor(np.log10(step) + 1e-9)))


def finite_runs(axes: Axes, x: FloatArray, y: FloatArray) -> list[Points]:
    """The finite stretches of a line."""
    breaks = np.flatnonzero(np.diff(np.isfinite(y).astype(int))) + 1
    parts = np.split(np.arange(len(y)), breaks)
    long = [p for p in parts if len(p) >= _SHORTEST and np.isfinite(y[p[0]])]
    return [tuple(axes.at(float(x[i]), float(y[i])) for i in p) for p in long]


@dataclass(frozen=True)
class Curves:
    """The cycles of one side on a common time base: (C, 101) values, and what 0 to 100 % spans."""

    side: Side
    cycles: tuple[Cycle, ...]
    rows: FloatArray


def cycle_plots(assessment: Assessment, judged: Judged) -> tuple[Plot, ...]:
    """An angle over all cycles on top of each other, with mean ± SD and the limits; one plot a side, on equal axes."""
    sides = [s for s in SIDES if is_measured(assessment, judged.metric_id, s)]
    if any(m.id == judged.metric_id and m.side == "both" for m in assessment.metrics):
        sides = [seen_side(assessment)]
    found = [c for side in sides if (c := cycle_curves(assessment, side, judged)) is not None]
    if not found:
        return ()
    criterion = criterion_for(assessment, judged.metric_id, found[0].side)
    ticks = value_ticks(np.concatenate([c.rows.ravel() for c in found]), criterion)
    return tuple(_cycle_plot(assessment, judged, curves, ticks) for curves in found)


def cycle_curves(assessment: Assessment, side: Side, judged: Judged) -> Curves | None:
    """Valid cycles with data. Frontal angles of a run are those of stance, so that only stance is drawn."""
    cycles = tuple(c for c in assessment.cycles if c.side == side and c.valid)
    if _stance_only(assessment):
        stances = ((c, c.marks.get("toe_off", c.start_s)) for c in cycles)
        cycles = tuple(Cycle(side, c.start_s, toe_off_s) for c, toe_off_s in stances if toe_off_s > c.start_s)
    rows = resample(assessment.pose.time_s, series(assessment, side, judged.series), cycles)
    rows = rows[np.isfinite(rows).sum(axis=1) > N_SAMPLES // 10]
    return Curves(side, cycles, rows) if len(rows) else None


def _stance_only(assessment: Assessment) -> bool:
    return assessment.protocol in ("treadmill_rear", "treadmill_front")


def _cycle_plot(assessment: Assessment, judged: Judged, curves: Curves, ticks: FloatArray) -> Plot:
    axes = Axes((0.0, 100.0), (float(ticks[0]), float(ticks[-1])))
    x = np.linspace(0, 100, N_SAMPLES)
    rows = curves.rows
    mean, spread = mean_band(rows)
    singular, plural = CYCLE_WORDS[assessment.protocol]
    name = "Knee bend" if judged.series == "knee_flexion_deg" else metric_label(judged.metric_id)
    both = assessment.metric(judged.metric_id, "both") is not None
    heading = name if both else f"{name}, {curves.side}"
    span = "time on the ground" if _stance_only(assessment) else singular
    shapes = axes_frame(axes, ticks, heading, f"% of the {span} ({len(rows)} {plural}, mean ± SD)")
    until = 100 * _mark_share(assessment, curves.cycles) if assessment.protocol == "treadmill_side" else 100.0
    shapes += limit_zones(axes, criterion_for(assessment, judged.metric_id, curves.side), until)
    shapes += _moments(axes, assessment, curves.cycles)
    shapes += [Line(p, "cycle", 0.8) for row in rows for p in finite_runs(axes, x, row)]
    upper, lower = finite_runs(axes, x, mean + spread), finite_runs(axes, x, mean - spread)
    shapes += [Area((*u, *reversed(low)), "mean", 0.22) for u, low in zip(upper, lower, strict=True)]
    shapes += [Line(p, "mean", 2.4) for p in finite_runs(axes, x, mean)]
    known = mean[np.isfinite(mean)]
    spoken = f", mean between {known.min():.0f}° and {known.max():.0f}°" if known.size else ""
    return Plot(heading, f"{heading}: {len(rows)} {plural} on top of each other{spoken}.", tuple(shapes))


def _mark_share(assessment: Assessment, cycles: Sequence[Cycle]) -> float:
    """Where toe-off or the lowest point lies on average, as a share of the cycle; 1 where it is not known."""
    mark = "toe_off" if is_running(assessment.protocol) else "bottom"
    shares = [(c.marks[mark] - c.start_s) / (c.end_s - c.start_s) for c in cycles if mark in c.marks]
    known = [share for share in shares if 0 <= share <= 1]
    return float(np.mean(known)) if known else 1.0


def _moments(axes: Axes, assessment: Assessment, cycles: Sequence[Cycle]) -> list[Line | Area | Label]:
    """A thin line at the mean toe-off or lowest point, with its name."""
    shapes: list[Line | Area | Label] = [
        Label(*_below(axes, tick), f"{tick}", "muted", 10, "middle") for tick in (0, 25, 50, 75, 100)
    ]
    share = _mark_share(assessment, cycles)
    if share < 1:
        (x, low), (_, high) = axes.at(100 * share, axes.y[0]), axes.at(100 * share, axes.y[1])
        shapes.append(Line(((x, low), (x, high)), "muted", 1.0, dash=True))
        name = "toe-off" if is_running(assessment.protocol) else "lowest point"
        shapes.append(Label(x, high - 4, name, "muted", 9.5, "middle"))
    return shapes


def _below(axes: Axes, x: float) -> tuple[float, float]:
    left, bottom = axes.at(x, axes.y[0])
    return left, bottom + 13


def repetition_bars(assessment: Assessment, side: Side) -> Plot | None:
    """The judged angle of every repetition, in its band's colour, hollow where it does not count, with its drift."""
    judged = JUDGED[assessment.protocol][0]
    metric = assessment.metric(judged.metric_id, side)
    cycles = [c for c in assessment.cycles if c.side == side]
    if metric is None or not cycles or len(metric.per_cycle) != len(cycles):
        return None
    values = np.array([v if isinstance(v, float | int) else np.nan for v in metric.per_cycle], dtype=np.float64)
    if not np.isfinite(values).any():
        return None
    criterion = criterion_for(assessment, judged.metric_id, side)
    ticks = value_ticks(np.append(values, 0.0), criterion)
    axes = Axes((0.5, len(cycles) + 0.5), (float(ticks[0]), float(ticks[-1])))
    valid = sum(c.valid for c in cycles)
    heading = f"{metric_label(judged.metric_id)} by repetition, {side}"
    below = f"repetition ({valid} of {len(cycles)} valid; line: first five to last five)"
    shapes = axes_frame(axes, ticks, heading, below) + limit_zones(axes, criterion, axes.x[1])
    for i, (value, cycle, band) in enumerate(zip(values, cycles, cycle_bands(metric, criterion), strict=True), start=1):
        shapes += _bar(axes, i, float(value), cycle, band)
        if i == 1 or i % 5 == 0:
            shapes.append(Label(*_below(axes, i), str(i), "muted", 10, "middle"))
    shapes += _drift(axes, values)
    description = f"{heading}: {valid} of {len(cycles)} repetitions are valid."
    return Plot(heading, description, tuple(shapes))


def _bar(axes: Axes, i: int, value: float, cycle: Cycle, band: Band | None) -> list[Line | Area | Label]:
    if not np.isfinite(value):
        x, y = axes.at(i, max(axes.y[0], 0.0))
        sign = "–" if cycle.valid else "✕"
        return [Label(x, y - 4, sign, "muted", 11, "middle", True)]
    role = band if band and cycle.valid else "cycle" if not cycle.valid else "mean"
    outline = axes.box(i - 0.36, i + 0.36, 0.0, value)
    return [Area(outline, role, 0.95 if cycle.valid else 0.4)]


def _drift(axes: Axes, values: FloatArray) -> list[Line | Area | Label]:
    """From the mean of the first five measured repetitions to that of the last five; nothing below ten."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 10:
        return []
    ends = [(float(part.mean()) + 1, float(values[part].mean())) for part in (known[:5], known[-5:])]
    return [Line(tuple(axes.at(x, y) for x, y in ends), "ink", 2.0)]


def invalid_repetitions(assessment: Assessment) -> tuple[str, ...]:
    """One line for every repetition that does not count: its number and why."""
    return tuple(
        f"Repetition {i}: {cycle.reason or 'does not count'}"
        for side in SIDES
        for i, cycle in enumerate([c for c in assessment.cycles if c.side == side], start=1)
        if not cycle.valid
    )
