"""When and how the foot nearer a side camera lands, from its sole as it was followed in the pixels. Pure.

A foot that stands on the belt moves with it; one that comes down overtakes it, by less and less. So the sole is held
against where the belt carries it: 0 while it stands, and growing, the farther back from contact. The columns are those
of `pixels.foot`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.signals import frames_within
from formcheck.types import FloatArray, PoseSequence

_SURE = 0.4
_STANDS = (0.32, 0.55)
"""Share of stance in which a sole lies flat and still, however it landed."""
_HEEL, _BALL = -0.47, 0.34
"""Ends of what may land first, shoe lengths ahead of the middle of the sole."""
_BEFORE_S, _AFTER_S = 0.070, 0.040
_BAND = (0.045, 0.22)
"""Shoe lengths from where it will stand between which it comes down nearly evenly: the last 30 ms, beyond noise."""
_LEAST_SPEED, _MOST_SPEED = 2.5, 20.0
"""Shoe lengths a second that a foot overtakes the belt by as it comes down: 0.7 to 6 m/s."""
_BRAKING_S = 0.005
"""The foot slows down as it meets the belt, so that a straight line comes to rest this much too early (J)."""
_FURTHEST_S, _APART_S = 0.045, 0.020
_LEAST_STEPS = 3
_AIRBORNE_S = (0.030, 0.002)
"""The foot's angle is read this long before contact: the sole slaps down within two frames after it."""


def is_followed(pose: PoseSequence) -> bool:
    """Whether the near foot's sole was followed in the pixels."""
    return bool((pose.extra("near_foot_confidence") > _SURE).any())


def landing_shifts(pose: PoseSequence, contact_s: FloatArray, toe_off_s: FloatArray, facing_x: int) -> FloatArray:
    """(K,) seconds by which each of the near foot's steps lands later than was thought; all NaN where it is not told.

    1. Speed of the belt: the median over the steps of the sole's speed while it stands.
    2. In each step, how far heel and ball, whichever is nearer, still are from where they will stand.
    3. One speed of coming down for all steps, and for each step the moment at which nothing is left.
    4. A step that is off the median by more than 20 ms, or was not followed, has the median's shift.
    """
    nothing = np.full(len(contact_s), np.nan)
    sole = _sole(pose, facing_x)
    stands = [_standing(pose.time_s, sole, c, t) for c, t in zip(contact_s, toe_off_s, strict=True)]
    if sum(len(rows) >= 2 for rows in stands) < _LEAST_STEPS:
        return nothing
    middle = sole[:, 0]
    belt = float(np.median([-np.polyfit(pose.time_s[r], middle[r], 1)[0] for r in stands if len(r) >= 2]))
    on_belt = sole + (belt * pose.time_s)[:, None]
    comes = [_coming_down(pose.time_s, on_belt, c, rows) for c, rows in zip(contact_s, stands, strict=True)]
    speed = _common_speed(comes)
    if not _LEAST_SPEED < speed < _MOST_SPEED:
        return nothing
    shifts = np.array([np.mean(t + left / speed) + _BRAKING_S if len(t) else np.nan for t, left in comes])
    shifts[np.abs(shifts) > _FURTHEST_S] = np.nan
    if np.isfinite(shifts).sum() < _LEAST_STEPS:
        return nothing
    usual = float(np.nanmedian(shifts))
    return np.where(np.abs(shifts - usual) <= _APART_S, shifts, usual)


def inclinations_deg(pose: PoseSequence, contact_s: FloatArray) -> FloatArray:
    """(K,) angle of the sole against the flat foot's just before each contact, toes up; NaN where not followed."""
    angle = np.where(pose.extra("near_foot_confidence") > _SURE, pose.extra("near_foot_deg"), np.nan)
    first, last = _AIRBORNE_S
    parts = [angle[frames_within(pose.time_s, c - first, c - last)] for c in contact_s]
    return np.array([float(np.mean(p)) if p.size and np.isfinite(p).all() else np.nan for p in parts])


def _sole(pose: PoseSequence, facing_x: int) -> FloatArray:
    """(N, 3) how far ahead the middle, heel and ball of the sole are, in shoe lengths; NaN where unsure."""
    length = pose.extra("near_foot_length_px")
    turn = np.radians(pose.extra("near_foot_deg"))
    ahead = facing_x * pose.extra("near_foot_x_px") / length
    sole = np.stack([ahead, ahead + _HEEL * np.cos(turn), ahead + _BALL * np.cos(turn)], axis=1)
    return np.where((pose.extra("near_foot_confidence") > _SURE)[:, None], sole, np.nan)


def _standing(time_s: FloatArray, sole: FloatArray, contact_s: float, toe_off_s: float) -> NDArray[np.intp]:
    start, end = (contact_s + share * (toe_off_s - contact_s) for share in _STANDS)
    part = _frames_between(time_s, start, end)
    return np.asarray(part.start + np.flatnonzero(np.isfinite(sole[part, 0])))


def _coming_down(
    time_s: FloatArray, on_belt: FloatArray, contact_s: float, stands: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Times from the contact as thought and shoe lengths left, in the last frames before the foot stands."""
    part = _frames_between(time_s, contact_s - _BEFORE_S, contact_s + _AFTER_S)
    rows = np.arange(part.start, part.stop)
    if not len(stands):
        return np.zeros(0), np.zeros(0)
    away = np.median(on_belt[stands, 1:], axis=0) - on_belt[rows, 1:]
    left = np.nan_to_num(np.take_along_axis(away, np.abs(np.nan_to_num(away)).argmin(axis=1)[:, None], axis=1)[:, 0])
    within = (left > _BAND[0]) & (left < _BAND[1])
    if not within.any():
        return np.zeros(0), np.zeros(0)
    last = int(np.flatnonzero(within)[-1])
    outside = np.flatnonzero(~within[:last])
    first = int(outside[-1]) + 1 if len(outside) else 0
    return time_s[rows[first : last + 1]] - contact_s, left[first : last + 1]


def _frames_between(time_s: FloatArray, start_s: float, end_s: float) -> slice:
    """Frames with start < time < end."""
    return slice(int(np.searchsorted(time_s, start_s, side="right")), int(np.searchsorted(time_s, end_s)))


def _common_speed(comes: list[tuple[FloatArray, FloatArray]]) -> float:
    """Shoe lengths a second, least squares within the steps; 0 where no step has two frames."""
    centred = [(t - t.mean(), left - left.mean()) for t, left in comes if len(t) >= 2]
    along = sum(float(np.sum(t * left)) for t, left in centred)
    spread = sum(float(np.sum(t**2)) for t, _ in centred)
    return -along / spread if spread > 0 else 0.0
