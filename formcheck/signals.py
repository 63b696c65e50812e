"""From raw tracking to clean signals: mask, repair swaps, reject outliers, fill short gaps, low-pass.

Pure functions on a PoseSequence or on (N, ...) columns with their times. Missing is NaN throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import MIRROR, N_LANDMARKS, Landmark, side_landmark
from formcheck.outliers import outlying
from formcheck.paths import cheapest_path
from formcheck.types import SIDES, FloatArray, PoseSequence

LEG_JOINTS = ("hip", "knee", "ankle", "heel", "foot_index")
_TIME_GRAIN_S = 1e-4
"""Frame times are rounded; a gap of just the longest length must not depend on where it lies."""
_LEAST_FILTERED = 10
_VALUES_AT_ONCE = 1 << 17
_COLUMNS_AT_ONCE = 16
"""So that a long clip's landmarks are not in memory many times over."""
_SWAP_JOINTS = ("knee", "ankle", "heel", "foot_index")
_BODY_PER_LEG = 1.62
_TRACKED_SHARE = 0.8
_FRONTAL_COSTS, _SIDE_COSTS = (0.001, 0.08), (0.015, 0.12)
_FRONTAL_WIDTH = 0.12
LEG_LANDMARKS: tuple[Landmark, ...] = tuple(
    side_landmark(joint, side) for side in ("left", "right") for joint in LEG_JOINTS
)


def body_length_px(pose: PoseSequence) -> float:
    """Median length trunk + thigh + shank in the image: the athlete's scale in pixels."""

    def segment(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.norm(a - b, axis=-1))

    trunk = segment(pose.midpoint("shoulder"), pose.midpoint("hip"))
    legs = [
        segment(pose.joint("hip", s), pose.joint("knee", s)) + segment(pose.joint("knee", s), pose.joint("ankle", s))
        for s in ("left", "right")
    ]
    leg = np.fmax(legs[0], legs[1])
    total = np.where(np.isfinite(trunk), trunk + leg, _BODY_PER_LEG * leg)
    return float(np.nanpercentile(total, 80)) if np.isfinite(total).any() else float("nan")


def mean_of_tracked(parts: Sequence[FloatArray]) -> FloatArray:
    """(N,) mean of those of the (N,) courses that are known in 80 % of frames; NaN where one of them is missing.

    A part that was never tracked is left out of all frames, so that the mean never jumps between sets of parts.
    """
    known = [part for part in parts if np.isfinite(part).mean() >= _TRACKED_SHARE]
    return np.asarray(np.mean(known or list(parts), axis=0))


def mask_low_visibility(pose: PoseSequence, *, threshold: float = 0.15) -> PoseSequence:
    """Points that the model itself takes for hidden become missing.

    The copy is laid out landmark by landmark in memory, since whatever follows goes through one course at a time.
    """
    hidden = pose.visibility < threshold
    xy = pose.xy_px.transpose(1, 2, 0).copy().transpose(2, 0, 1)
    xy[hidden] = np.nan
    return pose.evolve(f"masked {int(hidden.sum())} points below visibility {threshold}", xy_px=xy)


def repair_swaps(
    pose: PoseSequence, *, swap_cost: float | None = None, switch_cost: float | None = None
) -> PoseSequence:
    """Put left and right legs back where the model exchanged them.

    1. Every frame may be kept or exchanged.
    2. A frame costs the distance of its knees, ankles and feet from where the two frames before it,
       extrapolated at constant velocity, would put them (in body lengths, capped); exchanging and
       changing between keeping and exchanging cost a little.
    3. The cheapest path over the whole clip is taken (Viterbi over pairs of states).

    From the side the legs pass through one another twice a stride, so that a false exchange would cost nothing to keep
    up: there each exchanged frame costs more (`swap_cost`; both costs follow the view where not given).
    """
    usual_swap, usual_switch = _FRONTAL_COSTS if _is_frontal(pose) else _SIDE_COSTS
    swapped = swap_path(
        pose,
        swap_cost=usual_swap if swap_cost is None else swap_cost,
        switch_cost=usual_switch if switch_cost is None else switch_cost,
    )
    if not swapped.any():
        return pose.evolve("no left/right swaps found")
    legs = np.array(LEG_LANDMARKS)
    xy, visibility = pose.xy_px.copy("K"), pose.visibility.copy()
    rows = np.flatnonzero(swapped)[:, None]
    xy[rows, legs] = pose.xy_px[rows, MIRROR[legs]]
    visibility[rows, legs] = pose.visibility[rows, MIRROR[legs]]
    share = 100.0 * swapped.mean()
    return pose.evolve(f"exchanged legs in {share:.1f} % of frames", xy_px=xy, visibility=visibility)


def _is_frontal(pose: PoseSequence) -> bool:
    """Whether left and right shoulder lie clearly apart in the picture over the clip."""
    apart = (pose.joint("shoulder", "left") - pose.joint("shoulder", "right"))[:, 0] / body_length_px(pose)
    known = apart[np.isfinite(apart)]
    return bool(known.size and abs(np.median(known)) > _FRONTAL_WIDTH)


def swap_path(pose: PoseSequence, *, swap_cost: float, switch_cost: float) -> NDArray[np.bool_]:
    """(N,) True where left and right legs are exchanged, by the cheapest path over the clip."""
    n = len(pose)
    scale = body_length_px(pose)
    if n < 3 or not np.isfinite(scale):
        return np.zeros(n, dtype=bool)
    legs = [np.stack([pose.joint(j, side).T for j in _SWAP_JOINTS]) / scale for side in SIDES]
    ratio = np.diff(pose.time_s)[1:] / np.diff(pose.time_s)[:-1]
    costs = _extrapolation_costs(np.stack(legs), ratio)
    return _cheapest_states(costs, swap_cost=swap_cost, switch_cost=switch_cost)


def _extrapolation_costs(legs: FloatArray, ratio: FloatArray, *, cap: float = 0.35) -> FloatArray:
    """(N−2, 2, 2, 2) mean distance from constant velocity for each choice of three successive states.

    legs : (2, J, 2, N) the two legs' joints. A leg that follows the states a, b, c is the other one's of the states
    1−a, 1−b, 1−c, so that each distance counts twice.
    """
    one_leg = np.empty((2, 2, 2, len(ratio)))
    stride = np.clip(ratio, 0.2, 3.0)
    for a, b in np.ndindex(2, 2):
        predicted = legs[b, ..., 1:-1] + (legs[b, ..., 1:-1] - legs[a, ..., :-2]) * stride
        for c in (0, 1):
            away = legs[c, ..., 2:] - predicted
            miss = np.minimum(np.sqrt(away[:, 0] ** 2 + away[:, 1] ** 2), cap)
            one_leg[a, b, c] = np.nan_to_num(miss, copy=False, nan=0.0).mean(axis=0)
    return np.asarray(np.moveaxis(0.5 * (one_leg + one_leg[::-1, ::-1, ::-1]), -1, 0))


def _cheapest_states(costs: FloatArray, *, swap_cost: float, switch_cost: float) -> NDArray[np.bool_]:
    """(N,) 0 keep, 1 exchange: the cheapest path through pairs of successive states."""
    switching = switch_cost * (1.0 - np.eye(2))
    start = switching + swap_cost * np.add.outer([0.0, 1.0], [0.0, 1.0])
    steps = np.full((len(costs), 2, 2, 2, 2), np.inf)
    for shared in (0, 1):  # the pair's second state is the next pair's first
        steps[:, :, shared, shared] = costs[:, :, shared] + switching[shared] + swap_cost * np.array([0.0, 1.0])
    pairs = cheapest_path(start.ravel(), steps.reshape(-1, 4, 4))
    return np.asarray(np.concatenate([pairs[:1] // 2, pairs % 2]), dtype=np.bool_)


def fill_gaps(values: FloatArray, time_s: FloatArray, *, longest_s: float) -> FloatArray:
    """Gaps inside (N, K) columns up to `longest_s` are bridged by straight lines; longer ones and ends stay missing."""
    out = values.copy("K")
    missing = np.isnan(values)
    for k in np.flatnonzero(missing.any(axis=0)):
        known, gaps = np.flatnonzero(np.isfinite(values[:, k])), np.flatnonzero(missing[:, k])
        if len(known) < 2:
            continue
        filled = np.interp(time_s[gaps], time_s[known], values[known, k], left=np.nan, right=np.nan)
        after = np.searchsorted(known, gaps)
        span_s = time_s[known[after.clip(max=len(known) - 1)]] - time_s[known[(after - 1).clip(0)]]
        out[gaps, k] = np.where(span_s <= longest_s + _TIME_GRAIN_S, filled, np.nan)
    return out


def load() -> None:
    """Have the filters at hand, which takes half a second the first time."""
    import scipy.signal  # noqa: F401


def low_pass(values: FloatArray, time_s: FloatArray, *, cutoff_hz: float) -> FloatArray:
    """Zero-lag fourth-order Butterworth low-pass of (N, K) columns, each stretch between gaps for itself.

    Two passes of a second-order filter, its cut-off raised so that the two together fall to −3 dB at
    `cutoff_hz` (Winter's correction). Uneven times are resampled evenly and brought back. Stretches too
    short to filter, and rates too low for the cut-off, are left as they are.
    """
    from scipy import signal

    n = len(time_s)
    if n < 3:
        return values
    fps = (n - 1) / float(time_s[-1] - time_s[0])
    corrected = cutoff_hz / 0.802
    if corrected >= 0.45 * fps:
        return values
    sos = signal.butter(2, corrected, fs=fps, output="sos")
    uneven = bool(np.ptp(np.diff(time_s)) > 0.1 / fps)
    out = values.copy("K")
    finite = np.isfinite(values)
    spans = [(k, lo, hi) for k in range(values.shape[1]) for lo, hi in runs(finite[:, k])]
    rows = [_evenly(values[lo:hi, k], time_s[lo:hi], fps) if uneven else values[lo:hi, k] for k, lo, hi in spans]
    long = [i for i, (_, lo, hi) in enumerate(spans) if min(hi - lo, len(rows[i])) >= _LEAST_FILTERED]
    pads = [min(spans[i][2] - spans[i][1] - 1, len(rows[i]) - 1, int(0.5 * fps) + 6) for i in long]
    for i, row in zip(long, _zero_lag([rows[i] for i in long], pads, sos), strict=True):
        k, lo, hi = spans[i]
        out[lo:hi, k] = np.interp(time_s[lo:hi], _even_times(time_s[lo:hi], fps), row) if uneven else row
    return out


def _even_times(time_s: FloatArray, fps: float) -> FloatArray:
    return np.asarray(np.linspace(time_s[0], time_s[-1], round((time_s[-1] - time_s[0]) * fps) + 1))


def _evenly(row: FloatArray, time_s: FloatArray, fps: float) -> FloatArray:
    return np.asarray(np.interp(_even_times(time_s, fps), time_s, row))


def _zero_lag(rows: Sequence[FloatArray], pads: Sequence[int], sos: FloatArray) -> list[FloatArray]:
    """Each row forwards and backwards through a filter, as `scipy.signal.sosfiltfilt` does, many at once.

    Rows of about one length go together: a clip with many gaps has thousands, and a call for each would be most of the
    time. pads : frames by which each row is mirrored through its ends first.
    """
    from scipy import signal

    out, start = list(rows), signal.sosfilt_zi(sos)
    ends = np.array([len(row) + 2 * pad for row, pad in zip(rows, pads, strict=True)], dtype=np.intp)
    for group in _of_about_one_length(ends):
        block = np.zeros((len(group), ends[group].max()))
        for line, k in zip(block, group, strict=True):
            line[: ends[k]] = _with_mirrored_ends(rows[k], pads[k])
        for _ in range(2):
            block, _ = signal.sosfilt(sos, block, axis=-1, zi=start[:, None] * block[None, :, :1])
            for line, end in zip(block, ends[group], strict=True):
                line[:end] = line[:end][::-1].copy()
        for line, k in zip(block, group, strict=True):
            out[k] = line[pads[k] : pads[k] + len(rows[k])]
    return out


def _of_about_one_length(lengths: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Groups of rows whose lengths are within a factor of two, as many as stay in a processor's own memory."""
    about = np.frexp(lengths)[1]
    groups = []
    for size in np.unique(about):
        rows, most = np.flatnonzero(about == size), max(_VALUES_AT_ONCE >> int(size), 1)
        groups += [rows[first : first + most] for first in range(0, len(rows), most)]
    return groups


def _with_mirrored_ends(row: FloatArray, pad: int) -> FloatArray:
    before, after = 2.0 * row[0] - row[pad:0:-1], 2.0 * row[-1] - row[-2 : -(pad + 2) : -1]
    return np.concatenate([before, row, after])


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open spans [start, stop) in which `mask` is True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def derivative(values: FloatArray, time_s: FloatArray) -> FloatArray:
    """Rate of change per second along the first axis, by central differences on the true times."""
    return np.asarray(np.gradient(values, time_s, axis=0))


def clean(
    pose: PoseSequence, *, cutoff_hz: float, longest_gap_s: float, joints: Sequence[str] | None = None
) -> PoseSequence:
    """Outliers out, short gaps bridged, low-passed at `cutoff_hz`; swaps must have been repaired before.

    joints : those to clean, where not all landmarks are wanted; the others stay as they came.
    """
    kept = without_outliers(pose, joints=joints)
    return smoothed(kept, cutoff_hz=cutoff_hz, longest_gap_s=longest_gap_s, joints=joints)


def without_outliers(pose: PoseSequence, *, joints: Sequence[str] | None = None) -> PoseSequence:
    """The first half of `clean`: outliers become missing."""
    columns = _columns_of(joints)
    flat = pose.xy_px.reshape(len(pose), -1)
    scale = body_length_px(pose)
    half_window = int(np.clip(round(0.06 * pose.fps), 1, 8)) if len(pose) > 1 else 1
    floor = 0.03 * scale if np.isfinite(scale) else np.inf
    frames, found = outlying(flat if joints is None else flat[:, columns], half_window=half_window, floor=floor)
    if len(frames):
        flat = flat.copy("K")
        flat[frames, columns[found]] = np.nan
    return pose.evolve(f"outliers removed in {len(np.unique(frames))} frames", xy_px=flat.reshape(pose.xy_px.shape))


def smoothed(
    pose: PoseSequence, *, cutoff_hz: float, longest_gap_s: float, joints: Sequence[str] | None = None
) -> PoseSequence:
    """The second half of `clean`, told in the same line of the history: short gaps bridged, low-passed."""
    columns, flat = _columns_of(joints), pose.xy_px.reshape(len(pose), -1)
    smooth = flat.copy("K")
    for some in (columns[first : first + _COLUMNS_AT_ONCE] for first in range(0, len(columns), _COLUMNS_AT_ONCE)):
        filled = fill_gaps(flat.T[some].T, pose.time_s, longest_s=longest_gap_s)
        smooth[:, some] = low_pass(filled, pose.time_s, cutoff_hz=cutoff_hz)
    *before, began = pose.history
    line = f"{began}, gaps up to {longest_gap_s} s bridged, low-passed at {cutoff_hz} Hz"
    return replace(pose, xy_px=smooth.reshape(pose.xy_px.shape), history=(*before, line))


def _columns_of(joints: Sequence[str] | None) -> NDArray[np.intp]:
    """Columns of x and y of both sides' joints; all without a choice."""
    if joints is None:
        return np.arange(2 * N_LANDMARKS)
    chosen = np.array([side_landmark(joint, side) for joint in joints for side in SIDES])
    return np.asarray(2 * chosen[:, None] + np.arange(2)).ravel()


def frames_within(time_s: FloatArray, start_s: float, end_s: float) -> slice:
    """Frames with start ≤ time ≤ end, found without looking at the others."""
    return slice(int(time_s.searchsorted(start_s)), int(time_s.searchsorted(end_s, side="right")))


def seconds_to_nearest(time_s: FloatArray, moments_s: FloatArray) -> FloatArray:
    """(N,) seconds from each frame to the nearest of some moments, which are in order."""
    after = np.searchsorted(moments_s, time_s)
    around = moments_s[[(after - 1).clip(0), after.clip(max=len(moments_s) - 1)]]
    return np.asarray(np.abs(time_s - around).min(axis=0))


def nearest_frames(time_s: FloatArray, moments_s: FloatArray) -> NDArray[np.intp]:
    """(K,) number of the frame nearest to each moment; the earlier of two that are equally near."""
    after = np.searchsorted(time_s, moments_s).clip(1, max(len(time_s) - 1, 1))
    before = after - 1
    after = after.clip(max=len(time_s) - 1)
    return np.where(np.abs(time_s[before] - moments_s) <= np.abs(time_s[after] - moments_s), before, after)
