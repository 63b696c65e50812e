"""How the camera was held, from the upright edges of the room.

Door frames, posts, corners and blinds are vertical. In the picture they all point to one place straight below or above
the camera; where that lies gives roll and pitch (linearised: angle of an upright = roll + (x − cx) / f · pitch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import BONES, Landmark, side_landmark
from formcheck.types import SIDES, FloatArray, Side

FOCAL_SHARE = 0.92
"""Focal length of a phone's main camera ÷ long side of the picture, where not told (0.85 to 1.0)."""
_MOST_LEAN_DEG = 15.0
_LONG_SHARE = 0.07
"""Least length of an edge ÷ height of the picture."""
_AGREE_DEG = 0.5
_LEAST_LINES, _LEAST_LENGTH, _LEAST_AGREEMENT = 3, 0.4, 0.6
"""Edges in different places, their length together ÷ height of the picture, and their share of all edges' length."""
_APART = 0.03
_EDGE_ERROR_DEG, _END_ERROR_DEG_PX = 0.15, 15.0
"""What one edge may be off: of itself, and by a quarter of a pixel at its ends."""
_MOST_ROLL_ERROR_DEG, _MOST_PITCH_ERROR_DEG = 0.4, 1.2
_TRIES = 400
_WORK_PX = 1280
_FLOOR_SHARE = 0.2
"""What lies lower than this share of the athlete's height stands on no wall: edges of a mat, of a treadmill's deck."""
_LIMB_SHARE, _MOST_ON_ATHLETE = 0.40, 0.1
_TRUNK: tuple[tuple[str, Side], ...] = (("shoulder", "left"), ("shoulder", "right"), ("hip", "right"), ("hip", "left"))


@dataclass(frozen=True)
class CameraTilt:
    """Roll (positive: the picture's content turned clockwise) and pitch (positive: looks down), NaN where unknown."""

    roll_deg: float
    pitch_deg: float
    n_lines: int


UNKNOWN = CameraTilt(float("nan"), float("nan"), 0)


def camera_tilt(
    pictures: Sequence[NDArray[np.uint8]], athlete_xy_px: FloatArray, *, focal_px: float | None = None
) -> CameraTilt:
    """Roll and pitch of the camera.

    Parameters
    ----------
    pictures : a few upright RGB frames of one clip.
    athlete_xy_px : (F, 33, 2) the athlete's landmarks in each; edges on the athlete are not looked at.
    focal_px : focal length where known.
    """
    if not pictures:
        return UNKNOWN
    height, width = pictures[0].shape[:2]
    lines = [upright_edges(p, xy) for p, xy in zip(pictures, athlete_xy_px, strict=True)]
    focal = focal_px or FOCAL_SHARE * max(height, width)
    return tilt_of_lines(np.concatenate(lines), width_px=width, height_px=height, focal_px=focal)


def upright_edges(rgb: NDArray[np.uint8], athlete_xy_px: FloatArray) -> FloatArray:
    """(K, 4) ends x0, y0, x1, y1 of long, nearly vertical straight edges off the athlete and off the floor."""
    shrink = min(1.0, _WORK_PX / max(rgb.shape[:2]))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else grey
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    ends = (found.reshape(-1, 4).astype(float) + 0.5) / shrink
    across, down = np.abs(ends[:, 2] - ends[:, 0]), np.abs(ends[:, 3] - ends[:, 1])
    keep = (down > _LONG_SHARE * rgb.shape[0]) & (across < np.tan(np.radians(_MOST_LEAN_DEG)) * down)
    if np.isfinite(athlete_xy_px).all():
        top, feet = athlete_xy_px[:, 1].min(), athlete_xy_px[:, 1].max()
        keep &= 0.5 * (ends[:, 1] + ends[:, 3]) < feet - _FLOOR_SHARE * (feet - top)
        keep &= _share_on(_athlete_mask(athlete_xy_px, rgb.shape[0], rgb.shape[1]), ends) < _MOST_ON_ATHLETE
    return np.asarray(ends[keep])


def _athlete_mask(xy_px: FloatArray, height_px: int, width_px: int) -> NDArray[np.uint8]:
    """(H, W) 1 on the athlete with a margin: thick bones and a filled trunk."""
    mask = np.zeros((height_px, width_px), np.uint8)
    shoulders, hips = ([xy_px[side_landmark(joint, side)] for side in SIDES] for joint in ("shoulder", "hip"))
    trunk = float(np.linalg.norm(np.mean(shoulders, axis=0) - np.mean(hips, axis=0)))
    thick = max(1, round(_LIMB_SHARE * trunk))
    places = np.clip(np.rint(xy_px), -10000, 10000).astype(int)
    face = places[: Landmark.LEFT_SHOULDER]
    outlines = [np.array([[*places[a]], [*places[b]]]) for a, b in BONES]
    outlines += [np.array([places[side_landmark(j, s)] for j, s in _TRUNK]), face]
    for outline in outlines:
        cv2.fillPoly(mask, [outline.astype(np.int32)], (1,))
        cv2.polylines(mask, [outline.astype(np.int32)], True, (1,), thick)
    return mask


def _share_on(mask: NDArray[np.uint8], ends: FloatArray) -> FloatArray:
    """(K,) share of each segment that lies on a mask."""
    share = np.linspace(0.0, 1.0, 21)[None, :, None]
    points = (1 - share) * ends[:, None, :2] + share * ends[:, None, 2:]
    column, row = np.clip(points.astype(int), 0, np.array(mask.shape)[::-1] - 1).transpose(2, 0, 1)
    return np.asarray(mask[row, column].mean(axis=1))


def tilt_of_lines(lines_px: FloatArray, *, width_px: int, height_px: int, focal_px: float) -> CameraTilt:
    """Roll and pitch from the ends (K, 4) of upright edges; unknown where too few independent ones agree.

    1. Each line spans a plane with the lens; the vertical lies in all of these planes. 2. The vertical that most
    length agrees with (pairs of lines tried at random, always the same ones). 3. Least squares over those that agree.
    """
    lines = _one_per_edge(lines_px)
    if len(lines) < _LEAST_LINES:
        return UNKNOWN
    rays = (lines.reshape(-1, 2, 2) - [width_px / 2, height_px / 2]) / focal_px
    rays = np.concatenate([rays, np.ones((*rays.shape[:2], 1))], axis=2)
    planes = np.cross(rays[:, 0], rays[:, 1])
    planes /= np.linalg.norm(planes[:, :2], axis=1, keepdims=True)
    length = np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=1)
    vertical = _consensus(planes, rays.mean(axis=1), length)
    for _ in range(3):
        agree = _off_deg(planes, rays.mean(axis=1), vertical) < _AGREE_DEG
        if agree.sum() < 2:
            return UNKNOWN
        _, _, axes = np.linalg.svd(planes[agree] * length[agree, None])
        vertical = axes[2] * np.sign(-axes[2][1] or 1.0)
    if length[agree].sum() < _LEAST_AGREEMENT * length.sum():
        return UNKNOWN
    return _tilt(vertical, lines[agree], focal_px, width_px, height_px)


def _tilt(up: FloatArray, lines: FloatArray, focal_px: float, width_px: int, height_px: int) -> CameraTilt:
    """Roll and pitch of a vertical, each only as far as the lines that agree pin it down."""
    across = (lines[:, [0, 2]].mean(axis=1) - width_px / 2) / focal_px
    length = np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=1)
    places = len(np.unique(np.floor(across * focal_px / (_APART * width_px))))
    if places < _LEAST_LINES or length.sum() < _LEAST_LENGTH * height_px:
        return UNKNOWN
    lean = np.degrees(np.arctan2(lines[:, 0] - lines[:, 2], lines[:, 3] - lines[:, 1]))
    roll_error, pitch_error = _errors(np.radians(lean), across, length)
    roll = float(np.degrees(np.arctan2(up[0], -up[1])))
    pitch = float(np.degrees(np.arctan2(-up[2], np.hypot(up[0], up[1]))))
    return CameraTilt(
        roll if roll_error < _MOST_ROLL_ERROR_DEG else float("nan"),
        pitch if pitch_error < _MOST_PITCH_ERROR_DEG else float("nan"),
        places,
    )


def _errors(lean_rad: FloatArray, across: FloatArray, length: FloatArray) -> tuple[float, float]:
    """What roll and pitch may be off, degrees: the lines' own errors, or what leaving any one line out changes."""
    error = np.radians(_EDGE_ERROR_DEG + _END_ERROR_DEG_PX / length)
    design, lean = np.stack([np.ones_like(across), across], axis=1) / error[:, None], lean_rad / error
    normal = design.T @ design + 1e-9 * np.eye(2)
    without = normal - design[:, :, None] * design[:, None, :] + 1e-9 * np.eye(2)
    right = (design.T @ lean) - design * lean[:, None]
    change = np.linalg.solve(without, right[:, :, None])[:, :, 0] - np.linalg.solve(normal, design.T @ lean)
    worst = np.maximum(np.abs(change).max(axis=0) / 2, np.sqrt(np.diag(np.linalg.inv(normal))))
    return float(np.degrees(worst[0])), float(np.degrees(worst[1]))


def _one_per_edge(lines: FloatArray) -> FloatArray:
    """The longest of those that lie on each other in several pictures or on both sides of a narrow bar."""
    order = np.argsort(-np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=1), kind="stable")
    kept: list[FloatArray] = []
    for line in lines[order]:
        line = line if line[1] < line[3] else line[[2, 3, 0, 1]]
        if all(np.abs(line[[0, 2]] - other[[0, 2]]).max() > 3.0 or _apart(line, other) for other in kept):
            kept.append(line)
    return np.array(kept).reshape(-1, 4)


def _apart(a: FloatArray, b: FloatArray) -> bool:
    """One lies wholly above the other."""
    return bool(a[3] < b[1] or b[3] < a[1])


def _off_deg(planes: FloatArray, rays: FloatArray, vertical: FloatArray) -> FloatArray:
    """(K,) angle in the picture between each line and the upright through its middle."""
    upright = vertical[:2] - rays[:, :2] * vertical[2]
    along = np.stack([planes[:, 1], -planes[:, 0]], axis=1)
    cross = upright[:, 0] * along[:, 1] - upright[:, 1] * along[:, 0]
    return np.asarray(np.degrees(np.abs(np.arctan2(cross, np.abs(np.sum(upright * along, axis=1))))))


def _consensus(planes: FloatArray, rays: FloatArray, length: FloatArray) -> FloatArray:
    rng = np.random.default_rng(0)
    best, vertical = -1.0, np.array([0.0, -1.0, 0.0])
    for _ in range(_TRIES):
        i, j = rng.choice(len(planes), 2, replace=False, p=length / length.sum())
        up = np.cross(planes[i], planes[j])
        size = np.linalg.norm(up)
        if size < 1e-9 or abs(up[1]) < np.cos(np.radians(2 * _MOST_LEAN_DEG)) * size:
            continue
        up = up / size * -np.sign(up[1])
        support = float(length[_off_deg(planes, rays, up) < _AGREE_DEG].sum())
        if support > best:
            best, vertical = support, up
    return vertical
