"""The rhythm of walking and running: is there one, how fast, and is it a run? Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck import signals
from formcheck.types import SIDES, FloatArray, PoseSequence
from formcheck.view import CameraView

_STRIDE_RANGE_S = (0.45, 8.0)
_GRID_FPS = 60.0


@dataclass(frozen=True)
class Rhythm:
    """Alternating movement of the two legs.

    stride_s : seconds of a stride (two steps); NaN without a rhythm. regularity : autocorrelation at that period,
    0 to 1. lift : how high the ankles rise in swing ÷ leg length. spread : how far they part ÷ leg length.
    evenness : movement of the stiller ankle ÷ that of the livelier; a foot that stays planted gives nearly 0.
    """

    stride_s: float
    regularity: float
    lift: float
    spread: float
    evenness: float

    @property
    def cadence_spm(self) -> float:
        """Steps a minute of both feet; NaN without a rhythm."""
        return 120.0 / self.stride_s


def gait_rhythm(pose: PoseSequence, camera: CameraView) -> Rhythm:
    """Rhythm of the ankles' difference (along the run from the side, up and down otherwise)."""
    axis = 0 if camera.view == "side" else 1
    leg_px = leg_length_px(pose)
    ankles = {s: pose.joint("ankle", s) for s in SIDES}
    apart = (ankles["left"] - ankles["right"])[:, axis] / leg_px
    lift = float(np.mean([_spread(ankles[s][:, 1]) for s in SIDES])) / leg_px
    travel = [_spread(ankles[s][:, axis]) for s in SIDES]
    evenness = min(travel) / max(travel) if max(travel) > 0 else 0.0
    apart = signals.fill_gaps(apart[:, None], pose.time_s, longest_s=0.5)[:, 0]
    stride_s, regularity = dominant_period(
        apart, pose.time_s, shortest_s=_STRIDE_RANGE_S[0], longest_s=_STRIDE_RANGE_S[1]
    )
    return Rhythm(stride_s, regularity, lift, _spread(apart), evenness)


def leg_length_px(pose: PoseSequence) -> float:
    """Thigh plus shank in the image, a high percentile of the longer leg."""
    lengths = [
        np.linalg.norm(pose.joint("hip", s) - pose.joint("knee", s), axis=-1)
        + np.linalg.norm(pose.joint("knee", s) - pose.joint("ankle", s), axis=-1)
        for s in SIDES
    ]
    finite = np.concatenate(lengths)
    finite = finite[np.isfinite(finite)]
    return float(np.percentile(finite, 80)) if finite.size else float("nan")


def dominant_period(
    series: FloatArray, time_s: FloatArray, *, shortest_s: float, longest_s: float
) -> tuple[float, float]:
    """Period (s) at which a series repeats itself best, and its autocorrelation there; NaN, 0 where it does not.

    The first peak of the unbiased autocorrelation within 80 % of the highest counts, so that the period
    is not taken twice.
    """
    known = np.isfinite(series)
    span = float(time_s[-1] - time_s[0]) if len(time_s) > 1 else 0.0
    if known.sum() < 12 or span < 2.0 * shortest_s:
        return float("nan"), 0.0
    grid = np.arange(time_s[0], time_s[-1], 1.0 / _GRID_FPS)
    even = np.interp(grid, time_s[known], series[known])
    even = even - even.mean()
    n = len(even)
    spectrum = np.fft.rfft(even, 2 * n)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / np.arange(n, 0, -1)
    if correlation[0] <= 0:
        return float("nan"), 0.0
    correlation = correlation / correlation[0]
    last = min(int(longest_s * _GRID_FPS), int(0.67 * n))
    peaks = [
        k
        for k in range(max(int(shortest_s * _GRID_FPS), 1), last - 1)
        if correlation[k] >= correlation[k - 1] and correlation[k] > correlation[k + 1]
    ]
    highest = max((correlation[k] for k in peaks), default=0.0)
    if highest <= 0.0:
        return float("nan"), 0.0
    k = next(k for k in peaks if correlation[k] >= 0.8 * highest)
    a, b, c = correlation[k - 1 : k + 2]
    shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c != 0 else 0.0
    return float((k + shift) / _GRID_FPS), float(max(b, 0.0))


def _spread(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.percentile(finite, 97) - np.percentile(finite, 3)) if finite.size else 0.0
