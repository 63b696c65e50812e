"""A short code for what some sources do: the same however they are commented, documented, spaced or wrapped."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

PICTURES = ("synthetic",)
"""What makes the frames and the truth of a rendered clip."""
POSE = ("pose", "capture", "athlete.py", "landmarks.py", "signals.py", "sparing.py")
"""What finds the athlete's landmarks in a clip."""
PIXELS = (
    "pixels",
    "capture",
    "tracking.py",
    "scaling.py",
    "events.py",
    "gait_phase.py",
    "legs.py",
    "outliers.py",
    "paths.py",
    "rhythm.py",
    "signals.py",
    "sparing.py",
    "view.py",
)
"""What measures in the pixels, once the landmarks are known."""
PIPELINE = (
    "pose",
    "pixels",
    "protocols",
    "athlete.py",
    "events.py",
    "gait_phase.py",
    "geometry.py",
    "landing.py",
    "legs.py",
    "outliers.py",
    "paths.py",
    "pelvis.py",
    "repetitions.py",
    "rhythm.py",
    "scaling.py",
    "signals.py",
    "sparing.py",
    "tracking.py",
    "view.py",
)
"""Whatever a measured value depends on; a change of it asks for new measurement errors."""
_NO_MEASURING = {"samples.py", "scenario_files.py", "random_scenarios.py", "writing.py", "repainting.py"}
_LENGTH = 16


def fingerprint(rooms: Iterable[str]) -> str:
    """Code for the sources of some rooms of the package, named as `pose` (a folder) or `events.py` (a file)."""
    return _combined(tuple(rooms))


@cache
def _combined(rooms: tuple[str, ...]) -> str:
    home = Path(str(files("formcheck")))
    digest = hashlib.sha256()
    for name in rooms:
        for path in _sources(home / name):
            digest.update(path.relative_to(home).as_posix().encode())
            digest.update(essence(path.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:_LENGTH]


def _sources(place: Path) -> list[Path]:
    """The Python files of a room in a fixed order, without those that only name scenarios or write files."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*.py") if path.name not in _NO_MEASURING)


def essence(source: str) -> str:
    """Source text without comments, docstrings, white space and the commas that only wrapping needs.

    Taken from the text and not from a dump of the syntax tree, which differs between versions of Python.
    """
    lines = source.splitlines(keepends=True)
    for start, end in sorted([*_comments(source), *_docstrings(source)], reverse=True):
        _blank(lines, start, end)
    bare = re.sub(r"\s+", "", "".join(lines))
    return re.sub(r",(?=[)\]}])", "", bare)


Place = tuple[int, int]
"""Line from 0 and column."""


def _comments(source: str) -> list[tuple[Place, Place]]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [t for t in tokens if t.type == tokenize.COMMENT]
    return [((t.start[0] - 1, t.start[1]), (t.end[0] - 1, t.end[1])) for t in found]


def _docstrings(source: str) -> list[tuple[Place, Place]]:
    """Where bare string expressions stand: docstrings, and what documents constants."""
    lines = source.splitlines()

    def column(line: int, offset_bytes: int) -> int:
        return len(lines[line].encode()[:offset_bytes].decode())

    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            found.append(
                ((first, column(first, node.col_offset)), (last, column(last, node.end_col_offset or 0))),
            )
    return found


def _blank(lines: list[str], start: Place, end: Place) -> None:
    """Cut out a span, in place."""
    (first, from_column), (last, to_column) = start, end
    lines[first : last + 1] = [lines[first][:from_column] + lines[last][to_column:]] + [""] * (last - first)
