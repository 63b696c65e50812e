"""Landmarks from other programs: TRC in pixels (Sports2D), movement's tables, and our own landmark file.

What a file holds is told from its ending and its first line. All of them come out as one athlete's raw tracking in
pixels; what a format does not carry (confidence, picture size) is missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck.errors import InputError
from formcheck.exchange.names import landmark_of
from formcheck.landmarks import N_LANDMARKS
from formcheck.plausible import check_body, check_times
from formcheck.tables import check_length, check_rows, read_landmarks
from formcheck.types import FloatArray, PoseSequence

_DLC_HEAD = "scorer"
_TIDY = {"time", "space", "position"}
_LEAST = 6


def read_pose(path: Path, *, trusted_hips: bool = False, fps: float | None = None) -> PoseSequence:
    """Landmarks from a file of any known kind.

    Parameters
    ----------
    trusted_hips : the hip points are true joint centres (marker systems).
    fps : frames a second, for tables that carry frame numbers instead of times.

    Raises
    ------
    InputError : the file is none of the known kinds, is damaged, is in metres, or shows too few landmarks.
    """
    check_length(path)
    if path.suffix.lower() == ".trc":
        pose = _read_trc(path)
    else:
        first = _first_line(path)
        if first.split(",")[0].strip().lower() == _DLC_HEAD:
            pose = _read_dlc(path, fps)
        elif {cell.strip().lower() for cell in first.split(",")} >= _TIDY:
            pose = _read_tidy(path)
        else:
            return read_landmarks(path, trusted_hips=trusted_hips)
    return replace(pose, trusted_hips=trusted_hips)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline()
    except (OSError, UnicodeDecodeError):
        return ""  # the reader of our own files says what is wrong with it


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as text; give a TRC or CSV file of landmarks") from error


def _numbers(path: Path, cells: Sequence[str], row: int) -> list[float]:
    try:
        return [float(cell) if cell.strip() else np.nan for cell in cells]
    except ValueError as error:
        raise InputError(f"{path.name} has a word where a number belongs, in row {row}") from error


def _read_trc(path: Path) -> PoseSequence:
    """A TRC file in pixels: names in line 4, values from line 6 (or 7) on, three columns a marker."""
    lines = _lines(path)
    if len(lines) < 6 or not lines[0].startswith("PathFileType"):
        raise InputError(f"{path.name} is not a TRC file: its first line should begin with PathFileType")
    names = [name.strip() for name in lines[3].split("\t")[2:] if name.strip()]
    body = [(i, line.split("\t")) for i, line in enumerate(lines[5:], start=6) if line.strip()]
    width = 2 + 3 * len(names)
    check_rows(path, len(body))
    table = np.full((len(body), width), np.nan)
    for row, (number, cells) in zip(table, body, strict=True):
        values = _numbers(path, cells[:width], number)
        row[: len(values)] = values
    xyz = table[:, 2:].reshape(len(table), len(names), 3)
    return _pose(path, table[:, 1], {name: xyz[:, i, :2] for i, name in enumerate(names)})


def _read_dlc(path: Path, fps: float | None) -> PoseSequence:
    """The table that movement saves in DeepLabCut's style: scorer, bodyparts, coords; one row a frame."""
    if fps is None:
        raise InputError(f"{path.name} counts frames and has no times; say how many frames a second with --capture-fps")
    rows = list(csv.reader(_lines(path)))
    heads = {row[0].strip().lower(): row[1:] for row in rows[:4] if row}
    if not {"bodyparts", "coords"} <= heads.keys():
        raise InputError(f"{path.name} lacks the rows bodyparts and coords below scorer")
    check_rows(path, len(rows))
    first = next((i for i, row in enumerate(rows) if row and row[0].strip().isdigit()), len(rows))
    table = np.array([_numbers(path, row, i) for i, row in enumerate(rows[first:], start=first + 1)], ndmin=2)
    if table.size == 0 or table.shape[1] != len(heads["coords"]) + 1:
        raise InputError(f"{path.name} has no rows of values that fit its head")
    columns: dict[str, dict[str, FloatArray]] = {}
    for i, (part, coordinate) in enumerate(zip(heads["bodyparts"], heads["coords"], strict=True), start=1):
        columns.setdefault(part, {})[coordinate.strip().lower()] = table[:, i]
    whole = {part: found for part, found in columns.items() if {"x", "y"} <= found.keys()}
    points = {part: np.stack([found["x"], found["y"]], axis=1) for part, found in whole.items()}
    sure = {part: found["likelihood"] for part, found in whole.items() if "likelihood" in found}
    return _pose(path, table[:, 0] / fps, points, sure)


def _read_tidy(path: Path) -> PoseSequence:
    """The long table of a movement data set: time, space, keypoints, individuals, position, confidence."""
    reader = csv.DictReader(_lines(path))
    points: dict[str, dict[float, list[float]]] = {}
    sure: dict[str, dict[float, float]] = {}
    people: set[str] = set()
    for number, row in enumerate(reader, start=2):
        cells = {key.strip().lower(): (value or "").strip() for key, value in row.items() if key}
        name = cells.get("keypoints") or cells.get("keypoint") or ""
        people.add(cells.get("individuals") or cells.get("individual") or "")
        time, position = _numbers(path, [cells["time"], cells["position"]], number)
        place = points.setdefault(name, {}).setdefault(time, [np.nan, np.nan])
        if cells["space"] in {"x", "y"}:
            place["xy".index(cells["space"])] = position
        if cells.get("confidence"):
            sure.setdefault(name, {})[time] = _numbers(path, [cells["confidence"]], number)[0]
    if len(people) > 1:
        raise InputError(f"{path.name} shows {len(people)} individuals; save the athlete alone")
    times = sorted({time for series in points.values() for time in series})
    filled = {name: np.array([series.get(t, [np.nan, np.nan]) for t in times]) for name, series in points.items()}
    confidence = {name: np.array([series.get(t, np.nan) for t in times]) for name, series in sure.items()}
    return _pose(path, np.array(times), filled, confidence)


def _pose(
    path: Path, time_s: FloatArray, points: dict[str, FloatArray], sure: dict[str, FloatArray] | None = None
) -> PoseSequence:
    """Tracking from named points (N, 2); names that formcheck does not know are left out."""
    known = dict(_recognised(points))
    if len(known) < _LEAST:
        shown = ", ".join(list(points)[:4])
        raise InputError(f"{path.name} has too few landmarks that formcheck knows (it has {shown or 'none'})")
    if len(time_s) < 2 or not np.all(np.diff(time_s) > 0):
        raise InputError(f"{path.name}: times must be there for every frame and increase")
    check_times(path.name, time_s)
    xy = np.full((len(time_s), N_LANDMARKS, 2), np.nan)
    visibility = np.full((len(time_s), N_LANDMARKS), np.nan)
    for landmark, name in known.items():
        xy[:, landmark] = points[name]
        seen = np.isfinite(points[name]).all(axis=1)
        visibility[:, landmark] = np.where(seen, (sure or {}).get(name, np.ones(len(time_s))), np.nan)
    if np.nanmax(np.abs(xy)) < 20.0:
        raise InputError(f"{path.name} seems to be in metres or shares of the picture; pixels are needed")
    check_body(path.name, xy)
    return PoseSequence(time_s, xy, visibility, model=f"landmark file {path.name}")


def _recognised(points: dict[str, FloatArray]) -> Iterator[tuple[int, str]]:
    for name in points:
        landmark = landmark_of(name)
        if landmark is not None:
            yield int(landmark), name
