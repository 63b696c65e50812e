"""What is going on at each moment of an assessed clip: leg, phase, cycle, judged angle and its band.

Pure: the overlay, the key frames, the plots and the app all read the same scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from formcheck.types import (
    SIDES,
    Assessment,
    Band,
    Criterion,
    Cycle,
    Event,
    FloatArray,
    MetricResult,
    Protocol,
    Side,
    other_side,
)
from formcheck.wording import is_running

FLAG_S: Final = 0.2
"""How long an event stays flagged, in seconds."""


@dataclass(frozen=True)
class Judged:
    """An angle that is drawn and judged: its metric and the angle series that shows it frame by frame."""

    metric_id: str
    series: str


FPPA = Judged("knee_fppa_deg", "knee_fppa_deg")
DROP = Judged("pelvic_drop_deg", "pelvic_drop_deg")
_LEAN = Judged("trunk_lean_deg", "trunk_lean_deg")
KNEE = Judged("knee_flexion_peak_deg", "knee_flexion_deg")
_FORWARD = Judged("trunk_flexion_deg", "trunk_flexion_deg")
JUDGED: Final[Mapping[Protocol, tuple[Judged, ...]]] = MappingProxyType(
    {
        "treadmill_rear": (FPPA, DROP, _LEAN),
        "treadmill_front": (FPPA, DROP, _LEAN),
        "treadmill_side": (KNEE, _FORWARD),
        "single_leg_squat": (FPPA, DROP, _LEAN),
        "step_down": (FPPA, DROP, _LEAN),
    }
)
"""Per protocol: first the angle drawn at the knee, then those drawn as lines."""


@dataclass(frozen=True)
class Scene:
    """One moment. `cycle` counts from 1, 0 where there is none; `value_deg` is NaN where not measured.

    `held` keeps, per side, the value and band of the last cycle judged, so that it can be read in real time.
    """

    side: Side | None
    phase: str
    cycle: int
    n_cycles: int
    value_deg: float
    band: Band | None
    flags: tuple[Event, ...]
    held: Mapping[Side, tuple[float, Band | None]]


def series(assessment: Assessment, side: Side | None, name: str) -> FloatArray:
    """An angle series (N,) of a side, or the one without a side; all NaN where there is none."""
    found = assessment.angles.get(f"{side}_{name}") if side else None
    if found is None:
        found = assessment.angles.get(name)
    return np.full(len(assessment.pose), np.nan) if found is None else np.asarray(found, dtype=np.float64)


def is_measured(assessment: Assessment, metric_id: str, side: Side | None) -> bool:
    """Whether a metric has a value on a side, or for both together; what has none is not drawn either."""
    return any(m.id == metric_id and m.side in (side, "both") and m.value is not None for m in assessment.metrics)


def shown_series(assessment: Assessment, side: Side, judged: Judged) -> FloatArray:
    """The series of a judged angle (N,), all NaN where the angle could not be judged on that side."""
    if is_measured(assessment, judged.metric_id, side):
        return series(assessment, side, judged.series)
    return np.full(len(assessment.pose), np.nan)


def live_band(value: float, criterion: Criterion | None) -> Band | None:
    """The band of a single value against the limits alone, without its error; None where there is no limit."""
    if criterion is None or not np.isfinite(value):
        return None

    def beyond(above: float | None, below: float | None) -> bool:
        if criterion.inclusive:
            return (above is not None and value >= above) or (below is not None and value <= below)
        return (above is not None and value > above) or (below is not None and value < below)

    if beyond(criterion.outside_above, criterion.outside_below):
        return "outside"
    return "watch" if beyond(criterion.watch_above, criterion.watch_below) else "within"


def criterion_for(assessment: Assessment, metric_id: str, side: Side | None) -> Criterion | None:
    """The criterion a metric was held against, or None."""
    finding = next((f for f in assessment.findings if f.metric_id == metric_id and f.side in (side, "both")), None)
    return finding.criterion if finding else None


class Timeline:
    """Answers `scene(i)` for every frame of one assessment."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.judged = JUDGED[assessment.protocol][0]
        self._events = sorted(assessment.events, key=lambda event: event.time_s)
        self._event_times = np.array([event.time_s for event in self._events])
        self._cycles = {side: [c for c in assessment.cycles if c.side == side] for side in SIDES}
        self._series = {side: shown_series(assessment, side, self.judged) for side in SIDES}
        self._criteria = {side: criterion_for(assessment, self.judged.metric_id, side) for side in SIDES}
        self._held = {side: _cycle_values(assessment, self.judged.metric_id, side) for side in SIDES}

    def scene(self, index: int) -> Scene:
        """The scene at frame `index` of the pose sequence."""
        time_s = float(self.assessment.pose.time_s[index])
        running = is_running(self.assessment.protocol)
        side, phase = self._running_phase(time_s) if running else self._squat_phase(time_s)
        cycles = self._cycles[side] if side else []
        number = next((i for i, c in enumerate(cycles, start=1) if c.start_s <= time_s < c.end_s), 0)
        value = float(self._series[side][index]) if side else float("nan")
        in_play = number > 0 and phase != "Flight"
        shown = value if in_play else float("nan")
        band = self._band(side, cycles[number - 1] if running else None, shown) if in_play and side else None
        return Scene(side, phase, number, len(cycles), shown, band, self._flags(time_s), self._held_at(time_s))

    def _band(self, side: Side, stride: Cycle | None, value: float) -> Band | None:
        """The band of a momentary value; in a run that of its stride, whose limits are for one moment of it."""
        if stride is not None:
            times_s, values = self._held[side]
            inside = (times_s >= stride.start_s) & (times_s < stride.end_s)
            value = float(values[inside][0]) if inside.any() and np.isfinite(value) else float("nan")
        return live_band(value, self._criteria[side])

    def _held_at(self, time_s: float) -> dict[Side, tuple[float, Band | None]]:
        """The last judged value of every side that has been judged by now."""
        held: dict[Side, tuple[float, Band | None]] = {}
        for side, (times_s, values) in self._held.items():
            passed = int(np.searchsorted(times_s, time_s, side="right"))
            if passed:
                value = float(values[passed - 1])
                held[side] = (value, live_band(value, self._criteria[side]))
        return held

    def _flags(self, time_s: float) -> tuple[Event, ...]:
        low, high = np.searchsorted(self._event_times, [time_s - FLAG_S, time_s + 1e-9])
        return tuple(e for e in self._events[int(low) : int(high)] if e.kind not in {"rep_start", "rep_end"})

    def _running_phase(self, time_s: float) -> tuple[Side | None, str]:
        """The leg on the ground, or the last that was, and `Stance` or `Flight`."""
        passed = int(np.searchsorted(self._event_times, time_s + 1e-9))
        steps = [e for e in self._events[max(0, passed - 4) : passed] if e.kind in {"initial_contact", "toe_off"}]
        if not steps:
            return self._nearest_side(), ""
        last = steps[-1]
        if last.kind == "initial_contact":
            return last.side, "Stance"
        opposite = other_side(last.side)
        still_down = [e for e in steps if e.side == opposite]
        if still_down and still_down[-1].kind == "initial_contact":
            return opposite, "Stance"
        return last.side, "Flight"

    def _nearest_side(self) -> Side | None:
        return self.assessment.leg or seen_side(self.assessment)

    def _squat_phase(self, time_s: float) -> tuple[Side | None, str]:
        side = self.assessment.leg
        cycle = next((c for c in self.assessment.cycles if c.start_s <= time_s < c.end_s), None)
        if cycle is None:
            return side, "Standing"
        return side or cycle.side, "Going down" if time_s < bottom_s(cycle) else "Coming up"


def _cycle_values(assessment: Assessment, metric_id: str, side: Side) -> tuple[FloatArray, FloatArray]:
    """Times and values of the cycles that gave a value, in order of time."""
    metric = assessment.metric(metric_id, side)
    pairs = zip(metric.cycle_times_s, metric.per_cycle, strict=False) if metric else ()
    known = sorted((t, float(v)) for t, v in pairs if isinstance(v, float | int))
    return np.array([t for t, _ in known]), np.array([v for _, v in known])


def bottom_s(cycle: Cycle) -> float:
    """The lowest point of a repetition; its middle where it is not marked."""
    return cycle.marks.get("bottom", 0.5 * (cycle.start_s + cycle.end_s))


def seen_side(assessment: Assessment) -> Side:
    """The side with more measured values: from the side, the leg near the camera."""

    def count(side: Side) -> int:
        return sum(m.n for m in assessment.metrics if m.side == side and m.value is not None)

    return "left" if count("left") >= count("right") else "right"


def cycle_bands(metric: MetricResult | None, criterion: Criterion | None) -> tuple[Band | None, ...]:
    """The band of every cycle of a metric, against the limits alone; `not_assessable` for a cycle without a value."""
    if metric is None:
        return ()
    return tuple(
        "not_assessable" if value is None or isinstance(value, str) else live_band(value, criterion)
        for value in metric.per_cycle
    )
