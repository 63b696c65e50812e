"""A video in, one athlete's raw tracking out: reading, pose model, choice of the athlete, pixel measurements.

The pose model does not see left and right alike: it reads an athlete who stands square to the camera as turned by 4
to 5° and leaning to one side by 1°, and one leg's knee farther in than the other's. Seen in a mirror it errs the other
way, so that a second, mirrored reading of some frames tells these errors from what the athlete does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from formcheck.athlete import Candidates, body_yaw, centre_px
from formcheck.geometry import bend_deg, lean_deg
from formcheck.landmarks import side_landmark
from formcheck.scaling import scaled_frame, scaled_pose, working_scale
from formcheck.tables import quantise
from formcheck.types import SIDES, FloatArray, Frame, PoseSequence, Progress, Side, VideoInfo, other_side
from formcheck.view import camera_view

if TYPE_CHECKING:
    from formcheck.models import ModelFile
    from formcheck.pixels import ClipModel

_LEARN_FROM = 40
_CHUNK = 32
_STAGE = "Reading pelvis and camera from the picture"
_MIRROR_STAGE = "Reading some frames again in a mirror"
_LEAST_MIRRORED = 8


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

    chosen = models.resolve(model)
    raw = track_athlete(read, info, model=chosen, workers=workers, progress=progress)
    raw = _with_mirror(raw, kept, info, chosen, workers=workers, progress=progress)
    again = (scaled_frame(frame, scale) for frame in capture.read_frames(video, info))
    return info, quantise(_with_pixels(raw, kept, again, scale=scale, progress=progress))


def _keep_some(frames: Iterable[Frame], kept: list[Frame], *, every: int, scale: float) -> Iterator[Frame]:
    """Pass frames on, keeping every so-manieth in working size."""
    for frame in frames:
        if frame.index % every == every // 2 and len(kept) < 2 * _LEARN_FROM:
            kept.append(scaled_frame(frame, scale))
        yield frame


def _with_mirror(
    raw: PoseSequence,
    kept: list[Frame],
    info: VideoInfo,
    model: ModelFile,
    *,
    workers: int | None,
    progress: Progress | None,
) -> PoseSequence:
    """The tracking with what the mirror tells of a clip from the front or behind, the same in every row.

    `camera_yaw_deg`: how far the camera stands around the athlete, anticlockwise from above. What to add to have the
    mean of both readings: `left_mirror_bend_deg` and right, to the bend of the leg in the picture while it carries the
    weight; `trunk_mirror_lean_deg`, to the lean of the trunk towards the picture's right.
    """
    from formcheck.pose import track_poses

    if camera_view(raw).view == "side" or len(kept) < _LEAST_MIRRORED:
        return raw

    def told(_: str, done: int, total: int) -> None:
        if progress is not None:
            progress(_MIRROR_STAGE, done, total)

    flipped = [replace(frame, rgb=np.ascontiguousarray(frame.rgb[:, ::-1])) for frame in kept]
    people = track_poses(flipped, info, model=model, workers=workers, progress=told)
    told_by_mirror = mirror_readings(raw, people)
    columns = {name: np.full(len(raw), value) for name, value in told_by_mirror.items()}
    return raw.evolve(f"{len(kept)} frames read again in a mirror", extras={**raw.extras, **columns})


def mirror_readings(raw: PoseSequence, mirrored: Candidates) -> dict[str, float]:
    """What a mirrored reading of some frames tells, by column (see `_with_mirror`); NaN where too little was seen.

    1. In each frame the person nearest to the athlete. 2. In the mirror the turn of the body, the lean of the trunk and
    the bend of a leg have the opposite sign, and left is right. 3. The mean over the frames; for a leg over those in
    which its ankle is the lower.

    raw : the athlete's landmarks in all frames. mirrored : everyone in some of them, each seen in a mirror.
    """
    rows = np.abs(raw.time_s - mirrored.time_s[:, None]).argmin(axis=1)
    width_px = mirrored.image_size_px[0]
    away = centre_px(mirrored.xy_px) - (centre_px(raw.xy_px[rows]) * (-1, 1) + (width_px, 0))[:, None]
    slots = np.argmin(np.nan_to_num(np.linalg.norm(away, axis=-1), nan=np.inf), axis=1)
    xy_px, world_m = (values[np.arange(len(rows)), slots] for values in (mirrored.xy_px, mirrored.world_m))
    yaw_deg = 0.5 * (raw.extra("body_yaw_deg")[rows] - body_yaw(world_m)[0])
    direct = raw.xy_px[rows]
    lean_shift = -0.5 * (_trunk_lean(xy_px) + _trunk_lean(direct))
    found = {"camera_yaw_deg": -_mean(yaw_deg), "trunk_mirror_lean_deg": _mean(lean_shift)}
    for side in SIDES:
        other = other_side(side)
        shift = -0.5 * (_leg_bend(xy_px, other) + _leg_bend(direct, side))
        ankle, free = (direct[:, side_landmark("ankle", s), 1] for s in (side, other))
        found[f"{side}_mirror_bend_deg"] = _mean(shift[ankle > free])
    return found


def _leg_bend(xy_px: FloatArray, side: Side) -> FloatArray:
    """(K,) bend of a leg in the picture of landmarks (K, 33, 2)."""
    return bend_deg(*(xy_px[:, side_landmark(joint, side)] for joint in ("hip", "knee", "ankle")))


def _trunk_lean(xy_px: FloatArray) -> FloatArray:
    """(K,) lean of the line from mid-hips to mid-shoulders of landmarks (K, 33, 2) towards the picture's right."""
    hips, shoulders = (
        xy_px[:, [side_landmark(joint, side) for side in SIDES]].mean(axis=1) for joint in ("hip", "shoulder")
    )
    return lean_deg(hips, shoulders)


def _mean(values: FloatArray) -> float:
    """Mean of the middle half of what is known; NaN for too few."""
    known = np.sort(values[np.isfinite(values)])
    quarter = len(known) // 4
    return float(known[quarter : len(known) - quarter].mean()) if len(known) >= _LEAST_MIRRORED else float("nan")


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
