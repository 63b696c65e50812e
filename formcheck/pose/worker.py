"""Finds people in single images: the process that runs mediapipe, fed through its standard input.

Run as `python -m formcheck.pose.worker MODEL NUM_POSES`; `formcheck.pose.pool` holds the other end. A request is a
header of three unsigned 32-bit integers (height, width, 3) and the RGB bytes. An answer is how many people, and
for each a record of `RECORD` 64-bit floats: 33 rows of (x, y, visibility, world x, y, z), then sharpness and
brightness. An empty answer is sent once at the start. It ends when its input ends, hence with its parent.

Every image is looked at afresh (Tasks API, IMAGE mode): no smoothing and no state, so that the answer does not depend
on what came before nor on which process gives it.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

REQUEST = struct.Struct("<III")
ANSWER = struct.Struct("<I")
N_ROWS, N_COLUMNS, N_EXTRAS = 33, 6, 2
RECORD = N_ROWS * N_COLUMNS + N_EXTRAS

MIN_DETECTION = 0.3
"""Below mediapipe's own 0.5: leaning people are found more often, and a false find is sorted out over the clip."""

_SEEN_BY_MODEL_PX = 256


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever native code prints goes to the log, never among the answers
    cv2.setNumThreads(1)
    landmarker = create_landmarker(sys.argv[1], int(sys.argv[2]))
    send(answers, np.empty((0, RECORD)))
    while (rgb := receive(sys.stdin.buffer)) is not None:
        send(answers, find_people(landmarker, rgb))


def receive(requests: BinaryIO) -> NDArray[np.uint8] | None:
    """The next image, or None when there is none."""
    header = requests.read(REQUEST.size)
    if len(header) < REQUEST.size:
        return None
    height, width, depth = REQUEST.unpack(header)
    data = requests.read(height * width * depth)
    if len(data) < height * width * depth:
        return None
    return np.frombuffer(data, dtype=np.uint8).reshape(height, width, depth)


def send(answers: BinaryIO, people: NDArray[np.float64]) -> None:
    """Write one answer: (P, RECORD)."""
    answers.write(ANSWER.pack(len(people)) + people.astype("<f8").tobytes())
    answers.flush()


def create_landmarker(model: str, num_poses: int) -> Any:  # noqa: ANN401 - mediapipe carries no types
    """MediaPipe's pose landmarker on single images."""
    import mediapipe  # noqa: F401 - its parts cannot be imported before the whole
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    options = PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=model),
        running_mode=RunningMode.IMAGE,
        num_poses=num_poses,
        min_pose_detection_confidence=MIN_DETECTION,
    )
    return PoseLandmarker.create_from_options(options)


def find_people(landmarker: Any, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:  # noqa: ANN401
    """(P, RECORD) for everyone seen; x and y are fractions of the image's width and height."""
    import mediapipe as mp

    seen = landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb)))
    people = np.empty((len(seen.pose_landmarks), RECORD))
    for record, image_points, world_points in zip(people, seen.pose_landmarks, seen.pose_world_landmarks, strict=True):
        rows = [
            (point.x, point.y, point.visibility, world.x, world.y, world.z)
            for point, world in zip(image_points, world_points, strict=True)
        ]
        points = np.array(rows, dtype=np.float64)
        record[:-N_EXTRAS] = points.ravel()
        record[-N_EXTRAS:] = picture_quality(rgb, points[:, :2])
    return people


def picture_quality(rgb: NDArray[np.uint8], points: NDArray[np.float64]) -> tuple[float, float]:
    """Sharpness and brightness of the picture in the person's box.

    Sharpness is the standard deviation of the Laplacian over that of the grey values, with the box brought to the
    height that the pose model sees: 0 is flat, and it does not depend on light or on the film's resolution.
    Brightness is the mean grey value from 0 to 1. Both NaN where the box lies outside the image.

    Parameters
    ----------
    rgb : (H, W, 3) uint8.
    points : (33, 2) landmarks as fractions of width and height.
    """
    size = np.array([rgb.shape[1], rgb.shape[0]])
    low = np.clip(np.floor(points.min(axis=0) * size), 0, size).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) * size), 0, size).astype(int)
    if np.any(high - low < 2):
        return np.nan, np.nan
    grey = cv2.cvtColor(rgb[low[1] : high[1], low[0] : high[0]], cv2.COLOR_RGB2GRAY)
    scale = _SEEN_BY_MODEL_PX / grey.shape[0]
    width = max(2, round(grey.shape[1] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    seen = cv2.resize(grey, (width, _SEEN_BY_MODEL_PX), interpolation=method).astype(np.float64)
    return float(np.std(cv2.Laplacian(seen, cv2.CV_64F)) / max(float(np.std(seen)), 1.0)), float(np.mean(grey) / 255)


if __name__ == "__main__":
    main()
