"""The frozen values that flow between rooms, checked at birth.

Lengths end in `_px` or `_m`, times in `_s` or `_ms`, angles in `_deg`. Missing is NaN in arrays and
None in results. Image coordinates: upright image, origin top left, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from formcheck import __version__
from formcheck.landmarks import N_LANDMARKS, side_landmark

FloatArray = NDArray[np.float64]
Side = Literal["left", "right"]
ResultSide = Literal["left", "right", "both"]
Protocol = Literal["treadmill_rear", "treadmill_front", "treadmill_side", "single_leg_squat", "step_down"]
View = Literal["rear", "front", "side"]
Band = Literal["within", "watch", "outside", "uncertain", "not_assessable"]
CheckBand = Literal["ok", "warn", "fail"]
Status = Literal["pass", "fail", "uncertain", "not_assessable"]
EventKind = Literal["initial_contact", "toe_off", "rep_start", "rep_bottom", "rep_end", "touchdown"]

Progress = Callable[[str, int, int], None]
"""Called with the stage in plain words, how much is done and how much there is (0: not known)."""

SIDES: tuple[Side, Side] = ("left", "right")
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
MAX_FRAMES = 250_000
"""Most frames of a clip or rows of a landmark file: half an hour at 120 a second and more."""
RUNNING: tuple[Protocol, ...] = ("treadmill_rear", "treadmill_front", "treadmill_side")


def other_side(side: Side) -> Side:
    """The opposite side."""
    return "right" if side == "left" else "left"


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a clip. Sizes are those of the upright image.

    `frame_step`: of the file's pictures every so-manieth is a frame; `n_frames`, `mean_fps` and all frame numbers count
    frames. `mean_fps` counts frames per second of the real world; `time_stretch` is how many seconds of
    playback one real second takes (1 normally, 8 for 240 fps exported at 30), and
    `time_stretch_source` names where that came from (`none`, `container`, `user`). `notes` are plain
    sentences on what was wrong with the file and yet could be used.
    """

    name: str
    sha256: str
    width_px: int
    height_px: int
    rotation_deg: int
    duration_s: float
    n_frames: int
    mean_fps: float
    capture_fps: float | None
    variable_rate: bool
    time_stretch: float = 1.0
    time_stretch_source: str = "none"
    frame_step: int = 1
    codec: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"image size {self.width_px}×{self.height_px} px is not positive")
        if not self.time_stretch > 0:
            raise ValueError(f"time stretch {self.time_stretch} is not positive")


@dataclass(frozen=True)
class Frame:
    """One upright RGB image (H, W, 3) uint8, C-contiguous, with its real-world time."""

    rgb: NDArray[np.uint8]
    time_s: float
    index: int


@dataclass(frozen=True)
class PoseSequence:
    """One athlete's landmarks over a clip.

    Attributes
    ----------
    time_s : (N,) seconds in the real world, strictly increasing.
    xy_px : (N, 33, 2) pixels of the upright image; NaN where missing.
    visibility : (N, 33) 0 to 1; NaN where missing.
    image_size_px : (width, height) of the upright image, or None where not known.
    extras : named (N,) columns of what else was tracked from the pixels; NaN where missing.
    model : name of what tracked it.
    trusted_hips : the hip points are true joint centres, so the pelvis may be read from them.
    history : one line per operation applied since raw tracking.
    """

    time_s: FloatArray
    xy_px: FloatArray
    visibility: FloatArray
    image_size_px: tuple[int, int] | None = None
    extras: Mapping[str, FloatArray] = field(default_factory=dict)
    model: str = ""
    trusted_hips: bool = False
    history: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.time_s)
        if self.time_s.shape != (n,) or n == 0:
            raise ValueError(f"time_s must be (N,) with N ≥ 1, came {self.time_s.shape}")
        if n > 1 and not np.all(np.diff(self.time_s) > 0):
            raise ValueError("time_s must increase strictly")
        if self.xy_px.shape != (n, N_LANDMARKS, 2):
            raise ValueError(f"xy_px must be ({n}, {N_LANDMARKS}, 2), came {self.xy_px.shape}")
        if self.visibility.shape != (n, N_LANDMARKS):
            raise ValueError(f"visibility must be ({n}, {N_LANDMARKS}), came {self.visibility.shape}")
        for name, column in self.extras.items():
            if column.shape != (n,):
                raise ValueError(f"column {name} must be ({n},), came {column.shape}")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def fps(self) -> float:
        """Mean frames per second; NaN for a single frame."""
        n = len(self)
        return (n - 1) / float(self.time_s[-1] - self.time_s[0]) if n > 1 else float("nan")

    def joint(self, joint: str, side: Side) -> FloatArray:
        """(N, 2) pixels of a joint on a side, such as `joint("knee", "left")`."""
        return self.xy_px[:, side_landmark(joint, side)]

    def midpoint(self, joint: str) -> FloatArray:
        """(N, 2) pixels halfway between the left and the right joint."""
        return 0.5 * (self.joint(joint, "left") + self.joint(joint, "right"))

    def extra(self, name: str) -> FloatArray:
        """A named column, all NaN where it was not tracked."""
        return self.extras.get(name, np.full(len(self), np.nan))

    def rows(self, which: slice | NDArray[np.intp] | NDArray[np.bool_]) -> PoseSequence:
        """Some of the frames, in order."""
        return replace(
            self,
            time_s=self.time_s[which],
            xy_px=self.xy_px[which],
            visibility=self.visibility[which],
            extras={name: column[which] for name, column in self.extras.items()},
        )

    def evolve(
        self,
        step: str,
        *,
        xy_px: FloatArray | None = None,
        visibility: FloatArray | None = None,
        extras: Mapping[str, FloatArray] | None = None,
    ) -> PoseSequence:
        """A copy with some arrays changed and `step` added to the history."""
        return replace(
            self,
            xy_px=self.xy_px if xy_px is None else xy_px,
            visibility=self.visibility if visibility is None else visibility,
            extras=self.extras if extras is None else extras,
            history=(*self.history, step),
        )


@dataclass(frozen=True)
class Event:
    """A moment on one side; `time_s` may lie between frames, `frame` is the nearest.

    `corrected` says that it is new or lies elsewhere since somebody put something right.
    """

    kind: EventKind
    side: Side
    time_s: float
    frame: int
    corrected: bool = False


@dataclass(frozen=True)
class Cycle:
    """A half-open span [start_s, end_s) of one side: a stride, or a repetition.

    `marks` names moments inside it: `toe_off` for a stride, `bottom` for a repetition.
    """

    side: Side
    start_s: float
    end_s: float
    marks: Mapping[str, float] = field(default_factory=dict)
    valid: bool = True
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.end_s > self.start_s:
            raise ValueError(f"cycle ends at {self.end_s} s, before it starts at {self.start_s} s")


@dataclass(frozen=True)
class Metric:
    """A record of the registry: what a metric is, apart from any clip."""

    id: str
    unit: str
    label: str
    plain: str
    positive: str
    definition: str
    min_fps: float = 0.0
    scored: bool = True


@dataclass(frozen=True)
class MetricResult:
    """A metric measured on one side of one clip; `value` None means not assessable, with a reason."""

    id: str
    side: ResultSide
    unit: str
    value: float | str | None
    ci95: tuple[float, float] | None = None
    per_cycle: tuple[float | str | None, ...] = ()
    cycle_times_s: tuple[float, ...] = ()
    measurement_error: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.id} ({self.side}) has neither a value nor a reason")
        if isinstance(self.value, float) and not np.isfinite(self.value):
            raise ValueError(f"{self.id} ({self.side}) is not finite; use None and a reason")

    @property
    def n(self) -> int:
        """Number of cycles that gave a value."""
        return sum(v is not None for v in self.per_cycle)


@dataclass(frozen=True)
class Criterion:
    """A cited limit for one metric in some protocols.

    Limits are on the metric's own scale and sign; None where there is none. A value above `watch_above` or below
    `watch_below` is `watch`; beyond `outside_above` / `outside_below` it is `outside`. Above `strong_above` a watch is
    said more strongly. `inclusive`: reaching a limit already counts as beyond it. `outside_cycles`: this many single
    cycles beyond `outside_above` are outside too, whatever the median.
    """

    id: str
    metric_id: str
    protocols: tuple[Protocol, ...]
    source: str
    kind: Literal["published", "convention", "judgement"]
    watch_above: float | None = None
    watch_below: float | None = None
    outside_above: float | None = None
    outside_below: float | None = None
    sex: Literal["f", "m"] | None = None
    decides: bool = False
    advice_high: str = ""
    advice_low: str = ""
    strong_above: float | None = None
    inclusive: bool = False
    outside_cycles: int | None = None
    note: str = ""

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by name."""
        names = ("watch_above", "watch_below", "outside_above", "outside_below", "strong_above")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True)
class Finding:
    """One metric on one side held against its criterion."""

    metric_id: str
    side: ResultSide
    band: Band
    reason: str
    criterion: Criterion | None = None
    advice: str = ""


@dataclass(frozen=True)
class QualityCheck:
    """One check of the recording; `limit` is the bound of `ok`, `value` None where it cannot be judged."""

    id: str
    label: str
    value: float | None
    unit: str
    limit: float
    band: CheckBand
    advice: str = ""


@dataclass(frozen=True)
class Verdict:
    """The whole clip in one word, with reasons in plain sentences."""

    status: Status
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Recognised:
    """What the movement itself says the clip shows; None where it does not say.

    `refusal` is a plain sentence where the clip shows none of the tests.
    """

    protocol: Protocol | None
    leg: Side | None
    view: View | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Corrected:
    """One thing put right by hand: what, who, when (`made_s`, seconds since 1970), before and after as plain values."""

    id: str
    kind: str
    words: str
    author: str
    made_s: float
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """A metric that corrections changed: its value without and with them; None where there is none.

    `cycles` counts the single cycles that read differently, which may leave the value as it was; `numbers` are those
    cycles of the corrected result, from 1, whose value did not stand at that time before.
    """

    metric_id: str
    side: ResultSide
    before: float | str | None
    after: float | str | None
    cycles: int = 0
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """All that is said of one clip; everything the outputs need, nothing they must compute.

    `formcheck_version` is that of the program that made it, which a stored result keeps. `corrections` are those it
    was assessed with, `changes` what they changed, `changed_frames` the stretches (first, last) of frames whose angles
    they changed.
    """

    protocol: Protocol
    leg: Side | None
    recognised: Recognised
    video: VideoInfo
    pose: PoseSequence
    checks: tuple[QualityCheck, ...]
    events: tuple[Event, ...]
    cycles: tuple[Cycle, ...]
    metrics: tuple[MetricResult, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    angles: Mapping[str, FloatArray]
    criteria_version: str
    notes: tuple[str, ...] = ()
    formcheck_version: str = __version__
    corrections: tuple[Corrected, ...] = ()
    changes: tuple[Change, ...] = ()
    changed_frames: tuple[tuple[int, int], ...] = ()

    def change(self, metric_id: str, side: ResultSide) -> Change | None:
        """What corrections changed in a metric; None where they changed nothing."""
        return next((c for c in self.changes if (c.metric_id, c.side) == (metric_id, side)), None)

    @property
    def usable(self) -> bool:
        """No quality check failed."""
        return all(check.band != "fail" for check in self.checks)

    def metric(self, metric_id: str, side: ResultSide) -> MetricResult | None:
        """The result of a metric on a side, or None where the protocol has none."""
        return next((m for m in self.metrics if (m.id, m.side) == (metric_id, side)), None)

    def finding(self, metric_id: str, side: ResultSide) -> Finding | None:
        """The finding on a metric and side, or None."""
        return next((f for f in self.findings if (f.metric_id, f.side) == (metric_id, side)), None)
