"""Landmark files and manifests as nobody should write them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from formcheck.landmarks import NAMES

Maker = Callable[[Path, random.Random], list[str]]
_PROTOCOLS = ("single_leg_squat", "step_down", "treadmill_rear", "treadmill_front", "treadmill_side")
_N = 120


def squat(n: int = _N, fps: float = 30.0) -> tuple[list[str], np.ndarray]:
    """Header and values (N, columns) of somebody who bends one knee, roughly."""
    time_s = np.arange(n) / fps
    down = 40 * (1 - np.cos(2 * np.pi * time_s / 2.0))
    places = {name: (300.0 + 7 * i, 100.0 + 18 * i) for i, name in enumerate(NAMES)}
    for side, x in (("left", 330.0), ("right", 270.0)):
        for y, joint in zip((250.0, 450.0, 600.0, 790.0, 810.0, 815.0), _JOINTS, strict=True):
            places[f"{side}_{joint}"] = (x, y)
    columns, values = ["frame", "time_s"], [np.arange(n), time_s]
    for name, (x, y) in places.items():
        columns += [f"{name}_x_px", f"{name}_y_px", f"{name}_visibility"]
        values += [np.full(n, x), y + (down if y < 650 else 0 * down), np.full(n, 0.9)]
    return columns, np.round(np.stack(values, axis=1), 3)


_JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")


def text(columns: list[str], values: np.ndarray, separator: str = ",") -> str:
    """As CSV."""
    rows = (separator.join("" if v != v else f"{v:.10g}" for v in row) for row in values.tolist())
    return "\n".join([separator.join(columns), *rows]) + "\n"


def _assess(folder: Path, data: str | bytes, rng: random.Random, name: str = "landmarks-a.csv") -> list[str]:
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return ["assess", str(folder / name), "--protocol", rng.choice(_PROTOCOLS)]


def _with(change: Callable[[list[str], np.ndarray], tuple[list[str], np.ndarray]]) -> Maker:
    return lambda folder, rng: _assess(folder, text(*change(*squat())), rng)


def _filled(value: float, columns: slice = slice(2, None), rows: slice = slice(None)) -> Maker:
    def change(names: list[str], values: np.ndarray) -> tuple[list[str], np.ndarray]:
        values[rows, columns] = value
        return names, values

    return _with(change)


def _timed(times: Callable[[np.ndarray], np.ndarray]) -> Maker:
    def change(names: list[str], values: np.ndarray) -> tuple[list[str], np.ndarray]:
        values[:, 1] = times(values[:, 1])
        return names, values

    return _with(change)


def _encoded(encoding: str) -> Maker:
    return lambda folder, rng: _assess(folder, text(*squat()).encode(encoding, errors="replace"), rng)


def _words(words: str) -> Maker:
    return lambda folder, rng: _assess(folder, words, rng)


def _million(folder: Path, rng: random.Random) -> list[str]:
    columns, values = squat(1000)
    body = text(columns, values).partition("\n")[2].splitlines()
    with (folder / "landmarks-a.csv").open("w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for i in range(1_000_000):
            _, _, rest = body[i % 1000].split(",", 2)
            file.write(f"{i},{i / 30:.4f},{rest}\n")
    return ["assess", str(folder / "landmarks-a.csv"), "--protocol", rng.choice(_PROTOCOLS)]


def _lacking(count: int) -> Maker:
    return _with(lambda names, values: (names[: len(names) - count], values[:, : len(names) - count]))


FIXED: Mapping[str, Maker] = {
    "landmarks as they should be": _with(lambda names, values: (names, values)),
    "landmarks all missing": _filled(np.nan),
    "landmarks half missing": _filled(np.nan, rows=slice(0, _N, 2)),
    "landmarks one frame seen": _filled(np.nan, rows=slice(1, None)),
    "landmarks all infinite": _filled(np.inf),
    "landmarks huge": _filled(1e300),
    "landmarks huge in one frame": _filled(1e300, rows=slice(50, 51)),
    "landmarks large": _filled(1e9, columns=slice(2, 3)),
    "landmarks tiny": _filled(1e-300),
    "landmarks all in one point": _filled(5.0),
    "landmarks negative": _filled(-1e6, columns=slice(2, 60)),
    "landmarks without times": _filled(np.nan, columns=slice(1, 2)),
    "landmarks with times from the past": _timed(lambda t: t - 1e9),
    "landmarks with times of one moment": _timed(lambda t: t * 0),
    "landmarks with times backwards": _timed(lambda t: t[::-1]),
    "landmarks with times unsorted": _timed(lambda t: np.random.default_rng(0).permutation(t)),
    "landmarks with times twice": _timed(lambda t: np.repeat(t[::2], 2)),
    "landmarks with times in picoseconds": _timed(lambda t: t * 1e-9),
    "landmarks with times in years": _timed(lambda t: t * 1e9),
    "landmarks with a time jump": _timed(lambda t: np.where(np.arange(len(t)) > 60, t + 1e7, t)),
    "landmarks with times beyond number": _timed(lambda t: t * 1e307),
    "landmarks, two rows": _with(lambda names, values: (names, values[:2])),
    "landmarks, one row": _with(lambda names, values: (names, values[:1])),
    "landmarks, no row": _with(lambda names, values: (names, values[:0])),
    "landmarks, three rows": _with(lambda names, values: (names, values[:3])),
    "landmarks without the last column": _lacking(1),
    "landmarks without feet": _lacking(12),
    "landmarks without knees": _lacking(30),
    "landmarks, a column twice": _with(lambda n, v: ([*n, n[5]], np.concatenate([v, v[:, :1]], axis=1))),
    "landmarks with many columns": _with(
        lambda n, v: ([*n, *(f"c{i}" for i in range(5000))], np.concatenate([v, np.zeros((len(v), 5000))], axis=1))
    ),
    "landmarks, head alone": _words("frame,time_s\n"),
    "landmarks, empty": _words(""),
    "landmarks, blank lines": _words("\n\n\n\n"),
    "landmarks, one long line": _words("frame," * 500_000),
    "landmarks, quotes open": _words('frame,time_s,"left_hip_x_px\n1,2,3\n' * 50),
    "landmarks, a long cell": _words("frame,time_s\n" + "9" * 300_000 + ",1\n"),
    "landmarks, HTML": _words("<html><body>sign in</body></html>\n" * 40),
    "landmarks, TRC head alone": lambda d, r: _assess(d, "PathFileType\t4\t(X/Y/Z)\ta.trc\n", r, "a.trc"),
    "landmarks, TRC of noise": lambda d, r: _assess(d, "PathFileType\t4\n" + "x\t" * 500 + "\n" * 9, r, "a.trc"),
    "landmarks, DeepLabCut head alone": _words("scorer,a,a\nbodyparts,hip,hip\ncoords,x,y\n"),
    "landmarks, tidy head alone": _words("time,space,position,keypoints\n"),
    "landmarks, a million rows": _million,
    **{f"landmarks in {e}": _encoded(e) for e in ("utf-16", "utf-32", "latin-1", "cp037", "utf-8-sig", "utf-7")},
}


def _mutated(folder: Path, rng: random.Random) -> list[str]:
    data = bytearray(text(*squat()).encode())
    for _ in range(rng.choice((1, 5, 50, 500))):
        at = rng.randrange(len(data))
        data[at : at + rng.randrange(3)] = rng.choice(
            (b",", b"\n", b"nan", b"inf", b"-", b"e", b"1e308", b"\0", b'"', b"\xff", b"", b"0x", b";", b"\r")
        )
    return _assess(folder, bytes(data), rng)


def _wild_cells(folder: Path, rng: random.Random) -> list[str]:
    columns, values = squat()
    wild = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-308, 0.0, -0.0, 1e17, 2.0**63)
    for _ in range(rng.choice((1, 20, 2000))):
        values[rng.randrange(_N), rng.randrange(1 if rng.random() < 0.1 else 2, len(columns))] = rng.choice(wild)
    return _assess(folder, text(columns, values, rng.choice(",;\t")), rng)


def _wild_movement(folder: Path, rng: random.Random) -> list[str]:
    """Whole as a file; the body does what no body can."""
    columns, values = squat(rng.choice((5, 40, _N, 900)), rng.choice((1.0, 30.0, 240.0, 5000.0)))
    noise = np.random.default_rng(rng.randrange(1 << 30))
    scale = rng.choice((0.0, 1.0, 300.0, 1e7))
    places = [i for i, name in enumerate(columns) if name.endswith("_px")]
    values[:, places] = noise.normal(rng.choice((0, 500)), scale, (len(values), len(places)))
    return _assess(folder, text(columns, values), rng)


def _manifest(folder: Path, rng: random.Random) -> list[str]:
    cells = ("video", "protocol", "a.mp4", "../../etc/passwd", "", '"', "-1", "1e999", "\0", "\U0001f3c3", "left", "f")
    rows = [rng.choice(("video,protocol", "video", "video,leg,sex,capture_fps,height_cm,speed_kmh", "vidéo"))]
    rows += [",".join(rng.choice(cells) for _ in range(rng.randrange(8))) for _ in range(rng.randrange(30))]
    (folder / "manifest.csv").write_text("\n".join(rows), encoding=rng.choice(("utf-8", "utf-16", "utf-8-sig")))
    return ["batch", str(folder / "manifest.csv")]


RANDOM: Mapping[str, Maker] = {
    "landmarks, bytes changed": _mutated,
    "landmarks, wild cells": _wild_cells,
    "landmarks, wild movement": _wild_movement,
    "manifest of anything": _manifest,
}
