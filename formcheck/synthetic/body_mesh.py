"""Triangle meshes: from a signed distance shape, cut along lines, joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.body_sdf import FloatArray, Shape, gradient, unit

IntArray = NDArray[np.int64]
_STEP_M = 5e-4


@dataclass(frozen=True)
class Mesh:
    """Triangles (T, 3) over vertices (V, 3) in metres, counter-clockwise seen from outside."""

    vertices_m: FloatArray
    triangles: IntArray

    @property
    def centroids_m(self) -> FloatArray:
        """(T, 3) triangle centres."""
        out: FloatArray = self.vertices_m[self.triangles].mean(axis=1)
        return out


def _grid(low_m: FloatArray, high_m: FloatArray, cell_m: float) -> tuple[FloatArray, tuple[int, int, int]]:
    counts = np.ceil((high_m - low_m) / cell_m).astype(int) + 1
    axes = [low_m[k] + cell_m * np.arange(counts[k]) for k in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return points, (int(counts[0]), int(counts[1]), int(counts[2]))


def _cell_points(value: FloatArray, points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Mean of the edge crossings of each cell, and which cells have any."""
    shape = tuple(n - 1 for n in value.shape)
    total, count = np.zeros((*shape, 3)), np.zeros(shape)
    corner = [np.array(c) for c in np.ndindex(2, 2, 2)]

    def at(array: FloatArray, offset: NDArray[np.int64]) -> FloatArray:
        i, j, k = offset
        return array[i : i + shape[0], j : j + shape[1], k : k + shape[2]]

    for a in corner:
        for axis in range(3):
            if a[axis]:
                continue
            b = a + np.eye(3, dtype=int)[axis]
            va, vb = at(value, a), at(value, b)
            crosses = (va < 0) != (vb < 0)
            share = np.where(crosses, va / np.where(crosses, va - vb, 1.0), 0.0)[..., None]
            total += crosses[..., None] * (at(points, a) + share * (at(points, b) - at(points, a)))
            count += crosses
    return total / np.maximum(count, 1)[..., None], count > 0


def _quads(inside: NDArray[np.bool_], index: IntArray) -> IntArray:
    """Two triangles for every grid edge that crosses the surface."""
    parts = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        lower = np.moveaxis(inside, (axis, u, v), (0, 1, 2))
        cells = np.moveaxis(index, (axis, u, v), (0, 1, 2))
        a, b = lower[:-1, 1:-1, 1:-1], lower[1:, 1:-1, 1:-1]
        ring = np.stack([cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, 1:, 1:], cells[:, :-1, 1:]], axis=-1)
        for mask, order in ((a & ~b, (0, 1, 2, 3)), (~a & b, (3, 2, 1, 0))):
            quad = ring[mask][:, order]
            parts += [quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]]
    return np.concatenate(parts)


def polygonise(shape: Shape, low_m: Sequence[float], high_m: Sequence[float], cell_m: float) -> Mesh:
    """Mesh of a shape's surface inside a box, by surface nets.

    1. Evaluate the shape on a grid of `cell_m`. 2. One vertex per crossed cell, one quad per crossed edge.
    3. Pull the vertices onto the surface with two Newton steps.
    """
    # 1
    points, _ = _grid(np.asarray(low_m, float), np.asarray(high_m, float), cell_m)
    value = shape(points)
    # 2
    places, used = _cell_points(value, points)
    index = np.full(used.shape, -1, dtype=np.int64)
    index[used] = np.arange(used.sum())
    vertices, triangles = places[used], _quads(value < 0, index)
    # 3
    for _ in range(2):
        distance = shape(vertices)
        slope = np.stack([shape(vertices + d) - distance for d in np.eye(3) * _STEP_M], axis=-1) / _STEP_M
        step = distance[:, None] * slope / np.maximum((slope**2).sum(-1, keepdims=True), 1e-6)
        length = np.linalg.norm(step, axis=-1, keepdims=True)
        vertices = vertices - step * np.minimum(1.0, 0.5 * cell_m / np.maximum(length, 1e-12))
    return Mesh(vertices, triangles)


def cut(mesh: Mesh, level: Callable[[FloatArray], FloatArray]) -> Mesh:
    """Split triangles along `level(points) = 0`, so that each lies wholly on one side.

    `level` takes points (N, 3) and gives (N,); it is taken as linear along an edge, with one bisection step more.
    """
    value = level(mesh.vertices_m)
    side = (value >= 0)[mesh.triangles]
    odd = side.sum(axis=1)
    crossed = (odd == 1) | (odd == 2)
    if not crossed.any():
        return mesh
    tri, flags = mesh.triangles[crossed], side[crossed]
    alone = np.argmax(flags == (flags.sum(axis=1) == 1)[:, None], axis=1)
    rows = np.arange(len(tri))
    a, b, c = tri[rows, alone], tri[rows, (alone + 1) % 3], tri[rows, (alone + 2) % 3]
    edges = np.sort(np.concatenate([np.stack([a, b], 1), np.stack([a, c], 1)]), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    p, q = mesh.vertices_m[unique[:, 0]], mesh.vertices_m[unique[:, 1]]
    vp, vq = value[unique[:, 0]], value[unique[:, 1]]
    new = p + np.clip(vp / (vp - vq), 0.02, 0.98)[:, None] * (q - p)
    ab, ac = np.split(inverse.reshape(-1) + len(mesh.vertices_m), 2)
    pieces = [np.stack(t, 1) for t in ((a, ab, ac), (ab, b, c), (ab, c, ac))]
    return Mesh(np.concatenate([mesh.vertices_m, new]), np.concatenate([mesh.triangles[~crossed], *pieces]))


def surface_normals(shape: Shape, vertices_m: FloatArray) -> FloatArray:
    """(V, 3) outward unit normals of a shape at its surface points."""
    return unit(gradient(shape, vertices_m, step_m=2e-3))


def lathe(rings_m: FloatArray, *, close: bool = True) -> Mesh:
    """Mesh of a tube through rings (R, S, 3), the first and last closed to a point when asked."""
    r, s, _ = rings_m.shape
    i, j = np.meshgrid(np.arange(r - 1), np.arange(s), indexing="ij")
    a, b = i * s + j, i * s + (j + 1) % s
    faces = [np.stack([a, b, b + s], -1).reshape(-1, 3), np.stack([a, b + s, a + s], -1).reshape(-1, 3)]
    vertices = rings_m.reshape(-1, 3)
    if close:
        k = np.arange(s)
        top, end = len(vertices), len(vertices) + 1
        faces.append(np.stack([np.full(s, top), (k + 1) % s, k], -1))
        faces.append(np.stack([np.full(s, end), (r - 1) * s + k, (r - 1) * s + (k + 1) % s], -1))
        vertices = np.concatenate([vertices, rings_m[0].mean(0)[None], rings_m[-1].mean(0)[None]])
    return Mesh(vertices, np.concatenate(faces).astype(np.int64))
