"""Geometry of the skeleton: two-bone legs, feet, trunk, arms and head, all vectorised over time.

Angles in radians here; world frame as in `skeleton.py`. A leg's swivel turns the knee about the line from hip to ankle;
at swivel 0 the knee lies on that line as seen from the front, whatever the knee's flexion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from formcheck.synthetic.anthropometry import ANKLE_SHARE_OF_FOOT, HEAD_RISE_SHARE, NECK_RISE_SHARE
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.types import SIDES, Side

_FORWARD = np.array([1.0, 0.0, 0.0])
_MAX_SWIVEL = np.radians(80.0)


def lateral_sign(side: Side) -> float:
    """+1 for the left side, whose outside is +Y; −1 for the right."""
    return 1.0 if side == "left" else -1.0


def unit(vector: FloatArray) -> FloatArray:
    """(..., 3) vectors scaled to length 1."""
    scaled: FloatArray = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    return scaled


def rotation_x(angle: FloatArray) -> FloatArray:
    """(N, 3, 3) rotations about X: positive raises the left."""
    return _rotation(angle, 1, 2)


def rotation_y(angle: FloatArray) -> FloatArray:
    """(N, 3, 3) rotations about Y: positive lowers the front."""
    return _rotation(angle, 2, 0)


def rotation_z(angle: FloatArray) -> FloatArray:
    """(N, 3, 3) rotations about Z: positive turns to the left."""
    return _rotation(angle, 0, 1)


def _rotation(angle: FloatArray, first: int, second: int) -> FloatArray:
    angle = np.atleast_1d(np.asarray(angle, dtype=float))
    out = np.zeros((len(angle), 3, 3))
    out[:, range(3), range(3)] = 1.0
    out[:, first, first] = out[:, second, second] = np.cos(angle)
    out[:, second, first] = np.sin(angle)
    out[:, first, second] = -np.sin(angle)
    return out


def plane_direction(sagittal: FloatArray, frontal: FloatArray) -> FloatArray:
    """(N, 3) unit vectors pointing down whose two orthographic projections have given angles from the vertical.

    Parameters
    ----------
    sagittal : (N,) radians, positive forward (+X).
    frontal : (N,) radians, positive to the athlete's left (+Y).
    """
    return unit(np.stack(np.broadcast_arrays(np.tan(sagittal), np.tan(frontal), -1.0), axis=-1))


def smootherstep(x: FloatArray) -> FloatArray:
    """0 to 1 over 0 ≤ x ≤ 1 with no velocity and no acceleration at either end."""
    x = np.clip(x, 0.0, 1.0)
    step: FloatArray = x**3 * (10.0 + x * (6.0 * x - 15.0))
    return step


# --- pelvis, feet, legs -------------------------------------------------------------------------------------------


def pelvis_rotation(*, axial: FloatArray, obliquity: FloatArray, tilt: FloatArray) -> FloatArray:
    """(N, 3, 3) pelvis whose hip line shows `obliquity` in frontal projection (positive: left hip higher).

    `axial` turns to the left, `tilt` lowers the front.
    """
    seen = np.arctan(np.tan(obliquity) * np.cos(axial))
    return rotation_z(axial) @ rotation_x(seen) @ rotation_y(tilt)


def hip_centre(pelvis_m: FloatArray, rotation: FloatArray, body: Anthropometry, side: Side) -> FloatArray:
    """(N, 3) hip joint centre."""
    return pelvis_m + lateral_sign(side) * 0.5 * body.hip_width_m * rotation[:, :, 1]


def foot_rotation(*, pitch: FloatArray, toe_out: FloatArray, side: Side) -> FloatArray:
    """(N, 3, 3) foot; `pitch` positive is toes up, `toe_out` positive turns the toes outwards."""
    return rotation_z(lateral_sign(side) * toe_out) @ rotation_y(-pitch)


def ankle_in_foot(body: Anthropometry) -> FloatArray:
    """(3,) ankle centre from the heel, in the foot's own axes."""
    return np.array([ANKLE_SHARE_OF_FOOT * body.foot_m, 0.0, body.ankle_height_m])


def foot_points(ankle_m: FloatArray, rotation: FloatArray, body: Anthropometry) -> tuple[FloatArray, FloatArray]:
    """Heel and toe, (N, 3) each, of a foot hanging from its ankle."""
    heel = ankle_m - rotation @ ankle_in_foot(body)
    return heel, heel + body.foot_m * rotation[:, :, 0]


def knee_reach(flexion: FloatArray, body: Anthropometry) -> FloatArray:
    """Distance hip to ankle at a knee flexion (radians)."""
    t, s = body.thigh_m, body.shank_m
    reach: FloatArray = np.sqrt(t * t + s * s + 2 * t * s * np.cos(flexion))
    return reach


def knee_flexion_at(distance_m: FloatArray, body: Anthropometry) -> FloatArray:
    """Knee flexion (radians, in space) that gives a distance from hip to ankle.

    Raises
    ------
    ValueError
        Where the leg is too short or too long for it.
    """
    t, s = body.thigh_m, body.shank_m
    worst = float(np.max(distance_m))
    if worst > t + s or float(np.min(distance_m)) < abs(t - s):
        raise ValueError(
            f"hip to ankle {worst:.3f} m does not fit a leg of {t + s:.3f} m: change speed or contact time"
        )
    flexion: FloatArray = np.arccos(np.clip((distance_m**2 - t * t - s * s) / (2 * t * s), -1.0, 1.0))
    return flexion


def knee_radius(hip_m: FloatArray, ankle_m: FloatArray, body: Anthropometry) -> FloatArray:
    """(N,) distance of the knee from the line hip to ankle."""
    return _knee_circle(np.linalg.norm(ankle_m - hip_m, axis=-1), body)[1]


def _knee_circle(distance_m: FloatArray, body: Anthropometry) -> tuple[FloatArray, FloatArray]:
    """Where along the line from hip to ankle the knee's circle lies, and its radius."""
    knee_flexion_at(distance_m, body)
    along = (distance_m**2 + body.thigh_m**2 - body.shank_m**2) / (2 * distance_m)
    return along, np.sqrt(np.maximum(body.thigh_m**2 - along**2, 0.0))


def knee_centre(
    hip_m: FloatArray, ankle_m: FloatArray, body: Anthropometry, *, side: Side, swivel: FloatArray | float = 0.0
) -> FloatArray:
    """(N, 3) knee between a hip and an ankle; positive swivel carries it medially."""
    line = ankle_m - hip_m
    distance = np.linalg.norm(line, axis=-1)
    axis = line / distance[:, None]
    along, radius = _knee_circle(distance, body)
    ahead = unit(_FORWARD - axis[:, :1] * axis)
    medial = -lateral_sign(side) * np.cross(ahead, axis)
    angle = np.broadcast_to(np.asarray(swivel, dtype=float), distance.shape)
    offset = np.cos(angle)[:, None] * ahead + np.sin(angle)[:, None] * medial
    centre: FloatArray = hip_m + along[:, None] * axis + radius[:, None] * offset
    return centre


def frontal_fppa(hip_m: FloatArray, knee_m: FloatArray, ankle_m: FloatArray, side: Side) -> FloatArray:
    """(N,) radians of frontal-plane projection angle, positive with the knee medial of the line hip to ankle."""
    thigh, shank = knee_m - hip_m, ankle_m - knee_m
    lean_thigh = np.arctan2(-lateral_sign(side) * thigh[:, 1], -thigh[:, 2])
    lean_shank = np.arctan2(-lateral_sign(side) * shank[:, 1], -shank[:, 2])
    fppa: FloatArray = lean_thigh - lean_shank
    return fppa


def swivel_for_fppa(
    hip_m: FloatArray, ankle_m: FloatArray, body: Anthropometry, *, side: Side, fppa: FloatArray
) -> FloatArray:
    """(N,) swivel (radians) that shows a given FPPA from the front; its limit where the knee is too straight for it."""
    low, high = np.full(len(fppa), -_MAX_SWIVEL), np.full(len(fppa), _MAX_SWIVEL)
    for _ in range(50):
        middle = 0.5 * (low + high)
        seen = frontal_fppa(hip_m, knee_centre(hip_m, ankle_m, body, side=side, swivel=middle), ankle_m, side)
        low, high = np.where(seen < fppa, middle, low), np.where(seen < fppa, high, middle)
    swivel: FloatArray = 0.5 * (low + high)
    return swivel


# --- trunk, head, arms --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Upper:
    """Pose of the upper body over time, radians, (N,) each.

    `lean_left` and `lean_forward` are what the line mid-hips to mid-shoulders shows from the front and from the side.
    `arm_swing` maps each side to the upper arm's angle ahead of the trunk, `arm_out` away from it, `elbow` to the
    elbow's flexion and `forearm_in` to the turn of the forearm towards the midline.
    """

    lean_left: FloatArray
    lean_forward: FloatArray
    axial: FloatArray
    arm_swing: Mapping[Side, FloatArray]
    arm_out: Mapping[Side, FloatArray]
    elbow: Mapping[Side, FloatArray]
    forearm_in: Mapping[Side, FloatArray]
    head_nod: FloatArray
    head_turn: FloatArray


def trunk_points(
    pelvis_m: FloatArray, upper: Upper, body: Anthropometry
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Thorax, neck, head and shoulders, and the rotations of thorax and head."""
    up = -plane_direction(-upper.lean_forward, -upper.lean_left)
    facing = np.stack([np.cos(upper.axial), np.sin(upper.axial), np.zeros_like(upper.axial)], axis=-1)
    left = unit(np.cross(up, facing))
    thorax_rotation = np.stack([np.cross(left, up), left, up], axis=-1)
    thorax = pelvis_m + body.trunk_m * up
    head_rotation = rotation_z(upper.head_turn) @ rotation_y(upper.head_nod)
    neck = thorax + NECK_RISE_SHARE * body.height_m * unit(up + 0.5 * head_rotation[:, :, 2])
    rise = (HEAD_RISE_SHARE - NECK_RISE_SHARE) * body.height_m
    head = neck + rise * unit(head_rotation[:, :, 2] + 0.25 * head_rotation[:, :, 0])
    points = {"pelvis": pelvis_m, "thorax": thorax, "neck": neck, "head": head}
    for side in SIDES:
        points[f"{side}_shoulder"] = thorax + lateral_sign(side) * 0.5 * body.shoulder_width_m * left
    return points, {"thorax": thorax_rotation, "head": head_rotation}


def arm_points(
    shoulder_m: FloatArray, thorax_rotation: FloatArray, upper: Upper, body: Anthropometry, side: Side
) -> tuple[FloatArray, FloatArray]:
    """Elbow and wrist, (N, 3) each."""
    out, swing, bend = upper.arm_out[side], upper.arm_swing[side], upper.elbow[side]
    sign = lateral_sign(side)
    arm = np.stack([np.sin(swing) * np.cos(out), sign * np.sin(out), -np.cos(swing) * np.cos(out)], axis=-1)
    level = np.stack([np.cos(swing), np.zeros_like(swing), np.sin(swing)], axis=-1)
    turn = upper.forearm_in[side][:, None]
    ahead = np.cos(turn) * level + np.sin(turn) * sign * np.cross(arm, level)
    forearm = np.cos(bend)[:, None] * arm + np.sin(bend)[:, None] * ahead
    elbow = shoulder_m + body.upper_arm_m * np.einsum("nij,nj->ni", thorax_rotation, arm)
    return elbow, elbow + body.forearm_m * np.einsum("nij,nj->ni", thorax_rotation, forearm)


@dataclass(frozen=True)
class Leg:
    """One leg over time: (N, 3) metres and the foot's (N, 3, 3) rotation."""

    hip: FloatArray
    knee: FloatArray
    ankle: FloatArray
    foot: FloatArray


def assemble(
    body: Anthropometry,
    time_s: FloatArray,
    *,
    pelvis_m: FloatArray,
    pelvis: FloatArray,
    legs: Mapping[Side, Leg],
    upper: Upper,
) -> SkeletonMotion:
    """The whole skeleton from its parts."""
    joints, rotations = trunk_points(pelvis_m, upper, body)
    rotations["pelvis"] = pelvis
    for side in SIDES:
        leg = legs[side]
        heel, toe = foot_points(leg.ankle, leg.foot, body)
        elbow, wrist = arm_points(joints[f"{side}_shoulder"], rotations["thorax"], upper, body, side)
        parts = {"elbow": elbow, "wrist": wrist, "hip": leg.hip, "knee": leg.knee, "ankle": leg.ankle}
        joints |= {f"{side}_{name}": point for name, point in (parts | {"heel": heel, "toe": toe}).items()}
        rotations[f"{side}_foot"] = leg.foot
    return SkeletonMotion(body=body, time_s=time_s, joints_m=joints, rotations=rotations)
