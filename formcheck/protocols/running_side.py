"""Treadmill run from the side: the sagittal plane of the leg nearer the camera."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from formcheck import geometry, landing, signals
from formcheck.events import Step
from formcheck.protocols.common import Clip, Measured, asymmetries, at, not_assessable, summarise
from formcheck.protocols.running import (
    Strides,
    bounce_metrics,
    cadence,
    find_strides,
    gated,
    length_metrics,
    per_step,
    step_events,
)
from formcheck.rhythm import leg_length_px
from formcheck.types import SIDES, FloatArray, MetricResult, PoseSequence, Side, other_side

_ANGLE_HZ = 10.0
_CONTACT_HZ = 14.0
_CONTACT_JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")
REARFOOT_ABOVE_DEG = 8.0
FOREFOOT_BELOW_DEG = -1.6
STRIKE_LIMITS_DEG = (FOREFOOT_BELOW_DEG, REARFOOT_ABOVE_DEG)
_NEAR_ONLY = (
    "foot_inclination_deg",
    "foot_strike",
    "overstride_ratio",
    "shank_angle_deg",
    "knee_flexion_contact_deg",
    "knee_flexion_peak_deg",
)
_PLAUSIBLE = {
    "foot_inclination_deg": (-25.0, 35.0, 14.0),
    "shank_angle_deg": (-20.0, 25.0, 9.0),
    "knee_flexion_contact_deg": (-2.0, 45.0, 12.0),
    "knee_flexion_peak_deg": (20.0, 65.0, 12.0),
}
"""Lowest, highest and widest middle half over the steps of what runners show (wide of Souza 2016 and PMC3022995)."""
_UNTIL_PASSING = 0.35
"""Share of stance; the knee is then within 1–2° of its peak. Later the swinging thigh hides it: it reads 5–20° more."""
_BESIDE = 0.1
"""Leg lengths between the two knees within which the model takes one for the other's by up to 15°."""
_MOST_BESIDE = 0.45
"""Share of the bending part of stance in which the knees may be beside each other."""
_FOOT_ONLY = {"foot_inclination_deg", "foot_strike"}
_MIXED_REASON = "left and right leg cannot be told apart safely: film in more light, with a shorter exposure"
_TIMED_APART = ("contact_time_ms", "duty_factor")
_TIMED_REASON = "both feet are timed by the mean stride, which is too coarse to tell left from right: film each side"
_UNSEEN_REASON = "the shoe cannot be told from the belt: film in more light, in shoes of another colour"
_BESIDE_REASON = "the other knee hides this one while it bends most"
_FAR_REASON = "this leg is the far one and is hidden behind the other in part: film it from its own side"


def measure(clip: Clip) -> Measured:
    """Events, strides and metrics of a run filmed from the side."""
    strides = find_strides(clip)
    pose = clip.cleaned(cutoff_hz=_ANGLE_HZ, longest_gap_s=0.1)
    contact_pose = clip.cleaned(cutoff_hz=_CONTACT_HZ, longest_gap_s=0.1, joints=_CONTACT_JOINTS)
    near: Side = clip.camera.near_side or "right"
    facing = clip.camera.facing_x
    leg_px = leg_length_px(pose)
    angles = {name: series for side in SIDES for name, series in side_angles(pose, side, facing).items()}
    at_contact = side_angles(contact_pose, near, facing)
    metrics = [cadence(strides)]
    metrics += _timing(strides, pose.fps)
    metrics += _contact_metrics(strides, contact_pose, at_contact, near, facing, leg_px)
    metrics += _stance_and_swing(strides, pose, angles, near)
    metrics += bounce_metrics(strides, pose, leg_px, clip.options.height_cm)
    metrics += length_metrics(strides, clip.options.speed_kmh)
    metrics += _arms(strides, pose, near, facing)
    metrics = withhold_implausible(metrics, near)
    metrics += [not_assessable(m, other_side(near), _FAR_REASON) for m in _NEAR_ONLY]
    metrics += asymmetries([m for m in metrics if m.id not in _TIMED_APART])
    metrics += [not_assessable(f"asymmetry_{m}", "both", _TIMED_REASON) for m in _TIMED_APART]
    return Measured(pose, step_events(strides, pose), strides.cycles, tuple(metrics), angles)


def withhold_implausible(metrics: list[MetricResult], near: Side) -> list[MetricResult]:
    """Near-leg values withheld where they say that the legs were mixed up.

    A value that no runner has, or a middle half of the steps as wide as no runner's, comes from the other leg in swing.
    The foot's own values can be off by themselves; a knee or shin that is off takes all others with it.
    """
    odd = {m.id for m in metrics if m.side == near and m.id in _PLAUSIBLE and not _is_plausible(m)}
    withheld = set(_NEAR_ONLY) | {"braking_distance_ratio"} if odd - _FOOT_ONLY else _FOOT_ONLY if odd else set()
    return [
        not_assessable(m.id, m.side, _MIXED_REASON)
        if m.side == near and m.id in withheld and m.value is not None
        else m
        for m in metrics
    ]


def _is_plausible(metric: MetricResult) -> bool:
    low, high, widest = _PLAUSIBLE[metric.id]
    values = np.array([v for v in metric.per_cycle if isinstance(v, float)])
    if not isinstance(metric.value, float) or len(values) < 3:
        return True
    quarter, three_quarters = np.percentile(values, [25, 75])
    return bool(low <= metric.value <= high and three_quarters - quarter <= widest)


def side_angles(pose: PoseSequence, side: Side, facing: int) -> dict[str, FloatArray]:
    """Sagittal angle series of one leg, signs as in the contract; `foot_deg` still holds the shoe's own offset."""
    hip, knee, ankle = (pose.joint(j, side) for j in ("hip", "knee", "ankle"))
    heel, toe = pose.joint("heel", side), pose.joint("foot_index", side)
    return {
        f"{side}_knee_flexion_deg": facing * geometry.bend_deg(hip, knee, ankle),
        f"{side}_shank_angle_deg": geometry.lean_deg(ankle, knee, towards_x=-facing),
        f"{side}_thigh_angle_deg": -geometry.lean_deg(knee, hip, towards_x=facing),
        f"{side}_foot_deg": np.degrees(np.arctan2(heel[:, 1] - toe[:, 1], facing * (toe[:, 0] - heel[:, 0]))),
        "trunk_flexion_deg": geometry.lean_deg(pose.midpoint("hip"), pose.midpoint("shoulder"), towards_x=facing),
    }


def _timing(strides: Strides, fps: float) -> list[MetricResult]:
    """Contact time and duty factor of both feet, flight time of both together."""
    results = []
    for side in SIDES:
        steps = strides.of(side)
        times = np.array([s.contact_s for s in steps])
        contact_ms = per_step(steps, lambda s: 1000.0 * (s.toe_off_s - s.contact_s))
        results.append(gated("contact_time_ms", side, contact_ms, times, fps))
        duty = contact_ms / (2000.0 * strides.step_s)
        results.append(gated("duty_factor", side, duty, times, fps))
    pairs = strides.successive
    flight = np.array([1000.0 * (b.contact_s - a.toe_off_s) for a, b in pairs])
    results.append(gated("flight_time_ms", "both", flight, np.array([a.toe_off_s for a, _ in pairs]), fps))
    return results


def _contact_metrics(
    strides: Strides, pose: PoseSequence, angles: dict[str, FloatArray], near: Side, facing: int, leg_px: float
) -> list[MetricResult]:
    """What is read at the moment of contact of the near foot."""
    steps = strides.of(near)
    moments = np.array([s.contact_s for s in steps])
    fps = pose.fps
    middle = pose.midpoint("hip")[:, 0]
    ahead = facing * (pose.joint("ankle", near)[:, 0] - middle) / leg_px
    heel_ahead = facing * (pose.joint("heel", near)[:, 0] - middle) / leg_px
    inclination = _inclination(pose, angles[f"{near}_foot_deg"], steps)
    values = {
        "foot_inclination_deg": inclination,
        "overstride_ratio": at(pose.time_s, ahead, moments),
        "braking_distance_ratio": at(pose.time_s, heel_ahead, moments),
        "shank_angle_deg": at(pose.time_s, angles[f"{near}_shank_angle_deg"], moments),
        "knee_flexion_contact_deg": at(pose.time_s, angles[f"{near}_knee_flexion_deg"], moments),
    }
    unseen = {"foot_inclination_deg": _UNSEEN_REASON}
    results = [gated(m, near, series, moments, fps, reason=unseen.get(m, "")) for m, series in values.items()]
    return [*results, _foot_strike(results[0])]


def _inclination(pose: PoseSequence, foot_deg: FloatArray, steps: tuple[Step, ...]) -> FloatArray:
    """Foot angle at each contact: from the pixels, or of points that are known to be true; else NaN.

    The pose model's heel and toe are up to 20° off as the foot lands, forefoot landings above all.
    """
    if landing.is_followed(pose):
        return landing.inclinations_deg(pose, np.array([s.contact_s for s in steps]))
    if pose.trusted_hips:
        return foot_inclination(foot_deg, pose.time_s, steps)
    return np.full(len(steps), np.nan)


def foot_inclination(foot_deg: FloatArray, time_s: FloatArray, steps: tuple[Step, ...]) -> FloatArray:
    """Foot angle at each contact less the flat foot's: the median over 30–50 % of the stances."""
    flat = []
    for s in steps:
        span = s.toe_off_s - s.contact_s
        part = foot_deg[signals.frames_within(time_s, s.contact_s + 0.3 * span, s.contact_s + 0.5 * span)]
        flat.extend(part[np.isfinite(part)])
    offset = float(np.median(flat)) if flat else np.nan
    return np.asarray(at(time_s, foot_deg, np.array([s.contact_s for s in steps])) - offset)


def strike_class(inclination_deg: float) -> str:
    """Foot strike from the foot's inclination at contact (Altman & Davis 2012, as convention)."""
    if inclination_deg > REARFOOT_ABOVE_DEG:
        return "rearfoot"
    return "forefoot" if inclination_deg < FOREFOOT_BELOW_DEG else "midfoot"


def _foot_strike(inclination: MetricResult) -> MetricResult:
    if not isinstance(inclination.value, float):
        return not_assessable("foot_strike", inclination.side, inclination.reason)
    words = tuple(strike_class(v) if isinstance(v, float) else None for v in inclination.per_cycle)
    return MetricResult(
        "foot_strike",
        inclination.side,
        "class",
        strike_class(inclination.value),
        None,
        words,
        inclination.cycle_times_s,
    )


def _stance_and_swing(
    strides: Strides, pose: PoseSequence, angles: dict[str, FloatArray], near: Side
) -> list[MetricResult]:
    """Peaks within stance and swing of the near leg, and the trunk's lean over all stances."""
    time = pose.time_s
    knee, thigh = angles[f"{near}_knee_flexion_deg"], angles[f"{near}_thigh_angle_deg"]
    steps = strides.of(near)
    contacts = np.array([s.contact_s for s in steps])
    peak = per_step(steps, lambda s: _over(np.max, knee, time, s.contact_s, _passing_s(s)))
    peak[_knees_beside(pose, steps) > _MOST_BESIDE] = np.nan
    extension = -at(time, thigh, np.array([s.toe_off_s for s in steps]))
    cycles = [c for c in strides.cycles if c.side == near]
    swings = np.array([c.start_s for c in cycles])
    drive = np.array([_over(np.max, thigh, time, c.marks["toe_off"], c.end_s) for c in cycles])
    recovery = np.array([_over(np.max, knee, time, c.marks["toe_off"], c.end_s) for c in cycles])
    trunk = per_step(
        strides.steps, lambda s: _over(np.mean, angles["trunk_flexion_deg"], time, s.contact_s, s.toe_off_s)
    )
    every = np.array([s.contact_s for s in strides.steps])
    return [
        gated("knee_flexion_peak_deg", near, peak, contacts, pose.fps, reason=_BESIDE_REASON),
        gated("trunk_flexion_deg", "both", trunk, every, pose.fps),
        gated("hip_extension_deg", near, extension, contacts, pose.fps),
        gated("knee_drive_deg", near, drive, swings, pose.fps),
        gated("heel_recovery_deg", near, recovery, swings, pose.fps),
    ]


def _knees_beside(pose: PoseSequence, steps: tuple[Step, ...]) -> FloatArray:
    """(K,) share of the bending part of each stance in which the knees are beside each other; 0 for true points."""
    if pose.trusted_hips:
        return np.zeros(len(steps))
    apart = np.abs(pose.joint("knee", "left")[:, 0] - pose.joint("knee", "right")[:, 0]) / leg_length_px(pose)
    beside = (apart < _BESIDE).astype(float)
    return per_step(steps, lambda s: _over(np.mean, beside, pose.time_s, s.contact_s, _passing_s(s)))


def _passing_s(step: Step) -> float:
    """End of the part of stance in which the knee bends most, before the other thigh passes and hides it."""
    return step.contact_s + _UNTIL_PASSING * (step.toe_off_s - step.contact_s)


def _over(
    reduce: Callable[[FloatArray], float], series: FloatArray, time_s: FloatArray, start_s: float, end_s: float
) -> float:
    """A reduction of a series over a span; NaN where frames are missing or fewer than three."""
    part = series[signals.frames_within(time_s, start_s, end_s)]
    return float(reduce(part)) if part.size >= 3 and np.isfinite(part).all() else float("nan")


def _arms(strides: Strides, pose: PoseSequence, near: Side, facing: int) -> list[MetricResult]:
    """Elbow angle and swing of the near arm, per stride."""
    shoulder, elbow, wrist = (pose.joint(j, near) for j in ("shoulder", "elbow", "wrist"))
    bend = geometry.interior_angle_deg(shoulder, elbow, wrist)
    swing = -geometry.lean_deg(wrist, shoulder, towards_x=facing)
    cycles = [c for c in strides.cycles if c.side == near]
    times = np.array([c.start_s for c in cycles])
    elbows = np.array([_over(np.median, bend, pose.time_s, c.start_s, c.end_s) for c in cycles])
    ranges = np.array([_over(np.ptp, swing, pose.time_s, c.start_s, c.end_s) for c in cycles])
    hidden = "the arm is not seen through a whole stride"
    return [
        summarise("elbow_angle_deg", near, elbows, times, reason=hidden, least=3),
        summarise("arm_swing_deg", near, ranges, times, reason=hidden, least=3),
    ]
