"""The camera's view from landmarks of athletes filmed by cameras that are known."""

from dataclasses import replace

import numpy as np
import pytest
from motions import BODY, CAMERAS, mirrored, run_clip, runner, squat_clip

from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.view import CameraView, camera_view, trunk_length_px

EXPECTED = {
    "rear": ("rear", None),
    "front": ("front", None),
    "side_right": ("side", "right"),
    "side_left": ("side", "left"),
}
MIRROR_VIEW = {"rear": "rear", "front": "front", "side_right": "side_left", "side_left": "side_right"}


def seen_from(camera) -> CameraView:
    return camera_view(perfect_pose(runner().at(np.arange(90) / 30.0), camera))


@pytest.mark.parametrize("view", EXPECTED)
@pytest.mark.parametrize("noise_px", [0.0, 3.0])
def test_a_run_from_each_side(view, noise_px):
    camera = camera_view(run_clip(view, fps=30.0, duration_s=3.0, noise_px=noise_px).pose)
    assert (camera.view, camera.near_side) == EXPECTED[view]
    assert camera.obliquity_deg < 10.0
    if camera.view == "side":
        assert camera.facing_x == (1 if view == "side_right" else -1)


@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("step_m", [0.0, 0.2])
@pytest.mark.parametrize("view", EXPECTED)
def test_a_squat_and_a_step_down_from_each_side(view, step_m, leg):
    parameters = SquatParameters(leg=leg, n_reps=3, step_height_m=step_m)
    camera = camera_view(squat_clip(parameters, view=view).pose)
    assert (camera.view, camera.near_side) == EXPECTED[view]


@pytest.mark.parametrize("view", EXPECTED)
def test_in_a_mirror_rear_stays_rear_and_the_sides_swap(view):
    pose = run_clip(view, fps=30.0, duration_s=3.0).pose
    here, there = camera_view(pose), camera_view(mirrored(pose))
    assert (there.view, there.near_side) == EXPECTED[MIRROR_VIEW[view]]
    assert there.obliquity_deg == pytest.approx(here.obliquity_deg, abs=1e-9)


@pytest.mark.parametrize("view", EXPECTED)
@pytest.mark.parametrize("yaw_deg", [-25.0, -12.0, 12.0, 25.0])
def test_obliquity_follows_a_camera_that_is_moved_round(view, yaw_deg):
    camera = seen_from(replace(CAMERAS[view], yaw_deg=yaw_deg))
    assert camera.view == EXPECTED[view][0]
    assert abs(camera.obliquity_deg) == pytest.approx(abs(yaw_deg), abs=10.0)


@pytest.mark.parametrize("view", EXPECTED)
@pytest.mark.parametrize(("distance_m", "width_px", "height_px"), [(3.0, 1080, 1920), (6.0, 1920, 1080)])
def test_distance_and_picture_format_do_not_matter(view, distance_m, width_px, height_px):
    camera = seen_from(replace(CAMERAS[view], distance_m=distance_m, width_px=width_px, height_px=height_px))
    assert (camera.view, camera.near_side) == EXPECTED[view]


def test_frames_without_the_athlete_do_not_matter():
    pose = run_clip("rear", fps=30.0, duration_s=3.0).pose
    xy = pose.xy_px.copy()
    xy[10:60] = np.nan
    assert camera_view(replace(pose, xy_px=xy)).view == "rear"


def test_trunk_length_in_pixels():
    clip = run_clip("rear", fps=30.0, duration_s=3.0)
    assert np.median(trunk_length_px(clip.pose)) == pytest.approx(BODY.trunk_m * 1100.0 / 3.5, rel=0.06)
