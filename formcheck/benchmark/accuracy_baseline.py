"""What landmarks give when they are taken as they come: the yardstick that the accuracy table stands beside.

No repairs, no filter, no gates; angles straight from raw landmarks; a foot is taken to land where its ankle is lowest,
and a squat is at its bottom where the hips are lowest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from formcheck import geometry
from formcheck.protocols.running_side import side_angles
from formcheck.types import RUNNING, SIDES, Event, FloatArray, PoseSequence, Protocol, Side, View, other_side

Frames = NDArray[np.intp]
Values = dict[tuple[str, str], float]
_LEAST_STEP_S, _LEAST_REP_S = 0.4, 0.8
_PROMINENCE = 0.3
_STANCE_S = 0.15


def naive_metrics(raw: PoseSequence, protocol: Protocol, leg: Side | None) -> Values:
    """Metric values by id and side.

    Parameters
    ----------
    raw : landmarks as tracked.
    protocol : what the clip shows, told in advance.
    leg : the standing leg of a squat or step-down, or the leg nearer the camera of a run from the side.
    """
    if protocol == "treadmill_side":
        return _of_side_run(raw, leg or "right")
    return _of_frontal_run(raw, protocol) if protocol in RUNNING else _of_squat(raw, leg or "right")


def naive_contacts(raw: PoseSequence) -> tuple[Event, ...]:
    """Each foot's lowest points as contacts."""
    return tuple(
        Event("initial_contact", side, float(raw.time_s[k]), int(k)) for side in SIDES for k in _lowest_ankle(raw, side)
    )


def _peaks(series: FloatArray, raw: PoseSequence, least_s: float) -> Frames:
    """Frames of the peaks of a series of which nothing is known."""
    known = np.isfinite(series)
    if known.sum() < 3:
        return np.empty(0, dtype=np.intp)
    whole = np.interp(np.arange(len(series)), np.flatnonzero(known), series[known])
    height = float(np.ptp(np.percentile(whole, [5, 95])))
    found, _ = find_peaks(whole, distance=max(least_s * raw.fps, 1), prominence=max(_PROMINENCE * height, 1e-9))
    return np.asarray(found, dtype=np.intp)


def _lowest_ankle(raw: PoseSequence, side: Side) -> Frames:
    return _peaks(raw.joint("ankle", side)[:, 1], raw, _LEAST_STEP_S)


def _middle(series: FloatArray, frames: Frames) -> float:
    values = series[frames]
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _cadence(raw: PoseSequence) -> float:
    times = np.sort(np.concatenate([raw.time_s[_lowest_ankle(raw, side)] for side in SIDES]))
    return float(60.0 / np.diff(times).mean()) if len(times) > 2 else float("nan")


def _frontal(raw: PoseSequence, side: Side, view: View) -> dict[str, FloatArray]:
    medial = geometry.medial_direction(side, view)
    hip, knee, ankle = (raw.joint(j, side) for j in ("hip", "knee", "ankle"))
    drop = geometry.drop_deg(hip, raw.joint("hip", other_side(side)), medial_x=medial)
    return {
        "knee_fppa_deg": geometry.fppa_deg(hip, knee, ankle, medial_x=medial),
        "pelvic_drop_deg": drop,
        "hip_adduction_deg": geometry.thigh_adduction_deg(hip, knee, medial_x=medial) + drop,
        "trunk_lean_deg": geometry.lean_deg(raw.midpoint("hip"), raw.midpoint("shoulder"), towards_x=-medial),
    }


def _of_frontal_run(raw: PoseSequence, protocol: Protocol) -> Values:
    view: View = "rear" if protocol == "treadmill_rear" else "front"
    values: Values = {("cadence_spm", "both"): _cadence(raw)}
    feet = {side: _lowest_ankle(raw, side) for side in SIDES}
    for side in SIDES:
        for metric_id, series in _frontal(raw, side, view).items():
            values[metric_id, side] = _middle(series, feet[side])
    outward = -geometry.medial_direction("left", view)
    apart = _middle(raw.joint("ankle", "left")[:, 0], feet["left"]) - _middle(
        raw.joint("ankle", "right")[:, 0], feet["right"]
    )
    hips = geometry.distance_px(raw.joint("hip", "left"), raw.joint("hip", "right"))
    values["step_width_ratio", "both"] = outward * apart / float(np.nanmedian(hips))
    return values


def _of_side_run(raw: PoseSequence, near: Side) -> Values:
    facing = 1 if near == "right" else -1
    angles, feet = side_angles(raw, near, facing), _lowest_ankle(raw, near)
    hip, ankle = raw.joint("hip", near), raw.joint("ankle", near)
    leg_px = float(np.nanpercentile(geometry.distance_px(hip, ankle), 97))
    ahead = facing * (ankle - raw.midpoint("hip"))[:, 0] / leg_px
    flexion = angles[f"{near}_knee_flexion_deg"]
    half = max(round(_STANCE_S * raw.fps), 1)
    peaks = [float(np.nanmax(flexion[k : k + half])) for k in feet if np.isfinite(flexion[k : k + half]).any()]
    return {
        ("cadence_spm", "both"): _cadence(raw),
        ("knee_flexion_contact_deg", near): _middle(flexion, feet),
        ("knee_flexion_peak_deg", near): float(np.median(peaks)) if peaks else float("nan"),
        ("foot_inclination_deg", near): _middle(angles[f"{near}_foot_deg"], feet),
        ("shank_angle_deg", near): _middle(angles[f"{near}_shank_angle_deg"], feet),
        ("overstride_ratio", near): _middle(ahead, feet),
        ("trunk_flexion_deg", "both"): _middle(angles["trunk_flexion_deg"], feet),
    }


def _of_squat(raw: PoseSequence, leg: Side) -> Values:
    bottoms = _peaks(raw.midpoint("hip")[:, 1], raw, _LEAST_REP_S)
    values: Values = {("reps_total", leg): float(len(bottoms))}
    for metric_id, series in _frontal(raw, leg, "front").items():
        values[metric_id, leg] = _middle(series, bottoms)
    return values
