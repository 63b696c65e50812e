"""The face is covered in every frame: where it is seen, where its points are lost, jump or lie, and in between."""

from dataclasses import replace

import numpy as np
import pytest
from athletes import run
from PIL import Image

from formcheck import outputs, results
from formcheck.capture import probe, read_frames, write_video
from formcheck.landmarks import Landmark, side_landmark
from formcheck.overlay.faces import LOST_S, FaceBlur, head_track
from formcheck.types import Frame, PoseSequence

N, FPS = 180, 60.0
WIDTH, HEIGHT = 360, 640
FACE = list(range(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1))
HEAD_PX = 28.0
"""Radius of the drawn head: 12 cm where the trunk of half a metre has 115 pixels."""


def moving():
    """A person who bobs and walks across the picture; and where the middle of the head truly is, (N, 2)."""
    t = np.arange(N) / FPS
    middle = np.column_stack([130 + 30 * t, 120 + 6 * np.sin(2 * np.pi * 3 * t)])
    xy = np.full((N, 33, 2), np.nan)
    rng = np.random.default_rng(5)
    for i in FACE:
        xy[:, i] = middle + rng.uniform(-16, 16, 2)
    for side, sign in (("left", 1), ("right", -1)):
        xy[:, side_landmark("shoulder", side)] = middle + np.array([sign * 40, 55])
        xy[:, side_landmark("hip", side)] = middle + np.array([sign * 25, 170])
    pose = PoseSequence(t, xy, np.where(np.isnan(xy[..., 0]), np.nan, 0.9), image_size_px=(WIDTH, HEIGHT))
    return pose, middle


def without(pose, landmarks, frames):
    xy = pose.xy_px.copy()
    xy[np.ix_(frames, landmarks)] = np.nan
    return replace(pose, xy_px=xy)


SHOULDERS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
EVERYTHING = list(range(33))


def jumping(pose):
    xy = pose.xy_px.copy()
    for i in (40, 41, 90):
        xy[i, FACE] += [120, 260]
    return replace(pose, xy_px=xy)


def elsewhere(pose):
    """The face points sit on somebody else for a second."""
    xy = pose.xy_px.copy()
    xy[60:120, FACE] = [340.0, 600.0]
    return replace(pose, xy_px=xy)


CASES = {
    "all is seen": lambda p: p,
    "the face is lost for a second": lambda p: without(p, FACE, range(60, 120)),
    "the face is never seen": lambda p: without(p, FACE, range(N)),
    "one eye alone is seen": lambda p: without(p, FACE[1:], range(N)),
    "all is lost for a moment": lambda p: without(p, EVERYTHING, range(60, 85)),
    "all is lost for two seconds": lambda p: without(p, EVERYTHING, range(40, 160)),
    "nobody at the start": lambda p: without(p, EVERYTHING, range(50)),
    "nobody at the end": lambda p: without(p, EVERYTHING, range(120, N)),
    "nobody at all": lambda p: without(p, EVERYTHING, range(N)),
    "no shoulders": lambda p: without(p, SHOULDERS, range(60, 120)),
    "points jump": jumping,
    "face points on somebody else": elsewhere,
}


def detail(rgb, middle):
    """Strongest difference between neighbours within the head: what a face is known by."""
    left, top = (int(v - HEAD_PX) for v in middle)
    side = int(2 * HEAD_PX) + 2
    y, x = np.mgrid[top : top + side, left : left + side]
    inside = np.hypot(x - middle[0], y - middle[1]) < HEAD_PX
    steps = np.abs(np.diff(rgb[top : top + side, left : left + side, 0].astype(int), axis=1))
    return steps[inside[:, 1:] & inside[:, :-1]].max()


@pytest.fixture(scope="module")
def checked():
    """A picture in which every pixel differs strongly from its neighbours."""
    board = (np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2 * 200 + 20).astype(np.uint8)
    return np.repeat(board[..., None], 3, axis=2)


@pytest.mark.parametrize("case", CASES)
def test_no_frame_shows_a_face(case, checked):
    pose, middle = moving()
    blur = FaceBlur(CASES[case](pose))
    for i in range(N):
        shown = blur(Frame(checked, i / FPS, i)).rgb
        assert detail(shown, middle[i]) < 30, f"frame {i}"
    assert detail(checked, middle[0]) == 200


def test_no_more_than_the_head_is_covered_while_it_is_seen(checked):
    pose, middle = moving()
    shown = FaceBlur(pose)(Frame(checked, 1.0, 60)).rgb
    changed = (shown != checked).any(axis=2)
    y, x = np.nonzero(changed)
    assert np.hypot(x - middle[60, 0], y - middle[60, 1]).max() < 2.0 * HEAD_PX
    knees = slice(int(middle[60, 1]) + 200, HEIGHT)
    assert not changed[knees].any()


def test_everything_is_covered_once_the_person_is_lost_for_too_long(checked):
    pose, _ = moving()
    lost = without(pose, EVERYTHING, range(40, 160))
    track = head_track(lost)
    margin = int(LOST_S * FPS)
    assert not any(track.everywhere[: 40 + margin - 1])
    assert all(track.everywhere[40 + margin + 1 : 160 - margin - 1])


def test_a_part_of_a_frame_is_covered_where_the_face_is_in_it(checked):
    pose, middle = moving()
    blur = FaceBlur(pose)
    whole = blur.cover(30).of(checked)
    part = blur.cover(30).of(np.ascontiguousarray(checked[50:300, 80:300]), offset_px=(80.0, 50.0))
    assert detail(whole, middle[30]) < 30
    y, x = int(middle[30, 1]), int(middle[30, 0])
    steps = np.abs(np.diff(part[y - 50 - 15 : y - 50 + 15, x - 80 - 15 : x - 80 + 15, 0].astype(int), axis=1))
    assert steps.max() < 30


@pytest.mark.parametrize("blur_faces", [True, False])
def test_overlay_key_frames_and_their_list_know_whether_the_face_is_covered(tmp_path, monkeypatch, blur_faces):
    assessment = run(duration_s=2.5)
    stripes = np.broadcast_to(
        np.where(np.arange(720) % 16 < 8, 30, 220).astype(np.uint8)[None, :, None], (1280, 720, 3)
    )
    times_s = assessment.pose.time_s
    write_video(tmp_path / "clip.mp4", (np.ascontiguousarray(stripes) for _ in times_s), times_s=times_s)
    assessment = replace(assessment, video=probe(tmp_path / "clip.mp4"))
    monkeypatch.setattr(outputs, "write_report", lambda *args, **options: None)
    outputs.write_pictures_and_report(assessment, tmp_path / "clip.mp4", tmp_path, blur_faces=blur_faces)
    stored = results.read_key_pictures(tmp_path)
    assert stored
    assert results.faces_covered(tmp_path) is blur_faces
    assert all(picture.corner_px is not None for picture in stored)
    noses = assessment.pose.xy_px[:, Landmark.NOSE]

    def is_covered(rgb, nose):
        x, y = (int(v) for v in nose)
        return bool(np.ptp(rgb[y - 6 : y + 7, x - 12 : x + 13, 0].astype(int)) < 60)

    film = list(read_frames(tmp_path / "overlay.mp4", probe(tmp_path / "overlay.mp4")))
    assert len(film) == len(times_s)
    assert all(is_covered(frame.rgb, nose) is blur_faces for frame, nose in zip(film, noses, strict=True))
    for picture in stored:
        rgb = np.asarray(Image.open(tmp_path / "keyframes" / picture.file))
        assert is_covered(rgb, noses[picture.frame] - picture.corner_px) is blur_faces
