"""What the file tells of a clip without any of its pictures being looked at, and one picture of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from formcheck.capture.probing import _tagged_capture_fps as tagged_capture_fps
from formcheck.capture.probing import time_stretch, timetable, varies
from formcheck.capture.reading import reduced_size
from formcheck.capture.source import (
    check_count,
    check_file,
    check_pictures,
    display_matrix,
    lies_on_its_side,
    open_video,
    pictures,
    rotation_deg,
    upright,
    upright_size,
)
from formcheck.errors import InputError
from formcheck.plausible import check_times
from formcheck.types import VideoInfo

if TYPE_CHECKING:
    import av

THUMBNAIL_PX = 480
_EASILY_DECODED_FPS = 50.0
"""From here on the frames that no other frame needs are left out: enough of them remain."""


@dataclass(frozen=True)
class Picture:
    """One upright image, how the file stores it, and when it is shown, in ticks of the film's clock."""

    rgb: NDArray[np.uint8]
    ticks: int
    rotation_deg: int
    size_px: tuple[int, int]


@dataclass(frozen=True)
class Header:
    """A clip's times from its table of contents: (N,) `ticks`, increasing, in units of `time_base` seconds of playback.

    They are those of decoding where the file lists them, which are those of showing up to a small shift. Frames that a
    file lists and does not hold are left out.
    """

    ticks: NDArray[np.int64]
    time_base: Fraction
    is_broken_off: bool
    tagged_fps: float | None
    codec: str

    @property
    def shown_s(self) -> NDArray[np.float64]:
        """(N,) seconds of playback from the first frame on."""
        return np.asarray((self.ticks - self.ticks[0]) * float(self.time_base), dtype=np.float64)


def read_header(path: Path) -> Header:
    """A clip's times and tags; nothing is decoded, and of MP4 and MOV files only the table of contents is read.

    Raises
    ------
    InputError : the file is no video that can be read.
    """
    path = check_file(path)
    with open_video(path) as (container, film):
        check_count(path, len(film.index_entries))
        entries = list(film.index_entries)
        size = path.stat().st_size
        if len(entries) > 2 and len(entries) == film.frames:
            held = [e for e in entries if e.pos + e.size <= size]
            ticks = np.unique(np.array([e.timestamp for e in held if not e.is_discard], dtype=np.int64))
        else:
            held = entries
            ticks = timetable(container, film, path).ticks
        if len(ticks) < 2 or film.time_base is None:
            raise InputError(f"{path} holds a single picture; a film of some seconds is needed, so film the test again")
        return Header(
            ticks=ticks,
            time_base=film.time_base,
            is_broken_off=len(held) < len(entries),
            tagged_fps=tagged_capture_fps({**film.metadata, **container.metadata}),
            codec=film.codec_context.name,
        )


def video_info(path: Path, header: Header, picture: Picture, *, capture_fps: float | None) -> VideoInfo:
    """A clip's facts as `capture.probe` gives them, but for the checksum, which would need the whole file.

    Raises
    ------
    UsageError : `capture_fps` does not fit the file.
    """
    check_pictures(path, len(header.ticks), *picture.size_px)
    shown = header.shown_s
    check_times(str(path), shown)
    step_s = float(np.median(np.diff(shown)))
    stretch, source = time_stretch(1 / step_s, tagged_fps=header.tagged_fps, user_fps=capture_fps)
    return VideoInfo(
        name=path.name,
        sha256="",
        width_px=picture.size_px[0],
        height_px=picture.size_px[1],
        rotation_deg=picture.rotation_deg,
        duration_s=float(shown[-1] + step_s) / stretch,
        n_frames=len(shown),
        mean_fps=(len(shown) - 1) / float(shown[-1]) * stretch,
        capture_fps=capture_fps or header.tagged_fps,
        variable_rate=varies(shown),
        time_stretch=stretch,
        time_stretch_source=source,
        codec=header.codec,
        notes=("the file is broken off",) if header.is_broken_off else (),
    )


def picture_near(path: Path, header: Header, *, share: float) -> Picture:
    """The picture at the last whole frame before a share of the clip, no longer than `THUMBNAIL_PX`.

    Raises
    ------
    InputError : no picture can be decoded.
    """
    wanted = header.ticks[int(share * (len(header.ticks) - 1))]
    for ticks in (wanted, header.ticks[0]):
        found = next(pictures_at(path, np.array([ticks]), long_side_px=THUMBNAIL_PX, first=True), None)
        if found is not None:
            return found
    raise InputError(f"{path} holds no picture that can be decoded; copy the original from the phone again")


def pictures_at(
    path: Path, ticks: NDArray[np.int64], *, long_side_px: int, first: bool = False, skip_above_fps: float = math.inf
) -> Iterator[Picture]:
    """The pictures nearest after each of the moments asked for, from one stretch of the clip.

    Parameters
    ----------
    ticks : (K,) increasing.
    first : take whatever picture comes first after seeking, which spares decoding up to the moment.
    skip_above_fps : films faster than this are decoded without the frames that no other frame refers to.
    """
    with open_video(path) as (container, film):
        if film.average_rate and float(film.average_rate) > skip_above_fps:
            film.codec_context.skip_frame = "NONREF"
        with suppress(OSError):  # where the file cannot be sought in, it is read from its beginning
            container.seek(int(ticks[0]), stream=film, backward=True)
        wanted = iter(ticks.tolist())
        moment = next(wanted, None)
        for picture in pictures(container, film):
            shown = cast(int, picture.pts)
            if moment is None:
                return
            if shown < moment and not first:
                continue
            yield _picture(picture, film, long_side_px)
            while moment is not None and moment <= shown:
                moment = next(wanted, None)


def _picture(picture: av.VideoFrame, film: av.VideoStream, long_side_px: int) -> Picture:
    size_px = upright_size(picture, film)
    small = reduced_size(*size_px, long_side_px)
    matrix = display_matrix(picture)
    width, height = small[::-1] if lies_on_its_side(matrix) else small
    method = "AREA" if width < picture.width else "BILINEAR"
    rgb = picture.to_ndarray(format="rgb24", width=width, height=height, interpolation=method)
    return Picture(
        upright(cast("NDArray[np.uint8]", rgb), matrix), cast(int, picture.pts), rotation_deg(picture), size_px
    )
