"""A video in, one athlete's raw tracking out: reading, pose model, choice of the athlete, pixel measurements.

The pose model does not see left and right alike: it reads an athlete who stands square to the camera as turned by 4
to 5° and leaning to one side by 1°, and one leg's knee farther in than the other's. Seen in a mirror it errs the other
way, so that a second, mirrored reading of some frames tells these errors from what the athlete does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from formcheck import signals, sparing
from formcheck.athlete import Candidates, body_yaw, centre_px
from formcheck.cores import one_thread_for_products
from formcheck.geometry import bend_deg, lean_deg
from formcheck.landmarks import side_landmark
from formcheck.scaling import LONG_SIDE_PX, scaled_pose, working_scale
from formcheck.tables import quantise
from formcheck.types import SIDES, FloatArray, Frame, PoseSequence, Progress, Protocol, Side, VideoInfo, other_side
from formcheck.view import camera_view
from formcheck.workers import Task, Workers

if TYPE_CHECKING:
    from formcheck.models import ModelFile
    from formcheck.pixels import ClipModel

_LEARN_FROM = 40
_STAGE = "Reading pelvis and camera from the picture"
_MIRROR_STAGE = "Reading some frames again in a mirror"
_LEAST_MIRRORED = 8


def track(
    video: Path,
    *,
    protocol: Protocol | None = None,
    capture_fps: float | None = None,
    model: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[VideoInfo, PoseSequence]:
    """Read a video and track its athlete: raw landmarks and pixel measurements, quantised as the landmark file is.

    1. The pose model finds everyone, in a slow movement in some of the frames (see `sparing`), and the athlete is
    chosen over the whole clip; some frames are kept aside. 2. Waistline, stickers and the camera's tilt are learnt from
    the frames kept and measured wherever the pose model looked. 3. Frames that it was spared lie between these.

    Parameters
    ----------
    protocol : where it is known: a clip filmed faster than its metrics need is read with fewer frames.

    Raises
    ------
    InputError : the video cannot be read or shows nobody. ModelError : the pose model cannot be run.
    """
    from formcheck import capture, models
    from formcheck.pose import default_workers, load, track_athlete

    info = capture.probe(video, capture_fps=capture_fps, enough_fps=sparing.enough_fps(protocol))
    chosen = models.resolve(model)
    with Workers(workers or default_workers(info.n_frames)) as hands:
        hands.prepare(Task(load, (str(chosen.path),)))
        signals.load()
        one_thread_for_products()
        kept: dict[int, Frame] = {}
        raw = track_athlete(
            video,
            info,
            model=chosen,
            workers=hands,
            apart=sparing.poses_apart(info, protocol),
            will_do=sparing.moves_slowly if protocol is None else None,
            kept=frames_to_keep(info),
            keep=lambda frame: kept.update({frame.index: frame}),
            progress=progress,
        )
        frames = [kept[index] for index in sorted(kept)]
        with ThreadPoolExecutor(1) as aside:
            learning = aside.submit(learn, raw, frames, info)
            mirrored = with_mirror(raw, frames, info, chosen, hands, progress=progress)
        measured = with_pixels(mirrored, learning.result(), video, info, hands, progress=progress)
        return info, quantise(sparing.filled(measured, capture.frame_times_s(video, info)))


def frames_to_keep(info: VideoInfo) -> range:
    """Indices of the frames that are learnt from: about 40, spread over the clip."""
    every = max(info.n_frames // _LEARN_FROM, 1)
    return range(every // 2, info.n_frames, every)[: 2 * _LEARN_FROM]


def with_mirror(
    raw: PoseSequence,
    kept: Sequence[Frame],
    info: VideoInfo,
    model: ModelFile,
    workers: Workers,
    *,
    progress: Progress | None = None,
) -> PoseSequence:
    """The tracking with what the mirror tells of a clip from the front or behind, the same in every row.

    `camera_yaw_deg`: how far the camera stands around the athlete, anticlockwise from above. What to add to have the
    mean of both readings: `left_mirror_bend_deg` and right, to the bend of the leg in the picture while it carries the
    weight; `trunk_mirror_lean_deg`, to the lean of the trunk towards the picture's right.
    """
    from formcheck.pose import find_everyone

    if camera_view(raw).view == "side" or len(kept) < _LEAST_MIRRORED:
        return raw

    def told(_: str, done: int, total: int) -> None:
        if progress is not None:
            progress(_MIRROR_STAGE, done, len(kept))

    flipped = (replace(frame, rgb=np.ascontiguousarray(frame.rgb[:, ::-1])) for frame in kept)
    people = find_everyone(workers, flipped, info, model, progress=told)
    told_by_mirror = mirror_readings(raw, people)
    columns = {name: np.full(len(raw), value) for name, value in told_by_mirror.items()}
    return raw.evolve(f"{len(kept)} frames read again in a mirror", extras={**raw.extras, **columns})


def mirror_readings(raw: PoseSequence, mirrored: Candidates) -> dict[str, float]:
    """What a mirrored reading of some frames tells, by column (see `_with_mirror`); NaN where too little was seen.

    1. In each frame the person nearest to the athlete. 2. In the mirror the turn of the body, the lean of the trunk and
    the bend of a leg have the opposite sign, and left is right. 3. The mean over the frames; for a leg over those in
    which its ankle is the lower, for the camera over those in which the athlete stands tallest: at the bottom of a
    squat or step-down the body is turned by itself, and is read worse.

    raw : the athlete's landmarks in all frames. mirrored : everyone in some of them, each seen in a mirror.
    """
    rows = np.abs(raw.time_s - mirrored.time_s[:, None]).argmin(axis=1)
    width_px = mirrored.image_size_px[0]
    away = centre_px(mirrored.xy_px) - (centre_px(raw.xy_px[rows]) * (-1, 1) + (width_px, 0))[:, None]
    slots = np.argmin(np.nan_to_num(np.linalg.norm(away, axis=-1), nan=np.inf), axis=1)
    xy_px, world_m = (values[np.arange(len(rows)), slots] for values in (mirrored.xy_px, mirrored.world_m))
    direct = raw.xy_px[rows]
    yaw_deg = 0.5 * (raw.extra("body_yaw_deg")[rows] - body_yaw(world_m)[0])[_tallest(direct)]
    lean_shift = -0.5 * (_trunk_lean(xy_px) + _trunk_lean(direct))
    found = {"camera_yaw_deg": -_mean(yaw_deg), "trunk_mirror_lean_deg": _mean(lean_shift)}
    for side in SIDES:
        other = other_side(side)
        shift = -0.5 * (_leg_bend(xy_px, other) + _leg_bend(direct, side))
        ankle, free = (direct[:, side_landmark("ankle", s), 1] for s in (side, other))
        found[f"{side}_mirror_bend_deg"] = _mean(shift[ankle > free])
    return found


def _tallest(xy_px: FloatArray) -> NDArray[np.intp]:
    """The third of some frames, landmarks (K, 33, 2), in which the hips are highest, though not too few."""
    height = xy_px[:, [side_landmark("hip", side) for side in SIDES], 1].mean(axis=1)
    return np.argsort(height, kind="stable")[: max(len(height) // 3, _LEAST_MIRRORED)]


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


def learn(raw: PoseSequence, kept: Sequence[Frame], info: VideoInfo) -> ClipModel:
    """What some frames in working size tell of a clip's athlete and room."""
    from formcheck import pixels

    return pixels.learn(kept, scaled_pose(raw, working_scale(info.width_px, info.height_px)))


def with_pixels(
    raw: PoseSequence,
    clip: ClipModel,
    video: Path,
    info: VideoInfo,
    workers: Workers,
    *,
    progress: Progress | None = None,
) -> PoseSequence:
    """The tracking with the columns of `pixels` added, in pixels of the full image; `clip` is what was learnt."""
    from formcheck import pixels

    scale = working_scale(info.width_px, info.height_px)
    small = scaled_pose(raw, scale)
    looked_at = sparing.for_pixels(small)
    if clip.waist is None and clip.stickers is None:
        # nothing differs from frame to frame, so that a second reading can be spared
        rows = [pixels.measure_frame(np.zeros((1, 1, 3), np.uint8), small.xy_px[0], clip)] * len(looked_at)
    else:
        rows = _measure_all(video, info, looked_at, clip, workers, progress)
    if len(rows) != len(looked_at):
        return raw.evolve("pixel measurements left out: the second reading gave other frames than the first")
    columns = {name: np.array([row[name] for row in rows]) for name in pixels.COLUMN_NAMES}
    found = sparing.spread(pixels.finish(columns, looked_at), looked_at.time_s, small.time_s)
    found |= _near_foot(video, info, small, clip, progress)
    full: dict[str, FloatArray] = {n: c / scale if n.endswith("_px") else c for n, c in found.items()}
    return raw.evolve("pelvis and camera measured from the pixels", extras={**raw.extras, **full})


def _near_foot(
    video: Path, info: VideoInfo, pose: PoseSequence, clip: ClipModel, progress: Progress | None
) -> dict[str, FloatArray]:
    """What a run from the side shows of the nearer foot as it lands; nothing in other clips."""
    from formcheck import capture, pixels

    plan = pixels.plan_foot(pose)
    if plan is None or clip.background is None:
        return {}
    rows = set(np.searchsorted(capture.frame_times_s(video, info), pose.time_s).tolist())
    frames = capture.read_frames(video, info, long_side_px=LONG_SIDE_PX, wanted=rows.__contains__)
    return pixels.follow_foot(frames, plan, clip.background, progress=progress)


def _measure_all(
    video: Path, info: VideoInfo, pose: PoseSequence, clip: ClipModel, workers: Workers, progress: Progress | None
) -> list[dict[str, float]]:
    """Pixel measurements of every frame that has a row, in order."""
    from formcheck import capture
    from formcheck.pose import stretches

    indices = np.searchsorted(capture.frame_times_s(video, info), pose.time_s)
    tasks = (
        Task(measure_stretch, (video, info, indices[first:last], pose.xy_px[first:last], clip))
        for first, last in stretches(len(pose), workers=workers.count)
    )
    rows: dict[int, dict[str, float]] = {}
    for index, row in workers.run(tasks):
        rows[index] = row
        if progress is not None:
            progress(_STAGE, len(rows), max(len(rows), len(pose)))
    return [rows[index] for index in sorted(rows)]


def measure_stretch(
    video: Path, info: VideoInfo, indices: NDArray[np.intp], xy_px: FloatArray, clip: ClipModel
) -> Iterator[tuple[int, dict[str, float]]]:
    """Pixel measurements of some frames in a row; what a worker process does.

    indices : (K,) increasing. xy_px : (K, 33, 2) the athlete's landmarks in them, in working size.
    """
    from formcheck import capture, pixels

    places = dict(zip(indices.tolist(), xy_px, strict=True))
    frames = capture.read_frames(
        video,
        info,
        start=int(indices[0]),
        stop=int(indices[-1]) + 1,
        long_side_px=LONG_SIDE_PX,
        ahead=False,
        wanted=places.__contains__,
    )
    for frame in frames:
        yield frame.index, pixels.measure_frame(frame.rgb, places[frame.index], clip)
