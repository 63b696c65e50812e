"""One synthetic clip in full: athlete, movement, camera, room, recording; and its motion and truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, get_args

import numpy as np

from formcheck.synthetic.anthropometry import body_of
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.negatives import TwoLegMover
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.running import Runner, runner_of
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.synthetic.squat import Squatter, squatter_of
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import PROTOCOLS, Side

Activity = Literal[
    "treadmill_rear",
    "treadmill_front",
    "treadmill_side",
    "single_leg_squat",
    "step_down",
    "walking",
    "two_leg_squat",
    "lateral_raise",
    "standing_sway",
]
"""The five protocols, and movements that are to be refused."""
TRUTH_VERSION = 1
_ON_BELT = ("treadmill_rear", "treadmill_front", "treadmill_side", "walking")
_SQUATS = ("single_leg_squat", "step_down", "standing_sway")


class Athlete(Protocol):
    """Somebody whose skeleton can be asked for at any moment."""

    def at(self, time_s: FloatArray) -> SkeletonMotion:
        """The skeleton at these moments, (N,) seconds."""
        ...


@dataclass(frozen=True)
class Recording:
    """How the phone stores the clip.

    `jitter` is the standard deviation of frame times as a share of a frame's (0: constant rate) and `dropped` the share
    of frames that are missing. `slow_motion` is how many seconds of playback one real second takes; `tags` are written
    into the file, such as `com.android.capture.fps`.
    """

    crf: int = 26
    codec: str = "libx264"
    rotation_deg: int = 0
    jitter: float = 0.0
    dropped: float = 0.0
    slow_motion: float = 1.0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Everything that makes a clip; the same scenario always gives the same frames and truth.

    Attributes
    ----------
    activity : a protocol of the contract, or a movement to be refused.
    duration_s : length of the clip; None for squats and step-downs, whose repetitions set it.
    body_seed : draws the athlete's own proportions; None for the mean.
    run, squat : the movement, whichever the activity asks for.
    look, scene, effects : fields to set of the renderer's `Look`, `SceneSpec` and `Effects`; the rest is drawn by seed.
    """

    name: str
    activity: Activity
    camera: Camera
    seed: int = 0
    fps: float = 30.0
    duration_s: float | None = None
    height_m: float = 1.70
    sex: str = "f"
    girth: float = 1.0
    body_seed: int | None = None
    run: RunParameters | None = None
    squat: SquatParameters | None = None
    look: Mapping[str, Any] = field(default_factory=dict)
    scene: Mapping[str, Any] = field(default_factory=dict)
    effects: Mapping[str, Any] = field(default_factory=dict)
    recording: Recording = field(default_factory=Recording)

    def __post_init__(self) -> None:
        if self.activity not in get_args(Activity):
            raise ValueError(f"activity {self.activity!r} is none of {', '.join(get_args(Activity))}")
        if self.on_belt and (self.run is None or self.duration_s is None):
            raise ValueError(f"{self.activity} needs the run and a duration")
        if self.activity in _SQUATS and self.squat is None:
            raise ValueError(f"{self.activity} needs the squat")
        if self.activity in ("two_leg_squat", "lateral_raise") and self.duration_s is None:
            raise ValueError(f"{self.activity} needs a duration")

    @property
    def on_belt(self) -> bool:
        """The athlete is on a treadmill."""
        return self.activity in _ON_BELT

    @property
    def is_protocol(self) -> bool:
        """The clip shows one of the five tests."""
        return self.activity in PROTOCOLS

    @property
    def leg(self) -> Side | None:
        """The leg under test."""
        return self.squat.leg if self.squat is not None else None

    @property
    def body(self) -> Anthropometry:
        """The athlete's proportions."""
        return body_of(self.height_m, sex=self.sex, girth=self.girth, seed=self.body_seed)


def athlete_of(scenario: Scenario) -> Runner | Squatter | TwoLegMover:
    """The athlete who moves as the scenario asks.

    Raises
    ------
    ValueError
        When the values wanted do not fit together.
    """
    if scenario.on_belt and scenario.run is not None:
        return runner_of(scenario.body, scenario.run, scenario.duration_s or 0.0)
    if scenario.squat is not None:
        return squatter_of(scenario.body, scenario.squat)
    kind: Literal["two_leg_squat", "lateral_raise"] = (
        "two_leg_squat" if scenario.activity == "two_leg_squat" else "lateral_raise"
    )
    return TwoLegMover(scenario.body, kind, seed=scenario.seed)


def duration_of(scenario: Scenario, athlete: Athlete) -> float:
    """Seconds of the real world that the clip shows."""
    if scenario.duration_s is not None:
        return scenario.duration_s
    if not isinstance(athlete, Squatter):
        raise ValueError(f"{scenario.name} has no duration")
    return athlete.plan.duration_s


def frame_times(scenario: Scenario, athlete: Athlete) -> FloatArray:
    """(N,) seconds of the real world at which frames are taken, starting at 0."""
    recording = scenario.recording
    n = int(np.floor(duration_of(scenario, athlete) * scenario.fps + 1e-9))
    times = np.arange(n) / scenario.fps
    rng = np.random.default_rng([scenario.seed, 809])
    if recording.jitter > 0:
        times = times + np.clip(recording.jitter * rng.normal(size=n), -0.4, 0.4) / scenario.fps
    if recording.dropped > 0:
        kept = rng.random(n) >= recording.dropped
        kept[[0, -1]] = True
        times = times[kept]
    shifted: FloatArray = times - times[0]
    return shifted


def motion(scenario: Scenario) -> SkeletonMotion:
    """The athlete's skeleton at every frame of the clip."""
    athlete = athlete_of(scenario)
    return athlete.at(frame_times(scenario, athlete))


def camera_of(scenario: Scenario) -> Camera:
    """The camera, its hand shake at the pace of the clip's frame rate."""
    return replace(scenario.camera, fps=scenario.fps)


def scenario_record(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain values that JSON can hold; `scenario_files.scenario_from` reads it back."""
    return asdict(scenario)
