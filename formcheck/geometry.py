"""Angles, tilts and distances on arrays of image points.

Every function takes points of shape (..., 2) in pixels of the upright image (x right, y down) and
broadcasts; angles come back in degrees, NaN where a point is missing. Angles are taken in pixels,
never in normalised coordinates (a true 45° at 1920×1080 would read 60.6°).
"""

from __future__ import annotations

import numpy as np

from formcheck.types import FloatArray, Side, View


def _turn_deg(first: FloatArray, second: FloatArray) -> FloatArray:
    """Signed angle from vector `first` to `second`, clockwise in the image, (−180, 180]."""
    cross = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    dot = np.sum(first * second, axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, dot)))


def bend_deg(proximal: FloatArray, joint: FloatArray, distal: FloatArray) -> FloatArray:
    """Bend of a joint with its direction: 0 when straight, positive when the joint lies towards image right.

    For points one above the other. (...,) degrees; mirrored images give the opposite sign.
    """
    return _turn_deg(joint - proximal, distal - joint)


def interior_angle_deg(proximal: FloatArray, joint: FloatArray, distal: FloatArray) -> FloatArray:
    """Angle at `joint` between the two segments, 0 to 180°."""
    return np.asarray(180.0 - np.abs(bend_deg(proximal, joint, distal)))


def fppa_deg(hip: FloatArray, knee: FloatArray, ankle: FloatArray, *, medial_x: int) -> FloatArray:
    """Frontal plane projection angle, 180° − angle hip–knee–ankle; positive is valgus.

    `medial_x` is +1 where the athlete's midline lies to the image right of this leg, −1 where to
    the left (see `medial_direction`). Herrington 2014, PMID 24380805; Munro 2012.
    """
    return np.asarray(medial_x * bend_deg(hip, knee, ankle))


def lean_deg(lower: FloatArray, upper: FloatArray, *, towards_x: int = 1) -> FloatArray:
    """Lean of the line lower→upper from the vertical; positive towards image right times `towards_x`."""
    line = upper - lower
    return np.asarray(towards_x * np.degrees(np.arctan2(line[..., 0], -line[..., 1])))


def drop_deg(stance: FloatArray, swing: FloatArray, *, medial_x: int) -> FloatArray:
    """Slope of the line from the stance hip to the swing hip; positive: swing side lower in the image."""
    line = swing - stance
    return np.asarray(np.degrees(np.arctan2(line[..., 1], medial_x * line[..., 0])))


def thigh_adduction_deg(hip: FloatArray, knee: FloatArray, *, medial_x: int) -> FloatArray:
    """Thigh against the vertical; positive: knee towards the midline. Add the pelvic drop for hip adduction."""
    thigh = knee - hip
    return np.asarray(np.degrees(np.arctan2(medial_x * thigh[..., 0], thigh[..., 1])))


def distance_px(a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance of two points."""
    return np.asarray(np.linalg.norm(b - a, axis=-1))


def flexion_from_shortening_deg(length: FloatArray, straight_length: float) -> FloatArray:
    """Knee flexion of a leg whose hip–ankle distance has shortened, thigh and shank taken as equal.

    cos(flexion / 2) = length / straight length (cosine rule). Longer than straight counts as 0°.
    """
    return np.asarray(2.0 * np.degrees(np.arccos(np.clip(length / straight_length, 0.0, 1.0))))


def medial_direction(side: Side, view: View) -> int:
    """+1 where the midline lies to the image right of this leg, −1 where to the left."""
    left_of_image = (side == "left") == (view == "rear")
    return 1 if left_of_image else -1


def at_common_depth(points: FloatArray, *, nearer: FloatArray, centre: FloatArray) -> FloatArray:
    """Where points would be seen if they stood at the reference depth: perspective enlarges what is nearer.

    points : (..., 2) px. nearer : (...,) how much nearer to the lens, as a share of the reference distance (negative:
    farther). centre : (2,) px, the principal point.
    """
    return np.asarray(centre + (points - centre) * (1.0 - nearer)[..., None])
