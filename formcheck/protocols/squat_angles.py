"""Frontal-plane angles of the standing leg in a squat or step-down."""

from __future__ import annotations

import numpy as np

from formcheck import geometry, signals
from formcheck.pelvis import pelvis_tilt
from formcheck.protocols.leg_bend import LegBend, quiet_standing
from formcheck.types import FloatArray, PoseSequence
from formcheck.view import bend_shift_deg, camera_roll_deg, camera_yaw_deg, thigh_shift_deg, trunk_lean_deg

CUTOFF_HZ = 6.0
HIP_DISTANCE = 0.213
"""Distance of the hips' joint centres ÷ hip–ankle length of the landmarks (2 % short on 52 rendered athletes, ±2).

0.209 of the true length: Hara 2016 (doi 10.1038/srep37707, CT of 157 skeletons) has each 8 mm + 0.086 legs beside the
middle, legs measured from the ASIS; Drillis and Contini's body is as wide (0.208)."""
FOCAL_RATIO = 1.0
"""Focal length ÷ longer side of the picture: 0.8 to 0.9 for phones' main cameras, more where the picture is cropped to
steady it or zoomed in (measured on rendered athletes, 0.9 and 1.1 are as good within 0.1° of FPPA)."""


def frontal_angles(pose: PoseSequence, bend: LegBend, *, view: str) -> dict[str, FloatArray]:
    """Angle series of the standing leg; frontal-plane angles are left out of a side view."""
    leg = bend.leg
    angles = {f"{leg}_knee_flexion_deg": bend.flexion_deg}
    if view == "side":
        return angles
    medial = geometry.medial_direction(leg, "rear" if view == "rear" else "front")
    hip, ankle = hip_joint(pose, bend, medial), pose.joint("ankle", leg)
    knee = knee_seen_squarely(pose, bend, view=view)
    drop = _pelvic_drop(pose, bend, medial)
    upright = medial * camera_roll_deg(pose)
    thigh = geometry.thigh_adduction_deg(hip, knee, medial_x=medial) + medial * thigh_shift_deg(pose, leg)
    fppa = geometry.fppa_deg(hip, knee, ankle, medial_x=medial)
    angles[f"{leg}_knee_fppa_deg"] = fppa + medial * bend_shift_deg(pose, leg)
    angles[f"{leg}_pelvic_drop_deg"] = drop
    angles[f"{leg}_hip_adduction_deg"] = thigh + upright + drop
    angles[f"{leg}_trunk_lean_deg"] = trunk_lean_deg(pose, towards_x=-medial)
    return angles


def hip_joint(pose: PoseSequence, bend: LegBend, medial: int) -> FloatArray:
    """(N, 2) px of the standing hip: as far beside the middle of the hips as joint centres are in skeletons.

    The pose model's hips follow the body's outline: the wider it is, the farther out they lie, which reads as valgus
    (0.7° for each 1 % of the leg). On 41 rendered athletes kept for development they were 0.238 legs apart, and FPPA in
    squats and step-downs came out 1.2° too high.
    """
    hip = pose.joint("hip", bend.leg)
    if pose.trusted_hips:
        return hip
    beside_px = 0.5 * HIP_DISTANCE * bend.leg_px
    return np.stack([pose.midpoint("hip")[:, 0] - medial * beside_px, hip[:, 1]], axis=-1)


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
    smooth = signals.low_pass(gaps_filled, pose.time_s, cutoff_hz=CUTOFF_HZ)[:, 0]
    standing = quiet_standing(pose, bend)
    shown = np.isfinite(smooth[standing]).sum() >= 5
    baseline = np.nanmedian(smooth[standing]) if shown else camera_roll_deg(pose)
    return np.asarray(medial * (smooth - baseline))
