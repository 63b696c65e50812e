"""Where the body ends to the left and right of the waistband, and so where its middle is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.pixels.patch import CELLS, COLUMNS, PLACES, ROWS, Mask, Patch
from formcheck.types import FloatArray

_STRIP = np.arange(2, 10)
"""Rows beside the line that are looked at."""
_SIDE = 4
_CLEAR_JUMP = 4.0
"""A change of colour across an edge, in standard deviations, that is clear enough; a larger one counts no more."""
_EDGE_ERROR = 0.018


@dataclass(frozen=True)
class Body:
    """Where the body usually is across the patch, in trunk lengths: half its width, its middle, and their spreads."""

    half_width: float = 0.28
    half_width_spread: float = 0.06
    middle: float = 0.0
    middle_spread: float = 0.04


@dataclass(frozen=True)
class Middle:
    """The body's middle across, in trunk lengths from the patch's middle, with its standard error.

    `width` between the two edges, `sides` how many of them were seen (2: both).
    """

    place: float
    error: float
    width: float
    sides: int


def edge_strength(patch: Patch, rows: FloatArray, precision: FloatArray) -> FloatArray:
    """(COLUMNS,) how much the colours beside the line change across each column's left border, 0 to 1."""
    columns = np.arange(COLUMNS)
    at = np.rint(rows).astype(int)
    jump = np.zeros(COLUMNS)
    for strip in (at - 1 - _STRIP[:, None], at + _STRIP[:, None]):
        colour = patch.lab[np.clip(strip, 0, ROWS - 1), columns].mean(axis=0).astype(float)
        sums = np.zeros((COLUMNS + 1, 3))
        np.cumsum(colour, axis=0, out=sums[1:])
        k = np.arange(_SIDE, COLUMNS - _SIDE)
        step = (sums[k + _SIDE] - 2 * sums[k] + sums[k - _SIDE]) / _SIDE
        jump[k] += np.minimum(np.sqrt(np.einsum("ni,ij,nj->n", step, precision, step)), _CLEAR_JUMP)
    return jump / (2 * _CLEAR_JUMP)


def body_middle(patch: Patch, rows: FloatArray, precision: FloatArray, body: Body) -> Middle:
    """The body's middle from the pair of edges that is clearest, as wide as usual and about where the landmarks say."""
    strength = edge_strength(patch, rows, precision)
    middle, half_width = body.middle, body.half_width
    place = PLACES - 0.5 / CELLS
    peaks = _peaks(strength)
    left = np.flatnonzero((place < middle - 0.3 * half_width) & peaks)
    right = np.flatnonzero((place > middle + 0.3 * half_width) & peaks)
    if not (left.size and right.size):
        return Middle(middle, body.middle_spread, 2 * half_width, 0)
    centre = 0.5 * (place[left][:, None] + place[right])
    half = 0.5 * (place[right] - place[left][:, None])
    merit = 6.0 * (strength[left][:, None] + strength[right])
    merit = (
        merit
        - 0.5 * ((centre - middle) / body.middle_spread) ** 2
        - 0.5 * ((half - half_width) / body.half_width_spread) ** 2
    )
    i, j = np.unravel_index(int(np.argmax(merit)), merit.shape)
    doubt = 1.0 / max(min(strength[left[i]], strength[right[j]]), 0.15) - 1.0
    error = _EDGE_ERROR * (1.0 + doubt) + 0.25 * max(abs(half[i, j] - half_width) - body.half_width_spread, 0.0)
    return Middle(float(centre[i, j]), float(min(error, body.middle_spread)), float(2 * half[i, j]), 2)


def _peaks(strength: FloatArray) -> Mask:
    """Columns where the strength is largest within two columns either way, and not nothing."""
    wide = np.zeros(len(strength) + 4)
    wide[2:-2] = strength
    around = np.max([wide[k : k + len(strength)] for k in range(5)], axis=0)
    return np.asarray((strength >= around) & (strength > 0.1))
