"""Which test a clip shows: every synthetic protocol from every view, and movements that are none of them."""

from dataclasses import replace

import numpy as np
import pytest
from motions import BODY, CAMERAS, legs_swapped, mirrored, run_clip, slowed, squat_clip

from formcheck import signals
from formcheck.landmarks import side_landmark
from formcheck.protocols.common import Clip
from formcheck.recognise import recognise
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.negatives import TwoLegMover, sway_parameters
from formcheck.synthetic.run_plan import PerSide, RunParameters, walking
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.view import camera_view

SQUAT = SquatParameters(n_reps=4)
STEP = SquatParameters(n_reps=4, step_height_m=0.2, rep_s=2.6, pause_s=0.5)
RUNNING = {
    "rear": "treadmill_rear",
    "front": "treadmill_front",
    "side_right": "treadmill_side",
    "side_left": "treadmill_side",
}
RUNS = {
    "usual": RunParameters(),
    "jog": RunParameters(speed_mps=2.1, cadence_spm=156.0, overstride_ratio=PerSide.of(0.13), seed=11),
    "fast": RunParameters(speed_mps=3.6, cadence_spm=186.0, contact_time_s=PerSide.of(0.205), seed=12),
}
TWO_LEGGED = {
    "two-leg squat": TwoLegMover(BODY, "two_leg_squat"),
    "shallow two-leg squat": TwoLegMover(BODY, "two_leg_squat", depth_deg=50.0),
    "lateral raise": TwoLegMover(BODY, "lateral_raise"),
}


def seen(pose):
    pose = signals.repair_swaps(pose)
    return recognise(Clip(pose, camera_view(pose)))


def two_legged(name, view, *, seconds=10.0, noise_px=0.0):
    return perfect_pose(TWO_LEGGED[name].at(np.arange(int(30 * seconds)) / 30.0), CAMERAS[view], noise_px=noise_px)


# --- the five tests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", RUNNING)
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("fps", [30.0])
def test_runs(view, name, fps):
    found = seen(run_clip(view, parameters=RUNS[name], fps=fps, noise_px=1.5).pose)
    assert (found.protocol, found.leg, found.refusal) == (RUNNING[view], None, "")


@pytest.mark.parametrize("view", ["front", "rear", "side_left", "side_right"])
@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("noise_px", [1.5])
def test_single_leg_squats(view, leg, noise_px):
    found = seen(squat_clip(replace(SQUAT, leg=leg), view=view, noise_px=noise_px).pose)
    assert (found.protocol, found.leg, found.refusal) == ("single_leg_squat", leg, "")


@pytest.mark.parametrize("view", ["front", "rear", "side_left", "side_right"])
@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("taps", [True, False])
def test_step_downs(view, leg, taps):
    found = seen(squat_clip(replace(STEP, leg=leg, taps=taps), view=view, noise_px=1.0).pose)
    assert (found.protocol, found.leg, found.refusal) == ("step_down", leg, "")


SHAPES = {
    "deep": replace(SQUAT, depth_deg=95.0, trunk_flexion_deg=35.0),
    "shallow": replace(SQUAT, depth_deg=50.0),
    "valgus": replace(SQUAT, knee_fppa_deg=20.0, pelvic_drop_deg=12.0, trunk_lean_deg=10.0, hip_adduction_deg=22.0),
    "foot kept low": replace(SQUAT, free_knee_deg=55.0),
    "touches down": replace(SQUAT, touchdowns=(0, 2)),
    "no standing": replace(SQUAT, stand_s=0.0, end_stand_s=0.0),
    "one": replace(SQUAT, n_reps=1),
    "slow": replace(SQUAT, rep_s=5.0, n_reps=3),
    "quick": replace(SQUAT, rep_s=1.2, pause_s=0.0, n_reps=12),
    "wobbly": replace(SQUAT, wobble=3.0),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("leg", ["left", "right"])
def test_squats_of_every_shape_from_the_front(name, leg):
    found = seen(squat_clip(replace(SHAPES[name], leg=leg)).pose)
    assert (found.protocol, found.leg) == ("single_leg_squat", leg)


@pytest.mark.parametrize("height_m", [0.12, 0.30])
@pytest.mark.parametrize("leg", ["left", "right"])
def test_step_downs_of_other_steps(height_m, leg):
    found = seen(squat_clip(replace(STEP, leg=leg, step_height_m=height_m)).pose)
    assert (found.protocol, found.leg) == ("step_down", leg)


@pytest.mark.parametrize("yaw_deg", [-12.0, 12.0])
@pytest.mark.parametrize("step_m", [0.0, 0.2])
def test_an_oblique_view_does_not_change_the_test(yaw_deg, step_m):
    clip = squat_clip(replace(SQUAT, step_height_m=step_m))
    time_s = clip.pose.time_s
    pose = perfect_pose(clip.athlete.at(time_s), replace(CAMERAS["front"], yaw_deg=yaw_deg))
    assert (seen(pose).protocol, seen(pose).leg) == ("step_down" if step_m else "single_leg_squat", "left")


@pytest.mark.parametrize("view", ["front", "side_left"])
def test_in_a_mirror_it_is_the_other_leg(view):
    pose = squat_clip(SQUAT, view=view).pose
    assert (seen(pose).leg, seen(mirrored(pose)).leg) == ("left", "right")
    assert seen(mirrored(pose)).protocol == "single_leg_squat"


def test_swapped_stretches_do_not_change_what_is_seen():
    pose = squat_clip(SQUAT).pose
    assert seen(legs_swapped(pose, np.r_[60:90, 150:153])).leg == "left"
    run = run_clip("side_right", fps=60.0).pose
    assert seen(legs_swapped(run, np.r_[60:90, 150:153])).protocol == "treadmill_side"


def test_the_look_of_the_picture_does_not_matter():
    pose = squat_clip(SQUAT).pose
    small = replace(pose, xy_px=0.4 * pose.xy_px + [500.0, 90.0], image_size_px=(1920, 1080))
    assert (seen(small).protocol, seen(small).leg) == ("single_leg_squat", "left")


# --- none of them -------------------------------------------------------------------------------------------------


def refused(found) -> str:
    assert found.protocol is None
    assert found.leg is None
    assert found.refusal
    assert "\n" not in found.refusal
    return found.refusal


@pytest.mark.parametrize("view", RUNNING)
@pytest.mark.parametrize(("speed_mps", "cadence_spm"), [(1.2, 112.0), (1.6, 125.0), (1.8, 134.0)])
def test_a_walk_is_called_a_walk(view, speed_mps, cadence_spm):
    parameters = walking(speed_mps=speed_mps, cadence_spm=cadence_spm)
    reason = refused(seen(run_clip(view, parameters=parameters, fps=30.0).pose))
    assert "walk" in reason
    assert "--capture-fps" not in reason


@pytest.mark.parametrize("view", RUNNING)
@pytest.mark.parametrize("name", TWO_LEGGED)
@pytest.mark.parametrize("noise_px", [1.5])
def test_movements_on_two_legs(view, name, noise_px):
    reason = refused(seen(two_legged(name, view, noise_px=noise_px)))
    if name == "two-leg squat":
        assert "two legs" in reason


@pytest.mark.parametrize("view", ["front", "rear", "side_left"])
@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("noise_px", [0.0, 1.5])
def test_a_sway_on_one_leg(view, leg, noise_px):
    refused(seen(squat_clip(sway_parameters(leg), view=view, noise_px=noise_px).pose))


def test_standing_still_and_standing_still_in_noise():
    pose = squat_clip(SQUAT).pose
    still = replace(pose, xy_px=np.repeat(pose.xy_px[:1], len(pose), axis=0))
    refused(seen(still))
    noise = np.random.default_rng(0).normal(0.0, 1.5, still.xy_px.shape)
    refused(seen(replace(still, xy_px=still.xy_px + noise)))


@pytest.mark.parametrize("view", RUNNING)
@pytest.mark.parametrize("factor", [4.0, 8.0])
def test_slow_motion_that_nobody_corrected_is_refused_with_the_way_out(view, factor):
    reason = refused(seen(slowed(run_clip(view, fps=60.0).pose, factor)))
    assert "--capture-fps" in reason


def test_somebody_who_crosses_the_picture():
    pose = run_clip("side_right", fps=30.0).pose
    drift = np.linspace(0.0, 1800.0, len(pose))
    assert "across" in refused(seen(replace(pose, xy_px=pose.xy_px + np.stack([drift, 0 * drift], 1)[:, None])))


def test_a_clip_too_short_to_tell():
    pose = run_clip("rear", fps=30.0).pose
    short = replace(pose, time_s=pose.time_s[:30], xy_px=pose.xy_px[:30], visibility=pose.visibility[:30])
    assert "too short" in refused(seen(short))


def test_nobody_in_the_picture():
    pose = run_clip("rear", fps=30.0).pose
    refused(
        seen(replace(pose, xy_px=np.full_like(pose.xy_px, np.nan), visibility=np.full_like(pose.visibility, np.nan)))
    )


@pytest.mark.parametrize("view", ["front", "side_left"])
def test_feet_that_are_seen_as_one_are_refused_and_not_a_fault(view):
    pose = two_legged("two-leg squat", view)
    xy = pose.xy_px.copy()
    for joint in ("knee", "ankle", "heel", "foot_index"):
        xy[:, side_landmark(joint, "left")] = xy[:, side_landmark(joint, "right")]
    assert "both feet stay on the floor" in refused(seen(replace(pose, xy_px=xy)))
