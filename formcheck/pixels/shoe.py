"""A shoe seen from the side, learnt where it stands flat and found again, moved and turned, in other frames.

The shoe is stiff, the camera stands still, and what is behind the shoe is known from frames in which it is elsewhere.
So a place of the shoe foretells a picture: its own colours inside its outline, the background beside it. The place and
turn whose foretelling fits best is taken; which landmark the pose model calls the heel does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.types import FloatArray

Rgb = NDArray[np.uint8]
Grid = NDArray[np.float32]

_AHEAD, _ABOVE, _BELOW = 1.05, 0.75, 0.45
"""How far the picture of a standing shoe reaches from the middle of heel and toe point, in their distance."""
_ALIGN_ROUNDS = 3
_ALIGN_STEPS = (3.0, 1.0, 0.5)
_LEAST_CONTRAST, _SHARE_OF_CONTRAST, _NOISE_TIMES = 8.0, 0.25, 3.0
"""A point is the shoe's where it differs from the background by more: grey levels, all three colours added."""
_LENGTHS = (1.0, 2.0)
"""What a whole shoe measures, in distances of heel and toe landmark; less is a dark shoe half lost on a dark belt."""
_RING = 0.10
_POINTS = 350
_RING_WEIGHT = 0.7
_USUAL_PX = 64.0
_STEPS = ((3.0, 5.0), (1.5, 2.5), (0.75, 1.25), (0.4, 0.6))
"""Pixels (of a shoe 64 px long) and degrees by which a place is varied, coarse to fine."""
_WIDE = (6.0, 12.0)
_MOST_MOVES = 4
_STAR = np.array([[i, j, k] for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)], dtype=float)
_BLUR_PX = 2.0


@dataclass(frozen=True)
class Cut:
    """A part of a frame and the same part of the background; `origin_px` is its upper left corner in the frame."""

    rgb: Rgb
    background: Rgb
    origin_px: tuple[int, int]


@dataclass(frozen=True)
class Shoe:
    """How a shoe looks that stands flat, its toes to the right.

    inside_px, ring_px : (K, 2), (R, 2) points of the shoe and beside it: ahead of the middle of its sole, and down.
    colours : (K, 3). length_px : of the shoe. heel_px, ball_px : of the sole's rear end and ball, ahead of its middle.
    """

    inside_px: FloatArray
    colours: FloatArray
    ring_px: FloatArray
    length_px: float
    noise: float
    cap: float


def cut(rgb: Rgb, background: Rgb, middle_px: FloatArray, reach_px: float) -> Cut | None:
    """A square part about a point; None where it does not lie in the picture."""
    height, width = rgb.shape[:2]
    low = np.maximum(np.floor(middle_px - reach_px).astype(int), 0)
    high = np.minimum(np.ceil(middle_px + reach_px).astype(int) + 1, (width, height))
    if (high - low < reach_px).any():
        return None
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    return Cut(np.ascontiguousarray(rgb[part]), np.ascontiguousarray(background[part]), (int(low[0]), int(low[1])))


def learn_shoe(
    cuts: Sequence[Cut], middles_px: FloatArray, ankle_px: FloatArray, scale_px: float, facing_x: int
) -> tuple[Shoe, FloatArray] | None:
    """The shoe from frames in which it stands flat, and the (F, 2) middle of its sole in each; None if it is not seen.

    1. Parts about the middle of heel and toe are laid over each other by their best fit.
    2. Their median is the shoe, wherever it differs from the median background and lies below the ankle.

    Parameters
    ----------
    middles_px : (F, 2) middle of heel and toe landmark in each frame.
    ankle_px : (2,) of the ankle from that middle, towards the toes and down.
    scale_px : distance of heel and toe landmark.
    """
    across = np.arange(-int(_AHEAD * scale_px), int(_AHEAD * scale_px) + 1)
    down = np.arange(-int(_ABOVE * scale_px), int(_BELOW * scale_px) + 1)
    x, y = np.meshgrid(across.astype(float), down.astype(float))
    core = (np.abs(x) < 0.75 * scale_px) & (y > ankle_px[1]) & (y < 0.35 * scale_px)
    shifts = np.zeros((len(cuts), 2))

    def seen(k: int, *, background: bool = False) -> Grid:
        source = cuts[k].background if background else cuts[k].rgb
        place = middles_px[k] - cuts[k].origin_px
        return _sample(source, facing_x * (x + shifts[k, 0]) + place[0], y + shifts[k, 1] + place[1])

    for _ in range(_ALIGN_ROUNDS):
        mean = np.median([seen(k) for k in range(len(cuts))], axis=0)
        for k in range(len(cuts)):
            place = middles_px[k] - cuts[k].origin_px
            shifts[k] = _aligned(cuts[k].rgb, mean[core], x[core], y[core], shifts[k], place, facing_x)
    pictures = np.stack([seen(k) for k in range(len(cuts))])
    differences = pictures - np.stack([seen(k, background=True) for k in range(len(cuts))])
    noise = float(np.median(np.abs(differences).sum(axis=-1)))
    contrast = np.abs(np.median(differences, axis=0)).sum(axis=-1)
    shoe = _outlined(np.median(pictures, axis=0), contrast, noise, x, y, ankle_px[1], scale_px)
    if shoe is None:
        return None
    found, middle = shoe
    return found, middles_px + (shifts + middle) * (facing_x, 1)


def _aligned(
    rgb: Rgb, colours: FloatArray, x: FloatArray, y: FloatArray, start: FloatArray, place: FloatArray, facing_x: int
) -> FloatArray:
    """(2,) shift at which a picture shows these colours best at points (x, y) about a place."""
    best = start
    for step in _ALIGN_STEPS:
        shifts = best + step * np.array([(i, j) for i in range(-2, 3) for j in range(-2, 3)], dtype=float)
        xs = facing_x * (x + shifts[:, :1]) + place[0]
        off = np.abs(_sample(rgb, xs, y + shifts[:, 1:] + place[1]) - colours).sum(axis=-1)
        best = shifts[int(np.argmin(np.minimum(off, 150.0).mean(axis=1)))]
    return best


def _outlined(
    picture: FloatArray,
    contrast: FloatArray,
    noise: float,
    x: FloatArray,
    y: FloatArray,
    ankle_y: float,
    scale_px: float,
) -> tuple[Shoe, FloatArray] | None:
    """The shoe in its median picture, and the middle of its sole there; None where it does not stand out."""
    below_ankle = y > ankle_y
    peak = float(np.percentile(contrast[below_ankle & (np.abs(x) < 0.6 * scale_px)], 90))
    limit = max(_NOISE_TIMES * float(np.median(contrast)), _SHARE_OF_CONTRAST * peak, _LEAST_CONTRAST)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(((contrast > limit) & below_ankle).astype(np.uint8))
    if count < 2:
        return None
    mask = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    rear, front = np.percentile(x[mask], [1, 99])
    lowest = np.where(mask, y, -np.inf).max(axis=0)
    under = (x[0] > rear + 0.15 * (front - rear)) & (x[0] < rear + 0.8 * (front - rear)) & np.isfinite(lowest)
    if not under.any() or not _LENGTHS[0] < (front - rear) / scale_px < _LENGTHS[1]:
        return None
    middle = np.array([0.5 * (rear + front), float(np.median(lowest[under]))])
    size = 2 * int(_RING * scale_px) + 1
    grown = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
    ring = grown & ~mask & (y > ankle_y + 0.05 * scale_px)
    every = max(1, round(float(np.sqrt(mask.sum() / _POINTS))))
    some = ((x % every) == 0) & ((y % every) == 0)

    def points(part: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(np.stack([x[part & some], y[part & some]], axis=1) - middle)

    shoe = Shoe(points(mask), picture[mask & some], points(ring), float(front - rear), noise, max(1.2 * peak, 20.0))
    return shoe, middle


class Finder:
    """Finds a shoe in one cut, again and again from other starts."""

    def __init__(self, shoe: Shoe, facing_x: int, part: Cut) -> None:
        self._shoe, self._facing_x, self._origin = shoe, facing_x, part.origin_px
        pair = (part.rgb, part.background)
        soft = tuple(cv2.GaussianBlur(image, (0, 0), _BLUR_PX) for image in pair)
        self._levels: list[tuple[Rgb, Grid]] = [
            (np.asarray(a, np.uint8), np.asarray(np.abs(a.astype(np.float32) - b).sum(axis=-1), np.float32))
            for a, b in (soft, pair)
        ]

    def find(self, start: FloatArray, *, wide: bool = False) -> tuple[FloatArray, float]:
        """Middle of the sole (x, y) px and turn (toes up, degrees) that fit best near a start, and their misfit.

        wide : the start may be far off.
        """
        scale = self._shoe.length_px / _USUAL_PX
        best = np.array(start, dtype=float)
        misfit = 1.0
        for level, (step_px, step_deg) in enumerate((_WIDE, *_STEPS) if wide else _STEPS, start=0 if wide else 1):
            star = _STAR * [step_px * scale, step_px * scale, step_deg]
            for _ in range(_MOST_MOVES):
                costs = self.misfit(best + star, blurred=level < 2)
                k = int(np.argmin(costs))
                best, misfit = best + star[k], float(costs[k])
                if not star[k].any():
                    break
        return self._refined(best, np.array([0.5 * scale, 0.5 * scale, 0.8])), misfit

    def _refined(self, place: FloatArray, step: FloatArray) -> FloatArray:
        """The place moved to the vertex of a parabola in each direction."""
        sides = np.concatenate([[place], place - np.diag(step), place + np.diag(step)])
        costs = self.misfit(sides)
        middle, low, high = costs[0], costs[1:4], costs[4:]
        bend = low - 2 * middle + high
        shift = np.where(bend > 1e-9, 0.5 * (low - high) / np.maximum(bend, 1e-9), 0.0)
        return place + np.clip(shift, -0.5, 0.5) * step

    def misfit(self, places: FloatArray, *, blurred: bool = False) -> FloatArray:
        """(P,) how badly the picture foretold by each of the (P, 3) places fits: 0 perfectly, 1 and more not at all."""
        rgb, away = self._levels[0 if blurred else 1]
        shoe = self._shoe
        inside = _sample(rgb, *self._in_cut(shoe.inside_px, places))
        off = np.minimum(np.abs(inside - shoe.colours.astype(np.float32)).sum(axis=-1), shoe.cap).mean(axis=1)
        beside = _sample(away, *self._in_cut(shoe.ring_px, places))
        strange = np.clip(beside - 2 * shoe.noise, 0, shoe.cap).mean(axis=1)
        return np.asarray((off + _RING_WEIGHT * strange) / shoe.cap, dtype=float)

    def _in_cut(self, points_px: FloatArray, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        turn = np.radians(places[:, 2:])
        ahead = np.cos(turn) * points_px[:, 0] + np.sin(turn) * points_px[:, 1]
        down = -np.sin(turn) * points_px[:, 0] + np.cos(turn) * points_px[:, 1]
        x = self._facing_x * ahead + places[:, :1] - self._origin[0]
        return x, down + places[:, 1:2] - self._origin[1]


def _sample(image: NDArray[np.uint8] | Grid, x: FloatArray, y: FloatArray) -> Grid:
    """Image at places between pixels, edges carried on."""
    out = cv2.remap(
        image, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, dtype=np.float32)
