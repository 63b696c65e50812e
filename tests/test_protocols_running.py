"""Treadmill runs of synthetic athletes: cadence to the step, angles near their truth, refusals where they belong."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motions import BODY, CAMERAS, LONGEST_S, RUN, legs_swapped, mirrored, run_clip, runner

from formcheck import legs
from formcheck.landmarks import side_landmark
from formcheck.metrics import describe
from formcheck.protocols import running_frontal, running_side
from formcheck.protocols.common import (
    Clip,
    Options,
    asymmetries,
    at,
    bootstrap_median_ci95,
    summarise,
    symmetry_angle_percent,
    window,
)
from formcheck.protocols.running_side import strike_class
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.run_plan import PerSide, RunParameters
from formcheck.synthetic.truth_running import running_metrics
from formcheck.types import SIDES, MetricResult, other_side
from formcheck.view import camera_view

FOREFOOT = RunParameters(foot_inclination_deg=PerSide.of(-7.0), overstride_ratio=PerSide.of(0.14), seed=2)
UNEVEN = RunParameters(
    knee_fppa_deg=PerSide(1.0, 9.0), pelvic_drop_deg=PerSide(3.0, 9.0), trunk_lean_deg=PerSide(1.0, 5.0), seed=7
)
VIEWS = ("rear", "front", "side_right", "side_left")


def measured_pose(pose, options=Options()):  # noqa: B008 (frozen)
    camera = camera_view(pose)
    clip = Clip(legs.told_apart(pose), camera, options)
    return running_side.measure(clip) if camera.view == "side" else running_frontal.measure(clip)


@cache
def measure(view, parameters=RUN, fps=120.0, noise_px=0.0):
    return measured_pose(run_clip(view, parameters=parameters, fps=fps, noise_px=noise_px).pose)


@cache
def truth(parameters=RUN):
    return {(row["id"], row["side"]): row["value"] for row in running_metrics(runner(parameters), LONGEST_S)}


def metric(result, metric_id, side):
    return next(m for m in result.metrics if (m.id, m.side) == (metric_id, side))


def near(view):
    return view.removeprefix("side_")


# --- cadence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "fps"), [*((view, fps) for view in VIEWS for fps in (30.0, 60.0)), ("side_right", 120.0), ("rear", 240.0)]
)
def test_a_170_spm_runner_gives_170(view, fps):
    assert metric(measure(view, fps=fps, noise_px=1.5), "cadence_spm", "both").value == pytest.approx(170.0, abs=1.0)


@pytest.mark.parametrize("cadence_spm", [154.0, 188.0])
@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_other_cadences(cadence_spm, fps):
    parameters = RunParameters(cadence_spm=cadence_spm)
    found = metric(measure("rear", parameters, fps, 1.5), "cadence_spm", "both")
    assert found.value == pytest.approx(cadence_spm, abs=1.0)
    assert found.ci95[0] <= found.value <= found.ci95[1]


@pytest.mark.parametrize("view", ["rear", "side_right"])
def test_cadence_with_swaps_and_a_varying_frame_rate(view):
    pose = run_clip(view, fps=60.0, noise_px=1.5).pose
    swapped = legs_swapped(pose, np.r_[60:75, 130:131, 200:225, 400:412])
    assert metric(measured_pose(swapped), "cadence_spm", "both").value == pytest.approx(170.0, abs=1.0)
    kept = np.sort(np.random.default_rng(5).choice(len(pose), int(0.7 * len(pose)), replace=False))
    uneven = replace(pose, time_s=pose.time_s[kept], xy_px=pose.xy_px[kept], visibility=pose.visibility[kept])
    assert metric(measured_pose(uneven), "cadence_spm", "both").value == pytest.approx(170.0, abs=1.0)


def test_cadence_counts_the_steps_that_a_gap_hides():
    pose = run_clip("rear", fps=60.0).pose
    xy = pose.xy_px.copy()
    xy[200:250] = np.nan
    found = metric(measured_pose(replace(pose, xy_px=xy)), "cadence_spm", "both").value
    assert found == pytest.approx(170.0, abs=1.0)


# --- what the frame rate allows -----------------------------------------------------------------------------------

NEED_60 = (
    "contact_time_ms",
    "duty_factor",
    "foot_strike",
    "foot_inclination_deg",
    "overstride_ratio",
    "shank_angle_deg",
    "knee_flexion_contact_deg",
    "flight_time_ms",
)


@pytest.mark.parametrize("metric_id", NEED_60)
def test_at_30_frames_a_second_foot_metrics_are_refused_with_the_reason(metric_id):
    for m in measure("side_right", fps=30.0).metrics:
        if m.id == metric_id and m.side != "left":
            assert m.value is None
            assert "60 frames a second" in m.reason
            assert "30" in m.reason


@pytest.mark.parametrize("fps", [59.94, 120.0])
def test_from_60_frames_a_second_they_are_given(fps):
    result = measure("side_right", fps=fps)
    for m in result.metrics:
        if m.id in NEED_60 and m.side in ("right", "both"):
            assert m.value is not None, m.id


def test_at_30_frames_a_second_cadence_and_trunk_are_still_given():
    result = measure("side_right", fps=30.0)
    for metric_id in ("cadence_spm", "trunk_flexion_deg", "vertical_oscillation_ratio"):
        assert metric(result, metric_id, "both").value is not None


@pytest.mark.parametrize("view", ["side_right", "side_left"])
def test_the_far_leg_is_not_judged(view):
    far = other_side(near(view))
    for metric_id in ("foot_strike", "overstride_ratio", "knee_flexion_contact_deg", "knee_flexion_peak_deg"):
        found = metric(measure(view), metric_id, far)
        assert found.value is None
        assert "far" in found.reason


def test_the_knees_peak_is_refused_where_the_other_knee_stays_beside_it():
    """Drawn to 30 % of the way that it is ahead or behind, the far knee is beside the near one all through stance."""
    pose = run_clip("side_right", fps=120.0).pose
    knees = [side_landmark("knee", side) for side in ("right", "left")]
    xy_px = pose.xy_px.copy()
    xy_px[:, knees[1], 0] = xy_px[:, knees[0], 0] + 0.3 * (xy_px[:, knees[1], 0] - xy_px[:, knees[0], 0])
    seen = replace(pose, xy_px=xy_px, trusted_hips=False)
    found = metric(measured_pose(seen), "knee_flexion_peak_deg", "right")
    assert found.value is None
    assert "other knee" in found.reason
    apart = metric(measured_pose(replace(pose, trusted_hips=False)), "knee_flexion_peak_deg", "right")
    assert apart.value == pytest.approx(truth()["knee_flexion_peak_deg", "right"], abs=1.5)


# --- values -------------------------------------------------------------------------------------------------------

SAGITTAL = {
    "contact_time_ms": 15.0,
    "duty_factor": 0.02,
    "foot_inclination_deg": 4.0,
    "overstride_ratio": 0.015,
    "braking_distance_ratio": 0.025,
    "shank_angle_deg": 2.0,
    "knee_flexion_contact_deg": 2.5,
    "knee_flexion_peak_deg": 1.5,
    "hip_extension_deg": 2.0,
    "knee_drive_deg": 1.5,
    "heel_recovery_deg": 1.5,
    "elbow_angle_deg": 3.0,
    "arm_swing_deg": 4.0,
}
WHOLE = {"trunk_flexion_deg": 1.0, "vertical_oscillation_ratio": 0.012, "flight_time_ms": 15.0}
FRONTAL = {"knee_fppa_deg": 1.6, "pelvic_drop_deg": 1.0, "hip_adduction_deg": 1.5, "trunk_lean_deg": 1.0}
ACROSS = {"step_width_ratio": 0.06, "knee_separation_ratio": 0.06, "trunk_sway_deg": 1.0}


@pytest.mark.parametrize("view", ["side_right", "side_left"])
@pytest.mark.parametrize("metric_id", SAGITTAL)
def test_sagittal_values_of_the_near_leg(metric_id, view):
    found = metric(measure(view), metric_id, near(view)).value
    assert found == pytest.approx(truth()[metric_id, near(view)], abs=SAGITTAL[metric_id])


@pytest.mark.parametrize("metric_id", WHOLE)
def test_sagittal_values_of_both_legs_together(metric_id):
    found = metric(measure("side_right"), metric_id, "both").value
    assert found == pytest.approx(truth()[metric_id, "both"], abs=WHOLE[metric_id])


@pytest.mark.parametrize("view", ["rear", "front"])
@pytest.mark.parametrize("metric_id", FRONTAL)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("parameters", [RUN, UNEVEN], ids=["even", "uneven"])
def test_frontal_values_of_both_legs(parameters, side, metric_id, view):
    found = metric(measure(view, parameters, 60.0), metric_id, side).value
    assert found == pytest.approx(truth(parameters)[metric_id, side], abs=FRONTAL[metric_id])


@pytest.mark.parametrize("view", ["rear", "front"])
@pytest.mark.parametrize("metric_id", ACROSS)
def test_frontal_values_of_both_legs_together(metric_id, view):
    found = metric(measure(view, fps=60.0), metric_id, "both").value
    assert found == pytest.approx(truth()[metric_id, "both"], abs=ACROSS[metric_id])


@pytest.mark.parametrize("view", ["rear", "front"])
def test_a_roll_that_the_clip_tells_is_taken_off_hip_and_trunk(view):
    clip = run_clip(view)
    pose = perfect_pose(clip.runner.at(clip.pose.time_s), replace(CAMERAS[view], roll_deg=2.5))
    told = measured_pose(replace(pose, extras={"scene_roll_deg": np.full(len(pose), 2.5)}))
    for side in SIDES:
        for metric_id in FRONTAL:
            level = metric(measure(view), metric_id, side).value
            assert metric(told, metric_id, side).value == pytest.approx(level, abs=0.6), metric_id


def test_what_the_mirror_tells_of_a_leg_is_added_to_its_valgus():
    pose = run_clip("rear").pose
    told = measured_pose(replace(pose, extras={"left_mirror_bend_deg": np.full(len(pose), 2.0)}))
    for side, more in (("left", 2.0), ("right", 0.0)):
        plain = metric(measure("rear"), "knee_fppa_deg", side).value
        assert metric(told, "knee_fppa_deg", side).value == pytest.approx(plain + more)


@pytest.mark.parametrize("view", ["rear", "front"])
def test_left_less_right(view):
    for metric_id in ("knee_fppa_deg", "pelvic_drop_deg", "trunk_lean_deg"):
        expected = truth(UNEVEN)[metric_id, "left"] - truth(UNEVEN)[metric_id, "right"]
        found = metric(measure(view, UNEVEN, 60.0), f"asymmetry_{metric_id}", "both")
        assert found.value == pytest.approx(expected, abs=1.2)
        assert found.ci95[0] < found.value < found.ci95[1] < 0


@pytest.mark.parametrize("width_m", [-0.03, 0.0, 0.14])
def test_step_width_from_crossover_to_wide(width_m):
    parameters = RunParameters(step_width_m=width_m, seed=9)
    plan = runner(parameters).plan
    true = np.median(np.abs(np.diff(plan.lateral_m)) * np.sign(width_m)) / BODY.hip_width_m if width_m else 0.0
    found = metric(measure("rear", parameters, 60.0), "step_width_ratio", "both").value
    assert found == pytest.approx(true, abs=0.09)
    assert width_m == 0.0 or np.sign(found) == np.sign(width_m)


def test_a_forefoot_strike_is_told_from_a_rearfoot_strike():
    found = metric(measure("side_right", FOREFOOT), "foot_strike", "right")
    assert found.value == "forefoot"
    assert set(found.per_cycle) <= {"forefoot", "midfoot"}
    assert metric(measure("side_right"), "foot_strike", "right").value == "rearfoot"


@pytest.mark.parametrize(
    ("degrees", "word"),
    [(8.1, "rearfoot"), (8.0, "midfoot"), (0.0, "midfoot"), (-1.6, "midfoot"), (-1.7, "forefoot"), (25.0, "rearfoot")],
)
def test_limits_of_the_foot_strike(degrees, word):
    assert strike_class(degrees) == word


def test_height_gives_centimetres_and_speed_gives_lengths():
    pose = run_clip("side_right").pose
    result = measured_pose(pose, Options(height_cm=170.0, speed_kmh=RUN.speed_mps * 3.6))
    ratio = metric(result, "vertical_oscillation_ratio", "both").value
    assert metric(result, "vertical_oscillation_cm", "both").value == pytest.approx(ratio * 0.491 * 170.0)
    for metric_id, steps in (("step_length_m", 1), ("stride_length_m", 2)):
        expected = steps * RUN.speed_mps * 60.0 / 170.0
        assert metric(result, metric_id, "both").value == pytest.approx(expected, rel=0.005)
    plain = {m.id for m in measure("side_right").metrics}
    assert not plain & {"vertical_oscillation_cm", "step_length_m", "stride_length_m"}


def test_without_a_source_for_the_pelvis_its_metrics_are_not_assessable():
    result = measured_pose(replace(run_clip("rear", fps=60.0).pose, trusted_hips=False))
    for side in SIDES:
        for metric_id in ("pelvic_drop_deg", "hip_adduction_deg"):
            assert metric(result, metric_id, side).value is None
            assert "waistband" in metric(result, metric_id, side).reason
        assert metric(result, "knee_fppa_deg", side).value is not None


# --- shape of the results -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_every_metric_is_registered_once_and_has_a_value_or_a_reason(view):
    result = measure(view, fps=60.0)
    keys = [(m.id, m.side) for m in result.metrics]
    assert len(keys) == len(set(keys))
    for m in result.metrics:
        assert describe(m.id).unit == m.unit
        assert (m.value is None) == bool(m.reason)
        assert len(m.per_cycle) == len(m.cycle_times_s)


@pytest.mark.parametrize("view", VIEWS)
def test_cycles_run_from_contact_to_the_next_contact_of_the_same_foot(view):
    result = measure(view, fps=60.0)
    for side in SIDES:
        contacts = [e.time_s for e in result.events if (e.kind, e.side) == ("initial_contact", side)]
        own = [c for c in result.cycles if c.side == side]
        assert [(c.start_s, c.end_s) for c in own] == list(pairwise(contacts))
        assert all(c.start_s < c.marks["toe_off"] < c.end_s for c in own)
        assert np.allclose([c.end_s - c.start_s for c in own], 120.0 / 170.0, atol=0.06)


@pytest.mark.parametrize("view", VIEWS)
def test_in_a_mirror_sides_swap_and_values_stay(view):
    here, there = measure(view, fps=60.0), measured_pose(mirrored(run_clip(view, fps=60.0).pose))
    swap = {"left": "right", "right": "left", "both": "both"}
    for m in here.metrics:
        if m.id.startswith("asymmetry_"):
            continue
        other = metric(there, m.id, swap[m.side])
        if isinstance(m.value, float):
            # Taken over the strides of the left foot, which in a mirror are those of the right one.
            within = {"trunk_sway_deg": 0.6, "arm_crossover_ratio": 0.02}.get(m.id, 1e-5)
            assert other.value == pytest.approx(m.value, abs=within), m.id
        else:
            assert other.value == m.value


@pytest.mark.parametrize("view", ["rear", "side_right"])
def test_the_same_clip_gives_the_same_numbers(view):
    pose = run_clip(view, fps=60.0, noise_px=1.5).pose
    assert measured_pose(pose).metrics == measured_pose(pose).metrics


def test_a_clip_without_rhythm_has_no_values_and_says_why():
    pose = run_clip("rear", fps=60.0).pose
    still = replace(pose, xy_px=np.repeat(pose.xy_px[:1], len(pose), axis=0))
    result = measured_pose(still)
    assert result.events == ()
    assert result.cycles == ()
    for m in result.metrics:
        assert m.value is None, m.id
        assert m.reason


# --- summing up ---------------------------------------------------------------------------------------------------


def test_the_bootstrap_is_the_same_every_time_and_needs_three_values():
    values = np.random.default_rng(1).normal(5.0, 1.0, 20)
    assert bootstrap_median_ci95(values) == bootstrap_median_ci95(values.copy())
    assert bootstrap_median_ci95(values[:2]) is None
    low, high = bootstrap_median_ci95(values)
    assert values.min() <= low < np.median(values) < high <= values.max()


@settings(max_examples=25)
@given(shift=st.floats(-50, 50), scale=st.floats(0.1, 10))
def test_the_bootstrap_moves_with_the_values(shift, scale):
    values = np.random.default_rng(2).normal(0.0, 1.0, 12)
    low, high = bootstrap_median_ci95(values)
    moved = bootstrap_median_ci95(shift + scale * values)
    assert moved == pytest.approx((shift + scale * low, shift + scale * high), abs=1e-9)


def test_the_bootstrap_covers_the_true_median_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        low, high = bootstrap_median_ci95(rng.normal(3.0, 1.0, 20))
        hits += low <= 3.0 <= high
    assert 0.88 <= hits / 200 <= 0.995


def test_a_summary_keeps_missing_cycles_in_their_place():
    found = summarise("knee_fppa_deg", "left", [1.0, np.nan, 3.0, 9.0], [0.0, 1.0, 2.0, 3.0])
    assert found.value == 3.0
    assert found.per_cycle == (1.0, None, 3.0, 9.0)
    assert found.cycle_times_s == (0.0, 1.0, 2.0, 3.0)
    assert found.n == 3


def test_too_few_cycles_are_not_assessable_with_the_number():
    found = summarise("knee_fppa_deg", "left", [1.0, np.nan], [0.0, 1.0], least=3)
    assert found.value is None
    assert "only 1 usable" in found.reason
    assert summarise("knee_fppa_deg", "left", [], [], reason="no step").reason == "no step"


def test_symmetry_of_times_is_an_angle_in_percent():
    assert symmetry_angle_percent(np.array(250.0), np.array(250.0)) == pytest.approx(0.0)
    assert symmetry_angle_percent(np.array(1.0), np.array(0.0)) == pytest.approx(50.0)
    left, right = np.array(260.0), np.array(240.0)
    assert symmetry_angle_percent(left, right) == pytest.approx(-symmetry_angle_percent(right, left))
    assert symmetry_angle_percent(left, right) > 0
    times = [MetricResult("contact_time_ms", s, "ms", v) for s, v in (("left", 260.0), ("right", 240.0))]
    (found,) = asymmetries(times)
    assert found.id == "asymmetry_contact_time_ms"
    assert found.unit == "%"
    assert found.value == pytest.approx(float(symmetry_angle_percent(left, right)))


def test_one_side_alone_has_no_asymmetry():
    assert asymmetries([MetricResult("knee_fppa_deg", "left", "deg", 4.0)]) == ()
    missing = MetricResult("knee_fppa_deg", "right", "deg", None, reason="hidden")
    assert asymmetries([MetricResult("knee_fppa_deg", "left", "deg", 4.0), missing]) == ()


def test_values_between_frames():
    times = np.array([0.0, 1.0, 2.0, 3.0])
    series = np.array([0.0, 10.0, np.nan, 30.0])
    np.testing.assert_array_equal(at(times, series, np.array([0.5, 1.0, 1.5, 3.5])), [5.0, 10.0, np.nan, np.nan])
    assert at(times, np.stack([series, series], axis=1), np.array([0.25])).shape == (1, 2)
    assert window(times, 1.0, 3.0) == slice(1, 3)
