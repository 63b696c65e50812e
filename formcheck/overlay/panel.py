"""The lower third: a panel below the picture, so that it never hides the feet."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from formcheck.overlay.drawers import BAND_COLOURS, DARK, WHITE
from formcheck.overlay.text import Colour, Image8, paint_text, text_width
from formcheck.types import Band
from formcheck.wording import BAND_SYMBOLS

_MUTED: Colour = (176, 188, 204)
_GROUND: Colour = (17, 24, 34)
_EMPTY: Colour = (58, 68, 84)
_HEIGHT_UNITS = 74.0


@dataclass(frozen=True)
class Reading:
    """One judged value in the panel: what is in front of it, the value and its band."""

    prefix: str
    text: str
    band: Band | None


@dataclass(frozen=True)
class PanelText:
    """What the panel says at one moment; `strip` is the band of every cycle, `current` counts from 1."""

    title: str
    clock: str
    readings: tuple[Reading, ...]
    label: str
    count: str
    phase: str
    strip: tuple[Band | None, ...] = ()
    current: int = 0


def panel_height(unit_px: float, picture_height_px: int) -> int:
    """Height of the panel; with the picture's it is even, as H.264 wants."""
    height = round(_HEIGHT_UNITS * unit_px)
    return height + (picture_height_px + height) % 2


class LowerThird:
    """Adds the panel below the picture."""

    def __init__(self, unit_px: float) -> None:
        self.unit_px = unit_px
        self._last: tuple[PanelText, Image8] | None = None

    def __call__(self, rgb: Image8, text: PanelText) -> Image8:
        """A new image, taller by `panel_height`, with the picture on top."""
        height, width = rgb.shape[:2]
        canvas = np.empty((height + panel_height(self.unit_px, height), width, 3), np.uint8)
        canvas[:height] = rgb
        panel = canvas[height:]
        if self._last is None or self._last[0] != text or self._last[1].shape != panel.shape:
            panel[:] = _GROUND
            self._write(panel, text)
            self._strip(panel, text)
            self._last = (text, panel.copy())
        else:
            panel[:] = self._last[1]
        return canvas

    def _write(self, panel: Image8, text: PanelText) -> None:
        u, right = self.unit_px, panel.shape[1] - 12 * self.unit_px
        small = round(11.5 * u)
        paint_text(panel, text.title, 12 * u, 5 * u, size_px=small, colour=_MUTED)
        paint_text(panel, text.clock, right, 5 * u, size_px=small, colour=_MUTED, anchor="right")
        x = 12 * u
        for reading in text.readings:
            x = self._reading(panel, reading, x)
        paint_text(panel, text.count, right, 24 * u, size_px=round(14 * u), colour=WHITE, bold=True, anchor="right")
        paint_text(panel, text.label, 12 * u, 48 * u, size_px=small, colour=WHITE)
        paint_text(panel, text.phase, right, 48 * u, size_px=small, colour=WHITE, anchor="right")

    def _reading(self, panel: Image8, reading: Reading, x: float) -> float:
        """Write a symbol on its disc and the value; where the next may start."""
        u, colour = self.unit_px, BAND_COLOURS[reading.band]
        if reading.prefix:
            paint_text(panel, reading.prefix, x, 25 * u, size_px=round(14 * u), colour=_MUTED, bold=True)
            x += text_width(reading.prefix, round(14 * u), bold=True) + 5 * u
        if reading.band:
            centre = (round(x + 9 * u), round(34 * u))
            cv2.circle(panel, centre, round(9 * u), colour, -1, cv2.LINE_AA)
            paint_text(
                panel,
                BAND_SYMBOLS[reading.band],
                centre[0],
                26 * u,
                size_px=round(14 * u),
                colour=DARK,
                bold=True,
                anchor="middle",
            )
            x += 23 * u
        size = round(20 * u)
        paint_text(panel, reading.text, x, 21.5 * u, size_px=size, colour=colour, bold=True)
        return x + text_width(reading.text, size, bold=True) + 14 * u

    def _strip(self, panel: Image8, text: PanelText) -> None:
        """One block per repetition, coloured as soon as it is done."""
        u, count = self.unit_px, len(text.strip)
        if not count:
            return
        edges = np.linspace(12 * u, panel.shape[1] - 12 * u, count + 1)
        top, bottom = round(66 * u), round(70 * u)
        for i, band in enumerate(text.strip):
            left, right = round(edges[i]), round(edges[i + 1] - 1.5 * u)
            done = i + 1 < text.current
            colour = BAND_COLOURS[band] if done else WHITE if i + 1 == text.current else _EMPTY
            cv2.rectangle(panel, (left, top), (max(left, right), bottom), colour, -1)
