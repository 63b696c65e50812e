"""Masking, swap repair, outliers, gaps and filters against signals whose clean form is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motions import legs_swapped, run_clip, squat_clip
from scipy import signal

from formcheck import signals
from formcheck.landmarks import Landmark
from formcheck.outliers import hampel
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.squat_plan import SquatParameters

SHORT_SQUAT = SquatParameters(n_reps=4)


def frame_times(seconds: float, fps: float, *, jitter: float = 0.0, seed: int = 0) -> np.ndarray:
    """Times of frames; `jitter` in shares of a frame."""
    time_s = np.arange(int(seconds * fps)) / fps
    return time_s + np.random.default_rng(seed).uniform(-jitter, jitter, len(time_s)) / fps


def lag_s(reference: np.ndarray, filtered: np.ndarray, time_s: np.ndarray, hz: float) -> float:
    """Seconds by which a sine of a frequency comes out late."""
    middle = slice(len(time_s) // 5, -len(time_s) // 5)
    wave = np.exp(-2j * np.pi * hz * time_s[middle])
    phase = np.angle(np.sum(filtered[middle] * wave) / np.sum(reference[middle] * wave))
    return float(-phase / (2 * np.pi * hz))


# --- masking ------------------------------------------------------------------------------------------------------


def test_points_that_the_model_takes_for_hidden_become_missing():
    pose = run_clip(duration_s=2.0).pose
    visibility = pose.visibility.copy()
    visibility[3, Landmark.LEFT_KNEE] = 0.05
    visibility[4, Landmark.LEFT_KNEE] = 0.15
    visibility[5, Landmark.LEFT_KNEE] = np.nan
    masked = signals.mask_low_visibility(replace(pose, visibility=visibility), threshold=0.15)
    assert np.isnan(masked.xy_px[3, Landmark.LEFT_KNEE]).all()
    kept = np.ones(pose.xy_px.shape, dtype=bool)
    kept[3, Landmark.LEFT_KNEE] = False
    np.testing.assert_array_equal(masked.xy_px[kept], pose.xy_px[kept])
    assert "1 point" in masked.history[-1]


# --- swaps --------------------------------------------------------------------------------------------------------


def blocks(n: int, fps: float, seed: int) -> np.ndarray:
    """Rows of some single frames and of some stretches of up to 0.4 s."""
    rng = np.random.default_rng(seed)
    rows: set[int] = set()
    for start in rng.choice(np.arange(5, n - 5), size=6, replace=False):
        rows |= set(range(start, min(start + rng.integers(1, max(int(0.4 * fps), 2)), n - 5)))
    return np.array(sorted(rows))


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("view", ["side_right", "side_left", "rear", "front"])
def test_injected_swaps_are_all_put_back_and_none_is_invented(view, fps):
    pose = run_clip(view, fps=fps, duration_s=4.0).pose
    np.testing.assert_array_equal(signals.repair_swaps(pose).xy_px, pose.xy_px)
    rows = blocks(len(pose), fps, seed=int(fps))
    repaired = signals.repair_swaps(legs_swapped(pose, rows))
    wrong = np.flatnonzero(np.any(repaired.xy_px != pose.xy_px, axis=(1, 2)))
    assert wrong.tolist() == []
    np.testing.assert_array_equal(repaired.visibility, pose.visibility)


@pytest.mark.parametrize("seed", range(3))
def test_swaps_are_found_in_noise(seed):
    pose = run_clip("side_right", fps=60.0, duration_s=4.0, noise_px=1.5, seed=seed).pose
    rows = blocks(len(pose), 60.0, seed)
    repaired = signals.repair_swaps(legs_swapped(pose, rows))
    wrong = np.any(repaired.xy_px != pose.xy_px, axis=(1, 2))
    # Where the two legs lie on top of one another an exchange is neither visible nor of any weight.
    knees = np.linalg.norm(pose.joint("ankle", "left") - pose.joint("ankle", "right"), axis=1)
    assert np.all(knees[wrong] < 12.0)


@pytest.mark.parametrize("view", ["front", "side_left"])
def test_a_squat_has_no_swap_to_find_and_an_injected_one_is_found(view):
    pose = squat_clip(SHORT_SQUAT, view=view).pose
    np.testing.assert_array_equal(signals.repair_swaps(pose).xy_px, pose.xy_px)
    rows = np.r_[100:104, 160:161, 200:230]
    np.testing.assert_array_equal(signals.repair_swaps(legs_swapped(pose, rows)).xy_px, pose.xy_px)


def test_swaps_at_a_varying_frame_rate():
    pose = run_clip("side_right", fps=60.0, duration_s=4.0).pose
    kept = np.sort(np.random.default_rng(4).choice(len(pose), int(0.8 * len(pose)), replace=False))
    pose = replace(pose, time_s=pose.time_s[kept], xy_px=pose.xy_px[kept], visibility=pose.visibility[kept])
    repaired = signals.repair_swaps(legs_swapped(pose, np.r_[40:47, 90:91]))
    np.testing.assert_array_equal(repaired.xy_px, pose.xy_px)


def test_the_share_of_exchanged_frames_is_told():
    pose = run_clip("side_right", fps=60.0, duration_s=4.0).pose
    assert "no left/right swaps" in signals.repair_swaps(pose).history[-1]
    assert "5.0 %" in signals.repair_swaps(legs_swapped(pose, np.arange(50, 62))).history[-1]


def test_clips_too_short_to_tell_are_left_alone():
    pose = run_clip(duration_s=2.0).pose
    two = replace(pose, time_s=pose.time_s[:2], xy_px=pose.xy_px[:2], visibility=pose.visibility[:2])
    np.testing.assert_array_equal(signals.repair_swaps(two).xy_px, two.xy_px)


# --- outliers -----------------------------------------------------------------------------------------------------


def test_a_spike_is_taken_out_and_the_curve_beside_it_stays():
    time_s = frame_times(4.0, 60.0)
    curve = np.stack([20 * np.sin(2 * np.pi * 0.7 * time_s), 5 * np.cos(2 * np.pi * 1.4 * time_s)], axis=1)
    spoilt = curve.copy()
    spoilt[[40, 130, 131], [0, 1, 1]] += [80.0, -60.0, -60.0]
    kept = hampel(spoilt, half_window=4, floor=10.0)
    assert sorted(zip(*np.nonzero(np.isnan(kept)), strict=True)) == [(40, 0), (130, 1), (131, 1)]
    np.testing.assert_array_equal(hampel(curve, half_window=4, floor=10.0), curve)


def test_what_is_below_the_floor_is_no_outlier():
    flat = np.zeros((50, 1))
    flat[20] = 5.0
    assert np.isfinite(hampel(flat, half_window=3, floor=6.0)).all()
    assert np.flatnonzero(np.isnan(hampel(flat, half_window=3, floor=4.0))).tolist() == [20]


def test_missing_values_do_not_spread_through_the_outlier_pass():
    curve = np.linspace(0, 10, 60)[:, None].copy()
    curve[[0, 20, 21, 59]] = np.nan
    np.testing.assert_array_equal(hampel(curve, half_window=3, floor=1.0), curve)


# --- gaps ---------------------------------------------------------------------------------------------------------


@given(first=st.integers(1, 15), length=st.integers(1, 20), fps=st.sampled_from([24.0, 30.0, 59.94, 120.0]))
def test_a_gap_is_bridged_up_to_its_longest_and_not_beyond(first, length, fps):
    time_s = frame_times(40.0 / fps + 1.0, fps)
    line = (5.0 + 3.0 * time_s)[:, None]
    holed = line.copy()
    holed[first : first + length] = np.nan
    span = (length + 1) / fps
    np.testing.assert_allclose(signals.fill_gaps(holed, time_s, longest_s=span + 0.2 / fps), line, atol=1e-12)
    np.testing.assert_array_equal(signals.fill_gaps(holed, time_s, longest_s=span - 0.2 / fps), holed)


def test_a_gap_of_exactly_the_longest_is_treated_the_same_wherever_it_lies():
    # Three frames at 30 a second are 0.1 s; floating point makes some of them a hair longer.
    time_s = np.round(frame_times(10.0, 30.0), 6)
    filled = []
    for first in range(1, 250):
        holed = np.ones((len(time_s), 1))
        holed[first : first + 2] = np.nan
        filled.append(bool(np.isfinite(signals.fill_gaps(holed, time_s, longest_s=0.1)).all()))
    assert len(set(filled)) == 1


def test_both_ends_stay_missing_and_columns_do_not_mix():
    time_s = frame_times(1.0, 30.0)
    values = np.stack([time_s, 10 - time_s], axis=1)
    values[:3, 0] = np.nan
    values[-2:, 0] = np.nan
    values[10:12, 1] = np.nan
    filled = signals.fill_gaps(values, time_s, longest_s=1.0)
    assert np.flatnonzero(np.isnan(filled[:, 0])).tolist() == [0, 1, 2, 28, 29]
    np.testing.assert_allclose(filled[:, 1], 10 - time_s)


def test_a_gap_is_measured_in_seconds_not_in_frames():
    time_s = np.array([0.0, 0.1, 0.2, 1.2, 1.3, 1.4])
    values = np.array([0.0, np.nan, 2.0, np.nan, 4.0, 5.0])[:, None]
    filled = signals.fill_gaps(values, time_s, longest_s=0.5)[:, 0]
    assert filled[1] == pytest.approx(1.0)
    assert np.isnan(filled[3])


# --- filter -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0, 240.0])
@pytest.mark.parametrize(("jitter", "error"), [(0.0, 0.01), (0.35, 0.04)])
def test_the_low_pass_has_no_lag_and_keeps_slow_movement(fps, jitter, error):
    time_s = frame_times(6.0, fps, jitter=jitter)
    wave = np.sin(2 * np.pi * 1.5 * time_s)
    smooth = signals.low_pass(wave[:, None], time_s, cutoff_hz=6.0)[:, 0]
    assert abs(lag_s(wave, smooth, time_s, 1.5)) < 0.0005
    middle = slice(len(time_s) // 5, -len(time_s) // 5)
    assert np.max(np.abs(smooth - wave)[middle]) < error


@pytest.mark.parametrize("cutoff_hz", [6.0, 10.0, 18.0])
def test_the_low_pass_falls_to_minus_3_db_at_its_cut_off(cutoff_hz):
    time_s = frame_times(8.0, 240.0)
    middle = slice(400, -400)
    gains = {}
    for hz in (cutoff_hz, 4.0 * cutoff_hz):
        wave = np.sin(2 * np.pi * hz * time_s)
        smooth = signals.low_pass(wave[:, None], time_s, cutoff_hz=cutoff_hz)[:, 0]
        gains[hz] = np.std(smooth[middle]) / np.std(wave[middle])
    assert gains[cutoff_hz] == pytest.approx(np.sqrt(0.5), abs=0.02)
    assert gains[4.0 * cutoff_hz] < 0.02


def test_a_straight_line_passes_through_the_filter():
    time_s = frame_times(3.0, 60.0)
    line = np.stack([np.full_like(time_s, 40.0), 7.0 - 12.0 * time_s], axis=1)
    np.testing.assert_allclose(signals.low_pass(line, time_s, cutoff_hz=6.0), line, atol=1e-6)


def test_each_stretch_between_gaps_is_filtered_for_itself():
    time_s = frame_times(4.0, 60.0)
    rng = np.random.default_rng(2)
    wave = np.sin(2 * np.pi * time_s) + 0.1 * rng.standard_normal(len(time_s))
    holed = wave.copy()
    holed[100:140] = np.nan
    smooth = signals.low_pass(holed[:, None], time_s, cutoff_hz=6.0)[:, 0]
    assert np.flatnonzero(np.isnan(smooth)).tolist() == list(range(100, 140))
    alone = signals.low_pass(wave[140:, None], time_s[140:], cutoff_hz=6.0)[:, 0]
    np.testing.assert_allclose(smooth[140:], alone, atol=1e-9)


def test_a_frame_rate_too_low_for_the_cut_off_leaves_values_as_they_are():
    time_s = frame_times(3.0, 30.0)
    values = np.random.default_rng(0).standard_normal((len(time_s), 2))
    np.testing.assert_array_equal(signals.low_pass(values, time_s, cutoff_hz=18.0), values)


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_clips_too_short_to_filter_come_back(n):
    values = np.arange(float(n))[:, None]
    np.testing.assert_array_equal(signals.low_pass(values, np.arange(n) / 60.0, cutoff_hz=6.0), values)


# --- the rest -----------------------------------------------------------------------------------------------------


@given(mask=st.lists(st.booleans(), max_size=40))
def test_runs_cover_exactly_what_is_true(mask):
    array = np.array(mask, dtype=bool)
    again = np.zeros(len(array), dtype=bool)
    spans = signals.runs(array)
    for start, stop in spans:
        assert not again[start:stop].any()
        again[start:stop] = True
        assert start == 0 or not array[start - 1]
    np.testing.assert_array_equal(again, array)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000))
def test_the_rate_of_change_is_taken_on_the_true_times(seed):
    time_s = frame_times(2.0, 30.0, jitter=0.3, seed=seed)
    parabola = 3.0 * time_s**2 - 2.0 * time_s
    rate = signals.derivative(parabola, time_s)
    np.testing.assert_allclose(rate[1:-1], (6.0 * time_s - 2.0)[1:-1], atol=1e-9)


@pytest.mark.parametrize("view", ["side_right", "rear", "front"])
def test_body_length_is_trunk_and_leg_of_the_athlete(view):
    clip = run_clip(view, fps=60.0, duration_s=2.0)
    body = clip.runner.body
    expected = (body.trunk_m + body.leg_length_m) * 1100.0 / 3.5
    assert signals.body_length_px(clip.pose) == pytest.approx(expected, rel=0.06)


def test_cleaning_takes_out_a_wild_frame_and_keeps_the_movement():
    pose = run_clip("side_right", fps=120.0, duration_s=2.0).pose
    xy = pose.xy_px.copy()
    xy[100, Landmark.RIGHT_ANKLE] += [150.0, -90.0]
    smooth = signals.clean(replace(pose, xy_px=xy), cutoff_hz=14.0, longest_gap_s=0.1)
    assert np.abs(smooth.xy_px - pose.xy_px)[12:-12].max() < 6.0
    assert "14.0 Hz" in smooth.history[-1]


def test_cleaning_leaves_long_gaps_missing():
    pose = run_clip("side_right", fps=120.0, duration_s=2.0).pose
    xy = pose.xy_px.copy()
    xy[50:90, Landmark.LEFT_ANKLE] = np.nan
    xy[150:155, Landmark.LEFT_ANKLE] = np.nan
    smooth = signals.clean(replace(pose, xy_px=xy), cutoff_hz=10.0, longest_gap_s=0.1)
    missing = np.isnan(smooth.xy_px[:, Landmark.LEFT_ANKLE, 0])
    assert np.flatnonzero(missing).tolist() == list(range(50, 90))


def test_runs_at_another_cadence_are_repaired_too():
    slow = RunParameters(speed_mps=2.4, cadence_spm=152.0, seed=5)
    pose = run_clip("side_left", parameters=slow, fps=60.0, duration_s=4.0).pose
    np.testing.assert_array_equal(signals.repair_swaps(legs_swapped(pose, np.r_[60:80])).xy_px, pose.xy_px)


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uneven", [False, True])
def test_a_gap_divides_what_is_filtered(uneven):
    """All stretches of all columns at once give what each gives by itself, and SciPy's own zero-lag filter gives."""
    rng = np.random.default_rng(3)
    time_s = np.arange(400) / 60.0 + (rng.uniform(0, 0.01, 400) if uneven else 0.0)
    values = np.cumsum(rng.normal(size=(400, 3)), axis=0)
    values[[60, 61, 130, 139, 300], [0, 0, 1, 1, 2]] = np.nan
    smooth = signals.low_pass(values, time_s, cutoff_hz=6.0)
    np.testing.assert_array_equal(np.isnan(smooth), np.isnan(values))
    np.testing.assert_array_equal(smooth[131:139, 1], values[131:139, 1])  # too short to filter
    if not uneven:
        sos = signal.butter(2, 6.0 / 0.802, fs=60.0, output="sos")
        for k, lo, hi in ((0, 0, 60), (0, 62, 400), (1, 0, 130), (1, 140, 400), (2, 301, 400)):
            alone = signal.sosfiltfilt(sos, values[lo:hi, k], padlen=min(hi - lo - 1, 36))
            np.testing.assert_allclose(smooth[lo:hi, k], alone, atol=1e-12)


def test_some_joints_are_cleaned_as_among_all():
    pose = squat_clip(SquatParameters(n_reps=2)).pose
    whole, some = (
        signals.clean(pose, cutoff_hz=6.0, longest_gap_s=0.3, joints=joints) for joints in (None, ("hip", "ankle"))
    )
    for side in ("left", "right"):
        for joint in ("hip", "ankle"):
            np.testing.assert_array_equal(some.joint(joint, side), whole.joint(joint, side))
        np.testing.assert_array_equal(some.joint("knee", side), pose.joint("knee", side))


def test_frames_are_found_without_looking_at_all():
    rng = np.random.default_rng(5)
    time_s, moments_s = np.sort(rng.uniform(0, 9, 200)), np.sort(rng.uniform(-1, 10, 40))
    time_s[50], moments_s[7:9] = moments_s[7], [time_s[80], 0.5 * (time_s[90] + time_s[91])]
    moments_s.sort()
    away = np.abs(time_s[:, None] - moments_s)
    np.testing.assert_array_equal(signals.seconds_to_nearest(time_s, moments_s), away.min(axis=1))
    time_s.sort()
    away = np.abs(time_s[:, None] - moments_s)
    np.testing.assert_array_equal(signals.nearest_frames(time_s, moments_s), away.argmin(axis=0))
    for start_s, end_s in ((2.0, 3.0), (time_s[5], time_s[9]), (-1.0, 20.0), (4.0, 4.0)):
        inside = np.flatnonzero((time_s >= start_s) & (time_s <= end_s))
        assert np.arange(200)[signals.frames_within(time_s, start_s, end_s)].tolist() == inside.tolist()
