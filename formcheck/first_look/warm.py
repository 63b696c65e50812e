"""The pose model kept ready between looks: loading it takes as long as a look itself."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from formcheck import models
from formcheck.pose.pool import Pool
from formcheck.pose.tracking import NUM_POSES

IDLE_S = 120.0
"""A model that nobody used for so long is let go, and its memory with it."""

_MAX_WORKERS = 4


class WarmPool:
    """Workers of the pose model that outlive one use; one user at a time."""

    def __init__(self, *, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._lock = Lock()
        self._pool: Pool | None = None
        self._timer: Timer | None = None

    @contextmanager
    def use(self) -> Iterator[tuple[Pool, str]]:
        """The workers and the model's name; they are ended at once when the use fails, later when nobody uses them.

        Raises
        ------
        ModelError : there is no model on this machine.
        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            model = models.resolve()
            if self._pool is None:
                self._pool = Pool(model.path, count=_workers(), num_poses=NUM_POSES)
            whole = False
            try:
                yield self._pool, model.name
                whole = True
            finally:
                if not whole:
                    self._end()
            self._timer = Timer(self._idle_s, self.close)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """End the workers; the next use starts new ones."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.__exit__(None, None, None)
            self._pool = None


def _workers() -> int:
    from formcheck.pose.tracking import default_workers

    return min(_MAX_WORKERS, default_workers(10_000))


WARM = WarmPool()
atexit.register(WARM.close)


def warm_up() -> None:
    """Start loading the pose model, so that the next look need not wait for it; returns at once."""
    with WARM.use():
        return
