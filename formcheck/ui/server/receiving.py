"""Takes a clip in: streamed to disk within limits, checked to be a film, handed to the store."""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from anyio import to_thread

from formcheck.errors import FormcheckError, InputError
from formcheck.store import Clip, open_store

MAX_UPLOAD_BYTES = 4_000_000_000
UPLOAD_FORMATS = ("MP4", "MOV", "M4V", "MKV", "WEBM", "AVI", "3GP", "MPG", "MTS", "TS")
UPLOAD_LIMITS = f"At most {MAX_UPLOAD_BYTES // 10**9} GB a clip, as the camera saved it: {', '.join(UPLOAD_FORMATS)}."
"""What can be sent, in words; it stands beside every place where a clip is chosen."""

_KEPT_FREE_BYTES = 500_000_000
"""Disk space that is left alone, for the results of what is being received."""
_PIECE_BYTES = 1 << 20
_LEFT_OVER_S = 3600.0
_LONGEST_NAME = 120


class TooLargeError(InputError):
    """The clip is larger than `MAX_UPLOAD_BYTES`."""


class DiskFullError(InputError):
    """The disk has no room for the clip."""


async def receive(pieces: AsyncIterator[bytes], home: Path, *, expected_bytes: int | None) -> Path:
    """Write an incoming clip to the inbox as it comes; at most a megabyte of it is in memory.

    Parameters
    ----------
    pieces : the clip's bytes.
    home : formcheck's folder.
    expected_bytes : what the sender says will come; checked before the first byte.

    Returns
    -------
    The finished file in the inbox, which the caller moves on or removes.

    Raises
    ------
    InputError : too large, no room, or empty. Nothing stays behind then, nor when the sender goes away.
    """
    inbox = home / "inbox"
    check_room(home, expected_bytes or 0)
    inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    await to_thread.run_sync(sweep, home)
    part = inbox / f"{uuid.uuid4().hex}.part"
    whole = False
    try:
        received = await _write(pieces, part, home)
        if received == 0:
            raise InputError("the clip that came is empty; choose it again")
        whole = True
    finally:
        if not whole:
            part.unlink(missing_ok=True)
    return part


async def _write(pieces: AsyncIterator[bytes], part: Path, home: Path) -> int:
    received, waiting = 0, bytearray()
    part.touch(mode=0o600, exist_ok=False)
    with part.open("wb", buffering=0) as file:
        async for piece in pieces:
            received += len(piece)
            waiting += piece
            if received > MAX_UPLOAD_BYTES:
                raise TooLargeError(too_large())
            if len(waiting) >= _PIECE_BYTES:
                await to_thread.run_sync(_append, file.fileno(), bytes(waiting), home)
                waiting.clear()
        if waiting:
            await to_thread.run_sync(_append, file.fileno(), bytes(waiting), home)
    return received


def _append(descriptor: int, piece: bytes, home: Path) -> None:
    if shutil.disk_usage(home).free < _KEPT_FREE_BYTES:
        raise DiskFullError(disk_full(home))
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def check_room(home: Path, coming_bytes: int) -> None:
    """Refuse a clip that is too large or that the disk has no room for.

    Raises
    ------
    TooLargeError, DiskFullError : one line says what came, what fits and what to do.
    """
    if coming_bytes > MAX_UPLOAD_BYTES:
        raise TooLargeError(too_large())
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(home).free - coming_bytes < _KEPT_FREE_BYTES:
        raise DiskFullError(disk_full(home))


def too_large() -> str:
    """The line for a clip above the limit."""
    return (
        f"the clip is larger than {MAX_UPLOAD_BYTES // 10**9} GB; cut it to the test itself (a minute is plenty) "
        "and send that"
    )


def disk_full(home: Path) -> str:
    """The line for a disk without room."""
    free_gb = shutil.disk_usage(home).free / 1e9
    return f"this computer's disk has {free_gb:.1f} GB left, too little for the clip; free some and send it again"


def sweep(home: Path, *, now_s: float | None = None) -> int:
    """Remove what broken-off uploads left in the inbox an hour ago or earlier; gives how many files."""
    before_s = (time.time() if now_s is None else now_s) - _LEFT_OVER_S
    old = [part for part in (home / "inbox").glob("*.part") if part.stat().st_mtime < before_s]
    for part in old:
        part.unlink(missing_ok=True)
    return len(old)


def keep(part: Path, workspace: str, name: str, home: Path) -> Clip:
    """Check that a received file is a film, and move it into the store.

    Raises
    ------
    InputError : it is no film that can be used. The file is gone then.
    """
    from formcheck.first_look import facts  # takes a second, which the start can do without

    try:
        facts(part)
        with open_store(home) as store:
            return store.add_clip(workspace, part, name=name, move=True)
    except FormcheckError as error:
        raise type(error)(str(error).replace(str(part), name)) from error
    finally:
        part.unlink(missing_ok=True)


def shown_name(text: str) -> str:
    """A file name as a person may read it: no folders, no control characters, of bearable length."""
    last = PurePosixPath(text.replace("\\", "/")).name
    plain = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in last)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 5:
        return f"{stem[: _LONGEST_NAME - len(ending)]}.{ending}"
    return plain[:_LONGEST_NAME] or "clip"
