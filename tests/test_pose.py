"""The pose model behind its pipes: the same landmarks for any number of workers, and no worker outlives its parent."""

import io
import os
import subprocess
import sys
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from formcheck import models
from formcheck.errors import InputError, ModelError
from formcheck.landmarks import Landmark
from formcheck.pose import track_athlete, track_poses, worker
from formcheck.pose.tracking import LONG_SIDE_PX, default_workers
from formcheck.types import Frame, VideoInfo

N_FRAMES = 9


def info_of(frames) -> VideoInfo:
    height, width = frames[0].rgb.shape[:2]
    return VideoInfo("made", "", width, height, 0, len(frames) / 30, len(frames), 30.0, None, False)


@pytest.fixture(scope="module")
def squatter():
    """A rendered athlete squatting in front of the camera, and where the joints are (J, N, 2)."""
    from formcheck.synthetic.render import render_clip
    from formcheck.synthetic.samples import SAMPLES
    from formcheck.synthetic.scenario import camera_of, motion

    scenario = replace(SAMPLES["squat_left"], duration_s=3.0, fps=3.0)
    moves = motion(scenario)
    frames = [Frame(rgb, i / 3, i) for i, rgb in enumerate(render_clip(scenario, moves))]
    assert len(frames) == N_FRAMES
    return frames, camera_of(scenario), moves


@pytest.mark.slow
def test_landmarks_are_the_same_to_the_bit_for_any_number_of_workers(squatter):
    frames, *_ = squatter
    model = models.resolve()
    runs = [track_poses(frames, info_of(frames), model=model, workers=count) for count in (1, 2, 3)]
    assert runs[0].present[:, 0].all()
    assert [list(run.time_s) for run in runs] == [[frame.time_s for frame in frames]] * 3
    for run in runs[1:]:
        for name in ("xy_px", "visibility", "world_m", "sharpness", "brightness"):
            assert np.array_equal(getattr(run, name), getattr(runs[0], name), equal_nan=True), name


@pytest.mark.slow
def test_the_athlete_is_found_in_pixels_of_the_whole_picture(squatter, capfd):
    """At twice the size the landmarks lie at twice the place; the model's chatter stays out of the terminal."""
    frames, *_ = squatter
    size = (2 * frames[0].rgb.shape[1], 2 * frames[0].rgb.shape[0])
    double = [replace(f, rgb=cv2.resize(f.rgb, size, interpolation=cv2.INTER_CUBIC)) for f in frames[:3]]
    assert max(size) > LONG_SIDE_PX
    done = []
    model = models.resolve()
    one = track_poses(frames[:3], info_of(frames[:3]), model=model, workers=1, progress=lambda *p: done.append(p))
    two = track_poses(double, info_of(double), model=model, workers=1)
    away = np.linalg.norm(two.xy_px[:, 0] / 2 - one.xy_px[:, 0], axis=-1)
    height = np.ptp(one.xy_px[0, 0, :, 1])
    assert np.median(away) < 0.02 * height
    assert [(d, total) for _, d, total in done] == [(1, 3), (2, 3), (3, 3)]
    assert one.xy_px[:, 0, Landmark.LEFT_HIP, 0].mean() > one.xy_px[:, 0, Landmark.RIGHT_HIP, 0].mean(), "facing us"
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_where_the_athlete_is_lost_a_closer_look_finds_them(squatter):
    """The first look at one frame is spoilt; the second, at the place alone, gives what the spoilt one would have."""
    frames, *_ = squatter
    calls = []

    def read():
        calls.append(len(calls))
        for frame in frames:
            spoilt = frame.index == 4 and len(calls) == 1
            half = cv2.resize(frame.rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            again = replace(frame, rgb=half) if len(calls) == 2 else frame
            yield replace(frame, rgb=np.full_like(frame.rgb, 128)) if spoilt else again

    model = models.resolve()
    pose = track_athlete(read, info_of(frames), model=model, workers=1)
    assert calls == [0, 1]
    assert np.isfinite(pose.xy_px).all()
    plain = track_poses(frames, info_of(frames), model=model, workers=1)
    rows = [0, 1, 2, 3, 5, 6, 7, 8]
    assert np.array_equal(pose.xy_px[rows], plain.xy_px[rows, 0])
    away = np.linalg.norm(pose.xy_px[4] - plain.xy_px[4, 0], axis=-1)
    assert np.median(away) < 0.02 * np.ptp(plain.xy_px[4, 0, :, 1])


@pytest.mark.slow
def test_an_empty_room_has_nobody_in_it():
    room = np.full((480, 270, 3), 128, np.uint8)
    room[300:] = 80
    frames = [Frame(room, i / 30, i) for i in range(2)]
    assert not track_poses(frames, info_of(frames), model=models.resolve(), workers=1).present.any()


@pytest.mark.slow
def test_a_model_that_mediapipe_refuses_is_one_clear_line(tmp_path, squatter):
    import zipfile

    path = tmp_path / "own.task"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pose_detector.tflite", b"x")
        file.writestr("pose_landmarks_detector.tflite", b"x")
    frames, *_ = squatter
    with pytest.raises(ModelError, match="the pose model stopped") as caught:
        track_poses(frames, info_of(frames), model=models.resolve(path), workers=2)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="asks for the processes of a POSIX system")
def test_workers_die_with_their_parent_however_it_ends(tmp_path):
    """The parent is killed outright in mid-work; its `__main__` ran once, not once more in every worker."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys, time, itertools, numpy as np\n"
        "print('main', flush=True)\n"
        "from formcheck import models\n"
        "from formcheck.pose.pool import Pool\n"
        "from formcheck.types import Frame\n"
        "pool = Pool(models.resolve().path, count=2, num_poses=1)\n"
        "print(*(w._process.pid for w in pool._workers), flush=True)\n"
        "picture = np.zeros((640, 360, 3), np.uint8)\n"
        "for _ in pool.find_all(Frame(picture, i / 30, i) for i in itertools.count()):\n"
        "    print('working', flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    lines = iter(parent.stdout.readline, "")
    assert next(lines) == "main\n"
    pids = [int(pid) for pid in next(lines).split()]
    assert next(lines) == "working\n"
    assert all(alive(pid) for pid in pids)
    parent.kill()
    rest = list(lines)
    parent.wait()
    assert "main\n" not in rest
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    """The process runs (one that has ended but is not yet collected does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.slow
def test_an_error_while_reading_frames_ends_the_workers(squatter):
    frames, *_ = squatter

    def broken():
        yield frames[0]
        raise InputError("the card was pulled out")

    with pytest.raises(InputError, match="card"):
        track_poses(broken(), info_of(frames), model=models.resolve(), workers=1)


def test_images_and_answers_pass_the_pipe_unchanged():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)
    pipe = io.BytesIO(worker.REQUEST.pack(*rgb.shape) + rgb.tobytes())
    assert np.array_equal(worker.receive(pipe), rgb)
    assert worker.receive(pipe) is None
    assert worker.receive(io.BytesIO(worker.REQUEST.pack(*rgb.shape) + b"cut short")) is None
    answer, people = io.BytesIO(), rng.normal(size=(2, worker.RECORD))
    worker.send(answer, people)
    assert worker.ANSWER.unpack(answer.getvalue()[:4]) == (2,)
    assert np.array_equal(np.frombuffer(answer.getvalue()[4:]).reshape(2, -1), people)


def test_blur_lowers_sharpness_and_light_does_not_change_it():
    rng = np.random.default_rng(0)
    tiles = rng.integers(20, 250, (40, 30), dtype=np.uint8)
    texture = np.repeat(np.kron(tiles, np.ones((10, 10), np.uint8))[..., None], 3, axis=2)
    points = rng.uniform(0.2, 0.8, (33, 2))
    sharp, bright = worker.picture_quality(texture, points)
    blurs = [worker.picture_quality(cv2.GaussianBlur(texture, (0, 0), s), points)[0] for s in (1.5, 3.0, 6.0)]
    assert sharp > blurs[0] > blurs[1] > blurs[2] > 0
    dark_sharp, dark = worker.picture_quality((texture * 0.5).astype(np.uint8), points)
    assert dark_sharp == pytest.approx(sharp, rel=0.1)
    assert dark == pytest.approx(bright / 2, rel=0.05)


def test_brightness_counts_the_persons_box_alone():
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[20:80, 30:60] = 204
    corners = np.resize([[0.3, 0.2], [0.6, 0.8]], (33, 2))
    assert worker.picture_quality(rgb, corners) == (0.0, pytest.approx(0.8))
    assert np.isnan(worker.picture_quality(rgb, corners + 2)).all()


def test_a_short_clip_takes_fewer_workers():
    assert default_workers(5) == 1
    assert 1 <= default_workers(100_000) <= 16
