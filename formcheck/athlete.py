"""Chooses the athlete among everyone seen, over the whole clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.landmarks import N_LANDMARKS
from formcheck.types import FloatArray


@dataclass(frozen=True)
class Candidates:
    """Everyone found in every frame: N frames, up to P people each, in no order; NaN where there is nobody.

    Attributes
    ----------
    time_s : (N,) seconds in the real world, strictly increasing.
    xy_px : (N, P, 33, 2) pixels of the upright image.
    visibility : (N, P, 33) 0 to 1.
    world_m : (N, P, 33, 3) metres from the mid-hips: x to the image's right, y down, z away from the camera.
    sharpness, brightness : (N, P) of the picture in each one's box.
    image_size_px : (width, height).
    model : name of what tracked them.
    """

    time_s: FloatArray
    xy_px: FloatArray
    visibility: FloatArray
    world_m: FloatArray
    sharpness: FloatArray
    brightness: FloatArray
    image_size_px: tuple[int, int]
    model: str = ""

    def __post_init__(self) -> None:
        n, p = self.sharpness.shape
        shapes = {
            "time_s": (n,),
            "xy_px": (n, p, N_LANDMARKS, 2),
            "visibility": (n, p, N_LANDMARKS),
            "world_m": (n, p, N_LANDMARKS, 3),
            "brightness": (n, p),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, came {getattr(self, name).shape}")

    @property
    def present(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(N, P) whether there is somebody in the slot."""
        return np.asarray(np.isfinite(self.xy_px[..., 0, 0]))
