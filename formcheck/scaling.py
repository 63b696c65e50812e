"""Frames and landmarks brought to a working size: drawing and pixel measurements need no more."""

from __future__ import annotations

from dataclasses import replace

from formcheck.types import PoseSequence

LONG_SIDE_PX = 1280
"""Larger pictures play no better in a browser and take far longer to measure and to encode."""


def working_scale(width_px: int, height_px: int) -> float:
    """Factor that brings an image to `LONG_SIDE_PX`; 1 for one that is no longer than that."""
    return min(1.0, LONG_SIDE_PX / max(width_px, height_px))


def scaled_pose(pose: PoseSequence, scale: float) -> PoseSequence:
    """Landmarks in pixels of the smaller image."""
    if scale == 1.0 or pose.image_size_px is None:
        return pose
    width, height = pose.image_size_px
    return replace(pose, xy_px=pose.xy_px * scale, image_size_px=(round(width * scale), round(height * scale)))
