"""Puts an analysis into the queue and sees to it that somebody works."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formcheck.child import python_command
from formcheck.errors import InputError
from formcheck.jobs.lock import is_held
from formcheck.store import Analysis, Store

LOG_FOLDER, LOG_FILE = "logs", "worker.log"
MAX_LOG_BYTES = 1_000_000
"""A log longer than this is put aside when the next worker starts; the one put aside before is dropped."""

_started: list[subprocess.Popen[bytes]] = []
"""Workers that this process started: kept until they end, so that none is left as a zombie."""


def submit(
    store: Store,
    workspace: str,
    clip_id: str,
    settings: Mapping[str, Any],
    *,
    client_id: str | None = None,
    group: str = "",
) -> Analysis:
    """Queue a clip for analysis and see to it that a worker runs.

    Parameters
    ----------
    settings : what the user says of the clip, named as `analysis.analyse` takes it; only what is known.

    Raises
    ------
    InputError : the clip or client is not in this workspace, or no worker can be started.
    """
    analysis = store.queue(workspace, clip_id, settings, client_id=client_id, group=group)
    ensure_worker(store.home)
    return analysis


def ensure_worker(home: Path) -> None:
    """Start the worker of a home folder unless it runs; cheap, so that a page may call it whenever work waits.

    The worker outlives the process that started it: it has a session and a log of its own and inherits nothing else.

    Raises
    ------
    InputError : no process can be started, or the folder cannot be written.
    """
    _started[:] = [process for process in _started if process.poll() is None]
    try:
        if not is_held(home):
            _started.append(_start(home))
    except OSError as error:
        raise InputError(
            f"nothing can be analysed at the moment ({error.strerror}); free space or memory and try again"
        ) from error


def _start(home: Path) -> subprocess.Popen[bytes]:
    with _log(home).open("ab") as log:
        return subprocess.Popen(
            python_command("formcheck.jobs", str(home.resolve())),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **_detached(),
        )


def _detached() -> dict[str, Any]:
    """Options of `Popen` that let a process live on its own, below the priority of what the user looks at."""
    if os.name != "nt":
        return {"start_new_session": True}
    flags = ("DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS")
    return {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}


def _log(home: Path) -> Path:
    """The worker's log, put aside first where it has grown long."""
    folder = home / LOG_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    log = folder / LOG_FILE
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    return log
