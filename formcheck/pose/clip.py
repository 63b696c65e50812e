"""People in the frames of a clip: what worker processes do, each on stretches of the clip that it reads itself.

Where people are is looked for a few times a second only; in between, their places are interpolated and the landmark
model alone is run. Steady places make steadier landmarks than places found in every frame, and no answer depends on the
landmarks of another frame: nothing lags, no mistake lasts, and stretches may be cut wherever the search begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from formcheck.athlete import Box
from formcheck.capture import read_frames
from formcheck.pose.landmarker import N_COLUMNS, N_EXTRAS, RECORD, Image, Landmarker, Rect, landmarker
from formcheck.pose.places import between
from formcheck.types import FloatArray, Frame, VideoInfo

SEARCH_EVERY_S = 0.2
"""How often people are looked for."""
LONG_SIDE_PX = 1280
"""Longer images are brought to this before the model, which looks at 256 px, sees them."""
_SMALLEST_CUT_PX = 16
_SEEN_BY_MODEL_PX = 256

Found = tuple[int, float, FloatArray]
"""Index and time of a frame, and (P, RECORD) of the people in it; x and y are shares of the image."""


@dataclass(frozen=True)
class Poses:
    """In which frames of a clip the landmark model is run; `index in poses`.

    apart : frames from one to the next, counted from each search for people; `every` frames lie between two of these.
    more : indices of further frames. others : run it in all that are left out instead.
    """

    every: int
    apart: int = 1
    more: frozenset[int] = frozenset()
    others: bool = False

    def __contains__(self, index: int) -> bool:
        return (index % self.every % self.apart == 0 or index in self.more) != self.others


def spacing(info: VideoInfo) -> int:
    """Frames from one search for people to the next."""
    return max(1, round(SEARCH_EVERY_S * info.mean_fps))


def find_in_stretch(
    video: Path, info: VideoInfo, model: str, first: int, last: int, poses: Poses, kept: frozenset[int]
) -> Iterator[Found | Frame]:
    """People in those of the frames [first, last) that are in `poses`; frames in `kept`, too, are handed out.

    `first` and `last` are multiples of `spacing(info)`, or `last` is the end.
    """
    eyes, every = landmarker(model), poses.every
    waiting: list[Frame] = []
    before: list[Rect] = []
    for frame in _read(video, info, first, info.n_frames, lambda index: index % every == 0 or index in poses):
        if frame.index in kept and frame.index < last:
            yield frame
        if not eyes.steady:
            if frame.index < last and frame.index in poses:
                yield frame.index, frame.time_s, _records(frame.rgb, eyes.people(frame.rgb), judged=True)
            continue
        if not waiting or frame.index // every != waiting[-1].index // every:
            after = eyes.places(frame.rgb)
            yield from _between(eyes, waiting, before, after, frame.time_s, poses)
            waiting, before = [], after
        if frame.index >= last:
            return
        waiting.append(frame)
    if waiting:
        yield from _between(eyes, waiting, before, before, np.inf, poses)


def _between(
    eyes: Landmarker, frames: list[Frame], before: list[Rect], after: list[Rect], until_s: float, poses: Poses
) -> Iterator[Found]:
    """People in frames from a search, in the first of them, up to the next one at `until_s`."""
    for place, frame in enumerate(frames):
        if frame.index not in poses:
            continue
        share = (frame.time_s - frames[0].time_s) / (until_s - frames[0].time_s)
        height, width = frame.rgb.shape[:2]
        seen = (eyes.person(frame.rgb, rect) for rect in between(before, after, share, (width, height)))
        people = [person for person in seen if person is not None]
        yield frame.index, frame.time_s, _records(frame.rgb, people, judged=place == 0)


def find_in_boxes(
    video: Path, info: VideoInfo, model: str, boxes: Mapping[int, Box]
) -> Iterator[tuple[int, FloatArray]]:
    """People found by a closer look at one box in some of a clip's frames.

    boxes : left, top, right, bottom in shares of the image by index of the frame.

    Returns the frame's index and (P, RECORD), x and y as shares of the whole image.
    """
    eyes = landmarker(model)
    for frame in _read(video, info, min(boxes), max(boxes) + 1, boxes.__contains__):
        yield frame.index, _in_box(eyes, frame.rgb, boxes[frame.index])


def _in_box(eyes: Landmarker, rgb: Image, box: Box) -> FloatArray:
    size = np.array([rgb.shape[1], rgb.shape[0]])
    corners = np.clip(np.round(box.reshape(2, 2) * size), 0, size).astype(int)
    (left, top), (right, bottom) = corners
    if min(right - left, bottom - top) < _SMALLEST_CUT_PX:
        return np.empty((0, RECORD))
    cut = np.ascontiguousarray(rgb[top:bottom, left:right])
    records = _records(cut, eyes.people(cut), judged=True)
    points = records[:, :-N_EXTRAS].reshape(len(records), -1, N_COLUMNS)
    points[..., :2] = (points[..., :2] * (corners[1] - corners[0]) + corners[0]) / size
    return records


def find_in_image(model: str, frame: Frame) -> Iterator[Found]:
    """People in one image, longer ones brought to `LONG_SIDE_PX`."""
    rgb = _scaled(frame.rgb)
    yield frame.index, frame.time_s, _records(rgb, landmarker(model).people(rgb), judged=True)


def load(model: str) -> Iterator[None]:
    """Have the model ready."""
    landmarker(model)
    yield None


def _read(video: Path, info: VideoInfo, start: int, stop: int, wanted: Callable[[int], bool]) -> Iterator[Frame]:
    return read_frames(video, info, start=start, stop=stop, long_side_px=LONG_SIDE_PX, ahead=False, wanted=wanted)


def _scaled(rgb: Image) -> Image:
    height, width = rgb.shape[:2]
    scale = LONG_SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else rgb


def _records(rgb: Image, people: list[FloatArray], *, judged: bool) -> FloatArray:
    """(P, RECORD) of people in an image; sharpness and brightness NaN unless `judged`."""
    records = np.full((len(people), RECORD), np.nan)
    for record, person in zip(records, people, strict=True):
        record[:-N_EXTRAS] = person.ravel()
        if judged:
            record[-N_EXTRAS:] = picture_quality(rgb, person[:, :2])
    return records


def picture_quality(rgb: Image, points: FloatArray) -> tuple[float, float]:
    """Sharpness and brightness of the picture in a person's box.

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
