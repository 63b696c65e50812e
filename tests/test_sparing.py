"""Which frames the pose model is spared, and what stands in their rows."""

from dataclasses import replace

import numpy as np
import pytest
from motions import BODY, CAMERAS, run_clip, squat_clip

from formcheck import sparing
from formcheck.landmarks import Landmark
from formcheck.protocols.common import Clip
from formcheck.recognise import recognise
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.negatives import TwoLegMover
from formcheck.synthetic.run_plan import walking
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import PoseSequence, VideoInfo
from formcheck.view import camera_view

VIEWS = ("front", "rear", "side_left", "side_right")
SQUAT = SquatParameters(n_reps=3)
STEP = SquatParameters(n_reps=3, step_height_m=0.2, rep_s=2.6, pause_s=0.5)


def film(fps):
    return VideoInfo("a.mp4", "", 720, 1280, 0, 20.0, round(20 * fps), fps, None, False)


def few(pose, apart):
    return pose.rows(slice(None, None, apart))


def middle(pose, seconds=4.0):
    return pose.rows(np.abs(pose.time_s - pose.time_s.mean()) <= 0.5 * seconds)


def straight(times, **columns):
    """Everybody's landmarks move evenly to the right."""
    time_s = np.asarray(times, dtype=float)
    xy_px = np.zeros((len(time_s), 33, 2))
    xy_px[..., 0] = 100.0 * time_s[:, None]
    xy_px[..., 1] = 10.0 * np.arange(33)
    extras = {name: np.asarray(column, dtype=float) for name, column in columns.items()}
    return PoseSequence(time_s, xy_px, np.full((len(time_s), 33), 0.9), extras=extras)


@pytest.mark.parametrize(("fps", "apart"), [(24.0, 1), (25.0, 1), (29.97, 2), (30.0, 2), (50.0, 3), (60.0, 4)])
def test_fourteen_poses_a_second_remain(fps, apart):
    assert sparing.poses_apart(film(fps), None) == apart
    assert sparing.poses_apart(film(fps), "step_down") == apart
    assert fps / apart >= 14.0


def test_a_run_that_is_known_to_be_one_is_read_whole():
    assert sparing.poses_apart(film(60.0), "treadmill_rear") == 1


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("parameters", [SQUAT, STEP], ids=["squat", "step-down"])
def test_squats_and_step_downs_move_slowly(view, parameters):
    pose = few(squat_clip(parameters, view=view, noise_px=1.5).pose, 2)
    assert sparing.moves_slowly(pose)
    assert sparing.moves_slowly(middle(pose))


@pytest.mark.parametrize("view", ["rear", "front", "side_left", "side_right"])
@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_runs_do_not(view, fps):
    pose = few(run_clip(view, fps=fps, noise_px=1.5).pose, int(fps / 14))
    assert not sparing.moves_slowly(pose)
    assert not sparing.moves_slowly(middle(pose))


def test_a_walk_does_not():
    assert not sparing.moves_slowly(few(run_clip("rear", parameters=walking(), noise_px=1.0).pose, 2))


@pytest.mark.parametrize("view", ["front", "side_left"])
def test_what_is_none_of_the_tests_is_so_with_few_poses_too(view):
    mover = TwoLegMover(BODY, "two_leg_squat")
    whole = perfect_pose(mover.at(np.arange(300) / 30.0), CAMERAS[view], noise_px=1.0)
    pose = sparing.filled(few(whole, 2), whole.time_s)
    assert recognise(Clip(pose, camera_view(pose))).protocol is None


def test_rows_that_were_read_stay_and_the_others_lie_on_straight_lines():
    whole = straight(np.arange(9) / 30.0, pelvis_line_deg=np.arange(9.0))
    pose = sparing.filled(few(whole, 2), whole.time_s)
    assert np.array_equal(pose.xy_px[::2], whole.xy_px[::2])
    assert pose.xy_px == pytest.approx(whole.xy_px)
    assert pose.extras["pelvis_line_deg"] == pytest.approx(np.arange(9.0))
    assert "5 of 9 frames" in pose.history[-1]


def test_uneven_times_are_kept_to():
    times = np.array([0.0, 0.01, 0.05, 0.09, 0.1])
    pose = sparing.filled(few(straight(times), 2), times)
    assert pose.xy_px[:, 0, 0] == pytest.approx(100.0 * times)


def test_all_frames_read_are_left_alone():
    whole = straight(np.arange(9) / 30.0)
    assert sparing.filled(whole, whole.time_s) is whole


def test_frames_after_the_last_pose_have_no_row():
    whole = straight(np.arange(9) / 30.0)
    assert sparing.filled(few(whole, 4), np.arange(12) / 30.0).time_s == pytest.approx(whole.time_s)


def test_a_direction_turns_the_shorter_way():
    whole = straight(np.arange(5) / 30.0, body_yaw_deg=[88.0, 0.0, -88.0, 0.0, -80.0], image_sharpness=np.arange(5.0))
    pose = sparing.filled(few(whole, 2), whole.time_s)
    assert abs(pose.extras["body_yaw_deg"][1]) == pytest.approx(90.0)
    assert pose.extras["body_yaw_deg"][3] == pytest.approx(-84.0)
    assert pose.extras["image_sharpness"] == pytest.approx(np.arange(5.0))


@pytest.mark.parametrize(("fps", "n_rows"), [(15.0, 121), (30.0, 121), (60.0, 61), (120.0, 31)])
def test_pixels_are_measured_in_28_frames_a_second_or_more(fps, n_rows):
    whole = straight(np.arange(121) / fps, pelvis_line_deg=0.1 * np.arange(121), pelvis_line_x_px=np.arange(121.0))
    some = sparing.for_pixels(whole)
    assert len(some) == n_rows
    assert some.time_s[[0, -1]] == pytest.approx(whole.time_s[[0, -1]])
    found = sparing.spread(some.extras, some.time_s, whole.time_s)
    for name, column in whole.extras.items():
        assert found[name] == pytest.approx(column)


def test_the_last_frame_is_looked_at_whatever_the_step():
    some = sparing.for_pixels(straight(np.arange(100) / 60.0))
    assert some.time_s[-1] == pytest.approx(99 / 60.0)


def test_beside_what_is_missing_nothing_is_made_up():
    whole = straight(np.arange(9) / 30.0)
    xy_px = whole.xy_px.copy()
    xy_px[4] = np.nan
    pose = sparing.filled(few(replace(whole, xy_px=xy_px), 2), whole.time_s)
    assert np.isnan(pose.xy_px[3:6]).all()
    assert np.isfinite(np.delete(pose.xy_px, [3, 4, 5], axis=0)).all()


def test_a_jump_is_not_spread_over_its_neighbours():
    """A point read wrong in one frame stays as it was read; no line leads to it."""
    whole = squat_clip(SQUAT).pose
    xy_px = whole.xy_px.copy()
    xy_px[40, Landmark.LEFT_KNEE] += 300.0
    pose = sparing.filled(few(replace(whole, xy_px=xy_px), 2), whole.time_s)
    knee = pose.xy_px[:, Landmark.LEFT_KNEE]
    assert np.array_equal(knee[40], xy_px[40, Landmark.LEFT_KNEE])
    assert np.isnan(knee[[39, 41]]).all()
    assert np.nanmax(np.abs(np.delete(knee - whole.xy_px[: len(knee), Landmark.LEFT_KNEE], 40, axis=0))) < 5.0
