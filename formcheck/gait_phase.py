"""The phase of the stride in every frame, and what a stride looks like on average. Pure.

Strides of one run are alike, so that a clip shows one cycle many times over: its mean is far quieter than any single
stride, and at 60 frames a second it is sampled much finer than once in 17 ms, since every stride falls on other frames.
"""

from __future__ import annotations

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


def waves(phase: FloatArray, harmonics: int) -> FloatArray:
    """(N, 1 + 2·harmonics) columns of a Fourier series."""
    turns = phase[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.ones((len(phase), 1)), np.cos(turns), np.sin(turns)], axis=1)


def fit_cycle(values: FloatArray, phase: FloatArray, *, harmonics: int) -> FloatArray:
    """(1 + 2·harmonics, K) Fourier coefficients of the cycle that most of the (N, K) values follow.

    Least squares, reweighted by the miss against its robust spread; high harmonics cost a little, so that a few strides
    do not bend them. A column without enough values gives zeros.
    """
    columns = waves(phase, harmonics)
    out = np.zeros((columns.shape[1], values.shape[1]))
    order = np.r_[0.0, np.tile((np.arange(1, harmonics + 1) / harmonics) ** 4, 2)]
    for k in range(values.shape[1]):
        known = np.isfinite(values[:, k])
        if known.sum() < 2 * columns.shape[1]:
            continue
        seen, wave, weights = values[known, k], columns[known], np.ones(int(known.sum()))
        ridge = np.diag(_PENALTY * len(seen) * order + 1e-6)
        for _ in range(8):
            weighted = wave * weights[:, None]
            out[:, k] = np.linalg.solve(weighted.T @ wave + ridge, weighted.T @ seen)
            miss = seen - wave @ out[:, k]
            spread = 2.0 * max(1.4826 * float(np.median(np.abs(miss))), 1e-4)
            weights = 1.0 / (1.0 + (miss / spread) ** 2)
    return out


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
    knots = np.arange(time_s[0], time_s[-1] + step_s, step_s)
    tents = np.maximum(0.0, 1.0 - np.abs(time_s[:, None] - knots) / step_s)
    normal = (tents * hold[:, None]).T @ tents
    bend = np.diff(np.eye(len(knots)), 2, axis=0)
    usual = float(np.mean(np.diag(normal)))
    steady = normal + usual * (_SMOOTH * bend.T @ bend + 1e-6 * np.eye(len(knots)))
    return np.asarray(tents @ np.linalg.solve(steady, tents.T @ pull)) if usual > 0 else np.zeros_like(phase)


def _slopes(phase: FloatArray) -> FloatArray:
    """Derivative of `waves` by the phase."""
    order = np.arange(1, _HARMONICS + 1)
    turns = phase[:, None] * order
    return np.concatenate([np.zeros((len(phase), 1)), -order * np.sin(turns), order * np.cos(turns)], axis=1)
