"""What is drawn on: an RGB image, or the planes of a film's picture, in which colour has half the resolution.

Drawing on the planes themselves spares turning every picture into RGB and back, which takes longer than drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.overlay.text import Anchor, Colour, Image8, paint_mask, text_mask
from formcheck.types import FloatArray

_SHIFT = 4
"""Bits behind the point in the coordinates of OpenCV's sub-pixel drawing."""
_EDGE: Colour = (12, 16, 22)
_RED_BLUE = {True: (0.2126, 0.0722), False: (0.299, 0.114)}
"""Shares of red and blue in the brightness, in BT.709 and in BT.601."""

Point = tuple[float, float]
_Ink = tuple[Image8, tuple[int, ...]]
Planes = tuple[Image8, Image8, Image8]
"""Brightness (H, W), blue and red difference (H/2, W/2) of a picture in yuv420p."""


class _Layer(NamedTuple):
    """Planes of one size that lie over each other, and the part of a colour that each takes (None for all of it).

    half : they have one pixel for two by two of the picture's.
    """

    planes: tuple[Image8, ...]
    parts: tuple[int | None, ...]
    half: bool

    def at(self, x: float, y: float) -> tuple[int, int]:
        """A point of the picture in fixed-point coordinates; colour samples lie between two rows, on a column."""
        if self.half:
            return round(x * 2 ** (_SHIFT - 1)), round((y - 0.5) * 2 ** (_SHIFT - 1))
        return round(x * 2**_SHIFT), round(y * 2**_SHIFT)

    def all_at(self, points: FloatArray) -> NDArray[np.int32]:
        """Points (..., 2) of the picture in the same coordinates."""
        if self.half:
            points = 0.5 * (points - np.array([0.0, 0.5]))
        fixed: NDArray[np.int32] = np.rint(points * 2**_SHIFT).astype(np.int32)
        return fixed

    def wide(self, width_px: float) -> int:
        """A stroke's width in whole pixels, in colour rounded up: it reaches to the stroke's edges."""
        width = max(1, round(width_px))
        return (width + 1) // 2 if self.half else width


class Canvas:
    """Strokes, discs, plates and text in pixels of the picture, RGB colours, on whatever layers it has."""

    def __init__(self, layers: Sequence[_Layer], tones: Callable[[Colour], Colour]) -> None:
        self._layers, self._tones = tuple(layers), tones
        self._known: dict[Colour, list[tuple[_Layer, list[_Ink]]]] = {}
        self.height_px, self.width_px = self._layers[0].planes[0].shape[:2]

    @classmethod
    def of_rgb(cls, rgb: Image8) -> Canvas:
        """An RGB image (H, W, 3), which is changed."""
        return cls([_Layer((rgb,), (None,), half=False)], lambda colour: colour)

    @classmethod
    def of_planes(cls, planes: Planes, *, bt709: bool) -> Canvas:
        """A film's picture, which is changed, in the colours of BT.709 or of BT.601, of limited range."""
        layers = [_Layer(planes[:1], (0,), half=False), _Layer(planes[1:], (1, 2), half=True)]
        return cls(layers, partial(film_tones, bt709=bt709))

    def fill(self, colour: Colour) -> None:
        """Everything in one colour."""
        for _, inks in self._inks(colour):
            for plane, tone in inks:
                plane[:] = tone

    def line(self, a: Point, b: Point, *strokes: tuple[Colour, float]) -> None:
        """Strokes with round ends, each of a colour and a width, one upon the other."""
        for number, layer in enumerate(self._layers):
            start, end = layer.at(*a), layer.at(*b)
            for colour, width_px in strokes:
                width = layer.wide(width_px)
                for plane, tone in self._inks(colour)[number][1]:
                    cv2.line(plane, start, end, tone, width, cv2.LINE_AA, _SHIFT)

    def strokes(self, points: FloatArray, colour: Colour, width_px: float) -> None:
        """Strokes, each through some points: (strokes, points, 2)."""
        for layer, inks in self._inks(colour):
            lines, width = list(layer.all_at(points)), layer.wide(width_px)
            for plane, tone in inks:
                cv2.polylines(plane, lines, False, tone, width, cv2.LINE_AA, _SHIFT)

    def disc(self, centre: Point, radius_px: float, colour: Colour) -> None:
        """A filled circle."""
        for layer, inks in self._inks(colour):
            middle, radius = layer.at(*centre), round(radius_px * 2 ** (_SHIFT - layer.half))
            for plane, tone in inks:
                cv2.circle(plane, middle, radius, tone, -1, cv2.LINE_AA, _SHIFT)

    def box(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        """A filled rectangle with its corners in it."""
        for layer, inks in self._inks(colour):
            step = 2 if layer.half else 1
            for plane, tone in inks:
                plane[top // step : bottom // step + 1, left // step : right // step + 1] = tone

    def wash(self, points: FloatArray, colour: Colour, share: float) -> None:
        """A polygon (K, 2) through which the picture is seen."""
        for layer, inks in self._inks(colour):
            outline = layer.all_at(points)
            low = np.maximum((outline.min(axis=0) >> _SHIFT) - 1, 0)
            high = np.minimum((outline.max(axis=0) >> _SHIFT) + 3, np.array(layer.planes[0].shape[1::-1]))
            if (high <= low).any():
                continue
            for plane, tone in inks:
                part = plane[low[1] : high[1], low[0] : high[0]]
                filled = part.copy()
                cv2.fillPoly(filled, [outline - (low << _SHIFT).astype(np.int32)], tone, cv2.LINE_AA, _SHIFT)
                part[...] = cv2.addWeighted(filled, share, part, 1.0 - share, 0)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size_px: int,
        colour: Colour,
        bold: bool = False,
        anchor: Anchor = "left",
    ) -> None:
        """A line of text; (x, y) is its top left, top middle or top right."""
        mask = text_mask(text, size_px, bold)
        shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor] * mask.shape[1]
        self._blend(mask, round(x - shift), round(y), colour)

    def pill(
        self, text: str, x: float, y: float, *, size_px: int, colour: Colour, ink: Colour, bold: bool = True
    ) -> None:
        """Text on a rounded plate centred at (x, y), kept inside the picture."""
        mask = text_mask(text, size_px, bold)
        half_h = round(0.5 * mask.shape[0] + 0.12 * size_px)
        half_w = round(0.5 * mask.shape[1] + 0.5 * size_px)
        cx = round(min(max(x, half_w + 2), self.width_px - half_w - 2))
        cy = round(min(max(y, half_h + 2), self.height_px - half_h - 2))
        inner = half_w - half_h
        plate = ((_EDGE, 2.0 * (half_h + 2)), (colour, 2.0 * half_h))
        self.line((cx - inner, cy), (cx + inner, cy), *plate)
        self._blend(mask, cx - mask.shape[1] // 2, cy - mask.shape[0] // 2, ink)

    def _blend(self, mask: Image8, x: int, y: int, colour: Colour) -> None:
        """A colour through a mask at (x, y), clipped at the edges."""
        for layer, inks in self._inks(colour):
            if layer.half:
                mask, x, y = _halved(mask, x % 2, y % 2), x // 2, y // 2
            for plane, tone in inks:
                paint_mask(plane, mask, x, y, tone)

    def _inks(self, colour: Colour) -> list[tuple[_Layer, list[_Ink]]]:
        """Each layer with its planes and what a colour is in them."""
        if colour not in self._known:
            tones = self._tones(colour)
            self._known[colour] = [
                (
                    layer,
                    [(p, tones if k is None else (tones[k],)) for p, k in zip(layer.planes, layer.parts, strict=True)],
                )
                for layer in self._layers
            ]
        return self._known[colour]


@lru_cache(maxsize=256)
def film_tones(colour: Colour, *, bt709: bool) -> Colour:
    """An RGB colour as brightness, blue and red difference of limited range."""
    red, green, blue = (value / 255 for value in colour)
    of_red, of_blue = _RED_BLUE[bt709]
    bright = of_red * red + of_blue * blue + (1 - of_red - of_blue) * green
    blueness, redness = (blue - bright) / (1 - of_blue), (red - bright) / (1 - of_red)
    return round(16 + 219 * bright), round(128 + 112 * blueness), round(128 + 112 * redness)


def _halved(mask: Image8, left: int, top: int) -> Image8:
    """A mask at half its size, moved by a pixel where it begins at an odd one."""
    height, width = (2 * math.ceil((side + more) / 2) for side, more in zip(mask.shape, (top, left), strict=True))
    even = np.zeros((height, width), np.uint8)
    even[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return np.asarray(cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA), dtype=np.uint8)
