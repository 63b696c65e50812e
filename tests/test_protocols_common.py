"""What the protocols share: intervals of medians, and what is made once for a clip."""

import numpy as np
import pytest
from motions import squat_clip

from formcheck import signals
from formcheck.protocols import common
from formcheck.protocols.common import Clip, bootstrap_median_ci95, events_at
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.view import camera_view


@pytest.mark.parametrize("n", [3, 4, 20, 21, 300])
def test_the_interval_is_that_of_resampled_medians(n):
    values = np.round(np.random.default_rng(n).normal(size=n), 1)
    draws = np.random.default_rng(0).integers(0, n, size=(2000, n))
    expected = np.percentile(np.median(values[draws], axis=1), [2.5, 97.5])
    np.testing.assert_array_equal(bootstrap_median_ci95(values), expected)


@pytest.mark.parametrize("k", [0, 7, 250, 499])
def test_a_resample_of_one_value_alone_has_it_as_its_median(k):
    values = np.random.default_rng(1).normal(size=500)
    drawn = np.zeros((500, 3), dtype=np.uint16)
    drawn[k] = 500
    np.testing.assert_array_equal(common._medians(values, drawn), [values[k]] * 3)


def test_landmarks_are_cleaned_once():
    pose = squat_clip(SquatParameters(n_reps=2)).pose
    clip = Clip(pose, camera_view(pose))
    first = clip.cleaned(cutoff_hz=6.0, longest_gap_s=0.3)
    assert clip.cleaned(cutoff_hz=6.0, longest_gap_s=0.3) is first
    for cutoff_hz in (6.0, 9.0):
        plain = signals.clean(pose, cutoff_hz=cutoff_hz, longest_gap_s=0.3)
        made = clip.cleaned(cutoff_hz=cutoff_hz, longest_gap_s=0.3)
        np.testing.assert_array_equal(made.xy_px, plain.xy_px)
        assert made.history == plain.history
    some = clip.cleaned(cutoff_hz=6.0, longest_gap_s=0.3, joints=("knee",))
    np.testing.assert_array_equal(some.joint("knee", "left"), first.joint("knee", "left"))
    assert not np.array_equal(some.joint("hip", "left"), first.joint("hip", "left"))


def test_events_have_the_nearest_frame_and_are_in_order():
    found = [("rep_end", "left", 0.96), ("rep_start", "left", 0.24), ("touchdown", "right", -1.0)]
    events = events_at(found, np.arange(10) / 10.0)
    assert [(e.kind, e.frame) for e in events] == [("touchdown", 0), ("rep_start", 2), ("rep_end", 9)]
    assert events_at([], np.arange(10) / 10.0) == ()
