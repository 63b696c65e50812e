"""The middle of the knee from flat pictures of legs that bend as was asked, with a landmark beside it."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from formcheck.geometry import bend_deg, thigh_adduction_deg
from formcheck.landmarks import MIRROR, side_landmark
from formcheck.pixels import limbs
from formcheck.types import SIDES, PoseSequence

SIZE = (300, 480)
LEG_PX = 200.0
WALL, SKIN = (150, 160, 170), (190, 140, 110)
N = 24


def legs(lowered_px: float, *, stance: str, across_px: float, free_px: float) -> dict[str, np.ndarray]:
    """Hip, knee and ankle of both legs: the standing one with its knee `across_px` off the line; the free one bent."""
    out = 1.0 if stance == "left" else -1.0
    hip = np.array([150.0 + 12.0 * out, 120.0 + lowered_px])
    ankle = np.array([150.0 + 10.0 * out, 320.0])
    free = np.array([hip[0] - free_px * out, hip[1]])
    knee = 0.5 * (hip + ankle) + [across_px, 0.0]
    other = "right" if stance == "left" else "left"
    return {
        stance: np.stack([hip, knee, ankle]),
        other: np.stack([free, free + np.array([-8.0 * out, 70.0]), free + np.array([-8.0 * out, 110.0])]),
    }


def picture(bones, *, skin=SKIN, seed=0):
    """The legs as tapered limbs before a wall, with some noise."""
    fine = 4
    canvas = np.full((SIZE[1] * fine, SIZE[0] * fine, 3), WALL, np.uint8)
    for points in bones.values():
        for (start, end), width in zip(pairwise(points), (36, 30), strict=True):
            ends = [tuple(np.rint(p * fine).astype(int).tolist()) for p in (start, end)]
            cv2.line(canvas, *ends, skin, width * fine)
    small = cv2.resize(canvas, SIZE, interpolation=cv2.INTER_AREA).astype(float)
    return np.clip(small + np.random.default_rng(seed).normal(0, 2.0, small.shape), 0, 255).astype(np.uint8)


def clip(shift_px, *, stance="left", across_px=8.0, free_px=70.0, skin=SKIN, running=False):
    """Pictures, the landmarks seen in them (the standing knee off by `shift_px`), the whole clip, the true bones."""
    shifts = np.broadcast_to(shift_px, N)
    seen, true = [], []
    for k in range(N):
        side = stance if not running or k % 2 else ("right" if stance == "left" else "left")
        bones = legs(30.0 * np.sin(np.pi * (k + 0.5) / 6) ** 2, stance=side, across_px=across_px, free_px=free_px)
        xy = np.full((33, 2), 60.0)
        for s in SIDES:
            for joint, point in zip(("hip", "knee", "ankle"), bones[s], strict=True):
                xy[side_landmark(joint, s)] = point
        xy[side_landmark("knee", side), 0] += shifts[k]
        seen.append((picture(bones, skin=skin, seed=k), xy))
        true.append(bones)
    xy = np.stack([points for _, points in seen])
    return seen, PoseSequence(np.arange(N) / 10.0, xy, np.ones(xy.shape[:2]), SIZE), true


@pytest.mark.parametrize("shift_px", [-4.0, 0.0, 3.0])
@pytest.mark.parametrize("stance", SIDES)
def test_a_knee_beside_its_middle_is_brought_back(shift_px, stance):
    seen, pose, true = clip(shift_px, stance=stance)
    told = limbs.outline_shifts(seen, pose)
    for k in (2, 3):
        hip, knee, ankle = true[k][stance]
        read = knee + np.array([shift_px, 0.0])
        bend = bend_deg(hip, read, ankle) + told[f"{stance}_outline_bend_deg"]
        slope = thigh_adduction_deg(hip, read, medial_x=1) + told[f"{stance}_outline_thigh_deg"]
        assert bend == pytest.approx(bend_deg(hip, knee, ankle), abs=0.6)
        assert slope == pytest.approx(thigh_adduction_deg(hip, knee, medial_x=1), abs=0.3)
    other = "right" if stance == "left" else "left"
    assert np.isnan(told[f"{other}_outline_bend_deg"]), "the leg in the air carries nothing"


def test_the_same_clip_in_a_mirror_tells_the_opposite_of_the_other_leg():
    seen, pose, _ = clip(4.0)
    flipped = [(np.ascontiguousarray(rgb[:, ::-1]), (xy * (-1, 1) + (SIZE[0], 0))[MIRROR]) for rgb, xy in seen]
    xy = np.stack([points for _, points in flipped])
    one = limbs.outline_shifts(seen, pose)
    other = limbs.outline_shifts(flipped, PoseSequence(pose.time_s, xy, np.ones(xy.shape[:2]), SIZE))
    assert other["right_outline_bend_deg"] == pytest.approx(-one["left_outline_bend_deg"], abs=0.25)
    assert abs(one["left_outline_bend_deg"]) > 3.0


def test_in_a_run_each_leg_is_read_while_it_carries_the_weight():
    seen, pose, _ = clip(3.0, running=True)
    told = limbs.outline_shifts(seen, pose)
    assert told["left_outline_bend_deg"] == pytest.approx(told["right_outline_bend_deg"], abs=0.6)
    assert told["left_outline_bend_deg"] < -2.0


def test_the_same_pictures_tell_the_same():
    seen, pose, _ = clip(3.0)
    first, cv2_state_moved_on = limbs.outline_shifts(seen, pose), limbs.outline_shifts(seen, pose)
    np.testing.assert_array_equal(list(first.values()), list(cv2_state_moved_on.values()))


@pytest.mark.parametrize(
    "flaw",
    [
        {"free_px": 4.0},
        {"skin": WALL},
        {"shift_px": 6.0 * np.sin(np.arange(N) * 1.3)},
        {"shift_px": 14.0},
    ],
    ids=["the other leg beside the knee", "leg and wall alike", "frames that disagree", "too far off to be a knee"],
)
def test_what_cannot_be_seen_is_not_told(flaw):
    seen, pose, _ = clip(**{"shift_px": 3.0, **flaw})
    assert np.isnan(list(limbs.outline_shifts(seen, pose).values())).all()


def test_too_few_frames_or_nobody_tell_nothing():
    seen, pose, _ = clip(3.0)
    assert np.isnan(list(limbs.outline_shifts(seen[:4], pose).values())).all()
    nobody = PoseSequence(pose.time_s, np.full_like(pose.xy_px, np.nan), np.zeros(pose.xy_px.shape[:2]), SIZE)
    assert np.isnan(list(limbs.outline_shifts(seen, nobody).values())).all()
