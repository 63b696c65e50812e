"""The pelvis' tilt on rendered athletes against their true pelvic drop."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.pixels import COLUMN_NAMES, finish, learn, measure_frame
from formcheck.synthetic.anthropometry import body_of
from formcheck.synthetic.appearance import Look
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.effects import Effects
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.render import make_studio, render_frame
from formcheck.synthetic.run_plan import RunParameters
from formcheck.synthetic.running import runner_of
from formcheck.synthetic.scene import SceneSpec
from formcheck.synthetic.squat import squatter_of
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import Frame

pytestmark = pytest.mark.slow
LANDMARK_NOISE_PX = 6.0


def _squat():
    parameters = SquatParameters(n_reps=3, pelvic_drop_deg=9.0, pelvic_drop_drift_deg=4.0, trunk_lean_deg=8.0)
    squatter = squatter_of(body_of(1.70), parameters)
    motion = squatter.at(np.linspace(0.0, float(squatter.plan.begin_s[-1]) + 2.0, 30))
    return motion, Camera("front", distance_m=3.2, height_m=0.85), SceneSpec(seed=3)


def _run():
    motion = runner_of(body_of(1.70), RunParameters(), 2.0).at(np.linspace(0.1, 1.6, 30))
    return motion, Camera("rear", distance_m=3.3, height_m=1.0), SceneSpec(seed=3, treadmill=True, belt_speed_m_s=2.8)


def _measured(motion, camera, scene, look):
    studio = make_studio(motion, camera, look=look, scene=scene, effects=Effects(noise=3.0))
    pose = perfect_pose(motion, camera, noise_px=LANDMARK_NOISE_PX)
    frames = [Frame(render_frame(studio, i), float(t), i) for i, t in enumerate(motion.time_s)]
    model = learn(frames, pose)
    rows = [measure_frame(f.rgb, xy, model) for f, xy in zip(frames, pose.xy_px, strict=True)]
    return finish({name: np.array([row[name] for row in rows]) for name in COLUMN_NAMES}, pose)


def _true_tilt_deg(motion, view: str) -> np.ndarray:
    """Tilt of the line between the hip joint centres as an ideal square camera sees it."""
    left, right = motion.joints_m["left_hip"], motion.joints_m["right_hip"]
    line = (right - left) if view == "rear" else (left - right)
    return np.degrees(np.arctan2(-line[:, 2], np.abs(line[:, 1])))


@pytest.mark.parametrize("act", [_squat, _run], ids=["squat from the front", "running from behind"])
def test_waistline_and_stickers_follow_the_true_drop(act):
    motion, camera, scene = act()
    truth = _true_tilt_deg(motion, camera.view)
    look = Look(top_rgb=(42, 98, 176), bottom_rgb=(26, 28, 34), band_rgb=(26, 28, 34), stickers="both")
    columns = _measured(motion, camera, scene, look)
    for line, most in (("pelvis_line", 1.0), ("sticker_line", 0.5)):
        sure = columns[f"{line}_confidence"] >= 0.5
        assert sure.mean() > 0.8, line
        off = columns[f"{line}_deg"][sure] - truth[sure]
        assert np.abs(off).mean() < most, line
        assert np.polyfit(truth[sure], columns[f"{line}_deg"][sure], 1)[0] == pytest.approx(1.0, abs=0.15), line


@pytest.mark.parametrize(
    "look",
    [
        Look(tucked=False, loose_m=0.022, top_rgb=(42, 98, 176), bottom_rgb=(26, 28, 34), band_rgb=(26, 28, 34)),
        Look(top_rgb=(30, 32, 38), bottom_rgb=(26, 28, 34), band_rgb=(26, 28, 34)),
    ],
    ids=["hanging shirt", "one colour"],
)
def test_kit_that_does_not_show_the_pelvis_is_refused(look):
    columns = _measured(*_run(), look)
    assert (columns["pelvis_line_confidence"] < 0.5).all()
    assert (columns["sticker_line_confidence"] == 0).all()
