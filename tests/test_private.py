"""A whole analysis of a phone's clip: whom it talks to, what it hands on, who may read it, and that it is the same."""

import json
import os
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from connections import beyond_this_machine, traced

from benchmarks.hostile.films import TAGS

ROOT = Path(__file__).parents[1]
FILM_S = 3.5
SECRETS = (b"48.1372", b"iPhone")
"""Place and device, as the clip carries them."""


def tagged(target):
    """The first seconds of a sample, with the tags that a phone writes."""
    with (
        av.open(str(ROOT / "sample_videos" / "squat_right.mp4")) as film,
        av.open(str(target), "w", options={"movflags": "use_metadata_tags"}) as short,
    ):
        short.metadata.update(TAGS)
        read = film.streams.video[0]
        written = short.add_stream_from_template(read)
        for packet in film.demux(read):
            if packet.dts is not None and packet.pts * read.time_base < FILM_S:
                packet.stream = written
                short.mux(packet)
    return target


def analyse(clip, out, *words, log=None):
    command = [sys.executable, "-m", "formcheck", "analyse", str(clip), "--out", str(out)]
    command += ["--protocol", "single_leg_squat", *words]
    command = command if log is None else traced(command, log)
    done = subprocess.run(command, capture_output=True, text=True, cwd=clip.parent, umask=0o022)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@contextmanager
def other_work():
    """A process that wants every core all the time."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return tagged(tmp_path_factory.mktemp("clips") / "a clip.mp4")


@pytest.fixture(scope="module")
def log(clip):
    return clip.with_suffix(".strace")


@pytest.fixture(scope="module")
def result(clip, log):
    return analyse(clip, clip.parent / "results" / "one", "--workers", "1", log=log)


def test_an_analysis_opens_no_connection(result, log):
    assert (result / "report.pdf").is_file()
    assert beyond_this_machine(log) == []


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("s.socket(s.AF_INET, s.SOCK_DGRAM).connect(('192.0.2.1', 9))", "192.0.2.1"),
        ("s.socket(s.AF_INET6, s.SOCK_DGRAM).sendto(b'x', ('2001:db8::1', 9))", "2001:db8::1"),
        ("s.socket(s.AF_INET, s.SOCK_DGRAM).connect(('127.0.0.1', 53))", "htons(53)"),
        ("s.socket(s.AF_INET, s.SOCK_DGRAM).connect(('127.0.0.1', 9))", ""),
    ],
)
def test_a_connection_would_be_noticed_also_in_a_process_further_down(tmp_path, program, told):
    inner = [sys.executable, "-c", f"import socket as s\ntry: {program}\nexcept OSError: pass"]
    outer = [sys.executable, "-c", f"import subprocess; subprocess.run({inner!r})"]
    assert subprocess.run(traced(outer, tmp_path / "log")).returncode == 0
    found = beyond_this_machine(tmp_path / "log")
    assert len(found) == bool(told)
    assert all(told in line for line in found)


def test_place_and_device_of_the_phone_are_handed_on_nowhere(clip, result):
    assert all(secret in clip.read_bytes() for secret in SECRETS)
    with av.open(str(clip)) as film:
        assert TAGS["com.apple.quicktime.model"] in film.metadata.values()
    with av.open(str(result / "overlay.mp4")) as film:
        kept = {**film.metadata, **film.streams.video[0].metadata}
    assert set(kept) <= {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}
    for path in result.rglob("*.*"):
        assert not any(secret in path.read_bytes() for secret in SECRETS), path.name


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_result_is_its_owners_alone(result):
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (result.parent, result, *result.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_workers_order_and_load_change_nothing(clip, result):
    with other_work():
        again = analyse(clip, clip.parent / "results" / "two", "--workers", "3", "--no-overlay")
    names = {"assessment.json", "landmarks.csv", "angles.csv", "events.csv", "metrics.csv"}
    for name in names:
        assert (again / name).read_bytes() == (result / name).read_bytes(), name
    assert json.loads((again / "assessment.json").read_text())["quality"]
