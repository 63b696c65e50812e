"""The pose model kept ready between looks: loading it takes as long as a look itself."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from formcheck import models
from formcheck.models import ModelFile
from formcheck.pose import default_workers
from formcheck.pose.clip import load
from formcheck.workers import Task, Workers

IDLE_S = 120.0
"""A model that nobody used for so long is let go, and its memory with it."""

_MAX_WORKERS = 4


class WarmPool:
    """Workers of the pose model that outlive one use; one user at a time."""

    def __init__(self, *, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._lock = Lock()
        self._workers: Workers | None = None
        self._timer: Timer | None = None

    @contextmanager
    def use(self) -> Iterator[tuple[Workers, ModelFile]]:
        """The workers and the model; they are ended at once when the use fails, later when nobody uses them.

        Raises
        ------
        ModelError : there is no model on this machine.
        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            model = models.resolve()
            if self._workers is None:
                self._workers = Workers(min(_MAX_WORKERS, default_workers(10_000)))
                self._workers.prepare(Task(load, (str(model.path),)))
            whole = False
            try:
                yield self._workers, model
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
        if self._workers is not None:
            self._workers.close()
            self._workers = None


WARM = WarmPool()
atexit.register(WARM.close)


def warm_up() -> None:
    """Start loading the pose model, so that the next look need not wait for it; returns at once."""
    with WARM.use():
        return
