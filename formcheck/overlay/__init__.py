"""The overlay: what was judged, drawn on the athlete, and a panel that says it in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.keyframes import KeyFrame, key_frames
from formcheck.overlay.canvas import Canvas
from formcheck.overlay.drawers import unit_for
from formcheck.overlay.painting import AthletePainter, Sketch
from formcheck.overlay.panel import PanelText, Reading
from formcheck.overlay.text import Image8
from formcheck.scenes import (
    DROP,
    JUDGED,
    Scene,
    Timeline,
    criterion_for,
    cycle_bands,
    is_measured,
    live_band,
    shown_series,
)
from formcheck.types import SIDES, Assessment, Band, FloatArray, Frame
from formcheck.wording import BAND_WORDS, CYCLE_WORDS, clock, is_running, live_text, metric_label, side_initial, title

__all__ = ["KeyFrame", "Overlay", "athlete_box", "key_frames"]

_MAX_STRIP = 60
_CROP_ASPECT = 0.75
_CLOSE_UP = 1.5
"""Key frames are looked at small: strokes and letters are drawn this much larger."""
_CLOSE_UP_MARGIN = 56.0


def athlete_box(xy_px: FloatArray, size_px: tuple[int, int], *, margin_px: float) -> tuple[slice, slice]:
    """Rows and columns of a picture around (33, 2) landmarks, at 3:4 where it is wide enough; all where nobody is."""
    seen = xy_px[np.isfinite(xy_px).all(axis=1)]
    if len(seen) < 2:
        return slice(0, size_px[1]), slice(0, size_px[0])
    size = np.array(size_px, dtype=np.float64)
    low, high = seen.min(axis=0) - margin_px, seen.max(axis=0) + margin_px * np.array([1.0, 0.5])
    middle, extent = 0.5 * (low + high), high - low
    extent = np.minimum(np.maximum(extent, [_CROP_ASPECT * extent[1], extent[0] / _CROP_ASPECT]), size)
    left, top = np.clip(middle - 0.5 * extent, 0, size - extent).astype(int)
    width, height = extent.astype(int)
    return slice(top, top + height), slice(left, left + width)


class Overlay:
    """Tells what is drawn in the frames of one assessment, and draws its key frames."""

    def __init__(self, assessment: Assessment, *, width_px: int, height_px: int) -> None:
        self._unit_px = unit_for(width_px, height_px)
        self.assessment = assessment
        self.timeline = Timeline(assessment)
        self._frontal = assessment.protocol != "treadmill_side"
        self._close_up = AthletePainter(_CLOSE_UP * self._unit_px, label_drop=True)
        self._drop = {side: shown_series(assessment, side, DROP) for side in SIDES}
        self._drop_criterion = {side: criterion_for(assessment, "pelvic_drop_deg", side) for side in SIDES}
        self._strip = self._strip_bands()

    def sketch(self, index: int) -> Sketch:
        """Skeleton, lines, judged angle, flags and panel of a frame."""
        index = min(index, len(self.assessment.pose) - 1)
        scene = self.timeline.scene(index)
        measured = scene.side is not None and bool(np.isfinite(scene.value_deg))
        text = live_text(self.timeline.judged.metric_id, scene.value_deg) if measured else ""
        xy_px, last = self.assessment.pose.xy_px, len(self.assessment.pose) - 1
        return Sketch(
            xy_px[index],
            scene.side,
            self._drop_now(index, scene),
            (text, scene.band) if measured else None,
            tuple((event, xy_px[min(event.frame, last)]) for event in scene.flags),
            self._panel_text(index, scene),
        )

    def key_frame(self, frame: Frame) -> Image8:
        """A key frame: drawn as in the clip, cut to the athlete and without the panel."""
        rows, columns = self.close_up(frame)
        part = frame.rgb[rows, columns].copy()
        offset = np.array([columns.start, rows.start], dtype=np.float64)
        self._close_up(Canvas.of_rgb(part), replace(self.sketch(frame.index), flags=()), offset_px=offset)
        return part

    def close_up(self, frame: Frame) -> tuple[slice, slice]:
        """Rows and columns of a frame that its key frame shows."""
        index = min(frame.index, len(self.assessment.pose) - 1)
        height, width = frame.rgb.shape[:2]
        margin_px = _CLOSE_UP_MARGIN * self._unit_px
        return athlete_box(self.assessment.pose.xy_px[index], (width, height), margin_px=margin_px)

    def _drop_now(self, index: int, scene: Scene) -> tuple[float, Band | None]:
        if not self._frontal or scene.side is None or scene.phase == "Flight":
            return float("nan"), None
        value = float(self._drop[scene.side][index])
        return value, live_band(value, self._drop_criterion[scene.side])

    def _strip_bands(self) -> tuple[Band | None, ...]:
        """The band of every repetition; grey for one that does not count."""
        leg = self.assessment.leg
        if is_running(self.assessment.protocol) or leg is None:
            return ()
        judged = self.timeline.judged.metric_id
        bands = cycle_bands(self.assessment.metric(judged, leg), criterion_for(self.assessment, judged, leg))
        return bands if len(bands) <= _MAX_STRIP else ()

    def _panel_text(self, index: int, scene: Scene) -> PanelText:
        running = is_running(self.assessment.protocol)
        judged = self.timeline.judged.metric_id
        readings = self._held_readings(scene) if running else self._live_reading(scene)
        singular = CYCLE_WORDS[self.assessment.protocol][0].capitalize()
        count = f"{singular} {scene.cycle} of {scene.n_cycles}" if scene.cycle else ""
        side = scene.side.capitalize() if scene.side else ""
        word = f": {BAND_WORDS[scene.band].lower()}" if scene.band and not running else ""
        phase = scene.phase.lower() if scene.phase else ""
        now = f"{side} leg · {phase}" if side and phase else ""
        by_hand = " · corrected by hand" if self.assessment.corrections else ""
        return PanelText(
            f"{title(self.assessment)}{by_hand}",
            clock(float(self.assessment.pose.time_s[index])),
            readings,
            f"{metric_label(judged)}{word}",
            count,
            now,
            self._strip,
            self._current(index),
        )

    def _current(self, index: int) -> int:
        """The repetition under way or, between two, the next; one past the last at the end."""
        time_s = float(self.assessment.pose.time_s[index])
        return 1 + sum(c.end_s <= time_s for c in self.assessment.cycles)

    def _held_readings(self, scene: Scene) -> tuple[Reading, ...]:
        sides = [s for s in SIDES if is_measured(self.assessment, self.timeline.judged.metric_id, s)]
        if not sides:
            return (Reading("", BAND_WORDS["not_assessable"], "not_assessable"),)
        missing: tuple[float, Band | None] = (float("nan"), None)
        return tuple(self._reading(side_initial(s), *scene.held.get(s, missing)) for s in sides)

    def _live_reading(self, scene: Scene) -> tuple[Reading, ...]:
        if not is_measured(self.assessment, self.timeline.judged.metric_id, scene.side):
            return (Reading("", BAND_WORDS["not_assessable"], "not_assessable"),)
        return (self._reading("", scene.value_deg, scene.band),)

    def _reading(self, prefix: str, value: float, band: Band | None) -> Reading:
        text = live_text(JUDGED[self.assessment.protocol][0].metric_id, value) if np.isfinite(value) else "–"
        return Reading(prefix, text, band)
