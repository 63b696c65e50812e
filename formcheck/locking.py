"""A lock of the operating system on a file, between programs and threads; it ends with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

_LOOK_EVERY_S = 0.02


class FileLock:
    """Held by one at a time: another `FileLock` on the same file is told no, or waits. The file stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self, *, wait: bool = False) -> bool:
        """Take the lock; False where another holds it and one does not want to wait."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _lock(handle):
            if not wait:
                os.close(handle)
                return False
            time.sleep(_LOOK_EVERY_S)
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            os.close(self._handle)  # closing lets go of the lock on every system
            self._handle = None

    def __enter__(self) -> FileLock:
        self.acquire(wait=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
