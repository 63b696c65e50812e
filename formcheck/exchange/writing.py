"""Landmarks and angles for OpenSim, Sports2D and data frames.

TRC: pixels of the upright image, origin top left, y down, z 0, as Sports2D's `_px.trc`.
MOT: one column an angle, degrees. Both with the time of each frame; missing is `nan`, which OpenSim's tables read
(an empty last cell makes them refuse the file). OpenSim's older `Storage` class stops at the first `nan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from formcheck.exchange.names import SPORTS2D
from formcheck.tables import landmark_columns
from formcheck.types import Assessment, FloatArray, PoseSequence

FILES: Final = ("landmarks.parquet", "angles.parquet", "landmarks_px.trc", "angles.mot")
"""What is written for other programs, by name."""
_TIME_DECIMALS = 6
_VALUE_DECIMALS = 4


def write_all(folder: Path, raw: PoseSequence, assessment: Assessment) -> tuple[Path, ...]:
    """Write `FILES` into a folder: raw tracking as in `landmarks.csv`, angles as in `angles.csv`."""
    paths = tuple(folder / name for name in FILES)
    write_parquet(paths[0], raw.time_s, landmark_columns(raw))
    write_parquet(paths[1], assessment.pose.time_s, assessment.angles)
    write_trc(paths[2], raw)
    write_mot(paths[3], assessment)
    return paths


def write_trc(path: Path, pose: PoseSequence) -> None:
    """Write the landmarks that Sports2D knows, under its names, in pixels. Name the file `…_px.trc` for Sports2D."""
    kept = [(landmark, name) for landmark, name in SPORTS2D.items() if np.isfinite(pose.xy_px[:, landmark]).any()]
    rate = f"{pose.fps:.6g}"
    n, names = len(pose), [name for _, name in kept]
    header = (
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        "\t".join((rate, rate, str(n), str(len(kept)), "px", rate, "1", str(n))),
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, len(kept) + 1) for axis in "XYZ"),
        "",
    )
    xyz = np.zeros((n, len(kept), 3))
    for column, (landmark, _) in enumerate(kept):
        xyz[:, column, :2] = pose.xy_px[:, landmark]
    xyz[np.isnan(xyz[..., 0])] = np.nan
    numbered = ([str(i), *row] for i, row in enumerate(_rows(pose.time_s, xyz.reshape(n, -1)), start=1))
    _write(path, header, ("\t".join(row) for row in numbered))


def write_mot(path: Path, assessment: Assessment) -> None:
    """Write every angle series as a motion file; columns end in `_deg` as in `angles.csv`, the unit is in the head."""
    angles = {name: series for name, series in assessment.angles.items() if name.endswith("_deg")}
    table = np.stack(list(angles.values()), axis=1) if angles else np.empty((len(assessment.pose), 0))
    header = (
        path.stem,
        "version=1",
        f"nRows={len(table)}",
        f"nColumns={table.shape[1] + 1}",
        "inDegrees=yes",
        "endheader",
        "\t".join(("time", *angles)),
    )
    _write(path, header, ("\t".join(row) for row in _rows(assessment.pose.time_s, table)))


def _rows(time_s: FloatArray, table: FloatArray) -> Iterable[Sequence[str]]:
    """Time and values of each frame as text."""
    for time, values in zip(time_s.tolist(), table.tolist(), strict=True):
        cells = (f"{value:.{_VALUE_DECIMALS}f}" for value in values)
        yield [f"{time:.{_TIME_DECIMALS}f}", *cells]


def _write(path: Path, header: Iterable[str], rows: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in (*header, *rows))


def write_parquet(path: Path, time_s: FloatArray, columns: Mapping[str, FloatArray]) -> None:
    """Write frame, time and (N,) columns as Parquet; missing is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {"frame": pa.array(np.arange(len(time_s))), "time_s": pa.array(time_s)}
    arrays |= {
        name: pa.array(np.asarray(column, dtype=np.float64), from_pandas=True) for name, column in columns.items()
    }
    pq.write_table(pa.table(arrays), path)  # type: ignore[no-untyped-call]
