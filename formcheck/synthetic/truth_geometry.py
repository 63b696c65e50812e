"""What ideal cameras square to the planes see of the joint centres: angles of a synthetic athlete.

Orthographic projections on the frontal plane (Y, Z) and the sagittal plane (X, Z); degrees, signs of the contract.
Written apart from the engine's geometry on purpose, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.skeleton import FloatArray, SkeletonMotion
from formcheck.types import Side, other_side


def _outwards(side: Side) -> float:
    return 1.0 if side == "left" else -1.0


def _degrees(across: FloatArray, along: FloatArray) -> FloatArray:
    angle: FloatArray = np.degrees(np.arctan2(across, along))
    return angle


def _joint(motion: SkeletonMotion, side: Side, joint: str) -> FloatArray:
    return motion.joints_m[f"{side}_{joint}"]


def frontal_angles(motion: SkeletonMotion, side: Side) -> dict[str, FloatArray]:
    """FPPA, pelvic drop, hip adduction and trunk lean as if `side` were the standing leg, (N,) each."""
    inwards = -_outwards(side)
    hip, knee, ankle = (_joint(motion, side, j) for j in ("hip", "knee", "ankle"))
    other_hip = _joint(motion, other_side(side), "hip")
    thigh, shank = knee - hip, ankle - knee
    thigh_in = _degrees(inwards * thigh[:, 1], -thigh[:, 2])
    shank_in = _degrees(inwards * shank[:, 1], -shank[:, 2])
    across = other_hip - hip
    drop = _degrees(-across[:, 2], inwards * across[:, 1])
    trunk = motion.joints_m["thorax"] - motion.joints_m["pelvis"]
    return {
        "knee_fppa_deg": thigh_in - shank_in,
        "pelvic_drop_deg": drop,
        "hip_adduction_deg": thigh_in + drop,
        "trunk_lean_deg": _degrees(-inwards * trunk[:, 1], trunk[:, 2]),
    }


def sagittal_angles(motion: SkeletonMotion, side: Side) -> dict[str, FloatArray]:
    """Angles and ratios of one leg and arm from the side, (N,) each."""
    hip, knee, ankle = (_joint(motion, side, j) for j in ("hip", "knee", "ankle"))
    heel, toe = _joint(motion, side, "heel"), _joint(motion, side, "toe")
    thigh, shank, foot = knee - hip, ankle - knee, toe - heel
    thigh_ahead = _degrees(thigh[:, 0], -thigh[:, 2])
    shank_ahead = _degrees(shank[:, 0], -shank[:, 2])
    pelvis, leg_m = motion.joints_m["pelvis"], motion.body.leg_length_m
    trunk = motion.joints_m["thorax"] - pelvis
    return {
        "knee_flexion_deg": np.mod(thigh_ahead - shank_ahead + 90.0, 360.0) - 90.0,
        "thigh_ahead_deg": thigh_ahead,
        "shank_angle_deg": shank_ahead,
        "foot_inclination_deg": _degrees(foot[:, 2], foot[:, 0]),
        "overstride_ratio": (ankle - pelvis)[:, 0] / leg_m,
        "braking_distance_ratio": (heel - pelvis)[:, 0] / leg_m,
        "trunk_flexion_deg": _degrees(trunk[:, 0], trunk[:, 2]),
        **_arm_angles(motion, side),
    }


def _arm_angles(motion: SkeletonMotion, side: Side) -> dict[str, FloatArray]:
    shoulder, elbow, wrist = (_joint(motion, side, j)[:, [0, 2]] for j in ("shoulder", "elbow", "wrist"))
    upper, fore, arm = shoulder - elbow, wrist - elbow, wrist - shoulder
    cross = upper[:, 0] * fore[:, 1] - upper[:, 1] * fore[:, 0]
    return {
        "elbow_angle_deg": _degrees(np.abs(cross), np.sum(upper * fore, axis=1)),
        "arm_ahead_deg": _degrees(arm[:, 0], -arm[:, 1]),
    }


def arm_crossover(motion: SkeletonMotion, side: Side) -> FloatArray:
    """(N,) distance of the wrist past the line mid-hips to mid-shoulders, frontal, ÷ shoulder width."""
    pelvis, thorax, wrist = motion.joints_m["pelvis"], motion.joints_m["thorax"], _joint(motion, side, "wrist")
    share = (wrist[:, 2] - pelvis[:, 2]) / (thorax[:, 2] - pelvis[:, 2])
    midline = pelvis[:, 1] + share * (thorax[:, 1] - pelvis[:, 1])
    past: FloatArray = -_outwards(side) * (wrist[:, 1] - midline) / motion.body.shoulder_width_m
    return past
