"""What the player shows of an assessment, ready for JSON: frames, events, cycles, key frames, angles and their limits.

Pure: words, limits and choices are those of the other outputs; nothing is measured here. Missing values are None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from formcheck.keyframes import key_frames
from formcheck.metrics import describe
from formcheck.plots import nice_ticks
from formcheck.scenes import JUDGED, KNEE, Judged, criterion_for, is_measured, series, shown_series
from formcheck.types import SIDES, Assessment, Band, Criterion, Cycle, Event, FloatArray, Side
from formcheck.wording import (
    BAND_WORDS,
    CYCLE_WORDS,
    EVENT_WORDS,
    directions,
    is_running,
    metric_label,
    number,
    title,
)

VERSION: Final = 1
"""Of the shape of the answer: the player refuses one it does not know."""
TIME_DECIMALS: Final = 4
ANGLE_DECIMALS: Final = 2
_LABELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "knee_flexion_deg": ("Knee bend", "How far the knee is bent; 0° is straight"),
        "shank_angle_deg": ("Shin angle", "How far the shin leans back, the ankle ahead of the knee"),
        "thigh_angle_deg": ("Thigh angle", "How far the thigh points forward"),
        "foot_deg": ("Foot angle", "How far the toes point up; the shape of the shoe is still in it"),
    }
)
"""Series that are not called like a metric: name, and what it is in plain words."""
_AT_PEAK: Final = frozenset({KNEE.metric_id})
"""Limits of the peak alone say nothing of the moments before and after it: they are lines, not shaded zones."""
_FAR_LIMIT = 1.5
"""A limit further from the data than this share of their range is left out of the picture."""


def playback(assessment: Assessment) -> dict[str, Any]:
    """Everything that the player needs of one assessment.

    Returns
    -------
    A dict of plain values. `times_s` holds the time of every frame of the overlay, from which all frame numbers count
    (from 0). A plot has one series a side, or one without a side, with a value for each frame; `read` lists the
    stretches [first, last] of frames in which the angle is held against its limits, None where that is everywhere.
    """
    pose = assessment.pose
    size_px = pose.image_size_px or (assessment.video.width_px, assessment.video.height_px)
    return {
        "version": VERSION,
        "title": title(assessment),
        "running": is_running(assessment.protocol),
        "cycle_words": list(CYCLE_WORDS[assessment.protocol]),
        "image_px": [int(size) for size in size_px],
        "fps": round(pose.fps, 3) if len(pose) > 1 else None,
        "duration_s": _duration_s(pose.time_s),
        "times_s": _rounded(pose.time_s, TIME_DECIMALS),
        "events": [_event(assessment, event) for event in sorted(assessment.events, key=lambda e: e.time_s)],
        "cycles": _cycles(assessment),
        "key_frames": [
            {"frame": key.frame_index, "title": key.title, "caption": key.caption, "side": key.side}
            for key in key_frames(assessment)
        ],
        "plots": [*_judged_plots(assessment), *_other_plots(assessment)],
    }


def _rounded(values: FloatArray, decimals: int) -> list[float | None]:
    """Rounded numbers; None where there is none."""
    return [value if value == value else None for value in np.round(values, decimals).tolist()]


def _duration_s(time_s: FloatArray) -> float:
    """From the first frame to the end of the last, which lasts as long as the one before it."""
    steps = np.diff(time_s)
    return round(float(time_s[-1] - time_s[0] + (steps[-1] if len(steps) else 0.0)), TIME_DECIMALS)


def _event(assessment: Assessment, event: Event) -> dict[str, Any]:
    words = EVENT_WORDS[event.kind]
    return {
        "kind": event.kind,
        "words": f"{event.side.capitalize()} {words}{', corrected by hand' if event.corrected else ''}",
        "side": event.side,
        "frame": min(max(event.frame, 0), len(assessment.pose) - 1),
        "time_s": round(event.time_s, TIME_DECIMALS),
    }


def _frames_within(time_s: FloatArray, start_s: float, end_s: float) -> tuple[int, int]:
    """First and last frame of [start, end); at least one frame."""
    first, after = (int(i) for i in np.searchsorted(time_s, [start_s - 1e-6, end_s - 1e-6]))
    first = min(first, len(time_s) - 1)
    return first, max(first, after - 1)


def _cycles(assessment: Assessment) -> list[dict[str, Any]]:
    """Every stride or repetition, numbered by side, with its first and last frame."""
    numbers = {side: count(1) for side in SIDES}
    return [_cycle(assessment, cycle, next(numbers[cycle.side])) for cycle in assessment.cycles]


def _cycle(assessment: Assessment, cycle: Cycle, place: int) -> dict[str, Any]:
    time_s = assessment.pose.time_s
    first, last = _frames_within(time_s, cycle.start_s, cycle.end_s)
    moments = {name: mark for name, mark in cycle.marks.items() if not name.endswith("_deg")}
    marks = {name: int(np.abs(time_s - moment).argmin()) for name, moment in moments.items()}
    return {
        "side": cycle.side,
        "number": place,
        "first": first,
        "last": last,
        "start_s": round(cycle.start_s, TIME_DECIMALS),
        "end_s": round(cycle.end_s, TIME_DECIMALS),
        "marks": marks,
        "valid": cycle.valid,
        "reason": cycle.reason,
    }


def _judged_plots(assessment: Assessment) -> list[dict[str, Any]]:
    """The angles that were judged, in the order of the protocol."""
    plots = []
    for judged in JUDGED[assessment.protocol]:
        sides = _sides(assessment, judged)
        values = {side: _judged_values(assessment, judged, side) for side in sides}
        values = {side: angle for side, angle in values.items() if np.isfinite(angle).any()}
        if values:
            criterion = criterion_for(assessment, judged.metric_id, next(iter(values)))
            plots.append(_plot(assessment, judged.series, judged.metric_id, values, criterion, judged=True))
    return plots


def _sides(assessment: Assessment, judged: Judged) -> Sequence[Side | None]:
    """The sides that a judged angle has a series for; None alone for one that belongs to both."""
    return (None,) if judged.series in assessment.angles else SIDES


def _judged_values(assessment: Assessment, judged: Judged, side: Side | None) -> FloatArray:
    if side is not None:
        return shown_series(assessment, side, judged)
    known = any(is_measured(assessment, judged.metric_id, either) for either in SIDES)
    return series(assessment, None, judged.series) if known else np.full(len(assessment.pose), np.nan)


def _other_plots(assessment: Assessment) -> list[dict[str, Any]]:
    """The remaining angles, which are shown when asked for."""
    judged = {j.series for j in JUDGED[assessment.protocol]}
    found: dict[str, dict[Side | None, FloatArray]] = {}
    for name, values in assessment.angles.items():
        side = next((s for s in SIDES if name.startswith(f"{s}_")), None)
        base = name.removeprefix(f"{side}_") if side else name
        if base not in judged and np.isfinite(values).any():
            found.setdefault(base, {})[side] = np.asarray(values, dtype=np.float64)
    return [_plot(assessment, base, base, values, None, judged=False) for base, values in found.items()]


def _plot(
    assessment: Assessment,
    name: str,
    metric_id: str,
    values: Mapping[Side | None, FloatArray],
    criterion: Criterion | None,
    *,
    judged: bool,
) -> dict[str, Any]:
    read = {side: _read_stretches(assessment, side) if judged else None for side in values}
    low, high = _y_range(assessment, values, read, criterion)
    at_peak = metric_id in _AT_PEAK
    label, plain = _LABELS.get(name) or (metric_label(metric_id), describe(metric_id).plain)
    return {
        "id": name,
        "label": label,
        "plain": plain,
        "unit": "°",
        "directions": list(directions(metric_id)),
        "judged": judged,
        "y": [low, high],
        "shaded": not at_peak,
        "zones": _zones(criterion, low, high, prefix="Deepest bend: " if at_peak else ""),
        "series": [
            {"side": side, "values": _rounded(angle, ANGLE_DECIMALS), "read": read[side]}
            for side, angle in values.items()
        ],
    }


def _read_stretches(assessment: Assessment, side: Side | None) -> list[list[int]] | None:
    """In a run an angle is read while the foot is down: [first, last] frame of every stance of the side."""
    if not is_running(assessment.protocol):
        return None
    stances = [
        _frames_within(assessment.pose.time_s, c.start_s, c.marks["toe_off"])
        for c in assessment.cycles
        if c.side == (side or c.side) and "toe_off" in c.marks
    ]
    return [[first, last] for first, last in sorted(stances)]


def _y_range(
    assessment: Assessment,
    values: Mapping[Side | None, FloatArray],
    read: Mapping[Side | None, list[list[int]] | None],
    criterion: Criterion | None,
) -> tuple[float, float]:
    """Round ends of the value axis: what is read and the limits near it; a frontal run leaves out the swinging leg."""
    narrowed = assessment.protocol in ("treadmill_rear", "treadmill_front")
    parts = []
    for side, angle in values.items():
        stretches = read[side] if narrowed else None
        parts += [angle[first : last + 1] for first, last in stretches] if stretches else [angle]
    known = np.concatenate(parts)
    known = known[np.isfinite(known)]
    if not known.size:
        known = np.array([0.0])
    low, high = (float(v) for v in np.percentile(known, [0.2, 99.8]))
    reach = max(high - low, 4.0)
    limits = [v for name, v in criterion.limits.items() if not name.startswith("strong")] if criterion else []
    near = [v for v in limits if low - _FAR_LIMIT * reach < v < high + _FAR_LIMIT * reach]
    room = 0.12 * reach
    ticks = nice_ticks(min([low - 0.05 * reach, *(v - room for v in near)]), max([high, *(v + room for v in near)]))
    return float(ticks[0]), float(ticks[-1])


def _zones(criterion: Criterion | None, low: float, high: float, *, prefix: str = "") -> list[dict[str, Any]]:
    """What is watched and what is outside, within the value axis, with the limit in words."""
    if criterion is None:
        return []
    upper, lower = criterion.outside_above, criterion.outside_below
    edges: tuple[tuple[Band, float | None, float, str], ...] = (
        ("watch", criterion.watch_above, high if upper is None else upper, "from" if criterion.inclusive else "above"),
        ("outside", upper, high, "from" if criterion.inclusive else "above"),
        ("watch", criterion.watch_below, low if lower is None else lower, "up to" if criterion.inclusive else "below"),
        ("outside", lower, low, "up to" if criterion.inclusive else "below"),
    )
    zones = []
    for band, limit, far, word in edges:
        if limit is None or not low < limit < high:
            continue
        ends = sorted((limit, min(max(far, low), high)))
        shown = number(limit, 0 if float(limit).is_integer() else 1)
        words = f"{prefix}{BAND_WORDS[band].lower()} {word} {shown}°"
        words = words[0].upper() + words[1:]
        zones.append({"band": band, "from": ends[0], "to": ends[1], "limit": limit, "words": words})
    return zones
