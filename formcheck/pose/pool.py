"""A few worker processes that find people in images, one per core, and their certain end."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from types import TracebackType
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from formcheck.child import python_command
from formcheck.errors import ModelError
from formcheck.pose.worker import ANSWER, RECORD, REQUEST
from formcheck.types import Frame

Found = tuple[int, float, NDArray[np.float64]]
"""Index and time of a frame, and (P, RECORD) of the people in it."""


class Worker:
    """One process with a landmarker of its own."""

    def __init__(self, model: Path, num_poses: int) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        self._process = subprocess.Popen(
            python_command("formcheck.pose.worker", str(model), str(num_poses)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._ready = False

    def wait_ready(self) -> None:
        """Return when the model is loaded."""
        if not self._ready:
            self._answer()
            self._ready = True

    def find(self, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(P, RECORD) for the people in an image."""
        requests = cast("IO[bytes]", self._process.stdin)
        try:
            requests.write(REQUEST.pack(*rgb.shape))
            requests.write(rgb.data)
            requests.flush()
        except (OSError, ValueError):
            raise self._failure() from None
        return self._answer()

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be sent has nobody left to go to
                    continue

    def _answer(self) -> NDArray[np.float64]:
        head = self._read(ANSWER.size)
        (count,) = ANSWER.unpack(head)
        return np.frombuffer(self._read(count * RECORD * 8), dtype="<f8").reshape(count, RECORD)

    def _read(self, n_bytes: int) -> bytes:
        answers = self._process.stdout
        data = answers.read(n_bytes) if answers is not None and not answers.closed else b""
        if len(data) < n_bytes:
            raise self._failure()
        return data

    def _failure(self) -> ModelError:
        """What to say of a process that ended unasked."""
        if self._log.closed:
            return ModelError("the pose model was stopped")
        status = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        said = lines[-1].strip()[:200] if lines else f"exit status {status}"
        return ModelError(
            f"the pose model stopped ({said}); try another --model, or fewer --workers if memory is short"
        )


class Pool:
    """Context manager: `count` workers on one model; leaving it ends them, whatever happened.

    `find_all` may be called again when an earlier call has been used up.
    """

    def __init__(self, model: Path, *, count: int, num_poses: int) -> None:
        self._workers = [Worker(model, num_poses) for _ in range(count)]
        self._threads: list[Thread] = []
        self._over = Event()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            thread.join()

    def find_all(self, frames: Iterable[Frame]) -> Iterator[Found]:
        """People in every frame, in the order in which workers finish; `frames` hold images as they are to be seen."""
        source, lock = iter(frames), Lock()
        results: SimpleQueue[Found | BaseException | None] = SimpleQueue()

        def feed(worker: Worker) -> None:
            try:
                worker.wait_ready()
                while not self._over.is_set():
                    with lock:
                        frame = next(source, None)
                    if frame is None:
                        break
                    results.put((frame.index, frame.time_s, worker.find(frame.rgb)))
                results.put(None)
            except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
                results.put(error)

        self._threads = [Thread(target=feed, args=(w,), name="formcheck-pose", daemon=True) for w in self._workers]
        for thread in self._threads:
            thread.start()
        running = len(self._threads)
        while running:
            try:
                item = results.get(timeout=0.5)  # a wait without end cannot be interrupted on every system
            except Empty:
                continue
            if isinstance(item, BaseException):
                raise item
            if item is None:
                running -= 1
            else:
                yield item
