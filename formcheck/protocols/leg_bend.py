"""How the legs bend in a squat or step-down: the standing leg, its knee flexion, the free foot's height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck import geometry, signals
from formcheck.landmarks import Landmark
from formcheck.repetitions import LEAST_DEG
from formcheck.types import SIDES, FloatArray, PoseSequence, Side, other_side

_LOWERING_HZ = 3.0
_LEVEL_HALF_S = 4.0
_LEVEL_SHARE = 0.08
_AT_ONCE = 2000
"""Frames whose surroundings are sorted at once; a long clip's would take hundreds of megabytes."""
_ONE_FOOT_RATIO = 0.07
"""Ankles nearer than this share of the leg: the model has put both feet where one is."""
_UNSURE_DEG = 2.0
"""A bend read from the hips' lowering has to be deeper by this: settling on one leg can read as 15°."""
_READS_DEEP_DEG, _READS_DEEP_FROM_DEG = 3.0, 15.0
"""Bends read from the hips' lowering come out this much too deep (measured on 15 rendered athletes, ±0.9), less where
they are smaller than the second."""


@dataclass(frozen=True)
class LegBend:
    """How the legs bend: the standing leg, its knee flexion, and how far the other foot is off the floor.

    flexion_deg : (N,). clearance : (N,) height of the free foot's lowest point over the standing foot's,
    in leg lengths (below 0: lower). leg_px : straight length hip–ankle of the standing leg.
    """

    leg: Side
    flexion_deg: FloatArray
    clearance: FloatArray
    leg_px: float
    least_deg: float = LEAST_DEG


def straight_leg_px(pose: PoseSequence, side: Side) -> float:
    """Hip–ankle distance of the leg when straight: a high percentile over the clip."""
    length = geometry.distance_px(pose.joint("hip", side), pose.joint("ankle", side))
    finite = length[np.isfinite(length)]
    return float(np.percentile(finite, 97)) if finite.size else float("nan")


def foot_low_px(pose: PoseSequence, side: Side) -> FloatArray:
    """(N,) image y of the lowest point of a foot."""
    return np.asarray(np.fmax.reduce([pose.joint(j, side)[:, 1] for j in ("ankle", "heel", "foot_index")]))


def standing_leg(pose: PoseSequence) -> Side:
    """The leg that carries the bends: its ankle moves clearly less over the clip; where both are alike, it is lower.

    Travel is the standard deviation of the ankle's path. In a step-down the free foot goes lower, so that height alone
    would mislead.
    """
    travel = {s: float(np.nanmean(np.nanstd(pose.joint("ankle", s), axis=0))) for s in SIDES}
    if min(travel.values()) < 0.7 * max(travel.values()):
        return "left" if travel["left"] < travel["right"] else "right"
    hips = pose.midpoint("hip")[:, 1]
    deep = hips >= np.nanpercentile(hips, 70)
    low = {s: float(np.nanmedian(pose.joint("ankle", s)[deep, 1])) for s in SIDES}
    return "left" if low["left"] >= low["right"] else "right"


def leg_bend(pose: PoseSequence, *, view: str, leg: Side | None = None) -> LegBend:
    """Knee flexion of the standing leg and the clearance of the free foot, from cleaned landmarks."""
    chosen = leg or standing_leg(pose)
    straight = straight_leg_px(pose, chosen)
    if view == "side":
        flexion = 180.0 - geometry.interior_angle_deg(*(pose.joint(j, chosen) for j in ("hip", "knee", "ankle")))
    else:
        read = geometry.flexion_from_shortening_deg(straight - hip_lowering_px(pose, chosen), straight)
        flexion = read - _READS_DEEP_DEG * np.minimum(read / _READS_DEEP_FROM_DEG, 1.0)
    clearance = (foot_low_px(pose, chosen) - foot_low_px(pose, other_side(chosen))) / straight
    ankles = geometry.distance_px(pose.joint("ankle", "left"), pose.joint("ankle", "right"))
    clearance = np.where(ankles < _ONE_FOOT_RATIO * straight, np.nan, clearance)
    least_deg = LEAST_DEG if view == "side" else LEAST_DEG + _UNSURE_DEG
    return LegBend(chosen, flexion, clearance, straight, least_deg)


def hip_lowering_px(pose: PoseSequence, leg: Side) -> FloatArray:
    """(N,) how far the hips are below their standing height in the image.

    1. The mean of head, shoulders and hips is tracked within a pixel, the hips alone (which shift when the free
       leg lifts) are not: its height gives the course.
    2. Standing height is the local one: a low percentile of the course within ±4 s, so that drift of camera and
       posture does not count.
    3. The hips' own share in the lowering, over the deeper half of the clip, scales it: a trunk that leans forward
       lowers the head more. The standing hip's where the hips can be trusted; MediaPipe's hips do not show the
       pelvis' drop, so that their middle is as good and steadier.
    """
    hips = pose.joint("hip", leg)[:, 1] if pose.trusted_hips else pose.midpoint("hip")[:, 1]
    head = pose.xy_px[:, Landmark.NOSE : Landmark.LEFT_SHOULDER, 1].mean(axis=1)
    shoulders = pose.midpoint("shoulder")[:, 1]
    body = signals.mean_of_tracked([head, shoulders, shoulders, hips])
    smooth = signals.low_pass(body[:, None], pose.time_s, cutoff_hz=_LOWERING_HZ)[:, 0]
    lowered = smooth - _local_level(smooth, pose.time_s)
    return np.maximum(lowered, 0.0) * _share_of(hips - _local_level(hips, pose.time_s), lowered)


def _local_level(course: FloatArray, time_s: FloatArray) -> FloatArray:
    """Standing level of a downward course: its 8th percentile within ±4 s."""
    frame_s = (time_s[-1] - time_s[0]) / max(len(time_s) - 1, 1)
    half = max(int(_LEVEL_HALF_S / frame_s), 1)
    padded = np.pad(course, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[:, :: max(half // 60, 1)]
    parts = [windows[first : first + _AT_ONCE] for first in range(0, len(windows), _AT_ONCE)]
    return np.concatenate([_low_value(np.ascontiguousarray(part), _LEVEL_SHARE) for part in parts])


def _low_value(windows: FloatArray, share: float) -> FloatArray:
    """(N,) `np.nanquantile` of each row of (N, W), NaN where nothing is known, for all rows at once."""
    ordered = np.sort(windows, axis=1)
    known = np.isfinite(ordered).sum(axis=1)
    place = np.maximum(known - 1, 0) * share
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    low, high = (np.take_along_axis(ordered, column[:, None], axis=1)[:, 0] for column in (below, above))
    part = place - below
    return np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1.0 - part))


def _share_of(part: FloatArray, whole: FloatArray) -> float:
    """Least-squares share of one lowering in another where the latter is deep; 1 where nothing is."""
    known = np.isfinite(part) & np.isfinite(whole)
    if not known.any() or whole[known].max() <= 0:
        return 1.0
    deep = known & (whole > 0.5 * whole[known].max())
    return float(np.clip(np.sum(part[deep] * whole[deep]) / np.sum(whole[deep] ** 2), 0.0, 1.3))


def quiet_standing(pose: PoseSequence, bend: LegBend) -> FloatArray:
    """(N,) True where the athlete stands still on both straight legs."""
    speed = np.linalg.norm(signals.derivative(pose.midpoint("hip"), pose.time_s), axis=1) / bend.leg_px
    both_down = np.abs(bend.clearance) < 0.06
    return np.asarray(both_down & (bend.flexion_deg < 11.0) & (speed < 0.12))
