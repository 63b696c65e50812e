"""Single-leg squats and step-downs of synthetic athletes: repetitions exact, angles near their truth."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from motions import CAMERAS, SquatClip, mirrored, squat_clip

from formcheck import signals
from formcheck.landmarks import Landmark, side_landmark
from formcheck.protocols import squat
from formcheck.protocols.common import Clip
from formcheck.protocols.leg_bend import leg_bend
from formcheck.protocols.squat_repetitions import planted_repetitions
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.synthetic.truth_squat import repetitions, squat_metrics
from formcheck.types import Protocol, other_side
from formcheck.view import camera_view

FRONTAL = ("knee_fppa_deg", "pelvic_drop_deg", "hip_adduction_deg", "trunk_lean_deg")
DRIFTS = ("fppa_drift_deg", "pelvic_drop_drift_deg", "trunk_lean_drift_deg")
FULL = SquatParameters(n_reps=20)
STEP = SquatParameters(n_reps=5, step_height_m=0.2, rep_s=2.6, pause_s=0.5)
SHORT = SquatParameters(n_reps=6)


def measured_pose(pose, protocol: Protocol = "single_leg_squat", leg=None):
    return squat.measure(Clip(signals.repair_swaps(pose), camera_view(pose)), protocol, leg)


@cache
def measured(clip_key, protocol: Protocol = "single_leg_squat"):
    parameters, view, fps, noise_px = clip_key
    return measured_pose(squat_clip(parameters, view=view, fps=fps, noise_px=noise_px).pose, protocol)


def measure(parameters, *, view="front", fps=30.0, noise_px=0.0, protocol="single_leg_squat"):
    return measured((parameters, view, fps, noise_px), protocol)


def value(result, metric_id):
    return next(m.value for m in result.metrics if m.id == metric_id)


def metric(result, metric_id):
    return next(m for m in result.metrics if m.id == metric_id)


def truth(clip: SquatClip) -> dict:
    return {row["id"]: row["value"] for row in squat_metrics(clip.athlete)}


def true_times(clip: SquatClip, name: str) -> np.ndarray:
    return getattr(clip.athlete.plan, name)[repetitions(clip.athlete)]


# --- counts -------------------------------------------------------------------------------------------------------

COUNTED = {
    "plain": SHORT,
    "right": replace(SHORT, leg="right"),
    "quick": replace(SHORT, rep_s=1.3, pause_s=0.05),
    "slow": replace(SHORT, rep_s=4.5, n_reps=4),
    "long pauses": replace(SHORT, long_pauses=(1, 3), long_pause_s=6.0),
    "deep": replace(SHORT, depth_deg=95.0, trunk_flexion_deg=35.0),
    "wobbly": replace(SHORT, wobble=3.0),
    "valgus": replace(SHORT, knee_fppa_deg=20.0, pelvic_drop_deg=12.0, trunk_lean_deg=10.0, hip_adduction_deg=22.0),
    "shallow 22": replace(SHORT, shallow=(1, 4), shallow_depth_deg=22.0),
    "shallow 30": replace(SHORT, shallow=(0, 5), shallow_depth_deg=30.0),
    "shallow 40": replace(SHORT, shallow=(2, 3), shallow_depth_deg=40.0),
    "dips": replace(SHORT, dips=(0, 2, 5)),
    "touch-downs": replace(SHORT, touchdowns=(1, 4)),
    "all at once": replace(
        FULL, n_reps=12, shallow=(3,), dips=(4,), long_pauses=(6,), touchdowns=(8,), wobble=2.0, fppa_drift_deg=5.0
    ),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("noise_px", [0.0, 1.0])
def test_repetitions_are_counted_exactly(name, noise_px):
    result = measure(COUNTED[name], noise_px=noise_px)
    expected = truth(squat_clip(COUNTED[name]))
    for metric_id in ("reps_total", "reps_valid", "touchdowns"):
        assert value(result, metric_id) == expected[metric_id]


@pytest.mark.parametrize("view", ["front", "rear", "side_left"])
@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_counts_do_not_depend_on_view_and_frame_rate(view, fps):
    result = measure(COUNTED["shallow 30"], view=view, fps=fps)
    assert (value(result, "reps_total"), value(result, "reps_valid")) == (6.0, 4.0)


@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("view", ["front", "rear"])
def test_step_downs_are_counted_on_the_leg_that_stands_on_the_step(leg, view):
    result = measure(replace(STEP, leg=leg), view=view, protocol="step_down")
    assert result.leg == leg
    assert value(result, "reps_total") == 5.0
    assert value(result, "reps_valid") == 5.0


def test_a_shallow_repetition_says_why_it_is_not_valid():
    reasons = [c.reason for c in measure(COUNTED["shallow 30"]).cycles]
    assert ["not deep enough" in r for r in reasons] == [True, False, False, False, False, True]
    assert [c.valid for c in measure(COUNTED["shallow 30"]).cycles] == [False, True, True, True, True, False]


def test_a_touch_down_is_an_event_of_the_free_foot_at_its_moment():
    clip = squat_clip(COUNTED["touch-downs"])
    result = measure(COUNTED["touch-downs"])
    events = [e for e in result.events if e.kind == "touchdown"]
    assert [e.side for e in events] == [other_side("left")] * 2
    true = clip.athlete.plan.touch_s
    np.testing.assert_allclose([e.time_s for e in events], true[np.isfinite(true)], atol=0.15)
    assert ["touched the floor" in c.reason for c in result.cycles] == [False, True, False, False, True, False]


def test_a_hop_makes_a_repetition_invalid():
    clip = squat_clip(SHORT)
    xy = clip.pose.xy_px.copy()
    at = clip.athlete.plan.bottom_s[2]
    hop = np.clip((clip.pose.time_s - at) / 0.15, 0.0, 1.0)
    xy[..., 0] += 30.0 * hop[:, None]
    result = measured_pose(replace(clip.pose, xy_px=xy))
    assert value(result, "reps_total") == 6.0
    assert [c.valid for c in result.cycles] == [True, True, False, True, True, True]
    assert "balance" in result.cycles[2].reason


def test_a_head_that_is_out_of_sight_for_a_while_adds_no_repetition():
    clip = squat_clip(SHORT)
    visibility = clip.pose.visibility.copy()
    rows = (clip.pose.time_s % 2.3) < 0.8
    visibility[np.ix_(rows, np.arange(Landmark.MOUTH_RIGHT + 1))] = 0.02
    pose = signals.mask_low_visibility(replace(clip.pose, visibility=visibility))
    result = measured_pose(pose)
    assert (value(result, "reps_total"), value(result, "reps_valid")) == (6.0, 6.0)


def test_a_free_foot_out_of_sight_does_not_stop_the_count():
    clip = squat_clip(SHORT)
    xy = clip.pose.xy_px.copy()
    for name in ("RIGHT_HEEL", "RIGHT_FOOT_INDEX"):
        xy[::3, Landmark[name]] = np.nan
    result = measured_pose(replace(clip.pose, xy_px=xy))
    assert value(result, "reps_valid") == 6.0


# --- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "quick", "long pauses", "valgus"])
def test_start_bottom_and_end_of_each_repetition(name):
    clip, result = squat_clip(COUNTED[name]), measure(COUNTED[name])
    for kind, true, within_s in (
        ("rep_start", "start_s", 0.15),
        ("rep_bottom", "bottom_s", 0.05),
        ("rep_end", "end_s", 0.15),
    ):
        found = np.array([e.time_s for e in result.events if e.kind == kind])
        errors = np.abs(found - true_times(clip, true))
        assert np.median(errors) < 0.6 * within_s
        assert np.max(errors) < within_s
    assert value(result, "rep_duration_s") == pytest.approx(truth(clip)["rep_duration_s"], abs=0.15)


def test_events_are_in_order_and_on_their_frames():
    result = measure(SHORT)
    times = [e.time_s for e in result.events]
    assert times == sorted(times)
    time_s = result.pose.time_s
    assert all(abs(time_s[e.frame] - e.time_s) <= 0.5 / 30.0 + 1e-9 for e in result.events)
    assert {e.side for e in result.events} == {"left"}


# --- angles -------------------------------------------------------------------------------------------------------

SHAPES = {
    "upright": replace(FULL, n_reps=10),
    "valgus": replace(
        FULL, n_reps=10, knee_fppa_deg=16.0, pelvic_drop_deg=11.0, hip_adduction_deg=20.0, trunk_lean_deg=9.0
    ),
    "varus": replace(FULL, n_reps=10, knee_fppa_deg=-6.0, hip_adduction_deg=4.0, pelvic_drop_deg=2.0),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("view", ["front", "rear"])
def test_frontal_angles_at_the_lowest_point(name, leg, view):
    parameters = replace(SHAPES[name], leg=leg)
    result, expected = measure(parameters, view=view), truth(squat_clip(parameters))
    for metric_id in FRONTAL:
        assert value(result, metric_id) == pytest.approx(expected[metric_id], abs=3.0), metric_id
    assert value(result, "squat_depth_deg") == pytest.approx(expected["squat_depth_deg"], abs=6.0)


@pytest.mark.parametrize("leg", ["left", "right"])
def test_frontal_angles_of_a_step_down(leg):
    parameters = replace(STEP, leg=leg, knee_fppa_deg=13.0, pelvic_drop_deg=8.0, hip_adduction_deg=16.0)
    result, expected = measure(parameters, protocol="step_down"), truth(squat_clip(parameters))
    for metric_id in FRONTAL:
        assert value(result, metric_id) == pytest.approx(expected[metric_id], abs=4.0), metric_id


def test_knee_flexion_from_the_side():
    for view in ("side_left", "side_right"):
        result, expected = measure(SHORT, view=view), truth(squat_clip(SHORT))
        assert value(result, "squat_depth_deg") == pytest.approx(expected["squat_depth_deg"], abs=3.0)
        for metric_id in FRONTAL:
            assert metric(result, metric_id).value is None
            assert "from the front" in metric(result, metric_id).reason


def test_the_athletes_own_standing_tilt_is_taken_off_the_pelvic_drop():
    values = [
        value(measure(replace(SHORT, standing_tilt_deg=tilt, variation=0.0)), "pelvic_drop_deg")
        - truth(squat_clip(replace(SHORT, standing_tilt_deg=tilt, variation=0.0)))["pelvic_drop_deg"]
        for tilt in (0.0, 2.5)
    ]
    assert values[1] == pytest.approx(values[0], abs=0.7)


def test_a_rolled_camera_does_not_pass_for_pelvic_drop_where_standing_is_seen():
    clip = squat_clip(replace(SHORT, variation=0.0))
    turn = np.radians(2.0)
    centre = np.array([360.0, 640.0])
    rolled = (clip.pose.xy_px - centre) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    ) + centre
    level, tilted = (value(measured_pose(replace(clip.pose, xy_px=xy)), "pelvic_drop_deg") for xy in (
        clip.pose.xy_px, rolled,
    ))  # fmt: skip
    assert tilted == pytest.approx(level, abs=0.6)


def seen_by(camera, *, leg="left", **columns):
    """The squats of a camera that stands amiss, with what the picture told of it."""
    parameters = replace(SHAPES["valgus"], leg=leg, n_reps=6)
    clip = squat_clip(parameters)
    pose = perfect_pose(clip.athlete.at(clip.pose.time_s), camera)
    told = {name: np.full(len(pose), degrees) for name, degrees in columns.items()}
    return measured_pose(replace(pose, extras=told)), truth(clip)


@pytest.mark.parametrize("view", ["front", "rear"])
@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("yaw_deg", [-4.0, 4.0])
def test_a_yaw_that_the_clip_tells_is_taken_off_the_valgus(view, leg, yaw_deg):
    camera = replace(CAMERAS[view], yaw_deg=yaw_deg)
    (square, true), (blind, _) = seen_by(camera, leg=leg, camera_yaw_deg=yaw_deg), seen_by(camera, leg=leg)
    assert abs(value(blind, "knee_fppa_deg") - true["knee_fppa_deg"]) > 3.0
    assert value(square, "knee_fppa_deg") == pytest.approx(true["knee_fppa_deg"], abs=1.2)


@pytest.mark.parametrize("leg", ["left", "right"])
@pytest.mark.parametrize("roll_deg", [-3.0, 3.0])
def test_a_roll_that_the_clip_tells_is_taken_off_trunk_and_hip(leg, roll_deg):
    camera = replace(CAMERAS["front"], roll_deg=roll_deg)
    (upright, true), (blind, _) = seen_by(camera, leg=leg, scene_roll_deg=roll_deg), seen_by(camera, leg=leg)
    assert abs(value(blind, "trunk_lean_deg") - true["trunk_lean_deg"]) > 2.0
    for metric_id in FRONTAL:
        assert value(upright, metric_id) == pytest.approx(true[metric_id], abs=1.2), metric_id


@pytest.mark.parametrize("leg", ["left", "right"])
def test_what_the_knees_outline_tells_goes_before_the_mirror_and_moves_valgus_and_thigh(leg):
    clip = squat_clip(replace(SHORT, leg=leg))

    def told(**columns):
        return measured_pose(replace(clip.pose, extras={n: np.full(len(clip.pose), v) for n, v in columns.items()}))

    plain = told()
    mirror, outline = {f"{leg}_mirror_bend_deg": 2.0}, {f"{leg}_outline_bend_deg": 3.0, f"{leg}_outline_thigh_deg": 1.5}
    both, mirror_alone = told(**mirror, **outline), told(**mirror)
    inwards = -1.0 if leg == "left" else 1.0  # from the front the left leg's midline is at the picture's left
    fppa, adduction = (value(both, m) - value(plain, m) for m in ("knee_fppa_deg", "hip_adduction_deg"))
    assert (fppa, adduction) == (pytest.approx(3.0 * inwards), pytest.approx(1.5 * inwards))
    assert value(mirror_alone, "knee_fppa_deg") - value(plain, "knee_fppa_deg") == pytest.approx(2.0 * inwards)
    assert value(mirror_alone, "hip_adduction_deg") == pytest.approx(value(plain, "hip_adduction_deg"))


def test_what_the_mirror_tells_of_the_trunk_is_added_towards_the_pictures_right():
    pose = squat_clip(SHORT).pose
    told = measured_pose(replace(pose, extras={"trunk_mirror_lean_deg": np.full(len(pose), 1.5)}))
    # from the front the left leg is at the right: its own side is the picture's right
    assert value(told, "trunk_lean_deg") == pytest.approx(value(measure(SHORT), "trunk_lean_deg") + 1.5)


def test_a_quick_bob_is_no_repetition_and_a_slow_one_is():
    pose = signals.clean(squat_clip(SHORT).pose, cutoff_hz=6.0, longest_gap_s=0.3)
    bend = leg_bend(pose, view="front")
    reps = planted_repetitions(bend, pose)
    middle = 0.5 * (reps[2].start_s + reps[2].end_s)
    away = np.abs(pose.time_s - middle) / (reps[2].end_s - reps[2].start_s)
    for length, count in ((0.35, 5), (0.8, 6)):
        bump = 13.0 * (1.0 + np.cos(np.pi * np.clip(2.0 * away / length, 0.0, 1.0)))
        # the third squat made a small bend of another length
        flexion = np.where(away < 0.75, bump, bend.flexion_deg)
        assert len(planted_repetitions(replace(bend, flexion_deg=flexion), pose)) == count


def test_without_a_source_for_the_pelvis_its_metrics_are_not_assessable():
    pose = replace(squat_clip(SHORT).pose, trusted_hips=False)
    result = measured_pose(pose)
    for metric_id in ("pelvic_drop_deg", "hip_adduction_deg", "pelvic_drop_drift_deg"):
        assert metric(result, metric_id).value is None
        assert "stickers" in metric(result, metric_id).reason
    assert value(result, "knee_fppa_deg") is not None


def test_the_waistline_stands_in_for_the_hips():
    pose = squat_clip(SHORT).pose
    line = pose.joint("hip", "left") - pose.joint("hip", "right")
    tilt = np.degrees(np.arctan2(line[:, 1], line[:, 0]))
    extras = {"pelvis_line_deg": tilt, "pelvis_line_confidence": np.ones(len(pose))}
    result = measured_pose(replace(pose, trusted_hips=False, extras=extras))
    for metric_id in ("pelvic_drop_deg", "hip_adduction_deg"):
        assert value(result, metric_id) == pytest.approx(value(measure(SHORT), metric_id), abs=0.3)


# --- drift and validity -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leg", ["left", "right"])
def test_drift_is_the_last_five_less_the_first_five(leg):
    parameters = replace(FULL, leg=leg, fppa_drift_deg=9.0, pelvic_drop_drift_deg=6.0, trunk_lean_drift_deg=5.0)
    result, expected = measure(parameters), truth(squat_clip(parameters))
    assert expected["fppa_drift_deg"] > 5.0
    for metric_id in DRIFTS:
        assert value(result, metric_id) == pytest.approx(expected[metric_id], abs=1.5), metric_id


def test_drift_needs_ten_valid_repetitions():
    result = measure(replace(FULL, n_reps=11, shallow=(0, 1)))
    assert metric(result, "fppa_drift_deg").value is None
    assert "10 valid repetitions" in metric(result, "fppa_drift_deg").reason


def test_only_valid_repetitions_give_values_and_each_keeps_its_place():
    result = measure(COUNTED["shallow 30"])
    fppa = metric(result, "knee_fppa_deg")
    assert [v is None for v in fppa.per_cycle] == [True, False, False, False, False, True]
    assert fppa.n == 4
    assert fppa.value == pytest.approx(np.median([v for v in fppa.per_cycle if v is not None]))
    assert fppa.ci95[0] <= fppa.value <= fppa.ci95[1]
    assert len(metric(result, "squat_depth_deg").per_cycle) == 6


def test_no_repetition_is_no_value():
    still = squat_clip(SHORT).pose
    still = replace(still, xy_px=np.repeat(still.xy_px[:1], len(still), axis=0))
    result = measured_pose(still)
    assert (value(result, "reps_total"), value(result, "reps_valid"), value(result, "touchdowns")) == (0.0, 0.0, 0.0)
    for metric_id in (*FRONTAL, *DRIFTS, "squat_depth_deg", "rep_duration_s"):
        assert metric(result, metric_id).value is None
        assert metric(result, metric_id).reason


# --- properties ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["front", "rear"])
def test_in_a_mirror_the_leg_swaps_and_the_values_stay(view):
    parameters = SHAPES["valgus"]
    pose = squat_clip(parameters, view=view).pose
    here, there = measure(parameters, view=view), measured_pose(mirrored(pose))
    assert (here.leg, there.leg) == ("left", "right")
    for a, b in zip(here.metrics, there.metrics, strict=True):
        assert a.id == b.id
        assert (b.value is None) == (a.value is None)
        if a.value is not None:
            assert b.value == pytest.approx(a.value, abs=1e-6), a.id


def test_a_larger_picture_gives_the_same_values():
    pose = squat_clip(SHORT).pose
    larger = replace(pose, xy_px=1.5 * pose.xy_px, image_size_px=(1080, 1920))
    for a, b in zip(measure(SHORT).metrics, measured_pose(larger).metrics, strict=True):
        assert a.value is None if b.value is None else b.value == pytest.approx(a.value, abs=1e-6)


def test_uneven_frames_give_the_same_counts_and_angles():
    pose = squat_clip(SHORT, fps=60.0).pose
    kept = np.sort(np.random.default_rng(3).choice(len(pose), len(pose) // 2, replace=False))
    uneven = replace(pose, time_s=pose.time_s[kept], xy_px=pose.xy_px[kept], visibility=pose.visibility[kept])
    result = measured_pose(uneven)
    assert value(result, "reps_valid") == 6.0
    for metric_id in FRONTAL:
        assert value(result, metric_id) == pytest.approx(value(measure(SHORT), metric_id), abs=0.7)


def test_the_leg_that_the_user_names_is_the_one_measured():
    assert measured_pose(squat_clip(SHORT).pose, leg="right").leg == "right"


@pytest.mark.parametrize(("every", "told"), [(100, True), (20, False)])
def test_repetitions_are_not_counted_where_the_athlete_was_lost_too_often(every, told):
    pose = squat_clip(SHORT, view="front", fps=30.0).pose
    xy_px = pose.xy_px.copy()
    xy_px[::every] = np.nan
    result = measured_pose(replace(pose, xy_px=xy_px))
    for metric_id in ("reps_total", "reps_valid", "touchdowns"):
        found = metric(result, metric_id)
        assert (found.value is not None) == told
        assert told or "lost in 5 % of the frames" in found.reason
    assert len(result.cycles) == 6
    assert value(result, "knee_fppa_deg") is not None


@pytest.mark.parametrize("lost", [True, False])
def test_where_the_athlete_was_lost_a_value_from_few_bends_is_none(lost):
    """Four of six bends are not deep enough to count; with an athlete who was lost they may have been misread."""
    plan = replace(SHORT, shallow=(1, 2, 3, 4), shallow_depth_deg=35.0)
    pose = squat_clip(plan, view="front", fps=30.0).pose
    xy_px = pose.xy_px.copy()
    if lost:
        xy_px[::20] = np.nan
    result = measured_pose(replace(pose, xy_px=xy_px))
    assert sum(cycle.valid for cycle in result.cycles) == 2
    found = metric(result, "knee_fppa_deg")
    assert (found.value is None) == lost
    assert not lost or "lost in 5 % of the frames" in found.reason
    assert value(result, "squat_depth_deg") is not None


@pytest.mark.parametrize(("n_moved", "told"), [(2, True), (5, False)])
def test_repetitions_are_not_counted_where_the_standing_foot_moves_in_most_bends(n_moved, told):
    """Somebody else's ankle is taken for the athlete's at the lowest points."""
    pose = squat_clip(SHORT, view="front", fps=30.0).pose
    whole = measured_pose(pose)
    leg = whole.leg
    xy_px = pose.xy_px.copy()
    for cycle in whole.cycles[:n_moved]:
        rows = np.abs(pose.time_s - cycle.marks["bottom"]) < 0.25
        xy_px[rows, side_landmark("ankle", leg)] -= (0.0, 150.0)
    found = metric(measured_pose(replace(pose, xy_px=xy_px)), "reps_total")
    assert (found.value is not None) == told
    assert told or "the standing foot did not keep its place" in found.reason
