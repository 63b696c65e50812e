"""The phase of the stride in every frame, and what a stride looks like on average. Pure.

Strides of one run are alike, so that a clip shows one cycle many times over: its mean is far quieter than any single
stride, and at 60 frames a second it is sampled much finer than once in 17 ms, since every stride falls on other frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from formcheck.rhythm import leg_length_px
from formcheck.types import SIDES, FloatArray, PoseSequence

_JOINTS = ("knee", "ankle", "heel", "foot_index")
_HARMONICS = 8
_ROUNDS = 3
_SMOOTH = 0.5
"""Weight of a steady rhythm against each step's own timing (J, flat between a quarter and four times)."""
_PENALTY = 4e-4


def waves(phase: FloatArray, harmonics: int) -> FloatArray:
    """(N, 1 + 2·harmonics) columns of a Fourier series."""
    turns = phase[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.ones((len(phase), 1)), np.cos(turns), np.sin(turns)], axis=1)


def fit_cycle(values: FloatArray, phase: FloatArray, *, harmonics: int) -> FloatArray:
    """(1 + 2·harmonics, K) Fourier coefficients of the cycle that most of the (N, K) values follow.

    Least squares, reweighted by the miss against its robust spread; high harmonics cost a little, so that a few strides
    do not bend them. A column without enough values gives zeros.
    """
    products, order = WaveProducts(phase, harmonics), np.arange(1, harmonics + 1) / harmonics
    out = np.zeros((1 + 2 * harmonics, values.shape[1]))
    dear = np.diag(np.r_[0.0, np.tile(order**4, 2)])
    for k in range(values.shape[1]):
        known = np.isfinite(values[:, k])
        count = int(known.sum())
        if count < 2 * len(out):
            continue
        seen, weights = np.where(known, values[:, k], 0.0), known.astype(float)
        ridge = _PENALTY * count * dear + 1e-6 * np.eye(len(out))
        for _ in range(8):
            out[:, k] = np.linalg.solve(products.normal(weights) + ridge, products.waves.T @ (weights * seen))
            miss = np.abs(seen - products.waves @ out[:, k])
            spread = 2.0 * max(1.4826 * float(np.median(miss[known])), 1e-4)
            weights = known / (1.0 + (miss / spread) ** 2)
    return out


class WaveProducts:
    """A Fourier series' columns and, for weights of the frames, the sums of their products.

    Products of two waves are sums of waves: of all (1 + 2·harmonics)² sums only 1 + 4·harmonics are different ones.
    """

    def __init__(self, phase: FloatArray, harmonics: int) -> None:
        self._all = waves(phase, 2 * harmonics)
        self._harmonics = harmonics
        h = harmonics
        self.waves = np.ascontiguousarray(
            np.concatenate([self._all[:, : h + 1], self._all[:, 2 * h + 1 : 3 * h + 1]], 1)
        )

    def normal(self, weights: FloatArray) -> FloatArray:
        """(1 + 2·harmonics, 1 + 2·harmonics) weighted sums of the products of each two columns."""
        h = self._harmonics
        sums = weights @ self._all
        cos, sin = sums[: 2 * h + 1], np.r_[0.0, sums[2 * h + 1 :]]
        k = np.arange(h + 1)
        apart, together = k[:, None] - k, k[:, None] + k
        cos_cos = 0.5 * (cos[np.abs(apart)] + cos[together])
        sin_sin = 0.5 * (cos[np.abs(apart)] - cos[together])
        cos_sin = 0.5 * (sin[together] - np.sign(apart) * sin[np.abs(apart)])
        return np.block([[cos_cos, cos_sin[:, 1:]], [cos_sin[:, 1:].T, sin_sin[1:, 1:]]])


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
    cycle = fit_cycle(body, phase, harmonics=_HARMONICS)
    miss = body - waves(phase, _HARMONICS) @ cycle
    spread = 1.4826 * np.nanmedian(np.abs(miss), axis=0) + 1e-3
    weights = np.where(np.isfinite(miss), 1.0 / (1.0 + (miss / (2.0 * spread)) ** 2) ** 2 / spread**2, 0.0)
    slope = _slopes(phase) @ cycle
    pull, hold = (weights * np.nan_to_num(miss) * slope).sum(axis=1), (weights * slope**2).sum(axis=1)
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


def _slopes(phase: FloatArray) -> FloatArray:
    """Derivative of `waves` by the phase."""
    order = np.arange(1, _HARMONICS + 1)
    turns = phase[:, None] * order
    return np.concatenate([np.zeros((len(phase), 1)), -order * np.sin(turns), order * np.cos(turns)], axis=1)
