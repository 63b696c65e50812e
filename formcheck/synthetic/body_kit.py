"""Which part of the body is skin, shirt, shorts, waistband or sock: the lines that surface and colours are cut by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.appearance import Look, Rgb
from formcheck.synthetic.body_rest import SIGN, Rest
from formcheck.synthetic.body_sdf import FloatArray, Shape
from formcheck.synthetic.body_shape import SHORTS_END, SLEEVE_END, bra_end_m, hem_m
from formcheck.synthetic.body_skin import nearer_arm_m

Level = Callable[[FloatArray], FloatArray]

MATERIALS: tuple[str, ...] = (
    "skin", "top", "stripe", "bottom", "band", "sock", "shoe", "accent", "sole", "hair", "beard",
    "eye_white", "iris", "brow", "lip", "mouth", "nostril", "sticker",
)  # fmt: skip
BAND_M = 0.032
"""Height of the waistband for a 1.70 m athlete."""
_NEVER = -1.0


@dataclass(frozen=True)
class Kit:
    """Levels by name: positive on the far side of the line, in metres."""

    levels: Mapping[str, Level]
    parts: Mapping[str, Shape]
    look: Look

    def material(self, points_m: FloatArray) -> NDArray[np.intp]:
        """Index into MATERIALS of surface points (N, 3) in the rest pose."""
        value = {name: level(points_m) > 0 for name, level in self.levels.items()}
        left = points_m[:, 1] >= 0
        nearer = [nearer_arm_m(points_m, self.parts, side) for side in SIGN]
        arm = np.where(left, nearer[0], nearer[1]) > 0.002
        arm &= ~value["on_shoulder"] if self.look.top in ("singlet", "bra") else True
        name = np.where(value["hem"], "top", "bottom").astype(object)
        if self.look.stripe_rgb is not None:
            name[value["stripe_low"] & ~value["stripe_high"] & ~arm] = "stripe"
        # Under a hanging shirt no waistband may peep through.
        name[~value["hem"] & value["band"] & ~arm] = "band" if self.look.tucked else "top"
        name[value["shorts"] & ~arm] = "skin"
        name[value["sock"] & ~arm] = "sock"
        name[arm] = np.where(value["sleeve"][arm], "skin", "top")
        for bare in ("neckline", "armhole", "midriff"):
            name[value[bare] & (value["hem"] | arm)] = "skin"
        return np.array([MATERIALS.index(n) for n in name], dtype=np.intp)


def make_kit(look: Look, rest: Rest, parts: Mapping[str, Shape]) -> Kit:
    """The lines of a look's clothes on a body."""
    s, hem, top = rest.scale, hem_m(look, rest), rest.joints_m["thorax"]
    levels: dict[str, Level] = {
        "hem": lambda p: p[:, 2] - hem,
        "band": lambda p: p[:, 2] - (hem - BAND_M * s),
        "shorts": _along_legs(rest, "hip", SHORTS_END[look.bottom] * rest.body.thigh_m),
        "sock": _along_legs(rest, "ankle", -look.sock_m * s),
        "sleeve": _along_arms(rest, SLEEVE_END[look.top] * rest.body.upper_arm_m),
        "neckline": _neckline(look, rest),
        "armhole": lambda p: np.full(len(p), _NEVER),
        "midriff": lambda p: np.full(len(p), _NEVER),
        "on_shoulder": lambda p: np.full(len(p), _NEVER),
    }
    if look.top in ("singlet", "bra"):
        strap = 0.62 * rest.body.shoulder_width_m / 2
        levels["armhole"] = lambda p: np.minimum(
            np.abs(p[:, 1]) - strap - 0.25 * np.maximum(top[2] - 0.06 * s - p[:, 2], 0), p[:, 2] - (top[2] - 0.135 * s)
        )
        levels["on_shoulder"] = lambda p: strap - np.abs(p[:, 1])
    if look.top == "bra":
        levels["midriff"] = lambda p: np.minimum(bra_end_m(rest) - p[:, 2], p[:, 2] - hem)
    if look.stripe_rgb is not None:
        levels["stripe_low"] = lambda p: p[:, 2] - (top[2] - 0.19 * s)
        levels["stripe_high"] = lambda p: p[:, 2] - (top[2] - 0.13 * s)
    return Kit(levels, parts, look)


def _along_legs(rest: Rest, joint: str, beyond_m: float) -> Level:
    def level(points_m: FloatArray) -> FloatArray:
        sides = []
        for side, sign in SIGN.items():
            along = (points_m - rest.joints_m[f"{side}_{joint}"]) @ rest.leg_axes(side)[:, 2]
            sides.append(np.where(sign * points_m[:, 1] >= 0, along - beyond_m, -np.inf))
        return np.maximum(*sides)

    return level


def _along_arms(rest: Rest, beyond_m: float) -> Level:
    def level(points_m: FloatArray) -> FloatArray:
        sides = []
        for side, sign in SIGN.items():
            along = (points_m - rest.joints_m[f"{side}_shoulder"]) @ rest.arm_axes(side)[:, 2]
            sides.append(np.where(sign * points_m[:, 1] >= 0, along - beyond_m, -np.inf))
        return np.maximum(*sides)

    return level


def _neckline(look: Look, rest: Rest) -> Level:
    s = rest.scale
    drop = {"tee": 0.0, "long_sleeve": 0.01, "singlet": -0.035, "bra": -0.045}[look.top]
    wide = 0.082 if look.top in ("tee", "long_sleeve") else 0.090
    centre = rest.joints_m["thorax"] + np.array([0.026, 0.0, 0.085 + drop]) * s
    stretch = np.array([1.0, 1.0, 1.0 if drop >= 0 else 0.8])
    above = rest.joints_m["thorax"][2] + 0.075 * s

    def level(points_m: FloatArray) -> FloatArray:
        near: FloatArray = wide * s - np.linalg.norm((points_m - centre) * stretch, axis=1)
        return np.maximum(near, points_m[:, 2] - above)

    return level


def palette(look: Look) -> FloatArray:
    """(M, 3) colours of MATERIALS, RGB 0 to 255."""
    skin, hair, shoe = look.skin_rgb, look.hair_rgb, look.shoe_rgb
    colours: dict[str, Rgb] = {
        "skin": skin,
        "top": look.top_rgb,
        "stripe": look.stripe_rgb or look.top_rgb,
        "bottom": look.bottom_rgb,
        "band": look.band_rgb,
        "sock": look.sock_rgb,
        "shoe": shoe,
        "accent": _mix(shoe, (20, 20, 24), 0.55),
        "sole": look.sole_rgb,
        "hair": hair,
        "beard": _mix(skin, hair, 0.7),
        "eye_white": (232, 228, 222),
        "iris": (52, 36, 28),
        "brow": _mix(hair, (0, 0, 0), 0.25),
        "lip": _mix(skin, (170, 60, 64), 0.45),
        "mouth": _mix(skin, (60, 10, 16), 0.75),
        "nostril": _mix(skin, (40, 14, 10), 0.6),
        "sticker": look.sticker_rgb,
    }
    return np.array([colours[name] for name in MATERIALS], dtype=float)


def _mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    r, g, b_ = (round(p + share * (q - p)) for p, q in zip(a, b, strict=True))
    return r, g, b_
