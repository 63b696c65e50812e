"""What pose inference alone costs: the floor that everything else is held against."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from formcheck import capture, models
from formcheck.pose import clip
from formcheck.pose.landmarker import landmarker
from formcheck.types import VideoInfo
from formcheck.workers import Task, Workers

_FRAMES = 120


def floor_ms(video: Path, info: VideoInfo, *, processes: int) -> float:
    """Milliseconds that one process takes a frame for mediapipe alone, with so many processes at once (the slowest's).

    In the mode used: people are looked for every so-manieth frame, the landmark model is run on every one. Frames are
    in memory before the clock starts, in the size that the model is given.
    """
    model = str(models.resolve().path)
    with Workers(processes) as workers:
        tasks = [Task(infer, (video, info, model)) for _ in range(processes)]
        return max(float(ms) for ms in workers.run(tasks))


def infer(video: Path, info: VideoInfo, model: str) -> Iterator[float]:
    """Milliseconds a frame, as a task of a worker process."""
    eyes, every = landmarker(model), clip.spacing(info)
    middle = max(info.n_frames // 2 - _FRAMES // 2, 0)
    frames = capture.read_frames(
        video, info, start=middle, stop=middle + _FRAMES, long_side_px=clip.LONG_SIDE_PX, ahead=False
    )
    pictures = [frame.rgb for frame in frames]
    place = eyes.places(pictures[0])[0] if eyes.steady else np.empty(0)
    spent = []
    for number, rgb in enumerate(pictures):
        began = time.perf_counter()
        if not eyes.steady:
            eyes.people(rgb)
        else:
            if number % every == 0:
                eyes.places(rgb)
            eyes.person(rgb, place)
        spent.append(time.perf_counter() - began)
    yield 1000.0 * sum(spent) / len(spent)
