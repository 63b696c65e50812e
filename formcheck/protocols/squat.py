"""Single-leg squat and step-down, seen from the front (or from behind)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck import geometry, signals
from formcheck.edits import edit_repetitions
from formcheck.landmarks import Landmark
from formcheck.pelvis import ADVICE, pelvis_tilt
from formcheck.protocols.common import Clip, Measured, at, not_assessable, single, summarise, window
from formcheck.repetitions import LEAST_DEG, Repetition, find_repetitions
from formcheck.types import (
    SIDES,
    Cycle,
    Event,
    FloatArray,
    MetricResult,
    PoseSequence,
    Protocol,
    Side,
    View,
    other_side,
)
from formcheck.view import camera_roll_deg, camera_yaw_deg, mirror_shift_deg, trunk_lean_deg

DEEP_ENOUGH_DEG = 45.0
_CUTOFF_HZ = 6.0
_LOWERING_HZ = 3.0
_LEVEL_HALF_S = 4.0
_BOTTOM_HALF_S = 0.1
_ONE_FOOT_RATIO = 0.07
"""Ankles nearer than this share of the leg: the model has put both feet where one is."""
_TOUCH_CLEARANCE, _LIFT_CLEARANCE = 0.13, 0.18
_TOUCH_LEAST_S = 0.09
_UNSURE_DEG = 2.0
"""A bend read from the hips' lowering has to be deeper by this: settling on one leg can read as 15°."""
_TOUCH_SHARE, _LIFT_SHARE = 0.4, 0.55
"""Of the free foot's usual clearance, which from behind looks small since that foot is the nearer one."""
_READS_DEEP_DEG, _READS_DEEP_FROM_DEG = 3.0, 15.0
"""Bends read from the hips' lowering come out this much too deep (measured on 15 rendered athletes, ±0.9), less where
they are smaller than the second."""
_ON_FLOOR: dict[View, float] = {"front": 0.06, "side": 0.06, "rear": -0.12}
"""Clearance below which the free foot counts as standing; from behind it is the nearer one and looks lower."""
_HOP_RATIO = 0.08
_SWAY_RATIO = 0.15
_SHIFT_BELOW_DEG = 32.0
_SHIFT_SHARE = 0.35
_BOB_SHARE = 0.42
_DRIFT_REPS = 5
FOCAL_RATIO = 1.0
"""Focal length ÷ longer side of the picture: 0.8 to 0.9 for phones' main cameras, more where the picture is cropped to
steady it or zoomed in (measured on rendered athletes, 0.9 and 1.1 are as good within 0.1° of FPPA)."""


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanpercentile(windows, 8, axis=1))


def _share_of(part: FloatArray, whole: FloatArray) -> float:
    """Least-squares share of one lowering in another where the latter is deep; 1 where nothing is."""
    known = np.isfinite(part) & np.isfinite(whole)
    if not known.any() or whole[known].max() <= 0:
        return 1.0
    deep = known & (whole > 0.5 * whole[known].max())
    return float(np.clip(np.sum(part[deep] * whole[deep]) / np.sum(whole[deep] ** 2), 0.0, 1.3))


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


def _is_bob(repetition: Repetition, usual_s: float) -> bool:
    return repetition.depth_deg < _SHIFT_BELOW_DEG and repetition.end_s - repetition.start_s < _BOB_SHARE * usual_s


def _is_weight_shift(repetition: Repetition, bend: LegBend, pose: PoseSequence, usual: float) -> bool:
    """A small bend that begins or ends with the foot on the floor, in a clip whose squats have it in the air."""
    if repetition.depth_deg >= _SHIFT_BELOW_DEG or usual < _TOUCH_CLEARANCE:
        return False
    ends = at(pose.time_s, bend.clearance, np.array([repetition.start_s, repetition.end_s]))
    return bool(np.nanmin(ends) < _SHIFT_SHARE * usual)


def _is_squat(repetition: Repetition, bend: LegBend, pose: PoseSequence) -> bool:
    part = (pose.time_s >= repetition.start_s) & (pose.time_s < repetition.end_s)
    if ankle_travel_px(pose, bend.leg, part) >= 0.2 * bend.leg_px:
        return False
    hips = pose.midpoint("hip")[part]
    sideways, down = np.ptp(hips[np.isfinite(hips).all(axis=1)], axis=0)
    return bool(sideways <= max(_SWAY_RATIO * bend.leg_px, 1.2 * down))


def ankle_travel_px(pose: PoseSequence, side: Side, part: NDArray[np.bool_]) -> float:
    """Largest extent of the ankle's path over the frames `part`; infinite where it is not seen."""
    foot = pose.joint("ankle", side)[part]
    seen = foot[np.isfinite(foot).all(axis=1)]
    return float(np.ptp(seen, axis=0).max()) if len(seen) else float("inf")


def measure(clip: Clip, protocol: Protocol, leg: Side | None) -> Measured:
    """Events, repetitions and metrics of a squat or step-down clip."""
    pose = signals.clean(clip.pose, cutoff_hz=_CUTOFF_HZ, longest_gap_s=0.3)
    view = clip.camera.view
    bend = leg_bend(pose, view=view, leg=leg)
    repetitions = _edited(planted_repetitions(bend, pose), bend, clip)
    touches = _touchdowns(bend, pose, repetitions) if protocol == "single_leg_squat" else ()
    floor = _ON_FLOOR[view] if protocol == "single_leg_squat" else -np.inf
    cycles = tuple(_judge(r, bend, pose, touches, floor=floor) for r in repetitions)
    angles = frontal_angles(pose, bend, view=view)
    metrics = _metrics(angles, pose, bend, cycles, repetitions, touches, frontal=view != "side")
    return Measured(pose, _events(bend.leg, repetitions, touches, pose), cycles, metrics, angles, bend.leg)


def _edited(found: tuple[Repetition, ...], bend: LegBend, clip: Clip) -> tuple[Repetition, ...]:
    """The repetitions as somebody put them right."""

    def depth_deg(when_s: float) -> float:
        return float(at(clip.pose.time_s, bend.flexion_deg, when_s))

    return edit_repetitions(found, clip.edits, depth_deg)


def frontal_angles(pose: PoseSequence, bend: LegBend, *, view: str) -> dict[str, FloatArray]:
    """Angle series of the standing leg; frontal-plane angles are left out of a side view."""
    leg = bend.leg
    angles = {f"{leg}_knee_flexion_deg": bend.flexion_deg}
    if view == "side":
        return angles
    medial = geometry.medial_direction(leg, "rear" if view == "rear" else "front")
    hip, ankle = (pose.joint(j, leg) for j in ("hip", "ankle"))
    knee = knee_seen_squarely(pose, bend, view=view)
    drop = _pelvic_drop(pose, bend, medial)
    upright = medial * camera_roll_deg(pose)
    shift = medial * mirror_shift_deg(pose, f"{leg}_mirror_bend_deg")
    angles[f"{leg}_knee_fppa_deg"] = geometry.fppa_deg(hip, knee, ankle, medial_x=medial) + shift
    angles[f"{leg}_pelvic_drop_deg"] = drop
    angles[f"{leg}_hip_adduction_deg"] = geometry.thigh_adduction_deg(hip, knee, medial_x=medial) + upright + drop
    angles[f"{leg}_trunk_lean_deg"] = trunk_lean_deg(pose, towards_x=-medial)
    return angles


def knee_seen_squarely(pose: PoseSequence, bend: LegBend, *, view: str) -> FloatArray:
    """(N, 2) px of the standing knee as a camera square to the athlete and far away would see it.

    A bent knee stands ½·leg·sin(flexion/2) before the line from hip to ankle. Perspective moves it away from the middle
    of the picture: the lens' distance follows from the leg's length in pixels and the focal length; at 60° of flexion
    and 3 m this is worth 1–2° of FPPA. A camera off to one side moves it across: 1° of yaw is worth 1.2° of FPPA.
    """
    knee = pose.joint("knee", bend.leg)
    if pose.image_size_px is None:
        return knee
    size = np.array(pose.image_size_px, dtype=float)
    towards_lens = 1.0 if view == "front" else -1.0
    ahead_px = towards_lens * 0.5 * bend.leg_px * np.sin(np.radians(bend.flexion_deg) / 2.0)
    square = geometry.at_common_depth(knee, nearer=ahead_px / (FOCAL_RATIO * size.max()), centre=size / 2.0)
    across_px = ahead_px * np.sin(np.radians(camera_yaw_deg(pose)))
    return np.asarray(square + np.stack([across_px, np.zeros_like(across_px)], axis=-1))


def _pelvic_drop(pose: PoseSequence, bend: LegBend, medial: int) -> FloatArray:
    tilt = pelvis_tilt(pose).tilt_deg
    gaps_filled = signals.fill_gaps(tilt[:, None], pose.time_s, longest_s=0.2)
    smooth = signals.low_pass(gaps_filled, pose.time_s, cutoff_hz=_CUTOFF_HZ)[:, 0]
    standing = quiet_standing(pose, bend)
    shown = np.isfinite(smooth[standing]).sum() >= 5
    baseline = np.nanmedian(smooth[standing]) if shown else camera_roll_deg(pose)
    return np.asarray(medial * (smooth - baseline))


def quiet_standing(pose: PoseSequence, bend: LegBend) -> FloatArray:
    """(N,) True where the athlete stands still on both straight legs."""
    speed = np.linalg.norm(signals.derivative(pose.midpoint("hip"), pose.time_s), axis=1) / bend.leg_px
    both_down = np.abs(bend.clearance) < 0.06
    return np.asarray(both_down & (bend.flexion_deg < 11.0) & (speed < 0.12))


def _touchdowns(bend: LegBend, pose: PoseSequence, repetitions: Sequence[Repetition]) -> tuple[float, ...]:
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


def _judge(
    repetition: Repetition, bend: LegBend, pose: PoseSequence, touches: Sequence[float], *, floor: float
) -> Cycle:
    """A repetition with its validity and, where not valid, why."""
    part = (pose.time_s >= repetition.start_s) & (pose.time_s < repetition.end_s)
    travel = ankle_travel_px(pose, bend.leg, part) / bend.leg_px
    reason = ""
    if repetition.depth_deg < DEEP_ENOUGH_DEG:
        reason = f"not deep enough ({repetition.depth_deg:.0f}° of {DEEP_ENOUGH_DEG:.0f}°)"
    elif np.nanmedian(bend.clearance[part]) < floor:
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


def _events(
    leg: Side, repetitions: Sequence[Repetition], touches: Sequence[float], pose: PoseSequence
) -> tuple[Event, ...]:
    def event(kind: str, side: Side, when: float) -> Event:
        return Event(kind, side, when, int(np.abs(pose.time_s - when).argmin()))  # type: ignore[arg-type]

    found = [
        event(kind, leg, when)
        for r in repetitions
        for kind, when in (("rep_start", r.start_s), ("rep_bottom", r.bottom_s), ("rep_end", r.end_s))
    ]
    found += [event("touchdown", other_side(leg), t) for t in touches]
    return tuple(sorted(found, key=lambda e: e.time_s))


def _metrics(
    angles: dict[str, FloatArray],
    pose: PoseSequence,
    bend: LegBend,
    cycles: Sequence[Cycle],
    repetitions: Sequence[Repetition],
    touches: Sequence[float],
    *,
    frontal: bool,
) -> tuple[MetricResult, ...]:
    leg = bend.leg
    bottoms = np.array([c.marks["bottom"] for c in cycles])
    valid = np.array([c.valid for c in cycles], dtype=bool)
    metrics = [single("reps_total", leg, len(cycles)), single("reps_valid", leg, int(valid.sum()))]
    for metric_id in ("knee_fppa_deg", "pelvic_drop_deg", "hip_adduction_deg", "trunk_lean_deg"):
        metrics += _frontal_metric(metric_id, angles, pose, leg, bottoms, valid, frontal=frontal)
    depths = np.array([r.depth_deg for r in repetitions])
    durations = np.array([r.end_s - r.start_s for r in repetitions])
    metrics.append(summarise("squat_depth_deg", leg, depths, bottoms, reason="no repetition found"))
    metrics.append(summarise("rep_duration_s", leg, durations, bottoms, reason="no repetition found"))
    metrics.append(single("touchdowns", leg, len(touches)))
    return tuple(metrics)


def _frontal_metric(
    metric_id: str,
    angles: dict[str, FloatArray],
    pose: PoseSequence,
    leg: Side,
    bottoms: FloatArray,
    valid: FloatArray,
    *,
    frontal: bool,
) -> list[MetricResult]:
    """A frontal-plane metric at the lowest point of the valid repetitions, and its drift."""
    drift_id = metric_id.replace("_deg", "_drift_deg").replace("knee_", "")
    has_drift = metric_id != "hip_adduction_deg"
    if not frontal:
        why = "needs a view from the front; this clip is from the side"
        results = [not_assessable(metric_id, leg, why)]
        return results + ([not_assessable(drift_id, leg, why)] if has_drift else [])
    values = at_bottom(pose.time_s, angles[f"{leg}_{metric_id}"], bottoms)
    reason = _why_missing(metric_id, pose, len(bottoms), int(valid.sum()))
    results = [summarise(metric_id, leg, np.where(valid, values, np.nan), bottoms, reason=reason)]
    if has_drift:
        results.append(_drift(drift_id, leg, values[valid], reason))
    return results


def _why_missing(metric_id: str, pose: PoseSequence, n_reps: int, n_valid: int) -> str:
    if n_reps == 0:
        return "no repetition found"
    if n_valid == 0:
        return "no valid repetition to measure"
    if metric_id in {"pelvic_drop_deg", "hip_adduction_deg"} and not pelvis_tilt(pose).source:
        return ADVICE
    return "not visible at the lowest point of any valid repetition"


def _drift(drift_id: str, leg: Side, values: FloatArray, reason: str) -> MetricResult:
    """Mean of the last five valid repetitions − mean of the first five."""
    seen = values[np.isfinite(values)]
    if len(seen) < 2 * _DRIFT_REPS:
        why = reason if len(seen) == 0 else f"needs {2 * _DRIFT_REPS} valid repetitions, this clip has {len(seen)}"
        return not_assessable(drift_id, leg, why)
    return single(drift_id, leg, float(seen[-_DRIFT_REPS:].mean() - seen[:_DRIFT_REPS].mean()))


def at_bottom(time_s: FloatArray, series: FloatArray, bottoms_s: FloatArray) -> FloatArray:
    """Mean of a series over ±0.1 s around each lowest point; NaN where fewer than half the frames are known."""
    out = np.full(len(bottoms_s), np.nan)
    for i, bottom in enumerate(bottoms_s):
        part = series[window(time_s, bottom - _BOTTOM_HALF_S, bottom + _BOTTOM_HALF_S + 1e-9)]
        if part.size and np.isfinite(part).mean() >= 0.5:
            out[i] = np.nanmean(part)
    return out
