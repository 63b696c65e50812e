"""Writes the result folder: whole or not at all.

The files are written to a temporary folder beside the target, which takes the target's place in one
step when it is complete. What else belongs into the folder (overlay, key frames, report) is written
by callables handed in, since the edges do not import each other.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from formcheck.errors import InputError, UsageError
from formcheck.results.encoding import ASSESSMENT_FILE, to_dict
from formcheck.tables import write_angles, write_events, write_landmarks, write_metrics
from formcheck.types import Assessment, PoseSequence
from formcheck.unfinished import unfinished

DRAWN_FILM = "overlay_drawn.mp4"
"""The overlay with what somebody drew in it, where it was asked for."""
OUTPUT_NAMES = frozenset(
    {
        ASSESSMENT_FILE,
        "landmarks.csv",
        "angles.csv",
        "events.csv",
        "metrics.csv",
        "overlay.mp4",
        DRAWN_FILM,
        "keyframes",
        "report.html",
        "report.pdf",
    }
)
"""What formcheck writes; anything else in an earlier result folder is the user's and is carried over."""
_ASIDE = ".earlier"
_TRIES = 5
STALE_S = 24 * 3600.0
"""A temporary folder of this age was left behind by a killed run."""
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS})

FolderWriter = Callable[[Path], object]
"""Writes its files into the folder it is given."""


def write(assessment: Assessment, raw: PoseSequence, out: Path, *, writers: Sequence[FolderWriter] = ()) -> Path:
    """Write the result folder of one clip; on any failure nothing is left behind.

    Parameters
    ----------
    raw : the raw tracking that the assessment was made from (see `quantise`).
    out : the folder; an earlier result folder is replaced, the user's own files in it are kept.
    writers : called with the temporary folder after the tables are written: overlay, key frames, report.

    Raises
    ------
    UsageError : `out` exists and is not a formcheck result folder.
    InputError : `out` cannot be written.
    """
    recover(out.expanduser().resolve())
    target = check_target(out)
    with _temporary_folder(target) as folder:
        text = json.dumps(to_dict(assessment), ensure_ascii=False, indent=2, allow_nan=False)
        (folder / ASSESSMENT_FILE).write_text(text + "\n", encoding="utf-8")
        write_landmarks(folder / "landmarks.csv", raw)
        write_angles(folder / "angles.csv", assessment)
        write_events(folder / "events.csv", assessment)
        write_metrics(folder / "metrics.csv", assessment)
        for writer in writers:
            writer(folder)
        _make_private(folder)
        _swap_in(folder, target)
    return target


def _make_private(folder: Path) -> None:
    """Let nobody but the owner read what tells of a person's health (where the system knows such permissions)."""
    if os.name == "posix":
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)


def check_target(out: Path) -> Path:
    """The resolved target folder, if a result may be written there; call it before the slow work.

    Raises
    ------
    UsageError : something stands there that is neither empty nor a formcheck result folder.
    """
    target = out.expanduser().resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise UsageError(f"{out} is a file; --out needs a folder that is new, empty or an earlier result")
    if any(target.iterdir()) and not _is_result_folder(target):
        raise UsageError(
            f"{out} holds something other than a formcheck result, which would be lost; name a new or an empty folder"
        )
    return target


def _is_result_folder(folder: Path) -> bool:
    try:
        head = json.loads((folder / ASSESSMENT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(head, dict) and {"schema_version", "formcheck_version"} <= head.keys()


@contextmanager
def _temporary_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that is removed, with the parents made for it, unless it was moved away."""
    made = [parent for parent in (target.parent, *target.parent.parents) if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror}); choose another folder or free its permissions"
        ) from error
    try:
        with unfinished(lambda: _undo(folder, target)):
            yield folder
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        raise InputError(
            f"the result could not be written to {target} ({error.strerror}); free space or name another folder"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in made:
            _remove_if_empty(parent)


def _undo(folder: Path, target: Path) -> None:
    """Take a half-written folder away, while something may still write into it."""
    for _ in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    recover(target)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _remove_stale(target: Path) -> None:
    for folder in target.parent.glob(f".{target.name}.partial-*"):
        if time.time() - folder.stat().st_mtime > STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _swap_in(folder: Path, target: Path) -> None:
    """Put the finished folder in the target's place; the earlier one goes only after that (see `recover`)."""
    if not target.exists():
        folder.rename(target)
        return
    for entry in target.iterdir():
        if entry.name not in OUTPUT_NAMES and not (folder / entry.name).exists():
            copy = shutil.copytree if entry.is_dir() else shutil.copy2
            copy(entry, folder / entry.name)
    aside = _aside(target)
    target.rename(aside)
    try:
        folder.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def left_aside(folder: Path) -> tuple[Path, ...]:
    """The results in a folder that somebody is replacing at the moment, or was killed over."""
    return tuple(path.with_name(path.stem.removeprefix(".")) for path in folder.glob(f".*{_ASIDE}"))


def recover(target: Path) -> None:
    """Make good what a program that was killed while it replaced a result left behind: the earlier result is back.

    Call it only where nobody writes this result at the moment.
    """
    aside = _aside(target)
    if not aside.is_dir():
        return
    if target.exists():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(target)


def _aside(target: Path) -> Path:
    """Where an earlier result lies for the moment in which another takes its place."""
    return target.with_name(f".{target.name}{_ASIDE}")
