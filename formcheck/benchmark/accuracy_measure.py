"""One clip of the benchmark measured: every value beside its truth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from formcheck import analysis, criteria, geometry, scoring
from formcheck.benchmark.accuracy_baseline import naive_contacts, naive_metrics
from formcheck.benchmark.accuracy_cache import Made
from formcheck.benchmark.accuracy_clips import BenchClip
from formcheck.errors import InputError
from formcheck.quality import is_limited
from formcheck.types import SIDES, Assessment, Event, FloatArray, MetricResult, PoseSequence, Side, Status

_EDGE_S = 0.15
_REACH_S: Mapping[str, float] = {"initial_contact": 0.12, "toe_off": 0.12, "touchdown": 0.5, "rep_bottom": 0.5}
_LEGS_APART = 0.12
_CLEARLY = 0.5
"""A swap moves points by twice the distance of the legs; by this much of it, nobody would call it noise."""


@dataclass(frozen=True)
class Pair:
    """A metric on one side of one clip; `value` None where it was refused, `baseline` None where there is none.

    `within_guide`: how the camera stands; `limited`: what formcheck itself says of the recording.
    """

    clip: str
    protocol: str
    fps: int
    within_guide: bool
    limited: bool
    stickers: bool
    metric_id: str
    side: str
    truth: float
    value: float | None
    error: float | None
    baseline: float | None
    reason: str

    @property
    def miss(self) -> float:
        """Measured − truth; NaN where refused."""
        return math.nan if self.value is None else self.value - self.truth


@dataclass(frozen=True)
class Word:
    """A class told for one foot; `inside` is how far the truth lies inside its class, degrees."""

    clip: str
    fps: int
    truth: str
    found: str | None
    inside: float


@dataclass(frozen=True)
class Timing:
    """A true event and how late it was found, milliseconds; None where it was missed."""

    protocol: str
    fps: int
    kind: str
    side: str
    near: bool | None
    late_ms: float | None
    baseline_ms: float | None


@dataclass(frozen=True)
class Banded:
    """The band of a finding beside the one that the truth would have got."""

    clip: str
    protocol: str
    metric_id: str
    truth: str
    found: str


@dataclass(frozen=True)
class ClipResult:
    """All that is learnt from one clip; `protocol` is the activity where the clip is to be refused."""

    name: str
    protocol: str
    fps: int
    within_guide: bool
    to_be_refused: bool
    recognised: str | None
    leg_right: bool | None
    refusal: str = ""
    usable: bool = True
    failed: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    words: tuple[Word, ...] = ()
    timings: tuple[Timing, ...] = ()
    spurious: Mapping[str, int] = field(default_factory=dict)
    bands: tuple[Banded, ...] = ()
    verdicts: tuple[Status, Status] | None = None
    swaps: tuple[float, float] = (math.nan, math.nan)
    angles: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def measure(clip: BenchClip, made: Made) -> ClipResult:
    """Assess a clip as a user's would be, and hold everything against the truth.

    Protocol and leg are left to formcheck; where it gets them wrong, that is noted and the rest measured with them
    given, so that one mistake is not counted everywhere.
    """
    truth = made.truth
    seen, refusal = _recognised(made)
    common = (clip.scenario.name, clip.scenario.activity, round(clip.scenario.fps), clip.within_guide)
    told = None if seen is None else seen.recognised.protocol
    if truth["to_be_refused"]:
        return ClipResult(*common, True, told, None, refusal)
    leg_right = None if truth["leg"] is None else seen is not None and seen.leg == truth["leg"]
    right = seen is not None and told == truth["protocol"] and leg_right is not False
    found = seen if seen is not None and right else _told(made)
    return ClipResult(
        *common,
        False,
        told,
        leg_right,
        refusal,
        found.usable,
        tuple(check.id for check in found.checks if check.band == "fail"),
        _pairs(clip, made, found),
        _words(clip, made, found),
        _timings(clip, made, found),
        _spurious(made, found),
        _bands(clip, made, found),
        (truth_verdict(found, truth), found.verdict.status),
        (swap_share(made.raw, made), swap_share(found.pose, made)),
        _camera(made, found),
    )


def _recognised(made: Made) -> tuple[Assessment | None, str]:
    try:
        return analysis.assess(made.raw, made.info), ""
    except InputError as error:
        return None, str(error)


def _told(made: Made) -> Assessment:
    return analysis.assess(made.raw, made.info, protocol=made.truth["protocol"], leg=made.truth["leg"])


def near_side(made: Made) -> Side | None:
    """The leg nearer the camera in a run from the side."""
    view = made.truth["camera"]["view"]
    return {"side_left": "left", "side_right": "right"}.get(view)  # type: ignore[return-value]


def _truths(truth: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {(row["id"], row["side"]): row["value"] for row in truth["metrics"]}


def _pairs(clip: BenchClip, made: Made, found: Assessment) -> tuple[Pair, ...]:
    """Every numeric metric of the result that the truth knows; the far leg's, refused on purpose, left out."""
    near = near_side(made)
    naive = naive_metrics(made.raw, found.protocol, near or made.truth["leg"])
    truths, pairs = _truths(made.truth), []
    for metric in found.metrics:
        true = truths.get((metric.id, metric.side))
        refused_far = near is not None and metric.value is None and metric.side not in (near, "both")
        if not isinstance(true, (int, float)) or metric.id.startswith("asymmetry_") or refused_far:
            continue
        baseline = naive.get((metric.id, metric.side), math.nan)
        pairs.append(
            Pair(
                clip.scenario.name,
                found.protocol,
                round(clip.scenario.fps),
                clip.within_guide,
                is_limited(found.checks),
                clip.scenario.look.get("stickers") == "both",
                metric.id,
                metric.side,
                float(true),
                float(metric.value) if isinstance(metric.value, (int, float)) else None,
                metric.measurement_error,
                baseline if math.isfinite(baseline) else None,
                metric.reason,
            )
        )
    return tuple(pairs)


def _words(clip: BenchClip, made: Made, found: Assessment) -> tuple[Word, ...]:
    """The near foot's strike beside the true one."""
    near, truths = near_side(made), _truths(made.truth)
    metric = found.metric("foot_strike", near) if near else None
    if near is None or metric is None:
        return ()
    word = metric.value if isinstance(metric.value, str) else None
    inclination = float(truths["foot_inclination_deg", near])
    inside = min(abs(inclination - 8.0), abs(inclination + 1.6))
    return (Word(clip.scenario.name, round(clip.scenario.fps), str(truths["foot_strike", near]), word, inside),)


def _timings(clip: BenchClip, made: Made, found: Assessment) -> tuple[Timing, ...]:
    near, naive = near_side(made), naive_contacts(made.raw)
    timings = []
    for row in _true_events(made):
        late = nearest_ms(row, found.events)
        base = nearest_ms(row, naive) if row["kind"] == "initial_contact" else None
        is_near = None if near is None else row["side"] == near
        timings.append(Timing(found.protocol, round(clip.scenario.fps), row["kind"], row["side"], is_near, late, base))
    return tuple(timings)


def _true_events(made: Made) -> list[dict[str, Any]]:
    """Events far enough from the ends of the clip to be seen."""
    last_s = float(made.raw.time_s[-1])
    return [
        row for row in made.truth["events"] if row["kind"] in _REACH_S and _EDGE_S <= row["time_s"] <= last_s - _EDGE_S
    ]


def nearest_ms(row: Mapping[str, Any], events: Sequence[Event]) -> float | None:
    """How late the nearest event of the same kind and side is, milliseconds; None where none is within reach."""
    late = [e.time_s - row["time_s"] for e in events if (e.kind, e.side) == (row["kind"], row["side"])]
    best = min(late, key=abs, default=math.inf)
    return 1000.0 * best if abs(best) <= _REACH_S[row["kind"]] else None


def _spurious(made: Made, found: Assessment) -> dict[str, int]:
    """Events found that are none, by kind."""
    count: dict[str, int] = {}
    for event in found.events:
        true = [r["time_s"] for r in made.truth["events"] if (r["kind"], r["side"]) == (event.kind, event.side)]
        reach = _REACH_S.get(event.kind, math.inf)
        if min((abs(t - event.time_s) for t in true), default=math.inf) > reach:
            count[event.kind] = count.get(event.kind, 0) + 1
    return count


def truth_metrics(found: Assessment, truth: Mapping[str, Any]) -> tuple[MetricResult, ...]:
    """The truth as results without error, for the metrics that were asked for."""
    rows = {(row["id"], row["side"]): row for row in truth["metrics"]}
    return tuple(
        MetricResult(
            m.id,
            m.side,
            m.unit,
            rows[m.id, m.side]["value"],
            per_cycle=tuple(rows[m.id, m.side]["per_cycle"]),
            measurement_error=0.0,
        )
        for m in found.metrics
        if (m.id, m.side) in rows and rows[m.id, m.side]["value"] is not None
    )


def truth_verdict(found: Assessment, truth: Mapping[str, Any]) -> Status:
    """The verdict that the true values would have got from the same scoring with no error."""
    metrics = truth_metrics(found, truth)
    findings = scoring.find(metrics, found.protocol, criteria=criteria.load())
    return scoring.verdict(found.protocol, metrics, findings, ()).status


def _bands(clip: BenchClip, made: Made, found: Assessment) -> tuple[Banded, ...]:
    true = scoring.find(truth_metrics(found, made.truth), found.protocol, criteria=criteria.load())
    by_key = {(f.metric_id, f.side): f.band for f in true if f.criterion is not None}
    return tuple(
        Banded(clip.scenario.name, found.protocol, f.metric_id, by_key[f.metric_id, f.side], f.band)
        for f in found.findings
        if f.criterion is not None and (f.metric_id, f.side) in by_key
    )


def swap_share(pose: PoseSequence, made: Made) -> float:
    """Share of frames in which knees and ankles lie clearly nearer the other leg's true ones, the legs being apart."""
    if len(pose) != len(next(iter(made.joints_px.values()))):
        return math.nan
    own, other = np.zeros(len(pose)), np.zeros(len(pose))
    apart = np.zeros(len(pose))
    for joint in ("knee", "ankle"):
        true: dict[str, FloatArray] = {side: made.joints_px[f"{side}_{joint}"] for side in SIDES}
        seen = {side: pose.joint(joint, side) for side in SIDES}
        own += geometry.distance_px(seen["left"], true["left"]) + geometry.distance_px(seen["right"], true["right"])
        other += geometry.distance_px(seen["left"], true["right"]) + geometry.distance_px(seen["right"], true["left"])
        apart += geometry.distance_px(true["left"], true["right"])
    leg_px = geometry.distance_px(made.joints_px["left_hip"], made.joints_px["left_ankle"])
    told = (apart > _LEGS_APART * np.nanmedian(leg_px)) & np.isfinite(own)
    return float((told & (own - other > _CLEARLY * apart)).sum() / len(pose))


def _camera(made: Made, found: Assessment) -> dict[str, tuple[float, float]]:
    """True and estimated tilt and turn of the camera, degrees, as the quality checks give them (without sign)."""
    camera = made.truth["camera"]
    checks = {check.id: check.value for check in found.checks}
    pairs = {name: (abs(float(camera[f"{name}_deg"])), checks.get(name)) for name in ("roll", "yaw", "pitch")}
    return {name: (true, math.nan if value is None else float(value)) for name, (true, value) in pairs.items()}
