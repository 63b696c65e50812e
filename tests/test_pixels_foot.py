"""A drawn shoe whose place and turn are known, found again in the pixels, and a run whose landings it tells."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from motions import run_clip

from formcheck.events import find_steps
from formcheck.pixels import background_of, follow_foot, plan_foot
from formcheck.pixels.shoe import Finder, cut, learn_shoe
from formcheck.rhythm import gait_rhythm
from formcheck.types import Frame
from formcheck.view import camera_view

WALL, BELT, SOLE, UPPER, SHIN = (170, 172, 165), (52, 54, 60), (235, 235, 230), (200, 60, 40), (180, 140, 120)
FINE, FOOT_PX = 3, 60.0
OUTLINE = np.array([(-0.5, 0), (0.5, 0), (0.5, 0.1), (0.1, 0.22), (-0.1, 0.34), (-0.45, 0.34), (-0.5, 0.2)])
TREAD = np.array([(-0.5, 0), (0.5, 0), (0.5, 0.08), (-0.5, 0.08)])
"""Foot lengths ahead of the middle of the sole, and up."""


def draw(middle_px, turn_deg, *, facing_x=1, upper=UPPER, sole=SOLE, seed=0, size=(260, 200), belt_y=120.0):
    """(H, W, 3) a shoe before wall and belt, with a shin that does not turn with it."""
    width, height = size
    picture = np.full((height * FINE, width * FINE, 3), WALL, np.uint8)
    picture[int(belt_y * FINE) :] = BELT
    turn = np.radians(turn_deg)
    ahead, up = np.array([np.cos(turn), -np.sin(turn)]), np.array([-np.sin(turn), -np.cos(turn)])
    knee = np.array([middle_px[0] - 10, middle_px[1] - 90])
    ankle = place(np.array([[-0.25, 0.3]]), middle_px, ahead, up, facing_x)[0]
    cv2.line(picture, pixel(knee), pixel(ankle), SHIN, 14 * FINE)
    for part, colour in ((OUTLINE, upper), (TREAD, sole)):
        corners = np.array([pixel(p) for p in place(part, middle_px, ahead, up, facing_x)])
        cv2.fillPoly(picture, [corners], colour)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(float)
    return np.clip(small + np.random.default_rng(seed).normal(0, 3, small.shape), 0, 255).astype(np.uint8)


def place(points, middle_px, ahead, up, facing_x):
    out = FOOT_PX * (points[:, :1] * ahead + points[:, 1:] * up)
    return np.asarray(middle_px) + out * (facing_x, 1)


def pixel(point):
    return tuple(round(v * FINE) for v in point)


def background(size=(260, 200), belt_y=120.0):
    width, height = size
    empty = np.full((height, width, 3), WALL, np.uint8)
    empty[int(belt_y) :] = BELT
    return empty


def learnt(facing_x=1, **colours):
    """The shoe from eight flat frames in which the landmarks' middle is up to 4 px off."""
    rng = np.random.default_rng(3)
    true = np.stack([np.linspace(80, 180, 8), np.full(8, 150.0)], axis=1)
    told = true + np.array([0.0, -9.0]) + rng.uniform(-4, 4, (8, 2))
    frames = [draw(p, 0.0, facing_x=facing_x, seed=k, **colours) for k, p in enumerate(true)]
    cuts = [cut(f, background(), m, 75.0) for f, m in zip(frames, told, strict=True)]
    return learn_shoe(cuts, told, np.array([-12.0, -20.0]), 46.0, facing_x), true


@pytest.mark.parametrize("facing_x", [1, -1])
def test_where_a_shoe_stands_is_learnt_better_than_the_landmarks_tell(facing_x):
    (shoe, middles), true = learnt(facing_x)
    assert shoe.length_px == pytest.approx(FOOT_PX, abs=3.0)
    assert np.std(middles - true, axis=0).max() < 0.6
    assert np.abs(np.mean(middles - true, axis=0)).max() < 2.5


@pytest.mark.parametrize("facing_x", [1, -1])
@pytest.mark.parametrize("turn_deg", [-35.0, -8.0, 0.0, 9.0, 22.0])
def test_a_turned_shoe_is_found_from_some_pixels_and_degrees_away(turn_deg, facing_x):
    shoe, middles = learnt(facing_x)[0]
    offset = np.mean(middles - learnt(facing_x)[1], axis=0)
    true = np.array([140.0, 146.0])
    finder = Finder(shoe, facing_x, cut(draw(true, turn_deg, facing_x=facing_x, seed=9), background(), true, 75.0))
    found, misfit = finder.find(np.array([true[0] + 6.0, true[1] - 5.0, turn_deg + 8.0]), wide=True)
    assert found[2] == pytest.approx(turn_deg, abs=1.2)
    assert found[:2] - offset == pytest.approx(true, abs=2.0)
    assert misfit < 0.35


def test_where_there_is_no_shoe_the_misfit_says_so():
    shoe, _ = learnt()[0]
    true = np.array([140.0, 146.0])
    start = np.array([*true, 0.0])
    bare = Finder(shoe, 1, cut(background(), background(), true, 75.0)).find(start)[1]
    worn = Finder(shoe, 1, cut(draw(true, 0.0), background(), true, 75.0)).find(start)[1]
    assert bare > 2.0 * worn


def test_a_shoe_in_the_colour_of_the_belt_is_not_learnt():
    dark = tuple(v + 2 for v in BELT)
    assert learnt(upper=dark, sole=dark)[0] is None


# --- a whole run --------------------------------------------------------------------------------------------------


@cache
def filmed():
    """A run with noisy landmarks, and its pictures with a shoe, longer than heel to toe, where the foot truly is."""
    clip = run_clip("side_right", fps=120.0, duration_s=3.0)
    pose = clip.pose
    heel, toe = pose.joint("heel", "right"), pose.joint("foot_index", "right")
    length = np.median(np.linalg.norm(toe - heel, axis=1))
    scale = FOOT_PX / (1.15 * length)
    turn = np.degrees(np.arctan2(heel[:, 1] - toe[:, 1], toe[:, 0] - heel[:, 0]))
    shown = np.percentile(0.5 * (heel + toe) * scale, [0, 100], axis=0) + np.array([(-90.0, -60.0), (90.0, 60.0)])
    middle = 0.5 * (heel + toe) * scale - shown[0]
    size = tuple(np.ceil(shown[1] - shown[0]).astype(int).tolist())
    belt_y = middle[:, 1].max() - 30.0
    places = enumerate(zip(middle, turn, strict=True))
    pictures = [draw(m, t, seed=k % 7, size=size, belt_y=belt_y) for k, (m, t) in places]
    rough = pose.xy_px * scale - shown[0] + np.random.default_rng(1).normal(0, 2.0, pose.xy_px.shape)
    spoilt = replace(pose, xy_px=rough, image_size_px=size, trusted_hips=False)
    return clip, spoilt, pictures, turn


def test_the_landings_of_a_run_are_those_of_its_shoe():
    clip, pose, pictures, turn = filmed()
    frames = [Frame(rgb, float(t), k) for k, (rgb, t) in enumerate(zip(pictures, pose.time_s, strict=True))]
    plan = plan_foot(pose)
    columns = follow_foot(frames, plan, background_of(pictures[::12]))
    seen = columns["near_foot_confidence"] > 0.4
    assert seen.sum() > 120
    off = (columns["near_foot_deg"] - turn)[seen]
    assert np.percentile(np.abs(off - np.median(off)), 90) < 1.5, "but for the angle of heel and toe in a flat foot"
    followed = replace(pose, extras={**pose.extras, **columns})
    camera = camera_view(followed)
    steps = find_steps(followed, camera, gait_rhythm(followed, camera))
    true = clip.times("right")
    late = [s.contact_s - true[np.abs(true - s.contact_s).argmin()] for s in steps if s.side == "right"]
    assert len(late) >= 3
    assert np.max(np.abs(late)) < 0.010


def test_no_foot_is_looked_for_from_behind_or_in_a_slow_film():
    assert plan_foot(run_clip("rear", fps=120.0, duration_s=4.0).pose) is None
    assert plan_foot(run_clip("side_right", fps=30.0, duration_s=4.0).pose) is None
