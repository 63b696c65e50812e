"""Bodies: segment lengths from height, with each person's own proportions.

Shares of height after Drillis & Contini (in Winter, Biomechanics and Motor Control of Human Movement); the ankle stands
on the sole of a running shoe, and `foot_m` is the flat length of that sole from heel to under the big toe.
"""

from __future__ import annotations

import numpy as np

from formcheck.synthetic.skeleton import Anthropometry

_SHARE_OF_HEIGHT = {
    "hip_width_m": 0.101,
    "thigh_m": 0.242,
    "shank_m": 0.243,
    "foot_m": 0.142,
    "ankle_height_m": 0.050,
    "trunk_m": 0.285,
    "shoulder_width_m": 0.205,
    "upper_arm_m": 0.172,
    "forearm_m": 0.150,
    "head_m": 0.130,
}
_SPREAD = 0.025
"""Standard deviation of a person's own proportions, as a share of each length."""

NECK_RISE_SHARE = 0.042
"""Base of the neck above the middle of the shoulders, as a share of height."""
HEAD_RISE_SHARE = 0.118
"""Centre of the head above the middle of the shoulders, as a share of height."""
ANKLE_SHARE_OF_FOOT = 0.24
"""Ankle ahead of the rear end of the sole, as a share of the sole's length."""


def body_of(height_m: float, *, sex: str = "f", girth: float = 1.0, seed: int | None = None) -> Anthropometry:
    """A body of this height.

    Parameters
    ----------
    height_m : standing height in shoes.
    sex : `f` or `m`; women get a little wider hips and narrower shoulders.
    girth : factor on all girths, 1 for a medium build.
    seed : draws the person's own proportions (2.5 % standard deviation); None gives the mean.
    """
    if not 1.2 <= height_m <= 2.2:
        raise ValueError(f"height {height_m} m is not between 1.2 and 2.2 m")
    shares = dict(_SHARE_OF_HEIGHT)
    shares["hip_width_m"] *= 1.03 if sex == "f" else 0.97
    shares["shoulder_width_m"] *= 0.95 if sex == "f" else 1.04
    if seed is not None:
        draws = np.clip(np.random.default_rng([seed, 101]).normal(1.0, _SPREAD, len(shares)), 0.94, 1.06)
        shares = {name: share * draw for (name, share), draw in zip(shares.items(), draws, strict=True)}
    lengths = {name: float(share * height_m) for name, share in shares.items()}
    return Anthropometry(height_m=height_m, girth=girth, sex=sex, **lengths)
