"""Hands and shoes.

Hand frame: origin at the wrist, x towards the thumb, y away from the palm's back to the athlete's outside (left hand),
z against the fingers. Shoe frame: origin on the sole under the heel's rear end, x forward, y left, z up.
"""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.body_sdf import FloatArray, Shape, ellipsoid, loft, merge, unit

_DOWN = np.stack([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]], axis=1)


def hand_shape(sign: float) -> Shape:
    """A loosely closed hand for a 1.70 m athlete; `sign` +1 left, −1 right (the palm faces the body)."""
    palm = -sign
    shapes: list[tuple[Shape, float]] = [
        (
            loft(
                (0, 0, 0),
                _DOWN,
                [(-0.01, 0.026, 0.018, 0), (0.03, 0.034, 0.016, 0), (0.085, 0.040, 0.016, 0.0)],
                power=2.4,
            ),
            0.0,
        )
    ]
    for k, across in enumerate((0.029, 0.010, -0.010, -0.028)):
        reach = (0.040, 0.044, 0.040, 0.032)[k]
        knuckle = np.array([across, 0.004 * -palm, -0.082])
        middle = knuckle + np.array([0, palm * 0.012, -reach])
        tip = middle + np.array([0, palm * 0.026, 0.012])
        shapes += [(_finger(knuckle, middle, 0.0105), 0.006), (_finger(middle, tip, 0.0092), 0.004)]
    root = np.array([0.026, palm * 0.006, -0.020])
    bend = np.array([0.046, palm * 0.014, -0.058])
    shapes += [
        (_finger(root, bend, 0.0125), 0.012),
        (_finger(bend, bend + np.array([-0.008, palm * 0.012, -0.030]), 0.0105), 0.004),
    ]
    return merge(shapes)


def _finger(start_m: FloatArray, end_m: FloatArray, radius_m: float) -> Shape:
    length = float(np.linalg.norm(end_m - start_m))
    along = unit(end_m - start_m)
    side = unit(np.cross(along, [0.0, 1.0, 0.2]))
    axes = np.stack([np.cross(side, along), side, along], axis=1)
    return loft(
        start_m,
        axes,
        [(0.0, radius_m, radius_m, 0.0), (length, 0.9 * radius_m, 0.9 * radius_m, 0.0)],
        cap=1.0,
        smooth=2,
    )


# Share of the shoe's length, half width, height of the upper.
_SHOE = np.array(
    [
        [0.00, 0.024, 0.060],
        [0.03, 0.029, 0.076],
        [0.10, 0.033, 0.084],
        [0.20, 0.034, 0.080],
        [0.30, 0.034, 0.078],
        [0.40, 0.036, 0.074],
        [0.52, 0.040, 0.064],
        [0.64, 0.045, 0.056],
        [0.76, 0.047, 0.050],
        [0.87, 0.042, 0.045],
        [0.95, 0.032, 0.040],
        [1.00, 0.021, 0.034],
    ]
)
SHOE_BEYOND = 0.12
"""How far the shoe reaches beyond the flat part of its sole, as a share of that part's length."""
TOE_SPRING_M = 0.012


def shoe_shape(flat_m: float, sign: float, girth: float) -> Shape:
    """A running shoe whose flat sole is `flat_m` long and lies on z = 0; the toe rises a little beyond it."""
    length = flat_m * (1.0 + SHOE_BEYOND)
    axes = np.stack([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], axis=1)
    sections = np.stack(
        [_SHOE[:, 0] * (length - 0.02) + 0.008, _SHOE[:, 2] / 2, _SHOE[:, 1] * girth, _SHOE[:, 2] / 2], axis=1
    )
    upper = loft((0, 0, 0), axes, sections, cap=0.5, power=2.7)

    def distance(points_m: FloatArray) -> FloatArray:
        p = points_m.copy()
        share = np.clip(p[..., 0] / length, 0.0, 1.0)
        p[..., 1] += sign * (0.010 * np.sin(np.pi * share) - 0.004)
        rise = TOE_SPRING_M * np.clip((p[..., 0] - 0.92 * flat_m) / (length - 0.92 * flat_m), 0.0, 1.0) ** 2
        p[..., 2] -= rise
        return np.maximum(upper(p), -p[..., 2])

    return distance


def shoe_collar(flat_m: float) -> Shape:
    """The padded collar around the ankle, inside the outline of the shoe."""
    return ellipsoid((0.25 * flat_m, 0.0, 0.070), (0.048, 0.037, 0.020))


def shoe_lines(flat_m: float) -> dict[str, Shape]:
    """Lines between the colours of a shoe, positive beyond: `sole`, heel `counter`, `toe_cap` and `laces`."""

    def sole(points_m: FloatArray) -> FloatArray:
        x = points_m[:, 0]
        thick: FloatArray = 0.030 - 0.05 * np.clip(x, 0, 0.2) + 0.4 * np.clip(x - 0.95 * flat_m, 0, 1)
        return points_m[:, 2] - thick

    def counter(points_m: FloatArray) -> FloatArray:
        ahead: FloatArray = points_m[:, 0] - 0.22 * flat_m - 0.5 * (0.09 - points_m[:, 2])
        return ahead

    def toe_cap(points_m: FloatArray) -> FloatArray:
        ahead: FloatArray = points_m[:, 0] - 0.93 * flat_m
        return ahead

    def laces(points_m: FloatArray) -> FloatArray:
        share = points_m[:, 0] / flat_m
        inside: FloatArray = np.minimum(0.013 - np.abs(points_m[:, 1]), flat_m * np.minimum(share - 0.42, 0.72 - share))
        return np.minimum(inside, points_m[:, 2] - 0.04)

    return {"sole": sole, "counter": counter, "toe_cap": toe_cap, "laces": laces}
