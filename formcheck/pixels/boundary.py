"""The line between what lies above and what lies below the waistband, in one patch.

Steps: 1. one number a cell, 0 for the colours above and 1 for those below. 2. A coarse straight line: over all tilts
and heights the strongest step between two strips. 3. In every column the place of the step, to a fraction of a cell.
4. A robust curve through these: a tilted line and an arc, since a waistband seen from higher or lower is a piece of an
ellipse. 5. The body's two edges beside the line; the tilt is the curve's slope midway between them, so that an arc of
which one end is hidden does not read as a tilt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formcheck.pixels.edges import Body, Middle, body_middle
from formcheck.pixels.patch import CELLS, COLUMNS, PLACES, ROWS, WAIST_ROW, Mask, Patch, Picture
from formcheck.types import FloatArray

_TILTS_DEG = np.arange(-36.0, 36.1, 4.0)
_STRIP = round(0.09 * CELLS)
_WINDOW = round(0.11 * CELLS)
_NEAR = 7
_GAP = 3
_COARSE_HALF = round(0.20 * CELLS)
_UNLIKE = 16.0
"""Squared Mahalanobis distance from which a colour is neither that above nor that below nor a mixture."""
_LEAST_COLUMNS = 8
_REACH = 0.90
"""Share of the body's half width in which the line is followed: at its edges the cloth turns away."""


@dataclass(frozen=True)
class Shades:
    """One number for a colour: `(lab @ direction) - offset` is 0 above the line and 1 below it.

    `difference` of the two colours in Lab and their `separation` in standard deviations; `colours` (2, 3) above and
    below, with the inverse of the covariance within each, `precision` (3, 3).
    """

    direction: FloatArray
    offset: float
    difference: float
    separation: float
    colours: FloatArray
    precision: FloatArray

    def clear(self, patch: Patch) -> Mask:
        """(ROWS, COLUMNS) cells inside the picture that no limb hides: it would show by another colour."""
        hidden = patch.limbs.copy()
        lab = patch.lab[patch.limbs]
        share = np.clip(self.score(lab), 0.0, 1.0)[:, None]
        off = lab - (self.colours[0] + share * (self.colours[1] - self.colours[0]))
        hidden[patch.limbs] = np.einsum("ni,ni->n", off @ self.precision, off) > _UNLIKE
        return patch.inside & ~hidden & ~patch.thighs

    def score(self, lab: Picture) -> FloatArray:
        """(...,) of colours (..., 3), cut off where a colour is neither."""
        return np.asarray(np.clip(lab @ self.direction - self.offset, -0.6, 1.6), dtype=float)


@dataclass(frozen=True)
class Prior:
    """What the clip as a whole says of the line, in trunk lengths.

    `height` of the line over the patch's middle and its spread, half the arc's curvature and its spread, and where
    the body is across.
    """

    height: float = 0.0
    height_spread: float = 0.15
    bow: float = 0.0
    bow_spread: float = 1.0
    body: Body = field(default_factory=Body)


@dataclass(frozen=True)
class Boundary:
    """The line in one patch.

    Attributes
    ----------
    tilt_deg : positive where the image-right end is lower.
    tilt_error_deg : its standard error, from the scatter of the columns and from not knowing the body's middle well.
    height : of the line at the body's middle, over the patch's middle, trunk lengths.
    middle : where the body's middle was found.
    bow : half the arc's curvature, per trunk length; negative where the arc hangs down in the middle.
    coverage : share of the body's width that shows the step on this line.
    rows : (COLUMNS,) the curve, in rows.
    """

    tilt_deg: float
    tilt_error_deg: float
    height: float
    middle: Middle
    bow: float
    coverage: float
    rows: FloatArray


def find_boundary(patch: Patch, shades: Shades, prior: Prior) -> Boundary | None:
    """Find the line in a patch; None where too few columns show it."""
    score, clear = shades.score(patch.lab), shades.clear(patch).astype(float)
    rows = _coarse_line(score, clear, prior)
    middle = Middle(prior.body.middle, prior.body.middle_spread, 2 * prior.body.half_width, 0)
    curve: _Curve | None = None
    for _ in range(2):
        step, valid = _steps(score, clear, rows)
        near = valid & (np.abs(step - rows) < 0.07 * CELLS)
        curve = _fit(step, near & _within(middle, prior), prior)
        if curve is None:
            return None
        rows = curve.rows
        middle = body_middle(patch, rows, shades.precision, prior.body)
    return _boundary(curve, middle, prior) if curve is not None else None


def _within(middle: Middle, prior: Prior) -> Mask:
    return np.asarray(np.abs(PLACES - middle.place) <= _REACH * prior.body.half_width)


def _coarse_line(score: FloatArray, clear: FloatArray, prior: Prior) -> FloatArray:
    """(COLUMNS,) rows of the straight line with the strongest step between the strips above and below it."""
    centre = round(COLUMNS / 2 + prior.body.middle * CELLS)
    columns = slice(max(centre - _COARSE_HALF, 0), min(centre + _COARSE_HALF, COLUMNS), 2)
    slopes = np.tan(np.radians(_TILTS_DEG))
    clear = clear[:, columns]
    value, weight = _sheared(score[:, columns] * clear, clear, columns, centre)
    row = np.arange(_STRIP, ROWS - _STRIP)
    (above, n_above), (below, n_below) = (
        [a[:, row + k] - a[:, row + k - _STRIP] for a in (value, weight)] for k in (0, _STRIP)
    )
    seen = np.minimum(n_above, n_below) > 0.25 * _STRIP * clear.shape[1]
    contrast = below / np.maximum(n_below, 1) - above / np.maximum(n_above, 1)
    height = (WAIST_ROW - row) / CELLS
    near = np.exp(-0.5 * ((height - prior.height) / (2.5 * prior.height_spread + 0.03)) ** 2)
    near = near * np.exp(-0.5 * (_TILTS_DEG[:, None] / 35.0) ** 2)
    best, at = np.unravel_index(int(np.argmax(np.where(seen, contrast, -1.0) * near)), contrast.shape)
    return np.asarray(row[at] + slopes[best] * (np.arange(COLUMNS) + 0.5 - centre))


def _sheared(one: FloatArray, other: FloatArray, columns: slice, centre: int) -> tuple[FloatArray, FloatArray]:
    """Running sums (T, ROWS + 1) down the rows of two pictures (ROWS, columns) sheared by each tilt.

    As complex numbers both are picked at once, which takes half the time.
    """
    cells = np.zeros((ROWS + 2, one.shape[1]), dtype=complex)
    cells[1:-1].real, cells[1:-1].imag = one, other
    sums = np.zeros((len(_TILTS_DEG), ROWS + 1), dtype=complex)
    np.cumsum(cells.ravel()[_shear(columns.start, columns.stop, centre)].sum(axis=2), axis=1, out=sums[:, 1:])
    return sums.real, sums.imag


@lru_cache(maxsize=8)
def _shear(start: int, stop: int, centre: int) -> NDArray[np.intp]:
    """(T, ROWS, columns) of each sheared row's cells, row by row, in a picture with an empty row at each end."""
    columns = np.arange(start, stop, 2)
    shift = np.rint(np.tan(np.radians(_TILTS_DEG))[:, None] * (columns - centre)).astype(int)
    rows = np.clip(np.arange(ROWS)[None, :, None] + shift[:, None, :], -1, ROWS) + 1
    return np.asarray(rows * len(columns) + np.arange(len(columns)))


def _steps(score: FloatArray, clear: FloatArray, rows: FloatArray) -> tuple[FloatArray, Mask]:
    """Row of the step in every column near `rows`, and whether there is a clear one (both (COLUMNS,)).

    The split that leaves least unlike 0 above and 1 below, then the share of "above" in the cells about it.
    """
    columns = np.arange(COLUMNS)
    first = np.clip(np.rint(rows).astype(int) - _WINDOW, 0, ROWS - 2 * _WINDOW)
    index = first + np.arange(2 * _WINDOW)[:, None]
    z, m = score[index, columns], clear[index, columns]
    gain = np.cumsum(m * (2 * z - 1), axis=0)
    split = np.clip(np.argmin(gain, axis=0) + 1, _NEAR, 2 * _WINDOW - _NEAR)
    around = split + np.arange(-_NEAR, _NEAR)[:, None]
    z, m = z[around, columns], m[around, columns]
    high, low = z[: _NEAR - _GAP].mean(axis=0), z[_NEAR + _GAP :].mean(axis=0)
    height = low - high
    share = np.clip((low - z) / np.where(np.abs(height) > 0.1, height, np.nan), -0.5, 1.5)
    step = first + split - _NEAR + share.sum(axis=0)
    valid = (np.abs(high) < 0.4) & (np.abs(low - 1) < 0.4) & (height > 0.5) & (m.mean(axis=0) > 0.8)
    return step, np.asarray(valid & np.isfinite(step))


@dataclass(frozen=True)
class _Curve:
    """row / CELLS = theta @ (1, x, x²); `covariance` (3, 3) of theta, `weight` the number of columns that agree."""

    theta: FloatArray
    covariance: FloatArray
    weight: float

    @property
    def rows(self) -> FloatArray:
        return np.asarray(CELLS * (self.theta @ np.stack([np.ones(COLUMNS), PLACES, PLACES**2])))


def _fit(step: FloatArray, use: Mask, prior: Prior) -> _Curve | None:
    """Robust parabola through the steps (Tukey's weights), its curvature held near what the clip shows."""
    if use.sum() < _LEAST_COLUMNS:
        return None
    x, y = PLACES[use], step[use] / CELLS
    design = np.stack([np.ones_like(x), x, x**2], axis=1)
    ridge = np.diag([0.0, 0.0, (0.006 / prior.bow_spread) ** 2]) + 1e-9 * np.eye(3)
    wanted = ridge @ np.array([0.0, 0.0, prior.bow])
    weight, sigma, theta = np.ones(len(x)), 0.0, np.zeros(3)
    normal = ridge
    for _ in range(8):
        normal = design.T @ (weight[:, None] * design) + ridge
        theta = np.linalg.solve(normal, design.T @ (weight * y) + wanted)
        off = y - design @ theta
        sigma = max(1.4826 * _median(np.abs(off)), 0.0025)
        weight = np.clip(1 - (off / (4.0 * sigma)) ** 2, 0, None) ** 2
    return _Curve(theta, _TOGETHER * sigma**2 * np.linalg.inv(normal), float(weight.sum()))


def _median(values: FloatArray) -> float:
    """`np.median` of a few numbers, none of them NaN, without its checks."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else 0.5 * (ordered[half - 1] + ordered[half]))


_TOGETHER = 6.0
"""Neighbouring columns go astray together: this many count as one."""


def _boundary(curve: _Curve, middle: Middle, prior: Prior) -> Boundary:
    a, b, c = curve.theta
    slope = b + 2 * c * middle.place
    across = np.array([0.0, 1.0, 2 * middle.place])
    variance = across @ curve.covariance @ across + (2 * c * middle.error) ** 2
    return Boundary(
        tilt_deg=float(np.degrees(np.arctan(slope))),
        tilt_error_deg=float(np.degrees(np.sqrt(variance))),
        height=float(WAIST_ROW / CELLS - (a + b * middle.place + c * middle.place**2)),
        middle=middle,
        bow=float(c),
        coverage=float(curve.weight / (2 * _REACH * prior.body.half_width * CELLS)),
        rows=curve.rows,
    )
