"""First looks at clips, taken in the background, one after the other, and kept in the store."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from formcheck.errors import FormcheckError
from formcheck.jobs.words import plain_line

if TYPE_CHECKING:
    from formcheck.store import Clip

FAILED = "error"
"""Where a stored look keeps why the clip cannot be used."""

_PATIENCE_S = 10.0
"""A busy machine may take longer than the second or two that a look needs; the page stays usable meanwhile."""

_lock = Lock()
_under_way: set[str] = set()
_eyes = ThreadPoolExecutor(1, "formcheck-look")
_readers = ThreadPoolExecutor(1, "formcheck-facts")


def is_over(clip: Clip) -> bool:
    """Whether nothing more will be seen of a clip before the analysis."""
    return clip.look is not None and (FAILED in clip.look or clip.look.get("stage") == "look")


def begin(clip: Clip, home: Path) -> None:
    """Look at a clip unless somebody does or did; returns at once.

    The facts of all new clips come before the first of them is looked at for longer.
    """
    with _lock:
        if is_over(clip) or clip.id in _under_way:
            return
        _under_way.add(clip.id)
    _readers.submit(_read, clip, home)


def _read(clip: Clip, home: Path) -> None:
    from formcheck import first_look

    try:
        _keep(clip, home, first_look.to_dict(first_look.facts(clip.path)))
    except FormcheckError as error:
        _keep(clip, home, {FAILED: plain_line(error, clip.path, clip.name)})
        _done(clip)
        return
    except BaseException:
        _done(clip)
        raise
    _eyes.submit(_look, clip, home)


def _look(clip: Clip, home: Path) -> None:
    from formcheck import first_look

    try:
        _keep(clip, home, first_look.to_dict(first_look.look(clip.path, patience_s=_PATIENCE_S)))
    except FormcheckError as error:
        _keep(clip, home, {FAILED: plain_line(error, clip.path, clip.name)})
    finally:
        _done(clip)


def _done(clip: Clip) -> None:
    with _lock:
        _under_way.discard(clip.id)


def _keep(clip: Clip, home: Path, look: Mapping[str, Any]) -> None:
    from formcheck.store import open_store

    with open_store(home) as store:
        store.set_look(clip.id, look)
