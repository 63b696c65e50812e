"""Left and right leg told apart over a whole clip, by the gait's own rhythm. Pure.

Where one leg hides the other, the pose model exchanges them, and near the crossing neither place nor speed tells which
is which. The rhythm does: each leg repeats one cycle, half a stride after the other, so that the moment within the
stride says where the left knee has to be. The stride's phase comes from the body's rise and fall, which exchanged legs
do not disturb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck import paths, signals
from formcheck.events import body_bounce, lowest_points, steps_counted
from formcheck.gait_phase import WaveProducts, waves
from formcheck.landmarks import Landmark, side_landmark
from formcheck.rhythm import LEAST_REGULARITY, RHYTHM_JOINTS, Rhythm, gait_rhythm, leg_length_px
from formcheck.types import SIDES, FloatArray, PoseSequence
from formcheck.view import camera_view

_JOINTS = ("knee", "ankle", "heel", "foot_index")
_UPPER, _LOWER = ("hip", "knee"), ("ankle", "heel", "foot_index")
_EXCHANGED: tuple[tuple[str, ...], ...] = ((), _UPPER + _LOWER, _LOWER, _UPPER)
"""Joints that each of the four readings of a frame exchanges."""
_MOVES = np.array([[joint in exchanged for joint in _JOINTS] for exchanged in _EXCHANGED])
_READING_COSTS = np.array([0.0, 0.01, 0.02, 0.02])
_SWITCH_COST = 0.05
"""Leg lengths: what a reading costs in each frame, and a change of reading once (J, flat between half and double)."""
_HARMONICS = 5
_ROUNDS = 4
_ROUNDS_ALIKE = 2
_SPREAD = 0.04
_FURTHEST = 0.4
_WORST_FIT = 0.12
_LONGEST_STRIDE_S = 1.8
_LEAST_EVENNESS = 0.4
_LEAST_STEPS = 6
_SLIP_COST = 0.6
"""A missed or doubled step is believed where it explains about two steps of exchanged legs (J)."""


@dataclass(frozen=True)
class _Stride:
    """Phase (N,) of the stride in radians and number (N,) of the step of each frame, −1 outside the gait."""

    phase: FloatArray
    step: NDArray[np.intp]


def told_apart(pose: PoseSequence) -> PoseSequence:
    """Left and right legs put back where the pose model exchanged them.

    1. In a clip without a gait's rhythm the legs are followed by their movement (`signals.repair_swaps`).
    2. Otherwise the body's lowest points, one a step, give the phase of the stride in every frame.
    3. Each leg's cycle, knee to toe about the mid-hips, is fitted robustly as a Fourier series of the phase; seen from
    the side first one for both legs.
    4. A frame is kept, or exchanged as a whole, below or above the knee: the cheapest path over the clip, by the
       distance from the two cycles and the cost of a change. 3 and 4 are repeated until nothing changes.

    A cycle that fits its own leg badly proves nothing: then, too, the movement decides.
    """
    camera = camera_view(pose)
    rhythm = gait_rhythm(signals.clean(pose, cutoff_hz=6.0, longest_gap_s=0.3, joints=RHYTHM_JOINTS), camera)
    stride = _stride(pose, rhythm) if _is_gait(rhythm) else None
    reading = None if stride is None else _readings(_leg_points(pose), stride, alike=camera.view == "side")
    if reading is None:
        return signals.repair_swaps(pose)
    if not reading.any():
        return pose.evolve("no left/right swaps found")
    share = 100.0 * float((reading > 0).mean())
    xy, visibility = pose.xy_px.copy("K"), pose.visibility.copy()
    for kind, joints in enumerate(_EXCHANGED):
        rows = np.flatnonzero(reading == kind)
        for joint in joints:
            pair = np.array([side_landmark(joint, side) for side in SIDES])
            xy[rows[:, None], pair] = pose.xy_px[rows[:, None], pair[::-1]]
            visibility[rows[:, None], pair] = pose.visibility[rows[:, None], pair[::-1]]
    return pose.evolve(f"exchanged legs in {share:.1f} % of frames", xy_px=xy, visibility=visibility)


def _is_gait(rhythm: Rhythm) -> bool:
    regular = rhythm.regularity >= LEAST_REGULARITY and rhythm.evenness >= _LEAST_EVENNESS
    return bool(regular and rhythm.stride_s <= _LONGEST_STRIDE_S)


def _stride(pose: PoseSequence, rhythm: Rhythm) -> _Stride | None:
    """Phase of the stride from the body's lowest points; None where there are too few."""
    step_s = 0.5 * rhythm.stride_s
    lowest = lowest_points(body_bounce(pose, view=camera_view(pose).view), step_s)
    if len(lowest) < _LEAST_STEPS:
        return None
    counts = steps_counted(lowest, step_s)
    moments = np.concatenate([[lowest[0] - 2 * step_s], lowest, [lowest[-1] + 2 * step_s]])
    step = np.interp(pose.time_s, moments, np.concatenate([[-2], counts, [counts[-1] + 2]]))
    apart_s = signals.seconds_to_nearest(pose.time_s, lowest)
    number = np.where(apart_s <= 1.5 * step_s, np.rint(step) - np.rint(step).min(), -1)
    return _Stride(np.pi * step, number.astype(np.intp))


def _leg_points(pose: PoseSequence) -> FloatArray:
    """(2, J, 2, N) left and right knee, ankle, heel and toe from the mid-hips, in leg lengths."""
    middle = 0.5 * (pose.xy_px[:, Landmark.LEFT_HIP] + pose.xy_px[:, Landmark.RIGHT_HIP])
    legs = [np.stack([(pose.joint(joint, side) - middle).T for joint in _JOINTS]) for side in SIDES]
    return np.asarray(np.stack(legs) / leg_length_px(pose))


def _readings(legs: FloatArray, stride: _Stride, *, alike: bool) -> NDArray[np.intp] | None:
    """(N,) index into `_EXCHANGED` of how each frame is to be read; None where the cycles do not fit.

    alike : the camera sees both legs do the same, so that they start with one cycle, half a stride apart: exchanges
        that come back in every stride would else be taken for a part of each leg's own.
    """
    chosen = np.zeros(legs.shape[-1], dtype=np.intp)
    phase = stride.phase
    in_gait = stride.step >= 0
    for round_ in range(_ROUNDS):
        own = np.where(_MOVES[chosen].T[:, None], legs[::-1], legs)[..., in_gait]
        shared = alike and round_ < _ROUNDS_ALIKE
        cycles = _shared_cycles(own, phase[in_gait]) if shared else [_cycle(leg, phase[in_gait]) for leg in own]
        phase = phase + np.pi * _slips(legs, cycles, phase, stride.step)
        costs = _costs(legs, [_at(cycle, phase) for cycle in cycles])
        costs[~in_gait] = _READING_COSTS
        before, chosen = chosen, cheapest_path(costs, switch_cost=_SWITCH_COST)
        if np.array_equal(before, chosen):
            break
    fit = float(np.median(costs[np.arange(len(chosen)), chosen][in_gait]))
    return chosen if fit <= _WORST_FIT else None


def _slips(legs: FloatArray, cycles: list[FloatArray], phase: FloatArray, step: NDArray[np.intp]) -> NDArray[np.intp]:
    """(N,) 1 where steps were miscounted, so that the phase is half a stride off.

    The model's exchanges last for moments. Where the legs as they came fit the cycles half a stride later, step after
    step, the count slipped.
    """
    costs = [_misses(legs, [_at(c, phase + off) for c in cycles]).mean(axis=0) for off in (0.0, np.pi)]
    number = np.maximum(step, 0)
    frames = np.maximum(np.bincount(number, weights=step >= 0), 1)
    per_step = np.stack([np.bincount(number, weights=np.where(step >= 0, cost, 0.0)) / frames for cost in costs], -1)
    return np.asarray(cheapest_path(per_step, switch_cost=_SLIP_COST)[number])


def _cycle(points: FloatArray, phase: FloatArray) -> FloatArray:
    """(J, coefficients, 2) of the cycle that most of the (J, 2, N) points follow: Cauchy-like weights, reweighted."""
    ridge = 1e-3 * np.eye(1 + 2 * _HARMONICS)
    return WaveProducts(phase, _HARMONICS).fit(points, np.isfinite(points).all(axis=1), ridge=ridge, weigh=_by_spread)


def _by_spread(squared: FloatArray, _: NDArray[np.bool_]) -> FloatArray:
    return np.asarray(1.0 / (1.0 + squared / _SPREAD**2) ** 2)


def _shared_cycles(legs: FloatArray, phase: FloatArray) -> list[FloatArray]:
    """The cycle that both legs follow, the right one half a stride after the left; as `_cycle`, for each leg."""
    left = _cycle(np.concatenate(list(legs), axis=-1), np.concatenate([phase, phase + np.pi]))
    half_a_stride = np.r_[1.0, np.repeat((-1.0) ** np.arange(1, _HARMONICS + 1), 2)]
    return [left, left * half_a_stride[:, None]]


def _at(cycle: FloatArray, phase: FloatArray) -> FloatArray:
    """(J, 2, N) points of a cycle."""
    return np.asarray(cycle.swapaxes(1, 2) @ waves(phase, _HARMONICS).T)


def _misses(legs: FloatArray, expected: Sequence[FloatArray]) -> FloatArray:
    """(J, N) distance of each joint from its leg's cycle, up to the furthest that counts, both legs together."""
    away = [np.linalg.norm(leg - cycle, axis=1) for leg, cycle in zip(legs, expected, strict=True)]
    return sum((np.nan_to_num(np.minimum(a, _FURTHEST), copy=False) for a in away), start=np.zeros(()))


def _costs(legs: FloatArray, expected: Sequence[FloatArray]) -> FloatArray:
    """(N, R) what each reading of each frame costs: its joints' mean distance from the cycles, and its own cost."""
    kept, moved = _misses(legs, expected), _misses(legs[::-1], expected)
    return np.asarray((_MOVES @ moved + ~_MOVES @ kept).T / len(_JOINTS) + _READING_COSTS)


def cheapest_path(costs: FloatArray, *, switch_cost: float) -> NDArray[np.intp]:
    """(N,) states that cost least over all: (N, S) each by itself, `switch_cost` a change."""
    change = switch_cost * (1.0 - np.eye(costs.shape[1]))
    return paths.cheapest_path(costs[0], change + costs[1:, None, :])
