"""Clips on their way in: whole ones arrive, all others leave nothing behind."""

import os
import shutil
from collections import namedtuple

import pytest
from serving import outcome

from formcheck.ui.server import receiving
from formcheck.ui.server.receiving import DiskFullError, InputError, TooLargeError, receive, shown_name, sweep

Usage = namedtuple("Usage", "total used free")


async def pieces(*parts, then=None):
    for part in parts:
        yield part
    if then is not None:
        raise then


def received(home, *parts, then=None, expected=None):
    return outcome(receive(pieces(*parts, then=then), home, expected_bytes=expected))


def inbox(home):
    return sorted(p.name for p in (home / "inbox").glob("*"))


def test_a_whole_clip_lies_in_the_inbox_as_it_came(tmp_path):
    parts = [bytes([i]) * 300_000 for i in range(9)]
    part = received(tmp_path, *parts)
    assert part.read_bytes() == b"".join(parts)
    assert part.parent == tmp_path / "inbox"
    assert part.stat().st_mode & 0o077 == 0
    assert part.parent.stat().st_mode & 0o077 == 0


def test_a_sender_that_goes_away_leaves_nothing(tmp_path):
    with pytest.raises(ConnectionError):
        received(tmp_path, b"x" * 2_000_000, then=ConnectionError())
    assert inbox(tmp_path) == []


def test_an_empty_clip_is_refused(tmp_path):
    with pytest.raises(InputError, match="empty"):
        received(tmp_path)
    assert inbox(tmp_path) == []


def test_too_large_is_refused_before_the_first_byte_and_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(receiving, "MAX_UPLOAD_BYTES", 3_000_000)
    with pytest.raises(TooLargeError, match="cut it"):
        received(tmp_path, then=AssertionError("read on"), expected=3_000_001)
    with pytest.raises(TooLargeError):
        received(tmp_path, *[b"x" * 1_500_000] * 3)
    with pytest.raises(TooLargeError):
        received(tmp_path, b"x" * 2_000_000, b"x" * 1_000_001)
    assert len(received(tmp_path, b"x" * 2_000_000, b"x" * 1_000_000).read_bytes()) == 3_000_000
    assert len(inbox(tmp_path)) == 1


def test_a_full_disk_is_noticed_before_and_on_the_way(tmp_path, monkeypatch):
    free = [10e9, 10e9, 0.1e9]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(20e9, 10e9, free.pop(0) if free else 0.1e9))
    with pytest.raises(DiskFullError, match="GB left"):
        received(tmp_path, *[b"x" * 1_500_000] * 3)
    assert inbox(tmp_path) == []
    with pytest.raises(DiskFullError):
        received(tmp_path, then=AssertionError("read on"), expected=1)


def test_left_overs_go_and_what_is_under_way_stays(tmp_path):
    (tmp_path / "inbox").mkdir()
    for name, age_s in (("old.part", 4000), ("new.part", 10), ("old.txt", 9000)):
        path = tmp_path / "inbox" / name
        path.touch()
        os.utime(path, (1e9 - age_s, 1e9 - age_s))
    assert sweep(tmp_path, now_s=1e9) == 1
    assert inbox(tmp_path) == ["new.part", "old.txt"]
    assert sweep(tmp_path / "nowhere") == 0


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("run.mp4", "run.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Jo\\run left.MOV", "run left.MOV"),
        ("  ..hidden\n\x00name\u202e.mp4 ", "hidden name .mp4"),
        ("Läufer 跑.mp4", "Läufer 跑.mp4"),
        ("", "clip"),
        ("..", "clip"),
        ("x" * 300 + ".mp4", "x" * 117 + ".mp4"),
    ],
)
def test_names_are_shown_without_folders_and_tricks(sent, shown):
    assert shown_name(sent) == shown
