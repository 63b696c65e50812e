"""What a phone does to a picture: exposure, noise, low light and a colour cast."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.skeleton import FloatArray

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Effects:
    """Faults of a recording.

    Attributes
    ----------
    exposure_s : how long the shutter is open; movement during it is blurred. 0 for none.
    noise : standard deviation of the sensor's noise at middle grey, 0 to 255.
    brightness : factor on all light; 0.35 is a dim room.
    gamma : above 1 darkens the shadows.
    cast : factors of red, green and blue.
    defocus_px : standard deviation of a soft focus.
    """

    exposure_s: float = 0.0
    noise: float = 2.0
    brightness: float = 1.0
    gamma: float = 1.0
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    defocus_px: float = 0.0
    seed: int = 0

    @property
    def changes_tone(self) -> bool:
        """Whether brightness, gamma or cast change a picture."""
        return (self.brightness, self.gamma, self.cast) != (1.0, 1.0, (1.0, 1.0, 1.0))


def tone_table(effects: Effects) -> Image:
    """(256, 3) output level of every input level and channel."""
    level = np.linspace(0.0, 1.0, 256)[:, None]
    out: FloatArray = 255.0 * (level * effects.brightness * np.array(effects.cast)) ** effects.gamma
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def noise_bank(effects: Effects, height_px: int, width_px: int) -> NDArray[np.int8] | None:
    """A field of noise larger than the picture, from which every frame takes another window; None without noise."""
    if effects.noise <= 0:
        return None
    rng = np.random.default_rng([effects.seed, 7004])
    field = rng.normal(0.0, effects.noise, (height_px + 64, width_px + 64, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(field, (0, 0), 0.6)
    result: NDArray[np.int8] | None = np.clip(np.rint(soft * effects.noise / soft.std()), -120, 120).astype(np.int8)
    return result


def apply_effects(
    rgb: Image, effects: Effects, frame: int, *, bank: NDArray[np.int8] | None, tones: Image | None
) -> Image:
    """A picture as the phone stores it, before compression."""
    out = rgb
    if effects.defocus_px > 0:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), effects.defocus_px), np.uint8)
    if tones is not None and effects.changes_tone:
        out = np.asarray(cv2.LUT(out, tones[None]), np.uint8)
    if bank is not None:
        rng = np.random.default_rng([effects.seed, 7005, frame])
        y, x = rng.integers(0, 64, 2)
        window = bank[y : y + out.shape[0], x : x + out.shape[1]]
        out = np.asarray(cv2.add(out, window, dtype=cv2.CV_8U), np.uint8)
    return np.ascontiguousarray(out)
