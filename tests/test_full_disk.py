"""A disk that is full, and one that cannot be written: one line each, and nothing that was there is lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.hostile.tables import squat, text
from formcheck.store import backup, open_store

HERE = Path(__file__).parent
ANNA = "a" * 32
KB = 1024
ASSESS = ["assess", "{place}/a.csv", "--protocol", "single_leg_squat", "--out", "{disk}/out"]


def can_mount():
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") and subprocess.run(tried, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_mount(), reason="no disk can be made here: unshare and mount are needed")


@pytest.fixture
def place(tmp_path):
    """A folder with a landmark file, a home with a result, and a backup of it."""
    (tmp_path / "a.csv").write_text(text(*squat(900)))
    (tmp_path / "disk").mkdir()
    (tmp_path / "v.mp4").write_bytes(b"film" * 100_000)
    with open_store(tmp_path / "home") as store:
        clip = store.add_clip(ANNA, tmp_path / "v.mp4", name="v.mp4")
        done = store.queue(ANNA, clip.id, {})
        store.take("w")
        done.folder.mkdir()
        (done.folder / "assessment.json").write_text("{}")
        store.finish(done.id, "w", "done")
    backup(tmp_path / "home", tmp_path / "b.zip")
    return tmp_path


def formcheck(words, place, *, size_kb=100 * KB, copied="", read_only=False):
    """Run a command beside a disk of its own, which exists for it alone.

    Parameters
    ----------
    copied : what is put on the disk first, from `place`.

    Returns
    -------
    exit status, standard error, and the names that are on the disk afterwards.
    """
    disk = place / "disk"
    command = [sys.executable, "-m", "formcheck", *(word.format(place=place, disk=disk) for word in words)]
    script = f"""mount -t tmpfs -o size={size_kb}k none '{disk}' || exit 99
        {f"cp -r '{place / copied}' '{disk}/'" if copied else ":"}
        {f"mount -o remount,ro '{disk}'" if read_only else ":"}
        "$@"; status=$?; find '{disk}' -mindepth 1 > '{place}/left'; exit $status"""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *command], capture_output=True, text=True, cwd=HERE.parent
    )
    left = [Path(line).relative_to(disk).as_posix() for line in (place / "left").read_text().splitlines()]
    return done.returncode, done.stderr, sorted(left)


def one_line(status, said, *words):
    assert status in (2, 3), said
    assert said.startswith("formcheck: ") and said.count("\n") == 1
    assert all(word in said for word in words), said


def test_a_result_that_does_not_fit_leaves_nothing_behind(place):
    assert formcheck(ASSESS, place)[0] == 0
    status, said, left = formcheck(ASSESS, place, size_kb=64)
    one_line(status, said, "No space left", "free space")
    assert left == []


def test_a_backup_that_does_not_fit_leaves_nothing_behind(place):
    status, said, left = formcheck(["backup", "{disk}/new.zip", "--home", "{place}/home"], place, size_kb=64)
    one_line(status, said, "No space left")
    assert left == []
    assert list((place / "home" / "inbox").iterdir()) == []


def test_a_backup_that_does_not_fit_its_new_home(place):
    status, said, left = formcheck(["restore", "{place}/b.zip", "--home", "{disk}/home"], place, size_kb=128)
    one_line(status, said, "free")
    assert left == []


@pytest.mark.parametrize(
    "words",
    [
        ASSESS,
        ["restore", "{place}/b.zip", "--home", "{disk}/new"],
        ["backup", "{disk}/new.zip", "--home", "{place}/home"],
        ["backup", "{place}/new.zip", "--home", "{disk}/home"],
        ["app", "--home", "{disk}/home", "--port", "48123"],
        ["batch", "{place}", "--out", "{disk}/out"],
    ],
    ids=lambda words: f"{words[0]} {words[-1].rpartition('/')[2]}",
)
def test_a_disk_that_cannot_be_written_is_told_in_one_line(place, words):
    status, said, left = formcheck(words, place, copied="home", read_only=True)
    one_line(status, said, "/disk")
    assert left == sorted(path.relative_to(place).as_posix() for path in [place / "home", *(place / "home").rglob("*")])


def test_a_home_on_a_full_disk_keeps_what_it_has(place):
    program = place / "fill.py"
    program.write_text(f"""
import os, sys
from pathlib import Path
from formcheck.errors import FormcheckError
from formcheck.store import open_store
disk = Path({str(place / "disk")!r})
new = Path({str(place / "a.csv")!r})
told = []
with open_store(disk / "home") as store:
    for i in range(2000):
        try:
            store.add_client("{ANNA}", "x" * 3000)
        except FormcheckError as error:
            told.append(str(error))
            break
    try:
        store.add_clip("{ANNA}", new, name="a.csv")
    except FormcheckError as error:
        told.append(str(error))
with open_store(disk / "home") as store:
    (done,) = store.analyses("{ANNA}")
    assert done.status == "done" and (done.folder / "assessment.json").read_text() == "{{}}"
    assert len(store.clients("{ANNA}")) == i, "each client that was said to be written is there"
    assert len(store.clips("{ANNA}")) == 1
assert sorted(p.name for p in (disk / "home" / "clips").iterdir()) == [done.clip_path.name]
print(*told, sep="\\n")
""")
    script = f"mount -t tmpfs -o size=1500k none '{place}/disk' && cp -r '{place}/home' '{place}/disk/' && exec \"$@\""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, str(program)],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "free space" in first
    assert "free space" in second
