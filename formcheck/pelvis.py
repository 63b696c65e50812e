"""The pelvis' own tilt in the image, from the best source that the clip offers.

MediaPipe's hip landmarks do not show it: their line moves 0.1–0.3° per true degree of pelvic drop and
the wrong way with trunk lean (measured on rendered athletes, see docs/accuracy.md). It is read from
stickers on the pelvis, from the line between shirt and shorts, or, where the caller vouches that the hip
points are true joint centres, from these. Otherwise it is not assessable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.types import FloatArray, PoseSequence

LEAST_CONFIDENCE = 0.5
_LEAST_SHARE = 0.35
ADVICE = (
    "the pose model's hip points do not show the pelvis' own tilt, and no clear line between shirt and shorts "
    "was found: tuck in a shirt whose colour differs from the shorts, or put two stickers on the back of the waistband"
)


@dataclass(frozen=True)
class PelvisTilt:
    """Tilt of the pelvis in the image.

    tilt_deg : (N,) slope against the horizontal, positive where the image-right side is lower; NaN where unknown.
    source : `stickers`, `waistline`, `hips`, or empty where not assessable.
    """

    tilt_deg: FloatArray
    source: str


def pelvis_tilt(pose: PoseSequence) -> PelvisTilt:
    """Choose stickers, then trusted hips, then the waistline; each must be sure in 35 % of frames."""
    for prefix, source in (("sticker_line", "stickers"), ("hips", "hips"), ("pelvis_line", "waistline")):
        if source == "hips":
            tilt = _hip_tilt(pose) if pose.trusted_hips else np.full(len(pose), np.nan)
        else:
            sure = pose.extra(f"{prefix}_confidence") >= LEAST_CONFIDENCE
            tilt = np.where(sure, pose.extra(f"{prefix}_deg"), np.nan)
        if np.isfinite(tilt).mean() >= _LEAST_SHARE:
            return PelvisTilt(tilt, source)
    return PelvisTilt(np.full(len(pose), np.nan), "")


def _hip_tilt(pose: PoseSequence) -> FloatArray:
    """Slope of the hip line, image-left hip to image-right hip."""
    line = pose.joint("hip", "right") - pose.joint("hip", "left")
    direction = np.sign(np.nanmedian(line[:, 0])) if np.isfinite(line).any() else 1.0
    return np.asarray(np.degrees(np.arctan2(direction * line[:, 1], direction * line[:, 0])))
