"""The phase of the stride in every frame, and what a stride looks like on average. Pure.

Strides of one run are alike, so that a clip shows one cycle many times over: its mean is far quieter than any single
stride, and at 60 frames a second it is sampled much finer than once in 17 ms, since every stride falls on other frames.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from formcheck.rhythm import leg_length_px
from formcheck.types import SIDES, FloatArray, PoseSequence

_JOINTS = ("knee", "ankle", "heel", "foot_index")
_HARMONICS = 8
_ROUNDS = 3
_SMOOTH = 0.5
"""Weight of a steady rhythm against each step's own timing (J, flat between a quarter and four times)."""
_PENALTY = 4e-4
_REWEIGHTED = 8
_SAMPLED, _ABOUT_HALF = 16, (0.44, 0.56)
_AT_ONCE = 6
"""Columns that are fitted together: as many as stay in a processor's own memory."""


def waves(phase: FloatArray, harmonics: int) -> FloatArray:
    """(N, 1 + 2·harmonics) columns of a Fourier series: 1, then cosine and sine of each harmonic."""
    columns = np.empty((1 + 2 * harmonics, len(phase)))
    columns[0] = 1.0
    once = power = np.exp(1j * phase)
    for order in range(1, harmonics + 1):
        columns[2 * order - 1], columns[2 * order] = power.real, power.imag
        power = power * once
    return columns.T


def fit_cycle(values: FloatArray, phase: FloatArray, *, harmonics: int) -> FloatArray:
    """(1 + 2·harmonics, K) Fourier coefficients of the cycle that most of the (N, K) values follow.

    Least squares, reweighted by the miss against its robust spread; high harmonics cost a little, so that a few strides
    do not bend them. A column without enough values gives zeros.
    """
    products, order = WaveProducts(phase, harmonics), np.arange(1, harmonics + 1) / harmonics
    out = np.zeros((1 + 2 * harmonics, values.shape[1]))
    dear = np.diag(np.r_[0.0, np.repeat(order**4, 2)])
    known = np.isfinite(values.T)
    enough = np.flatnonzero(known.sum(axis=1) >= 2 * len(out))
    for some in (enough[first : first + _AT_ONCE] for first in range(0, len(enough), _AT_ONCE)):
        ridge = _PENALTY * known[some].sum(axis=1)[:, None, None] * dear + 1e-6 * np.eye(len(out))
        points = np.asarray(values.T[some, None])
        out[:, some] = products.fit(points, known[some], ridge=ridge, weigh=_by_own_spread)[..., 0].T
    return out


def _by_own_spread(squared: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """(K, N) weights of squared misses against each row's robust spread."""
    usual = np.array([_root_of_middle(row[seen]) for row, seen in zip(squared, known, strict=True)])
    spread = 2.0 * np.maximum(1.4826 * usual, 1e-4)
    return np.asarray(1.0 / (1.0 + squared / spread[:, None] ** 2))


def _root_of_middle(squared: FloatArray) -> float:
    """Median of the roots of some squares: sought among those that a sample says are near it."""
    half, near = len(squared) // 2, squared
    if len(squared) > _SAMPLED**2:
        sample = np.sort(squared[::_SAMPLED])
        low, high = sample[[int(share * len(sample)) for share in _ABOUT_HALF]]
        within, below = squared[(squared >= low) & (squared <= high)], int(np.count_nonzero(squared < low))
        if below < half < below + len(within):
            half, near = half - below, within
    ordered = np.partition(near, half)
    upper = np.sqrt(ordered[half])
    return float(upper if len(squared) % 2 else 0.5 * (np.sqrt(ordered[:half].max()) + upper))


class WaveProducts:
    """A Fourier series' columns and, for weights of the frames, the sums of their products.

    Products of two waves are sums of waves: of all (1 + 2·harmonics)² sums only 1 + 4·harmonics are different ones.
    """

    def __init__(self, phase: FloatArray, harmonics: int) -> None:
        self._all = waves(phase, 2 * harmonics)
        self.waves = self._all[:, : 1 + 2 * harmonics]
        self._apart, self._together = _products(1 + 2 * harmonics)

    def normal(self, weights: FloatArray) -> FloatArray:
        """(..., 1 + 2·harmonics, 1 + 2·harmonics) sums of the products of each two columns, by (..., N) weights."""
        sums = weights @ self._all
        apart, together = (sums[..., place] * sign for place, sign in (self._apart, self._together))
        return np.asarray(0.5 * (apart + together))

    def fit(
        self,
        points: FloatArray,
        known: NDArray[np.bool_],
        *,
        ridge: FloatArray,
        weigh: Callable[[FloatArray, NDArray[np.bool_]], FloatArray],
    ) -> FloatArray:
        """(K, 1 + 2·harmonics, D) coefficients of the cycles that most of (K, D, N) points follow, those (K, N) known.

        Least squares, reweighted: `weigh` gives weights for the (K, N) squared distances of the points from the cycles.
        """
        seen = np.ascontiguousarray(np.where(known[:, None], points, 0.0))
        count, across, frames = seen.shape
        weights = np.ascontiguousarray(known, dtype=float)
        for _ in range(_REWEIGHTED):
            right = (weights[:, None] * seen).reshape(-1, frames) @ self.waves
            right = right.reshape(count, across, -1).swapaxes(1, 2)
            cycles = np.linalg.solve(self.normal(weights) + ridge, right)
            away = cycles.swapaxes(1, 2).reshape(count * across, -1) @ self.waves.T
            away -= seen.reshape(-1, frames)
            squared = np.square(away, out=away).reshape(seen.shape).sum(axis=1)
            weights = known * weigh(squared, known)
        return np.asarray(cycles)


def _products(count: int) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """For the product of each two of `count` columns: its two waves' columns, and their signs.

    The waves' orders are the difference and the sum of the columns' orders; a cosine and a sine give sines.
    """
    number = np.arange(count)
    order, is_sine = (number + 1) // 2, (number > 0) & (number % 2 == 0)
    mixed, both = is_sine[:, None] != is_sine, is_sine[:, None] & is_sine
    apart, together = order[:, None] - order, order[:, None] + order
    places = [np.where(mixed, 2 * np.abs(k), np.maximum(2 * np.abs(k) - 1, 0)) for k in (apart, together)]
    signs = np.where(mixed, np.sign(np.where(is_sine[:, None], apart, -apart)), 1), np.where(both, -1, 1)
    return tuple(zip(places, signs, strict=True))


def body_phase(pose: PoseSequence, lowest: FloatArray, counts: NDArray[np.intp]) -> FloatArray:
    """(N,) phase of the stride: π at each step, 0 at the first of the body's lowest points.

    1. Straight lines between the lowest points.
    2. The body's mean cycle (legs about the hips, hips and shoulders up and down) is laid over the clip; where it comes
       early or late, the phase is shifted, step by step and smoothly, by weighted least squares. A limb that moves a
       leg length in a tenth of a second tells its time far better than the flat turn of a lowest point.

    counts : number of each step, missed ones counted.
    """
    step_s = float(np.median(np.diff(lowest) / np.diff(counts)))
    moments = np.concatenate([[lowest[0] - 2 * step_s], lowest, [lowest[-1] + 2 * step_s]])
    numbers = np.concatenate([[counts[0] - 2], counts, [counts[-1] + 2]])
    phase = np.pi * np.interp(pose.time_s, moments, numbers)
    body = _body(pose)
    for _ in range(_ROUNDS):
        phase = phase + _delay(body, phase, pose.time_s, step_s)
    return np.asarray(np.maximum.accumulate(phase + 1e-9 * np.arange(len(phase))))


def _body(pose: PoseSequence) -> FloatArray:
    """(N, K) columns that a stride repeats, in leg lengths."""
    middle = pose.midpoint("hip")
    limbs = [pose.joint(joint, side) - middle for side in SIDES for joint in _JOINTS]
    heights = [pose.midpoint(joint)[:, 1:] - np.nanmedian(middle[:, 1]) for joint in ("hip", "shoulder")]
    return np.asarray(np.concatenate([*limbs, *heights], axis=1) / leg_length_px(pose))


def _delay(body: FloatArray, phase: FloatArray, time_s: FloatArray, step_s: float) -> FloatArray:
    """(N,) radians by which the body is ahead of its mean cycle at a phase, in straight lines from step to step."""
    cycle, series = fit_cycle(body, phase, harmonics=_HARMONICS), waves(phase, _HARMONICS)
    miss = body.T - cycle.T @ series.T
    known = np.isfinite(miss)
    miss[~known] = 0.0
    squared = miss**2
    usual = [_root_of_middle(row[seen]) if seen.any() else np.nan for row, seen in zip(squared, known, strict=True)]
    spread = 1.4826 * np.array(usual)[:, None] + 1e-3
    weights = np.where(known, 1.0 / ((1.0 + squared / (2.0 * spread) ** 2) * spread) ** 2, 0.0)
    slope = _derivative(cycle).T @ series.T
    hold = weights * slope
    pull, hold = (hold * miss).sum(axis=0), (hold * slope).sum(axis=0)
    place = (time_s - time_s[0]) / step_s
    before = np.floor(place).astype(np.intp)
    tents = np.stack([1.0 - (place - before), place - before])
    return _along_knots(tents, before, pull, hold)


def _along_knots(tents: FloatArray, before: NDArray[np.intp], pull: FloatArray, hold: FloatArray) -> FloatArray:
    """(N,) smooth course that `pull` asks for with the weight `hold`, in straight lines between knots a step apart.

    tents : (2, N) share of the knot before a frame and of the next one. The equations tie a knot to its neighbours and
    their neighbours only, so that they are solved in time that grows with the clip.
    """
    count = int(before[-1]) + 2

    from scipy.linalg import solveh_banded

    def summed(values: FloatArray, knot: NDArray[np.intp]) -> FloatArray:
        return np.asarray(np.bincount(knot, weights=values, minlength=count), dtype=float)

    right = summed(tents[0] * pull, before) + summed(tents[1] * pull, before + 1)
    own = summed(tents[0] ** 2 * hold, before) + summed(tents[1] ** 2 * hold, before + 1)
    next_one = summed(tents[0] * tents[1] * hold, before)
    usual = float(own.mean())
    if usual <= 0.0:
        return np.zeros_like(pull)
    bends = np.convolve(np.ones(max(count - 2, 0)), [1.0, 4.0, 1.0]) if count > 2 else np.zeros(count)
    pairs = np.convolve(np.ones(max(count - 2, 0)), [-2.0, -2.0]) if count > 2 else np.zeros(count - 1)
    bands = np.zeros((3, count))
    bands[0] = own + usual * (_SMOOTH * bends + 1e-6)
    bands[1, :-1] = next_one[:-1] + usual * _SMOOTH * pairs
    bands[2, : max(count - 2, 0)] = usual * _SMOOTH
    course = solveh_banded(bands, right, lower=True)
    return np.asarray(tents[0] * course[before] + tents[1] * course[before + 1])


def _derivative(cycle: FloatArray) -> FloatArray:
    """Fourier coefficients of a cycle's derivative by the phase."""
    order = np.arange(1, _HARMONICS + 1)[:, None]
    out = np.zeros_like(cycle)
    out[1::2], out[2::2] = order * cycle[2::2], -order * cycle[1::2]
    return out
