"""Roll and pitch of the camera from upright edges whose camera is known."""

from __future__ import annotations

import numpy as np
import pytest
from pixel_toys import Toy, landmarks

from formcheck.pixels.scene import camera_tilt, tilt_of_lines, upright_edges
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.scene import SceneSpec, build_scene

SIZE = {"width_px": 720, "height_px": 1280, "focal_px": 1100.0}


def _uprights(
    roll_deg: float, pitch_deg: float, places_m=(-1.1, -0.7, 0.5, 0.9, 1.2), noise_px: float = 0.0
) -> np.ndarray:
    """(K, 4) ends of vertical poles 5 m in front of a camera."""
    camera = Camera("front", roll_deg=roll_deg, pitch_deg=pitch_deg, distance_m=3.0, height_m=1.0)
    ends = np.array([[[-2.0, y, 0.3 + 0.1 * k], [-2.0, y, 2.0]] for k, y in enumerate(places_m)])
    noise = np.random.default_rng(3).normal(0, noise_px, (len(places_m), 4))
    return camera.project(ends).reshape(-1, 4) + noise


@pytest.mark.parametrize(("roll", "pitch"), [(0.0, 0.0), (2.0, 0.0), (-1.5, 4.0), (3.0, -5.0), (0.5, 12.0)])
def test_roll_and_pitch_come_back_with_their_sign(roll, pitch):
    found = tilt_of_lines(_uprights(roll, pitch), **SIZE)
    assert found.roll_deg == pytest.approx(roll, abs=0.05)
    assert found.pitch_deg == pytest.approx(pitch, abs=0.1)


def test_slanted_edges_are_outvoted():
    slanted = np.array([[100.0, 300.0, 130.0, 500.0], [600.0, 300.0, 575.0, 520.0]])
    found = tilt_of_lines(np.concatenate([_uprights(1.0, 2.0, noise_px=0.2), slanted]), **SIZE)
    assert found.roll_deg == pytest.approx(1.0, abs=0.2)
    assert found.pitch_deg == pytest.approx(2.0, abs=0.6)


@pytest.mark.parametrize(
    "lines",
    [
        np.zeros((0, 4)),
        _uprights(1.0, 0.0)[:2],
        np.repeat(_uprights(1.0, 0.0)[:1], 6, axis=0),
        _uprights(1.0, 0.0, places_m=(-1.10, -1.04, -0.98)),
    ],
    ids=["none", "two", "one seen in many frames", "all in one place"],
)
def test_too_little_to_go_by_is_unknown(lines):
    assert np.isnan(tilt_of_lines(lines, **SIZE).roll_deg)


def test_edges_that_contradict_each_other_are_unknown():
    rng = np.random.default_rng(1)
    top = rng.uniform([50, 100], [670, 400], (8, 2))
    lines = np.column_stack([top, top + np.column_stack([rng.uniform(-40, 40, 8), np.full(8, 200.0)])])
    found = tilt_of_lines(lines, **SIZE)
    assert np.isnan(found.roll_deg)


def test_a_rendered_room_gives_its_camera_and_an_empty_wall_nothing():
    camera = Camera("rear", roll_deg=1.5, pitch_deg=-1.2, height_m=1.0, distance_m=3.3)
    room = np.ascontiguousarray(build_scene(SceneSpec.from_seed(10, treadmill=True), camera).room)
    athlete = landmarks(Toy(trunk_px=170.0, front_x=360.0, hips_y=700.0))[None]
    found = camera_tilt([room], athlete, focal_px=camera.focal_px)
    assert found.roll_deg == pytest.approx(1.5, abs=0.25)
    assert np.isnan(found.pitch_deg) or found.pitch_deg == pytest.approx(-1.2, abs=0.6)
    assert np.isnan(camera_tilt([np.full_like(room, 120)], athlete).roll_deg)
    assert np.isnan(camera_tilt([], np.zeros((0, 33, 2))).roll_deg)


def test_edges_on_the_athlete_and_on_the_floor_are_left_out():
    toy = Toy(trunk_px=170.0, front_x=360.0, hips_y=600.0)
    picture = np.full((1280, 720, 3), 150, np.uint8)
    picture[430:590, 340:380] = 20  # a print on the shirt
    picture[860:1200, 100:130] = 20  # something on the floor
    picture[100:500, 600:640] = 20  # a post
    edges = upright_edges(picture, landmarks(toy))
    assert len(edges) == 2
    assert set(np.round(edges[:, 0])) <= {600.0, 640.0}
