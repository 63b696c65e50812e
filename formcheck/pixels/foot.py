"""The foot nearer a side camera, followed from its pixels around each contact and toe-off.

Heel and toe landmarks are 15 to 80 ms late and up to 20° off as a foot lands. The shoe itself is in plain view, and it
stands flat once in each stride, where it can be learnt (see `shoe`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck import legs, signals
from formcheck.events import Step, find_steps
from formcheck.pixels.shoe import Cut, Finder, Rgb, Shoe, cut, learn_shoe
from formcheck.rhythm import LEAST_REGULARITY, gait_rhythm
from formcheck.types import FloatArray, Frame, PoseSequence, Progress, Side
from formcheck.view import camera_view

FOOT_COLUMNS = ("near_foot_x_px", "near_foot_y_px", "near_foot_deg", "near_foot_confidence", "near_foot_length_px")
_STAGE = "Following the foot as it lands"
_LEAST_FPS = 58.0
_SPARSE_FPS = 80.0
"""Below this a foot turns so far from frame to frame that it is looked for farther about."""
_MOST_STRIDES = 14
_LEAST_STRIDES = 3
_FLAT = (0.30, 0.52)
"""Share of stance in which the sole lies flat."""
_FLAT_FRAMES = 4
_BEFORE_S, _AFTER_S = 0.08, 0.06
"""How long before contact and after toe-off the shoe is followed."""
_REACH = 1.35
_FOOT_HZ = 12.0


@dataclass(frozen=True)
class FootPlan:
    """Which frames are to be looked at, and where the foot is expected there.

    middle_px : (N, 2) of heel and toe landmark. ankle_px : (2,) of the standing ankle from there, ahead and down.
    spans, flat : for each step the frames to follow the foot in, and those in which it stands flat.
    """

    near: Side
    facing_x: int
    middle_px: FloatArray
    ankle_px: FloatArray
    scale_px: float
    spans: tuple[NDArray[np.intp], ...]
    flat: tuple[NDArray[np.intp], ...]
    sparse: bool


def plan_foot(pose: PoseSequence) -> FootPlan | None:
    """Frames of some of the near foot's steps; None where the clip is no run from the side, or too slow a film."""
    camera = camera_view(pose)
    if camera.view != "side" or camera.near_side is None or pose.fps < _LEAST_FPS:
        return None
    pose = legs.told_apart(signals.mask_low_visibility(pose))
    camera = camera_view(pose)
    rhythm = gait_rhythm(pose, camera)
    if camera.near_side is None or rhythm.regularity < LEAST_REGULARITY:
        return None
    near = camera.near_side
    smooth = signals.clean(pose, cutoff_hz=_FOOT_HZ, longest_gap_s=0.1)
    heel, toe = smooth.joint("heel", near), smooth.joint("foot_index", near)
    known = np.isfinite(heel).all(axis=1) & np.isfinite(toe).all(axis=1)
    own = [s for s in find_steps(pose, camera, rhythm) if s.side == near and _is_whole(s, pose.time_s, known)]
    own = [own[i] for i in np.unique(np.linspace(0, len(own) - 1, _MOST_STRIDES).round().astype(int))] if own else []
    if len(own) < _LEAST_STRIDES:
        return None
    spans = tuple(_frames(pose.time_s, s.contact_s - _BEFORE_S, s.toe_off_s + _AFTER_S, known) for s in own)
    flat = tuple(_flat_frames(pose.time_s, s) for s in own)
    rows = np.concatenate(flat)
    middle = 0.5 * (heel + toe)
    ankle = np.nanmedian((smooth.joint("ankle", near) - middle)[rows], axis=0) * (camera.facing_x, 1)
    scale = float(np.median(np.linalg.norm(toe - heel, axis=1)[rows]))
    return FootPlan(near, camera.facing_x, middle, ankle, scale, spans, flat, pose.fps < _SPARSE_FPS)


def _is_whole(step: Step, time_s: FloatArray, known: NDArray[np.bool_]) -> bool:
    inside = (time_s >= step.contact_s) & (time_s <= step.toe_off_s)
    return bool(inside.sum() >= 8 and known[inside].all())


def _frames(time_s: FloatArray, start_s: float, end_s: float, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.flatnonzero((time_s >= start_s) & (time_s <= end_s) & known)


def _flat_frames(time_s: FloatArray, step: Step) -> NDArray[np.intp]:
    span = step.toe_off_s - step.contact_s
    rows = np.flatnonzero((time_s >= step.contact_s + _FLAT[0] * span) & (time_s <= step.contact_s + _FLAT[1] * span))
    return rows[np.unique(np.linspace(0, len(rows) - 1, _FLAT_FRAMES).round().astype(int))] if len(rows) else rows


def background_of(pictures: Sequence[Rgb]) -> Rgb:
    """What stands still: the median of frames spread over the clip."""
    return np.asarray(np.median(np.stack(pictures), axis=0), dtype=np.uint8)


def follow_foot(
    frames: Iterable[Frame], plan: FootPlan, background: Rgb, *, progress: Progress | None = None
) -> dict[str, FloatArray]:
    """(N,) columns by `FOOT_COLUMNS`, NaN and confidence 0 where the foot was not looked for; none if no shoe is seen.

    frames : all of the clip, in order. x and y are the middle of the sole, the angle is against the flat foot's.
    """
    cuts = _cuts(frames, plan, background)
    rows = [k for k in np.concatenate(plan.flat).tolist() if k in cuts]
    if len(rows) < 2 * _LEAST_STRIDES:
        return {}
    learnt = learn_shoe([cuts[k] for k in rows], plan.middle_px[rows], plan.ankle_px, plan.scale_px, plan.facing_x)
    if learnt is None:
        return {}
    shoe, places = learnt
    standing = dict(zip(rows, places, strict=True))
    out = np.full((len(plan.middle_px), 4), np.nan)
    steps = range(len(plan.spans))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, found in enumerate(pool.map(lambda i: _follow(i, cuts, standing, shoe, plan), steps), 1):
            for k, row in found.items():
                out[k] = row
            if progress is not None:
                progress(_STAGE, done, len(steps))
    out[:, 3] = np.nan_to_num(out[:, 3])
    return dict(zip(FOOT_COLUMNS, (*out.T, np.full(len(out), shoe.length_px)), strict=True))


def _cuts(frames: Iterable[Frame], plan: FootPlan, background: Rgb) -> dict[int, Cut]:
    """What the frames of the steps show about the foot, by frame."""
    wanted = set(np.concatenate(plan.spans).tolist())
    reach_px = _REACH * plan.scale_px
    found = {k: cut(f.rgb, background, plan.middle_px[k], reach_px) for k, f in enumerate(frames) if k in wanted}
    return {k: part for k, part in found.items() if part is not None}


def _follow(
    step: int, cuts: dict[int, Cut], standing: dict[int, FloatArray], shoe: Shoe, plan: FootPlan
) -> dict[int, FloatArray]:
    """Place, turn and confidence of the shoe in each frame of a step, followed from where it stands both ways."""
    found: dict[int, FloatArray] = {}
    span = plan.spans[step]
    anchors = [k for k in plan.flat[step].tolist() if k in standing]
    if not anchors:
        return found
    anchor = anchors[len(anchors) // 2]
    for way in (-1, 1):
        before: FloatArray | None = None
        here = np.array([*standing[anchor], 0.0])
        k = anchor
        while span[0] <= k <= span[-1] and k in cuts:
            if before is not None:
                guess = 2 * here - before
            else:
                moved = plan.middle_px[k] - plan.middle_px[k - way] if k != anchor else np.zeros(2)
                guess = here + np.array([*moved, 0.0])
            place, misfit = Finder(shoe, plan.facing_x, cuts[k]).find(guess, wide=before is None or plan.sparse)
            found[k] = np.array([*place, 1.0 - misfit])
            before, here = (here if k != anchor else None), place
            k += way
    return found
