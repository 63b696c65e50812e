"""Where people are between two moments at which they were looked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.pose.landmarker import Rect

_MOST_MOVE = 0.35
"""Further apart than this share of their size, two places are not one person's."""
_MOST_GROWTH = 1.6


def between(before: Sequence[Rect], after: Sequence[Rect], share: float, size_px: tuple[int, int]) -> list[Rect]:
    """Places at a moment that lies `share` (0 to below 1) of the way from one search to the next.

    Somebody seen both times is in between; somebody seen once is where they were seen, for half of the way.

    Parameters
    ----------
    size_px : width and height of the image, which places are shares of.
    """
    pairs = _pairs(before, after, size_px)
    lost = [rect for i, rect in enumerate(before) if i not in {a for a, _ in pairs}]
    new = [rect for i, rect in enumerate(after) if i not in {b for _, b in pairs}]
    return [_mix(before[a], after[b], share) for a, b in pairs] + (lost if share < 0.5 else new)


def _pairs(before: Sequence[Rect], after: Sequence[Rect], size_px: tuple[int, int]) -> list[tuple[int, int]]:
    """Which of the places belong together, nearest first."""
    size = np.array(size_px, dtype=np.float64)
    costs = []
    for a, one in enumerate(before):
        for b, other in enumerate(after):
            sides = one[2] * size[0], other[2] * size[0]
            away = float(np.linalg.norm((one[:2] - other[:2]) * size)) / max(*sides, 1.0)
            if away < _MOST_MOVE and max(sides) < _MOST_GROWTH * min(sides):
                costs.append((away, a, b))
    pairs: list[tuple[int, int]] = []
    for _, a, b in sorted(costs):
        if all(a != c and b != d for c, d in pairs):
            pairs.append((a, b))
    return pairs


def _mix(one: Rect, other: Rect, share: float) -> Rect:
    """A place between two; turned the shorter way."""
    step = other - one
    step[4] = (step[4] + np.pi) % (2 * np.pi) - np.pi
    return np.asarray(one + share * step)
