"""Everyone in every frame of a clip, whatever the number of workers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from formcheck.athlete import Candidates
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.models import ModelFile
from formcheck.pose.pool import Found, Pool
from formcheck.pose.worker import N_EXTRAS
from formcheck.types import Frame, Progress, VideoInfo

NUM_POSES = 3
LONG_SIDE_PX = 960
"""Longer images are brought to this before the model, which looks at 256 px, sees them. On real clips, against the
median over shifted copies, 960 is off by as much as full resolution (5.9 and 5.6, 2.6 and 2.8, 2.8 and 3.0 px), 480 by
up to half as much again."""

MAX_WORKERS = 16
_FRAMES_PER_WORKER = 30


def track_poses(
    frames: Iterable[Frame],
    info: VideoInfo,
    *,
    model: ModelFile,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """Find up to three people in every frame, each frame afresh.

    Frames come from whoever can read them (`capture.read_frames`), so that this room need not know how. They are scaled
    here and sent through pipes to one process per core, each with a landmarker of its own; no process sees another's
    frames, and the landmarks are the same to the bit for any number of workers.

    MediaPipe's Tasks API in IMAGE mode was chosen over `mp.solutions` with `static_image_mode`: it is as fast
    (25 against 24 ms a frame on one core), agrees with it (median 1.2 and 0.2 px apart on two real clips), and finds
    several people, with one code path for every mediapipe version and model.

    Parameters
    ----------
    frames : upright images with their times; indices increase.
    info : the clip they are from; landmarks come back in its pixels.
    model : what `models.resolve` gave.
    workers : how many processes; one per core where None.
    progress : told how many frames are done.

    Raises
    ------
    InputError : there is no frame at all.
    ModelError : the model cannot be run.
    """
    count = workers or default_workers(info.n_frames)
    found: list[Found] = []
    with Pool(model.path, count=count, num_poses=NUM_POSES) as pool:
        for item in pool.find_all(_scaled(frame) for frame in frames):
            found.append(item)
            if progress is not None:
                progress("Finding the athlete", len(found), max(len(found), info.n_frames))
    if not found:
        raise InputError(f"{info.name} holds no picture that can be decoded; copy the original from the phone again")
    return _candidates(sorted(found, key=lambda item: item[0]), info, model.name)


def default_workers(n_frames: int) -> int:
    """One process per core that this process may use, fewer for a short clip."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MAX_WORKERS, n_frames // _FRAMES_PER_WORKER))


def _scaled(frame: Frame) -> Frame:
    """The frame no longer than `LONG_SIDE_PX`."""
    height, width = frame.rgb.shape[:2]
    scale = LONG_SIDE_PX / max(height, width)
    if scale >= 1:
        return frame
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return replace(frame, rgb=np.ascontiguousarray(cv2.resize(frame.rgb, size, interpolation=cv2.INTER_AREA)))


def _candidates(found: list[Found], info: VideoInfo, model: str) -> Candidates:
    """Stack the people of all frames, NaN where there are fewer, in pixels of the upright image."""
    most = max(1, *(len(people) for _, _, people in found))
    landmarks = np.full((len(found), most, N_LANDMARKS, 6), np.nan)
    extras = np.full((len(found), most, N_EXTRAS), np.nan)
    for n, (_, _, people) in enumerate(found):
        landmarks[n, : len(people)] = people[:, :-N_EXTRAS].reshape(-1, N_LANDMARKS, 6)
        extras[n, : len(people)] = people[:, -N_EXTRAS:]
    return Candidates(
        time_s=np.array([time_s for _, time_s, _ in found]),
        xy_px=landmarks[..., :2] * np.array([float(info.width_px), float(info.height_px)]),
        visibility=landmarks[..., 2],
        world_m=landmarks[..., 3:],
        sharpness=extras[..., 0],
        brightness=extras[..., 1],
        image_size_px=(info.width_px, info.height_px),
        model=model,
    )
