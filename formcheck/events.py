"""Initial contact and toe-off of treadmill running, from landmarks, in any view. Pure.

Steps come from the bounce of the body (hips and shoulders together), which the pose model tracks best and
which no left/right swap can disturb; the foot that is lower at the lowest point of the bounce is the
standing foot. Contact and toe-off are then searched around each of these moments. The ankle's lowest
point is near midstance and is never taken for contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.optimize import brentq

from formcheck import signals
from formcheck.rhythm import Rhythm, leg_length_px
from formcheck.types import SIDES, FloatArray, PoseSequence, Side
from formcheck.view import CameraView

_BOUNCE_HZ = 8.0
_FOOT_HZ = 18.0


@dataclass(frozen=True)
class Step:
    """One foot's time on the ground; times in seconds, between frames."""

    side: Side
    contact_s: float
    midstance_s: float
    toe_off_s: float


@dataclass(frozen=True)
class Bounce:
    """The body's rise and fall: height and upward speed in px and px/s, (N,) each."""

    time_s: FloatArray
    height: FloatArray
    speed: FloatArray


def body_bounce(pose: PoseSequence) -> Bounce:
    """Height (up) of the body: the mean of shoulders and hips, low-passed at 8 Hz."""
    y = 0.5 * (pose.midpoint("shoulder") + pose.midpoint("hip"))[:, 1]
    y = signals.fill_gaps(y[:, None], pose.time_s, longest_s=0.25)
    smooth = -signals.low_pass(y, pose.time_s, cutoff_hz=_BOUNCE_HZ)[:, 0]
    return Bounce(pose.time_s, smooth, signals.derivative(smooth, pose.time_s))


def find_steps(pose: PoseSequence, camera: CameraView, rhythm: Rhythm) -> tuple[Step, ...]:
    """Every whole stance in the clip, both feet, in order of time.

    1. Lowest points of the body's bounce, one a step, give midstance.
    2. Sides alternate; the alternation that fits the feet's heights at midstance best is taken.
    3. Contact and toe-off from the bounce as of a spring and mass (`spring_mass_stance`).
    4. Refined by the foot (`_refine`).

    pose : repaired, not yet low-passed landmarks.
    """
    step_s = 0.5 * rhythm.stride_s
    bounce = body_bounce(pose)
    lowest = _lowest_points(bounce, step_s)
    if len(lowest) < 2:
        return ()
    sides = _sides(pose, lowest, step_s)
    sharp = signals.clean(pose, cutoff_hz=min(_FOOT_HZ, 0.3 * pose.fps), longest_gap_s=0.1)
    feet = {side: _foot_low(sharp, side) for side in SIDES}
    found = []
    for side, mid in zip(sides, lowest, strict=True):
        rough = spring_mass_stance(bounce, mid, step_s)
        if rough is not None:
            found.append(_refine(side, mid, rough, feet[side], pose.time_s))
    return tuple(s for s in found if s.contact_s < s.midstance_s < s.toe_off_s)


def _lowest_points(bounce: Bounce, step_s: float) -> FloatArray:
    """Times of the lowest points of the bounce, one a step, between frames."""
    frame_s = float(np.median(np.diff(bounce.time_s)))
    down = np.nan_to_num(-bounce.height, nan=float(np.nanmin(-bounce.height)))
    spread = np.nanpercentile(down, 90) - np.nanpercentile(down, 10)
    peaks, _ = signal.find_peaks(down, distance=max(int(0.6 * step_s / frame_s), 1), prominence=0.25 * spread)
    return np.array([_vertex(bounce.time_s, down, int(k)) for k in peaks])


def _vertex(time_s: FloatArray, values: FloatArray, k: int) -> float:
    """Time of the extreme of the parabola through frame k and its neighbours."""
    if k <= 0 or k >= len(values) - 1:
        return float(time_s[k])
    a, b, c = values[k - 1 : k + 2]
    bend = a - 2 * b + c
    shift = 0.5 * (a - c) / bend if bend != 0 and np.isfinite(bend) else 0.0
    half = 0.5 * (time_s[k + 1] - time_s[k - 1])
    return float(time_s[k] + np.clip(shift, -0.5, 0.5) * half)


def _sides(pose: PoseSequence, lowest: FloatArray, step_s: float) -> list[Side]:
    """Side of each step, alternating, by which foot is lower at the lowest points of the bounce."""
    difference = pose.joint("ankle", "left")[:, 1] - pose.joint("ankle", "right")[:, 1]
    evidence = []
    for mid in lowest:
        near = difference[np.abs(pose.time_s - mid) <= 0.2 * step_s]
        near = near[np.isfinite(near)]
        evidence.append(float(np.median(near)) if near.size else 0.0)
    counts = np.concatenate([[0], np.cumsum(np.maximum(np.rint(np.diff(lowest) / step_s), 1))]).astype(int)
    parity = np.where(counts % 2 == 0, 1.0, -1.0)
    first_is_left = float(np.sum(parity * np.array(evidence))) >= 0
    return ["left" if (p > 0) == first_is_left else "right" for p in parity]


def spring_mass_stance(bounce: Bounce, mid_s: float, step_s: float) -> tuple[float, float] | None:
    """Contact and toe-off from the body's vertical speed, as of a spring and mass.

    The body's downward speed is greatest when the ground first carries its whole weight, its upward speed
    when it last does. With a half-sine ground reaction of duration c in steps of duration T these moments lie
    c/π·asin(2c/(πT)) inside the stance (the mean force over a step is the weight), which is solved for c.
    None where the speed's extremes cannot be found.
    """
    before = (bounce.time_s >= mid_s - 0.65 * step_s) & (bounce.time_s <= mid_s)
    after = (bounce.time_s >= mid_s) & (bounce.time_s <= mid_s + 0.65 * step_s)
    if not _whole(before, bounce, mid_s - 0.45 * step_s) or not _whole(after, bounce, mid_s + 0.45 * step_s):
        return None
    rows_before, rows_after = np.flatnonzero(before), np.flatnonzero(after)
    if len(rows_before) < 3 or len(rows_after) < 3:
        return None
    fall = _vertex(bounce.time_s, -bounce.speed, int(rows_before[np.argmin(bounce.speed[before])]))
    rise = _vertex(bounce.time_s, bounce.speed, int(rows_after[np.argmax(bounce.speed[after])]))
    inside = rise - fall
    contact = _contact_duration(inside, step_s)
    lead = 0.5 * (contact - inside)
    return fall - lead, rise + lead


def _whole(part: NDArray[np.bool_], bounce: Bounce, must_reach_s: float) -> bool:
    """Whether the window has data throughout and reaches as far as it must."""
    reaches = bounce.time_s[0] <= must_reach_s <= bounce.time_s[-1]
    return bool(reaches and np.isfinite(bounce.speed[part]).all() and part.any())


def _contact_duration(inside_s: float, step_s: float) -> float:
    """Contact time c whose inner span c − 2·(c/π)·asin(2c/(πT)) is `inside_s`."""

    def miss(c: float) -> float:
        return float(c - 2.0 * c / np.pi * np.arcsin(min(2.0 * c / (np.pi * step_s), 1.0)) - inside_s)

    low, high = 0.3 * step_s, 1.2 * step_s
    if miss(low) * miss(high) > 0:
        return float(np.clip(inside_s * 1.35, low, high))
    return float(brentq(miss, low, high))


def _foot_low(pose: PoseSequence, side: Side) -> FloatArray:
    """(N,) downward image position of the lower of heel and toe."""
    return np.asarray(np.fmax(pose.joint("heel", side)[:, 1], pose.joint("foot_index", side)[:, 1]))


def _refine(side: Side, mid: float, rough: tuple[float, float], foot: FloatArray, time_s: FloatArray) -> Step:
    return Step(side, rough[0], mid, rough[1])


def scale_px(pose: PoseSequence) -> float:
    """Leg length in pixels."""
    return leg_length_px(pose)
