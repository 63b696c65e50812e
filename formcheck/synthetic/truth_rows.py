"""Rows of truth: one metric on one side, its value in every cycle and their median, in the contract's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from formcheck.metrics import describe
from formcheck.synthetic.skeleton import FloatArray
from formcheck.types import EventKind, ResultSide, Side

Row = dict[str, Any]
_DECIMALS = 4


def metric_row(
    metric_id: str,
    side: ResultSide,
    per_cycle: FloatArray | Sequence[float],
    times_s: FloatArray | Sequence[float],
    *,
    value: float | None = None,
) -> Row:
    """A metric with its cycles; `value` is their median unless given. NaN becomes None."""
    cycles = np.asarray(per_cycle, dtype=float)
    finite = cycles[np.isfinite(cycles)]
    middle = value if value is not None else (float(np.median(finite)) if finite.size else None)
    return {
        "id": metric_id,
        "side": side,
        "unit": describe(metric_id).unit,
        "value": None if middle is None else round(middle, _DECIMALS),
        "n": int(finite.size),
        "per_cycle": [round(float(v), _DECIMALS) if np.isfinite(v) else None for v in cycles],
        "cycle_times_s": [round(float(t), _DECIMALS) for t in np.asarray(times_s, dtype=float)],
    }


def count_row(metric_id: str, side: ResultSide, value: float | None) -> Row:
    """A metric that is one number for the clip."""
    return metric_row(metric_id, side, [], [], value=value)


def class_row(metric_id: str, side: Side, words: Sequence[str], word: str | None, times_s: FloatArray) -> Row:
    """A metric whose values are words."""
    return metric_row(metric_id, side, [], times_s) | {"value": word, "n": len(words), "per_cycle": list(words)}


def event_row(kind: EventKind, side: Side, time_s: float, frame_times_s: FloatArray) -> Row:
    """An event at its exact time, with the nearest frame."""
    return {
        "kind": kind,
        "side": side,
        "time_s": round(float(time_s), 6),
        "frame": int(np.abs(frame_times_s - time_s).argmin()),
    }


def asymmetry_rows(rows: Sequence[Row]) -> list[Row]:
    """Left − right of every metric known on both sides; times as symmetry angle in % (Zifchock 2008)."""
    by_key = {(row["id"], row["side"]): row["value"] for row in rows}
    found = []
    for (metric_id, side), left in by_key.items():
        right = by_key.get((metric_id, "right"))
        if side != "left" or not isinstance(left, float) or not isinstance(right, float):
            continue
        as_time = describe(metric_id).unit in {"ms", "s"}
        angle = (np.degrees(np.arctan2(left, right)) - 45.0) / 0.9
        found.append(count_row(f"asymmetry_{metric_id}", "both", float(angle) if as_time else left - right))
    return found
