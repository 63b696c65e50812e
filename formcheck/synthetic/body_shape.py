"""The anatomy: lofted trunk and limbs with their girths, dressed in the kit of a look.

All tables are for a medium build of 1.70 m, in metres: half depth (front to back), half width (side to side) and
how far the section's centre is shifted forward.
"""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body_rest import SIGN, Rest
from formcheck.synthetic.body_sdf import FloatArray, Shape, ellipsoid, loft, merge, smooth_min

# Height above the hip centres (trunk of 0.49), half depth, half width (f, m), forward shift.
_TRUNK = np.array(
    [
        [-0.085, 0.070, 0.090, 0.085, -0.020],
        [-0.040, 0.100, 0.150, 0.142, -0.018],
        [0.000, 0.110, 0.166, 0.158, -0.015],
        [0.050, 0.104, 0.164, 0.158, -0.008],
        [0.100, 0.096, 0.149, 0.152, -0.002],
        [0.160, 0.090, 0.134, 0.147, 0.004],
        [0.220, 0.090, 0.131, 0.147, 0.006],
        [0.300, 0.098, 0.136, 0.155, 0.006],
        [0.370, 0.108, 0.146, 0.166, 0.006],
        [0.430, 0.104, 0.150, 0.170, -0.002],
        [0.475, 0.084, 0.134, 0.152, -0.010],
        [0.510, 0.060, 0.090, 0.100, -0.014],
    ]
)
# Share of the thigh from the hip, half depth, half width, forward shift.
_THIGH = np.array(
    [
        [0.00, 0.088, 0.084, -0.004],
        [0.15, 0.090, 0.086, -0.002],
        [0.30, 0.087, 0.081, 0.002],
        [0.50, 0.078, 0.073, 0.006],
        [0.70, 0.067, 0.063, 0.005],
        [0.85, 0.058, 0.055, 0.001],
        [1.00, 0.055, 0.052, -0.002],
    ]
)
# Share of the shank from the knee.
_SHANK = np.array(
    [
        [0.00, 0.054, 0.051, -0.003],
        [0.10, 0.053, 0.050, -0.007],
        [0.25, 0.058, 0.055, -0.013],
        [0.36, 0.056, 0.053, -0.012],
        [0.50, 0.048, 0.045, -0.007],
        [0.70, 0.038, 0.035, -0.003],
        [0.85, 0.034, 0.031, -0.002],
        [0.95, 0.036, 0.031, -0.004],
        [1.08, 0.036, 0.030, -0.006],
    ]
)
_UPPER_ARM = np.array(
    [
        [0.00, 0.048, 0.044, 0.000],
        [0.30, 0.046, 0.042, 0.002],
        [0.55, 0.046, 0.040, 0.003],
        [0.80, 0.039, 0.036, 0.001],
        [1.00, 0.035, 0.036, -0.002],
    ]
)
_FOREARM = np.array(
    [
        [0.00, 0.036, 0.036, 0.000],
        [0.20, 0.041, 0.037, 0.002],
        [0.50, 0.035, 0.031, 0.001],
        [0.80, 0.028, 0.023, 0.000],
        [1.00, 0.028, 0.020, 0.000],
        [1.12, 0.030, 0.019, 0.000],
    ]
)
SHORTS_END = {"shorts": 0.46, "long_shorts": 0.86, "half_tights": 0.62, "tights": 9.0}
"""Share of the thigh that each kind of shorts covers."""
SLEEVE_END = {"tee": 0.55, "singlet": -9.0, "bra": -9.0, "long_sleeve": 9.0}
"""Share of the upper arm that each kind of top covers."""


def hem_m(look: Look, rest: Rest) -> float:
    """Height of the shorts' upper edge above the hip centres, metres; the shirt ends there when tucked in."""
    return look.hem_above_hips_m * rest.scale


def bra_end_m(rest: Rest) -> float:
    """Height of a sports bra's lower edge above the hip centres, metres."""
    return 0.60 * rest.body.trunk_m


def _sections(table: FloatArray, length_m: float, girth: float, cloth_m: FloatArray | float = 0.0) -> FloatArray:
    out: FloatArray = table * np.array([length_m, girth, girth, girth])
    out[:, 1:3] += np.reshape(np.broadcast_to(cloth_m, len(out)), (-1, 1))
    return out


def _trunk(rest: Rest, look: Look) -> Shape:
    body, g = rest.body, rest.girth
    table = _TRUNK[:, [0, 1, 2 if body.sex == "f" else 3, 4]].copy()
    hip_fit = 0.6 + 0.4 * (body.hip_width_m / (0.172 * rest.scale))
    chest_fit = 0.6 + 0.4 * (body.shoulder_width_m / ((0.331 if body.sex == "f" else 0.362) * rest.scale))
    table[:, 2] *= np.interp(table[:, 0], [0.0, 0.16, 0.35], [hip_fit, 1.0, chest_fit])
    out = _sections(table, body.trunk_m / 0.49, g)
    return loft((0, 0, 0), np.eye(3), _dressed_trunk(out, rest, look), cap=0.5, power=2.35)


def _dressed_trunk(sections: FloatArray, rest: Rest, look: Look) -> FloatArray:
    """Trunk sections with the shirt's looseness: none at the hem, some above."""
    hem = hem_m(look, rest)
    z = np.union1d(sections[:, 0], hem + np.array([-0.006, 0.0, 0.012, 0.04, 0.10]))
    out = np.stack([z, *(np.interp(z, sections[:, 0], sections[:, k]) for k in (1, 2, 3))], axis=1)
    loose = 0.0 if look.top == "bra" else look.loose_m
    at = hem + np.array([-0.006, 0.0, 0.012, 0.04, 0.10, 0.30, 0.40])
    tucked = np.array([0.005, 0.005, 0.3 * loose, 0.75 * loose, 0.7 * loose, 0.3 * loose, 0.0])
    out[:, 1:3] += np.interp(z, at, tucked)[:, None]
    result: FloatArray = out
    return result


def _leg(rest: Rest, side: str) -> Shape:
    body, g, axes = rest.body, rest.girth, rest.leg_axes(side)
    hip, knee, ankle = (rest.joints_m[f"{side}_{j}"] for j in ("hip", "knee", "ankle"))
    cloth = np.interp(_THIGH[:, 0], [0.0, 1.0], [0.003, 0.001])
    outward = axes[:, 1] * SIGN[side]
    down = axes[:, 2]
    shapes: list[tuple[Shape, float]] = [
        (loft(hip, axes, _sections(_THIGH, body.thigh_m, g, cloth), cap=0.9), 0.0),
        (loft(knee, axes, _sections(_SHANK, body.shank_m, g), cap=0.4), 0.02),
        (ellipsoid(knee + np.array([0.034, 0, 0]) * g - 0.004 * down, np.array([0.022, 0.024, 0.03]) * g), 0.02),
        (ellipsoid(ankle + 0.026 * g * outward, np.array([0.014, 0.012, 0.016]) * g), 0.012),
        (ellipsoid(ankle - 0.026 * g * outward - 0.006 * down, np.array([0.014, 0.012, 0.016]) * g), 0.012),
    ]
    return merge(shapes)


def _arm(rest: Rest, side: str) -> Shape:
    body, g, axes = rest.body, rest.girth * (1.0 if rest.body.sex == "m" else 0.9), rest.arm_axes(side)
    shoulder, elbow = (rest.joints_m[f"{side}_{j}"] for j in ("shoulder", "elbow"))
    shapes: list[tuple[Shape, float]] = [
        (loft(shoulder, axes, _sections(_UPPER_ARM, body.upper_arm_m, g, 0.002), cap=0.8), 0.0),
        (loft(elbow, axes, _sections(_FOREARM, body.forearm_m, g), cap=0.5), 0.015),
        (
            ellipsoid(shoulder + np.array([0.0, SIGN[side] * 0.008, -0.006]) * g, np.array([0.054, 0.050, 0.058]) * g),
            0.03,
        ),
    ]
    return merge(shapes)


def _trunk_details(rest: Rest) -> list[tuple[Shape, float]]:
    """Buttocks, chest, trapezius and neck, each with its fillet."""
    body, g, s = rest.body, rest.girth, rest.scale
    top, neck, head = rest.joints_m["thorax"], rest.joints_m["neck"], rest.joints_m["head"]
    shapes: list[tuple[Shape, float]] = []
    for sign in SIGN.values():
        shapes.append(
            (ellipsoid(np.array([-0.056, sign * 0.068, -0.025]) * g, np.array([0.078, 0.074, 0.088]) * g), 0.03)
        )
        if body.sex == "f":
            shapes.append(
                (
                    ellipsoid(top + np.array([0.082, sign * 0.07, -0.145]) * g, np.array([0.046, 0.055, 0.052]) * g),
                    0.035,
                )
            )
        else:
            shapes.append(
                (ellipsoid(top + np.array([0.066, sign * 0.08, -0.125]) * g, np.array([0.045, 0.075, 0.06]) * g), 0.035)
            )
        tip = rest.joints_m["left_shoulder" if sign > 0 else "right_shoulder"]
        start = top + np.array([-0.018, sign * 0.02, 0.055]) * s
        along = tip + np.array([-0.01, -sign * 0.022, 0.010]) * s - start
        shapes.append((_tube(start, along, 0.036 * g, 0.034 * g), 0.035))
    radius = (0.050 if body.sex == "f" else 0.058) * 0.5 * (g + s)
    base = 0.5 * (top + neck) + np.array([-0.014, 0, -0.02]) * s
    shapes.append((_tube(base, head + np.array([-0.012, 0, -0.02]) * s - base, radius * 1.08, radius), 0.03))
    return shapes


def _tube(start_m: FloatArray, along_m: FloatArray, first_m: float, last_m: float) -> Shape:
    length = float(np.linalg.norm(along_m))
    axis = along_m / length
    side = np.cross(axis, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    axes = np.stack([np.cross(side, axis), side, axis], axis=1)
    return loft(start_m, axes, [(0.0, first_m, first_m, 0.0), (length, last_m, last_m, 0.0)], cap=1.0, smooth=2)


def body_parts(rest: Rest, look: Look) -> dict[str, Shape]:
    """Shapes of the trunk and the four limbs, apart; names `trunk`, `left_leg`, `right_arm` and so on."""
    parts: dict[str, Shape] = {"trunk": merge([(_trunk(rest, look), 0.0), *_trunk_details(rest)])}
    for side in SIGN:
        parts[f"{side}_leg"] = _leg(rest, side)
        parts[f"{side}_arm"] = _arm(rest, side)
    return parts


def body_shape(parts: dict[str, Shape]) -> Shape:
    """The whole dressed body without head, hands and shoes; the legs do not melt into each other."""

    def distance(points_m: FloatArray) -> FloatArray:
        trunk = parts["trunk"](points_m)
        halves = []
        for side in SIGN:
            half = smooth_min(trunk, parts[f"{side}_leg"](points_m), 0.035)
            halves.append(smooth_min(half, parts[f"{side}_arm"](points_m), 0.045))
        return np.minimum(*halves)

    return distance
