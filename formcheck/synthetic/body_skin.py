"""From the skeleton to moving surface points: segment frames, skinning weights and posing.

Every point hangs on one joint between two segments, with a weight of the distal one. Around the joint its rotation
is the spherical mean of the two segments', so that a bent knee stays round and nothing tears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from formcheck.synthetic.body_rest import SIGN, Rest
from formcheck.synthetic.body_sdf import FloatArray, Shape, unit
from formcheck.synthetic.skeleton import SkeletonMotion

JOINT_LINKS: tuple[tuple[str, str, str], ...] = (
    ("lumbar", "pelvis", "thorax"),
    ("neck", "thorax", "head"),
    *(
        (f"{side}_{joint}", parent.format(side=side), f"{side}_{child}")
        for side in SIGN
        for joint, parent, child in (
            ("hip", "pelvis", "thigh"),
            ("knee", "{side}_thigh", "shank"),
            ("ankle", "{side}_shank", "foot"),
            ("shoulder", "thorax", "upper_arm"),
            ("elbow", "{side}_upper_arm", "forearm"),
        )
    ),
)
"""Joint, proximal segment, distal segment."""
LINK: dict[str, int] = {name: k for k, (name, _, _) in enumerate(JOINT_LINKS)}
_TAIL_SHARE = 0.08
"""How much a hanging shirt follows the trunk."""
LEVELS = 33
"""Steps of the blend at a joint."""


def smoothstep(x: FloatArray, low: float, high: float) -> FloatArray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


# --- segment rotations against the rest pose --------------------------------------------------------------------------


def _turn_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """(N, 3, 3) smallest rotations that carry unit vectors a to b."""
    v = np.cross(a, b)
    c = np.einsum("ni,ni->n", a, b)
    k = np.zeros((len(v), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -v[:, 2], v[:, 1], -v[:, 0]
    k -= np.transpose(k, (0, 2, 1))
    out: FloatArray = np.eye(3) + k + k @ k / np.maximum(1.0 + c, 1e-6)[:, None, None]
    return out


def _carried(parent: FloatArray, rest_axis: FloatArray, posed_axis: FloatArray) -> FloatArray:
    now = parent @ rest_axis
    return _turn_between(now, posed_axis) @ parent


def _knee_twist(thigh: FloatArray, thigh_axis: FloatArray, shank_axis: FloatArray) -> FloatArray:
    """Turn the thigh about its own axis so that the kneecap faces the way the knee bends, at most 35°."""
    left = thigh @ np.array([0.0, 1.0, 0.0])
    left -= np.einsum("ni,ni->n", left, thigh_axis)[:, None] * thigh_axis
    bend = np.cross(thigh_axis, shank_axis)
    bend *= np.clip(np.einsum("ni,ni->n", bend, left), 0.0, 1.0)[:, None]
    wanted = unit(0.12 * left + bend)
    left = unit(left)
    angle = np.arctan2(np.einsum("ni,ni->n", np.cross(left, wanted), thigh_axis), np.einsum("ni,ni->n", left, wanted))
    turn = Rotation.from_rotvec(np.clip(angle, -0.6, 0.6)[:, None] * thigh_axis).as_matrix()
    result: FloatArray = turn @ thigh
    return result


def segment_rotations(motion: SkeletonMotion, rest: Rest) -> dict[str, FloatArray]:
    """Rotation (N, 3, 3) of every segment from the rest pose to each frame."""
    joints = motion.joints_m
    out = {name: np.asarray(motion.rotations[name]) for name in ("pelvis", "thorax", "head", "left_foot", "right_foot")}
    for side in SIGN:
        leg, arm = rest.leg_axes(side)[:, 2], rest.arm_axes(side)[:, 2]
        thigh_axis = unit(joints[f"{side}_knee"] - joints[f"{side}_hip"])
        shank_axis = unit(joints[f"{side}_ankle"] - joints[f"{side}_knee"])
        thigh = _knee_twist(_carried(out["pelvis"], leg, thigh_axis), thigh_axis, shank_axis)
        out[f"{side}_thigh"] = thigh
        out[f"{side}_shank"] = _carried(thigh, leg, shank_axis)
        upper_axis = unit(joints[f"{side}_elbow"] - joints[f"{side}_shoulder"])
        fore_axis = unit(joints[f"{side}_wrist"] - joints[f"{side}_elbow"])
        out[f"{side}_upper_arm"] = _carried(out["thorax"], arm, upper_axis)
        out[f"{side}_forearm"] = _carried(out[f"{side}_upper_arm"], arm, fore_axis)
    return out


@dataclass(frozen=True)
class Poser:
    """Affine maps of all joints and blend levels: `linear` (N, J·LEVELS, 3, 3), `shift_m` (N, J·LEVELS, 3)."""

    linear: FloatArray
    shift_m: FloatArray

    def points(self, frame: int, vertices_m: FloatArray, binding: NDArray[np.intp]) -> FloatArray:
        """World positions (V, 3) of rest vertices at a frame."""
        maps = self.linear[frame][binding]
        moved: FloatArray = np.einsum("vij,vj->vi", maps, vertices_m) + self.shift_m[frame][binding]
        return moved

    def directions(self, frame: int, normals: FloatArray, binding: NDArray[np.intp]) -> FloatArray:
        """World directions (V, 3) of rest normals at a frame."""
        turned: FloatArray = np.einsum("vij,vj->vi", self.linear[frame][binding], normals)
        return turned


_ANCHOR = {"pelvis": "pelvis", "thorax": "thorax", "head": "head"}


def _origin(segment: str) -> str:
    """The joint that a segment carries rigidly."""
    if segment in _ANCHOR:
        return _ANCHOR[segment]
    side, part = segment.split("_", 1)
    return (
        f"{side}_"
        + {"thigh": "hip", "shank": "knee", "foot": "ankle", "upper_arm": "shoulder", "forearm": "elbow"}[part]
    )


def make_poser(motion: SkeletonMotion, rest: Rest) -> Poser:
    """Maps for every frame of a motion."""
    turns = segment_rotations(motion, rest)
    n = len(motion.time_s)
    linear, shift = np.zeros((n, len(JOINT_LINKS), LEVELS, 3, 3)), np.zeros((n, len(JOINT_LINKS), LEVELS, 3))
    share = np.linspace(0.0, 1.0, LEVELS)
    for k, (joint, parent, child) in enumerate(JOINT_LINKS):
        centre = rest.joints_m[joint]
        relative = Rotation.from_matrix(np.transpose(turns[parent], (0, 2, 1)) @ turns[child]).as_rotvec()
        ends = [_carried_point(motion, rest, turns, segment, centre) for segment in (parent, child)]
        for level, w in enumerate(share):
            blend = turns[parent] @ Rotation.from_rotvec(w * relative).as_matrix()
            linear[:, k, level] = blend
            shift[:, k, level] = (1 - w) * ends[0] + w * ends[1] - blend @ centre
    return Poser(linear.reshape(n, -1, 3, 3), shift.reshape(n, -1, 3))


def _carried_point(
    motion: SkeletonMotion, rest: Rest, turns: Mapping[str, FloatArray], segment: str, point_m: FloatArray
) -> FloatArray:
    origin = _origin(segment)
    return motion.joints_m[origin] + turns[segment] @ (point_m - rest.joints_m[origin])


# --- weights ----------------------------------------------------------------------------------------------------------


def binding_of(joint: str, weight: FloatArray) -> NDArray[np.intp]:
    """Index of the affine map for points on a joint with a weight 0…1 of the distal segment."""
    out: NDArray[np.intp] = LINK[joint] * LEVELS + np.rint(np.clip(weight, 0, 1) * (LEVELS - 1)).astype(np.intp)
    return out


def _leg_binding(points_m: FloatArray, rest: Rest, side: str) -> NDArray[np.intp]:
    s, down = rest.scale, rest.leg_axes(side)[:, 2]
    hip, knee, ankle = (rest.joints_m[f"{side}_{j}"] for j in ("hip", "knee", "ankle"))
    outside = SIGN[side] * points_m[:, 1] - 0.5 * rest.body.hip_width_m
    line = points_m[:, 2] - 0.6 * outside
    out = binding_of(f"{side}_hip", 1.0 - smoothstep(line, -0.085 * s, 0.030 * s))
    past_knee, past_ankle = (points_m - knee) @ down, (points_m - ankle) @ down
    at_knee, at_ankle = past_knee > -0.5 * np.linalg.norm(knee - hip), past_ankle > -0.5 * rest.body.shank_m
    out = np.where(at_knee, binding_of(f"{side}_knee", smoothstep(past_knee, -0.065 * s, 0.065 * s)), out)
    return np.where(at_ankle, binding_of(f"{side}_ankle", smoothstep(past_ankle, -0.03 * s, 0.035 * s)), out)


def _arm_binding(points_m: FloatArray, rest: Rest, side: str, nearer_m: FloatArray) -> NDArray[np.intp]:
    s, down = rest.scale, rest.arm_axes(side)[:, 2]
    shoulder, elbow = (rest.joints_m[f"{side}_{j}"] for j in ("shoulder", "elbow"))
    past = (points_m - shoulder) @ down
    weight = smoothstep(past, -0.05 * s, 0.06 * s) * smoothstep(nearer_m, -0.035 * s, 0.03 * s)
    past_elbow = (points_m - elbow) @ down
    bent = binding_of(f"{side}_elbow", smoothstep(past_elbow, -0.045 * s, 0.045 * s))
    return np.where(past_elbow > -0.5 * rest.body.upper_arm_m, bent, binding_of(f"{side}_shoulder", weight))


def nearer_arm_m(points_m: FloatArray, parts: Mapping[str, Shape], side: str) -> FloatArray:
    """How much nearer (N,) points are to an arm than to the trunk and the leg of that side, metres."""
    other: FloatArray = np.minimum(parts["trunk"](points_m), parts[f"{side}_leg"](points_m))
    return other - parts[f"{side}_arm"](points_m)


def limb_binding(points_m: FloatArray, rest: Rest, limb: str) -> NDArray[np.intp]:
    """Map index (V,) of cloth on a limb such as `left_leg`, or hanging from the `trunk`."""
    if limb == "trunk":
        return binding_of("lumbar", np.full(len(points_m), _TAIL_SHARE))
    side, part = limb.split("_")
    if part == "leg":
        return _leg_binding(points_m, rest, side)
    return _arm_binding(points_m, rest, side, np.full(len(points_m), np.inf))


def body_binding(points_m: FloatArray, rest: Rest, parts: Mapping[str, Shape], *, hem_m: float) -> NDArray[np.intp]:
    """Map index (V,) of every point of the body: rigid with the pelvis up to just above the hem."""
    z, top, s = points_m[:, 2], rest.body.trunk_m, rest.scale
    low = max(hem_m, 0.2 * top) + 0.015 * s
    out = binding_of("lumbar", smoothstep(z, low, 0.68 * top))
    throat = binding_of("neck", smoothstep(z, top + 0.02 * s, rest.joints_m["head"][2]))
    out = np.where(z > 0.92 * top, throat, out)
    for side, sign in SIGN.items():
        own = sign * points_m[:, 1] >= 0
        nearer = nearer_arm_m(points_m, parts, side)
        past = (points_m - rest.joints_m[f"{side}_shoulder"]) @ rest.arm_axes(side)[:, 2]
        arm = own & (nearer > -0.04 * s) & (past > -0.05 * s)
        leg = own & (z < 0.065 * s) & (nearer < 0)
        out = np.where(arm & ~leg, _arm_binding(points_m, rest, side, nearer), out)
        out = np.where(leg, _leg_binding(points_m, rest, side), out)
    return out
