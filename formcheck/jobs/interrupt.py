"""Stops the engine in the middle of whatever it does, on a signal or from another thread."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_IMPORTING = "<frozen importlib._bootstrap"
_PATIENCE_S = 0.05


class Stopped(BaseException):
    """Raised inside the engine's work; no handler for errors takes it for one."""


class Interrupt:
    """Ends work in the main thread: SIGTERM for good, `cancel` only what is being done."""

    def __init__(self) -> None:
        self.terminated = False
        self._armed = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Signals are heard; those of before are put back afterwards."""
        before = {number: signal.signal(number, self._heard) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Work that may be broken off: it ends in `Stopped` as soon as somebody wants it."""
        self._armed = True
        try:
            if self.terminated:
                raise Stopped
            yield
        finally:
            self._armed = False

    def cancel(self) -> None:
        """Break off what is being done, from any thread."""
        _thread.interrupt_main(signal.SIGINT)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.terminated = self.terminated or number == signal.SIGTERM
        if self._armed and _is_importing(frame):
            later = threading.Timer(_PATIENCE_S, self.cancel)
            later.daemon = True
            later.start()
        elif self._armed:
            self._armed = False  # once: what cleans up after the first must not be broken off by a second
            raise Stopped


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being loaded: one that is broken off there stays half-loaded for as long as the process."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back
    return False
