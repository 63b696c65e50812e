"""Text on images: real type with an alpha channel, each string rendered once and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
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


def paint_mask(canvas: Image8, mask: Image8, x: int, y: int, colour: Colour) -> None:
    """Blend a colour into `canvas` through a mask at (x, y), clipped at the edges; changes `canvas`."""
    height, width = canvas.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + mask.shape[1], width), min(y + mask.shape[0], height)
    if left >= right or top >= bottom:
        return
    alpha = mask[top - y : bottom - y, left - x : right - x, None].astype(np.uint16)
    part = canvas[top:bottom, left:right]
    part[...] = ((part * (255 - alpha) + np.array(colour, np.uint16) * alpha) // 255).astype(np.uint8)


def paint_text(
    canvas: Image8,
    text: str,
    x: float,
    y: float,
    *,
    size_px: int,
    colour: Colour,
    bold: bool = False,
    anchor: Anchor = "left",
) -> None:
    """Write a line of text; (x, y) is its top left, top middle or top right. Changes `canvas`."""
    mask = text_mask(text, size_px, bold)
    shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor] * mask.shape[1]
    paint_mask(canvas, mask, round(x - shift), round(y), colour)


def paint_pill(
    canvas: Image8, text: str, x: float, y: float, *, size_px: int, colour: Colour, ink: Colour, bold: bool = True
) -> None:
    """Write text on a rounded plate centred at (x, y), kept inside the image. Changes `canvas`."""
    mask = text_mask(text, size_px, bold)
    half_h = round(0.5 * mask.shape[0] + 0.12 * size_px)
    half_w = round(0.5 * mask.shape[1] + 0.5 * size_px)
    height, width = canvas.shape[:2]
    cx = round(min(max(x, half_w + 2), width - half_w - 2))
    cy = round(min(max(y, half_h + 2), height - half_h - 2))
    inner = half_w - half_h
    for grow, shade in ((2, (12, 16, 22)), (0, colour)):
        radius = half_h + grow
        cv2.line(canvas, (cx - inner, cy), (cx + inner, cy), shade, 2 * radius, cv2.LINE_AA)
    paint_mask(canvas, mask, cx - mask.shape[1] // 2, cy - mask.shape[0] // 2, ink)
