"""Hands out a clip's frames, upright and with their real-world times, decoding ahead in the background."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.ahead import made_ahead
from formcheck.capture.probing import Timetable, timetable_of
from formcheck.capture.source import (
    Matrix,
    check_file,
    display_matrix,
    lies_on_its_side,
    open_video,
    pictures,
    upright,
)
from formcheck.types import Frame, VideoInfo

AHEAD = 8
"""Frames decoded ahead of their use."""

TIME_DECIMALS = 6


def read_frames(
    path: str | Path,
    info: VideoInfo,
    *,
    start: int = 0,
    stop: int | None = None,
    long_side_px: int | None = None,
    ahead: bool = True,
    wanted: Callable[[int], bool] | None = None,
) -> Iterator[Frame]:
    """Frames [start, stop) of a clip, upright and C-contiguous, in order of showing.

    `time_s` is the presentation time divided by `info.time_stretch`, to the microsecond, strictly increasing; it does
    not begin at 0 where the file does not. Of the file's pictures every `info.frame_step`th is a frame, and indices
    count frames. A frame that cannot be decoded is left out, and the indices of the others stay. Closing the iterator
    stops the reading.

    Parameters
    ----------
    path : a video file.
    info : what `probe` said of it.
    start, stop : half-open range of frame indices; a later start seeks instead of decoding from the beginning.
    long_side_px : longer images are scaled down to this while they are decoded, which for 4K takes less than half the
        time of scaling afterwards; None keeps the full size.
    ahead : a thread decodes ahead while the caller works, on as many cores as there are; without it all is done in
        the caller's thread.
    wanted : whether the frame of an index is handed out; the others are decoded, but no image is made of them.

    Raises
    ------
    InputError : the file cannot be used; one line says why and what to do.
    """
    path = check_file(path)
    if ahead:
        yield from made_ahead(lambda: _decode(path, info, start, stop, long_side_px, wanted, threads=0), most=AHEAD)
    else:
        yield from _decode(path, info, start, stop, long_side_px, wanted, threads=1)


def frame_times_s(path: str | Path, info: VideoInfo) -> NDArray[np.float64]:
    """(N,) the times that `read_frames` gives the frames of a clip."""
    shown_s = timetable_of(check_file(path)).shown_s[:: info.frame_step]
    return np.asarray(np.round(shown_s / info.time_stretch, TIME_DECIMALS))


def _decode(
    path: Path,
    info: VideoInfo,
    start: int,
    stop: int | None,
    long_side_px: int | None,
    wanted: Callable[[int], bool] | None,
    *,
    threads: int,
) -> Iterator[Frame]:
    """`read_frames` in this thread; `threads` of the decoder's own, 0 for one a core."""
    table = timetable_of(path)
    ticks = table.ticks[:: info.frame_step]
    times_s = frame_times_s(path, info)
    stop = len(times_s) if stop is None else min(stop, len(times_s))
    if start >= stop:
        return
    scaled = Scaler(reduced_size(info.width_px, info.height_px, long_side_px))
    last = start - 1
    for picture in pictures_from(path, table, int(ticks[start]), threads):
        tick = cast(int, picture.pts)
        index = int(np.searchsorted(ticks, tick))
        if index >= stop:
            return
        if index > last and ticks[index] == tick:
            last = index
            if wanted is None or wanted(index):
                yield Frame(scaled(picture), float(times_s[index]), index)


def pictures_from(path: Path, table: Timetable, tick: int, threads: int) -> Iterator[av.VideoFrame]:
    """Pictures from the one shown at `tick` or earlier; from the beginning where seeking goes astray."""
    if tick > table.ticks[0]:
        with open_video(path, threads=threads) as (container, film):
            container.seek(tick, stream=film, backward=True)
            found = pictures(container, film)
            first = next(found, None)
            if first is not None and cast(int, first.pts) <= tick:
                yield first
                yield from found
                return
    with open_video(path, threads=threads) as (container, film):
        yield from pictures(container, film)


def reduced_size(width_px: int, height_px: int, long_side_px: int | None) -> tuple[int, int]:
    """(width, height) with the longer side brought down to `long_side_px`, never up."""
    scale = min(1.0, (long_side_px or math.inf) / max(width_px, height_px))
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


class Scaler:
    """Makes upright images of one size out of a film's pictures, whatever size these are stored in.

    One for all pictures: each picture's own would be set up anew.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size_px, self._matrix = size_px, cast("Matrix | None", None)
        self._reformatter = VideoReformatter()

    def __call__(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        """(H, W, 3) RGB of a picture, C-contiguous; the first one tells how all are to be turned."""
        self._matrix = self._matrix or display_matrix(picture)
        width, height = self._size_px[::-1] if lies_on_its_side(self._matrix) else self._size_px
        method = Interpolation.AREA if width < picture.width else Interpolation.BILINEAR
        scaled = self._reformatter.reformat(
            picture, format="rgb24", width=width, height=height, interpolation=method, threads=1
        )
        return upright(cast("NDArray[np.uint8]", scaled.to_ndarray()), self._matrix)
