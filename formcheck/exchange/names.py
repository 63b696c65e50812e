"""What others call our landmarks: Sports2D's short names, and any spelling of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from formcheck.landmarks import NAMES, Landmark

_JOINTS: Final = {
    "Shoulder": "SHOULDER",
    "Elbow": "ELBOW",
    "Wrist": "WRIST",
    "Hip": "HIP",
    "Knee": "KNEE",
    "Ankle": "ANKLE",
    "Heel": "HEEL",
    "BigToe": "FOOT_INDEX",
    "Eye": "EYE",
    "Ear": "EAR",
    "Pinky": "PINKY",
    "Index": "INDEX",
    "Thumb": "THUMB",
}
SPORTS2D: Final[Mapping[Landmark, str]] = MappingProxyType(
    {
        Landmark.NOSE: "Nose",
        **{
            Landmark[f"{side}_{ours}"]: f"{side[0]}{theirs}"
            for side in ("RIGHT", "LEFT")
            for theirs, ours in _JOINTS.items()
        },
    }
)
"""Names as Sports2D and Pose2Sim write them; the landmarks that they do not have are missing."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_KNOWN: Final[Mapping[str, Landmark]] = MappingProxyType(
    {_plain(name): Landmark(i) for i, name in enumerate(NAMES)} | {_plain(n): lm for lm, n in SPORTS2D.items()}
)


def landmark_of(name: str) -> Landmark | None:
    """The landmark by anybody's name, such as `RHip`, `right_hip` or `Right Hip`; None for what formcheck has not."""
    return _KNOWN.get(_plain(name))
