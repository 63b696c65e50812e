"""An assessment as the contract's `assessment.json`: plain values, no NaN, None where there is no value."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from formcheck.types import Assessment, Criterion, Cycle, Finding, MetricResult, VideoInfo

SCHEMA_VERSION: Final = "1"
ASSESSMENT_FILE: Final = "assessment.json"
_DECIMALS = 6


def to_dict(assessment: Assessment) -> dict[str, Any]:
    """The contract's `assessment.json` as plain values: no NaN, None where there is no value."""
    a = assessment
    return {
        "schema_version": SCHEMA_VERSION,
        "formcheck_version": a.formcheck_version,
        "criteria_version": a.criteria_version,
        "protocol": a.protocol,
        "leg": a.leg,
        "recognised": {
            "protocol": a.recognised.protocol,
            "leg": a.recognised.leg,
            "view": a.recognised.view,
            "refusal": a.recognised.refusal,
        },
        "video": _video(a.video),
        "quality": {
            "usable": a.usable,
            "checks": [
                {
                    "id": c.id,
                    "label": c.label,
                    "value": _number(c.value),
                    "unit": c.unit,
                    "limit": _number(c.limit),
                    "band": c.band,
                    "advice": c.advice,
                }
                for c in a.checks
            ],
        },
        "events": [
            {
                "kind": e.kind,
                "side": e.side,
                "time_s": _number(e.time_s),
                "frame": int(e.frame),
                "corrected": e.corrected,
            }
            for e in sorted(a.events, key=lambda event: event.time_s)
        ],
        "cycles": [_cycle(c) for c in a.cycles],
        "metrics": [{**_metric(m), "corrected": a.change(m.id, m.side) is not None} for m in a.metrics],
        "findings": [_finding(f) for f in a.findings],
        "verdict": {"status": a.verdict.status, "reasons": list(a.verdict.reasons)},
        "notes": list(a.notes),
        "corrections": [asdict(correction) for correction in a.corrections],
        "changed_metrics": [
            {**asdict(change), "before": _value(change.before), "after": _value(change.after)} for change in a.changes
        ],
        "changed_frames": [list(stretch) for stretch in a.changed_frames],
        "pose": {
            "model": a.pose.model,
            "trusted_hips": a.pose.trusted_hips,
            "n_frames": len(a.pose),
            "history": list(a.pose.history),
            "image_size_px": None if a.pose.image_size_px is None else list(a.pose.image_size_px),
        },
    }


def _number(value: float | None) -> float | int | None:
    """A JSON number, or None for missing and not finite."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    rounded = round(float(value), _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def _value(value: float | str | None) -> float | int | str | None:
    return value if isinstance(value, str) else _number(value)


def _video(video: VideoInfo) -> dict[str, Any]:
    return {
        "name": video.name,
        "sha256": video.sha256,
        "width_px": int(video.width_px),
        "height_px": int(video.height_px),
        "rotation_deg": int(video.rotation_deg),
        "duration_s": _number(video.duration_s),
        "n_frames": int(video.n_frames),
        "mean_fps": _number(video.mean_fps),
        "capture_fps": _number(video.capture_fps),
        "variable_rate": bool(video.variable_rate),
        "time_stretch": _number(video.time_stretch),
        "time_stretch_source": video.time_stretch_source,
        "frame_step": int(video.frame_step),
        "codec": video.codec,
    }


def _cycle(cycle: Cycle) -> dict[str, Any]:
    return {
        "side": cycle.side,
        "start_s": _number(cycle.start_s),
        "end_s": _number(cycle.end_s),
        "marks": {name: _number(time_s) for name, time_s in cycle.marks.items()},
        "valid": bool(cycle.valid),
        "reason": cycle.reason,
    }


def _metric(metric: MetricResult) -> dict[str, Any]:
    return {
        "id": metric.id,
        "side": metric.side,
        "unit": metric.unit,
        "value": _value(metric.value),
        "ci95": None if metric.ci95 is None else [_number(bound) for bound in metric.ci95],
        "n": metric.n,
        "per_cycle": [_value(value) for value in metric.per_cycle],
        "cycle_times_s": [_number(time_s) for time_s in metric.cycle_times_s],
        "measurement_error": _number(metric.measurement_error),
        "reason": metric.reason,
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "limits": {name: _number(limit) for name, limit in criterion.limits.items()},
        "source": criterion.source,
        "kind": criterion.kind,
        "decides": criterion.decides,
        "inclusive": criterion.inclusive,
        "outside_cycles": criterion.outside_cycles,
        "sex": criterion.sex,
        "note": criterion.note,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "metric_id": finding.metric_id,
        "side": finding.side,
        "band": finding.band,
        "criterion": None if finding.criterion is None else _criterion(finding.criterion),
        "reason": finding.reason,
        "advice": finding.advice,
    }
