"""What is going on at each moment of an assessed clip: leg, phase, cycle, judged angle and its band.

Pure: the overlay, the key frames, the plots and the app all read the same scene.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from formcheck.wording import clock, is_running, live_text, metric_label

FLAG_S: Final = 0.25
"""How long an event stays flagged, in seconds."""


@dataclass(frozen=True)
class Judged:
    """An angle that is drawn and judged: its metric and the angle series that shows it frame by frame."""

    metric_id: str
    series: str


_FPPA = Judged("knee_fppa_deg", "knee_fppa_deg")
_DROP = Judged("pelvic_drop_deg", "pelvic_drop_deg")
_LEAN = Judged("trunk_lean_deg", "trunk_lean_deg")
_KNEE = Judged("knee_flexion_peak_deg", "knee_flexion_deg")
_FORWARD = Judged("trunk_flexion_deg", "trunk_flexion_deg")
JUDGED: Final[Mapping[Protocol, tuple[Judged, ...]]] = MappingProxyType(
    {
        "treadmill_rear": (_FPPA, _DROP, _LEAN),
        "treadmill_front": (_FPPA, _DROP, _LEAN),
        "treadmill_side": (_KNEE, _FORWARD),
        "single_leg_squat": (_FPPA, _DROP, _LEAN),
        "step_down": (_FPPA, _DROP, _LEAN),
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


@dataclass(frozen=True)
class KeyFrame:
    """A frame worth looking at, and what it shows; `metric_id` is the metric it illustrates."""

    frame_index: int
    title: str
    caption: str
    metric_id: str
    side: Side | None = None


def series(assessment: Assessment, side: Side | None, name: str) -> FloatArray:
    """An angle series (N,) of a side, or the one without a side; all NaN where there is none."""
    found = assessment.angles.get(f"{side}_{name}") if side else None
    if found is None:
        found = assessment.angles.get(name)
    return np.full(len(assessment.pose), np.nan) if found is None else np.asarray(found, dtype=np.float64)


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
        self._series = {side: series(assessment, side, self.judged.series) for side in SIDES}
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
        return side or cycle.side, "Going down" if time_s < _bottom_s(cycle) else "Coming up"


def _cycle_values(assessment: Assessment, metric_id: str, side: Side) -> tuple[FloatArray, FloatArray]:
    """Times and values of the cycles that gave a value, in order of time."""
    metric = assessment.metric(metric_id, side)
    pairs = zip(metric.cycle_times_s, metric.per_cycle, strict=False) if metric else ()
    known = sorted((t, float(v)) for t, v in pairs if isinstance(v, float | int))
    return np.array([t for t, _ in known]), np.array([v for _, v in known])


def _bottom_s(cycle: Cycle) -> float:
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


def key_frames(assessment: Assessment) -> list[KeyFrame]:
    """The frames that show best what was found: at most six, in order of time."""
    if not assessment.cycles:
        return []
    if not is_running(assessment.protocol):
        return _squat_frames(assessment)
    if assessment.protocol == "treadmill_side":
        return _side_frames(assessment)
    return _frontal_frames(assessment)


def _frame_at(assessment: Assessment, time_s: float) -> int:
    return int(np.abs(assessment.pose.time_s - time_s).argmin())


def _describe(assessment: Assessment, index: int, side: Side | None, judged: Judged) -> str:
    """A caption: the judged angle at a frame, and when."""
    value = series(assessment, side, judged.series)[index]
    when = f"at {clock(float(assessment.pose.time_s[index]))}"
    name = metric_label(judged.metric_id) if judged is not _KNEE else "Knee bend"
    return (
        f"{name}: {live_text(judged.metric_id, value)} {when}" if np.isfinite(value) else f"{name} not measured {when}"
    )


def _squat_frames(assessment: Assessment) -> list[KeyFrame]:
    judged = JUDGED[assessment.protocol][0]
    leg = assessment.leg or assessment.cycles[0].side
    numbered = [(i, c) for i, c in enumerate(assessment.cycles, start=1) if c.side == leg]
    valid = [(i, c) for i, c in numbered if c.valid] or numbered
    metric = assessment.metric(judged.metric_id, leg)
    values = {i: v for i, v in enumerate(metric.per_cycle, start=1) if isinstance(v, float | int)} if metric else {}
    measured = sorted((i for i, _ in valid if i in values), key=lambda i: values[i])
    chosen: dict[int, str] = {}
    if measured:
        chosen[measured[-1]] = "Worst repetition"
        chosen.setdefault(measured[len(measured) // 2], "Typical repetition")
    chosen.setdefault(valid[0][0], "First repetition")
    chosen.setdefault(valid[-1][0], "Last repetition")
    frames = []
    for number, cycle in numbered:
        if number in chosen:
            index = _frame_at(assessment, _bottom_s(cycle))
            caption = _describe(assessment, index, leg, judged)
            heading = f"{chosen[number]} (no. {number}), lowest point"
            frames.append(KeyFrame(index, heading, caption, judged.metric_id, leg))
    return frames


def _median_cycle(assessment: Assessment, side: Side, metric_id: str) -> Cycle | None:
    """The cycle whose value is nearest the median of the metric; the middle cycle where there are no values."""
    cycles = [c for c in assessment.cycles if c.side == side and c.valid]
    if not cycles:
        return None
    metric = assessment.metric(metric_id, side)
    if metric is None or not isinstance(metric.value, float | int) or not metric.cycle_times_s:
        return cycles[len(cycles) // 2]
    median = float(metric.value)
    known = [
        (abs(v - median), t)
        for v, t in zip(metric.per_cycle, metric.cycle_times_s, strict=False)
        if isinstance(v, float | int)
    ]
    if not known:
        return cycles[len(cycles) // 2]
    time_s = min(known)[1]
    return min(cycles, key=lambda c: 0.0 if c.start_s <= time_s < c.end_s else abs(c.start_s - time_s))


def _toe_off_s(cycle: Cycle) -> float:
    return cycle.marks.get("toe_off", cycle.start_s + 0.4 * (cycle.end_s - cycle.start_s))


def _peak_index(assessment: Assessment, cycle: Cycle, values: FloatArray, *, share: float) -> int:
    """The frame of the largest value in the first `share` of stance; midstance where nothing was measured."""
    time_s = assessment.pose.time_s
    end_s = cycle.start_s + share * (_toe_off_s(cycle) - cycle.start_s)
    inside = np.flatnonzero((time_s >= cycle.start_s) & (time_s <= end_s) & np.isfinite(values))
    if not inside.size:
        return _frame_at(assessment, 0.5 * (cycle.start_s + _toe_off_s(cycle)))
    return int(inside[np.argmax(values[inside])])


def _frontal_frames(assessment: Assessment) -> list[KeyFrame]:
    frames = []
    for side in SIDES:
        cycle = _median_cycle(assessment, side, "knee_fppa_deg")
        if cycle is None:
            continue
        contact = _frame_at(assessment, cycle.start_s)
        at = f"at {clock(cycle.start_s)}"
        frames.append(
            KeyFrame(contact, f"{side.capitalize()} contact", f"The foot lands {at}", "step_width_ratio", side)
        )
        for judged, share, heading in ((_FPPA, 0.6, "knee furthest in"), (_DROP, 1.0, "hip lowest")):
            values = series(assessment, side, judged.series)
            if not np.isfinite(values).any():
                continue
            index = _peak_index(assessment, cycle, values, share=share)
            caption = _describe(assessment, index, side, judged)
            frames.append(KeyFrame(index, f"{side.capitalize()} stance, {heading}", caption, judged.metric_id, side))
    return _in_order(frames)


def _side_frames(assessment: Assessment) -> list[KeyFrame]:
    side = assessment.leg or seen_side(assessment)
    cycle = _median_cycle(assessment, side, "knee_flexion_peak_deg")
    if cycle is None:
        return []
    bend = series(assessment, side, _KNEE.series)
    moments = (
        ("contact", _frame_at(assessment, cycle.start_s), "shank_angle_deg"),
        ("deepest knee bend", _peak_index(assessment, cycle, bend, share=1.0), "knee_flexion_peak_deg"),
        ("toe-off", _frame_at(assessment, _toe_off_s(cycle)), "hip_extension_deg"),
    )
    return _in_order(
        [
            KeyFrame(i, f"{side.capitalize()} {name}", _describe(assessment, i, side, _KNEE), metric_id, side)
            for name, i, metric_id in moments
        ]
    )


def _in_order(frames: Sequence[KeyFrame]) -> list[KeyFrame]:
    """By time; two that fall on the same frame become one."""
    by_index: dict[int, KeyFrame] = {}
    for frame in frames:
        earlier = by_index.get(frame.frame_index)
        if earlier is not None:
            heading = f"{earlier.title}, {frame.title.split(', ')[-1]}"
            frame = replace(earlier, title=heading, caption=f"{earlier.caption}. {frame.caption}")
        by_index[frame.frame_index] = frame
    return [by_index[i] for i in sorted(by_index)]
