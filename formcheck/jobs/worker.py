"""Works through the queue of a home folder, one analysis after the other."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from formcheck import __version__, analysis, request, wording
from formcheck.errors import FormcheckError, InputError, UsageError, trace
from formcheck.jobs.heartbeat import Heartbeat
from formcheck.jobs.interrupt import Interrupt, Stopped
from formcheck.jobs.lock import WorkerLock
from formcheck.jobs.words import plain_line
from formcheck.store import Analysis, open_store
from formcheck.types import Assessment, Progress

IDLE_S = 30.0
"""Without work for so long, the worker ends."""

_LOOK_EVERY_S = 0.5
_ROOM_BYTES = 300_000_000
"""Less free room than this beside the clip's own size is too little for its result."""

_log = logging.getLogger("formcheck.jobs")

Engine = Callable[[Analysis, Progress], Assessment]
"""Turns the clip of an analysis into its result folder, as `analyse`."""


def analyse(wanted: Analysis, progress: Progress) -> Assessment:
    """The engine itself, with what the user said of the clip."""
    said = {key: value for key, value in wanted.settings.items() if key in request.READERS and value is not None}
    blur = bool(wanted.settings.get(request.BLUR_FACES))
    return analysis.analyse(
        wanted.clip_path, wanted.folder, progress=progress, name=wanted.clip_name, blur_faces=blur, **said
    )


def run(home: Path, *, engine: Engine = analyse, idle_s: float = IDLE_S) -> None:
    """Work until nothing has been waiting for `idle_s`; returns at once where another worker has the home folder.

    Must be called in the main thread, where signals arrive. SIGTERM ends it within two seconds.
    """
    lock, interrupt = WorkerLock(home), Interrupt()
    with interrupt.listening():
        while not interrupt.terminated and lock.acquire():
            try:
                _work(home, engine, interrupt, idle_s)
            finally:
                lock.release()
            # whoever queued something while the lock was still held has started no other worker
            with open_store(home) as store:
                if not store.waiting():
                    return


def _work(home: Path, engine: Engine, interrupt: Interrupt, idle_s: float) -> None:
    worker = f"worker-{os.getpid()}-{secrets.token_hex(4)}"
    until = time.monotonic() + idle_s
    _sweep(home)
    while not interrupt.terminated and time.monotonic() < until:
        try:
            with open_store(home) as store:
                wanted = store.take(worker, alone=True)  # as the lock says, which we hold
                waiting = wanted is not None or store.waiting() > 0
            if wanted is not None:
                _do(home, worker, wanted, engine, interrupt)
        except FormcheckError as error:  # the store's: a full disk, most likely, that may be freed
            _log.error("the store does not answer: %s", error)
            wanted, waiting = None, False
        if waiting:
            until = time.monotonic() + idle_s
        if wanted is None:
            time.sleep(min(_LOOK_EVERY_S, idle_s))


def _sweep(home: Path) -> None:
    """Remove what was left half-written by a worker that was killed, or by a page that is not writing it any more."""
    with open_store(home) as store:
        for folder in (home / "analyses").glob(".*.partial-*"):
            lock = store.writing_result(folder.name[1:].partition(".")[0])
            if lock.acquire():
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()


def _do(home: Path, worker: str, wanted: Analysis, engine: Engine, interrupt: Interrupt) -> None:
    """One analysis from taking it to its end, whatever that is."""
    started_s = time.monotonic()
    try:
        with Heartbeat(home, wanted.id, worker, interrupt.cancel) as heart, interrupt.armed():
            outcome = _outcome(wanted, engine, heart.note)
    except Stopped:
        outcome = {"status": "cancelled"}
    with open_store(home) as store:
        ours = store.finish(wanted.id, worker, **outcome)
        if ours and interrupt.terminated and outcome["status"] == "cancelled":
            store.retry(wanted.id, wanted.workspace)  # nobody cancelled it: the next worker begins it anew
    if outcome["status"] != "done" or not ours:
        shutil.rmtree(wanted.folder, ignore_errors=True)
    _log.info("analysis %s %s after %.1f s", wanted.id, outcome["status"], time.monotonic() - started_s)


def _outcome(wanted: Analysis, engine: Engine, progress: Progress) -> dict[str, Any]:
    """Run the engine; gives what the store is told at the end (`Store.finish`)."""
    if no_room := _no_room(wanted):
        return {"status": "failed", "error": no_room}
    try:
        made = engine(wanted, progress)
    except FormcheckError as error:
        refused = isinstance(error, InputError | UsageError)
        line = plain_line(error, wanted.clip_path, wanted.clip_name)
        return {"status": "refused" if refused else "failed", "error": line}
    except Exception as fault:  # noqa: BLE001 - one bad clip must not end the work on all others
        _log.error("analysis %s: %s", wanted.id, trace(fault))
        name = type(fault).__name__
        return {
            "status": "failed",
            "error": f"a fault of formcheck's own ({name}); try again, and report it if it stays",
        }
    return {
        "status": "done",
        "protocol": made.protocol,
        "leg": made.leg,
        "verdict": made.verdict.status,
        "headline": wording.headline(made),
        "versions": _versions(made),
    }


def _no_room(wanted: Analysis) -> str:
    """What to say where the disk is too full for the clip's result; empty where it is not."""
    size = wanted.clip_path.stat().st_size if wanted.clip_path.is_file() else 0
    free = shutil.disk_usage(wanted.folder.parent).free
    if free >= size + _ROOM_BYTES:
        return ""
    return f"only {free / 1e6:.0f} MB are free on this disk; free space and try again"


def _versions(made: Assessment) -> Mapping[str, str]:
    return {"formcheck": __version__, "criteria": made.criteria_version, "model": made.pose.model}
