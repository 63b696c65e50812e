"""The small picture of the waist that everything about the pelvis is measured in.

Its cells are square and tied to the athlete's own size, so that a phone near by and one far off give the same picture:
`scale_px` is the length of the trunk in the clip, and the patch reaches `HALF_WIDTH` trunk lengths to each side of the
waist, `ABOVE` over it and `BELOW` under it. Rows run down as in the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import side_landmark
from formcheck.types import SIDES, FloatArray, PoseSequence

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

CELLS = 120
"""Cells in one trunk length."""
HALF_WIDTH, ABOVE, BELOW = 0.42, 0.42, 0.50
COLUMNS, ROWS = 2 * round(HALF_WIDTH * CELLS), round((ABOVE + BELOW) * CELLS)
WAIST_ROW = round(ABOVE * CELLS)
PLACES = (np.arange(COLUMNS) + 0.5 - COLUMNS / 2) / CELLS
"""(COLUMNS,) middles of the columns, in trunk lengths from the patch's middle."""
WAIST_SHARE = 0.2
"""Where the waist is looked for: this share of the way from mid-hips to mid-shoulders."""
_FOREARM, _HAND, _THIGH = 0.11, 0.13, 0.22
"""Half widths of what may be before the waist, in trunk lengths."""
_RAISED = 0.30
"""A thigh is raised when its knee is less than this below the hip, in trunk lengths."""


@dataclass(frozen=True)
class Patch:
    """The waist of one frame.

    Attributes
    ----------
    lab : (ROWS, COLUMNS, 3) CIE Lab, L 0 to 100.
    inside : (ROWS, COLUMNS) inside the picture.
    limbs : (ROWS, COLUMNS) where a forearm or a hand may be, before or behind the waist.
    thighs : (ROWS, COLUMNS) where a thigh raised to the level is before it, in the very colour of the shorts.
    centre_px : (2,) where cell (WAIST_ROW, COLUMNS / 2), counted at cell corners, lies in the image.
    cell_px : side of a cell.
    """

    lab: Picture
    inside: Mask
    limbs: Mask
    thighs: Mask
    centre_px: FloatArray
    cell_px: float

    def to_image(self, column: float, row: float) -> tuple[float, float]:
        """Pixels of a place in the patch."""
        x = self.centre_px[0] + (column - COLUMNS / 2) * self.cell_px
        return float(x), float(self.centre_px[1] + (row - WAIST_ROW) * self.cell_px)


def trunk_scale_px(pose: PoseSequence) -> float:
    """Length of the athlete's upright trunk in the image: the upper quartile over the clip; NaN where never seen."""
    length = np.linalg.norm(pose.midpoint("shoulder") - pose.midpoint("hip"), axis=1)
    length = length[np.isfinite(length)]
    return float(np.quantile(length, 0.75)) if length.size else float("nan")


def waist_px(xy_px: FloatArray) -> FloatArray:
    """(..., 2) where the waist is expected, from landmarks (..., 33, 2)."""
    hips, shoulders = (
        0.5 * sum(xy_px[..., side_landmark(joint, side), :] for side in SIDES) for joint in ("hip", "shoulder")
    )
    return np.asarray((1 - WAIST_SHARE) * hips + WAIST_SHARE * shoulders)


def cut_patch(rgb: NDArray[np.uint8], xy_px: FloatArray, scale_px: float) -> Patch | None:
    """The patch of a frame; None where hips or shoulders are missing or the waist lies outside the picture."""
    centre = waist_px(xy_px)
    cell = scale_px / CELLS
    height, width = rgb.shape[:2]
    if not (np.isfinite(centre).all() and 0 <= centre[0] < width and 0 <= centre[1] < height and cell > 0):
        return None
    matrix = np.array(
        [[cell, 0, centre[0] - cell * (COLUMNS - 1) / 2 - 0.5], [0, cell, centre[1] - cell * (WAIST_ROW - 0.5) - 0.5]]
    )
    cells, inside = _sampled(rgb, matrix, cell)
    lab = np.asarray(cv2.cvtColor(cells, cv2.COLOR_RGB2LAB), np.float32)
    return Patch(lab, inside, *_limbs(xy_px, centre, cell), centre, cell)


def _sampled(rgb: NDArray[np.uint8], matrix: FloatArray, cell_px: float) -> tuple[Picture, Mask]:
    """(ROWS, COLUMNS, 3) red, green, blue 0 to 1, and whether the cell lies inside the picture."""
    fine = max(1, round(cell_px))
    grid = matrix.copy()
    grid[:, :2] /= fine
    grid[:, 2] += (0.5 / fine - 0.5) * cell_px
    size = (COLUMNS * fine, ROWS * fine)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    whole = cv2.warpAffine(rgb, grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if fine > 1:
        whole = cv2.resize(whole, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    column = matrix[0, 2] + matrix[0, 0] * np.arange(COLUMNS)
    row = matrix[1, 2] + matrix[1, 1] * np.arange(ROWS)
    inside = ((column >= 0) & (column < rgb.shape[1]))[None, :] & ((row >= 0) & (row < rgb.shape[0]))[:, None]
    return whole.astype(np.float32) / 255.0, inside


def _limbs(xy_px: FloatArray, centre_px: FloatArray, cell_px: float) -> tuple[Mask, Mask]:
    """Where forearms and hands, and where raised thighs may be, (ROWS, COLUMNS) each."""
    to_cells = (xy_px - centre_px) / cell_px + [COLUMNS / 2, WAIST_ROW]
    arms, thighs = np.zeros((2, ROWS, COLUMNS), np.uint8)
    for side in SIDES:
        elbow, wrist, index, hip, knee = (
            to_cells[side_landmark(joint, side)] for joint in ("elbow", "wrist", "index", "hip", "knee")
        )
        _capsule(arms, elbow, wrist, _FOREARM)
        _capsule(arms, wrist, wrist + 1.3 * (index - wrist), _HAND)
        if knee[1] - hip[1] < _RAISED * CELLS:
            _capsule(thighs, hip + 0.5 * (knee - hip), knee, _THIGH)
    return np.asarray(arms > 0), np.asarray(thighs > 0)


def _capsule(canvas: NDArray[np.uint8], start: FloatArray, end: FloatArray, reach: float) -> None:
    """Draw a thick line between two places (column, row)."""
    ends = np.stack([start, end])
    if np.isfinite(ends).all() and np.abs(ends).max() < 20 * CELLS:
        a, b = np.rint(ends).astype(int)
        cv2.line(canvas, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), (1,), max(1, round(2 * reach * CELLS)))
