"""Two round stickers on the pelvis (PSIS behind, ASIS in front, or the waistband): found over the clip, then followed.

Anything may look like a sticker in one frame. A pair counts only when the same two spots, alike in colour and size, at
one height and to both sides of the body's middle, are there in most frames and move with the waist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.pixels.patch import CELLS, COLUMNS, ROWS, WAIST_ROW, Mask, Patch, Picture
from formcheck.types import FloatArray

_RADIUS = (0.012, 0.045)
_APART = (0.12, 0.55)
_LOWEST, _HIGHEST = -0.24, 0.18
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(0.055 * CELLS) + 1,) * 2)
_LEVELS = (12.0, 22.0, 36.0)
"""How far a spot must stand out in L, a or b; the first level at which it is a spot by itself counts."""
_SAME_CELLS = 3.0
_CHROMA, _LIGHT = 28.0, 62.0
"""A sticker is colourful or bright."""
_HUE = np.array([0.4, 1.0, 1.0])
"""Weights of L, a and b: one side of the body may lie in the shade."""
_LIKE = 14.0
_LEAST_SHARE = 0.5
_LEAST_FRAMES = 6
_PLACE_SPREAD = np.array([0.06, 0.05, 0.06])
"""How far separation (as a share), middle and height of the pair may stray, in trunk lengths."""


@dataclass(frozen=True)
class Stickers:
    """What was learnt of the pair.

    Attributes
    ----------
    direction, offset : `(lab @ direction) - offset` is 1 on a sticker and 0 around it.
    colour : (3,) Lab.
    area : of one sticker, cells.
    place : (3,) separation, middle across, height over the patch's middle; trunk lengths.
    share : of the frames looked at that show the pair.
    """

    direction: FloatArray
    offset: float
    colour: FloatArray
    area: float
    place: FloatArray
    share: float


@dataclass(frozen=True)
class StickerPair:
    """The pair in one frame: image-left and image-right (column, row) in the patch, and 0 to 1 how sure."""

    left: FloatArray
    right: FloatArray
    confidence: float

    @property
    def tilt_deg(self) -> float:
        """Positive where the image-right sticker is lower."""
        across, down = self.right - self.left
        return float(np.degrees(np.arctan2(down, across)))


@dataclass(frozen=True)
class _Spot:
    at: FloatArray
    area: float
    colour: FloatArray
    around: FloatArray


def learn_stickers(patches: Sequence[Patch]) -> Stickers | None:
    """Find a pair of stickers over some frames of a clip; None where there is none.

    1. Round spots that stand out, in every frame. 2. Pairs of like spots. 3. The pair that most other frames show too.
    """
    if len(patches) < _LEAST_FRAMES:
        return None
    frames = [_pairs(_spots(p)) for p in patches]
    entries = [(_describe(pair), k, pair) for k, pairs in enumerate(frames) for pair in pairs]
    if not entries:
        return None
    table = np.stack([e[0] for e in entries])
    frame = np.array([e[1] for e in entries])
    alike = (np.abs(table[:, None] - table[None]) / _tolerance()).max(axis=2) < 1
    votes = np.array([len(np.unique(frame[row])) for row in alike])
    best = int(np.argmax(votes))
    if votes[best] < _LEAST_SHARE * len(patches):
        return None
    chosen = [entries[i][2] for i in np.flatnonzero(alike[best])]
    return _summary(chosen, np.median(table[alike[best]], axis=0), votes[best] / len(patches))


def _spots(patch: Patch) -> list[_Spot]:
    """Round spots near the waist, brighter, darker or more colourful than all that is around them.

    The top-hat (a channel less its opening) of each channel, up and down: straight edges and large areas leave nothing.
    """
    rows = slice(round(WAIST_ROW - _HIGHEST * CELLS), round(WAIST_ROW - _LOWEST * CELLS))
    lab = patch.lab[rows]
    spots: list[_Spot] = []
    for channel in cv2.split(lab):
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            height = cv2.morphologyEx(channel, operation, _DISC)
            for level in _LEVELS:
                spots += _round_spots(height > level, lab, rows.start)
    spots.sort(key=lambda s: -s.area)
    kept: list[_Spot] = []
    for spot in spots:
        if all(np.abs(spot.at - other.at).max() > _SAME_CELLS for other in kept):
            kept.append(spot)
    return kept


def _round_spots(mask: Mask, lab: Picture, first_row: int) -> list[_Spot]:
    """Spots of a mask that are round, of a sticker's size, and colourful or bright."""
    n, label, stats, centre = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    spots = []
    for k in range(1, n):
        if not _is_round(stats[k]):
            continue
        here = label == k
        ring = (cv2.dilate(here.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & (
            cv2.dilate(here.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
        )
        colour = lab[here].mean(axis=0).astype(float)
        if colour[0] > _LIGHT or np.hypot(*colour[1:]) > _CHROMA:
            at = centre[k] + [0.5, 0.5 + first_row]
            spots.append(_Spot(at, float(stats[k, 4]), colour, lab[ring].mean(axis=0).astype(float)))
    return spots


def _is_round(stats: NDArray[np.int32]) -> bool:
    """Width, height and filling of a spot are those of a disc of a sticker's size."""
    _, _, width, height, area = (float(v) for v in stats)
    low, high = (np.pi * (r * CELLS) ** 2 for r in _RADIUS)
    return low <= area <= high and 0.5 <= width / height <= 2.0 and area / (width * height) > 0.55


def _pairs(spots: Sequence[_Spot]) -> list[tuple[_Spot, _Spot]]:
    pairs = []
    for pair in combinations(sorted(spots, key=lambda s: s.at[0]), 2):
        left, right = pair
        across, down = (right.at - left.at) / CELLS
        middle = (0.5 * (left.at[0] + right.at[0]) - COLUMNS / 2) / CELLS
        like = np.linalg.norm(_HUE * (left.colour - right.colour)) < _LIKE and 0.5 < left.area / right.area < 2.0
        if like and _APART[0] < across < _APART[1] and abs(down) < 0.6 * across and abs(middle) < 0.12:
            pairs.append(pair)
    return pairs


def _describe(pair: tuple[_Spot, _Spot]) -> FloatArray:
    """(7,) separation, middle, height, log of the area, colour."""
    left, right = pair
    across, down = (right.at - left.at) / CELLS
    middle = 0.5 * (left.at + right.at)
    place = [np.hypot(across, down), (middle[0] - COLUMNS / 2) / CELLS, (WAIST_ROW - middle[1]) / CELLS]
    return np.array([*place, np.log(0.5 * (left.area + right.area)), *(0.5 * (left.colour + right.colour))])


def _tolerance() -> FloatArray:
    return np.array([0.05, 0.06, 0.08, 0.7, 18.0, 14.0, 14.0])


def _summary(pairs: Sequence[tuple[_Spot, _Spot]], typical: FloatArray, share: float) -> Stickers:
    colour = np.median([s.colour for pair in pairs for s in pair], axis=0)
    around = np.median([s.around for pair in pairs for s in pair], axis=0)
    spread = np.cov(np.array([s.colour for pair in pairs for s in pair]).T) + np.diag([36.0, 9.0, 9.0])
    direction = np.linalg.solve(spread, colour - around)
    direction = direction / float(direction @ (colour - around))
    return Stickers(direction, float(direction @ around), colour, float(np.exp(typical[3])), typical[:3], share)


def find_stickers(patch: Patch, stickers: Stickers) -> StickerPair | None:
    """The pair in one frame, to a fraction of a cell; None where it is not there as learnt."""
    score = np.clip(patch.lab @ stickers.direction - stickers.offset, 0.0, 1.2)
    reach = 0.9 * float(np.linalg.norm(stickers.direction) ** -1)
    score = np.where(np.linalg.norm(_HUE * (patch.lab - stickers.colour), axis=2) < max(reach, 25.0), score, 0.0)
    n, _, stats, _ = cv2.connectedComponentsWithStats((score > 0.5).astype(np.uint8), connectivity=4)
    sized = [k for k in range(1, n) if 0.3 < stats[k, 4] / stickers.area < 2.5]
    spots = [(_centroid(score, stats[k]), float(stats[k, 4])) for k in sized]
    best, pair = 9.0, None
    for (a, area_a), (b, area_b) in combinations(sorted(spots, key=lambda s: s[0][0]), 2):
        place = _place(a, b)
        off = (place - stickers.place) / (_PLACE_SPREAD * [2 * stickers.place[0], 1, 1])
        cost = float(off @ off) + np.log(area_a / area_b) ** 2
        if cost < best and abs(b[1] - a[1]) < 0.75 * (b[0] - a[0]):
            best, pair = cost, (a, b)
    return None if pair is None else StickerPair(*pair, confidence=float(np.clip(1.25 - best / 9.0, 0.0, 1.0)))


def _place(left: FloatArray, right: FloatArray) -> FloatArray:
    middle = 0.5 * (left + right)
    apart = float(np.linalg.norm(right - left)) / CELLS
    return np.array([apart, (middle[0] - COLUMNS / 2) / CELLS, (WAIST_ROW - middle[1]) / CELLS])


def _centroid(score: FloatArray, stats: NDArray[np.int32]) -> FloatArray:
    """(2,) column and row of a spot's centre, weighted by how much of each cell it fills."""
    x, y, width, height = (int(v) for v in stats[:4])
    rows, columns = slice(max(y - 1, 0), min(y + height + 1, ROWS)), slice(max(x - 1, 0), min(x + width + 1, COLUMNS))
    weight = np.clip(score[rows, columns] - 0.15, 0.0, 0.85)
    total = float(weight.sum())
    across = weight.sum(axis=0) @ (np.arange(columns.start, columns.stop) + 0.5)
    down = weight.sum(axis=1) @ (np.arange(rows.start, rows.stop) + 0.5)
    return np.array([across, down]) / total
