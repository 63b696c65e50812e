"""Opens a video file safely: local files only, known containers only, bounded picture size."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

from formcheck import given
from formcheck.errors import InputError
from formcheck.memory import little_memory
from formcheck.types import MAX_FRAMES

MAX_PIXELS = 4096 * 4096
"""Largest picture that is decoded; a header that claims more is refused before any memory is taken."""

MAX_PICTURES_PIXELS = 1_000_000_000_000
"""Pixels of all pictures together: half an hour of 4K at 60 a second. A film of more would take hours to read."""

MAX_BYTES = 64_000_000_000
_HEADER_BYTES = 500_000_000
"""Memory for reading a header, which lists as many pictures as it likes before anybody can count them."""

_WHAT_FITS = "formcheck reads phone video (MP4, MOV, MKV, WebM, AVI)"
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg"
_FILMS = (
    *("h264", "hevc", "mpeg4", "mjpeg", "prores", "dnxhd", "libdav1d", "av1", "vp8", "vp9", "libvpx-vp9"),
    *("mpeg2video", "mpeg1video", "h263", "dvvideo", "wmv2", "wmv3", "vc1", "ffv1", "qtrle", "rawvideo"),
)
"""What cameras, phones and the programs for them write. FFmpeg knows hundreds more, of which nobody films with most,
and whose faults would be faults here: a film in MagicYUV writes beyond its memory in FFmpeg before 8.1.2."""
_SOUNDS = ("aac", "mp3float", "opus", "libopus", "vorbis", "ac3", "flac", "alac", "amrnb", "pcm_s16le", "pcm_s16be")
"""Sound is never decoded; looking at a file is over sooner where FFmpeg may ask what it is."""
_CODECS = ",".join((*_FILMS, *_SOUNDS))

av.logging.set_level(None)


def check_file(path: str | Path) -> Path:
    """The path of a readable file that is not empty; else an `InputError` of one line."""
    path = Path(path)
    folder = ", or use formcheck batch for a folder"
    if given.check_file(path, what="video", most_bytes=MAX_BYTES, not_folder=folder) == 0:
        raise InputError(f"{path} is empty (0 bytes); copy the video from the phone again")
    return path


@contextmanager
def open_video(path: Path, *, threads: int = 0) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The container and its film; no other file, address or format is ever followed from inside it.

    `threads` decode, 0 for one a core.
    """
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _CONTAINERS,
        "codec_whitelist": _CODECS,
        "max_pixels": str(MAX_PIXELS),
    }
    try:
        with little_memory(_HEADER_BYTES):
            container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise InputError(
            f"{path} is not a video that can be read ({_plain(error)}); {_WHAT_FITS}, "
            "so copy the original from the phone again"
        ) from None
    with container:
        film = _film(container, path)
        film.codec_context.thread_count = threads
        yield container, film


def _film(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """The first moving picture in the file, cover images apart."""
    films = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not films:
        held = "only sound" if container.streams.audio else "no moving picture"
        raise InputError(f"{path} holds {held}; {_WHAT_FITS} with a picture")
    film = films[0]
    if film.codec_context is None:
        raise InputError(f"{path} is stored in a way that cannot be decoded here; export it as H.264 or HEVC")
    codec = film.codec_context.name
    if codec not in _FILMS:
        raise InputError(f"{path} is stored as {codec}, which no phone writes; export it as H.264 or HEVC")
    if film.width * film.height > MAX_PIXELS:
        raise InputError(
            f"{path} claims a picture of {film.width}×{film.height} pixels; up to 4096×4096 can be read, "
            "so film or export in 1080p or 4K"
        )
    check_count(path, film.frames)
    film.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    film.thread_type = "AUTO"
    return film


def check_count(path: Path, n_frames: int) -> None:
    """Refuse a film of more pictures than any test fills: their times alone would take all memory."""
    if n_frames > MAX_FRAMES:
        raise InputError(f"{path} holds more than {MAX_FRAMES} pictures; cut it to the test itself, a minute is plenty")


def check_pictures(path: Path, n_frames: int, width_px: int, height_px: int) -> None:
    """Refuse upright pictures that are too large or empty, and a film that would take hours to read."""
    size = f"{width_px}×{height_px} pixels"
    if not 0 < width_px * height_px <= MAX_PIXELS:
        raise InputError(
            f"{path} shows pictures of {size}; up to 4096×4096 can be read, so film or export in 1080p or 4K"
        )
    if n_frames * width_px * height_px > MAX_PICTURES_PIXELS:
        raise InputError(
            f"{path} holds {n_frames} pictures of {size}, which would take hours to read; cut it to the test itself, "
            "a minute is plenty"
        )


def _plain(error: av.FFmpegError) -> str:
    """FFmpeg's reason in a few words, on one line."""
    reason = (
        os.strerror(error.errno) if error.errno and 0 < error.errno < 200 else str(error.strerror or "unknown format")
    )
    return reason.splitlines()[0].lower()


def packets(container: av.container.InputContainer, film: av.VideoStream) -> Iterator[av.Packet[av.VideoStream] | None]:
    """Sound packets of the film in stored order, then None; ends early where the file is broken off."""
    try:
        for packet in container.demux(film):
            if packet.size and not packet.is_corrupt:
                yield packet
    except av.FFmpegError:
        pass
    yield None


def pictures(container: av.container.InputContainer, film: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Whole pictures in order of showing; broken ones are passed over."""
    for packet in packets(container, film):
        try:
            decoded = film.codec_context.decode(packet)
        except av.FFmpegError:
            continue
        yield from (picture for picture in decoded if picture.pts is not None and not picture.is_corrupt)


def rotation_deg(picture: av.VideoFrame) -> int:
    """Clockwise turn, 0, 90, 180 or 270, that a player gives the picture."""
    return round(-picture.rotation / 90) % 4 * 90


Matrix = tuple[int, int, int, int]
"""(a, b, c, d): a stored point (x, y) is shown at (a·x + c·y, b·x + d·y); only signs matter here."""
AS_STORED: Matrix = (1, 0, 0, 1)


def lies_on_its_side(matrix: Matrix) -> bool:
    """The stored picture's width is the height of the upright one."""
    return abs(matrix[1]) > abs(matrix[0])


def upright(rgb: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    """An image (H, W, 3) as stored, turned and mirrored as the display matrix asks, C-contiguous."""
    a, b, c, d = matrix
    on_side = lies_on_its_side(matrix)
    flip_x, flip_y = (c < 0, b < 0) if on_side else (a < 0, d < 0)
    image = rgb.swapaxes(0, 1) if on_side else rgb
    return np.ascontiguousarray(image[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


def display_matrix(picture: av.VideoFrame) -> Matrix:
    """How a film's pictures are to be turned, as one of them says; `AS_STORED` where there is no matrix or it is void.

    To be asked of one picture a film: each that is asked stays in memory until Python looks for cycles.
    """
    try:
        data = cast("Mapping[str, bytes]", picture.side_data)["DISPLAYMATRIX"]
    except KeyError:
        return AS_STORED
    values = np.frombuffer(bytes(data), dtype=np.int32)
    if len(values) < 9:
        return AS_STORED
    a, b, c, d = (int(v) for v in values[[0, 1, 3, 4]])
    return (a, b, c, d) if a * d - b * c else AS_STORED


def upright_size(picture: av.VideoFrame, film: av.VideoStream) -> tuple[int, int]:
    """(width, height) of the upright picture with square pixels."""
    width, height = round(picture.width * float(film.sample_aspect_ratio or 1)), picture.height
    return (height, width) if lies_on_its_side(display_matrix(picture)) else (width, height)
