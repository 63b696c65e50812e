"""The overlay film: the clip's own pictures and times, the same bytes whoever draws, and what becomes of odd clips."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from athletes import squat

from formcheck import overlay_film
from formcheck.capture import probe, read_frames, write_video
from formcheck.overlay.faces import FaceBlur
from formcheck.overlay_film import draw_stretch, drawing_hands, write_overlay_film
from formcheck.scaling import scaled_pose
from formcheck.workers import Task, Workers

SIZE = (180, 320)
FREE = np.s_[:320, 150:180]
"""Where nothing is drawn on the athlete."""


def pictures(count, size=SIZE):
    """Soft patches of colour that move upwards by a pixel a frame."""
    width, height = size
    patches = np.random.default_rng(4).integers(30, 220, (height // 16, width // 16, 3), dtype=np.uint8)
    wall = cv2.resize(patches, size, interpolation=cv2.INTER_LINEAR)
    for number in range(count):
        yield np.ascontiguousarray(np.roll(wall, -number, axis=0))


def clip_of(path, count=90, *, size=SIZE, **options):
    """A clip, and an assessment of as many frames in its pixels."""
    whole = squat(reps=count // 60 + 2)
    times_s = whole.pose.time_s[:count]
    write_video(path, pictures(count, size), times_s=times_s, crf=8, **options)
    pose = scaled_pose(whole.pose, size[0] / 720)
    rows = {name: getattr(pose, name)[:count] for name in ("time_s", "xy_px", "visibility")}
    pose = replace(pose, **rows, extras={n: v[:count] for n, v in pose.extras.items()})
    return replace(whole, pose=pose, video=probe(path), angles={n: v[:count] for n, v in whole.angles.items()})


def film(assessment, clip, target, *, workers=1, **more):
    """Write an overlay film with so many workers."""
    with drawing_hands(len(assessment.pose), workers) as hands:
        assert (hands.count if hands else 1) == workers
        return write_overlay_film(assessment, clip, target, hands=hands, **more)


def shown(path):
    return [frame.rgb for frame in read_frames(path, probe(path))]


def test_it_is_the_same_for_any_number_of_workers(tmp_path):
    assessment = clip_of(tmp_path / "a.mp4", 160)
    films = []
    for workers in (1, 2, 3):
        told = []
        target = tmp_path / f"{workers}.mp4"
        kept = film(
            assessment,
            tmp_path / "a.mp4",
            target,
            keep=frozenset({3, 100}),
            workers=workers,
            progress=lambda *step, told=told: told.append(step),
        )
        assert sorted(kept) == [3, 100]
        assert [kept[i].time_s for i in (3, 100)] == assessment.pose.time_s[[3, 100]].tolist()
        assert told == [("Drawing the overlay", done, 160) for done in range(1, 161)]
        films.append(target.read_bytes())
    assert films[0] == films[1] == films[2]


def test_its_pictures_are_the_clips_with_drawings_at_the_same_times(tmp_path):
    assessment = clip_of(tmp_path / "a.mp4")
    film(assessment, tmp_path / "a.mp4", tmp_path / "o.mp4")
    info = probe(tmp_path / "o.mp4")
    assert (info.width_px, info.n_frames) == (180, 90)
    assert info.height_px > 320
    frames = list(read_frames(tmp_path / "o.mp4", info))
    assert [f.time_s for f in frames] == assessment.pose.time_s.tolist()
    for drawn, plain in zip(frames, shown(tmp_path / "a.mp4"), strict=True):
        away = np.abs(drawn.rgb[:320].astype(int) - plain)
        assert away[FREE].mean() < 3
        assert (away.max(axis=2) > 60).sum() > 100, "something is drawn"
    with av.open(str(tmp_path / "o.mp4")) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    assert [k for k, p in enumerate(packets) if p.is_keyframe] == [0, 24, 48, 72]


def coloured(path, source, **colours):
    """A clip's pictures encoded again, in other colours than BT.709 of limited range."""
    pixels = colours.pop("pix_fmt", "yuv420p")
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream("libx264", rate=30, options={"crf": "4", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        context = stream.codec_context
        context.colorspace, context.color_range = colours["colorspace"], colours["color_range"]
        for frame in old.decode(video=0):
            matrix = {1: 1, 2: 5, 5: 5, 6: 5, 9: 9}[colours["colorspace"]]
            picture = frame.reformat(format=pixels, dst_colorspace=matrix, dst_color_range=colours["color_range"] or 1)
            new.mux(stream.encode(picture))
        new.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("colours", "tagged"),
    [
        ({"colorspace": 1, "color_range": 1}, 1),
        ({"colorspace": 5, "color_range": 1}, 6),
        ({"colorspace": 6, "color_range": 0}, 6),
        ({"colorspace": 2, "color_range": 0}, 6),
        ({"colorspace": 1, "color_range": 2, "pix_fmt": "yuvj420p"}, 1),
        ({"colorspace": 5, "color_range": 2, "pix_fmt": "yuvj420p"}, 6),
        ({"colorspace": 1, "color_range": 1, "pix_fmt": "yuv420p10le"}, 1),
        ({"colorspace": 1, "color_range": 1, "pix_fmt": "yuv444p"}, 1),
        ({"colorspace": 9, "color_range": 1, "pix_fmt": "yuv420p10le"}, 1),
    ],
)
def test_colours_stay_whatever_a_clip_stores_them_as(tmp_path, colours, tagged):
    assessment = clip_of(tmp_path / "a.mp4", 30)
    coloured(tmp_path / "b.mp4", tmp_path / "a.mp4", **colours)
    assessment = replace(assessment, video=probe(tmp_path / "b.mp4"))
    film(assessment, tmp_path / "b.mp4", tmp_path / "o.mp4")
    with av.open(str(tmp_path / "o.mp4")) as made:
        context = made.streams.video[0].codec_context
        assert (context.pix_fmt, context.colorspace, context.color_range) == ("yuv420p", tagged, 1)
    for drawn, plain in zip(shown(tmp_path / "o.mp4"), shown(tmp_path / "b.mp4"), strict=True):
        away = drawn[FREE].astype(int) - plain[FREE]
        parts = away.reshape(20, 16, 30, 3).mean(axis=(1, 2))
        assert np.abs(parts).mean() < 2, "with another matrix it would be 3 to 4"
        assert np.abs(away).mean() < 4, "what the encoder leaves out"


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_a_clip_that_lies_on_its_side_is_upright(tmp_path, rotation_deg):
    assessment = clip_of(tmp_path / "a.mp4", 30, rotation_deg=rotation_deg)
    film(assessment, tmp_path / "a.mp4", tmp_path / "o.mp4")
    for drawn, plain in zip(shown(tmp_path / "o.mp4"), shown(tmp_path / "a.mp4"), strict=True):
        assert np.abs(drawn[FREE].astype(int) - plain[FREE]).mean() < 3


def test_a_large_clip_is_brought_to_the_working_size_and_an_odd_one_to_an_even(tmp_path):
    for name, size, expected in (("large", (900, 1600), (720, 1280)), ("odd", (751, 1335), (720, 1280))):
        assessment = clip_of(tmp_path / f"{name}.mp4", 12, size=size)
        info = replace(assessment.video, width_px=size[0], height_px=size[1])
        small = replace(assessment, video=info, pose=scaled_pose(assessment.pose, 1280 / size[1]))
        film(small, tmp_path / f"{name}.mp4", tmp_path / "o.mp4")
        made = probe(tmp_path / "o.mp4")
        assert made.width_px == expected[0]
        assert made.height_px % 2 == 0
        plain = next(iter(read_frames(tmp_path / f"{name}.mp4", info, long_side_px=1280))).rgb
        assert np.abs(shown(tmp_path / "o.mp4")[0][:1280, 600:720].astype(int) - plain[:, 600:720]).mean() < 4


def test_pictures_that_cannot_be_read_are_left_out_and_the_others_stay_in_place(tmp_path, monkeypatch):
    assessment = clip_of(tmp_path / "a.mp4", 60)
    whole = overlay_film.draw_stretch
    missing = {0, 24, 30, 59}

    def spoilt(*arguments):
        for item in whole(*arguments):
            yield item._replace(data=b"") if item.number in missing else item

    monkeypatch.setattr(overlay_film, "draw_stretch", spoilt)
    film(assessment, tmp_path / "a.mp4", tmp_path / "o.mp4")
    with av.open(str(tmp_path / "o.mp4")) as made:
        ticks = [p.pts for p in made.demux(video=0) if p.size]
    expected = [k * 3000 for k in range(60) if k not in missing]
    assert [t - ticks[0] for t in ticks] == [t - expected[0] for t in expected]


def die_after_some(mark, *arguments):
    """Draw, and kill the own process in the middle of doing so the first time."""
    for number, item in enumerate(draw_stretch(*arguments)):
        yield item
        if number == 10 and not Path(mark).exists():
            Path(mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_costs_nothing_of_the_film(tmp_path, monkeypatch):
    assessment = clip_of(tmp_path / "a.mp4", 90)
    film(assessment, tmp_path / "a.mp4", tmp_path / "whole.mp4")
    run = Workers.run

    def deadly(self, tasks):
        return run(self, (Task(die_after_some, (str(tmp_path / "mark"), *t.arguments)) for t in tasks))

    monkeypatch.setattr(Workers, "run", deadly)
    film(assessment, tmp_path / "a.mp4", tmp_path / "o.mp4", workers=2)
    assert (tmp_path / "mark").exists()
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_faces_are_covered_in_brightness_and_in_colour(tmp_path):
    assessment = clip_of(tmp_path / "a.mp4", 30)
    blur = FaceBlur(assessment.pose)
    kept = film(assessment, tmp_path / "a.mp4", tmp_path / "o.mp4", blur=blur, keep=frozenset({9}), workers=1)
    drawn, plain = shown(tmp_path / "o.mp4"), shown(tmp_path / "a.mp4")
    for number in range(30):
        x, y, radius = (int(v) for v in blur.cover(number).circles[0])
        head = np.s_[y - radius // 2 : y + radius // 2, x - radius // 2 : x + radius // 2]
        hidden = blur.cover(number).of(plain[number])
        assert np.abs(drawn[number][head].astype(int) - hidden[head]).mean() < 6
        assert np.abs(drawn[number][head].astype(int) - plain[number][head]).mean() > 10
    np.testing.assert_array_equal(kept[9].rgb, blur.cover(9).of(plain[9]))
