"""A pinhole phone camera around the synthetic athlete.

World frame as in `skeleton.py` (X forward, Y left, Z up, metres). Camera frame: x to the right of the image, y down,
z along the optical axis. Pixels: upright image, origin at the outer corner top left, y down, so that the centre of
the first pixel lies at (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.skeleton import FloatArray

CameraView = Literal["rear", "front", "side_right", "side_left"]

_AXIS: dict[str, tuple[float, float]] = {
    "rear": (1.0, 0.0),
    "front": (-1.0, 0.0),
    "side_right": (0.0, 1.0),
    "side_left": (0.0, -1.0),
}
_SHAKE_HZ = (0.31, 0.83, 1.7, 3.1)
_SHAKE_WEIGHT = (0.62, 0.55, 0.45, 0.33)
_NEAR_M = 0.05


@dataclass(frozen=True)
class Camera:
    """Where the phone stands, how it is held and what it sees.

    Attributes
    ----------
    view : `rear` (behind, athlete's right at the right of the image), `front` (facing the athlete), `side_right`
        (sees the right side; the athlete faces the right of the image), `side_left` (sees the left, faces the left).
    distance_m : horizontal distance from the lens to the target axis.
    height_m : height of the lens above the floor.
    yaw_deg : the camera moved around the vertical axis through the target, anticlockwise seen from above.
    pitch_deg : positive looks down.
    roll_deg : positive turns the content of the image clockwise.
    focal_px : focal length in pixels.
    target_x_m, target_y_m : the vertical axis at the centre of the image.
    shake_px : root mean square of a smooth hand shake, in pixels.
    fps : frames a second, so that the shake has the same pace at every frame rate.
    """

    view: CameraView
    distance_m: float = 3.5
    height_m: float = 0.95
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    focal_px: float = 1100.0
    width_px: int = 720
    height_px: int = 1280
    target_y_m: float = 0.0
    target_x_m: float = 0.0
    shake_px: float = 0.0
    seed: int = 0
    fps: float = 30.0

    def __post_init__(self) -> None:
        if self.view not in get_args(CameraView):
            raise ValueError(f"view {self.view!r} is none of {', '.join(get_args(CameraView))}")
        if self.distance_m <= 0 or self.focal_px <= 0:
            raise ValueError(f"distance {self.distance_m} m and focal length {self.focal_px} px must be positive")

    @property
    def rotation(self) -> FloatArray:
        """(3, 3) world to camera; rows are the image's right, down and the optical axis in the world."""
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        ax, ay = _AXIS[self.view]
        level = np.array([ax * np.cos(yaw) - ay * np.sin(yaw), ax * np.sin(yaw) + ay * np.cos(yaw), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        right = np.cross(level, up)
        axis = np.cos(pitch) * level - np.sin(pitch) * up
        down = np.cross(axis, right)
        c, s = np.cos(roll), np.sin(roll)
        return np.stack([c * right - s * down, s * right + c * down, axis])

    @property
    def position_m(self) -> FloatArray:
        """(3,) the lens in the world."""
        yaw = np.radians(self.yaw_deg)
        ax, ay = _AXIS[self.view]
        level = np.array([ax * np.cos(yaw) - ay * np.sin(yaw), ax * np.sin(yaw) + ay * np.cos(yaw)])
        x, y = np.array([self.target_x_m, self.target_y_m]) - self.distance_m * level
        return np.array([x, y, self.height_m])

    @property
    def extrinsic(self) -> FloatArray:
        """(3, 4) world to camera, `[R | t]`."""
        rotation = self.rotation
        return np.column_stack([rotation, -rotation @ self.position_m])

    @property
    def intrinsic(self) -> FloatArray:
        """(3, 3) camera to pixels; principal point at the centre of the image."""
        f, w, h = self.focal_px, self.width_px, self.height_px
        return np.array([[f, 0.0, w / 2], [0.0, f, h / 2], [0.0, 0.0, 1.0]])

    def to_camera(self, points_m: FloatArray) -> FloatArray:
        """(..., 3) points in the camera frame, metres."""
        camera: FloatArray = (np.asarray(points_m, dtype=float) - self.position_m) @ self.rotation.T
        return camera

    def depth(self, points_m: FloatArray) -> FloatArray:
        """(...,) metres along the optical axis; positive in front of the lens."""
        return self.to_camera(points_m)[..., 2]

    def project(self, points_m: FloatArray, frame_index: int | NDArray[np.intp] | None = None) -> FloatArray:
        """Pixels of points in the world.

        Parameters
        ----------
        points_m : (..., 3) metres.
        frame_index : the frame whose hand shake to add, or (N,) frames along the first axis; None adds none.

        Returns
        -------
        (..., 2) pixels, y down; NaN for what lies behind the lens.
        """
        camera = self.to_camera(points_m)
        z = np.where(camera[..., 2:] > _NEAR_M, camera[..., 2:], np.nan)
        centre = np.array([self.width_px / 2, self.height_px / 2])
        xy: FloatArray = self.focal_px * camera[..., :2] / z + centre
        if frame_index is None:
            return xy
        offset = self.shake_offset_px(frame_index)
        return xy + (offset if offset.ndim == 1 else offset.reshape(len(offset), *[1] * (xy.ndim - 2), 2))

    def shake_offset_px(self, frame_index: int | NDArray[np.intp]) -> FloatArray:
        """(2,) or (N, 2) smooth shift of the image at a frame; the same for the same seed."""
        rng = np.random.default_rng([self.seed, 7919])
        phase = rng.uniform(0, 2 * np.pi, (2, len(_SHAKE_HZ)))
        pace = np.array(_SHAKE_HZ) * rng.uniform(0.85, 1.15, (2, len(_SHAKE_HZ)))
        weight = np.array(_SHAKE_WEIGHT) / np.linalg.norm(_SHAKE_WEIGHT)
        time_s = np.asarray(frame_index, dtype=float)[..., None, None] / self.fps
        wave: FloatArray = np.sin(2 * np.pi * pace * time_s + phase) @ weight
        shift: FloatArray = self.shake_px * np.sqrt(2.0) * wave
        return shift
