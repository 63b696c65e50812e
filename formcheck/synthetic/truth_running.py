"""Truth of a treadmill run: exact events, and every metric of the contract from the joint centres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.synthetic.running import Runner
from formcheck.synthetic.skeleton import FloatArray, SkeletonMotion
from formcheck.synthetic.truth_geometry import arm_crossover, frontal_angles, sagittal_angles
from formcheck.synthetic.truth_rows import Row, asymmetry_rows, class_row, event_row, metric_row
from formcheck.types import SIDES, Side

DENSE_HZ = 1000.0
_LOADING_SHARE = 0.6
_REARFOOT_ABOVE_DEG = 8.0
_FOREFOOT_BELOW_DEG = -1.6


@dataclass(frozen=True)
class Stance:
    """One planted foot; `next_contact_s` is the same foot's next contact, NaN after the end of the clip."""

    side: Side
    contact_s: float
    toe_off_s: float
    next_contact_s: float

    @property
    def midstance_s(self) -> float:
        """Halfway through the stance."""
        return 0.5 * (self.contact_s + self.toe_off_s)


@dataclass(frozen=True)
class _Clip:
    """A run sampled densely, with its whole stances in order of time."""

    runner: Runner
    dense: SkeletonMotion
    stances: tuple[Stance, ...]

    def of(self, side: Side) -> list[Stance]:
        return [s for s in self.stances if s.side == side]

    def strides(self, side: Side) -> list[Stance]:
        return [s for s in self.of(side) if np.isfinite(s.next_contact_s)]

    def over(self, series: FloatArray, start_s: float, end_s: float) -> FloatArray:
        low, high = np.searchsorted(self.dense.time_s, [start_s, end_s])
        return series[low:high]


def whole_stances(runner: Runner, duration_s: float) -> tuple[Stance, ...]:
    """Stances whose contact and toe-off both lie in the clip."""
    plan = runner.plan
    found = []
    for k in range(len(plan) - 2):
        contact, toe_off, following = plan.contact_s[k], plan.toe_off_s[k], plan.contact_s[k + 2]
        if contact >= 0 and toe_off <= duration_s:
            following_s = float(following) if following <= duration_s else float("nan")
            found.append(Stance(plan.side(k), float(contact), float(toe_off), following_s))
    return tuple(found)


def running_events(runner: Runner, frame_times_s: FloatArray) -> list[Row]:
    """Every contact and toe-off within the clip, in order of time."""
    plan, last_s = runner.plan, frame_times_s[-1]
    rows = []
    for k in range(len(plan)):
        if 0 <= plan.contact_s[k] <= last_s:
            rows.append(event_row("initial_contact", plan.side(k), plan.contact_s[k], frame_times_s))
        if 0 <= plan.toe_off_s[k] <= last_s:
            rows.append(event_row("toe_off", plan.side(k), plan.toe_off_s[k], frame_times_s))
    return sorted(rows, key=lambda row: float(row["time_s"]))


def running_metrics(runner: Runner, duration_s: float) -> list[Row]:
    """Every running metric of the contract, from 1000 samples a second and from the exact moments of events."""
    dense = runner.at(np.arange(0.0, duration_s, 1.0 / DENSE_HZ))
    clip = _Clip(runner, dense, whole_stances(runner, duration_s))
    rows = _timing(clip)
    for side in SIDES:
        rows += _frontal(clip, side)
        rows += _at_contact(clip, side)
        rows += _sagittal(clip, side)
        rows += _arms(clip, side)
    rows += _steps(clip)
    rows += _trunk(clip)
    return rows + asymmetry_rows(rows)


def _starts(stances: list[Stance]) -> FloatArray:
    return np.array([s.contact_s for s in stances])


def _timing(clip: _Clip) -> list[Row]:
    contacts = np.array([s.contact_s for s in clip.stances])
    gaps = np.diff(contacts)
    rows = [metric_row("cadence_spm", "both", 60.0 / gaps, contacts[:-1], value=float(60.0 / gaps.mean()))]
    for side in SIDES:
        own, strides = clip.of(side), clip.strides(side)
        duty = [(s.toe_off_s - s.contact_s) / (s.next_contact_s - s.contact_s) for s in strides]
        contact_ms = [1000 * (s.toe_off_s - s.contact_s) for s in own]
        rows.append(metric_row("contact_time_ms", side, contact_ms, _starts(own)))
        rows.append(metric_row("duty_factor", side, duty, _starts(strides)))
    pairs = list(pairwise(clip.stances))
    flight_ms = [1000 * (b.contact_s - a.toe_off_s) for a, b in pairs]
    rows.append(metric_row("flight_time_ms", "both", flight_ms, [a.toe_off_s for a, _ in pairs]))
    speed = clip.runner.state.parameters.speed_mps
    rows.append(metric_row("step_length_m", "both", speed * gaps, contacts[:-1]))
    stride_s = [s.next_contact_s - s.contact_s for side in SIDES for s in clip.strides(side)]
    starts = [s.contact_s for side in SIDES for s in clip.strides(side)]
    rows.append(metric_row("stride_length_m", "both", speed * np.array(stride_s), starts))
    return rows


def _frontal(clip: _Clip, side: Side) -> list[Row]:
    """FPPA at its largest in the first 60 % of stance, adduction and lean then, drop at its largest in stance."""
    angles, own = frontal_angles(clip.dense, side), clip.of(side)
    values: dict[str, list[float]] = {name: [] for name in angles}
    for s in own:
        loading = s.contact_s + _LOADING_SHARE * (s.toe_off_s - s.contact_s)
        peak = int(np.argmax(clip.over(angles["knee_fppa_deg"], s.contact_s, loading)))
        for name in ("knee_fppa_deg", "hip_adduction_deg", "trunk_lean_deg"):
            values[name].append(float(clip.over(angles[name], s.contact_s, loading)[peak]))
        values["pelvic_drop_deg"].append(float(np.max(clip.over(angles["pelvic_drop_deg"], s.contact_s, s.toe_off_s))))
    return [metric_row(name, side, series, _starts(own)) for name, series in values.items()]


def _at_contact(clip: _Clip, side: Side) -> list[Row]:
    own = clip.of(side)
    moments = _starts(own)
    angles = sagittal_angles(clip.runner.at(moments), side)
    names = {
        "foot_inclination_deg": "foot_inclination_deg",
        "overstride_ratio": "overstride_ratio",
        "braking_distance_ratio": "braking_distance_ratio",
        "shank_angle_deg": "shank_angle_deg",
        "knee_flexion_contact_deg": "knee_flexion_deg",
    }
    rows = [metric_row(metric_id, side, angles[name], moments) for metric_id, name in names.items()]
    words = [strike_of(float(v)) for v in angles["foot_inclination_deg"]]
    word = strike_of(float(np.median(angles["foot_inclination_deg"]))) if words else None
    return [*rows, class_row("foot_strike", side, words, word, moments)]


def strike_of(inclination_deg: float) -> str:
    """Rearfoot, midfoot or forefoot from the foot's inclination at contact (Altman & Davis 2012)."""
    if inclination_deg > _REARFOOT_ABOVE_DEG:
        return "rearfoot"
    return "forefoot" if inclination_deg < _FOREFOOT_BELOW_DEG else "midfoot"


def _sagittal(clip: _Clip, side: Side) -> list[Row]:
    """Peaks in stance and swing, and the thigh at toe-off."""
    angles, own, strides = sagittal_angles(clip.dense, side), clip.of(side), clip.strides(side)
    knee, thigh = angles["knee_flexion_deg"], angles["thigh_ahead_deg"]
    at_toe_off = sagittal_angles(clip.runner.at(np.array([s.toe_off_s for s in own])), side)["thigh_ahead_deg"]
    peak = [float(np.max(clip.over(knee, s.contact_s, s.toe_off_s))) for s in own]
    drive = [float(np.max(clip.over(thigh, s.toe_off_s, s.next_contact_s))) for s in strides]
    recovery = [float(np.max(clip.over(knee, s.toe_off_s, s.next_contact_s))) for s in strides]
    return [
        metric_row("knee_flexion_peak_deg", side, peak, _starts(own)),
        metric_row("hip_extension_deg", side, -at_toe_off, _starts(own)),
        metric_row("knee_drive_deg", side, drive, _starts(strides)),
        metric_row("heel_recovery_deg", side, recovery, _starts(strides)),
    ]


def _arms(clip: _Clip, side: Side) -> list[Row]:
    angles, strides = sagittal_angles(clip.dense, side), clip.strides(side)
    crossing = arm_crossover(clip.dense, side)

    def per_stride(series: FloatArray, reduce: Callable[[FloatArray], float]) -> list[float]:
        return [float(reduce(clip.over(series, s.contact_s, s.next_contact_s))) for s in strides]

    return [
        metric_row("elbow_angle_deg", side, per_stride(angles["elbow_angle_deg"], np.median), _starts(strides)),
        metric_row("arm_swing_deg", side, per_stride(angles["arm_ahead_deg"], np.ptp), _starts(strides)),
        metric_row("arm_crossover_ratio", side, per_stride(crossing, np.max), _starts(strides)),
    ]


def _steps(clip: _Clip) -> list[Row]:
    """What belongs to a step rather than to a side: step width, knee window, bounce."""
    body = clip.runner.body
    middle = clip.runner.at(np.array([s.midstance_s for s in clip.stances])).joints_m
    ankle_y = [middle[f"{s.side}_ankle"][i, 1] for i, s in enumerate(clip.stances)]
    pairs = list(enumerate(pairwise(clip.stances)))
    widths = [(1.0 if a.side == "left" else -1.0) * (ankle_y[i] - ankle_y[i + 1]) for i, (a, _) in pairs]
    times = [a.contact_s for _, (a, _) in pairs]
    contacts = np.array([s.contact_s for s in clip.stances])
    knees = clip.runner.at(contacts).joints_m
    gap: FloatArray = knees["left_knee"][:, 1] - knees["right_knee"][:, 1]
    height = clip.dense.joints_m["pelvis"][:, 2]
    rise_m: FloatArray = np.array([np.ptp(clip.over(height, a.contact_s, b.contact_s)) for _, (a, b) in pairs], float)
    return [
        metric_row("step_width_ratio", "both", np.array(widths) / body.hip_width_m, times),
        metric_row("knee_separation_ratio", "both", gap / body.hip_width_m, contacts),
        metric_row("vertical_oscillation_ratio", "both", rise_m / body.leg_length_m, times),
        metric_row("vertical_oscillation_cm", "both", 100 * rise_m, times),
    ]


def _trunk(clip: _Clip) -> list[Row]:
    forward = sagittal_angles(clip.dense, "left")["trunk_flexion_deg"]
    lean = frontal_angles(clip.dense, "left")["trunk_lean_deg"]
    in_stance = [float(np.mean(clip.over(forward, s.contact_s, s.toe_off_s))) for s in clip.stances]
    strides = [s for side in SIDES for s in clip.strides(side)]
    sway = [float(np.ptp(clip.over(lean, s.contact_s, s.next_contact_s))) for s in strides]
    return [
        metric_row("trunk_flexion_deg", "both", in_stance, [s.contact_s for s in clip.stances]),
        metric_row("trunk_sway_deg", "both", sway, _starts(strides)),
    ]
