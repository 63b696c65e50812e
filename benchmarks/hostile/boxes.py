"""Surgery on MP4 files: find a box, and put absurd numbers where a header keeps its own."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"moof", b"traf", b"mvex"})
ABSURD = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, stop) of every box, from the outside in."""
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        size, name = struct.unpack_from(">I4s", data, start)
        end = min(stop, start + size) if size >= 8 else stop
        yield name, start, end
        if name in _PARENTS:
            yield from boxes(data, start + 8, end)
        start = end


def find(data: bytes, name: bytes) -> tuple[int, int]:
    """Start and stop of the first box of this name."""
    return next((start, stop) for found, start, stop in boxes(data) if found == name)


def without(data: bytes, name: bytes) -> bytes:
    """The file with one box made void, all else in its place."""
    start, _ = find(data, name)
    return data[: start + 4] + b"void" + data[start + 8 :]


def put(data: bytes, name: bytes, offset: int, *values: int) -> bytes:
    """The file with 32-bit numbers written into a box, `offset` bytes behind its name."""
    start, _ = find(data, name)
    changed = bytearray(data)
    struct.pack_into(f">{len(values)}I", changed, start + 8 + offset, *values)
    return bytes(changed)


def absurd_number(data: bytes, rng: random.Random) -> bytes:
    """One to three numbers of the header, somewhere, made absurd."""
    inner = [(start + 8, stop) for name, start, stop in boxes(data) if name not in (b"mdat", *_PARENTS)]
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        start, stop = rng.choice(inner)
        if stop - start >= 4:
            at = rng.randrange(start, stop - 3)
            struct.pack_into(">I", changed, at, rng.choice(ABSURD))
    return bytes(changed)


def billions_of_frames(data: bytes, count: int = 0xFFFFFFF0) -> bytes:
    """All samples one byte long, as many as a header can say, all of them in the first chunk."""
    data = put(data, b"stsz", 4, 1, count)
    data = put(data, b"stts", 8, count, 1)
    return put(data, b"stsc", 8, 1, count)


def frames_in_one_place(data: bytes, count: int) -> bytes:
    """A header that names the same bytes `count` times as pictures of their own."""
    start, stop = find(data, b"stbl")
    one = struct.unpack_from(">I", data, find(data, b"mdat")[0])[0]
    place = find(data, b"mdat")[0] + 8
    tables = {
        b"stsz": struct.pack(">III", 0, 40, count),
        b"stts": struct.pack(">IIII", 0, 1, count, 10),
        b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
        b"stco": struct.pack(f">II{count}I", 0, count, *([place] * count)),
    }
    assert one, "the film comes before its index"
    kept = bytearray()
    for name, s, e in boxes(data, start + 8, stop):
        if name not in tables and name != b"ctts" and name != b"stss":
            kept += data[s:e]
    for name, body in tables.items():
        kept += struct.pack(">I4s", len(body) + 8, name) + body
    grown = len(kept) + 8 - (stop - start)
    changed = bytearray(data[:start] + struct.pack(">I4s", len(kept) + 8, b"stbl") + kept + data[stop:])
    for name in (b"moov", b"trak", b"mdia", b"minf"):
        at = next(s for found, s, e in boxes(data) if found == name and s < start < e)
        struct.pack_into(">I", changed, at, struct.unpack_from(">I", data, at)[0] + grown)
    return bytes(changed)


def turned_by_45(data: bytes) -> bytes:
    """A display matrix that turns the picture by an eighth."""
    half = round(0x10000 * 0.70710678)
    matrix = (half, half, 0, 0x100000000 - half, half, 0, 0, 0, 0x40000000)
    start, _ = find(data, b"tkhd")
    offset = 40 if data[start + 8] == 0 else 52
    return put(data, b"tkhd", offset, *matrix)
