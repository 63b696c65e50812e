"""Frames of a synthetic clip: room, treadmill, shadows, athlete, what stands before, and the phone's faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body import Body, build_body
from formcheck.synthetic.body_paint import lay_over, paint_body
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.effects import Effects, apply_effects, noise_bank, tone_table
from formcheck.synthetic.rig import ankle_in_foot
from formcheck.synthetic.scenario import Scenario, camera_of
from formcheck.synthetic.scene import Overlay, Scene, SceneSpec, build_scene, draw_belt, view_axis
from formcheck.synthetic.scene_bystander import placed, standing_person, walking_person
from formcheck.synthetic.skeleton import FloatArray, SkeletonMotion
from formcheck.synthetic.squat import STEP_EDGE_M

Image = NDArray[np.uint8]
_TOE_ROOM_M = 0.012
"""How far the step reaches beyond the standing toe, so that the shoe's front stands on it."""


@dataclass(frozen=True)
class Studio:
    """All that is prepared once for a clip; `bystander` is a second body, or None."""

    motion: SkeletonMotion
    camera: Camera
    body: Body
    bystander: Body | None
    scene: Scene
    effects: Effects
    bank: NDArray[np.int8] | None
    tones: Image

    @property
    def shutter(self) -> float:
        """How long the shutter is open, as a share of the time between frames."""
        time_s = self.motion.time_s
        if len(time_s) < 2:
            return 0.0
        return min(1.0, self.effects.exposure_s / float(np.median(np.diff(time_s))))


def make_studio(
    motion: SkeletonMotion,
    camera: Camera,
    *,
    look: Look | None = None,
    scene: SceneSpec | None = None,
    effects: Effects | None = None,
) -> Studio:
    """Build the body, the room and the tables of a clip."""
    effects, scene = effects or Effects(), scene or SceneSpec()
    return Studio(
        motion=motion,
        camera=camera,
        body=build_body(motion, look or Look()),
        bystander=_bystander(scene, camera, motion.time_s),
        scene=build_scene(scene, camera),
        effects=effects,
        bank=noise_bank(effects, camera.height_px, camera.width_px),
        tones=tone_table(effects),
    )


def _bystander(spec: SceneSpec, camera: Camera, time_s: FloatArray) -> Body | None:
    """Somebody between the wall and the athlete, to one side or walking past."""
    if spec.bystander == "none":
        return None
    axis = view_axis(camera)
    side = np.array([-axis[1], axis[0], 0.0])
    origin = axis * (spec.wall_m - 0.40) + np.array([0.0, 0.0, spec.floor_z_m])
    if spec.bystander == "standing":
        person = placed(standing_person(spec.seed), -axis, origin + 0.75 * side)
    else:
        person = placed(walking_person(spec.seed, time_s), side, origin)
    return build_body(person, Look.from_seed(spec.seed + 411, sex=person.body.sex))


def render_clip(scenario: Scenario, motion: SkeletonMotion) -> Iterator[Image]:
    """Upright RGB frames (H, W, 3) uint8 of a scenario, one for every time of its motion; always the same."""
    return render_motion(
        motion,
        camera_of(scenario),
        look=Look.from_seed(scenario.seed, sex=scenario.sex, **scenario.look),
        scene=scene_of(scenario),
        effects=Effects(**{"seed": scenario.seed, **scenario.effects}),
    )


def scene_of(scenario: Scenario) -> SceneSpec:
    """The room of a scenario: its treadmill or step, and the fields that it sets itself."""
    fields: dict[str, Any] = {"treadmill": scenario.on_belt}
    if scenario.run is not None:
        fields["belt_speed_m_s"] = scenario.run.speed_mps
    if scenario.activity == "treadmill_front":
        fields["console"] = "low"
    if scenario.squat is not None and scenario.squat.step_height_m > 0:
        body = scenario.body
        edge = STEP_EDGE_M + body.foot_m - ankle_in_foot(body)[0] + _TOE_ROOM_M
        fields["box_m"] = (edge - 0.38, edge, -0.30, 0.30, scenario.squat.step_height_m)
    return SceneSpec.from_seed(scenario.seed, **{**fields, **scenario.scene})


def render_motion(
    motion: SkeletonMotion,
    camera: Camera,
    *,
    look: Look | None = None,
    scene: SceneSpec | None = None,
    effects: Effects | None = None,
) -> Iterator[Image]:
    """Upright RGB frames (H, W, 3) uint8 of a motion, one for every time of it; the same for the same arguments."""
    studio = make_studio(motion, camera, look=look, scene=scene, effects=effects)
    for i in range(len(motion.time_s)):
        yield render_frame(studio, i)


def render_frame(studio: Studio, i: int) -> Image:
    """Frame `i` of a clip, upright RGB (H, W, 3).

    1. Room, shifted by the hand shake. 2. Bystander and furniture. 3. Belt and shadows. 4. Athlete. 5. What stands
    before. 6. The phone's faults.
    """
    camera, scene = studio.camera, studio.scene
    offset = camera.shake_offset_px(i)
    # 1
    picture = _shifted(scene.room, offset)
    # 2
    if studio.bystander is not None:
        frame = min(i, len(studio.bystander.poser.linear) - 1)
        lay_over(picture, *paint_body(studio.bystander, frame, camera, detail=1.25))
    _lay_shifted(picture, scene.furniture, offset)
    # 3
    draw_belt(picture, scene.spec, camera, float(studio.motion.time_s[i]), offset)
    shade_floor(picture, _shadows(studio.motion, i, scene.spec), camera, offset)
    # 4
    lay_over(picture, *paint_body(studio.body, i, camera, shutter=studio.shutter))
    # 5
    _lay_shifted(picture, scene.before, offset)
    # 6
    return apply_effects(picture, studio.effects, i, bank=studio.bank, tones=studio.tones)


def _lay_shifted(picture: Image, overlay: Overlay | None, offset_px: FloatArray) -> None:
    """Lay an overlay on a picture, in place, moved by whole and part pixels."""
    if overlay is None:
        return
    whole = np.floor(offset_px).astype(int)
    rgba = _shifted(np.pad(overlay.rgba, ((1, 1), (1, 1), (0, 0))), offset_px - whole)
    lay_over(
        picture, rgba.astype(np.float32), (overlay.place[0] - 1 + int(whole[0]), overlay.place[1] - 1 + int(whole[1]))
    )


def _shifted(picture: Image, offset_px: FloatArray) -> Image:
    if not np.any(offset_px):
        return picture.copy()
    h, w = picture.shape[:2]
    matrix = np.array([[1.0, 0.0, offset_px[0]], [0.0, 1.0, offset_px[1]]])
    return np.asarray(
        cv2.warpAffine(picture, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


@dataclass(frozen=True)
class Shadow:
    """A soft dark ellipse on the ground: centre (3,), half sizes along two directions (2, 3), darkness 0 to 1."""

    centre_m: FloatArray
    half_m: FloatArray
    strength: float


def _shadows(motion: SkeletonMotion, i: int, spec: SceneSpec) -> list[Shadow]:
    out = []
    for side in ("left", "right"):
        heel, toe = motion.joints_m[f"{side}_heel"][i], motion.joints_m[f"{side}_toe"][i]
        centre = 0.5 * (heel + toe)
        ground = spec.ground_z_m(centre[0], centre[1])
        height, centre[2] = max(0.0, float(centre[2]) - ground), ground
        along = (toe - heel) * np.array([1.0, 1.0, 0.0])
        length = float(np.linalg.norm(along))
        along = along / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
        across = np.array([-along[1], along[0], 0.0])
        grow = 1.0 + 1.2 * height
        half = np.stack([along * (0.5 * max(length, 0.10) + 0.05) * grow, across * 0.075 * grow])
        out.append(Shadow(centre, half, 0.55 * float(np.exp(-height / 0.15))))
    under = motion.joints_m["pelvis"][i].copy()
    under[2] = spec.ground_z_m(under[0], under[1])
    wide = 0.18 if spec.box_m is not None else 0.26
    out.append(Shadow(under, wide * np.eye(3)[:2], 0.18))
    return out


def shade_floor(picture: Image, shadows: list[Shadow], camera: Camera, offset_px: FloatArray) -> None:
    """Darken the ground by soft shadows, in place."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)[:, None]
    rings = [s.centre_m + np.cos(angle) * s.half_m[0] + np.sin(angle) * s.half_m[1] for s in shadows]
    pixels = camera.project(np.stack(rings)) + offset_px
    if not np.isfinite(pixels).all():
        return
    h, w = picture.shape[:2]
    low = np.clip(np.floor(pixels.min(axis=(0, 1))).astype(int) - 24, 0, [w, h])
    high = np.clip(np.ceil(pixels.max(axis=(0, 1))).astype(int) + 24, 0, [w, h])
    if (high - low).min() < 8:
        return
    mask = np.zeros(((high[1] - low[1]) // 2, (high[0] - low[0]) // 2), np.float32)
    for ring, shadow in zip(pixels, shadows, strict=True):
        blob = np.zeros_like(mask)
        cv2.fillConvexPoly(blob, np.round((ring - low) * 8).astype(np.int32), (shadow.strength,), cv2.LINE_8, 4)
        mask = np.maximum(mask, cv2.GaussianBlur(blob, (0, 0), 4.0))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    factor = 1.0 - cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
    region = picture[low[1] : high[1], low[0] : high[0]]
    region[:] = (region * factor[..., None]).astype(np.uint8)
