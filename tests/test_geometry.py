"""Angles and distances against closed forms, and by property: turn, shift, scale and mirror a figure."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from formcheck import geometry

FAR = 4000.0
point = arrays(float, (2,), elements=st.floats(-FAR, FAR, allow_nan=False))
turn_deg = st.floats(-179.0, 179.0)
bend = st.floats(-150.0, 150.0)


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    """Points turned clockwise in the image (y down) about the origin."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def flipped(*points: np.ndarray) -> list[np.ndarray]:
    return [p * [-1.0, 1.0] for p in points]


def apart(*points: np.ndarray) -> None:
    """Leave out figures whose joints all but coincide: they have no angle."""
    for i, a in enumerate(points):
        for b in points[i + 1 :]:
            assume(np.linalg.norm(a - b) > 1.0)


def wrapped(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


def leg(bend_deg: float, *, thigh=200.0, shank=220.0, hip=(100.0, 50.0)):
    """Hip, knee and ankle of a leg whose thigh leans right by half the bend and whose shank leans back by half."""
    half = np.radians(bend_deg) / 2.0
    knee = np.array(hip) + thigh * np.array([np.sin(half), np.cos(half)])
    return np.array(hip), knee, knee + shank * np.array([-np.sin(half), np.cos(half)])


# --- closed forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [-120.0, -8.4, 0.0, 0.5, 16.8, 90.0, 150.0])
def test_bend_of_a_leg_built_with_that_bend(degrees):
    assert geometry.bend_deg(*leg(degrees)) == pytest.approx(degrees, abs=1e-9)
    assert geometry.interior_angle_deg(*leg(degrees)) == pytest.approx(180.0 - abs(degrees), abs=1e-9)


@pytest.mark.parametrize(
    ("side", "view", "knee_right_of_line", "sign"),
    [
        ("left", "rear", True, 1), ("left", "rear", False, -1),
        ("right", "rear", True, -1), ("right", "rear", False, 1),
        ("left", "front", True, -1), ("left", "front", False, 1),
        ("right", "front", True, 1), ("right", "front", False, -1),
    ],
)  # fmt: skip
def test_fppa_is_positive_with_the_knee_on_the_inside(side, view, knee_right_of_line, sign):
    # Seen from behind the left leg is at the image's left, so its inside is to the right.
    figure = leg(12.0 if knee_right_of_line else -12.0)
    medial = geometry.medial_direction(side, view)
    assert geometry.fppa_deg(*figure, medial_x=medial) == pytest.approx(12.0 * sign, abs=1e-9)


@pytest.mark.parametrize(("upper", "degrees"), [((0, -1), 0), ((1, -1), 45), ((-1, -1), -45), ((1, 0), 90)])
def test_lean_from_the_vertical(upper, degrees):
    lower = np.array([300.0, 700.0])
    top = lower + 150.0 * np.array(upper, dtype=float)
    assert geometry.lean_deg(lower, top) == pytest.approx(degrees, abs=1e-9)
    assert geometry.lean_deg(lower, top, towards_x=-1) == pytest.approx(-degrees, abs=1e-9)


@pytest.mark.parametrize("medial", [1, -1])
@pytest.mark.parametrize("degrees", [-9.0, 0.0, 6.0])
def test_drop_is_positive_with_the_swing_hip_lower(medial, degrees):
    stance = np.array([400.0, 600.0])
    swing = stance + 90.0 * np.array([medial * np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    assert geometry.drop_deg(stance, swing, medial_x=medial) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("medial", [1, -1])
def test_thigh_adduction_is_positive_with_the_knee_inwards(medial):
    hip = np.array([10.0, 10.0])
    knee = hip + 250.0 * np.array([medial * np.sin(np.radians(7.0)), np.cos(np.radians(7.0))])
    assert geometry.thigh_adduction_deg(hip, knee, medial_x=medial) == pytest.approx(7.0, abs=1e-9)


@given(flexion=st.floats(0.0, 140.0), segment=st.floats(1.0, 900.0))
def test_flexion_from_shortening_undoes_the_cosine_rule(flexion, segment):
    hip, _, ankle = leg(flexion, thigh=segment, shank=segment)
    length = geometry.distance_px(hip, ankle)
    # arccos is steep near a straight leg: 1e-12 of length is 1e-4 of a degree there.
    assert geometry.flexion_from_shortening_deg(length, 2 * segment) == pytest.approx(flexion, abs=1e-4)


def test_a_leg_longer_than_straight_counts_as_straight():
    assert geometry.flexion_from_shortening_deg(np.array([410.0]), 400.0) == 0.0


def test_distance_of_a_3_4_5_triangle():
    assert geometry.distance_px(np.array([1.0, 1.0]), np.array([4.0, 5.0])) == 5.0


# --- properties ---------------------------------------------------------------------------------------------------


@given(a=point, b=point, c=point)
def test_interior_angle_equals_the_law_of_cosines(a, b, c):
    apart(a, b, c)
    ab, bc, ac = (np.linalg.norm(p - q) for p, q in ((a, b), (b, c), (a, c)))
    by_sides = np.degrees(np.arccos(np.clip((ab**2 + bc**2 - ac**2) / (2 * ab * bc), -1.0, 1.0)))
    assert geometry.interior_angle_deg(a, b, c) == pytest.approx(by_sides, abs=1e-2)


@given(a=point, b=point, c=point, shift=point, turn=turn_deg, scale=st.floats(0.05, 20.0))
def test_a_bend_stays_when_the_figure_is_turned_shifted_and_scaled(a, b, c, shift, turn, scale):
    apart(a, b, c)
    moved = [scale * turned(p, turn) + shift for p in (a, b, c)]
    before, after = geometry.bend_deg(a, b, c), geometry.bend_deg(*moved)
    assert wrapped(float(after - before)) == pytest.approx(0.0, abs=1e-4)


@given(a=point, b=point, c=point)
def test_a_mirror_changes_the_sign_of_a_bend_and_nothing_else(a, b, c):
    apart(a, b, c)
    before = geometry.bend_deg(a, b, c)
    assume(abs(before) < 179.9)
    assert geometry.bend_deg(*flipped(a, b, c)) == pytest.approx(-before, abs=1e-9)
    assert geometry.interior_angle_deg(*flipped(a, b, c)) == pytest.approx(
        float(geometry.interior_angle_deg(a, b, c)), abs=1e-9
    )


@given(a=point, b=point, c=point, medial=st.sampled_from([1, -1]))
def test_mirrored_figures_with_sides_exchanged_read_the_same(a, b, c, medial):
    apart(a, b, c)
    assume(abs(geometry.bend_deg(a, b, c)) < 179.9)
    x, y, z = flipped(a, b, c)
    assume(abs(a[0] - b[0]) > 1e-6)
    assert geometry.fppa_deg(x, y, z, medial_x=-medial) == pytest.approx(
        float(geometry.fppa_deg(a, b, c, medial_x=medial)), abs=1e-9
    )
    for tilt in (geometry.drop_deg, geometry.thigh_adduction_deg):
        assert tilt(x, y, medial_x=-medial) == pytest.approx(float(tilt(a, b, medial_x=medial)), abs=1e-9)
    assert geometry.lean_deg(x, y, towards_x=-medial) == pytest.approx(
        float(geometry.lean_deg(a, b, towards_x=medial)), abs=1e-9
    )


@given(a=point, b=point, turn=turn_deg)
def test_tilts_follow_a_tilted_picture_one_to_one(a, b, turn):
    apart(a, b)
    x, y = turned(a, turn), turned(b, turn)
    for tilt, sign in (
        (geometry.lean_deg, 1),
        (lambda p, q: geometry.drop_deg(p, q, medial_x=1), 1),
        (lambda p, q: geometry.thigh_adduction_deg(p, q, medial_x=1), -1),
    ):
        change = float(tilt(x, y) - tilt(a, b))
        assert wrapped(change - sign * turn) == pytest.approx(0.0, abs=1e-6)


@given(figures=arrays(float, (7, 3, 2), elements=st.floats(-FAR, FAR, allow_nan=False)), gap=st.integers(0, 6))
def test_a_batch_equals_a_loop_and_a_gap_stays_a_gap(figures, gap):
    figures[gap, 1] = np.nan
    a, b, c = figures[:, 0], figures[:, 1], figures[:, 2]
    whole = {
        "bend": geometry.bend_deg(a, b, c),
        "interior": geometry.interior_angle_deg(a, b, c),
        "fppa": geometry.fppa_deg(a, b, c, medial_x=-1),
        "lean": geometry.lean_deg(a, b),
        "drop": geometry.drop_deg(a, b, medial_x=1),
        "adduction": geometry.thigh_adduction_deg(a, b, medial_x=-1),
        "distance": geometry.distance_px(a, b),
    }
    single = {
        "bend": lambda i: geometry.bend_deg(a[i], b[i], c[i]),
        "interior": lambda i: geometry.interior_angle_deg(a[i], b[i], c[i]),
        "fppa": lambda i: geometry.fppa_deg(a[i], b[i], c[i], medial_x=-1),
        "lean": lambda i: geometry.lean_deg(a[i], b[i]),
        "drop": lambda i: geometry.drop_deg(a[i], b[i], medial_x=1),
        "adduction": lambda i: geometry.thigh_adduction_deg(a[i], b[i], medial_x=-1),
        "distance": lambda i: geometry.distance_px(a[i], b[i]),
    }
    for name, values in whole.items():
        assert values.shape == (7,)
        np.testing.assert_allclose(values, [float(single[name](i)) for i in range(7)], atol=1e-9)
        assert np.flatnonzero(np.isnan(values)).tolist() == [gap]


def test_leading_axes_of_any_depth():
    figures = np.random.default_rng(1).uniform(0, 1000, (4, 5, 3, 2))
    deep = geometry.bend_deg(figures[..., 0, :], figures[..., 1, :], figures[..., 2, :])
    flat = figures.reshape(20, 3, 2)
    np.testing.assert_array_equal(deep.ravel(), geometry.bend_deg(flat[:, 0], flat[:, 1], flat[:, 2]))


def test_the_inside_of_a_leg_lies_on_opposite_sides_for_the_two_legs_and_the_two_views():
    table = {(s, v): geometry.medial_direction(s, v) for s in ("left", "right") for v in ("rear", "front")}
    assert table == {("left", "rear"): 1, ("right", "rear"): -1, ("left", "front"): -1, ("right", "front"): 1}


@given(degrees=bend)
def test_a_bend_is_signed_by_the_side_the_joint_lies_on(degrees):
    hip, knee, ankle = leg(degrees)
    chord = ankle - hip
    along = np.dot(knee - hip, chord) / np.dot(chord, chord)
    right_of_line = knee[0] - (hip + along * chord)[0]
    assume(abs(degrees) > 0.01)
    assert np.sign(geometry.bend_deg(hip, knee, ankle)) == np.sign(right_of_line)
