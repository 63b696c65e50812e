"""The lower third: a panel below the picture, so that it never hides the feet."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.overlay.canvas import Canvas
from formcheck.overlay.drawers import BAND_COLOURS, DARK, WHITE
from formcheck.overlay.text import Colour, text_width
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


def panel_height(unit_px: float) -> int:
    """Height of the panel, even as H.264 wants it."""
    return 2 * math.ceil(0.5 * _HEIGHT_UNITS * unit_px)


class LowerThird:
    """Writes the panel, anew where its words are no longer those that stand on the canvas."""

    def __init__(self, unit_px: float) -> None:
        self.unit_px = unit_px
        self._last: tuple[PanelText, Canvas] | None = None

    def __call__(self, panel: Canvas, text: PanelText) -> None:
        """Write on a canvas as high as `panel_height`."""
        if self._last is None or self._last[0] != text or self._last[1] is not panel:
            panel.fill(_GROUND)
            self._write(panel, text)
            self._strip(panel, text)
            self._last = (text, panel)

    def _write(self, panel: Canvas, text: PanelText) -> None:
        u, right = self.unit_px, panel.width_px - 12 * self.unit_px
        small = round(11.5 * u)
        panel.text(text.title, 12 * u, 5 * u, size_px=small, colour=_MUTED)
        panel.text(text.clock, right, 5 * u, size_px=small, colour=_MUTED, anchor="right")
        x = 12 * u
        for reading in text.readings:
            x = self._reading(panel, reading, x)
        panel.text(text.count, right, 24 * u, size_px=round(14 * u), colour=WHITE, bold=True, anchor="right")
        panel.text(text.label, 12 * u, 48 * u, size_px=small, colour=WHITE)
        panel.text(text.phase, right, 48 * u, size_px=small, colour=WHITE, anchor="right")

    def _reading(self, panel: Canvas, reading: Reading, x: float) -> float:
        """Write a symbol on its disc and the value; where the next may start."""
        u, colour = self.unit_px, BAND_COLOURS[reading.band]
        if reading.prefix:
            panel.text(reading.prefix, x, 25 * u, size_px=round(14 * u), colour=_MUTED, bold=True)
            x += text_width(reading.prefix, round(14 * u), bold=True) + 5 * u
        if reading.band:
            centre = (round(x + 9 * u), round(34 * u))
            panel.disc(centre, round(9 * u), colour)
            panel.text(
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
        panel.text(reading.text, x, 21.5 * u, size_px=size, colour=colour, bold=True)
        return x + text_width(reading.text, size, bold=True) + 14 * u

    def _strip(self, panel: Canvas, text: PanelText) -> None:
        """One block per repetition, coloured as soon as it is done."""
        u, count = self.unit_px, len(text.strip)
        if not count:
            return
        edges = np.linspace(12 * u, panel.width_px - 12 * u, count + 1)
        top, bottom = round(66 * u), round(70 * u)
        for i, band in enumerate(text.strip):
            left, right = round(edges[i]), round(edges[i + 1] - 1.5 * u)
            done = i + 1 < text.current
            colour = BAND_COLOURS[band] if done else WHITE if i + 1 == text.current else _EMPTY
            panel.box(left, top, max(left, right), bottom, colour)
