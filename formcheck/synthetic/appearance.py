"""How a synthetic athlete looks: skin, hair, kit and their colours, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Rgb = tuple[int, int, int]
HairStyle = Literal["short", "bob", "ponytail", "bun", "bald"]
Top = Literal["tee", "singlet", "long_sleeve", "bra"]
Bottom = Literal["shorts", "long_shorts", "half_tights", "tights"]
Stickers = Literal["none", "front", "rear", "both"]

SKIN: tuple[Rgb, ...] = ((244, 208, 180), (229, 184, 150), (206, 152, 116), (172, 118, 84), (128, 84, 58), (88, 58, 42))
HAIR: tuple[Rgb, ...] = ((28, 22, 20), (58, 38, 26), (96, 64, 40), (148, 110, 66), (196, 160, 104), (120, 116, 114))
TOPS: tuple[Rgb, ...] = (
    (214, 60, 56), (42, 98, 176), (236, 236, 232), (38, 140, 96), (240, 176, 40), (120, 72, 160), (60, 64, 72),
    (230, 110, 140), (96, 170, 200),
)  # fmt: skip
BOTTOMS: tuple[Rgb, ...] = ((26, 28, 34), (36, 44, 78), (78, 82, 90), (24, 66, 60), (92, 28, 40), (180, 180, 178))
SHOES: tuple[Rgb, ...] = ((232, 84, 44), (40, 44, 52), (60, 150, 210), (150, 210, 60), (236, 236, 236), (208, 60, 120))


@dataclass(frozen=True)
class Look:
    """Everything visible of an athlete that is not proportion or movement.

    `loose_m` is how far the free ends of loose clothes stand off the body; `hem_above_hips_m` where shirt and
    shorts meet, above the hip joint centres along the pelvis' own up axis (for a 1.70 m athlete).
    """

    seed: int = 0
    skin_rgb: Rgb = SKIN[1]
    hair_rgb: Rgb = HAIR[1]
    hair: HairStyle = "short"
    beard: bool = False
    top: Top = "tee"
    top_rgb: Rgb = TOPS[1]
    bottom: Bottom = "shorts"
    bottom_rgb: Rgb = BOTTOMS[0]
    band_rgb: Rgb = BOTTOMS[0]
    stripe_rgb: Rgb | None = None
    shoe_rgb: Rgb = SHOES[0]
    sole_rgb: Rgb = (240, 240, 236)
    sock_rgb: Rgb = (238, 238, 238)
    sock_m: float = 0.06
    tucked: bool = True
    loose_m: float = 0.015
    hem_above_hips_m: float = 0.10
    stickers: Stickers = "none"
    sticker_rgb: Rgb = (250, 240, 60)

    @classmethod
    def from_seed(cls, seed: int, *, sex: str = "f", **overrides: Any) -> Look:  # noqa: ANN401 - any field of Look
        """A varied look for a seed; `overrides` set fields by name and leave the rest as drawn."""
        rng = np.random.default_rng([seed, 7001])
        styles: tuple[HairStyle, ...] = (
            ("ponytail", "bun", "bob", "ponytail") if sex == "f" else ("short", "short", "bald", "bun")
        )
        tops: tuple[Top, ...] = (
            ("tee", "singlet", "bra", "long_sleeve") if sex == "f" else ("tee", "singlet", "tee", "long_sleeve")
        )
        bottoms: tuple[Bottom, ...] = ("shorts", "half_tights", "tights", "long_shorts")
        bottom_rgb, tone = _pick(rng, BOTTOMS), int(rng.integers(len(SKIN)))
        look = cls(
            seed=seed,
            skin_rgb=SKIN[tone],
            hair_rgb=_pick(rng, HAIR[: max(1, len(HAIR) - tone)]),
            hair=styles[int(rng.integers(len(styles)))],
            beard=sex == "m" and bool(rng.random() < 0.3),
            top=tops[int(rng.integers(len(tops)))],
            top_rgb=_pick(rng, TOPS),
            bottom=bottoms[int(rng.integers(len(bottoms)))],
            bottom_rgb=bottom_rgb,
            band_rgb=bottom_rgb if rng.random() < 0.6 else _pick(rng, TOPS),
            stripe_rgb=_pick(rng, TOPS) if rng.random() < 0.4 else None,
            shoe_rgb=_pick(rng, SHOES),
            sole_rgb=((242, 242, 238), (60, 60, 64), (250, 214, 70))[int(rng.integers(3))],
            sock_rgb=((238, 238, 238), (30, 32, 36))[int(rng.integers(2))],
            sock_m=float(rng.uniform(0.02, 0.14)),
            loose_m=float(rng.choice([0.0, 0.012, 0.022])),
        )
        return replace(look, **overrides)


def _pick(rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Rgb:
    return colours[int(rng.integers(len(colours)))]
