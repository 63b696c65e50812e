"""Where the pelvis' tilt is read from, and when it is not read at all."""

from dataclasses import replace

import numpy as np
import pytest
from motions import mirrored, squat_clip

from formcheck.pelvis import LEAST_CONFIDENCE, pelvis_tilt
from formcheck.synthetic.squat_plan import SquatParameters

N = 200


def pose_with(*, trusted=False, **columns):
    pose = squat_clip(SquatParameters(n_reps=4)).pose
    pose = replace(pose, time_s=pose.time_s[:N], xy_px=pose.xy_px[:N], visibility=pose.visibility[:N])
    extras = {name: np.broadcast_to(np.asarray(values, dtype=float), N).copy() for name, values in columns.items()}
    return replace(pose, trusted_hips=trusted, extras=extras)


STICKERS = {"sticker_line_deg": 3.0, "sticker_line_confidence": 0.9}
WAIST = {"pelvis_line_deg": -2.0, "pelvis_line_confidence": 0.8}


def share(of_frames, value=0.9):
    return np.where(np.arange(N) < of_frames * N, value, 0.0)


def test_the_pose_models_own_hips_are_never_taken():
    found = pelvis_tilt(pose_with())
    assert found.source == ""
    assert np.isnan(found.tilt_deg).all()
    assert found.tilt_deg.shape == (N,)


@pytest.mark.parametrize(
    ("columns", "trusted", "source"),
    [
        (STICKERS | WAIST, True, "stickers"),
        (STICKERS | WAIST, False, "stickers"),
        (WAIST, True, "hips"),
        (WAIST, False, "waistline"),
    ],
)
def test_the_best_source_is_taken(columns, trusted, source):
    found = pelvis_tilt(pose_with(trusted=trusted, **columns))
    assert found.source == source
    expected = {"stickers": 3.0, "waistline": -2.0}
    if source in expected:
        np.testing.assert_array_equal(found.tilt_deg, expected[source])


def test_frames_below_the_least_confidence_are_missing():
    sure = np.where(np.arange(N) % 2 == 0, LEAST_CONFIDENCE, LEAST_CONFIDENCE - 0.01)
    found = pelvis_tilt(pose_with(pelvis_line_deg=5.0, pelvis_line_confidence=sure))
    assert found.source == "waistline"
    np.testing.assert_array_equal(np.isfinite(found.tilt_deg), np.arange(N) % 2 == 0)


def test_a_source_that_is_sure_in_few_frames_gives_way_to_the_next():
    few = {"sticker_line_deg": 3.0, "sticker_line_confidence": share(0.2)}
    assert pelvis_tilt(pose_with(**few)).source == ""
    assert pelvis_tilt(pose_with(**few, **WAIST)).source == "waistline"
    assert pelvis_tilt(pose_with(sticker_line_deg=3.0, sticker_line_confidence=share(0.6))).source == "stickers"


def test_confidence_without_an_angle_is_no_source():
    assert pelvis_tilt(pose_with(pelvis_line_deg=np.nan, pelvis_line_confidence=1.0)).source == ""


@pytest.mark.parametrize("view", ["front", "rear"])
def test_trusted_hips_tilt_as_they_lie_in_the_picture(view):
    clip = squat_clip(SquatParameters(n_reps=4), view=view)
    turn = np.radians(4.0)
    rolled = clip.pose.xy_px @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    level, tilted = (pelvis_tilt(replace(clip.pose, xy_px=xy)).tilt_deg for xy in (clip.pose.xy_px, rolled))
    # Turned clockwise, the image-right side of every line comes to lie lower.
    np.testing.assert_allclose(tilted - level, 4.0, atol=1e-9)
    np.testing.assert_allclose(pelvis_tilt(mirrored(clip.pose)).tilt_deg, -level, atol=1e-9)
