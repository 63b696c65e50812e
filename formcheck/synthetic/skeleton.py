"""The synthetic athlete's skeleton: what kinematics hands to the renderer and to the truth.

World frame: metres, right-handed. X forward (the way the athlete faces and runs), Y to the athlete's
left, Z up; the floor or belt surface is z = 0. A treadmill belt moves towards −X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

JOINTS: tuple[str, ...] = (
    "pelvis",
    "thorax",
    "neck",
    "head",
    *(
        f"{side}_{joint}"
        for side in ("left", "right")
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe")
    ),
)
"""Joint centres. `pelvis` is midway between the hip centres, `thorax` midway between the shoulders,
`heel` and `toe` lie on the sole (rear end, and under the big toe joint's front end of the shoe)."""

SEGMENTS: tuple[str, ...] = ("pelvis", "thorax", "head", "left_foot", "right_foot")
"""Segments whose full orientation is given: columns of the matrix are forward, left, up in the world."""


@dataclass(frozen=True)
class Anthropometry:
    """Lengths in metres, girths as factors of a medium build."""

    height_m: float
    hip_width_m: float
    thigh_m: float
    shank_m: float
    foot_m: float
    ankle_height_m: float
    trunk_m: float
    shoulder_width_m: float
    upper_arm_m: float
    forearm_m: float
    head_m: float
    girth: float = 1.0
    sex: str = "f"

    @property
    def leg_length_m(self) -> float:
        """Hip centre to ankle centre of the straight leg: the leg length of every ratio."""
        return self.thigh_m + self.shank_m


@dataclass(frozen=True)
class SkeletonMotion:
    """Joint centres and segment orientations over time.

    Attributes
    ----------
    time_s : (N,) seconds.
    joints_m : name in JOINTS -> (N, 3) metres.
    rotations : name in SEGMENTS -> (N, 3, 3); columns forward, left, up.
    """

    body: Anthropometry
    time_s: FloatArray
    joints_m: Mapping[str, FloatArray]
    rotations: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        n = len(self.time_s)
        for name in JOINTS:
            if self.joints_m[name].shape != (n, 3):
                raise ValueError(f"{name} must be ({n}, 3), came {self.joints_m[name].shape}")
        for name in SEGMENTS:
            if self.rotations[name].shape != (n, 3, 3):
                raise ValueError(f"{name} must be ({n}, 3, 3), came {self.rotations[name].shape}")
