"""The waistline and the stickers on flat pictures whose tilt is known."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from pixel_toys import Toy, clip

from formcheck.pixels import COLUMN_NAMES, finish, learn, measure_frame

TILTS = 10.0 * np.sin(np.arange(24) * 0.55)


@cache
def _clip(toy: Toy):
    return clip(toy, TILTS, landmark_noise_px=0.02 * toy.trunk_px)


def _columns(toy: Toy, tilts=None):
    frames, pose = _clip(toy) if tilts is None else clip(toy, tilts)
    model = learn(frames, pose)
    rows = [measure_frame(f.rgb, xy, model) for f, xy in zip(frames, pose.xy_px, strict=True)]
    columns = {name: np.array([row[name] for row in rows]) for name in COLUMN_NAMES}
    return finish(columns, pose), frames, pose, model


@pytest.mark.parametrize("view", ["front", "rear"])
def test_the_tilt_between_shirt_and_shorts_comes_back(view):
    columns, *_ = _columns(Toy(view=view))
    assert (columns["pelvis_line_confidence"] > 0.8).all()
    assert np.abs(columns["pelvis_line_deg"] - TILTS).max() < 0.5
    assert np.abs(columns["pelvis_line_y_px"] - 300.0).max() < 1.0
    assert np.abs(columns["pelvis_line_x_px"] - 180.0).max() < 4.0


def test_a_mirrored_picture_gives_the_opposite_tilt():
    frames, pose = _clip(Toy())
    model = learn(frames, pose)
    width = frames[0].rgb.shape[1]
    for frame, xy in zip(frames[:6], pose.xy_px, strict=False):
        mirrored = measure_frame(np.ascontiguousarray(frame.rgb[:, ::-1]), np.array([width, 0]) + xy * [-1, 1], model)
        assert mirrored["pelvis_line_deg"] == pytest.approx(
            -measure_frame(frame.rgb, xy, model)["pelvis_line_deg"], abs=0.25
        )


def test_an_athlete_twice_as_far_away_has_the_same_tilt():
    far = Toy(trunk_px=75.0, over_hips_px=15.0, size=(360, 640))
    columns, *_ = _columns(far)
    assert (columns["pelvis_line_confidence"] > 0.5).mean() > 0.9
    assert np.abs(columns["pelvis_line_deg"] - TILTS).max() < 1.0


@pytest.mark.parametrize(
    "toy",
    [
        Toy(shirt=(34, 36, 44), shorts=(30, 32, 40)),
        Toy(over_hips_px=0.0),
        Toy(over_hips_px=-8.0),
    ],
    ids=["same colour", "hem at the hips", "hem below the hips"],
)
def test_what_does_not_show_the_pelvis_is_never_trusted(toy):
    columns, *_ = _columns(toy)
    assert (columns["pelvis_line_confidence"] < 0.5).all()


@pytest.mark.parametrize(("bow_px", "reach", "worst_deg", "sure_share"), [(2.0, 0.27, 1.5, 0.8), (8.0, 0.22, 3.5, 0.0)])
def test_an_arc_with_one_end_behind_the_arm_hardly_reads_as_a_tilt(bow_px, reach, worst_deg, sure_share):
    """The chord of what is left of the stronger arc lies 8° off; a strong arc half seen is not trusted."""
    toy = Toy(view="front", bow_px=bow_px, arm_before_from=reach)
    open_frames, pose = _clip(replace(toy, arm_before_from=None))
    hidden, hidden_pose = _clip(toy)
    model = learn([*open_frames[:16], *hidden[16:]], pose)
    rows = [measure_frame(f.rgb, xy, model) for f, xy in zip(hidden, hidden_pose.xy_px, strict=True)]
    off = np.abs(np.array([row["pelvis_line_deg"] for row in rows]) - TILTS)
    sure = np.array([row["pelvis_line_confidence"] for row in rows]) >= 0.5
    assert off.max() < worst_deg
    assert sure.mean() >= sure_share
    assert sure_share > 0 or not sure.any()


def test_stickers_give_the_tilt_where_clothes_do_not():
    columns, *_ = _columns(Toy(shirt=(34, 36, 44), stickers=(250, 230, 60)))
    assert (columns["sticker_line_confidence"] > 0.5).all()
    assert np.abs(columns["sticker_line_deg"] - TILTS).max() < 1.0
    assert (columns["sticker_left_x_px"] < columns["sticker_right_x_px"]).all()
    apart = columns["sticker_right_x_px"] - columns["sticker_left_x_px"]
    assert apart == pytest.approx(np.full(len(apart), 30.0), abs=1.0)


def test_no_stickers_are_found_where_there_are_none():
    for toy in (Toy(), Toy(view="front", arm_before_from=0.1), Toy(shorts=(236, 236, 232))):
        columns, _, _, model = _columns(toy)
        assert model.stickers is None
        assert np.isnan(columns["sticker_line_deg"]).all()
        assert (columns["sticker_line_confidence"] == 0).all()


def test_spots_that_come_and_go_are_no_stickers():
    frames, pose = _clip(Toy())
    marked, _ = _clip(Toy(stickers=(250, 230, 60)))
    assert learn([*frames[:16], *marked[16:]], pose).stickers is None


def test_a_frame_without_an_athlete_is_missing():
    _, frames, pose, model = _columns(Toy())
    for xy in (np.full((33, 2), np.nan), pose.xy_px[0] + 5000.0):
        row = measure_frame(frames[0].rgb, xy, model)
        assert np.isnan(row["pelvis_line_deg"])
        assert row["pelvis_line_confidence"] == 0.0


def test_too_few_frames_teach_nothing():
    frames, pose = _clip(Toy())
    model = learn(frames[:4], pose)
    assert model.waist is None
    assert model.stickers is None


def test_the_model_can_be_sent_to_another_process():
    _, frames, pose, model = _columns(Toy(stickers=(250, 60, 60)))
    again = pickle.loads(pickle.dumps(model))
    first, second = (measure_frame(frames[3].rgb, pose.xy_px[3], m) for m in (model, again))
    np.testing.assert_equal(first, second)


def test_a_single_jump_is_trusted_less_and_its_neighbours_are_not():
    columns, _, pose, _ = _columns(Toy(), np.linspace(-3, 3, 24))
    columns["pelvis_line_deg"][10] += 9.0
    after = finish(columns, pose)["pelvis_line_confidence"]
    assert after[10] < 0.5
    assert (np.delete(after, 10) >= 0.5).all()
