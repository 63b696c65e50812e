"""Clips of the benchmark made once: video, truth and tracking, each kept under what it depends on.

A change of code that only assesses leaves all of them in place, so that a run takes seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from formcheck import sparing, tracking
from formcheck.benchmark.fingerprint import PICTURES, PIXELS, POSE, fingerprint
from formcheck.scaling import LONG_SIDE_PX
from formcheck.synthetic.scenario import Scenario, camera_of, motion, scenario_record
from formcheck.types import SIDES, FloatArray, PoseSequence, Progress, VideoInfo
from formcheck.workers import Workers

_JOINTS = ("hip", "knee", "ankle")


@dataclass(frozen=True)
class Made:
    """A clip that is rendered and tracked.

    joints_px : for a side and joint such as `left_knee` the true place in the image, (N, 2) px.
    """

    scenario: Scenario
    truth: Mapping[str, Any]
    joints_px: Mapping[str, FloatArray]
    info: VideoInfo
    raw: PoseSequence


def default_folder() -> Path:
    """Where clips are kept unless told otherwise."""
    return platformdirs.user_cache_path("formcheck", appauthor=False) / "benchmark"


def scenario_key(scenario: Scenario) -> str:
    """Code for a scenario and for what renders it."""
    record = json.dumps(scenario_record(scenario), sort_keys=True)
    return _hashed(record, fingerprint(PICTURES))


def pose_key(scenario: Scenario) -> str:
    """Code for the landmarks of a scenario's video from the model that is used by default."""
    from formcheck import models

    return _hashed(scenario_key(scenario), models.resolve().sha256, fingerprint(POSE))


def tracking_key(scenario: Scenario) -> str:
    """Code for landmarks and pixel measurements of a scenario's video."""
    return _hashed(pose_key(scenario), fingerprint(PIXELS))


def _hashed(*parts: str) -> str:
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:20]


def is_made(scenario: Scenario, folder: Path) -> bool:
    """Whether a clip needs neither rendering nor tracking."""
    return _tracking_file(scenario, folder).is_file() and _truth_file(scenario, folder).is_file()


def make(scenario: Scenario, folder: Path, progress: Progress | None = None) -> Made:
    """Render and track a clip, or take what was kept of it."""
    video = _rendered(scenario, folder, progress)
    truth, joints = _truth(scenario, folder)
    info, raw = _tracked(scenario, video, folder, progress)
    return Made(scenario, truth, joints, info, raw)


def _named(scenario: Scenario, folder: Path, kind: str, key: str, ending: str) -> Path:
    return folder / kind / f"{scenario.name}-{key}.{ending}"


def _truth_file(scenario: Scenario, folder: Path) -> Path:
    return _named(scenario, folder, "truth", scenario_key(scenario), "npz")


def _tracking_file(scenario: Scenario, folder: Path) -> Path:
    return _named(scenario, folder, "tracking", tracking_key(scenario), "npz")


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A path to write to that becomes `target` once it is written, so that nothing half-written is ever kept."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _rendered(scenario: Scenario, folder: Path, progress: Progress | None) -> Path:
    target = _named(scenario, folder, "video", scenario_key(scenario), "mp4")
    if target.is_file():
        return target
    from formcheck.capture import write_video
    from formcheck.synthetic.render import render_clip

    moving = motion(scenario)

    def frames() -> Iterator[Any]:
        for done, frame in enumerate(render_clip(scenario, moving), 1):
            yield frame
            if progress is not None:
                progress(f"Rendering {scenario.name}", done, len(moving.time_s))

    with _whole(target) as part:
        write_video(part, frames(), times_s=moving.time_s, crf=scenario.recording.crf)
    return target


def _truth(scenario: Scenario, folder: Path) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    target = _truth_file(scenario, folder)
    if not target.is_file():
        from formcheck.synthetic.truth import truth

        moving, camera = motion(scenario), camera_of(scenario)
        rows = np.arange(len(moving.time_s))
        names = [f"{side}_{joint}" for side in SIDES for joint in _JOINTS]
        joints = {name: camera.project(moving.joints_m[name][:, None], rows)[:, 0] for name in names}
        with _whole(target) as part, part.open("wb") as file:
            np.savez_compressed(file, record=np.array(json.dumps(truth(scenario, moving))), **joints)
    with np.load(target) as kept:
        return json.loads(str(kept["record"])), {name: kept[name] for name in kept.files if name != "record"}


def _tracked(
    scenario: Scenario, video: Path, folder: Path, progress: Progress | None
) -> tuple[VideoInfo, PoseSequence]:
    """What `tracking.track` gives; its two halves are kept apart, as the pose model is the slow one."""
    target = _tracking_file(scenario, folder)
    if not target.is_file():
        info, people = _posed(scenario, video, folder, progress)
        raw = _measured(video, info, people, progress)
        with _whole(target) as part:
            save_tracking(info, raw, part)
    return load_tracking(target)


def _posed(scenario: Scenario, video: Path, folder: Path, progress: Progress | None) -> tuple[VideoInfo, PoseSequence]:
    target = _named(scenario, folder, "pose", pose_key(scenario), "npz")
    if not target.is_file():
        from formcheck import capture, models
        from formcheck.pose import track_athlete

        info = capture.probe(video, enough_fps=sparing.enough_fps(None))
        with Workers(1) as workers:
            people = track_athlete(
                video,
                info,
                model=models.resolve(),
                workers=workers,
                apart=sparing.poses_apart(info, None),
                will_do=sparing.moves_slowly,
                kept=tracking.frames_to_keep(info),
                progress=progress,
            )
        with _whole(target) as part:
            save_tracking(info, people, part)
    return load_tracking(target)


def _measured(video: Path, info: VideoInfo, people: PoseSequence, progress: Progress | None) -> PoseSequence:
    """The second half of `tracking.track`: the mirrored reading and pixel measurements."""
    from formcheck import capture, models
    from formcheck.tables import quantise

    wanted = set(tracking.frames_to_keep(info))
    frames = capture.read_frames(video, info, long_side_px=LONG_SIDE_PX)
    kept = [frame for frame in frames if frame.index in wanted]
    with Workers(1) as workers:
        clip = tracking.learn(people, kept, info)
        people = tracking.with_mirror(people, kept, info, models.resolve(), workers, progress=progress)
        measured = tracking.with_pixels(people, clip, video, info, workers, progress=progress)
        return quantise(sparing.filled(measured, capture.frame_times_s(video, info)))


def save_tracking(info: VideoInfo, raw: PoseSequence, path: Path) -> None:
    """Keep a tracking as one file of arrays."""
    words = {"info": asdict(info), "size": raw.image_size_px, "model": raw.model, "history": raw.history}
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            words=np.array(json.dumps(words)),
            time_s=raw.time_s,
            xy_px=raw.xy_px,
            visibility=raw.visibility,
            **{f"extra_{name}": column for name, column in raw.extras.items()},
        )


def load_tracking(path: Path) -> tuple[VideoInfo, PoseSequence]:
    """A tracking that `save_tracking` kept."""
    with np.load(path) as kept:
        words = json.loads(str(kept["words"]))
        extras = {name.removeprefix("extra_"): kept[name] for name in kept.files if name.startswith("extra_")}
        raw = PoseSequence(
            kept["time_s"],
            kept["xy_px"],
            kept["visibility"],
            tuple(words["size"]) if words["size"] else None,
            extras,
            words["model"],
            history=tuple(words["history"]),
        )
    return VideoInfo(**{**words["info"], "notes": tuple(words["info"]["notes"])}), raw
