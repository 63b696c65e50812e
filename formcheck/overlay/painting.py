"""What one frame of the overlay shows, as plain values, and the painters that bring them onto a picture.

The two are apart so that the values are found once, where the whole assessment is, and the painting can be done in
processes that know nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.landmarks import side_landmark
from formcheck.overlay.canvas import Canvas
from formcheck.overlay.drawers import EventFlags, JointAngle, PlumbLines, Skeleton, unit_for
from formcheck.overlay.panel import LowerThird, PanelText, panel_height
from formcheck.types import Band, Event, FloatArray, Side, other_side


@dataclass(frozen=True)
class Sketch:
    """What is drawn in one frame.

    xy_px : (33, 2) the athlete's landmarks. side : the judged leg. angle : what is written at its knee, and its band.
    drop : pelvic drop in degrees, NaN for none, and its band. flags : events, each with the landmarks of its moment.
    """

    xy_px: FloatArray
    side: Side | None
    drop: tuple[float, Band | None]
    angle: tuple[str, Band | None] | None
    flags: tuple[tuple[Event, FloatArray], ...]
    panel: PanelText


class AthletePainter:
    """Draws on the athlete, all in one scale; `label_drop` writes the pelvic drop beside its line."""

    def __init__(self, unit_px: float, *, label_drop: bool = False) -> None:
        self._skeleton, self._plumb = Skeleton(unit_px), PlumbLines(unit_px, label_drop=label_drop)
        self._angle, self._flags = JointAngle(unit_px), EventFlags(unit_px)

    def __call__(self, canvas: Canvas, sketch: Sketch, *, offset_px: FloatArray | float = 0.0) -> None:
        """Draw on a picture; `offset_px` is where its corner was cut."""
        xy_px, side = sketch.xy_px - offset_px, sketch.side
        self._skeleton(canvas, xy_px, side=side)
        drop_deg, drop_band = sketch.drop
        self._plumb(canvas, xy_px, side=side, drop_deg=drop_deg, drop_band=drop_band)
        if side and sketch.angle:
            hip, knee, ankle = (xy_px[side_landmark(j, side)] for j in ("hip", "knee", "ankle"))
            text, band = sketch.angle
            away = knee[0] - xy_px[side_landmark("knee", other_side(side))][0]
            self._angle(canvas, hip, knee, ankle, text=text, band=band, away=away)
        self._flags(canvas, [(event, then_px - offset_px) for event, then_px in sketch.flags])


class FilmPainter:
    """Paints sketches, one after the other, on the picture and the panel of a film."""

    def __init__(self, picture: Canvas, panel: Canvas) -> None:
        unit_px = unit_for(picture.width_px, picture.height_px)
        self._picture, self._panel = picture, panel
        self._athlete, self._third = AthletePainter(unit_px), LowerThird(unit_px)

    def __call__(self, sketch: Sketch) -> None:
        """Draw on the picture that lies there now; the panel below keeps what was written last."""
        self._athlete(self._picture, sketch)
        self._third(self._panel, sketch.panel)


def panel_px(width_px: int, height_px: int) -> int:
    """Height of the panel below a picture."""
    return panel_height(unit_for(width_px, height_px))
