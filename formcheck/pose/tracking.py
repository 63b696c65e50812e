"""Everyone in every frame of a clip, whatever the number of workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.athlete import Box, Candidates, choose_athlete, lost_boxes
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.models import ModelFile
from formcheck.pose.pool import Found, Pool
from formcheck.pose.worker import N_COLUMNS, N_EXTRAS, RECORD
from formcheck.types import FloatArray, Frame, PoseSequence, Progress, VideoInfo

NUM_POSES = 3
LONG_SIDE_PX = 960
"""Longer images are brought to this before the model, which looks at 256 px, sees them. On real clips, against the
median over shifted copies, 960 is off by as much as full resolution (5.9 and 5.6, 2.6 and 2.8, 2.8 and 3.0 px), 480 by
up to half as much again."""

MAX_WORKERS = 16
_FRAMES_PER_WORKER = 30
_SMALLEST_CUT_PX = 16


def track_athlete(
    read: Callable[[], Iterable[Frame]],
    info: VideoInfo,
    *,
    model: ModelFile,
    workers: int | None = None,
    progress: Progress | None = None,
) -> PoseSequence:
    """The athlete's landmarks in every frame of a clip.

    1. Everyone in every frame (`track_poses`), and who of them is the athlete (`athlete.choose_athlete`).
    2. Where the athlete was lost, a closer look at the place where they should be, and the choice made again.

    Parameters
    ----------
    read : gives the clip's frames from the beginning, each time it is called (`capture.read_frames`, so that this room
        need not know how).
    info, model, workers, progress : as for `track_poses`.

    Raises
    ------
    InputError : there is no frame, or nobody to follow.
    ModelError : the model cannot be run.
    """
    with Pool(model.path, count=workers or default_workers(info.n_frames), num_poses=NUM_POSES) as pool:
        candidates = _track(pool, read(), info, model.name, progress)
        pose = choose_athlete(candidates, name=info.name)
        boxes = lost_boxes(pose)
        if not boxes:
            return pose
        again = look_again(pool, read(), candidates, boxes, progress=progress)
    return choose_athlete(again, name=info.name)


def track_poses(
    frames: Iterable[Frame],
    info: VideoInfo,
    *,
    model: ModelFile,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """Find up to three people in every frame, each frame afresh.

    Frames are scaled here and sent through pipes to one process per core, each with a landmarker of its own; no process
    needs another's frames, and the landmarks are the same to the bit for any number of workers.

    MediaPipe's Tasks API in IMAGE mode was chosen over `mp.solutions` with `static_image_mode`: it is as fast
    (25 against 24 ms a frame on one core), agrees with it (median 1.2 and 0.2 px apart on two real clips), and finds
    several people, with one code path for every mediapipe version and model.

    Parameters
    ----------
    frames : upright images with their times; indices increase. They may be smaller than the clip, best with a long side
        of `LONG_SIDE_PX`, which spares scaling them here.
    info : the clip they are from; landmarks come back in its pixels.
    model : what `models.resolve` gave.
    workers : how many processes; one per core where None.
    progress : told how many frames are done.

    Raises
    ------
    InputError : there is no frame at all.
    ModelError : the model cannot be run.
    """
    with Pool(model.path, count=workers or default_workers(info.n_frames), num_poses=NUM_POSES) as pool:
        return _track(pool, frames, info, model.name, progress)


def look_again(
    pool: Pool,
    frames: Iterable[Frame],
    candidates: Candidates,
    boxes: Mapping[int, Box],
    *,
    progress: Progress | None = None,
) -> Candidates:
    """The candidates with those added that a look at one box in some of the frames finds.

    Parameters
    ----------
    frames : the same frames again, in order, in any size.
    boxes : left, top, right, bottom in pixels for each row of `candidates` to look at.
    """
    places: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}

    def cuts() -> Iterator[Frame]:
        for row, frame in enumerate(frames):
            if row in boxes:
                cut, places[row] = _cut(frame, row, boxes[row], candidates.image_size_px)
                if min(cut.rgb.shape[:2]) >= _SMALLEST_CUT_PX:
                    yield _scaled(cut)

    records = [np.empty((0, RECORD))] * len(candidates.time_s)
    for done, (row, _, found) in enumerate(pool.find_all(cuts()), 1):
        records[row] = _in_pixels(found, *places[row])
        if progress is not None:
            progress("Looking again where the athlete was lost", done, len(boxes))
    return candidates.joined(_stacked(records, candidates.time_s, candidates.image_size_px, candidates.model))


def default_workers(n_frames: int) -> int:
    """One process per core that this process may use, fewer for a short clip."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MAX_WORKERS, n_frames // _FRAMES_PER_WORKER))


def _track(pool: Pool, frames: Iterable[Frame], info: VideoInfo, model: str, progress: Progress | None) -> Candidates:
    """`track_poses` on workers that run already."""
    found: list[Found] = []
    for item in pool.find_all(map(_scaled, frames)):
        found.append(item)
        if progress is not None:
            progress("Finding the athlete", len(found), max(len(found), info.n_frames))
    if not found:
        raise InputError(f"{info.name} holds no picture that can be decoded; copy the original from the phone again")
    found.sort(key=lambda item: item[0])
    size_px = (info.width_px, info.height_px)
    records = [
        _in_pixels(people, corner=np.zeros(2), size=np.array(size_px, dtype=np.float64)) for _, _, people in found
    ]
    return _stacked(records, np.array([time_s for _, time_s, _ in found]), size_px, model)


def _cut(
    frame: Frame, row: int, box: Box, size_px: tuple[int, int]
) -> tuple[Frame, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The part of a frame inside a box, known by its row; and its corner and size in pixels of the clip."""
    height, width = frame.rgb.shape[:2]
    per_px = np.array([width, height]) / size_px
    corners = np.clip(np.round(box.reshape(2, 2) * per_px), 0, [width, height])
    (left, top), (right, bottom) = corners.astype(int)
    cut = replace(frame, index=row, rgb=frame.rgb[top:bottom, left:right])
    return cut, (corners[0] / per_px, (corners[1] - corners[0]) / per_px)


def _scaled(frame: Frame) -> Frame:
    """The frame no longer than `LONG_SIDE_PX`, C-contiguous."""
    height, width = frame.rgb.shape[:2]
    scale = LONG_SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    rgb = cv2.resize(frame.rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else frame.rgb
    return replace(frame, rgb=np.ascontiguousarray(rgb))


def _in_pixels(records: FloatArray, corner: NDArray[np.float64], size: NDArray[np.float64]) -> FloatArray:
    """(P, RECORD) with x and y in pixels instead of shares of a cut of the image."""
    out = records.copy()
    points = out[:, :-N_EXTRAS].reshape(-1, N_LANDMARKS, N_COLUMNS)
    points[..., :2] = points[..., :2] * size + corner
    return out


def _stacked(records: list[FloatArray], time_s: FloatArray, size_px: tuple[int, int], model: str) -> Candidates:
    """The people of all frames in one array, NaN where there are fewer."""
    people = np.full((len(records), max(1, *map(len, records)), RECORD), np.nan)
    for row, found in zip(people, records, strict=True):
        row[: len(found)] = found
    points = people[..., :-N_EXTRAS].reshape(*people.shape[:2], N_LANDMARKS, N_COLUMNS)
    return Candidates(
        time_s=time_s,
        xy_px=points[..., :2],
        visibility=points[..., 2],
        world_m=points[..., 3:],
        sharpness=people[..., -2],
        brightness=people[..., -1],
        image_size_px=size_px,
        model=model,
    )
