"""Every gate of the recording: good clips pass, each fault is named by its own check and no other."""

from dataclasses import replace

import numpy as np
import pytest
from motions import run_clip, squat_clip

from formcheck import quality, signals
from formcheck.landmarks import Landmark
from formcheck.protocols import running_frontal, running_side, squat
from formcheck.protocols.common import Clip
from formcheck.quality import Gate, check_quality, is_limited
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import QualityCheck
from formcheck.view import camera_view

HIGH = Gate("x", "X", "deg", 2.0, 6.0, "do better")
LOW = Gate("x", "X", "%", 60.0, 20.0, "do better", high_is_bad=False)


def closer(pose):
    """The clip from nearer by, so that the athlete fills the picture as the guide asks."""
    centre = np.array([360.0, 660.0])
    return replace(pose, xy_px=centre + 1.6 * (pose.xy_px - centre))


def checks(pose, protocol):
    camera = camera_view(pose)
    clip = Clip(signals.repair_swaps(pose), camera)
    if protocol in ("single_leg_squat", "step_down"):
        measured = squat.measure(clip, protocol, None)
    else:
        measured = (running_side if camera.view == "side" else running_frontal).measure(clip)
    return {c.id: c for c in check_quality(measured, pose, camera, protocol)}


def good_squat():
    return closer(squat_clip(SquatParameters(n_reps=4)).pose)


def with_column(name, value):
    pose = good_squat()
    return replace(pose, extras={name: np.full(len(pose), value)})


def faults(found):
    return {c.id: c.band for c in found.values() if c.band != "ok"}


# --- a gate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "value", "band"),
    [
        (HIGH, 0.0, "ok"), (HIGH, 2.0, "ok"), (HIGH, 2.1, "warn"), (HIGH, 6.0, "warn"), (HIGH, 6.1, "fail"),
        (LOW, 99.0, "ok"), (LOW, 60.0, "ok"), (LOW, 59.0, "warn"), (LOW, 20.0, "warn"), (LOW, 19.0, "fail"),
    ],
)  # fmt: skip
def test_bands_of_a_gate(gate, value, band):
    found = gate.check(value)
    assert (found.value, found.band, found.limit) == (value, band, gate.ok)
    assert found.advice == ("" if band == "ok" else "do better")


def test_what_cannot_be_judged_passes_without_a_value_and_says_so():
    found = HIGH.check(float("nan"))
    assert (found.value, found.band) == (None, "ok")
    assert "could not be judged" in found.advice


GATES = [value for value in vars(quality).values() if isinstance(value, Gate)]


@pytest.mark.parametrize("gate", GATES, ids=lambda g: f"{g.id}-{g.unit}")
def test_every_gate_has_one_line_of_advice_and_limits_in_order(gate):
    assert gate.label
    assert gate.advice
    assert "\n" not in gate.advice
    assert (gate.ok < gate.fail) == gate.high_is_bad


# --- clips --------------------------------------------------------------------------------------------------------


def test_a_good_squat_has_no_fault():
    found = checks(good_squat(), "single_leg_squat")
    assert faults(found) == {}
    assert found["cycles"].value == 4.0
    assert found["distance"].value > 45.0


@pytest.mark.parametrize(("view", "protocol"), [("rear", "treadmill_rear"), ("side_right", "treadmill_side")])
def test_a_good_run_has_no_fault(view, protocol):
    assert faults(checks(closer(run_clip(view, fps=120.0).pose), protocol)) == {}


@pytest.mark.parametrize(
    ("column", "value", "check", "band"),
    [
        ("scene_roll_deg", -4.0, "roll", "warn"),
        ("scene_roll_deg", 9.0, "roll", "fail"),
        ("scene_roll_deg", 0.5, "roll", "ok"),
        ("scene_pitch_deg", -9.0, "pitch", "warn"),
        ("scene_pitch_deg", 22.0, "pitch", "fail"),
        ("camera_yaw_deg", -1.5, "yaw", "ok"),
        ("camera_yaw_deg", 6.0, "yaw", "warn"),
        ("camera_yaw_deg", -30.0, "yaw", "fail"),
    ],
)
def test_tilt_of_the_camera(column, value, check, band):
    found = checks(with_column(column, value), "single_leg_squat")
    assert found[check].band == band
    assert found[check].value == pytest.approx(abs(value))
    assert set(faults(found)) <= {check}


@pytest.mark.parametrize(
    ("scale", "band"), [(1.6, "ok"), (0.9, "warn"), (0.4, "fail")]
)  # fmt: skip
def test_an_athlete_too_far_away(scale, band):
    pose = squat_clip(SquatParameters(n_reps=4)).pose
    centre = np.array([360.0, 660.0])
    found = checks(replace(pose, xy_px=centre + scale * (pose.xy_px - centre)), "single_leg_squat")
    assert found["distance"].band == band


@pytest.mark.parametrize(("shift_px", "band"), [(0.0, "ok"), (400.0, "fail")])
def test_feet_out_of_the_picture(shift_px, band):
    pose = good_squat()
    found = checks(replace(pose, xy_px=pose.xy_px + np.array([0.0, shift_px])), "single_leg_squat")
    assert found["framing"].band == band


def test_without_the_size_of_the_picture_framing_is_not_judged():
    found = checks(replace(good_squat(), image_size_px=None), "single_leg_squat")
    assert found["framing"].value is None
    assert found["distance"].value is None
    assert faults(found) == {}


@pytest.mark.parametrize(("fps", "band"), [(30.0, "warn"), (60.0, "ok"), (120.0, "ok")])
def test_frame_rate_of_a_run(fps, band):
    found = checks(closer(run_clip("rear", fps=fps).pose), "treadmill_rear")
    assert found["frame_rate"].band == band
    assert found["frame_rate"].value == pytest.approx(fps, rel=0.01)


def test_thirty_frames_a_second_are_enough_for_a_squat():
    assert checks(good_squat(), "single_leg_squat")["frame_rate"].band == "ok"


@pytest.mark.parametrize(("visibility", "band"), [(0.95, "ok"), (0.5, "warn"), (0.2, "fail")])
def test_certainty_of_the_joints(visibility, band):
    pose = good_squat()
    found = checks(replace(pose, visibility=np.full_like(pose.visibility, visibility)), "single_leg_squat")
    assert found["visibility"].band == band


def test_from_the_side_only_the_near_joints_have_to_be_certain():
    pose = closer(run_clip("side_right", fps=60.0).pose)
    visibility = pose.visibility.copy()
    visibility[:, [lm for lm in Landmark if lm.name.startswith("LEFT_")]] = 0.2
    assert checks(replace(pose, visibility=visibility), "treadmill_side")["visibility"].band == "ok"


@pytest.mark.parametrize(("lost", "band"), [(0.0, "ok"), (0.2, "warn"), (0.5, "fail")])
def test_frames_without_the_athlete(lost, band):
    pose = good_squat()
    xy = pose.xy_px.copy()
    xy[: int(lost * len(pose))] = np.nan
    found = checks(replace(pose, xy_px=xy), "single_leg_squat")
    assert found["tracked"].band == band
    assert found["tracked"].value == pytest.approx(100.0 * (1.0 - lost), abs=0.5)


def test_too_few_steps():
    pose = closer(run_clip("rear", fps=60.0, duration_s=3.0).pose)
    found = checks(pose, "treadmill_rear")
    assert found["cycles"].band == "warn"
    assert found["cycles"].value in (3.0, 4.0)


def test_no_repetition_fails():
    pose = good_squat()
    still = replace(pose, xy_px=np.repeat(pose.xy_px[:1], len(pose), axis=0))
    assert checks(still, "single_leg_squat")["cycles"].band == "fail"


@pytest.mark.parametrize(("column", "dark"), [("image_brightness", 0.02), ("image_sharpness", 0.01)])
def test_dark_and_blurred_pictures(column, dark):
    check = {"image_brightness": "light", "image_sharpness": "blur"}[column]
    assert checks(with_column(column, dark), "single_leg_squat")[check].band == "fail"
    assert checks(with_column(column, 0.6), "single_leg_squat")[check].band == "ok"


def test_the_worst_comes_first():
    pose = good_squat()
    pose = replace(
        pose, visibility=np.full_like(pose.visibility, 0.5), extras={"scene_roll_deg": np.full(len(pose), 9.0)}
    )
    camera = camera_view(pose)
    measured = squat.measure(Clip(pose, camera), "single_leg_squat", None)
    bands = [c.band for c in check_quality(measured, pose, camera, "single_leg_squat")]
    assert bands[:2] == ["fail", "warn"]
    assert bands == sorted(bands, key=["fail", "warn", "ok"].index)


def test_a_recording_with_a_fault_is_limited_whatever_its_frame_rate_and_length():
    good = check_with_band("ok")
    assert not is_limited([good])
    assert is_limited([good, check_with_band("warn", "light")])
    assert is_limited([check_with_band("fail", "yaw")])
    assert not is_limited([check_with_band("warn", "frame_rate"), check_with_band("fail", "cycles")])


def check_with_band(band, name="roll"):
    return QualityCheck(name, name, 1.0, "", 0.0, band, "")
