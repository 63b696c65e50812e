"""What the store gives: clips, analyses and clients as frozen values. Times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

AnalysisStatus = Literal["queued", "running", "done", "refused", "failed", "cancelled"]


@dataclass(frozen=True)
class Clip:
    """A video that was handed in. `path` is where it lies; `look` what the first look said, None before."""

    id: str
    workspace: str
    name: str
    sha256: str
    bytes: int
    created_s: float
    path: Path
    look: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Analysis:
    """An analysis, wanted, running or over. `settings` are what the user said, by the names of `analysis.analyse`.

    `folder` is the result folder, whole once `status` is done; `ahead` how many wait before it while it is queued;
    `group` is shared by clips that were sent in one go.
    """

    id: str
    workspace: str
    clip_id: str
    clip_name: str
    client_id: str | None
    group: str
    status: AnalysisStatus
    settings: Mapping[str, Any]
    stage: str
    done: int
    total: int
    error: str
    protocol: str | None
    leg: str | None
    verdict: str | None
    headline: str
    formcheck_version: str
    criteria_version: str
    created_s: float
    started_s: float | None
    finished_s: float | None
    clip_path: Path
    folder: Path
    ahead: int = 0

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it by itself."""
        return self.status not in ("queued", "running")


@dataclass(frozen=True)
class Client:
    """A person whose clips are analysed."""

    id: str
    workspace: str
    name: str
    created_s: float
    notes: str = ""
