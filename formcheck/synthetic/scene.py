"""The room around the athlete: floor, wall, treadmill, step; drawn once for a clip, in what lies behind and before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.appearance import Rgb
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.scene_props import Quad, box, shade, treadmill, wall_props
from formcheck.synthetic.skeleton import FloatArray

Image = NDArray[np.uint8]
Bystander = Literal["none", "standing", "walking"]

_WALLS: tuple[Rgb, ...] = (
    (206, 204, 196),
    (178, 190, 200),
    (214, 198, 176),
    (150, 162, 158),
    (196, 178, 172),
    (120, 130, 142),
)
_FLOORS: tuple[Rgb, ...] = ((148, 118, 88), (110, 112, 116), (84, 88, 92), (168, 150, 128), (96, 104, 96))
TREADMILL_FLOOR_M = -0.20
_BELT_MARK_M = 0.30


@dataclass(frozen=True)
class SceneSpec:
    """What stands in the room.

    Attributes
    ----------
    treadmill : a deck whose belt is z = 0; the floor then lies lower. Otherwise the floor is z = `floor_m`.
    belt_speed_m_s : speed of the belt's marks towards −X.
    console : a screen and hood across the treadmill's front; `low` stays below the knee's height seen from the front.
    near_post_x_m : where along X the two uprights stand; far back (0.3) the near one hides a leg from the side.
    box_m : a step as (low x, high x, low y, high y, top z), metres, standing on the floor.
    bystander : a second person behind the athlete.
    wall_m : how far behind the athlete the wall is.
    """

    seed: int = 0
    treadmill: bool = False
    belt_speed_m_s: float = 0.0
    console: Literal["none", "low", "high"] = "high"
    rails: bool = True
    near_post_x_m: float = 0.86
    box_m: tuple[float, float, float, float, float] | None = None
    floor_m: float = 0.0
    bystander: Bystander = "none"
    wall_m: float = 2.2
    wall_rgb: Rgb = _WALLS[0]
    ground_rgb: Rgb = _FLOORS[0]

    @classmethod
    def from_seed(cls, seed: int, **overrides: Any) -> SceneSpec:  # noqa: ANN401 - any field of SceneSpec
        """A varied room for a seed; `overrides` set fields by name."""
        rng = np.random.default_rng([seed, 7002])
        spec = cls(
            seed=seed,
            wall_m=float(rng.uniform(1.6, 3.2)),
            wall_rgb=_WALLS[int(rng.integers(len(_WALLS)))],
            ground_rgb=_FLOORS[int(rng.integers(len(_FLOORS)))],
        )
        return replace(spec, **overrides)

    @property
    def floor_z_m(self) -> float:
        """Height of the floor."""
        return TREADMILL_FLOOR_M if self.treadmill else self.floor_m

    def ground_z_m(self, x_m: float, y_m: float) -> float:
        """Height of what lies under a foot: belt, step or floor."""
        if self.treadmill:
            return 0.0
        if self.box_m is not None:
            x0, x1, y0, y1, top = self.box_m
            if x0 <= x_m <= x1 and y0 <= y_m <= y1:
                return top
        return self.floor_m


@dataclass(frozen=True)
class Overlay:
    """A premultiplied RGBA picture (h, w, 4) uint8 and its place (left, top)."""

    rgba: Image
    place: tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """A room seen by a camera: pictures without hand shake.

    `room` (H, W, 3) is all that lies farther than a bystander; `furniture` and `before` are premultiplied RGBA layers
    (or None), behind and before the athlete.
    """

    spec: SceneSpec
    room: Image
    furniture: Overlay | None
    before: Overlay | None


def view_axis(camera: Camera) -> FloatArray:
    """(3,) the world axis, ±X or ±Y, that the camera looks along."""
    look = camera.rotation[2].copy()
    look[2] = 0.0
    axis = np.zeros(3)
    k = int(np.argmax(np.abs(look)))
    axis[k] = np.sign(look[k])
    return axis


def build_scene(spec: SceneSpec, camera: Camera) -> Scene:
    """Draw the room once."""
    picture = _room(spec, camera)
    props: list[Quad] = []
    if spec.treadmill:
        props += treadmill(spec.near_post_x_m, console=spec.console, rails=spec.rails, floor_m=spec.floor_z_m)
    if spec.box_m is not None:
        x0, x1, y0, y1, top = spec.box_m
        props += box((x0, y0, spec.floor_z_m), (x1, y1, top), (150, 112, 74), ground=True)
    middle = float(camera.depth(np.array([0.0, 0.0, 0.9])))
    depth = [float(np.mean(camera.depth(q.corners_m))) for q in props]
    behind = [q for q, d in zip(props, depth, strict=True) if d >= middle or q.ground]
    before = [q for q, d in zip(props, depth, strict=True) if d < middle and not q.ground]
    if spec.bystander == "none":
        draw_quads(picture, behind, camera)
        return Scene(spec, picture, None, _overlay(before, camera))
    return Scene(spec, picture, _overlay(behind, camera), _overlay(before, camera))


def _overlay(quads: Sequence[Quad], camera: Camera) -> Overlay | None:
    """Faces drawn on a clear layer, cropped to what they cover."""
    layer = np.zeros((camera.height_px, camera.width_px, 4), np.uint8)
    draw_quads(layer, quads, camera)
    rows, columns = np.flatnonzero(layer[..., 3].any(axis=1)), np.flatnonzero(layer[..., 3].any(axis=0))
    if len(rows) == 0:
        return None
    return Overlay(layer[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy(), (int(columns[0]), int(rows[0])))


def draw_quads(picture: Image, quads: Sequence[Quad], camera: Camera) -> None:
    """Paint faces that look at the camera, the farthest first, in place; RGBA pictures get full opacity."""
    lens = camera.position_m
    order = sorted(quads, key=lambda q: -float(np.mean(np.linalg.norm(q.corners_m - lens, axis=1))))
    for quad in order:
        normal = np.cross(quad.corners_m[1] - quad.corners_m[0], quad.corners_m[2] - quad.corners_m[1])
        if not quad.two_sided and float(normal @ (lens - quad.corners_m[0])) <= 0:
            continue
        corners = camera.project(quad.corners_m)
        if not np.isfinite(corners).all():
            continue
        colour = (*quad.rgb, 255)[: picture.shape[2]]
        cv2.fillConvexPoly(picture, np.round(corners * 16 - 8).astype(np.int32), colour, cv2.LINE_AA, 4)


def _room(spec: SceneSpec, camera: Camera) -> Image:
    """Wall with props and a floor with boards, softly lit."""
    axis = view_axis(camera)
    side = np.array([-axis[1], axis[0], 0.0])
    rng = np.random.default_rng([spec.seed, 7003])
    picture = np.empty((camera.height_px, camera.width_px, 3), np.uint8)
    picture[:] = spec.wall_rgb
    far, z = spec.wall_m * axis, spec.floor_z_m

    def on_wall(u: float, v: float) -> FloatArray:
        place: FloatArray = far + u * side + np.array([0.0, 0.0, z + v])
        return place

    quads = [_flat([on_wall(*uv) for uv in corners], rgb) for corners, rgb in wall_props(rng, spec.wall_rgb)]
    near = far - axis * (spec.wall_m + float(camera.depth(np.zeros(3))) - 0.35)
    quads += _boards(near, far, side, z, spec.ground_rgb, rng)
    for quad in quads:
        draw_quads(picture, [quad], camera)
    return _lit(picture, rng)


def _flat(corners: Sequence[FloatArray], rgb: Rgb) -> Quad:
    return Quad(np.array(corners), rgb, two_sided=True)


def _boards(
    near: FloatArray, far: FloatArray, side: FloatArray, z: float, rgb: Rgb, rng: np.random.Generator
) -> list[Quad]:
    """Floor boards that run away from the camera, each a little different."""
    up = np.array([0.0, 0.0, z])
    edges = np.arange(-4.0, 4.01, 0.20)
    quads = []
    for left, right in pairwise(edges):
        tone = 1.0 + 0.10 * (rng.random() - 0.5)
        corners = [near + left * side + up, far + left * side + up, far + right * side + up, near + right * side + up]
        quads.append(_flat(corners, shade(rgb, tone)))
    return quads


def _lit(picture: Image, rng: np.random.Generator) -> Image:
    """Uneven light, fine grain of surfaces, and darker corners."""
    h, w = picture.shape[:2]
    cloud = cv2.resize(rng.normal(1.0, 0.05, (5, 4)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.normal(0.0, 1.0, (h, w)).astype(np.float32), (0, 0), 1.2) * 4.0
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    corner = 1.0 - 0.16 * (((x / w - 0.5) ** 2 + (y / h - 0.45) ** 2) / 0.45)
    lit = cv2.GaussianBlur(picture, (0, 0), 1.0) * (cloud * corner)[..., None] + grain[..., None]
    out: Image = np.clip(lit, 0, 255).astype(np.uint8)
    return out


def draw_belt(picture: Image, spec: SceneSpec, camera: Camera, time_s: float, offset_px: FloatArray) -> None:
    """Marks across the moving belt, in place."""
    if not spec.treadmill:
        return
    first = -0.80 + np.mod(-spec.belt_speed_m_s * time_s, _BELT_MARK_M)
    for x in np.arange(first, 0.70, _BELT_MARK_M):
        number = round((x + spec.belt_speed_m_s * time_s) / _BELT_MARK_M)
        tone = 74 if number % 5 else 112
        corners = np.array([[x, -0.25, 0.0], [x + 0.025, -0.25, 0.0], [x + 0.025, 0.25, 0.0], [x, 0.25, 0.0]])
        pixels = camera.project(corners) + offset_px
        cv2.fillConvexPoly(picture, np.round(pixels * 16 - 8).astype(np.int32), (tone, tone, tone + 3), cv2.LINE_AA, 4)
