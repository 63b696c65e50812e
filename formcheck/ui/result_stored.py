"""A finished result as the pages show it, kept in memory so that a click is answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from formcheck import results
from formcheck.errors import InputError
from formcheck.report.content import Content, content_of
from formcheck.results import ASSESSMENT_FILE, KeyPicture
from formcheck.types import Assessment

_KEPT = 24
"""How many results stay in memory: at most a few MB each."""
_FILES = ("overlay.mp4", "report.pdf", "report.html", "metrics.csv", "angles.csv", "events.csv", "landmarks.csv")


@dataclass(frozen=True)
class Shown:
    """A stored result with its words, its key frames and the sizes (bytes) of the files that can be saved."""

    assessment: Assessment
    content: Content
    pictures: tuple[KeyPicture, ...]
    files: Mapping[str, int]


def shown(folder: Path) -> Shown:
    """The result in a folder, read once until it changes.

    Raises
    ------
    InputError : there is no result in it, or it is damaged.
    """
    try:
        written_ns = (folder / ASSESSMENT_FILE).stat().st_mtime_ns
    except OSError as error:
        raise InputError("the files of this result are gone from the disk; analyse the clip again") from error
    return _shown(folder, written_ns)


@lru_cache(maxsize=_KEPT)
def _shown(folder: Path, _written_ns: int) -> Shown:
    assessment = results.read(folder)
    names = (*_FILES, ASSESSMENT_FILE)
    sizes = {name: path.stat().st_size for name in names if (path := folder / name).is_file()}
    return Shown(assessment, content_of(assessment), results.read_key_pictures(folder), sizes)
