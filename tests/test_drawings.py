"""Shapes that people draw on frames: kept as they were, measured right, painted where they belong."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck import drawings as d
from formcheck.errors import InputError
from formcheck.landmarks import Landmark
from formcheck.types import PoseSequence

EACH = (
    d.Drawing("line", ((10.0, 20.0), (30.5, 40.25))),
    d.Drawing("angle", ((0.0, 0.0), (0.0, 50.0), (50.0, 50.0)), "orange"),
    d.Drawing("horizontal", ((5.0, 30.0),), "white"),
    d.Drawing("vertical", ((40.0, 3.0),)),
    d.Drawing("circle", ((50.0, 50.0), (70.0, 50.0)), "blue"),
    d.Drawing("freehand", ((1.0, 1.0), (2.0, 5.0), (9.0, 9.0))),
    d.Drawing("text", ((60.0, 60.0),), text="Knie über Zeh: 12°"),
)


@pytest.mark.parametrize("drawing", EACH, ids=lambda drawing: drawing.kind)
def test_a_drawing_comes_back_from_json_as_it_was(drawing):
    stored = {"key": "a1", **json.loads(json.dumps(d.to_dict(drawing)))}
    assert d.from_dict(stored) == drawing


def test_every_kind_is_covered_here():
    assert {drawing.kind for drawing in EACH} == set(d.KINDS)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "line"},
        {"kind": "line", "points": [[1, 2]]},
        {"kind": "star", "points": [[1, 2], [3, 4]]},
        {"kind": "line", "points": [[1, 2], [3, "x"]]},
        {"kind": "line", "points": [[1, 2], [3, float("nan")]]},
        {"kind": "line", "points": [[1, 2], [3, 4]], "colour": "mauve"},
        {"kind": "text", "points": [[1, 2]], "text": "  "},
        {"kind": "text", "points": [[1, 2]], "text": "x" * 121},
        {"kind": ["line"], "points": [[1, 2], [3, 4]]},
    ],
)
def test_what_is_no_drawing_is_refused_in_one_line(values):
    with pytest.raises(InputError) as refused:
        d.from_dict(values)
    assert "\n" not in str(refused.value)


@given(st.floats(1, 179), st.floats(0, 360), st.floats(10, 500), st.floats(10, 500))
def test_a_drawn_angle_is_the_same_however_it_is_turned_and_however_long_its_arms(angle, turn, a, b):
    def arm(degrees, length):
        return (300 + length * np.cos(np.radians(degrees)), 400 + length * np.sin(np.radians(degrees)))

    drawn = d.Drawing("angle", (arm(turn, a), (300.0, 400.0), arm(turn + angle, b)))
    assert drawn.angle_deg == pytest.approx(angle, abs=1e-6)


def test_an_angle_without_arms_has_no_degrees():
    assert d.Drawing("angle", ((1.0, 1.0), (1.0, 1.0), (5.0, 5.0))).angle_deg is None
    assert EACH[0].angle_deg is None


def standing():
    xy = np.full((33, 2), np.nan)
    for side, x in (("LEFT", 100.0), ("RIGHT", 300.0)):
        for joint, y in (("SHOULDER", 0.0), ("HIP", 100.0), ("KNEE", 200.0), ("ANKLE", 300.0)):
            xy[Landmark[f"{side}_{joint}"]] = (x, y)
    return xy


def test_a_drawn_angle_on_a_knee_is_held_against_what_was_measured_there():
    drawn = d.Drawing("angle", ((105.0, 110.0), (104.0, 206.0), (95.0, 290.0)))
    found = d.own_angle(drawn, standing(), {"left_knee_fppa_deg": -12.0}, "single_leg_squat")
    assert found == d.OwnAngle("knee", "left", 168.0)
    upside_down = d.Drawing("angle", drawn.points[::-1])
    assert d.own_angle(upside_down, standing(), {"left_knee_fppa_deg": -12.0}, "single_leg_squat") == found
    from_the_side = d.own_angle(drawn, standing(), {"left_knee_flexion_deg": 25.0}, "treadmill_side")
    assert from_the_side.angle_deg == pytest.approx(155.0)


def test_where_the_knee_was_not_measured_its_landmarks_speak():
    drawn = d.Drawing("angle", ((300.0, 100.0), (300.0, 200.0), (300.0, 300.0)))
    found = d.own_angle(drawn, standing(), {"right_knee_fppa_deg": float("nan")}, "treadmill_rear")
    assert (found.joint, found.side, found.angle_deg) == ("knee", "right", pytest.approx(180.0))


@pytest.mark.parametrize(
    "points",
    [
        ((200.0, 100.0), (200.0, 200.0), (200.0, 300.0)),  # between the legs
        ((200.0, 200.0), (100.0, 200.0), (100.0, 300.0)),  # on the knee, but one arm across
        ((100.0, 260.0), (100.0, 245.0), (100.0, 300.0)),  # halfway down the shin
    ],
)
def test_an_angle_that_is_drawn_elsewhere_is_compared_with_nothing(points):
    assert d.own_angle(d.Drawing("angle", points), standing(), {}, "single_leg_squat") is None


def test_only_angles_are_compared_and_only_with_what_was_seen():
    assert d.own_angle(EACH[0], standing(), {}, "single_leg_squat") is None
    blind = np.full((33, 2), np.nan)
    assert d.own_angle(EACH[1], blind, {}, "single_leg_squat") is None


@pytest.mark.parametrize("drawing", EACH, ids=lambda drawing: drawing.kind)
def test_painting_changes_a_copy_near_the_drawing_alone(drawing):
    picture = np.full((100, 120, 3), 90, dtype=np.uint8)
    painted = d.paint(picture, [drawing])
    assert (picture == 90).all()
    assert painted.shape == picture.shape
    assert (painted != picture).any()


def test_a_line_is_painted_where_it_lies_in_a_smaller_picture_too():
    line = d.Drawing("line", ((20.0, 40.0), (180.0, 40.0)))
    half = d.paint(np.zeros((50, 100, 3), np.uint8), [line], scale=0.5)
    rows = np.flatnonzero((half == d.COLOURS["yellow"]).all(axis=2).any(axis=1))
    assert rows.min() >= 18 and rows.max() <= 22


def test_landmarks_go_to_the_browser_in_tenths_of_a_pixel():
    xy = np.stack([standing(), standing() + 0.26])
    told = d.shown_landmarks(PoseSequence(np.array([0.0, 0.04]), xy, np.ones((2, 33))))
    knee = 2 * Landmark.LEFT_KNEE
    assert told["names"][Landmark.LEFT_KNEE] == "left_knee"
    assert told["tenths_px"][1][knee : knee + 2] == [1003, 2003]
    assert told["tenths_px"][0][0] is None
    json.dumps(told, allow_nan=False)
