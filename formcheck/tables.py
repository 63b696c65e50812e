"""The CSV files of a result folder: written so that reading gives exactly what was written.

Numbers are written in the shortest form that reads back as the same double; an empty cell is missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck import given
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS, NAMES
from formcheck.plausible import check_body, check_times
from formcheck.types import MAX_FRAMES, Assessment, FloatArray, PoseSequence

CORRECTED_COLUMN = "corrected"
"""1 where a correction by hand made or changed what stands in the row, else 0."""
WIDTH_COLUMN = "image_width_px"
HEIGHT_COLUMN = "image_height_px"
CORE_JOINTS = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle"))
"""Without these no test can be assessed; the other landmarks may be absent from a file."""
NORMALISED_LIMIT = 2.0
"""Coordinates that never leave −2…2 are shares of the image, not pixels."""

_ROWS_AT_ONCE = 1000
_MAX_BYTES = 120_000_000
"""Half an hour at 60 frames a second with all landmarks; its cells take ten times as much memory."""

TIME_DECIMALS = 6
PIXEL_DECIMALS = 3
CONFIDENCE_DECIMALS = 4


def quantise(pose: PoseSequence) -> PoseSequence:
    """Round raw tracking to what is worth keeping: µs, 1/1000 px, 1/10000 of visibility.

    Done once, before anything is computed, so that a landmark file stays small and gives what the
    video gave. Rounding twice changes nothing.
    """
    return replace(
        pose,
        time_s=np.round(pose.time_s, TIME_DECIMALS),
        xy_px=np.round(pose.xy_px, PIXEL_DECIMALS),
        visibility=np.round(pose.visibility, CONFIDENCE_DECIMALS),
        extras={name: np.round(column, CONFIDENCE_DECIMALS) for name, column in pose.extras.items()},
    )


def _cell(value: float) -> str:
    if value != value:  # NaN, the quick way: this runs for every number of a clip
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV in UTF-8; None becomes an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_columns(path: Path, columns: Mapping[str, FloatArray]) -> None:
    """Write `frame` and the (N,) columns, some rows at a time: as words they take many times their memory."""
    values = [np.asarray(column, dtype=np.float64) for column in columns.values()]

    def rows() -> Iterator[tuple[str, ...]]:
        for first in range(0, len(values[0]), _ROWS_AT_ONCE):
            part = slice(first, first + _ROWS_AT_ONCE)
            cells = [list(map(_cell, column[part].tolist())) for column in values]
            yield from ((str(i), *row) for i, row in enumerate(zip(*cells, strict=True), first))

    write_rows(path, ("frame", *columns), rows())


def landmark_columns(pose: PoseSequence) -> dict[str, FloatArray]:
    """The columns of `landmarks.csv` without the frame: time first, then landmarks, picture size and extras."""
    columns: dict[str, FloatArray] = {"time_s": pose.time_s}
    for i, name in enumerate(NAMES):
        columns[f"{name}_x_px"] = pose.xy_px[:, i, 0]
        columns[f"{name}_y_px"] = pose.xy_px[:, i, 1]
        columns[f"{name}_visibility"] = pose.visibility[:, i]
    if pose.image_size_px is not None:
        for name, size_px in zip((WIDTH_COLUMN, HEIGHT_COLUMN), pose.image_size_px, strict=True):
            columns[name] = np.full(len(pose), float(size_px))
    return {**columns, **{name: pose.extras[name] for name in sorted(pose.extras)}}


def write_landmarks(path: Path, pose: PoseSequence) -> None:
    """Write raw tracking as the contract's `landmarks.csv`; `read_landmarks` gives the same arrays."""
    _write_columns(path, landmark_columns(pose))


def write_angles(path: Path, assessment: Assessment) -> None:
    """Write the angle series, one row a frame; of a corrected result with a last column, 1 where that changed them."""
    columns = {"time_s": assessment.pose.time_s, **assessment.angles}
    if assessment.corrections:
        columns[CORRECTED_COLUMN] = np.zeros(len(assessment.pose))
        for first, last in assessment.changed_frames:
            columns[CORRECTED_COLUMN][first : last + 1] = 1.0
    _write_columns(path, columns)


def read_angles(path: Path) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Read what `write_angles` wrote: (N,) times and name -> (N,) series, NaN where a cell is empty.

    Raises
    ------
    InputError : the file cannot be read or holds something else.
    """
    try:
        header, _, body = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} of a stored result cannot be read; analyse the clip again") from error
    names = header.split(",")
    table = _parse_table(body, len(names)) if names[:2] == ["frame", "time_s"] else None
    if table is None or not np.all(np.isfinite(table[:, 1])) or np.any(np.diff(table[:, 1]) <= 0):
        raise InputError(f"{path.name} of a stored result is damaged; analyse the clip again")
    columns = {name: table[:, i].copy() for i, name in enumerate(names)}
    del columns["frame"]
    columns.pop(CORRECTED_COLUMN, None)
    return columns.pop("time_s"), columns


def _parse_table(body: str, width: int) -> FloatArray | None:
    """Numbers and empty cells as (N, width); None where there are other words or rows of another length.

    All cells are parsed in one call, which is three times as fast as `csv` and `float`.
    """
    cells = body.replace("\n", ",").rstrip(",")  # the last cells come back by the count of rows
    for _ in range(2):
        cells = cells.replace(",,", ",nan,")
    rows = body.count("\n")
    try:
        numbers: FloatArray = np.fromstring(cells, dtype=np.float64, sep=",")
    except ValueError:
        return None
    lost = rows * width - len(numbers)
    if rows == 0 or not 0 <= lost < width:
        return None
    table: FloatArray = np.concatenate([numbers, np.full(lost, np.nan)]).reshape(rows, width)
    return table


def write_events(path: Path, assessment: Assessment) -> None:
    """Write the events, in order of time."""
    events = sorted(assessment.events, key=lambda event: event.time_s)
    write_rows(
        path,
        ("kind", "side", "time_s", "frame", CORRECTED_COLUMN),
        ((e.kind, e.side, _cell(float(e.time_s)), e.frame, int(e.corrected)) for e in events),
    )


def write_metrics(path: Path, assessment: Assessment) -> None:
    """Write one row per metric, side and cycle; a metric that has no cycles gets one row with its value."""
    rows: list[tuple[object, ...]] = []
    for metric in assessment.metrics:
        change = assessment.change(metric.id, metric.side)
        told, changed = (metric.unit, metric.reason), change.numbers if change else ()
        if not metric.per_cycle:
            rows.append((metric.id, metric.side, "", "", _value_cell(metric.value), *told, int(change is not None)))
        times_s = metric.cycle_times_s or (None,) * len(metric.per_cycle)
        for cycle, (value, time_s) in enumerate(zip(metric.per_cycle, times_s, strict=False), start=1):
            time_cell = "" if time_s is None else _cell(float(time_s))
            is_changed = int(cycle in changed)
            rows.append((metric.id, metric.side, cycle, time_cell, _value_cell(value), *told, is_changed))
    write_rows(path, ("metric_id", "side", "cycle", "time_s", "value", "unit", "reason", CORRECTED_COLUMN), rows)


def _value_cell(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _cell(float(value))


def read_landmarks(path: Path, *, trusted_hips: bool = False) -> PoseSequence:
    """Read a landmark file: formcheck's own or another tracker's in the same columns.

    Missing `NAME_visibility` columns count as 1 where the point is there; a point at exactly (0, 0) without
    visibility is missing; comma, semicolon or tab may separate the cells. Numeric columns that are not landmarks
    are kept as extras.

    Parameters
    ----------
    path : CSV with `time_s` and `NAME_x_px,NAME_y_px[,NAME_visibility]`.
    trusted_hips : the hip points are true joint centres (marker systems).

    Raises
    ------
    InputError : the file cannot be read, or its columns, cells, times or units are off.
    """
    header, rows = _read_cells(path)
    _check_header(path, header)
    columns = _parse_columns(path, header, rows)
    time_s = columns.pop("time_s")
    _check_times(path, time_s)
    columns.pop("frame", None)
    xy_px, visibility = _take_landmarks(path, columns, len(time_s))
    check_body(path.name, xy_px)
    size_px = _take_image_size(path, columns)
    return PoseSequence(
        time_s=time_s,
        xy_px=xy_px,
        visibility=visibility,
        image_size_px=size_px,
        extras=columns,
        model=f"landmark file {path.name}",
        trusted_hips=trusted_hips,
    )


def _read_cells(path: Path) -> tuple[list[str], list[list[str]]]:
    check_length(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not a text file in UTF-8; a CSV with landmark columns is needed") from error
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    lines = text.splitlines()
    check_rows(path, len(lines))
    if not any(lines) or "\0" in text:
        what = "is not a text file" if any(lines) else "is empty"
        raise InputError(f"{path.name} {what}; a CSV with a header row and landmark columns is needed")
    delimiter = max(",;\t", key=lines[0].count)
    try:
        header, *rows = ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter) if any(row))
    except csv.Error as error:
        raise InputError(f"{path.name} is not a CSV: {error}") from error
    if not rows:
        raise InputError(f"{path.name} has a header but no rows; one row per frame is needed")
    return header, rows


def check_length(path: Path) -> None:
    """Refuse what is no file, and a landmark file whose cells would take all memory."""
    given.check_file(path, what="landmark", most_bytes=_MAX_BYTES)


def check_rows(path: Path, count: int) -> None:
    """Refuse a landmark file of more rows than any test fills."""
    if count > MAX_FRAMES + 1:
        raise InputError(
            f"{path.name} has {count - 1} rows; up to {MAX_FRAMES} can be assessed, so cut it to the test itself"
        )


def _check_header(path: Path, header: Sequence[str]) -> None:
    present = set(header)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(f"{path.name} has the column {twice[0]} twice; each column may stand once")
    needed = ["time_s", *(f"{joint}_{axis}_px" for joint in CORE_JOINTS for axis in "xy")]
    needed += [
        f"{name}_{b}_px"
        for name in NAMES
        for a, b in ("xy", "yx")
        if f"{name}_{a}_px" in present and name not in CORE_JOINTS
    ]
    missing = [name for name in needed if name not in present]
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        came = ", ".join(header[:4]) + (" …" if len(header) > 4 else "")
        raise InputError(
            f"{path.name} lacks the column{'s' * (len(missing) > 1)} {shown} (it starts with {came}); "
            "time_s and NAME_x_px, NAME_y_px of shoulders, hips, knees and ankles are needed"
        )


def _parse_columns(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, FloatArray]:
    """Named numeric columns; a column that is neither known nor numeric is left out."""
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(
                f"{path.name} has {len(row)} cells in row {number} where the header has {len(header)}; "
                "every row needs one cell per column"
            )
    known = {"time_s", "frame", WIDTH_COLUMN, HEIGHT_COLUMN}
    known |= {f"{name}_{part}" for name in NAMES for part in ("x_px", "y_px", "visibility")}
    columns: dict[str, FloatArray] = {}
    for name, cells in zip(header, zip(*rows, strict=True), strict=True):
        column = _to_numbers(cells)
        if column is not None:
            columns[name] = column
        elif name in known:
            raise InputError(_bad_cell(path, name, cells))
    return columns


def _to_numbers(cells: Sequence[str]) -> FloatArray | None:
    try:
        column = np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64)
    except ValueError:
        return None
    return None if np.isinf(column).any() else column


def _bad_cell(path: Path, name: str, cells: Sequence[str]) -> str:
    row, cell = next((i, cell) for i, cell in enumerate(cells, start=2) if cell and _to_numbers([cell]) is None)
    return (
        f"{path.name} has “{cell[:20]}” in row {row}, column {name}; "
        "a number with a decimal point or an empty cell is needed"
    )


def _check_times(path: Path, time_s: FloatArray) -> None:
    if np.isnan(time_s).any():
        row = int(np.flatnonzero(np.isnan(time_s))[0]) + 2
        raise InputError(f"{path.name} has no time in row {row}; every frame needs its time_s in seconds")
    back = np.flatnonzero(np.diff(time_s) <= 0)
    if back.size:
        i = int(back[0])
        raise InputError(
            f"{path.name} has time_s {time_s[i + 1]:g} in row {i + 3} after {time_s[i]:g}; "
            "times must increase from row to row"
        )
    check_times(path.name, time_s)


def _take_landmarks(path: Path, columns: dict[str, FloatArray], n: int) -> tuple[FloatArray, FloatArray]:
    """Move the landmarks out of `columns` into (N, 33, 2) and (N, 33)."""
    missing = np.full(n, np.nan)
    xy_px = np.full((n, N_LANDMARKS, 2), np.nan)
    visibility = np.full((n, N_LANDMARKS), np.nan)
    for i, name in enumerate(NAMES):
        xy_px[:, i, 0] = columns.pop(f"{name}_x_px", missing)
        xy_px[:, i, 1] = columns.pop(f"{name}_y_px", missing)
        seen = np.isfinite(xy_px[:, i]).all(axis=1)
        at_origin = (xy_px[:, i] == 0).all(axis=1)
        visibility[:, i] = columns.pop(f"{name}_visibility", np.where(seen & ~at_origin, 1.0, np.nan))
        xy_px[at_origin & ~(visibility[:, i] > 0), i] = np.nan
    if not np.isfinite(xy_px).any():
        raise InputError(f"{path.name} has no landmark in any row; coordinates in pixels are needed")
    if np.nanmax(np.abs(xy_px)) <= NORMALISED_LIMIT:
        raise InputError(
            f"{path.name} holds coordinates between {np.nanmin(xy_px):.2g} and {np.nanmax(xy_px):.2g}, which are "
            "shares of the image; multiply x by the image's width and y by its height: pixels are needed"
        )
    return xy_px, visibility


def _take_image_size(path: Path, columns: dict[str, FloatArray]) -> tuple[int, int] | None:
    size = [columns.pop(name, None) for name in (WIDTH_COLUMN, HEIGHT_COLUMN)]
    values = [set(column[np.isfinite(column)].tolist()) for column in size if column is not None]
    if len(values) < 2 or not all(values):
        return None
    if any(len(value) > 1 or min(value) < 1 for value in values):
        raise InputError(
            f"{path.name} names more than one image size, or none above 0; the same in every row is needed"
        )
    width_px, height_px = (int(value.pop()) for value in values)
    return width_px, height_px
