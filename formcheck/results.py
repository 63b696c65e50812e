"""The result folder: everything said of one clip, written whole or not at all.

The files are written to a temporary folder beside the target, which takes the target's place in one
step when it is complete. What else belongs into the folder (overlay, key frames, report) is written
by callables handed in, since the edges do not import each other.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.errors import InputError, UsageError
from formcheck.tables import (
    quantise,
    read_landmarks,
    write_angles,
    write_events,
    write_landmarks,
    write_metrics,
)
from formcheck.types import Assessment, Criterion, Cycle, Finding, MetricResult, PoseSequence, VideoInfo

__all__ = ["SCHEMA_VERSION", "FolderWriter", "check_target", "quantise", "read_landmarks", "to_dict", "write"]

SCHEMA_VERSION = "1"
ASSESSMENT_FILE = "assessment.json"
OUTPUT_NAMES = frozenset(
    {
        ASSESSMENT_FILE,
        "landmarks.csv",
        "angles.csv",
        "events.csv",
        "metrics.csv",
        "overlay.mp4",
        "keyframes",
        "report.html",
        "report.pdf",
    }
)
"""What formcheck writes; anything else in an earlier result folder is the user's and is carried over."""
STALE_S = 24 * 3600.0
"""A temporary folder of this age was left behind by a killed run."""
_DECIMALS = 6
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS})

FolderWriter = Callable[[Path], object]
"""Writes its files into the folder it is given."""


def write(assessment: Assessment, raw: PoseSequence, out: Path, *, writers: Sequence[FolderWriter] = ()) -> Path:
    """Write the result folder of one clip; on any failure nothing is left behind.

    Parameters
    ----------
    raw : the raw tracking that the assessment was made from (see `quantise`).
    out : the folder; an earlier result folder is replaced, the user's own files in it are kept.
    writers : called with the temporary folder after the tables are written: overlay, key frames, report.

    Raises
    ------
    UsageError : `out` exists and is not a formcheck result folder.
    InputError : `out` cannot be written.
    """
    target = check_target(out)
    with _temporary_folder(target) as folder:
        text = json.dumps(to_dict(assessment), ensure_ascii=False, indent=2, allow_nan=False)
        (folder / ASSESSMENT_FILE).write_text(text + "\n", encoding="utf-8")
        write_landmarks(folder / "landmarks.csv", raw)
        write_angles(folder / "angles.csv", assessment)
        write_events(folder / "events.csv", assessment)
        write_metrics(folder / "metrics.csv", assessment)
        for writer in writers:
            writer(folder)
        _swap_in(folder, target)
    return target


def check_target(out: Path) -> Path:
    """The resolved target folder, if a result may be written there; call it before the slow work.

    Raises
    ------
    UsageError : something stands there that is neither empty nor a formcheck result folder.
    """
    target = out.expanduser().resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise UsageError(f"{out} is a file; --out needs a folder that is new, empty or an earlier result")
    if any(target.iterdir()) and not _is_result_folder(target):
        raise UsageError(
            f"{out} holds something other than a formcheck result, which would be lost; name a new or an empty folder"
        )
    return target


def _is_result_folder(folder: Path) -> bool:
    try:
        head = json.loads((folder / ASSESSMENT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(head, dict) and {"schema_version", "formcheck_version"} <= head.keys()


@contextmanager
def _temporary_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that is removed, with the parents made for it, unless it was moved away."""
    made = [parent for parent in (target.parent, *target.parent.parents) if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
        folder.chmod(0o755)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror}); choose another folder or free its permissions"
        ) from error
    try:
        yield folder
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        raise InputError(
            f"the result could not be written to {target} ({error.strerror}); free space or name another folder"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in made:
            _remove_if_empty(parent)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _remove_stale(target: Path) -> None:
    for folder in target.parent.glob(f".{target.name}.partial-*"):
        if time.time() - folder.stat().st_mtime > STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _swap_in(folder: Path, target: Path) -> None:
    """Put the finished folder in the target's place; the earlier one goes only after that."""
    if not target.exists():
        folder.rename(target)
        return
    for entry in target.iterdir():
        if entry.name not in OUTPUT_NAMES and not (folder / entry.name).exists():
            copy = shutil.copytree if entry.is_dir() else shutil.copy2
            copy(entry, folder / entry.name)
    earlier = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    target.rename(earlier / target.name)
    try:
        folder.rename(target)
    except OSError:
        (earlier / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(earlier, ignore_errors=True)


def to_dict(assessment: Assessment) -> dict[str, Any]:
    """The contract's `assessment.json` as plain values: no NaN, None where there is no value."""
    a = assessment
    return {
        "schema_version": SCHEMA_VERSION,
        "formcheck_version": __version__,
        "criteria_version": a.criteria_version,
        "protocol": a.protocol,
        "leg": a.leg,
        "recognised": {
            "protocol": a.recognised.protocol,
            "leg": a.recognised.leg,
            "view": a.recognised.view,
            "refusal": a.recognised.refusal,
        },
        "video": _video(a.video),
        "quality": {
            "usable": a.usable,
            "checks": [
                {
                    "id": c.id,
                    "label": c.label,
                    "value": _number(c.value),
                    "unit": c.unit,
                    "limit": _number(c.limit),
                    "band": c.band,
                    "advice": c.advice,
                }
                for c in a.checks
            ],
        },
        "events": [
            {"kind": e.kind, "side": e.side, "time_s": _number(e.time_s), "frame": int(e.frame)}
            for e in sorted(a.events, key=lambda event: event.time_s)
        ],
        "cycles": [_cycle(c) for c in a.cycles],
        "metrics": [_metric(m) for m in a.metrics],
        "findings": [_finding(f) for f in a.findings],
        "verdict": {"status": a.verdict.status, "reasons": list(a.verdict.reasons)},
        "notes": list(a.notes),
        "pose": {
            "model": a.pose.model,
            "trusted_hips": a.pose.trusted_hips,
            "n_frames": len(a.pose),
            "history": list(a.pose.history),
        },
    }


def _number(value: float | None) -> float | int | None:
    """A JSON number, or None for missing and not finite."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    rounded = round(float(value), _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def _value(value: float | str | None) -> float | int | str | None:
    return value if isinstance(value, str) else _number(value)


def _video(video: VideoInfo) -> dict[str, Any]:
    return {
        "name": video.name,
        "sha256": video.sha256,
        "width_px": int(video.width_px),
        "height_px": int(video.height_px),
        "rotation_deg": int(video.rotation_deg),
        "duration_s": _number(video.duration_s),
        "n_frames": int(video.n_frames),
        "mean_fps": _number(video.mean_fps),
        "capture_fps": _number(video.capture_fps),
        "variable_rate": bool(video.variable_rate),
        "time_stretch": _number(video.time_stretch),
        "time_stretch_source": video.time_stretch_source,
        "codec": video.codec,
    }


def _cycle(cycle: Cycle) -> dict[str, Any]:
    return {
        "side": cycle.side,
        "start_s": _number(cycle.start_s),
        "end_s": _number(cycle.end_s),
        "marks": {name: _number(time_s) for name, time_s in cycle.marks.items()},
        "valid": bool(cycle.valid),
        "reason": cycle.reason,
    }


def _metric(metric: MetricResult) -> dict[str, Any]:
    return {
        "id": metric.id,
        "side": metric.side,
        "unit": metric.unit,
        "value": _value(metric.value),
        "ci95": None if metric.ci95 is None else [_number(bound) for bound in metric.ci95],
        "n": metric.n,
        "per_cycle": [_value(value) for value in metric.per_cycle],
        "cycle_times_s": [_number(time_s) for time_s in metric.cycle_times_s],
        "measurement_error": _number(metric.measurement_error),
        "reason": metric.reason,
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "limits": {name: _number(limit) for name, limit in criterion.limits.items()},
        "source": criterion.source,
        "kind": criterion.kind,
        "decides": criterion.decides,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "metric_id": finding.metric_id,
        "side": finding.side,
        "band": finding.band,
        "criterion": None if finding.criterion is None else _criterion(finding.criterion),
        "reason": finding.reason,
        "advice": finding.advice,
    }
