"""Assessments of stick figures for the tests of what comes out: a squat test and runs, by formula.

No engine takes part: every number is put in here, so that the outputs can be held against it.
"""

from __future__ import annotations

import numpy as np

from formcheck.landmarks import Landmark, side_landmark
from formcheck.types import (
    Assessment,
    Criterion,
    Cycle,
    Event,
    Finding,
    Frame,
    MetricResult,
    PoseSequence,
    QualityCheck,
    Recognised,
    Verdict,
    VideoInfo,
)

FPPA_SQUAT = Criterion(
    "fppa_squat",
    "knee_fppa_deg",
    ("single_leg_squat",),
    "herrington2014",
    "judgement",
    watch_above=10.0,
    outside_above=15.0,
    decides=True,
    advice_high="Keep the knee over the second toe; train the hip abductors.",
)
DROP_RUN = Criterion(
    "drop_run",
    "pelvic_drop_deg",
    ("treadmill_rear",),
    "bramah2018",
    "judgement",
    watch_above=7.0,
    advice_high="Raise the step rate by 5–10 % and train the hip abductors.",
)
FPPA_RUN = Criterion("fppa_run", "knee_fppa_deg", ("treadmill_rear",), "vasconcelos2022", "judgement", watch_above=10.5)
CADENCE = Criterion(
    "cadence",
    "cadence_spm",
    ("treadmill_rear", "treadmill_side"),
    "lenhart2014",
    "judgement",
    watch_below=166.0,
    advice_low="Try a step rate 5–10 % higher at the same speed.",
)
SHANK = Criterion("shank", "shank_angle_deg", ("treadmill_side",), "dingenen2018", "judgement", watch_above=10.0)
CHECKS = (
    QualityCheck("roll", "Camera level", 0.4, "deg", 1.0, "ok"),
    QualityCheck(
        "yaw", "Camera square to the athlete", 4.1, "deg", 3.0, "warn", "Stand straight in front of the athlete."
    ),
    QualityCheck("frame_rate", "Frames a second", 30.0, "fps", 29.0, "ok"),
)


def figure(
    *, x_px: np.ndarray, hip_y_px: np.ndarray, lean_deg: np.ndarray, knee_in_px: np.ndarray, leg: str, facing: int = 1
) -> np.ndarray:
    """(N, 33, 2) of a figure about 800 px high; `facing` 1: towards the camera (its left is image right), −1: away."""
    n = len(x_px)
    xy = np.full((n, 33, 2), np.nan)
    lean = np.radians(lean_deg)

    def put(joint: str, side: str, x: np.ndarray, y: np.ndarray) -> None:
        xy[:, side_landmark(joint, side)] = np.column_stack([x, y])

    for side, sign in (("left", facing), ("right", -facing)):
        hip_x = x_px + 35 * sign
        up_x, up_y = x_px + 230 * np.sin(lean), hip_y_px - 230 * np.cos(lean)
        put("shoulder", side, up_x + 75 * sign, up_y + 75 * sign * np.sin(lean))
        put("elbow", side, up_x + 95 * sign, up_y + 120)
        put("wrist", side, up_x + 30 * sign, up_y + 130)
        put("hip", side, hip_x, hip_y_px)
        ankle_y = np.full(n, 1050.0)
        stance = side == leg
        knee_x = hip_x - sign * (knee_in_px if stance else 0.0)
        put("knee", side, knee_x, 0.5 * (hip_y_px + ankle_y) - (0 if stance else 40))
        put("ankle", side, hip_x, ankle_y - (0 if stance else 160))
        put("heel", side, hip_x, ankle_y + 15 - (0 if stance else 160))
        put("foot_index", side, hip_x + 15 * sign, ankle_y + 35 - (0 if stance else 120))
    xy[:, Landmark.NOSE] = np.column_stack([x_px + 320 * np.sin(lean), hip_y_px - 320 * np.cos(lean)])
    return xy


def pose_of(time_s: np.ndarray, xy: np.ndarray) -> PoseSequence:
    visibility = np.where(np.isnan(xy[:, :, 0]), np.nan, 0.97)
    return PoseSequence(time_s, xy, visibility, (720, 1280), {"pelvis_tilt_deg": np.sin(time_s)}, model="stick figure")


def video_of(time_s: np.ndarray, *, name: str) -> VideoInfo:
    fps = (len(time_s) - 1) / float(time_s[-1] - time_s[0])
    return VideoInfo(name, "0" * 64, 720, 1280, 0, float(time_s[-1]), len(time_s), fps, fps, False, codec="h264")


def squat(
    *, reps: int = 20, fppa_deg: float = 12.0, drift_deg: float = 4.0, name: str = "squat left.mp4"
) -> Assessment:
    """A left single-leg squat test at 30 fps, 2 s a repetition; repetition 9 is too shallow."""
    period_s, fps = 2.0, 30
    time_s = np.round(np.arange(int((reps * period_s + 2) * fps)) / fps, 6)
    rep = np.clip(np.floor((time_s - 1) / period_s), 0, reps - 1)
    depth = np.where((time_s > 1) & (time_s < 1 + reps * period_s), 0.5 - 0.5 * np.cos(np.pi * (time_s - 1)), 0.0)
    depth = depth * np.where(rep == 8, 0.5, 1.0)
    per_rep = fppa_deg + drift_deg * (np.arange(reps) / (reps - 1) - 0.5) + 1.5 * np.sin(2.4 * np.arange(reps))
    fppa = depth * per_rep[rep.astype(int)]
    drop = 6.0 * depth + 1.0
    lean = 5.0 * depth
    xy = figure(
        x_px=np.full(len(time_s), 360.0),
        hip_y_px=600 + 130 * depth,
        lean_deg=-lean,
        knee_in_px=1.9 * fppa,
        leg="left",
    )
    starts = 1 + period_s * np.arange(reps)
    valid = np.arange(reps) != 8
    cycles = tuple(
        Cycle(
            "left", s, s + period_s, {"bottom": s + 1}, bool(ok), "" if ok else "not deep enough: 31° of knee flexion"
        )
        for s, ok in zip(starts, valid, strict=True)
    )
    events = tuple(
        Event(kind, "left", float(t), round(t * fps))
        for s in starts
        for kind, t in (("rep_start", s), ("rep_bottom", s + 1), ("rep_end", s + period_s - 0.05))
    )
    kept = per_rep[valid]
    value = float(np.median(kept))
    metrics = (
        MetricResult(
            "knee_fppa_deg",
            "left",
            "deg",
            value,
            (value - 0.9, value + 0.9),
            tuple(float(v) if ok else None for v, ok in zip(per_rep, valid, strict=True)),
            tuple(float(s + 1) for s in starts),
            2.8,
        ),
        MetricResult("pelvic_drop_deg", "left", "deg", 7.0, (6.5, 7.5), (7.0,) * reps, tuple(starts + 1), 2.7),
        MetricResult("trunk_lean_deg", "left", "deg", 5.0, (4.8, 5.2), (5.0,) * reps, tuple(starts + 1), 2.0),
        MetricResult(
            "hip_adduction_deg", "left", "deg", None, reason="the pelvis could not be seen in enough repetitions"
        ),
        MetricResult("reps_total", "left", "count", float(reps)),
        MetricResult("reps_valid", "left", "count", float(reps - 1)),
        MetricResult("fppa_drift_deg", "left", "deg", drift_deg * 0.8, (1.0, 5.2), measurement_error=3.7),
        MetricResult("touchdowns", "left", "count", 0.0),
        MetricResult("rep_duration_s", "left", "s", 1.95, (1.94, 1.96), (1.95,) * reps, tuple(starts)),
    )
    findings = (
        Finding(
            "knee_fppa_deg",
            "left",
            "uncertain",
            "12° lies within its measurement error of the limit of 15°",
            FPPA_SQUAT,
            "Film again.",
        ),
        Finding("pelvic_drop_deg", "left", "within", "7° is below 11°"),
        Finding("hip_adduction_deg", "left", "not_assessable", "the pelvis could not be seen in enough repetitions"),
    )
    return Assessment(
        "single_leg_squat",
        "left",
        Recognised("single_leg_squat", "left", "front"),
        video_of(time_s, name=name),
        pose_of(time_s, xy),
        CHECKS,
        events,
        cycles,
        metrics,
        findings,
        Verdict(
            "uncertain", ("Fewer than 20 valid repetitions: 19.", "Knee valgus is too close to its limit to tell.")
        ),
        {"left_knee_fppa_deg": fppa, "left_pelvic_drop_deg": drop, "left_trunk_lean_deg": lean},
        "2026.1",
    )


def _strides(duration_s: float, cadence_spm: float, duty: float) -> tuple[tuple[Cycle, ...], tuple[Event, ...]]:
    stride_s = 120 / cadence_spm
    cycles: list[Cycle] = []
    events: list[Event] = []
    for side, phase in (("left", 0.0), ("right", 0.5)):
        for start in np.arange(phase * stride_s, duration_s - stride_s, stride_s):
            toe_off = float(start + duty * stride_s)
            cycles.append(Cycle(side, float(start), float(start + stride_s), {"toe_off": toe_off}))
            events += [Event("initial_contact", side, float(start), round(start * 60))]
            events += [Event("toe_off", side, toe_off, round(toe_off * 60))]
    return tuple(cycles), tuple(events)


def run(*, protocol: str = "treadmill_rear", cadence_spm: float = 160.0, duration_s: float = 8.0) -> Assessment:
    """A treadmill run at 60 fps; the left side drops 9°, the right side 5°; cadence is watched below 166."""
    time_s = np.round(np.arange(int(duration_s * 60)) / 60, 6)
    duty, stride_s = 0.35, 120 / cadence_spm
    cycles, events = _strides(duration_s, cadence_spm, duty)
    angles: dict[str, np.ndarray] = {}
    peak = {
        "left_knee_fppa_deg": 6.0,
        "right_knee_fppa_deg": 3.0,
        "left_pelvic_drop_deg": 9.0,
        "right_pelvic_drop_deg": 5.0,
    }
    if protocol == "treadmill_side":
        peak = {"left_knee_flexion_deg": 45.0, "right_knee_flexion_deg": 43.0, "left_shank_angle_deg": 8.0}
    rng = np.random.default_rng(5)
    for name, top in peak.items():
        offset = 0.0 if name.startswith("left") else 0.5
        share = ((time_s / stride_s - offset) % 1.0) / duty
        stance = np.where(share < 1, np.sin(np.pi * np.clip(share, 0, 1)), np.nan)
        angles[name] = top * stance * (1 + 0.08 * np.sin(1.3 * time_s)) + 0.2 * rng.standard_normal(len(time_s))
    angles["trunk_lean_deg"] = 2.0 * np.sin(2 * np.pi * time_s / stride_s)
    xy = figure(
        x_px=360 + 8 * np.sin(2 * np.pi * time_s / stride_s),
        hip_y_px=600 + 20 * np.cos(4 * np.pi * time_s / stride_s),
        lean_deg=angles["trunk_lean_deg"],
        knee_in_px=np.full(len(time_s), 8.0),
        leg="left",
        facing=-1,
    )
    metrics = [
        MetricResult(
            "cadence_spm", "both", "spm", cadence_spm, (cadence_spm - 0.6, cadence_spm + 0.6), measurement_error=1.0
        )
    ]
    for name, top in peak.items():
        side, metric_id = name.split("_", 1)
        metric_id = {"knee_flexion_deg": "knee_flexion_peak_deg"}.get(metric_id, metric_id)
        starts = [c.start_s for c in cycles if c.side == side]
        values = tuple(float(top + 0.3 * np.sin(i)) for i in range(len(starts)))
        value = float(np.median(values))
        metrics.append(
            MetricResult(metric_id, side, "deg", value, (value - 0.4, value + 0.4), values, tuple(starts), 2.7)
        )
    if protocol == "treadmill_side":
        metrics.append(MetricResult("foot_strike", "left", "class", "rearfoot", None, ("rearfoot",) * 9))
    else:
        metrics.append(
            MetricResult("contact_time_ms", "left", "ms", 243.2, (239.0, 247.5), (243.0,) * 9, measurement_error=14.0)
        )
    findings = [
        Finding(
            "cadence_spm", "both", "watch", f"{cadence_spm:.0f} steps/min is below 166", CADENCE, CADENCE.advice_low
        )
    ]
    if protocol == "treadmill_rear":
        findings += [
            Finding("pelvic_drop_deg", "left", "watch", "9° is above 7°", DROP_RUN, DROP_RUN.advice_high),
            Finding("pelvic_drop_deg", "right", "within", "5° is below 7°", DROP_RUN),
            Finding("knee_fppa_deg", "left", "within", "6° is below 10.5°", FPPA_RUN),
            Finding("knee_fppa_deg", "right", "within", "3° is below 10.5°", FPPA_RUN),
        ]
    return Assessment(
        protocol,
        None,
        Recognised(protocol, None, "rear" if protocol == "treadmill_rear" else "side"),
        video_of(time_s, name="<b>run & hop</b>.mov"),
        pose_of(time_s, xy),
        CHECKS,
        events,
        cycles,
        tuple(metrics),
        tuple(findings),
        Verdict("pass", ("Two things to work on; nothing outside its limit.",)),
        angles,
        "2026.1",
        ("The file plays at 30 frames a second but was filmed at 60.",),
    )


def frames_of(assessment: Assessment, indices: range | None = None) -> list[Frame]:
    """Plain frames with a floor, 720×1280."""
    image = np.full((1280, 720, 3), (196, 200, 205), np.uint8)
    image[1080:] = (120, 112, 104)
    chosen = range(len(assessment.pose)) if indices is None else indices
    return [Frame(image.copy(), float(assessment.pose.time_s[i]), i) for i in chosen]
