"""Key frames for the report: sized and encoded once, for HTML and PDF."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_MAX_WIDTH_PX = 540
_MAX_HEIGHT_PX = 760
_JPEG_QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """A drawn key frame (H, W, 3) uint8 with its title and caption; `metric_id` is what it shows, if it shows one."""

    title: str
    caption: str
    rgb: NDArray[np.uint8]
    metric_id: str = ""


def jpeg(picture: Picture) -> bytes:
    """The picture as JPEG, small enough that a report with six of them stays below 1 MB."""
    image = Image.fromarray(picture.rgb)
    image.thumbnail((_MAX_WIDTH_PX, _MAX_HEIGHT_PX), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return stream.getvalue()


def data_uri(picture: Picture) -> str:
    """The picture as a data URI."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(picture)).decode("ascii")
