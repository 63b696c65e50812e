"""Many videos: planned from a folder or a manifest, analysed in processes, resumable, summed up in one table.

A clip is done when its result folder stands with the video's checksum, this version of formcheck and of the
criteria, and the same settings; run again, the batch passes over it. One bad clip never stops the rest.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from formcheck import __version__, given, request
from formcheck.errors import FormcheckError, InputError, UsageError
from formcheck.types import Progress

SUMMARY_FILE = "summary.csv"
STATE_FILE = "batch.json"
VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".3gp", ".mpg", ".mpeg", ".mts", ".ts"})
_MAX_MANIFEST_BYTES = 20_000_000
_STAGE = "Analysing videos"
_DIED = "the process that analysed it died, most likely for want of memory; analyse it alone with formcheck analyse"

RowStatus = Literal["analysed", "skipped", "failed"]


@dataclass(frozen=True, eq=False)
class Job:
    """One video, where its result goes, and what is said beside it (names as `analyse` takes them)."""

    video: Path
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """How one video went."""

    video: Path
    out: Path
    status: RowStatus
    error: str = ""


Report = Callable[[Job, RowStatus, str], None]


def plan(source: Path, out: Path, *, blur_faces: bool = False) -> tuple[Job, ...]:
    """The jobs of a folder (all videos in it, however deep) or of a manifest.

    Parameters
    ----------
    source : a folder, or a CSV file with a column `video` (paths relative to it) and any of `protocol`, `leg`,
        `sex`, `capture_fps`, `height_cm`, `speed_kmh`.
    out : where the results go; videos inside it are passed over.
    blur_faces : for all of them, as `analyse` takes it.

    Raises
    ------
    InputError, UsageError
        Nothing to analyse, or a row that cannot be read.
    """
    pairs: list[tuple[Path, str, dict[str, Any]]]
    if os.path.isdir(source):  # noqa: PTH112 - Path.is_dir raises on names that no system accepts
        pairs = [(video, str(video.relative_to(source)), {}) for video in _videos(source, out)]
    else:
        given.check_file(source, what="manifest", most_bytes=_MAX_MANIFEST_BYTES)
        pairs = list(_manifest(source))
    if not pairs:
        raise InputError(f"{source} holds no video; formcheck reads {', '.join(sorted(VIDEO_SUFFIXES))}")
    names = _unique([name for _, name, _ in pairs])
    shown = {request.BLUR_FACES: True} if blur_faces else {}
    told = zip(pairs, names, strict=True)
    return tuple(Job(v.resolve(), (out / n).resolve(), {**s, **shown}) for (v, _, s), n in told)


def _videos(folder: Path, out: Path) -> list[Path]:
    """Videos of a folder, without results and hidden files."""
    target = out.resolve()
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in VIDEO_SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not (path.parent / "assessment.json").exists()
        and target not in path.resolve().parents
    ]


def _manifest(path: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as a CSV file ({error}); save it as CSV, UTF-8") from error
    if not rows or "video" not in rows[0]:
        raise InputError(f"{path.name} has no rows under a column video; give one row a video")
    unknown = set(rows[0]) - {"video", *request.READERS, None}
    if unknown:
        known = ", ".join(["video", *request.READERS])
        raise UsageError(f"{path.name} has a column {min(map(str, unknown))!r}; known columns are {known}")
    for number, row in enumerate(rows, start=2):
        video = (row.get("video") or "").strip()
        if not Path(video).name or "\0" in video:
            raise InputError(f"{path.name}, line {number}, names no video; fill it in or remove the line")
        yield path.parent / video, video, _settings(row, f"{path.name}, line {number}")


def _settings(row: Mapping[str, str | None], where: str) -> dict[str, Any]:
    try:
        return {key: read(text) for key, read in request.READERS.items() if (text := (row.get(key) or "").strip())}
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _unique(names: Sequence[str]) -> list[str]:
    """Folder names: the path without its suffix, numbered where two would share one."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        parts = [part for part in Path(name).with_suffix("").parts if part not in ("/", "\\", "..", ".")]
        base = "__".join(part.replace(":", "") for part in parts)
        seen[base.lower()] = seen.get(base.lower(), 0) + 1
        count = seen[base.lower()]
        unique.append(base if count == 1 else f"{base}-{count}")
    return unique


def run(
    jobs: Sequence[Job],
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> tuple[Row, ...]:
    """Analyse what is not done yet and write the summary.

    Parameters
    ----------
    out : holds one result folder a video, the summary and the batch's state.
    workers : processes at once; None for one a core.
    scheduler : address of a Dask cluster that sees the same paths; None for processes on this machine.
    """
    _check_out(out)
    state = _State(out / STATE_FILE)
    rows = {job: Row(job.video, job.out, "skipped") for job in jobs if state.is_done(job)}
    waiting = [job for job in jobs if job not in rows]

    def report(job: Job, status: RowStatus, error: str) -> None:
        rows[job] = Row(job.video, job.out, status, error)
        if status == "analysed":
            state.note(job)
        if progress:
            progress(_STAGE, len(rows), len(jobs))

    if progress:
        progress(_STAGE, len(rows), len(jobs))
    if scheduler:
        _run_on_cluster(waiting, scheduler, report)
    elif waiting:
        _run_here(waiting, min(workers or os.cpu_count() or 1, len(waiting)), report)
    done = tuple(rows[job] for job in jobs)
    write_summary(out / SUMMARY_FILE, done)
    return done


def _check_out(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out} cannot be made ({error.strerror}); name a folder that can be written") from error


def work(job: Job) -> str:
    """Analyse one job in this process; gives an empty text, or the one line that says why not."""
    from formcheck import analysis

    try:
        analysis.analyse(job.video, job.out, workers=1, **job.settings)
    except FormcheckError as error:
        return str(error)
    return ""


def _run_here(jobs: Sequence[Job], workers: int, report: Report) -> None:
    """Processes on this machine; a clip whose process dies is tried once more, alone."""
    for job in _pool(jobs, workers, report):
        for dead in _pool([job], 1, report):
            report(dead, "failed", _DIED)


def _pool(jobs: Sequence[Job], workers: int, report: Report) -> list[Job]:
    """Run jobs in a fresh pool and report each; gives those whose process died."""
    from concurrent.futures import as_completed

    from joblib.externals.loky import ProcessPoolExecutor

    died = []
    executor = ProcessPoolExecutor(max_workers=workers)
    try:
        futures = {executor.submit(work, job): job for job in jobs}
        for future in as_completed(futures):
            if isinstance(future.exception(), BrokenExecutor):
                died.append(futures[future])
            else:
                _report_outcome(futures[future], future, report)
    finally:
        executor.shutdown(wait=True, kill_workers=True)
    return died


def _run_on_cluster(jobs: Sequence[Job], address: str, report: Report) -> None:
    """An existing Dask cluster whose workers see the same paths."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise UsageError('--scheduler needs Dask; install it with pip install "formcheck[cluster]"') from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address} does not answer; give an address such as tcp://host:8786") from error
    with client:
        futures = {client.submit(work, job, pure=False): job for job in jobs}
        for future in as_completed(list(futures)):
            _report_outcome(futures[future], future, report)


def _report_outcome(job: Job, future: Any, report: Report) -> None:  # noqa: ANN401
    fault = future.exception()
    if fault is not None:
        report(job, "failed", f"a fault of formcheck's own ({type(fault).__name__}: {fault}); please report it")
        return
    error = future.result()
    report(job, "failed" if error else "analysed", error)


class _State:
    """Which settings each finished result was made with; kept beside the results, so that a batch can go on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._settings: dict[str, Any] = _read_json(path) or {}

    def is_done(self, job: Job) -> bool:
        """Whether the job's result stands and was made from this video, by this version, with these settings."""
        from formcheck.criteria import load

        head = _read_json(job.out / "assessment.json")
        if head is None or self._settings.get(job.out.name) != dict(job.settings) or not job.video.is_file():
            return False
        wanted = (__version__, load().version)
        made = (head.get("formcheck_version"), head.get("criteria_version"))
        return made == wanted and head.get("video", {}).get("sha256") == _sha256(job.video)

    def note(self, job: Job) -> None:
        """Remember a finished job; written whole, so that a stop in between loses nothing."""
        self._settings[job.out.name] = dict(job.settings)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._settings, indent=1, sort_keys=True), encoding="utf-8")
        partial.replace(self._path)


def _sha256(video: Path) -> str:
    from formcheck.capture.probing import sha256

    return sha256(video)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_summary(path: Path, rows: Sequence[Row]) -> None:
    """One line a video: how it went, the verdict, and every metric as `id.side`."""
    lines = [_summary_line(row) for row in rows]
    head = ["video", "result", "status", "error", "protocol", "leg", "usable", "verdict", "reasons"]
    metrics = sorted({key for line in lines for key in line} - set(head))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*head, *metrics], restval="")
        writer.writeheader()
        writer.writerows(lines)


def _summary_line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"video": row.video, "status": row.status, "error": row.error}
    result = _read_json(row.out / "assessment.json") if row.status != "failed" else None
    if result is None:
        return line
    line |= {
        "result": row.out,
        "protocol": result["protocol"],
        "leg": result["leg"],
        "usable": result["quality"]["usable"],
        "verdict": result["verdict"]["status"],
        "reasons": " | ".join(result["verdict"]["reasons"]),
    }
    return line | {f"{m['id']}.{m['side']}": m["value"] for m in result["metrics"]}
