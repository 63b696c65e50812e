"""Files that are broken, wrong or meant to do harm: one clear line each, no memory eaten, no connection opened."""

import http.server
import itertools
import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.hostile import boxes
from benchmarks.hostile.films import film
from formcheck.capture import probe, read_frames, write_video
from formcheck.capture.source import check_pictures
from formcheck.errors import InputError
from formcheck.exchange import read_pose
from formcheck.first_look import facts
from formcheck.types import MAX_FRAMES


def moving_noise(n: int, *, size: tuple[int, int] = (64, 96)):
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 255, (size[0], size[1], 3), dtype=np.uint8)
    return (np.roll(tile, 3 * i, axis=1) for i in range(n))


def write(path, *, n=90, fps=30, **options):
    write_video(path, moving_noise(n), times_s=np.arange(n) / fps, **options)
    return path


def refusal(path) -> str:
    """The one line that a file is refused with."""
    with pytest.raises(InputError) as caught:
        probe(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


def test_a_missing_file(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nothing.mp4")


def test_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_a_name_that_no_system_accepts(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        probe(tmp_path / "a\0b.mp4")
    with pytest.raises(InputError, match="cannot be opened"):
        probe(tmp_path / ("a" * 5000))


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
def test_a_pipe_and_a_device_are_told_before_they_are_opened(tmp_path):
    os.mkfifo(tmp_path / "a.mp4")
    assert "a pipe or a device" in refusal(tmp_path / "a.mp4")
    assert "a pipe or a device" in refusal("/dev/zero")
    with pytest.raises(InputError, match="a pipe or a device"):
        read_pose(tmp_path / "a.mp4")


def test_a_file_larger_than_any_clip(tmp_path):
    with (tmp_path / "a.mp4").open("wb") as file:
        file.truncate(1 << 40)
    assert "1099512 MB" in refusal(tmp_path / "a.mp4")


def test_an_empty_file(tmp_path):
    (tmp_path / "a.mp4").touch()
    assert "0 bytes" in refusal(tmp_path / "a.mp4")


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = write(tmp_path / "a.mp4", n=10)
    if os.geteuid() == 0:  # root may read everything, so the system's answer is put in its mouth

        def deny(*_args, **_options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "open", deny)
    else:
        path.chmod(0)
    assert "no permission" in refusal(path)


@pytest.mark.parametrize("content", [b"frame,time_s\n1,0.0\n" * 200, b"<html>sign in</html>", bytes(5000)])
def test_something_else_renamed(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    assert "not a video that can be read" in refusal(tmp_path / "a.mp4")


def test_noise(tmp_path):
    (tmp_path / "a.mp4").write_bytes(np.random.default_rng(1).bytes(200_000))
    refusal(tmp_path / "a.mp4")


def test_sound_alone(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        tone.rate = 44100
        container.mux(stream.encode(tone))
        container.mux(stream.encode(None))
    assert "only sound" in refusal(tmp_path / "a.mp4")


def test_a_single_picture(tmp_path):
    assert "a single picture" in refusal(write(tmp_path / "a.mp4", n=1))


def test_a_photo(tmp_path):
    with av.open(str(tmp_path / "a.png"), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(next(moving_noise(1)), format="rgb24")))
        container.mux(stream.encode(None))
    assert "not a video that can be read" in refusal(tmp_path / "a.png")


def test_a_file_broken_off_before_its_index(tmp_path):
    """Phones write the index last: without it nothing can be decoded."""
    whole = write(tmp_path / "a.mp4").read_bytes()
    start = whole.index(b"moov") - 4
    size = int.from_bytes(whole[start : start + 4], "big")
    (tmp_path / "b.mp4").write_bytes(whole[:start] + whole[start + size :])
    assert "not a video that can be read" in refusal(tmp_path / "b.mp4")


def test_a_file_broken_off_late_is_used_as_far_as_it_goes(tmp_path):
    whole = write(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: int(len(whole) * 0.7)])
    info = probe(tmp_path / "b.mp4")
    assert len(info.notes) == 1
    assert "broken off" in info.notes[0]
    assert 1.0 < info.duration_s < 2.9
    frames = list(read_frames(tmp_path / "b.mp4", info))
    assert abs(len(frames) - info.n_frames) <= 1
    assert probe(tmp_path / "a.mp4").notes == ()


def test_a_file_broken_off_early_is_refused(tmp_path):
    whole = write(tmp_path / "a.mp4").read_bytes()
    start = whole.index(b"mdat")
    (tmp_path / "b.mp4").write_bytes(whole[: start + (len(whole) - start) // 5])
    assert "broken off" in refusal(tmp_path / "b.mp4")


def test_damage_in_the_middle_costs_frames_not_the_clip(tmp_path):
    data = bytearray(write(tmp_path / "a.mp4").read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 300] = bytes(300)
    (tmp_path / "b.mp4").write_bytes(data)
    info = probe(tmp_path / "b.mp4")
    frames = list(read_frames(tmp_path / "b.mp4", info))
    assert len(frames) >= 60
    assert all(b.time_s > a.time_s for a, b in itertools.pairwise(frames))


@pytest.fixture(scope="module")
def film_8k(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuv420p"
        picture = av.VideoFrame(7680, 4320, "yuv420p")
        for i in range(3):
            picture.pts, picture.time_base = i, Fraction(1, 30)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def test_8k_is_refused_politely(film_8k):
    assert "7680×4320" in refusal(film_8k)


def test_8k_behind_a_header_that_claims_less_is_refused(film_8k, tmp_path):
    data = film_8k.read_bytes()
    claim = (7680).to_bytes(2, "big") + (4320).to_bytes(2, "big")
    assert data.count(claim) == 1
    (tmp_path / "a.mp4").write_bytes(data.replace(claim, (96).to_bytes(2, "big") + (64).to_bytes(2, "big")))
    refusal(tmp_path / "a.mp4")


def test_ten_million_pictures_in_a_header_take_neither_memory_nor_time(tmp_path):
    """One byte each, which a reader would list one by one."""
    whole = film(tmp_path / "whole.mp4", n=300, container={"movflags": "+faststart"}).read_bytes()
    (tmp_path / "a.mp4").write_bytes(boxes.billions_of_frames(whole, 10_000_000))
    assert f"more than {MAX_FRAMES} pictures" in refusal(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="more than"):
        facts(tmp_path / "a.mp4")


def test_pictures_listed_again_and_again_are_counted(tmp_path):
    whole = film(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(boxes.frames_in_one_place(whole, MAX_FRAMES + 1))
    assert f"more than {MAX_FRAMES} pictures" in refusal(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").write_bytes(boxes.frames_in_one_place(whole, 1000))
    assert "more than" not in refusal(tmp_path / "a.mp4")


@pytest.mark.parametrize(("n", "width", "height"), [(100, 60_000, 4096), (100, 0, 64), (MAX_FRAMES, 4096, 2160)])
def test_pictures_that_are_too_large_empty_or_too_many_are_refused(n, width, height):
    with pytest.raises(InputError, match=f"{width}×{height} pixels"):
        check_pictures(Path("a.mp4"), n, width, height)


def test_what_a_long_run_fills_is_not_refused():
    check_pictures(Path("a.mp4"), 30 * 60 * 60, 1920, 1080)
    check_pictures(Path("a.mp4"), 60 * 240, 3840, 2160)


def test_a_film_is_held_to_these_bounds_when_it_is_probed_and_when_it_is_handed_in(tmp_path, monkeypatch):
    path = write(tmp_path / "a.mp4")
    monkeypatch.setattr("formcheck.capture.source.MAX_PICTURES_PIXELS", 89 * 96 * 64)
    assert "would take hours" in refusal(path)
    with pytest.raises(InputError, match="would take hours"):
        facts(path)


def test_a_playlist_opens_no_connection(tmp_path):
    asked = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_args):
            return

    server = http.server.HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/a.ts"
    (tmp_path / "a.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n")
    try:
        refusal(tmp_path / "a.m3u8")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def test_names_that_ffmpeg_would_take_for_something_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("http:a.mp4", "concat:a|b.mp4", "%03d.mp4", "-i.mp4", "näme mit leer.mp4"):
        write(tmp_path / name, n=5)
        assert probe(name).n_frames == 5


def test_nothing_of_ffmpeg_reaches_the_terminal(tmp_path, capfd):
    whole = write(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: int(len(whole) * 0.7)])
    list(read_frames(tmp_path / "b.mp4", probe(tmp_path / "b.mp4")))
    (tmp_path / "c.mp4").write_bytes(whole[:3000])
    with pytest.raises(InputError):
        probe(tmp_path / "c.mp4")
    assert capfd.readouterr() == ("", "")
