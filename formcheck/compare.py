"""What changed between visits, or differs between the legs, beyond what the measurement could miss. Pure.

A difference counts as changed where it exceeds the larger of two bounds: the errors of both values together
(root of the sum of their squares, D) and the smallest difference that published test–retest studies could tell
(`data/detectable_change.toml`). What cannot be compared says why. The legs of one go are held against the errors alone:
the published differences are those between two visits.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

from formcheck import criteria
from formcheck.errors import InputError
from formcheck.types import Assessment, Band, Criterion, MetricResult, Protocol, ResultSide
from formcheck.wording import PROTOCOL_TITLES, title

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ChangeState = Literal["changed", "within_error", "not_comparable"]
Direction = Literal["better", "worse", ""]
_RATE_TIMES = 1.3
"""Frame rates that differ by more than this are told."""


@dataclass(frozen=True)
class Change:
    """One metric on one side, before and after.

    Attributes
    ----------
    difference : after − before, in the metric's unit; None where it cannot be formed.
    bound : what the difference has to exceed, in the metric's unit; None where no error is known.
    direction : toward or away from the limits that the metric is held against; empty without limits or change.
    """

    metric_id: str
    side: ResultSide
    unit: str
    before: float | str | None
    after: float | str | None
    difference: float | None
    bound: float | None
    state: ChangeState
    direction: Direction = ""
    reason: str = ""


@dataclass(frozen=True)
class Point:
    """One visit in a trend: the value there, its band, and how it stands to the first visit and to the one before.

    `since_first` and `since_last` are None for the first visit that has a value; `corrected` says that a correction by
    hand changed it.
    """

    day: date
    result: MetricResult
    band: Band | None
    since_first: Change | None
    since_last: Change | None
    corrected: bool = False


def changes(before: Assessment, after: Assessment) -> tuple[Change, ...]:
    """Every metric that either visit has: the scored ones first, else in the order of the later one."""
    keys = dict.fromkeys((m.id, m.side) for m in (*after.metrics, *before.metrics))
    found = (change_of(before, after, metric_id, side) for metric_id, side in keys)
    return _scored_first(found, before, after)


def between_legs(left: Assessment, right: Assessment) -> tuple[Change, ...]:
    """Left (as before) against right (as after) of one go; of one clip where both are the same. Side `both`."""
    ids = dict.fromkeys(m.id for one in (left, right) for m in one.metrics if m.side != "both")
    return _scored_first((_of_legs(left, right, metric_id) for metric_id in ids), left, right)


def _scored_first(found: Iterable[Change], *assessments: Assessment) -> tuple[Change, ...]:
    scored = {f.metric_id for a in assessments for f in a.findings if f.criterion is not None}
    return tuple(sorted(found, key=lambda change: change.metric_id not in scored))


def trend(visits: Sequence[tuple[date, Assessment]], metric_id: str, side: ResultSide) -> tuple[Point, ...]:
    """One metric over visits, in the order of their days; visits that never had it are left out.

    Raises
    ------
    InputError : the visits are of different tests or legs, whose values do not belong into one line.
    """
    tests = dict.fromkeys(title(assessment) for _, assessment in visits)
    if len(tests) > 1:
        raise InputError(f"{' and '.join(tests)} cannot stand in one line; choose results of one test")
    ordered = sorted(visits, key=lambda visit: visit[0])
    points: list[Point] = []
    known: list[Assessment] = []
    for day, assessment in ordered:
        result = assessment.metric(metric_id, side)
        if result is None:
            continue
        finding = assessment.finding(metric_id, side)
        since = [change_of(earlier, assessment, metric_id, side) for earlier in (*known[:1], *known[-1:])]
        first, last = since or (None, None)
        by_hand = assessment.change(metric_id, side) is not None
        points.append(Point(day, result, finding.band if finding else None, first, last, by_hand))
        if result.value is not None and assessment.usable:
            known.append(assessment)
    return tuple(points)


def cautions(before: Assessment, after: Assessment) -> tuple[str, ...]:
    """What else differs between two results, so that a difference may not be the athlete's, in plain sentences."""
    rates = [round(a.pose.fps) if math.isfinite(a.pose.fps) else 0 for a in (before, after)]
    facts = (
        ("formcheck", before.formcheck_version, after.formcheck_version),
        ("limits", before.criteria_version, after.criteria_version),
        ("pose model", before.pose.model, after.pose.model),
    )
    told = [f"Different {name}: {old}, then {new}." for name, old, new in facts if old != new]
    if max(rates) > _RATE_TIMES * min(rates):
        told.append(f"Filmed at different rates: {rates[0]}, then {rates[1]} frames a second.")
    return tuple(told)


def change_of(before: Assessment, after: Assessment, metric_id: str, side: ResultSide) -> Change:
    """One metric on one side, which at least one of the two visits has."""
    old, new = before.metric(metric_id, side), after.metric(metric_id, side)
    why = _other_test(before, after) or _hindrance(before, after, old, new, ("before", "after"))
    finding = after.finding(metric_id, side)
    published = detectable().get((metric_id, after.protocol), 0.0)
    return _change(old, new, why, published, finding.criterion if finding else None)


def _of_legs(left: Assessment, right: Assessment, metric_id: str) -> Change:
    old, new = left.metric(metric_id, "left"), right.metric(metric_id, "right")
    why = "" if left.protocol == right.protocol else _other_test(left, right)
    why = why or _hindrance(left, right, old, new, ("on the left", "on the right"))
    return replace(_change(old, new, why, 0.0, None), side="both")


def _change(
    old: MetricResult | None, new: MetricResult | None, why: str, published: float, criterion: Criterion | None
) -> Change:
    known = new or old
    assert known is not None, "one of the two has the metric"
    values = (old.value if old else None, new.value if new else None)
    if why or old is None or new is None:
        return Change(known.id, known.side, known.unit, *values, None, None, "not_comparable", reason=why)
    if isinstance(old.value, str) or isinstance(new.value, str):
        return _of_words(old, new)
    return _of_numbers(old, new, published, criterion)


def _other_test(before: Assessment, after: Assessment) -> str:
    """Why two results are not of the same test; empty where they are."""
    if before.protocol != after.protocol:
        titles = [PROTOCOL_TITLES[a.protocol].lower() for a in (before, after)]
        return f"the tests differ ({titles[0]}, {titles[1]})"
    if before.leg and after.leg and before.leg != after.leg:
        return f"the legs differ ({before.leg}, {after.leg})"
    return ""


def _hindrance(
    before: Assessment,
    after: Assessment,
    old: MetricResult | None,
    new: MetricResult | None,
    names: tuple[str, str],
) -> str:
    """Why two values cannot be compared; empty where they can."""
    for name, result, assessment in ((names[0], old, before), (names[1], new, after)):
        if result is None:
            return f"not measured {name}"
        if result.value is None:
            return f"not measured {name}: {result.reason}"
        if not assessment.usable:
            return f"the recording {name} failed a quality check"
    return ""


def _of_words(old: MetricResult, new: MetricResult) -> Change:
    state: ChangeState = "within_error" if old.value == new.value else "changed"
    return Change(new.id, new.side, new.unit, old.value, new.value, None, None, state)


def _of_numbers(old: MetricResult, new: MetricResult, published: float, criterion: Criterion | None) -> Change:
    assert isinstance(old.value, float | int)
    assert isinstance(new.value, float | int)
    difference = new.value - old.value
    bound = _bound(old, new, published)
    if bound is None:
        why = "no measurement error is known for it"
        return Change(new.id, new.side, new.unit, old.value, new.value, difference, None, "not_comparable", reason=why)
    if abs(difference) <= bound:
        return Change(new.id, new.side, new.unit, old.value, new.value, difference, bound, "within_error")
    direction = _direction(old.value, new.value, criterion)
    return Change(new.id, new.side, new.unit, old.value, new.value, difference, bound, "changed", direction)


def _bound(old: MetricResult, new: MetricResult, published: float) -> float | None:
    errors = [e for e in (old.measurement_error, new.measurement_error) if e is not None]
    return max(math.hypot(*errors), published) if len(errors) == 2 else None


def _direction(old: float, new: float, criterion: Criterion | None) -> Direction:
    """Whether the value came nearer to what the criterion asks for; inside all limits nothing is better or worse."""
    if criterion is None:
        return ""
    before, after = (_beyond(value, criterion) for value in (old, new))
    if before == after:
        return ""
    return "better" if after < before else "worse"


def _beyond(value: float, criterion: Criterion) -> float:
    """How far a value lies beyond the limits (the nearer one of each direction), in its own unit; 0 inside."""
    above = [v for v in (criterion.watch_above, criterion.outside_above) if v is not None]
    below = [v for v in (criterion.watch_below, criterion.outside_below) if v is not None]
    high = max(value - min(above), 0.0) if above else 0.0
    low = max(max(below) - value, 0.0) if below else 0.0
    return max(high, low)


@cache
def detectable() -> Mapping[tuple[str, Protocol], float]:
    """Smallest published differences by metric and protocol, in the metric's unit.

    Raises
    ------
    InputError : a row has no source that is known.
    """
    text = (resources.files("formcheck") / "data" / "detectable_change.toml").read_text(encoding="utf-8")
    return MappingProxyType(dict(_rows(tomllib.loads(text)["change"])))


def _rows(rows: Iterable[Mapping[str, object]]) -> Iterable[tuple[tuple[str, Protocol], float]]:
    known = criteria.load().references
    for row in rows:
        if row.get("source") not in known:
            raise InputError(
                f"detectable_change.toml: {row.get('metric')} cites a source that is not among the references"
            )
        for protocol in row["protocols"]:  # type: ignore[attr-defined]
            yield (str(row["metric"]), protocol), float(row["value"])  # type: ignore[arg-type]
