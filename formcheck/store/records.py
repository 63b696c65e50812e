"""What the store gives, as frozen values. Times ending in `_s` are seconds since 1970 unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

AnalysisStatus = Literal["queued", "running", "done", "refused", "failed", "cancelled"]


@dataclass(frozen=True)
class Clip:
    """A video that was handed in. `path` is where it lies; `look` what the first look said, None before.

    `has_video` is False once its owner chose not to keep the video itself; then nothing lies at `path`.
    """

    id: str
    workspace: str
    name: str
    sha256: str
    bytes: int
    created_s: float
    path: Path
    look: Mapping[str, Any] | None = None
    has_video: bool = True


@dataclass(frozen=True)
class Analysis:
    """An analysis, wanted, running or over. `settings` are what the user said, by the names of `analysis.analyse`.

    `folder` is the result folder, whole once `status` is done; `ahead` how many wait before it while it is queued;
    `group` is shared by clips that were sent in one go. `is_corrected` says that a correction by hand holds,
    `has_video` that the clip's video was kept.
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
    model: str = ""
    visit_id: str | None = None
    is_corrected: bool = False
    has_video: bool = True

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
    birth_year: int | None = None


@dataclass(frozen=True)
class Visit:
    """A day on which a client (None: the owner alone) was looked at."""

    id: str
    workspace: str
    client_id: str | None
    day: date
    title: str
    created_s: float


@dataclass(frozen=True)
class Note:
    """A text on a client, a visit or an analysis. `time_s` is the moment in the clip that it speaks of, in seconds."""

    id: str
    workspace: str
    client_id: str | None
    visit_id: str | None
    analysis_id: str | None
    text: str
    author: str
    time_s: float | None
    created_s: float
    changed_s: float | None


@dataclass(frozen=True)
class Annotation:
    """A drawing on the frames `first_frame` to `last_frame`, both included. `shape` belongs to who draws it."""

    id: str
    analysis_id: str
    first_frame: int
    last_frame: int
    shape: Mapping[str, Any]
    author: str
    created_s: float


@dataclass(frozen=True)
class Correction:
    """What somebody put right in an analysis; the values before and after belong to who applies it."""

    id: str
    analysis_id: str
    kind: str
    before: Any
    after: Any
    author: str
    made_s: float
    undone_s: float | None

    @property
    def holds(self) -> bool:
        """It has not been undone."""
        return self.undone_s is None


@dataclass(frozen=True)
class Copy:
    """A backup or an export that was written once, by the name of its file."""

    kind: Literal["backup", "export"]
    name: str
    made_s: float


@dataclass(frozen=True)
class Deletion:
    """How much of a client was deleted, and the copies elsewhere that may still hold it."""

    analyses: int
    clips: int
    visits: int
    notes: int
    records: int
    copies: tuple[Copy, ...]
