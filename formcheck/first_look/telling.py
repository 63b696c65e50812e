"""Which test a few dozen frames show: told only where every part of them says the same. Pure."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from formcheck import legs, signals
from formcheck.athlete import Candidates
from formcheck.protocols.common import Clip
from formcheck.recognise import recognise
from formcheck.types import RUNNING, PoseSequence, Recognised
from formcheck.view import camera_view

_PARTS = ((0.0, 1.0), (0.0, 0.8), (0.2, 1.0))
"""The whole and two shorter parts, which a chance find does not survive."""
_NOTHING_YET = ("no run and no repetition", "the clip lasts")
"""What is not in a few seconds may come later in the clip, and a busy machine sees less of it: these refusals are
passed on only where all of it was seen."""


@dataclass(frozen=True)
class Told:
    """What the frames say.

    said : None where their parts do not agree. nothing : no part shows any movement yet. bends : all of them together
    show a squat or step-down, whether their parts do or not.
    """

    said: Recognised | None
    nothing: bool = False
    bends: bool = False


def tell(raw: PoseSequence, *, all_seen: bool = False) -> Told:
    """The test and leg, or a refusal, where every part of the frames says the same.

    Parameters
    ----------
    raw : one athlete in some frames of a clip.
    all_seen : the frames cover the clip closely, so that nothing else can come.
    """
    found = [_told(raw, start, stop) for start, stop in (_PARTS[:1] if all_seen else _PARTS)]
    whole = found[0]
    nothing = all(part is None or part.refusal.startswith(_NOTHING_YET) for part in found)
    agreed = whole is not None and all(part is not None and _gist(part) == _gist(whole) for part in found)
    return Told(
        said=whole if agreed and (all_seen or not nothing) else None,
        nothing=nothing,
        bends=whole is not None and whole.protocol is not None and whole.protocol not in RUNNING,
    )


def _told(raw: PoseSequence, start: float, stop: float) -> Recognised | None:
    span_s = raw.time_s[-1] - raw.time_s[0]
    since_s = raw.time_s - raw.time_s[0]
    rows = np.flatnonzero((since_s >= start * span_s) & (since_s <= stop * span_s))
    if len(rows) < 2 or not np.isfinite(raw.xy_px[rows]).any():
        return None
    pose = legs.told_apart(signals.mask_low_visibility(raw.rows(rows)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a few frames may show nothing of a foot
        return recognise(Clip(pose, camera_view(pose)))


def _gist(said: Recognised) -> tuple[str | None, str | None, str]:
    """What must be the same in two answers; numbers in a refusal may differ."""
    return said.protocol, said.leg, re.sub(r"[\d.]+", "", said.refusal)


def in_order(one: Candidates, other: Candidates) -> Candidates:
    """The people of two sets of frames of one clip, in order of time; a frame that is in both counts once."""
    time_s, rows = np.unique(np.concatenate([one.time_s, other.time_s]), return_index=True)
    slots = max(one.sharpness.shape[1], other.sharpness.shape[1])

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([_widened(getattr(c, name), slots) for c in (one, other)])[rows]

    apart = {"time_s", "image_size_px", "model"}
    columns = {field.name: column(field.name) for field in fields(Candidates) if field.name not in apart}
    return Candidates(time_s=time_s, image_size_px=one.image_size_px, model=one.model, **columns)


def _widened(values: NDArray[np.float64], slots: int) -> NDArray[np.float64]:
    """(N, P, ...) with NaN for the slots that are missing."""
    wide = np.full((len(values), slots, *values.shape[2:]), np.nan)
    wide[:, : values.shape[1]] = values
    return wide
