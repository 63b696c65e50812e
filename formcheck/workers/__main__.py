"""A worker process: carries out tasks that come through its standard input until that ends, hence with its parent.

A message is a pickle. A request is a function and its arguments; the answers to it are pairs of a word and a value: any
number of `(SOME, item)`, then `(DONE, None)` or `(FAULT, exception)`. `(DONE, None)` is also said once at the start.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from formcheck.unfinished import undo_all
from formcheck.workers.words import DONE, FAULT, SOME

_TIDY_EVERY_S = 2.0
"""Python looks for cycles by the number of objects; a decoded picture in one is one object of some megabytes."""
Request = tuple[Callable[..., Iterable[Any]], tuple[Any, ...]]


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # whatever native code prints goes to the log, never among the answers
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    _say(answers, DONE, None)
    tidied_s = time.monotonic()
    while True:
        _carry_out(*requests.get(), answers)
        if time.monotonic() - tidied_s > _TIDY_EVERY_S:
            gc.collect()
            tidied_s = time.monotonic()


def _listen(source: BinaryIO, requests: SimpleQueue[Request]) -> None:
    """Take requests while the parent lives; end the process at once when it is gone, whatever it is doing."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            requests.put(pickle.load(source))
    undo_all()
    os._exit(0)


def _carry_out(function: Callable[..., Iterable[Any]], arguments: tuple[Any, ...], answers: BinaryIO) -> None:
    try:
        for item in function(*arguments):
            _say(answers, SOME, item)
    except Exception as fault:  # noqa: BLE001 - raised again in the parent
        _say(answers, FAULT, fault)
    else:
        _say(answers, DONE, None)


def _say(answers: BinaryIO, word: str, value: object) -> None:
    pickle.dump((word, value), answers, protocol=5)
    answers.flush()


if __name__ == "__main__":
    main()
