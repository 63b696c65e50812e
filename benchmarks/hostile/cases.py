"""The cases: a seed and a number give a file or folder, and the words of the call that meets it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from benchmarks.hostile import boxes, tables, zips
from benchmarks.hostile.films import BASES, KINDS

Maker = Callable[[Path, random.Random], list[str]]
"""Makes a case in an empty folder; gives the words for the command line."""


@dataclass(frozen=True)
class Case:
    """One hostile input. `kind` names what is wrong with it, so that a report can be read."""

    number: int
    kind: str
    make: Maker
    seed: str

    def build(self, folder: Path) -> list[str]:
        """Make the input in an empty folder; gives the words for the command line."""
        return self.make(folder, random.Random(self.seed))


class Shelf:
    """Whole films, each made once and kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        folder.mkdir(exist_ok=True)

    def bytes_of(self, name: str) -> bytes:
        """The film of this name (a key of BASES or KINDS)."""
        path = self._folder / (name if "." in name else f"film.{name}")
        with self._lock:
            if not path.exists():
                {**BASES, **KINDS}[name](path)
        return path.read_bytes()


def cases(count: int, seed: int, shelf: Shelf) -> Iterator[Case]:
    """`count` cases: each fixed one once, then the random ones in turn, each time with other numbers."""
    fixed = {**_films(shelf), **_cuts(shelf), **_names(shelf), **_places(), **tables.FIXED, **zips.FIXED}
    random_ones = {**_damage(shelf), **tables.RANDOM, **zips.RANDOM}
    order = sorted(fixed)
    random.Random(seed).shuffle(order)
    kinds = order[:count] + [sorted(random_ones)[i % len(random_ones)] for i in range(max(0, count - len(order)))]
    made = {**fixed, **random_ones}
    for number, kind in enumerate(kinds):
        yield Case(number, kind, made[kind], f"{seed}/{number}/{kind}")


def _analyse(folder: Path, name: str, data: bytes) -> list[str]:
    (folder / name).write_bytes(data)
    return ["analyse", str(folder / name)]


def _films(shelf: Shelf) -> dict[str, Maker]:
    """Every kind of film as it is, and under the name of another."""
    as_they_are: dict[str, Maker] = {
        f"film {name}": lambda d, _, name=name: _analyse(d, name, shelf.bytes_of(name)) for name in (*KINDS, *BASES)
    }
    misnamed: dict[str, Maker] = {
        f"{name} called {ending}": lambda d, _, name=name, ending=ending: _analyse(
            d, f"a.{ending}", shelf.bytes_of(name)
        )
        for name in BASES
        for ending in ("jpg", "mp4" if "mp4" not in name else "avi")
    }
    return as_they_are | misnamed


def _cuts(shelf: Shelf) -> dict[str, Maker]:
    """Broken off at every tenth."""

    def cut(name: str, tenth: int, folder: Path, _: random.Random) -> list[str]:
        data = shelf.bytes_of(name)
        return _analyse(folder, name if "." in name else f"a.{name}", data[: len(data) * tenth // 10])

    return {f"{name} cut at {tenth}/10": partial(cut, name, tenth) for name in BASES for tenth in range(10)}


NAMES = (
    "with space.mp4",
    "quote'.mp4",
    'double".mp4',
    "new\nline.mp4",
    "tab\t.mp4",
    "\U0001f3c3\U0001f3fd.mp4",
    "läufer.mp4",
    "‮4pm.mp4",
    "-x.mp4",
    "--help",
    "%d%s%n.mp4",
    "$(id).mp4",
    "`id`.mp4",
    "a;b.mp4",
    "a&b.mp4",
    "*.mp4",
    "~.mp4",
    "a\\b.mp4",
    "con.mp4",
    "..mp4",
    ". .mp4",
    "http:a.mp4",
    "concat:a|b.mp4",
    "x" * 251 + ".mp4",
    "\U0001f600" * 62 + ".mp4",
    "no-ending",
    "[bold]red.mp4",
    "<script>alert(1)<script>.mp4",
)


def _names(shelf: Shelf) -> dict[str, Maker]:
    def named(name: str | bytes, film: str, folder: Path, _: random.Random) -> list[str]:
        path = os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name))
        Path(path).write_bytes(shelf.bytes_of(film)[:9000])
        return ["analyse", path]

    def dashed(name: str, folder: Path, _: random.Random) -> list[str]:
        (folder / name).write_bytes(shelf.bytes_of("mp4"))
        return ["analyse", "--", name]

    made: dict[str, Maker] = {f"name {name!r}": partial(named, name, "faststart.mp4") for name in NAMES}
    made["name of bytes that are no letters"] = partial(named, b"\xff\xfe\x80.mp4", "faststart.mp4")
    made |= {f"name {name} behind two dashes": partial(dashed, name) for name in ("-x.mp4", "--out.mp4")}
    return made


def _places() -> dict[str, Maker]:
    """What is no file at all."""

    def fifo(folder: Path) -> Path:
        os.mkfifo(folder / "a.mp4")
        return folder / "a.mp4"

    def loop(folder: Path) -> Path:
        (folder / "a.mp4").symlink_to(folder / "b.mp4")
        (folder / "b.mp4").symlink_to(folder / "a.mp4")
        return folder / "a.mp4"

    def dangling(folder: Path) -> Path:
        (folder / "a.mp4").symlink_to(folder / "nothing.mp4")
        return folder / "a.mp4"

    def folder_called_mp4(folder: Path) -> Path:
        (folder / "a.mp4").mkdir()
        return folder / "a.mp4"

    def empty(folder: Path) -> Path:
        (folder / "a.mp4").touch()
        return folder / "a.mp4"

    def sparse(folder: Path) -> Path:
        with (folder / "a.mp4").open("wb") as file:
            file.truncate(1 << 40)
        return folder / "a.mp4"

    def socket_file(folder: Path) -> Path:
        import socket

        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(folder / "a.mp4"))
        return folder / "a.mp4"

    places: dict[str, Callable[[Path], Path]] = {
        "a pipe": fifo,
        "a loop of links": loop,
        "a link to nothing": dangling,
        "a folder": folder_called_mp4,
        "zero bytes": empty,
        "a terabyte of nothing": sparse,
        "a socket": socket_file,
        "an endless device": lambda _: Path("/dev/zero"),
        "an empty device": lambda _: Path("/dev/null"),
        "a file of the kernel": lambda _: Path("/proc/self/mem"),
        "a name that is none": lambda d: d / ("x" * 5000),
        "an empty name": lambda _: Path(),
    }
    words = {"analyse": [], "assess": ["--protocol", "single_leg_squat"], "restore": []}
    return {
        f"{command} {what}": lambda d, _, make=make, command=command, more=more: [command, str(make(d)), *more]
        for what, make in places.items()
        for command, more in words.items()
    }


def _damage(shelf: Shelf) -> Mapping[str, Maker]:
    """Films damaged in a new way each time."""

    def some(rng: random.Random) -> tuple[str, bytes]:
        name = rng.choice(sorted(BASES))
        return (name if "." in name else f"a.{name}"), shelf.bytes_of(name)

    def flipped(folder: Path, rng: random.Random) -> list[str]:
        name, data = some(rng)
        changed = bytearray(data)
        stop = len(data) if rng.random() < 0.5 else min(len(data), 2000)
        for _ in range(rng.choice((1, 1, 8, 64, 512))):
            changed[rng.randrange(stop)] ^= 1 << rng.randrange(8)
        return _analyse(folder, name, bytes(changed))

    def shuffled(folder: Path, rng: random.Random) -> list[str]:
        name, data = some(rng)
        size = rng.choice((64, 512, 4096))
        pieces = [data[i : i + size] for i in range(0, len(data), size)]
        rng.shuffle(pieces)
        return _analyse(folder, name, data[: 64 * rng.randrange(2)] + b"".join(pieces))

    def blanked(folder: Path, rng: random.Random) -> list[str]:
        name, data = some(rng)
        changed, start = bytearray(data), rng.randrange(len(data))
        length = rng.choice((16, 256, 4096))
        filler = rng.choice((b"\0", b"\xff", rng.randbytes(1)))
        changed[start : start + length] = filler * len(changed[start : start + length])
        return _analyse(folder, name, bytes(changed))

    def two_in_one(folder: Path, rng: random.Random) -> list[str]:
        (name, one), (_, other) = some(rng), some(rng)
        at = rng.randrange(len(one))
        return _analyse(folder, name, one[:at] + other[rng.randrange(len(other)) :])

    def header(folder: Path, rng: random.Random) -> list[str]:
        name = rng.choice(("mp4", "faststart.mp4", "fragments.mp4", "hevc.mov", "mov"))
        return _analyse(folder, "a.mp4", boxes.absurd_number(shelf.bytes_of(name), rng))

    def size(folder: Path, rng: random.Random) -> list[str]:
        data = shelf.bytes_of("faststart.mp4")
        start, _ = boxes.find(data, b"stsd")
        wide, high = rng.choice(((65535, 65535), (0, 0), (1, 65535), (4096, 4096), (20000, 3), (4097, 4096)))
        changed = bytearray(data)
        at = start + 8 + 8 + 8 + 24
        changed[at : at + 4] = wide.to_bytes(2, "big") + high.to_bytes(2, "big")
        return _analyse(folder, "a.mp4", bytes(changed))

    def duration(folder: Path, rng: random.Random) -> list[str]:
        name, offset = rng.choice(((b"mvhd", 12), (b"mdhd", 12), (b"tkhd", 20), (b"elst", 8), (b"stts", 12)))
        data = shelf.bytes_of("faststart.mp4")
        return _analyse(folder, "a.mp4", boxes.put(data, name, offset, rng.choice(boxes.ABSURD)))

    def billions(folder: Path, rng: random.Random) -> list[str]:
        data = shelf.bytes_of("faststart.mp4")
        count = rng.choice((10**6, 10**7, 3 * 10**7, 10**8, 10**9, 2**31, 2**32 - 1))
        return _analyse(folder, "a.mp4", boxes.billions_of_frames(data, count))

    def in_one_place(folder: Path, rng: random.Random) -> list[str]:
        count = rng.choice((1000, 100_000, 3_000_000))
        return _analyse(folder, "a.mp4", boxes.frames_in_one_place(shelf.bytes_of("mp4"), count))

    def without(folder: Path, rng: random.Random) -> list[str]:
        box = rng.choice((b"moov", b"mvhd", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"stts", b"stsz", b"stco"))
        return _analyse(folder, "a.mp4", boxes.without(shelf.bytes_of("faststart.mp4"), box))

    def nested(folder: Path, rng: random.Random) -> list[str]:
        data = b""
        for _ in range(rng.choice((100, 10_000, 100_000))):
            data = (len(data) + 8).to_bytes(4, "big") + rng.choice((b"moov", b"trak", b"udta")) + data[:50]
        return _analyse(folder, "a.mp4", shelf.bytes_of("faststart.mp4")[:40] + data)

    def noise(folder: Path, rng: random.Random) -> list[str]:
        start = rng.choice(
            (b"", shelf.bytes_of("mp4")[:40], b"\x1a\x45\xdf\xa3", b"RIFF\xff\xff\xff\xffAVI ", b"\x47" * 3)
        )
        return _analyse(folder, "a.mp4", start + rng.randbytes(rng.choice((10, 5000, 200_000))))

    def turned(folder: Path, _: random.Random) -> list[str]:
        return _analyse(folder, "a.mp4", boxes.turned_by_45(shelf.bytes_of("faststart.mp4")))

    return {
        "flipped bits": flipped,
        "flipped bits again": flipped,
        "shuffled pieces": shuffled,
        "blanked stretch": blanked,
        "two films in one": two_in_one,
        "absurd header": header,
        "absurd header again": header,
        "absurd size": size,
        "absurd duration": duration,
        "billions of frames": billions,
        "frames in one place": in_one_place,
        "a box missing": without,
        "boxes in boxes": nested,
        "noise": noise,
        "turned by 45 degrees": turned,
    }


def clear(folder: Path) -> None:
    """Remove a case."""
    shutil.rmtree(folder, ignore_errors=True)
