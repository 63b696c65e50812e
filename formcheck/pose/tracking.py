"""Everyone in every frame of a clip, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck.athlete import Box, Candidates, choose_athlete, lost_boxes
from formcheck.cores import allowed_cores
from formcheck.errors import InputError
from formcheck.models import ModelFile
from formcheck.pose.clip import Poses, find_in_boxes, find_in_image, find_in_stretch, spacing
from formcheck.pose.crowd import Crowd
from formcheck.types import Frame, PoseSequence, Progress, VideoInfo
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
    pose = choose_athlete(reading.found.candidates(), name=info.name)
    boxes = lost_boxes(pose)
    if not boxes:
        return pose
    indices = reading.found.indices()
    reading.look_again({indices[row]: box for row, box in boxes.items()})
    return choose_athlete(reading.found.candidates(), name=info.name)


def find_everyone(
    workers: Workers, frames: Iterable[Frame], info: VideoInfo, model: ModelFile, *, progress: Progress | None = None
) -> Candidates:
    """Everyone in some images, each looked at by itself; indices increase.

    Raises
    ------
    InputError : there is no image at all. ModelError : the model cannot be run.
    """
    tasks = (Task(find_in_image, (str(model.path), frame)) for frame in frames)
    found = Crowd(info, model=model.name)
    for index, time_s, people in workers.run(tasks):
        found.put(index, time_s, people)
        if progress is not None:
            progress("Finding the athlete", len(found), max(len(found), info.n_frames))
    return found.candidates()


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
    """Reads people in a clip; `found` are those of the frames read so far."""

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
        self.found = Crowd(info, model=model.name)
        self._video, self._info, self._model, self._workers = video, info, model, workers
        self._kept, self._keep, self._progress = kept, keep, progress
        self._n_wanted = info.n_frames

    def read_enough(self, apart: int, will_do: Callable[[PoseSequence], bool] | None) -> None:
        """Every `apart`th frame and those kept, or all where that will not do (see `track_athlete`)."""
        n, every = self._info.n_frames, spacing(self._info)
        few = Poses(every, apart, self._kept | {n - 1})
        n_few = sum(index in few for index in range(n))
        if apart == 1 or will_do is None:
            self._n_wanted = n_few
            self._read([(0, n)], few)
            return
        reach = round(0.5 * _MIDDLE_S * self._info.mean_fps / every) * every
        middle = max(n // 2 // every * every - reach, 0), min(n // 2 // every * every + reach, n)
        rest = [(0, middle[0]), (middle[1], n)]
        self._read([middle], few)
        if self._athlete_shows(will_do):
            self._n_wanted = n_few
            self._read(rest, few)
            if self._athlete_shows(will_do):
                return
            rest, middle = [], (0, n)
        self._n_wanted = n
        self._read(rest, Poses(every))
        self._read([middle], replace(few, others=True))

    def look_again(self, boxes: Mapping[int, Box]) -> None:
        """Whoever is found by a look at one box (pixels) in each of some frames is added."""
        size = np.tile([self._info.width_px, self._info.height_px], 2)
        wanted = sorted(boxes)
        groups = [wanted[i : i + _BOXES_AT_ONCE] for i in range(0, len(wanted), _BOXES_AT_ONCE)]
        tasks = [
            Task(find_in_boxes, (self._video, self._info, str(self._model.path), {i: boxes[i] / size for i in group}))
            for group in groups
        ]
        looked_at: set[int] = set()
        for index, records in self._workers.run(tasks):
            if index not in looked_at:  # a task that is begun again gives it twice
                self.found.add(index, records)
            looked_at.add(index)
            if self._progress is not None:
                self._progress("Looking again where the athlete was lost", len(looked_at), len(boxes))

    def _athlete_shows(self, what: Callable[[PoseSequence], bool]) -> bool:
        try:
            return what(choose_athlete(self.found.candidates()))
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
            self.found.put(index, time_s, people)
            if self._progress is not None:
                self._progress("Finding the athlete", len(self.found), max(len(self.found), self._n_wanted))
