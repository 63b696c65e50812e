"""Tells the store how far an analysis is, and notices when nobody wants it any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from formcheck.errors import FormcheckError
from formcheck.store import open_store

BEAT_S = 0.5


class Heartbeat:
    """Context manager: a thread that beats for as long as the work lasts, also in stages that report nothing.

    The engine's own thread only leaves its numbers (`note`), so that the store's disk never slows it down.
    """

    def __init__(self, home: Path, analysis_id: str, worker: str, lost: Callable[[], None]) -> None:
        self._home, self._id, self._worker, self._lost = home, analysis_id, worker, lost
        self._latest = ("", 0, 0)
        self._over = Event()
        self._thread = Thread(target=self._beat, name="formcheck-heartbeat", daemon=True)

    def note(self, stage: str, done: int, total: int) -> None:
        """The engine's progress."""
        self._latest = (stage, done, total)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                with open_store(self._home) as store:
                    wanted = store.progress(self._id, self._worker, *self._latest)
            except FormcheckError:  # busy for long, or a full disk: the next beat may come through
                continue
            if not wanted:
                self._lost()
                return
