"""Learn over a clip what the waistband looks like, then find it frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.pixels.boundary import Boundary, Prior, Shades, find_boundary
from formcheck.pixels.edges import Body
from formcheck.pixels.patch import CELLS, COLUMNS, ROWS, WAIST_ROW, WAIST_SHARE, Mask, Patch, Picture
from formcheck.types import FloatArray

_STRIP, _GAP = round(0.10 * CELLS), round(0.03 * CELLS)
_CENTRAL = round(0.15 * CELLS)
_LIKELY = 0.16
"""How far from the expected waist the line usually is, in trunk lengths."""
_NEAR, _FAR = round(0.02 * CELLS), round(0.075 * CELLS)
_SHADE_SPREAD = np.array([7.0, 3.0, 3.0])
"""Standard deviations of Lab that light and folds alone may cause."""
_LEAST_FRAMES = 6
_CANDIDATES = 3
_LEAST_CHANGE, _LEAST_SHARE = 0.3, 0.25
"""A candidate's change of colour, in its usual spread, and as a share of the largest."""


@dataclass(frozen=True)
class Waist:
    """What was learnt of the line between shirt and shorts.

    `share` of the frames looked at showed the line.
    """

    shades: Shades
    prior: Prior
    share: float


def learn_waist(patches: Sequence[Patch], *, arms_before: bool) -> Waist | None:
    """Learn from some frames of a clip; None where no line is to be seen.

    1. Rows where the colours change most over all frames are candidates. 2. Of each, learn the two colours, find the
    line, learn the colours again from beside the line. 3. The candidate that is found best wins.

    `arms_before`: the arms hang between camera and waist, as from the front; from behind they mostly do not.
    """
    if len(patches) < _LEAST_FRAMES:
        return None
    open_to_view = [p.inside & ~p.thighs & ~(p.limbs & arms_before) for p in patches]
    learnt = [
        w for row in _candidates(patches, open_to_view) if (w := _learn_at(patches, open_to_view, row)) is not None
    ]
    return max(learnt, key=_merit, default=None)


def _merit(waist: Waist) -> float:
    near = np.exp(-0.5 * (waist.prior.height / (2 * _LIKELY)) ** 2)
    return float(waist.share * min(waist.shades.separation, 6.0) * near)


def _candidates(patches: Sequence[Patch], clear_cells: Sequence[Mask]) -> list[int]:
    """Rows with the largest change of colour that most frames share, best first."""
    rows = np.arange(_STRIP + _GAP, ROWS - _STRIP - _GAP)
    change = np.stack([_change(p, c, rows) for p, c in zip(patches, clear_cells, strict=True)])
    seen = np.isfinite(change[..., 0]).sum(axis=0) >= _LEAST_FRAMES
    steady = np.zeros(len(rows))
    steady[seen] = np.linalg.norm(np.nanmedian(change[:, seen] / _SHADE_SPREAD, axis=0), axis=1)
    height = (WAIST_ROW - rows) / CELLS
    strength = steady * np.exp(-0.5 * (height / _LIKELY) ** 2)
    least = max(_LEAST_CHANGE, _LEAST_SHARE * float(strength.max()))
    chosen: list[int] = []
    while len(chosen) < _CANDIDATES and strength.max() > least:
        best = int(np.argmax(strength))
        chosen.append(int(rows[best]))
        strength[max(best - _STRIP // 2, 0) : best + _STRIP // 2 + 1] = 0.0
    return chosen


def _change(patch: Patch, clear: Mask, rows: NDArray[np.intp]) -> FloatArray:
    """(len(rows), 3) colour of the strip below each row less that of the strip above; NaN where too much is hidden."""
    middle = slice(COLUMNS // 2 - _CENTRAL, COLUMNS // 2 + _CENTRAL)
    weight = clear[:, middle, None].astype(float)
    total, count = (
        np.pad(np.cumsum(a.sum(axis=1), axis=0), ((1, 0), (0, 0))) for a in (patch.lab[:, middle] * weight, weight)
    )
    strips = []
    for first in (rows + _GAP, rows - _GAP - _STRIP):
        cells = count[first + _STRIP] - count[first]
        mean = (total[first + _STRIP] - total[first]) / np.maximum(cells, 1.0)
        strips.append(np.where(cells > 0.5 * _STRIP * _CENTRAL, mean, np.nan))
    return np.asarray(strips[0] - strips[1])


def _learn_at(patches: Sequence[Patch], clear_cells: Sequence[Mask], row: int) -> Waist | None:
    flat = np.full(COLUMNS, float(row))
    shades = _shades(patches, clear_cells, [flat] * len(patches), gap=_GAP, far=_GAP + _STRIP, reach=_CENTRAL / CELLS)
    prior = Prior(height=(WAIST_ROW - row) / CELLS)
    found: list[Boundary | None] = []
    for _ in range(3):
        if shades is None:
            return None
        found = [find_boundary(p, shades, prior) for p in patches]
        good = [b for b in found if b is not None and b.coverage > 0.4]
        if len(good) < max(_LEAST_FRAMES, 0.2 * len(patches)):
            return None
        prior = _prior(good)
        shown = [
            (p, shades.clear(p), b.rows)
            for p, b in zip(patches, found, strict=True)
            if b is not None and b.coverage > 0.4
        ]
        shades = _shades(*zip(*shown, strict=True), gap=_NEAR, far=_FAR, reach=0.8 * prior.body.half_width)
    if shades is None:
        return None
    return Waist(shades, prior, len(good) / len(patches))


def _prior(found: Sequence[Boundary]) -> Prior:
    height, bow, half, place = (
        np.array(values)
        for values in zip(*((b.height, b.bow, 0.5 * b.middle.width, b.middle.place) for b in found), strict=True)
    )
    return Prior(
        height=float(np.median(height)),
        height_spread=max(_spread(height), 0.02),
        bow=float(np.median(bow)),
        bow_spread=max(_spread(bow), 0.08),
        body=Body(
            half_width=float(np.median(half)),
            half_width_spread=max(_spread(half), 0.012),
            middle=float(np.median(place)),
            middle_spread=min(max(_spread(place), 0.02), 0.04),
        ),
    )


def _spread(values: FloatArray) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _shades(
    patches: Sequence[Patch],
    clear_cells: Sequence[Mask],
    rows: Sequence[FloatArray],
    *,
    gap: int,
    far: int,
    reach: float,
) -> Shades | None:
    """The direction in colour that tells above from below best (Fisher's), from strips beside the line."""
    columns = np.flatnonzero(np.abs(np.arange(COLUMNS) + 0.5 - COLUMNS / 2) < reach * CELLS)[::2]
    offsets = np.arange(gap, far)
    above: list[Picture] = []
    below: list[Picture] = []
    for patch, clear_cell, line in zip(patches, clear_cells, rows, strict=True):
        at = np.rint(line[columns]).astype(int)
        for store, index in ((above, at[:, None] - 1 - offsets), (below, at[:, None] + offsets)):
            index = np.clip(index, 0, ROWS - 1)
            clear = clear_cell[index, columns[:, None]]
            store.append(patch.lab[index, columns[:, None]][clear])
    a, b = np.concatenate(above).astype(float), np.concatenate(below).astype(float)
    if min(len(a), len(b)) < 100:
        return None
    return _fisher(a, b)


def _fisher(above: FloatArray, below: FloatArray) -> Shades:
    top, bottom = np.median(above, axis=0), np.median(below, axis=0)
    spreads = [np.cov(_trimmed(c, at).T) + np.diag(_SHADE_SPREAD**2) / 4 for c, at in ((above, top), (below, bottom))]
    within = 0.5 * (spreads[0] + spreads[1])
    direction = np.linalg.solve(within, bottom - top)
    gain = float(direction @ (bottom - top))
    direction = direction / gain if gain > 0 else direction
    spread = np.sqrt(max(float(direction @ within @ direction), 1e-12))
    return Shades(
        direction,
        float(direction @ top),
        float(np.linalg.norm(bottom - top)),
        1.0 / spread,
        np.stack([top, bottom]),
        np.linalg.inv(within),
    )


def _trimmed(colours: FloatArray, centre: FloatArray) -> FloatArray:
    """Nearest four fifths of the colours."""
    distance = np.linalg.norm(colours - centre, axis=1)
    return np.asarray(colours[distance <= np.quantile(distance, 0.8)])


def confidence(found: Boundary, waist: Waist) -> float:
    """How far the line of one frame can be trusted, 0 to 1, from what is seen in this frame and learnt of the clip."""
    prior = waist.prior
    return float(
        _ramp(found.tilt_error_deg, 2.2, 0.6)
        * _ramp(found.coverage, 0.35, 0.65)
        * _ramp(waist.shades.difference, 6.0, 14.0)
        * _ramp(waist.shades.separation, 1.2, 2.4)
        * _ramp(prior.height + WAIST_SHARE, 0.04, 0.12)
        * _ramp(prior.height_spread, 0.09, 0.05)
        * _ramp(abs(found.height - prior.height), 0.25, 0.12)
        * _ramp(abs(found.bow - prior.bow), 1.2, 0.6)
    )


def _ramp(value: float, zero: float, one: float) -> float:
    """0 at `zero`, 1 at `one`, straight between them."""
    return float(np.clip((value - zero) / (one - zero), 0.0, 1.0))
