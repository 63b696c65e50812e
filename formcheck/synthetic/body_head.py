"""Head, hair and face.

Head frame: origin at the centre of the head, x forward, y left, z up; metres for a head of 0.22 m.
"""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body_sdf import FloatArray, Shape, ellipsoid, loft, merge, unit

HEAD_M = 0.22


def hairline(points_m: FloatArray) -> FloatArray:
    """Positive where hair grows, for points (..., 3) of a head of 0.22 m."""
    x, y = points_m[..., 0], points_m[..., 1]
    edge = np.interp(x, [-0.10, -0.035, 0.0, 0.022, 0.045, 0.085], [-0.085, -0.075, -0.028, -0.004, 0.048, 0.060])
    parting = 0.006 * np.cos(y / 0.018) + 0.10 * y * (np.abs(y) < 0.06) * (x > 0.05)
    out: FloatArray = points_m[..., 2] - edge - parting
    return out


def _skull(sex: str) -> Shape:
    jaw = 1.0 if sex == "m" else 0.90
    shapes: list[tuple[Shape, float]] = [
        (ellipsoid((-0.010, 0, 0.022), (0.096, 0.076, 0.088)), 0.0),
        (ellipsoid((0.026, 0, -0.028), (0.066, 0.060, 0.080)), 0.03),
        (ellipsoid((0.034, 0, -0.078), (0.046, 0.046 * jaw, 0.034)), 0.03),
        (ellipsoid((0.066, 0, -0.096), (0.018, 0.020 * jaw, 0.014)), 0.02),
        (ellipsoid((0.072, 0, 0.026), (0.022, 0.052, 0.014)), 0.02),
        (ellipsoid((0.092, 0, -0.012), (0.015, 0.011, 0.030)), 0.012),
        (ellipsoid((0.100, 0, -0.030), (0.014, 0.014, 0.010)), 0.008),
        (ellipsoid((0.084, 0, -0.064), (0.012, 0.026, 0.012)), 0.012),
    ]
    for sign in (1.0, -1.0):
        shapes.append((ellipsoid((0.060, sign * 0.034, -0.022), (0.027, 0.026, 0.024)), 0.02))
        shapes.append((ellipsoid((-0.004, sign * 0.076, -0.010), (0.020, 0.010, 0.031)), 0.006))
    return merge(shapes)


def _hair(look: Look) -> Shape | None:
    if look.hair == "bald":
        return None
    thick = {"short": 0.010, "bob": 0.022, "ponytail": 0.010, "bun": 0.010}[look.hair]
    cap = ellipsoid((-0.012, 0, 0.024), (0.098 + thick, 0.078 + thick, 0.090 + thick))

    def grown(points_m: FloatArray) -> FloatArray:
        # Thin at the hairline, so that the hair does not sit on the head like a cap.
        inside = hairline(points_m)
        thinner = np.clip(thick - 0.001 - 0.40 * inside, 0.0, thick)
        return np.maximum(cap(points_m) + thinner, -inside * 0.8)

    shapes: list[tuple[Shape, float]] = [(grown, 0.0)]
    if look.hair == "bun":
        shapes.append((ellipsoid((-0.105, 0, 0.060), (0.040, 0.042, 0.040)), 0.012))
    if look.hair == "ponytail":
        shapes.append((ellipsoid((-0.105, 0, 0.045), (0.026, 0.022, 0.022)), 0.012))
        shapes.append((_tail(), 0.012))
    if look.hair == "bob":
        shapes.append((ellipsoid((-0.045, 0, -0.060), (0.070, 0.088, 0.080)), 0.03))
    return merge(shapes)


def _tail() -> Shape:
    along = unit(np.array([-0.42, 0.0, -1.0]))
    side = np.array([0.0, 1.0, 0.0])
    axes = np.stack([np.cross(side, along), side, along], axis=1)
    rows = [
        (0.0, 0.018, 0.018, 0.0),
        (0.05, 0.026, 0.026, 0.0),
        (0.13, 0.020, 0.021, 0.004),
        (0.20, 0.006, 0.007, 0.01),
    ]
    return loft((-0.120, 0.0, 0.045), axes, rows, cap=0.8)


def head_shapes(look: Look, sex: str) -> tuple[Shape, Shape | None]:
    """Skin of the head, and hair where there is any."""
    return _skull(sex), _hair(look)


def _oval(centre: tuple[float, float], half: tuple[float, float], *, n: int = 14, tilt: float = 0.0) -> FloatArray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    y, z = half[0] * np.cos(angle), half[1] * np.sin(angle)
    return np.stack(
        [centre[0] + y * np.cos(tilt) - z * np.sin(tilt), centre[1] + y * np.sin(tilt) + z * np.cos(tilt)], -1
    )


def _smile(outline: FloatArray) -> FloatArray:
    """An outline with its corners lifted."""
    result: FloatArray = outline + np.stack([np.zeros(len(outline)), 7.0 * outline[:, 0] ** 2], axis=1)
    return result


def face_patches() -> list[tuple[str, FloatArray, float]]:
    """Flat features of the face: material, outline (K, 2) as left and up, and which layer they lie on."""
    patches: list[tuple[str, FloatArray, float]] = []
    for sign in (1.0, -1.0):
        patches.append(("eye_white", _oval((sign * 0.031, 0.004), (0.0130, 0.0052)), 1.0))
        patches.append(("iris", _oval((sign * 0.031, 0.004), (0.0052, 0.0052)), 2.0))
        patches.append(("brow", _oval((sign * 0.032, 0.0092), (0.0145, 0.0018), tilt=sign * 0.04), 2.0))
        patches.append(("brow", _oval((sign * 0.033, 0.022), (0.0175, 0.0036), tilt=sign * 0.05), 1.0))
        patches.append(("nostril", _oval((sign * 0.0065, -0.0375), (0.004, 0.002)), 2.0))
    patches.append(("lip", _smile(_oval((0.0, -0.064), (0.0225, 0.0062))), 1.0))
    patches.append(("mouth", _smile(_oval((0.0, -0.0635), (0.0215, 0.0012))), 2.0))
    return patches
