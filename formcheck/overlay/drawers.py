"""Small stackable drawers: style in the constructor, canvas and data in the call, which paints on the canvas.

`unit_px` is the length that all strokes and letters are multiples of (see `unit_for`), so that an
overlay looks the same at every resolution and can be read 390 px wide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from formcheck.landmarks import BONES, side_landmark
from formcheck.overlay.canvas import Canvas
from formcheck.overlay.text import Colour
from formcheck.types import Band, Event, FloatArray, Side, other_side
from formcheck.wording import BAND_SYMBOLS, EVENT_WORDS, live_text, side_initial

BAND_COLOURS: Final[Mapping[Band | None, Colour]] = MappingProxyType(
    {
        "within": (46, 196, 139),
        "watch": (255, 190, 60),
        "outside": (255, 106, 76),
        "uncertain": (198, 205, 216),
        "not_assessable": (198, 205, 216),
        None: (126, 190, 255),
    }
)
"""After Okabe and Ito: bluish green, amber, vermilion; grey where nothing is said, blue where nothing is judged."""
DARK: Final[Colour] = (12, 16, 22)
WHITE: Final[Colour] = (255, 255, 255)
_LEAST_PX = 1e-3
_READABLE_WIDTH = 390.0
_LOWEST_HEIGHT = 260.0


def unit_for(width_px: int, height_px: int) -> float:
    """Pixels per unit: one CSS pixel of a phone 390 wide, less for wide and low pictures."""
    return min(width_px / _READABLE_WIDTH, height_px / _LOWEST_HEIGHT)


def _known(*points: FloatArray) -> bool:
    """Whether all of some points are finite."""
    return all(math.isfinite(point[0] + point[1]) for point in points)


def _stroke(canvas: Canvas, a: FloatArray, b: FloatArray, *strokes: tuple[Colour, float]) -> None:
    """Strokes of some colours and widths, one upon the other."""
    if _known(a, b):
        canvas.line(tuple(a.tolist()), tuple(b.tolist()), *strokes)


def _dashes(canvas: Canvas, a: FloatArray, b: FloatArray, colour: Colour, width_px: float, dash_px: float) -> None:
    if not _known(a, b):
        return
    count = max(1, round(math.dist(a, b) / (2 * dash_px)))
    share = np.arange(count)[:, None, None] / count + np.array([[[0.0], [0.5 / count]]])
    canvas.strokes(a + share * (b - a), colour, width_px)


class Skeleton:
    """Limbs and trunk; the judged leg stands out, the other side recedes."""

    def __init__(self, unit_px: float) -> None:
        self.unit_px = unit_px

    def __call__(self, canvas: Canvas, xy_px: FloatArray, *, side: Side | None) -> None:
        """Draw (33, 2) landmarks; missing ones leave their bones out."""
        judged = _leg(side) if side else frozenset()
        first = [bone for bone in BONES if not set(bone) <= judged]
        for (a, b), main in [*((bone, False) for bone in first), *((b, True) for b in BONES if set(b) <= judged)]:
            width = self.unit_px * (3.0 if main else 1.5)
            dark, light = (DARK, width + 1.6 * self.unit_px), (WHITE if main else (168, 198, 226), width)
            _stroke(canvas, xy_px[a], xy_px[b], dark, light)
        for joint in sorted(judged):
            self._joint(canvas, xy_px[joint])

    def _joint(self, canvas: Canvas, point: FloatArray) -> None:
        if _known(point):
            for radius, colour in ((3.6, DARK), (2.6, WHITE)):
                canvas.disc(tuple(point.tolist()), radius * self.unit_px, colour)


def _leg(side: Side) -> frozenset[int]:
    return frozenset(int(side_landmark(j, side)) for j in ("hip", "knee", "ankle", "heel", "foot_index"))


class JointAngle:
    """The angle by which a leg departs from straight, drawn at the knee with its arc and value."""

    def __init__(self, unit_px: float) -> None:
        self.unit_px = unit_px

    def __call__(
        self,
        canvas: Canvas,
        hip: FloatArray,
        knee: FloatArray,
        ankle: FloatArray,
        *,
        text: str,
        band: Band | None,
        away: float = 1.0,
    ) -> None:
        """Draw the thigh carried on past the knee, the shank and the arc between; `text` to the right, or left (−1)."""
        if not _known(hip, knee, ankle) or min(math.dist(hip, knee), math.dist(knee, ankle)) < _LEAST_PX:
            return
        u, colour = self.unit_px, BAND_COLOURS[band]
        radius = 0.62 * float(np.hypot(*(ankle - knee)))
        ahead = (knee - hip) / np.hypot(*(knee - hip))
        shank = (ankle - knee) / np.hypot(*(ankle - knee))
        self._wedge(canvas, knee, ahead, shank, radius, colour)
        _stroke(canvas, hip, knee, (colour, 3 * u))
        _stroke(canvas, knee, ankle, (colour, 3 * u))
        _dashes(canvas, knee, knee + 1.1 * radius * ahead, WHITE, 1.6 * u, 4 * u)
        symbol = BAND_SYMBOLS[band] if band else ""
        x = knee[0] + np.copysign(54 * u, away)
        canvas.pill(f"{text} {symbol}".strip(), x, knee[1], size_px=round(15 * u), colour=colour, ink=DARK)

    def _wedge(
        self, canvas: Canvas, knee: FloatArray, a: FloatArray, b: FloatArray, radius: float, colour: Colour
    ) -> None:
        angles = np.unwrap([np.arctan2(a[1], a[0]), np.arctan2(b[1], b[0])])
        sweep = np.linspace(angles[0], angles[1], 16)
        arc = knee + radius * np.column_stack([np.cos(sweep), np.sin(sweep)])
        canvas.wash(np.vstack([knee, arc]), colour, 0.45)
        canvas.strokes(arc[None], colour, 2 * self.unit_px)


class PlumbLines:
    """Trunk against the vertical and pelvis against the level, with their dashed references.

    `label_drop` writes the pelvis' angle beside its free end: for pictures that stand still.
    """

    def __init__(self, unit_px: float, *, label_drop: bool = False) -> None:
        self.unit_px = unit_px
        self.label_drop = label_drop

    def __call__(
        self, canvas: Canvas, xy_px: FloatArray, *, side: Side | None, drop_deg: float, drop_band: Band | None = None
    ) -> None:
        """Draw from (33, 2) landmarks; the pelvis by `drop_deg` (free side lower), left out where NaN."""
        hips = [xy_px[side_landmark("hip", s)] for s in ("left", "right")]
        mid_hip = 0.5 * (hips[0] + hips[1])
        mid_shoulder = 0.5 * (xy_px[side_landmark("shoulder", "left")] + xy_px[side_landmark("shoulder", "right")])
        if not _known(mid_hip, mid_shoulder):
            return
        u = self.unit_px
        length = float(np.hypot(*(mid_shoulder - mid_hip)))
        _dashes(canvas, mid_hip, mid_hip - [0, length], WHITE, 1.2 * u, 4 * u)
        _stroke(canvas, mid_hip, mid_shoulder, (BAND_COLOURS[None], 2 * u))
        if side and np.isfinite(drop_deg):
            free = xy_px[side_landmark("hip", other_side(side))][0] - xy_px[side_landmark("hip", side)][0]
            self._pelvis(canvas, mid_hip, 0.42 * length, float(np.sign(free)) or 1.0, drop_deg, drop_band)

    def _pelvis(
        self, canvas: Canvas, middle: FloatArray, half: float, free: float, drop_deg: float, band: Band | None
    ) -> None:
        level = np.array([half * free, 0.0])
        tilt = np.radians(drop_deg)
        line = half * np.array([free * np.cos(tilt), np.sin(tilt)])
        _dashes(canvas, middle - level, middle + level, WHITE, 1.2 * self.unit_px, 4 * self.unit_px)
        dark, light = (DARK, 4 * self.unit_px), (BAND_COLOURS[band], 2.4 * self.unit_px)
        _stroke(canvas, middle - line, middle + line, dark, light)
        if self.label_drop:
            text = f"{live_text('pelvic_drop_deg', drop_deg)} {BAND_SYMBOLS[band] if band else ''}".strip()
            x, y = middle + line + [46 * self.unit_px * free, 0]
            canvas.pill(text, x, y, size_px=round(13 * self.unit_px), colour=BAND_COLOURS[band], ink=DARK)


class EventFlags:
    """A plate beside the foot, or at the knee, when something happens: contact, toe-off, lowest point."""

    def __init__(self, unit_px: float) -> None:
        self.unit_px = unit_px

    def __call__(self, canvas: Canvas, events: Sequence[tuple[Event, FloatArray]]) -> None:
        """Flag events, newest last, each at its landmarks (33, 2) of the moment it happened."""
        u = self.unit_px
        for event, xy_px in events:
            joint = "hip" if event.kind == "rep_bottom" else "foot_index"
            point = xy_px[side_landmark(joint, event.side)]
            other = xy_px[side_landmark(joint, other_side(event.side))]
            if not _known(point):
                continue
            away = 1.0 if not _known(other) or point[0] >= other[0] else -1.0
            word = EVENT_WORDS[event.kind]
            text = word if event.kind == "rep_bottom" else f"{side_initial(event.side)} {word}"
            colour = BAND_COLOURS["outside"] if event.kind == "touchdown" else WHITE
            canvas.pill(text, point[0] + away * 58 * u, point[1], size_px=round(13 * u), colour=colour, ink=DARK)
