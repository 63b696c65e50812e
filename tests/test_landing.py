"""When and how a foot lands, from a sole whose course is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest
from motions import run_clip

from formcheck.landing import inclinations_deg, is_followed, landing_shifts

CONTACTS = np.arange(0.4, 4.0, 0.7)
STANCE_S, FLAT_S = 0.24, 0.04
LENGTH_PX, BELT, OVERTAKES = 60.0, 9.0, 6.0
"""Shoe lengths a second of the belt, and of the foot against it as it comes down."""


def walked(contact_s=CONTACTS, *, fps=120.0, facing_x=1, angle_deg=15.0, noise_px=0.0, followed=True):
    """A run whose near sole comes down evenly on its heel (or, toes down, its ball) at known times, then lies flat."""
    pose = run_clip("side_right", fps=fps, duration_s=4.5).pose
    time, n = pose.time_s, len(pose)
    x, deg, seen = np.zeros(n), np.zeros(n), np.zeros(n)
    end = -0.47 if angle_deg > 0 else 0.34
    for contact in contact_s:
        rows = np.flatnonzero((time > contact - 0.08) & (time < contact + STANCE_S))
        since = time[rows] - contact
        deg[rows] = angle_deg * np.clip(1.0 - since / FLAT_S, 0.0, 1.0)
        lands = end * (1.0 - np.cos(np.radians(deg[rows])))
        x[rows] = -BELT * since + OVERTAKES * np.minimum(since, 0.0) + lands
        seen[rows] = 0.9
    noise = np.random.default_rng(5).normal(0.0, noise_px, n)
    columns = {
        "near_foot_x_px": 200.0 + facing_x * (LENGTH_PX * x + noise),
        "near_foot_y_px": np.full(n, 700.0),
        "near_foot_deg": deg,
        "near_foot_confidence": seen if followed else np.zeros(n),
        "near_foot_length_px": np.full(n, LENGTH_PX),
    }
    return replace(pose, extras={**pose.extras, **columns})


@pytest.mark.parametrize("facing_x", [1, -1])
@pytest.mark.parametrize("fps", [60.0, 120.0, 240.0])
@pytest.mark.parametrize("angle_deg", [18.0, 0.5, -7.0])
def test_a_foot_that_comes_down_evenly_is_timed_to_the_allowance_for_braking(fps, angle_deg, facing_x):
    """It does not brake, so that the 5 ms that feet brake for are the whole error."""
    thought = CONTACTS + np.array([0.010, -0.008, 0.009, 0.0, -0.010, 0.006])
    pose = walked(fps=fps, angle_deg=angle_deg, facing_x=facing_x)
    found = thought + landing_shifts(pose, thought, thought + STANCE_S, facing_x)
    assert found - CONTACTS == pytest.approx(np.full(6, 0.005), abs=0.002)


def test_noise_of_a_pixel_costs_milliseconds():
    pose = walked(noise_px=0.8)
    assert np.max(np.abs(landing_shifts(pose, CONTACTS, CONTACTS + STANCE_S, 1) - 0.005)) < 0.006


def test_a_step_that_was_not_followed_or_is_far_off_moves_as_the_others_do():
    late = CONTACTS.copy()
    late[2] += 0.040
    shifts = landing_shifts(walked(late[:5]), CONTACTS, CONTACTS + STANCE_S, 1)
    assert shifts == pytest.approx(np.full(6, np.median(shifts)), abs=0.002)


@pytest.mark.parametrize("pose", [walked(followed=False), walked(CONTACTS[:2]), run_clip("side_right").pose])
def test_too_little_that_was_followed_tells_nothing(pose):
    assert np.isnan(landing_shifts(pose, CONTACTS, CONTACTS + STANCE_S, 1)).all()


def test_a_sole_that_never_overtakes_the_belt_tells_nothing():
    pose = walked()
    still = replace(pose, extras={**pose.extras, "near_foot_x_px": 900.0 - 9.0 * LENGTH_PX * pose.time_s})
    assert np.isnan(landing_shifts(still, CONTACTS, CONTACTS + STANCE_S, 1)).all()


@pytest.mark.parametrize("fps", [60.0, 120.0])
@pytest.mark.parametrize("angle_deg", [18.0, -7.0])
def test_the_angle_is_the_one_before_the_sole_slaps_down(angle_deg, fps):
    assert inclinations_deg(walked(fps=fps, angle_deg=angle_deg), CONTACTS) == pytest.approx(np.full(6, angle_deg))


def test_the_angle_is_missing_where_the_foot_was_not_followed():
    pose = walked(CONTACTS[:4])
    assert np.isfinite(inclinations_deg(pose, CONTACTS)).tolist() == [True] * 4 + [False] * 2
    assert is_followed(pose)
    assert not is_followed(walked(followed=False))
