"""Two passes over a clip: learn from some of its frames, measure every frame, then judge all frames together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formcheck.pixels import limbs
from formcheck.pixels.boundary import find_boundary
from formcheck.pixels.foot import background_of
from formcheck.pixels.patch import CELLS, COLUMNS, WAIST_ROW, Patch, cut_patch, trunk_scale_px, waist_px
from formcheck.pixels.scene import CameraTilt, camera_tilt
from formcheck.pixels.stickers import Stickers, find_stickers, learn_stickers
from formcheck.pixels.waist import Waist, confidence, learn_waist
from formcheck.types import FloatArray, Frame, PoseSequence
from formcheck.view import camera_view

Seen = tuple[NDArray[np.uint8], FloatArray]
"""A picture and the athlete's landmarks (33, 2) in it."""

COLUMN_NAMES: tuple[str, ...] = (
    "pelvis_line_deg", "pelvis_line_confidence", "pelvis_line_x_px", "pelvis_line_y_px",
    "sticker_line_deg", "sticker_line_confidence",
    "sticker_left_x_px", "sticker_left_y_px", "sticker_right_x_px", "sticker_right_y_px",
    "scene_roll_deg", "scene_pitch_deg",
    *limbs.COLUMN_NAMES,
)  # fmt: skip
"""Left and right of the stickers are those of the image. Tilts: positive where the image-right end is lower."""
_MOST_FRAMES, _SCENE_PICTURES = 40, 4
_AROUND_S = 0.12
_SURE = 0.5
_DOUBT = 0.3
_LEAST_JUMP_DEG, _LEAST_SHIFT = 2.5, 0.06


@dataclass(frozen=True)
class ClipModel:
    """What `learn` found out about a clip; small, and can be sent to another process.

    background : what stands still behind an athlete seen from the side; None in other views and without frames.
    """

    scale_px: float
    waist: Waist | None
    stickers: Stickers | None
    tilt: CameraTilt
    knees: Mapping[str, float]
    background: NDArray[np.uint8] | None = field(default=None, compare=False)


def learn(frames: Iterable[Frame], pose: PoseSequence) -> ClipModel:
    """Learn waistband, stickers, the camera's tilt and the knees' outline from some frames (about 40) over the clip.

    Parameters
    ----------
    frames : each is matched to the landmarks of the nearest time.
    pose : the athlete's raw landmarks over the whole clip.
    """
    scale = trunk_scale_px(pose)
    view = camera_view(pose)
    seen = _spread([(f.rgb, _landmarks_at(pose, f.time_s)) for f in frames], _MOST_FRAMES)
    frontal = seen if view.view != "side" else []
    cut = [cut_patch(rgb, xy, scale) for rgb, xy in frontal]
    patches = [patch for patch in cut if patch is not None]
    pictures = _spread([(rgb, xy) for rgb, xy in seen if np.isfinite(xy).all()], _SCENE_PICTURES)
    return ClipModel(
        scale_px=scale,
        waist=learn_waist(patches, arms_before=view.view == "front"),
        stickers=learn_stickers(patches),
        tilt=camera_tilt([rgb for rgb, _ in pictures], np.array([xy for _, xy in pictures])),
        knees=limbs.outline_shifts(frontal, pose),
        background=background_of([rgb for rgb, _ in seen]) if view.view == "side" and seen else None,
    )


def _landmarks_at(pose: PoseSequence, time_s: float) -> FloatArray:
    """(33, 2) landmarks of the nearest time."""
    return np.asarray(pose.xy_px[int(np.argmin(np.abs(pose.time_s - time_s)))])


def _spread(items: list[Seen], most: int) -> list[Seen]:
    """At most so many of a list, evenly spread."""
    chosen = np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)) if items else []
    return [items[i] for i in chosen]


def measure_frame(rgb: NDArray[np.uint8], xy_px: FloatArray, model: ClipModel) -> dict[str, float]:
    """What the pixels of one frame show, by `COLUMN_NAMES`; NaN where it cannot be seen, confidence then 0.

    Parameters
    ----------
    rgb : (H, W, 3) upright.
    xy_px : (33, 2) the athlete's landmarks in it.
    """
    out = dict.fromkeys(COLUMN_NAMES, float("nan"))
    out |= {"pelvis_line_confidence": 0.0, "sticker_line_confidence": 0.0}
    out |= {"scene_roll_deg": model.tilt.roll_deg, "scene_pitch_deg": model.tilt.pitch_deg, **model.knees}
    if model.waist is None and model.stickers is None:
        return out
    patch = cut_patch(rgb, xy_px, model.scale_px)
    if patch is None:
        return out
    if model.waist is not None:
        out |= _waistline(patch, model.waist)
    if model.stickers is not None:
        out |= _sticker_line(patch, model.stickers)
    return out


def _waistline(patch: Patch, waist: Waist) -> dict[str, float]:
    found = find_boundary(patch, waist.shades, waist.prior)
    if found is None:
        return {}
    column = COLUMNS / 2 + found.middle.place * CELLS
    x, y = patch.to_image(column, WAIST_ROW - found.height * CELLS)
    return {
        "pelvis_line_deg": found.tilt_deg,
        "pelvis_line_confidence": confidence(found, waist),
        "pelvis_line_x_px": x,
        "pelvis_line_y_px": y,
    }


def _sticker_line(patch: Patch, stickers: Stickers) -> dict[str, float]:
    pair = find_stickers(patch, stickers)
    if pair is None:
        return {}
    left, right = (patch.to_image(*place) for place in (pair.left, pair.right))
    return {
        "sticker_line_deg": pair.tilt_deg,
        "sticker_line_confidence": pair.confidence,
        "sticker_left_x_px": left[0],
        "sticker_left_y_px": left[1],
        "sticker_right_x_px": right[0],
        "sticker_right_y_px": right[1],
    }


def finish(columns: Mapping[str, FloatArray], pose: PoseSequence) -> dict[str, FloatArray]:
    """Judge the frames together: a tilt or a place that jumps away from its neighbours is trusted less.

    Parameters
    ----------
    columns : (N,) by name, as `measure_frame` gave them, one row per frame of `pose`.

    Returns
    -------
    The same columns with the confidences lowered where needed.
    """
    out = {name: np.array(column, dtype=float) for name, column in columns.items()}
    scale = trunk_scale_px(pose)
    waist_y = waist_px(pose.xy_px)[:, 1]
    lines = {"pelvis_line": ["pelvis_line_y_px"], "sticker_line": ["sticker_left_y_px", "sticker_right_y_px"]}
    for prefix, heights in lines.items():
        if f"{prefix}_deg" not in out:
            continue
        trust = out[f"{prefix}_confidence"]
        over_waist = (np.mean([out[name] for name in heights], axis=0) - waist_y) / scale
        sure = trust >= _SURE
        jumps = _stray(out[f"{prefix}_deg"], pose.time_s, sure, _LEAST_JUMP_DEG)
        jumps |= _stray(over_waist, pose.time_s, sure, _LEAST_SHIFT)
        out[f"{prefix}_confidence"] = np.where(jumps, _DOUBT * trust, trust)
    return out


def _stray(values: FloatArray, time_s: FloatArray, sure: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """(N,) further from the median of sure neighbours than `least` and than four times what is usual in the clip."""
    known = np.where(sure, values, np.nan)
    off = np.full(len(values), np.nan)
    first = np.searchsorted(time_s, time_s - _AROUND_S, side="left")
    last = np.searchsorted(time_s, time_s + _AROUND_S, side="right")
    for i in np.flatnonzero(sure & np.isfinite(values)):
        near = known[first[i] : last[i]]
        off[i] = abs(values[i] - np.nanmedian(near))
    usual = 1.4826 * float(np.nanmedian(off)) if np.isfinite(off).any() else 0.0
    return np.asarray(np.nan_to_num(off) > max(4 * usual, least))
