"""The pose model in worker processes: the same landmarks for any number of them, in pixels of the clip."""

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from formcheck import capture, models
from formcheck.errors import ModelError
from formcheck.landmarks import Landmark
from formcheck.pose import clip, default_workers, find_everyone, stretches, track_athlete
from formcheck.pose.landmarker import Whole, landmarker
from formcheck.pose.places import between
from formcheck.types import Frame, VideoInfo
from formcheck.workers import Workers

N_FRAMES = 20
MODEL = models.resolve


def info_of(frames) -> VideoInfo:
    height, width = frames[0].rgb.shape[:2]
    return VideoInfo("made", "", width, height, 0, len(frames) / 30, len(frames), 30.0, None, False)


@pytest.fixture(scope="module")
def squatter():
    """A rendered athlete squatting in front of the camera, at 10 frames a second."""
    from formcheck.synthetic.render import render_clip
    from formcheck.synthetic.samples import SAMPLES
    from formcheck.synthetic.scenario import motion

    scenario = replace(SAMPLES["squat_left"], duration_s=N_FRAMES / 10, fps=10.0)
    frames = [Frame(rgb, i / 10, i) for i, rgb in enumerate(render_clip(scenario, motion(scenario)))]
    assert len(frames) == N_FRAMES
    return frames


@pytest.fixture(scope="module")
def film(squatter, tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "squat.mp4"
    write(path, squatter)
    return path


def write(path, frames):
    capture.write_video(path, [f.rgb for f in frames], times_s=[f.time_s for f in frames], crf=12)


def tracked(path, count, **options):
    with Workers(count) as workers:
        return track_athlete(path, capture.probe(path), model=MODEL(), workers=workers, **options)


@pytest.mark.slow
def test_landmarks_are_the_same_to_the_bit_for_any_number_of_workers(film, monkeypatch):
    """The clip is cut into different stretches for each."""
    monkeypatch.setattr("formcheck.pose.tracking._LEAST_STRETCH", 2)
    told = []
    runs = [tracked(film, count, progress=lambda *p: told.append(p)) for count in (1, 2, 3)]
    assert np.isfinite(runs[0].xy_px).all()
    assert runs[0].time_s == pytest.approx(np.arange(N_FRAMES) / 10)
    assert all(same(run, runs[0]) for run in runs[1:])
    assert [(done, total) for _, done, total in told[:N_FRAMES]] == [(i + 1, N_FRAMES) for i in range(N_FRAMES)]


def same(run, other):
    return all(
        np.array_equal(getattr(run, name), getattr(other, name)) for name in ("time_s", "xy_px", "visibility")
    ) and all(np.array_equal(run.extras[name], column, equal_nan=True) for name, column in other.extras.items())


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_of_a_slow_movement_few_frames_are_read_and_those_as_if_all_were(film, monkeypatch, count):
    monkeypatch.setattr("formcheck.pose.tracking._MIDDLE_S", 0.8)
    asked, told = [], []
    kept = {}

    def will_do(pose):
        asked.append(pose.time_s)
        return True

    options = {"apart": 2, "kept": [3, 10], "keep": lambda frame: kept.update({frame.index: frame})}
    thin = tracked(film, count, will_do=will_do, progress=lambda *p: told.append(p), **options)
    read = sorted({*range(0, N_FRAMES, 2), 3, N_FRAMES - 1})
    assert thin.time_s == pytest.approx(np.array(read) / 10)
    whole = tracked(film, 1)
    assert np.array_equal(thin.xy_px, whole.xy_px[read])
    assert asked[0] == pytest.approx([0.6, 0.8, 1.0, 1.2])
    assert asked[1] == pytest.approx(thin.time_s)
    assert len(asked) == 2
    assert sorted(kept) == [3, 10]
    assert [done for _, done, _ in told[: len(read)]] == list(range(1, len(read) + 1))
    assert [total for _, _, total in told[: len(read)]] == [N_FRAMES] * 4 + [len(read)] * (len(read) - 4)
    assert same(tracked(film, count, **options), thin), "where it is known, nobody is asked"


@pytest.mark.slow
@pytest.mark.parametrize("answers", [[False], [True, False]], ids=["in the middle", "in the end"])
def test_where_few_frames_will_not_do_the_others_are_read(film, monkeypatch, answers):
    monkeypatch.setattr("formcheck.pose.tracking._MIDDLE_S", 0.8)
    left = iter(answers)
    kept = []
    told = []
    every = tracked(
        film,
        2,
        apart=2,
        will_do=lambda _: next(left),
        kept=[3, 10],
        keep=lambda frame: kept.append(frame.index),
        progress=lambda *p: told.append(p),
    )
    assert same(every, tracked(film, 1))
    assert next(left, None) is None
    assert sorted(kept) == [3, 10]
    assert told[N_FRAMES - 1][1:] == (N_FRAMES, N_FRAMES)


@pytest.mark.slow
def test_a_place_known_from_the_frames_around_gives_the_landmarks_of_a_search(film, squatter):
    """Where people are is looked for in every other frame here; each frame searched by itself says the same."""
    pose = tracked(film, 1)
    assert clip.spacing(capture.probe(film)) == 2
    with Workers(1) as workers:
        alone = find_everyone(workers, squatter, info_of(squatter), MODEL())
    away = np.linalg.norm(pose.xy_px - alone.xy_px[:, 0], axis=-1)
    height = np.ptp(alone.xy_px[0, 0, :, 1])
    assert np.median(away) < 0.01 * height
    assert np.max(np.median(away, axis=1)) < 0.03 * height
    assert pose.xy_px[:, Landmark.LEFT_HIP, 0].mean() > pose.xy_px[:, Landmark.RIGHT_HIP, 0].mean(), "facing us"


@pytest.mark.slow
def test_mediapipes_own_interface_gives_what_its_parts_give(squatter):
    whole, parts = Whole(MODEL().path), landmarker(str(MODEL().path))
    for frame in squatter[:3]:
        (one,), (other,) = whole.people(frame.rgb), parts.people(frame.rgb)
        assert np.array_equal(one, other)


@pytest.mark.slow
def test_the_athlete_is_found_in_pixels_of_the_whole_picture(squatter, capfd):
    """At twice the size the landmarks lie at twice the place; the model's chatter stays out of the terminal."""
    frames = squatter[:3]
    size = (2 * frames[0].rgb.shape[1], 2 * frames[0].rgb.shape[0])
    double = [replace(f, rgb=cv2.resize(f.rgb, size, interpolation=cv2.INTER_CUBIC)) for f in frames]
    assert max(size) > clip.LONG_SIDE_PX
    with Workers(1) as workers:
        one = find_everyone(workers, frames, info_of(frames), MODEL())
        two = find_everyone(workers, double, info_of(double), MODEL())
    away = np.linalg.norm(two.xy_px[:, 0] / 2 - one.xy_px[:, 0], axis=-1)
    assert np.median(away) < 0.02 * np.ptp(one.xy_px[0, 0, :, 1])
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_where_the_athlete_is_lost_a_closer_look_finds_them(film, squatter, tmp_path, monkeypatch):
    """The first look at one frame finds nobody; the second, at the place alone, gives what the first would have."""
    monkeypatch.setattr("formcheck.pose.tracking.find_in_stretch", blind_in_frame_7)
    monkeypatch.syspath_prepend(str(__file__).rsplit("/", 1)[0])
    pose = tracked(film, 1)
    assert np.isfinite(pose.xy_px).all()
    monkeypatch.undo()
    plain = tracked(film, 1)
    rows = [n for n in range(N_FRAMES) if n != 7]
    assert np.array_equal(pose.xy_px[rows], plain.xy_px[rows])
    away = np.linalg.norm(pose.xy_px[7] - plain.xy_px[7], axis=-1)
    assert 0 < np.median(away) < 0.02 * np.ptp(plain.xy_px[7, :, 1])


def blind_in_frame_7(*arguments):
    for index, time_s, people in clip.find_in_stretch(*arguments):
        yield index, time_s, people[:0] if index == 7 else people


@pytest.mark.slow
def test_frames_that_are_wanted_for_other_uses_are_handed_out(film, squatter):
    kept = {}
    tracked(film, 2, kept=[3, 11], keep=lambda frame: kept.update({frame.index: frame}))
    assert sorted(kept) == [3, 11]
    for index, frame in kept.items():
        assert frame.time_s == pytest.approx(index / 10)
        assert np.abs(frame.rgb.astype(int) - squatter[index].rgb).mean() < 4


@pytest.mark.slow
def test_an_empty_room_has_nobody_in_it():
    room = np.full((480, 270, 3), 128, np.uint8)
    room[300:] = 80
    frames = [Frame(room, i / 30, i) for i in range(2)]
    with Workers(1) as workers:
        assert not find_everyone(workers, frames, info_of(frames), MODEL()).present.any()


@pytest.mark.slow
def test_a_model_that_mediapipe_refuses_is_one_clear_line(tmp_path, squatter):
    import zipfile

    path = tmp_path / "own.task"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pose_detector.tflite", b"x")
        file.writestr("pose_landmarks_detector.tflite", b"x")
    with Workers(2) as workers, pytest.raises(ModelError, match="the pose model cannot be loaded") as caught:
        find_everyone(workers, squatter, info_of(squatter), models.resolve(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("n_frames", "workers", "multiple"), [(1, 2, 6), (614, 2, 6), (1578, 2, 6), (54_000, 4, 12)])
def test_stretches_cover_a_clip_once_and_begin_where_a_search_does(n_frames, workers, multiple):
    parts = list(stretches(n_frames, workers=workers, multiple=multiple))
    assert [first for first, _ in parts] == [0, *(last for _, last in parts[:-1])]
    assert parts[-1][1] == n_frames
    assert all(first % multiple == 0 for first, _ in parts)
    lengths = [last - first for first, last in parts]
    assert max(lengths) < 620
    assert lengths[-1] <= 24 + multiple, "so that all workers end together"


RIGHT = np.array([0.7, 0.5, 0.4, 0.2, 0.0])
LEFT = np.array([0.2, 0.5, 0.4, 0.2, 0.1])


def test_somebody_seen_twice_is_in_between_and_turned_the_shorter_way():
    moved = RIGHT + np.array([0.04, 0.0, 0.0, 0.0, 0.2])
    (place,) = between([RIGHT], [moved], 0.25, (1000, 2000))
    assert place == pytest.approx(RIGHT + np.array([0.01, 0, 0, 0, 0.05]))
    turns = [np.array([0.5, 0.5, 0.4, 0.2, turn]) for turn in (3.1, -3.1)]
    (place,) = between([turns[0]], [turns[1]], 0.5, (1000, 2000))
    assert abs(abs(place[4]) - np.pi) < 1e-6


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1])))
def test_two_people_keep_their_places_whatever_their_order(order):
    after = [[RIGHT, LEFT][i] + 0.01 for i in order]
    found = between([RIGHT, LEFT], after, 0.5, (1000, 2000))
    assert sorted(place[0] for place in found) == pytest.approx([0.205, 0.705])


def test_somebody_seen_once_is_looked_for_there_for_half_of_the_way():
    for share, expected in ((0.0, 1), (0.4, 1), (0.6, 0)):
        assert len(between([RIGHT], [], share, (1000, 2000))) == expected
        assert len(between([], [LEFT], share, (1000, 2000))) == 1 - expected
    assert len(between([RIGHT], [LEFT], 0.2, (1000, 2000))) == 1, "too far apart to be the same"


def test_blur_lowers_sharpness_and_light_does_not_change_it():
    rng = np.random.default_rng(0)
    tiles = rng.integers(20, 250, (40, 30), dtype=np.uint8)
    texture = np.repeat(np.kron(tiles, np.ones((10, 10), np.uint8))[..., None], 3, axis=2)
    points = rng.uniform(0.2, 0.8, (33, 2))
    sharp, bright = clip.picture_quality(texture, points)
    blurs = [clip.picture_quality(cv2.GaussianBlur(texture, (0, 0), s), points)[0] for s in (1.5, 3.0, 6.0)]
    assert sharp > blurs[0] > blurs[1] > blurs[2] > 0
    dark_sharp, dark = clip.picture_quality((texture * 0.5).astype(np.uint8), points)
    assert dark_sharp == pytest.approx(sharp, rel=0.1)
    assert dark == pytest.approx(bright / 2, rel=0.05)


def test_brightness_counts_the_persons_box_alone():
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[20:80, 30:60] = 204
    corners = np.resize([[0.3, 0.2], [0.6, 0.8]], (33, 2))
    assert clip.picture_quality(rgb, corners) == (0.0, pytest.approx(0.8))
    assert np.isnan(clip.picture_quality(rgb, corners + 2)).all()


def test_a_short_clip_takes_fewer_workers():
    assert default_workers(5) == 1
    assert 1 <= default_workers(100_000) <= 16
