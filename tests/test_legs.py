"""Left and right leg told apart by the rhythm of the gait, with exchanges at known frames."""

from dataclasses import replace

import numpy as np
import pytest
from motions import legs_swapped, run_clip

from formcheck import legs
from formcheck.landmarks import side_landmark
from formcheck.rhythm import gait_rhythm
from formcheck.types import SIDES
from formcheck.view import camera_view

BELOW_THE_KNEE = ("ankle", "heel", "foot_index")


def wrong_rows(repaired, pose):
    return np.flatnonzero(np.any(repaired.xy_px != pose.xy_px, axis=(1, 2))).tolist()


def exchanged_below_the_knee(pose, rows):
    xy, pair = pose.xy_px.copy(), [[side_landmark(j, s) for s in SIDES] for j in BELOW_THE_KNEE]
    for left, right in pair:
        xy[np.ix_(rows, [left, right])] = pose.xy_px[np.ix_(rows, [right, left])]
    return replace(pose, xy_px=xy)


@pytest.mark.parametrize(("view", "fps"), [("side_right", 120.0), ("side_left", 60.0), ("rear", 30.0), ("front", 30.0)])
def test_exchanges_are_put_back_and_none_is_invented(view, fps):
    pose = run_clip(view, fps=fps, duration_s=5.0).pose
    assert wrong_rows(legs.told_apart(pose), pose) == []
    rows = np.r_[20:28, 60:61, 80:95, 110:118]
    assert wrong_rows(legs.told_apart(legs_swapped(pose, rows)), pose) == []


def test_a_third_of_the_frames_exchanged_in_short_blocks():
    pose = run_clip("side_right", fps=120.0, duration_s=5.0).pose
    rows = np.flatnonzero(np.arange(len(pose)) % 45 < 14)
    assert wrong_rows(legs.told_apart(legs_swapped(pose, rows)), pose) == []


def test_an_exchange_that_comes_back_in_every_stride():
    pose = run_clip("side_left", fps=120.0, duration_s=5.0).pose
    stride = 120.0 * 120.0 / 170.0
    rows = np.flatnonzero(np.arange(len(pose)) % stride < 0.2 * stride)
    assert wrong_rows(legs.told_apart(legs_swapped(pose, rows)), pose) == []


def test_the_rhythm_is_found_where_half_of_the_clip_is_exchanged():
    """The ankles' difference then repeats after several strides only; the body's height repeats every step."""
    pose = run_clip("side_right", fps=120.0, duration_s=4.0).pose
    rows = np.flatnonzero(np.arange(len(pose)) >= len(pose) // 2)
    camera = camera_view(pose)
    for seen in (pose, legs_swapped(pose, rows)):
        assert gait_rhythm(seen, camera).cadence_spm == pytest.approx(170.0, abs=2.0)


def test_an_exchange_below_the_knee_only():
    pose = run_clip("side_right", fps=120.0, duration_s=5.0).pose
    rows = np.r_[100:112, 300:305]
    repaired = legs.told_apart(exchanged_below_the_knee(pose, rows))
    wrong = wrong_rows(repaired, pose)
    ankles = np.linalg.norm(pose.joint("ankle", "left") - pose.joint("ankle", "right"), axis=1)
    assert all(ankles[row] < 15.0 for row in wrong)
    assert len(wrong) <= 2


def test_a_hidden_step_does_not_turn_the_rest_of_the_clip_round():
    pose = run_clip("side_right", fps=120.0, duration_s=6.0).pose
    xy = pose.xy_px.copy()
    xy[330:375] = np.nan
    gap = replace(pose, xy_px=xy)
    known = np.isfinite(xy[:, 0, 0])
    np.testing.assert_array_equal(legs.told_apart(gap).xy_px[known], xy[known])


def test_a_miscounted_step_shifts_the_phase_instead_of_the_legs():
    costs = np.repeat([[0.1, 0.6], [0.6, 0.1]], 6, axis=0)
    assert legs.cheapest_path(costs, switch_cost=0.6).tolist() == [0] * 6 + [1] * 6
    single = np.array([[0.1, 0.6]] * 3 + [[0.5, 0.1]] + [[0.1, 0.6]] * 3)
    assert legs.cheapest_path(single, switch_cost=0.6).tolist() == [0] * 7
