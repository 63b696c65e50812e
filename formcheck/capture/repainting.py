"""A film's pictures painted over and encoded again, stretch by stretch, without being turned into RGB and back.

The film is cut into groups of pictures, each encoded by a fresh encoder at a constant quantiser, so that a group's
bytes depend on its own pictures only: whoever encodes them, in one process or many, the film is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import NamedTuple, cast

import av
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.capture.probing import timetable_of
from formcheck.capture.reading import Scaler, frame_times_s, pictures_from, reduced_size
from formcheck.capture.source import (
    AS_STORED,
    Matrix,
    check_file,
    display_matrix,
    lies_on_its_side,
    open_video,
    upright,
)
from formcheck.capture.writing import BT601, BT709, TICKS_PER_S, mean_rate, mux, new_file, set_up, ticks_of
from formcheck.types import Frame, VideoInfo

GROUP = 24
"""Pictures from keyframe to keyframe, so that a player steps to any at once."""
_ENCODER = "libx264"
_OPTIONS = {
    "preset": "superfast",
    "qp": "23",
    "threads": "1",
    "bf": "0",
    "x264-params": "cabac=0:scenecut=0:weightp=0:subme=0",
}
"""Half the work of `superfast` alone: a constant quantiser needs no look at a picture before it is encoded, movement
to whole pixels and plain run lengths cost size only. Films of the samples get a third larger by it."""

_TICK = Fraction(1, TICKS_PER_S)
_BT601 = {2, 5, 6}
"""FFmpeg's numbers for: not told, and the two names of BT.601."""

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Brightness (H, W), blue and red difference (H/2, W/2) of a picture in yuv420p, of limited range."""


class Shot(NamedTuple):
    """One picture: its number in the new film, its time, and that in ticks of the old film and of the new one."""

    number: int
    time_s: float
    shown: int
    tick: int


class Coded(NamedTuple):
    """One encoded picture; without data it could not be read."""

    number: int
    tick: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class Film:
    """What the new film is like: an even-sized picture, a panel below it, rate in frames a second, colour matrix."""

    width_px: int
    height_px: int
    panel_px: int
    rate: Fraction
    matrix: int

    @property
    def bt709(self) -> bool:
        """Whether its colours are those of BT.709, else of BT.601."""
        return self.matrix == BT709

    def set_up(self, context: av.VideoCodecContext) -> None:
        """Tell an encoder."""
        context.width, context.height, context.pix_fmt = self.width_px, self.height_px + self.panel_px, "yuv420p"
        set_up(context, GROUP, matrix=self.matrix)

    def encoder(self) -> av.VideoCodecContext:
        """A fresh encoder, whose packets fit the head that `write_film` writes."""
        context = cast(av.VideoCodecContext, av.CodecContext.create(_ENCODER, "w"))
        context.framerate, context.options = self.rate, dict(_OPTIONS)
        self.set_up(context)
        context.flags |= Flags.global_header
        return context


def film_of(
    path: Path, info: VideoInfo, times_s: NDArray[np.float64], *, long_side_px: int, panel_px: Callable[[int, int], int]
) -> Film:
    """The film to be made of a clip: no longer than `long_side_px`, in the clip's own colours where H.264 has them.

    panel_px : gives the even height of the panel for the picture's width and height.
    """
    width, height = (side + side % 2 for side in reduced_size(info.width_px, info.height_px, long_side_px))
    with open_video(check_file(path)) as (_, film):
        matrix = BT601 if _is_bt601(film.codec_context.colorspace) else BT709
    return Film(width, height, panel_px(width, height), mean_rate(ticks_of(times_s)), matrix)


def shots_of(path: Path, info: VideoInfo, times_s: NDArray[np.float64]) -> list[Shot]:
    """The pictures that a clip shows at some of its frames' times."""
    of_frame = timetable_of(check_file(path)).ticks[:: info.frame_step]
    shown = of_frame[np.searchsorted(frame_times_s(path, info), times_s)].tolist()
    ticks = (tick for tick, _ in ticks_of(times_s))
    return [Shot(*values) for values in zip(count(), times_s.tolist(), shown, ticks, strict=False)]


class Repainter:
    """Reads pictures, has them painted on, and encodes them; they lie in `picture` and `panel`, one after the other."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._frame = av.VideoFrame(film.width_px, film.height_px + film.panel_px, "yuv420p")
        whole, rows = _planes(self._frame), film.height_px
        self.picture = cast(Planes, tuple(plane[: rows // (1 + (k > 0))] for k, plane in enumerate(whole)))
        self.panel = cast(Planes, tuple(plane[rows // (1 + (k > 0)) :] for k, plane in enumerate(whole)))
        self._encoder: av.VideoCodecContext | None = None
        self._group = -1
        self._under_way: dict[int, int] = {}

    def repaint(
        self,
        path: Path,
        info: VideoInfo,
        shots: Sequence[Shot],
        paint: Callable[[int], None],
        *,
        long_side_px: int,
        keep: frozenset[int] = frozenset(),
    ) -> Iterator[Coded | Frame]:
        """Each of some pictures of a clip, encoded, in order; the first begins a group.

        Parameters
        ----------
        paint : called with the number of a picture that lies in `picture`; changes it and `panel`.
        keep : numbers of those that are also given as they were, before they are painted on.
        """
        size_px = reduced_size(info.width_px, info.height_px, long_side_px)
        into_planes, into_rgb = _PlaneScaler(size_px, self._film.matrix), Scaler(size_px)
        waiting, last = {shot.shown: shot for shot in shots}, shots[-1].shown
        for picture in pictures_from(path, timetable_of(path), shots[0].shown, 1):
            shown = cast(int, picture.pts)
            shot = waiting.pop(shown, None)
            if shot is not None:
                if shot.number in keep:
                    yield Frame(into_rgb(picture), shot.time_s, shot.number)
                into_planes(picture, self.picture)
                paint(shot.number)
                yield from self._encoded(shot)
            if shown >= last:
                break
        yield from self._finished()
        yield from (Coded(shot.number, shot.tick, b"", False) for shot in waiting.values())

    def _encoded(self, shot: Shot) -> Iterator[Coded]:
        """What is done once the encoder has what now lies there: it keeps one picture back, to know how long it is."""
        if shot.number // GROUP != self._group:
            yield from self._finished()
            self._encoder, self._group = self._film.encoder(), shot.number // GROUP
        encoder = cast("av.VideoCodecContext", self._encoder)
        self._frame.pts, self._frame.time_base = shot.tick, _TICK
        self._under_way[shot.tick] = shot.number
        yield from map(self._coded, encoder.encode(self._frame))

    def _finished(self) -> Iterator[Coded]:
        """What an encoder has kept back."""
        if self._encoder is not None:
            yield from map(self._coded, self._encoder.encode(None))
            self._encoder = None

    def _coded(self, packet: av.Packet[av.VideoStream]) -> Coded:
        tick = cast(int, packet.pts)
        return Coded(self._under_way.pop(tick), tick, bytes(packet), packet.is_keyframe)


class _PlaneScaler:
    """Puts a film's pictures, however they are stored, upright into planes of one size and colour matrix."""

    def __init__(self, size_px: tuple[int, int], matrix: int) -> None:
        self._size_px, self._matrix = size_px, Colorspace.ITU601 if matrix == BT601 else Colorspace.ITU709
        self._to_rgb, self._to_planes = VideoReformatter(), VideoReformatter()
        self._turn: Matrix | None = None

    def __call__(self, picture: av.VideoFrame, planes: Planes) -> None:
        self._turn = self._turn or display_matrix(picture)
        width, height = self._size_px[::-1] if lies_on_its_side(self._turn) else self._size_px
        method = Interpolation.AREA if width < picture.width else Interpolation.BILINEAR
        if _is_bt601(picture.colorspace):
            picture.colorspace = Colorspace.ITU601
        if picture.color_range == ColorRange.UNSPECIFIED and picture.format.name == "yuv420p":
            picture.color_range = ColorRange.MPEG
        if picture.colorspace != self._matrix:  # from matrix to matrix FFmpeg is two levels off
            picture = self._to_rgb.reformat(picture, width, height, "rgb24", interpolation=method, threads=1)
        stored = self._to_planes.reformat(
            picture,
            width,
            height,
            "yuv420p",
            dst_colorspace=self._matrix,
            dst_color_range=ColorRange.MPEG,
            interpolation=method,
            threads=1,
        )
        for source, target in zip(_planes(stored), planes, strict=True):
            image = source if self._turn == AS_STORED else upright(source, self._turn)
            height, width = image.shape
            target[:height, :width] = image
            target[height:, :width] = image[-1:]
            target[:, width:] = target[:, width - 1 : width]


def _planes(picture: av.VideoFrame) -> Planes:
    """What a picture in yuv420p is made of; changing it changes the picture."""
    rows = ((picture.height + k) // (1 + k) for k in (0, 1, 1))
    columns = ((picture.width + k) // (1 + k) for k in (0, 1, 1))
    views = [
        np.frombuffer(cast("memoryview[int]", plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
        for plane, height, width in zip(picture.planes, rows, columns, strict=True)
    ]
    return views[0], views[1], views[2]


def _is_bt601(colorspace: int) -> bool:
    """Whether a film's colours are those of BT.601, as which those of a film that says nothing are read."""
    return colorspace in _BT601


def write_film(path: Path, film: Film, coded: Iterable[Coded], times_s: NDArray[np.float64]) -> None:
    """Write encoded pictures, in order, as an MP4 which takes its name when it is whole."""
    durations = dict(ticks_of(times_s))
    with new_file(path) as container:
        stream = cast(av.VideoStream, container.add_stream(_ENCODER, rate=film.rate, options=dict(_OPTIONS)))
        film.set_up(stream.codec_context)
        container.start_encoding()
        for picture in coded:
            packet = cast("av.Packet[av.VideoStream]", av.Packet(picture.data))
            packet.stream, packet.time_base = stream, _TICK
            packet.pts = packet.dts = picture.tick
            packet.is_keyframe = picture.keyframe
            mux(container, [packet], durations)
