"""Signed distance shapes that the athlete's body is modelled from.

Every shape takes points (..., 3) in metres and gives an approximate signed distance (...) in metres,
negative inside. Shapes merge by a smooth minimum, so that limbs grow out of the trunk without a seam.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Shape = Callable[[FloatArray], FloatArray]


def unit(vector: FloatArray) -> FloatArray:
    """Vectors (..., 3) scaled to length 1; a zero vector stays zero."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    out: FloatArray = vector / np.maximum(length, 1e-12)
    return out


def smooth_min(a: FloatArray, b: FloatArray, blend_m: float) -> FloatArray:
    """Polynomial smooth minimum: the two surfaces meet in a fillet about `blend_m` wide."""
    h = np.clip(0.5 + 0.5 * (b - a) / blend_m, 0.0, 1.0)
    return b + (a - b) * h - blend_m * h * (1.0 - h)


def _scaled_distance(ratio: FloatArray, slope: FloatArray) -> FloatArray:
    out: FloatArray = ratio * (ratio - 1.0) / np.maximum(slope, 1e-9)
    return out


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with its own axes.

    `axes` has the three half-axis directions as columns; `radii_m` the half lengths.
    """

    centre_m: FloatArray
    radii_m: FloatArray
    axes: FloatArray

    def __call__(self, points_m: FloatArray) -> FloatArray:
        """Approximate signed distance of points (..., 3)."""
        q = (points_m - self.centre_m) @ self.axes
        ratio = np.linalg.norm(q / self.radii_m, axis=-1)
        return _scaled_distance(ratio, np.linalg.norm(q / self.radii_m**2, axis=-1))


def ellipsoid(centre_m: ArrayLike, radii_m: ArrayLike, axes: FloatArray | None = None) -> Ellipsoid:
    """Ellipsoid, axis-aligned unless `axes` says otherwise."""
    frame = np.eye(3) if axes is None else axes
    return Ellipsoid(np.asarray(centre_m, float), np.asarray(radii_m, float), frame)


@dataclass(frozen=True)
class Loft:
    """Elliptic sections swept along a straight axis, with rounded ends.

    Attributes
    ----------
    start_m : (3,) where the axis coordinate is 0.
    axes : (3, 3) columns: forward, left and along the axis.
    at_m : (K,) increasing axis coordinates of the sections.
    depth_m, width_m : (K,) half sizes forward and left.
    shift_m : (K,) forward shift of each section's centre.
    cap : length of the rounded ends as a share of the end section's size.
    power : exponent of the section's superellipse; 2 is an ellipse, more is squarer.
    """

    start_m: FloatArray
    axes: FloatArray
    at_m: FloatArray
    depth_m: FloatArray
    width_m: FloatArray
    shift_m: FloatArray
    cap: float = 0.6
    power: float = 2.0

    def along(self, points_m: FloatArray) -> FloatArray:
        """Axis coordinate of points (..., 3), metres from `start_m`."""
        return (points_m - self.start_m) @ self.axes[:, 2]

    def __call__(self, points_m: FloatArray) -> FloatArray:
        """Approximate signed distance of points (..., 3)."""
        q = (points_m - self.start_m) @ self.axes
        t = np.clip(q[..., 2], self.at_m[0], self.at_m[-1])
        depth, width = np.interp(t, self.at_m, self.depth_m), np.interp(t, self.at_m, self.width_m)
        forward = q[..., 0] - np.interp(t, self.at_m, self.shift_m)
        cap = self.cap * np.minimum(depth, width)
        over = q[..., 2] - t
        parts = np.stack([np.abs(forward) / depth, np.abs(q[..., 1]) / width, np.abs(over) / cap])
        if self.power == 2.0:
            ratio = np.sqrt((parts**2).sum(axis=0))
        else:
            ratio = ((parts**self.power).sum(axis=0)) ** (1.0 / self.power)
        slope = np.sqrt((parts[0] / depth) ** 2 + (parts[1] / width) ** 2 + (parts[2] / cap) ** 2)
        return _scaled_distance(ratio, slope)


def loft(
    start_m: ArrayLike,
    axes: FloatArray,
    sections: ArrayLike,
    *,
    cap: float = 0.6,
    power: float = 2.0,
    smooth: int = 48,
) -> Loft:
    """Loft through (along, half depth, half width, forward shift) rows, all metres, smoothed between rows."""
    from scipy.interpolate import PchipInterpolator

    table = np.asarray(sections, float)
    at = np.union1d(np.linspace(table[0, 0], table[-1, 0], smooth), table[:, 0])
    fine = PchipInterpolator(table[:, 0], table[:, 1:], axis=0)(at)
    return Loft(np.asarray(start_m, float), axes, at, fine[:, 0], fine[:, 1], fine[:, 2], cap, power)


def merge(shapes: Sequence[tuple[Shape, float]]) -> Shape:
    """One shape from (shape, fillet width in metres) pairs, merged in order; the first width is unused."""

    def distance(points_m: FloatArray) -> FloatArray:
        total = shapes[0][0](points_m)
        for shape, blend_m in shapes[1:]:
            total = smooth_min(total, shape(points_m), blend_m)
        return total

    return distance


def gradient(shape: Shape, points_m: FloatArray, *, step_m: float = 1e-3) -> FloatArray:
    """Gradient (N, 3) of a shape at points (N, 3), by central differences."""
    steps = np.eye(3) * step_m
    out: FloatArray = np.stack([shape(points_m + s) - shape(points_m - s) for s in steps], axis=-1) / (2 * step_m)
    return out
