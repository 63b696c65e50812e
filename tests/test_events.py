"""Contacts and toe-offs of synthetic runs whose times are known exactly."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from motions import LONGEST_S, RUN, legs_swapped, mirrored, run_clip

from formcheck import signals
from formcheck.events import body_bounce, find_steps, spring_mass_stance
from formcheck.rhythm import gait_rhythm
from formcheck.synthetic.run_plan import PerSide, RunParameters
from formcheck.types import SIDES
from formcheck.view import camera_view

FOREFOOT = RunParameters(foot_inclination_deg=PerSide.of(-7.0), overstride_ratio=PerSide.of(0.14), seed=2)
SLOW = RunParameters(speed_mps=2.4, cadence_spm=158.0, contact_time_s=PerSide.of(0.27), seed=3)
QUICK = RunParameters(speed_mps=3.4, cadence_spm=182.0, contact_time_s=PerSide.of(0.215), seed=4)
RUNS = {"usual": RUN, "forefoot": FOREFOOT, "slow": SLOW, "quick": QUICK}


def steps_of(pose):
    camera = camera_view(pose)
    return find_steps(pose, camera, gait_rhythm(pose, camera))


@cache
def steps_in(view, parameters=RUN, fps=120.0, noise_px=0.0):
    return steps_of(run_clip(view, parameters=parameters, fps=fps, noise_px=noise_px).pose)


def errors_ms(clip, steps, side, kind="contact_s"):
    """Found less true, for every true moment that lies well inside the clip."""
    found = np.array([getattr(s, kind) for s in steps if s.side == side])
    true = clip.times(side, kind)
    true = true[(true > 0.5) & (true < clip.pose.time_s[-1] - 0.5)]
    assert len(found) >= len(true) > 3
    return 1000.0 * np.array([found[np.argmin(np.abs(found - t))] - t for t in true])


# --- the near foot from the side ----------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["side_right", "side_left"])
@pytest.mark.parametrize("kind", ["contact_s", "toe_off_s"])
@pytest.mark.parametrize("name", RUNS)
def test_the_near_foot_from_the_side(name, kind, view):
    clip = run_clip(view, parameters=RUNS[name], fps=120.0)
    errors = errors_ms(clip, steps_in(view, RUNS[name]), view.removeprefix("side_"), kind)
    assert abs(np.median(errors)) < 18.0
    assert np.max(np.abs(errors)) < 45.0


@pytest.mark.parametrize("fps", [60.0, 120.0, 240.0])
@pytest.mark.parametrize("kind", ["contact_s", "toe_off_s"])
def test_the_near_foot_in_noise_at_every_frame_rate(kind, fps):
    clip = run_clip("side_right", fps=fps, noise_px=1.5)
    assert np.median(np.abs(errors_ms(clip, steps_in("side_right", RUN, fps, 1.5), "right", kind))) < 12.0


@pytest.mark.parametrize("fps", [60.0, 120.0])
@pytest.mark.parametrize("kind", ["contact_s", "toe_off_s"])
def test_points_like_the_models_are_timed_by_the_mean_stride(kind, fps):
    # This runner's long contact moves the body's fastest fall away from where a usual one's would be.
    clip = run_clip("side_right", fps=fps, noise_px=1.5)
    for side in SIDES:
        errors = errors_ms(clip, steps_of(replace(clip.pose, trusted_hips=False)), side, kind)
        assert abs(np.median(errors)) < 20.0
        assert np.std(errors) < 9.0


def test_the_near_foot_with_uneven_frames():
    whole = run_clip("side_right", fps=120.0)
    kept = np.sort(np.random.default_rng(8).choice(len(whole.pose), int(0.85 * len(whole.pose)), replace=False))
    pose = whole.pose
    pose = replace(pose, time_s=pose.time_s[kept], xy_px=pose.xy_px[kept], visibility=pose.visibility[kept])
    for kind in ("contact_s", "toe_off_s"):
        assert np.median(np.abs(errors_ms(replace(whole, pose=pose), steps_of(pose), "right", kind))) < 12.0


def test_injected_swaps_do_not_move_the_events():
    clip = run_clip("side_right", fps=120.0)
    rows = np.r_[100:115, 300:301, 420:440, 700:712]
    repaired = signals.repair_swaps(legs_swapped(clip.pose, rows))
    assert steps_of(repaired) == steps_in("side_right")


# --- every view ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["rear", "front", "side_right", "side_left"])
@pytest.mark.parametrize("fps", [30.0, 60.0])
@pytest.mark.parametrize("noise_px", [0.0, 1.5])
def test_every_step_is_found_once_on_its_own_side(view, fps, noise_px):
    clip = run_clip(view, fps=fps, noise_px=noise_px)
    steps = steps_of(clip.pose)
    inner = [s for s in steps if 0.6 < s.midstance_s < LONGEST_S - 0.6]
    middle = {side: clip.midstances(side) for side in SIDES}
    assert all(np.min(np.abs(middle[s.side] - s.midstance_s)) < 0.035 for s in inner)
    sides = [s.side for s in steps]
    assert all(a != b for a, b in pairwise(sides))
    assert len(steps) >= round(LONGEST_S * 170.0 / 60.0) - 3


@pytest.mark.parametrize("view", ["rear", "front", "side_right"])
def test_contact_comes_before_midstance_and_toe_off_after_it_in_order(view):
    steps = steps_of(run_clip(view, fps=60.0, noise_px=1.5).pose)
    flat = np.array([(s.contact_s, s.midstance_s, s.toe_off_s) for s in steps])
    assert np.all(np.diff(flat, axis=1) > 0.02)
    assert np.all(flat[1:, 0] > flat[:-1, 2] - 0.02)


@pytest.mark.parametrize("fps", [60.0, 120.0])
@pytest.mark.parametrize("side", SIDES)
def test_contact_from_the_front(side, fps):
    clip = run_clip("front", fps=fps, noise_px=1.5)
    assert np.median(np.abs(errors_ms(clip, steps_in("front", RUN, fps, 1.5), side))) < 20.0


@pytest.mark.parametrize("kind", ["contact_s", "toe_off_s"])
@pytest.mark.parametrize("side", SIDES)
def test_from_behind_the_bounce_gives_the_events(side, kind):
    clip = run_clip("rear", fps=60.0)
    assert np.median(np.abs(errors_ms(clip, steps_in("rear", RUN, 60.0), side, kind))) < 20.0


def test_the_far_leg_takes_no_step_of_the_near_one():
    clip = run_clip("side_right", fps=120.0)
    assert np.max(np.abs(errors_ms(clip, steps_in("side_right"), "left"))) < 60.0


def test_contact_is_never_the_lowest_point_of_the_ankle():
    # The mistake of the closest open peer: the ankle is lowest near midstance.
    clip = run_clip("side_right", fps=120.0)
    y = clip.pose.joint("ankle", "right")[:, 1]
    for step in [s for s in steps_in("side_right") if s.side == "right"][1:-1]:
        stance = (clip.pose.time_s > step.contact_s - 0.05) & (clip.pose.time_s < step.toe_off_s)
        lowest = clip.pose.time_s[stance][np.argmax(y[stance])]
        assert step.contact_s < lowest - 0.03


# --- properties ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["rear", "front", "side_right"])
def test_in_a_mirror_the_sides_swap_and_the_times_stay(view):
    pose = run_clip(view, fps=60.0).pose
    here, there = steps_of(pose), steps_of(mirrored(pose))
    assert [s.side for s in there] == [{"left": "right", "right": "left"}[s.side] for s in here]
    for kind in ("contact_s", "midstance_s", "toe_off_s"):
        np.testing.assert_allclose([getattr(s, kind) for s in there], [getattr(s, kind) for s in here], atol=1e-9)


def test_times_shift_with_the_clip():
    pose = run_clip("side_right", fps=60.0).pose
    here, there = steps_of(pose), steps_of(replace(pose, time_s=pose.time_s + 100.0))
    np.testing.assert_allclose([s.contact_s for s in there], [s.contact_s + 100.0 for s in here], atol=1e-3)


def test_a_gap_costs_its_own_steps_and_no_others():
    clip = run_clip("side_right", fps=60.0)
    xy = clip.pose.xy_px.copy()
    hole = (clip.pose.time_s > 3.0) & (clip.pose.time_s < 4.0)
    xy[hole] = np.nan
    steps = steps_of(replace(clip.pose, xy_px=xy))
    assert not any(3.2 < s.midstance_s < 3.8 for s in steps)
    whole = [s for s in steps_of(clip.pose) if s.midstance_s < 2.3 or s.midstance_s > 4.7]
    near = {(s.side, round(s.midstance_s, 1)) for s in steps}
    assert {(s.side, round(s.midstance_s, 1)) for s in whole} <= near


def test_a_clip_of_less_than_two_steps_has_none():
    clip = run_clip("side_right", fps=120.0)
    camera = camera_view(clip.pose)
    rhythm = gait_rhythm(clip.pose, camera)
    n = 30
    short = replace(
        clip.pose, time_s=clip.pose.time_s[:n], xy_px=clip.pose.xy_px[:n], visibility=clip.pose.visibility[:n]
    )
    assert find_steps(short, camera, rhythm) == ()


def test_a_sudden_stop_of_the_data_gives_no_step_there():
    clip = run_clip("rear", fps=60.0)
    bounce = body_bounce(clip.pose, view="rear")
    assert spring_mass_stance(bounce, float(clip.pose.time_s[2]), 0.353) is None
    assert spring_mass_stance(bounce, float(clip.pose.time_s[-3]), 0.353) is None
