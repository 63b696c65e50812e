import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from motions import run_clip, squat_clip, video_of

from formcheck import edits as e
from formcheck.analysis import assess
from formcheck.errors import InputError
from formcheck.events import Step
from formcheck.landmarks import Landmark
from formcheck.repetitions import Repetition
from formcheck.types import PoseSequence

N = 60
STEPS = tuple(Step("left" if i % 2 == 0 else "right", 0.4 * i, 0.4 * i + 0.12, 0.4 * i + 0.25) for i in range(6))
REPS = tuple(Repetition(2.0 * i, 2.0 * i + 0.8, 2.0 * i + 1.6, 60.0) for i in range(4))


@pytest.fixture
def pose():
    rng = np.random.default_rng(1)
    xy = rng.uniform(100, 500, (N, 33, 2))
    xy[20, Landmark.LEFT_KNEE] = np.nan
    return PoseSequence(np.arange(N) / 30, xy, np.full((N, 33), 0.8), extras={"waist_px": np.ones(N)})


def depth(_):
    return 45.0


def reps(*edits):
    return e.edit_repetitions(REPS, edits, depth)


ALL = (
    e.MoveLandmark(3, "left_knee", 10.0, 20.0),
    e.MoveEvent("toe_off", "left", 0.25, 0.3),
    e.AddStep("right", 2.4, None),
    e.DeleteStep("left", 0.8),
    e.AddToeOff("left", 1.1),
    e.DeleteToeOff("left", 0.25),
    e.AddRepetition(8.0, 9.0, 10.0),
    e.DeleteRepetition(2.8),
    e.Unusable(0.2, 0.5),
)


@pytest.mark.parametrize("edit", ALL, ids=e.kind_of)
def test_edits_come_back_from_json_as_they_were(edit):
    assert e.from_dict(json.loads(json.dumps(e.to_dict(edit)))) == edit


@pytest.mark.parametrize(
    "values", [{}, {"kind": "explode"}, {"kind": "add_step"}, {"kind": "add_step", "side": "up", "contact_s": 1}]
)
def test_what_is_no_edit_is_refused_in_one_line(values):
    with pytest.raises(InputError, match="cannot be read"):
        e.from_dict(values)


def test_a_dragged_landmark_is_where_it_was_put_and_takes_its_neighbours_along(pose):
    knee = Landmark.RIGHT_KNEE
    moved = e.edit_pose(pose, [e.MoveLandmark(30, "right_knee", 300.0, 310.0, span_s=0.2)])
    shift = np.array([300.0, 310.0]) - pose.xy_px[30, knee]
    np.testing.assert_allclose(moved.xy_px[30, knee], [300.0, 310.0])
    follow = (moved.xy_px[:, knee] - pose.xy_px[:, knee]) @ shift / (shift @ shift)
    assert follow[30] == pytest.approx(1.0)
    assert follow[33] == pytest.approx(0.5)
    assert follow[24] == follow[36] == pytest.approx(0.0)
    assert np.all(np.diff(follow[30:36]) < 0)
    untouched = [i for i in range(33) if i != knee]
    np.testing.assert_array_equal(moved.xy_px[:, untouched], pose.xy_px[:, untouched])
    assert moved.visibility[30, knee] == 1.0
    assert moved.history[-1] == "right_knee moved by hand on frame 30"


def test_a_landmark_that_was_missing_can_be_put_in_its_place(pose):
    moved = e.edit_pose(pose, [e.MoveLandmark(20, "left_knee", 7.0, 8.0)])
    np.testing.assert_array_equal(moved.xy_px[20, Landmark.LEFT_KNEE], [7.0, 8.0])
    np.testing.assert_array_equal(np.delete(moved.xy_px, 20, axis=0), np.delete(pose.xy_px, 20, axis=0))


def test_raw_tracking_is_never_overwritten(pose):
    before = pose.xy_px.copy()
    e.edit_pose(pose, [e.MoveLandmark(30, "nose", 0.0, 0.0), e.Unusable(0.0, 0.5)])
    np.testing.assert_array_equal(pose.xy_px, before)


def test_an_unusable_stretch_is_missing_from_all_that_was_measured(pose):
    left = e.edit_pose(pose, [e.Unusable(0.5, 1.0)])
    out = (pose.time_s >= 0.5) & (pose.time_s < 1.0)
    assert np.isnan(left.xy_px[out]).all() and np.isnan(left.extra("waist_px")[out]).all()
    np.testing.assert_array_equal(left.xy_px[~out], pose.xy_px[~out])
    with pytest.raises(InputError, match="whole clip"):
        e.edit_pose(pose, [e.Unusable(-1.0, 99.0)])


def test_what_does_not_fit_the_clip_is_refused(pose):
    with pytest.raises(InputError, match="beyond the clip"):
        e.edit_pose(pose, [e.MoveLandmark(N, "nose", 0.0, 0.0)])
    with pytest.raises(InputError, match="33 landmarks"):
        e.MoveLandmark(0, "tail", 0.0, 0.0)


def test_a_contact_is_moved_and_nothing_else():
    found = e.edit_steps(STEPS, [e.MoveEvent("initial_contact", "left", 0.79, 0.82)])
    assert found[2] == replace(STEPS[2], contact_s=0.82)
    assert [s for i, s in enumerate(found) if i != 2] == [s for i, s in enumerate(STEPS) if i != 2]


def test_midstance_stays_between_contact_and_toe_off():
    (first, *_) = e.edit_steps(STEPS, [e.MoveEvent("toe_off", "left", 0.25, 0.1)])
    assert first == Step("left", 0.0, 0.1, 0.1)


def test_steps_are_added_and_deleted():
    found = e.edit_steps(STEPS, [e.AddStep("left", 2.4), e.DeleteStep("right", 0.41)])
    assert [round(s.contact_s, 2) for s in found] == [0.0, 0.8, 1.2, 1.6, 2.0, 2.4]
    assert found[-1].toe_off_s == pytest.approx(2.65)
    with pytest.raises(InputError, match="first step"):
        e.edit_steps((), [e.AddStep("left", 1.0)])
    assert e.edit_steps((), [e.AddStep("left", 1.0, 1.3)]) == (Step("left", 1.0, 1.15, 1.3),)


def test_a_toe_off_is_put_where_it_was_seen():
    found = e.edit_steps(STEPS, [e.AddToeOff("left", 1.1)])
    assert found[2] == replace(STEPS[2], toe_off_s=1.1)
    assert [s for i, s in enumerate(found) if i != 2] == [s for i, s in enumerate(STEPS) if i != 2]
    early = e.edit_steps(STEPS, [e.AddToeOff("left", 0.05)])
    assert early[0] == Step("left", 0.0, 0.05, 0.05)
    assert e.edit_steps(STEPS, [e.AddToeOff("right", 0.3)]) == STEPS, "no contact comes before it"
    assert e.edit_steps(STEPS, [e.AddToeOff("right", 9.0)]) == STEPS, "the last contact is long ago"


def test_a_deleted_toe_off_leaves_a_step_as_long_as_the_others_of_its_foot():
    late = e.edit_steps(STEPS, [e.MoveEvent("toe_off", "left", 0.25, 0.38)])
    found = e.edit_steps(late, [e.DeleteToeOff("left", 0.38)])
    assert found[0].toe_off_s == pytest.approx(0.25)
    assert found[1:] == STEPS[1:]
    assert e.edit_steps(STEPS, [e.DeleteToeOff("left", 9.0)]) == STEPS


def test_an_edit_of_what_is_no_longer_there_does_nothing():
    assert e.edit_steps(STEPS, [e.DeleteStep("left", 5.0), e.MoveEvent("toe_off", "right", 9.0, 9.1)]) == STEPS
    assert reps(e.DeleteRepetition(99.0)) == REPS


def test_events_that_would_cross_are_refused():
    with pytest.raises(InputError, match="before its toe-off"):
        e.edit_steps(STEPS, [e.MoveEvent("initial_contact", "left", 0.0, 0.26)])
    with pytest.raises(InputError, match="lowest point"):
        reps(e.MoveEvent("rep_start", "left", 0.0, 0.9))
    with pytest.raises(InputError, match="lowest point"):
        e.AddRepetition(1.0, 0.5, 2.0)


def test_repetitions_are_moved_added_and_deleted():
    found = reps(e.MoveEvent("rep_bottom", "left", 0.8, 1.0), e.DeleteRepetition(2.7), e.AddRepetition(8.0, 8.8, 9.6))
    assert [r.bottom_s for r in found] == [1.0, 4.8, 6.8, 8.8]
    assert [r.depth_deg for r in found] == [45.0, 60.0, 60.0, 45.0]


def test_steps_and_repetitions_in_an_unusable_stretch_go():
    kept = e.edit_steps(STEPS, [e.Unusable(0.7, 1.1)])
    assert [round(s.contact_s, 2) for s in kept] == [0.0, 0.4, 1.2, 1.6, 2.0]
    assert len(reps(e.Unusable(0.0, 3.0))) == 2


@given(st.lists(st.sampled_from(ALL), max_size=6))
def test_steps_stay_in_order_whatever_is_edited(edits):
    found = e.edit_steps(STEPS, edits)
    assert list(found) == sorted(found, key=lambda s: s.contact_s)
    assert all(s.contact_s <= s.midstance_s <= s.toe_off_s for s in found)


def test_an_assessment_follows_what_was_put_right_in_a_run():
    pose = run_clip("rear").pose
    before = assess(pose, video_of(pose), protocol="treadmill_rear")
    contacts = [ev for ev in before.events if ev.kind == "initial_contact" and ev.side == "left"]
    middle = contacts[len(contacts) // 2]
    after = assess(pose, video_of(pose), protocol="treadmill_rear", edits=[e.DeleteStep("left", middle.time_s)])
    assert len(after.events) == len(before.events) - 2
    moved = assess(
        pose,
        video_of(pose),
        protocol="treadmill_rear",
        edits=[e.MoveEvent("initial_contact", "left", middle.time_s, middle.time_s + 0.03)],
    )
    assert any(ev.time_s == pytest.approx(middle.time_s + 0.03) for ev in moved.events if ev.kind == "initial_contact")


def test_an_assessment_follows_what_was_put_right_in_squats():
    pose = squat_clip().pose
    before = assess(pose, video_of(pose), protocol="single_leg_squat")
    total = before.metric("reps_total", before.leg).value
    first = next(ev for ev in before.events if ev.kind == "rep_bottom")
    after = assess(pose, video_of(pose), protocol="single_leg_squat", edits=[e.DeleteRepetition(first.time_s)])
    assert after.metric("reps_total", before.leg).value == total - 1
    gone = assess(pose, video_of(pose), protocol="single_leg_squat", edits=[e.Unusable(0.0, first.time_s + 1.0)])
    assert gone.metric("reps_total", before.leg).value < total
