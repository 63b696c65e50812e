"""Ctrl+C: whatever is being done, the program has ended within two seconds and leaves nothing half-written."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STATUS = 130
WORDS = "formcheck: stopped; nothing half-written stays behind"
_PATIENCE_S = 1.0
"""The work is left as an error leaves it, which cleans up; where that takes longer, the process is ended as it is."""
_SHOW_CURSOR = "\x1b[?25h\r\x1b[K"


def end_at_once(_number: int = 0, _frame: FrameType | None = None) -> None:
    """End this process: what is half made is undone, its own processes end with it."""
    from formcheck.unfinished import undo_all

    undo_all()
    os.write(2, f"{_SHOW_CURSOR if os.isatty(2) else ''}{WORDS}\n".encode())
    os._exit(STATUS)


class Stop:
    """Context manager around a command: `asked` once somebody has pressed Ctrl+C; pressing it again changes nothing.

    The first time, `KeyboardInterrupt` is raised where the main thread is. That thread may be in a library that does
    not answer, or wait for another thread that does not: then `end_at_once` comes after a second.
    """

    def __init__(self) -> None:
        self.asked = False
        self._timer = threading.Timer(_PATIENCE_S, end_at_once)
        self._timer.daemon = True

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear of Ctrl+C within the block; what came of it before is put back afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals come to the main thread alone
            return
        before = signal.signal(signal.SIGINT, self._on_signal)
        try:
            yield
        finally:
            self._timer.cancel()
            signal.signal(signal.SIGINT, before)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            self._timer.start()
            raise KeyboardInterrupt


def leave(status: int) -> None:
    """End the process with a status; a stopped one without waiting for threads that still work on what nobody wants.

    What is done stays done: Ctrl+C while the interpreter takes its leave changes nothing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if status == STATUS:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(STATUS)
    raise SystemExit(status)
