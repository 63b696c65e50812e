"""Which frames the pose model is spared: a slow movement needs fewer poses a second than a film has frames.

Squats and step-downs go down and up within seconds. Read 15 times a second, with straight lines in between, they
measure as well as read 30 or 60 times: the pose model errs by the same in neighbouring frames (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from formcheck import legs, signals
from formcheck.rhythm import gait_rhythm, is_gait
from formcheck.types import RUNNING, FloatArray, PoseSequence, Protocol, VideoInfo
from formcheck.view import camera_view

_SIDE_FPS, _OTHER_FPS = 120.0, 60.0
"""Frames a second that the metrics of a run from the side need, whose events are short, and those of all others."""
_BEND_FPS = 14.0
"""Poses a second that squats and step-downs need at least."""
_PELVIS_FPS = 28.0
"""Frames a second in which the pelvis' line is measured at least: it tilts with the steps, three a second."""
_HALF_TURN_DEG = 180.0


def enough_fps(protocol: Protocol | None) -> float:
    """Frames a second from which more tell no more."""
    return _SIDE_FPS if protocol in (None, "treadmill_side") else _OTHER_FPS


def poses_apart(info: VideoInfo, protocol: Protocol | None) -> int:
    """Frames from one pose to the next that will do for a slow movement; 1 where a run is known to be shown."""
    return 1 if protocol in RUNNING else max(1, int(info.mean_fps / _BEND_FPS))


def moves_slowly(raw: PoseSequence) -> bool:
    """Whether an athlete does not walk or run, so that few poses a second will do.

    Parameters
    ----------
    raw : raw tracking of some seconds or more, of 14 poses a second or more.
    """
    from formcheck.protocols.squat_angles import CUTOFF_HZ
    from formcheck.protocols.squat_repetitions import LONGEST_GAP_S

    pose = legs.told_apart(signals.mask_low_visibility(raw))
    camera = camera_view(pose)
    smooth = signals.clean(pose, cutoff_hz=CUTOFF_HZ, longest_gap_s=LONGEST_GAP_S)
    return not is_gait(gait_rhythm(smooth, camera), camera.view)


def for_pixels(raw: PoseSequence) -> PoseSequence:
    """The rows in whose frames the pixels are measured; `spread` puts values in between."""
    step = int(raw.fps / _PELVIS_FPS) if len(raw) > 1 else 1
    if step <= 1:
        return raw
    return raw.rows(np.unique([*range(0, len(raw), step), len(raw) - 1]))


def spread(columns: Mapping[str, FloatArray], known_s: FloatArray, all_s: FloatArray) -> dict[str, FloatArray]:
    """Columns (K,) of some rows as columns (N,) of all, on straight lines in between (see `filled`)."""
    if len(known_s) == len(all_s):
        return dict(columns)
    place = _Between(known_s, all_s)
    return {name: place.of(column, turns=name.endswith("_deg")) for name, column in columns.items()}


def filled(raw: PoseSequence, time_s: FloatArray) -> PoseSequence:
    """A row for every frame: those that the pose model was spared lie on straight lines between their neighbours.

    A line's direction turns the shorter way. Rows that were read stay as they are. A point that has no neighbour on one
    side, or an outlier for a neighbour, is missing.

    Parameters
    ----------
    raw : tracking of some of the frames. time_s : (N,) the times of all frames, which hold those of `raw`.
    """
    inside = time_s[(time_s >= raw.time_s[0]) & (time_s <= raw.time_s[-1])]
    if len(inside) <= len(raw):
        return raw
    place = _Between(raw.time_s, inside)
    line = f"{len(raw)} of {len(inside)} frames read by the pose model, the others between their neighbours"
    return replace(
        raw,
        time_s=inside,
        xy_px=place.of(raw.xy_px, lines=signals.without_outliers(raw).xy_px),
        visibility=place.of(raw.visibility),
        extras=spread(raw.extras, raw.time_s, inside),
        history=(*raw.history, line),
    )


class _Between:
    """Values at all times from those at some: as they are where they are known, on a straight line in between."""

    def __init__(self, known_s: FloatArray, all_s: FloatArray) -> None:
        self._before = np.clip(np.searchsorted(known_s, all_s, side="right") - 1, 0, len(known_s) - 2)
        length_s = known_s[self._before + 1] - known_s[self._before]
        self._share = (all_s - known_s[self._before]) / length_s

    def of(self, values: FloatArray, *, lines: FloatArray | None = None, turns: bool = False) -> FloatArray:
        """(N, ...) of `values` (K, ...); the straight lines are those of `lines`, which are the values by default.

        turns : the values are directions of lines in degrees, the same after half a turn.
        """
        ends = values if lines is None else lines
        share = self._share.reshape(-1, *[1] * (values.ndim - 1))
        low, way = ends[self._before], ends[self._before + 1] - ends[self._before]
        over = turns & (np.abs(way) > 0.5 * _HALF_TURN_DEG)
        mixed = low + share * np.where(over, way - np.sign(way) * _HALF_TURN_DEG, way)
        mixed = np.where(over, (mixed + 0.5 * _HALF_TURN_DEG) % _HALF_TURN_DEG - 0.5 * _HALF_TURN_DEG, mixed)
        known = np.where(share < 0.5, values[self._before], values[self._before + 1])
        return np.asarray(np.where((share == 0.0) | (share == 1.0), known, mixed))
