"""Metric + criterion -> finding, and findings -> verdict. Pure.

What the verdict means
----------------------
`not_assessable`
    The clip contradicts what it is said to show, a quality check failed, or nothing that decides could be measured.
Single-leg squat
    `fail`: fewer valid repetitions than the test asks for, or excessive knee valgus (median, or several single
    repetitions), clear of the limit by more than the measurement error. `uncertain`: within the measurement error of
    such a limit, so film again. `pass`: clear of every limit that decides; watch findings are listed as advice.
Step-down and treadmill
    Form only advises here, so there is no `fail`: `pass` means that the clip could be measured, and the reasons say
    whether anything stands out.

Pain decides clearance and is never asked of a video; every verdict says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from formcheck.criteria import CriteriaSet, Sex
from formcheck.types import RUNNING, Band, Criterion, Finding, MetricResult, Protocol, QualityCheck, ResultSide, Verdict
from formcheck.wording import metric_label, number, unit_text, value_text, value_with_error, with_side

Position = Literal["clear", "unsure", "beyond"]
"""Where a value lies against one limit: short of it, within its measurement error of it, or beyond it."""

FILM_AGAIN = "Film again as the capture guide says; one more clip usually settles it."
PAIN = {
    "single_leg_squat": "Pain decides, and no video shows it: with any pain in the squats the test is not passed.",
    "step_down": "Pain decides, and no video shows it: stairs have to be free of pain before you run again.",
}
PAIN_RUNNING = "Pain decides, and no video shows it: there should be none during the run and none the next morning."
_ROUNDING = 1e-9
_RANK: dict[Position, int] = {"clear": 0, "unsure": 1, "beyond": 2}


def position(value: float, error: float, criterion: Criterion, limit: str) -> Position:
    """Where `value` ± `error` lies against one limit of a criterion.

    Parameters
    ----------
    value, error : the value and its measurement error (0 for exact counts), on the metric's scale.
    criterion : holds the limit; `inclusive` says whether reaching it counts as beyond.
    limit : its name, such as `watch_above`.
    """
    bound = criterion.limits[limit]
    excess = value - bound if limit.endswith("above") else bound - value
    if error > 0 and abs(excess) <= error + _ROUNDING:
        return "unsure"
    return "beyond" if excess > 0 or (criterion.inclusive and excess == 0) else "clear"


def positions(metric: MetricResult, criterion: Criterion) -> dict[str, Position]:
    """Position of a measured metric against every limit of a criterion; single cycles count for `outside_above`."""
    if not isinstance(metric.value, (int, float)):
        raise TypeError(f"{metric.id} ({metric.side}) has no number to hold against a limit")
    error = metric.measurement_error or 0.0
    found = {limit: position(metric.value, error, criterion, limit) for limit in criterion.limits}
    nth = _nth_largest(metric.per_cycle, criterion.outside_cycles)
    if nth is not None:
        single = position(nth, error, criterion, "outside_above")
        found["outside_above"] = max(found["outside_above"], single, key=_RANK.__getitem__)
    return found


def _nth_largest(per_cycle: Iterable[float | str | None], n: int | None) -> float | None:
    numbers = sorted((v for v in per_cycle if isinstance(v, (int, float))), reverse=True)
    return numbers[n - 1] if n is not None and len(numbers) >= n else None


def band(found: dict[str, Position]) -> Band:
    """The band that positions amount to; `uncertain` wherever the measurement error could change it."""
    outside = [p for limit, p in found.items() if limit.startswith("outside")]
    watch = [p for limit, p in found.items() if limit.startswith("watch")]
    if "beyond" in outside:
        return "outside"
    if "unsure" in outside or "unsure" in watch:
        return "uncertain"
    return "watch" if "beyond" in watch else "within"


def find(
    metrics: Sequence[MetricResult], protocol: Protocol, *, sex: Sex | None = None, criteria: CriteriaSet
) -> tuple[Finding, ...]:
    """Hold every metric against its criterion.

    A metric without a criterion is reported and not scored: it gets a finding only where it could not be measured.
    A missing measurement error counts as none (counts have none).
    """
    found = (_find_one(metric, criteria.select(metric.id, protocol, sex)) for metric in metrics)
    return tuple(finding for finding in found if finding is not None)


def _find_one(metric: MetricResult, criterion: Criterion | None) -> Finding | None:
    if metric.value is None:
        return Finding(metric.id, metric.side, "not_assessable", metric.reason, criterion)
    if criterion is None or isinstance(metric.value, str):
        return None
    found = positions(metric, criterion)
    word = band(found)
    return Finding(
        metric.id,
        metric.side,
        word,
        _reason(metric, criterion, found, word),
        criterion,
        _advice(criterion, found, word),
    )


def _advice(criterion: Criterion, found: dict[str, Position], word: Band) -> str:
    if word == "within":
        return ""
    if word == "uncertain":
        return FILM_AGAIN
    high = any(p == "beyond" for limit, p in found.items() if limit.endswith("above"))
    return criterion.advice_high if high else criterion.advice_low


def _reason(metric: MetricResult, criterion: Criterion, found: dict[str, Position], word: Band) -> str:
    """One plain sentence with the value, its error and the limit that counts."""
    if metric.id == "reps_valid" and criterion.outside_below is not None:
        return _repetitions(metric, criterion.outside_below)
    said = subject(metric)
    if word == "within":
        return f"{said} is inside the limits ({_range(metric, criterion)})."
    wanted: Position = "unsure" if word == "uncertain" else "beyond"
    limits = [limit for limit in criterion.limits if found[limit] == wanted and not limit.startswith("strong")]
    limit = next((x for x in limits if x.startswith("outside")), limits[0])
    bound = f"the {_kind(limit)} limit of {bound_text(criterion.limits[limit], metric.unit)}"
    if _by_cycles(metric, criterion, limit, wanted):
        return f"{said} in the median, and {_cycles_clause(metric, criterion, word, bound)}."
    if word == "uncertain":
        return f"{said} is within the measurement error of {bound}."
    strongly = "well " if found.get("strong_above") == "beyond" else ""
    direction = "above" if limit.endswith("above") else "below"
    return f"{said} is {strongly}{'at or ' if criterion.inclusive else ''}{direction} {bound}."


def _repetitions(metric: MetricResult, asked: float) -> str:
    leg = "" if metric.side == "both" else f" on the {metric.side} leg"
    noun = "repetition" if metric.value == 1 else "repetitions"
    return f"{value_text(metric)} valid {noun}{leg}; the test asks for at least {bound_text(asked, metric.unit)}."


def _by_cycles(metric: MetricResult, criterion: Criterion, limit: str, wanted: Position) -> bool:
    """Whether single repetitions, and not the median, put the metric where it is."""
    if criterion.outside_cycles is None or limit != "outside_above" or not isinstance(metric.value, (int, float)):
        return False
    return position(metric.value, metric.measurement_error or 0.0, criterion, limit) != wanted


def _cycles_clause(metric: MetricResult, criterion: Criterion, word: Band, bound: str) -> str:
    numbers = [v for v in metric.per_cycle if isinstance(v, (int, float))]
    reached = sum(position(v, 0.0, criterion, "outside_above") == "beyond" for v in numbers)
    if word == "uncertain":
        return f"{criterion.outside_cycles} or more of {len(numbers)} repetitions may reach {bound}"
    return f"{reached} of {len(numbers)} repetitions reach {bound} ({criterion.outside_cycles} are too many)"


def _kind(limit: str) -> str:
    return "watch" if limit.startswith("watch") else "outer"


def _range(metric: MetricResult, criterion: Criterion) -> str:
    lower = criterion.watch_below if criterion.watch_below is not None else criterion.outside_below
    upper = criterion.watch_above if criterion.watch_above is not None else criterion.outside_above
    word = "under" if criterion.inclusive else "up to"
    high = "" if upper is None else f"{word} {bound_text(upper, metric.unit)}"
    if lower is None:
        return high
    low = bound_text(lower, metric.unit)
    return f"from {low} {high}" if high else f"at least {low}"


def subject(metric: MetricResult) -> str:
    """Label, side and value with its error, such as `Hip drop (left) 12° ± 3°`."""
    return f"{with_side(metric_label(metric.id), metric.side)} {value_with_error(metric)}"


def bound_text(limit: float, unit: str) -> str:
    """A limit with its unit, as short as it is exact."""
    return f"{limit:g}".replace("-", "−") + unit_text(unit)


def verdict(
    protocol: Protocol,
    metrics: Sequence[MetricResult],
    findings: Sequence[Finding],
    checks: Sequence[QualityCheck],
    *,
    contradiction: str = "",
) -> Verdict:
    """The whole clip in one word with its reasons; see the module's docstring for what each word means.

    Parameters
    ----------
    contradiction : a plain sentence where the clip does not show what it was said to show; withholds the verdict.
    """
    pain = PAIN.get(protocol, PAIN_RUNNING)
    if contradiction:
        return Verdict("not_assessable", (contradiction, pain))
    failed = tuple(_check_reason(check) for check in checks if check.band == "fail")
    if failed:
        return Verdict("not_assessable", (*failed, pain))
    decided = _decide(metrics, findings) if protocol == "single_leg_squat" else _advise(protocol, metrics, findings)
    return Verdict(decided.status, (*decided.reasons, pain))


def _check_reason(check: QualityCheck) -> str:
    value = "" if check.value is None else f" is {number(check.value, 1)}{unit_text(check.unit)}"
    return f"The recording cannot be judged: {check.label}{value}. {check.advice}".strip()


def _decide(metrics: Sequence[MetricResult], findings: Sequence[Finding]) -> Verdict:
    """Squat: fail where a deciding criterion is clearly missed, else what could not be told, else pass."""
    by_key = {(m.id, m.side): m for m in metrics}
    deciding = [f for f in findings if f.criterion is not None and f.criterion.decides]
    if not any(isinstance(m.value, (int, float)) and m.value > 0 for m in metrics if m.id == "reps_total"):
        return Verdict("not_assessable", ("No repetition was seen: film 20 single-leg squats in one clip.",))
    found = [(f, standing(by_key[f.metric_id, f.side], f)) for f in deciding]
    missed = [_missed(f, by_key) for f, s in found if s == "beyond"]
    if missed:
        return Verdict("fail", (*missed, *_cautions(findings)))
    absent = [f.reason for f in deciding if f.band == "not_assessable"]
    if absent or not {"reps_valid", "knee_fppa_deg"} <= {f.metric_id for f in deciding}:
        return Verdict("not_assessable", tuple(absent) or ("Repetitions and knee valgus were not both measured.",))
    unsure = [f.reason for f, s in found if s == "unsure"]
    if unsure:
        return Verdict("uncertain", (*unsure, FILM_AGAIN, *_cautions(findings)))
    return Verdict("pass", (*(_cleared(by_key[f.metric_id, f.side], f) for f in deciding), *_cautions(findings)))


def standing(metric: MetricResult, finding: Finding) -> Position:
    """Worst position against the limits that decide (the outer ones); watch limits only advise."""
    if metric.value is None or finding.criterion is None:
        return "clear"
    found = positions(metric, finding.criterion)
    return max((p for limit, p in found.items() if limit.startswith("outside")), key=_RANK.__getitem__)


def _missed(finding: Finding, by_key: Mapping[tuple[str, ResultSide], MetricResult]) -> str:
    if finding.metric_id != "reps_valid" or finding.criterion is None:
        return finding.reason
    asked = bound_text(finding.criterion.limits["outside_below"], "count")
    valid = by_key[finding.metric_id, finding.side]
    total = next((m for (metric_id, _), m in by_key.items() if metric_id == "reps_total"), valid)
    text = f"{value_text(valid)} valid repetitions of {value_text(total)}: the test asks for {asked} in one clip"
    stopped = isinstance(total.value, (int, float)) and total.value < finding.criterion.limits["outside_below"]
    return f"{text}. If filming stopped early, film the whole set." if stopped else f"{text}."


def _cleared(metric: MetricResult, finding: Finding) -> str:
    if finding.band == "within" or finding.criterion is None:
        return finding.reason
    limit = finding.criterion.outside_above if finding.criterion.outside_above is not None else math.nan
    return f"{subject(metric)} stays below the limit of {bound_text(limit, metric.unit)}, error included."


def _cautions(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Reasons of what only advises and stands out."""
    flagged = [f for f in findings if f.band in ("watch", "outside")]
    return tuple(
        f"To watch: {f.reason}" for f in flagged if f.band == "watch" or not (f.criterion and f.criterion.decides)
    )


def _advise(protocol: Protocol, metrics: Sequence[MetricResult], findings: Sequence[Finding]) -> Verdict:
    """Step-down and treadmill: never a fail; says what stands out."""
    scored = [f for f in findings if f.criterion is not None]
    assessed = [f for f in scored if f.band != "not_assessable"]
    needed = [f for f in scored if protocol == "step_down" and f.metric_id == "knee_fppa_deg"]
    lost = [f.reason for f in needed if f.band == "not_assessable"]
    if lost or not assessed:
        return Verdict("not_assessable", tuple(lost) or ("Nothing that is scored could be measured in this clip.",))
    cautions = _cautions(assessed)
    unsure = [f.reason for f in assessed if f.band == "uncertain"]
    task = "running form" if protocol in RUNNING else "the step-down"
    things = f"{len(cautions)} things" if len(cautions) > 1 else "One thing"
    head = f"{things} to watch" if cautions else "Nothing stands out"
    missing = len(scored) - len(assessed)
    parts = [f"{head}. {task[0].upper()}{task[1:]} only advises; nobody passes or fails by it."]
    parts += [f"Too close to a limit to tell: {reason}" for reason in unsure]
    parts += [f"{missing} of {len(scored)} scored values could not be measured; the table says why."] if missing else []
    return Verdict("pass", (parts[0], *cautions, *parts[1:]))
