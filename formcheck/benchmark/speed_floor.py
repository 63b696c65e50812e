"""What pose inference alone costs: the floor that everything else is held against."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck import capture, models
from formcheck.pose import clip
from formcheck.pose.landmarker import landmarker
from formcheck.types import VideoInfo
from formcheck.workers import Task, Workers

_FRAMES = 120


@dataclass(frozen=True)
class Floor:
    """Milliseconds a frame that one process spends in mediapipe alone: by the clock on the wall, and of a processor."""

    wall_ms: float
    cpu_ms: float


def measure_floor(video: Path, info: VideoInfo, *, processes: int) -> Floor:
    """What mediapipe alone takes with so many processes at once (the slowest of them).

    In the mode used: people are looked for every so-manieth frame, the landmark model is run on every one. Frames are
    in memory before the clock starts, in the size that the model is given.
    """
    model = str(models.resolve().path)
    with Workers(processes) as workers:
        tasks = [Task(infer, (video, info, model)) for _ in range(processes)]
        found: list[Floor] = list(workers.run(tasks))
    return max(found, key=lambda floor: floor.wall_ms)


def infer(video: Path, info: VideoInfo, model: str) -> Iterator[Floor]:
    """Measure in a worker process."""
    eyes, every = landmarker(model), clip.spacing(info)
    middle = max(info.n_frames // 2 - _FRAMES // 2, 0)
    frames = capture.read_frames(
        video, info, start=middle, stop=middle + _FRAMES, long_side_px=clip.LONG_SIDE_PX, ahead=False
    )
    pictures = [frame.rgb for frame in frames]
    place = eyes.places(pictures[0])[0] if eyes.steady else np.empty(0)
    began, began_cpu = time.perf_counter(), time.process_time()
    for number, rgb in enumerate(pictures):
        if not eyes.steady:
            eyes.people(rgb)
        else:
            if number % every == 0:
                eyes.places(rgb)
            eyes.person(rgb, place)
    per_frame = 1000.0 / len(pictures)
    yield Floor((time.perf_counter() - began) * per_frame, (time.process_time() - began_cpu) * per_frame)
