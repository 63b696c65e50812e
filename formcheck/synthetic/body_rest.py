"""The rest pose: where the joints of an athlete lie while the body is being modelled.

Pelvis frame: origin midway between the hip centres, x forward, y left, z up. Legs hang slightly apart and the
arms away from the trunk, so that nothing touches; knees and elbows are straight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from formcheck.synthetic.body_sdf import FloatArray
from formcheck.synthetic.skeleton import Anthropometry, SkeletonMotion

LEG_SPREAD_RAD = np.deg2rad(9.0)
ARM_SPREAD_RAD = np.deg2rad(40.0)
SIGN = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Rest:
    """Joint positions (3,) in metres by name, limb directions, and scales of a 1.70 m medium build.

    `scale` is height ÷ 1.70 m; `girth` multiplies section sizes.
    """

    body: Anthropometry
    joints_m: Mapping[str, FloatArray]

    @property
    def scale(self) -> float:
        """Height against 1.70 m."""
        return self.body.height_m / 1.70

    @property
    def girth(self) -> float:
        """Factor of section sizes against a medium build of 1.70 m."""
        return self.scale * self.body.girth

    def leg_axes(self, side: str) -> FloatArray:
        """Columns forward, sideways, down along the leg."""
        return _limb_axes(SIGN[side] * LEG_SPREAD_RAD)

    def arm_axes(self, side: str) -> FloatArray:
        """Columns forward, sideways, down along the arm."""
        return _limb_axes(SIGN[side] * ARM_SPREAD_RAD)


def _limb_axes(spread_rad: float) -> FloatArray:
    s, c = np.sin(spread_rad), np.cos(spread_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, s, -c]])


def _mean_local(motion: SkeletonMotion, frame: str, joint: str, origin: str) -> FloatArray:
    """Mean position of a joint against another, in a segment's frame."""
    offset = motion.joints_m[joint] - motion.joints_m[origin]
    out: FloatArray = np.einsum("nji,nj->ni", motion.rotations[frame], offset).mean(axis=0)
    return out


def rest_pose(motion: SkeletonMotion) -> Rest:
    """Rest pose for the athlete of a motion; head and feet sit on their segments as they do in the motion."""
    body = motion.body
    joints = {"pelvis": np.zeros(3), "thorax": np.array([0.0, 0.0, body.trunk_m])}
    neck = _mean_local(motion, "thorax", "neck", "thorax")
    joints["neck"] = joints["thorax"] + neck
    joints["head"] = joints["neck"] + _mean_local(motion, "head", "head", "neck")
    joints["lumbar"] = np.array([-0.01, 0.0, 0.40 * body.trunk_m])
    for side, sign in SIGN.items():
        leg, arm = _limb_axes(sign * LEG_SPREAD_RAD)[:, 2], _limb_axes(sign * ARM_SPREAD_RAD)[:, 2]
        joints[f"{side}_hip"] = np.array([0.0, sign * body.hip_width_m / 2, 0.0])
        joints[f"{side}_knee"] = joints[f"{side}_hip"] + body.thigh_m * leg
        joints[f"{side}_ankle"] = joints[f"{side}_knee"] + body.shank_m * leg
        joints[f"{side}_shoulder"] = joints["thorax"] + np.array([0.0, sign * body.shoulder_width_m / 2, 0.0])
        joints[f"{side}_elbow"] = joints[f"{side}_shoulder"] + body.upper_arm_m * arm
        joints[f"{side}_wrist"] = joints[f"{side}_elbow"] + body.forearm_m * arm
        for tip in ("heel", "toe"):
            joints[f"{side}_{tip}"] = joints[f"{side}_ankle"] + _mean_local(
                motion, f"{side}_foot", f"{side}_{tip}", f"{side}_ankle"
            )
    return Rest(body, joints)
