"""Which tracked values are outliers: the Hampel test, for all columns of a clip, in time that grows with its length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.types import FloatArray

_SPREAD_REACH = 4
"""Half windows about a value over which its robust deviation is taken."""


def hampel(values: FloatArray, *, half_window: int, n_sigma: float = 4.0, floor: float = 0.0) -> FloatArray:
    """Outliers of each column (N, K) become NaN: further than `n_sigma` robust deviations from where they should be.

    That is the running median or, in a limb that swings, halfway between the medians of the frames before and after,
    whichever is nearer; `floor` is the least deviation, in the unit of the values, that counts as an outlier at all.
    Few values come near the floor: medians are taken where extremes of the frames about a value leave it in doubt.
    """
    out = values.copy()
    out[outlying(values, half_window=half_window, n_sigma=n_sigma, floor=floor)] = np.nan
    return out


def outlying(
    values: FloatArray, *, half_window: int, n_sigma: float = 4.0, floor: float = 0.0
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Frames and columns of the outliers (see `hampel`)."""
    n = len(values)
    bad = np.zeros((values.shape[1], n), dtype=bool)
    if n >= 2 * half_window + 1 and half_window >= 1:
        for found, column in zip(bad, np.ascontiguousarray(values.T), strict=True):
            found[:] = _outliers(column, half_window, n_sigma, floor)
    columns, frames = np.nonzero(bad)
    return frames, columns


def _outliers(column: FloatArray, half_window: int, n_sigma: float, floor: float) -> NDArray[np.bool_]:
    """(N,) True where one column is an outlier.

    1. A bound of how far each value is off, from the least and the greatest of the frames before and after it.
    2. Where the bound exceeds the floor: how far it is off.
    3. Where that does, too: the robust deviation about it, for which its neighbours' distances are needed.
    """
    n, wide = len(column), min(_SPREAD_REACH * half_window, len(column) - 1)
    bad = np.zeros(n, dtype=bool)
    around = _with_ends(column, half_window)
    doubtful = np.flatnonzero(_furthest_off(column, around, half_window) > floor)
    if not len(doubtful):
        return bad
    off = np.full(n, np.nan)
    off[doubtful] = _off(column, around, doubtful, half_window)
    with np.errstate(invalid="ignore"):
        suspect = np.flatnonzero(off > floor)
    if not len(suspect):
        return bad
    near = _dilated(suspect, n, wide)
    off[near] = _off(column, around, near, half_window)
    windows = np.lib.stride_tricks.sliding_window_view(_with_ends(off, wide), 2 * wide + 1)[suspect]
    spread = 1.4826 * nanmedian(windows)
    bad[suspect] = off[suspect] > np.maximum(n_sigma * spread, floor)
    return bad


def _furthest_off(column: FloatArray, around: FloatArray, half_window: int) -> FloatArray:
    """(N,) at least the distance from halfway between the medians before and after; NaN where one is missing."""
    n, after = len(column), half_window + 1
    least, greatest = (_running(extreme, around, half_window) for extreme in (np.fmin, np.fmax))
    over = column - 0.5 * (least[:n] + least[after : after + n])
    under = 0.5 * (greatest[:n] + greatest[after : after + n]) - column
    return np.asarray(np.maximum(over, under))


def _running(extreme: np.ufunc, values: FloatArray, window: int) -> FloatArray:
    """Least or greatest of each window, by windows of twice the length each time; what is missing does not count."""
    width = 1
    while width < window:
        step = min(width, window - width)
        values = extreme(values[:-step], values[step:])
        width += step
    return values


def _off(column: FloatArray, around: FloatArray, rows: NDArray[np.intp], half_window: int) -> FloatArray:
    """Distance of some frames' values from where they should be; NaN where the frames before or after are missing."""
    windows = np.lib.stride_tricks.sliding_window_view(around, 2 * half_window + 1)[rows]
    halfway = 0.5 * (nanmedian(windows[:, :half_window]) + nanmedian(windows[:, half_window + 1 :]))
    expected = np.stack([nanmedian(windows), halfway])
    return np.asarray(np.abs(column[rows] - expected).min(axis=0))


def _dilated(rows: NDArray[np.intp], n: int, reach: int) -> NDArray[np.intp]:
    """All frames within `reach` of some frames."""
    edges = np.zeros(n + 1, dtype=np.intp)
    np.add.at(edges, np.maximum(rows - reach, 0), 1)
    np.add.at(edges, np.minimum(rows + reach + 1, n), -1)
    return np.flatnonzero(np.cumsum(edges[:-1]))


def _with_ends(column: FloatArray, reach: int) -> FloatArray:
    """(N + 2·reach,) values mirrored through the ends."""
    return np.pad(column, reach, mode="reflect", reflect_type="odd")


def nanmedian(windows: FloatArray) -> FloatArray:
    """Median over the last axis, NaN where nothing is finite, without a warning."""
    ordered, width = np.sort(windows, axis=-1), windows.shape[-1]
    middle = 0.5 * (ordered[..., (width - 1) // 2] + ordered[..., width // 2])
    gaps = ~np.isfinite(ordered[..., -1])
    if gaps.any():
        middle[gaps] = _median_of_known(ordered[gaps])
    return np.asarray(middle)


def _median_of_known(ordered: FloatArray) -> FloatArray:
    """(K,) median of the finite among (K, W) values that are in order, those that are missing last."""
    count = np.isfinite(ordered).sum(axis=-1)
    low = np.maximum((count - 1) // 2, 0)[:, None]
    high = np.minimum(count // 2, ordered.shape[-1] - 1)[:, None]
    middle = 0.5 * (np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1))[:, 0]
    return np.where(count > 0, middle, np.nan)
