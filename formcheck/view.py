"""From which side the camera sees the athlete, told from the landmarks alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.geometry import distance_px, lean_deg
from formcheck.types import SIDES, FloatArray, PoseSequence, Side, View

_SQUARE_WIDTHS = {"shoulder": 0.65, "hip": 0.39}
"""Distance of left and right landmark ÷ trunk length, seen squarely from the front or behind."""
_SQUARE_FOOT = 0.38
"""Heel-to-toe length ÷ trunk length, seen squarely from the side."""
_SIDE_FROM_DEG = 45.0


@dataclass(frozen=True)
class CameraView:
    """How the camera stands to the athlete.

    Attributes
    ----------
    view : rear, front or side, whichever is nearest.
    obliquity_deg : coarse angle away from that view, 0 to 45; about ±10°.
    facing_x : +1 where the athlete faces image right, −1 image left (of use from the side).
    near_side : the leg nearer the camera from the side, else None.
    """

    view: View
    obliquity_deg: float
    facing_x: int
    near_side: Side | None


_TRUNK_PER_LEG = 0.62


def trunk_length_px(pose: PoseSequence) -> FloatArray:
    """(N,) distance of mid-shoulders and mid-hips; from the legs' length where no shoulders were tracked."""
    trunk = distance_px(pose.midpoint("shoulder"), pose.midpoint("hip"))
    if np.isfinite(trunk).any():
        return trunk
    legs = [
        distance_px(pose.joint("hip", s), pose.joint("knee", s))
        + distance_px(pose.joint("knee", s), pose.joint("ankle", s))
        for s in SIDES
    ]
    return np.asarray(_TRUNK_PER_LEG * np.fmax(*legs))


def camera_view(pose: PoseSequence) -> CameraView:
    """Tell the view from the width of shoulders and hips against the length of the feet, medians over the clip."""
    trunk = trunk_length_px(pose)
    widths = [
        _median((pose.joint(joint, "left")[:, 0] - pose.joint(joint, "right")[:, 0]) / trunk / square)
        for joint, square in _SQUARE_WIDTHS.items()
    ]
    feet = [_median((pose.joint("foot_index", s)[:, 0] - pose.joint("heel", s)[:, 0]) / trunk) for s in SIDES]
    width, foot = _mean(widths), _mean(feet)
    angle = float(np.degrees(np.arctan2(abs(foot) / _SQUARE_FOOT, abs(width))))
    facing = 1 if foot >= 0 else -1
    if angle >= _SIDE_FROM_DEG:
        return CameraView("side", 90.0 - angle, facing, "right" if facing > 0 else "left")
    return CameraView("front" if width >= 0 else "rear", angle, facing, None)


def camera_yaw_deg(pose: PoseSequence) -> float:
    """How far the camera stands around the athlete, anticlockwise seen from above; 0 where the clip did not tell."""
    return _or_zero(pose.extra("camera_yaw_deg"))


def camera_roll_deg(pose: PoseSequence) -> float:
    """How far the picture's content is turned clockwise, from upright edges of the room; 0 where there were too few."""
    return _or_zero(pose.extra("scene_roll_deg"))


def mirror_shift_deg(pose: PoseSequence, name: str) -> float:
    """What the mirrored reading adds to an angle in the picture (see `tracking`); 0 where there was none."""
    return _or_zero(pose.extra(name))


def bend_shift_deg(pose: PoseSequence, side: Side) -> float:
    """What to add to the bend of a leg in the picture: as the knee's outline has it, else as the mirror does."""
    outline = _median(pose.extra(f"{side}_outline_bend_deg"))
    return outline if np.isfinite(outline) else mirror_shift_deg(pose, f"{side}_mirror_bend_deg")


def thigh_shift_deg(pose: PoseSequence, side: Side) -> float:
    """What the knee's outline adds to the thigh's slope in the picture; 0 where it was not seen."""
    return _or_zero(pose.extra(f"{side}_outline_thigh_deg"))


def trunk_lean_deg(pose: PoseSequence, *, towards_x: int) -> FloatArray:
    """(N,) lean of the trunk in a frontal view against the vertical; positive: towards image right × `towards_x`."""
    lean = lean_deg(pose.midpoint("hip"), pose.midpoint("shoulder"))
    return towards_x * (lean + mirror_shift_deg(pose, "trunk_mirror_lean_deg") - camera_roll_deg(pose))


def _or_zero(column: FloatArray) -> float:
    told = _median(column)
    return told if np.isfinite(told) else 0.0


def _mean(values: list[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return sum(known) / len(known) if known else 0.0


def _median(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else float("nan")
