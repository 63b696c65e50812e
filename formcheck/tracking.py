"""A video in, one athlete's raw tracking out: reading, pose model, choice of the athlete, pixel measurements."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from formcheck.scaling import scaled_frame, scaled_pose, working_scale
from formcheck.tables import quantise
from formcheck.types import FloatArray, Frame, PoseSequence, Progress, VideoInfo

if TYPE_CHECKING:
    from formcheck.pixels import ClipModel

_LEARN_FROM = 40
_CHUNK = 32
_STAGE = "Reading pelvis and camera from the picture"


def track(
    video: Path,
    *,
    capture_fps: float | None = None,
    model: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[VideoInfo, PoseSequence]:
    """Read a video and track its athlete: raw landmarks and pixel measurements, quantised as the landmark file is.

    1. The pose model finds everyone in every frame, and the athlete is chosen over the whole clip; some frames are
    kept aside. 2. Waistline, stickers and the camera's tilt are learnt from the frames kept and measured in all.

    Raises
    ------
    InputError : the video cannot be read or shows nobody. ModelError : the pose model cannot be run.
    """
    from formcheck import capture, models
    from formcheck.pose import track_athlete

    info = capture.probe(video, capture_fps=capture_fps)
    scale = working_scale(info.width_px, info.height_px)
    every = max(info.n_frames // _LEARN_FROM, 1)
    kept: list[Frame] = []

    def read() -> Iterator[Frame]:
        frames = capture.read_frames(video, info)
        return frames if kept else _keep_some(frames, kept, every=every, scale=scale)

    raw = track_athlete(read, info, model=models.resolve(model), workers=workers, progress=progress)
    again = (scaled_frame(frame, scale) for frame in capture.read_frames(video, info))
    return info, quantise(_with_pixels(raw, kept, again, scale=scale, progress=progress))


def _keep_some(frames: Iterable[Frame], kept: list[Frame], *, every: int, scale: float) -> Iterator[Frame]:
    """Pass frames on, keeping every so-manieth in working size."""
    for frame in frames:
        if frame.index % every == every // 2 and len(kept) < 2 * _LEARN_FROM:
            kept.append(scaled_frame(frame, scale))
        yield frame


def _with_pixels(
    raw: PoseSequence, kept: list[Frame], frames: Iterator[Frame], *, scale: float, progress: Progress | None
) -> PoseSequence:
    """The tracking with the columns of `pixels` added, in pixels of the full image; `frames` are in working size."""
    from formcheck import pixels

    small = scaled_pose(raw, scale)
    clip = pixels.learn(kept, small)
    if clip.waist is None and clip.stickers is None:
        # nothing differs from frame to frame, so that a second reading can be spared
        rows = [pixels.measure_frame(kept[0].rgb, small.xy_px[0], clip)] * len(raw) if kept else []
    else:
        rows = _measure_all(frames, small, clip, progress)
    if len(rows) != len(raw):
        return raw.evolve("pixel measurements left out: the second reading gave other frames than the first")
    columns = {name: np.array([row[name] for row in rows]) for name in pixels.COLUMN_NAMES}
    found = pixels.finish(columns, small)
    full: dict[str, FloatArray] = {n: c / scale if n.endswith("_px") else c for n, c in found.items()}
    return raw.evolve("pelvis and camera measured from the pixels", extras={**raw.extras, **full})


def _measure_all(
    frames: Iterator[Frame], pose: PoseSequence, clip: ClipModel, progress: Progress | None
) -> list[dict[str, float]]:
    """Pixel measurements of every frame, on all cores, in order."""
    from formcheck import pixels

    rows: list[dict[str, float]] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while chunk := list(islice(frames, _CHUNK)):
            places = pose.xy_px[len(rows) : len(rows) + len(chunk)]
            rows += pool.map(lambda frame, xy: pixels.measure_frame(frame.rgb, xy, clip), chunk, places)
            if progress is not None:
                progress(_STAGE, len(rows), max(len(rows), len(pose)))
    return rows
