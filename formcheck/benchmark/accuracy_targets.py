"""The targets of accuracy, each held against what was measured on the athletes kept for reporting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.benchmark.accuracy_measure import ClipResult, Pair
from formcheck.benchmark.accuracy_stats import Agreement, agreement, grouped, punctuality
from formcheck.types import RUNNING

_COUNTS = ("reps_total", "reps_valid", "touchdowns")
_SQUATS = ("single_leg_squat", "step_down")
_FRONTAL = ("treadmill_rear", "treadmill_front")
_CONTACT_AND_TOE_OFF = ("initial_contact", "toe_off")
_WELL_INSIDE_DEG = 2.0
_LEAST = 5
"""Values or clips below which nobody should call a target met or missed."""


@dataclass(frozen=True)
class Outcome:
    """A target with what was measured; `met` None where too little was."""

    what: str
    target: str
    measured: str
    baseline: str
    met: bool | None


def outcomes(results: Sequence[ClipResult]) -> list[Outcome]:
    """Every target, over clips whose camera keeps to the capture guide."""
    inside = [r for r in results if r.within_guide and not r.to_be_refused]
    pairs = [p for r in inside for p in r.pairs]
    found = [_counts(inside)]
    found += [
        _fppa(pairs),
        _mae(pairs, "FPPA, running", "knee_fppa_deg", _FRONTAL, 2.5, "°"),
        _drop(pairs, stickers=False),
        _drop(pairs, stickers=True),
        _mae(pairs, "trunk lean", "trunk_lean_deg", (*_SQUATS, *_FRONTAL), 1.5, "°"),
        _mae(pairs, "hip adduction", "hip_adduction_deg", (*_SQUATS, *_FRONTAL), 2.5, "°"),
    ]
    side = [p for p in pairs if p.protocol == "treadmill_side"]
    quick = [p for p in side if p.fps >= 120]
    found += [
        _mae(side, "knee flexion at contact", "knee_flexion_contact_deg", RUNNING, 3.5, "°"),
        _mae(side, "peak knee flexion in stance", "knee_flexion_peak_deg", RUNNING, 3.5, "°"),
        _mae(quick, "foot inclination at contact, ≥120 fps", "foot_inclination_deg", RUNNING, 3.0, "°"),
        _strike(inside),
        _mae(side, "shank angle", "shank_angle_deg", RUNNING, 2.5, "°"),
        _mae(side, "overstride ratio", "overstride_ratio", RUNNING, 0.02, ""),
        _mae(pairs, "cadence", "cadence_spm", RUNNING, 0.5, " spm"),
    ]
    found += [_timing(inside, 120, 8.0), _timing(inside, 60, 12.0), _contact_time(pairs)]
    found += [_mae(pairs, "step width ratio", "step_width_ratio", _FRONTAL, 0.08, "")]
    return [*found, _swaps(inside), _camera(inside, "yaw", 3.0), _camera(inside, "roll", 1.0), *_verdicts(inside)]


def _number(value: float, digits: int = 1, unit: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}{unit}".replace("-", "−")


def _digits(limit: float) -> int:
    return 1 if limit >= 0.5 else 3


def _held(what: str, target: str, a: Agreement, met: bool | None, text: str, baseline: str) -> Outcome:
    if not a.n:
        return Outcome(what, target, "none measured", baseline, None)
    refused = f", {100 * a.refused:.0f} % refused" if a.refused > 0.005 else ""
    return Outcome(what, target, f"{text} (n {a.n}{refused})", baseline, met if a.n >= _LEAST else None)


def _mae(
    pairs: Sequence[Pair], what: str, metric_id: str, protocols: Sequence[str], limit: float, unit: str
) -> Outcome:
    a = agreement([p for p in pairs if p.metric_id == metric_id and p.protocol in protocols])
    d = _digits(limit)
    return _held(
        what, f"MAE ≤{limit:g}{unit}", a, a.mae <= limit, f"{_number(a.mae, d)}{unit}", _number(a.baseline_mae, d)
    )


def _fppa(pairs: Sequence[Pair]) -> Outcome:
    a = agreement([p for p in pairs if p.metric_id == "knee_fppa_deg" and p.protocol in _SQUATS])
    biases = [abs(b) for b in (a.bias_left, a.bias_right) if not math.isnan(b)]
    text = f"{_number(a.mae)}°; bias left {_number(a.bias_left, 1, '°')}, right {_number(a.bias_right, 1, '°')}"
    met = a.mae <= 2.0 and max(biases, default=math.inf) <= 1.0
    return _held("FPPA, squat and step-down", "MAE ≤2.0°, bias per leg ≤1.0°", a, met, text, _number(a.baseline_mae))


def _drop(pairs: Sequence[Pair], *, stickers: bool) -> Outcome:
    a = agreement([p for p in pairs if p.metric_id == "pelvic_drop_deg" and p.stickers == stickers])
    base = f"{_number(a.baseline_mae)}; slope {_number(a.baseline_slope, 2)}"
    if stickers:
        text = f"{_number(a.mae, 2)}°"
        return _held("pelvic drop, with stickers", "MAE ≤1.0°", a, a.mae <= 1.0, text, base)
    met = None if math.isnan(a.slope) else a.mae <= 1.5 and 0.8 <= a.slope <= 1.2
    text = f"{_number(a.mae)}°; slope {_number(a.slope, 2)}"
    return _held("pelvic drop, no stickers", "MAE ≤1.5°, slope 0.8–1.2", a, met, text, base)


def _counts(results: Sequence[ClipResult]) -> Outcome:
    exact, naive, n, refused = 0, 0, 0, 0
    for result in results:
        rows = [p for p in result.pairs if p.metric_id in _COUNTS and p.protocol == "single_leg_squat"]
        n += bool(rows)
        exact += bool(rows) and all(p.value == p.truth for p in rows)
        refused += any(p.value is None for p in rows)
        naive += any(p.baseline == p.truth for p in rows if p.metric_id == "reps_total")
    return Outcome(
        "squat repetitions, touch-downs, valid or not",
        "exact in ≥98 % of clips",
        f"{exact} of {n} clips" + (f", {refused} refused" if refused else ""),
        f"{naive} of {n} (repetitions alone)",
        exact >= 0.98 * n if n >= _LEAST else None,
    )


def _strike(results: Sequence[ClipResult]) -> Outcome:
    words = [w for r in results for w in r.words if w.inside >= _WELL_INSIDE_DEG]
    told = [w for w in words if w.found is not None]
    right = sum(w.found == w.truth for w in told)
    text = f"{right} of {len(told)} right, {len(words) - len(told)} refused"
    return Outcome(
        "foot strike, truth ≥2° inside its class",
        "all right",
        text,
        "–",
        right == len(told) if len(told) >= _LEAST else None,
    )


def _timing(results: Sequence[ClipResult], fps: int, limit_ms: float) -> Outcome:
    timings = [t for r in results for t in r.timings if t.fps == fps and t.kind in _CONTACT_AND_TOE_OFF]
    p = punctuality(timings)
    by_kind = {kind: punctuality(part) for kind, part in grouped(timings, lambda t: t.kind).items()}
    worst = max((k.off_ms for k in by_kind.values()), default=math.nan)
    text = ", ".join(f"{kind.replace('_', ' ')} {k.off_ms:.0f} ms" for kind, k in by_kind.items())
    return Outcome(
        f"contact and toe-off at {fps} fps, all views",
        f"median size of error ≤{limit_ms:g} ms",
        f"{text} ({100 * p.hit_rate:.0f} % of {p.n} found)" if p.n else "none measured",
        f"{_number(p.baseline_off_ms, 0)} (contact)",
        worst <= limit_ms if p.n else None,
    )


def _contact_time(pairs: Sequence[Pair]) -> Outcome:
    a = agreement([p for p in pairs if p.metric_id == "contact_time_ms"])
    return _held("contact time", "bias ≤8 ms", a, abs(a.bias) <= 8.0, f"bias {_number(a.bias, 0)} ms", "–")


def _swaps(results: Sequence[ClipResult]) -> Outcome:
    shares = np.array([r.swaps for r in results if r.protocol in RUNNING and not math.isnan(r.swaps[1])])
    if not len(shares):
        return Outcome("left and right swapped after repair", "≤0.3 % of frames", "none measured", "–", None)
    raw, repaired = 100.0 * shares.mean(axis=0)
    return Outcome(
        "left and right swapped after repair, running",
        "≤0.3 % of frames",
        f"{repaired:.2f} % (worst clip {100 * shares[:, 1].max():.1f} %)",
        f"{raw:.2f} %",
        repaired <= 0.3,
    )


def _camera(results: Sequence[ClipResult], name: str, limit: float) -> Outcome:
    of = [r.angles[name] for r in results if name in r.angles and (name != "yaw" or r.protocol != "treadmill_side")]
    off = np.array([abs(found - true) for true, found in of if not math.isnan(found)])
    text = f"{off.mean():.1f}° (n {len(off)}, {len(of) - len(off)} not told)" if off.size else "none measured"
    return Outcome(
        f"camera {name} estimated", f"≤{limit:g}°", text, "–", bool(off.mean() <= limit) if off.size else None
    )


def _verdicts(results: Sequence[ClipResult]) -> list[Outcome]:
    said = [r.verdicts for r in results if r.verdicts and r.protocol == "single_leg_squat" and r.usable]
    sure = [(true, found) for true, found in said if found in ("pass", "fail")]
    bands = [b for r in results for b in r.bands if b.found in ("within", "watch", "outside")]
    return [
        _share("squat verdicts outside the error band", len(sure), sum(t == f for t, f in sure)),
        _share("findings outside the error band, all protocols", len(bands), sum(b.truth == b.found for b in bands)),
    ]


def _share(what: str, n: int, right: int) -> Outcome:
    return Outcome(what, "100 % right", f"{right} of {n} right", "–", right == n if n >= _LEAST else None)
