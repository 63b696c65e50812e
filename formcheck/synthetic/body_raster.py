"""A small z-buffer rasteriser in vectorised NumPy: depth-tested, smoothly shaded triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Ints = NDArray[np.int64]

_BOX_SIZES = (2, 4, 6, 8, 10, 12, 15, 20, 30, 60, 200)
_SLACK = np.float32(-1e-4)
_NEAREST_M = 0.05


@dataclass(frozen=True)
class Hits:
    """Visible samples: flat pixel index (S,), triangle (S,), barycentric weights (S, 3)."""

    pixel: Ints
    triangle: Ints
    weights: Float32


def _samples(
    x: Float32, y: Float32, near: Float32, low: Ints, box: int, size: tuple[int, int]
) -> tuple[Ints, Ints, Float32, Float32]:
    """All pixel centres inside each triangle of a bucket: pixel, row, weights of corner 1 and 2, nearness.

    `x`, `y`, `near` are (3, B) per corner; `low` (2, B) the first pixel of each triangle's box.
    """
    width, height = size
    steps = np.arange(box)
    gx, gy = low[0, :, None] + steps, low[1, :, None] + steps
    x1, x2, y1, y2 = x[1] - x[0], x[2] - x[0], y[1] - y[0], y[2] - y[0]
    scale = 1.0 / (x1 * y2 - y1 * x2)
    px = (gx + np.float32(0.5) - x[0][:, None]).astype(np.float32)
    py = (gy + np.float32(0.5) - y[0][:, None]).astype(np.float32)
    b1 = (px * (y2 * scale)[:, None])[:, None, :] - (py * (x2 * scale)[:, None])[:, :, None]
    b2 = (py * (x1 * scale)[:, None])[:, :, None] - (px * (y1 * scale)[:, None])[:, None, :]
    inside = (b1 >= _SLACK) & (b2 >= _SLACK) & (b1 + b2 <= 1 - _SLACK)
    if low.min() < 0 or low[0].max() + box > width or low[1].max() + box > height:
        inside &= ((gx >= 0) & (gx < width))[:, None, :] & ((gy >= 0) & (gy < height))[:, :, None]
    flat = np.flatnonzero(inside)
    row, rest = np.divmod(flat, box * box)
    iy, ix = np.divmod(rest, box)
    w1, w2 = b1.ravel()[flat], b2.ravel()[flat]
    depth = near[0][row] * (1 - w1 - w2) + near[1][row] * w1 + near[2][row] * w2
    pixel = (low[1][row] + iy) * width + low[0][row] + ix
    return pixel, row, np.stack([w1, w2], axis=1), depth


def rasterise(
    xy_px: Float32, depth_m: Float32, triangles: Ints, size_px: tuple[int, int], *, nearer_m: Float32 | None = None
) -> Hits:
    """Visible samples of the triangles that face the viewer.

    Parameters
    ----------
    xy_px : (V, 2) pixel positions, y down. depth_m : (V,) distance along the optical axis.
    triangles : (T, 3), counter-clockwise from outside in a right-handed world.
    size_px : (width, height). nearer_m : (T,) how much nearer a triangle counts than it is (decals).
    """
    x, y = xy_px[:, 0][triangles.T], xy_px[:, 1][triangles.T]
    area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    facing = np.flatnonzero(area < -1e-3)
    x, y, corner_depth = x[:, facing], y[:, facing], depth_m[triangles[facing].T]
    # 1/z is linear across the image.
    offset = 0.0 if nearer_m is None else nearer_m[facing]
    near = (1.0 / (corner_depth - offset)).astype(np.float32)
    low = np.stack([_first_pixel(x), _first_pixel(y)])
    high = np.stack([-_first_pixel(-x), -_first_pixel(-y)])
    bucket = np.searchsorted(_BOX_SIZES, np.maximum(high - low, 1).max(axis=0))
    bucket[corner_depth.min(axis=0, initial=np.inf) < _NEAREST_M] = len(_BOX_SIZES)
    parts = []
    for k, box in enumerate(_BOX_SIZES):
        chosen = np.flatnonzero(bucket == k)
        if len(chosen):
            sampled = _samples(x[:, chosen], y[:, chosen], near[:, chosen], low[:, chosen], box, size_px)
            parts.append((sampled[0], facing[chosen[sampled[1]]], sampled[2], sampled[3]))
    if not parts:
        return Hits(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
    pixel, tri, weights, nearness = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _nearest(pixel, tri, weights, nearness, size_px[0] * size_px[1])


def _first_pixel(corners: Float32) -> Ints:
    """(B,) first pixel whose centre is not before the corners (3, B)."""
    least = np.minimum(np.minimum(corners[0], corners[1]), corners[2])
    first: Ints = np.ceil(least - np.float32(0.5)).astype(np.int64)
    return first


def _nearest(pixel: Ints, tri: Ints, weights: Float32, nearness: Float32, n_pixels: int) -> Hits:
    buffer = np.zeros(n_pixels, np.float32)
    np.maximum.at(buffer, pixel, nearness)
    won = np.nonzero(buffer[pixel] == nearness)[0]
    # Equal depth on a shared edge: the first one stays.
    owner = np.full(n_pixels, -1, np.int64)
    owner[pixel[won[::-1]]] = won[::-1]
    won = owner[owner >= 0]
    w = weights[won]
    return Hits(pixel[won], tri[won], np.stack([1 - w[:, 0] - w[:, 1], w[:, 0], w[:, 1]], axis=1))
