"""Where the middle of the knee lies across the leg, from the limb's outline.

The pose model puts the knee of a bent leg up to 2 % of the leg's length to one side of its middle, the same way in
every frame of a clip and differently from athlete to athlete: up to 4° of valgus. The outline shows the middle to 0.2 %
where background or cloth beside the knee differs from it.

Steps: 1. of the frames learnt from, those in which the leg carries the weight and the hips are low. 2. The knee's
surroundings parted into leg and rest (GrabCut, Rother 2004, doi 10.1145/1015706.1015720), begun from the landmarks.
3. Across the leg at the knee the middle of what belongs to it. 4. What moving the knee there changes of the leg's bend
and of the thigh's slope in the picture: the median over the frames, provided that they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.geometry import bend_deg, distance_px, thigh_adduction_deg
from formcheck.landmarks import side_landmark
from formcheck.types import SIDES, FloatArray, PoseSequence, Side, other_side

COLUMN_NAMES = tuple(f"{side}_outline_{what}_deg" for side in SIDES for what in ("bend", "thigh"))
"""To be added to the bend of the leg, knee towards image right, and to the thigh's slope, the same way round."""

_Image = NDArray[np.uint8]
_LEG_PX = 220.0
"""Longer legs are brought to this: finer outlines tell no more and take longer."""
_BESIDE, _ALONG = 0.24, 0.17
"""Half width and height of what is looked at around the knee, in leg lengths, as are all shares below."""
_SURE, _LIKELY, _UNLIKELY = 0.035, 0.085, 0.15
"""Distances from the bones within which a place is leg for sure, probably, and probably not."""
_ROUNDS = 2
_ACROSS, _SLICES = 0.20, np.linspace(-0.03, 0.03, 7)
_STEP_PX = 0.5
_STRIP, _LEAST_CONTRAST = 0.04, 10.0
"""Within this of its edge, leg and background differ at least so much in colour (red, green, blue, 0 to 255)."""
_WIDTH = (0.09, 0.28)
"""Of a knee; wide ones are those of loose trousers and of legs that come towards the camera."""
_FARTHEST = 0.04
_SPREAD, _WIDTH_SPREAD = 0.012, 0.2
_CLEAR = 0.16
"""Nearer than this to the knee, the other leg's outline runs into this one's."""
_LEAST_FRAMES = 5
_STILL = 0.7
_LOW_PERCENT = {True: 65.0, False: 50.0}
"""Hips lower than this share of the clip's frames are low: in tests on one leg, and in runs."""


def outline_shifts(seen: Sequence[tuple[_Image, FloatArray]], pose: PoseSequence) -> dict[str, float]:
    """What the outline of the knee changes, by `COLUMN_NAMES`; NaN where it is not seen or the frames disagree.

    Parameters
    ----------
    seen : pictures and the athlete's landmarks (33, 2) in them, spread over the clip, from the front or from behind.
    pose : the athlete's raw landmarks over the whole clip.
    """
    told = dict.fromkeys(COLUMN_NAMES, float("nan"))
    hips = pose.midpoint("hip")[:, 1]
    if not np.isfinite(hips).any():
        return told
    still = _still_leg(pose)
    low_px = float(np.nanpercentile(hips, _LOW_PERCENT[still is not None]))
    for side in SIDES if still is None else (still,):
        loaded = [(rgb, xy) for rgb, xy in seen if _carries(xy, side, low_px=low_px, alone=still is not None)]
        found = np.array([_middle(rgb, xy, side) for rgb, xy in loaded]).reshape(-1, 4)
        agreed = _agreeing(found[np.isfinite(found).all(axis=1)])
        if agreed is not None:
            told[f"{side}_outline_bend_deg"], told[f"{side}_outline_thigh_deg"] = map(float, agreed)
    return told


def _still_leg(pose: PoseSequence) -> Side | None:
    """The leg whose ankle clearly moves less, as that of a test on one leg; None in a run."""
    travel = {s: float(np.nanmean(np.nanstd(pose.joint("ankle", s), axis=0))) for s in SIDES}
    stiller: Side = "left" if travel["left"] < travel["right"] else "right"
    return stiller if travel[stiller] < _STILL * travel[other_side(stiller)] else None


def _carries(xy_px: FloatArray, side: Side, *, low_px: float, alone: bool) -> bool:
    """Whether the leg carries the weight with the hips low: it does if it is the only one that stays in its place."""
    hip, ankle, other_hip, other_ankle = (
        xy_px[side_landmark(joint, s), 1] for s in (side, other_side(side)) for joint in ("hip", "ankle")
    )
    return bool(0.5 * (hip + other_hip) >= low_px and (alone or ankle > other_ankle))


def _agreeing(found: FloatArray) -> FloatArray | None:
    """Median change of bend and thigh over frames (K, 4) with a knee as wide as usual; None where they disagree."""
    if len(found) < _LEAST_FRAMES:
        return None
    usual = np.median(found[:, 3])
    found = found[np.abs(found[:, 3] - usual) <= _WIDTH_SPREAD * usual]
    away = found[:, 2]
    spread = 1.4826 * float(np.median(np.abs(away - np.median(away))))
    if len(found) < _LEAST_FRAMES or spread > _SPREAD or abs(float(np.median(away))) > _FARTHEST:
        return None
    return np.asarray(np.median(found[:, :2], axis=0))


def _middle(rgb: _Image, xy_px: FloatArray, side: Side) -> FloatArray:
    """(4,) change of bend and of the thigh's slope, degrees; way to the knee's middle and its width, leg lengths."""
    own, other = (
        xy_px[[side_landmark(joint, s) for joint in ("hip", "knee", "ankle")]] for s in (side, other_side(side))
    )
    nothing = np.full(4, np.nan)
    hip, knee, ankle = own
    leg_px = float(distance_px(hip, knee) + distance_px(knee, ankle))
    if not (np.isfinite(own).all() and np.isfinite(other).all() and leg_px > 0):
        return nothing
    if _distance(knee[:1], knee[1:], other)[0] < _CLEAR * leg_px:
        return nothing
    across = _across(own)
    run = _across_knee(rgb, own, other, across, leg_px)
    if run is None or not _WIDTH[0] * leg_px < run[1] < _WIDTH[1] * leg_px:
        return nothing
    moved = knee + run[0] * across
    bend = bend_deg(hip, moved, ankle) - bend_deg(hip, knee, ankle)
    thigh = thigh_adduction_deg(hip, moved, medial_x=1) - thigh_adduction_deg(hip, knee, medial_x=1)
    return np.array([bend, thigh, run[0] / leg_px, run[1] / leg_px])


def _across(bones_px: FloatArray) -> FloatArray:
    """(2,) unit vector across a leg (hip, knee, ankle) at its knee."""
    bones = np.diff(bones_px, axis=0)
    along = (bones / np.linalg.norm(bones, axis=1, keepdims=True)).sum(axis=0)
    return np.asarray(np.array([along[1], -along[0]]) / np.linalg.norm(along))


def _across_knee(
    rgb: _Image, own: FloatArray, other: FloatArray, across: FloatArray, leg_px: float
) -> tuple[float, float] | None:
    """Way from the knee's landmark to the middle of the leg and the leg's width there, pixels; None where not seen."""
    half = np.array([_BESIDE, _ALONG]) * leg_px
    low = np.maximum(np.floor(own[1] - half), 0).astype(int)
    high = np.minimum(np.ceil(own[1] + half), [rgb.shape[1], rgb.shape[0]]).astype(int)
    shrink = min(_LEG_PX / leg_px, 1.0)
    size = np.rint((high - low) * shrink).astype(int)
    if (size < 12).any():
        return None
    around = rgb[low[1] : high[1], low[0] : high[0]]
    cut = np.asarray(cv2.resize(around, size.tolist(), interpolation=cv2.INTER_AREA), np.uint8)
    to_cut = size / (high - low)
    own, other = (own - low) * to_cut, (other - low) * to_cut
    mask = _parted(cut, own, other, leg_px * shrink)
    if mask is None:
        return None
    lines = [_line(own[1], across, share, leg_px * shrink) for share in _SLICES]
    runs = [r for line in lines if (r := _run(cut, mask, line, leg_px * shrink)) is not None]
    if len(runs) < len(_SLICES) // 2 + 1:
        return None
    way, width = np.median(runs, axis=0) / shrink
    return float(way), float(width)


def _parted(cut: _Image, own: FloatArray, other: FloatArray, leg_px: float) -> NDArray[np.float32] | None:
    """How much each place belongs to a leg, 0 to 1; None where the landmarks leave no background to learn from."""
    y, x = np.mgrid[: cut.shape[0], : cut.shape[1]] + 0.5
    away = _distance(x, y, own) / leg_px
    either = np.minimum(away, _distance(x, y, other) / leg_px)
    mask = np.full(away.shape, cv2.GC_BGD, np.uint8)
    mask[either < _UNLIKELY] = cv2.GC_PR_BGD
    mask[either < _LIKELY] = cv2.GC_PR_FGD
    mask[away < _SURE] = cv2.GC_FGD
    if (mask == cv2.GC_BGD).sum() < 30 or (mask == cv2.GC_FGD).sum() < 30:
        return None
    cv2.setRNGSeed(0)  # GrabCut starts from colours drawn at random: the same ones every time
    cv2.grabCut(cut, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    leg = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(leg, (0, 0), 0.8), np.float32)


def _distance(x: FloatArray, y: FloatArray, bones_px: FloatArray) -> FloatArray:
    """Distance of places from the bones of a leg (hip, knee, ankle)."""
    found = []
    for start, end in pairwise(bones_px):
        bone = end - start
        share = ((x - start[0]) * bone[0] + (y - start[1]) * bone[1]) / max(float(bone @ bone), 1e-9)
        share = np.clip(share, 0.0, 1.0)
        found.append(np.hypot(x - start[0] - share * bone[0], y - start[1] - share * bone[1]))
    return np.asarray(np.minimum(*found))


def _line(knee: FloatArray, across: FloatArray, share: float, leg_px: float) -> FloatArray:
    """(M, 2) places along a line across the leg, `share` of the leg below the knee."""
    ways = _STEP_PX * np.arange(-round(_ACROSS * leg_px / _STEP_PX), round(_ACROSS * leg_px / _STEP_PX) + 1)
    return np.asarray(knee + share * leg_px * np.array([-across[1], across[0]]) + ways[:, None] * across)


def _run(cut: _Image, mask: NDArray[np.float32], line: FloatArray, leg_px: float) -> tuple[float, float] | None:
    """Middle and width of the leg along a line across it; None where it is open or no edge of colour bounds it."""
    level = _along(mask, line)[:, 0]
    outside, middle = np.flatnonzero(level <= 0.5), len(line) // 2
    before, after = outside[outside < middle], outside[outside > middle]
    if level[middle] <= 0.5 or not len(before) or not len(after):
        return None
    first, last = int(before[-1]) + 1, int(after[0]) - 1
    colours, strip = _along(cut.astype(np.float32), line), max(round(_STRIP * leg_px / _STEP_PX), 2)
    for inner, outer in (
        (colours[first : first + strip], colours[max(first - strip, 0) : first]),
        (colours[last - strip + 1 : last + 1], colours[last + 1 : last + 1 + strip]),
    ):
        if np.linalg.norm(inner.mean(axis=0) - outer.mean(axis=0)) < _LEAST_CONTRAST:
            return None
    return _STEP_PX * (0.5 * (first + last) - middle), _STEP_PX * (last - first)


def _along(picture: NDArray[np.float32], line: FloatArray) -> NDArray[np.float32]:
    """(M, channels) of a picture at places, 0 outside of it."""
    column, row = (line - 0.5).astype(np.float32).T[:, None]
    values = cv2.remap(picture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0))
    return np.asarray(values, np.float32).reshape(len(line), -1)
