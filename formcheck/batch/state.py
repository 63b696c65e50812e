"""Which clips of a batch are done: kept beside the results, so that a batch goes on after any end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.batch.planning import Job

FILE = "batch.json"


class State:
    """The settings that each finished result was made with."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._settings: dict[str, Any] = read_json(self._path) or {}

    def is_done(self, job: Job) -> bool:
        """Whether the job's result stands and was made from this video, by this version, with these settings."""
        from formcheck.capture.probing import sha256
        from formcheck.criteria import load

        head = read_json(job.out / "assessment.json")
        if head is None or self._settings.get(job.out.name) != dict(job.settings) or not job.video.is_file():
            return False
        wanted = (__version__, load().version)
        made = (head.get("formcheck_version"), head.get("criteria_version"))
        return made == wanted and head.get("video", {}).get("sha256") == sha256(job.video)

    def note(self, job: Job) -> None:
        """Remember a finished job; written whole, so that a stop in between loses nothing."""
        self._settings[job.out.name] = dict(job.settings)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._settings, indent=1, sort_keys=True), encoding="utf-8")
        partial.replace(self._path)


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
