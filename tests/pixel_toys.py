"""Flat pictures of an athlete's waist whose tilt is known, with the landmarks that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from formcheck.landmarks import Landmark, side_landmark
from formcheck.types import Frame, PoseSequence

FINE = 3


@dataclass(frozen=True)
class Toy:
    """Colours and shape of a flat athlete 150 px in the trunk; the line lies `over_hips_px` above the hips."""

    shirt: tuple[int, int, int] = (60, 110, 190)
    shorts: tuple[int, int, int] = (30, 32, 40)
    wall: tuple[int, int, int] = (170, 175, 168)
    trunk_px: float = 150.0
    over_hips_px: float = 30.0
    bow_px: float = 0.0
    view: str = "rear"
    noise: float = 2.0
    arm_before_from: float | None = None
    stickers: tuple[int, int, int] | None = None
    size: tuple[int, int] = (360, 640)
    front_x: float = 180.0
    hips_y: float = 330.0


def landmarks(toy: Toy) -> np.ndarray:
    """(33, 2) pixels, all finite."""
    t, x, y = toy.trunk_px, toy.front_x, toy.hips_y
    xy = np.full((33, 2), [x, y - 1.3 * t], dtype=float)
    left = -1 if toy.view == "rear" else 1
    places = {
        "shoulder": (0.36, -1.0), "elbow": (0.60, -0.75), "wrist": (0.55, -0.95), "pinky": (0.5, -1.0),
        "index": (0.5, -1.0), "thumb": (0.5, -1.0), "hip": (0.18, 0.0), "knee": (0.17, 0.8),
        "ankle": (0.15, 1.6), "heel": (0.15, 1.65), "foot_index": (0.17, 1.72),
    }  # fmt: skip
    for joint, (out, down) in places.items():
        for side, sign in (("left", left), ("right", -left)):
            xy[side_landmark(joint, side)] = [x + sign * out * t, y + down * t]
    if toy.arm_before_from is not None:
        xy[Landmark.LEFT_ELBOW] = [x + left * 0.50 * t, y - 0.45 * t]
        xy[Landmark.LEFT_WRIST] = [x + left * toy.arm_before_from * t, y - 0.20 * t]
        for name in ("LEFT_INDEX", "LEFT_PINKY", "LEFT_THUMB"):
            xy[Landmark[name]] = xy[Landmark.LEFT_WRIST] + [-left * 0.1 * t, 0.0]
    return xy


def draw(toy: Toy, tilt_deg: float, *, seed: int = 0) -> np.ndarray:
    """(H, W, 3) the athlete with the line tilted by `tilt_deg` (image-right end lower)."""
    width, height = toy.size
    picture = np.full((height * FINE, width * FINE, 3), toy.wall, np.uint8)
    t, x, y = toy.trunk_px, toy.front_x, toy.hips_y
    line_y = y - toy.over_hips_px
    slope = np.tan(np.radians(tilt_deg))
    u = np.linspace(-0.32, 0.32, 41) * t
    line = np.stack([x + u, line_y + slope * u - toy.bow_px * ((u / u[0]) ** 2)], axis=1)
    _fill(picture, [*line, (x + 0.36 * t, y + 0.6 * t), (x - 0.36 * t, y + 0.6 * t)], toy.shorts)
    _fill(picture, [*line, (x + 0.36 * t, y - t), (x - 0.36 * t, y - t)], toy.shirt)
    xy = landmarks(toy)
    if toy.stickers is not None:
        for out in (-0.10, 0.10):
            at = (x + out * t, line_y + slope * out * t + 0.07 * t)
            cv2.circle(
                picture,
                tuple(round(v * FINE * 16) for v in at),
                round(0.028 * t * FINE * 16),
                toy.stickers,
                -1,
                cv2.LINE_AA,
                4,
            )
    if toy.arm_before_from is not None:
        ends = [tuple(round(v * FINE) for v in xy[Landmark[f"LEFT_{j}"]]) for j in ("ELBOW", "WRIST", "INDEX")]
        for a, b in pairwise(ends):
            cv2.line(picture, a, b, (190, 140, 110), round(0.15 * t * FINE))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(float)
    noise = np.random.default_rng([seed, 5]).normal(0, toy.noise, small.shape)
    return np.clip(np.rint(small + noise), 0, 255).astype(np.uint8)


def _fill(picture: np.ndarray, outline: list, colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.rint(np.array(outline) * FINE * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def clip(
    toy: Toy, tilts_deg: np.ndarray, *, fps: float = 30.0, landmark_noise_px: float = 3.0
) -> tuple[list[Frame], PoseSequence]:
    """Frames with these tilts, and landmarks with noise that do not see the tilt."""
    n = len(tilts_deg)
    time_s = np.arange(n) / fps
    noise = np.random.default_rng([n, 6]).normal(0, landmark_noise_px, (n, 33, 2))
    pose = PoseSequence(time_s, landmarks(toy) + noise, np.ones((n, 33)), toy.size)
    frames = [Frame(draw(toy, float(a), seed=i), float(time_s[i]), i) for i, a in enumerate(tilts_deg)]
    return frames, pose
