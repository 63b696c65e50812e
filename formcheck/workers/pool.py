"""The parent's end of the worker processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from types import TracebackType
from typing import IO, Any, cast

from formcheck.child import python_command
from formcheck.errors import ModelError
from formcheck.workers.words import DONE, FAULT, SOME

_ONE_THREAD = dict.fromkeys(
    ("OPENCV_FOR_THREADS_NUM", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
"""There is a process a core: more threads would only be in each other's way."""
_TRIES = 2
"""A task whose process died is given to a fresh one once."""


@dataclass(frozen=True)
class Task:
    """A function of a module, which gives items one by one, and its arguments; all of it can be pickled."""

    function: Callable[..., Iterable[Any]]
    arguments: tuple[Any, ...]


class ProcessDied(Exception):
    """A worker process ended unasked; the text is its last words or its exit status."""


class Worker:
    """One process."""

    def __init__(self) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        self.process = subprocess.Popen(
            python_command("formcheck.workers"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | _ONE_THREAD,
        )
        self._awaited = 1

    def prepare(self, task: Task) -> None:
        """Ask for a task whose answers nobody waits for."""
        with suppress(ProcessDied):  # the next task will tell
            self._ask(task)
            self._awaited += 1

    def carry_out(self, task: Task) -> Iterator[Any]:
        """What a task gives, as it comes; raises what it raised, or `ProcessDied`."""
        while self._awaited:
            self._awaited -= self._answer()[0] != SOME
        self._ask(task)
        while True:
            word, value = self._answer()
            if word == SOME:
                yield value
            elif word == FAULT:
                raise value
            else:
                return

    def dismiss(self) -> None:
        """Let the process know that it is over: it undoes what it has half made, and ends."""
        with suppress(OSError):
            cast("IO[bytes]", self.process.stdin).close()

    def stop(self, *, patience_s: float = 0.0) -> None:
        """End the process at once, or so many seconds later if it does not end by itself."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience_s)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._log):
            if pipe is not None:
                with suppress(OSError):  # what was still to be sent has nobody left to go to
                    pipe.close()

    def _ask(self, task: Task) -> None:
        requests = cast("IO[bytes]", self.process.stdin)
        try:
            pickle.dump((task.function, task.arguments), requests, protocol=5)
            requests.flush()
        except (OSError, ValueError):
            raise self._death() from None

    def _answer(self) -> tuple[str, Any]:
        answers = self.process.stdout
        try:
            return cast("tuple[str, Any]", pickle.load(cast("IO[bytes]", answers)))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            raise self._death() from None

    def _death(self) -> ProcessDied:
        if self._log.closed:
            return ProcessDied("it was stopped")
        status = self.process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        killed = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
        return ProcessDied(lines[-1].strip()[:200] if lines and status > 0 else killed)


class Workers:
    """Context manager: `count` worker processes, started at once; leaving it ends them, whatever happened.

    patience_s : what a process has to undo what it has half made; of use where its tasks write files.
    """

    def __init__(self, count: int, *, patience_s: float = 0.0) -> None:
        self.count, self._patience_s = count, patience_s
        self._workers = [Worker() for _ in range(count)]
        self._threads: list[Thread] = []
        self._over, self._changing = Event(), Lock()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        with self._changing:
            self._over.set()
            for worker in self._workers if self._patience_s else ():
                worker.dismiss()
            for worker in self._workers:
                worker.stop(patience_s=self._patience_s)
        for thread in self._threads:
            thread.join()

    def prepare(self, task: Task) -> None:
        """Have every process carry a task out before all others, without waiting for it; what it gives is lost."""
        for worker in self._workers:
            worker.prepare(task)

    def run(self, tasks: Iterable[Task], *, lost: Callable[[Task], Any] | None = None) -> Iterator[Any]:
        """What all tasks give, as it comes; to be used up before the next call.

        Tasks are begun in their order, one a process. One whose process dies (killed, out of memory) is begun once
        more in a fresh process, so that some of its items may come twice.

        Parameters
        ----------
        lost : gives an item in place of what a task that cost two processes would have given; without it the run ends.

        Raises
        ------
        ModelError : processes died twice over one task, and there is no `lost`. Whatever a task raised.
        """
        run = _Run(iter(tasks), self._over, lost)
        self._threads = [
            Thread(target=self._serve, args=(place, run), name="formcheck-worker", daemon=True)
            for place in range(self.count)
        ]
        for thread in self._threads:
            thread.start()
        running = self.count
        while running:
            try:
                word, value = run.results.get(timeout=0.5)  # a wait without end cannot be interrupted on every system
            except Empty:
                continue
            if word == FAULT:
                run.stopped.set()
                raise value
            if word == DONE:
                running -= 1
            else:
                yield value

    def _serve(self, place: int, run: _Run) -> None:
        """One process' share of a run, in a thread of the parent."""
        try:
            while (task := run.next_task()) is not None:
                self._see_through(place, task, run)
            run.results.put((DONE, None))
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            run.results.put((FAULT, error))

    def _see_through(self, place: int, task: Task, run: _Run) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                for item in self._workers[place].carry_out(task):
                    run.results.put((SOME, item))
                return
            except ProcessDied as death:
                if self._over.is_set():
                    return
                self._renew(place)
                if attempt == _TRIES and run.lost is not None:
                    run.results.put((SOME, run.lost(task)))
                elif attempt == _TRIES:
                    raise ModelError(
                        f"a process that reads the clip stopped twice ({death}); try fewer --workers if memory is "
                        "short, or another --model"
                    ) from None

    def _renew(self, place: int) -> None:
        """Put a fresh process in the place of a dead one, unless all are to end."""
        with self._changing:
            if not self._over.is_set():
                self._workers[place].stop()
                self._workers[place] = Worker()


class _Run:
    """The tasks of one run, handed out under a lock, and what comes of them."""

    def __init__(self, tasks: Iterator[Task], over: Event, lost: Callable[[Task], Any] | None) -> None:
        self.lost = lost
        self.results: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.stopped = Event()
        self._tasks, self._over, self._lock = tasks, over, Lock()

    def next_task(self) -> Task | None:
        """The next task; None when there is none or nobody waits for it."""
        with self._lock:
            if self._over.is_set() or self.stopped.is_set():
                return None
            return next(self._tasks, None)
