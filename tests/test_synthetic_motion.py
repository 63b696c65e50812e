"""The synthetic athletes do what was asked, obey mechanics, and their truth says so."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError, UsageError
from formcheck.landmarks import MIRROR, Landmark
from formcheck.samples import home
from formcheck.synthetic import rig
from formcheck.synthetic.anthropometry import ANKLE_SHARE_OF_FOOT, body_of
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.mediapipe_points import landmarks_m, perfect_pose
from formcheck.synthetic.random_scenarios import random_scenario
from formcheck.synthetic.run_plan import PerSide, RunParameters, plan_steps
from formcheck.synthetic.running import runner_of
from formcheck.synthetic.samples import SAMPLES, scenario_named, synth
from formcheck.synthetic.scenario import Recording, athlete_of, duration_of, frame_times, motion
from formcheck.synthetic.scenario_files import read_scenario, scenario_from, write_scenario
from formcheck.synthetic.squat import squatter_of
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.synthetic.truth import truth, value_of, write_landmarks, write_truth
from formcheck.synthetic.truth_geometry import frontal_angles, sagittal_angles
from formcheck.synthetic.truth_running import running_events, running_metrics, whole_stances
from formcheck.synthetic.truth_squat import squat_events, squat_metrics

BODY = body_of(1.70)
RUN_S = 5.0
STEADY = RunParameters(
    variation=0.0,
    knee_fppa_deg=PerSide(-6.0, 12.0),
    pelvic_drop_deg=PerSide(3.0, 9.0),
    trunk_lean_deg=PerSide(1.0, 4.0),
    contact_time_s=PerSide(0.245, 0.262),
)
CALM = SquatParameters(n_reps=12, variation=0.0, wobble=0.0)
LEFT, RIGHT = "left", "right"


@lru_cache(maxsize=8)
def steady_runner(parameters=STEADY):
    return runner_of(BODY, parameters, RUN_S)


@lru_cache(maxsize=8)
def steady_rows(parameters=STEADY):
    return {(r["id"], r["side"]): r for r in running_metrics(steady_runner(parameters), RUN_S)}


def rows_of(squatter):
    return {(r["id"], r["side"]): r for r in squat_metrics(squatter)}


def segment_lengths(m):
    for side in (LEFT, RIGHT):
        for a, b, length in (
            ("hip", "knee", m.body.thigh_m),
            ("knee", "ankle", m.body.shank_m),
            ("heel", "toe", m.body.foot_m),
            ("shoulder", "elbow", m.body.upper_arm_m),
            ("elbow", "wrist", m.body.forearm_m),
        ):
            yield f"{side} {a}-{b}", m.joints_m[f"{side}_{a}"] - m.joints_m[f"{side}_{b}"], length
        heel_to_ankle = np.hypot(ANKLE_SHARE_OF_FOOT * m.body.foot_m, m.body.ankle_height_m)
        yield f"{side} heel", m.joints_m[f"{side}_ankle"] - m.joints_m[f"{side}_heel"], heel_to_ankle
    yield "hips", m.joints_m["left_hip"] - m.joints_m["right_hip"], m.body.hip_width_m
    yield "shoulders", m.joints_m["left_shoulder"] - m.joints_m["right_shoulder"], m.body.shoulder_width_m
    yield "trunk", m.joints_m["thorax"] - m.joints_m["pelvis"], m.body.trunk_m


ACTIVITIES = (
    "treadmill_rear",
    "single_leg_squat",
    "step_down",
    "walking",
    "two_leg_squat",
    "lateral_raise",
    "standing_sway",
)


@pytest.mark.parametrize("activity", ACTIVITIES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_bones_keep_their_length_and_nothing_sinks_into_the_floor(activity, seed):
    scenario = random_scenario(activity, seed, duration_s=3.0)
    athlete = athlete_of(scenario)
    m = athlete.at(np.arange(0.0, duration_of(scenario, athlete), 0.004))
    for name, bone, length in segment_lengths(m):
        np.testing.assert_allclose(np.linalg.norm(bone, axis=1), length, atol=1e-9, err_msg=name)
    lowest = min(m.joints_m[f"{side}_{part}"][:, 2].min() for side in (LEFT, RIGHT) for part in ("heel", "toe"))
    assert lowest > -1e-9
    for name, rotation in m.rotations.items():
        unit = np.einsum("nij,nik->njk", rotation, rotation)
        np.testing.assert_allclose(unit, np.broadcast_to(np.eye(3), unit.shape), atol=1e-12, err_msg=name)
        np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-12)


# --- running: mechanics -------------------------------------------------------------------------------------------


def test_mid_hips_fall_freely_between_toe_off_and_contact():
    runner = steady_runner(replace(STEADY, variation=1.0))
    plan = runner.plan
    checked = 0
    for k in range(5, len(plan) - 6):
        start, end = plan.toe_off_s[k], plan.contact_s[k + 1]
        t = np.linspace(start, end, 9)
        z = runner.at(t).joints_m["pelvis"][:, 2]
        np.testing.assert_allclose(2 * np.polyfit(t - start, z, 2)[0], -9.81, rtol=1e-6)
        checked += 1
    assert checked > 5


def test_mean_force_on_the_belt_is_body_weight_and_it_never_pulls():
    runner = steady_runner()
    plan = runner.plan
    k = 6
    t = np.arange(plan.contact_s[k], plan.contact_s[k + 2], 1e-4)
    z = runner.at(t).joints_m["pelvis"][:, 2]
    acceleration = np.gradient(np.gradient(z, t), t)[5:-5]
    assert acceleration.mean() == pytest.approx(0.0, abs=0.1)
    assert acceleration.min() > -9.81 - 0.3


@pytest.mark.parametrize("inclination_deg", [16.0, 3.0, -7.0])
def test_the_part_of_the_foot_on_the_ground_moves_exactly_with_the_belt(inclination_deg):
    asked = replace(STEADY, foot_inclination_deg=PerSide.of(inclination_deg), contact_time_s=PerSide.of(0.235))
    runner = runner_of(BODY, asked, RUN_S)
    for stance in whole_stances(runner, RUN_S)[:4]:
        t = np.linspace(stance.contact_s + 1e-6, stance.toe_off_s - 1e-6, 200)
        m = runner.at(t)
        heel, toe = m.joints_m[f"{stance.side}_heel"], m.joints_m[f"{stance.side}_toe"]
        for part in (heel, toe):
            down = np.flatnonzero(part[:, 2] < 1e-7)
            if len(down) < 2:
                continue
            moved = part[down] - part[down[0]]
            np.testing.assert_allclose(moved[:, 0], -asked.speed_mps * (t[down] - t[down[0]]), atol=2e-7)
            np.testing.assert_allclose(moved[:, 1], 0.0, atol=2e-7)
        on_ground = np.minimum(heel[:, 2], toe[:, 2])
        np.testing.assert_allclose(on_ground, 0.0, atol=1e-9)


def test_foot_is_in_the_air_between_toe_off_and_next_contact():
    runner = steady_runner()
    for stance in whole_stances(runner, RUN_S)[:4]:
        t = np.linspace(stance.toe_off_s + 0.004, stance.next_contact_s - 0.002, 150)
        m = runner.at(t)
        low = np.minimum(m.joints_m[f"{stance.side}_heel"][:, 2], m.joints_m[f"{stance.side}_toe"][:, 2])
        assert low.min() > 0.0


def test_motion_has_no_jumps():
    runner = steady_runner(replace(STEADY, variation=1.0))
    t = np.arange(0.5, 3.0, 0.001)
    m = runner.at(t)
    for name in m.joints_m:
        speed = np.linalg.norm(np.diff(m.joints_m[name], axis=0), axis=1) / 0.001
        assert speed.max() < 14.0, name


# --- running: what is asked comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric_id", "side", "asked", "within"),
    [
        ("knee_fppa_deg", LEFT, -6.0, 0.01),
        ("knee_fppa_deg", RIGHT, 12.0, 0.01),
        ("pelvic_drop_deg", LEFT, 3.0, 0.01),
        ("pelvic_drop_deg", RIGHT, 9.0, 0.01),
        ("trunk_lean_deg", LEFT, 1.0, 0.02),
        ("trunk_lean_deg", RIGHT, 4.0, 0.02),
        ("trunk_flexion_deg", "both", 7.0, 0.05),
        ("foot_inclination_deg", LEFT, 16.0, 0.2),
        ("overstride_ratio", LEFT, 0.18, 1e-4),
        ("cadence_spm", "both", 170.0, 1e-3),
        ("contact_time_ms", LEFT, 245.0, 1e-3),
        ("contact_time_ms", RIGHT, 262.0, 1e-3),
        ("step_width_ratio", "both", 0.06 / BODY.hip_width_m, 0.02),
        ("knee_flexion_contact_deg", LEFT, 17.0, 0.5),
        ("heel_recovery_deg", LEFT, 98.0, 4.0),
        ("knee_drive_deg", LEFT, 34.0, 3.0),
    ],
)
def test_runner_does_what_was_asked(metric_id, side, asked, within):
    assert steady_rows()[metric_id, side]["value"] == pytest.approx(asked, abs=within)


def test_duty_factor_flight_and_lengths_follow_from_cadence_contact_and_speed():
    rows = steady_rows()
    stride_s = 120.0 / 170.0
    assert rows["duty_factor", LEFT]["value"] == pytest.approx(0.245 / stride_s, abs=1e-4)
    assert rows["stride_length_m", "both"]["value"] == pytest.approx(2.8 * stride_s, abs=1e-3)
    flights = rows["flight_time_ms", "both"]["per_cycle"]
    assert sorted({round(v) for v in flights}) == [round(1e3 * (stride_s / 2 - c)) for c in (0.262, 0.245)]


@pytest.mark.parametrize(("inclination_deg", "word"), [(14.0, "rearfoot"), (3.0, "midfoot"), (-6.0, "forefoot")])
def test_foot_strike_is_named_after_the_inclination(inclination_deg, word):
    asked = replace(STEADY, foot_inclination_deg=PerSide.of(inclination_deg), contact_time_s=PerSide.of(0.235))
    rows = {(r["id"], r["side"]): r for r in running_metrics(runner_of(BODY, asked, 3.0), 3.0)}
    assert rows["foot_strike", LEFT]["value"] == word


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"pelvic_drop_deg": PerSide(8.0, 2.0)}, {"pelvic_drop_deg", "hip_adduction_deg"}),
        ({"trunk_lean_deg": PerSide(6.0, -2.0)}, {"trunk_lean_deg"}),
        ({"knee_fppa_deg": PerSide(10.0, -5.0)}, {"knee_fppa_deg", "hip_adduction_deg"}),
    ],
)
def test_frontal_metrics_change_one_at_a_time(change, moved):
    before, after = steady_rows(), steady_rows(replace(STEADY, **change))
    for metric_id in ("knee_fppa_deg", "pelvic_drop_deg", "trunk_lean_deg", "hip_adduction_deg"):
        shift = abs(after[metric_id, LEFT]["value"] - before[metric_id, LEFT]["value"])
        assert (shift > 1.0) if metric_id in moved else (shift < 0.02), metric_id


def test_crossover_gives_a_step_width_below_zero():
    rows = {
        (r["id"], r["side"]): r for r in running_metrics(runner_of(BODY, replace(STEADY, step_width_m=-0.03), 3), 3)
    }
    assert rows["step_width_ratio", "both"]["value"] == pytest.approx(-0.03 / BODY.hip_width_m, abs=0.02)


def test_cycle_variation_has_the_planned_size_and_is_the_same_for_the_same_seed():
    asked = RunParameters(seed=3)
    first, again = plan_steps(asked, 60.0), plan_steps(asked, 60.0)
    np.testing.assert_array_equal(first.contact_s, again.contact_s)
    assert np.std(first.fppa_deg) == pytest.approx(1.2, abs=0.25)
    assert np.std(np.diff(first.contact_s)) < 0.012
    assert not np.allclose(first.contact_s, plan_steps(replace(asked, seed=4), 60.0).contact_s)


def test_events_lie_where_the_foot_meets_and_leaves_the_belt():
    runner = steady_runner(replace(STEADY, variation=1.0))
    frames = np.arange(0.0, RUN_S, 1 / 120)
    rows = running_events(runner, frames)
    assert [r["time_s"] for r in rows] == sorted(r["time_s"] for r in rows)
    for row in rows[2:12]:
        assert abs(frames[row["frame"]] - row["time_s"]) <= 0.5 / 120 + 1e-9
        around = runner.at(row["time_s"] + np.array([-0.006, 0.006])).joints_m
        low = np.minimum(around[f"{row['side']}_heel"][:, 2], around[f"{row['side']}_toe"][:, 2])
        on_belt = low < 1e-6
        assert list(on_belt) == ([False, True] if row["kind"] == "initial_contact" else [True, False])


def test_a_runner_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="no flight"):
        runner_of(BODY, replace(STEADY, contact_time_s=PerSide.of(0.36)), 3.0)
    with pytest.raises(ValueError, match="trailing leg"):
        runner_of(BODY, replace(STEADY, speed_mps=5.5), 3.0)


# --- squats and step-downs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leg", [LEFT, RIGHT])
def test_squatter_does_what_was_asked(leg):
    asked = replace(CALM, leg=leg, knee_fppa_deg=13.0, pelvic_drop_deg=9.0, trunk_lean_deg=-2.0, hip_adduction_deg=17.0)
    rows = rows_of(squatter_of(BODY, asked))
    for metric_id, value in (
        ("knee_fppa_deg", 13.0),
        ("pelvic_drop_deg", 9.0),
        ("trunk_lean_deg", -2.0),
        ("hip_adduction_deg", 17.0),
        ("squat_depth_deg", 62.0),
    ):
        assert rows[metric_id, leg]["value"] == pytest.approx(value, abs=1e-3), metric_id
    assert rows["reps_total", leg]["value"] == rows["reps_valid", leg]["value"] == 12
    assert rows["touchdowns", leg]["value"] == 0


@pytest.mark.parametrize("field", ["knee_fppa_deg", "pelvic_drop_deg", "trunk_lean_deg", "hip_adduction_deg"])
def test_squat_metrics_are_independent(field):
    before, after = (rows_of(squatter_of(BODY, replace(CALM, **change))) for change in ({}, {field: 15.0}))
    for metric_id in ("knee_fppa_deg", "pelvic_drop_deg", "trunk_lean_deg", "hip_adduction_deg", "squat_depth_deg"):
        shift = abs(after[metric_id, LEFT]["value"] - before[metric_id, LEFT]["value"])
        assert (shift > 3.0) if metric_id == field else (shift < 1e-3), metric_id


def test_shallow_repetitions_dips_and_touchdowns_count_as_the_contract_says():
    asked = replace(CALM, n_reps=14, shallow=(3, 4), dips=(6,), touchdowns=(8,), long_pauses=(5,))
    squatter = squatter_of(BODY, asked)
    rows = rows_of(squatter)
    assert rows["reps_total", LEFT]["value"] == 14
    assert rows["reps_valid", LEFT]["value"] == 11
    assert rows["touchdowns", LEFT]["value"] == 1
    assert [v is None for v in rows["knee_fppa_deg", LEFT]["per_cycle"]] == [k in (3, 4, 8) for k in range(14)]
    kinds = [r["kind"] for r in squat_events(squatter, np.arange(0, squatter.plan.duration_s, 1 / 30))]
    assert kinds.count("rep_bottom") == 14
    assert kinds.count("touchdown") == 1


def test_a_touchdown_is_the_moment_the_free_toe_meets_the_floor():
    squatter = squatter_of(BODY, replace(CALM, touchdowns=(2,)))
    touch_s = squatter.plan.touch_s[np.isfinite(squatter.plan.touch_s)][0]
    toe = squatter.at(touch_s + np.array([-0.03, -0.002, 0.002, 0.10])).joints_m["right_toe"][:, 2]
    assert toe[0] > 0.01
    assert toe[1] > 1e-4
    np.testing.assert_allclose(toe[2:], 0.0, atol=1e-9)
    assert squatter.plan.start_s[2] < touch_s < squatter.plan.end_s[2]


def test_repetition_edges_are_where_flexion_crosses_fifteen_percent():
    squatter = squatter_of(BODY, CALM)
    plan = squatter.plan
    moments = np.array([plan.begin_s[4], plan.start_s[4], plan.bottom_s[4], plan.end_s[4]])
    stand, start, bottom, end = sagittal_angles(squatter.at(moments), LEFT)["knee_flexion_deg"]
    assert start == pytest.approx(stand + 0.15 * (bottom - stand), abs=1e-6)
    assert end == pytest.approx(start, abs=1e-6)


def test_fatigue_drift_comes_back():
    squatter = squatter_of(BODY, replace(CALM, n_reps=20, fppa_drift_deg=9.5, pelvic_drop_drift_deg=3.8))
    rows = rows_of(squatter)
    share = (17.0 - 2.0) / 19.0
    assert rows["fppa_drift_deg", LEFT]["value"] == pytest.approx(9.5 * share, abs=1e-3)
    assert rows["pelvic_drop_drift_deg", LEFT]["value"] == pytest.approx(3.8 * share, abs=1e-3)
    assert rows["trunk_lean_drift_deg", LEFT]["value"] == pytest.approx(0.0, abs=1e-3)


def test_the_athletes_own_standing_tilt_is_removed_from_the_drop():
    level, tilted = (rows_of(squatter_of(BODY, replace(CALM, standing_tilt_deg=t))) for t in (0.0, 1.0))
    for metric_id in ("pelvic_drop_deg", "hip_adduction_deg"):
        shift = tilted[metric_id, LEFT]["value"] - level[metric_id, LEFT]["value"]
        assert shift == pytest.approx(-1.0, abs=1e-3)


def test_drift_needs_ten_repetitions():
    rows = rows_of(squatter_of(BODY, replace(CALM, n_reps=9)))
    assert rows["fppa_drift_deg", LEFT]["value"] is None


@pytest.mark.parametrize("taps", [True, False])
def test_step_down_reaches_the_floor_ahead_of_the_box(taps):
    squatter = squatter_of(BODY, replace(CALM, n_reps=5, step_height_m=0.20, taps=taps))
    joints = squatter.at(squatter.plan.bottom_s).joints_m
    np.testing.assert_allclose(joints["right_toe"][:, 2], 0.0 if taps else 0.025, atol=1e-9)
    assert (joints["right_heel"][:, 0] > joints["left_toe"][:, 0]).all()
    np.testing.assert_allclose(joints["left_heel"][:, 2], 0.20, atol=1e-12)
    rows = rows_of(squatter)
    assert rows["reps_valid", LEFT]["value"] == 5
    assert 55.0 < rows["squat_depth_deg", LEFT]["value"] < 95.0


# --- geometry and camera --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    fppa=st.floats(-12.0, 25.0),
    flexion=st.floats(35.0, 100.0),
    lean=st.floats(-0.2, 0.2),
    side=st.sampled_from([LEFT, RIGHT]),
)
def test_swivel_gives_exactly_the_fppa_asked_for(fppa, flexion, lean, side):
    reach = rig.knee_reach(np.radians([flexion]), BODY)
    hip = np.array([[0.0, 0.1, 0.9]])
    ankle = hip + reach[:, None] * np.array([[np.sin(lean), 0.0, -np.cos(lean)]])
    swivel = rig.swivel_for_fppa(hip, ankle, BODY, side=side, fppa=np.radians([fppa]))
    knee = rig.knee_centre(hip, ankle, BODY, side=side, swivel=swivel)
    assert np.degrees(rig.frontal_fppa(hip, knee, ankle, side))[0] == pytest.approx(fppa, abs=1e-6)
    medial = -1.0 if side == LEFT else 1.0
    if abs(fppa) > 0.1:
        assert np.sign(medial * (knee[0, 1] - 0.1)) == np.sign(fppa)


def test_plane_directions_show_their_angles_in_both_projections():
    sagittal, frontal = np.radians([45.0, -20.0, 0.0]), np.radians([45.0, 10.0, -30.0])
    d = rig.plane_direction(sagittal, frontal)
    np.testing.assert_allclose(np.arctan2(d[:, 0], -d[:, 2]), sagittal)
    np.testing.assert_allclose(np.arctan2(d[:, 1], -d[:, 2]), frontal)
    np.testing.assert_allclose(np.linalg.norm(d, axis=1), 1.0)


@pytest.mark.parametrize("axial_deg", [0.0, 15.0, -30.0])
def test_pelvis_shows_its_obliquity_whatever_its_turn_and_tilt(axial_deg):
    r = rig.pelvis_rotation(axial=np.radians([axial_deg]), obliquity=np.radians([7.0]), tilt=np.radians([20.0]))
    left = r[0, :, 1]
    assert np.degrees(np.arctan2(left[2], left[1])) == pytest.approx(7.0, abs=1e-9)


def test_camera_closed_forms():
    camera = Camera("rear", distance_m=4.0, height_m=1.0, focal_px=1000.0)
    centre, right, up = camera.project(np.array([[0, 0, 1.0], [0, -1.0, 1.0], [0, 0, 2.0]]))
    np.testing.assert_allclose(centre, [360.0, 640.0])
    np.testing.assert_allclose(right, [610.0, 640.0])
    np.testing.assert_allclose(up, [360.0, 390.0])
    assert camera.depth(np.array([1.0, 0.0, 1.0])) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("view", "point", "goes"),
    [
        ("rear", [0, -0.5, 1], 1),
        ("front", [0, 0.5, 1], 1),
        ("side_right", [0.5, 0, 1], 1),
        ("side_left", [0.5, 0, 1], -1),
    ],
)
def test_views_show_the_right_side_where_the_contract_says(view, point, goes):
    x, _ = Camera(view, height_m=1.0).project(np.array(point, dtype=float))
    assert np.sign(x - 360.0) == goes


def test_a_45_degree_line_reads_45_degrees_and_roll_turns_it_clockwise():
    line = np.array([[0.0, 0.0, 1.0], [0.0, -0.3, 1.3]])
    for roll in (0.0, 12.0):
        a, b = Camera("rear", height_m=1.0, roll_deg=roll).project(line)
        assert np.degrees(np.arctan2(-(b - a)[1], (b - a)[0])) == pytest.approx(45.0 - roll, abs=1e-9)


def test_yaw_of_90_degrees_turns_the_rear_view_into_a_side_view():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3)) + np.array([0, 0, 1])
    np.testing.assert_allclose(
        Camera("rear", yaw_deg=90.0, height_m=1.0).project(points),
        Camera("side_right", height_m=1.0).project(points),
        atol=1e-9,
    )


def test_pitch_looking_down_moves_the_picture_up():
    level, down = (Camera("front", height_m=1.0, pitch_deg=p).project(np.array([0, 0, 1.0]))[1] for p in (0.0, 5.0))
    assert down == pytest.approx(level - 1100.0 * np.tan(np.radians(5.0)))


def test_extrinsic_and_intrinsic_give_the_same_pixels():
    camera = Camera("side_left", yaw_deg=7.0, pitch_deg=3.0, roll_deg=-2.0, target_x_m=0.1, target_y_m=-0.05)
    point = np.array([0.2, -0.1, 0.9])
    h = camera.intrinsic @ camera.extrinsic @ np.append(point, 1.0)
    np.testing.assert_allclose(camera.project(point), h[:2] / h[2])


def test_points_behind_the_lens_are_missing():
    assert np.isnan(Camera("rear", distance_m=2.0).project(np.array([-3.0, 0.0, 1.0]))).all()


def test_hand_shake_is_smooth_repeatable_and_of_the_size_asked():
    camera = Camera("rear", shake_px=2.0, seed=5)
    shake = camera.shake_offset_px(np.arange(3000))
    np.testing.assert_allclose(shake.std(axis=0), 2.0, rtol=0.15)
    assert np.abs(np.diff(shake, axis=0)).max() < 2.0
    np.testing.assert_array_equal(shake, replace(camera).shake_offset_px(np.arange(3000)))
    points = np.zeros((7, 4, 3)) + np.array([0, 0, 1.0])
    shift = camera.project(points, np.arange(7)) - camera.project(points)
    np.testing.assert_allclose(shift, np.broadcast_to(shake[:7, None], (7, 4, 2)))


# --- landmarks and truth files --------------------------------------------------------------------------------------


def test_mirrored_athlete_has_mirrored_angles():
    m = squatter_of(BODY, replace(CALM, knee_fppa_deg=14.0, wobble=1.0, variation=1.0)).at(np.arange(3.0, 9.0, 0.05))
    flipped = {
        name.replace("left", "?").replace("right", "left").replace("?", "right"): p * [1.0, -1.0, 1.0]
        for name, p in m.joints_m.items()
    }
    mirrored = replace(m, joints_m=flipped)
    for name, series in frontal_angles(m, LEFT).items():
        np.testing.assert_allclose(frontal_angles(mirrored, RIGHT)[name], series, atol=1e-9, err_msg=name)


def test_landmarks_of_a_symmetric_athlete_are_mirror_images():
    standing = squatter_of(BODY, CALM).at(np.array([0.0]))
    points = landmarks_m(standing)[0]
    legs = [Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL, Landmark.LEFT_EAR]
    np.testing.assert_allclose(points[MIRROR][legs] * [1, -1, 1], points[legs], atol=1e-4)


def test_perfect_landmarks_are_the_projected_joint_centres():
    scenario = SAMPLES["run_side"]
    m = athlete_of(scenario).at(np.arange(0.0, 0.5, 1 / 120))
    pose = perfect_pose(m, scenario.camera)
    expected = scenario.camera.project(m.joints_m["right_knee"], np.arange(len(m.time_s)))
    np.testing.assert_allclose(pose.joint("knee", RIGHT), expected)
    noisy = perfect_pose(m, scenario.camera, noise_px=2.0, seed=1)
    assert np.std(noisy.xy_px - pose.xy_px) == pytest.approx(2.0, rel=0.1)
    heel, ankle = pose.joint("heel", RIGHT), pose.joint("ankle", RIGHT)
    assert (heel[:, 1] > ankle[:, 1]).mean() > 0.5


def test_frame_times_start_at_zero_and_jitter_stays_in_order():
    scenario = replace(SAMPLES["squat_left"], recording=Recording(jitter=0.3, dropped=0.05))
    times = frame_times(scenario, athlete_of(scenario))
    assert times[0] == 0.0
    assert np.all(np.diff(times) > 0)
    assert np.diff(times).max() > 1.5 / scenario.fps


def test_truth_of_a_squat_sample_says_what_was_planned(tmp_path):
    scenario = SAMPLES["squat_right"]
    moving = motion(scenario)
    record = truth(scenario, moving)
    assert (record["protocol"], record["leg"], record["reps_total"], record["touchdowns"]) == (
        "single_leg_squat",
        "right",
        20,
        1,
    )
    assert record["reps_valid"] == 17
    assert value_of(record, "knee_fppa_deg", "right") > 15.0
    write_truth(record, tmp_path / "truth.json")
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == json.loads(json.dumps(record))
    assert (tmp_path / "truth.json").stat().st_size < 60_000


def test_truth_landmarks_hold_every_frame(tmp_path):
    scenario = replace(SAMPLES["step_down"], fps=5.0)
    moving = motion(scenario)
    write_landmarks(scenario, moving, tmp_path / "t.csv")
    header, *rows = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(moving.time_s)
    assert header.split(",")[:4] == ["frame", "time_s", "pelvis_x_px", "pelvis_y_px"]


def test_what_is_no_test_has_truth_without_metrics():
    scenario = random_scenario("two_leg_squat", 1, duration_s=4.0)
    record = truth(scenario, motion(scenario))
    assert record["to_be_refused"]
    assert record["protocol"] is None
    assert record["metrics"] == record["events"] == []


# --- scenarios --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(SAMPLES))
def test_scenarios_survive_their_file(tmp_path, name):
    write_scenario(SAMPLES[name], tmp_path / "s.json")
    assert read_scenario(tmp_path / "s.json") == SAMPLES[name]
    assert scenario_named(name) is SAMPLES[name]


def test_a_scenario_file_that_does_not_fit_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="squat_left"):
        scenario_named("no_such")
    with pytest.raises(InputError, match="has no speed"):
        scenario_from({"activity": "treadmill_rear", "camera": {"view": "rear"}, "run": {"speed": 3}, "duration_s": 3})
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="no JSON"):
        read_scenario(bad)
    with pytest.raises(InputError, match="needs the squat"):
        scenario_from({"activity": "step_down", "camera": {"view": "front"}})


def test_random_scenarios_differ_by_seed_and_split_and_not_by_call():
    same = [random_scenario("single_leg_squat", 7) for _ in range(2)]
    assert same[0] == same[1]
    others = [random_scenario("single_leg_squat", 8), random_scenario("single_leg_squat", 7, split="report")]
    assert len({same[0].seed, *(o.seed for o in others)}) == 3


def test_random_cameras_keep_to_the_capture_guide_when_asked():
    for seed in range(12):
        camera = random_scenario("single_leg_squat", seed, within_guide=True).camera
        assert abs(camera.yaw_deg) <= 3.0
        assert abs(camera.roll_deg) <= 1.0
        assert camera.distance_m >= 3.0


TINY = {
    "activity": "single_leg_squat",
    "fps": 4.0,
    "camera": {"view": "front", "width_px": 90, "height_px": 160, "focal_px": 140.0},
    "squat": {"n_reps": 1, "stand_s": 0.2, "end_stand_s": 0.0},
}


@pytest.mark.slow
def test_a_scenario_renders_to_the_same_bytes_every_time(tmp_path):
    (tmp_path / "tiny.json").write_text(json.dumps(TINY), encoding="utf-8")
    seen = []
    first, second = (
        synth(tmp_path / "tiny.json", tmp_path / name, lambda stage, done, total: seen.append((done, total)))
        for name in ("a", "b")
    )
    assert [p.name for p in first] == ["tiny.mp4", "truth.json", "truth_landmarks.csv"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    record = json.loads(first[1].read_text(encoding="utf-8"))
    assert seen[-1] == (record["n_frames"], record["n_frames"])


@pytest.mark.parametrize("wrong", [{"look": {"hat": 1}}, {"squat": {"n_reps": 0}}])
def test_a_scenario_that_cannot_be_rendered_is_one_clear_line(tmp_path, wrong):
    (tmp_path / "wrong.json").write_text(json.dumps(TINY | wrong), encoding="utf-8")
    with pytest.raises(InputError, match="does not fit"):
        synth(tmp_path / "wrong.json", tmp_path)
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.parametrize("name", list(SAMPLES))
def test_the_truth_beside_a_sample_video_is_that_of_its_scenario(name):
    kept = json.loads((home() / f"{name}.truth.json").read_text(encoding="utf-8"))
    record = json.loads(json.dumps(truth(SAMPLES[name], motion(SAMPLES[name]))))
    assert kept["scenario"] == record["scenario"]
    for now, then in zip(record["events"], kept["events"], strict=True):
        assert (now["kind"], now["side"]) == (then["kind"], then["side"])
        assert now["time_s"] == pytest.approx(then["time_s"], abs=1e-4)
    for now, then in zip(record["metrics"], kept["metrics"], strict=True):
        assert (now["id"], now["side"], now["n"]) == (then["id"], then["side"], then["n"])
        assert now["value"] == pytest.approx(then["value"], abs=5e-3), now["id"]
