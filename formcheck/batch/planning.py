"""What a batch is to do: from a folder, however deep, or from a manifest."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from formcheck import given, request
from formcheck.errors import InputError, UsageError

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".3gp", ".mpg", ".mpeg", ".mts", ".ts"})
_MAX_MANIFEST_BYTES = 20_000_000
VIDEO, CLIENT = "video", "client"
_ALSO_CALLED = MappingProxyType(
    {"path": VIDEO, "file": VIDEO, "fps": "capture_fps", "height": "height_cm", "speed": "speed_kmh"}
)


@dataclass(frozen=True, eq=False)
class Job:
    """One video, where its result goes, what is said beside it (names as `analyse` takes them), and whose it is."""

    video: Path
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""


@dataclass(frozen=True)
class _Given:
    """A video as it was named."""

    video: Path
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""


def plan(source: Path, out: Path, *, blur_faces: bool = False) -> tuple[Job, ...]:
    """The jobs of a folder (all videos in it, however deep) or of a manifest.

    Parameters
    ----------
    source : a folder, or a CSV file with a column `video` or `path` (relative to it) and any of `client`, `protocol`,
        `leg`, `sex`, `capture_fps`, `height_cm`, `speed_kmh`; capitals and spaces in these names do not matter.
    out : where the results go; videos inside it are passed over.
    blur_faces : for all of them, as `analyse` takes it.

    Raises
    ------
    InputError, UsageError
        Nothing to analyse, or a row that cannot be read.
    """
    if os.path.isdir(source):  # noqa: PTH112 - Path.is_dir raises on names that no system accepts
        named = [_Given(video, str(video.relative_to(source))) for video in _videos(source, out)]
    else:
        given.check_file(source, what="manifest", most_bytes=_MAX_MANIFEST_BYTES)
        named = list(_manifest(source))
    if not named:
        raise InputError(f"{source} holds no video; formcheck reads {', '.join(sorted(VIDEO_SUFFIXES))}")
    names = _unique([one.name for one in named])
    shown = {request.BLUR_FACES: True} if blur_faces else {}
    return tuple(
        Job(one.video.resolve(), (out / name).resolve(), {**one.settings, **shown}, one.client)
        for one, name in zip(named, names, strict=True)
    )


def _videos(folder: Path, out: Path) -> list[Path]:
    """Videos of a folder, without results and hidden files."""
    target = out.resolve()
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in VIDEO_SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not (path.parent / "assessment.json").exists()
        and target not in path.resolve().parents
    ]


def _manifest(path: Path) -> Iterator[_Given]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{_column(name): text for name, text in row.items()} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as a CSV file ({error}); save it as CSV, UTF-8") from error
    if not rows or VIDEO not in rows[0]:
        raise InputError(f"{path.name} has no rows under a column path; give one row a video")
    known = [VIDEO, CLIENT, *request.READERS]
    if unknown := sorted(set(rows[0]) - {*known, ""}):
        raise UsageError(f"{path.name} has a column {unknown[0]!r}; known columns are {', '.join(known)}")
    for number, row in enumerate(rows, start=2):
        video = (row.get(VIDEO) or "").strip()
        if not Path(video).name or "\0" in video:
            raise InputError(f"{path.name}, line {number}, names no video; fill it in or remove the line")
        client = (row.get(CLIENT) or "").strip()
        yield _Given(path.parent / video, video, _settings(row, f"{path.name}, line {number}"), client)


def _column(name: str | None) -> str:
    """A column's name as formcheck has it."""
    plain = (name or "").strip().lower().replace(" ", "_")
    return _ALSO_CALLED.get(plain, plain)


def _settings(row: Mapping[str, str | None], where: str) -> dict[str, Any]:
    try:
        return {key: read(text) for key, read in request.READERS.items() if (text := (row.get(key) or "").strip())}
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _unique(names: Sequence[str]) -> list[str]:
    """Folder names: the path without its suffix, numbered where two would share one."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        parts = [part for part in Path(name).with_suffix("").parts if part not in ("/", "\\", "..", ".")]
        base = "__".join(part.replace(":", "") for part in parts)
        seen[base.lower()] = seen.get(base.lower(), 0) + 1
        count = seen[base.lower()]
        unique.append(base if count == 1 else f"{base}-{count}")
    return unique
