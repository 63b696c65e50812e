"""Which bends are repetitions, which of them are valid, and where the free foot touched the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck import signals
from formcheck.protocols.common import Clip, at, window
from formcheck.protocols.leg_bend import LegBend, leg_bend
from formcheck.protocols.squat_angles import CUTOFF_HZ
from formcheck.repetitions import Repetition, find_repetitions
from formcheck.types import Cycle, FloatArray, PoseSequence, Side, View

LONGEST_GAP_S = 0.3
DEEP_ENOUGH_DEG = 45.0
_TOUCH_CLEARANCE, _LIFT_CLEARANCE = 0.13, 0.18
_TOUCH_LEAST_S = 0.09
_TOUCH_SHARE, _LIFT_SHARE = 0.4, 0.55
"""Of the free foot's usual clearance, which from behind looks small since that foot is the nearer one."""
ON_FLOOR: dict[View, float] = {"front": 0.06, "side": 0.06, "rear": -0.12}
"""Clearance below which the free foot counts as standing; from behind it is the nearer one and looks lower."""
_HOP_RATIO = 0.08
_SWAY_RATIO = 0.15
_SHIFT_BELOW_DEG = 32.0
_SHIFT_SHARE = 0.35
_BOB_SHARE = 0.42


def bends(clip: Clip, leg: Side | None = None) -> tuple[PoseSequence, LegBend, tuple[Repetition, ...]]:
    """Cleaned landmarks of a squat or step-down, how the legs bend in them, and the repetitions."""

    def found() -> tuple[PoseSequence, LegBend, tuple[Repetition, ...]]:
        pose = clip.cleaned(cutoff_hz=CUTOFF_HZ, longest_gap_s=LONGEST_GAP_S)
        bend = leg_bend(pose, view=clip.camera.view, leg=leg)
        return pose, bend, planted_repetitions(bend, pose)

    return clip.once(f"bends, {leg}", found)


def planted_repetitions(bend: LegBend, pose: PoseSequence) -> tuple[Repetition, ...]:
    """Bends that are squats: the standing foot stays in its place, the hips go down rather than sideways.

    The shift of weight as the free foot leaves the floor, or comes back to it at the end, is none either; nor is a
    small bend in less than 42 % of the time that the athlete's squats take: a bob that keeps the balance, read too deep
    since the trunk goes down in it and not the knee.
    """
    found = find_repetitions(bend.flexion_deg, pose.time_s, least_deg=bend.least_deg)
    squats = tuple(r for r in found if _is_squat(r, bend, pose))
    at_bottom = at(pose.time_s, bend.clearance, np.array([r.bottom_s for r in squats]))
    usual = float(np.nanmedian(at_bottom)) if np.isfinite(at_bottom).any() else 0.0
    usual_s = float(np.median([r.end_s - r.start_s for r in squats])) if squats else 0.0
    return tuple(r for r in squats if not _is_weight_shift(r, bend, pose, usual) and not _is_bob(r, usual_s))


def n_deep(bend: LegBend, pose: PoseSequence) -> int:
    """Bends as deep as a squat, whether the standing foot kept its place in them or not."""
    return len(find_repetitions(bend.flexion_deg, pose.time_s, least_deg=DEEP_ENOUGH_DEG))


def _is_bob(repetition: Repetition, usual_s: float) -> bool:
    return repetition.depth_deg < _SHIFT_BELOW_DEG and repetition.end_s - repetition.start_s < _BOB_SHARE * usual_s


def _is_weight_shift(repetition: Repetition, bend: LegBend, pose: PoseSequence, usual: float) -> bool:
    """A small bend that begins or ends with the foot on the floor, in a clip whose squats have it in the air."""
    if repetition.depth_deg >= _SHIFT_BELOW_DEG or usual < _TOUCH_CLEARANCE:
        return False
    ends = at(pose.time_s, bend.clearance, np.array([repetition.start_s, repetition.end_s]))
    return bool(np.nanmin(ends) < _SHIFT_SHARE * usual)


def _is_squat(repetition: Repetition, bend: LegBend, pose: PoseSequence) -> bool:
    part = window(pose.time_s, repetition.start_s, repetition.end_s)
    if ankle_travel_px(pose, bend.leg, part) >= 0.2 * bend.leg_px:
        return False
    hips = 0.5 * (pose.joint("hip", "left")[part] + pose.joint("hip", "right")[part])
    seen = hips[np.isfinite(hips).all(axis=1)]
    if not len(seen):
        return False
    sideways, down = np.ptp(seen, axis=0)
    return bool(sideways <= max(_SWAY_RATIO * bend.leg_px, 1.2 * down))


def ankle_travel_px(pose: PoseSequence, side: Side, part: slice | NDArray[np.bool_]) -> float:
    """Largest extent of the ankle's path over the frames `part`; infinite where it is not seen."""
    foot = pose.joint("ankle", side)[part]
    seen = foot[np.isfinite(foot).all(axis=1)]
    return float(np.ptp(seen, axis=0).max()) if len(seen) else float("inf")


def touchdowns(bend: LegBend, pose: PoseSequence, repetitions: Sequence[Repetition]) -> tuple[float, ...]:
    """Moments at which the free foot, having been up, comes down for 0.09 s or more within a repetition."""
    times: list[float] = []
    spans = [bend.clearance[window(pose.time_s, r.start_s, r.end_s)] for r in repetitions]
    usual = float(np.nanmedian(np.concatenate(spans))) if spans else 0.0
    touching, lifted = min(_TOUCH_CLEARANCE, _TOUCH_SHARE * usual), min(_LIFT_CLEARANCE, _LIFT_SHARE * usual)
    for repetition in repetitions:
        part = window(pose.time_s, repetition.start_s, repetition.end_s)
        time_s, clearance = pose.time_s[part], bend.clearance[part]
        free_since = -1
        for first, stop in signals.runs(clearance < touching):
            up = np.flatnonzero(clearance[free_since + 1 : first] > lifted)
            if len(up) and time_s[min(stop, len(time_s) - 1)] - time_s[first] >= _TOUCH_LEAST_S:
                times.append(float(time_s[first]))
                free_since = stop - 1
    return tuple(times)


def judge(
    repetition: Repetition, bend: LegBend, pose: PoseSequence, touches: Sequence[float], *, floor: float
) -> Cycle:
    """A repetition with its validity and, where not valid, why."""
    part = window(pose.time_s, repetition.start_s, repetition.end_s)
    travel = ankle_travel_px(pose, bend.leg, part) / bend.leg_px
    reason = ""
    if repetition.depth_deg < DEEP_ENOUGH_DEG:
        reason = f"not deep enough ({repetition.depth_deg:.0f}° of {DEEP_ENOUGH_DEG:.0f}°)"
    elif _median(bend.clearance[part]) < floor:
        reason = "the other foot stayed on the floor"
    elif any(repetition.start_s <= t < repetition.end_s for t in touches):
        reason = "free foot touched the floor"
    elif travel > _HOP_RATIO:
        reason = "lost balance: the standing foot moved"
    return Cycle(
        bend.leg,
        repetition.start_s,
        repetition.end_s,
        {"bottom": repetition.bottom_s, "depth_deg": repetition.depth_deg},
        not reason,
        reason,
    )


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
