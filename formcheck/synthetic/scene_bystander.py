"""A second person in the room: standing by, or walking past behind the athlete."""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.anthropometry import body_of
from formcheck.synthetic.rig import Leg, Upper, assemble, foot_rotation, hip_centre, knee_centre, pelvis_rotation
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.types import SIDES

_STRIDE_S = 1.12
_STANCE = 0.6
_REACH_M = 0.29
WALK_M_S = 2 * _REACH_M / (_STANCE * _STRIDE_S)
"""Walking speed."""
_HALF_WAY_M = 2.6
"""How far to either side of the camera's axis the walk goes before it starts again."""


def standing_person(seed: int) -> SkeletonMotion:
    """One frame of somebody who stands at the origin and faces +X."""
    body = _somebody(seed)
    still = np.zeros(1)
    return _gait(body, still, still, height_m=body.leg_length_m + body.ankle_height_m - 0.006)


def walking_person(seed: int, time_s: FloatArray) -> SkeletonMotion:
    """Somebody walking along +X; the pelvis goes from −2.6 m to 2.6 m and starts again."""
    phase = np.mod(time_s / _STRIDE_S + 0.37 * seed, 1.0)
    body = _somebody(seed)
    along = np.mod(WALK_M_S * time_s, 2 * _HALF_WAY_M) - _HALF_WAY_M
    return _gait(body, phase, along, height_m=body.leg_length_m + body.ankle_height_m - 0.035)


def _somebody(seed: int) -> Anthropometry:
    rng = np.random.default_rng([seed, 7006])
    sex = "f" if rng.random() < 0.5 else "m"
    return body_of(float(rng.uniform(1.60, 1.85)), sex=sex, girth=float(rng.uniform(0.95, 1.1)), seed=seed + 5)


def _gait(body: Anthropometry, phase: FloatArray, along_m: FloatArray, *, height_m: float) -> SkeletonMotion:
    n, still = len(phase), np.zeros(len(phase))
    moving = n > 1
    pelvis_m = np.stack([along_m, still, np.full(n, height_m)], axis=1)
    pelvis = pelvis_rotation(axial=still, obliquity=still, tilt=still + 0.05)
    legs, swing = {}, {}
    for side, lead in zip(SIDES, (0.0, 0.5), strict=True):
        own = np.mod(phase + lead, 1.0)
        ahead, lift = _ankle_path(own) if moving else (still, still)
        sign = 1.0 if side == "left" else -1.0
        place = np.stack([along_m + ahead, still + sign * 0.08, body.ankle_height_m + lift], axis=1)
        hip = hip_centre(pelvis_m, pelvis, body, side)
        foot = foot_rotation(pitch=-2.2 * lift, toe_out=still + 0.1, side=side)
        legs[side] = Leg(hip, knee_centre(hip, place, body, side=side), place, foot)
        swing[side] = -0.9 * ahead
    level = dict.fromkeys(SIDES, still)
    upper = Upper(
        lean_left=still, lean_forward=still + 0.04, axial=still, head_nod=still, head_turn=still,
        arm_swing=swing, arm_out=dict.fromkeys(SIDES, still + 0.12),
        elbow=dict.fromkeys(SIDES, still + 0.35), forearm_in=level,
    )  # fmt: skip
    return assemble(body, np.arange(n, dtype=float), pelvis_m=pelvis_m, pelvis=pelvis, legs=legs, upper=upper)


def _ankle_path(phase: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ankle ahead of the pelvis and lift of the foot over a stride that starts at contact, metres."""
    swing = np.clip((phase - _STANCE) / (1 - _STANCE), 0.0, 1.0)
    stance = _REACH_M * (1 - 2 * phase / _STANCE)
    ahead = np.where(phase < _STANCE, stance, -_REACH_M * np.cos(np.pi * swing))
    return ahead, 0.11 * np.sin(np.pi * swing) ** 2


def placed(motion: SkeletonMotion, facing: FloatArray, origin_m: FloatArray) -> SkeletonMotion:
    """A motion turned so that +X becomes the level unit vector `facing`, and moved to `origin_m`."""
    left = np.array([-facing[1], facing[0], 0.0])
    turn = np.stack([facing, left, [0.0, 0.0, 1.0]], axis=1)
    joints = {name: points @ turn.T + origin_m for name, points in motion.joints_m.items()}
    rotations = {name: turn @ rotation for name, rotation in motion.rotations.items()}
    return SkeletonMotion(motion.body, motion.time_s, joints, rotations)
