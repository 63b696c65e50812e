"""Small films of every kind that a phone, an editor or a screen recorder produces, odd ones too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SMALL = (96, 64)
TAGS = {
    "com.apple.quicktime.location.ISO6709": "+48.1372+011.5756+519.0/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 15 Pro",
    "location": "+48.1372+011.5756/",
}
"""What a phone says of place and device."""


def film(
    path: Path,
    *,
    n: int = 24,
    fps: int = 30,
    size: tuple[int, int] = SMALL,
    codec: str = "libx264",
    pixel: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    sound_s: float = 0.0,
    films: int = 1,
    times: Callable[[int], int] | None = None,
    tags: Mapping[str, str] | None = None,
    rotation: int = 0,
    interlaced: bool = False,
    ticks_per_s: int = 1000,
) -> Path:
    """Write moving noise.

    Parameters
    ----------
    films : how many picture tracks.
    times : tick of a frame by its number, where not evenly spaced.
    """
    with av.open(str(path), "w", options=dict(container or {})) as file:
        file.metadata.update(tags or {})
        streams = []
        for _ in range(films):
            stream = file.add_stream(codec, rate=fps, options=dict(options or {}))
            stream.width, stream.height, stream.pix_fmt = *size, pixel
            stream.codec_context.time_base = Fraction(1, ticks_per_s)
            if rotation:
                stream.set_display_rotation(rotation)
            if interlaced:
                stream.codec_context.flags |= 0x00040000 | 0x20000000
            streams.append(stream)
        sound = file.add_stream("aac", rate=44100) if sound_s else None
        for stream in streams:
            for i, picture in enumerate(_pictures(n, size)):
                picture.pts = times(i) if times else round(i * ticks_per_s / fps)
                picture.time_base = Fraction(1, ticks_per_s)
                file.mux(stream.encode(picture.reformat(format=pixel)))
            file.mux(stream.encode(None))
        if sound is not None:
            _add_tone(file, sound, sound_s)
    return path


def _add_tone(file: av.container.OutputContainer, sound: av.AudioStream, seconds: float) -> None:
    tone = av.AudioFrame.from_ndarray(np.zeros((1, round(44100 * seconds)), np.float32), format="fltp", layout="mono")
    tone.rate = 44100
    file.mux(sound.encode(tone))
    file.mux(sound.encode(None))


def sound_alone(path: Path) -> Path:
    """A file with a tone and no picture."""
    with av.open(str(path), "w") as file:
        _add_tone(file, file.add_stream("aac", rate=44100), 1.0)
    return path


def still(path: Path, codec: str = "png", pixel: str = "rgb24") -> Path:
    """A photo, whatever its name says."""
    with av.open(str(path), "w", format="image2") as file:
        stream = file.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = *SMALL, pixel
        (picture,) = _pictures(1, SMALL)
        file.mux(stream.encode(picture.reformat(format=pixel)))
        file.mux(stream.encode(None))
    return path


def with_cover(path: Path) -> Path:
    """Sound with a cover picture, as a podcast has it."""
    with av.open(str(path), "w") as file:
        sound = file.add_stream("aac", rate=44100)
        cover = file.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = *SMALL, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        (picture,) = _pictures(1, SMALL)
        picture.pts, picture.time_base = 0, Fraction(1, 1)
        packets = cover.encode(picture.reformat(format="yuvj420p")) + cover.encode(None)
        for packet in packets:
            file.mux(packet)
        _add_tone(file, sound, 1.0)
    return path


def _pictures(n: int, size: tuple[int, int]) -> Iterator[av.VideoFrame]:
    if size[0] * size[1] > 1 << 20:  # one grey picture again and again
        for _ in range(n):
            yield av.VideoFrame.from_ndarray(np.full((size[1], size[0]), 90, np.uint8), format="gray")
        return
    tile = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    for i in range(n):
        yield av.VideoFrame.from_ndarray(np.ascontiguousarray(np.roll(tile, 3 * i, axis=1)), format="rgb24")


BASES: Mapping[str, Callable[[Path], Path]] = {
    "mp4": lambda p: film(p, sound_s=0.5),
    "faststart.mp4": lambda p: film(p, container={"movflags": "+faststart"}),
    "fragments.mp4": lambda p: film(p, container={"movflags": "+frag_keyframe+empty_moov"}, options={"g": "6"}),
    "hevc.mov": lambda p: film(p, codec="libx265", options={"x265-params": "log-level=none"}, tags=TAGS),
    "mov": lambda p: film(p, codec="mjpeg", pixel="yuvj420p"),
    "mkv": lambda p: film(p, sound_s=0.5),
    "webm": lambda p: film(p, codec="libvpx-vp9", options={"cpu-used": "8"}),
    "avi": lambda p: film(p, codec="mpeg4"),
    "ts": lambda p: film(p),
    "mpg": lambda p: film(p, codec="mpeg2video", ticks_per_s=30),
    "3gp": lambda p: film(p, codec="mpeg4"),
}
"""A film for each container that phones and editors write."""

KINDS: Mapping[str, Callable[[Path], Path]] = {
    "1x1.mkv": lambda p: film(p, size=(1, 1), codec="ffv1"),
    "2x2.mp4": lambda p: film(p, size=(2, 2)),
    "narrow.mp4": lambda p: film(p, size=(4096, 16)),
    "tall.mp4": lambda p: film(p, size=(16, 4096)),
    "4096x4096.mp4": lambda p: film(p, size=(4096, 4096), n=12, options={"preset": "ultrafast"}),
    "8k.mp4": lambda p: film(p, size=(7680, 4320), n=3, options={"preset": "ultrafast"}),
    "one-frame.mp4": lambda p: film(p, n=1),
    "two-frames.mp4": lambda p: film(p, n=2),
    "sound-alone.mp4": sound_alone,
    "two-films.mp4": lambda p: film(p, films=2),
    "cover.mp4": with_cover,
    "hdr.mp4": lambda p: film(
        p,
        codec="libx265",
        pixel="yuv420p10le",
        options={"x265-params": "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"},
    ),
    "alpha.mov": lambda p: film(p, codec="qtrle", pixel="argb"),
    "alpha.webm": lambda p: film(p, codec="libvpx-vp9", pixel="yuva420p", options={"cpu-used": "8"}),
    "prores.mov": lambda p: film(p, codec="prores_ks", pixel="yuva444p10le"),
    "grey.mkv": lambda p: film(p, codec="ffv1", pixel="gray16le"),
    "interlaced.mpg": lambda p: film(p, codec="mpeg2video", ticks_per_s=30, interlaced=True),
    "1fps.mp4": lambda p: film(p, n=10, fps=1),
    "1000fps.mp4": lambda p: film(p, n=100, fps=1000),
    "long-sound.mp4": lambda p: film(p, sound_s=20.0),
    "jumping.mkv": lambda p: film(p, times=lambda i: 33 * i + (10_000_000 if i > 12 else 0)),
    "decades.mp4": lambda p: film(p, n=20, times=lambda i: 40_000_000 * i),
    "late.mkv": lambda p: film(p, times=lambda i: 2_000_000_000 + 33 * i),
    "negative.mkv": lambda p: film(p, times=lambda i: 33 * i - 500, container={"avoid_negative_ts": "disabled"}),
    "crowded.mp4": lambda p: film(p, n=60, times=lambda i: i),
    "encrypted.mp4": lambda p: film(
        p,
        container={
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "00" * 16,
            "encryption_kid": "11" * 16,
        },
    ),
    "gif.mp4": lambda p: _as(p, "gif", codec="gif", pixel="rgb8"),
    "apng.mp4": lambda p: _as(p, "apng", codec="apng", pixel="rgb24"),
    "flv.mp4": lambda p: _as(p, "flv", codec="flv1"),
    "y4m.mp4": lambda p: _as(p, "y4m", codec="wrapped_avframe"),
    "photo.mp4": lambda p: still(p),
    "photo.avi": lambda p: still(p, "mjpeg", "yuvj420p"),
}
"""Films that are whole and yet unlike what a phone hands in."""


def _as(path: Path, ending: str, codec: str, pixel: str = "yuv420p") -> Path:
    """A film of another kind under a name that says something else."""
    film(path.with_suffix(f".{ending}"), codec=codec, pixel=pixel).replace(path)
    return path
