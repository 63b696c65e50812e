"""Treadmill run from behind or from the front: the frontal plane of both legs."""

from __future__ import annotations

import numpy as np

from formcheck import geometry, signals
from formcheck.events import Step
from formcheck.pelvis import ADVICE, PelvisTilt, pelvis_tilt
from formcheck.protocols.common import Clip, Measured, asymmetries, at, summarise, window
from formcheck.protocols.running import (
    Strides,
    bounce_metrics,
    cadence,
    find_strides,
    gated,
    length_metrics,
    step_events,
)
from formcheck.rhythm import leg_length_px
from formcheck.types import SIDES, FloatArray, MetricResult, PoseSequence, Side, View
from formcheck.view import bend_shift_deg, camera_roll_deg, thigh_shift_deg, trunk_lean_deg

_ANGLE_HZ = 9.0
_LOADING_SHARE = 0.6
_STRAIGHT_PERCENT = 98.0
"""From behind and from the front a runner's leg shows its whole length only for moments, about contact."""


def measure(clip: Clip) -> Measured:
    """Events, strides and metrics of a run filmed from behind or from the front."""
    strides = find_strides(clip)
    pose = clip.cleaned(cutoff_hz=_ANGLE_HZ, longest_gap_s=0.1)
    view = clip.camera.view
    tilt = pelvis_tilt(clip.pose)
    angles: dict[str, FloatArray] = {}
    for side in SIDES:
        angles |= frontal_angles(pose, side, view, tilt)
    metrics = [cadence(strides)]
    for side in SIDES:
        metrics += _stance_metrics(strides.of(side), angles, pose, side, tilt)
    metrics.append(_step_width(strides, pose, view))
    metrics.append(_knee_separation(strides, pose, view))
    metrics += _stride_metrics(strides, pose, angles, view)
    metrics += bounce_metrics(strides, pose, leg_length_px(pose, percent=_STRAIGHT_PERCENT), clip.options.height_cm)
    metrics += length_metrics(strides, clip.options.speed_kmh)
    metrics += asymmetries(metrics)
    return Measured(pose, step_events(strides, pose), strides.cycles, tuple(metrics), angles)


def frontal_angles(pose: PoseSequence, side: Side, view: View, tilt: PelvisTilt) -> dict[str, FloatArray]:
    """Frontal angle series as if `side` were the standing leg, signs as in the contract."""
    medial = geometry.medial_direction(side, view)
    upright = medial * camera_roll_deg(pose)
    hip, knee, ankle = (pose.joint(j, side) for j in ("hip", "knee", "ankle"))
    known = signals.fill_gaps(tilt.tilt_deg[:, None], pose.time_s, longest_s=0.12)
    drop = medial * signals.low_pass(known, pose.time_s, cutoff_hz=_ANGLE_HZ)[:, 0] - upright
    fppa = geometry.fppa_deg(hip, knee, ankle, medial_x=medial)
    thigh = geometry.thigh_adduction_deg(hip, knee, medial_x=medial) + medial * thigh_shift_deg(pose, side)
    return {
        f"{side}_knee_fppa_deg": fppa + medial * bend_shift_deg(pose, side),
        f"{side}_pelvic_drop_deg": drop,
        f"{side}_hip_adduction_deg": thigh + upright + drop,
        f"{side}_trunk_lean_deg": trunk_lean_deg(pose, towards_x=-medial),
    }


def _stance_metrics(
    steps: tuple[Step, ...], angles: dict[str, FloatArray], pose: PoseSequence, side: Side, tilt: PelvisTilt
) -> list[MetricResult]:
    """FPPA at its largest in the first 60 % of stance, adduction and lean then, drop at its largest in stance."""
    time = pose.time_s
    fppa = angles[f"{side}_knee_fppa_deg"]
    loading = [
        _largest(fppa, time, s.contact_s, s.contact_s + _LOADING_SHARE * (s.toe_off_s - s.contact_s)) for s in steps
    ]
    drops = [_largest(angles[f"{side}_pelvic_drop_deg"], time, s.contact_s, s.toe_off_s) for s in steps]
    moments = np.array([when for _, when in loading])
    starts = np.array([s.contact_s for s in steps])
    no_pelvis = "" if tilt.source else ADVICE
    values: dict[str, tuple[FloatArray, str]] = {
        "knee_fppa_deg": (np.array([v for v, _ in loading]), ""),
        "pelvic_drop_deg": (np.array([v for v, _ in drops]), no_pelvis),
        "hip_adduction_deg": (at(time, angles[f"{side}_hip_adduction_deg"], moments), no_pelvis),
        "trunk_lean_deg": (at(time, angles[f"{side}_trunk_lean_deg"], moments), ""),
    }
    return [gated(m, side, series, starts, pose.fps, reason=why) for m, (series, why) in values.items()]


def _largest(series: FloatArray, time_s: FloatArray, start_s: float, end_s: float) -> tuple[float, float]:
    """Largest value within a span and its time; NaN where fewer than half of the frames are known."""
    part = signals.frames_within(time_s, start_s, end_s)
    known = part.start + np.flatnonzero(np.isfinite(series[part]))
    if len(known) < 2 or len(known) < 0.5 * (part.stop - part.start):
        return float("nan"), float("nan")
    k = known[np.argmax(series[known])]
    return float(series[k]), float(time_s[k])


def hip_distance_px(pose: PoseSequence) -> float:
    """Median distance of the hip points."""
    width = geometry.distance_px(pose.joint("hip", "left"), pose.joint("hip", "right"))
    finite = width[np.isfinite(width)]
    return float(np.median(finite)) if finite.size else float("nan")


def _step_width(strides: Strides, pose: PoseSequence, view: View) -> MetricResult:
    """Mediolateral distance of successive planted ankles at midstance ÷ hip distance; below 0 is crossover."""
    outward = -geometry.medial_direction("left", view)
    pairs = strides.successive
    x_px = {}
    for side in SIDES:
        planted = np.array([(a if a.side == side else b).midstance_s for a, b in pairs])
        x_px[side] = at(pose.time_s, pose.joint("ankle", side)[:, 0], planted)
    ratio = outward * (x_px["left"] - x_px["right"]) / hip_distance_px(pose)
    return gated("step_width_ratio", "both", ratio, np.array([a.midstance_s for a, _ in pairs]), pose.fps)


def _knee_separation(strides: Strides, pose: PoseSequence, view: View) -> MetricResult:
    """Mediolateral distance of the knees at contact ÷ hip distance."""
    outward = -geometry.medial_direction("left", view)
    gap = outward * (pose.joint("knee", "left") - pose.joint("knee", "right"))[:, 0] / hip_distance_px(pose)
    moments = np.array([s.contact_s for s in strides.steps])
    return gated("knee_separation_ratio", "both", at(pose.time_s, gap, moments), moments, pose.fps)


def _stride_metrics(
    strides: Strides, pose: PoseSequence, angles: dict[str, FloatArray], view: View
) -> list[MetricResult]:
    """Trunk sway and arm crossover, each within a stride."""
    lean = angles["left_trunk_lean_deg"]
    shoulders = geometry.distance_px(pose.joint("shoulder", "left"), pose.joint("shoulder", "right"))
    middle = 0.5 * (pose.midpoint("shoulder") + pose.midpoint("hip"))[:, 0]
    left_cycles = [c for c in strides.cycles if c.side == "left"]
    times = np.array([c.start_s for c in left_cycles])
    parts = [window(pose.time_s, c.start_s, c.end_s) for c in left_cycles]
    sway = np.array([np.ptp(lean[p]) if p.stop - p.start > 3 else np.nan for p in parts])
    results = [summarise("trunk_sway_deg", "both", sway, times, least=3)]
    for side in SIDES:
        past = geometry.medial_direction(side, view) * (pose.joint("wrist", side)[:, 0] - middle)
        crossed = [np.max(past[p]) / np.median(shoulders[p]) if p.stop - p.start > 3 else np.nan for p in parts]
        results.append(summarise("arm_crossover_ratio", side, crossed, times, least=3))
    return results
