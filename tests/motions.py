"""Synthetic athletes as landmarks for the engine's tests: perfect points, known times, and ways to spoil them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from formcheck.landmarks import MIRROR, side_landmark
from formcheck.synthetic.anthropometry import body_of
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.running import Runner, runner_of
from formcheck.synthetic.squat import Squatter, squatter_of
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import SIDES, PoseSequence, VideoInfo

BODY = body_of(1.70)
CAMERAS = {
    "rear": Camera("rear", distance_m=3.5),
    "front": Camera("front", distance_m=3.5),
    "side_right": Camera("side_right", distance_m=3.5),
    "side_left": Camera("side_left", distance_m=3.5),
}
SWAPPED = tuple(side_landmark(j, s) for s in SIDES for j in ("hip", "knee", "ankle", "heel", "foot_index"))


@dataclass(frozen=True)
class RunClip:
    """A run as landmarks, and who ran it."""

    runner: Runner
    pose: PoseSequence

    def times(self, side: str, kind: str = "contact_s") -> np.ndarray:
        """True contacts or toe-offs of one foot within the clip."""
        plan = self.runner.plan
        own = getattr(plan, kind)[(plan.is_left > 0) == (side == "left")]
        return own[(own >= self.pose.time_s[0]) & (own <= self.pose.time_s[-1])]

    def midstances(self, side: str) -> np.ndarray:
        """True middles of the stances of one foot, those of the clip and a few beyond it."""
        plan = self.runner.plan
        return (0.5 * (plan.contact_s + plan.toe_off_s))[(plan.is_left > 0) == (side == "left")]


LONGEST_S = 8.0
RUN = RunParameters()
SQUAT = SquatParameters()


@cache
def runner(parameters: RunParameters = RUN) -> Runner:
    """Fitted once for the longest clip; shorter ones are its beginning."""
    return runner_of(BODY, parameters, LONGEST_S)


@cache
def run_clip(
    view: str = "side_right",
    *,
    parameters: RunParameters = RUN,
    fps: float = 120.0,
    duration_s: float = LONGEST_S,
    noise_px: float = 0.0,
    seed: int = 0,
) -> RunClip:
    athlete = runner(parameters)
    time_s = np.arange(int(duration_s * fps)) / fps
    return RunClip(athlete, perfect_pose(athlete.at(time_s), CAMERAS[view], noise_px=noise_px, seed=seed))


@dataclass(frozen=True)
class SquatClip:
    """A squat test as landmarks, and who did it."""

    athlete: Squatter
    pose: PoseSequence


@cache
def squat_clip(
    parameters: SquatParameters = SQUAT,
    *,
    view: str = "front",
    fps: float = 30.0,
    noise_px: float = 0.0,
) -> SquatClip:
    athlete = squatter_of(BODY, parameters)
    time_s = np.arange(int(athlete.plan.duration_s * fps)) / fps
    return SquatClip(athlete, perfect_pose(athlete.at(time_s), CAMERAS[view], noise_px=noise_px))


def video_of(pose: PoseSequence, name: str = "clip.mp4") -> VideoInfo:
    width, height = pose.image_size_px or (720, 1280)
    seconds = float(pose.time_s[-1] - pose.time_s[0])
    return VideoInfo(name, "0" * 64, width, height, 0, seconds, len(pose), pose.fps, pose.fps, False)


def legs_swapped(pose: PoseSequence, rows: np.ndarray) -> PoseSequence:
    """Left and right legs exchanged in some frames, as the pose model does."""
    legs = np.array(SWAPPED)
    xy, visibility = pose.xy_px.copy(), pose.visibility.copy()
    for array, source in ((xy, pose.xy_px), (visibility, pose.visibility)):
        array[np.ix_(rows, legs)] = source[np.ix_(rows, MIRROR[legs])]
    return replace(pose, xy_px=xy, visibility=visibility)


def mirrored(pose: PoseSequence) -> PoseSequence:
    """The clip in a mirror: x turned round, left and right exchanged."""
    width = (pose.image_size_px or (720, 1280))[0]
    xy = pose.xy_px[:, MIRROR].copy()
    xy[..., 0] = width - xy[..., 0]
    return replace(pose, xy_px=xy, visibility=pose.visibility[:, MIRROR])


def slowed(pose: PoseSequence, factor: float) -> PoseSequence:
    """The same frames said to last longer: slow motion that nobody corrected."""
    return replace(pose, time_s=pose.time_s * factor)
