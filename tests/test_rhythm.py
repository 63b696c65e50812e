"""Periods of signals whose period is known, and the rhythm of runs, walks and squats."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motions import BODY, run_clip, squat_clip

from formcheck.rhythm import dominant_period, gait_rhythm, leg_length_px
from formcheck.synthetic.run_plan import RunParameters, walking
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.view import camera_view

RANGE = {"shortest_s": 0.45, "longest_s": 8.0}


@settings(max_examples=60)
@given(period_s=st.floats(0.5, 2.5), fps=st.sampled_from([30.0, 60.0, 120.0]), phase=st.floats(0.0, 6.3))
def test_the_period_of_a_wave_comes_back(period_s, fps, phase):
    time_s = np.arange(int(12 * fps)) / fps
    wave = 30 * np.sin(2 * np.pi * time_s / period_s + phase) + 8 * np.sin(4 * np.pi * time_s / period_s)
    found, regularity = dominant_period(wave, time_s, **RANGE)
    assert found == pytest.approx(period_s, rel=0.01)
    assert regularity > 0.9


def test_gaps_and_uneven_frames_do_not_change_the_period():
    rng = np.random.default_rng(6)
    time_s = np.cumsum(rng.uniform(0.5, 1.5, 600)) / 60.0
    wave = np.sin(2 * np.pi * time_s / 0.7)
    wave[rng.random(600) < 0.2] = np.nan
    assert dominant_period(wave, time_s, **RANGE)[0] == pytest.approx(0.7, rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_regular_period(seed):
    time_s = np.arange(600) / 60.0
    assert dominant_period(np.random.default_rng(seed).standard_normal(600), time_s, **RANGE)[1] < 0.5


@pytest.mark.parametrize(
    "series", [np.zeros(600), np.full(600, np.nan), np.linspace(0, 1, 600)], ids=["flat", "missing", "ramp"]
)
def test_what_does_not_repeat_has_no_period(series):
    period_s, regularity = dominant_period(series, np.arange(600) / 60.0, **RANGE)
    assert np.isnan(period_s)
    assert regularity == 0.0


def test_a_clip_shorter_than_two_periods_has_none():
    time_s = np.arange(20) / 30.0
    assert np.isnan(dominant_period(np.sin(9 * time_s), time_s, **RANGE)[0])


@pytest.mark.parametrize("view", ["rear", "front", "side_right", "side_left"])
@pytest.mark.parametrize("cadence_spm", [154.0, 170.0, 188.0])
def test_cadence_of_a_run_from_its_rhythm(view, cadence_spm):
    parameters = RunParameters(cadence_spm=cadence_spm, contact_time_s=RunParameters().contact_time_s)
    pose = run_clip(view, parameters=parameters, fps=30.0, duration_s=6.0).pose
    rhythm = gait_rhythm(pose, camera_view(pose))
    assert rhythm.cadence_spm == pytest.approx(cadence_spm, rel=0.015)
    assert rhythm.regularity > 0.8


def test_a_walk_has_a_rhythm_too():
    pose = run_clip("side_right", parameters=walking(), fps=30.0, duration_s=6.0).pose
    rhythm = gait_rhythm(pose, camera_view(pose))
    assert rhythm.cadence_spm == pytest.approx(112.0, rel=0.015)
    assert rhythm.regularity > 0.8


@pytest.mark.parametrize("view", ["rear", "side_right"])
def test_a_second_without_the_athlete_does_not_change_the_rhythm(view):
    pose = run_clip(view, fps=60.0).pose
    xy = pose.xy_px.copy()
    xy[(pose.time_s > 3.0) & (pose.time_s < 4.0)] = np.nan
    rhythm = gait_rhythm(replace(pose, xy_px=xy), camera_view(pose))
    assert rhythm.cadence_spm == pytest.approx(170.0, rel=0.015)


def test_single_leg_squats_are_no_gait():
    pose = squat_clip(SquatParameters(n_reps=5)).pose
    rhythm = gait_rhythm(pose, camera_view(pose))
    assert np.isnan(rhythm.stride_s) or rhythm.regularity < 0.5 or rhythm.stride_s > 1.5


def test_leg_length_in_pixels_and_of_nobody():
    pose = run_clip("rear", fps=30.0, duration_s=6.0).pose
    assert leg_length_px(pose) == pytest.approx(BODY.leg_length_m * 1100.0 / 3.5, rel=0.07)
    assert np.isnan(leg_length_px(replace(pose, xy_px=np.full_like(pose.xy_px, np.nan))))
