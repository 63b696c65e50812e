"""What all treadmill runs share: steps, strides, cadence, and the refusals that frame rate and view demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from formcheck.edits import edit_steps
from formcheck.events import Step, find_steps
from formcheck.metrics import describe
from formcheck.protocols.common import Clip, events_at, not_assessable, single, summarise, window
from formcheck.rhythm import LEAST_REGULARITY, gait_rhythm
from formcheck.types import SIDES, Cycle, Event, EventKind, FloatArray, MetricResult, PoseSequence, ResultSide, Side

LEG_PER_HEIGHT = 0.491
"""Thigh plus shank ÷ body height (Drillis & Contini 1966: 0.245 + 0.246), which turns leg lengths into centimetres."""


@dataclass(frozen=True)
class Strides:
    """Steps of the clip and what follows from them."""

    steps: tuple[Step, ...]
    step_s: float

    def of(self, side: Side) -> tuple[Step, ...]:
        """Steps of one foot."""
        return tuple(s for s in self.steps if s.side == side)

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """Contact to the next contact of the same foot, where the two belong to successive strides."""
        found = []
        for side in SIDES:
            own = self.of(side)
            for first, second in pairwise(own):
                if second.contact_s - first.contact_s < 3.0 * self.step_s:
                    marks = {"midstance": first.midstance_s, "toe_off": first.toe_off_s}
                    found.append(Cycle(side, first.contact_s, second.contact_s, marks))
        return tuple(sorted(found, key=lambda c: c.start_s))

    @cached_property
    def successive(self) -> list[tuple[Step, Step]]:
        """Pairs of neighbouring steps of different feet."""
        return [
            (a, b)
            for a, b in pairwise(self.steps)
            if a.side != b.side and b.contact_s - a.contact_s < 1.5 * self.step_s
        ]


def find_strides(clip: Clip) -> Strides:
    """Steps of a treadmill run; none where there is no rhythm."""
    rhythm = gait_rhythm(clip.pose, clip.camera)
    if not np.isfinite(rhythm.stride_s) or rhythm.regularity < LEAST_REGULARITY:
        return Strides((), float("nan"))
    steps = edit_steps(find_steps(clip.pose, clip.camera, rhythm), clip.edits)
    return Strides(steps, 0.5 * rhythm.stride_s)


def step_events(strides: Strides, pose: PoseSequence) -> tuple[Event, ...]:
    """Contacts and toe-offs as events, in order of time."""
    found: list[tuple[EventKind, Side, float]] = [("initial_contact", s.side, s.contact_s) for s in strides.steps]
    found += [("toe_off", s.side, s.toe_off_s) for s in strides.steps]
    return events_at(found, pose.time_s)


def cadence(strides: Strides) -> MetricResult:
    """Steps a minute from the regression of midstance times on their count, which a missed step does not bend."""
    mids = np.array([s.midstance_s for s in strides.steps])
    if len(mids) < 4:
        return not_assessable("cadence_spm", "both", f"only {len(mids)} steps found, 4 are needed")
    counts = np.concatenate([[0.0], np.cumsum(np.maximum(np.rint(np.diff(mids) / strides.step_s), 1.0))])
    slope = np.polyfit(counts, mids, 1)[0]
    gaps = np.diff(mids) / np.diff(counts)
    summary = summarise("cadence_spm", "both", 60.0 / gaps, mids[:-1])
    return MetricResult(
        "cadence_spm", "both", "spm", float(60.0 / slope), summary.ci95, summary.per_cycle, summary.cycle_times_s
    )


def per_step(steps: Sequence[Step], measure: Callable[[Step], float]) -> FloatArray:
    """A value for each step."""
    return np.array([measure(step) for step in steps], dtype=float)


def gated(
    metric_id: str, side: ResultSide, values: FloatArray, times_s: FloatArray, fps: float, *, reason: str = ""
) -> MetricResult:
    """A summary, unless the clip's frame rate is below what the metric needs."""
    least = describe(metric_id).min_fps
    if fps < least:
        why = f"needs at least 60 frames a second, better 120; this clip has {fps:.0f}"
        return not_assessable(metric_id, side, why)
    return summarise(metric_id, side, values, times_s, reason=reason or "not visible in any step", least=3)


def bounce_metrics(strides: Strides, pose: PoseSequence, leg_px: float, height_cm: float | None) -> list[MetricResult]:
    """Rise of mid-hips within each step ÷ leg length, and in centimetres where the height is given."""
    height = -pose.midpoint("hip")[:, 1]
    spans, times = [], []
    for a, b in strides.successive:
        part = height[window(pose.time_s, a.midstance_s, b.midstance_s)]
        spans.append(np.ptp(part) / leg_px if part.size > 3 and np.isfinite(part).all() else np.nan)
        times.append(a.midstance_s)
    ratio = summarise("vertical_oscillation_ratio", "both", spans, times, least=3)
    if height_cm is None:
        return [ratio]
    centimetres = np.array(spans) * LEG_PER_HEIGHT * height_cm
    return [ratio, summarise("vertical_oscillation_cm", "both", centimetres, times, least=3)]


def length_metrics(strides: Strides, speed_kmh: float | None) -> list[MetricResult]:
    """Step and stride length from the belt's speed."""
    if speed_kmh is None:
        return []
    metres_per_s = speed_kmh / 3.6
    mids = np.array([s.midstance_s for s in strides.steps])
    if len(mids) < 4:
        return [not_assessable(m, "both", "too few steps found") for m in ("step_length_m", "stride_length_m")]
    step_time = 60.0 / float(cadence(strides).value or np.nan)
    return [
        single("step_length_m", "both", metres_per_s * step_time),
        single("stride_length_m", "both", 2.0 * metres_per_s * step_time),
    ]
