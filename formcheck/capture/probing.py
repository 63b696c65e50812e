"""What a clip is, before any of its pictures is used."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.capture.source import (
    check_count,
    check_file,
    check_pictures,
    open_video,
    packets,
    pictures,
    rotation_deg,
    upright_size,
)
from formcheck.errors import InputError, UsageError
from formcheck.plausible import check_times
from formcheck.types import MAX_FRAMES, VideoInfo

SLOW_FROM = 1.5
"""Recorded at this many times the played rate or more, a clip is slow motion; below it is phone jitter."""

MIN_CUT_SHORT_S = 1.0
"""A file that is broken off is used when at least this much of it can be read."""

_MAX_CAPTURE_FPS = 10_000.0
_HAIR = 0.02
_CLOCK_FORMATS = ("mpegts", "mpeg")


@dataclass(frozen=True)
class Timetable:
    """When each frame is shown: `ticks` (N,) strictly increasing, `zero` subtracted, in units of `time_base`."""

    ticks: NDArray[np.int64]
    zero: int
    time_base: Fraction

    @property
    def shown_s(self) -> NDArray[np.float64]:
        """(N,) presentation times in seconds of playback."""
        return np.asarray((self.ticks - self.zero) * float(self.time_base), dtype=np.float64)


def probe(path: str | Path, *, capture_fps: float | None = None, enough_fps: float = math.inf) -> VideoInfo:
    """Read a clip's size, times and slow-motion factor.

    Parameters
    ----------
    path : a video file.
    capture_fps : frames a second that the camera recorded at, as the user knows it; wins over the file's own tags.
    enough_fps : frames a real second that are enough; of a faster clip every second, third ... picture is a frame, as
        long as so many remain.

    Raises
    ------
    InputError : the file cannot be used; one line says why and what to do.
    UsageError : `capture_fps` does not fit the file.
    """
    path = check_file(path)
    table = timetable_of(path)
    with open_video(path) as (container, film):
        claimed_s = float(film.duration * film.time_base) if film.duration and film.time_base else math.nan
        tagged_fps = _tagged_capture_fps({**film.metadata, **container.metadata})
        codec = film.codec_context.name
    with open_video(path) as (container, film):
        picture = next(pictures(container, film), None)
        if picture is None:
            raise InputError(f"{path} holds no picture that can be decoded; copy the original from the phone again")
        rotation = rotation_deg(picture)
        width, height = upright_size(picture, film)
    check_pictures(path, len(table.ticks), width, height)
    shown = table.shown_s
    check_times(str(path), shown)
    step_s = float(np.median(np.diff(shown)))
    stretch, source = time_stretch(1 / step_s, tagged_fps=tagged_fps, user_fps=capture_fps)
    frame_step = step_for(stretch / step_s, enough_fps)
    used = shown[::frame_step]
    return VideoInfo(
        name=path.name,
        sha256=sha256(path),
        width_px=width,
        height_px=height,
        rotation_deg=rotation,
        duration_s=float(shown[-1] - shown[0] + step_s) / stretch,
        n_frames=len(used),
        mean_fps=(len(used) - 1) / float(used[-1] - used[0]) * stretch,
        capture_fps=capture_fps or tagged_fps,
        variable_rate=varies(shown),
        time_stretch=stretch,
        time_stretch_source=source,
        frame_step=frame_step,
        codec=codec,
        notes=_cut_short(path, readable_s=float(shown[-1] - shown[0]) + step_s, claimed_s=claimed_s),
    )


def step_for(fps: float, enough_fps: float) -> int:
    """How many pictures of a clip make one frame, so that `enough_fps` remain (a rate that is a hair short counts)."""
    return max(1, int(fps / enough_fps + _HAIR)) if fps < _MAX_CAPTURE_FPS else 1


def timetable_of(path: Path) -> Timetable:
    """Presentation times of all pictures of a file; those of the file asked for last are kept in mind."""
    state = path.stat()
    return _timetable_of(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1)
def _timetable_of(path: Path, size: int, changed_ns: int) -> Timetable:
    """`timetable_of` for a state of the file."""
    with open_video(path) as (container, film):
        return timetable(container, film, path)


def timetable(container: av.container.InputContainer, film: av.VideoStream, path: Path) -> Timetable:
    """Presentation times of all frames, from the packets alone: edit lists honoured, duplicates dropped."""
    found = islice(packets(container, film), MAX_FRAMES + 2)
    stamps = [p.pts for p in found if p is not None and p.pts is not None and not p.is_discard]
    check_count(path, len(stamps))
    ticks = np.unique(np.array(stamps, dtype=np.int64))
    if len(ticks) < 2 or film.time_base is None:
        what = "a single picture" if len(stamps) == 1 else "no two pictures with different times"
        raise InputError(f"{path} holds {what}; a film of some seconds is needed, so film the test again")
    has_own_clock = any(name in _CLOCK_FORMATS for name in container.format.name.split(","))
    return Timetable(ticks, int(ticks[0]) if has_own_clock or ticks[0] < 0 else 0, film.time_base)


def time_stretch(played_fps: float, *, tagged_fps: float | None, user_fps: float | None) -> tuple[float, str]:
    """Seconds of playback that one real second takes, and who says so: `none`, `container` or `user`."""
    if user_fps is not None:
        if not 1 <= user_fps <= _MAX_CAPTURE_FPS:
            raise UsageError(f"--capture-fps {user_fps:g} is no frame rate; give one such as 120 or 240")
        if user_fps * SLOW_FROM <= played_fps:
            raise UsageError(
                f"--capture-fps {user_fps:g} is below the {played_fps:.0f} frames a second that the file plays; "
                "give the rate the camera recorded at, or leave it out"
            )
        return (user_fps / played_fps, "user") if user_fps >= SLOW_FROM * played_fps else (1.0, "user")
    if tagged_fps is not None and tagged_fps >= SLOW_FROM * played_fps:
        return tagged_fps / played_fps, "container"
    return 1.0, "none"


def varies(shown_s: NDArray[np.float64]) -> bool:
    """More than 1 % of the steps between frames are off the usual one by more than a fifth."""
    steps = np.diff(shown_s)
    usual = np.median(steps)
    return bool(np.mean(np.abs(steps - usual) > 0.2 * usual) > 0.01)


def sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _tagged_capture_fps(tags: dict[str, str]) -> float | None:
    """Rate of recording as Android's camera tags it (Apple's and other makers' tags name none)."""
    try:
        fps = float(tags.get("com.android.capture.fps", "nan"))
    except ValueError:
        return None
    return fps if 1 <= fps <= _MAX_CAPTURE_FPS else None


def _cut_short(path: Path, *, readable_s: float, claimed_s: float) -> tuple[str, ...]:
    """A note where the file ends before its own header says it does; an error where too little is left."""
    if not claimed_s - readable_s > max(0.5, 0.02 * claimed_s):
        return ()
    if readable_s < MIN_CUT_SHORT_S:
        raise InputError(
            f"{path} is broken off: {readable_s:.1f} of {claimed_s:.1f} s can be read; copy the original again"
        )
    return (f"the file is broken off: {readable_s:.1f} of {claimed_s:.1f} s can be read and were used",)
