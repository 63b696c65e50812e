"""Furniture of the synthetic room, as flat faces in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.synthetic.appearance import Rgb
from formcheck.synthetic.skeleton import FloatArray


@dataclass(frozen=True)
class Quad:
    """A flat convex face: corners (K, 3) metres, anticlockwise from outside; `ground` always lies under the feet."""

    corners_m: FloatArray
    rgb: Rgb
    two_sided: bool = False
    ground: bool = False


_FACES = (
    ((0, 4, 6, 2), 0.72),
    ((1, 3, 7, 5), 0.86),
    ((0, 1, 5, 4), 0.80),
    ((2, 6, 7, 3), 0.80),
    ((4, 5, 7, 6), 1.08),
    ((0, 2, 3, 1), 0.5),
)


def shade(rgb: Rgb, factor: float) -> Rgb:
    """A colour made darker or lighter."""
    r, g, b = (int(np.clip(c * factor, 0, 255)) for c in rgb)
    return r, g, b


def box(low_m: Sequence[float], high_m: Sequence[float], rgb: Rgb, *, ground: bool = False) -> list[Quad]:
    """The six faces of a box between two corners, lit from above."""
    x, y, z = ((low_m[k], high_m[k]) for k in range(3))
    corner = np.array([[x[i & 1], y[(i >> 1) & 1], z[(i >> 2) & 1]] for i in range(8)])
    return [Quad(corner[list(face)], shade(rgb, light), ground=ground) for face, light in _FACES]


def treadmill(post_x_m: float, *, console: Literal["none", "low", "high"], rails: bool, floor_m: float) -> list[Quad]:
    """A treadmill whose belt surface is z = 0, running direction +X."""
    steel, dark, frame = (150, 154, 160), (46, 48, 52), (70, 74, 80)
    quads = box((-0.90, -0.36, floor_m + 0.04), (0.80, 0.36, -0.012), frame, ground=True)
    for y in (-0.355, 0.265):
        quads += box((-0.88, y, -0.03), (0.80, y + 0.09, 0.006), (96, 100, 106), ground=True)
    quads += box((-0.86, -0.262, -0.02), (0.78, 0.262, 0.0), dark, ground=True)
    if console != "none":
        quads += box((0.78, -0.37, floor_m), (1.02, 0.37, 0.09), frame)
    if rails:
        for y in (-0.42, 0.42):
            quads += box((post_x_m - 0.03, y - 0.025, floor_m), (post_x_m + 0.03, y + 0.025, 1.02), steel)
            quads += box((post_x_m - 0.40, y - 0.018, 0.985), (post_x_m + 0.03, y + 0.018, 1.02), dark)
    if console == "high":
        quads += box((post_x_m - 0.02, -0.42, 1.02), (post_x_m + 0.10, 0.42, 1.30), (58, 60, 66))
        quads += box((post_x_m - 0.025, -0.22, 1.08), (post_x_m - 0.018, 0.22, 1.26), (92, 128, 150))
    return quads


Flat = tuple[list[tuple[float, float]], Rgb]


def _panel(u0: float, v0: float, u1: float, v1: float, rgb: Rgb) -> Flat:
    return [(u0, v0), (u1, v0), (u1, v1), (u0, v1)], rgb


def wall_props(rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    """Things on and before the wall: outlines as (along the wall, height) in metres, and colours."""
    flats = [_panel(-5, 0, 5, 0.10, shade(wall_rgb, 0.72))]
    if rng.random() < 0.6:
        flats.append(_panel(-5, 0.10, 5, 1.0, shade(wall_rgb, 0.92)))
    makers = [_door, _window, _poster, _plant, _rack]
    places = rng.permutation([-2.0, -1.15, 1.05, 1.9])
    for place, pick in zip(places[: int(rng.integers(2, 5))], rng.permutation(len(makers)), strict=False):
        flats += makers[int(pick)](float(place), rng, wall_rgb)
    return flats


def _door(u: float, rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    wood = ((142, 104, 70), (222, 222, 216), (84, 96, 108))[int(rng.integers(3))]
    return [
        _panel(u - 0.50, 0, u + 0.50, 2.12, shade(wall_rgb, 1.12)),
        _panel(u - 0.43, 0, u + 0.43, 2.05, wood),
        _panel(u - 0.33, 1.15, u + 0.33, 1.90, shade(wood, 0.88)),
        _panel(u - 0.33, 0.20, u + 0.33, 0.95, shade(wood, 0.88)),
        _panel(u + 0.32, 1.0, u + 0.38, 1.04, (60, 60, 62)),
    ]


def _window(u: float, rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    sky = (206 + int(rng.integers(30)), 222, 236)
    flats = [_panel(u - 0.62, 0.95, u + 0.62, 2.25, shade(wall_rgb, 1.15)), _panel(u - 0.55, 1.02, u + 0.55, 2.18, sky)]
    flats += [
        _panel(u - 0.55, 1.02, u + 0.55, 1.35, (150, 172, 140)),
        _panel(u - 0.02, 1.02, u + 0.02, 2.18, shade(wall_rgb, 1.1)),
    ]
    return flats


def _poster(u: float, rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    del wall_rgb
    tone: Rgb = (int(rng.integers(40, 220)), int(rng.integers(40, 220)), int(rng.integers(40, 220)))
    return [
        _panel(u - 0.32, 1.25, u + 0.32, 2.10, (238, 236, 230)),
        _panel(u - 0.28, 1.55, u + 0.28, 2.06, tone),
        _panel(u - 0.24, 1.40, u + 0.10, 1.44, (90, 90, 92)),
        _panel(u - 0.24, 1.33, u + 0.20, 1.36, (150, 150, 152)),
    ]


def _plant(u: float, rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    del wall_rgb
    flats: list[Flat] = [([(u - 0.15, 0.0), (u + 0.15, 0.0), (u + 0.20, 0.38), (u - 0.20, 0.38)], (172, 104, 74))]
    for angle in np.linspace(-1.0, 1.0, 11):
        length = rng.uniform(0.5, 0.85)
        tip = (u + length * np.sin(angle), 0.38 + length * np.cos(angle))
        middle = (u + 0.5 * length * np.sin(angle * 0.8), 0.38 + 0.5 * length * np.cos(angle * 0.8))
        green: Rgb = (48 + int(rng.integers(30)), 104 + int(rng.integers(40)), 56)
        flats.append(([(u, 0.36), (middle[0] + 0.05, middle[1]), tip, (middle[0] - 0.05, middle[1])], green))
    return flats


def _rack(u: float, rng: np.random.Generator, wall_rgb: Rgb) -> list[Flat]:
    del wall_rgb
    flats = [_panel(u - 0.5, 0, u - 0.45, 0.95, (60, 62, 66)), _panel(u + 0.45, 0, u + 0.5, 0.95, (60, 62, 66))]
    for shelf in (0.20, 0.55, 0.90):
        flats.append(_panel(u - 0.5, shelf, u + 0.5, shelf + 0.04, (72, 74, 80)))
        for k in range(4):
            centre = u - 0.36 + 0.24 * k
            colour: Rgb = ((40, 42, 46), (150, 50, 46), (52, 84, 140))[int(rng.integers(3))]
            flats.append(_panel(centre - 0.09, shelf + 0.04, centre + 0.09, shelf + 0.15, colour))
    return flats
