"""MediaPipe's 33 pose landmarks by name, their mirror pairs and the bones between them."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Landmark(IntEnum):
    """Index of each landmark in MediaPipe's order."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


N_LANDMARKS = len(Landmark)
NAMES: tuple[str, ...] = tuple(landmark.name.lower() for landmark in Landmark)


def _mirror_name(name: str) -> str:
    parts = {"LEFT": "RIGHT", "RIGHT": "LEFT"}
    return "_".join(parts.get(part, part) for part in name.split("_"))


MIRROR: NDArray[np.intp] = np.array([Landmark[_mirror_name(lm.name)] for lm in Landmark], dtype=np.intp)
"""`xy[:, MIRROR]` exchanges left and right."""


def side_landmark(joint: str, side: str) -> Landmark:
    """Landmark of a joint on a side: `side_landmark("knee", "left")`."""
    return Landmark[f"{side}_{joint}".upper()]


_LIMB_JOINTS = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "foot_index"),
    ("ankle", "foot_index"),
)
BONES: tuple[tuple[Landmark, Landmark], ...] = (
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    *((side_landmark(a, side), side_landmark(b, side)) for side in ("left", "right") for a, b in _LIMB_JOINTS),
)
