"""Figures of agreement between measured values and truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from formcheck.benchmark.accuracy_measure import Pair, Timing
from formcheck.types import FloatArray

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
_LEAST_FOR_SLOPE = 4
_LEAST_FOR_LIMITS = 3


@dataclass(frozen=True)
class Agreement:
    """How well a metric agrees with the truth over some clips and sides; NaN where too few were measured.

    mae, bias : mean absolute and mean signed error. bias_left, bias_right : of one leg.
    slope, intercept : of measured on true values. low, high : 95 % limits of agreement (Bland & Altman 1986).
    refused : share that was not assessable. baseline_mae : of naive landmarks on the same clips.
    """

    n: int
    mae: float
    bias: float
    bias_left: float
    bias_right: float
    slope: float
    intercept: float
    low: float
    high: float
    refused: float
    baseline_mae: float
    baseline_slope: float


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Sum up pairs of one metric."""
    told = [p for p in pairs if p.value is not None]
    miss = np.array([p.miss for p in told])
    slope, intercept = _line([p.truth for p in told], [p.value for p in told if p.value is not None])
    based = [p for p in pairs if p.baseline is not None]
    bias, spread = _mean(miss), float(np.std(miss, ddof=1)) if len(miss) >= _LEAST_FOR_LIMITS else math.nan
    return Agreement(
        len(told),
        _mean(np.abs(miss)),
        bias,
        _mean(np.array([p.miss for p in told if p.side == "left"])),
        _mean(np.array([p.miss for p in told if p.side == "right"])),
        slope,
        intercept,
        bias - 1.96 * spread,
        bias + 1.96 * spread,
        1.0 - len(told) / len(pairs) if pairs else math.nan,
        _mean(np.array([abs(p.baseline - p.truth) for p in based if p.baseline is not None])),
        _line([p.truth for p in based], [p.baseline for p in based if p.baseline is not None])[0],
    )


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else math.nan


def _line(true: Sequence[float], measured: Sequence[float]) -> tuple[float, float]:
    """Slope and intercept by least squares; NaN for few values or a truth that does not vary."""
    if len(true) < _LEAST_FOR_SLOPE or np.ptp(true) < 1e-9:
        return math.nan, math.nan
    slope, intercept = np.polyfit(true, measured, 1)
    return float(slope), float(intercept)


@dataclass(frozen=True)
class Punctuality:
    """How well events are found: share found, and lateness in milliseconds (median, median size, middle 90 %)."""

    n: int
    hit_rate: float
    late_ms: float
    off_ms: float
    low_ms: float
    high_ms: float
    baseline_off_ms: float


def punctuality(timings: Sequence[Timing]) -> Punctuality:
    """Sum up events of one kind."""
    late = np.array([t.late_ms for t in timings if t.late_ms is not None])
    base = np.array([abs(t.baseline_ms) for t in timings if t.baseline_ms is not None])
    low, high = np.percentile(late, [5, 95]) if late.size else (math.nan, math.nan)
    return Punctuality(
        len(timings),
        len(late) / len(timings) if timings else math.nan,
        _median(late),
        _median(np.abs(late)),
        float(low),
        float(high),
        _median(base),
    )


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else math.nan


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Items by a key, in the order in which keys are met."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def covering(misses: Sequence[float], share: float = 0.95) -> float:
    """The error that a new value stays within with the wanted probability.

    The ⌈(n + 1) share⌉-th smallest of |measured − true| (split conformal; the largest where n is small), and at least
    what a normal spread around the median size would give, so that a lucky few do not make it small.
    """
    sizes = np.sort(np.abs(np.asarray(misses, dtype=float)))
    rank = min(math.ceil((len(sizes) + 1) * share), len(sizes))
    robust = NormalDist().inv_cdf(0.5 + 0.5 * share) * 1.4826 * float(np.median(sizes))
    return max(float(sizes[rank - 1]), robust)
