"""The clips of one visit as one set of findings: each metric from the clip that measures it best. Pure.

1. Clips are sorted by task: runs (from behind, from the front, from the side) together, squats, step-downs. The same
   angle in another task is another metric.
2. A clip that cannot be judged (a failed check, or it does not show what it was said to show) gives no values.
3. A repetition test is taken whole: one clip a leg, since the verdict asks for all repetitions in one clip. Of several
   the one with a clear verdict goes first, then the later.
4. Of a run, each metric and side comes from the clip with the smallest measurement error; where errors are equal from
   the one that saw the nearer leg, then from more cycles, then from the later clip.
5. Left and right that come from two clips are compared where a criterion asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from formcheck import criteria, measurement_error, scoring
from formcheck.errors import UsageError
from formcheck.protocols.common import asymmetries
from formcheck.scenes import seen_side
from formcheck.types import RUNNING, Assessment, Finding, MetricResult, Protocol, ResultSide, Status

Task = Literal["run", "single_leg_squat", "step_down"]
MOST_CLIPS = 12


@dataclass(frozen=True)
class Chosen:
    """A metric on one side, as it counts for the visit.

    Attributes
    ----------
    source : index of the clip that the value comes from (of its left side, for a comparison over two clips).
    second : index of the other clip of such a comparison, else None.
    compared : indices of all clips that measured it.
    """

    task: Task
    metric: MetricResult
    finding: Finding | None
    source: int
    second: int | None = None
    compared: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came out of one test: the clips it rests on, and its verdict."""

    task: Task
    status: Status
    clips: tuple[int, ...]


@dataclass(frozen=True)
class Visit:
    """Several clips as one: `unfit` are those that cannot be judged, by index, with the reason."""

    clips: tuple[Assessment, ...]
    chosen: tuple[Chosen, ...]
    outcomes: tuple[Outcome, ...]
    unfit: tuple[tuple[int, str], ...]


def task_of(protocol: Protocol) -> Task:
    """The task that a protocol films; runs from any side are one."""
    return "run" if protocol in RUNNING else "step_down" if protocol == "step_down" else "single_leg_squat"


def unfit_reason(assessment: Assessment) -> str:
    """Why nothing of a clip may count; empty where it may."""
    if assessment.verdict.status != "not_assessable":
        return ""
    reasons = assessment.verdict.reasons
    contradicted = any(reason in assessment.notes for reason in reasons)
    return reasons[0] if reasons and (contradicted or not assessment.usable) else ""


def together(clips: Sequence[Assessment]) -> Visit:
    """One set of findings of the clips of a visit; see the module's text for the rules.

    Raises
    ------
    UsageError : there is no clip, or far too many for one report.
    """
    if not 0 < len(clips) <= MOST_CLIPS:
        raise UsageError(f"one report takes 1 to {MOST_CLIPS} clips, came {len(clips)}")
    unfit = {i: why for i, clip in enumerate(clips) if (why := unfit_reason(clip))}
    tasks = list(dict.fromkeys(task_of(clip.protocol) for clip in clips))
    chosen: list[Chosen] = []
    outcomes: list[Outcome] = []
    for task in tasks:
        own = [i for i, clip in enumerate(clips) if task_of(clip.protocol) == task and i not in unfit]
        if task == "run":
            chosen += _best_of_runs(clips, own)
            outcomes += [Outcome(task, _status([clips[i] for i in own]), tuple(own))] if own else []
        else:
            best = _best_of_legs(clips, own)
            chosen += [_whole(clips, task, i, m) for i in best for m in clips[i].metrics]
            chosen += _across(clips, task, best)
            outcomes += [Outcome(task, clips[i].verdict.status, (i,)) for i in best]
        outcomes += [Outcome(task, "not_assessable", (i,)) for i in unfit if task_of(clips[i].protocol) == task]
    return Visit(tuple(clips), tuple(chosen), tuple(outcomes), tuple(sorted(unfit.items())))


def _status(runs: Sequence[Assessment]) -> Status:
    """Of several runs: a run only advises, so that one clip that can be scored is enough."""
    found = {run.verdict.status for run in runs}
    order: tuple[Status, ...] = ("fail", "pass", "uncertain", "not_assessable")
    return next(status for status in order if status in found)


def _best_of_runs(clips: Sequence[Assessment], own: Sequence[int]) -> list[Chosen]:
    keys = dict.fromkeys((m.id, m.side) for i in own for m in clips[i].metrics)
    return [_best(clips, own, *key) for key in keys]


def _best(clips: Sequence[Assessment], own: Sequence[int], metric_id: str, side: ResultSide) -> Chosen:
    found = [(i, m) for i in own if (m := clips[i].metric(metric_id, side)) is not None]
    source, metric = min(found, key=lambda pair: _rank(clips[pair[0]], pair[1], pair[0]))
    measured = tuple(i for i, m in found if m.value is not None)
    return Chosen("run", metric, clips[source].finding(metric_id, side), source, None, measured)


def _rank(clip: Assessment, metric: MetricResult, place: int) -> tuple[bool, float, bool, int, int]:
    """Smaller is better."""
    error = math.inf if metric.measurement_error is None else metric.measurement_error
    far = clip.protocol == "treadmill_side" and metric.side not in ("both", clip.leg or seen_side(clip))
    return metric.value is None, error, far, -metric.n, -place


def _best_of_legs(clips: Sequence[Assessment], own: Iterable[int]) -> list[int]:
    """One clip a leg: a clear verdict before an unclear one, then the later clip; left before right."""
    by_leg: dict[str, list[int]] = {}
    for i in own:
        by_leg.setdefault(clips[i].leg or "", []).append(i)
    clear = ("pass", "fail")
    return [max(by_leg[leg], key=lambda i: (clips[i].verdict.status in clear, i)) for leg in sorted(by_leg)]


def _whole(clips: Sequence[Assessment], task: Task, source: int, metric: MetricResult) -> Chosen:
    same_leg = (i for i, c in enumerate(clips) if task_of(c.protocol) == task and c.leg == clips[source].leg)
    measured = tuple(i for i in same_leg if (m := clips[i].metric(metric.id, metric.side)) and m.value is not None)
    return Chosen(task, metric, clips[source].finding(metric.id, metric.side), source, None, measured)


def _across(clips: Sequence[Assessment], task: Task, legs: Sequence[int]) -> list[Chosen]:
    """Left against right of a repetition test, where a criterion judges the difference."""
    by_leg = {clips[i].leg: i for i in legs}
    if task == "run":
        return []
    if not {"left", "right"} <= by_leg.keys():
        return []
    left, right = by_leg["left"], by_leg["right"]
    pairs = [m for i in (left, right) for m in clips[i].metrics if not m.id.startswith("asymmetry_")]
    rules = criteria.load()
    found = []
    for metric in asymmetries(pairs):
        criterion = rules.select(metric.id, task, None)
        if criterion is not None:
            error = _error_of_difference(clips, metric.id, left, right)
            metric = replace(metric, measurement_error=error)
            found.append(
                Chosen(task, metric, scoring.find([metric], task, criteria=rules)[0], left, right, (left, right))
            )
    return found


def _error_of_difference(clips: Sequence[Assessment], metric_id: str, left: int, right: int) -> float | None:
    """The errors of both sides together (independent); that of the method where one is not known."""
    one_side = metric_id.removeprefix("asymmetry_")
    sides: tuple[tuple[int, ResultSide], ...] = ((left, "left"), (right, "right"))
    errors = [m.measurement_error if (m := clips[i].metric(one_side, side)) else None for i, side in sides]
    known = [error for error in errors if error is not None]
    if len(known) == len(errors):
        return round(math.hypot(*known), 3)
    return measurement_error.load().lookup(metric_id, clips[left].protocol)
