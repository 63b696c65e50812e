"""The mirrored reading: a model that errs on left and right is told from an athlete who is uneven."""

from dataclasses import replace

import numpy as np
import pytest
from motions import BODY, CAMERAS, squat_clip

from formcheck.athlete import Candidates, body_yaw
from formcheck.geometry import bend_deg, lean_deg
from formcheck.landmarks import MIRROR, side_landmark
from formcheck.synthetic.mediapipe_points import landmarks_m, perfect_pose
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.running import runner_of
from formcheck.tracking import mirror_readings
from formcheck.types import SIDES

MODEL_TURN_DEG, MODEL_KNEE_PX, MODEL_LEAN_PX = 4.5, 3.0, 4.0
MOTION = runner_of(BODY, RunParameters(), 3.0).at(np.arange(40) / 15.0)


def read(xy_px, world_m):
    """What a model makes of points: the body turned, left knee and both shoulders shifted to the image's right."""
    c, s = np.cos(np.radians(MODEL_TURN_DEG)), np.sin(np.radians(MODEL_TURN_DEG))
    turned = world_m @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    shifted = xy_px.copy()
    shifted[:, side_landmark("knee", "left"), 0] += MODEL_KNEE_PX
    shifted[:, [side_landmark("shoulder", side) for side in SIDES], 0] += MODEL_LEAN_PX
    return shifted, turned


def clip(view, yaw_deg):
    """A run as the model reads it straight and in a mirror, and the true points in the image."""
    camera = replace(CAMERAS[view], yaw_deg=yaw_deg)
    points = landmarks_m(MOTION)
    pose, world = perfect_pose(MOTION, camera), camera.to_camera(points)
    world = world - world.mean(axis=1, keepdims=True)
    xy, turned = read(pose.xy_px, world)
    direct = replace(pose, xy_px=xy, extras={"body_yaw_deg": body_yaw(turned)[0]})
    width = camera.width_px
    flipped = read((pose.xy_px * (-1, 1) + (width, 0))[:, MIRROR], (world * (-1, 1, 1))[:, MIRROR])
    bystander = [values + 300.0 for values in flipped]
    xy, turned = (np.stack([b, f], axis=1) for f, b in zip(flipped, bystander, strict=True))
    ones = np.ones((len(pose), 2))
    mirrored = Candidates(pose.time_s, xy, np.ones(xy.shape[:3]), turned, ones, ones, pose.image_size_px or (1, 1))
    return direct, mirrored, pose


@pytest.mark.parametrize("view", ["front", "rear"])
@pytest.mark.parametrize("yaw_deg", [-3.0, 0.0, 2.0])
def test_the_cameras_yaw_without_the_models_own_turn(view, yaw_deg):
    direct, mirrored, _ = clip(view, yaw_deg)
    assert abs(np.median(direct.extra("body_yaw_deg")) + yaw_deg) > 3.0
    # the athlete's own swing of shoulders and hips does not cancel wholly in 40 frames
    assert mirror_readings(direct, mirrored)["camera_yaw_deg"] == pytest.approx(yaw_deg, abs=0.8)


def test_the_cameras_yaw_is_told_by_an_athlete_who_stands_not_by_one_who_turns_at_the_bottom():
    direct, mirrored, _ = clip("front", 2.0)
    hips = direct.midpoint("hip")[:, 1]
    turn_deg = np.where(hips > np.quantile(hips, 0.4), 12.0, 0.0)
    turned = replace(direct, extras={"body_yaw_deg": direct.extra("body_yaw_deg") + turn_deg})
    told, told_of_turning = (mirror_readings(d, mirrored)["camera_yaw_deg"] for d in (direct, turned))
    assert told_of_turning == pytest.approx(told, abs=0.01)


@pytest.mark.parametrize("view", ["front", "rear"])
def test_a_knee_shifted_by_the_model_is_shifted_halfway_back_and_the_other_leg_alike(view):
    direct, mirrored, true = clip(view, 0.0)
    told = mirror_readings(direct, mirrored)
    bends = {}
    for side in SIDES:
        joints = [side_landmark(joint, side) for joint in ("hip", "knee", "ankle")]
        ankle, free = (true.joint("ankle", s)[:, 1] for s in (side, "right" if side == "left" else "left"))
        read_deg, true_deg = (bend_deg(*(p.xy_px[:, j] for j in joints)) for p in (direct, true))
        bends[side] = np.median((read_deg + told[f"{side}_mirror_bend_deg"] - true_deg)[ankle > free])
    # Half of the left knee's error stays, the right leg gets as much the other way: alike towards the midline.
    assert bends["left"] == pytest.approx(-bends["right"], abs=0.2)


def test_a_trunk_that_the_model_leans_is_set_upright():
    direct, mirrored, true = clip("front", 0.0)
    lean, true_lean = (lean_deg(p.midpoint("hip"), p.midpoint("shoulder")) for p in (direct, true))
    assert np.median(lean - true_lean) > 1.0
    shift = mirror_readings(direct, mirrored)["trunk_mirror_lean_deg"]
    assert np.median(lean - true_lean) + shift == pytest.approx(0.0, abs=0.05)


def test_too_few_frames_tell_nothing():
    direct, mirrored, _ = clip("front", 2.0)
    few = Candidates(
        *(
            getattr(mirrored, name)[:7]
            for name in ("time_s", "xy_px", "visibility", "world_m", "sharpness", "brightness")
        ),
        mirrored.image_size_px,
    )
    assert np.isnan(list(mirror_readings(direct, few).values())).all()


def test_an_athlete_who_is_not_in_the_mirror_tells_nothing():
    pose = squat_clip().pose
    nobody = np.full((40, 1, 33, 2), np.nan)
    unseen = np.full((40, 1), np.nan)
    times = pose.time_s[:40]
    mirrored = Candidates(times, nobody, nobody[..., 0], np.full((40, 1, 33, 3), np.nan), unseen, unseen, (720, 1280))
    assert np.isnan(mirror_readings(pose, mirrored)["camera_yaw_deg"])
