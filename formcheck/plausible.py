"""What no film and no body can be: times that stand still or leap, points that span nothing or whole worlds."""

from __future__ import annotations

import numpy as np

from formcheck.errors import InputError
from formcheck.landmarks import side_landmark
from formcheck.types import MAX_FRAMES, SIDES, FloatArray

_SHORTEST_STEP_S = 2e-6
"""Times are kept to the microsecond."""
_SHORTEST_USUAL_STEP_S = 1e-4
_LONGEST_STEP_S = 60.0
_FARTHEST_PX = 100_000.0
_SHORTEST_LEG_PX = 2.0


def check_times(name: str, time_s: FloatArray) -> None:
    """Refuse times from which no rate can be told; whoever fills the gaps evenly would run out of memory.

    Parameters
    ----------
    name : what the file is called.
    time_s : (N,) increasing.

    Raises
    ------
    InputError : one line names the first place that is off.
    """
    steps = np.diff(time_s)
    if not len(steps):
        raise InputError(f"{name} holds a single frame; some seconds of film are needed")
    if float(np.median(steps)) < _SHORTEST_USUAL_STEP_S or float(steps.min()) < _SHORTEST_STEP_S:
        raise InputError(
            f"{name} has frames {steps.min():.2g} s apart, closer than any camera films; times in seconds are needed"
        )
    if not float(steps.max()) <= _LONGEST_STEP_S:
        at = int(np.argmax(steps))
        raise InputError(
            f"{name} leaps by {steps[at]:.3g} s after frame {at}; its times are damaged or it was cut: "
            "take the original, or the part before or after"
        )
    if float(time_s[-1] - time_s[0]) > 2 * MAX_FRAMES * float(np.median(steps)):
        raise InputError(f"{name} has {len(time_s)} frames in {time_s[-1] - time_s[0]:.3g} s; its times are damaged")


def check_body(name: str, xy_px: FloatArray) -> None:
    """Refuse landmarks (N, 33, 2) that are no body in a picture.

    Raises
    ------
    InputError : they lie farther out than any picture, or the legs have no length.
    """
    farthest = float(np.nanmax(np.abs(xy_px)))
    if farthest > _FARTHEST_PX:
        raise InputError(f"{name} has a landmark at {farthest:.2g} pixels, beyond any picture; pixels are needed")
    for side in SIDES:
        leg_px = np.linalg.norm(xy_px[:, side_landmark("hip", side)] - xy_px[:, side_landmark("ankle", side)], axis=1)
        seen = leg_px[np.isfinite(leg_px)]
        if len(seen) and float(np.median(seen)) < _SHORTEST_LEG_PX:
            raise InputError(f"{name} shows no body: its {side} hip and ankle lie in one point")
