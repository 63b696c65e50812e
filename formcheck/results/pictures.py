"""The list of stored key frames: which picture shows what, and where in the clip it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from formcheck.errors import InputError
from formcheck.types import Side

KEY_FRAMES: Final = "keyframes"
INDEX: Final = "index.json"
_COVERED: Final = "faces-covered"
"""Beside the key frames, so that it goes where they go: no picture or film of this result shows the athlete's face."""


@dataclass(frozen=True)
class KeyPicture:
    """A stored key frame: its file name in `keyframes`, what it shows, and where in the clip it is.

    `corner_px` is where its top left corner lies in the upright image, `scale` its size as a share of that image's.
    `frame`, `time_s` and `corner_px` are None in results that were made before they were stored.
    """

    file: str
    title: str
    caption: str = ""
    frame: int | None = None
    time_s: float | None = None
    metric_id: str = ""
    side: Side | None = None
    corner_px: tuple[float, float] | None = None
    scale: float = 1.0


def write_key_pictures(folder: Path, pictures: Sequence[KeyPicture]) -> None:
    """Write the list beside the pictures, into the `keyframes` folder itself."""
    text = json.dumps([asdict(picture) for picture in pictures], ensure_ascii=False, indent=1, allow_nan=False)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def note_faces_covered(folder: Path) -> None:
    """Note in a result folder that its pictures and film show no face."""
    (folder / KEY_FRAMES / _COVERED).touch()


def faces_covered(folder: Path) -> bool:
    """Whether the pictures and the film of a result show no face, which then holds for all that is drawn later."""
    return (folder / KEY_FRAMES / _COVERED).exists()


def read_key_pictures(folder: Path) -> tuple[KeyPicture, ...]:
    """The key frames of a result, in order; named after their files where nothing else was stored.

    Raises
    ------
    InputError : the list of key frames is damaged.
    """
    pictures = folder / KEY_FRAMES
    index = pictures / INDEX
    if not index.is_file():
        return tuple(KeyPicture(path.name, _title_of(path)) for path in sorted(pictures.glob("*.png")))
    try:
        rows = json.loads(index.read_text(encoding="utf-8"))
        found = tuple(_key_picture(row) for row in rows)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"the list of key frames in {folder.name} is damaged ({type(error).__name__}); analyse the clip again"
        ) from error
    return tuple(picture for picture in found if (pictures / picture.file).is_file())


def _title_of(path: Path) -> str:
    """`1-left-contact.png` as `Left contact`."""
    return path.stem.partition("-")[2].replace("-", " ").capitalize() or path.stem


def _key_picture(row: Mapping[str, Any]) -> KeyPicture:
    corner = row.get("corner_px")
    return KeyPicture(
        file=Path(row["file"]).name,
        title=row["title"],
        caption=row["caption"],
        frame=int(row["frame"]),
        time_s=float(row["time_s"]),
        metric_id=row["metric_id"],
        side=row["side"],
        corner_px=None if corner is None else (float(corner[0]), float(corner[1])),
        scale=float(row.get("scale", 1.0)),
    )
