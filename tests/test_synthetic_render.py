"""The rendered athlete against the skeleton it was rendered from."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from formcheck.synthetic.anthropometry import body_of
from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body import STICKER_RADIUS_M, Body, build_body
from formcheck.synthetic.body_mesh import cut, polygonise
from formcheck.synthetic.body_paint import lay_over, paint_body
from formcheck.synthetic.body_raster import rasterise
from formcheck.synthetic.body_rest import rest_pose
from formcheck.synthetic.body_sdf import ellipsoid
from formcheck.synthetic.body_skin import make_poser
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.effects import Effects, apply_effects, noise_bank, tone_table
from formcheck.synthetic.render import make_studio, render_clip, render_frame, render_motion, scene_of
from formcheck.synthetic.rig import (
    Leg,
    Upper,
    assemble,
    foot_rotation,
    hip_centre,
    knee_centre,
    pelvis_rotation,
)
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.scenario import Scenario
from formcheck.synthetic.scenario import motion as movement
from formcheck.synthetic.scene import SceneSpec
from formcheck.synthetic.skeleton import SkeletonMotion
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import SIDES

PLAIN = Look(
    shoe_rgb=(120, 120, 120),
    top="tee",
    top_rgb=(230, 40, 40),
    bottom_rgb=(30, 60, 200),
    band_rgb=(30, 60, 200),
    loose_m=0.0,
)
BODY = body_of(1.70)
HIP_M = BODY.leg_length_m + BODY.ankle_height_m
HANG, CROSSED = (0.05, 0.15, 0.2, 0.0), (0.75, 0.15, 1.98, 1.22)


def pose(
    *,
    drop_deg=0.0,
    lean_deg=0.0,
    forward_deg=0.0,
    lowered_m=0.02,
    left_ankle=(0.0, 0.09, 0.0),
    right_ankle=(0.0, -0.09, 0.0),
    pelvis_xy=(0.0, 0.0),
    arms=HANG,
    n=1,
    drift_m=0.0,
) -> SkeletonMotion:
    """A hand-made pose held for `n` frames at 30 fps, carried `drift_m` forward a frame."""
    still = np.zeros(n)
    along = np.arange(n)[:, None] * np.array([drift_m, 0.0, 0.0])
    pelvis_m = np.array([*pelvis_xy, HIP_M - lowered_m]) + along
    pelvis = pelvis_rotation(axial=still, obliquity=still + np.radians(drop_deg), tilt=still)
    legs = {}
    for side, ankle in zip(SIDES, (left_ankle, right_ankle), strict=True):
        place = np.array(ankle) + np.array([0.0, 0.0, BODY.ankle_height_m]) + along
        hip = hip_centre(pelvis_m, pelvis, BODY, side)
        foot = foot_rotation(pitch=still - 1.2 * ankle[2], toe_out=still + 0.1, side=side)
        legs[side] = Leg(hip, knee_centre(hip, place, BODY, side=side), place, foot)
    swing, out, elbow, inward = (dict.fromkeys(SIDES, still + value) for value in arms)
    upper = Upper(
        lean_left=still + np.radians(lean_deg), lean_forward=still + np.radians(forward_deg), axial=still,
        arm_swing=swing, arm_out=out, elbow=elbow, forearm_in=inward, head_nod=still, head_turn=still,
    )  # fmt: skip
    return assemble(BODY, np.arange(n) / 30.0, pelvis_m=pelvis_m, pelvis=pelvis, legs=legs, upper=upper)


POSES = {
    "standing": pose(),
    "squat": pose(
        lowered_m=0.15,
        drop_deg=6,
        forward_deg=25,
        left_ankle=(-0.36, 0.10, 0.36),
        right_ankle=(0, -0.03, 0),
        pelvis_xy=(-0.10, -0.05),
        arms=CROSSED,
    ),
    "swing": pose(
        lowered_m=0.05,
        forward_deg=8,
        left_ankle=(-0.34, 0.06, 0.45),
        right_ankle=(0.04, -0.03, 0),
        arms=(0.4, 0.2, 1.6, 0.4),
    ),
}
STANDING = POSES["standing"]


@cache
def body_in(name: str) -> Body:
    """The plain athlete in one of `POSES`."""
    return build_body(STANDING, PLAIN) if name == "standing" else posed(POSES[name])


def posed(motion: SkeletonMotion) -> Body:
    """The plain athlete in another pose, without modelling it again."""
    return replace(body_in("standing"), poser=make_poser(motion, rest_pose(STANDING)))


def coverage(body: Body, camera: Camera) -> np.ndarray:
    """(H, W) 0 to 255, how much of each pixel the body covers."""
    layer, (x, y) = paint_body(body, 0, camera)
    full = np.zeros((camera.height_px, camera.width_px), np.float32)
    full[y : y + layer.shape[0], x : x + layer.shape[1]] = layer[..., 3]
    return full


def is_red(picture: np.ndarray) -> np.ndarray:
    """(H, W) where the shirt's red shows, and not skin."""
    return picture[..., 0] > 2.5 * picture[..., 1].astype(float) + 5


def hem_slope_deg(motion: SkeletonMotion, camera: Camera) -> float:
    """Slope of the boundary between red shirt and blue shorts, positive with the image's right side lower."""
    picture = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    lay_over(picture, *paint_body(posed(motion), 0, camera))
    red, blue = is_red(picture), picture[..., 2] > 2.0 * picture[..., 0]
    middle = camera.project(motion.joints_m["pelvis"])[0, 0]
    columns = np.arange(int(middle) - 35, int(middle) + 36)
    above, below = (
        np.array([pick(np.flatnonzero(mask[:, c])) for c in columns]) for pick, mask in ((max, red), (min, blue))
    )
    assert np.abs(above + 1 - below).max() <= 2
    return float(np.degrees(np.arctan(np.polyfit(columns, 0.5 * (above + below), 1)[0])))


@pytest.mark.parametrize("drop_deg", [-10.0, 0.0, 7.0])
@pytest.mark.parametrize("lean_deg", [-8.0, 8.0])
def test_hem_turns_with_the_pelvis_and_not_with_the_trunk(drop_deg, lean_deg):
    camera = Camera(view="rear", distance_m=4.0, height_m=HIP_M + 0.08, focal_px=1700)
    # Positive obliquity lifts the left hip, which lies at the left of the image from behind.
    assert hem_slope_deg(pose(drop_deg=drop_deg, lean_deg=lean_deg), camera) == pytest.approx(drop_deg, abs=0.6)


def test_hem_lies_on_the_iliac_crest():
    camera = Camera(view="rear", distance_m=4.0, height_m=HIP_M + 0.08)
    picture = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    lay_over(picture, *paint_body(body_in("standing"), 0, camera))
    x, hip_y = camera.project(STANDING.joints_m["pelvis"])[0]
    hem_y = np.flatnonzero(is_red(picture)[:, int(x)]).max()
    assert 0.08 <= (hip_y - hem_y) * camera.distance_m / camera.focal_px <= 0.13


@pytest.mark.parametrize("view", ["rear", "front", "side_right", "side_left"])
@pytest.mark.parametrize("name", POSES)
def test_body_covers_its_joints_in_one_piece_without_holes(view, name):
    motion, camera = POSES[name], Camera(view=view, distance_m=3.4)
    full = coverage(body_in(name), camera)
    for joint, points in motion.joints_m.items():
        x, y = camera.project(points)[0]
        if not joint.endswith(("heel", "toe")):
            assert full[int(y), int(x)] > 200, joint
    count, _, sizes, _ = cv2.connectedComponentsWithStats((full > 100).astype(np.uint8))
    assert count == 2, sizes[:, cv2.CC_STAT_AREA]
    yy, xx = np.mgrid[0 : camera.height_px, 0 : camera.width_px] + 0.5
    for joint in ("hip", "knee", "shoulder"):
        for side in SIDES:
            x, y = camera.project(motion.joints_m[f"{side}_{joint}"])[0]
            near = np.hypot(xx - x, yy - y) < 0.030 * camera.focal_px / camera.distance_m
            assert full[near].min() > 250, (side, joint)


@pytest.mark.parametrize("view", ["rear", "front"])
def test_stickers_show_where_the_pelvis_carries_them(view):
    motion, camera = pose(drop_deg=8.0, lean_deg=-5.0), Camera(view=view, distance_m=3.0, focal_px=1700)
    look = replace(PLAIN, stickers="both", sticker_rgb=(20, 255, 20))
    body = build_body(motion, look)
    assert set(body.stickers_m) == {"left_psis", "right_psis", "left_asis", "right_asis"}
    picture = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    lay_over(picture, *paint_body(body, 0, camera))
    green = ((picture[..., 1] > 80) & (picture[..., 0] < 60)).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(green)
    found = centres[1:][stats[1:, cv2.CC_STAT_AREA] > 40]
    wanted = [place for name, place in body.stickers_m.items() if name.endswith("psis") == (view == "rear")]
    assert len(found) == len(wanted) == 2
    rotation, origin = motion.rotations["pelvis"][0], motion.joints_m["pelvis"][0]
    for place in wanted:
        pixel = camera.project(rotation @ place + origin)
        nearest = np.linalg.norm(found + 0.5 - pixel, axis=1).min()
        assert nearest < 0.35 * STICKER_RADIUS_M * camera.focal_px / camera.distance_m


def test_planted_shoe_stands_on_the_floor():
    camera = Camera(view="side_right", distance_m=3.4, height_m=0.02)
    rows = np.flatnonzero(coverage(body_in("standing"), camera).max(axis=1) > 128)
    floor_y = camera.project(np.array([0.0, -0.09, 0.0]))[1]
    assert rows.max() == pytest.approx(floor_y, abs=2.5)


def test_height_of_the_rendered_body_is_that_of_the_athlete():
    camera = Camera(view="front", distance_m=6.0, height_m=0.85)
    rows = np.flatnonzero(coverage(body_in("standing"), camera).max(axis=1) > 128)
    assert (rows.max() - rows.min()) * camera.distance_m / camera.focal_px == pytest.approx(1.71, abs=0.04)


def test_same_arguments_give_the_same_frames():
    motion, camera = (
        pose(n=2, drift_m=0.02),
        Camera(view="side_left", shake_px=1.5, seed=3, width_px=360, height_px=640, focal_px=560),
    )
    options = {
        "look": Look.from_seed(5, sex="m"),
        "scene": SceneSpec.from_seed(5, treadmill=True, belt_speed_m_s=3.0, bystander="walking"),
        "effects": Effects(exposure_s=0.01, noise=3.0, brightness=0.8, seed=2),
    }
    first, again = (list(render_motion(motion, camera, **options)) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert a.shape == (camera.height_px, camera.width_px, 3)
        assert a.dtype == np.uint8
        assert np.array_equal(a, b)
    assert not np.array_equal(first[0], first[1])


def test_step_reaches_to_the_standing_toe_and_takes_its_shadow():
    plan = SquatParameters(n_reps=1, step_height_m=0.20)
    scenario = Scenario("step", "step_down", Camera("front"), squat=plan)
    spec = scene_of(scenario)
    feet = movement(scenario).joints_m
    toe = feet[f"{plan.leg}_toe"][0]
    assert spec.box_m is not None
    assert spec.box_m[1] - 0.03 <= toe[0] <= spec.box_m[1]
    assert spec.ground_z_m(toe[0] - 0.05, toe[1]) == toe[2] == pytest.approx(0.20)
    assert spec.ground_z_m(toe[0] + 0.2, toe[1]) == 0.0


def test_scenario_sets_its_own_look_room_and_faults():
    small = Camera("front", width_px=180, height_px=320, focal_px=280)
    scenario = Scenario(
        "run", "treadmill_front", small, fps=60, duration_s=0.1, run=RunParameters(speed_mps=3.1),
        look={"top_rgb": (250, 10, 250), "top": "tee"}, scene={"wall_m": 2.0}, effects={"noise": 0.0},
    )  # fmt: skip
    spec = scene_of(scenario)
    assert (spec.treadmill, spec.belt_speed_m_s, spec.console, spec.wall_m) == (True, 3.1, "low", 2.0)
    frames = list(render_clip(scenario, movement(scenario)))
    assert len(frames) == 6
    assert frames[0].shape == (320, 180, 3)
    assert np.count_nonzero(frames[0][..., 2] > 4.0 * frames[0][..., 1]) > 500


def test_seeds_give_different_people():
    looks = [Look.from_seed(seed, sex="f") for seed in range(12)]
    assert len({look.skin_rgb for look in looks}) >= 4
    assert len({(look.top, look.bottom) for look in looks}) >= 6
    assert Look.from_seed(4, tucked=False).tucked is False


def test_near_post_hides_part_of_a_leg():
    camera = Camera(view="side_right", distance_m=3.4)
    spec = SceneSpec(treadmill=True, near_post_x_m=0.02)
    with_post = render_frame(make_studio(STANDING, camera, look=PLAIN, scene=spec, effects=Effects(noise=0)), 0)
    spec = replace(spec, near_post_x_m=0.86)
    without = render_frame(make_studio(STANDING, camera, look=PLAIN, scene=spec, effects=Effects(noise=0)), 0)
    x, y = camera.project(np.array([0.02, -0.42, 0.45])).astype(int)
    assert np.abs(with_post[y, x].astype(int) - without[y, x]).max() > 20


def test_open_shutter_smears_a_moving_body():
    camera = Camera(view="side_right", distance_m=3.4)
    moving = pose(n=3, drift_m=0.10)
    body = posed(moving)
    sharp, _ = paint_body(body, 1, camera)
    smeared, _ = paint_body(body, 1, camera, shutter=0.5)
    half_sharp, half_smeared = (
        np.count_nonzero((layer[..., 3] > 40) & (layer[..., 3] < 215)) for layer in (sharp, smeared)
    )
    assert half_smeared > 3 * half_sharp
    assert smeared[..., 3].sum() == pytest.approx(sharp[..., 3].sum(), rel=0.03)


def test_effects_change_tone_and_add_noise_of_the_stated_size():
    grey = np.full((80, 90, 3), 120, np.uint8)
    dim = Effects(brightness=0.5, noise=0)
    assert apply_effects(grey, dim, 0, bank=None, tones=tone_table(dim)).mean() == pytest.approx(60, abs=1)
    noisy = Effects(noise=6.0)
    bank = noise_bank(noisy, 80, 90)
    frames = [apply_effects(grey, noisy, k, bank=bank, tones=None).astype(float) for k in (0, 1)]
    assert np.std(frames[0]) == pytest.approx(6.0, rel=0.15)
    assert np.std(frames[0] - frames[1]) > 4.0


def test_nearer_triangle_wins_whatever_the_order():
    xy = np.array([[0, 0], [0, 20], [20, 0], [0, 0], [0, 20], [20, 0]], np.float32)
    depth = np.array([2, 2, 2, 1, 1, 1], np.float32)
    for order in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        hits = rasterise(xy, depth, np.array(order), (20, 20))
        assert {order[t][0] for t in np.unique(hits.triangle)} == {3}
        assert len(hits.pixel) == len(np.unique(hits.pixel)) == pytest.approx(200, abs=15)
        assert np.allclose(hits.weights.sum(axis=1), 1.0, atol=1e-5)


def test_triangles_turned_away_are_not_drawn():
    xy = np.array([[0, 0], [0, 20], [20, 0]], np.float32)
    assert len(rasterise(xy, np.ones(3, np.float32), np.array([[0, 2, 1]]), (20, 20)).pixel) == 0


def test_polygonised_ball_is_closed_and_cut_along_a_plane():
    mesh = polygonise(ellipsoid((0, 0, 0), (0.1, 0.1, 0.1)), (-0.15,) * 3, (0.15,) * 3, 0.02)
    assert np.linalg.norm(mesh.vertices_m, axis=1) == pytest.approx(0.1, abs=2e-3)
    a, b, c = (mesh.vertices_m[mesh.triangles[:, k]] for k in range(3))
    volume = np.einsum("ti,ti->t", a, np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 0.1**3, rel=0.05)
    edges = np.sort(
        np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]]), axis=1
    )
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    halves = cut(mesh, lambda p: p[:, 2] - 0.013)
    z = halves.vertices_m[halves.triangles][..., 2] - 0.013
    assert not ((z.min(axis=1) < -1.5e-3) & (z.max(axis=1) > 1.5e-3)).any()
    assert len(halves.triangles) > len(mesh.triangles)


@pytest.mark.slow
@pytest.mark.parametrize("view", ["rear", "front", "side_right", "side_left"])
def test_mediapipe_sees_the_athlete_with_hips_in_place(view):
    mediapipe = pytest.importorskip("mediapipe")
    camera = Camera(view=view, distance_m=3.4)
    with mediapipe.solutions.pose.Pose(static_image_mode=True, model_complexity=1) as model:
        for seed, motion in enumerate(POSES.values()):
            studio = make_studio(motion, camera, look=Look.from_seed(seed), scene=SceneSpec.from_seed(seed))
            found = model.process(render_frame(studio, 0)).pose_landmarks
            assert found is not None, seed
            hips = np.array(
                [[found.landmark[k].x * camera.width_px, found.landmark[k].y * camera.height_px] for k in (23, 24)]
            )
            true = camera.project(motion.joints_m["pelvis"])[0]
            assert np.linalg.norm(hips.mean(axis=0) - true) < 0.06 * camera.focal_px / camera.distance_m
