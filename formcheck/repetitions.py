"""Repetitions of a squat or step-down from the knee flexion of the standing leg. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.types import FloatArray

LEAST_DEG = 15.0
"""A bend below this is no repetition (contract)."""
EDGE_SHARE = 0.15
"""A repetition starts and ends where flexion crosses this share of its depth."""
_LEAST_PROMINENCE_DEG = 9.0
_LEAST_DURATION_S = 0.35
_REBOUND_SHARE = 0.45


@dataclass(frozen=True)
class Repetition:
    """One bend of the knee: times in seconds, depth as peak knee flexion in degrees."""

    start_s: float
    bottom_s: float
    end_s: float
    depth_deg: float


def find_repetitions(
    flexion_deg: FloatArray, time_s: FloatArray, *, least_deg: float = LEAST_DEG
) -> tuple[Repetition, ...]:
    """Find every bend of at least `least_deg`.

    1. Peaks of knee flexion that stand out by 9° or more.
    2. Two peaks are one repetition (a wobble at the bottom) unless flexion between them falls to less
       than 55 % of the lower peak; pauses at the top or the bottom are allowed.
    3. Start and end lie where flexion crosses 15 % of the depth above the valley on that side.

    flexion_deg, time_s : (N,); gaps are NaN and are bridged by straight lines. A bend of which the clip shows
    neither the way down nor the way up is none.
    """
    from scipy.signal import find_peaks

    known = np.isfinite(flexion_deg)
    if not known.any():
        return ()
    flexion = np.interp(time_s, time_s[known], flexion_deg[known])
    peaks, _ = find_peaks(flexion, height=least_deg, prominence=_LEAST_PROMINENCE_DEG)
    peaks = _merge_rebounds(peaks, flexion)
    found = []
    for i, peak in enumerate(peaks):
        lo = peaks[i - 1] if i else 0
        hi = peaks[i + 1] if i + 1 < len(peaks) else len(flexion) - 1
        repetition = _bounds(flexion, time_s, int(peak), int(lo), int(hi))
        if repetition.end_s - repetition.start_s >= _LEAST_DURATION_S:
            found.append(repetition)
    return tuple(found)


def _merge_rebounds(peaks: FloatArray, flexion: FloatArray) -> list[int]:
    kept: list[int] = []
    for peak in peaks:
        if kept:
            last = kept[-1]
            valley = flexion[last : peak + 1].min()
            lower = min(flexion[last], flexion[peak])
            if valley > (1.0 - _REBOUND_SHARE) * lower:
                kept[-1] = int(peak) if flexion[peak] > flexion[last] else last
                continue
        kept.append(int(peak))
    return kept


def _bounds(flexion: FloatArray, time_s: FloatArray, peak: int, lo: int, hi: int) -> Repetition:
    start = _crossing(flexion[lo : peak + 1][::-1], time_s[lo : peak + 1][::-1])
    end = _crossing(flexion[peak : hi + 1], time_s[peak : hi + 1])
    return Repetition(start, float(time_s[peak]), end, float(flexion[peak]))


def _crossing(falling: FloatArray, time_s: FloatArray) -> float:
    """Time, between frames, at which a course that begins at its peak first falls to the edge level.

    The valley is looked for within 2.5 times the way to half depth, so that a slow change of posture between
    repetitions does not move the edge.
    """
    half = np.flatnonzero(falling <= 0.5 * falling[0])
    if len(half):
        reach = time_s[0] + 2.5 * (time_s[half[0]] - time_s[0])
        inside = np.abs(time_s - time_s[0]) <= abs(reach - time_s[0])
        falling, time_s = falling[inside], time_s[inside]
    level = falling.min() + EDGE_SHARE * (falling[0] - falling.min())
    below = np.flatnonzero(falling <= level)
    if len(below) == 0 or below[0] == 0:
        return float(time_s[-1])
    j = below[0]
    share = (falling[j - 1] - level) / (falling[j - 1] - falling[j])
    return float(time_s[j - 1] + share * (time_s[j] - time_s[j - 1]))
