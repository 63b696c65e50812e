"""One worker a home folder: a lock of the operating system, which ends with the process that holds it."""

from __future__ import annotations

from pathlib import Path

from formcheck.locking import FileLock

LOCK_FILE = "worker.lock"


class WorkerLock(FileLock):
    """Held by the worker of a home folder; whoever else asks for it is told no at once."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / LOCK_FILE)


def is_held(home: Path) -> bool:
    """Whether a worker runs for this home folder."""
    lock = WorkerLock(home)
    if lock.acquire():
        lock.release()
        return False
    return True
