"""Wrong tries, counted: after some of them the next must wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class Tries:
    """How often each sender was wrong lately; safe to use from several threads.

    Parameters
    ----------
    allowed : wrong tries of one sender before it must wait.
    allowed_in_all : wrong tries of all senders together before everyone must wait.
    wait_s : how long a wrong try counts, seconds.
    clock : seconds, rising.
    """

    def __init__(
        self, allowed: int, allowed_in_all: int, wait_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowed, self._in_all, self._wait_s, self._clock = allowed, allowed_in_all, wait_s, clock
        self._wrong: list[tuple[float, str]] = []
        self._lock = Lock()

    def must_wait_s(self, sender: str) -> float:
        """Seconds until this sender may try again; 0 when it may now."""
        with self._lock:
            return self._must_wait_s(sender)

    def wrong(self, sender: str) -> None:
        """Count one wrong try."""
        with self._lock:
            self._wrong.append((self._clock(), sender))

    def _must_wait_s(self, sender: str) -> float:
        now = self._clock()
        self._wrong = [(when, who) for when, who in self._wrong if now - when < self._wait_s]
        own = [when for when, who in self._wrong if who == sender]
        waits = [0.0]
        if len(own) >= self._allowed:
            waits.append(own[-self._allowed] + self._wait_s - now)
        if len(self._wrong) >= self._in_all:
            waits.append(self._wrong[-self._in_all][0] + self._wait_s - now)
        return max(waits)
