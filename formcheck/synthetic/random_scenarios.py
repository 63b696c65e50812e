"""Scenarios drawn over everything that athletes, cameras and rooms may be; the same seed gives the same one.

Athletes of the split `develop` may be used to build and to fit, those of `report` only ever to report: no seed of one
gives an athlete of the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from formcheck.synthetic.camera import Camera, CameraView
from formcheck.synthetic.negatives import sway_parameters
from formcheck.synthetic.run_plan import PerSide, RunParameters, walking
from formcheck.synthetic.scenario import Activity, Recording, Scenario, athlete_of
from formcheck.synthetic.squat_plan import SquatParameters

Split = Literal["develop", "report"]
_SPLITS: tuple[Split, Split] = ("develop", "report")
_ATTEMPTS = 40
_RUN_FPS = (30.0, 60.0, 120.0, 240.0)
_BACK_SHARE = (0.46, 0.60)
"""How far the foot travels behind the hips until toe-off, in leg lengths."""
_DUTY = (0.28, 0.42)
_RUN_S = 12.0

Rng = np.random.Generator


def random_scenario(
    activity: Activity,
    seed: int,
    *,
    split: Split = "develop",
    fps: float | None = None,
    within_guide: bool | None = None,
    duration_s: float = _RUN_S,
) -> Scenario:
    """A scenario of an activity.

    Parameters
    ----------
    activity : a protocol, or a movement to be refused.
    split : which athletes to draw from.
    fps : frame rate; None draws one that fits the activity.
    within_guide : camera as the capture guide asks (True), beyond it (False), or either (None).
    duration_s : length of a run or of a movement that has none of its own.

    Raises
    ------
    ValueError
        When no draw fits together, which the ranges make very unlikely.
    """
    rng = np.random.default_rng([seed, _SPLITS.index(split), get_args(Activity).index(activity), 4049])
    for _ in range(_ATTEMPTS):
        scenario = _drawn(activity, seed, split, rng, fps, within_guide, duration_s)
        try:
            athlete_of(scenario)
        except ValueError:
            continue
        return scenario
    raise ValueError(f"no {activity} with seed {seed} fits together")


def _drawn(
    activity: Activity,
    seed: int,
    split: Split,
    rng: Rng,
    fps: float | None,
    within_guide: bool | None,
    duration_s: float,
) -> Scenario:
    own_seed = int(rng.integers(2**31))
    sex = "f" if rng.random() < 0.55 else "m"
    height_m = float(np.clip(rng.normal(1.66 if sex == "f" else 1.79, 0.065), 1.48, 2.0))
    leg_m = 0.485 * height_m
    on_belt = activity.startswith("treadmill") or activity == "walking"
    return Scenario(
        name=f"{activity}_{split}_{seed}",
        activity=activity,
        camera=_camera(activity, rng, within_guide),
        seed=own_seed,
        fps=fps or _frame_rate(activity, rng),
        duration_s=duration_s if on_belt or activity in ("two_leg_squat", "lateral_raise") else None,
        height_m=height_m,
        sex=sex,
        girth=float(rng.uniform(0.88, 1.18)),
        body_seed=own_seed,
        run=_run(activity, own_seed, rng, leg_m) if on_belt else None,
        squat=_squat(activity, own_seed, rng),
        look=_look(rng),
        scene=_scene(activity, rng),
        effects=_effects(rng),
        recording=Recording(crf=int(rng.integers(20, 31)), jitter=float(rng.choice([0.0, 0.0, 0.0, 0.12]))),
    )


def _between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _frame_rate(activity: Activity, rng: Rng) -> float:
    if activity.startswith("treadmill"):
        return float(rng.choice(_RUN_FPS, p=[0.15, 0.35, 0.35, 0.15]))
    return float(rng.choice([30.0, 60.0]))


# --- camera, room, recording --------------------------------------------------------------------------------------

_VIEWS: dict[str, tuple[CameraView, ...]] = {
    "treadmill_rear": ("rear",),
    "treadmill_front": ("front",),
    "treadmill_side": ("side_left", "side_right"),
    "walking": ("rear", "side_left", "side_right", "front"),
}


def _camera(activity: Activity, rng: Rng, within_guide: bool | None) -> Camera:
    """Where the phone stands: as the guide asks, or up to 10° of yaw, 4° of roll, 2.5 to 6 m."""
    good = bool(rng.random() < 0.6) if within_guide is None else within_guide
    views = _VIEWS.get(activity, ("front",))
    yaw, roll, pitch = (3.0, 1.0, 2.0) if good else (10.0, 4.0, 5.0)
    distance_m = _between(rng, 3.0, 4.2) if good else _between(rng, 2.5, 6.0)
    low, high = (0.80, 1.05) if activity != "single_leg_squat" else (0.55, 0.95)
    spread = 0.0 if good else 0.25
    fills = _between(rng, 560.0, 760.0)
    return Camera(
        view=views[int(rng.integers(len(views)))],
        distance_m=distance_m,
        height_m=_between(rng, low - spread, high + spread),
        yaw_deg=_between(rng, -yaw, yaw),
        pitch_deg=_between(rng, -pitch, pitch),
        roll_deg=_between(rng, -roll, roll),
        focal_px=fills * distance_m / 1.72,
        shake_px=float(rng.choice([0.0, 0.4, 1.2])),
        target_y_m=_between(rng, -0.08, 0.08),
        target_x_m=_between(rng, -0.05, 0.05),
        seed=int(rng.integers(2**31)),
    )


def _look(rng: Rng) -> dict[str, Any]:
    look: dict[str, Any] = {"stickers": str(rng.choice(["none", "none", "none", "both"]))}
    if rng.random() < 0.12:
        dark = ((26, 28, 34), (40, 42, 48))
        look |= {"top_rgb": dark[0], "bottom_rgb": dark[1], "band_rgb": dark[0]}
    return look


def _scene(activity: Activity, rng: Rng) -> dict[str, Any]:
    scene: dict[str, Any] = {"bystander": str(rng.choice(["none"] * 7 + ["standing", "walking"]))}
    if activity == "treadmill_side" and rng.random() < 0.25:
        scene["near_post_x_m"] = _between(rng, 0.30, 0.60)
    return scene


def _effects(rng: Rng) -> dict[str, Any]:
    dim = rng.random() < 0.2
    return {
        "exposure_s": float(1.0 / rng.choice([1000, 500, 250, 120, 60])) if not dim else 1 / 60,
        "noise": _between(rng, 4.0, 9.0) if dim else _between(rng, 0.5, 4.0),
        "brightness": _between(rng, 0.40, 0.65) if dim else _between(rng, 0.85, 1.1),
        "defocus_px": float(rng.choice([0.0, 0.0, 0.8])),
    }


# --- movement -----------------------------------------------------------------------------------------------------


def _pair(rng: Rng, mean: float, between: float, side: float, low: float, high: float) -> PerSide:
    """A value for each side: spread between athletes, a smaller one between the sides of one."""
    middle = rng.normal(mean, between)
    left, right = np.clip(middle + rng.normal(0.0, side, 2), low, high)
    return PerSide(float(left), float(right))


def _run(activity: Activity, seed: int, rng: Rng, leg_m: float) -> RunParameters:
    """A runner: strike first, then how far ahead the foot lands, then a contact time that the leg can reach."""
    if activity == "walking":
        return walking(speed_mps=_between(rng, 1.0, 1.3), cadence_spm=_between(rng, 104.0, 120.0), seed=seed)
    speed, cadence = _between(rng, 2.2, 3.6), _between(rng, 150.0, 200.0)
    strike = rng.choice(3, p=[0.55, 0.25, 0.20])
    inclination = ((10.5, 22.0), (-0.8, 7.0), (-9.0, -2.8))[strike]
    ahead = ((0.15, 0.25), (0.12, 0.20), (0.10, 0.17))[strike]
    overstride = _between(rng, *ahead)
    contact_s = (overstride + _between(rng, *_BACK_SHARE)) * leg_m / speed
    stride_s = 120.0 / cadence
    contact_s = float(np.clip(contact_s, _DUTY[0] * stride_s, _DUTY[1] * stride_s))
    angle = _between(rng, *inclination)
    return RunParameters(
        speed_mps=speed,
        cadence_spm=cadence,
        contact_time_s=PerSide(contact_s, contact_s * _between(rng, 0.94, 1.06)),
        knee_fppa_deg=_pair(rng, 5.0, 6.0, 3.0, -8.0, 25.0),
        fppa_rise_deg=_between(rng, 3.0, 9.0),
        pelvic_drop_deg=_pair(rng, 6.0, 3.0, 2.0, 0.0, 14.0),
        trunk_lean_deg=_pair(rng, 2.5, 2.0, 1.5, -3.0, 9.0),
        trunk_flexion_deg=_between(rng, 1.0, 16.0),
        foot_inclination_deg=PerSide(angle, angle + _between(rng, -1.5, 1.5)),
        overstride_ratio=PerSide(overstride, overstride + _between(rng, -0.015, 0.015)),
        step_width_m=_between(rng, -0.03, 0.13),
        knee_flexion_contact_deg=_between(rng, 11.0, 23.0),
        knee_flexion_peak_deg=_between(rng, 38.0, 54.0),
        knee_flexion_toe_off_deg=_between(rng, 16.0, 24.0),
        heel_recovery_deg=_between(rng, 88.0, 118.0),
        knee_drive_deg=_between(rng, 28.0, 44.0),
        toe_out_deg=_pair(rng, 7.0, 4.0, 2.0, -5.0, 18.0),
        pelvis_axial_deg=_between(rng, 2.0, 7.0),
        thorax_axial_deg=_between(rng, 5.0, 14.0),
        pelvis_sway_m=_between(rng, 0.003, 0.012),
        arm_swing_deg=_between(rng, 40.0, 70.0),
        elbow_flexion_deg=_between(rng, 75.0, 108.0),
        fppa_drift_deg=float(rng.choice([0.0, 0.0, 3.0])),
        pelvic_drop_drift_deg=float(rng.choice([0.0, 0.0, 2.0])),
        variation=_between(rng, 0.6, 1.4),
        seed=seed,
    )


def _squat(activity: Activity, seed: int, rng: Rng) -> SquatParameters | None:
    """A squat test or step-down over the whole range of form; None for other activities."""
    leg: Literal["left", "right"] = "left" if rng.random() < 0.5 else "right"
    if activity == "standing_sway":
        return sway_parameters(leg, seed=seed)
    if activity not in ("single_leg_squat", "step_down"):
        return None
    fppa, drop = float(np.clip(rng.normal(8.0, 7.0), -8.0, 25.0)), float(np.clip(rng.normal(7.0, 3.5), 0.0, 14.0))
    squat = SquatParameters(
        leg=leg,
        n_reps=5,
        depth_deg=_between(rng, 52.0, 75.0),
        knee_fppa_deg=fppa,
        pelvic_drop_deg=drop,
        trunk_lean_deg=float(np.clip(rng.normal(6.0, 3.5), -3.0, 15.0)),
        hip_adduction_deg=drop + 0.45 * fppa + _between(rng, 0.0, 6.0),
        trunk_flexion_deg=_between(rng, 10.0, 30.0),
        rep_s=_between(rng, 1.7, 2.6),
        pause_s=_between(rng, 0.1, 0.6),
        stand_s=float(rng.choice([1.0, 1.6, 2.2])),
        end_stand_s=float(rng.choice([0.0, 0.8])),
        standing_tilt_deg=_between(rng, -1.0, 1.0),
        standing_knee_deg=_between(rng, 3.0, 7.0),
        stance_width_m=_between(rng, 0.12, 0.24),
        free_knee_deg=_between(rng, 70.0, 92.0),
        toe_out_deg=_between(rng, 0.0, 14.0),
        variation=_between(rng, 0.6, 1.4),
        wobble=_between(rng, 0.5, 1.6),
        seed=seed,
    )
    if activity == "step_down":
        return replace(squat, step_height_m=0.20, taps=bool(rng.random() < 0.6), rep_s=squat.rep_s + 0.5)
    n_reps = int(rng.choice([12, 20]))
    return replace(squat, n_reps=n_reps, **_incidents(rng, n_reps))


def _incidents(rng: Rng, n_reps: int) -> dict[str, Any]:
    """Fatigue, shallow repetitions, dips, pauses and touch-downs, each in some of the clips."""

    def some(most: int, share: float) -> tuple[int, ...]:
        count = int(rng.integers(1, most + 1)) if rng.random() < share else 0
        return tuple(sorted(int(k) for k in rng.choice(np.arange(1, n_reps - 1), count, replace=False)))

    shallow = some(3, 0.4)
    return {
        "fppa_drift_deg": float(rng.choice([0.0, 0.0, 5.0, 9.0])),
        "pelvic_drop_drift_deg": float(rng.choice([0.0, 0.0, 4.0])),
        "trunk_lean_drift_deg": float(rng.choice([0.0, 0.0, 4.0])),
        "shallow": shallow,
        "shallow_depth_deg": _between(rng, 22.0, 40.0),
        "dips": some(2, 0.3),
        "long_pauses": some(2, 0.4),
        "touchdowns": tuple(k for k in some(2, 0.35) if k not in shallow),
    }
