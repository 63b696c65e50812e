"""What is only half made: a program that has to end at once undoes it first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_UNDO: list[Callable[[], None]] = []


@contextmanager
def unfinished(undo: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `undo` is what takes back the half of it that is done."""
    _UNDO.append(undo)
    try:
        yield
    finally:
        _UNDO.remove(undo)


def undo_all() -> None:
    """Take back all that is half made; to be followed by the end of the process, from whatever thread."""
    for undo in list(_UNDO):
        with suppress(OSError):
            undo()
