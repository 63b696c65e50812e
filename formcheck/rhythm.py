"""The rhythm of walking and running: is there one, how fast, and is it a run? Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from formcheck import signals
from formcheck.types import SIDES, FloatArray, PoseSequence, View
from formcheck.view import CameraView

_STRIDE_RANGE_S = (0.45, 8.0)
_GRID_FPS = 60.0
_LONGEST_SHARE = 0.67
RHYTHM_JOINTS = ("shoulder", "hip", "knee", "ankle")
"""All that `gait_rhythm` looks at."""
LEAST_REGULARITY = 0.5
"""Below this the legs do not move in one rhythm."""
_LEAST_EVENNESS = 0.45
_STEP_APART = {"side": 0.35, "front": 0.12, "rear": 0.12}
_SLOWEST_STRIDE_S = 6.0
_LEG_M = 0.8
"""A usual leg: near enough to tell a bounce with flight from one without."""


@dataclass(frozen=True)
class Rhythm:
    """Alternating movement of the two legs.

    stride_s : seconds of a stride (two steps); NaN without a rhythm. regularity : autocorrelation at that period,
    0 to 1. spread : how far the ankles part ÷ leg length.
    evenness : movement of the stiller ankle ÷ that of the livelier; a foot that stays planted gives nearly 0.
    bounce : rise and fall of the body within a stride ÷ leg length.
    """

    stride_s: float
    regularity: float
    spread: float
    evenness: float
    bounce: float

    @property
    def bounce_g(self) -> float:
        """Peak vertical acceleration of the body in g, its bounce taken as a sine: 1 and more with flight."""
        step_rate = 4.0 * np.pi / self.stride_s
        return float(0.5 * self.bounce * _LEG_M * step_rate**2 / 9.81)

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
    travel = [_spread(ankles[s][:, axis]) for s in SIDES]
    evenness = min(travel) / max(travel) if max(travel) > 0 else 0.0
    apart = signals.fill_gaps(apart[:, None], pose.time_s, longest_s=0.5)[:, 0]
    height = 0.5 * (pose.midpoint("shoulder") + pose.midpoint("hip"))[:, 1]
    stride_s, regularity = _stride_period(apart, height, pose.time_s)
    return Rhythm(stride_s, regularity, _spread(apart), evenness, _bounce_px(height, pose.time_s, stride_s) / leg_px)


def is_gait(rhythm: Rhythm, view: View) -> bool:
    """Whether both feet move to and fro in one rhythm."""
    alternates = rhythm.regularity >= LEAST_REGULARITY and rhythm.evenness >= _LEAST_EVENNESS
    return alternates and rhythm.spread >= _STEP_APART[view] and rhythm.stride_s < _SLOWEST_STRIDE_S


def _stride_period(apart: FloatArray, height: FloatArray, time_s: FloatArray) -> tuple[float, float]:
    """Stride time and its regularity from the ankles' difference.

    Its size and the body's height repeat every step and do not see exchanged legs: where the difference seems to repeat
    only after three steps or more, some legs are exchanged, and height or size is believed.
    """
    shortest_s, longest_s = _STRIDE_RANGE_S
    stride_s, regularity = dominant_period(apart, time_s, shortest_s=shortest_s, longest_s=longest_s)
    for every_step in (height, np.abs(apart)):
        step_s, evenly = dominant_period(every_step, time_s, shortest_s=0.5 * shortest_s, longest_s=0.5 * longest_s)
        steps = stride_s / step_s
        if steps > 2.5 and abs(steps - round(steps)) < 0.1 * steps and evenly > 0.8 * regularity:
            return 2.0 * step_s, evenly
    return stride_s, regularity


def _bounce_px(height: FloatArray, time_s: FloatArray, stride_s: float) -> float:
    """Median over the clip of the body's rise and fall within a stride; NaN without a rhythm."""
    if not np.isfinite(stride_s):
        return float("nan")
    starts = np.arange(time_s[0], time_s[-1] - stride_s, stride_s)
    edges = np.searchsorted(time_s, [starts, starts + stride_s]).T
    spans = [height[first:stop] for first, stop in edges]
    rises = [float(np.ptp(span)) for span in spans if len(span) > 3 and np.isfinite(span).all()]
    return float(np.median(rises)) if rises else float("nan")


def leg_length_px(pose: PoseSequence, *, percent: float = 80.0) -> float:
    """Thigh plus shank in the image, a high percentile over both legs and the clip."""
    lengths = [
        np.linalg.norm(pose.joint("hip", s) - pose.joint("knee", s), axis=-1)
        + np.linalg.norm(pose.joint("knee", s) - pose.joint("ankle", s), axis=-1)
        for s in SIDES
    ]
    finite = np.concatenate(lengths)
    finite = finite[np.isfinite(finite)]
    return float(np.percentile(finite, percent)) if finite.size else float("nan")


def dominant_period(
    series: FloatArray, time_s: FloatArray, *, shortest_s: float, longest_s: float
) -> tuple[float, float]:
    """Period (s) at which a series repeats itself best, and its autocorrelation there; NaN, 0 where it does not.

    The first peak of the autocorrelation within 70 % of the highest counts, so that the period is not taken twice.
    Gaps take no part in it.
    """
    known = np.isfinite(series)
    span = float(time_s[-1] - time_s[0]) if len(time_s) > 1 else 0.0
    if known.sum() < 12 or span < 2.0 * shortest_s:
        return float("nan"), 0.0
    grid = np.arange(time_s[0], time_s[-1], 1.0 / _GRID_FPS)
    seen = (np.interp(grid, time_s, known.astype(float)) > 0.5).astype(float)
    even = np.interp(grid, time_s[known], series[known])
    even = (even - np.average(even, weights=seen)) * seen
    if np.ptp(even) <= 1e-9 * max(float(np.abs(series[known]).max()), 1.0):
        return float("nan"), 0.0
    n = len(even)
    correlation = _autocorrelation(even, seen)
    last = min(int(longest_s * _GRID_FPS), int(_LONGEST_SHARE * n))
    lags = np.arange(max(int(shortest_s * _GRID_FPS), 1), max(last - 1, 1))
    here = correlation[lags]
    peaks = lags[(here >= correlation[lags - 1]) & (here > correlation[lags + 1])]
    highest = correlation[peaks].max(initial=0.0)
    if highest <= 0.0:
        return float("nan"), 0.0
    k = int(peaks[np.argmax(correlation[peaks] >= 0.7 * highest)])
    a, b, c = correlation[k - 1 : k + 2]
    shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c != 0 else 0.0
    return float((k + shift) / _GRID_FPS), float(max(b, 0.0))


def _autocorrelation(values: FloatArray, seen: FloatArray) -> FloatArray:
    """(N,) correlation of a series with itself at each lag, over the pairs that were both seen; −1 to 1.

    `values` are 0 where not `seen`. Each lag is scaled by the energy of its own pairs, so that long lags with few
    pairs do not exceed 1.
    """
    n = len(values)
    length = next_fast_len(2 * n, real=True)
    spectrum = rfft(values, length)
    products = irfft(spectrum.real**2 + spectrum.imag**2, length)[:n]
    if seen.all():
        earlier, later = (np.cumsum(v**2)[::-1] for v in (values, values[::-1]))
    else:
        both = irfft(np.conj(rfft(values**2, length)) * rfft(seen, length), length)
        earlier, later = both[:n], np.concatenate([both[:1], both[: length - n : -1]])
    energy = np.sqrt(np.maximum(earlier * later, 0.0))
    floor = 1e-6 * max(float(energy[0]), 1e-30)
    return np.asarray(products / np.maximum(energy, floor))


def _spread(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(finite, [97, 3]))) if finite.size else 0.0
