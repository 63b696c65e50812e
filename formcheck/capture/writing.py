"""Writes H.264 video that plays in a browser, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

TICKS_PER_S = 90_000
"""Ticks of the written time base; 24, 25, 29.97, 30, 50, 60, 120 and 240 frames a second fall on whole ticks."""

KEYFRAME_EVERY_S = 2.0
BT709, BT601 = 1, 6
"""Numbers of the colour matrices, as FFmpeg and H.264 have them."""
_MPEG_RANGE = 1


def write_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    times_s: Sequence[float] | NDArray[np.float64],
    crf: int = 23,
    rotation_deg: int = 0,
    codec: str = "libx264",
    preset: str = "veryfast",
    pixel_format: str = "yuv420p",
    keyframe_every: int | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write upright RGB images as an MP4 (or, by the ending `.mov`, a QuickTime file).

    An odd width or height is padded to even by repeating the last column or row, so that pixel
    coordinates stay. The file takes its name only when whole. Threads are fixed and no date or encoder
    version is stored, so that the same frames give the same bytes.

    Parameters
    ----------
    path : where to write; its folder must exist.
    frames : upright images (H, W, 3) uint8, all of one size, as many as `times_s`.
    times_s : (N,) presentation times, strictly increasing, kept to 1/90000 s; need not be evenly spaced.
    crf : quality of the encoder; lower is better and larger.
    rotation_deg : 0, 90, 180 or 270. Images are stored turned, as by a phone that was held so, with the display
        matrix that tells a player to turn them clockwise by this angle.
    codec, preset, pixel_format : names as FFmpeg has them (`libx265` with `yuv420p10le` gives 10-bit HEVC).
    keyframe_every : frames from one keyframe to the next; None for two seconds. A player that jumps to a frame has to
        decode all frames from the keyframe before it.
    tags : container tags to store, such as `com.android.capture.fps`.

    Raises
    ------
    ValueError : no frames, sizes that differ, times that do not increase, or as many times as frames missing.
    """
    pts = ticks_of(times_s)
    durations = dict(pts)
    if rotation_deg not in (0, 90, 180, 270):
        raise ValueError(f"rotation_deg must be 0, 90, 180 or 270, came {rotation_deg}")
    stored = (_stored(rgb, rotation_deg) for rgb in frames)
    first = next(stored, None)
    if first is None:
        raise ValueError("no frames to write")
    with new_file(Path(path)) as container:
        container.metadata.update(tags or {})
        stream = _add_stream(container, first.shape, pts, codec, crf, preset, pixel_format, keyframe_every)
        if rotation_deg:
            stream.set_display_rotation(-rotation_deg)
        recolour = VideoReformatter()
        for rgb, (tick, _) in zip(chain([first], stored), pts, strict=True):
            packets = stream.encode(_picture(rgb, first.shape, tick, pixel_format, recolour))
            mux(container, packets, durations)
        mux(container, stream.encode(None), durations)


@contextmanager
def new_file(path: Path) -> Iterator[av.container.OutputContainer]:
    """A film to be filled, which takes its name when it is whole and is taken away when it will not be."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    scales = dict.fromkeys(("video_track_timescale", "movie_timescale"), str(TICKS_PER_S))
    options = {"movflags": "+faststart+use_metadata_tags", "fflags": "+bitexact"} | scales
    try:
        with av.open(str(part), "w", options=options) as container:
            yield container
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def ticks_of(times_s: Sequence[float] | NDArray[np.float64]) -> list[tuple[int, int]]:
    """Presentation tick and duration of every frame; the last lasts as long as the one before it."""
    ticks = np.round(np.asarray(times_s, dtype=float) * TICKS_PER_S).astype(np.int64)
    if len(ticks) == 0:
        raise ValueError("no frames to write")
    steps = np.diff(ticks)
    if np.any(steps <= 0) or ticks[0] < 0:
        raise ValueError("times_s must start at 0 or later and increase by at least 1/90000 s")
    durations = np.append(steps, steps[-1] if len(steps) else TICKS_PER_S // 30)
    return list(zip(ticks.tolist(), durations.tolist(), strict=True))


def _stored(rgb: NDArray[np.uint8], rotation_deg: int) -> NDArray[np.uint8]:
    """The image as a turned phone stores it, with even sides."""
    height, width = rgb.shape[:2]
    even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if height % 2 or width % 2 else rgb
    return np.ascontiguousarray(np.rot90(even, rotation_deg // 90))


def _add_stream(
    container: av.container.OutputContainer,
    shape: tuple[int, ...],
    pts: list[tuple[int, int]],
    codec: str,
    crf: int,
    preset: str,
    pixel_format: str,
    keyframe_every: int | None,
) -> av.VideoStream:
    """A video stream with exact times, BT.709 colours and keyframes as wanted."""
    # With B-frames x264's rate control differs from run to run, about once in twenty, even on one thread.
    options = {"crf": str(crf), "preset": preset, "threads": "2", "bf": "0"}
    if codec == "libx265":
        options["x265-params"] = "log-level=none:pools=1:frame-threads=1:info=0"
    rate = mean_rate(pts)
    stream = cast(av.VideoStream, container.add_stream(codec, rate=rate, options=options))
    stream.pix_fmt = pixel_format
    context = stream.codec_context
    context.height, context.width = shape[:2]
    set_up(context, keyframe_every or max(1, round(rate * KEYFRAME_EVERY_S)))
    if codec == "libx265":
        context.codec_tag = "hvc1"
    return stream


def mean_rate(pts: Sequence[tuple[int, int]]) -> Fraction:
    """Frames a second, to the thousandth."""
    mean_fps = len(pts) * TICKS_PER_S / (pts[-1][0] + pts[-1][1] - pts[0][0])
    return Fraction(max(1, round(mean_fps * 1000)), 1000)


def set_up(context: av.VideoCodecContext, keyframe_every: int, *, matrix: int = BT709) -> None:
    """Exact times, keyframes as wanted, and colours: `matrix` makes brightness and colour, the rest is BT.709."""
    context.time_base = Fraction(1, TICKS_PER_S)
    context.gop_size = keyframe_every
    context.flags |= Flags.bitexact
    context.colorspace, context.color_primaries, context.color_trc = matrix, BT709, BT709
    context.color_range = _MPEG_RANGE


def mux(
    container: av.container.OutputContainer, packets: list[av.Packet[av.VideoStream]], durations: Mapping[int, int]
) -> None:
    """Write packets with the true duration of their frames, which the encoder does not hand on."""
    for packet in packets:
        packet.duration = durations[cast(int, packet.pts)]
        container.mux(packet)


def _picture(
    rgb: NDArray[np.uint8], shape: tuple[int, ...], tick: int, pixel_format: str, recolour: VideoReformatter
) -> av.VideoFrame:
    """The image in the encoder's colours, with its time."""
    if rgb.shape != shape:
        raise ValueError(f"frames differ in size: first {shape[1]}×{shape[0]}, then {rgb.shape[1]}×{rgb.shape[0]}")
    picture = recolour.reformat(
        av.VideoFrame.from_numpy_buffer(rgb, format="rgb24"),
        format=pixel_format,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )
    picture.pts, picture.time_base = tick, Fraction(1, TICKS_PER_S)
    return picture
