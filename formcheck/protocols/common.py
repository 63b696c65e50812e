"""What the protocols share: options, cycle values summed up to one result, comparison of sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from formcheck.edits import Edit
from formcheck.metrics import describe
from formcheck.types import Cycle, Event, FloatArray, MetricResult, PoseSequence, ResultSide, Side, VideoInfo
from formcheck.view import CameraView

_RESAMPLES = 2000


@dataclass(frozen=True)
class Options:
    """What the user may say beside the clip."""

    height_cm: float | None = None
    speed_kmh: float | None = None


@dataclass(frozen=True)
class Clip:
    """What a protocol measures from: repaired landmarks, the view, what the user said, and what somebody put right."""

    pose: PoseSequence
    camera: CameraView
    options: Options = field(default_factory=Options)
    edits: tuple[Edit, ...] = ()
    video: VideoInfo | None = None


@dataclass(frozen=True)
class Measured:
    """What a protocol hands on."""

    pose: PoseSequence
    events: tuple[Event, ...]
    cycles: tuple[Cycle, ...]
    metrics: tuple[MetricResult, ...]
    angles: dict[str, FloatArray]
    leg: Side | None = None


def bootstrap_median_ci95(values: FloatArray) -> tuple[float, float] | None:
    """95 % percentile bootstrap interval of the median, seeded; None for fewer than three values."""
    if len(values) < 3:
        return None
    draws = np.random.default_rng(0).integers(0, len(values), size=(_RESAMPLES, len(values)))
    low, high = np.percentile(np.median(values[draws], axis=1), [2.5, 97.5])
    return float(low), float(high)


def summarise(
    metric_id: str,
    side: ResultSide,
    values: FloatArray | Sequence[float],
    times_s: FloatArray | Sequence[float],
    *,
    reason: str = "not visible in any cycle",
    least: int = 1,
) -> MetricResult:
    """Median over the cycles with its interval; not assessable below `least` finite values."""
    per_cycle = np.asarray(values, dtype=float)
    finite = per_cycle[np.isfinite(per_cycle)]
    cycle_values = tuple(float(v) if np.isfinite(v) else None for v in per_cycle)
    if len(finite) < max(least, 1):
        why = reason if len(finite) == 0 else f"only {len(finite)} usable cycles, {least} are needed"
        return MetricResult(
            metric_id, side, describe(metric_id).unit, None, None, cycle_values, tuple(map(float, times_s)), reason=why
        )
    return MetricResult(
        metric_id,
        side,
        describe(metric_id).unit,
        float(np.median(finite)),
        bootstrap_median_ci95(finite),
        cycle_values,
        tuple(map(float, times_s)),
    )


def single(metric_id: str, side: ResultSide, value: float) -> MetricResult:
    """A result that is one number for the clip, such as a count."""
    return MetricResult(metric_id, side, describe(metric_id).unit, float(value))


def not_assessable(metric_id: str, side: ResultSide, reason: str) -> MetricResult:
    """No value, and why."""
    return MetricResult(metric_id, side, describe(metric_id).unit, None, reason=reason)


def asymmetries(metrics: Sequence[MetricResult]) -> tuple[MetricResult, ...]:
    """Left − right of every metric measured on both sides; times as symmetry angle in %."""
    by_key = {(m.id, m.side): m for m in metrics}
    found = []
    for left in metrics:
        right = by_key.get((left.id, "right"))
        if left.side != "left" or right is None:
            continue
        if isinstance(left.value, float) and isinstance(right.value, float):
            found.append(_asymmetry(left, right))
    return tuple(found)


def _asymmetry(left: MetricResult, right: MetricResult) -> MetricResult:
    metric_id = f"asymmetry_{left.id}"
    a = np.array([v for v in left.per_cycle if isinstance(v, float)])
    b = np.array([v for v in right.per_cycle if isinstance(v, float)])
    as_time = describe(left.id).unit in {"ms", "s"}

    def compare(x: FloatArray, y: FloatArray) -> FloatArray:
        return symmetry_angle_percent(x, y) if as_time else x - y

    assert isinstance(left.value, float) and isinstance(right.value, float)
    value = float(compare(np.array(left.value), np.array(right.value)))
    ci95 = None
    if len(a) >= 3 and len(b) >= 3:
        rng = np.random.default_rng(0)
        medians = [np.median(x[rng.integers(0, len(x), (_RESAMPLES, len(x)))], axis=1) for x in (a, b)]
        low, high = np.percentile(compare(medians[0], medians[1]), [2.5, 97.5])
        ci95 = (float(low), float(high))
    return MetricResult(metric_id, "both", describe(metric_id).unit, value, ci95)


def symmetry_angle_percent(left: FloatArray, right: FloatArray) -> FloatArray:
    """Symmetry angle, 0 % for equal sides, positive where left is larger (Zifchock 2008)."""
    return np.asarray((np.degrees(np.arctan2(left, right)) - 45.0) / 90.0 * 100.0)


def at(times: FloatArray, series: FloatArray, when_s: FloatArray | float) -> FloatArray:
    """`series` (N,) or (N, K) at moments between frames; NaN beside a missing frame or outside the clip."""
    when = np.asarray(when_s, dtype=float)
    columns = series if series.ndim == 2 else series[:, None]
    out = np.stack([np.interp(when, times, column, left=np.nan, right=np.nan) for column in columns.T], axis=-1)
    return out if series.ndim == 2 else out[..., 0]


def window(times: FloatArray, start_s: float, end_s: float) -> slice:
    """Frames with start ≤ time < end."""
    lo, hi = np.searchsorted(times, [start_s, end_s])
    return slice(int(lo), int(hi))
