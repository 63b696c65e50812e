"""What a user may say beside a clip, read from words: the command line's options and a manifest's columns.

Every reader takes the text and gives the value, or raises UsageError with one line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from formcheck.errors import UsageError
from formcheck.types import PROTOCOLS, SIDES, Protocol, Side

_SEXES = MappingProxyType({"f": "f", "female": "f", "m": "m", "male": "m"})


def protocol(text: str) -> Protocol:
    """A protocol by its name; hyphens, spaces and capitals are accepted."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    for known in PROTOCOLS:
        if word == known:
            return known
    raise UsageError(f"--protocol {text!r} is not known; choose one of {', '.join(PROTOCOLS)}")


def leg(text: str) -> Side:
    """The standing or nearer leg."""
    word = text.strip().lower()
    for side in SIDES:
        if word == side:
            return side
    raise UsageError(f"--leg {text!r} is not known; choose left or right")


def sex(text: str) -> str:
    """`f` or `m`, for the limits that differ."""
    word = _SEXES.get(text.strip().lower())
    if word is None:
        raise UsageError(f"--sex {text!r} is not known; choose f or m, or leave it out")
    return word


def _number(option: str, unit: str, low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(str(text).strip().replace(",", "."))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise UsageError(f"--{option} {text} does not fit; give {unit} between {low:g} and {high:g}")
        return value

    return read


capture_fps = _number("capture-fps", "the frames a second the camera recorded,", 10, 2000)
height_cm = _number("height-cm", "the athlete's height in centimetres,", 80, 250)
speed_kmh = _number("speed-kmh", "the belt's speed in km/h,", 1, 45)

BLUR_FACES = "blur_faces"
"""Beside what is said of a clip: whether its pictures show no face; nothing that is measured depends on it."""
READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "protocol": protocol,
        "leg": leg,
        "sex": sex,
        "capture_fps": capture_fps,
        "height_cm": height_cm,
        "speed_kmh": speed_kmh,
    }
)
"""Readers by the name that `analyse` gives the value."""
