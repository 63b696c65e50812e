"""One worker a home folder: a lock of the operating system, which ends with the process that holds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LOCK_FILE = "worker.lock"


class WorkerLock:
    """Held by the worker of a home folder; whoever else asks for it is told no at once."""

    def __init__(self, home: Path) -> None:
        self._path = home / LOCK_FILE
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process (or another `WorkerLock`) holds it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(handle):
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back; the file stays."""
        if self._handle is not None:
            os.close(self._handle)  # closing lets go of the lock on every system
            self._handle = None


def is_held(home: Path) -> bool:
    """Whether a worker runs for this home folder."""
    lock = WorkerLock(home)
    if lock.acquire():
        lock.release()
        return False
    return True


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
