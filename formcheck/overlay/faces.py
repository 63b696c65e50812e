"""The athlete's face made unrecognisable, from the landmarks; where they are lost, more is covered and never less.

1. Where points of the face were found, they are covered with a margin; so is where the face was and will be around that
   moment, which bridges a point that jumps.
2. Where the face points are missing or lie where no head can be, the room above the shoulders is covered.
3. Where neither was found, the head is expected between where it was last and where it is next, in a circle that
   grows with the time since.
4. After `LOST_S` without either, the head may be anywhere: the whole picture is covered.

Other people are not tracked, so their faces stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter

from formcheck.landmarks import Landmark
from formcheck.overlay.canvas import Planes
from formcheck.overlay.text import Image8
from formcheck.types import FloatArray, Frame, PoseSequence

LOST_S: Final = 0.5
"""So long a head that is not found is covered where it is expected; after that the whole picture is."""
_FACE: Final = np.arange(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1)
_AROUND_S: Final = 0.2
_HEAD: Final = 0.36
"""Radius that covers a head from the points of its face, in trunk lengths (shoulders to hips, about half a metre)."""
_ABOVE: Final = (0.42, 0.55)
"""Where the head must be above the shoulders, and the radius that holds it also when the trunk leans."""
_ENOUGH: Final = 5
_REACH: Final = (0.12, 1.0)
"""A face nearer to the middle of the shoulders, or further from it, is none."""
_SPEED: Final = 3.0
"""No head moves faster than so many trunk lengths a second."""
_CELLS: Final = 5
"""A circle is painted over with so few patches of one colour across that no feature of a face is left."""
_WHOLE_CELLS: Final = 24

Circle = tuple[float, float, float]
"""Middle x, y and radius in pixels."""


@dataclass(frozen=True)
class HeadTrack:
    """What has to be covered in every frame: circles, or everything."""

    circles: tuple[tuple[Circle, ...], ...]
    everywhere: tuple[bool, ...]


@dataclass(frozen=True)
class Cover:
    """What has to be covered in one frame: circles, or everything."""

    circles: tuple[Circle, ...]
    everywhere: bool

    def of(self, image: Image8, *, offset_px: tuple[float, float] = (0.0, 0.0), half: bool = False) -> Image8:
        """A new image of the frame, or of the part of it that begins at `offset_px`, without a face.

        half : the image has a pixel for two by two of the frame's, as the colours of a film have.
        """
        if self.everywhere:
            return _in_patches(image, _WHOLE_CELLS)
        (x, y), size, more = offset_px, 0.5 if half else 1.0, 1.0 if half else 0.0
        circles = [((cx - x) * size, (cy - y) * size, radius * size + more) for cx, cy, radius in self.circles]
        return covered(image, circles)


class FaceBlur:
    """Covers the face in the frames of one clip; called with a frame, gives a new one."""

    def __init__(self, pose: PoseSequence) -> None:
        self._track = head_track(pose)

    def __call__(self, frame: Frame) -> Frame:
        """The frame without a face."""
        index = min(frame.index, len(self._track.circles) - 1)
        return replace(frame, rgb=self.cover(index).of(frame.rgb))

    def cover(self, index: int) -> Cover:
        """What has to be covered in a frame."""
        return Cover(self._track.circles[index], self._track.everywhere[index])


def hide_face(planes: Planes, cover: Cover) -> None:
    """Make a face unrecognisable in a film's picture, which is changed."""
    for number, plane in enumerate(planes):
        plane[...] = cover.of(plane, half=number > 0)


def covered(rgb: Image8, circles: Sequence[Circle]) -> Image8:
    """A new picture with patches of one colour in place of what the circles hold."""
    canvas = rgb.copy()
    for x, y, radius in circles:
        left, top = (max(0, int(v - radius)) for v in (x, y))
        right, bottom = int(x + radius) + 2, int(y + radius) + 2
        part = canvas[top:bottom, left:right]
        if not part.size:
            continue
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.circle(mask, (round(x) - left, round(y) - top), round(radius), (1,), -1)
        cv2.copyTo(_in_patches(np.ascontiguousarray(part), _CELLS), mask, part)
    return canvas


def _in_patches(rgb: Image8, cells: int) -> Image8:
    """A picture averaged to `cells` patches along its longer side, softly drawn at its own size."""
    height, width = rgb.shape[:2]
    share = cells / max(height, width)
    few = cv2.resize(rgb, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def head_track(pose: PoseSequence) -> HeadTrack:
    """What has to be covered in each frame so that no face shows; see the module's text for the steps."""
    n = len(pose)
    trunk_px = _trunk_px(pose)
    if not np.isfinite(trunk_px).any():
        return HeadTrack(((),) * n, (True,) * n)
    shoulders, up = pose.midpoint("shoulder"), _up(pose)
    face, spread_px, few = _face(pose)
    face_px = np.maximum(np.where(few, _ABOVE[1], _HEAD) * trunk_px, 1.7 * np.nan_to_num(spread_px))
    above = np.concatenate([shoulders + _ABOVE[0] * trunk_px[:, None] * up, (_ABOVE[1] * trunk_px)[:, None]], axis=1)
    away = np.linalg.norm(face - shoulders, axis=1) / trunk_px
    believed = np.isfinite(face[:, 0]) & ~(away < _REACH[0]) & ~(away > _REACH[1])
    found = np.concatenate([face, face_px[:, None]], axis=1)
    calm = _calmed(pose, np.where(believed[:, None], found, np.nan))
    best = np.where(believed[:, None], found, above)
    expected, lost = _expected(pose.time_s, best, trunk_px)
    layers = (found, calm, np.where(believed[:, None], np.nan, above), expected)
    rows = np.stack(layers, axis=1)
    circles = tuple(tuple((x, y, r) for x, y, r in row.tolist() if x == x and y == y) for row in rows)
    return HeadTrack(circles, tuple(lost.tolist()))


def _trunk_px(pose: PoseSequence) -> FloatArray:
    """(N,) length of the trunk as it stands upright: a lean towards the camera shortens it only in the picture."""
    length = np.linalg.norm(pose.midpoint("shoulder") - pose.midpoint("hip"), axis=1)
    known = np.isfinite(length)
    if not known.any():
        return np.full(len(pose), np.nan)
    filled = np.interp(pose.time_s, pose.time_s[known], length[known])
    window = _frames(pose, 2.0)
    near: FloatArray = maximum_filter1d(median_filter(filled, size=5), size=window)
    return near


def _up(pose: PoseSequence) -> FloatArray:
    """(N, 2) direction from the hips to the shoulders; straight up where the hips are missing."""
    along = pose.midpoint("shoulder") - pose.midpoint("hip")
    length = np.linalg.norm(along, axis=1, keepdims=True)
    return np.where(np.isfinite(length) & (length > 0), along / np.maximum(length, 1e-9), np.array([0.0, -1.0]))


def _face(pose: PoseSequence) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Middle (N, 2) of the face points, their reach (N,) from it, and where (N,) too few tell where the middle is."""
    points = pose.xy_px[:, _FACE]
    seen = np.isfinite(points).all(axis=2)
    low = np.where(seen[..., None], points, np.inf).min(axis=1)
    high = np.where(seen[..., None], points, -np.inf).max(axis=1)
    none = ~seen.any(axis=1)
    low[none] = high[none] = np.nan
    return 0.5 * (low + high), 0.5 * np.linalg.norm(high - low, axis=1), seen.sum(axis=1) < _ENOUGH


def _calmed(pose: PoseSequence, circles: FloatArray) -> FloatArray:
    """(N, 3) circles as they are around each moment (median of what is known), for points that jump in one frame."""
    known = np.isfinite(circles[:, 0])
    if not known.any():
        return circles
    filled = np.column_stack([np.interp(pose.time_s, pose.time_s[known], c[known]) for c in circles.T])
    calm: FloatArray = median_filter(filled, size=(_frames(pose, 2 * _AROUND_S), 1))
    return np.where(_apart_s(pose.time_s, known)[:, None] <= _AROUND_S, calm, np.nan)


def _expected(time_s: FloatArray, circles: FloatArray, trunk_px: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(N, 3) circles where nothing was found, between the last and the next, and (N,) where even that is too old."""
    known = np.isfinite(circles[:, 0])
    if not known.any():
        return circles, np.ones(len(time_s), dtype=bool)
    apart_s = _apart_s(time_s, known)
    between = np.column_stack([np.interp(time_s, time_s[known], c[known]) for c in circles.T])
    between[:, 2] = np.maximum(between[:, 2], _HEAD * trunk_px) + _SPEED * trunk_px * apart_s
    between[known] = np.nan
    return between, apart_s > LOST_S


def _apart_s(time_s: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """(N,) seconds to the nearest frame in which something is known."""
    at = time_s[known]
    after = np.clip(np.searchsorted(at, time_s), 0, len(at) - 1)
    before = np.clip(after - 1, 0, len(at) - 1)
    return np.asarray(np.minimum(np.abs(at[after] - time_s), np.abs(time_s - at[before])))


def _frames(pose: PoseSequence, span_s: float) -> int:
    """An odd number of frames that lasts about `span_s`."""
    return 1 if len(pose) < 2 else 2 * int(0.5 * span_s * pose.fps) + 1
