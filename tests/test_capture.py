"""Reading and writing video: times, turns, rates and colours that are known beforehand."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.capture import probe, read_frames, write_video
from formcheck.capture.probing import time_stretch, varies
from formcheck.errors import InputError, UsageError

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE = (200, 30, 20), (20, 190, 40), (30, 40, 210)


def picture(number: int = 0, *, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Red top left, green top right, blue below; a white bar counts along the bottom."""
    image = np.empty((height, width, 3), np.uint8)
    image[:] = BLUE
    image[: height // 2, : width // 2] = RED
    image[: height // 2, width // 2 :] = GREEN
    image[-16:, : 8 * (number % 8 + 1)] = 255
    return image


def count_shown(rgb: np.ndarray) -> int:
    return round(float(np.mean(rgb[-8, :, 0] > 128)) * rgb.shape[1] / 8) - 1


def clip(path: Path, *, n: int = 40, fps: float = 30.0, times_s: np.ndarray | None = None, **options) -> np.ndarray:
    times_s = np.arange(n) / fps if times_s is None else times_s
    size = {key: options.pop(key) for key in ("width", "height") if key in options}
    write_video(path, (picture(i, **size) for i in range(len(times_s))), times_s=times_s, **options)
    return times_s


def uneven_times() -> np.ndarray:
    return np.cumsum(np.random.default_rng(3).uniform(0.01, 0.06, 50)) - 0.01


def test_written_times_come_back_for_an_uneven_rate(tmp_path):
    times_s = clip(tmp_path / "a.mp4", times_s=uneven_times())
    info = probe(tmp_path / "a.mp4")
    frames = list(read_frames(tmp_path / "a.mp4", info))
    assert np.max(np.abs(np.array([f.time_s for f in frames]) - times_s)) < 1 / 90_000
    assert [f.index for f in frames] == list(range(50))
    assert [count_shown(f.rgb) for f in frames] == [i % 8 for i in range(50)]
    assert info.variable_rate
    assert info.n_frames == 50
    assert info.mean_fps == pytest.approx(49 / (times_s[-1] - times_s[0]), rel=1e-4)


def test_an_even_rate_is_not_called_variable(tmp_path):
    clip(tmp_path / "a.mp4", fps=30000 / 1001)
    info = probe(tmp_path / "a.mp4")
    assert not info.variable_rate
    assert info.mean_fps == pytest.approx(29.97, abs=0.001)
    assert info.duration_s == pytest.approx(40 * 1001 / 30000, abs=1e-4)
    assert (info.time_stretch, info.time_stretch_source, info.capture_fps) == (1.0, "none", None)
    assert info.sha256 == hashlib.sha256((tmp_path / "a.mp4").read_bytes()).hexdigest()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_turn_comes_back_upright(tmp_path, rotation):
    clip(tmp_path / "a.mp4", n=12, rotation_deg=rotation)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stored = (container.streams.video[0].width, container.streams.video[0].height)
    assert stored == ((HEIGHT, WIDTH) if rotation in (90, 270) else (WIDTH, HEIGHT))
    info = probe(tmp_path / "a.mp4")
    assert (info.rotation_deg, info.width_px, info.height_px) == (rotation, WIDTH, HEIGHT)
    frame = next(read_frames(tmp_path / "a.mp4", info))
    assert frame.rgb.flags.c_contiguous
    for point, colour in (((10, 10), RED), ((10, -10), GREEN), ((40, 48), BLUE)):
        assert np.allclose(frame.rgb[point], colour, atol=12)


def test_turning_is_clockwise_as_players_do_it(tmp_path):
    """FFmpeg's own angle is counterclockwise, so a clip to be turned 90° clockwise must say −90 there."""
    clip(tmp_path / "a.mp4", n=4, rotation_deg=90)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert next(container.decode(video=0)).rotation == -90


def test_a_mirrored_display_matrix_is_followed(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.set_display_matrix([-1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30])
        for i in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(i), format="rgb24")))
        container.mux(stream.encode(None))
    frame = next(read_frames(path, probe(path)))
    assert frame.rgb[10, 10].argmax() == 1, "green is at the left in the mirror"
    assert frame.rgb[10, -10].argmax() == 0


@pytest.mark.parametrize(("codec", "pixels"), [("libx265", "yuv420p"), ("libx265", "yuv420p10le")])
def test_hevc_and_ten_bit_are_read(tmp_path, codec, pixels):
    clip(tmp_path / "a.mov", n=10, codec=codec, pixel_format=pixels, rotation_deg=90)
    info = probe(tmp_path / "a.mov")
    frames = list(read_frames(tmp_path / "a.mov", info))
    assert info.codec == "hevc"
    assert len(frames) == 10
    assert np.allclose(frames[0].rgb[10, 10], RED, atol=12)


def test_odd_sizes_are_padded_and_keep_their_pixels(tmp_path):
    clip(tmp_path / "a.mp4", n=5, width=95, height=63)
    info = probe(tmp_path / "a.mp4")
    assert (info.width_px, info.height_px) == (96, 64)
    assert np.allclose(next(read_frames(tmp_path / "a.mp4", info)).rgb[10, 10], RED, atol=12)


def test_the_same_frames_give_the_same_bytes(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        clip(tmp_path / name, times_s=uneven_times(), tags={"com.android.capture.fps": "240"})
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_file_plays_in_a_browser(tmp_path):
    """H.264, yuv420p, and the index before the pictures."""
    clip(tmp_path / "a.mp4")
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="differ in size"):
        write_video(tmp_path / "a.mp4", [picture(), picture(width=48)], times_s=[0, 0.1])
    with pytest.raises(ValueError, match="increase"):
        write_video(tmp_path / "a.mp4", [picture(), picture()], times_s=[0.1, 0.1])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        write_video(tmp_path / "a.mp4", [picture(), picture()], times_s=[0, 0.1, 0.2])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", [1, 31, 33, 39])
def test_a_part_is_the_same_as_in_the_whole(tmp_path, start):
    clip(tmp_path / "a.mp4", n=40, fps=15)  # a key frame every 30
    info = probe(tmp_path / "a.mp4")
    whole = list(read_frames(tmp_path / "a.mp4", info))
    part = list(read_frames(tmp_path / "a.mp4", info, start=start, stop=start + 3))
    assert [f.index for f in part] == list(range(start, min(start + 3, 40)))
    for frame in part:
        assert np.array_equal(frame.rgb, whole[frame.index].rgb)
        assert frame.time_s == whole[frame.index].time_s


@pytest.mark.parametrize("rotation", [0, 90])
def test_images_can_be_read_smaller(tmp_path, rotation):
    clip(tmp_path / "a.mp4", n=4, rotation_deg=rotation)
    info = probe(tmp_path / "a.mp4")
    small = next(read_frames(tmp_path / "a.mp4", info, long_side_px=48)).rgb
    assert small.shape == (32, 48, 3)
    assert small.flags.c_contiguous
    for point, colour in (((5, 5), RED), ((5, -5), GREEN), ((20, 24), BLUE)):
        assert np.allclose(small[point], colour, atol=12)
    same = next(read_frames(tmp_path / "a.mp4", info, long_side_px=500)).rgb
    assert same.shape == (HEIGHT, WIDTH, 3), "never scaled up"


def test_reading_can_be_left_early(tmp_path):
    clip(tmp_path / "a.mp4")
    frames = read_frames(tmp_path / "a.mp4", probe(tmp_path / "a.mp4"))
    assert next(frames).index == 0
    frames.close()
    assert next(frames, None) is None


def test_slow_motion_tagged_by_the_camera_is_undone(tmp_path):
    """240 a second, stored to play at 30: eight seconds of playback are one real second."""
    clip(tmp_path / "a.mp4", fps=30, tags={"com.android.capture.fps": "240"})
    info = probe(tmp_path / "a.mp4")
    assert (info.time_stretch, info.time_stretch_source, info.capture_fps) == (pytest.approx(8), "container", 240)
    assert info.mean_fps == pytest.approx(240)
    assert info.duration_s == pytest.approx(40 / 240)
    assert [f.time_s for f in read_frames(tmp_path / "a.mp4", info)] == pytest.approx(np.arange(40) / 240, abs=1e-5)


def test_the_users_rate_wins_over_the_tag(tmp_path):
    clip(tmp_path / "a.mp4", fps=30, tags={"com.android.capture.fps": "240"})
    info = probe(tmp_path / "a.mp4", capture_fps=120)
    assert (info.time_stretch, info.time_stretch_source, info.capture_fps) == (pytest.approx(4), "user", 120)


def test_fast_capture_played_at_its_own_rate_is_not_slow_motion():
    assert time_stretch(240, tagged_fps=240, user_fps=None) == (1.0, "none")
    assert time_stretch(24, tagged_fps=30, user_fps=None) == (1.0, "none")
    assert time_stretch(60, tagged_fps=None, user_fps=60) == (1.0, "user")


@pytest.mark.parametrize("fps", [0, -30, float("nan"), float("inf"), 20])
def test_a_rate_that_does_not_fit_is_refused(fps):
    with pytest.raises(UsageError, match="capture-fps"):
        time_stretch(60, tagged_fps=None, user_fps=fps)


def test_phone_jitter_is_not_a_variable_rate():
    steps = np.full(300, 1 / 30) + np.random.default_rng(0).normal(0, 0.001, 300)
    assert not varies(np.cumsum(steps))
    steps[::20] *= 2
    assert varies(np.cumsum(steps))


@pytest.mark.parametrize("codec", ["magicyuv", "utvideo", "cinepak"])
def test_what_no_camera_writes_is_refused_before_it_is_decoded(tmp_path, codec):
    pixels = {"magicyuv": "gbrp", "cinepak": "rgb24"}.get(codec, "yuv420p")
    with av.open(str(tmp_path / "a.avi"), "w") as file:
        stream = file.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, pixels
        for packet in (*stream.encode(av.VideoFrame(64, 64, pixels)), *stream.encode()):
            file.mux(packet)
    with pytest.raises(InputError, match=f"is stored as {codec}, which no phone writes; export it as H.264 or HEVC"):
        probe(tmp_path / "a.avi")


def test_sound_beside_the_picture_is_passed_over(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        film = container.add_stream("libx264", rate=30)
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(30):
            container.mux(film.encode(av.VideoFrame.from_ndarray(picture(i), format="rgb24")))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        tone.rate = 44100
        container.mux(sound.encode(tone))
        container.mux(film.encode(None))
        container.mux(sound.encode(None))
    info = probe(path)
    assert info.n_frames == 30
    assert len(list(read_frames(path, info))) == 30


def test_an_edit_list_that_cuts_the_beginning_is_honoured(tmp_path):
    """Packets from before the cut stay in the file, as phones leave them; they are neither counted nor shown."""
    clip(tmp_path / "whole.mp4", n=40)
    data = bytearray((tmp_path / "whole.mp4").read_bytes())
    at = data.index(b"elst") + 4
    assert int.from_bytes(data[at + 4 : at + 8]) == 1
    media_time = int.from_bytes(data[at + 12 : at + 16])
    data[at + 12 : at + 16] = (media_time + 10 * 3000).to_bytes(4, "big")
    (tmp_path / "cut.mp4").write_bytes(data)
    info = probe(tmp_path / "cut.mp4")
    frames = list(read_frames(tmp_path / "cut.mp4", info))
    assert len(frames) == info.n_frames == 30
    assert frames[0].time_s == 0
    assert count_shown(frames[0].rgb) == 10 % 8


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        film = container.add_stream("libx264", rate=30)
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        film.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for i in range(5):
            container.mux(film.encode(av.VideoFrame.from_ndarray(picture(i), format="rgb24")))
        container.mux(film.encode(None))
    info = probe(path)
    assert (info.width_px, info.height_px) == (128, 64)
    assert next(read_frames(path, info)).rgb.shape == (64, 128, 3)


@pytest.mark.parametrize(("every", "furthest"), [(8, 8), (None, 60)])
def test_keyframes_come_at_least_as_often_as_wanted(tmp_path, every, furthest):
    still = (np.full((HEIGHT, WIDTH, 3), 90, np.uint8) for _ in range(130))
    write_video(tmp_path / "a.mp4", still, times_s=np.arange(130) / 30, keyframe_every=every)
    with av.open(str(tmp_path / "a.mp4")) as container:
        keys = [i for i, packet in enumerate(p for p in container.demux(video=0) if p.size) if packet.is_keyframe]
    assert np.diff(keys).max() == furthest
