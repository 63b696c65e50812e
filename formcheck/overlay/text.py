"""Text on images: real type with an alpha channel, each string rendered once and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formcheck.fonts import font_path
from formcheck.lettering import LOST, Face, pieces

Image8 = NDArray[np.uint8]
Colour = tuple[int, int, int]
Anchor = Literal["left", "middle", "right"]


@lru_cache(maxsize=64)
def _font(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    # the basic layout: `pieces` has put the letters into drawing order already
    return ImageFont.truetype(str(face.path), size_px, index=face.number, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2048)
def text_mask(text: str, size_px: int, bold: bool = False) -> Image8:
    """Coverage (H, W) uint8 of a line of text; H is the same for every text of a size.

    Letters that no font of this computer has stand as `[?]`.
    """
    usual = Face(font_path(bold=bold))
    parts = [(p.text if p.face else LOST, _font(p.face or usual, size_px)) for p in pieces(text, bold=bold)]
    ascent, descent = _font(usual, size_px).getmetrics()
    width = max(1, round(sum(font.getlength(words) for words, font in parts)))
    image = Image.new("L", (width + 2, ascent + descent), 0)
    x = 1.0
    for words, font in parts:
        ImageDraw.Draw(image).text((x, ascent), words, fill=255, font=font, anchor="ls")
        x += font.getlength(words)
    return np.asarray(image)


def text_width(text: str, size_px: int, *, bold: bool = False) -> int:
    """Width of a line of text in pixels."""
    return int(text_mask(text, size_px, bold).shape[1])


def paint_mask(canvas: Image8, mask: Image8, x: int, y: int, colour: tuple[int, ...]) -> None:
    """Blend a colour into `canvas`, (H, W, 3) or (H, W), through a mask at (x, y), clipped at the edges; changes it."""
    height, width = canvas.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + mask.shape[1], width), min(y + mask.shape[0], height)
    if left >= right or top >= bottom:
        return
    part = canvas[top:bottom, left:right]
    alpha = mask[top - y : bottom - y, left - x : right - x].astype(np.uint16)
    alpha = alpha[:, :, None] if part.ndim == 3 else alpha
    part[...] = ((part * (255 - alpha) + np.array(colour, np.uint16) * alpha) // 255).astype(np.uint8)
