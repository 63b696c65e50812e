"""Perfect landmarks: where MediaPipe would put its 33 points on a synthetic athlete, without any of its errors.

Used to develop and test everything behind the pose model against motion whose truth is known.
"""

from __future__ import annotations

import numpy as np

from formcheck.landmarks import NAMES, Landmark
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.skeleton import FloatArray, SkeletonMotion
from formcheck.types import SIDES, PoseSequence

_FACE = {
    "nose": (0.098, 0.0, -0.010),
    "left_eye_inner": (0.080, 0.016, 0.020),
    "left_eye": (0.076, 0.032, 0.020),
    "left_eye_outer": (0.070, 0.046, 0.020),
    "left_ear": (0.000, 0.075, 0.000),
    "mouth_left": (0.078, 0.024, -0.055),
}
"""Metres from the centre of a head 0.22 m high: forward, left, up."""
_HEAD_M = 0.22
_HAND = {"pinky": (0.075, -0.022), "index": (0.080, 0.020), "thumb": (0.045, 0.032)}
"""Metres from the wrist: along the forearm and towards the thumb."""
_HEEL_RISE_M = 0.022
_TOE_RISE_M = 0.020


def landmarks_m(motion: SkeletonMotion) -> FloatArray:
    """(N, 33, 3) metres of all landmarks in MediaPipe's order."""
    points = _face(motion) | {
        f"{side}_{joint}": motion.joints_m[f"{side}_{joint}"]
        for side in SIDES
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    }
    for side in SIDES:
        foot_up = motion.rotations[f"{side}_foot"][:, :, 2]
        points[f"{side}_heel"] = motion.joints_m[f"{side}_heel"] + _HEEL_RISE_M * foot_up
        points[f"{side}_foot_index"] = motion.joints_m[f"{side}_toe"] + _TOE_RISE_M * foot_up
        points |= _hand(motion, side)
    return np.stack([points[name] for name in NAMES], axis=1)


def _face(motion: SkeletonMotion) -> dict[str, FloatArray]:
    scale = motion.body.head_m / _HEAD_M
    offsets = dict(_FACE)
    for name, (ahead, left, up) in _FACE.items():
        offsets[_other_side(name)] = (ahead, -left, up)
    head, turn = motion.joints_m["head"], motion.rotations["head"]
    return {name: head + scale * (turn @ np.array(offset)) for name, offset in offsets.items()}


def _other_side(name: str) -> str:
    return name.replace("left", "right")


def _hand(motion: SkeletonMotion, side: str) -> dict[str, FloatArray]:
    """Three points past the wrist, thumb forward or up as the forearm hangs or is held level."""
    elbow, wrist = motion.joints_m[f"{side}_elbow"], motion.joints_m[f"{side}_wrist"]
    along = (wrist - elbow) / np.linalg.norm(wrist - elbow, axis=-1, keepdims=True)
    wanted = motion.rotations["thorax"] @ np.array([0.5, 0.0, 0.85])
    thumb = wanted - np.sum(wanted * along, -1, keepdims=True) * along
    thumb /= np.linalg.norm(thumb, axis=-1, keepdims=True)
    return {f"{side}_{name}": wrist + a * along + t * thumb for name, (a, t) in _HAND.items()}


def perfect_pose(
    motion: SkeletonMotion, camera: Camera, *, noise_px: float = 0.0, seed: int = 0, visibility: float = 1.0
) -> PoseSequence:
    """The athlete's landmarks as an ideal tracker would give them.

    Parameters
    ----------
    motion : sampled at the frame times.
    camera : its hand shake is included, frame by frame.
    noise_px : standard deviation of Gaussian noise on every coordinate.
    """
    xy_px = camera.project(landmarks_m(motion), np.arange(len(motion.time_s)))
    if noise_px > 0:
        xy_px = xy_px + np.random.default_rng([seed, 601]).normal(0.0, noise_px, xy_px.shape)
    return PoseSequence(
        time_s=motion.time_s,
        xy_px=xy_px,
        visibility=np.full((len(motion.time_s), len(Landmark)), visibility),
        image_size_px=(camera.width_px, camera.height_px),
        model="synthetic",
        trusted_hips=True,
        history=("synthetic landmarks",),
    )
