"""Which frames of an assessed clip are worth looking at. Pure: choosing only, nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.scenes import DROP, FPPA, JUDGED, KNEE, Judged, bottom_s, is_measured, seen_side, series, shown_series
from formcheck.types import SIDES, Assessment, Cycle, FloatArray, Side
from formcheck.wording import clock, is_running, live_text, metric_label


@dataclass(frozen=True)
class KeyFrame:
    """A frame worth looking at, and what it shows; `metric_id` is the metric it illustrates."""

    frame_index: int
    title: str
    caption: str
    metric_id: str
    side: Side | None = None


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


def _first_from(assessment: Assessment, time_s: float) -> int:
    """The first frame at or after a moment: at contact the foot is down."""
    return min(int(np.searchsorted(assessment.pose.time_s, time_s - 1e-6)), len(assessment.pose) - 1)


def _last_until(assessment: Assessment, time_s: float) -> int:
    """The last frame at or before a moment: at toe-off the foot is still down."""
    return max(int(np.searchsorted(assessment.pose.time_s, time_s + 1e-6)) - 1, 0)


def _describe(assessment: Assessment, index: int, side: Side | None, judged: Judged) -> str:
    """A caption: the judged angle at a frame, and when."""
    value = shown_series(assessment, side, judged)[index] if side else np.nan
    when = f"at {clock(float(assessment.pose.time_s[index]))}"
    name = metric_label(judged.metric_id) if judged is not KNEE else "Knee bend"
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
            index = _frame_at(assessment, bottom_s(cycle))
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


_MIDSTANCE = 0.75
"""The knee is deepest before this share of stance; after it, it bends again for the swing."""


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
        contact = _first_from(assessment, cycle.start_s)
        at = f"at {clock(cycle.start_s)}"
        frames.append(
            KeyFrame(contact, f"{side.capitalize()} contact", f"The foot lands {at}", "step_width_ratio", side)
        )
        for judged, share, heading in ((FPPA, 0.6, "knee furthest in"), (DROP, 1.0, "hip lowest")):
            values = shown_series(assessment, side, judged)
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
    contact, toe_off = _first_from(assessment, cycle.start_s), _last_until(assessment, _toe_off_s(cycle))
    deepest = _peak_index(assessment, cycle, series(assessment, side, KNEE.series), share=_MIDSTANCE)
    lands = f"The foot lands at {clock(cycle.start_s)}"
    if is_measured(assessment, "knee_flexion_contact_deg", side):
        lands = _describe(assessment, contact, side, KNEE)
    leaves = f"The foot leaves the ground at {clock(_toe_off_s(cycle))}"
    bend = _describe(assessment, deepest, side, KNEE)
    name = side.capitalize()
    return _in_order(
        [
            KeyFrame(contact, f"{name} contact", lands, "shank_angle_deg", side),
            KeyFrame(deepest, f"{name} stance, deepest knee bend", bend, "knee_flexion_peak_deg", side),
            KeyFrame(toe_off, f"{name} toe-off", leaves, "hip_extension_deg", side),
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
