"""What changed between two visits, beyond what the measurement could miss. Pure.

A difference counts as changed where it exceeds the larger of two bounds: the errors of both values together
(root of the sum of their squares, D) and the smallest difference that published test–retest studies could tell
(`data/detectable_change.toml`). What cannot be compared says why.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

from formcheck import criteria
from formcheck.errors import InputError
from formcheck.types import Assessment, Criterion, MetricResult, Protocol, ResultSide
from formcheck.wording import PROTOCOL_TITLES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ChangeState = Literal["changed", "within_error", "not_comparable"]
Direction = Literal["better", "worse", ""]


@dataclass(frozen=True)
class Change:
    """One metric on one side, before and after.

    Attributes
    ----------
    difference : after − before, in the metric's unit; None where it cannot be formed.
    bound : what the difference has to exceed; None where no error is known.
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


def changes(before: Assessment, after: Assessment) -> tuple[Change, ...]:
    """Every metric that either visit has, in the order of the later one."""
    keys = dict.fromkeys((m.id, m.side) for m in (*after.metrics, *before.metrics))
    return tuple(_change(before, after, metric_id, side) for metric_id, side in keys)


def _change(before: Assessment, after: Assessment, metric_id: str, side: ResultSide) -> Change:
    old, new = before.metric(metric_id, side), after.metric(metric_id, side)
    known = new or old
    assert known is not None, "one of the two visits has the metric"
    why = _hindrance(before, after, old, new)
    values = (old.value if old else None, new.value if new else None)
    if why or old is None or new is None:
        return Change(metric_id, side, known.unit, *values, None, None, "not_comparable", reason=why)
    if isinstance(old.value, str) or isinstance(new.value, str):
        return _of_words(old, new)
    return _of_numbers(old, new, after)


def _hindrance(before: Assessment, after: Assessment, old: MetricResult | None, new: MetricResult | None) -> str:
    """Why two values cannot be compared; empty where they can."""
    if before.protocol != after.protocol:
        titles = [PROTOCOL_TITLES[a.protocol].lower() for a in (before, after)]
        return f"the tests differ ({titles[0]}, {titles[1]})"
    for when, result, assessment in (("before", old, before), ("after", new, after)):
        if result is None:
            return f"not measured {when}"
        if result.value is None:
            return f"not measured {when}: {result.reason}"
        if not assessment.usable:
            return f"the recording {when} failed a quality check"
    return ""


def _of_words(old: MetricResult, new: MetricResult) -> Change:
    state: ChangeState = "within_error" if old.value == new.value else "changed"
    return Change(new.id, new.side, new.unit, old.value, new.value, None, None, state)


def _of_numbers(old: MetricResult, new: MetricResult, after: Assessment) -> Change:
    assert isinstance(old.value, float | int)
    assert isinstance(new.value, float | int)
    difference = new.value - old.value
    bound = _bound(old, new, after.protocol)
    if bound is None:
        why = "no measurement error is known for it"
        return Change(new.id, new.side, new.unit, old.value, new.value, difference, None, "not_comparable", reason=why)
    if abs(difference) <= bound:
        return Change(new.id, new.side, new.unit, old.value, new.value, difference, bound, "within_error")
    finding = after.finding(new.id, new.side)
    direction = _direction(old.value, new.value, finding.criterion if finding else None)
    return Change(new.id, new.side, new.unit, old.value, new.value, difference, bound, "changed", direction)


def _bound(old: MetricResult, new: MetricResult, protocol: Protocol) -> float | None:
    errors = [e for e in (old.measurement_error, new.measurement_error) if e is not None]
    if len(errors) < 2:
        return None
    published = detectable().get((new.id, protocol), 0.0)
    return max(math.hypot(*errors), published)


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
