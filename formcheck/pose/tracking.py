"""Everyone in every frame of a clip, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.athlete import Box, Candidates, choose_athlete, lost_boxes
from formcheck.cores import allowed_cores
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.models import ModelFile
from formcheck.pose.clip import Poses, find_in_boxes, find_in_image, find_in_stretch, spacing
from formcheck.pose.landmarker import N_COLUMNS, N_EXTRAS, RECORD
from formcheck.types import FloatArray, Frame, PoseSequence, Progress, VideoInfo
from formcheck.workers import Task, Workers

MAX_WORKERS = 16
_FRAMES_PER_WORKER = 30
_LEAST_STRETCH, _MOST_STRETCH = 24, 600
"""Frames that a worker takes at once: the last ones are short, so that all end together."""
_BOXES_AT_ONCE = 16
_MIDDLE_S = 4.0
"""What is looked at to know how many poses a clip needs."""
Part = tuple[int, int]
"""Indices of the first frame and of the one after the last."""


def track_athlete(
    video: Path,
    info: VideoInfo,
    *,
    model: ModelFile,
    workers: Workers,
    apart: int = 1,
    will_do: Callable[[PoseSequence], bool] | None = None,
    kept: Sequence[int] = (),
    keep: Callable[[Frame], None] | None = None,
    progress: Progress | None = None,
) -> PoseSequence:
    """The athlete's landmarks in the frames of a clip, the same to the bit for any number of workers.

    1. Everyone in every `apart`th frame, and who of them is the athlete (`athlete.choose_athlete`).
    2. Where that will not do, the frames between.
    3. Where the athlete was lost, a closer look at the place where they should be, and the choice made again.

    Parameters
    ----------
    video : the clip's file.
    info : what `capture.probe` said of it; landmarks come back in its pixels.
    model : what `models.resolve` gave.
    apart : frames from one that is looked at to the next; the others have no row.
    will_do : whether so few will do, asked of the athlete in some seconds in the middle of the clip and, once more, in
        all of it; None where that is known.
    kept, keep : indices of frames that are wanted for other uses, too, and who takes them, in no order.
    progress : told how many frames are done.

    Raises
    ------
    InputError : there is no frame, or nobody to follow. ModelError : the model cannot be run.
    """
    reading = _Reading(video, info, model, workers, frozenset(kept), keep, progress)
    reading.read_enough(apart, will_do)
    people, indices = reading.people(), sorted(reading.found)
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


def _cut(parts: Sequence[Part], *, workers: int, multiple: int) -> Iterator[Part]:
    """`stretches` of some parts of a clip, none over the end of a part."""
    for first, last in stretches(sum(stop - start for start, stop in parts), workers=workers, multiple=multiple):
        before = 0
        for start, stop in parts:
            low, high = max(first - before, 0), min(last - before, stop - start)
            if low < high:
                yield start + low, start + high
            before += stop - start


class _Reading:
    """Reads people in a clip; `found` holds the time and the people of each frame by its index."""

    def __init__(
        self,
        video: Path,
        info: VideoInfo,
        model: ModelFile,
        workers: Workers,
        kept: frozenset[int],
        keep: Callable[[Frame], None] | None,
        progress: Progress | None,
    ) -> None:
        self.found: dict[int, tuple[float, FloatArray]] = {}
        self._video, self._info, self._model, self._workers = video, info, model, workers
        self._kept, self._keep, self._progress = kept, keep, progress
        self._n_wanted = info.n_frames

    def read_enough(self, apart: int, will_do: Callable[[PoseSequence], bool] | None) -> None:
        """Every `apart`th frame and those kept, or all where that will not do (see `track_athlete`)."""
        n, every = self._info.n_frames, spacing(self._info)
        few = Poses(every, apart, self._kept | {n - 1})
        self._n_wanted = sum(index in few for index in range(n))
        if apart == 1 or will_do is None:
            self._read([(0, n)], few)
            return
        reach = round(0.5 * _MIDDLE_S * self._info.mean_fps / every) * every
        middle = max(n // 2 // every * every - reach, 0), min(n // 2 // every * every + reach, n)
        rest = [(0, middle[0]), (middle[1], n)]
        self._read([middle], few)
        if self._athlete_shows(will_do):
            self._read(rest, few)
            if self._athlete_shows(will_do):
                return
            rest, middle = [], (0, n)
        self._n_wanted = n
        self._read(rest, Poses(every))
        self._read([middle], replace(few, others=True))

    def people(self) -> Candidates:
        """Everyone in the frames that were read."""
        return _candidates(self.found, self._info, self._model.name)

    def _athlete_shows(self, what: Callable[[PoseSequence], bool]) -> bool:
        try:
            return what(choose_athlete(self.people()))
        except InputError:  # nobody yet
            return False

    def _read(self, parts: Sequence[Part], poses: Poses) -> None:
        """People in the frames of `poses` in some parts of the clip."""
        tasks = (
            Task(find_in_stretch, (self._video, self._info, str(self._model.path), *part, poses, self._kept))
            for part in _cut(parts, workers=self._workers.count, multiple=poses.every)
        )
        for item in self._workers.run(tasks):
            if isinstance(item, Frame):
                if self._keep is not None and item.index not in self.found:
                    self._keep(item)
                continue
            index, time_s, people = item
            self.found[index] = (time_s, people)
            if self._progress is not None:
                self._progress("Finding the athlete", len(self.found), max(len(self.found), self._n_wanted))


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
