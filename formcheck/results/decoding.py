"""Reads a result folder back as the assessment it was written from.

The limits are those in the file, so that an old result shows what it was judged by. Landmarks are not read: nothing
that shows a result needs them, and the cleaned ones are not stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import numpy as np

from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.results.checking import check
from formcheck.results.encoding import ASSESSMENT_FILE, SCHEMA_VERSION
from formcheck.tables import read_angles
from formcheck.types import (
    PROTOCOLS,
    SIDES,
    Assessment,
    Band,
    Change,
    CheckBand,
    Corrected,
    Criterion,
    Cycle,
    Event,
    EventKind,
    Finding,
    FloatArray,
    MetricResult,
    PoseSequence,
    Protocol,
    QualityCheck,
    Recognised,
    ResultSide,
    Status,
    Verdict,
    VideoInfo,
    View,
)

_NAN: Final = float("nan")
_Word = TypeVar("_Word", bound=str)
_Damage = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What a file of another structure makes the decoders raise."""


def read(folder: Path) -> Assessment:
    """The assessment that a result folder was written from.

    Numbers come back as they were stored (six decimals); `pose` carries the times, image size, model and history,
    and NaN for every landmark; `criterion` carries the limits and their source, not the advice texts, which stand in
    the findings.

    Raises
    ------
    InputError : no result of formcheck is there, a newer formcheck wrote it, or its files are damaged.
    """
    data = _load(folder / ASSESSMENT_FILE)
    time_s, angles = read_angles(folder / "angles.csv")
    try:
        found = from_dict(data, time_s, angles)
        check(found)
    except _Damage as error:
        raise InputError(
            f"the result in {folder.name} is damaged ({ASSESSMENT_FILE}: {type(error).__name__} {error}); "
            "analyse the clip again"
        ) from error
    return found


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"there is no result in {path.parent.name} ({path.name}: {error.strerror}); analyse the clip again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the result in {path.parent.name} is damaged ({path.name} is no JSON); analyse the clip again"
        ) from error
    if not isinstance(data, dict) or not {"schema_version", "formcheck_version"} <= data.keys():
        raise InputError(f"{path.name} in {path.parent.name} is not a result of formcheck; analyse the clip again")
    if data["schema_version"] != SCHEMA_VERSION:
        raise InputError(
            f"the result in {path.parent.name} has schema version {data['schema_version']}, this formcheck reads "
            f"{SCHEMA_VERSION}; use the formcheck that wrote it ({data['formcheck_version']}) or analyse again"
        )
    return data


def from_dict(data: Mapping[str, Any], time_s: FloatArray, angles: Mapping[str, FloatArray]) -> Assessment:
    """The assessment in an `assessment.json`; `results.to_dict` is its inverse.

    Parameters
    ----------
    data : the parsed file.
    time_s : (N,) times of the frames.
    angles : name -> (N,) series.

    Raises
    ------
    KeyError, TypeError, ValueError : the structure or a word is not that of the contract.
    """
    protocol: Protocol = _one_of(data["protocol"], PROTOCOLS)
    recognised = data["recognised"]
    return Assessment(
        protocol=protocol,
        leg=_maybe(data["leg"], SIDES),
        recognised=Recognised(
            _maybe(recognised["protocol"], PROTOCOLS),
            _maybe(recognised["leg"], SIDES),
            _maybe(recognised.get("view"), get_args(View)),
            recognised.get("refusal", ""),
        ),
        video=_video(data["video"]),
        pose=_pose(data.get("pose", {}), data["video"], time_s),
        checks=tuple(map(_check, data["quality"]["checks"])),
        events=tuple(
            Event(
                _one_of(e["kind"], get_args(EventKind)),
                _one_of(e["side"], SIDES),
                float(e["time_s"]),
                e["frame"],
                bool(e.get("corrected", False)),
            )
            for e in data["events"]
        ),
        cycles=tuple(map(_cycle, data.get("cycles", ()))),
        metrics=tuple(map(metric_from, data["metrics"])),
        findings=tuple(finding_from(f, protocol) for f in data["findings"]),
        verdict=Verdict(_one_of(data["verdict"]["status"], get_args(Status)), tuple(data["verdict"]["reasons"])),
        angles=dict(angles),
        criteria_version=data["criteria_version"],
        notes=tuple(data.get("notes", ())),
        formcheck_version=data["formcheck_version"],
        corrections=tuple(Corrected(**correction) for correction in data.get("corrections", ())),
        changes=tuple(map(_change, data.get("changed_metrics", ()))),
        changed_frames=tuple((int(first), int(last)) for first, last in data.get("changed_frames", ())),
    )


def _change(data: Mapping[str, Any]) -> Change:
    side: ResultSide = _one_of(data["side"], get_args(ResultSide))
    before, after = _value(data["before"]), _value(data["after"])
    numbers = tuple(int(number) for number in data.get("numbers", ()))
    return Change(data["metric_id"], side, before, after, data.get("cycles", 0), numbers)


def _one_of(word: object, allowed: Collection[_Word]) -> _Word:
    found = next((known for known in allowed if known == word), None)
    if found is None:
        raise ValueError(f"{word!r} where one of {', '.join(allowed)} belongs")
    return found


def _maybe(word: object, allowed: Collection[_Word]) -> _Word | None:
    return None if word is None else _one_of(word, allowed)


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)


def _video(data: Mapping[str, Any]) -> VideoInfo:
    return VideoInfo(
        name=data["name"],
        sha256=data["sha256"],
        width_px=data["width_px"],
        height_px=data["height_px"],
        rotation_deg=data["rotation_deg"],
        duration_s=_number(data["duration_s"]),
        n_frames=data["n_frames"],
        mean_fps=_number(data["mean_fps"]),
        capture_fps=None if data["capture_fps"] is None else float(data["capture_fps"]),
        variable_rate=data["variable_rate"],
        time_stretch=float(data.get("time_stretch", 1.0)),
        time_stretch_source=data.get("time_stretch_source", "none"),
        frame_step=int(data.get("frame_step", 1)),
        codec=data.get("codec", ""),
    )


def _pose(data: Mapping[str, Any], video: Mapping[str, Any], time_s: FloatArray) -> PoseSequence:
    """Times and origin of the pose; the landmarks are one NaN seen everywhere, which takes no memory."""
    n = len(time_s)
    size = data.get("image_size_px", (video["width_px"], video["height_px"]))
    return PoseSequence(
        time_s=time_s,
        xy_px=np.broadcast_to(_NAN, (n, N_LANDMARKS, 2)),
        visibility=np.broadcast_to(_NAN, (n, N_LANDMARKS)),
        image_size_px=None if size is None else (int(size[0]), int(size[1])),
        model=data.get("model", ""),
        trusted_hips=data.get("trusted_hips", False),
        history=tuple(data.get("history", ())),
    )


def _check(data: Mapping[str, Any]) -> QualityCheck:
    return QualityCheck(
        id=data["id"],
        label=data.get("label", data["id"]),
        value=None if data["value"] is None else float(data["value"]),
        unit=data["unit"],
        limit=_number(data["limit"]),
        band=_one_of(data["band"], get_args(CheckBand)),
        advice=data["advice"],
    )


def _cycle(data: Mapping[str, Any]) -> Cycle:
    return Cycle(
        side=_one_of(data["side"], SIDES),
        start_s=float(data["start_s"]),
        end_s=float(data["end_s"]),
        marks={name: _number(time_s) for name, time_s in data["marks"].items()},
        valid=data["valid"],
        reason=data["reason"],
    )


def _value(value: float | str | None) -> float | str | None:
    return value if value is None or isinstance(value, str) else float(value)


def metric_from(data: Mapping[str, Any]) -> MetricResult:
    """One metric from its stored form."""
    ci95, error = data["ci95"], data["measurement_error"]
    return MetricResult(
        id=data["id"],
        side=_one_of(data["side"], get_args(ResultSide)),
        unit=data["unit"],
        value=_value(data["value"]),
        ci95=None if ci95 is None else (_number(ci95[0]), _number(ci95[1])),
        per_cycle=tuple(map(_value, data["per_cycle"])),
        cycle_times_s=tuple(map(_number, data.get("cycle_times_s", ()))),
        measurement_error=None if error is None else float(error),
        reason=data.get("reason", ""),
    )


def finding_from(data: Mapping[str, Any], protocol: Protocol) -> Finding:
    """One finding, with the criterion that it was held against, from its stored form."""
    criterion = data["criterion"]
    return Finding(
        metric_id=data["metric_id"],
        side=_one_of(data["side"], get_args(ResultSide)),
        band=_one_of(data["band"], get_args(Band)),
        reason=data["reason"],
        criterion=None if criterion is None else _criterion(criterion, data["metric_id"], protocol),
        advice=data.get("advice", ""),
    )


def _criterion(data: Mapping[str, Any], metric_id: str, protocol: Protocol) -> Criterion:
    limits = data["limits"]
    return Criterion(
        id=data["id"],
        metric_id=metric_id,
        protocols=(protocol,),
        source=data["source"],
        kind=_one_of(data.get("kind", "judgement"), ("published", "convention", "judgement")),
        sex=_maybe(data.get("sex"), ("f", "m")),
        decides=data.get("decides", False),
        inclusive=data.get("inclusive", False),
        outside_cycles=data.get("outside_cycles"),
        note=data.get("note", ""),
        watch_above=limits.get("watch_above"),
        watch_below=limits.get("watch_below"),
        outside_above=limits.get("outside_above"),
        outside_below=limits.get("outside_below"),
        strong_above=limits.get("strong_above"),
    )
