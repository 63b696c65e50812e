"""Whose report it is and for whom: clinic, logo, client, day; a logo is taken only if it is a real picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from formcheck.errors import InputError

LONGEST_NAME: Final = 120
LARGEST_LOGO_BYTES: Final = 5_000_000
_LARGEST_LOGO_PX: Final = 40_000_000
_LOGO_PX: Final = (720, 240)
_KINDS: Final = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Letterhead:
    """What stands above a report; empty where nobody said it. `logo` is a PNG as `checked_logo` gives it."""

    clinic: str = ""
    logo: bytes = b""
    client: str = ""
    day: date | None = None

    def __post_init__(self) -> None:
        for what, name in (("clinic", self.clinic), ("client", self.client)):
            if len(name) > LONGEST_NAME:
                raise InputError(f"the name of the {what} has {len(name)} letters; {LONGEST_NAME} fit on a report")

    @property
    def day_words(self) -> str:
        """The day: `24 November 2026`."""
        return f"{self.day.day} {self.day:%B %Y}" if self.day else ""


def checked_logo(data: bytes, name: str = "the logo") -> bytes:
    """A logo made small, as PNG, without anything else that its file may carry.

    Raises
    ------
    InputError : it is no picture that can be read, of another kind, or far too large.
    """
    if len(data) > LARGEST_LOGO_BYTES:
        raise InputError(f"{name} has {len(data) / 1e6:.0f} MB; a logo may have {LARGEST_LOGO_BYTES / 1e6:.0f}")
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
            if picture.width * picture.height > _LARGEST_LOGO_PX:
                raise InputError(
                    f"{name} has {picture.width}×{picture.height} pixels; make it smaller, 720 wide is enough"
                )
            picture.load()
            small = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{name} is no picture that can be read; give a PNG, JPEG or WebP file") from error
    small.thumbnail(_LOGO_PX, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def read_logo(path: Path) -> bytes:
    """The logo in a file.

    Raises
    ------
    InputError : the file cannot be read, or `checked_logo` refuses it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    return checked_logo(data, path.name)
