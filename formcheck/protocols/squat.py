"""Single-leg squat and step-down, seen from the front (or from behind)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.edits import AddRepetition, DeleteRepetition, Unusable, edit_repetitions
from formcheck.pelvis import ADVICE, pelvis_tilt
from formcheck.protocols.common import Clip, Measured, at, events_at, not_assessable, single, summarise, window
from formcheck.protocols.leg_bend import LegBend
from formcheck.protocols.squat_angles import frontal_angles
from formcheck.protocols.squat_repetitions import DEEP_ENOUGH_DEG, ON_FLOOR, bends, judge, n_deep, touchdowns
from formcheck.repetitions import Repetition
from formcheck.types import (
    Cycle,
    Event,
    EventKind,
    FloatArray,
    MetricResult,
    PoseSequence,
    Protocol,
    Side,
    other_side,
)

_BOTTOM_HALF_S = 0.1
_DRIFT_REPS = 5
_MOST_LOST = 0.03
"""Share of the frames in which the athlete may be lost; from here on whole bends may be missed (J)."""
_MOST_SET_ASIDE = 0.5
"""Share of the deep bends that may be none of a squat's, since the foot or the hips move in them."""
_LEAST_MEASURED = 0.5
"""Share of the bends that a value has to come from where others may have been missed."""
_LOOKED_AT = (AddRepetition, DeleteRepetition, Unusable)
"""Somebody who corrects these has looked at the repetitions."""
_COUNTS = ("reps_total", "reps_valid", "touchdowns")


def measure(clip: Clip, protocol: Protocol, leg: Side | None) -> Measured:
    """Events, repetitions and metrics of a squat or step-down clip."""
    view = clip.camera.view
    pose, bend, found = bends(clip, leg)
    repetitions = _edited(found, bend, clip)
    touches = touchdowns(bend, pose, repetitions) if protocol == "single_leg_squat" else ()
    floor = ON_FLOOR[view] if protocol == "single_leg_squat" else -np.inf
    cycles = tuple(judge(r, bend, pose, touches, floor=floor) for r in repetitions)
    angles = frontal_angles(pose, bend, view=view)
    metrics = _metrics(angles, pose, bend, cycles, repetitions, touches, frontal=view != "side")
    doubt = _why_bends_may_be_missing(clip.pose, pose, bend, repetitions)
    if doubt and not any(isinstance(edit, _LOOKED_AT) for edit in clip.edits):
        metrics = tuple(_withheld(metric, doubt) for metric in metrics)
    return Measured(pose, _events(bend.leg, repetitions, touches, pose), cycles, metrics, angles, bend.leg)


def _edited(found: tuple[Repetition, ...], bend: LegBend, clip: Clip) -> tuple[Repetition, ...]:
    """The repetitions as somebody put them right."""

    def depth_deg(when_s: float) -> float:
        return float(at(clip.pose.time_s, bend.flexion_deg, when_s))

    return edit_repetitions(found, clip.edits, depth_deg)


def _events(
    leg: Side, repetitions: Sequence[Repetition], touches: Sequence[float], pose: PoseSequence
) -> tuple[Event, ...]:
    found: list[tuple[EventKind, Side, float]] = []
    for r in repetitions:
        found += [("rep_start", leg, r.start_s), ("rep_bottom", leg, r.bottom_s), ("rep_end", leg, r.end_s)]
    found += [("touchdown", other_side(leg), t) for t in touches]
    return events_at(found, pose.time_s)


def _metrics(
    angles: dict[str, FloatArray],
    pose: PoseSequence,
    bend: LegBend,
    cycles: Sequence[Cycle],
    repetitions: Sequence[Repetition],
    touches: Sequence[float],
    *,
    frontal: bool,
) -> tuple[MetricResult, ...]:
    leg = bend.leg
    bottoms = np.array([c.marks["bottom"] for c in cycles])
    valid = np.array([c.valid for c in cycles], dtype=bool)
    metrics = [single("reps_total", leg, len(cycles)), single("reps_valid", leg, int(valid.sum()))]
    for metric_id in ("knee_fppa_deg", "pelvic_drop_deg", "hip_adduction_deg", "trunk_lean_deg"):
        metrics += _frontal_metric(metric_id, angles, pose, leg, bottoms, valid, frontal=frontal)
    depths = np.array([r.depth_deg for r in repetitions])
    durations = np.array([r.end_s - r.start_s for r in repetitions])
    metrics.append(summarise("squat_depth_deg", leg, depths, bottoms, reason="no repetition found"))
    metrics.append(summarise("rep_duration_s", leg, durations, bottoms, reason="no repetition found"))
    metrics.append(single("touchdowns", leg, len(touches)))
    return tuple(metrics)


def _why_bends_may_be_missing(
    raw: PoseSequence, pose: PoseSequence, bend: LegBend, repetitions: Sequence[Repetition]
) -> str:
    """Why the bends that were found may not be all; empty where nothing speaks for it."""
    lost = 1.0 - float(np.isfinite(raw.xy_px[..., 0]).any(axis=1).mean())
    if lost > _MOST_LOST:
        share = f"{100 * lost:.0f} % of the frames"
        return f"the athlete was lost in {share}, so that bends may be missing: film in more light"
    deep = n_deep(bend, pose)
    set_aside = deep - sum(r.depth_deg >= DEEP_ENOUGH_DEG for r in repetitions)
    if set_aside > _MOST_SET_ASIDE * deep:
        return (
            f"in {set_aside} of {deep} bends the standing foot did not keep its place, or another's was taken "
            "for it: film again with nobody else in the picture"
        )
    return ""


def _withheld(metric: MetricResult, why: str) -> MetricResult:
    """Counts, and what was measured in fewer than half of the bends, are not said where bends may be missing."""
    measured = sum(value is not None for value in metric.per_cycle)
    if metric.id in _COUNTS or measured < _LEAST_MEASURED * len(metric.per_cycle):
        return not_assessable(metric.id, metric.side, why)
    return metric


def _frontal_metric(
    metric_id: str,
    angles: dict[str, FloatArray],
    pose: PoseSequence,
    leg: Side,
    bottoms: FloatArray,
    valid: FloatArray,
    *,
    frontal: bool,
) -> list[MetricResult]:
    """A frontal-plane metric at the lowest point of the valid repetitions, and its drift."""
    drift_id = metric_id.replace("_deg", "_drift_deg").replace("knee_", "")
    has_drift = metric_id != "hip_adduction_deg"
    if not frontal:
        why = "needs a view from the front; this clip is from the side"
        results = [not_assessable(metric_id, leg, why)]
        return results + ([not_assessable(drift_id, leg, why)] if has_drift else [])
    values = at_bottom(pose.time_s, angles[f"{leg}_{metric_id}"], bottoms)
    reason = _why_missing(metric_id, pose, len(bottoms), int(valid.sum()))
    results = [summarise(metric_id, leg, np.where(valid, values, np.nan), bottoms, reason=reason)]
    if has_drift:
        results.append(_drift(drift_id, leg, values[valid], reason))
    return results


def _why_missing(metric_id: str, pose: PoseSequence, n_reps: int, n_valid: int) -> str:
    if n_reps == 0:
        return "no repetition found"
    if n_valid == 0:
        return "no valid repetition to measure"
    if metric_id in {"pelvic_drop_deg", "hip_adduction_deg"} and not pelvis_tilt(pose).source:
        return ADVICE
    return "not visible at the lowest point of any valid repetition"


def _drift(drift_id: str, leg: Side, values: FloatArray, reason: str) -> MetricResult:
    """Mean of the last five valid repetitions − mean of the first five."""
    seen = values[np.isfinite(values)]
    if len(seen) < 2 * _DRIFT_REPS:
        why = reason if len(seen) == 0 else f"needs {2 * _DRIFT_REPS} valid repetitions, this clip has {len(seen)}"
        return not_assessable(drift_id, leg, why)
    return single(drift_id, leg, float(seen[-_DRIFT_REPS:].mean() - seen[:_DRIFT_REPS].mean()))


def at_bottom(time_s: FloatArray, series: FloatArray, bottoms_s: FloatArray) -> FloatArray:
    """Mean of a series over ±0.1 s around each lowest point; NaN where fewer than half the frames are known."""
    out = np.full(len(bottoms_s), np.nan)
    for i, bottom in enumerate(bottoms_s):
        part = series[window(time_s, bottom - _BOTTOM_HALF_S, bottom + _BOTTOM_HALF_S + 1e-9)]
        known = part[np.isfinite(part)]
        if len(known) and len(known) >= 0.5 * len(part):
            out[i] = known.mean()
    return out
