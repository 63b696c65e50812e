"""From which side the camera sees the athlete, told from the landmarks alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.geometry import distance_px
from formcheck.types import SIDES, FloatArray, PoseSequence, Side, View

_SQUARE_WIDTH = 0.52
"""Mean of shoulder and hip landmark distance ÷ trunk length, seen squarely from the front or behind."""
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


def trunk_length_px(pose: PoseSequence) -> FloatArray:
    """(N,) distance of mid-shoulders and mid-hips."""
    return distance_px(pose.midpoint("shoulder"), pose.midpoint("hip"))


def camera_view(pose: PoseSequence) -> CameraView:
    """Tell the view from the width of shoulders and hips against the length of the feet, medians over the clip."""
    trunk = trunk_length_px(pose)
    widths = [pose.joint(j, "left")[:, 0] - pose.joint(j, "right")[:, 0] for j in ("shoulder", "hip")]
    feet = [pose.joint("foot_index", s)[:, 0] - pose.joint("heel", s)[:, 0] for s in SIDES]
    width = _median(np.mean(widths, axis=0) / trunk)
    foot = float(np.nanmean([_median(f / trunk) for f in feet]))
    angle = float(np.degrees(np.arctan2(abs(foot) / _SQUARE_FOOT, abs(width) / _SQUARE_WIDTH)))
    facing = 1 if foot >= 0 else -1
    if angle >= _SIDE_FROM_DEG:
        return CameraView("side", 90.0 - angle, facing, "right" if facing > 0 else "left")
    return CameraView("front" if width >= 0 else "rear", angle, facing, None)


def _median(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else 0.0
