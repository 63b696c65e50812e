"""Truth of a squat test or step-down: exact repetitions, and every metric of the contract from the joint centres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.skeleton import FloatArray
from formcheck.synthetic.squat import Squatter
from formcheck.synthetic.truth_geometry import frontal_angles, sagittal_angles
from formcheck.synthetic.truth_rows import Row, count_row, event_row, metric_row
from formcheck.types import other_side

LEAST_REP_DEG = 15.0
DEEP_ENOUGH_DEG = 45.0
_DRIFT_REPS = 5
_DRIFTING = {
    "knee_fppa_deg": "fppa_drift_deg",
    "pelvic_drop_deg": "pelvic_drop_drift_deg",
    "trunk_lean_deg": "trunk_lean_drift_deg",
}


def repetitions(squatter: Squatter) -> NDArray[np.intp]:
    """Indices of the bends that are repetitions: at least 15° of knee flexion, seen from the side."""
    depth = sagittal_angles(squatter.at(squatter.plan.bottom_s), squatter.parameters.leg)["knee_flexion_deg"]
    return np.flatnonzero(depth >= LEAST_REP_DEG)


def squat_events(squatter: Squatter, frame_times_s: FloatArray) -> list[Row]:
    """Start, bottom and end of every repetition (standing leg) and touch-downs (free leg), in order of time.

    A repetition starts and ends where knee flexion crosses 15 % of its way from standing to bottom.
    """
    plan, leg = squatter.plan, squatter.parameters.leg
    rows = []
    for rep in repetitions(squatter):
        rows.append(event_row("rep_start", leg, plan.start_s[rep], frame_times_s))
        rows.append(event_row("rep_bottom", leg, plan.bottom_s[rep], frame_times_s))
        rows.append(event_row("rep_end", leg, plan.end_s[rep], frame_times_s))
    touches = plan.touch_s[np.isfinite(plan.touch_s)]
    rows += [event_row("touchdown", other_side(leg), touch, frame_times_s) for touch in touches]
    return sorted(rows, key=lambda row: float(row["time_s"]))


def valid_repetitions(squatter: Squatter) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The repetitions, and which are valid: 45° or deeper and the free foot not touched down."""
    found = repetitions(squatter)
    depth = sagittal_angles(squatter.at(squatter.plan.bottom_s[found]), squatter.parameters.leg)["knee_flexion_deg"]
    return found, (depth >= DEEP_ENOUGH_DEG) & ~np.isfinite(squatter.plan.touch_s[found])


def squat_metrics(squatter: Squatter) -> list[Row]:
    """Every metric of the contract at the exact lowest points; frontal ones over the valid repetitions only."""
    plan, leg = squatter.plan, squatter.parameters.leg
    found, valid = valid_repetitions(squatter)
    bottom_s = plan.bottom_s[found]
    at_bottom = squatter.at(bottom_s)
    angles = frontal_angles(at_bottom, leg)
    tilt = standing_tilt_deg(squatter)
    angles["pelvic_drop_deg"] = angles["pelvic_drop_deg"] - tilt
    angles["hip_adduction_deg"] = angles["hip_adduction_deg"] - tilt
    rows = [count_row("reps_total", leg, len(found)), count_row("reps_valid", leg, int(valid.sum()))]
    for name, series in angles.items():
        rows.append(metric_row(name, leg, np.where(valid, series, np.nan), bottom_s))
        if name in _DRIFTING:
            rows.append(count_row(_DRIFTING[name], leg, _drift(series[valid])))
    depth = sagittal_angles(at_bottom, leg)["knee_flexion_deg"]
    touches = int(np.isfinite(plan.touch_s).sum())
    return [
        *rows,
        metric_row("squat_depth_deg", leg, depth, bottom_s),
        metric_row("rep_duration_s", leg, plan.end_s[found] - plan.start_s[found], bottom_s),
        count_row("touchdowns", leg, touches),
    ]


def standing_tilt_deg(squatter: Squatter) -> float:
    """The athlete's own tilt of the pelvis in quiet standing on both legs; 0 where the clip shows none."""
    until = squatter.plan.single_s[0]
    if until <= 0:
        return 0.0
    standing = squatter.at(np.linspace(0.0, until, 50, endpoint=False))
    return float(np.median(frontal_angles(standing, squatter.parameters.leg)["pelvic_drop_deg"]))


def _drift(values: FloatArray) -> float | None:
    """Mean of the last five valid repetitions − mean of the first five; None with fewer than ten."""
    if len(values) < 2 * _DRIFT_REPS:
        return None
    return float(values[-_DRIFT_REPS:].mean() - values[:_DRIFT_REPS].mean())
