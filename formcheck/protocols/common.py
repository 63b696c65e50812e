"""What the protocols share: options, cycle values summed up to one result, comparison of sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from formcheck import signals
from formcheck.edits import Edit
from formcheck.metrics import describe
from formcheck.types import Cycle, Event, EventKind, FloatArray, MetricResult, PoseSequence, ResultSide, Side, VideoInfo
from formcheck.view import CameraView

_T = TypeVar("_T")
_RESAMPLES = 2000
_MIDDLE_REACH = 3
"""Square roots of the number of values about the middle one in which every resample's median lies, but for a fluke."""


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

    def cleaned(self, *, cutoff_hz: float, longest_gap_s: float, joints: tuple[str, ...] | None = None) -> PoseSequence:
        """`signals.clean` of the landmarks, or only of some joints; outliers are looked for once, in all of them."""
        kept = self.once("kept", lambda: signals.without_outliers(self.pose))
        return self.once(
            f"cleaned, {cutoff_hz} Hz, {longest_gap_s} s, {joints}",
            lambda: signals.smoothed(kept, cutoff_hz=cutoff_hz, longest_gap_s=longest_gap_s, joints=joints),
        )

    def once(self, what: str, make: Callable[[], _T]) -> _T:
        """What `make` gives; made once for this clip, since recognising and measuring ask for the same."""
        if what not in self._made:
            self._made[what] = make()
        return cast(_T, self._made[what])

    @cached_property
    def _made(self) -> dict[str, object]:
        return {}


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
    (drawn,) = _times_drawn(len(values))
    low, high = np.percentile(_medians(values, drawn), [2.5, 97.5])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _times_drawn(*sizes: int) -> tuple[NDArray[np.uint8], ...]:
    """For each of some samples of so many values (n, resamples): how often each value is drawn; the same every time."""
    rng = np.random.default_rng(0)
    drawn = []
    for n in sizes:
        draws = rng.integers(0, n, size=(_RESAMPLES, n)) + n * np.arange(_RESAMPLES)[:, None]
        counts = np.bincount(draws.ravel(), minlength=n * _RESAMPLES).reshape(_RESAMPLES, n)
        drawn.append(np.ascontiguousarray(counts.T.astype(np.uint8)))
    return tuple(drawn)


def _medians(values: FloatArray, drawn: NDArray[np.uint8]) -> FloatArray:
    """Median of each resample: where, going up the values, half of what was drawn is passed.

    What was drawn of the lowest and of the highest values is only counted: half is passed near the middle.
    """
    n, order = len(values), np.argsort(values, kind="stable")
    count_type = np.min_scalar_type(n)
    reach = _MIDDLE_REACH * math.isqrt(n) + 1
    first, stop = max(n // 2 - reach, 0), min(n // 2 + reach, n)
    before = drawn[order[:first]].sum(axis=0, dtype=count_type)
    passed = before + np.cumsum(drawn[order[first:stop]], axis=0, dtype=count_type)
    if before.max(initial=0) > (n - 1) // 2 or passed[-1].min() <= n // 2:
        first, passed = 0, np.cumsum(drawn[order], axis=0, dtype=count_type)
    lower, upper = (first + np.count_nonzero(passed <= k, axis=0) for k in ((n - 1) // 2, n // 2))
    return np.asarray(0.5 * (values[order[lower]] + values[order[upper]]))


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
        medians = [_medians(x, drawn) for x, drawn in zip((a, b), _times_drawn(len(a), len(b)), strict=True)]
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


def events_at(found: Sequence[tuple[EventKind, Side, float]], times: FloatArray) -> tuple[Event, ...]:
    """Kind, side and moment as events with the frames nearest to them, in order of time."""
    frames = signals.nearest_frames(times, np.array([when for _, _, when in found]))
    events = [Event(kind, side, when, int(k)) for (kind, side, when), k in zip(found, frames, strict=True)]
    return tuple(sorted(events, key=lambda e: e.time_s))


def window(times: FloatArray, start_s: float, end_s: float) -> slice:
    """Frames with start ≤ time < end."""
    return slice(int(times.searchsorted(start_s)), int(times.searchsorted(end_s)))
