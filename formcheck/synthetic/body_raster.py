"""A small z-buffer rasteriser in vectorised NumPy: depth-tested, smoothly shaded triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Ints = NDArray[np.int64]

_BOX_SIZES = (3, 5, 8, 12, 18, 28, 48, 96, 200)


@dataclass(frozen=True)
class Hits:
    """Visible samples: flat pixel index (S,), triangle (S,), barycentric weights (S, 3)."""

    pixel: Ints
    triangle: Ints
    weights: Float32


def _samples(xy: Float32, near: Float32, box: int, size: tuple[int, int]) -> tuple[Ints, Ints, Float32, Float32]:
    """All pixel centres inside each triangle of a bucket: pixel, row, weights of corner 1 and 2, nearness."""
    width, height = size
    low = np.ceil(xy.min(axis=1) - 0.5).astype(np.int64)
    steps = np.arange(box)
    gx = low[:, 0, None] + steps
    gy = low[:, 1, None] + steps
    a, e1, e2 = xy[:, 0], xy[:, 1] - xy[:, 0], xy[:, 2] - xy[:, 0]
    scale = 1.0 / (e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0])
    px = (gx + np.float32(0.5) - a[:, :1]).astype(np.float32)
    py = (gy + np.float32(0.5) - a[:, 1:]).astype(np.float32)
    b1 = (px * (e2[:, 1] * scale)[:, None])[:, None, :] - (py * (e2[:, 0] * scale)[:, None])[:, :, None]
    b2 = (py * (e1[:, 0] * scale)[:, None])[:, :, None] - (px * (e1[:, 1] * scale)[:, None])[:, None, :]
    slack = np.float32(-1e-4)
    inside = (b1 >= slack) & (b2 >= slack) & (b1 + b2 <= 1 - slack)
    inside &= ((gx >= 0) & (gx < width))[:, None, :] & ((gy >= 0) & (gy < height))[:, :, None]
    row, iy, ix = np.nonzero(inside)
    w1, w2 = b1[inside], b2[inside]
    depth = near[row, 0] * (1 - w1 - w2) + near[row, 1] * w1 + near[row, 2] * w2
    return gy[row, iy] * width + gx[row, ix], row, np.stack([w1, w2], axis=1), depth


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
    corner = xy_px[triangles]
    e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    facing = np.nonzero((area < -1e-3) & (depth_m[triangles].min(axis=1) > 0.05))[0]
    corner = corner[facing]
    # 1/z is linear across the image.
    offset = 0.0 if nearer_m is None else nearer_m[facing, None]
    near = (1.0 / (depth_m[triangles[facing]] - offset)).astype(np.float32)
    extent = (np.ceil(corner.max(axis=1) - 0.5) - np.ceil(corner.min(axis=1) - 0.5)).max(axis=1)
    bucket = np.searchsorted(_BOX_SIZES, np.maximum(extent, 1))
    parts = []
    for k in np.unique(bucket):
        chosen = np.nonzero(bucket == k)[0]
        box = _BOX_SIZES[min(k, len(_BOX_SIZES) - 1)]
        pixel, row, weights, nearness = _samples(corner[chosen], near[chosen], box, size_px)
        parts.append((pixel, facing[chosen[row]], weights, nearness))
    if not parts:
        return Hits(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
    pixel, tri, weights, nearness = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _nearest(pixel, tri, weights, nearness, size_px[0] * size_px[1])


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
