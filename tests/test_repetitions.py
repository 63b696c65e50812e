"""Repetitions of knee flexion curves whose repetitions are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.repetitions import EDGE_SHARE, LEAST_DEG, find_repetitions

FPS = 30.0


def curve(reps, *, fps=FPS, lead_s=1.0, standing_deg=4.0):
    """Flexion of bends (depth_deg, down_s, hold_s, up_s, rest_s), and their bottoms (middle of the hold)."""
    parts, bottoms, at_s = [np.full(round(lead_s * 1000), standing_deg)], [], lead_s
    for depth, down_s, hold_s, up_s, rest_s in reps:
        way = depth - standing_deg
        down, up = (np.arange(round(s * 1000)) / round(s * 1000) for s in (down_s, up_s))
        parts += [
            standing_deg + way * 0.5 * (1 - np.cos(np.pi * down)),
            np.full(round(hold_s * 1000), depth),
            standing_deg + way * 0.5 * (1 + np.cos(np.pi * up)),
            np.full(round(rest_s * 1000), standing_deg),
        ]
        bottoms.append(at_s + down_s + 0.5 * hold_s)
        at_s += down_s + hold_s + up_s + rest_s
    dense = np.concatenate([*parts, np.full(1000, standing_deg)])
    time_s = np.arange(int(len(dense) / 1000 * fps)) / fps
    return np.interp(time_s, np.arange(len(dense)) / 1000, dense), time_s, np.array(bottoms)


rep = st.tuples(
    st.floats(20.0, 110.0), st.floats(0.6, 2.0), st.floats(0.0, 2.0), st.floats(0.6, 2.0), st.floats(0.0, 4.0)
)


@settings(max_examples=80)
@given(reps=st.lists(rep, min_size=1, max_size=12), fps=st.sampled_from([24.0, 30.0, 60.0]))
def test_every_bend_is_found_once_whatever_its_depth_tempo_and_pauses(reps, fps):
    flexion, time_s, bottoms = curve(reps, fps=fps)
    found = find_repetitions(flexion, time_s)
    assert len(found) == len(reps)
    for r, (depth, down_s, hold_s, up_s, _), bottom in zip(found, reps, bottoms, strict=True):
        assert r.depth_deg == pytest.approx(depth, abs=1.0)
        assert abs(r.bottom_s - bottom) <= 0.5 * hold_s + 1.5 / fps
        assert r.start_s < r.bottom_s < r.end_s
        assert r.end_s - r.start_s == pytest.approx(hold_s + 0.75 * (down_s + up_s), abs=2.0 / fps)


def test_start_and_end_lie_between_frames_at_the_edge_share():
    flexion, time_s, _ = curve([(64.0, 1.0, 0.0, 0.8, 1.0)], standing_deg=0.0)
    (r,) = find_repetitions(flexion, time_s)
    crossing = np.arccos(1 - 2 * EDGE_SHARE) / np.pi
    assert r.start_s == pytest.approx(1.0 + crossing * 1.0, abs=0.006)
    assert r.end_s == pytest.approx(2.0 + (1 - crossing) * 0.8, abs=0.006)


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_wobble_at_the_bottom_is_not_another_repetition(fps):
    flexion, time_s, _ = curve([(60.0, 1.0, 1.6, 1.0, 1.0)] * 3, fps=fps)
    wobbly = flexion - np.where(flexion > 55.0, 12.0 * np.sin(2 * np.pi * 1.7 * time_s) ** 2, 0.0)
    assert len(find_repetitions(wobbly, time_s)) == 3


def test_half_way_up_and_down_again_is_one_repetition_all_the_way_is_two():
    time_s = np.arange(300) / FPS
    for valley, expected in ((40.0, 1), (10.0, 2)):
        flexion = np.interp(time_s, [0, 2, 3, 4, 5, 6, 10], [0, 0, 60, valley, 60, 0, 0])
        assert len(find_repetitions(flexion, time_s)) == expected


def test_a_dip_below_the_least_depth_is_no_repetition():
    flexion, time_s, _ = curve([(60.0, 1, 0, 1, 1), (LEAST_DEG - 1.5, 1, 0, 1, 1), (LEAST_DEG + 3.0, 1, 0, 1, 1)])
    assert [round(r.depth_deg) for r in find_repetitions(flexion, time_s)] == [60, 18]


def test_a_soft_knee_in_standing_does_not_merge_repetitions():
    flexion, time_s, _ = curve([(60.0, 1.0, 0.0, 1.0, 0.1)] * 8, standing_deg=12.0)
    assert len(find_repetitions(flexion, time_s)) == 8


def test_a_jerk_shorter_than_any_squat_is_no_repetition():
    time_s = np.arange(300) / 60.0
    flexion = np.where(np.abs(time_s - 2.0) < 0.08, 50.0, 3.0)
    assert find_repetitions(flexion, time_s) == ()


def test_missing_stretches_between_repetitions_do_not_add_any():
    flexion, time_s, _ = curve([(60.0, 1.0, 0.2, 1.0, 1.5)] * 4)
    flexion[(time_s > 3.4) & (time_s < 4.5)] = np.nan
    assert len(find_repetitions(flexion, time_s)) == 4


def test_a_missing_moment_at_the_bottom_does_not_split_a_repetition():
    flexion, time_s, bottoms = curve([(60.0, 1.0, 0.6, 1.0, 1.5)] * 4)
    flexion[np.abs(time_s - bottoms[1]) < 0.12] = np.nan
    assert len(find_repetitions(flexion, time_s)) == 4


@pytest.mark.parametrize("flexion", [np.zeros(100), np.full(100, np.nan), np.full(100, 70.0), np.zeros(1)])
def test_nothing_moves_nothing_is_found(flexion):
    assert find_repetitions(flexion, np.arange(len(flexion)) / FPS) == ()


def test_a_repetition_cut_off_by_the_end_of_the_clip_has_its_end_there():
    flexion, time_s, _ = curve([(60.0, 1.0, 0.0, 1.0, 0.5)] * 2)
    cut = time_s < 5.2
    found = find_repetitions(flexion[cut], time_s[cut])
    assert len(found) in (1, 2)
    assert all(r.end_s <= time_s[cut][-1] for r in found)


@given(shift_s=st.floats(0.0, 1000.0), stretch=st.floats(0.6, 2.0))
def test_times_follow_a_clip_that_starts_later_or_runs_slower(shift_s, stretch):
    flexion, time_s, _ = curve([(50.0, 1.0, 0.1, 1.0, 0.5)] * 3)
    here, there = find_repetitions(flexion, time_s), find_repetitions(flexion, shift_s + stretch * time_s)
    for a, b in zip(here, there, strict=True):
        assert b.depth_deg == a.depth_deg
        for name in ("start_s", "bottom_s", "end_s"):
            assert getattr(b, name) == pytest.approx(shift_s + stretch * getattr(a, name), abs=1e-6)
