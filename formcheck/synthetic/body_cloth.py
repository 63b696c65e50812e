"""Loose ends of clothes: open tubes that stand off the body, at shorts, sleeves and under a hanging shirt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body_mesh import Mesh, lathe
from formcheck.synthetic.body_rest import SIGN, Rest
from formcheck.synthetic.body_sdf import FloatArray, Shape, smooth_min, unit
from formcheck.synthetic.body_shape import SHORTS_END, SLEEVE_END

_AROUND = 30
_INSIDE_LIGHT = 0.45
_TAIL_M = -0.035
"""Where a hanging shirt ends, against the hip centres of a 1.70 m athlete."""


@dataclass(frozen=True)
class Tube:
    """An open piece of cloth: rings (R, S, 3) from its hidden end to its free end, and the limb it hangs on."""

    rings_m: FloatArray
    limb: str
    material: str


def outward_rings(
    shape: Shape,
    start_m: FloatArray,
    axes: FloatArray,
    at_m: FloatArray,
    offset_m: FloatArray,
    *,
    reach_m: float,
    keep_side: float = 0.0,
) -> FloatArray:
    """Rings (R, S, 3) at distances `offset_m` outside a shape, around an axis.

    `axes` columns are forward, sideways, along; rays leave the axis at `at_m` and end where they first leave the
    shape, at `reach_m`, or, with `keep_side` ±1, where they would cross the middle plane.
    """
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    ray = np.cos(angle)[:, None] * axes[:, 0] + np.sin(angle)[:, None] * axes[:, 1]
    centre = start_m + at_m[:, None] * axes[:, 2]
    radius = np.linspace(0.012, reach_m, 90)
    points = centre[:, None, None] + radius[:, None] * ray[None, :, None]
    distance = shape(points)
    if keep_side:
        distance = np.maximum(distance, 0.004 - keep_side * points[..., 1])
    distance[..., -1] = np.maximum(distance[..., -1], 1e-6)
    last = np.maximum(np.argmax(distance > 0, axis=-1), 1)[..., None]
    outer, inner = (np.take_along_axis(distance, k, axis=-1)[..., 0] for k in (last, last - 1))
    share = np.where(inner < 0, -inner / np.maximum(outer - inner, 1e-9), 1.0)
    exit_m = radius[last[..., 0] - 1] + share * (radius[1] - radius[0])
    result: FloatArray = centre[:, None] + (exit_m + offset_m[:, None])[..., None] * ray
    return result


def _smoothed(rings_m: FloatArray, centre_m: FloatArray) -> FloatArray:
    """Rings whose distance from their centres is averaged around, so that cloth does not cling to every dent."""
    offset = rings_m - centre_m[:, None]
    length = np.linalg.norm(offset, axis=-1, keepdims=True)
    near = (np.roll(length, 1, axis=1) + 2 * length + np.roll(length, -1, axis=1)) / 4
    out: FloatArray = centre_m[:, None] + unit(offset) * np.maximum(near, length - 0.004)
    return out


def _ease(n: int) -> FloatArray:
    t = np.linspace(0.0, 1.0, n)
    out: FloatArray = t * t * (3 - 2 * t)
    return out


def loose_tubes(rest: Rest, look: Look, parts: dict[str, Shape]) -> list[Tube]:
    """All loose ends of a look's clothes; none for tight ones."""
    tubes: list[Tube] = []
    for side in SIGN:
        if look.bottom in ("shorts", "long_shorts") and look.loose_m > 0:
            tubes.append(_shorts_leg(rest, look, parts, side))
        if look.top == "tee" and look.loose_m > 0:
            tubes.append(_sleeve(rest, look, parts, side))
    if not look.tucked and look.top != "bra":
        tubes.append(_shirt_tail(rest, look, parts))
    return tubes


def _shorts_leg(rest: Rest, look: Look, parts: dict[str, Shape], side: str) -> Tube:
    hip, axes = rest.joints_m[f"{side}_hip"], rest.leg_axes(side)

    def shape(points_m: FloatArray) -> FloatArray:
        return smooth_min(parts["trunk"](points_m), parts[f"{side}_leg"](points_m), 0.035)

    at = np.linspace(0.16, SHORTS_END[look.bottom], 14) * rest.body.thigh_m
    offset = -0.004 + (0.009 + 1.05 * look.loose_m) * _ease(14)
    rings = outward_rings(shape, hip, axes, at, offset, reach_m=0.20, keep_side=SIGN[side])
    return Tube(_smoothed(rings, hip + at[:, None] * axes[:, 2]), f"{side}_leg", "bottom")


def _sleeve(rest: Rest, look: Look, parts: dict[str, Shape], side: str) -> Tube:
    shoulder, axes = rest.joints_m[f"{side}_shoulder"], rest.arm_axes(side)
    at = np.linspace(0.24, SLEEVE_END[look.top] + 0.02, 10) * rest.body.upper_arm_m
    offset = -0.003 + (0.005 + 0.55 * look.loose_m) * _ease(10)
    rings = outward_rings(parts[f"{side}_arm"], shoulder, axes, at, offset, reach_m=0.09)
    return Tube(_smoothed(rings, shoulder + at[:, None] * axes[:, 2]), f"{side}_arm", "top")


def _shirt_tail(rest: Rest, look: Look, parts: dict[str, Shape]) -> Tube:
    def shape(points_m: FloatArray) -> FloatArray:
        legs = np.minimum(parts["left_leg"](points_m), parts["right_leg"](points_m))
        return smooth_min(parts["trunk"](points_m), legs, 0.035)

    height = np.linspace(0.16, _TAIL_M, 14) * rest.scale
    offset = -0.004 + (0.020 + 0.5 * look.loose_m) * _ease(14)
    axes = np.eye(3)
    rings = outward_rings(shape, np.zeros(3), axes, height, offset, reach_m=0.26)
    # Downwards, so that the rings turn the same way as along a limb.
    return Tube(_smoothed(rings, height[:, None] * axes[:, 2]), "trunk", "top")


def tube_mesh(tube: Tube) -> tuple[Mesh, FloatArray, FloatArray]:
    """Both faces of a tube: mesh, normals (V, 3) and how much light reaches each vertex (V,)."""
    outer = lathe(tube.rings_m, close=False)
    normals = vertex_normals(outer)
    centre = np.repeat(tube.rings_m.mean(axis=1), tube.rings_m.shape[1], axis=0)
    if np.mean(np.sum(normals * (outer.vertices_m - centre), axis=1)) < 0:
        outer, normals = Mesh(outer.vertices_m, outer.triangles[:, ::-1]), -normals
    n = len(outer.vertices_m)
    both = Mesh(
        np.concatenate([outer.vertices_m, outer.vertices_m - 0.0015 * normals]),
        np.concatenate([outer.triangles, outer.triangles[:, ::-1] + n]),
    )
    light = np.concatenate([np.ones(n), np.full(n, _INSIDE_LIGHT)])
    return both, np.concatenate([normals, -normals]), light


def vertex_normals(mesh: Mesh) -> FloatArray:
    """(V, 3) unit normals averaged from the triangles around each vertex."""
    a, b, c = (mesh.vertices_m[mesh.triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(mesh.vertices_m)
    for k in range(3):
        np.add.at(total, mesh.triangles[:, k], face)
    return unit(total)
