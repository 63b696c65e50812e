"""Everyone in every frame of a clip, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.athlete import Box, Candidates, choose_athlete, lost_boxes
from formcheck.cores import allowed_cores
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.models import ModelFile
from formcheck.pose.clip import find_in_boxes, find_in_image, find_in_stretch, spacing
from formcheck.pose.landmarker import N_COLUMNS, N_EXTRAS, RECORD
from formcheck.types import FloatArray, Frame, PoseSequence, Progress, VideoInfo
from formcheck.workers import Task, Workers

MAX_WORKERS = 16
_FRAMES_PER_WORKER = 30
_LEAST_STRETCH, _MOST_STRETCH = 24, 600
"""Frames that a worker takes at once: the last ones are short, so that all end together."""
_BOXES_AT_ONCE = 16


def track_athlete(
    video: Path,
    info: VideoInfo,
    *,
    model: ModelFile,
    workers: Workers,
    kept: Sequence[int] = (),
    keep: Callable[[Frame], None] | None = None,
    progress: Progress | None = None,
) -> PoseSequence:
    """The athlete's landmarks in every frame of a clip, the same to the bit for any number of workers.

    1. Everyone in every frame, and who of them is the athlete (`athlete.choose_athlete`).
    2. Where the athlete was lost, a closer look at the place where they should be, and the choice made again.

    Parameters
    ----------
    video : the clip's file.
    info : what `capture.probe` said of it; landmarks come back in its pixels.
    model : what `models.resolve` gave.
    kept, keep : indices of frames that are wanted for other uses, too, and who takes them, in no order.
    progress : told how many frames are done.

    Raises
    ------
    InputError : there is no frame, or nobody to follow. ModelError : the model cannot be run.
    """
    people, indices = _everyone(video, info, model, workers, frozenset(kept), keep, progress)
    pose = choose_athlete(people, name=info.name)
    boxes = lost_boxes(pose)
    if not boxes:
        return pose
    wanted = {indices[row]: box for row, box in boxes.items()}
    more = _look_again(video, info, model, workers, people, wanted, indices, progress)
    return choose_athlete(people.joined(more), name=info.name)


def find_everyone(
    workers: Workers, frames: Iterable[Frame], info: VideoInfo, model: ModelFile, *, progress: Progress | None = None
) -> Candidates:
    """Everyone in some images, each looked at by itself; indices increase.

    Raises
    ------
    InputError : there is no image at all. ModelError : the model cannot be run.
    """
    tasks = (Task(find_in_image, (str(model.path), frame)) for frame in frames)
    found = {}
    for index, time_s, people in workers.run(tasks):
        found[index] = (time_s, people)
        if progress is not None:
            progress("Finding the athlete", len(found), max(len(found), info.n_frames))
    return _candidates(found, info, model.name)


def default_workers(n_frames: int) -> int:
    """One process per core that this process may use, fewer for a short clip."""
    return max(1, min(allowed_cores(), MAX_WORKERS, n_frames // _FRAMES_PER_WORKER))


def stretches(n_frames: int, *, workers: int, multiple: int = 1) -> Iterator[tuple[int, int]]:
    """[first, last) of the parts of a clip in their order, shorter towards its end; firsts are multiples."""
    first = 0
    while first < n_frames:
        length = min(max((n_frames - first) // (2 * workers), _LEAST_STRETCH), _MOST_STRETCH)
        last = min(first + -(-length // multiple) * multiple, n_frames)
        yield first, last
        first = last


def _everyone(
    video: Path,
    info: VideoInfo,
    model: ModelFile,
    workers: Workers,
    kept: frozenset[int],
    keep: Callable[[Frame], None] | None,
    progress: Progress | None,
) -> tuple[Candidates, list[int]]:
    """Everyone in every frame, and the index of each frame that could be decoded."""
    parts = stretches(info.n_frames, workers=workers.count, multiple=spacing(info))
    tasks = (Task(find_in_stretch, (video, info, str(model.path), *part, kept)) for part in parts)
    found: dict[int, tuple[float, FloatArray]] = {}
    for item in workers.run(tasks):
        if isinstance(item, Frame):
            if keep is not None:
                keep(item)
            continue
        index, time_s, people = item
        found[index] = (time_s, people)
        if progress is not None:
            progress("Finding the athlete", len(found), max(len(found), info.n_frames))
    return _candidates(found, info, model.name), sorted(found)


def _look_again(
    video: Path,
    info: VideoInfo,
    model: ModelFile,
    workers: Workers,
    people: Candidates,
    boxes: dict[int, Box],
    indices: list[int],
    progress: Progress | None,
) -> Candidates:
    """Whoever is found by a look at one box (pixels) in each of some frames."""
    size = np.tile(people.image_size_px, 2)
    wanted = sorted(boxes)
    groups = [wanted[i : i + _BOXES_AT_ONCE] for i in range(0, len(wanted), _BOXES_AT_ONCE)]
    tasks = [
        Task(find_in_boxes, (video, info, str(model.path), {index: boxes[index] / size for index in group}))
        for group in groups
    ]
    nobody = np.empty((0, RECORD))
    found = dict(zip(indices, ((time_s, nobody) for time_s in people.time_s.tolist()), strict=True))
    for done, (index, records) in enumerate(workers.run(tasks), start=1):
        found[index] = (found[index][0], records)
        if progress is not None:
            progress("Looking again where the athlete was lost", min(done, len(boxes)), len(boxes))
    return _candidates(found, info, model.name)


def _candidates(found: dict[int, tuple[float, FloatArray]], info: VideoInfo, model: str) -> Candidates:
    """What was found in each frame as one array."""
    if not found:
        raise InputError(f"{info.name} holds no picture that can be decoded; copy the original from the phone again")
    size_px = (info.width_px, info.height_px)
    rows = [found[index] for index in sorted(found)]
    records = [_in_pixels(people, np.array(size_px, dtype=np.float64)) for _, people in rows]
    return _stacked(records, np.array([time_s for time_s, _ in rows]), size_px, model)


def _in_pixels(records: FloatArray, size: NDArray[np.float64]) -> FloatArray:
    """(P, RECORD) with x and y in pixels instead of shares of the image."""
    out = records.copy()
    points = out[:, :-N_EXTRAS].reshape(-1, N_LANDMARKS, N_COLUMNS)
    points[..., :2] = points[..., :2] * size
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
